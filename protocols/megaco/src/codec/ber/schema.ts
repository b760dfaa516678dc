// Annex A of H.248.1 as a table: versions 1, 2 and 3 in one, since each only appends to the one before. Names are the
// document's, words of enumerations are the message model's. Version 1 is RFC 3525 annex A.2; 2 and 3 are H.248.1.
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
  since,
  type ValueOf,
} from './asn1.js';

/** H.248.8 codes of syntax errors by where they stand. */
const IN_TRANSACTION = 403;
const IN_ACTION = 403;
const IN_COMMAND = 442;
const IN_DESCRIPTOR = 444;
const UNKNOWN_COMMAND = 443;
const DESCRIPTOR_TWICE = 448;

const uint16 = integer(0, 0xffff);
const uint32 = integer(0, 0xffff_ffff);
export const versionNumber = integer(0, 99);
const name = octetNumber(2);
const pkgdName = octetNumber(4);
const value = sequenceOf(octets());

/** Two numbers that an answer to a broken message has to name; see `Salvage`. */
const contextId = integer(0, 0xffff_ffff, (reader, read) => {
  reader.contextId = read;
});
const transactionId = integer(0, 0xffff_ffff, (reader, read) => {
  reader.transactionId = read;
});

// ---------------------------------------------------------------- identity

const ip4Address = sequence({ address: octets(4, 4), portNumber: optional(uint16) });
const ip6Address = sequence({ address: octets(16, 16), portNumber: optional(uint16) });
const domainName = sequence({ name: ia5(), portNumber: optional(uint16) });
const pathName = ia5(1, 64);
const mtpAddress = octets(2, 4);

export const mId = choice({ ip4Address, ip6Address, domainName, deviceName: pathName, mtpAddress });

const serviceChangeAddress = choice({ portNumber: uint16, ip4Address, ip6Address, domainName, deviceName: pathName, mtpAddress });

const timeNotation = sequence({ date: ia5(8, 8, /^\d*$/), time: ia5(8, 8, /^\d*$/) });

const terminationId = sequence({ wildcard: sequenceOf(octets(1, 1)), id: octets(1, 8) });
const terminationIdList = sequenceOf(terminationId, { least: 1 });

// ---------------------------------------------------------------- values

const extraInfo = choice({
  relation: enumerated({ greater: 0, smaller: 1, unequal: 2 }),
  range: boolean,
  sublist: boolean,
});

const propertyParm = sequence({ name: pkgdName, value, extraInfo: optional(extraInfo) });
const propertyParms = sequenceOf(propertyParm);
const parameter = sequence({ name, value, extraInfo: optional(extraInfo) });
const parameters = sequenceOf(parameter);

const nonStandardData = sequence({
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

const errorDescriptor = sequence({ errorCode: uint16, errorText: optional(ia5()) }, { place: IN_DESCRIPTOR });

// ---------------------------------------------------------------- media

const streamMode = enumerated({ 'send-only': 0, 'receive-only': 1, 'send-receive': 2, inactive: 3, loopback: 4 });
const serviceState = enumerated({ test: 0, 'out-of-service': 1, 'in-service': 2 });

const statisticsDescriptor = sequenceOf(sequence({ statName: pkgdName, statValue: optional(value) }));

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

const mediaDescriptor = sequence(
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

const muxDescriptor = sequence(
  {
    muxType: enumerated({ h221: 0, h223: 1, h226: 2, v76: 3, nx64k: 4 }),
    termList: sequenceOf(terminationId),
    nonStandardData: optional(nonStandardData),
  },
  { place: IN_DESCRIPTOR },
);

const modemDescriptor = sequence(
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
  digitMapBody: ia5(),
  durationTimer: optional(versionNumber, 2),
});

const digitMapDescriptor = sequence({ digitMapName: optional(name), digitMapValue: optional(digitMapValue) }, { place: IN_DESCRIPTOR });

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

const signalsDescriptor = sequenceOf(
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

const eventsDescriptor = sequence(
  {
    requestID: optional(uint32),
    eventList: sequenceOf(
      sequence({ pkgdName, streamID: optional(uint16), eventAction: optional(requestedActions), evParList: parameters }),
    ),
  },
  { place: IN_DESCRIPTOR },
);

const eventBufferDescriptor = sequenceOf(sequence({ eventName: pkgdName, streamID: optional(uint16), eventParList: parameters }));

const observedEventsDescriptor = sequence(
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
const indAudProperties = sequenceOf(indAudPropertyParm);
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

const auditDescriptor = sequence(
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

const terminationAudit = sequenceOf(auditReturnParameter);

// ---------------------------------------------------------------- commands

const ammDescriptor = choice(
  {
    mediaDescriptor,
    modemDescriptor,
    muxDescriptor,
    eventsDescriptor,
    eventBufferDescriptor,
    signalsDescriptor,
    digitMapDescriptor,
    auditDescriptor,
    statisticsDescriptor: since(3, statisticsDescriptor),
  },
  IN_DESCRIPTOR,
);

const ammRequest = sequence(
  { terminationID: terminationIdList, descriptors: sequenceOf(ammDescriptor, { distinct: DESCRIPTOR_TWICE }) },
  { place: IN_COMMAND },
);
const ammsReply = sequence({ terminationID: terminationIdList, terminationAudit: optional(terminationAudit) }, { place: IN_COMMAND });

const auditRequest = sequence(
  { terminationID: terminationId, auditDescriptor, terminationIDList: optional(terminationIdList, 3) },
  { place: IN_COMMAND },
);

const auditReply = choice({
  contextAuditResult: sequenceOf(terminationId),
  error: errorDescriptor,
  auditResult: sequence({ terminationID: terminationId, terminationAuditResult: terminationAudit }),
  auditResultTermList: since(3, sequence({ terminationIDList: terminationIdList, terminationAuditResult: terminationAudit })),
});

const serviceChangeMethod = enumerated({ failover: 0, forced: 1, graceful: 2, restart: 3, disconnected: 4, handoff: 5 });

/** 64 characters for the name, one for `/`, two for the version. */
const serviceChangeProfile = sequence({ profileName: ia5(1, 67) });

const serviceChangeParm = sequence(
  {
    serviceChangeMethod,
    serviceChangeAddress: optional(serviceChangeAddress),
    serviceChangeVersion: optional(versionNumber),
    serviceChangeProfile: optional(serviceChangeProfile),
    serviceChangeReason: value,
    serviceChangeDelay: optional(uint32),
    serviceChangeMgcId: optional(mId),
    timeStamp: optional(timeNotation),
    nonStandardData: optional(nonStandardData),
    serviceChangeInfo: optional(auditDescriptor, 2),
    serviceChangeIncompleteFlag: optional(nothing, 3),
  },
  { place: IN_DESCRIPTOR },
);

const serviceChangeResParm = sequence(
  {
    serviceChangeMgcId: optional(mId),
    serviceChangeAddress: optional(serviceChangeAddress),
    serviceChangeVersion: optional(versionNumber),
    serviceChangeProfile: optional(serviceChangeProfile),
    timeStamp: optional(timeNotation),
  },
  { place: IN_DESCRIPTOR },
);

const command = choice(
  {
    addReq: ammRequest,
    moveReq: ammRequest,
    modReq: ammRequest,
    subtractReq: sequence({ terminationID: terminationIdList, auditDescriptor: optional(auditDescriptor) }, { place: IN_COMMAND }),
    auditCapRequest: auditRequest,
    auditValueRequest: auditRequest,
    notifyReq: sequence(
      { terminationID: terminationIdList, observedEventsDescriptor, errorDescriptor: optional(errorDescriptor) },
      { place: IN_COMMAND },
    ),
    serviceChangeReq: sequence({ terminationID: terminationIdList, serviceChangeParms: serviceChangeParm }, { place: IN_COMMAND }),
  },
  UNKNOWN_COMMAND,
);

const commandReply = choice(
  {
    addReply: ammsReply,
    moveReply: ammsReply,
    modReply: ammsReply,
    subtractReply: ammsReply,
    auditCapReply: auditReply,
    auditValueReply: auditReply,
    notifyReply: sequence({ terminationID: terminationIdList, errorDescriptor: optional(errorDescriptor) }, { place: IN_COMMAND }),
    serviceChangeReply: sequence(
      {
        terminationID: terminationIdList,
        serviceChangeResult: choice({ errorDescriptor, serviceChangeResParms: serviceChangeResParm }),
      },
      { place: IN_COMMAND },
    ),
  },
  UNKNOWN_COMMAND,
);

// ---------------------------------------------------------------- contexts and transactions

const topologyRequest = sequence({
  terminationFrom: terminationId,
  terminationTo: terminationId,
  topologyDirection: enumerated({ bothway: 0, isolate: 1, oneway: 2 }),
  streamID: optional(uint16, 2),
  // Version 3 as published gives the extended directions a field of their own beside a mandatory one.
  topologyDirectionExtension: optional(enumerated({ 'oneway-external': 0, 'oneway-both': 1 }), 3),
});

const priority = integer(0, 15);

const contextRequest = sequence({
  priority: optional(priority),
  emergency: optional(boolean),
  topologyReq: optional(sequenceOf(topologyRequest)),
  iepscallind: optional(boolean, 3),
  contextProp: optional(propertyParms, 3),
  contextList: optional(sequenceOf(uint32), 3),
});

const contextAttrAuditRequest = sequence({
  topology: optional(nothing),
  emergency: optional(nothing),
  priority: optional(nothing),
  iepscallind: optional(nothing, 3),
  contextPropAud: optional(indAudProperties, 3),
  selectpriority: optional(priority, 3),
  selectemergency: optional(boolean, 3),
  selectiepscallind: optional(boolean, 3),
  selectLogic: optional(choice({ andAUDITSelect: nothing, orAUDITSelect: nothing }), 3),
});

const actionRequest = sequence(
  {
    contextId,
    contextRequest: optional(contextRequest),
    contextAttrAuditReq: optional(contextAttrAuditRequest),
    commandRequests: sequenceOf(sequence({ command, optional: optional(nothing), wildcardReturn: optional(nothing) })),
  },
  { place: IN_ACTION },
);

const actionReply = sequence(
  {
    contextId,
    errorDescriptor: optional(errorDescriptor),
    contextReply: optional(contextRequest),
    commandReply: sequenceOf(commandReply),
  },
  { place: IN_ACTION },
);

/** The alternatives of Transaction, by their tag. The message's own layers are read one by one; see decode.ts. */
export const transaction = choice({
  transactionRequest: sequence({ transactionId, actions: sequenceOf(actionRequest) }, { place: IN_TRANSACTION }),
  transactionPending: sequence({ transactionId }, { place: IN_TRANSACTION }),
  transactionReply: sequence(
    {
      transactionId,
      immAckRequired: optional(nothing),
      transactionResult: choice({ transactionError: errorDescriptor, actionReplies: sequenceOf(actionReply) }),
      segmentNumber: optional(uint16, 3),
      segmentationComplete: optional(nothing, 3),
    },
    { place: IN_TRANSACTION },
  ),
  transactionResponseAck: sequenceOf(sequence({ firstAck: uint32, lastAck: optional(uint32) })),
  segmentReply: since(
    3,
    sequence({ transactionId, segmentNumber: uint16, segmentationComplete: optional(nothing) }, { place: IN_TRANSACTION }),
  ),
});

export const authenticationHeader = sequence({ secParmIndex: octets(4, 4), seqNum: octets(4, 4), ad: octets(12, 32) });

export const messageError = errorDescriptor;

const message = sequence({
  version: versionNumber,
  mId,
  messageBody: choice({ messageError: errorDescriptor, transactions: sequenceOf(transaction) }),
});

export const megacoMessage = sequence({ authHeader: optional(authenticationHeader), mess: message });

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
export type AmmDescriptorValue = ValueOf<typeof ammDescriptor>;
export type CommandValue = ValueOf<typeof command>;
export type CommandReplyValue = ValueOf<typeof commandReply>;
export type AuditReplyValue = ValueOf<typeof auditReply>;
export type ServiceChangeValue = ValueOf<typeof serviceChangeParm>;
export type ServiceChangeResultValue = ValueOf<typeof serviceChangeResParm>;
export type ContextRequestValue = ValueOf<typeof contextRequest>;
export type ContextAuditValue = ValueOf<typeof contextAttrAuditRequest>;
export type ActionRequestValue = ValueOf<typeof actionRequest>;
export type ActionReplyValue = ValueOf<typeof actionReply>;
export type TransactionValue = ValueOf<typeof transaction>;
export type AuthenticationValue = ValueOf<typeof authenticationHeader>;
