// Registrations told to the other nodes (ARCHITECTURE "Replication"): standard REGISTER requests that any registrar could read, with one
// more parameter in each Contact for what a REGISTER cannot say, and a header in which the cluster signs it all.
// Written and read here; the cluster decides when to send, and how two versions of a record become one.
import type { Binding, Fault, LocationRecord, Millis, Outcome, Signer } from '@altpath/core';
import { buildRequest } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { NameAddress } from '../message/name-address.js';
import { addressOfRecord, uriKey } from '../message/uri-comparison.js';
import { parseUri } from '../message/uri.js';
import { formatQ, keptParameters, outboundOf, readPath, readQ, REPLICA_PARAMETER } from './contact-rules.js';

/** `Altpath-Replica: node=NAME;time=MILLIS;kid=KEY;mac=MAC` */
export const REPLICA_HEADER = 'Altpath-Replica';

/** The cluster's rule for two versions of a record: newer time wins across Call-IDs, CSeq within one. */
export type MergeBindings = (current: readonly Binding[], incoming: readonly Binding[], now: Millis) => readonly Binding[];

/** How a replica is addressed. */
export interface ReplicaRoute {
  /** This node's name. */
  readonly node: string;
  /** The node that is told: `sip:10.0.0.2:5060`. */
  readonly requestUri: string;
  /** Protocol and sent-by of this node: `SIP/2.0/UDP 10.0.0.1:5060`. */
  readonly via: string;
  /** One Call-ID for the life of this process. */
  readonly callId: string;
  /** CSeq of the first request; each further one takes the next number. */
  readonly cseq: number;
}

/** A replica that was signed by the cluster. */
export interface Replica {
  readonly node: string;
  readonly record: LocationRecord;
}

/** A record that would make a longer datagram is split, so that no fragment can be lost. */
const MAX_REPLICA_BYTES = 1_300;
/** Room left for the header that is signed last. */
const HEADER_BYTES = 160;
/** ARCHITECTURE "Replication": clocks of the cluster differ by no more. */
const SKEW_MS = 60_000;
/**
 * A replica is signed afresh whenever it is sent, whole tables too, so nothing older is honest. It has to stay below
 * the hour that a tombstone lives: else a recorded replica could bring back what was removed.
 */
const LIFE_MS = 30 * 60_000;

/** @returns `true` for a request that says it is one; whether it is signed is for `readReplica`. */
export function isReplica(request: SipMessage): boolean {
  return request.has(REPLICA_HEADER);
}

/**
 * Writes a record, or the changed part of one, as REGISTER requests to one node. Contacts with different Paths go in
 * requests of their own, since a Path holds for all contacts of a request; each request stands alone and may be lost.
 *
 * @param aor  Canonical, as in the store.
 * @returns    As many requests as it takes, each below 1,300 bytes unless one contact alone is longer; none when
 *             every binding has expired.
 */
export function buildReplicas(aor: string, bindings: readonly Binding[], route: ReplicaRoute, now: Millis, signer: Signer): Buffer[] {
  const requests: Buffer[] = [];
  for (const group of groupsByPath(bindings.filter((binding) => binding.removed === true || binding.expiresAt > now))) {
    let part: Binding[] = [];
    let size = 0;
    const flush = (): void => {
      if (part.length > 0) requests.push(buildReplica(aor, part, { ...route, cseq: route.cseq + requests.length }, now, signer));
      part = [];
    };
    for (const binding of group) {
      const length = contactLine(binding, now).length + 2;
      if (size + length > MAX_REPLICA_BYTES) flush();
      if (part.length === 0) size = headLines(aor, binding.path, route, '').join('\r\n').length + route.requestUri.length + HEADER_BYTES;
      part.push(binding);
      size += length;
    }
    flush();
  }
  return requests;
}

function groupsByPath(bindings: readonly Binding[]): Binding[][] {
  const groups = new Map<string, Binding[]>();
  for (const binding of bindings) {
    const key = binding.path.join('\n');
    const group = groups.get(key);
    if (group) group.push(binding);
    else groups.set(key, [binding]);
  }
  return [...groups.values()];
}

function buildReplica(aor: string, bindings: readonly Binding[], route: ReplicaRoute, now: Millis, signer: Signer): Buffer {
  const { node, callId, cseq } = route;
  const time = Math.floor(now);
  const { keyId, mac } = signer.sign('replication', signedContent({ node, time, aor, callId, cseq }, bindings));
  const branch = signer.branch(JSON.stringify(['replica', route.requestUri, callId, cseq, aor]));
  const lines = headLines(aor, bindings[0]?.path ?? [], route, branch);
  lines.push(`${REPLICA_HEADER}: node=${encode(node)};time=${time};kid=${encode(keyId)};mac=${mac}`);
  for (const binding of bindings) lines.push(contactLine(binding, now));
  return buildRequest('REGISTER', route.requestUri, lines);
}

function headLines(aor: string, path: readonly string[], route: ReplicaRoute, branch: string): string[] {
  return [
    `Via: ${route.via};branch=z9hG4bK${branch};rport`,
    'Max-Forwards: 1',
    `From: <${aor}>;tag=${encode(route.node)}`,
    `To: <${aor}>`,
    `Call-ID: ${route.callId}`,
    `CSeq: ${route.cseq} REGISTER`,
    ...path.map((value) => `Path: ${value}`),
  ];
}

function contactLine(binding: Binding, now: Millis): string {
  const { contact, callId, cseq, updatedAt, expiresAt, node, source = '', removed } = binding;
  const more = [removed ? 'removed' : 'live', encode(callId), cseq, updatedAt, expiresAt, encode(node), encode(source)].join(' ');
  const expires = removed ? 0 : Math.max(0, Math.ceil((expiresAt - now) / 1000));
  const kept = binding.parameters === '' ? '' : `;${binding.parameters}`;
  return `Contact: <${contact}>;${REPLICA_PARAMETER}="${more}";q=${formatQ(binding.q)};expires=${expires}${kept}`;
}

/**
 * @returns undefined for a REGISTER without the header; the record and who sent it; or a fault: `sip.replica.malformed`,
 *          `.forged`, `.stale` (signed over half an hour ago) or `.ahead` (signed more than a minute from now).
 *          Expiry is absolute and not judged here: an expired binding is the merging's to drop.
 */
export function readReplica(request: SipMessage, signer: Signer, now: Millis): Outcome<Replica> | undefined {
  const values = request.headerValues(REPLICA_HEADER);
  if (values.length === 0) return undefined;
  const header = /^node=([^;\s]{1,200});time=(\d{1,16});kid=([^;\s]{1,200});mac=([\w-]{22,86})$/.exec(values[0] ?? '');
  if (values.length > 1 || !header) return fault('malformed');
  const [, nodeText = '', time = '', keyText = '', mac = ''] = header;
  const node = decode(nodeText);
  const to = parseUri(request.to.uri);
  const bindings = readBindings(request);
  if (!to.ok || !bindings) return fault('malformed');
  const aor = addressOfRecord(to.value);
  const content = signedContent({ node, time: Number(time), aor, callId: request.callId, cseq: request.cseq }, bindings);
  if (!signer.verify('replication', content, decode(keyText), mac)) return fault('forged');
  if (Number(time) > now + SKEW_MS) return fault('ahead');
  if (Number(time) < now - LIFE_MS) return fault('stale');
  return { ok: true, value: { node, record: { aor, bindings } } };
}

function readBindings(request: SipMessage): Binding[] | undefined {
  const contacts = request.contacts;
  const path = readPath(request);
  if (contacts === '*' || contacts.length === 0 || !path) return undefined;
  const bindings: Binding[] = [];
  for (const contact of contacts) {
    const binding = readBinding(contact, path);
    if (!binding) return undefined;
    bindings.push(binding);
  }
  return bindings;
}

function readBinding(address: NameAddress, path: readonly string[]): Binding | undefined {
  const uri = parseUri(address.uri);
  const more = /^(live|removed) (\S+) (\d{1,10}) (\d{1,16}) (\d{1,16}) (\S+) (\S*)$/.exec(address.parameters.get(REPLICA_PARAMETER) ?? '');
  const q = readQ(address.parameters.get('q'));
  const parameters = keptParameters(address);
  if (!uri.ok || !more || q === undefined || parameters === undefined) return undefined;
  const [, state, callId = '', cseq, updatedAt, expiresAt, node = '', source = ''] = more;
  return {
    contact: address.uri,
    contactKey: uriKey(uri.value),
    callId: decode(callId),
    cseq: Number(cseq),
    expiresAt: Number(expiresAt),
    q,
    path,
    ...outboundOf(parameters),
    ...(source !== '' && { source: decode(source) }),
    node: decode(node),
    updatedAt: Number(updatedAt),
    parameters,
    ...(state === 'removed' && { removed: true }),
  };
}

interface Envelope {
  readonly node: string;
  readonly time: Millis;
  readonly aor: string;
  readonly callId: string;
  readonly cseq: number;
}

/** The canonical values under the signature. JSON, because no value can pretend there to be two. */
function signedContent(envelope: Envelope, bindings: readonly Binding[]): string {
  const { node, time, aor, callId, cseq } = envelope;
  const rows = bindings.map((binding) => [
    binding.removed === true,
    binding.contact,
    binding.q,
    binding.path,
    binding.instance ?? null,
    binding.regId ?? null,
    binding.source ?? '',
    binding.node,
    binding.callId,
    binding.cseq,
    binding.updatedAt,
    binding.expiresAt,
    binding.parameters,
  ]);
  return JSON.stringify([node, time, aor, callId, cseq, rows]);
}

/** Escapes what would end a quoted word or a parameter; all else stays readable in a trace. */
function encode(text: string): string {
  // Escapes are of single bytes: texts of this house are latin1.
  return text.replace(/[^\w.@:[\]!~*+-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
}

function decode(text: string): string {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fault(what: string): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { code: `sip.replica.${what}`, blame: 'remote', hint: 'Forbidden' } };
}
