// The session timer (RFC 4028): how long a talk may go on without a sign of the other end, and which end gives it. Ours is
// short, and we leave the refresh to the telephone where it can: its own request is what finds a stand-in for this node.
import { type Millis, NEVER } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';

export interface SessionTimerSettings {
  /**
   * Session-Expires in seconds, 90 or more; default 90. Raising it costs fewer messages, and leaves a telephone longer alone
   * whose other end has gone and cannot say so.
   */
  readonly intervalS: number;
  /** What we call too small (422), 90 or more; default 90, which is the least that there is (RFC 4028 §4). */
  readonly minS: number;
}

export const DEFAULT_SESSION_TIMER: SessionTimerSettings = { intervalS: 90, minS: 90 };

type Refresher = 'us' | 'them';

/** RFC 4028 §5: what Min-SE is where it is not written. */
const LEAST_S = 90;

/** `refresh`: a request of ours is due. `expired`: the talk is over. */
export type Due = 'refresh' | 'expired' | undefined;

export class SessionTimer {
  #intervalS: number;
  #refresher: Refresher | undefined;
  /** The largest Min-SE of a 422 or of a request in this dialog. */
  #minSeen: number | undefined;
  /** The other end knows session timers. */
  #isKnownThere: boolean | undefined;
  #refreshAt: Millis = NEVER;
  #expiresAt: Millis = NEVER;

  constructor(private readonly settings: SessionTimerSettings = DEFAULT_SESSION_TIMER) {
    this.#intervalS = settings.intervalS;
  }

  // --- requests of the other end -----------------------------------------------------------------------------------

  /** As `refusalOfInterval`. */
  refusal(request: SipMessage): string | undefined {
    return refusalOfInterval(request, this.settings);
  }

  /** An INVITE or UPDATE is answered with 2xx, at `now`. @returns the lines of the 2xx (RFC 4028 §9, table 2). */
  accept(request: SipMessage, now: Millis): readonly string[] {
    const asked = readSessionExpires(request);
    const isKnown = knowsTimers(request);
    this.#isKnownThere = isKnown;
    this.#noteMin(request);
    const most = Math.max(this.settings.intervalS, this.#minSeen ?? LEAST_S);
    const refresher = isKnown ? (asked.refresher ?? 'uac') : 'uas';
    this.#begin(Math.min(asked.intervalS ?? most, most), refresher === 'uac' ? 'them' : 'us', now);
    return [`Session-Expires: ${this.#intervalS};refresher=${refresher}`, ...(isKnown ? ['Require: timer'] : [])];
  }

  // --- our requests ------------------------------------------------------------------------------------------------

  /** The lines of an INVITE or UPDATE of ours (RFC 4028 §7.1, §7.4). `Supported: timer` is not among them. */
  requestLines(): readonly string[] {
    const intervalS = Math.max(this.#intervalS, this.#minSeen ?? LEAST_S);
    // Table 2: who knows session timers does as asked, and who does not reads nothing of it.
    const refresher = this.#isKnownThere === false ? 'uac' : 'uas';
    const lines = [`Session-Expires: ${intervalS};refresher=${refresher}`];
    return this.#minSeen === undefined ? lines : [...lines, `Min-SE: ${this.#minSeen}`];
  }

  /** A 2xx of an INVITE or UPDATE of ours has come (RFC 4028 §7.2). Without Session-Expires there the timer is ours alone. */
  accepted(response: SipMessage, now: Millis): void {
    const { intervalS, refresher } = readSessionExpires(response);
    this.#isKnownThere = intervalS !== undefined && (refresher === 'uas' || knowsTimers(response));
    this.#begin(intervalS ?? Math.max(this.#intervalS, this.#minSeen ?? LEAST_S), refresher === 'uas' ? 'them' : 'us', now);
  }

  /**
   * A 422 has come (RFC 4028 §7.3).
   *
   * @returns whether the request may be sent anew: it now asks for more. `false` where it would be the same again.
   */
  tooSmall(response: SipMessage): boolean {
    const before = this.#minSeen ?? 0;
    this.#noteMin(response);
    return (this.#minSeen ?? 0) > before;
  }

  /** Seconds; before a 2xx those that are asked for. */
  get intervalS(): number {
    return this.#intervalS;
  }

  /** Who refreshes; undefined before a 2xx. */
  get refresher(): Refresher | undefined {
    return this.#refresher;
  }

  // --- time --------------------------------------------------------------------------------------------------------

  /** When `due` is to be asked next; NEVER before a 2xx. */
  deadline(): Millis {
    return Math.min(this.#refreshAt, this.#expiresAt);
  }

  /**
   * What is due (RFC 4028 §10). After `refresh` the next one is due in half of what is left, unless a 2xx comes: an answer
   * that is no 2xx leaves the talk its time.
   */
  due(now: Millis): Due {
    if (now >= this.#expiresAt) {
      this.stop();
      return 'expired';
    }
    if (now < this.#refreshAt) return undefined;
    this.#refreshAt = now + Math.max((this.#expiresAt - now) / 2, 1_000);
    return 'refresh';
  }

  /** The dialog is over. */
  stop(): void {
    this.#refreshAt = this.#expiresAt = NEVER;
  }

  #begin(intervalS: number, refresher: Refresher, now: Millis): void {
    this.#intervalS = intervalS;
    this.#refresher = refresher;
    const length = intervalS * 1_000;
    this.#refreshAt = refresher === 'us' ? now + length / 2 : NEVER;
    // §10: who waits for the other's refresh gives up slightly before the time is over.
    this.#expiresAt = now + (refresher === 'us' ? length : length - Math.min(32_000, length / 3));
  }

  #noteMin(message: SipMessage): void {
    const seen = seconds(message.header('Min-SE'));
    if (seen !== undefined) this.#minSeen = Math.max(seen, LEAST_S, this.#minSeen ?? 0);
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  save(): unknown {
    return {
      intervalS: this.#intervalS,
      refresher: this.#refresher,
      minSeen: this.#minSeen,
      isKnownThere: this.#isKnownThere,
    };
  }

  /**
   * Goes on with another node's timer: the time begins anew, as nobody knows when it began.
   *
   * @param saved  What came back of `save`; from anything else a fresh timer is made.
   */
  static adopted(saved: unknown, settings: SessionTimerSettings, now: Millis): SessionTimer {
    const timer = new SessionTimer(settings);
    const { intervalS, refresher, minSeen, isKnownThere } = (saved ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof minSeen === 'number') timer.#minSeen = minSeen;
    if (typeof isKnownThere === 'boolean') timer.#isKnownThere = isKnownThere;
    if (typeof intervalS === 'number' && intervalS >= LEAST_S && (refresher === 'us' || refresher === 'them'))
      timer.#begin(intervalS, refresher, now);
    return timer;
  }

  /** A dialog that only its own request tells of: the other end is expected to go on giving signs of itself. */
  expectSigns(now: Millis): void {
    this.#begin(Math.max(this.settings.intervalS, this.#minSeen ?? LEAST_S), 'them', now);
  }
}

/** @returns the Min-SE line of the 422 for an INVITE or UPDATE that asks for too short a time (RFC 4028 §9); undefined: it may go on. */
export function refusalOfInterval(request: SipMessage, { minS } = DEFAULT_SESSION_TIMER): string | undefined {
  const { intervalS } = readSessionExpires(request);
  // §8.1: who does not know session timers cannot do better; a proxy has put the line there.
  if (intervalS === undefined || intervalS >= minS || !knowsTimers(request)) return undefined;
  return `Min-SE: ${minS}`;
}

function readSessionExpires(message: SipMessage): {
  readonly intervalS: number | undefined;
  readonly refresher: 'uac' | 'uas' | undefined;
} {
  const value = message.header('Session-Expires');
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)/i.exec(value ?? '')?.[1]?.toLowerCase();
  return { intervalS: seconds(value), refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** Delta-seconds, at most a day: whatever is longer is as good as that. */
function seconds(value: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,10})\s*(?:;|$)/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Math.min(Number(digits), 86_400);
}

function knowsTimers(message: SipMessage): boolean {
  return ['Supported', 'Require'].some((name) => message.tokens(name).some((tag) => tag.toLowerCase() === 'timer'));
}
