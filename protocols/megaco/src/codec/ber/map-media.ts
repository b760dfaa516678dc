// Media, termination state, streams, modem and mux between annex A and the model. RFC 3525 §7.1.2 to §7.1.8.
import type { LocalControl, MediaDescriptor, ModemDescriptor, MuxDescriptor, Stream, TerminationState } from '../../message/index.js';
import { SignalingError } from '@altpath/core';
import { type Mapping, nonStandard, nonStandardRecord } from './context.js';
import { localFault } from './faults.js';
import { statisticsOf, statisticsRecord } from './map-report.js';
import type { MediaValue, ModemValue, MuxValue, StreamParmsValue } from './schema-descriptors.js';
import { sessionOf, sessionRecord } from './session.js';

/** MediaDescriptor into the model. */
export function mediaOf({ termStateDescr, streams }: MediaValue, mapping: Mapping): MediaDescriptor {
  const terminationState = termStateDescr && stateOf(termStateDescr, mapping);
  return { kind: 'media', ...(terminationState && { terminationState }), streams: streamsOf(streams, mapping) };
}

/** MediaDescriptor from the model. */
export function mediaRecord({ terminationState, streams }: MediaDescriptor, mapping: Mapping): MediaValue {
  return {
    termStateDescr: terminationState && {
      propertyParms: terminationState.properties.map((each) => mapping.propertyRecord(each)),
      eventBufferControl: terminationState.eventBufferControl,
      serviceState: terminationState.serviceState,
    },
    streams: streamsRecord(streams, mapping),
  };
}

function stateOf(record: NonNullable<MediaValue['termStateDescr']>, mapping: Mapping): TerminationState {
  return {
    properties: record.propertyParms.map((each) => mapping.property(each)),
    eventBufferControl: record.eventBufferControl,
    serviceState: record.serviceState,
  };
}

function streamsOf(streams: MediaValue['streams'], mapping: Mapping): readonly Stream[] {
  if (streams === undefined) return [];
  return streams.kind === 'oneStream'
    ? [streamOf(streams.value, undefined, mapping)]
    : streams.value.map(({ streamID, streamParms }) => streamOf(streamParms, streamID, mapping));
}

function streamsRecord(streams: readonly Stream[], mapping: Mapping): MediaValue['streams'] {
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

function streamOf(record: StreamParmsValue, id: number | undefined, mapping: Mapping): Stream {
  const { localControlDescriptor, localDescriptor, remoteDescriptor, statisticsDescriptor } = record;
  return {
    id,
    localControl: localControlDescriptor && controlOf(localControlDescriptor, mapping),
    local: localDescriptor && sessionOf(localDescriptor, mapping),
    remote: remoteDescriptor && sessionOf(remoteDescriptor, mapping),
    statistics: statisticsDescriptor && statisticsOf(statisticsDescriptor, mapping),
  };
}

function streamRecord({ localControl, local, remote, statistics }: Stream, mapping: Mapping): StreamParmsValue {
  return {
    localControlDescriptor: localControl && {
      streamMode: localControl.mode,
      reserveValue: localControl.reserveValue,
      reserveGroup: localControl.reserveGroup,
      propertyParms: localControl.properties.map((each) => mapping.propertyRecord(each)),
    },
    localDescriptor: local && sessionRecord(local, mapping),
    remoteDescriptor: remote && sessionRecord(remote, mapping),
    statisticsDescriptor: statistics && statisticsRecord(statistics, mapping),
  };
}

function controlOf(record: NonNullable<StreamParmsValue['localControlDescriptor']>, mapping: Mapping): LocalControl {
  return {
    mode: record.streamMode,
    reserveValue: record.reserveValue,
    reserveGroup: record.reserveGroup,
    properties: record.propertyParms.map((each) => mapping.property(each)),
  };
}

/** ModemDescriptor into the model. */
export function modemOf({ mtl, mpl, nonStandardData }: ModemValue, mapping: Mapping): ModemDescriptor {
  return {
    kind: 'modem',
    types: mtl,
    properties: mpl.map((each) => mapping.property(each)),
    nonStandard: nonStandardData && nonStandard(nonStandardData),
  };
}

/** ModemDescriptor from the model. */
export function modemRecord(modem: ModemDescriptor, mapping: Mapping): ModemValue {
  return {
    // An extension of text (`X-...`) has no number; the type's writer says so.
    mtl: modem.types as ModemValue['mtl'],
    mpl: modem.properties.map((each) => mapping.propertyRecord(each)),
    nonStandardData: modem.nonStandard && nonStandardRecord(modem.nonStandard),
  };
}

/** MuxDescriptor into the model. */
export function muxOf({ muxType, termList, nonStandardData }: MuxValue, mapping: Mapping): MuxDescriptor {
  return {
    kind: 'mux',
    type: muxType,
    terminationIds: termList.map((each) => mapping.termination(each)),
    nonStandard: nonStandardData && nonStandard(nonStandardData),
  };
}

/** MuxDescriptor from the model. */
export function muxRecord(mux: MuxDescriptor, mapping: Mapping): MuxValue {
  return {
    muxType: mux.type as MuxValue['muxType'],
    termList: mux.terminationIds.map((each) => mapping.terminationRecord(each)),
    nonStandardData: mux.nonStandard && nonStandardRecord(mux.nonStandard),
  };
}
