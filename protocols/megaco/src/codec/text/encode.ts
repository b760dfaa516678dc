// From a message to octets: header, transactions, actions. RFC 3525 §B.2; the counterpart of decode and read-action.
import type {
  AckRange,
  ActionReply,
  ActionRequest,
  ContextAudit,
  ContextProperties,
  MegacoMessage,
  Segment,
  Topology,
  Transaction,
  TransactionReply,
} from '../../message/index.js';
import { TOPOLOGY_DIRECTIONS } from './read-action.js';
import * as t from './tokens.js';
import { writeCommand, writeReply } from './write-command.js';
import {
  writeContextId,
  writeEach,
  writeError,
  writeIndividualProperty,
  writeMeaning,
  writeMId,
  writeNamed,
  writeNumber,
  writeSwitch,
} from './write-values.js';
import { Parts, type TextStyle, Writer } from './writer.js';

/**
 * Writes one message in text encoding. Whatever the message holds is written: who speaks version 1 puts nothing newer in.
 * Binary-only members (non-standard data, Annex C properties) have no text and are left out.
 *
 * @returns  The octets of one datagram, or of one TPKT payload.
 */
export function encode(message: MegacoMessage, { style }: { readonly style: TextStyle }): Buffer {
  const w = new Writer(style);
  const { authentication } = message;
  if (authentication !== undefined) {
    const { parameterIndex, sequenceNumber, data } = authentication;
    w.assign(t.AUTHENTICATION);
    w.add(`0x${parameterIndex.toUpperCase()}:0x${sequenceNumber.toUpperCase()}:0x${data.toUpperCase()}`);
    w.newLine();
  }
  w.token(t.MEGACO);
  w.add(`/${message.version} `);
  writeMId(w, message.mId);
  w.newLine();
  if (message.body.kind === 'error') writeError(w, message.body);
  else for (const transaction of message.body.transactions) writeTransaction(w, transaction, style);
  if (style === 'pretty' && message.body.kind === 'error') w.newLine();
  return Buffer.from(w.text, 'latin1');
}

function writeTransaction(w: Writer, transaction: Transaction, style: TextStyle): void {
  switch (transaction.kind) {
    case 'request':
      writeNumber(w, t.TRANSACTION, transaction.transactionId);
      w.block(transaction.actions, writeActionRequest);
      break;
    case 'reply':
      writeReplyTransaction(w, transaction);
      break;
    case 'pending':
      writeNumber(w, t.PENDING, transaction.transactionId);
      w.empty();
      break;
    case 'ack':
      w.token(t.RESPONSE_ACK);
      w.block(transaction.ranges, writeAckRange);
      break;
    case 'segment-reply':
      writeNumber(w, t.SEGMENT, transaction.transactionId);
      writeSegment(w, transaction.segment);
      // What follows begins with a letter, as the mark of the last segment may.
      w.newLine();
      break;
    default:
      return transaction satisfies never;
  }
  if (style === 'pretty') w.newLine();
}

function writeSegment(w: Writer, { number, complete }: Segment): void {
  w.add(`/${number}`);
  if (complete) {
    w.add('/');
    w.token(t.SEGMENTATION_COMPLETE);
  }
}

function writeAckRange(w: Writer, { first, last }: AckRange): void {
  w.add(last === undefined ? String(first) : `${first}-${last}`);
}

function writeReplyTransaction(w: Writer, { transactionId, immAckRequired, segment, result }: TransactionReply): void {
  writeNumber(w, t.REPLY, transactionId);
  if (segment !== undefined) writeSegment(w, segment);
  w.open();
  if (immAckRequired === true) {
    w.token(t.IMM_ACK_REQUIRED);
    w.comma();
  }
  if (result.kind === 'error') writeError(w, result);
  else w.list(result.actions, writeActionReply);
  w.close();
}

function writeActionRequest(w: Writer, { contextId, properties, audit, commands }: ActionRequest): void {
  w.assign(t.CONTEXT);
  writeContextId(w, contextId);
  const parts = new Parts(w);
  if (properties !== undefined) writeProperties(parts, properties);
  if (audit !== undefined) writeContextAudit(parts, audit);
  writeEach(parts, commands, writeCommand);
  parts.end();
}

function writeActionReply(w: Writer, { contextId, properties, commands, error }: ActionReply): void {
  w.assign(t.CONTEXT);
  writeContextId(w, contextId);
  const parts = new Parts(w);
  if (properties !== undefined) writeProperties(parts, properties);
  writeEach(parts, commands, writeReply);
  if (error !== undefined) writeError(parts.begin(), error);
  parts.end();
}

function writeProperties(parts: Parts, { priority, emergency, topology, iepsCall, properties, contextList }: ContextProperties): void {
  const { w } = parts;
  if (priority !== undefined) writeNumber(parts.begin(), t.PRIORITY, priority);
  if (emergency !== undefined) parts.begin().token(emergency ? t.EMERGENCY : t.EMERGENCY_OFF);
  if (topology !== undefined && topology.length > 0) {
    parts.begin().token(t.TOPOLOGY);
    w.block(topology, writeTopology);
  }
  if (iepsCall !== undefined) writeSwitch(parts.begin(), t.IEPS, iepsCall);
  if ((properties ?? []).length === 0 && (contextList ?? []).length === 0) return;
  parts.begin().token(t.CONTEXT_ATTRIBUTES);
  const inner = new Parts(w);
  writeEach(inner, properties ?? [], writeNamed);
  if (contextList !== undefined && contextList.length > 0) {
    inner.begin().assign(t.CONTEXT_LIST);
    w.block(contextList, writeContextId);
  }
  inner.end();
}

function writeTopology(w: Writer, { from, to, direction, streamId }: Topology): void {
  w.add(`${from},${to},`);
  writeMeaning(w, TOPOLOGY_DIRECTIONS, direction);
  if (streamId === undefined) return;
  w.add(',');
  writeNumber(w, t.STREAM, streamId);
}

function writeContextAudit(parts: Parts, audit: ContextAudit): void {
  const w = parts.begin();
  w.token(t.CONTEXT_AUDIT);
  const inner = new Parts(w);
  if (audit.topology === true) inner.begin().token(t.TOPOLOGY);
  if (audit.emergency === true) inner.begin().token(t.EMERGENCY);
  if (audit.priority === true) inner.begin().token(t.PRIORITY);
  if (audit.iepsCall === true) inner.begin().token(t.IEPS);
  writeEach(inner, audit.properties ?? [], writeIndividualProperty);
  if (audit.priorityIs !== undefined) writeNumber(inner.begin(), t.PRIORITY, audit.priorityIs);
  if (audit.emergencyIs !== undefined) {
    inner.begin().assign(t.EMERGENCY_VALUE);
    w.token(audit.emergencyIs ? t.EMERGENCY : t.EMERGENCY_OFF);
  }
  if (audit.iepsCallIs !== undefined) writeSwitch(inner.begin(), t.IEPS, audit.iepsCallIs);
  if (audit.logic !== undefined) inner.begin().token(audit.logic === 'and' ? t.AND_LOGIC : t.OR_LOGIC);
  inner.end();
}
