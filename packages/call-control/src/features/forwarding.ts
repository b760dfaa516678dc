// Forwarding and do not disturb: what the features of a called line make of a call that comes to it. Who hunts for a target
// asks here before the line rings, when it is busy, and when nobody has answered.
import { match } from 'ts-pattern';
import type { Cause } from '../cause.js';
import type { DiversionReason, LineName } from '../half-call.js';
import { type NumberPlan, parseTarget, type Target } from '../number-plan.js';
import type { LineFeatures } from './line-features.js';

/** What has happened to a call at a line. */
export type Situation = 'called' | 'busy' | 'unanswered';

/** A call went on from here. */
export interface Diversion {
  readonly line: LineName;
  /** Its number, if it has one. */
  readonly number?: string | undefined;
  readonly reason: DiversionReason;
}

/** What of a call forwarding looks at. */
export interface Diverted {
  readonly dialled?: string | undefined;
  readonly emergency: boolean;
  /** In order. */
  readonly diversions: readonly Diversion[];
}

/** `targets` stand where the line stood; `refuse`: the line does not take the call, and nobody in its place. */
export type Treatment =
  | { readonly kind: 'forward'; readonly targets: readonly Target[]; readonly diversion: Diversion }
  | { readonly kind: 'refuse'; readonly cause: Cause; readonly why: 'do-not-disturb' | 'loop' | 'forward' };

/** How often one call may be forwarded (RFC 5806 knows no number; five is what networks grant). */
export const MAX_DIVERSIONS = 5;

/**
 * What a line's features make of a call.
 *
 * @returns undefined where they have nothing to say: the line rings, is busy, or goes on ringing.
 */
export function treat(
  situation: Situation,
  call: Diverted,
  line: LineName,
  features: LineFeatures | undefined,
  plan: NumberPlan,
): Treatment | undefined {
  if (features === undefined) return undefined;
  const wish = wishOf(situation, features, call.emergency);
  if (wish === undefined) return undefined;
  const { to, reason } = wish;
  if (to === undefined) return { kind: 'refuse', cause: 'user-busy', why: 'do-not-disturb' };
  if (call.diversions.length >= MAX_DIVERSIONS || call.diversions.some((each) => each.line === line))
    return { kind: 'refuse', cause: 'network-out-of-order', why: 'loop' };
  const found = targetsOf(to, call.dialled ?? '', plan);
  if (typeof found === 'string') return { kind: 'refuse', cause: found, why: 'forward' };
  return { kind: 'forward', targets: found, diversion: { line, reason } };
}

/** Where the subscriber wants the call; `to` undefined: nowhere, it is refused. */
function wishOf(
  situation: Situation,
  { forward = {}, doNotDisturb = false }: LineFeatures,
  emergency: boolean,
): { readonly to: string | undefined; readonly reason: DiversionReason } | undefined {
  const { always, busy, noAnswer } = forward;
  return match(situation)
    .with('called', () => {
      if (always !== undefined) return { to: always, reason: 'unconditional' as const };
      return doNotDisturb && !emergency ? { to: busy, reason: 'do-not-disturb' as const } : undefined;
    })
    .with('busy', () => (busy === undefined ? undefined : { to: busy, reason: 'user-busy' as const }))
    .with('unanswered', () => (noAnswer === undefined ? undefined : { to: noAnswer, reason: 'no-answer' as const }))
    .exhaustive();
}

/**
 * Where a feature leads.
 *
 * @param to    A number of the plan, or a target as `numbers` has them.
 * @param user  As what a target that is no number is dialled.
 * @returns why nowhere.
 */
export function targetsOf(to: string, user: string, plan: NumberPlan): readonly Target[] | Cause {
  if (!/^\+?[0-9*#]+$/.test(to)) return [parseTarget(to, user)];
  const found = plan.find(to);
  if (!found) return 'unallocated-number';
  return found.forbid ? 'call-rejected' : found.targets;
}
