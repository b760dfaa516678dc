// Audit descriptors, whole and property by property, between annex A and the model. RFC 3525 §7.1.16; versions 2 and 3.
import type {
  AuditDescriptor,
  IndividualAudit,
  IndividualProperty,
  IndividualSession,
  IndividualSignal,
  IndividualStream,
} from '../../message/index.js';
import { SignalingError } from '@altpath/core';
import { digitMapName, digitMapNumber, type Mapping } from './context.js';
import { localFault } from './faults.js';
import type {
  AuditValue,
  IndividualMediaValue,
  IndividualPropertyValue,
  IndividualSessionValue,
  IndividualSignalValue,
  IndividualStreamValue,
  IndividualValue,
} from './schema-descriptors.js';
import { packageName, packageNumber } from './wrapping.js';

/** AuditDescriptor into the model. */
export function auditOf({ auditToken = [], auditPropertyToken }: AuditValue, mapping: Mapping): AuditDescriptor {
  return auditPropertyToken === undefined
    ? { kind: 'audit', items: auditToken }
    : { kind: 'audit', items: auditToken, individual: auditPropertyToken.map((each) => individualOf(each, mapping)) };
}

/** AuditDescriptor from the model. */
export function auditRecord({ items, individual }: AuditDescriptor, mapping: Mapping): AuditValue {
  return {
    auditToken: items.length === 0 ? undefined : items,
    auditPropertyToken: individual?.length ? individual.map((each) => individualRecord(each, mapping)) : undefined,
  };
}

function individualOf({ kind, value }: IndividualValue, mapping: Mapping): IndividualAudit {
  switch (kind) {
    case 'indAudMediaDescriptor':
      return mediaOf(value, mapping);
    case 'indAudEventsDescriptor':
      return {
        kind: 'events',
        requestId: value.requestID,
        name: mapping.itemName('event', value.pkgdName),
        streamId: value.streamID,
      };
    case 'indAudEventBufferDescriptor':
      return { kind: 'event-buffer', name: mapping.itemName('event', value.eventName), streamId: value.streamID };
    case 'indAudSignalsDescriptor':
      if (value.kind === 'signal') return signalOf(value.value, mapping);
      return { kind: 'signal-list', id: value.value.id, signal: value.value.signalList && signalOf(value.value.signalList, mapping) };
    case 'indAudDigitMapDescriptor':
      return { kind: 'digit-map', name: value.digitMapName === undefined ? undefined : digitMapName(value.digitMapName) };
    case 'indAudStatisticsDescriptor':
      return { kind: 'statistics', name: mapping.itemName('statistic', value.statName) };
    case 'indAudPackagesDescriptor':
      return { kind: 'packages', name: packageName(mapping.packages, value.packageName), version: value.packageVersion };
    default:
      return kind satisfies never;
  }
}

function individualRecord(audit: IndividualAudit, mapping: Mapping): IndividualValue {
  switch (audit.kind) {
    case 'media':
      return { kind: 'indAudMediaDescriptor', value: mediaRecord(audit, mapping) };
    case 'events':
      return {
        kind: 'indAudEventsDescriptor',
        value: { requestID: audit.requestId, pkgdName: mapping.itemNumber('event', audit.name), streamID: audit.streamId },
      };
    case 'event-buffer':
      return {
        kind: 'indAudEventBufferDescriptor',
        value: { eventName: mapping.itemNumber('event', audit.name), streamID: audit.streamId },
      };
    case 'signal':
      return { kind: 'indAudSignalsDescriptor', value: { kind: 'signal', value: signalRecord(audit, mapping) } };
    case 'signal-list':
      return {
        kind: 'indAudSignalsDescriptor',
        value: { kind: 'seqSigList', value: { id: audit.id, signalList: audit.signal && signalRecord(audit.signal, mapping) } },
      };
    case 'digit-map':
      return {
        kind: 'indAudDigitMapDescriptor',
        value: { digitMapName: audit.name === undefined ? undefined : digitMapNumber(audit.name) },
      };
    case 'statistics':
      return { kind: 'indAudStatisticsDescriptor', value: { statName: mapping.itemNumber('statistic', audit.name) } };
    case 'packages':
      return {
        kind: 'indAudPackagesDescriptor',
        value: { packageName: packageNumber(mapping.packages, audit.name), packageVersion: audit.version },
      };
    default:
      return audit satisfies never;
  }
}

type MediaAudit = Extract<IndividualAudit, { readonly kind: 'media' }>;

function mediaOf({ termStateDescr, streams }: IndividualMediaValue, mapping: Mapping): MediaAudit {
  return {
    kind: 'media',
    terminationState: termStateDescr && {
      properties: propertiesOf(termStateDescr.propertyParms, mapping),
      eventBufferControl: termStateDescr.eventBufferControl,
      serviceState: termStateDescr.serviceState,
      serviceStateIs: termStateDescr.serviceStateSel,
    },
    streams: individualStreams(streams, mapping),
  };
}

function individualStreams(streams: IndividualMediaValue['streams'], mapping: Mapping): readonly IndividualStream[] {
  if (streams === undefined) return [];
  return streams.kind === 'oneStream'
    ? [streamOf(streams.value, undefined, mapping)]
    : streams.value.map(({ streamID, streamParms }) => streamOf(streamParms, streamID, mapping));
}

function mediaRecord({ terminationState, streams }: MediaAudit, mapping: Mapping): IndividualMediaValue {
  if (terminationState?.eventBufferControlIs !== undefined)
    throw new SignalingError(localFault('choice', 'binary cannot select by the control of the event buffer'));
  return {
    termStateDescr: terminationState && {
      propertyParms: terminationState.properties.map((each) => mapping.individualPropertyRecord(each)),
      eventBufferControl: wanted(terminationState.eventBufferControl),
      serviceState: wanted(terminationState.serviceState),
      serviceStateSel: terminationState.serviceStateIs,
    },
    streams: individualStreamsRecord(streams, mapping),
  };
}

function individualStreamsRecord(streams: readonly IndividualStream[], mapping: Mapping): IndividualMediaValue['streams'] {
  const [first] = streams;
  if (first === undefined) return undefined;
  if (first.id === undefined && streams.length === 1) return { kind: 'oneStream', value: streamRecord(first, mapping) };
  return {
    kind: 'multiStream',
    value: streams.map((stream) => {
      if (stream.id === undefined) throw new SignalingError(localFault('missing', 'one of several streams has no id'));
      return { streamID: stream.id, streamParms: streamRecord(stream, mapping) };
    }),
  };
}

function streamOf(record: IndividualStreamValue, id: number | undefined, mapping: Mapping): IndividualStream {
  const { localControlDescriptor: control, localDescriptor, remoteDescriptor, statisticsDescriptor } = record;
  return {
    id,
    localControl: control && {
      mode: control.streamMode,
      reserveValue: control.reserveValue,
      reserveGroup: control.reserveGroup,
      modeIs: control.streamModeSel,
      properties: propertiesOf(control.propertyParms ?? [], mapping),
    },
    local: localDescriptor && sessionOf(localDescriptor, mapping),
    remote: remoteDescriptor && sessionOf(remoteDescriptor, mapping),
    statistics: statisticsDescriptor && mapping.itemName('statistic', statisticsDescriptor.statName),
  };
}

function streamRecord({ localControl, local, remote, statistics }: IndividualStream, mapping: Mapping): IndividualStreamValue {
  return {
    localControlDescriptor: localControl && {
      streamMode: wanted(localControl.mode),
      reserveValue: wanted(localControl.reserveValue),
      reserveGroup: wanted(localControl.reserveGroup),
      propertyParms:
        localControl.properties.length === 0 ? undefined : localControl.properties.map((each) => mapping.individualPropertyRecord(each)),
      streamModeSel: localControl.modeIs,
    },
    localDescriptor: local && sessionRecord(local, mapping),
    remoteDescriptor: remote && sessionRecord(remote, mapping),
    statisticsDescriptor: statistics === undefined ? undefined : { statName: mapping.itemNumber('statistic', statistics) },
  };
}

function sessionOf({ propGroupID, propGrps }: IndividualSessionValue, mapping: Mapping): IndividualSession {
  return { groupId: propGroupID, properties: propertiesOf(propGrps, mapping) };
}

function sessionRecord({ groupId, properties }: IndividualSession, mapping: Mapping): IndividualSessionValue {
  return { propGroupID: groupId, propGrps: properties.map((each) => mapping.individualPropertyRecord(each)) };
}

/** Properties that are asked for, into the model. */
export function propertiesOf(records: readonly IndividualPropertyValue[], mapping: Mapping): readonly IndividualProperty[] {
  return records.map((each) => mapping.individualProperty(each));
}

function signalOf({ signalName, streamID, signalRequestID }: IndividualSignalValue, mapping: Mapping): IndividualSignal {
  return { kind: 'signal', name: mapping.itemName('signal', signalName), streamId: streamID, requestId: signalRequestID };
}

function signalRecord({ name, streamId, requestId }: IndividualSignal, mapping: Mapping): IndividualSignalValue {
  return { signalName: mapping.itemNumber('signal', name), streamID: streamId, signalRequestID: requestId };
}

/** NULL is there or not: false is not there. */
export function wanted(flag: boolean | undefined): true | undefined {
  return flag === true ? true : undefined;
}
