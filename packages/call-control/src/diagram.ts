// Draws the state tables: the text of docs/call-states.md, so that the documentation cannot say anything else than the code.
import {
  type CallEvent,
  CALL_STATES,
  type CallState,
  type CallStateRow,
  type CallTransition,
  type LegShape,
  LINE_STATES,
  type LineState,
} from './states.js';
import { DEFAULT_TIMERS, type CallTimers } from './timers.js';

type Limit = NonNullable<CallStateRow['limit']>;

/** The whole of docs/call-states.md: two drawings (Mermaid) and the tables behind them. */
export function callStatesDocument(): string {
  return [
    '# States of lines and calls',
    '',
    'Drawn from the tables in `packages/call-control/src/states.ts`; do not edit. To write it anew after a change there:',
    '',
    '```sh',
    WRITE_COMMAND,
    '```',
    '',
    '## A line without a call',
    '',
    fenced(lineDiagram()),
    '',
    'A whole number begins a call: that way out of `dialling` is the second drawing.',
    '',
    table(
      ['state', 'why it is there', 'at most'],
      entries(LINE_STATES).map(([state, { why, limit }]) => [code(state), why, limit ? duration(limit) : '']),
    ),
    '',
    '## A call',
    '',
    fenced(callDiagram()),
    '',
    'Confirmations that change nothing are left out of the drawing. `hunting` is left within the same instant, unless a takeover is',
    'going on. A call that is `releasing` is forgotten at once; its legs are lines without a call again.',
    '',
    table(
      ['state', 'why it is there', 'originating leg', 'terminating leg', 'at most'],
      entries(CALL_STATES).map(([state, row]) => [
        code(state),
        row.why,
        legShape(row.originating),
        legShape(row.terminating),
        row.limit ? duration(row.limit.timer, row.limit.from) : '',
      ]),
    ),
    '',
    '## What ends a call, and what the legs become',
    '',
    table(
      ['state', 'event', 'next', 'originating leg', 'terminating leg'],
      rows()
        .filter(([, , { originating, terminating }]) => originating ?? terminating)
        .map(([state, event, { next, originating, terminating }]) => [
          code(state),
          event,
          code(next),
          originating ? code(originating) : '',
          terminating ? code(terminating) : '',
        ]),
    ),
    '',
  ].join('\n');
}

/** States and events of a line without a call, as a Mermaid state diagram. */
export function lineDiagram(): string {
  const arrows = new Map<string, string[]>();
  for (const [state, { on }] of entries(LINE_STATES)) for (const [event, next] of entries(on)) arrow(arrows, state, next, event);
  return drawing('idle', arrows);
}

/** States and events of a call, as a Mermaid state diagram. */
export function callDiagram(): string {
  const arrows = new Map<string, string[]>();
  for (const [state, event, { next }] of rows()) if (next !== state) arrow(arrows, state, next, event);
  return drawing('routing', arrows, 'releasing');
}

function rows(): [CallState, CallEvent, CallTransition][] {
  return entries(CALL_STATES).flatMap(([state, { on }]) =>
    entries(on).map(([event, transition]): [CallState, CallEvent, CallTransition] => [state, event, transition]),
  );
}

function arrow(arrows: Map<string, string[]>, from: LineState | CallState, to: LineState | CallState, event: string): void {
  const key = `${identifier(from)} --> ${identifier(to)}`;
  arrows.set(key, [...(arrows.get(key) ?? []), event.replace(':', ' ')]);
}

function drawing(first: string, arrows: Map<string, string[]>, last?: string): string {
  const lines = [...arrows].map(([states, events]) => `  ${states} : ${events.join(', ')}`);
  return ['stateDiagram-v2', `  [*] --> ${first}`, ...lines, ...(last === undefined ? [] : [`  ${last} --> [*]`])].join('\n');
}

/** Mermaid takes no hyphen in the name of a state. */
function identifier(state: string): string {
  return state.replaceAll('-', '_');
}

function legShape(shape: LegShape | undefined): string {
  return shape ? `${code(shape.phase)}, ${shape.mode}` : '';
}

function duration(timer: keyof CallTimers, from: Limit['from'] = 'entry'): string {
  const ms = DEFAULT_TIMERS[timer];
  if (!Number.isFinite(ms)) return 'no limit';
  return `${ms / 1_000} s${{ entry: '', 'set-up': ' from set-up', target: ' from set-up, or from the end of the target before' }[from]}`;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body]
    .map((cells) => `|${cells.map((cell) => (cell === '' ? ' |' : ` ${cell} |`)).join('')}`)
    .join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function fenced(diagram: string): string {
  return ['```mermaid', diagram, '```'].join('\n');
}

function entries<Key extends string, Value>(record: Readonly<Partial<Record<Key, Value>>>): [Key, Value][] {
  // Object.entries forgets the names of the keys; the tables have no others.
  return Object.entries(record) as [Key, Value][];
}

const WRITE_COMMAND =
  'npm run build && node -e "import(\'@altpath/call-control\').then((room) => process.stdout.write(room.callStatesDocument()))" > docs/call-states.md';
