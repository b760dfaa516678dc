// Offers and answers in one dialog (RFC 3264; RFC 6337 says which message may carry which): whose turn it is, what was last
// agreed, and what the telephone was told of the call's other end. What a description says is the room of `@altpath/sdp`.
import type { MediaState } from '@altpath/call-control';
import type { Millis, Outcome, Signer } from '@altpath/core';
import { answerFor, type LegOrigin, offerFor, parseSessionDescription, sameDescription, sameMedia, wishOf } from '@altpath/sdp';

/**
 * - `none`     nobody has offered anything
 * - `ours`     we have offered, the answer is awaited
 * - `theirs`   they have offered, the answer is owed
 * - `agreed`   nothing is open
 */
export type OfferState = 'none' | 'ours' | 'theirs' | 'agreed';

/** Messages with a description in them; `provisional` is unreliable, `reliable` and `success` are of an INVITE. */
export type Carrier = 'invite' | 'provisional' | 'reliable' | 'success' | 'ack' | 'prack' | 'prack-success' | 'update' | 'update-success';

/**
 * What a description is.
 *
 * - `preview`      an answer that is to come, told early in a response that may get lost
 * - `repeated`     what was answered before, told once more; it says nothing new (RFC 6337 §3.1.1)
 * - `collision`    an offer while another is open: `collisionOf` says how it is refused
 * - `unexpected`   nothing that could stand there
 */
export type Meaning = 'offer' | 'answer' | 'preview' | 'repeated' | 'collision' | 'unexpected';

/** What a description of the other end is in each state (RFC 6337 §2.1, table 1). */
export const MEANINGS: Readonly<Record<Carrier, Readonly<Record<OfferState, Meaning>>>> = {
  invite: { none: 'offer', ours: 'collision', theirs: 'collision', agreed: 'offer' },
  provisional: { none: 'preview', ours: 'preview', theirs: 'unexpected', agreed: 'repeated' },
  // Patterns 3 and 4: an INVITE that offered is answered; one that asked is offered something.
  reliable: { none: 'offer', ours: 'answer', theirs: 'unexpected', agreed: 'repeated' },
  success: { none: 'offer', ours: 'answer', theirs: 'unexpected', agreed: 'repeated' },
  ack: { none: 'unexpected', ours: 'answer', theirs: 'unexpected', agreed: 'repeated' },
  prack: { none: 'unexpected', ours: 'answer', theirs: 'collision', agreed: 'offer' },
  'prack-success': { none: 'unexpected', ours: 'answer', theirs: 'unexpected', agreed: 'repeated' },
  update: { none: 'unexpected', ours: 'collision', theirs: 'collision', agreed: 'offer' },
  'update-success': { none: 'unexpected', ours: 'answer', theirs: 'unexpected', agreed: 'repeated' },
};

/** What the telephone was told of the other end. */
interface Shown {
  /** Undefined: it was told by another node, and what is not known. */
  readonly remote: string | undefined;
  readonly mode: MediaState['mode'];
}

/** What stands when nothing is open. */
interface Agreed {
  readonly told: string | undefined;
  readonly remote: string | undefined;
  readonly shown: Shown | undefined;
}

const NOTHING: Agreed = { told: undefined, remote: undefined, shown: undefined };

export class OfferAnswer {
  #state: OfferState = 'none';
  #now: Agreed = NOTHING;
  /** What comes back when the open offer is refused. */
  #before: Agreed = NOTHING;
  #described: (Shown & { readonly text: string }) | undefined;
  /** An INVITE without offer is under way: theirs wants our offer, or ours wants theirs. */
  #asked: 'us' | 'them' | undefined;

  /** @param origin  `host` is told once and kept; `previous` is this object's own. */
  constructor(private readonly origin: Pick<LegOrigin, 'sessionId' | 'host' | 'firstVersion'>) {}

  get state(): OfferState {
    return this.#state;
  }

  /** What the telephone says of itself, without what only gives back our directions and codecs; undefined: nothing yet. */
  get remote(): string | undefined {
    return this.#now.remote;
  }

  /** What we wrote last. */
  get told(): string | undefined {
    return this.#now.told;
  }

  /** We have offered, and no answer has come. */
  get isOurOfferOpen(): boolean {
    return this.#state === 'ours';
  }

  /** The next reliable message of ours has to offer: the INVITE brought nothing (RFC 3261 §13.2.1). */
  get isOurTurnToOffer(): boolean {
    return this.#asked === 'us' || this.#state === 'none';
  }

  /** Nothing is open, and what we said is said for good: a 2xx has nothing more to say. */
  get wasSettledByUs(): boolean {
    return this.#state === 'agreed' && this.#asked === undefined;
  }

  // --- the other end -----------------------------------------------------------------------------------------------

  /** A re-INVITE without description has come: our 2xx offers. */
  theyAsked(): void {
    this.#asked = 'us';
  }

  /** An INVITE of ours goes without description: the 2xx offers. */
  weAsk(): void {
    this.#asked = 'them';
  }

  /**
   * A description has come.
   *
   * @returns what it is. Offers and answers are kept, all else changes nothing; an answer that cannot be read takes our offer back.
   */
  heard(carrier: Carrier, text: string): Meaning {
    const isOfferAskedFor = this.#asked === 'them' && this.#state === 'agreed' && (carrier === 'reliable' || carrier === 'success');
    const meaning = isOfferAskedFor ? 'offer' : MEANINGS[carrier][this.#state];
    if (meaning === 'answer' && !parseSessionDescription(text).ok) {
      this.undo();
      return 'unexpected';
    }
    if (meaning === 'offer') this.#open('theirs', { ...this.#now, remote: text });
    if (meaning === 'answer') this.#answered(text);
    return meaning;
  }

  /** An offer has come in a request that may have it. @returns `false` while another is open. */
  theyOffered(text: string): boolean {
    if (this.#state === 'ours' || this.#state === 'theirs') return false;
    this.#open('theirs', { ...this.#now, remote: text });
    return true;
  }

  /** The message that has to answer our offer has come. @param text  Undefined or unreadable: it does not, and all stays as it was. */
  theyAnswered(text: string | undefined): void {
    if (this.#state !== 'ours') return;
    if (text === undefined || !parseSessionDescription(text).ok) this.undo();
    else this.#answered(text);
  }

  // --- our end -----------------------------------------------------------------------------------------------------

  /**
   * What is to be written to the telephone: the answer that is owed, else an offer. Nothing is open by that: see `sent`.
   *
   * @param remote  The other end's description. @param mode  As call control orders it.
   */
  describe(remote: string, mode: MediaState['mode']): Outcome<string> {
    const origin: LegOrigin = { ...this.origin, previous: this.#now.told };
    const offered = this.#state === 'theirs' ? this.#now.remote : undefined;
    const made = offered === undefined ? offerFor(remote, mode, origin) : answerFor(offered, remote, mode, origin);
    if (made.ok) this.#described = { remote, mode, text: made.value };
    return made;
  }

  /** The description has gone out in a message that does not get lost: it answers the open offer, or is one. */
  sent(text: string): void {
    const described = this.#described;
    const shown = described?.text === text ? { remote: described.remote, mode: described.mode } : this.#now.shown;
    if (this.#state === 'theirs') this.#settle({ ...this.#now, told: text, shown });
    else if (this.#state !== 'ours') this.#open('ours', { ...this.#now, told: text, shown });
  }

  /** The open offer was refused, by whomever: what was agreed before is so again (RFC 3261 §14.1, RFC 3311 §5.1). */
  undo(): void {
    if (this.#state === 'ours' || this.#state === 'theirs') this.#state = isNothing(this.#before) ? 'none' : 'agreed';
    this.#now = this.#before;
    this.#asked = undefined;
  }

  /** Must the telephone be told anew for the other end to be described like this? */
  differs(remote: string, mode: MediaState['mode']): boolean {
    const { shown } = this.#now;
    if (!shown) return true;
    const origin: LegOrigin = { ...this.origin, previous: this.#now.told };
    const before = offerFor(shown.remote ?? remote, shown.mode, origin);
    const after = offerFor(remote, mode, origin);
    // What cannot be written is not told either.
    return after.ok && (!before.ok || !sameDescription(before.value, after.value));
  }

  /** The telephone was told so by another node, as far as anybody knows. @param mode  undefined: what it was told nobody knows. */
  assume(mode?: MediaState['mode']): void {
    this.#now = { ...this.#now, shown: mode && { remote: undefined, mode } };
    this.#before = this.#now;
    this.#state = 'agreed';
  }

  /** Another node has told the telephone one thing of which nobody here knows: it is told anew, in a description newer than that. */
  doubt(): void {
    if (this.#state !== 'agreed') return;
    const { told } = this.#now;
    const newer = told?.replace(
      /^(o=\S+ \S+ )(\d{1,15})(?= )/m,
      (_line, start: string, version: string) => `${start}${Number(version) + 2}`,
    );
    this.#settle({ ...this.#now, told: newer, shown: undefined });
  }

  /** An answer that says what was to be expected of who said the things before says nothing new: our offer had less in it. */
  #answered(text: string): void {
    const { told = '', remote } = this.#now;
    const expected = remote === undefined ? undefined : answerFor(told, remote, 'sendrecv', this.origin);
    const isNews = !expected?.ok || !sameMedia(expected.value, text);
    this.#settle({ ...this.#now, remote: isNews ? wishOf(text, told) : remote });
  }

  #open(state: OfferState, next: Agreed): void {
    this.#before = this.#now;
    this.#now = next;
    this.#state = state;
    this.#asked = undefined;
  }

  #settle(next: Agreed): void {
    this.#now = next;
    this.#before = next;
    this.#state = 'agreed';
    this.#asked = undefined;
  }

  // --- other nodes -------------------------------------------------------------------------------------------------

  /**
   * What is agreed; an open offer is not: who goes on knows none of its transactions. Whether the telephone has taken ours nobody will
   * know then, so what it was told of the other end is left out, and is told it anew.
   */
  save(): unknown {
    const { told, remote, shown } = this.#state === 'agreed' ? this.#now : this.#before;
    if (this.#state === 'ours' && !isNothing(this.#before)) return { ...this.origin, told: this.#now.told, remote, mode: undefined };
    return { ...this.origin, told, remote, mode: shown?.mode };
  }

  /** @param saved  What came back of `save`. @returns undefined for anything else. */
  static adopted(saved: unknown): OfferAnswer | undefined {
    const { sessionId, host, told, remote, mode } = (saved ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof sessionId !== 'string' || typeof host !== 'string' || !isTextOrNothing(told) || !isTextOrNothing(remote)) return undefined;
    const made = new OfferAnswer({ sessionId, host });
    made.#settle({ told, remote, shown: isMode(mode) ? { remote: undefined, mode } : undefined });
    if (told === undefined && remote === undefined) made.#state = 'none';
    return made;
  }
}

/** What is going on in a dialog when a request comes. */
export interface UnderWay {
  /** An INVITE without final response, and whose it is. */
  readonly invite?: 'ours' | 'theirs' | undefined;
  readonly offers: OfferState;
}

/**
 * How a request is refused that comes across what is going on (RFC 3261 §14.2, RFC 3311 §5.2, RFC 6337 §4).
 *
 * @returns 491: both ends began; 500 with `Retry-After` of 0 to 10 s: the same end began twice; undefined: it may go on.
 */
export function collisionOf(method: 'INVITE' | 'UPDATE', hasOffer: boolean, { invite, offers }: UnderWay): 491 | 500 | undefined {
  if (method === 'UPDATE' && !hasOffer) return undefined;
  if ((method === 'INVITE' && invite === 'ours') || offers === 'ours') return 491;
  if ((method === 'INVITE' && invite === 'theirs') || offers === 'theirs') return 500;
  return undefined;
}

/**
 * How long after a 491 the request may be sent anew (RFC 3261 §14.1): 2.1 to 4 s for who made the Call-ID, else 0 to 2 s.
 *
 * @param random  In [0, 1). @returns ms, in steps of ten.
 */
export function glareWaitMs(ownsCallId: boolean, random: number): Millis {
  return ownsCallId ? 2_100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201);
}

/** The session identifier in our o= lines: any node finds the same for a dialog. @returns up to 19 digits. */
export function sessionIdOf(signer: Signer, callId: string, localTag: string): string {
  const hash = Buffer.from(signer.branch(`o=\n${callId}\n${localTag}`), 'base64url');
  return String(hash.readBigUInt64BE() >> 1n);
}

function isNothing({ told, remote, shown }: Agreed): boolean {
  return told === undefined && remote === undefined && shown === undefined;
}

function isTextOrNothing(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isMode(value: unknown): value is MediaState['mode'] {
  return value === 'sendrecv' || value === 'sendonly' || value === 'recvonly' || value === 'inactive';
}
