// Where an action takes place: the context that it names, the null context, one that is made for it, or all (RFC 3525
// §8.1.2), and which terminations a command means there.
import {
  ALL_CONTEXTS,
  CHOOSE_CONTEXT,
  type CommandRequest,
  type ContextId,
  isRoot,
  NULL_CONTEXT,
  type TerminationId,
} from '../message/index.js';
import type { Contexts } from './contexts.js';
import { type Checked, ErrorCode, refused } from './refusal.js';
import type { Context, Termination } from './termination.js';
import type { Terminations } from './terminations.js';
import { expressionOf, wildnessOf } from './wildcards.js';

export type Place =
  | { readonly kind: 'null' }
  | { readonly kind: 'context'; readonly context: Context }
  /** The gateway makes a context with the first termination that comes. */
  | { readonly kind: 'choose'; context: Context | undefined }
  /** Not the null context. */
  | { readonly kind: 'all'; readonly contexts: readonly Context[] };

/** The place that a context id names: 411. */
export function placeOf(id: ContextId, contexts: Contexts): Checked<Place> {
  if (id === NULL_CONTEXT) return { ok: true, value: { kind: 'null' } };
  if (id === CHOOSE_CONTEXT) return { ok: true, value: { kind: 'choose', context: undefined } };
  if (id === ALL_CONTEXTS) return { ok: true, value: { kind: 'all', contexts: [...contexts] } };
  const context = contexts.find(id);
  return context ? { ok: true, value: { kind: 'context', context } } : refused(ErrorCode.unknownContext, String(id));
}

/** What a reply calls it. A context that was never made has no number, and its terminations are in none. */
export function contextIdOf(place: Place): ContextId {
  switch (place.kind) {
    case 'null':
      return NULL_CONTEXT;
    case 'context':
      return place.context.id;
    case 'choose':
      return place.context?.id ?? NULL_CONTEXT;
    case 'all':
      return ALL_CONTEXTS;
    default:
      return place satisfies never;
  }
}

/** The one context of a place; undefined for the null context, for all, and for one that is not made yet. */
export function contextOf(place: Place): Context | undefined {
  return place.kind === 'context' || place.kind === 'choose' ? place.context : undefined;
}

/** Terminations that are in a place. */
function* inhabitants(place: Place, terminations: Terminations): Iterable<Termination> {
  if (place.kind === 'null') {
    for (const termination of terminations.physical) if (!termination.context) yield termination;
  } else if (place.kind === 'all') {
    for (const context of place.contexts) yield* context.terminations.values();
  } else if (place.context) {
    yield* place.context.terminations.values();
  }
}

function isIn(place: Place, { context }: Termination): boolean {
  if (place.kind === 'null') return context === undefined;
  if (place.kind === 'all') return context !== undefined;
  return context !== undefined && context === place.context;
}

/** Commands that ROOT takes, and where (§6.2.5, §7.2.5). */
function isForRoot(kind: CommandRequest['kind'], place: Place): boolean {
  const isAudit = kind === 'audit-value' || kind === 'audit-capability';
  return place.kind === 'null' ? isAudit || kind === 'modify' || kind === 'service-change' : isAudit && place.kind === 'all';
}

/** Terminations that exist where the command looks for them: 410, 430, 431, 435. */
export function existing(
  kind: CommandRequest['kind'],
  id: TerminationId,
  place: Place,
  terminations: Terminations,
): Checked<readonly Termination[]> {
  const wildness = wildnessOf(id);
  if (wildness === 'choose') return refused(ErrorCode.incorrectIdentifier, id);
  if (wildness === 'all') return fitting(id, inhabitants(place, terminations));
  const termination = terminations.find(id);
  if (!termination) return refused(ErrorCode.unknownTermination, id);
  if (isRoot(id)) return isForRoot(kind, place) ? { ok: true, value: [termination] } : refused(ErrorCode.incorrectIdentifier, id);
  return isIn(place, termination) ? { ok: true, value: [termination] } : refused(ErrorCode.notInContext, id);
}

/** Terminations that an Add brings in: 410, 430 to 433. */
export function newcomers(id: TerminationId, terminations: Terminations): Checked<readonly Termination[]> {
  const wildness = wildnessOf(id);
  if (wildness === 'all') return fitting(id, inhabitants({ kind: 'null' }, terminations));
  const found = wildness === 'choose' ? terminations.choose(id) : specific(id, terminations);
  if (!found.ok) return found;
  return found.value.context ? refused(ErrorCode.alreadyInContext, id) : { ok: true, value: [found.value] };
}

/** Terminations that a Move brings along: 410, 430, 431, 433, and 421 from the null context (§7.2.4). */
export function movers(id: TerminationId, target: Context | undefined, terminations: Terminations): Checked<readonly Termination[]> {
  const wildness = wildnessOf(id);
  if (wildness === 'choose') return refused(ErrorCode.incorrectIdentifier, id);
  if (wildness === 'all') {
    const elsewhere = [...terminations.all()].filter(({ context }) => context !== undefined && context !== target);
    return fitting(id, elsewhere);
  }
  const found = specific(id, terminations);
  if (!found.ok) return found;
  if (!found.value.context) return refused(ErrorCode.illegalAction, `Move of ${id} from the null context`);
  return found.value.context === target ? refused(ErrorCode.alreadyInContext, id) : { ok: true, value: [found.value] };
}

/** Terminations whose service changes: physical ones wherever they are, or ROOT. */
export function served(id: TerminationId, terminations: Terminations): Checked<readonly Termination[]> {
  const wildness = wildnessOf(id);
  if (wildness === 'choose') return refused(ErrorCode.incorrectIdentifier, id);
  if (wildness === 'all') return fitting(id, terminations.physical);
  const termination = terminations.find(id);
  return termination ? { ok: true, value: [termination] } : refused(ErrorCode.unknownTermination, id);
}

function specific(id: TerminationId, terminations: Terminations): Checked<Termination> {
  if (isRoot(id)) return refused(ErrorCode.incorrectIdentifier, id);
  const termination = terminations.find(id);
  return termination ? { ok: true, value: termination } : refused(ErrorCode.unknownTermination, id);
}

function fitting(pattern: TerminationId, candidates: Iterable<Termination>): Checked<readonly Termination[]> {
  const expression = expressionOf(pattern);
  const found = [...candidates].filter(({ id }) => expression.test(id));
  return found.length > 0 ? { ok: true, value: found } : refused(ErrorCode.noTerminationMatched, pattern);
}
