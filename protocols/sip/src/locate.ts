// RFC 3263's choice of the next hop, as far as it needs no question; names become a question that DNS answers
// through a port. Alternates written in the URI join the hop where trust allows it.
import { type Hop, type HostPort, isIpLiteral, type NameQuestion, type TransportName } from '@altpath/core';
import type { Environment } from './environment.js';
import { type NameAddress, parseNameAddress } from './message/name-address.js';
import { parseUri, type SipUri } from './message/uri.js';
import { defaultPort } from './path/identity.js';
import { pathOfUri } from './path-mapping.js';

/** Hops in the order of trying, or the name to be asked for, or why there is no way. */
export type Located =
  | { readonly kind: 'hops'; readonly hops: readonly Hop[] }
  | { readonly kind: 'name'; readonly question: NameQuestion; readonly alternates: readonly HostPort[] }
  | { readonly kind: 'none'; readonly reason: 'scheme' | 'transport' | 'address' };

const TRANSPORTS: Readonly<Record<string, TransportName>> = { udp: 'udp', tcp: 'tcp', tls: 'tls', ws: 'ws', wss: 'wss' };

/**
 * Finds the way to a URI (a name-addr in brackets is read too, with its header parameter `alternatePath`).
 *
 * @param neighbour  Who gave us the URI: its alternates count only inside that neighbour's trust group.
 * @see RFC 3263 §4.1, §4.2
 */
export function locate(environment: Environment, text: string, neighbour: string): Located {
  const bracket = text.indexOf('<');
  let uriText = text;
  let address: NameAddress | undefined;
  if (bracket >= 0) {
    const value = parseNameAddress(text);
    if (!value.ok) return { kind: 'none', reason: 'address' };
    uriText = value.value.uri;
    address = value.value;
  }
  const parsed = parseUri(uriText);
  if (!parsed.ok) return { kind: 'none', reason: 'address' };
  const uri = parsed.value;
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return { kind: 'none', reason: 'scheme' };
  const transport = transportOf(uri);
  if (transport === undefined) return { kind: 'none', reason: 'transport' };
  const path = pathOfUri(uri, address);
  const host = uri.parameters.get('maddr') ?? uri.host;
  const alternates = path ? alternatesOf(environment, path.alternates, neighbour, host) : [];
  if (isIpLiteral(host)) {
    const port = uri.port ?? defaultPort(transport);
    return { kind: 'hops', hops: [{ transport, host, port }, ...hopsOf(alternates, transport)] };
  }
  const asked = uri.parameters.has('transport') || uri.scheme === 'sips' ? transport : undefined;
  return { kind: 'name', question: { host, port: uri.port, transport: asked, secure: uri.scheme === 'sips', service: 'sip' }, alternates };
}

/**
 * A route set is carried by telephones that are in no group: then the list counts as the primary's own, since it leads
 * nowhere that the operator did not write down for that neighbour.
 */
function alternatesOf(environment: Environment, list: readonly HostPort[], neighbour: string, primary: string): readonly HostPort[] {
  const given = environment.trust.usable(neighbour, list);
  return given.length > 0 ? given : environment.trust.usable(primary, list);
}

/** An alternate inherits the transport; its port is the transport's default where none is written. Names are left out: they cost a look-up for a message that is late already. */
export function hopsOf(alternates: readonly HostPort[], transport: TransportName): readonly Hop[] {
  if (alternates.length === 0) return [];
  return alternates
    .filter((each) => isIpLiteral(each.host))
    .map((each) => ({ transport, host: each.host, port: each.port ?? defaultPort(transport) }));
}

function transportOf(uri: SipUri): TransportName | undefined {
  const written = uri.parameters.get('transport');
  if (typeof written !== 'string') return uri.scheme === 'sips' ? 'tls' : 'udp';
  const transport = TRANSPORTS[written.toLowerCase()];
  // RFC 3261 §26.2.2: sips with transport=tcp means TLS over it.
  return uri.scheme === 'sips' && transport === 'tcp' ? 'tls' : transport;
}

/** Reads `transport:host:port` as bindings store it. */
export function hopOfSource(source: string): Hop | undefined {
  const colon = source.indexOf(':');
  const last = source.lastIndexOf(':');
  const transport = TRANSPORTS[source.slice(0, colon)];
  if (transport === undefined || last <= colon) return undefined;
  const host = source.slice(colon + 1, last).replace(/^\[|\]$/g, '');
  const port = Number(source.slice(last + 1));
  return isIpLiteral(host) && port > 0 ? { transport, host, port } : undefined;
}
