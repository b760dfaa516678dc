// A response on its way back: our Via goes, the next Via says where; a dead node's Record-Route entry is replaced by
// ours, so that the rest of the call runs through this node (FIG. 4 of the reference design).
import {
  ASSEMBLER,
  type Edit,
  type Hop,
  type HostPort,
  isIpLiteral,
  isReliable,
  type Millis,
  parseHostPort,
  type RoutingRewrite,
  type TransportName,
} from '@altpath/core';
import { appendHeader, insertHeader, insertTopHeader, removeVias, replaceValue } from '../codec/edits.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { hopsOf } from '../locate.js';
import type { Via } from '../message/via.js';
import { parseUri } from '../message/uri.js';
import { defaultPort } from '../path/identity.js';
import { pathOfVia } from '../path-mapping.js';
import { ALTERNATE_PATH, PATH_TOKEN } from '../path/spelling.js';
import { verifyDialogToken } from '../path/token.js';
import { recordRouteEntry } from './forward.js';
import type { Inbound } from './inbound.js';

const TRANSPORTS: Readonly<Record<string, TransportName>> = { UDP: 'udp', TCP: 'tcp', TLS: 'tls', WS: 'ws', WSS: 'wss' };

export interface Relayed {
  readonly data: Buffer;
  readonly note: string | undefined;
}

/**
 * The response for one upstream copy: `pop` Vias taken off, the copy's own Via stack put on where the answer was to
 * another copy, Record-Route rewritten where its node is gone.
 */
export function relayedResponse(
  environment: Environment,
  response: SipMessage,
  pop: number,
  copy: Inbound | undefined,
  extra: readonly string[],
  now: Millis,
): Relayed {
  const edits: Edit[] = [];
  const next = response.vias[pop];
  if (copy?.request && (next === undefined || `${next.branch}|${next.sentBy}|${response.cseqMethod}` !== copy.key)) {
    edits.push(...removeVias(response, response.vias.length));
    const others = copy.request.vias.slice(1).map((via) => `Via: ${via.text}`);
    edits.push(insertTopHeader(response, [`Via: ${copy.topVia}`, ...others].join('\r\n')));
  } else edits.push(...removeVias(response, pop));
  // A stream needs it, and the response may have come by datagram (RFC 3261 §18.3).
  if ((copy?.topVia ?? next?.text ?? '').slice(8, 11).toUpperCase() !== 'UDP' && response.contentLength === undefined)
    edits.push(appendHeader(response, `Content-Length: ${response.body.length}`));
  for (const line of extra) edits.push(insertHeader(response, line.slice(0, line.indexOf(':')), line));
  const rewrite = rewriteRecordRoute(environment, response, edits, now);
  return { data: ASSEMBLER.assemble(response, edits), note: rewrite ? describe(rewrite) : undefined };
}

function describe(rewrite: RoutingRewrite): string {
  return `${rewrite.field}: ${rewrite.replace.host} -> ${rewrite.with?.host ?? 'removed'} (${rewrite.reason})`;
}

/**
 * Replaces the entries of cluster nodes that are gone by this node's own, where the dialog token verifies.
 *
 * @returns the rewrite that was made, for ladders; undefined where nothing had to be.
 */
function rewriteRecordRoute(environment: Environment, response: SipMessage, edits: Edit[], now: Millis): RoutingRewrite | undefined {
  const { identity, peers, settings } = environment;
  if (peers.nodes.length < 2 || settings.sipName !== undefined || response.status < 101) return undefined;
  let made: RoutingRewrite | undefined;
  for (const entry of response.recordRoutes) {
    const parsed = parseUri(entry.uri);
    if (!parsed.ok) continue;
    const uri = parsed.value;
    const node = identity.nodeAt(uri.host, uri.port);
    if (node < 0 || node === peers.self.index || environment.isPresent(node, now)) continue;
    const token = uri.parameters.get(PATH_TOKEN);
    if (!verifyDialogToken(environment.signer, token, response.callId, response.fromTag, '')) {
      environment.observer.count('sip.rewrite.refused', 'token');
      continue;
    }
    const written = uri.parameters.get('transport');
    const transport = typeof written === 'string' ? (TRANSPORTS[written.toUpperCase()] ?? 'udp') : 'udp';
    const host = identity.recordRouteHost(transport, uri.host);
    const list = uri.parameters.has(ALTERNATE_PATH) ? identity.alternates(transport, uri.host) : '';
    const side = transport === 'udp' ? '' : `;transport=${transport}`;
    edits.push(replaceValue(entry, recordRouteEntry(host, side, list, token ?? '', entry.parameters.has(ALTERNATE_PATH))));
    environment.observer.count('sip.rewrite', 'record-route');
    const replace: HostPort = { host: uri.host, port: uri.port };
    const reason = peers.state(node, now) === 'down' ? 'primary-down' : 'primary-silent';
    made = { field: 'Record-Route', replace, with: parseHostPort(host), reason };
  }
  return made;
}

/** Where a response may go, in the order of trying. */
export interface WaysBack {
  readonly hops: readonly Hop[];
  /** So many from the first may be sent a copy that nobody asked for: where the request came from, and trusted stand-ins. */
  readonly trusted: number;
}

/**
 * The ways back by a Via that is not ours: `received` and `rport` (RFC 3581 §4), then its alternates as far as they are
 * trusted, then what sent-by says when that is another address (RFC 3261 §18.2.2, RFC 3263 §5): the sender wrote it, so
 * it is tried when nothing else is left, and never unasked. Names are left out: a look-up would be too late.
 *
 * @param from  Where the request came from, when this node took it itself; it is left out, and what a sender wrote into
 *              `received` counts for nothing.
 */
export function waysBack(environment: Environment, via: Via, from?: Hop): WaysBack {
  const transport = TRANSPORTS[via.transport];
  if (transport === undefined) return { hops: [], trusted: 0 };
  const hops: Hop[] = [];
  const add = (host: string | undefined, port: number): void => {
    if (host === undefined || !isIpLiteral(host) || (from?.host === host && from.port === port)) return;
    if (!hops.some((each) => each.host === host && each.port === port)) hops.push({ transport, host, port });
  };
  const sentByPort = via.port ?? defaultPort(transport);
  const source = from?.host ?? via.received ?? via.host;
  if (!from) add(source, typeof via.rport === 'number' ? via.rport : sentByPort);
  const listed = pathOfVia(via)?.alternates ?? [];
  for (const hop of hopsOf(environment.trust.usable(source, listed), transport)) add(hop.host, hop.port);
  const trusted = hops.length;
  // A connection is found again at the port that listens, not at the one it came from.
  if (isReliable(transport)) add(source, sentByPort);
  add(via.host, sentByPort);
  return { hops, trusted };
}
