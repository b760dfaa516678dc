// The transactions of a line: how a change and the request that goes with it are written, and what a reply tells of which
// part (RFC 3525 §7.2, §8.2). A transaction ends at its first command that fails: what was done before it stays done.
import type { HalfCallState } from '@altpath/call-control';
import {
  type ActionReply,
  type ActionRequest,
  ALL_CONTEXTS,
  type AmmDescriptor,
  CHOOSE_CONTEXT,
  type CommandReply,
  type CommandRequest,
  type ContextId,
  type ErrorDescriptor,
  type MediaDescriptor,
  NULL_CONTEXT,
  type StreamMode,
  type TerminationId,
} from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import type { Change } from './changes.js';
import { remoteFor, wantedLocal } from './descriptions.js';
import type { GatewayFacts } from './line-facts.js';
import type { Request } from './request-ledger.js';

/** What a command is about. */
export type Target = 'leave' | 'line' | 'ephemeral' | 'look';

interface Part {
  readonly target: Target;
  readonly command: CommandRequest;
}

interface Act {
  readonly contextId: ContextId;
  readonly parts: readonly Part[];
}

/** A transaction that is out, and what is true once it has succeeded. */
export interface Outstanding {
  readonly acts: readonly Act[];
  /** The state that it leads to; undefined where only something is cleared away. */
  readonly goal: HalfCallState | undefined;
  readonly change: Change | undefined;
  readonly request: Request | undefined;
}

/** One command that was done. */
export interface Done {
  readonly target: Target;
  readonly contextId: ContextId;
  readonly terminationId: TerminationId;
  readonly media: MediaDescriptor | undefined;
}

export interface Reading {
  readonly done: readonly Done[];
  /** Why it ended, and at which part. */
  readonly error?: { readonly code: number; readonly text?: string | undefined; readonly target: Target } | undefined;
}

/** A physical termination's own side of a context: what passes is decided by the ephemeral one. */
const STREAM = 1;

export interface StepParts extends Pick<Outstanding, 'goal' | 'change' | 'request'> {
  readonly line: TerminationId;
  /** Where the line is, as far as is known: there it is armed when nothing else is to be done. */
  readonly contextId: ContextId;
}

export function outstandingOf({ line, contextId, goal, change, request }: StepParts, facts: GatewayFacts): Outstanding {
  return { acts: actsOf(line, contextId, change, request, facts), goal, change, request };
}

export function actionsOf({ acts }: Outstanding): readonly ActionRequest[] {
  return acts.map(({ contextId, parts }) => ({ contextId, commands: parts.map(({ command }) => command) }));
}

function actsOf(
  line: TerminationId,
  contextId: ContextId,
  change: Change | undefined,
  request: Request | undefined,
  facts: GatewayFacts,
): readonly Act[] {
  const asked = request === undefined ? [] : descriptorsOf(request);
  const armed: readonly Part[] =
    request === undefined ? [] : [{ target: 'line', command: { kind: 'modify', terminationId: line, descriptors: asked } }];
  switch (change?.kind) {
    case undefined:
      return [{ contextId, parts: armed }];
    case 'create': {
      const own: AmmDescriptor = mediaOf({ mode: 'send-receive' });
      const joining: Part = { target: 'line', command: { kind: 'add', terminationId: line, descriptors: [own, ...asked] } };
      return [{ contextId: CHOOSE_CONTEXT, parts: [joining, added(change, facts)] }];
    }
    case 'complete':
      return [{ contextId: change.joined.contextId, parts: [...armed, added(change, facts)] }];
    case 'modify': {
      const { joined, ephemeral, mode, remote, asksLocal } = change;
      const media = mediaOf({
        mode: ephemeral.mode === mode ? undefined : mode,
        local: asksLocal ? wantedLocal(facts) : undefined,
        remote,
      });
      const modified: CommandRequest = { kind: 'modify', terminationId: ephemeral.terminationId, descriptors: [media] };
      return [{ contextId: joined.contextId, parts: [...armed, { target: 'ephemeral', command: modified }] }];
    }
    case 'look':
      return [{ contextId: change.joined.contextId, parts: [...armed, audited('*')] }];
    case 'leave': {
      const leaving = { contextId: change.joined.contextId, parts: subtracted(line, change.joined) };
      return armed.length === 0 ? [leaving] : [leaving, { contextId: NULL_CONTEXT, parts: armed }];
    }
    case 'locate':
      return [{ contextId: ALL_CONTEXTS, parts: armed.length > 0 ? armed : [audited(line)] }];
    case 'sweep':
      return [{ contextId: ALL_CONTEXTS, parts: [{ target: 'leave', command: { kind: 'subtract', terminationId: line } }] }];
    default:
      return change satisfies never;
  }
}

/** Signals first: who is asked for a tone and is off-hook has it stopped by his hanging up, not begun after it. */
function descriptorsOf({ id, asked }: Request): readonly AmmDescriptor[] {
  if (asked === undefined) return [];
  return [
    ...(asked.signals === undefined ? [] : [{ kind: 'signals' as const, signals: asked.signals }]),
    { kind: 'events', requestId: id, events: asked.events },
  ];
}

function mediaOf(stream: {
  readonly mode?: StreamMode | undefined;
  readonly local?: string | undefined;
  readonly remote?: string | undefined;
}): MediaDescriptor {
  const { mode, local, remote } = stream;
  return {
    kind: 'media',
    streams: [
      {
        id: STREAM,
        ...(mode !== undefined && { localControl: { mode, properties: [] } }),
        ...(local !== undefined && { local: { sdp: local } }),
        ...(remote !== undefined && { remote: { sdp: remoteFor(remote) } }),
      },
    ],
  };
}

function added({ mode, remote }: { readonly mode: StreamMode; readonly remote: string | undefined }, facts: GatewayFacts): Part {
  const media = mediaOf({ mode, local: wantedLocal(facts), remote });
  return { target: 'ephemeral', command: { kind: 'add', terminationId: facts.ephemeral, descriptors: [media] } };
}

function audited(terminationId: TerminationId): Part {
  return { target: 'look', command: { kind: 'audit-value', terminationId, audit: { kind: 'audit', items: ['media'] } } };
}

/** By name where the context may have become another's, and the line last: nobody could ask it about the other. */
function subtracted(line: TerminationId, { ephemeral, isDoubtful }: Extract<Change, { kind: 'leave' }>['joined']): readonly Part[] {
  const names = isDoubtful === true && ephemeral !== undefined ? [...(ephemeral === 'none' ? [] : [ephemeral.terminationId]), line] : ['*'];
  return names.map((terminationId) => ({ target: 'leave', command: { kind: 'subtract', terminationId } }));
}

// --- replies -------------------------------------------------------------------------------------------------------

/** Reads a reply against the transaction that it answers. Of a wildcarded context there may be several actions. */
export function readReply({ acts }: Pick<Outstanding, 'acts'>, line: TerminationId, result: ReplyResult): Reading {
  if (result.kind === 'error') return { done: [], error: { ...problemOf(result), target: acts[0]?.parts[0]?.target ?? 'line' } };
  const done: Done[] = [];
  for (const [index, action] of result.actions.entries()) {
    const act = acts[Math.min(index, acts.length - 1)];
    const within = action.commands.flatMap((command) => doneBy(command, action.contextId, line) ?? []);
    done.push(...within);
    const error = action.error ?? errorIn(action);
    if (error !== undefined) return { done, error: { ...problemOf(error), target: failedPart(act, within) } };
  }
  return { done };
}

function problemOf({ code, text }: ErrorDescriptor): { readonly code: number; readonly text: string | undefined } {
  return { code, text };
}

function doneBy(command: CommandReply, contextId: ContextId, line: TerminationId): Done | undefined {
  if (command.kind === 'context-audit' || command.kind === 'notify' || command.kind === 'service-change') return undefined;
  const { kind, terminationId, audit = [] } = command;
  if (audit.some((each) => each.kind === 'error')) return undefined;
  const isLine = terminationId.toLowerCase() === line.toLowerCase();
  const target = kind === 'subtract' ? 'leave' : kind === 'audit-value' ? 'look' : isLine ? 'line' : 'ephemeral';
  return { target, contextId, terminationId, media: audit.find((each) => each.kind === 'media') };
}

/** An error that stands within the reply to a command, or in place of an audit's list of terminations. */
function errorIn({ commands }: ActionReply): ErrorDescriptor | undefined {
  for (const command of commands) {
    if (command.kind === 'context-audit') {
      if (command.result.kind === 'error') return command.result;
    } else if (command.kind !== 'notify' && command.kind !== 'service-change') {
      const error = command.audit?.find((each) => each.kind === 'error');
      if (error !== undefined) return error;
    }
  }
  return undefined;
}

/** The first part of which nothing is reported as done. */
function failedPart(act: Act | undefined, done: readonly Done[]): Target {
  const parts = act?.parts ?? [];
  const failed = parts.find(({ target }) => target === 'leave' || !done.some((each) => each.target === target));
  return (failed ?? parts.at(-1))?.target ?? 'line';
}
