// What the demo says at the end: for people as lines, for programs as one object.
import type { Act } from './act.js';
import { type Check, none } from './check.js';
import type { LadderStep, Painter } from './ladder.js';
import type { Stage } from './stage.js';

/** An act that was played, or begun, and whose stage has been cleared. */
export interface PlayedAct {
  readonly act: Act;
  readonly stage: Pick<Stage, 'fault' | 'places'>;
  readonly startedAt: number;
  readonly steps: readonly LadderStep[];
  /** What was left behind: processes, ports, folders, in words. */
  readonly left: readonly string[];
  /** What went wrong on the way, in one sentence. */
  readonly trouble: string | undefined;
}

/** The act's own checks, and those that every act must pass. */
export function checksOf({ act, left, trouble }: PlayedAct): Check[] {
  const checks = [...act.result().checks, none('no process, port or folder was left behind', left)];
  return trouble === undefined ? checks : [...checks, { claim: 'nothing went wrong', holds: false, detail: trouble }];
}

/** Every check of an act holds. */
export function succeeded(played: PlayedAct): boolean {
  return checksOf(played).every(({ holds }) => holds);
}

/** The figures and checks of one act. */
export function actLines(played: PlayedAct): string[] {
  const checks = checksOf(played).map(
    ({ claim, holds, detail }) => `${holds ? ' ok ' : 'FAIL'}  ${claim}${detail === undefined ? '' : `: ${detail}`}`,
  );
  return ['', ...played.act.result().figures, '', ...checks, ''];
}

/** The last line. */
export function endLine(ok: boolean): string {
  return ok ? 'Every call outlived the node that carried it.' : 'The demo failed.';
}

/** Everything, to be written as JSON. */
export function reportOf(ok: boolean, acts: readonly PlayedAct[]): object {
  return {
    ok,
    acts: acts.map((played) => ({
      name: played.act.name,
      ok: succeeded(played),
      fault: played.stage.fault,
      places: played.stage.places,
      checks: checksOf(played),
      ...played.act.result().report,
      ladder: played.steps.map(({ at, ...step }) => ({ atMs: Math.round((at - played.startedAt) * 10) / 10, ...step })),
    })),
  };
}

const CODES: Readonly<Record<Parameters<Painter>[1], string>> = {
  head: '1',
  message: '0',
  note: '36',
  remark: '33',
  death: '1;31',
  return: '1;32',
  lost: '31',
};

/** For terminals. */
export const COLOURS: Painter = (line, kind) => `\u001b[${CODES[kind]}m${line}\u001b[0m`;
