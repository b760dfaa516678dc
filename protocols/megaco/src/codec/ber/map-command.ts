// Commands and their replies between annex A and the model. RFC 3525 §7.2.
// A list of terminations that is empty breaks the model and is refused; NOTE 2 of annex A.2 wants one.
import type {
  AmmDescriptor,
  AuditKind,
  AuditReply,
  AuditReturn,
  CommandReply,
  CommandRequest,
  ContextAuditReply,
  TerminationId,
} from '../../message/index.js';
import type { Mapping } from './context.js';
import { auditOf, auditRecord } from './map-audit.js';
import {
  digitMapOf,
  digitMapRecord,
  eventBufferOf,
  eventBufferRecord,
  eventsOf,
  eventsRecord,
  signalListOf,
  signalListRecord,
} from './map-events.js';
import { errorOf, errorRecord } from './map-identity.js';
import { mediaOf, mediaRecord, modemOf, modemRecord, muxOf, muxRecord } from './map-media.js';
import { observedOf, observedRecord, packagesOf, packagesRecord, statisticsOf, statisticsRecord } from './map-report.js';
import { serviceChangeOf, serviceChangeRecord, serviceChangeResultOf, serviceChangeResultRecord } from './map-service-change.js';
import type { AmmDescriptorValue, AuditReplyValue, CommandReplyValue, CommandValue } from './schema.js';
import type { AuditReturnValue, TerminationIdValue } from './schema-descriptors.js';

const AMM_KINDS = { addReq: 'add', moveReq: 'move', modReq: 'modify' } as const;
const AMM_ALTERNATIVES = { add: 'addReq', move: 'moveReq', modify: 'modReq' } as const;
const AMMS_KINDS = { addReply: 'add', moveReply: 'move', modReply: 'modify', subtractReply: 'subtract' } as const;
const AMMS_ALTERNATIVES = { add: 'addReply', move: 'moveReply', modify: 'modReply', subtract: 'subtractReply' } as const;

interface Addressed {
  readonly terminationId: TerminationId;
  readonly more?: readonly TerminationId[] | undefined;
}

function addressed(list: readonly TerminationIdValue[], mapping: Mapping): Addressed {
  const [terminationId = '', ...more] = list.map((each) => mapping.termination(each));
  return more.length === 0 ? { terminationId } : { terminationId, more };
}

function terminationList({ terminationId, more = [] }: Addressed, mapping: Mapping): readonly TerminationIdValue[] {
  return [terminationId, ...more].map((each) => mapping.terminationRecord(each));
}

// ---------------------------------------------------------------- requests

/** Command into the model, `flags` as its CommandRequest has them. */
export function commandOf(
  { kind, value }: CommandValue,
  flags: Pick<CommandRequest, 'optional' | 'wildcardReturn'>,
  mapping: Mapping,
): CommandRequest {
  switch (kind) {
    case 'addReq':
    case 'moveReq':
    case 'modReq': {
      const descriptors = value.descriptors.map((each) => ammDescriptorOf(each, mapping));
      return { kind: AMM_KINDS[kind], ...addressed(value.terminationID, mapping), ...flags, descriptors };
    }
    case 'subtractReq': {
      const audit = value.auditDescriptor && auditOf(value.auditDescriptor, mapping);
      return { kind: 'subtract', ...addressed(value.terminationID, mapping), ...flags, audit };
    }
    case 'auditCapRequest':
    case 'auditValueRequest': {
      // The single id is the first of the list where there is one (version 3).
      const list = value.terminationIDList?.length ? value.terminationIDList : [value.terminationID];
      const auditKind: AuditKind = kind === 'auditCapRequest' ? 'audit-capability' : 'audit-value';
      return { kind: auditKind, ...addressed(list, mapping), ...flags, audit: auditOf(value.auditDescriptor, mapping) };
    }
    case 'notifyReq': {
      const error = value.errorDescriptor && errorOf(value.errorDescriptor);
      const observed = observedOf(value.observedEventsDescriptor, mapping);
      return { kind: 'notify', ...addressed(value.terminationID, mapping), ...flags, observed, error };
    }
    case 'serviceChangeReq': {
      const parameters = serviceChangeOf(value.serviceChangeParms, mapping);
      return { kind: 'service-change', ...addressed(value.terminationID, mapping), ...flags, parameters };
    }
    default:
      return kind satisfies never;
  }
}

/** Command from the model; its flags are the caller's. */
export function commandRecord(command: CommandRequest, mapping: Mapping): CommandValue {
  switch (command.kind) {
    case 'add':
    case 'move':
    case 'modify': {
      const descriptors = command.descriptors.map((each) => ammDescriptorRecord(each, mapping));
      return { kind: AMM_ALTERNATIVES[command.kind], value: { terminationID: terminationList(command, mapping), descriptors } };
    }
    case 'subtract': {
      const auditDescriptor = command.audit && auditRecord(command.audit, mapping);
      return { kind: 'subtractReq', value: { terminationID: terminationList(command, mapping), auditDescriptor } };
    }
    case 'audit-value':
    case 'audit-capability':
      return {
        kind: command.kind === 'audit-value' ? 'auditValueRequest' : 'auditCapRequest',
        value: {
          terminationID: mapping.terminationRecord(command.terminationId),
          auditDescriptor: auditRecord(command.audit, mapping),
          terminationIDList: command.more?.length ? terminationList(command, mapping) : undefined,
        },
      };
    case 'notify':
      return {
        kind: 'notifyReq',
        value: {
          terminationID: terminationList(command, mapping),
          observedEventsDescriptor: observedRecord(command.observed, mapping),
          errorDescriptor: command.error && errorRecord(command.error),
        },
      };
    case 'service-change':
      return {
        kind: 'serviceChangeReq',
        value: {
          terminationID: terminationList(command, mapping),
          serviceChangeParms: serviceChangeRecord(command.parameters, mapping),
        },
      };
    default:
      return command satisfies never;
  }
}

// ---------------------------------------------------------------- replies

/** CommandReply into the model. */
export function commandReplyOf({ kind, value }: CommandReplyValue, mapping: Mapping): CommandReply {
  switch (kind) {
    case 'addReply':
    case 'moveReply':
    case 'modReply':
    case 'subtractReply': {
      const audit = value.terminationAudit?.map((each) => auditReturnOf(each, mapping));
      return { kind: AMMS_KINDS[kind], ...addressed(value.terminationID, mapping), audit };
    }
    case 'auditCapReply':
      return auditReplyOf('audit-capability', value, mapping);
    case 'auditValueReply':
      return auditReplyOf('audit-value', value, mapping);
    case 'notifyReply': {
      const error = value.errorDescriptor && errorOf(value.errorDescriptor);
      return { kind: 'notify', ...addressed(value.terminationID, mapping), error };
    }
    case 'serviceChangeReply': {
      const { kind: result, value: content } = value.serviceChangeResult;
      const head = { kind: 'service-change', ...addressed(value.terminationID, mapping) } as const;
      return result === 'errorDescriptor' ? { ...head, error: errorOf(content) } : { ...head, result: serviceChangeResultOf(content) };
    }
    default:
      return kind satisfies never;
  }
}

/** CommandReply from the model. */
export function commandReplyRecord(reply: CommandReply, mapping: Mapping): CommandReplyValue {
  switch (reply.kind) {
    case 'add':
    case 'move':
    case 'modify':
    case 'subtract': {
      const terminationAudit = reply.audit?.map((each) => auditReturnRecord(each, mapping));
      return { kind: AMMS_ALTERNATIVES[reply.kind], value: { terminationID: terminationList(reply, mapping), terminationAudit } };
    }
    case 'audit-value':
    case 'audit-capability':
      return auditReplyRecord(reply.kind, resultRecord(reply, mapping));
    case 'context-audit':
      return auditReplyRecord(reply.command, contextAuditRecord(reply, mapping));
    case 'notify':
      return {
        kind: 'notifyReply',
        value: { terminationID: terminationList(reply, mapping), errorDescriptor: reply.error && errorRecord(reply.error) },
      };
    case 'service-change':
      return {
        kind: 'serviceChangeReply',
        value: {
          terminationID: terminationList(reply, mapping),
          serviceChangeResult:
            reply.error === undefined
              ? { kind: 'serviceChangeResParms', value: serviceChangeResultRecord(reply.result ?? {}) }
              : { kind: 'errorDescriptor', value: errorRecord(reply.error) },
        },
      };
    default:
      return reply satisfies never;
  }
}

function auditReplyOf(command: AuditKind, { kind, value }: AuditReplyValue, mapping: Mapping): AuditReply | ContextAuditReply {
  switch (kind) {
    case 'contextAuditResult':
      return {
        kind: 'context-audit',
        command,
        result: { kind: 'terminations', terminationIds: value.map((each) => mapping.termination(each)) },
      };
    case 'error':
      return { kind: 'context-audit', command, result: errorOf(value) };
    case 'auditResult': {
      const audit = value.terminationAuditResult.map((each) => auditReturnOf(each, mapping));
      return { kind: command, terminationId: mapping.termination(value.terminationID), audit };
    }
    case 'auditResultTermList': {
      const audit = value.terminationAuditResult.map((each) => auditReturnOf(each, mapping));
      return { kind: command, ...addressed(value.terminationIDList, mapping), audit };
    }
    default:
      return kind satisfies never;
  }
}

function auditReplyRecord(command: AuditKind, value: AuditReplyValue): CommandReplyValue {
  return { kind: command === 'audit-value' ? 'auditValueReply' : 'auditCapReply', value };
}

function resultRecord(reply: AuditReply, mapping: Mapping): AuditReplyValue {
  const terminationAuditResult = (reply.audit ?? []).map((each) => auditReturnRecord(each, mapping));
  return reply.more === undefined || reply.more.length === 0
    ? { kind: 'auditResult', value: { terminationID: mapping.terminationRecord(reply.terminationId), terminationAuditResult } }
    : { kind: 'auditResultTermList', value: { terminationIDList: terminationList(reply, mapping), terminationAuditResult } };
}

function contextAuditRecord({ result }: ContextAuditReply, mapping: Mapping): AuditReplyValue {
  return result.kind === 'error'
    ? { kind: 'error', value: errorRecord(result) }
    : { kind: 'contextAuditResult', value: result.terminationIds.map((each) => mapping.terminationRecord(each)) };
}

// ---------------------------------------------------------------- descriptors

function ammDescriptorOf(record: AmmDescriptorValue, mapping: Mapping): AmmDescriptor {
  return record.kind === 'auditDescriptor' ? auditOf(record.value, mapping) : descriptorOf(record, mapping);
}

function ammDescriptorRecord(descriptor: AmmDescriptor, mapping: Mapping): AmmDescriptorValue {
  return descriptor.kind === 'audit'
    ? { kind: 'auditDescriptor', value: auditRecord(descriptor, mapping) }
    : descriptorRecord(descriptor, mapping);
}

function auditReturnOf(record: AuditReturnValue, mapping: Mapping): AuditReturn {
  switch (record.kind) {
    case 'errorDescriptor':
      return errorOf(record.value);
    case 'observedEventsDescriptor':
      return observedOf(record.value, mapping);
    case 'packagesDescriptor':
      return packagesOf(record.value, mapping);
    case 'emptyDescriptors':
      return auditOf(record.value, mapping);
    default:
      return descriptorOf(record, mapping);
  }
}

function auditReturnRecord(descriptor: AuditReturn, mapping: Mapping): AuditReturnValue {
  switch (descriptor.kind) {
    case 'error':
      return { kind: 'errorDescriptor', value: errorRecord(descriptor) };
    case 'observed-events':
      return { kind: 'observedEventsDescriptor', value: observedRecord(descriptor, mapping) };
    case 'packages':
      return { kind: 'packagesDescriptor', value: packagesRecord(descriptor, mapping) };
    case 'audit':
      return { kind: 'emptyDescriptors', value: auditRecord(descriptor, mapping) };
    default:
      return descriptorRecord(descriptor, mapping);
  }
}

/** The descriptors that stand in requests and in replies. */
type SharedValue = Exclude<AmmDescriptorValue, { readonly kind: 'auditDescriptor' }>;
type SharedDescriptor = Exclude<AmmDescriptor, { readonly kind: 'audit' }>;

function descriptorOf({ kind, value }: SharedValue, mapping: Mapping): SharedDescriptor {
  switch (kind) {
    case 'mediaDescriptor':
      return mediaOf(value, mapping);
    case 'modemDescriptor':
      return modemOf(value, mapping);
    case 'muxDescriptor':
      return muxOf(value, mapping);
    case 'eventsDescriptor':
      return eventsOf(value, mapping);
    case 'eventBufferDescriptor':
      return eventBufferOf(value, mapping);
    case 'signalsDescriptor':
      return { kind: 'signals', signals: signalListOf(value, mapping) };
    case 'digitMapDescriptor':
      return digitMapOf(value);
    case 'statisticsDescriptor':
      return statisticsOf(value, mapping);
    default:
      return kind satisfies never;
  }
}

function descriptorRecord(descriptor: SharedDescriptor, mapping: Mapping): SharedValue {
  switch (descriptor.kind) {
    case 'media':
      return { kind: 'mediaDescriptor', value: mediaRecord(descriptor, mapping) };
    case 'modem':
      return { kind: 'modemDescriptor', value: modemRecord(descriptor, mapping) };
    case 'mux':
      return { kind: 'muxDescriptor', value: muxRecord(descriptor, mapping) };
    case 'events':
      return { kind: 'eventsDescriptor', value: eventsRecord(descriptor, mapping) };
    case 'event-buffer':
      return { kind: 'eventBufferDescriptor', value: eventBufferRecord(descriptor, mapping) };
    case 'signals':
      return { kind: 'signalsDescriptor', value: signalListRecord(descriptor.signals, mapping) };
    case 'digit-map':
      return { kind: 'digitMapDescriptor', value: digitMapRecord(descriptor) };
    case 'statistics':
      return { kind: 'statisticsDescriptor', value: statisticsRecord(descriptor, mapping) };
    default:
      return descriptor satisfies never;
  }
}
