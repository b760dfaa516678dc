// Writes media, modem, multiplexer, statistics and packages; the counterpart of read-media. A LocalControl or a
// TerminationState that says nothing is left out: text has no form for it.
import type {
  LocalControl,
  MediaDescriptor,
  ModemDescriptor,
  ModemType,
  MuxDescriptor,
  PackageVersion,
  SessionDescription,
  Statistic,
  StatisticsDescriptor,
  Stream,
  TerminationState,
} from '../../message/index.js';
import { BUFFER_CONTROLS, MODEM_TYPES, MUX_TYPES, SERVICE_STATES, STREAM_MODES } from './read-media.js';
import * as t from './tokens.js';
import { writeEach, writeMeaning, writeNamed, writeParameterValue, writeSwitch, writeTerminationId } from './write-values.js';
import { Parts, type Writer } from './writer.js';

export function writeMedia(w: Writer, { terminationState, streams }: MediaDescriptor): void {
  w.token(t.MEDIA);
  const parts = new Parts(w);
  if (terminationState !== undefined) writeTerminationState(parts, terminationState);
  for (const stream of streams) {
    if (stream.id === undefined) writeStreamParts(parts, stream);
    else {
      parts.begin().assign(t.STREAM);
      w.add(String(stream.id));
      const inner = new Parts(w);
      writeStreamParts(inner, stream);
      inner.end();
    }
  }
  parts.end();
}

function writeTerminationState(parts: Parts, { properties, eventBufferControl, serviceState }: TerminationState): void {
  if (properties.length === 0 && eventBufferControl === undefined && serviceState === undefined) return;
  const w = parts.begin();
  w.token(t.TERMINATION_STATE);
  const inner = new Parts(w);
  writeEach(inner, properties, writeNamed);
  if (eventBufferControl !== undefined) {
    inner.begin().assign(t.BUFFER);
    writeMeaning(w, BUFFER_CONTROLS, eventBufferControl);
  }
  if (serviceState !== undefined) {
    inner.begin().assign(t.SERVICE_STATES);
    writeMeaning(w, SERVICE_STATES, serviceState);
  }
  inner.end();
}

function writeStreamParts(parts: Parts, { localControl, local, remote, statistics }: Stream): void {
  if (localControl !== undefined) writeLocalControl(parts, localControl);
  if (local !== undefined) writeSession(parts.begin(), t.LOCAL, local);
  if (remote !== undefined) writeSession(parts.begin(), t.REMOTE, remote);
  if (statistics !== undefined) writeStatistics(parts.begin(), statistics);
}

function writeLocalControl(parts: Parts, { mode, reserveValue, reserveGroup, properties }: LocalControl): void {
  if (mode === undefined && reserveValue === undefined && reserveGroup === undefined && properties.length === 0) return;
  const w = parts.begin();
  w.token(t.LOCAL_CONTROL);
  const inner = new Parts(w);
  if (mode !== undefined) {
    inner.begin().assign(t.MODE);
    writeMeaning(w, STREAM_MODES, mode);
  }
  if (reserveValue !== undefined) writeSwitch(inner.begin(), t.RESERVED_VALUE, reserveValue);
  if (reserveGroup !== undefined) writeSwitch(inner.begin(), t.RESERVED_GROUP, reserveGroup);
  writeEach(inner, properties, writeNamed);
  inner.end();
}

/** The octets on lines of their own, without indentation, a `}` escaped. */
function writeSession(w: Writer, token: t.Token, { sdp }: SessionDescription): void {
  w.token(token);
  if (sdp === '') {
    w.empty();
    return;
  }
  w.add('{');
  w.newLine();
  w.raw(sdp);
  w.newLine();
  w.add('}');
}

export function writeModem(w: Writer, { types, properties }: ModemDescriptor): void {
  w.token(t.MODEM);
  const [only] = types;
  if (types.length === 1 && only !== undefined) {
    w.equal();
    writeModemType(w, only);
  } else {
    w.add('[');
    w.list(types, writeModemType);
    w.add(']');
  }
  if (properties.length > 0) w.block(properties, writeNamed);
}

function writeModemType(w: Writer, type: ModemType): void {
  writeMeaning(w, MODEM_TYPES, type);
}

export function writeMux(w: Writer, { type, terminationIds }: MuxDescriptor): void {
  w.assign(t.MUX);
  writeMeaning(w, MUX_TYPES, type);
  w.block(terminationIds, writeTerminationId);
}

/** With no statistic at all the bare token, as an empty descriptor. */
export function writeStatistics(w: Writer, { statistics }: StatisticsDescriptor): void {
  w.token(t.STATISTICS);
  if (statistics.length > 0) w.block(statistics, writeStatistic);
}

function writeStatistic(w: Writer, { name, value }: Statistic): void {
  w.add(name);
  if (value !== undefined) writeParameterValue(w, value);
}

export function writePackage(w: Writer, { name, version }: PackageVersion): void {
  w.add(`${name}-${version}`);
}
