// The media plane of a simulated gateway: real RTP with a tone for the lines that ask for it, port numbers alone for the
// others, so that hundreds of lines fit into one process. A connection must have its port at once, so there are always a
// few open ones in store.
import { type AudioReport, AudioStream } from '../audio/audio-stream.js';
import { toneOfName } from '../audio/tone.js';
import type { LineMedia, MediaMode } from './analog-line.js';
import type { MediaCounts, RigMedia } from './rig.js';

/** Streams in store for each line with RTP: a call may begin while the one before is being cleared. */
const IN_STORE = 2;
const PACKET_OCTETS = 160;
const SENDING: ReadonlySet<MediaMode> = new Set(['sendrecv', 'sendonly']);
/** Of lines without RTP: dynamic ports, even ones. */
const FIRST_NUMBER = 16_384;
const LAST_NUMBER = 65_534;

interface MediaLine {
  readonly toneHz: number;
  readonly store: AudioStream[];
  /** The connection that is, or was last. */
  newest: AudioStream | undefined;
}

export class RtpMedia implements RigMedia {
  readonly #lines = new Map<string, MediaLine>();
  readonly #ports = new Map<number, AudioStream>();
  #nextNumber = FIRST_NUMBER;
  readonly #opening = new Set<Promise<void>>();
  #closed = false;

  private constructor(private readonly address: string) {}

  /**
   * @param tones  The tone of each line with RTP in Hz, by line; undefined makes one of its name.
   * @throws the system's error when the address is not this host's.
   */
  static async open(address: string, tones: ReadonlyMap<string, number | undefined>): Promise<RtpMedia> {
    const media = new RtpMedia(address);
    for (const [name, hz] of tones) {
      const line: MediaLine = { toneHz: hz ?? toneOfName(name), store: [], newest: undefined };
      media.#lines.set(name, line);
      for (let count = 0; count < IN_STORE; count += 1) line.store.push(await AudioStream.open(address, line.toneHz));
    }
    return media;
  }

  /** The tone that a line sends; undefined without RTP. */
  toneOf(name: string): number | undefined {
    return this.#lines.get(name)?.toneHz;
  }

  take(name: string | undefined): number | undefined {
    const line = name === undefined ? undefined : this.#lines.get(name);
    if (!line) return this.#number();
    const stream = line.store.shift();
    if (!stream) return undefined;
    line.newest = stream;
    this.#ports.set(stream.port, stream);
    this.#refill(line);
    return stream.port;
  }

  /** The stream behind a port that was taken for a line with RTP; its report stays readable after `release`. */
  stream(port: number): AudioStream | undefined {
    return this.#ports.get(port);
  }

  release(port: number): void {
    const stream = this.#ports.get(port);
    this.#ports.delete(port);
    if (stream) this.#wait(stream.close());
  }

  statistics(port: number): MediaCounts | undefined {
    const report = this.#ports.get(port)?.report();
    if (!report) return undefined;
    return {
      packetsSent: report.sent,
      octetsSent: report.sent * PACKET_OCTETS,
      packetsReceived: report.received,
      octetsReceived: report.received * PACKET_OCTETS,
      packetsLost: report.lost,
    };
  }

  /** Sends, or only listens, as the connection's mode says. */
  order({ localPort, remote, mode }: LineMedia): void {
    const stream = this.#ports.get(localPort);
    if (!stream || !remote) return;
    stream.start(remote, SENDING.has(mode));
  }

  report(name: string): AudioReport | undefined {
    return this.#lines.get(name)?.newest?.report();
  }

  /** As without power: every connection's port is closed. */
  reset(): void {
    for (const port of [...this.#ports.keys()]) this.release(port);
  }

  /** Settles when every port is free. */
  async close(): Promise<void> {
    this.#closed = true;
    this.reset();
    for (const line of this.#lines.values()) for (const stream of line.store.splice(0)) this.#wait(stream.close());
    while (this.#opening.size > 0) await Promise.all(this.#opening);
  }

  #number(): number {
    const port = this.#nextNumber;
    this.#nextNumber = port >= LAST_NUMBER ? FIRST_NUMBER : port + 2;
    return port;
  }

  #refill(line: MediaLine): void {
    const opening = AudioStream.open(this.address, line.toneHz).then(
      (stream) => {
        if (this.#closed) return stream.close();
        line.store.push(stream);
        return undefined;
      },
      // No port is free: the store stays short, and the connection that finds it empty is refused.
      () => undefined,
    );
    this.#wait(opening);
  }

  #wait(work: Promise<void>): void {
    const done = work.finally(() => this.#opening.delete(done));
    this.#opening.add(done);
  }
}
