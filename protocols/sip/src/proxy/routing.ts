// What a request says about its way (RFC 3261 §16.4, §16.5): the Routes that name this cluster go, what is left says
// where it wants to go, and the gateway's routing is asked in neutral words.
import type { Millis, RouteTarget, RoutingQuestion } from '@altpath/core';
import type { Environment } from '../environment.js';
import { parseNameAddress } from '../message/name-address.js';
import { parseUri, type SipUri } from '../message/uri.js';
import { PATH_TOKEN } from '../path/spelling.js';
import { verifyDialogToken } from '../path/token.js';
import type { Passage } from './forward.js';

/**
 * Reads the route information of a request: a strict router's repair, then the leading run of Routes that name any node
 * of the cluster goes, double Record-Route included. A valid token in one of them, or in the Request-URI that a strict
 * router put there, admits the request.
 */
export function readRoutes(environment: Environment, passage: Passage): void {
  const { request } = passage;
  const { identity } = environment;
  let routes = request.routes;
  if (routes.length > 0 && request.uri.user === '' && request.uri.parameters.has('lr') && identity.isNode(request.uri)) {
    // RFC 3261 §16.4: a strict router took our Record-Route entry for the Request-URI; the real one stands last.
    admit(environment, passage, request.uri);
    passage.requestUri = (routes[routes.length - 1] as { uri: string }).uri;
    routes = routes.slice(0, -1);
    passage.routesRewritten = true;
  }
  dropOwnMaddr(environment, passage);
  if (routes.length === 0) return;
  let popped = 0;
  for (; popped < routes.length; popped += 1) {
    const uri = parseUri(routes[popped]?.uri ?? '');
    if (!uri.ok || !identity.isOurs(uri.value)) break;
    admit(environment, passage, uri.value);
  }
  passage.popped = popped;
  passage.routes = routes.slice(popped).map((each) => request.bytes.toString('latin1', each.start, each.end));
}

function admit(environment: Environment, passage: Passage, uri: SipUri): void {
  const { request } = passage;
  const token = uri.parameters.get(PATH_TOKEN);
  if (!passage.admitted && verifyDialogToken(environment.signer, token, request.callId, request.fromTag, request.toTag))
    passage.admitted = true;
}

/** RFC 3261 §16.4: a maddr that names us has done its work; left in, it would bring the request here again. */
function dropOwnMaddr(environment: Environment, passage: Passage): void {
  if (!/;maddr=/i.test(passage.requestUri)) return;
  const uri = parseUri(passage.requestUri);
  if (!uri.ok) return;
  const maddr = uri.value.parameters.get('maddr');
  if (!maddr || environment.identity.nodeAt(maddr, uri.value.port) < 0) return;
  const text = passage.requestUri;
  const { text: parameters } = uri.value.parameters;
  const at = text.indexOf(parameters);
  const port = uri.value.port === undefined ? '' : `:${uri.value.port}`;
  // With the maddr go the port and the transport by which it was reached.
  const head = text.slice(0, at);
  const plain = port !== '' && head.endsWith(port) ? head.slice(0, -port.length) : head;
  passage.requestUri = plain + uri.value.parameters.without(['maddr', 'transport']) + text.slice(at + parameters.length);
}

/** Where it wants to go: the first Route left, else the Request-URI. Undefined where that is no URI. */
export function destinationOf(passage: Passage): SipUri | undefined {
  const first = passage.routes[0];
  const named = first === undefined ? undefined : parseNameAddress(first);
  if (named && !named.ok) return undefined;
  if (!named && passage.requestUri === passage.request.requestUri) return passage.request.uri;
  const uri = parseUri(named?.ok ? named.value.uri : passage.requestUri);
  return uri.ok ? uri.value : undefined;
}

export function questionOf(passage: Passage, destination: SipUri): RoutingQuestion {
  const { request } = passage;
  const { scheme, user, host, port } = destination;
  return {
    protocol: 'sip',
    operation: request.method,
    destination: { text: passage.routes.length > 0 ? destination.text : passage.requestUri, scheme, user, host, port },
    from: passage.hop,
    admitted: passage.admitted,
    inDialog: request.toTag !== '',
    unanswerable: request.method === 'ACK',
  };
}

/** Where Routes are left, routing has judged the first of them; the Request-URI goes on as it is. */
export function targetsOf(targets: readonly RouteTarget[], passage: Passage): readonly RouteTarget[] {
  return passage.routes.length === 0 ? targets : targets.slice(0, 1).map((each) => ({ ...each, address: passage.requestUri }));
}

/** The targets of a request for which nothing is kept: routing is asked, nothing is answered. Routes have been read. */
export function targetsNow(environment: Environment, passage: Passage, now: Millis): readonly RouteTarget[] {
  const destination = destinationOf(passage);
  if (!destination || (destination.scheme !== 'sip' && destination.scheme !== 'sips')) return [];
  const decision = environment.resolver.resolve(questionOf(passage, destination), now);
  return decision.kind === 'forward' ? targetsOf(decision.targets, passage) : [];
}
