// What both ends of a call have agreed on about its audio: offers, answers, hold (RFC 3264), and the media that follows.
import {
  type AudioCodec,
  type AudioView,
  answerAudio,
  answerDirection,
  audioOf,
  type Direction,
  offerAudio,
  parseSessionDescription,
  PCMU,
  receives,
  type SessionDescription,
  sends,
  writeSessionDescription,
} from '@altpath/sdp';
import type { MediaEnd } from './phone-media.js';

/** Keys in RTP, with the clock of the audio (RFC 4733 §2.4). */
const EVENTS: AudioCodec = { payloadType: 101, name: 'telephone-event', clockHz: 8_000 };

export interface SessionSettings {
  /** An IPv4 literal. */
  readonly address: string;
  readonly username: string;
  /** Digits. */
  readonly sessionId: string;
}

/** A call's media as it is now, seen from this end. */
export interface SessionMedia {
  readonly mode: Direction;
  readonly localPort: number;
  /** Where it goes; undefined until the other end tells. */
  readonly remote: { readonly host: string; readonly port: number } | undefined;
}

export class CallSession {
  /** The other end has put this one on hold: it does not want to hear it. */
  isHeld = false;
  #version = 0;
  #written = '';
  #wanted: Direction = 'sendrecv';
  /** The direction of an offer that waits for its answer. */
  #offered: Direction | undefined;
  #agreed: Direction | undefined;
  #remote: AudioView | undefined;
  #events = EVENTS;

  constructor(
    readonly end: MediaEnd,
    private readonly settings: SessionSettings,
  ) {}

  /** An offer of this end waits for its answer. */
  get isOffering(): boolean {
    return this.#offered !== undefined;
  }

  /** This end has put the other one on hold. */
  get isHolding(): boolean {
    return this.#wanted !== 'sendrecv';
  }

  /** What this end wants: `sendrecv`, or how it holds. */
  get wanted(): Direction {
    return this.#wanted;
  }

  /** Undefined until an answer went or came. */
  get media(): SessionMedia | undefined {
    const remote = this.#remote && { host: this.#remote.address, port: this.#remote.port };
    return this.#agreed && { mode: this.#agreed, localPort: this.end.port, remote };
  }

  /** A fresh offer. */
  offer(direction: Direction = this.#wanted): string {
    this.#offered = direction;
    return this.#write((sessionVersion) => offerAudio({ ...this.#endAs(direction), sessionVersion }));
  }

  /** The offer was refused, or never answered: all stays as it was. */
  withdraw(): void {
    this.#offered = undefined;
  }

  /**
   * Takes the answer to the offer.
   *
   * @param isFinal  false: it came in a response that may get lost, and will come again (RFC 3261 §13.2.1).
   * @returns        false for what is no answer that a phone can use.
   */
  accept(content: string | undefined, isFinal = true): boolean {
    const offered = this.#offered;
    const view = viewOf(content);
    if (offered === undefined || !view) return false;
    if (isFinal) {
      this.#offered = undefined;
      this.#wanted = offered;
    }
    this.#agree(view, answerDirection(directionOfView(view), offered));
    return true;
  }

  /** The answer to an offer; undefined for what is no offer, or has no audio that a phone can play. */
  answer(content: string | undefined): string | undefined {
    const offer = parseSessionDescription(content ?? '');
    const view = viewOf(content);
    if (!offer.ok || !view) return undefined;
    const wanted = answerDirection(directionOfView(view), this.#wanted);
    const answered = answerAudio(offer.value, this.#endAs(wanted));
    const agreed = answered.ok ? audioOf(answered.value) : undefined;
    if (!answered.ok || !agreed?.codecs.some(isPcmu)) return undefined;
    this.isHeld = !receives(directionOfView(view));
    this.#agree(view, agreed.direction);
    return this.#write((sessionVersion) => ({ ...answered.value, origin: { ...answered.value.origin, sessionVersion } }));
  }

  /** What a 2xx says: the answer to an offer, or an offer where there was none (RFC 3261 §13.2.1); undefined as in `answer`. */
  answerTo(content: string | undefined): string | undefined {
    return content ? this.answer(content) : this.offer();
  }

  /** Neither sends nor expects any more. */
  stop(): void {
    this.end.stop();
  }

  #agree(view: AudioView, mode: Direction): void {
    this.#remote = view;
    this.#agreed = mode;
    const events = view.codecs.find((codec) => codec.name.toLowerCase() === EVENTS.name);
    if (events) this.#events = events;
    this.end.order({ remote: { host: view.address, port: view.port }, mode, eventType: events?.payloadType });
  }

  #endAs(direction: Direction): Parameters<typeof offerAudio>[0] {
    return { ...this.settings, port: this.end.port, codecs: [PCMU, this.#events], direction };
  }

  /** RFC 3264 §8: the version grows by one when the description differs from the last one, and stays when it does not. */
  #write(describe: (sessionVersion: string) => SessionDescription): string {
    if (this.#version > 0 && writeSessionDescription(describe(String(this.#version))) === this.#written) return this.#written;
    this.#version += 1;
    this.#written = writeSessionDescription(describe(String(this.#version)));
    return this.#written;
  }
}

/** Where audio to whoever wrote this description goes; undefined where it has none. */
export function placeOfAudio(content: string | undefined): { readonly host: string; readonly port: number } | undefined {
  const view = viewOf(content);
  return view && { host: view.address, port: view.port };
}

function viewOf(content: string | undefined): AudioView | undefined {
  const session = parseSessionDescription(content ?? '');
  const view = session.ok ? audioOf(session.value) : undefined;
  return view?.codecs.some(isPcmu) ? view : undefined;
}

/** RFC 3264 §8.4: the old way of putting on hold is an address of zeros. */
function directionOfView({ address, direction }: AudioView): Direction {
  if (address !== '0.0.0.0') return direction;
  return sends(direction) ? 'sendonly' : 'inactive';
}

function isPcmu(codec: AudioCodec): boolean {
  return codec.name.toUpperCase() === PCMU.name;
}
