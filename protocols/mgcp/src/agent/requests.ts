// What a line watches for and what its user hears, phase by phase: one table from phase to R, S and D (RFC 3435 §2.3.3,
// RFC 3660 §2). What a gateway refused before, and calls can do without, is left out.
import type { CallerIdentity, HalfCallState, Phase } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import {
  eventKey,
  quotedValueOf,
  valueOf,
  type EventName,
  type EventParameter,
  type RequestedEvent,
  type SignalRequest,
} from '../message/events.js';
import type { Parameters } from '../message/parameters.js';
import type { GatewayFacts } from './line-facts.js';

/** What R, S and D say. R and S are always written: an empty `S:` stops what sounds. */
export interface RequestParameters extends Pick<Parameters, 'digitMap'> {
  readonly requestedEvents: readonly RequestedEvent[];
  readonly signalRequests: readonly SignalRequest[];
}

/** How the phone lies while a phase lasts: a request for L/hd is refused off-hook, one for L/hu on-hook (§4.4.2). */
export type Hook = 'on' | 'off';

interface PhaseRow {
  readonly hook: Hook;
  /** Signals as package and name. `L/ci` goes with `L/rg` where there is a caller. */
  readonly signals: readonly EventName[];
  /** Digits are collected. */
  readonly digits?: true;
}

const L = (event: string): EventName => ({ packageName: 'L', event });
const G = (event: string): EventName => ({ packageName: 'G', event });
const D = (event: string): EventName => ({ packageName: 'D', event });

const PHASES: Readonly<Record<Phase, PhaseRow>> = {
  idle: { hook: 'on', signals: [] },
  dialling: { hook: 'off', signals: [L('dl')], digits: true },
  routing: { hook: 'off', signals: [] },
  ringback: { hook: 'off', signals: [G('rt')] },
  ringing: { hook: 'on', signals: [L('rg')] },
  talking: { hook: 'off', signals: [] },
  holding: { hook: 'off', signals: [] },
  held: { hook: 'off', signals: [] },
  busy: { hook: 'off', signals: [L('bz')] },
  congested: { hook: 'off', signals: [L('ro')] },
  howling: { hook: 'off', signals: [L('ot')] },
  parked: { hook: 'off', signals: [] },
  early: { hook: 'off', signals: [] },
  knocking: { hook: 'off', signals: [L('wt')] },
};

/** What calls can do without, in the order in which it is given up when a gateway says that it knows some of it not. */
const OPTIONAL_EVENTS = ['l/oc', 'g/oc', 'l/hf'];
const OPTIONAL_SIGNALS = ['l/ci', 'l/wt', 'g/rt', 'l/ot'];

export function hookOf(phase: Phase): Hook {
  return PHASES[phase].hook;
}

/**
 * R, S and D of a state.
 *
 * @param signals  false: the phase's tone or ring has ended by itself and shall not begin again.
 */
export function requestFor(state: HalfCallState, signals: boolean, facts: GatewayFacts, now: Millis): RequestParameters {
  const row = PHASES[state.phase];
  const isKnown = (name: EventName): boolean => !facts.refusedEvents.has(eventKey(name));
  const sounding = signals ? row.signals.filter(isKnown) : [];
  // A tone or a ring that times out says so (`oc`), but only to who asks (RFC 3435 §2.1.7). The warning tone never ends.
  const ends = sounding.filter((name) => name.event !== 'ot').map((name) => ({ packageName: name.packageName, event: 'oc' }));
  const watched = row.hook === 'on' ? [L('hd')] : [L('hu'), L('hf')];
  const plain = [...watched, ...ends].filter(isKnown).map(notified);
  return {
    requestedEvents: row.digits ? [...plain.slice(0, 2), COLLECTED_DIGITS, ...plain.slice(2)] : plain,
    signalRequests: sounding.flatMap((name) => [{ name, parameters: [] }, ...callerIdWith(name, state.caller, isKnown, facts, now)]),
    ...(row.digits && { digitMap: facts.dialPlan.digitMap }),
  };
}

/**
 * Whether an audit's R and S are those that a state asks for. Names are compared, not actions, and signals that have
 * ended meanwhile may be absent.
 */
export function asksTheSame(found: Pick<Parameters, 'requestedEvents' | 'signalRequests'>, wanted: RequestParameters): boolean {
  if (found.requestedEvents === undefined) return false;
  const events = keys(found.requestedEvents);
  const signals = keys(found.signalRequests ?? []);
  const wantedSignals = keys(wanted.signalRequests);
  return sameSet(events, keys(wanted.requestedEvents)) && [...signals].every((signal) => wantedSignals.has(signal));
}

/**
 * What of a refused request is given up next.
 *
 * @param code  512, 513, 518, 522 or 538.
 * @returns the key of an event or signal that was asked for, or undefined when only the indispensable was.
 */
export function dispensable(code: number, request: RequestParameters): string | undefined {
  const events = keys(request.requestedEvents);
  const signals = keys(request.signalRequests);
  const fromEvents = OPTIONAL_EVENTS.find((key) => events.has(key));
  const fromSignals = OPTIONAL_SIGNALS.find((key) => signals.has(key));
  return code === 512 ? fromEvents : code === 513 ? fromSignals : (fromSignals ?? fromEvents);
}

const NOTIFY = [{ kind: 'notify' }] as const;
const COLLECTED_DIGITS: RequestedEvent = { name: D('[0-9*#T]'), actions: [{ kind: 'digit-map' }], parameters: [] };

function notified(name: EventName): RequestedEvent {
  return { name, actions: NOTIFY, parameters: [] };
}

function callerIdWith(
  ring: EventName,
  caller: CallerIdentity | undefined,
  isKnown: (name: EventName) => boolean,
  facts: GatewayFacts,
  now: Millis,
): readonly SignalRequest[] {
  const name = L('ci');
  if (ring.event !== 'rg' || caller === undefined || !isKnown(name)) return [];
  // RFC 3660 §2.4: P is private, O is out of reach.
  const absent = valueOf(caller.number === undefined ? 'P' : 'O');
  const parameters: readonly EventParameter[] = [
    valueOf(facts.localTime(now)),
    caller.number === undefined ? absent : quotedValueOf(caller.number),
    caller.name === undefined ? absent : quotedValueOf(caller.name),
  ];
  return [{ name, parameters }];
}

function keys(items: readonly { readonly name: EventName }[]): ReadonlySet<string> {
  return new Set(items.map((item) => eventKey(item.name, 'l')));
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((key) => b.has(key));
}
