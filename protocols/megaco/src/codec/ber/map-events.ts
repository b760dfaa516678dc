// Events, event buffers, signals and digit maps between annex A and the model. RFC 3525 §7.1.9 to §7.1.14.
import type {
  DigitMapDescriptor,
  DigitMapValue,
  EmbeddedEvents,
  EventBufferDescriptor,
  EventDigitMap,
  EventsDescriptor,
  NotifyBehaviour,
  RequestedEvent,
  Signal,
  SignalRequest,
} from '../../message/index.js';
import { SignalingError } from '@altpath/core';
import { digitMapName, digitMapNumber, type Mapping } from './context.js';
import { localFault } from './faults.js';
import type {
  DigitMapDescriptorValue,
  DigitMapValueValue,
  EventBufferValue,
  EventDigitMapValue,
  EventsValue,
  NotifyBehaviour as NotifyBehaviourValue,
  RequestedActionsValue,
  SecondEvents,
  SignalsValue,
  SignalValue,
} from './schema-descriptors.js';

type EventRecord = EventsValue['eventList'][number];

/** EventsDescriptor into the model. */
export function eventsOf({ requestID, eventList }: EventsValue, mapping: Mapping): EventsDescriptor {
  return { kind: 'events', requestId: requestIdOf(requestID, eventList), events: eventList.map((each) => eventOf(each, mapping)) };
}

/** EventsDescriptor from the model. */
export function eventsRecord({ requestId, events }: EventsDescriptor, mapping: Mapping): EventsValue {
  return { requestID: requestIdRecord(requestId, mapping), eventList: events.map((each) => eventRecord(each, mapping)) };
}

/** With an empty list the request id says nothing; what says that all watching ends has none in the model. */
function requestIdOf(requestId: number | undefined, list: readonly unknown[]): number | undefined {
  return list.length === 0 && requestId === 0 ? undefined : requestId;
}

// Deviation: RFC 3525 has the request id optional, the version 1 that Erlang/OTP implements demands it: 0 suits both.
function requestIdRecord(requestId: number | undefined, { version }: Mapping): number | undefined {
  return requestId ?? (version === 1 ? 0 : undefined);
}

function eventOf({ pkgdName, streamID, eventAction, evParList }: EventRecord, mapping: Mapping): RequestedEvent {
  const parameters = mapping.parameters('event', pkgdName, evParList);
  const name = mapping.itemName('event', pkgdName);
  if (eventAction === undefined) return { name, streamId: streamID, parameters };
  const { keepActive, eventDM, secondEvent, signalsDescriptor, notifyBehaviour, resetEventsDescriptor } = eventAction;
  return {
    name,
    streamId: streamID,
    keepActive: keepActive === true ? true : undefined,
    digitMap: eventDM && eventDigitMapOf(eventDM),
    embeddedEvents: secondEvent && embeddedOf(secondEvent, mapping),
    embeddedSignals: signalsDescriptor && signalListOf(signalsDescriptor, mapping),
    notifyBehaviour: notifyBehaviour && behaviourOf(notifyBehaviour, mapping),
    resetEvents: resetEventsDescriptor,
    parameters,
  };
}

function eventRecord(event: RequestedEvent, mapping: Mapping): EventRecord {
  return {
    pkgdName: mapping.itemNumber('event', event.name),
    streamID: event.streamId,
    eventAction: actionsRecord(event, mapping),
    evParList: mapping.parameterRecords('event', event.name, event.parameters),
  };
}

function actionsRecord(event: RequestedEvent, mapping: Mapping): RequestedActionsValue | undefined {
  const { keepActive, digitMap, embeddedEvents, embeddedSignals, notifyBehaviour, resetEvents } = event;
  const acts = keepActive === true || resetEvents === true;
  if (!acts && !digitMap && !embeddedEvents && !embeddedSignals && !notifyBehaviour) return undefined;
  return {
    keepActive: keepActive === true ? true : undefined,
    eventDM: digitMap && eventDigitMapRecord(digitMap),
    secondEvent: embeddedEvents && embeddedRecord(embeddedEvents, mapping),
    signalsDescriptor: embeddedSignals && signalListRecord(embeddedSignals, mapping),
    notifyBehaviour: notifyBehaviour && behaviourRecord(notifyBehaviour, mapping),
    resetEventsDescriptor: resetEvents === true ? true : undefined,
  };
}

function embeddedOf({ requestID, eventList }: SecondEvents, mapping: Mapping): EmbeddedEvents {
  return { requestId: requestIdOf(requestID, eventList), events: eventList.map((each) => eventOf(each, mapping)) };
}

function embeddedRecord({ requestId, events }: EmbeddedEvents, mapping: Mapping): SecondEvents {
  if (events.some((event) => event.embeddedEvents !== undefined))
    throw new SignalingError(localFault('choice', 'embedded events embed no further events'));
  return { requestID: requestIdRecord(requestId, mapping), eventList: events.map((each) => eventRecord(each, mapping)) };
}

function behaviourOf({ kind, value }: NotifyBehaviourValue, mapping: Mapping): NotifyBehaviour {
  if (kind !== 'notifyRegulated') return { kind: kind === 'neverNotify' ? 'never' : 'immediate' };
  const { secondEvent, signalsDescriptor } = value;
  return {
    kind: 'regulated',
    embeddedEvents: secondEvent && embeddedOf(secondEvent, mapping),
    embeddedSignals: signalsDescriptor && signalListOf(signalsDescriptor, mapping),
  };
}

function behaviourRecord(behaviour: NotifyBehaviour, mapping: Mapping): NotifyBehaviourValue {
  if (behaviour.kind !== 'regulated') return { kind: behaviour.kind === 'never' ? 'neverNotify' : 'notifyImmediate', value: true };
  const { embeddedEvents, embeddedSignals } = behaviour;
  return {
    kind: 'notifyRegulated',
    value: {
      secondEvent: embeddedEvents && embeddedRecord(embeddedEvents, mapping),
      signalsDescriptor: embeddedSignals && signalListRecord(embeddedSignals, mapping),
    },
  };
}

/** EventBufferDescriptor into the model. */
export function eventBufferOf(records: EventBufferValue, mapping: Mapping): EventBufferDescriptor {
  return {
    kind: 'event-buffer',
    events: records.map(({ eventName, streamID, eventParList }) => ({
      name: mapping.itemName('event', eventName),
      streamId: streamID,
      parameters: mapping.parameters('event', eventName, eventParList),
    })),
  };
}

/** EventBufferDescriptor from the model. */
export function eventBufferRecord({ events }: EventBufferDescriptor, mapping: Mapping): EventBufferValue {
  return events.map(({ name, streamId, parameters }) => ({
    eventName: mapping.itemNumber('event', name),
    streamID: streamId,
    eventParList: mapping.parameterRecords('event', name, parameters),
  }));
}

// ---------------------------------------------------------------- signals

/** SignalsDescriptor into the list of its signals. */
export function signalListOf(records: SignalsValue, mapping: Mapping): readonly SignalRequest[] {
  return records.map((each) =>
    each.kind === 'signal'
      ? signalOf(each.value, mapping)
      : { kind: 'signal-list', id: each.value.id, signals: each.value.signalList.map((signal) => signalOf(signal, mapping)) },
  );
}

/** SignalsDescriptor from the list of its signals. */
export function signalListRecord(signals: readonly SignalRequest[], mapping: Mapping): SignalsValue {
  return signals.map((each) =>
    each.kind === 'signal'
      ? { kind: 'signal', value: signalRecord(each, mapping) }
      : { kind: 'seqSigList', value: { id: each.id, signalList: each.signals.map((signal) => signalRecord(signal, mapping)) } },
  );
}

function signalOf(record: SignalValue, mapping: Mapping): Signal {
  return {
    kind: 'signal',
    name: mapping.itemName('signal', record.signalName),
    streamId: record.streamID,
    type: record.sigType,
    duration: record.duration,
    notifyCompletion: record.notifyCompletion,
    keepActive: record.keepActive === true ? true : undefined,
    direction: record.direction,
    requestId: record.requestID,
    interSignalDelay: record.intersigDelay,
    parameters: mapping.parameters('signal', record.signalName, record.sigParList),
  };
}

function signalRecord(signal: Signal, mapping: Mapping): SignalValue {
  return {
    signalName: mapping.itemNumber('signal', signal.name),
    streamID: signal.streamId,
    sigType: signal.type,
    duration: signal.duration,
    notifyCompletion: signal.notifyCompletion,
    keepActive: signal.keepActive === true ? true : undefined,
    sigParList: mapping.parameterRecords('signal', signal.name, signal.parameters),
    direction: signal.direction,
    requestID: signal.requestId,
    intersigDelay: signal.interSignalDelay,
  };
}

// ---------------------------------------------------------------- digit maps

/** DigitMapDescriptor into the model. */
export function digitMapOf(record: DigitMapDescriptorValue): DigitMapDescriptor {
  const { digitMapName: name, digitMapValue: value } = record;
  return {
    kind: 'digit-map',
    name: name === undefined ? undefined : digitMapName(name),
    value: value && digitMapValueOf(value),
  };
}

/** DigitMapDescriptor from the model. */
export function digitMapRecord({ name, value }: DigitMapDescriptor): DigitMapDescriptorValue {
  return { digitMapName: name === undefined ? undefined : digitMapNumber(name), digitMapValue: value && digitMapValueRecord(value) };
}

function eventDigitMapOf(record: EventDigitMapValue): EventDigitMap {
  return record.kind === 'digitMapName'
    ? { kind: 'name', name: digitMapName(record.value) }
    : { kind: 'value', value: digitMapValueOf(record.value) };
}

function eventDigitMapRecord(digitMap: EventDigitMap): EventDigitMapValue {
  return digitMap.kind === 'name'
    ? { kind: 'digitMapName', value: digitMapNumber(digitMap.name) }
    : { kind: 'digitMapValue', value: digitMapValueRecord(digitMap.value) };
}

function digitMapValueOf(record: DigitMapValueValue): DigitMapValue {
  return {
    start: record.startTimer,
    short: record.shortTimer,
    long: record.longTimer,
    duration: record.durationTimer,
    body: record.digitMapBody.replace(OUTER_BLANKS, ''),
  };
}

/** What text does not keep at both ends. */
const OUTER_BLANKS = /^[\0-\x20]+|[ \t\r\n]+$/g;

function digitMapValueRecord({ start, short, long, duration, body }: DigitMapValue): DigitMapValueValue {
  return { startTimer: start, shortTimer: short, longTimer: long, digitMapBody: body, durationTimer: duration };
}
