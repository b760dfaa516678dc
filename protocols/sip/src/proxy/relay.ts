// A response on its way back: our Via goes, the next Via says where; a dead node's Record-Route entry is replaced by
// ours, so that the rest of the call runs through this node (FIG. 4 of the reference design).
import { applyEdits, type Edit, type Hop, type HostPort, isIpLiteral, type Millis, parseHostPort, type RoutingRewrite, type TransportName } from '@altpath/core';
import { insertHeader, insertTopHeader, removeVias, replaceValue } from '../codec/edits.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { hopsOf } from '../locate.js';
import type { Via } from '../message/via.js';
import { parseUri } from '../message/uri.js';
import { defaultPort } from '../path/identity.js';
import { ALTERNATE_PATH, PATH_TOKEN, readAlternates } from '../path/spelling.js';
import { verifyDialogToken } from '../path/token.js';
import { recordRouteEntry } from './forward.js';
import type { Inbound } from './transactions.js';

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
  for (const line of extra) edits.push(insertHeader(response, line.slice(0, line.indexOf(':')), line));
  const rewrite = rewriteRecordRoute(environment, response, edits, now);
  return { data: applyEdits(response.bytes, edits), note: rewrite ? describe(rewrite) : undefined };
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
    if (node < 0 || node === peers.self.index || peers.isFresh(node, now)) continue;
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
    edits.push(replaceValue(response, entry, recordRouteEntry(host, side, list, token ?? '', entry.parameters.has(ALTERNATE_PATH))));
    environment.observer.count('sip.rewrite', 'record-route');
    const replace: HostPort = { host: uri.host, port: uri.port };
    const reason = peers.state(node, now) === 'down' ? 'primary-down' : 'primary-silent';
    made = { field: 'Record-Route', replace, with: parseHostPort(host), reason };
  }
  return made;
}

/**
 * Where a response goes by a Via that is not ours: `received` and `rport` first, then the sent-by when it is another
 * address (RFC 3261 §18.2.2, RFC 3581 §4, RFC 3263 §5), then its alternates as far as they are trusted. Names are
 * left out, and a Via without any literal gives nothing.
 */
export function responseHops(environment: Environment, via: Via): readonly Hop[] {
  const transport = TRANSPORTS[via.transport];
  if (transport === undefined) return [];
  const sentByPort = via.port ?? defaultPort(transport);
  const hops: Hop[] = [];
  const add = (host: string | undefined, port: number): void => {
    if (host === undefined || !isIpLiteral(host) || hops.some((each) => each.host === host && each.port === port)) return;
    hops.push({ transport, host, port });
  };
  add(via.received?.replace(/^\[|\]$/g, ''), typeof via.rport === 'number' ? via.rport : sentByPort);
  add(via.host, sentByPort);
  const listed = readAlternates(via.parameters.get(ALTERNATE_PATH));
  if (listed.length > 0) {
    const usable = environment.trust.usable(hops[0]?.host ?? via.host, listed);
    for (const hop of hopsOf(usable, transport)) add(hop.host, hop.port);
  }
  return hops;
}
