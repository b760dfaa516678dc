// What a line watches for and what its user hears, phase by phase: one table from phase to Events and Signals (RFC 3525
// §7.1.9, §7.1.11; packages al, cg, dd and g of annex E). What a gateway refused before, and calls can do without, is left out.
import type { Phase } from '@altpath/call-control';
import { type ItemName, type RequestedEvent, type Signal, word } from '../message/index.js';
import type { GatewayFacts } from './line-facts.js';

/** How the phone lies while a phase lasts. */
export type Hook = 'on' | 'off';

export interface Asked {
  readonly events: readonly RequestedEvent[];
  /** Always written when the phase begins: an empty list stops what sounds. undefined: what sounds goes on. */
  readonly signals: readonly Signal[] | undefined;
}

/**
 * How a phase is asked for. `begin`: its events and signals. `silently`: without the signal, which has ended by itself.
 * `again`: the gateway has it from a controller that is gone: it shall say how the phone lies, and what sounds shall go on.
 */
export type Manner = 'begin' | 'silently' | 'again';

interface PhaseRow {
  readonly hook: Hook;
  /** The first that the gateway has not refused. */
  readonly signals: readonly ItemName[];
  /** Digits are collected. */
  readonly digits?: true;
  /** The user may ask for something by a flash. Elsewhere a flash would only stop the tone. */
  readonly flash?: true;
  /** The phase is one of a call, with media. */
  readonly call?: true;
}

const PHASES: Readonly<Record<Phase, PhaseRow>> = {
  idle: { hook: 'on', signals: [] },
  dialling: { hook: 'off', signals: ['cg/dt'], digits: true },
  routing: { hook: 'off', signals: [], call: true },
  ringback: { hook: 'off', signals: ['cg/rt'], call: true },
  ringing: { hook: 'on', signals: ['al/ri'], call: true },
  talking: { hook: 'off', signals: [], flash: true, call: true },
  holding: { hook: 'off', signals: [], flash: true, call: true },
  held: { hook: 'off', signals: [], flash: true, call: true },
  busy: { hook: 'off', signals: ['cg/bt', 'cg/ct'] },
  congested: { hook: 'off', signals: ['cg/ct', 'cg/bt'] },
  howling: { hook: 'off', signals: ['cg/wt', 'cg/ct', 'cg/bt'] },
  parked: { hook: 'off', signals: [] },
  early: { hook: 'off', signals: [], call: true },
  knocking: { hook: 'off', signals: ['cg/cw'], flash: true, call: true },
};

/** Parameters that some gateways do not know, as they stand in `refusedItems`. */
const STRICT = 'strict';
const SIGNAL_COMPLETION = 'g/sc';
const FLASH = 'al/fl';
/** What a trunk is asked for, and calls can do without (`trunk.ts`). */
export const RELEASE = 'g/cause';

export function hookOf(phase: Phase): Hook {
  return PHASES[phase].hook;
}

/** A phase of a call: the line is in a context while it lasts. */
export function isOfCall(phase: Phase): boolean {
  return PHASES[phase].call === true;
}

/** What the user hears in this phase, if anything. */
export function soundOf(phase: Phase, facts: Pick<GatewayFacts, 'refusedItems'>): ItemName | undefined {
  return PHASES[phase].signals.find((name) => !facts.refusedItems.has(name));
}

export function askedFor(phase: Phase, manner: Manner, facts: GatewayFacts): Asked {
  const row = PHASES[phase];
  const isKnown = (name: ItemName): boolean => !facts.refusedItems.has(name);
  const reportsEnd = isKnown(SIGNAL_COMPLETION);
  const name = manner === 'silently' ? undefined : soundOf(phase, facts);
  const sounding = name === undefined ? [] : [signal(name, reportsEnd)];
  const events = [
    ...hookEvents(row.hook, manner, isKnown(STRICT)),
    ...(row.flash && isKnown(FLASH) ? [event(FLASH)] : []),
    ...(row.digits ? [{ ...event('dd/ce'), digitMap: { kind: 'value' as const, value: facts.dialPlan.digitMap } }] : []),
    ...(sounding.length > 0 && reportsEnd ? [event(SIGNAL_COMPLETION)] : []),
  ];
  return { events, signals: manner === 'again' ? undefined : sounding };
}

/**
 * What of a refused request is given up next: what the gateway names, else in the order of `OPTIONAL`.
 *
 * @param code  440, 445, 446, 449 to 457, 501, 512, 513 or 581.
 * @param text  Of the error descriptor.
 * @returns the item for `refusedItems`, or undefined when only the indispensable was asked for.
 */
export function dispensable(code: number, text: string | undefined, { events, signals = [] }: Asked): ItemName | undefined {
  const asked = new Set([...events, ...signals].map(({ name }) => name));
  if (events.some(({ parameters }) => parameters.length > 0)) asked.add(STRICT);
  const candidates = OPTIONAL.filter((item) => asked.has(item));
  const named = candidates.find((item) => text?.toLowerCase().includes(item));
  if (named !== undefined) return named;
  const suits =
    code === NO_SUCH_EVENT || code === NOT_DETECTED ? isEventItem : code === NO_SUCH_SIGNAL || code === NOT_GENERATED ? isTone : undefined;
  return suits === undefined ? candidates[0] : candidates.find(suits);
}

const NO_SUCH_EVENT = 451;
const NO_SUCH_SIGNAL = 452;
const NOT_DETECTED = 512;
const NOT_GENERATED = 513;

/** What calls can do without, the least important first: tones other than dial tone and ringing, the end of a tone, flash. */
const OPTIONAL: readonly ItemName[] = [RELEASE, SIGNAL_COMPLETION, 'cg/cw', 'cg/wt', FLASH, STRICT, 'cg/rt', 'cg/ct', 'cg/bt'];

function isTone(item: ItemName): boolean {
  return item.startsWith('cg/');
}

function isEventItem(item: ItemName): boolean {
  return !isTone(item);
}

/**
 * A hook event is asked for by state: if the phone lies so already, it is reported at once (E.9.2). Asked `again`, both are,
 * so that one of them comes in any case; the expected one must not stop what sounds.
 */
function hookEvents(hook: Hook, manner: Manner, isStrict: boolean): readonly RequestedEvent[] {
  const parameters = isStrict ? [{ name: 'strict', value: word('state') }] : [];
  const awaited = { ...event(hook === 'on' ? 'al/of' : 'al/on'), parameters };
  if (manner !== 'again') return [awaited];
  return [awaited, { ...event(hook === 'on' ? 'al/on' : 'al/of'), keepActive: true, parameters }];
}

function event(name: ItemName): RequestedEvent {
  return { name, parameters: [] };
}

function signal(name: ItemName, reportsEnd: boolean): Signal {
  return { kind: 'signal', name, ...(reportsEnd && { notifyCompletion: ['time-out'] as const }), parameters: [] };
}
