// Transactions, actions and context properties between annex A and the model. RFC 3525 §8.
import type {
  ActionReply,
  ActionRequest,
  ContextAudit,
  ContextProperties,
  Segment,
  Topology,
  Transaction,
  TransactionReply,
} from '../../message/index.js';
import type { Mapping } from './context.js';
import { propertiesOf, wanted } from './map-audit.js';
import { commandOf, commandRecord, commandReplyOf, commandReplyRecord } from './map-command.js';
import { errorOf, errorRecord } from './map-identity.js';
import type { ActionReplyValue, ActionRequestValue, ContextAuditValue, ContextRequestValue, TransactionValue } from './schema.js';

/** Transaction into the model. */
export function transactionOf({ kind, value }: TransactionValue, mapping: Mapping): Transaction {
  switch (kind) {
    case 'transactionRequest':
      return { kind: 'request', transactionId: value.transactionId, actions: value.actions.map((each) => actionOf(each, mapping)) };
    case 'transactionPending':
      return { kind: 'pending', transactionId: value.transactionId };
    case 'transactionReply':
      return {
        kind: 'reply',
        transactionId: value.transactionId,
        immAckRequired: value.immAckRequired,
        segment: segmentOf(value.segmentNumber, value.segmentationComplete),
        result: resultOf(value.transactionResult, mapping),
      };
    case 'transactionResponseAck':
      return {
        kind: 'ack',
        ranges: value.map(({ firstAck, lastAck }) => (lastAck === undefined ? { first: firstAck } : { first: firstAck, last: lastAck })),
      };
    case 'segmentReply':
      return {
        kind: 'segment-reply',
        transactionId: value.transactionId,
        segment: { number: value.segmentNumber, complete: value.segmentationComplete === true },
      };
    default:
      return kind satisfies never;
  }
}

/** Transaction from the model. */
export function transactionRecord(transaction: Transaction, mapping: Mapping): TransactionValue {
  const { kind } = transaction;
  switch (kind) {
    case 'request': {
      const actions = transaction.actions.map((each) => actionRecord(each, mapping));
      return { kind: 'transactionRequest', value: { transactionId: transaction.transactionId, actions } };
    }
    case 'pending':
      return { kind: 'transactionPending', value: { transactionId: transaction.transactionId } };
    case 'reply':
      return {
        kind: 'transactionReply',
        value: {
          transactionId: transaction.transactionId,
          immAckRequired: wanted(transaction.immAckRequired),
          transactionResult: resultRecord(transaction.result, mapping),
          segmentNumber: transaction.segment?.number,
          segmentationComplete: wanted(transaction.segment?.complete),
        },
      };
    case 'ack':
      return { kind: 'transactionResponseAck', value: transaction.ranges.map(({ first, last }) => ({ firstAck: first, lastAck: last })) };
    case 'segment-reply': {
      const { number, complete } = transaction.segment;
      const { transactionId } = transaction;
      return { kind: 'segmentReply', value: { transactionId, segmentNumber: number, segmentationComplete: wanted(complete) } };
    }
    default:
      return kind satisfies never;
  }
}

type ResultValue = Extract<TransactionValue, { readonly kind: 'transactionReply' }>['value']['transactionResult'];

function resultOf(result: ResultValue, mapping: Mapping): TransactionReply['result'] {
  return result.kind === 'transactionError'
    ? errorOf(result.value)
    : { kind: 'actions', actions: result.value.map((each) => actionReplyOf(each, mapping)) };
}

function resultRecord(result: TransactionReply['result'], mapping: Mapping): ResultValue {
  return result.kind === 'error'
    ? { kind: 'transactionError', value: errorRecord(result) }
    : { kind: 'actionReplies', value: result.actions.map((each) => actionReplyRecord(each, mapping)) };
}

function segmentOf(number: number | undefined, complete: true | undefined): Segment | undefined {
  return number === undefined ? undefined : { number, complete: complete === true };
}

function actionOf(
  { contextId, contextRequest, contextAttrAuditReq, commandRequests }: ActionRequestValue,
  mapping: Mapping,
): ActionRequest {
  return {
    contextId,
    properties: contextRequest && propertiesOfContext(contextRequest, mapping),
    audit: contextAttrAuditReq && contextAuditOf(contextAttrAuditReq, mapping),
    commands: commandRequests.map(({ command, optional, wildcardReturn }) => commandOf(command, { optional, wildcardReturn }, mapping)),
  };
}

function actionRecord({ contextId, properties, audit, commands }: ActionRequest, mapping: Mapping): ActionRequestValue {
  return {
    contextId,
    contextRequest: properties && contextRecord(properties, mapping),
    contextAttrAuditReq: audit && contextAuditRecord(audit, mapping),
    commandRequests: commands.map((command) => ({
      command: commandRecord(command, mapping),
      optional: wanted(command.optional),
      wildcardReturn: wanted(command.wildcardReturn),
    })),
  };
}

function actionReplyOf({ contextId, errorDescriptor, contextReply, commandReply }: ActionReplyValue, mapping: Mapping): ActionReply {
  return {
    contextId,
    properties: contextReply && propertiesOfContext(contextReply, mapping),
    commands: commandReply.map((each) => commandReplyOf(each, mapping)),
    error: errorDescriptor && errorOf(errorDescriptor),
  };
}

function actionReplyRecord({ contextId, properties, commands, error }: ActionReply, mapping: Mapping): ActionReplyValue {
  return {
    contextId,
    errorDescriptor: error && errorRecord(error),
    contextReply: properties && contextRecord(properties, mapping),
    commandReply: commands.map((each) => commandReplyRecord(each, mapping)),
  };
}

type TopologyValue = NonNullable<ContextRequestValue['topologyReq']>[number];

function propertiesOfContext(record: ContextRequestValue, mapping: Mapping): ContextProperties {
  return {
    priority: record.priority,
    emergency: record.emergency,
    topology: record.topologyReq?.map((each) => topologyOf(each, mapping)),
    iepsCall: record.iepscallind,
    properties: record.contextProp?.map((each) => mapping.property(each)),
    contextList: record.contextList,
  };
}

function contextRecord(properties: ContextProperties, mapping: Mapping): ContextRequestValue {
  return {
    priority: properties.priority,
    emergency: properties.emergency,
    topologyReq: properties.topology?.map((each) => topologyRecord(each, mapping)),
    iepscallind: properties.iepsCall,
    contextProp: properties.properties?.map((each) => mapping.propertyRecord(each)),
    contextList: properties.contextList,
  };
}

function topologyOf(record: TopologyValue, mapping: Mapping): Topology {
  return {
    from: mapping.termination(record.terminationFrom),
    to: mapping.termination(record.terminationTo),
    direction: record.topologyDirectionExtension ?? record.topologyDirection,
    streamId: record.streamID,
  };
}

function topologyRecord({ from, to, direction, streamId }: Topology, mapping: Mapping): TopologyValue {
  const isExtended = direction === 'oneway-external' || direction === 'oneway-both';
  return {
    terminationFrom: mapping.terminationRecord(from),
    terminationTo: mapping.terminationRecord(to),
    topologyDirection: isExtended ? 'oneway' : direction,
    streamID: streamId,
    topologyDirectionExtension: isExtended ? direction : undefined,
  };
}

function contextAuditOf(record: ContextAuditValue, mapping: Mapping): ContextAudit {
  return {
    topology: record.topology,
    emergency: record.emergency,
    priority: record.priority,
    iepsCall: record.iepscallind,
    properties: record.contextPropAud && propertiesOf(record.contextPropAud, mapping),
    priorityIs: record.selectpriority,
    emergencyIs: record.selectemergency,
    iepsCallIs: record.selectiepscallind,
    logic: record.selectLogic && (record.selectLogic.kind === 'orAUDITSelect' ? 'or' : 'and'),
  };
}

function contextAuditRecord(audit: ContextAudit, mapping: Mapping): ContextAuditValue {
  return {
    topology: wanted(audit.topology),
    emergency: wanted(audit.emergency),
    priority: wanted(audit.priority),
    iepscallind: wanted(audit.iepsCall),
    contextPropAud: audit.properties?.map((each) => mapping.individualPropertyRecord(each)),
    selectpriority: audit.priorityIs,
    selectemergency: audit.emergencyIs,
    selectiepscallind: audit.iepsCallIs,
    selectLogic: audit.logic && { kind: audit.logic === 'or' ? 'orAUDITSelect' : 'andAUDITSelect', value: true },
  };
}
