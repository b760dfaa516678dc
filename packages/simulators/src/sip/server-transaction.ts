// The server transaction of a phone (RFC 3261 §17.2, RFC 6026, and §13.3.1.4 for the repetition of a 2xx), as a pure
// machine. A response goes to the address its request came from; an aware phone also knows the stand-ins that the
// topmost Via names: it takes the next at once on a transport error, and all of them when no ACK comes.
import { type AddressHealth, type Millis, NEVER } from '@altpath/core';
import { distinct, type Place, placeKey } from './alternates.js';
import type { SipRequest } from './npm-sip.js';
import type { PhoneTimers } from './timers.js';

export type ServerOutput =
  | { readonly kind: 'send'; readonly data: Buffer; readonly to: Place; readonly note?: string | undefined }
  /** 200 ms without a response of the phone: a 100 is due (§17.2.1). */
  | { readonly kind: 'trying' }
  | { readonly kind: 'acknowledged' }
  /** 64 T1 without the ACK of a final response. */
  | { readonly kind: 'unacknowledged' };

export interface ServerSettings {
  readonly request: SipRequest;
  readonly source: Place;
  /** Further addresses for responses, in order: sent-by (RFC 3263 §5), then the stand-ins of the topmost Via. */
  readonly otherPlaces: readonly Place[];
  readonly aware: boolean;
  /** Send a 100 by itself after 200 ms. */
  readonly sendsTrying: boolean;
  readonly timers: PhoneTimers;
  readonly health: AddressHealth;
  readonly emit: (output: ServerOutput) => void;
}

const TRYING_AFTER = 200;

export class ServerTransaction {
  readonly request: SipRequest;
  #places: Place[];
  #current = 0;
  #everywhere = false;
  #status = 0;
  #last: Buffer | undefined;
  #lastSentAt: Millis = 0;
  #acknowledged = false;
  #interval = 0;
  #repeatAt: Millis = NEVER;
  #hedgeAt: Millis = NEVER;
  #giveUpAt: Millis = NEVER;
  #tryingAt: Millis = NEVER;
  #endAt: Millis = NEVER;
  #terminated = false;

  constructor(
    private readonly settings: ServerSettings,
    now: Millis,
  ) {
    this.request = settings.request;
    this.#places = distinct([settings.source, ...settings.otherPlaces]);
    if (this.#isInvite && settings.sendsTrying) this.#tryingAt = now + TRYING_AFTER;
  }

  get status(): number {
    return this.#status;
  }

  get terminated(): boolean {
    return this.#terminated;
  }

  /** Sends a response; a second final response is refused silently, as the first one stands. */
  respond(status: number, data: Buffer, now: Millis): void {
    if (this.#status >= 200) return;
    this.#status = status;
    this.#last = data;
    this.#tryingAt = NEVER;
    if (status >= 200) this.#finalise(now);
    this.#skipDead(now);
    this.#push(undefined, now);
  }

  /** The request came again: its newest copy says where the caller is listening now. */
  again(source: Place, now: Millis): void {
    this.#places = distinct([source, ...this.#places]);
    this.#current = 0;
    if (this.#acknowledged) return;
    if (this.#last) this.#push('answer to a retransmission', now);
  }

  acknowledge(now: Millis): void {
    if (this.#acknowledged || this.#status < 200) return;
    this.#acknowledged = true;
    this.#repeatAt = NEVER;
    this.#hedgeAt = NEVER;
    this.#giveUpAt = NEVER;
    // Timer I absorbs further ACKs of a failure; RFC 6026 keeps a 2xx for Timer L.
    this.#endAt = now + (this.#status < 300 ? this.settings.timers.giveUp : this.settings.timers.t4);
    this.settings.emit({ kind: 'acknowledged' });
  }

  /** The network said that this address cannot be reached. What was sent there a moment ago goes to the next one. */
  unreachable(to: Place, now: Millis): void {
    const place = this.#places[this.#current];
    if (!place || placeKey(place) !== placeKey(to) || this.#everywhere) return;
    if (this.#current + 1 >= this.#places.length) return;
    this.#current += 1;
    const lost = this.#last && !this.#acknowledged && now - this.#lastSentAt <= this.settings.timers.t1;
    if (lost) this.#push('alternate: no such port (ICMP)', now);
  }

  tick(now: Millis): void {
    if (now >= this.#endAt) {
      this.#terminated = true;
      return;
    }
    if (now >= this.#tryingAt) {
      this.#tryingAt = NEVER;
      this.settings.emit({ kind: 'trying' });
    }
    if (now >= this.#giveUpAt) return this.#giveUp();
    if (now >= this.#hedgeAt) this.#everywhere = true;
    if (now >= this.#repeatAt) this.#repeat(now);
  }

  deadline(): Millis {
    return this.#terminated ? NEVER : Math.min(this.#endAt, this.#tryingAt, this.#giveUpAt, this.#repeatAt);
  }

  get #isInvite(): boolean {
    return this.request.method === 'INVITE';
  }

  #finalise(now: Millis): void {
    const { timers, aware } = this.settings;
    if (!this.#isInvite) {
      this.#endAt = now + timers.giveUp; // Timer J
      return;
    }
    this.#interval = timers.t1;
    this.#repeatAt = now + timers.t1;
    this.#giveUpAt = now + timers.giveUp;
    if (aware && this.#places.length > 1) this.#hedgeAt = now + timers.hedge;
  }

  #repeat(now: Millis): void {
    this.#push(this.#everywhere ? 'no ACK: all paths' : 'no ACK', now);
    this.#interval = Math.min(this.#interval * 2, this.settings.timers.t2);
    this.#repeatAt = now + this.#interval;
  }

  #giveUp(): void {
    this.#terminated = true;
    this.settings.emit({ kind: 'unacknowledged' });
  }

  /** An address known dead is tried last. */
  #skipDead(now: Millis): void {
    const isDown = (index: number): boolean => {
      const place = this.#places[index];
      return place !== undefined && this.settings.health.isDown(placeKey(place), now);
    };
    while (this.#current + 1 < this.#places.length && isDown(this.#current)) this.#current += 1;
    if (isDown(this.#current)) this.#current = 0;
  }

  #push(note: string | undefined, now: Millis): void {
    const data = this.#last;
    if (!data) return;
    this.#lastSentAt = now;
    const current = this.#places[this.#current];
    const why = note ?? (this.#current > 0 ? 'alternate: the first is known dead' : undefined);
    const places = this.#everywhere ? this.#places : current ? [current] : [];
    for (const to of places) this.settings.emit({ kind: 'send', data, to, note: why });
  }
}
