// The media of a phone's calls: real RTP with a tone, or port numbers alone where nobody listens (simulated time).
import { type Direction, receives, sends } from '@altpath/sdp';
import type { AudioReport, AudioStream } from '../audio/audio-stream.js';
import { RtpMedia } from '../media-gateway/rtp-media.js';
import type { Place } from '../sip/alternates.js';

/** What a call wants of its media. */
export interface MediaOrder {
  readonly remote: Place;
  /** Seen from this end. */
  readonly mode: Direction;
  /** Payload type of telephone events (RFC 4733); undefined where the other end takes none. */
  readonly eventType: number | undefined;
}

/** One end of one call's media. */
export interface MediaEnd {
  readonly port: number;
  order(order: MediaOrder): void;
  /** Sends no more; goes on listening. */
  stop(): void;
  /** Presses a key in RTP. @returns false where that cannot be done now. */
  press(digit: string, durationMs: number): boolean;
  /** Keys that the other end presses in RTP. */
  onDigit: (digit: string) => void;
  /** Stays readable after `close`; undefined without RTP. */
  report(): AudioReport | undefined;
  /** Packets so far in which this tone was heard. */
  heardOf(hz: number): number;
  close(): void;
}

export interface PhoneMedia {
  /** An end for one call; undefined when there is none left. */
  take(): MediaEnd | undefined;
}

/** Dynamic ports, even ones. */
const FIRST_NUMBER = 16_384;
const LAST_NUMBER = 65_534;

/** Port numbers for session descriptions, and nothing behind them. */
export class PortNumbers implements PhoneMedia {
  #next = FIRST_NUMBER;

  take(): MediaEnd {
    const port = this.#next;
    this.#next = port >= LAST_NUMBER ? FIRST_NUMBER : port + 2;
    return {
      port,
      order: () => undefined,
      stop: () => undefined,
      press: () => false,
      onDigit: () => undefined,
      report: () => undefined,
      heardOf: () => 0,
      close: () => undefined,
    };
  }
}

/** Under which the phone's streams are kept: it has one telephone. */
const LINE = 'phone';

/** Real RTP; the phone sends the same tone in every call. */
export class RtpOfPhone implements PhoneMedia {
  private constructor(private readonly rtp: RtpMedia) {}

  /**
   * @param toneHz  A multiple of 50.
   * @throws        the system's error when the address is not this host's.
   */
  static async open(address: string, toneHz: number): Promise<RtpOfPhone> {
    return new RtpOfPhone(await RtpMedia.open(address, new Map([[LINE, toneHz]])));
  }

  take(): MediaEnd | undefined {
    const port = this.rtp.take(LINE);
    const stream = port === undefined ? undefined : this.rtp.stream(port);
    return stream && new RtpEnd(stream, () => this.rtp.release(stream.port));
  }

  /** Settles when every port is free. */
  async close(): Promise<void> {
    await this.rtp.close();
  }
}

class RtpEnd implements MediaEnd {
  readonly #stream: AudioStream;

  constructor(
    stream: AudioStream,
    readonly close: () => void,
  ) {
    this.#stream = stream;
  }

  get port(): number {
    return this.#stream.port;
  }

  set onDigit(listener: (digit: string) => void) {
    this.#stream.onDigit = listener;
  }

  order({ remote, mode, eventType }: MediaOrder): void {
    this.#stream.takeEvents(eventType);
    this.#stream.expect(receives(mode));
    this.#stream.start(remote, sends(mode));
  }

  stop(): void {
    this.#stream.stop();
    this.#stream.expect(false);
  }

  press(digit: string, durationMs: number): boolean {
    return this.#stream.press(digit, durationMs);
  }

  report(): AudioReport {
    return this.#stream.report();
  }

  heardOf(hz: number): number {
    return this.#stream.heardOf(hz);
  }
}
