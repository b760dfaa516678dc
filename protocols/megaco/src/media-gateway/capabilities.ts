// AuditCapability: what the properties, events, signals and statistics of a termination could be (RFC 3525 §7.2.6).
import {
  ALL_REQUESTS,
  type AuditDescriptor,
  type AuditItem,
  type AuditReturn,
  type EventSpec,
  type IndividualAudit,
  type MediaDescriptor,
  type Parameter,
  type ParameterValue,
  type Property,
  type Signal,
  type StreamMode,
  type Value,
} from '../message/index.js';
import type { Item, ParameterDefinition, PropertyDefinition } from '../packages/index.js';
import { checkIndividual } from './individual-audit.js';
import { wordsOf } from './property-values.js';
import { ErrorCode, type Refusal, refuse } from './refusal.js';
import { CODECS } from './session.js';
import type { Termination } from './termination.js';

const MODES: readonly StreamMode[] = ['send-only', 'receive-only', 'send-receive', 'inactive'];

/** 447 for DigitMap and Packages, which have no possible values; and what single items are refused with. */
export function checkCapabilityAudit(termination: Termination, { items, individual }: AuditDescriptor): Refusal | undefined {
  const kinds: readonly string[] = [...items, ...(individual ?? []).map(({ kind }) => kind)];
  const illegal = kinds.find((kind) => kind === 'digit-map' || kind === 'packages');
  if (illegal !== undefined) return refuse(ErrorCode.illegalDescriptor, illegal);
  for (const each of individual ?? []) {
    const refusal = checkIndividual(termination, each);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The answer to a checked audit. Of a single item that is asked for, all of its descriptor is told. */
export function auditCapability(termination: Termination, { items, individual }: AuditDescriptor): readonly AuditReturn[] {
  const asked = new Set<AuditItem>([...items, ...(individual ?? []).map(({ kind }) => WHOLE[kind])]);
  const told: AuditReturn[] = [];
  const empty: AuditItem[] = [];
  for (const item of asked) {
    const found = CAPABILITIES[item](termination);
    if (found.length === 0) empty.push(item);
    else told.push(...found);
  }
  return empty.length === 0 ? told : [...told, { kind: 'audit', items: empty }];
}

const WHOLE: Readonly<Record<IndividualAudit['kind'], AuditItem>> = {
  media: 'media',
  events: 'events',
  'event-buffer': 'event-buffer',
  signal: 'signals',
  'signal-list': 'signals',
  'digit-map': 'digit-map',
  statistics: 'statistics',
  packages: 'packages',
};

const CAPABILITIES: Readonly<Record<AuditItem, (termination: Termination) => readonly AuditReturn[]>> = {
  media: possibleMedia,
  modem: () => [],
  mux: () => [],
  events: ({ realm }) => {
    const events = realm.items('event').map(possibleEvent);
    return events.length > 0 ? [{ kind: 'events', requestId: ALL_REQUESTS, events }] : [];
  },
  'event-buffer': ({ realm }) => {
    const events = realm.items('event').map(possibleEvent);
    return events.length > 0 ? [{ kind: 'event-buffer', events }] : [];
  },
  signals: ({ realm, kind }) => {
    const signals = kind === 'root' ? [] : realm.items('signal').map(possibleSignal);
    return signals.length > 0 ? [{ kind: 'signals', signals }] : [];
  },
  'observed-events': ({ watch }) => {
    const { requestId, events } = watch.audit();
    const names = events.map(({ name }) => ({ name, parameters: [] }));
    return names.length > 0 ? [{ kind: 'observed-events', requestId: requestId ?? ALL_REQUESTS, events: names }] : [];
  },
  statistics: ({ realm }) => {
    const statistics = realm.items('statistic').map(({ name }) => ({ name }));
    return statistics.length > 0 ? [{ kind: 'statistics', statistics }] : [];
  },
  'digit-map': () => [],
  packages: () => [],
};

function possibleEvent({ name, parameters }: Item): EventSpec {
  return { name, parameters: [...parameters.all].map(possibleParameter) };
}

function possibleSignal({ name, parameters, signalType }: Item): Signal {
  return {
    kind: 'signal',
    name,
    ...(signalType !== undefined && { type: signalType }),
    parameters: [...parameters.all].map(possibleParameter),
  };
}

/** Alternative values are in further instances of the descriptor (§7.2.5): one for each mode. */
function possibleMedia(termination: Termination): readonly MediaDescriptor[] {
  const properties = termination.realm.items('property').flatMap(({ name, value }) => (value ? [{ name, definition: value }] : []));
  const inControl = properties.filter(({ definition }) => definition.descriptor === 'local-control').map(possibleProperty);
  const inState = properties.filter(({ definition }) => definition.descriptor !== 'local-control').map(possibleProperty);
  const terminationState = { properties: inState, eventBufferControl: 'lock-step' as const };
  if (termination.kind === 'root') return [{ kind: 'media', terminationState, streams: [] }];
  const modes = termination.kind === 'ephemeral' ? [...MODES, 'loopback' as const] : MODES;
  const session = { sdp: possibleSession() };
  const descriptions = termination.kind === 'ephemeral' ? { local: session, remote: session } : {};
  return modes.map((mode, index): MediaDescriptor => {
    if (index > 0) return { kind: 'media', streams: [{ id: 1, localControl: { mode, properties: [] } }] };
    return { kind: 'media', terminationState, streams: [{ id: 1, localControl: { mode, properties: inControl }, ...descriptions }] };
  });
}

function possibleSession(): string {
  const formats = CODECS.map(({ payloadType }) => payloadType).join(' ');
  return `v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP ${formats}`;
}

function possibleProperty({ name, definition }: { readonly name: string; readonly definition: PropertyDefinition }): Property {
  return { name, value: possibleValues(definition) };
}

function possibleParameter(definition: ParameterDefinition): Parameter {
  return { name: definition.name, value: possibleValues(definition) };
}

/** Words as alternatives, numbers with bounds as a range; `$` where anything of the type will do. */
function possibleValues({ type, min, max }: PropertyDefinition): ParameterValue {
  const words = wordsOf(type);
  if (words !== undefined && words.length > 0) return { kind: 'alternatives', values: words.map(plain) };
  if (min !== undefined && max !== undefined) return { kind: 'range', from: plain(String(min)), to: plain(String(max)) };
  return { kind: 'one', value: plain('$') };
}

function plain(text: string): Value {
  return { text, quoted: false };
}
