// The descriptors of annex A of H.248.1 as a table, and what they are made of: identities, names, values. Versions 1, 2
// and 3 in one, since each only appends to the one before. Names are the document's, words of enumerations the model's.
import {
  type Asn1,
  bits,
  boolean,
  choice,
  enumerated,
  ia5,
  integer,
  later,
  nothing,
  objectIdentifier,
  octetNumber,
  octets,
  optional,
  sequence,
  sequenceOf,
  type ValueOf,
} from './asn1.js';

/** H.248.8: syntax error in a descriptor. */
export const IN_DESCRIPTOR = 444;

export const uint16 = integer(0, 0xffff);
export const uint32 = integer(0, 0xffff_ffff);
export const versionNumber = integer(0, 99);
const name = octetNumber(2);
const pkgdName = octetNumber(4);
export const value = sequenceOf(octets());

// ---------------------------------------------------------------- identity

const ip4Address = sequence({ address: octets(4, 4), portNumber: optional(uint16) });
const ip6Address = sequence({ address: octets(16, 16), portNumber: optional(uint16) });
// What both are made of says annex B; names of hosts are met with `_`.
const domainName = sequence({ name: ia5(1, 64, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/), portNumber: optional(uint16) });
const pathName = ia5(1, 64, /^[A-Za-z0-9_/*$@.-]*$/);
const mtpAddress = octets(2, 4);

export const mId = choice({ ip4Address, ip6Address, domainName, deviceName: pathName, mtpAddress });

export const serviceChangeAddress = choice({ portNumber: uint16, ip4Address, ip6Address, domainName, deviceName: pathName, mtpAddress });

export const timeNotation = sequence({ date: ia5(8, 8, /^\d*$/), time: ia5(8, 8, /^\d*$/) });

export const terminationId = sequence({ wildcard: sequenceOf(octets(1, 1)), id: octets(1, 8) });
export const terminationIdList = sequenceOf(terminationId, { least: 1 });

// ---------------------------------------------------------------- values

const extraInfo = choice({
  relation: enumerated({ greater: 0, smaller: 1, unequal: 2 }),
  range: boolean,
  sublist: boolean,
});

const propertyParm = sequence({ name: pkgdName, value, extraInfo: optional(extraInfo) });
export const propertyParms = sequenceOf(propertyParm);
const parameter = sequence({ name, value, extraInfo: optional(extraInfo) });
const parameters = sequenceOf(parameter);

export const nonStandardData = sequence({
  nonStandardIdentifier: choice({
    object: objectIdentifier,
    h221NonStandard: sequence({
      t35CountryCode1: integer(0, 255),
      t35CountryCode2: integer(0, 255),
      t35Extension: integer(0, 255),
      manufacturerCode: uint16,
    }),
    experimental: ia5(8, 8),
  }),
  data: octets(),
});

export const errorDescriptor = sequence({ errorCode: uint16, errorText: optional(ia5()) }, { place: IN_DESCRIPTOR });

// ---------------------------------------------------------------- media

const streamMode = enumerated({ 'send-only': 0, 'receive-only': 1, 'send-receive': 2, inactive: 3, loopback: 4 });
const serviceState = enumerated({ test: 0, 'out-of-service': 1, 'in-service': 2 });

export const statisticsDescriptor = sequenceOf(sequence({ statName: pkgdName, statValue: optional(value) }));

const localRemoteDescriptor = sequence({ propGrps: sequenceOf(propertyParms) });

const localControlDescriptor = sequence({
  streamMode: optional(streamMode),
  reserveValue: optional(boolean),
  reserveGroup: optional(boolean),
  propertyParms,
});

const streamParms = sequence({
  localControlDescriptor: optional(localControlDescriptor),
  localDescriptor: optional(localRemoteDescriptor),
  remoteDescriptor: optional(localRemoteDescriptor),
  statisticsDescriptor: optional(statisticsDescriptor, 3),
});

const streamDescriptor = sequence({ streamID: uint16, streamParms });

export const mediaDescriptor = sequence(
  {
    termStateDescr: optional(
      sequence({
        propertyParms,
        eventBufferControl: optional(enumerated({ off: 0, 'lock-step': 1 })),
        serviceState: optional(serviceState),
      }),
    ),
    streams: optional(choice({ oneStream: streamParms, multiStream: sequenceOf(streamDescriptor) })),
  },
  { place: IN_DESCRIPTOR },
);

export const muxDescriptor = sequence(
  {
    muxType: enumerated({ h221: 0, h223: 1, h226: 2, v76: 3, nx64k: 4 }),
    termList: sequenceOf(terminationId),
    nonStandardData: optional(nonStandardData),
  },
  { place: IN_DESCRIPTOR },
);

export const modemDescriptor = sequence(
  {
    mtl: sequenceOf(enumerated({ v18: 0, v22: 1, v22bis: 2, v32: 3, v32bis: 4, v34: 5, v90: 6, v91: 7, synchisdn: 8 })),
    mpl: propertyParms,
    nonStandardData: optional(nonStandardData),
  },
  { place: IN_DESCRIPTOR },
);

// ---------------------------------------------------------------- events, signals, digit maps

const digitMapValue = sequence({
  startTimer: optional(versionNumber),
  shortTimer: optional(versionNumber),
  longTimer: optional(versionNumber),
  // No octet zero, and no colon where a timer of the text form would stand.
  digitMapBody: ia5(0, Infinity, /^(?![\0-\x20]*[^]:)[^\0]*$/),
  durationTimer: optional(versionNumber, 2),
});

export const digitMapDescriptor = sequence(
  { digitMapName: optional(name), digitMapValue: optional(digitMapValue) },
  { place: IN_DESCRIPTOR },
);

const eventDM = choice({ digitMapName: name, digitMapValue });

const signal = sequence({
  signalName: pkgdName,
  streamID: optional(uint16),
  sigType: optional(enumerated({ brief: 0, 'on-off': 1, 'time-out': 2 })),
  duration: optional(uint16),
  notifyCompletion: optional(bits('time-out', 'interrupted-by-event', 'interrupted-by-signals', 'other', 'iteration')),
  keepActive: optional(boolean),
  sigParList: parameters,
  direction: optional(enumerated({ internal: 0, external: 1, both: 3 }), 3),
  requestID: optional(uint32, 3),
  intersigDelay: optional(uint16, 3),
});

export const signalsDescriptor = sequenceOf(
  choice({ signal, seqSigList: sequence({ id: uint16, signalList: sequenceOf(signal) }) }, IN_DESCRIPTOR),
);

/**
 * What an event inside an embedded descriptor may do. The one circle of the document: such an event may regulate its
 * notification by embedded events again (version 3). How deep is the reader's limit.
 */
export interface SecondEvents {
  readonly requestID?: number | undefined;
  readonly eventList: readonly {
    readonly pkgdName: number;
    readonly streamID?: number | undefined;
    readonly eventAction?: SecondActions | undefined;
    readonly evParList: ValueOf<typeof parameters>;
  }[];
}

interface SecondActions {
  readonly keepActive?: boolean | undefined;
  readonly eventDM?: ValueOf<typeof eventDM> | undefined;
  readonly signalsDescriptor?: ValueOf<typeof signalsDescriptor> | undefined;
  readonly notifyBehaviour?: NotifyBehaviour | undefined;
  readonly resetEventsDescriptor?: true | undefined;
}

export type NotifyBehaviour =
  | { readonly kind: 'notifyImmediate' | 'neverNotify'; readonly value: true }
  | {
      readonly kind: 'notifyRegulated';
      readonly value: {
        readonly secondEvent?: SecondEvents | undefined;
        readonly signalsDescriptor?: ValueOf<typeof signalsDescriptor> | undefined;
      };
    };

const secondEventsDescriptor: Asn1<SecondEvents> = later(() =>
  sequence({
    requestID: optional(uint32),
    eventList: sequenceOf(
      sequence({ pkgdName, streamID: optional(uint16), eventAction: optional(secondRequestedActions), evParList: parameters }),
    ),
  }),
);

const notifyBehaviour = choice({
  notifyImmediate: nothing,
  notifyRegulated: sequence({ secondEvent: optional(secondEventsDescriptor), signalsDescriptor: optional(signalsDescriptor) }),
  neverNotify: nothing,
}) as Asn1<NotifyBehaviour>;

const secondRequestedActions: Asn1<SecondActions> = sequence({
  keepActive: optional(boolean),
  eventDM: optional(eventDM),
  signalsDescriptor: optional(signalsDescriptor),
  notifyBehaviour: optional(notifyBehaviour, 3),
  resetEventsDescriptor: optional(nothing, 3),
});

const requestedActions = sequence({
  keepActive: optional(boolean),
  eventDM: optional(eventDM),
  secondEvent: optional(secondEventsDescriptor),
  signalsDescriptor: optional(signalsDescriptor),
  notifyBehaviour: optional(notifyBehaviour, 3),
  resetEventsDescriptor: optional(nothing, 3),
});

export const eventsDescriptor = sequence(
  {
    requestID: optional(uint32),
    eventList: sequenceOf(
      sequence({ pkgdName, streamID: optional(uint16), eventAction: optional(requestedActions), evParList: parameters }),
    ),
  },
  { place: IN_DESCRIPTOR },
);

export const eventBufferDescriptor = sequenceOf(sequence({ eventName: pkgdName, streamID: optional(uint16), eventParList: parameters }));

export const observedEventsDescriptor = sequence(
  {
    requestId: uint32,
    observedEventLst: sequenceOf(
      sequence({ eventName: pkgdName, streamID: optional(uint16), eventParList: parameters, timeNotation: optional(timeNotation) }),
    ),
  },
  { place: IN_DESCRIPTOR },
);

const packagesDescriptor = sequenceOf(sequence({ packageName: name, packageVersion: versionNumber }));

// ---------------------------------------------------------------- audits

const indAudPropertyParm = sequence({ name: pkgdName, propertyParms: optional(propertyParm, 3) });
export const indAudProperties = sequenceOf(indAudPropertyParm);
const indAudLocalRemote = sequence({ propGroupID: optional(uint16), propGrps: indAudProperties });
const indAudStatistics = sequence({ statName: pkgdName });

const indAudStreamParms = sequence({
  localControlDescriptor: optional(
    sequence({
      streamMode: optional(nothing),
      reserveValue: optional(nothing),
      reserveGroup: optional(nothing),
      propertyParms: optional(indAudProperties),
      streamModeSel: optional(streamMode, 3),
    }),
  ),
  localDescriptor: optional(indAudLocalRemote),
  remoteDescriptor: optional(indAudLocalRemote),
  statisticsDescriptor: optional(indAudStatistics, 3),
});

const indAudMedia = sequence({
  termStateDescr: optional(
    sequence({
      propertyParms: indAudProperties,
      eventBufferControl: optional(nothing),
      serviceState: optional(nothing),
      serviceStateSel: optional(serviceState, 3),
    }),
  ),
  streams: optional(
    choice({
      oneStream: indAudStreamParms,
      multiStream: sequenceOf(sequence({ streamID: uint16, streamParms: indAudStreamParms })),
    }),
  ),
});

const indAudSignal = sequence({ signalName: pkgdName, streamID: optional(uint16), signalRequestID: optional(uint32, 3) });

const indAudParameter = choice(
  {
    indAudMediaDescriptor: indAudMedia,
    indAudEventsDescriptor: sequence({ requestID: optional(uint32), pkgdName, streamID: optional(uint16) }),
    indAudEventBufferDescriptor: sequence({ eventName: pkgdName, streamID: optional(uint16) }),
    indAudSignalsDescriptor: choice({
      signal: indAudSignal,
      seqSigList: sequence({ id: uint16, signalList: optional(indAudSignal) }),
    }),
    indAudDigitMapDescriptor: sequence({ digitMapName: optional(name) }),
    indAudStatisticsDescriptor: indAudStatistics,
    indAudPackagesDescriptor: sequence({ packageName: name, packageVersion: versionNumber }),
  },
  IN_DESCRIPTOR,
);

export const auditDescriptor = sequence(
  {
    auditToken: optional(
      bits('mux', 'modem', 'media', 'events', 'signals', 'digit-map', 'statistics', 'observed-events', 'packages', 'event-buffer'),
    ),
    auditPropertyToken: optional(sequenceOf(indAudParameter), 2),
  },
  { place: IN_DESCRIPTOR },
);

const auditReturnParameter = choice(
  {
    errorDescriptor,
    mediaDescriptor,
    modemDescriptor,
    muxDescriptor,
    eventsDescriptor,
    eventBufferDescriptor,
    signalsDescriptor,
    digitMapDescriptor,
    observedEventsDescriptor,
    statisticsDescriptor,
    packagesDescriptor,
    emptyDescriptors: auditDescriptor,
  },
  IN_DESCRIPTOR,
);

export const terminationAudit = sequenceOf(auditReturnParameter);

// ---------------------------------------------------------------- the values of these types

export type MIdValue = ValueOf<typeof mId>;
export type AddressValue = ValueOf<typeof serviceChangeAddress>;
export type TimeValue = ValueOf<typeof timeNotation>;
export type TerminationIdValue = ValueOf<typeof terminationId>;
export type PropertyValue = ValueOf<typeof propertyParm>;
export type ParameterValue = ValueOf<typeof parameter>;
export type NonStandardValue = ValueOf<typeof nonStandardData>;
export type ErrorValue = ValueOf<typeof errorDescriptor>;
export type StreamParmsValue = ValueOf<typeof streamParms>;
export type LocalRemoteValue = ValueOf<typeof localRemoteDescriptor>;
export type MediaValue = ValueOf<typeof mediaDescriptor>;
export type MuxValue = ValueOf<typeof muxDescriptor>;
export type ModemValue = ValueOf<typeof modemDescriptor>;
export type DigitMapValueValue = ValueOf<typeof digitMapValue>;
export type DigitMapDescriptorValue = ValueOf<typeof digitMapDescriptor>;
export type EventDigitMapValue = ValueOf<typeof eventDM>;
export type SignalValue = ValueOf<typeof signal>;
export type SignalsValue = ValueOf<typeof signalsDescriptor>;
export type RequestedActionsValue = ValueOf<typeof requestedActions>;
export type EventsValue = ValueOf<typeof eventsDescriptor>;
export type EventBufferValue = ValueOf<typeof eventBufferDescriptor>;
export type ObservedEventsValue = ValueOf<typeof observedEventsDescriptor>;
export type StatisticsValue = ValueOf<typeof statisticsDescriptor>;
export type PackagesValue = ValueOf<typeof packagesDescriptor>;
export type IndividualPropertyValue = ValueOf<typeof indAudPropertyParm>;
export type IndividualSessionValue = ValueOf<typeof indAudLocalRemote>;
export type IndividualStreamValue = ValueOf<typeof indAudStreamParms>;
export type IndividualMediaValue = ValueOf<typeof indAudMedia>;
export type IndividualSignalValue = ValueOf<typeof indAudSignal>;
export type IndividualValue = ValueOf<typeof indAudParameter>;
export type AuditValue = ValueOf<typeof auditDescriptor>;
export type AuditReturnValue = ValueOf<typeof auditReturnParameter>;
