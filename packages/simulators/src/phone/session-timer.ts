// The session timer of a call (RFC 4028): who refreshes it, and what happens when nobody does.
import type { Millis } from '@altpath/core';
import { lists, numberOf, valuedOf } from '../sip/header-words.js';
import type { SipHeaders } from '../sip/npm-sip.js';

/** What a phone wants of session timers. */
export interface SessionTimerOptions {
  /** The interval that it asks for, and the longest that it grants, in seconds. */
  readonly expiresS: number;
  /** The shortest that it takes, in seconds. Default 90, as §4 has it; shorter ones are for tests. */
  readonly minS?: number | undefined;
  /** Who refreshes, where this phone may say: `self` (default) or `other`. */
  readonly refresher?: 'self' | 'other' | undefined;
  /** How it refreshes. Default UPDATE, and re-INVITE where the other end does not allow that. */
  readonly method?: 'INVITE' | 'UPDATE' | undefined;
}

/** What the timer needs of its call. */
export interface TimedCall {
  later(delayMs: Millis, action: () => void): () => void;
  refresh(): void;
  /** Nobody has refreshed it. */
  expire(): void;
}

const MIN_S = 90;

export class SessionTimer {
  /** The interval agreed on, in seconds; undefined: none runs. */
  intervalS: number | undefined;
  /** This end refreshes. */
  isRefresher = false;
  /** What a 422 of the other end taught. */
  #minS: number;
  #callOffs: (() => void)[] = [];

  constructor(
    private readonly options: SessionTimerOptions,
    private readonly call: TimedCall,
  ) {
    this.#minS = options.minS ?? MIN_S;
  }

  /** Headers of a request that sets up, changes or refreshes the session (§7.1, §7.4). */
  headersOfRequest(): Partial<SipHeaders> {
    const isOurs = this.intervalS === undefined ? (this.options.refresher ?? 'self') === 'self' : this.isRefresher;
    const expiresS = Math.max(this.intervalS ?? this.options.expiresS, this.#minS);
    return { 'session-expires': `${expiresS};refresher=${isOurs ? 'uac' : 'uas'}`, 'min-se': String(this.#minS) };
  }

  /** The interval was too short for somebody (422, §7.3). @returns false where it says nothing new. */
  learn(response: { readonly status: number; readonly headers: SipHeaders }): boolean {
    const minS = response.status === 422 ? numberOf(valuedOf(response.headers['min-se'])?.value) : undefined;
    if (minS === undefined || minS <= this.#minS) return false;
    this.#minS = minS;
    return true;
  }

  /** A 2xx to a request of this end (§7.2). */
  takeResponse(headers: SipHeaders): void {
    const granted = sessionExpiresOf(headers);
    if (granted) this.#run(granted.expiresS, granted.refresher === 'uac');
    else this.stop();
  }

  /** The Min-SE of the 422 with which a request is to be refused; undefined: it is not (§9). */
  refusal(headers: SipHeaders): string | undefined {
    const wanted = sessionExpiresOf(headers);
    const isTooShort = wanted !== undefined && wanted.expiresS < this.#minS && lists(headers, 'supported', 'timer');
    return isTooShort ? String(this.#minS) : undefined;
  }

  /** A request of the other end is accepted: the headers of the 2xx (§9, table 2). The timer runs from now on. */
  headersOfResponse(request: SipHeaders): Partial<SipHeaders> {
    const wanted = sessionExpiresOf(request);
    const isSupported = lists(request, 'supported', 'timer');
    const floorS = Math.max(this.#minS, numberOf(valuedOf(request['min-se'])?.value) ?? 0);
    const expiresS = Math.max(Math.min(wanted?.expiresS ?? this.options.expiresS, this.options.expiresS), floorS);
    // Who does not know of timers does not refresh.
    const ours = this.options.refresher === 'other' ? 'uac' : 'uas';
    const refresher = isSupported ? (wanted?.refresher ?? ours) : 'uas';
    this.#run(expiresS, refresher === 'uas');
    return { 'session-expires': `${expiresS};refresher=${refresher}`, ...(refresher === 'uac' && { require: 'timer' }) };
  }

  stop(): void {
    this.intervalS = undefined;
    for (const callOff of this.#callOffs.splice(0)) callOff();
  }

  #run(expiresS: number, isRefresher: boolean): void {
    this.stop();
    this.intervalS = expiresS;
    this.isRefresher = isRefresher;
    // §10: the refresher begins at half of the interval; the other gives up a little before its end.
    if (isRefresher) this.#callOffs.push(this.call.later((expiresS * 1_000) / 2, () => this.call.refresh()));
    const endS = isRefresher ? expiresS : expiresS - Math.min(32, expiresS / 3);
    this.#callOffs.push(this.call.later(endS * 1_000, () => this.call.expire()));
  }
}

/** `x` is the compact form, which npm `sip` does not know. */
function sessionExpiresOf(headers: SipHeaders): { readonly expiresS: number; readonly refresher: string | undefined } | undefined {
  const valued = valuedOf(headers['session-expires'] ?? headers['x']);
  const expiresS = numberOf(valued?.value);
  return valued && expiresS !== undefined ? { expiresS, refresher: valued.params['refresher']?.toLowerCase() } : undefined;
}
