// Audits of single properties, events, signals, statistics, maps and packages (H.248.1 version 2, §7.2.5), and the values
// by which terminations are selected (version 3).
import {
  type AuditReturn,
  type IndividualAudit,
  type IndividualLocalControl,
  type IndividualProperty,
  type IndividualSignal,
  type IndividualStream,
  type IndividualTerminationState,
  type LocalControl,
  type MediaDescriptor,
  named,
  type ParameterValue,
  type Property,
  type SignalRequest,
  singleText,
  type Stream,
  type TerminationState,
} from '../message/index.js';
import type { ItemKind } from '../packages/index.js';
import type { AuditGround } from './media-desk.js';
import { ErrorCode, type Refusal, refuse } from './refusal.js';
import { statisticOf, statisticsOf } from './statistics.js';
import type { StreamControl } from './stream.js';
import type { Termination } from './termination.js';

/** A descriptor without a stream id speaks of the only one (§7.1.6). */
const ONLY_STREAM = 1;

/** Whether such a thing can be there: 440 for its package, 520 for a map without a name here, else 532. */
export function checkIndividual(termination: Termination, audit: IndividualAudit): Refusal | undefined {
  switch (audit.kind) {
    case 'media':
      return checkMedia(termination, audit);
    case 'events':
    case 'event-buffer':
      return checkItem(termination, 'event', audit.name);
    case 'signal':
      return checkItem(termination, 'signal', audit.name);
    case 'signal-list':
      return audit.signal && checkItem(termination, 'signal', audit.signal.name);
    case 'statistics':
      return checkItem(termination, 'statistic', audit.name);
    case 'packages':
      return termination.realm.realises(audit.name) ? undefined : refuse(ErrorCode.unknownPackage, audit.name);
    case 'digit-map':
      return audit.name === undefined || termination.digitMaps.find(audit.name) ? undefined : refuse(ErrorCode.unknownDigitMap, audit.name);
    default:
      return audit satisfies never;
  }
}

function checkMedia(
  termination: Termination,
  { terminationState, streams }: Extract<IndividualAudit, { kind: 'media' }>,
): Refusal | undefined {
  const properties = [...(terminationState?.properties ?? []), ...streams.flatMap(({ localControl }) => localControl?.properties ?? [])];
  for (const { name } of properties) {
    const refusal = checkItem(termination, 'property', name);
    if (refusal) return refusal;
  }
  for (const { id, statistics } of streams) {
    const refusal = statistics === undefined ? undefined : checkItem(termination, 'statistic', statistics);
    if (refusal) return refusal;
    if (id !== undefined && !termination.streams.has(id)) return refuse(ErrorCode.auditedNotThere, `stream ${id}`);
  }
  return undefined;
}

function checkItem({ realm }: Termination, kind: ItemKind, name: string): Refusal | undefined {
  const [packageName = '', item] = name.split('/');
  if (item === '*') return packageName === '*' || realm.realises(packageName) ? undefined : refuse(ErrorCode.unknownPackage, name);
  const found = realm.find(kind, name);
  if (found.ok) return undefined;
  return found.refusal.code === ErrorCode.unknownPackage ? found.refusal : refuse(ErrorCode.auditedNotThere, name);
}

/** Parts of the Media descriptor are told in one, statistics in one; what is not in force is not told. */
export function auditIndividually(
  termination: Termination,
  audits: readonly IndividualAudit[],
  ground: AuditGround,
): readonly AuditReturn[] {
  const told = audits.flatMap((audit) => partsOf(termination, audit, ground));
  const statistics = told.flatMap((each) => (each.kind === 'statistics' ? each.statistics : []));
  return [
    ...told.filter(({ kind }) => kind !== 'statistics'),
    ...(statistics.length > 0 ? [{ kind: 'statistics' as const, statistics }] : []),
  ];
}

function partsOf(termination: Termination, audit: IndividualAudit, { desk, now }: AuditGround): readonly AuditReturn[] {
  switch (audit.kind) {
    case 'media':
      return [mediaParts(termination, audit)];
    case 'events': {
      const { requestId, events } = termination.watch.audit();
      if (audit.requestId !== undefined && audit.requestId !== requestId) return [];
      const found = events.filter(
        (event) => isMeant(audit.name, event.name) && (event.streamId ?? 0) === (audit.streamId ?? event.streamId ?? 0),
      );
      return found.length > 0 ? [{ kind: 'events', requestId, events: found }] : [];
    }
    case 'event-buffer': {
      const events = termination.watch.auditBuffer().events.filter(({ name }) => isMeant(audit.name, name));
      return events.length > 0 ? [{ kind: 'event-buffer', events }] : [];
    }
    case 'signal':
      return signalParts(termination, (each) => each.kind === 'signal' && isSignal(audit, each));
    case 'signal-list':
      return signalParts(termination, (each) => each.kind === 'signal-list' && each.id === audit.id);
    case 'statistics':
      return [{ kind: 'statistics', statistics: [statisticOf(audit.name, termination, desk, now)] }];
    case 'digit-map':
      return digitMapParts(termination, audit.name);
    case 'packages':
      return packageParts(termination, audit.name, { desk, now });
    default:
      return audit satisfies never;
  }
}

function isMeant(asked: string, name: string): boolean {
  const [askedPackage = '', askedItem = ''] = asked.toLowerCase().split('/');
  const [packageName = '', item = ''] = name.toLowerCase().split('/');
  return (askedPackage === '*' || askedPackage === packageName) && (askedItem === '*' || askedItem === item);
}

function isSignal(audit: IndividualSignal, signal: Extract<SignalRequest, { kind: 'signal' }>): boolean {
  const isStream = audit.streamId === undefined || audit.streamId === signal.streamId;
  const isRequest = audit.requestId === undefined || audit.requestId === signal.requestId;
  return isStream && isRequest && isMeant(audit.name, signal.name);
}

function signalParts({ signals }: Termination, isAsked: (signal: SignalRequest) => boolean): readonly AuditReturn[] {
  const active = signals.audit().signals.filter(isAsked);
  return active.length > 0 ? [{ kind: 'signals', signals: active }] : [];
}

function digitMapParts({ digitMaps }: Termination, name: string | undefined): readonly AuditReturn[] {
  if (name === undefined) return digitMaps.audit();
  const value = digitMaps.find(name);
  return value ? [{ kind: 'digit-map', name, value }] : [];
}

/** All that is defined in the package, with its current value. */
function packageParts(termination: Termination, name: string, { desk, now }: AuditGround): readonly AuditReturn[] {
  const properties = termination.realm.items('property', name).map((item) => ({ name: item.name }));
  const counted = statisticsOf(termination, desk, now, name);
  const isAsked = (item: string): boolean => isMeant(`${name}/*`, item);
  const { requestId, events } = termination.watch.audit();
  const requested = events.filter((event) => isAsked(event.name));
  const media = mediaParts(termination, {
    kind: 'media',
    terminationState: { properties },
    streams: [...termination.streams.values()].map(({ id }) => ({ id, localControl: { properties } })),
  });
  return [
    ...(hasProperties(media) ? [media] : []),
    ...(requested.length > 0 ? [{ kind: 'events' as const, requestId, events: requested }] : []),
    ...signalParts(termination, (each) => each.kind === 'signal' && isAsked(each.name)),
    ...(counted ? [counted] : []),
  ];
}

function hasProperties({ terminationState, streams }: MediaDescriptor): boolean {
  return (terminationState?.properties.length ?? 0) > 0 || streams.some(({ localControl }) => (localControl?.properties.length ?? 0) > 0);
}

// --- media -------------------------------------------------------------------------------------------------------

function mediaParts(termination: Termination, audit: Extract<IndividualAudit, { kind: 'media' }>): MediaDescriptor {
  const { terminationState, streams } = audit;
  return {
    kind: 'media',
    ...(terminationState && { terminationState: stateParts(termination, terminationState) }),
    streams: streams.map((stream) => streamParts(termination, stream)),
  };
}

function stateParts(termination: Termination, asked: IndividualTerminationState): TerminationState {
  const { serviceState, watch, properties } = termination;
  return {
    properties: valuesOf(asked.properties, properties),
    ...((asked.serviceState === true || asked.serviceStateIs !== undefined) && { serviceState }),
    ...((asked.eventBufferControl === true || asked.eventBufferControlIs !== undefined) && { eventBufferControl: watch.bufferControl }),
  };
}

function streamParts(termination: Termination, asked: IndividualStream): Stream {
  const stream = termination.streams.get(asked.id ?? ONLY_STREAM);
  return {
    ...(asked.id !== undefined && { id: asked.id }),
    ...(asked.localControl && stream && { localControl: controlParts(stream.control, asked.localControl) }),
    ...(asked.local && { local: { sdp: stream?.local ?? '' } }),
    ...(asked.remote && { remote: { sdp: stream?.remote ?? '' } }),
  };
}

function controlParts({ mode, reserveGroup, reserveValue, properties }: StreamControl, asked: IndividualLocalControl): LocalControl {
  return {
    ...((asked.mode === true || asked.modeIs !== undefined) && { mode }),
    ...(asked.reserveValue === true && { reserveValue }),
    ...(asked.reserveGroup === true && { reserveGroup }),
    properties: valuesOf(asked.properties, properties),
  };
}

/** A property that was neither set nor provisioned has no value to be told. */
function valuesOf(asked: readonly IndividualProperty[], properties: readonly Property[]): readonly Property[] {
  return asked.flatMap(({ name }) => properties.filter((each) => isMeant(name, each.name)));
}

// --- selection (version 3) ---------------------------------------------------------------------------------------

/** Whether the termination has the values that the audit names; without any, every termination is meant. */
export function isSelected(termination: Termination, audits: readonly IndividualAudit[], logic: 'and' | 'or'): boolean {
  const conditions = audits.flatMap((audit) => (audit.kind === 'media' ? conditionsOf(termination, audit) : []));
  if (conditions.length === 0) return true;
  return logic === 'or' ? conditions.some(Boolean) : conditions.every(Boolean);
}

function conditionsOf(
  termination: Termination,
  { terminationState: state, streams }: Extract<IndividualAudit, { kind: 'media' }>,
): readonly boolean[] {
  return [
    ...(state?.serviceStateIs === undefined ? [] : [termination.serviceState === state.serviceStateIs]),
    ...(state?.eventBufferControlIs === undefined ? [] : [termination.watch.bufferControl === state.eventBufferControlIs]),
    ...(state?.properties ?? []).flatMap(({ name, value }) => (value ? [hasValue(termination.properties, name, value)] : [])),
    ...streams.flatMap(({ id, localControl }) => {
      const control = termination.streams.get(id ?? ONLY_STREAM)?.control;
      const { modeIs, properties = [] } = localControl ?? {};
      return [
        ...(modeIs === undefined ? [] : [(control?.mode ?? 'inactive') === modeIs]),
        ...properties.flatMap(({ name, value }) => (value ? [hasValue(control?.properties ?? [], name, value)] : [])),
      ];
    }),
  ];
}

function hasValue(properties: readonly Property[], name: string, value: ParameterValue): boolean {
  const text = singleText(named(properties, name)?.value)?.toLowerCase();
  return text !== undefined && text === singleText(value)?.toLowerCase();
}
