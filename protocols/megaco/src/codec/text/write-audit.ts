// Writes audit descriptors; the counterpart of read-audit.
import type {
  AuditDescriptor,
  AuditItem,
  IndividualAudit,
  IndividualLocalControl,
  IndividualSignal,
  IndividualStream,
  IndividualTerminationState,
} from '../../message/index.js';
import { AUDIT_ITEMS } from './read-audit.js';
import { BUFFER_CONTROLS, SERVICE_STATES, STREAM_MODES } from './read-media.js';
import * as t from './tokens.js';
import { writePackage } from './write-media.js';
import { writeEach, writeIndividualProperty, writeMeaning, writeNumber, writeRequestId } from './write-values.js';
import { Parts, type Writer } from './writer.js';

/** `Audit { item, ... }`; empty braces where nothing is asked. */
export function writeAudit(w: Writer, audit: AuditDescriptor): void {
  w.token(t.AUDIT);
  if (audit.items.length === 0 && (audit.individual ?? []).length === 0) {
    w.empty();
    return;
  }
  const parts = new Parts(w);
  writeAuditItems(parts, audit);
  parts.end();
}

export function writeAuditItems(parts: Parts, { items, individual }: AuditDescriptor): void {
  writeEach(parts, items, writeAuditItem);
  writeEach(parts, individual ?? [], writeIndividual);
}

export function writeAuditItem(w: Writer, item: AuditItem): void {
  writeMeaning(w, AUDIT_ITEMS, item);
}

function writeIndividual(w: Writer, audit: IndividualAudit): void {
  switch (audit.kind) {
    case 'media':
      writeMediaAudit(w, audit.terminationState, audit.streams);
      return;
    case 'events':
      w.assign(t.EVENTS);
      writeRequestId(w, audit.requestId ?? 0);
      w.open();
      w.add(audit.name);
      writeBracedStream(w, audit.streamId);
      w.close();
      return;
    case 'event-buffer':
      w.token(t.EVENT_BUFFER);
      w.open();
      w.add(audit.name);
      if (audit.parameterName !== undefined) {
        w.open();
        w.add(audit.parameterName);
        w.close();
      } else writeBracedStream(w, audit.streamId);
      w.close();
      return;
    case 'signal':
      w.token(t.SIGNALS);
      w.open();
      writeSignalAudit(w, audit);
      w.close();
      return;
    case 'signal-list':
      w.token(t.SIGNALS);
      w.open();
      writeNumber(w, t.SIGNAL_LIST, audit.id);
      if (audit.signal === undefined) w.empty();
      else {
        w.open();
        writeSignalAudit(w, audit.signal);
        w.close();
      }
      w.close();
      return;
    case 'digit-map':
      w.token(t.DIGIT_MAP);
      if (audit.name !== undefined) {
        w.equal();
        w.add(audit.name);
      }
      return;
    case 'statistics':
      writeStatisticsAudit(w, audit.name);
      return;
    case 'packages':
      w.token(t.PACKAGES);
      w.open();
      writePackage(w, audit);
      w.close();
      return;
    default:
      return audit satisfies never;
  }
}

function writeBracedStream(w: Writer, streamId: number | undefined): void {
  if (streamId === undefined) return;
  w.open();
  writeNumber(w, t.STREAM, streamId);
  w.close();
}

function writeStatisticsAudit(w: Writer, name: string): void {
  w.token(t.STATISTICS);
  w.open();
  w.add(name);
  w.close();
}

function writeSignalAudit(w: Writer, { name, streamId, requestId }: IndividualSignal): void {
  w.add(name);
  const parts = new Parts(w);
  if (streamId !== undefined) writeNumber(parts.begin(), t.STREAM, streamId);
  if (requestId !== undefined) {
    parts.begin().assign(t.REQUEST_ID);
    writeRequestId(w, requestId);
  }
  parts.end();
}

function writeMediaAudit(w: Writer, state: IndividualTerminationState | undefined, streams: readonly IndividualStream[]): void {
  w.token(t.MEDIA);
  const parts = new Parts(w);
  if (state !== undefined) writeStateAudit(parts, state);
  for (const stream of streams) {
    if (stream.id === undefined) writeStreamAudit(parts, stream);
    else {
      writeNumber(parts.begin(), t.STREAM, stream.id);
      const inner = new Parts(w);
      writeStreamAudit(inner, stream);
      inner.end();
    }
  }
  parts.end();
}

function writeStreamAudit(parts: Parts, { localControl, local, remote, statistics }: IndividualStream): void {
  if (localControl !== undefined) writeControlAudit(parts, localControl);
  if (local !== undefined) parts.begin().token(t.LOCAL);
  if (remote !== undefined) parts.begin().token(t.REMOTE);
  if (statistics !== undefined) writeStatisticsAudit(parts.begin(), statistics);
}

function writeControlAudit(parts: Parts, control: IndividualLocalControl): void {
  const { mode, modeIs, reserveValue, reserveGroup, properties } = control;
  if (mode !== true && modeIs === undefined && reserveValue !== true && reserveGroup !== true && properties.length === 0) return;
  const w = parts.begin();
  w.token(t.LOCAL_CONTROL);
  const inner = new Parts(w);
  if (modeIs !== undefined) {
    inner.begin().assign(t.MODE);
    writeMeaning(w, STREAM_MODES, modeIs);
  } else if (mode === true) inner.begin().token(t.MODE);
  if (reserveValue === true) inner.begin().token(t.RESERVED_VALUE);
  if (reserveGroup === true) inner.begin().token(t.RESERVED_GROUP);
  writeEach(inner, properties, writeIndividualProperty);
  inner.end();
}

function writeStateAudit(parts: Parts, state: IndividualTerminationState): void {
  const { properties, serviceState, serviceStateIs, eventBufferControl, eventBufferControlIs } = state;
  const asksService = serviceState === true || serviceStateIs !== undefined;
  const asksBuffer = eventBufferControl === true || eventBufferControlIs !== undefined;
  if (!asksService && !asksBuffer && properties.length === 0) return;
  const w = parts.begin();
  w.token(t.TERMINATION_STATE);
  const inner = new Parts(w);
  writeEach(inner, properties, writeIndividualProperty);
  if (asksService) inner.begin().token(t.SERVICE_STATES);
  if (serviceStateIs !== undefined) {
    w.equal();
    writeMeaning(w, SERVICE_STATES, serviceStateIs);
  }
  if (asksBuffer) inner.begin().token(t.BUFFER);
  if (eventBufferControlIs !== undefined) {
    w.equal();
    writeMeaning(w, BUFFER_CONTROLS, eventBufferControlIs);
  }
  inner.end();
}
