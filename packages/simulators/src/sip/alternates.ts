// The path attribute as a phone reads it: who else can be asked when a hop is dead. It stands in Via (for responses)
// and in Record-Route, Route and Contact (for requests), as a parameter of the header or of the URI.
import { parseHostPort } from '@altpath/core';
import { parameterOf, parseSipUri, portOf, type SipAddress, type SipRoute, type SipVia } from './npm-sip.js';

/** Name of the parameter, compared without case. */
export const PATH_PARAMETER = 'alternatePath';

/** A host as written (literal or name) and its port. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/%3a/gi, ':'],
  [/%5b/gi, '['],
  [/%5d/gi, ']'],
  [/%2c/gi, ','],
];

/**
 * Reads the list in any of its spellings: `10.0.0.2%3A5060+10.0.0.3` as it is written today, and the comma, quoted and
 * raw forms. What is no address is left out.
 */
export function readAlternates(value: string | null | undefined): Place[] {
  if (!value) return [];
  let text = value.replace(/^"|"$/g, '');
  for (const [escape, plain] of ESCAPES) text = text.replace(escape, plain);
  return text.split(/[+,]/).flatMap((item) => {
    const place = parseHostPort(item.trim());
    return place ? [{ host: place.host, port: place.port ?? 5060 }] : [];
  });
}

/** Stand-ins for whoever wrote this Via. */
export function alternatesOfVia(via: SipVia): Place[] {
  return readAlternates(parameterOf(via.params, PATH_PARAMETER));
}

/** The route's own place, then its stand-ins: those of the URI first, then those of the header; each once. */
export function placesOfRoute(route: SipRoute): Place[] {
  return distinct([
    { host: route.uri.host, port: portOf(route.uri) },
    ...readAlternates(parameterOf(route.uri.params, PATH_PARAMETER)),
    ...readAlternates(parameterOf(route.params, PATH_PARAMETER)),
  ]);
}

/** The same for a Contact; empty when its URI cannot be read. */
export function placesOfContact(contact: SipAddress): Place[] {
  const uri = parseSipUri(contact.uri);
  return uri ? placesOfRoute({ uri, params: contact.params }) : [];
}

/** `host:port`, the text under which a place is known. */
export function placeKey(place: Place): string {
  return `${place.host}:${place.port}`;
}

/** The places in order, each once. */
export function distinct<P extends Place>(places: readonly P[]): P[] {
  const seen = new Set<string>();
  return places.filter((place) => {
    const key = placeKey(place);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
