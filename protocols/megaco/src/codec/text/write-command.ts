// Writes commands, replies and service changes; the counterpart of read-command and read-service-change.
import type {
  AmmDescriptor,
  AuditReturn,
  CommandReply,
  CommandRequest,
  ErrorDescriptor,
  ServiceChangeAddress,
  ServiceChangeParameters,
  ServiceChangeResult,
} from '../../message/index.js';
import { COMMANDS } from './read-command.js';
import { METHODS } from './read-service-change.js';
import * as t from './tokens.js';
import { writeAudit, writeAuditItem, writeAuditItems } from './write-audit.js';
import { writeDigitMap, writeEventBuffer, writeEvents, writeObservedEvents, writeSignals } from './write-events.js';
import { writeMedia, writeModem, writeMux, writePackage, writeStatistics } from './write-media.js';
import {
  writeEach,
  writeError,
  writeMeaning,
  writeMId,
  writeNamed,
  writeNumber,
  writeTerminationId,
  writeTerminations,
} from './write-values.js';
import { Parts, type Writer } from './writer.js';

export function writeCommand(w: Writer, command: CommandRequest): void {
  if (command.optional === true) w.add('O-');
  if (command.wildcardReturn === true) w.add('W-');
  writeMeaning(w, COMMANDS, command.kind);
  w.equal();
  writeTerminations(w, command.terminationId, command.more);
  switch (command.kind) {
    case 'add':
    case 'move':
    case 'modify':
      if (command.descriptors.length > 0) w.block(command.descriptors, writeDescriptor);
      return;
    case 'subtract':
      if (command.audit !== undefined) writeBraced(w, writeAudit, command.audit);
      return;
    case 'audit-value':
    case 'audit-capability':
      writeBraced(w, writeAudit, command.audit);
      return;
    case 'notify':
      w.open();
      writeObservedEvents(w, command.observed);
      if (command.error !== undefined) {
        w.comma();
        writeError(w, command.error);
      }
      w.close();
      return;
    case 'service-change':
      writeBraced(w, writeServiceChange, command.parameters);
      return;
    default:
      return command satisfies never;
  }
}

function writeBraced<T>(w: Writer, write: (w: Writer, item: T) => void, item: T): void {
  w.open();
  write(w, item);
  w.close();
}

function writeDescriptor(w: Writer, descriptor: AmmDescriptor | AuditReturn): void {
  switch (descriptor.kind) {
    case 'media':
      writeMedia(w, descriptor);
      return;
    case 'modem':
      writeModem(w, descriptor);
      return;
    case 'mux':
      writeMux(w, descriptor);
      return;
    case 'events':
      writeEvents(w, descriptor);
      return;
    case 'event-buffer':
      writeEventBuffer(w, descriptor);
      return;
    case 'signals':
      writeSignals(w, descriptor.signals);
      return;
    case 'digit-map':
      writeDigitMap(w, descriptor);
      return;
    case 'audit':
      writeAudit(w, descriptor);
      return;
    case 'statistics':
      writeStatistics(w, descriptor);
      return;
    case 'observed-events':
      writeObservedEvents(w, descriptor);
      return;
    case 'packages':
      w.token(t.PACKAGES);
      if (descriptor.packages.length > 0) w.block(descriptor.packages, writePackage);
      return;
    case 'error':
      writeError(w, descriptor);
      return;
    default:
      return descriptor satisfies never;
  }
}

// --- replies -----------------------------------------------------------------------------------------------------

export function writeReply(w: Writer, reply: CommandReply): void {
  if (reply.kind === 'context-audit') {
    writeMeaning(w, COMMANDS, reply.command);
    w.equal();
    w.token(t.CONTEXT);
    if (reply.result.kind === 'error') writeBraced(w, writeError, reply.result);
    else w.block(reply.result.terminationIds, writeTerminationId);
    return;
  }
  writeMeaning(w, COMMANDS, reply.kind);
  w.equal();
  writeTerminations(w, reply.terminationId, reply.more);
  if (reply.kind === 'notify') writeOptionalError(w, reply.error);
  else if (reply.kind === 'service-change') {
    if (reply.error !== undefined) writeBraced(w, writeError, reply.error);
    else if (reply.result !== undefined) writeServiceChangeResult(w, reply.result);
  } else writeReturns(w, reply.audit ?? []);
}

function writeOptionalError(w: Writer, error: ErrorDescriptor | undefined): void {
  if (error !== undefined) writeBraced(w, writeError, error);
}

/** What a termination has to report; an audit descriptor among it is the bare tokens of what is empty. */
function writeReturns(w: Writer, returns: readonly AuditReturn[]): void {
  const parts = new Parts(w);
  for (const each of returns) {
    if (each.kind === 'audit') writeEach(parts, each.items, writeAuditItem);
    else writeDescriptor(parts.begin(), each);
  }
  parts.end();
}

// --- service change ----------------------------------------------------------------------------------------------

function writeServiceChange(w: Writer, change: ServiceChangeParameters): void {
  w.token(t.SERVICES);
  const parts = new Parts(w);
  parts.begin().assign(t.METHOD);
  writeMeaning(w, METHODS, change.method);
  writeResultParts(parts, change);
  parts.begin().assign(t.REASON);
  w.quoted(change.reason);
  if (change.delay !== undefined) writeNumber(parts.begin(), t.DELAY, change.delay);
  if (change.timeStamp !== undefined) parts.begin().add(change.timeStamp);
  if (change.info !== undefined) writeAuditItems(parts, change.info);
  writeEach(parts, change.extensions ?? [], writeNamed);
  if (change.incomplete === true) parts.begin().token(t.SERVICE_CHANGE_INCOMPLETE);
  parts.end();
}

/** Nothing at all where the reply tells nothing. */
function writeServiceChangeResult(w: Writer, result: ServiceChangeResult): void {
  const { address, mgcId, profile, version, timeStamp } = result;
  if ((address ?? mgcId ?? profile ?? version ?? timeStamp) === undefined) return;
  w.open();
  w.token(t.SERVICES);
  const parts = new Parts(w);
  writeResultParts(parts, result);
  if (timeStamp !== undefined) parts.begin().add(timeStamp);
  parts.end();
  w.close();
}

function writeResultParts(parts: Parts, { address, mgcId, profile, version }: ServiceChangeResult): void {
  const { w } = parts;
  if (address !== undefined) {
    parts.begin().assign(t.SERVICE_CHANGE_ADDRESS);
    writeServiceAddress(w, address);
  }
  if (mgcId !== undefined) {
    parts.begin().assign(t.MGC_ID);
    writeMId(w, mgcId);
  }
  if (profile !== undefined) {
    parts.begin().assign(t.PROFILE);
    w.add(`${profile.name}/${profile.version}`);
  }
  if (version !== undefined) writeNumber(parts.begin(), t.VERSION, version);
}

function writeServiceAddress(w: Writer, address: ServiceChangeAddress): void {
  if (address.kind === 'port') w.add(String(address.port));
  else writeMId(w, address);
}
