// One end of a call's audio: sends its tone every 20 ms and listens for the other end's. It owns one UDP socket.
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { bind, closed } from '../phone/wire.js';
import type { Place } from '../sip/alternates.js';
import { ReceptionCount, readRtp, writeRtp } from './rtp.js';
import { PACKET_SAMPLES, strongestTone, tonePacket } from './tone.js';

/** What one end sent and heard. */
export interface AudioReport {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  /** The tone this end sends, in Hz. */
  readonly sendsHz: number;
  /** The tone heard in most packets; undefined when none was. */
  readonly hearsHz: number | undefined;
  /** Packets in which that tone was heard. */
  readonly heard: number;
  /** Longest time between two packets in milliseconds; 0 before the second. */
  readonly longestGapMs: number;
}

const PACKET_MS = 20;
const PAYLOAD_PCMU = 0;

export class AudioStream {
  #remote: Place | undefined;
  #sending = false;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #slot = 0;
  #sent = 0;
  #lastAt = 0;
  #longestGapMs = 0;
  #closed = false;
  readonly #reception = new ReceptionCount();
  readonly #heard = new Map<number, number>();
  readonly #waiters = new Set<{ readonly holds: (report: AudioReport) => boolean; readonly done: () => void }>();
  readonly #source = randomInt(0x1_0000_0000);
  readonly #firstSequence = randomInt(0x1_0000);
  readonly #packet: Buffer;

  private constructor(
    private readonly socket: Socket,
    readonly address: string,
    readonly port: number,
    readonly toneHz: number,
  ) {
    this.#packet = tonePacket(toneHz);
    socket.on('message', (data: Buffer) => this.#receive(data));
    // Nobody has to be told that the other end stopped listening: the report shows what was heard.
    socket.on('error', () => undefined);
  }

  /** Takes a free port on the address; silent until `start`. */
  static async open(address: string, toneHz: number): Promise<AudioStream> {
    const socket = createSocket('udp4');
    await bind(socket, address, 0);
    return new AudioStream(socket, address, socket.address().port, toneHz);
  }

  /** Sends to this place from now on; with `sending` false it only listens (hold). May be called again. */
  start(remote: Place, sending = true): void {
    if (this.#closed) return;
    this.#remote = remote;
    this.#sending = sending;
    if (this.#timer) return;
    this.#startedAt = performance.now();
    this.#schedule();
  }

  /** Stops sending; goes on listening until `close`. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#slot = 0;
  }

  report(): AudioReport {
    const [strongest] = [...this.#heard].sort((a, b) => b[1] - a[1]);
    return {
      sent: this.#sent,
      received: this.#reception.received,
      lost: this.#reception.lost,
      sendsHz: this.toneHz,
      hearsHz: strongest?.[0],
      heard: strongest?.[1] ?? 0,
      longestGapMs: Math.round(this.#longestGapMs),
    };
  }

  /** Settles with the packet that makes the condition hold, at once where it holds already. */
  until(holds: (report: AudioReport) => boolean): Promise<void> {
    if (holds(this.report())) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ holds, done: resolve }));
  }

  /** Settles when the port is free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.stop();
    await closed(this.socket);
  }

  /** Slots are counted from the start, so that a late timer does not slow the stream down. */
  #schedule(): void {
    const due = this.#startedAt + this.#slot * PACKET_MS;
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, due - performance.now()));
  }

  #beat(): void {
    const behind = performance.now() - this.#startedAt;
    do {
      if (this.#sending) this.#send();
      this.#slot += 1;
    } while (this.#slot * PACKET_MS <= behind);
    this.#schedule();
  }

  #send(): void {
    if (!this.#remote) return;
    const packet = {
      payloadType: PAYLOAD_PCMU,
      sequence: this.#firstSequence + this.#sent,
      timestamp: this.#sent * PACKET_SAMPLES,
      source: this.#source,
      payload: this.#packet,
    };
    this.socket.send(writeRtp(packet, this.#sent === 0), this.#remote.port, this.#remote.host, () => undefined);
    this.#sent += 1;
  }

  #receive(data: Buffer): void {
    const packet = readRtp(data);
    if (!packet || packet.payloadType !== PAYLOAD_PCMU || this.#closed) return;
    const now = performance.now();
    if (this.#reception.received > 0) this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
    this.#reception.note(packet.sequence);
    const hz = strongestTone(packet.payload);
    if (hz !== undefined) this.#heard.set(hz, (this.#heard.get(hz) ?? 0) + 1);
    for (const waiter of this.#waiters) {
      if (!waiter.holds(this.report())) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
