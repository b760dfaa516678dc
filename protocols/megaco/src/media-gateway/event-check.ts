// Whether an Events descriptor can be put in force: its events, their parameters, digit maps and what they embed
// (RFC 3525 §7.1.9, §7.1.14.6, E.9.5). Nothing is changed here.
import {
  type DigitMapValue,
  type EmbeddedEvents,
  type EventsDescriptor,
  type EventSpec,
  named,
  type RequestedEvent,
  type SignalsDescriptor,
  singleText,
} from '../message/index.js';
import { parseDigitMap } from './digit-map.js';
import { checkParameters } from './parameter-check.js';
import type { Realm } from './realm.js';
import { ErrorCode, refuse, type Refusal } from './refusal.js';

/** The termination as a check sees it. */
export interface EventGround {
  readonly realm: Realm;
  readonly hook: 'on' | 'off';
  findDigitMap(name: string): DigitMapValue | undefined;
  checkSignals(signals: SignalsDescriptor): Refusal | undefined;
}

/** The one event that a digit map ends in (E.6.2). */
export const COMPLETION = 'dd/ce';

export function checkEvents({ events, requestId }: EventsDescriptor, ground: EventGround): Refusal | undefined {
  if (events.length > 0 && requestId === undefined) return refuse(ErrorCode.missingParameter, 'events without a RequestID');
  return firstOf(events, (event) => checkHook(event, ground.hook) ?? checkEvent(event, ground, true));
}

/** The events of an EventBuffer: no actions belong to them. */
export function checkBuffered(events: readonly EventSpec[], realm: Realm): Refusal | undefined {
  return firstOf(events, (event) => checkName(event, realm));
}

function checkEvent(event: RequestedEvent, ground: EventGround, mayEmbed: boolean): Refusal | undefined {
  const { embeddedEvents, embeddedSignals } = event;
  return (
    checkName(event, ground.realm) ??
    checkDigitMap(event, ground) ??
    (embeddedSignals && ground.checkSignals({ kind: 'signals', signals: embeddedSignals })) ??
    (embeddedEvents && checkEmbedded(embeddedEvents, ground, mayEmbed))
  );
}

/** Only one level of embedding is permitted. What `failWrong` finds when they are activated has nobody to be told. */
function checkEmbedded({ events }: EmbeddedEvents, ground: EventGround, mayEmbed: boolean): Refusal | undefined {
  if (!mayEmbed) return refuse(ErrorCode.illegalDescriptor, 'events embedded in embedded events');
  return firstOf(events, (event) => checkEvent(event, ground, false));
}

function checkName({ name, parameters }: EventSpec, realm: Realm): Refusal | undefined {
  const [packageName = '', item] = name.split('/');
  if (item === '*') return packageName === '*' || realm.realises(packageName) ? undefined : refuse(ErrorCode.unknownPackage, name);
  const found = realm.find('event', name);
  return found.ok ? checkParameters(found.value, parameters) : found.refusal;
}

function checkDigitMap({ name, digitMap }: RequestedEvent, ground: EventGround): Refusal | undefined {
  // §7.1.14.6, §7.1.14.8: also where the completion event is only meant along with all others of its package.
  if (!mayComplete(name)) return digitMap === undefined ? undefined : refuse(ErrorCode.noSuchParameterValue, name);
  if (digitMap === undefined) return refuse(ErrorCode.missingParameter, `${name} without a digit map`);
  const value = digitMap.kind === 'value' ? digitMap.value : ground.findDigitMap(digitMap.name);
  if (value === undefined) return refuse(ErrorCode.unknownDigitMap, digitMap.kind === 'name' ? digitMap.name : name);
  return parseDigitMap(value.body) === undefined ? refuse(ErrorCode.unknownValue, `digit map of ${name}`) : undefined;
}

/** The completion event, or all of its package. */
export function mayComplete(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === COMPLETION || lower === 'dd/*';
}

/** E.9.2: how a hook event looks at the state that it finds. */
export function strictnessOf({ parameters }: EventSpec): 'exact' | 'state' | 'failwrong' {
  const text = singleText(named(parameters, 'strict')?.value)?.toLowerCase();
  return text === 'state' || text === 'failwrong' ? text : 'exact';
}

/** The hook state that an event tells of; undefined for others. */
export function hookOf(name: string): 'on' | 'off' | undefined {
  return HOOK_EVENTS[name.toLowerCase()];
}

const HOOK_EVENTS: Readonly<Record<string, 'on' | 'off'>> = { 'al/on': 'on', 'al/of': 'off' };

function checkHook(event: RequestedEvent, hook: 'on' | 'off'): Refusal | undefined {
  if (hookOf(event.name) !== hook || strictnessOf(event) !== 'failwrong') return undefined;
  return refuse(ErrorCode.hookState, event.name);
}

function firstOf<T>(list: readonly T[], check: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of list) {
    const refusal = check(item);
    if (refusal) return refusal;
  }
  return undefined;
}
