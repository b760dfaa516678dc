// The path attribute on SIP: how core's neutral model stands in headers, and what the wire loses.
import { formatHostPort, parseHostPort, type PathAttribute, type PathMapping } from '@altpath/core';
import type { Via } from './message/via.js';
import { ALTERNATE_PATH, PATH_TOKEN, readAlternates, writeAlternates } from './path/spelling.js';

export const SIP_PATH_MAPPING: PathMapping = {
  protocol: 'sip',
  carries: 'list',
  loses: ['priority: the order of the list says it', 'identity: an alternate is an address', 'needsRegistration: never asked'],
};

/** Reads the attribute of a Via; undefined where there is none. It serves responses, so it lives for this message. */
export function pathAttributeOfVia(via: Via): PathAttribute | undefined {
  const alternates = readAlternates(via.parameters.get(ALTERNATE_PATH));
  const token = via.parameters.get(PATH_TOKEN) ?? undefined;
  if (alternates.length === 0 && token === undefined) return undefined;
  return { primary: parseHostPort(via.sentBy) ?? { host: via.host, port: via.port }, alternates, ordered: true, persistence: 'message', token };
}

/** Writes the attribute as the parameters of a Via or of a URI. */
export function pathParameters(attribute: PathAttribute): string {
  const list = attribute.alternates.length > 0 ? `;${ALTERNATE_PATH}=${writeAlternates(attribute.alternates)}` : '';
  return attribute.token === undefined ? list : `${list};${PATH_TOKEN}=${attribute.token}`;
}

/** Writes the attribute as a Record-Route value: in the brackets for stock user agents, behind them as the reference design has it. */
export function pathRecordRoute(attribute: PathAttribute): string {
  const list = attribute.alternates.length > 0 ? `;${ALTERNATE_PATH}=${writeAlternates(attribute.alternates)}` : '';
  return `<sip:${formatHostPort(attribute.primary)};lr${pathParameters(attribute)}>${list}`;
}
