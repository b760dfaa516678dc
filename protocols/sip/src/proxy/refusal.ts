// What no routing would mend (RFC 3261 §16.3): a request is refused before anybody looks where it wants to go.
import type { Millis } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Via } from '../message/via.js';
import { ASKED_FOR_JOINING } from '../path/token.js';
import type { Passage } from './forward.js';
import { viaVerdict } from './via-verdict.js';

/** A status, and the header lines that explain it. */
export interface Refusal {
  readonly status: number;
  readonly headers?: readonly string[] | undefined;
}

/** In seconds (RFC 3261 §20.33). */
export const RETRY_AFTER = 'Retry-After: 10';

/** Extension tags that this proxy understands when Proxy-Require names them. */
const PROXY_EXTENSIONS = new Set<string>();

/** @returns undefined for a request that may go on. In the order of RFC 3261 §16.3. */
export function refusalOf(environment: Environment, passage: Passage, now: Millis): Refusal | undefined {
  const { request } = passage;
  // An OPTIONS that has reached whom it asks needs no further hop (§11).
  if (request.maxForwards === 0 && request.method !== 'OPTIONS' && request.method !== 'REGISTER') return { status: 483 };
  if (isLoop(environment, passage, now)) return { status: 482 };
  // RFC 5393 §5.3.3: with nothing left there is no fork to send it on.
  if (request.has('Max-Breadth') && /^0+$/.test(request.header('Max-Breadth') ?? '')) return { status: 440 };
  const required = request.has('Proxy-Require') ? request.tokens('Proxy-Require') : [];
  const unknown = required.filter((tag) => !PROXY_EXTENSIONS.has(tag.toLowerCase()));
  if (unknown.length > 0) return { status: 420, headers: [`Unsupported: ${unknown.join(', ')}`] };
  return undefined;
}

/** A draining node takes no new call; which are emergencies knows whoever serves calls. Those of a call that goes on come in its dialog. */
export function isBarred(environment: Environment, request: SipMessage): boolean {
  return environment.draining && request.method === 'INVITE' && request.toTag === '';
}

/** What is said then: other nodes take it, and so may this one soon. */
export const BARRED: Refusal = { status: 503, headers: [RETRY_AFTER] };

/** 482 only on a valid token of ours with an equal hash: a spiral is legal. (RFC 5393 §4.2) */
function isLoop(environment: Environment, passage: Passage, now: Millis): boolean {
  const { request, loopHash } = passage;
  for (let i = 0; i < request.vias.length; i += 1) {
    if (!environment.identity.isOurSentBy((request.vias[i] as Via).sentBy)) continue;
    const verdict = viaVerdict(environment, request, i, now);
    if (verdict.ok && (verdict.claims.flags & ASKED_FOR_JOINING) === 0 && verdict.claims.loopHash === loopHash) return true;
  }
  return false;
}
