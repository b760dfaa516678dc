// AuditValue, and the Audit descriptor of other commands: what a termination is, without changing anything (RFC 3525
// §7.1.12, §7.2.5). Parts of descriptors (version 2) and selection by value (version 3) are in individual-audit.ts.
import type { AuditDescriptor, AuditItem, AuditReturn, MediaDescriptor, Stream } from '../message/index.js';
import { auditIndividually, checkIndividual } from './individual-audit.js';
import type { AuditGround } from './media-desk.js';
import { defaultControl } from './media.js';
import type { Refusal } from './refusal.js';
import { statisticsOf } from './statistics.js';
import type { StreamState } from './stream.js';
import type { Termination } from './termination.js';

/** Whether all that is asked for can be there: 440, 520, 532. */
export function checkAudit(termination: Termination, { individual }: AuditDescriptor): Refusal | undefined {
  for (const each of individual ?? []) {
    const refusal = checkIndividual(termination, each);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The answer to a checked audit, in the order of the request; what is there and empty is named at the end. */
export function auditValue(termination: Termination, { items, individual }: AuditDescriptor, ground: AuditGround): readonly AuditReturn[] {
  const told: AuditReturn[] = [];
  const empty: AuditItem[] = [];
  for (const item of new Set(items)) {
    const found = AUDITS[item](termination, ground);
    if (found.length === 0) empty.push(item);
    else told.push(...found);
  }
  told.push(...auditIndividually(termination, individual ?? [], ground));
  return empty.length === 0 ? told : [...told, { kind: 'audit', items: empty }];
}

type Audit = (termination: Termination, ground: AuditGround) => readonly AuditReturn[];

/** An empty list where such a descriptor is empty. */
const AUDITS: Readonly<Record<AuditItem, Audit>> = {
  media: (termination) => [mediaOf(termination)],
  modem: ({ modem }) => (modem ? [modem] : []),
  mux: ({ mux }) => (mux ? [mux] : []),
  events: ({ watch }) => [watch.audit()],
  signals: ({ signals }) => [signals.audit()],
  'event-buffer': ({ watch }) => [watch.auditBuffer()],
  'observed-events': ({ watch }) => {
    const observed = watch.observed();
    return observed ? [observed] : [];
  },
  'digit-map': ({ digitMaps }) => digitMaps.audit(),
  statistics: (termination, { desk, now }) => {
    const counted = statisticsOf(termination, desk, now);
    return counted ? [counted] : [];
  },
  packages: ({ realm }) => [{ kind: 'packages', packages: realm.packages }],
};

/** The whole Media descriptor. */
export function mediaOf(termination: Termination): MediaDescriptor {
  const { properties, serviceState, watch, kind } = termination;
  return {
    kind: 'media',
    terminationState: { properties, eventBufferControl: watch.bufferControl, ...(kind !== 'root' && { serviceState }) },
    streams: streamsOf(termination),
  };
}

/**
 * §6.2.4: in the null context a controller finds out what is provisioned, which is told as stream 1.
 */
function streamsOf(termination: Termination): readonly Stream[] {
  if (termination.streams.size > 0) return [...termination.streams.values()].map(streamOf);
  const control = defaultControl(termination);
  const isTold = termination.kind === 'physical' && control.properties.length > 0;
  return isTold ? [{ id: 1, localControl: { mode: control.mode, properties: control.properties } }] : [];
}

export function streamOf({ id, control, local, remote }: StreamState): Stream {
  const { mode, reserveValue, reserveGroup, properties } = control;
  return {
    id,
    localControl: { mode, ...(reserveValue && { reserveValue }), ...(reserveGroup && { reserveGroup }), properties },
    ...(local !== undefined && { local: { sdp: local } }),
    ...(remote !== undefined && { remote: { sdp: remote } }),
  };
}
