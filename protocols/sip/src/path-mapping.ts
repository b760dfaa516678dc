// The path attribute on SIP: how core's neutral model stands in headers, and what the wire loses. Written and read
// here and nowhere else.
import { type HostPort, parseHostPort, type PathAttribute, type PathMapping } from '@altpath/core';
import type { NameAddress } from './message/name-address.js';
import type { SipUri } from './message/uri.js';
import type { Via } from './message/via.js';
import { ALTERNATE_PATH, PATH_TOKEN, readAlternates } from './path/spelling.js';

export const SIP_PATH_MAPPING: PathMapping = {
  protocol: 'sip',
  carries: 'list',
  loses: ['priority: the order of the list says it', 'identity: an alternate is an address', 'needsRegistration: never asked'],
};

/** Writes list (as spelled, may be empty) and token as parameters of a Via or of a URI. */
export function pathParameters(alternates: string, token: string): string {
  return `${alternatesParameter(alternates)};${PATH_TOKEN}=${token}`;
}

/** The list alone, as the header parameter of the reference design; nothing where there is no list. */
export function alternatesParameter(alternates: string): string {
  return alternates === '' ? '' : `;${ALTERNATE_PATH}=${alternates}`;
}

/** Reads the attribute of a Via; undefined where there is none. It serves responses, so it lives for this message. */
export function pathOfVia(via: Via): PathAttribute | undefined {
  const primary = parseHostPort(via.sentBy) ?? { host: via.host, port: via.port };
  return attribute(primary, via.parameters.get(ALTERNATE_PATH), via.parameters.get(PATH_TOKEN), 'message');
}

/**
 * Reads the attribute of a Route, Record-Route or Contact: the URI parameter, else the header parameter of the
 * reference design. It serves requests, for as long as the dialog lasts.
 */
export function pathOfUri(uri: SipUri, address?: Pick<NameAddress, 'parameters'>): PathAttribute | undefined {
  const list = uri.parameters.get(ALTERNATE_PATH) ?? address?.parameters.get(ALTERNATE_PATH);
  return attribute({ host: uri.host, port: uri.port }, list, uri.parameters.get(PATH_TOKEN), 'dialog');
}

function attribute(
  primary: HostPort,
  list: string | null | undefined,
  token: string | null | undefined,
  persistence: PathAttribute['persistence'],
): PathAttribute | undefined {
  if (!list && !token) return undefined;
  return { primary, alternates: readAlternates(list), ordered: true, persistence, token: token ?? undefined };
}
