// Dialogs (RFC 3261 §12): what a phone remembers of a call's routing, and the requests it writes from that. A stock
// phone copies only the URI of a Record-Route into its route set; an aware one keeps the whole value, path attribute
// included.
import { distinct, type Place, placesOfContact, placesOfRoute } from './alternates.js';
import {
  hasParameter,
  parseSipUri,
  type SipAddress,
  type SipHeaders,
  type SipRequest,
  type SipResponse,
  type SipRoute,
  writeSipUri,
} from './npm-sip.js';

export interface Dialog {
  readonly callId: string;
  /** Our From in requests, with our tag. */
  readonly local: SipAddress;
  /** Our To in requests, with the other side's tag. */
  readonly remote: SipAddress;
  readonly routes: readonly SipRoute[];
  /** The other side's Contact; a re-INVITE may change it. */
  target: SipAddress;
  localSeq: number;
  remoteSeq: number;
}

/** What a request in a dialog adds to the dialog's own headers. */
export interface RequestParts {
  readonly contact: SipAddress;
  readonly headers?: Partial<SipHeaders>;
  readonly content?: string | undefined;
}

/** The caller's dialog (§12.1.2); undefined when the response names no contact. */
export function dialogOfResponse(request: SipRequest, response: SipResponse, aware: boolean): Dialog | undefined {
  const target = contactOf(response.headers);
  if (!target) return undefined;
  return {
    callId: request.headers['call-id'],
    local: request.headers.from,
    remote: response.headers.to,
    routes: routeSet(response.headers, aware).reverse(),
    target,
    localSeq: request.headers.cseq.seq,
    remoteSeq: 0,
  };
}

/** The callee's dialog (§12.1.1); undefined when the request names no contact. */
export function dialogOfRequest(request: SipRequest, localTag: string, aware: boolean): Dialog | undefined {
  const { headers } = request;
  const target = contactOf(headers);
  if (!target) return undefined;
  return {
    callId: headers['call-id'],
    local: { ...headers.to, params: { ...headers.to.params, tag: localTag } },
    remote: headers.from,
    routes: routeSet(headers, aware),
    target,
    localSeq: 1_000,
    remoteSeq: headers.cseq.seq,
  };
}

/** A request in the dialog without its Via (§12.2.1.1). */
export function requestInDialog(dialog: Dialog, method: string, seq: number, parts: RequestParts): SipRequest {
  const { uri, routes } = routing(dialog);
  return {
    method,
    uri,
    headers: {
      via: [],
      'max-forwards': 70,
      route: routes.length > 0 ? routes : undefined,
      from: dialog.local,
      to: dialog.remote,
      'call-id': dialog.callId,
      cseq: { seq, method },
      contact: [parts.contact],
      ...parts.headers,
    },
    content: parts.content,
  };
}

/** Where requests of the dialog go, stand-ins included for an aware phone; names are not resolved yet. */
export function placesOfDialog(dialog: Dialog, aware: boolean): Place[] {
  const route = dialog.routes[0];
  const places = route ? placesOfRoute(route) : placesOfContact(dialog.target);
  return aware ? distinct(places) : places.slice(0, 1);
}

/** §12.2.1.2: a re-INVITE's Contact replaces the remote target; the route set stays. */
export function refreshTarget(dialog: Dialog, headers: SipHeaders): void {
  dialog.target = contactOf(headers) ?? dialog.target;
}

/** §12.2.1.1: a first route without `lr` is a strict router's; it becomes the Request-URI. */
function routing(dialog: Dialog): { uri: string; routes: SipRoute[] } {
  const [first, ...rest] = dialog.routes;
  const target = parseSipUri(dialog.target.uri);
  // What npm `sip` cannot read it cannot write as a Route.
  if (!first || hasParameter(first.uri.params, 'lr') || !target) return { uri: dialog.target.uri, routes: [...dialog.routes] };
  return { uri: writeSipUri(first.uri), routes: [...rest, { uri: target, params: {} }] };
}

function routeSet(headers: SipHeaders, aware: boolean): SipRoute[] {
  const routes = headers['record-route'] ?? [];
  return aware ? [...routes] : routes.map((route) => ({ uri: route.uri, params: {} }));
}

function contactOf(headers: SipHeaders): SipAddress | undefined {
  return Array.isArray(headers.contact) ? headers.contact[0] : undefined;
}
