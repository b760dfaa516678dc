// Annex A of H.248.1 as a table: commands, contexts, transactions and the message. Version 1 is RFC 3525 annex A.2;
// 2 and 3 are H.248.1. The descriptors are in schema-descriptors.ts.
import { boolean, choice, enumerated, ia5, integer, nothing, octets, optional, sequence, sequenceOf, since, type ValueOf } from './asn1.js';
import {
  IN_DESCRIPTOR,
  auditDescriptor,
  digitMapDescriptor,
  errorDescriptor,
  eventBufferDescriptor,
  eventsDescriptor,
  indAudProperties,
  mId,
  mediaDescriptor,
  modemDescriptor,
  muxDescriptor,
  nonStandardData,
  observedEventsDescriptor,
  propertyParms,
  serviceChangeAddress,
  signalsDescriptor,
  statisticsDescriptor,
  terminationAudit,
  terminationId,
  terminationIdList,
  timeNotation,
  uint16,
  uint32,
  value,
  versionNumber,
} from './schema-descriptors.js';

/** H.248.8 codes of syntax errors by where they stand; those of descriptors are beside them. */
const IN_TRANSACTION = 403;
const IN_COMMAND = 442;
const UNKNOWN_COMMAND = 443;
const DESCRIPTOR_TWICE = 448;

/** Two numbers that an answer to a broken message has to name; see `Salvage`. */
const contextId = integer(0, 0xffff_ffff, (reader, read) => {
  reader.contextId = read;
});
const transactionId = integer(0, 0xffff_ffff, (reader, read) => {
  reader.transactionId = read;
});

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
const serviceChangeProfile = sequence({ profileName: ia5(1, 67, /^[A-Za-z0-9+&!_/'?@^`~*$\\()%|.-]*$/) });

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
  { place: IN_TRANSACTION },
);

const actionReply = sequence(
  {
    contextId,
    errorDescriptor: optional(errorDescriptor),
    contextReply: optional(contextRequest),
    commandReply: sequenceOf(commandReply),
  },
  { place: IN_TRANSACTION },
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

const message = sequence({
  version: versionNumber,
  mId,
  messageBody: choice({ messageError: errorDescriptor, transactions: sequenceOf(transaction) }),
});

export const megacoMessage = sequence({ authHeader: optional(authenticationHeader), mess: message });

// ---------------------------------------------------------------- the values of these types

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
