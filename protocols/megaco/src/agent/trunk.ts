// What is asked of a trunk, and what it may report. Its users signal nothing, so there is one event alone: that the gateway has
// released the circuit (g/cause, RFC 3525 E.1.2). Whether it ever comes or not, its RequestID tells an audit whose call the trunk
// carries. A gateway that refuses it is asked for nothing; then an audit finds a context, and no call.
import type { Cause, HalfCallEvent, HalfCallState, Phase } from '@altpath/call-control';
import { named, type ObservedEventsDescriptor, singleText } from '../message/index.js';
import { mediaOf } from './changes.js';
import type { GatewayFacts } from './line-facts.js';
import { type Asked, RELEASE } from './phases.js';

/** The same in all phases. */
export const ASKED_OF_TRUNK: Asked = { events: [{ name: RELEASE, parameters: [] }], signals: undefined };

/**
 * What the request of a trunk shall tell of this state: whoever is in a call was called, and talks unless he is on hold.
 *
 * @returns undefined where nothing is asked: the trunk is in no call, or its gateway does not know the event.
 */
export function toldOfTrunk(goal: HalfCallState, { refusedItems }: Pick<GatewayFacts, 'refusedItems'>): HalfCallState | undefined {
  if (mediaOf(goal) === undefined || refusedItems.has(RELEASE)) return undefined;
  return { ...goal, phase: ON_HOLD.has(goal.phase) ? goal.phase : 'talking' };
}

const ON_HOLD: ReadonlySet<Phase> = new Set(['holding', 'held']);

/** How the circuit ended that a report tells of. @returns undefined for a report of something else. */
export function releaseIn({ events }: ObservedEventsDescriptor): Extract<HalfCallEvent, { kind: 'on-hook' | 'lost' }> | undefined {
  const event = events.find(({ name }) => name.toLowerCase() === RELEASE);
  if (event === undefined) return undefined;
  const group = singleText(named(event.parameters, 'Generalcause')?.value)?.toUpperCase() ?? '';
  return group === NORMAL ? { kind: 'on-hook' } : { kind: 'lost', cause: CAUSES[group] ?? 'bearer-not-available' };
}

const NORMAL = 'NR';

/** None says that the line itself is gone (`lossEvent`): only its circuit is. */
const CAUSES: Readonly<Record<string, Cause>> = {
  UR: 'resource-unavailable',
  FT: 'temporary-failure',
  FP: 'bearer-not-available',
  IW: 'interworking',
  UN: 'incompatible-destination',
};
