// Keys told in INFO (RFC 6086 §2 calls these bodies legacy): `application/dtmf-relay` and `application/dtmf`, both ways. In RTP they
// are nobody's business here.
import type { Millis } from '@altpath/core';
import type { Leg } from './leg-view.js';
import type { ServerRequest } from './server-request.js';

export interface PressedKey {
  /** `0`..`9`, `*`, `#`, `A`..`D`. */
  readonly digit: string;
  readonly durationMs: Millis;
}

/** What a telephone that does not say it means; longer and shorter than any key is pressed are cut. */
const DURATION_MS = 250;
const SHORTEST_MS = 40;
const LONGEST_MS = 6_000;
/** Keys that wait for the telephone to answer the one before. */
const WAITING_LIMIT = 32;

const KEYS = '0123456789*#ABCD';
export const DTMF_RELAY = 'application/dtmf-relay';
const DTMF = 'application/dtmf';
/** What an INFO may bring. */
const ACCEPTED = `Accept: ${DTMF_RELAY}, ${DTMF}`;

/**
 * @param type  Of the content, parameters left out, any case.
 * @returns     undefined for a body that names no key.
 */
export function readKey(type: string, body: string): PressedKey | undefined {
  const plain = type.toLowerCase();
  if (plain === DTMF && !/signal/i.test(body)) return keyOf(body, undefined);
  if (plain !== DTMF_RELAY && plain !== DTMF) return undefined;
  return keyOf(/^[ \t]*signal[ \t]*=([^\r\n]*)/im.exec(body)?.[1] ?? '', /^[ \t]*duration[ \t]*=[ \t]*(\d{1,6})/im.exec(body)?.[1]);
}

export function writeKey({ digit, durationMs }: PressedKey): string {
  return `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`;
}

function keyOf(signal: string, duration: string | undefined): PressedKey | undefined {
  const text = signal.trim().toUpperCase();
  // The events of RFC 4733 §3.2 by their numbers: 10 and 11 are * and #.
  const digit = /^1[0-5]$/.test(text) ? KEYS.charAt(Number(text)) : text;
  if (digit.length !== 1 || !KEYS.includes(digit)) return undefined;
  const durationMs = duration === undefined ? DURATION_MS : Number(duration);
  return { digit, durationMs: Math.min(Math.max(durationMs, SHORTEST_MS), LONGEST_MS) };
}

/** The keys of one leg. */
export class Digits {
  readonly #waiting: PressedKey[] = [];
  #isSending = false;

  constructor(private readonly leg: Leg) {}

  /** An INFO has come. */
  take(server: ServerRequest, now: Millis): void {
    const { request } = server;
    // RFC 6086 §4.2.2: no package was ever asked for.
    if (request.has('Info-Package')) return server.reply(469, { lines: ['Recv-Info:'], reason: 'Bad Info Package' }, now);
    // RFC 2976 §2: an empty one only asks whether we are there.
    if (request.body.length === 0) return server.reply(200, {}, now);
    const type = (request.header('Content-Type') ?? '').split(';', 1)[0]?.trim() ?? '';
    const key = readKey(type, request.body.toString('latin1'));
    if (key) {
      server.reply(200, {}, now);
      return this.leg.tell({ kind: 'digit', ...key }, now);
    }
    if (/^application\/dtmf/i.test(type)) return server.reply(400, { reason: 'Bad Key' }, now);
    return server.reply(415, { lines: [ACCEPTED] }, now);
  }

  /** One after the other: requests that are under way together may overtake each other. */
  send(key: PressedKey, now: Millis): void {
    if (this.#waiting.length >= WAITING_LIMIT) return this.leg.host.environment.observer.count('sip.digit.dropped', 'full');
    this.#waiting.push(key);
    if (!this.#isSending) this.#next(now);
  }

  stop(): void {
    this.#waiting.length = 0;
  }

  #next(now: Millis): void {
    const key = this.#waiting.shift();
    this.#isSending = key !== undefined;
    if (!key) return;
    const done = (when: Millis): void => this.#next(when);
    const owner = {
      responded: (request: { readonly over: boolean }, _response: unknown, when: Millis) => (request.over ? done(when) : undefined),
      failed: (_request: unknown, _status: number, when: Millis) => done(when),
    };
    const words = { lines: [`Content-Type: ${DTMF_RELAY}`], body: writeKey(key) };
    if (!this.leg.send('INFO', words, owner, now)) this.stop();
  }
}
