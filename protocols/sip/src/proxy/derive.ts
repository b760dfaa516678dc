// What both nodes of a cluster compute alike from one request: the context it belongs to, the branch of each fork,
// and the loop hash. Nothing here is remembered, so any node can do it at any time.
import type { Hop, Signer } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Via } from '../message/via.js';

/**
 * The part of the derivation that all forks of a request share: Call-ID, From tag, CSeq number, received Request-URI,
 * top Via sent-by. Not the method, so CANCEL and the ACK of a non-2xx find the INVITE's branch on any node; not the To
 * tag; not the upstream branch, since a stock caller that fails over comes with a new one.
 */
export function contextSeed(request: SipMessage): string {
  return seedOf(request.callId, request.fromTag, request.cseq, request.requestUri, request.topVia.sentBy);
}

export function seedOf(callId: string, fromTag: string, cseq: number, requestUri: string, sentBy: string): string {
  return `${callId}\n${fromTag}\n${cseq}\n${requestUri}\n${sentBy}`;
}

/** `z9hG4bK` and 128 bits under the cluster's branch key. A fork target is the URI before DNS, as registered. */
export function deriveBranch(signer: Signer, seed: string, target: string): string {
  return `z9hG4bK${signer.branch(`${seed}\n${target}`)}`;
}

/** The ACK of a 2xx is a transaction of its own (RFC 3261 §13.2.2.4): another branch than its INVITE. */
export function deriveAckBranch(signer: Signer, seed: string, target: string): string {
  return `z9hG4bK${signer.branch(`${seed}\n${target}\nACK`)}`;
}

/**
 * 53 bits over what routing read: received Request-URI and Routes. It travels inside a signed token, so it need not
 * be keyed itself. (RFC 3261 §16.6 step 8; RFC 5393 §4.)
 */
export function loopHash(request: SipMessage): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x5bd1e995);
      b ^= b >>> 15;
    }
    a = Math.imul(a ^ 0x0a, 0x01000193);
  };
  mix(request.requestUri);
  for (const route of request.routes) mix(route.uri);
  return (a >>> 0).toString(36) + ((b >>> 0) & 0x1fffff).toString(36);
}

/** The binding values of RFC 3581 and RFC 3261 §18.2.1 for a received top Via. */
export interface ViaAsReceived {
  readonly text: string;
  readonly received: string;
  readonly rport: number | undefined;
}

/** The top Via as it must be read from now on: `received` where it differs or rport asks, `rport` filled in. */
export function stampVia(via: Via, host: string, port: number): ViaAsReceived {
  const wantsRport = via.parameters.has('rport');
  if (!wantsRport && via.host === host && !via.parameters.has('received')) return { text: via.text, received: '', rport: undefined };
  let text = withoutStamps(via);
  if (wantsRport) text += `;rport=${port}`;
  return { text: `${text};received=${host}`, received: host, rport: wantsRport ? port : undefined };
}

/** Whatever a sender wrote there counts for nothing. */
function withoutStamps(via: Via): string {
  const { text } = via;
  if (!text.includes('"')) return text.replace(/\s*;\s*(?:received|rport)(?=\s*(?:[=;]|$))(?:\s*=\s*(?:\[[^\]]*\]|[^;,\s]*))?/gi, '');
  // In a quoted string the names mean nothing.
  return text.slice(0, text.length - via.parameters.text.length).trimEnd() + via.parameters.without(['received', 'rport']);
}

/**
 * Where the answer to a request goes first: back to where it came from when rport asks for that or a connection
 * carries it, else to that address at the port its Via names. (RFC 3261 §18.2.2, RFC 3581 §4)
 */
export function answerHop(via: Via, from: Hop): Hop {
  if (from.transport !== 'udp' || via.parameters.has('rport')) return from;
  const port = via.port ?? 5060;
  return port === from.port ? from : { ...from, port };
}
