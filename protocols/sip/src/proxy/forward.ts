// The forwarded copy of a request (RFC 3261 §16.6): which Routes go, what is put on top, and the path attribute in
// its places. Everything is an edit on the bytes as received.
import { ASSEMBLER, type Edit, type Hop, hopKey, type Millis, type RouteTarget } from '@altpath/core';
import {
  appendHeader,
  insertHeader,
  insertTopHeader,
  removeHeader,
  removeRoutes,
  replaceRequestUri,
  replaceVia,
  setHeader,
} from '../codec/edits.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { alternatesParameter, pathParameters } from '../path-mapping.js';
import { ALTERNATE_PATH_HEADER } from '../path/spelling.js';
import { writeDialogToken, writeViaToken } from '../path/token.js';
import { loopHash, stampVia, type ViaAsReceived } from './derive.js';

/** What a node adds to one message stays below this. */
const MAX_ADDED = 350;
/** RFC 3261 §18.1.1: 200 bytes below an MTU of 1500. */
const UDP_LIMIT = 1300;
const FORMS_DIALOG = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY']);

/** A request on its way through this node: what was read once and holds for every fork. */
export class Passage {
  readonly via: ViaAsReceived;
  readonly loopHash: string;
  /** Leading Routes that named us. */
  popped = 0;
  /** The Request-URI after strict-routing repair; as received otherwise. */
  requestUri: string;
  /** The Routes left, as written, first hop first. */
  routes: readonly string[] = [];
  routesRewritten = false;
  /** A token of ours let it in. */
  admitted = false;

  constructor(
    readonly request: SipMessage,
    readonly hop: Hop,
  ) {
    this.via = stampVia(request.topVia, hop.host, hop.port);
    this.loopHash = loopHash(request);
    this.requestUri = request.requestUri;
  }
}

export interface Copy {
  readonly target: RouteTarget;
  readonly hop: Hop;
  readonly branch: string;
  readonly flags: number;
  readonly forkIndex: number;
  readonly forkCount: number;
  /** The share of Max-Breadth of this branch; absent: all of it. */
  readonly maxBreadth?: number | undefined;
  /** The caller, too, may be told our alternates: it will see our Record-Route. */
  readonly callerTold: boolean;
}

/** `SIP/2.0/UDP`, as it stands in our Via. */
function viaTransport(hop: Hop): string {
  return `SIP/2.0/${hop.transport.toUpperCase()}`;
}

/** Writes the copy of a request for one target. */
export function assembleCopy(environment: Environment, passage: Passage, copy: Copy, now: Millis): Buffer {
  const { request } = passage;
  const edits: Edit[] = [];
  const { target } = copy;
  if (passage.via.text !== request.topVia.text) edits.push(replaceVia(request, 0, passage.via.text));
  edits.push(setHeader(request, 'Max-Forwards', String((request.maxForwards ?? environment.settings.proxy.maxForwards + 1) - 1)));
  // RFC 5393 §5.3.3: every proxied request has it.
  edits.push(setHeader(request, 'Max-Breadth', String(copy.maxBreadth ?? breadthOf(request, environment.settings.proxy.maxBreadth))));
  // RFC 3261 §16.6 step 9: a stream needs it, a datagram may have come without.
  if (copy.hop.transport !== 'udp' && request.contentLength === undefined)
    edits.push(appendHeader(request, `Content-Length: ${request.body.length}`));
  // The header spells the alternates of whoever wrote it: behind us they would pass for ours.
  if (request.has(ALTERNATE_PATH_HEADER)) edits.push(...removeHeader(request, ALTERNATE_PATH_HEADER));
  routeEdits(passage, target, edits);
  const path = pathLines(
    environment,
    passage,
    copy,
    edits.reduce((size, edit) => size + edit.insert.length - edit.remove, request.bytes.length),
    now,
  );
  edits.unshift(insertTopHeader(request, path.via));
  if (path.recordRoute !== '') edits.push(insertHeader(request, 'Record-Route', path.recordRoute));
  if (path.header !== '') edits.push(appendHeader(request, path.header));
  return ASSEMBLER.assemble(request, edits);
}

/** RFC 3261 §16.6 steps 2, 6 and 7 (and §16.4 for what came from a strict router). */
function routeEdits(passage: Passage, target: RouteTarget, edits: Edit[]): void {
  const { request } = passage;
  const { uri, routes } = wayOf(passage, target);
  if (uri !== request.requestUri) edits.push(replaceRequestUri(request, uri));
  if (routes !== passage.routes || passage.routesRewritten) {
    edits.push(...removeHeader(request, 'Route'));
    if (routes.length > 0) edits.push(insertHeader(request, 'Route', `Route: ${routes.join(', ')}`));
  } else if (passage.popped > 0) edits.push(...removeRoutes(request, passage.popped));
}

/** The Request-URI and the Routes with which a request leaves for this target. */
export function wayOf(passage: Passage, target: RouteTarget): { readonly uri: string; readonly routes: readonly string[] } {
  const added = target.via ?? [];
  const routes = added.length > 0 ? [...added, ...passage.routes] : passage.routes;
  const [first] = routes;
  if (first === undefined || isLoose(first)) return { uri: target.address, routes };
  // The next hop is a strict router: it wants its own URI in front and the real one behind the Routes.
  return { uri: uriOf(first), routes: [...routes.slice(1), `<${target.address}>`] };
}

/** RFC 3261 §19.1.1: `lr` is a parameter of the URI. */
function isLoose(nameAddress: string): boolean {
  return /;\s*lr(?:[;=?]|$)/i.test(uriOf(nameAddress));
}

function uriOf(nameAddress: string): string {
  const open = nameAddress.indexOf('<');
  return open < 0 ? (nameAddress.split(';', 1)[0] ?? nameAddress).trim() : nameAddress.slice(open + 1, nameAddress.indexOf('>', open));
}

/** RFC 5393 §5.3.3: the Max-Breadth that came, at most `limit`; without one, `limit`. */
export function breadthOf(request: SipMessage, limit: number): number {
  const received = request.header('Max-Breadth');
  return received !== undefined && /^\d{1,9}$/.test(received) ? Math.min(Number(received), limit) : limit;
}

/** Whoever is at this hop may be told our alternates: a neighbour of a trust group, or a telephone of ours. */
export function isTold(environment: Environment, hop: Hop, now: Millis): boolean {
  return environment.trust.isNeighbour(hop.host) || environment.store.bySource(hopKey(hop), now) !== undefined;
}

interface PathLines {
  readonly via: string;
  readonly recordRoute: string;
  readonly header: string;
}

/** @param base  Bytes of the copy without these lines. */
function pathLines(environment: Environment, passage: Passage, copy: Copy, base: number, now: Millis): PathLines {
  const { request } = passage;
  const { identity, settings, signer } = environment;
  const { hop, target } = copy;
  const told = target.registered === true || environment.trust.isNeighbour(hop.host);
  const list = told ? identity.alternates(hop.transport, hop.host) : '';
  const withRoute = settings.proxy.recordRoute && request.toTag === '' && FORMS_DIALOG.has(request.method);
  const dialogToken = withRoute ? writeDialogToken(signer, request.callId, request.fromTag) : '';
  // Above the limits the header-parameter copy goes first, then the list.
  for (const form of ['full', 'uri-only', 'bare'] as const) {
    const viaList = form === 'bare' ? '' : list;
    const inHeader = settings.path.carrier === 'header';
    const via = viaLine(environment, passage, copy, inHeader ? '' : viaList, now);
    const routeList = copy.callerTold ? viaList : '';
    const recordRoute = withRoute
      ? recordRouteLine(environment, passage.hop, hop, inHeader ? '' : routeList, dialogToken, form === 'full')
      : '';
    const header = inHeader && viaList !== '' ? `${ALTERNATE_PATH_HEADER}: ${viaList}` : '';
    const added = via.length + recordRoute.length + header.length + 6;
    if (form === 'bare' || (added < MAX_ADDED && (hop.transport !== 'udp' || base + added <= UDP_LIMIT || list === '')))
      return { via, recordRoute, header };
  }
  throw new Error('unreachable: the bare form always fits');
}

function viaLine(environment: Environment, passage: Passage, copy: Copy, alternates: string, now: Millis): string {
  const { identity, signer, settings, peers } = environment;
  const { request, via } = passage;
  const top = request.topVia;
  const sentBy = identity.sentBy(copy.hop.transport, copy.hop.host);
  const head = `Via: ${viaTransport(copy.hop)} ${sentBy};rport;branch=${copy.branch}`;
  if (request.method === 'ACK') return head;
  const token = writeViaToken(
    signer,
    {
      node: peers.self.index,
      flags: copy.flags,
      forkIndex: copy.forkIndex,
      forkCount: copy.forkCount,
      expiresAt: now + settings.path.expiresMs,
      loopHash: passage.loopHash,
    },
    {
      branch: copy.branch,
      nextBranch: top.branch,
      nextSentBy: top.sentBy,
      nextReceived: via.received,
      nextRport: via.rport,
      nextTransport: top.transport,
      alternates,
      callId: request.callId,
      cseq: request.cseq,
    },
  );
  return `${head}${pathParameters(alternates, token)}`;
}

/** One entry, or two where the sides differ in transport or family (RFC 5658). */
function recordRouteLine(environment: Environment, from: Hop, to: Hop, alternates: string, token: string, headerCopy: boolean): string {
  const entry = (side: Hop): string => {
    const host = environment.identity.recordRouteHost(side.transport, side.host);
    return recordRouteEntry(host, side.transport === 'udp' ? '' : `;transport=${side.transport}`, alternates, token, headerCopy);
  };
  const line = `Record-Route: ${entry(to)}`;
  const differ = from.transport !== to.transport || from.host.includes(':') !== to.host.includes(':');
  return differ ? `${line}, ${entry(from)}` : line;
}

/** `<sip:HOST;lr;alternatePath=..;pathToken=..>;alternatePath=..` */
export function recordRouteEntry(host: string, transport: string, alternates: string, token: string, headerCopy: boolean): string {
  return `<sip:${host}${transport};lr${pathParameters(alternates, token)}>${headerCopy ? alternatesParameter(alternates) : ''}`;
}
