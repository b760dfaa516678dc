// What a simulated gateway on real sockets has, whatever it speaks: its address, the real clock, RTP for the lines that ask
// for it, and the verbs of a script.
import type { Millis } from '@altpath/core';
import type { AudioReport } from '../audio/audio-stream.js';
import type { AnalogLine } from './analog-line.js';
import type { Mischief } from './mischief.js';
import { RtpMedia } from './rtp-media.js';

export interface SocketOptions {
  /** The address it binds, for signalling and RTP: an IPv4 literal. */
  readonly address: string;
  /** Of UDP. Default: any free one. */
  readonly port?: number | undefined;
  /** Lines with real RTP; default none. Others have port numbers in their session descriptions, and nothing behind. */
  readonly rtp?: 'all' | readonly string[] | undefined;
  /** The tone of a line in Hz (a multiple of 50); default one made of its name. */
  readonly tones?: Readonly<Record<string, number>> | undefined;
}

/** The real clock, and what is to be done later by it. */
export class RealTime {
  readonly #timers = new Set<NodeJS.Timeout>();

  now(): Millis {
    return performance.timeOrigin + performance.now();
  }

  /** @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, Math.ceil(delayMs));
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** Opens the media plane of a gateway. @throws the system's error when the address is not this host's. */
export function openMedia({ address, rtp = [], tones = {} }: SocketOptions, lines: readonly string[]): Promise<RtpMedia> {
  const withRtp = rtp === 'all' ? lines : rtp;
  return RtpMedia.open(address, new Map(withRtp.map((name) => [name, tones[name]])));
}

/** What of a rig these verbs are passed on to. */
interface Telephones {
  readonly mischief: Mischief;
  readonly lines: readonly AnalogLine[];
  line(name: string): AnalogLine;
  quiet(): Promise<void>;
  start(): void;
  restart(): void;
  stop(): void;
}

/** What it signals through. */
interface Wire {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

export abstract class GatewayOnSockets<R extends Telephones> {
  protected constructor(
    readonly rig: R,
    private readonly wire: Wire,
    private readonly media: RtpMedia,
    private readonly time: RealTime,
  ) {}

  get address(): string {
    return this.wire.address;
  }

  /** Of UDP; 0 for a gateway that uses TCP, which nobody can call. */
  get port(): number {
    return this.wire.port;
  }

  /** Power on. */
  start(): void {
    this.rig.start();
  }

  /** Settles when the controller has answered all that it was told: it knows what every telephone does. */
  quiet(): Promise<void> {
    return this.rig.quiet();
  }

  /** Power off and on again. */
  restart(): void {
    this.rig.restart();
  }

  /** @throws RangeError for a line that it does not have. */
  line(name: string): AnalogLine {
    return this.rig.line(name);
  }

  get lines(): readonly AnalogLine[] {
    return this.rig.lines;
  }

  /** What can go wrong with its network. */
  get mischief(): Mischief {
    return this.rig.mischief;
  }

  /** The tone that a line with RTP sends. */
  toneOf(line: string): number | undefined {
    return this.media.toneOf(line);
  }

  /** What the RTP of a line sent and heard. */
  report(line: string): AudioReport | undefined {
    return this.media.report(line);
  }

  /** Without a farewell; settles when every port is free. */
  async close(): Promise<void> {
    this.rig.stop();
    this.time.stop();
    await Promise.all([this.wire.close(), this.media.close()]);
  }
}
