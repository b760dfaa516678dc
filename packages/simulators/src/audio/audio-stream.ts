// One end of a call's audio: sends its tone every 20 ms and listens for the other end's; keys go as telephone events in
// the tone's place. It owns one UDP socket.
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { bind, closed } from '../phone/wire.js';
import type { Place } from '../sip/alternates.js';
import { ReceptionCount, readRtp, type RtpPacket, writeRtp } from './rtp.js';
import { isKey, readTelephoneEvent, writeTelephoneEvent } from './telephone-event.js';
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
  /** Longest time between two packets in milliseconds, where any were to be expected; 0 before the second. */
  readonly longestGapMs: number;
}

const PACKET_MS = 20;
const PAYLOAD_PCMU = 0;
/** RFC 4733 §2.5.1.4: the last packet of an event is sent three times. */
const END_COPIES = 3;

/** A key on its way. */
interface Pressed {
  readonly digit: string;
  /** Packets in all. */
  readonly length: number;
  sent: number;
  /** Of its first packet; undefined before that. */
  timestamp: number | undefined;
}

export class AudioStream {
  /** Hears every key that the other end presses. */
  onDigit: (digit: string) => void = () => undefined;
  #remote: Place | undefined;
  #sending = false;
  #expecting = true;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #slot = 0;
  #sent = 0;
  #timestamp = 0;
  #lastAt: number | undefined;
  #longestGapMs = 0;
  #closed = false;
  #eventType: number | undefined;
  #pressed: Pressed[] = [];
  /** Source and timestamp of the event heard last: its further packets are the same key. */
  #lastEvent = '';
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
    this.#sending = false;
  }

  /** The payload type under which both ends know telephone events; undefined (as at first): there are none. */
  takeEvents(payloadType: number | undefined): void {
    this.#eventType = payloadType;
  }

  /** Whether anything should come (default): a pause in which nothing should is no gap. */
  expect(expecting: boolean): void {
    if (expecting !== this.#expecting) this.#lastAt = undefined;
    this.#expecting = expecting;
  }

  /**
   * Presses a key, after those that are still being sent.
   *
   * @returns false: this stream does not send now, or the other end takes no events.
   * @throws  RangeError for what is no key.
   */
  press(digit: string, durationMs: number): boolean {
    if (!isKey(digit)) throw new RangeError(`no key: ${digit}`);
    if (!this.#timer || !this.#sending || this.#eventType === undefined) return false;
    this.#pressed.push({ digit, length: Math.max(1, Math.round(durationMs / PACKET_MS)), sent: 0, timestamp: undefined });
    return true;
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

  /** Packets in which this tone was heard. */
  heardOf(hz: number): number {
    return this.#heard.get(hz) ?? 0;
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
      if (this.#sending && this.#remote) this.#sendSlot(this.#remote);
      this.#slot += 1;
    } while (this.#slot * PACKET_MS <= behind);
    this.#schedule();
  }

  #sendSlot(remote: Place): void {
    const [pressed] = this.#pressed;
    if (pressed && this.#eventType !== undefined) this.#sendEvent(pressed, this.#eventType, remote);
    else this.#send(remote, PAYLOAD_PCMU, this.#timestamp, this.#packet, this.#sent === 0);
    this.#timestamp += PACKET_SAMPLES;
  }

  #sendEvent(pressed: Pressed, payloadType: number, remote: Place): void {
    const isFirst = pressed.timestamp === undefined;
    pressed.timestamp ??= this.#timestamp;
    pressed.sent += 1;
    const end = pressed.sent >= pressed.length;
    const payload = writeTelephoneEvent({ digit: pressed.digit, end, duration: pressed.sent * PACKET_SAMPLES });
    for (let copies = end ? END_COPIES : 1; copies > 0; copies -= 1) {
      this.#send(remote, payloadType, pressed.timestamp, payload, isFirst && (!end || copies === END_COPIES));
    }
    if (end) this.#pressed.shift();
  }

  #send(remote: Place, payloadType: number, timestamp: number, payload: Buffer, marker: boolean): void {
    const packet = { payloadType, sequence: this.#firstSequence + this.#sent, timestamp, source: this.#source, payload };
    this.socket.send(writeRtp(packet, marker), remote.port, remote.host, () => undefined);
    this.#sent += 1;
  }

  #receive(data: Buffer): void {
    const packet = readRtp(data);
    if (!packet || this.#closed) return;
    const isEvent = packet.payloadType === this.#eventType;
    if (!isEvent && packet.payloadType !== PAYLOAD_PCMU) return;
    this.#notePause();
    this.#reception.note(packet.sequence);
    if (isEvent) this.#hearEvent(packet);
    else this.#hearTone(packet.payload);
    for (const waiter of this.#waiters) {
      if (!waiter.holds(this.report())) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }

  #notePause(): void {
    const now = performance.now();
    if (this.#lastAt !== undefined && this.#expecting) this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
  }

  #hearTone(payload: Buffer): void {
    const hz = strongestTone(payload);
    if (hz !== undefined) this.#heard.set(hz, this.heardOf(hz) + 1);
  }

  #hearEvent({ source, timestamp, payload }: RtpPacket): void {
    const event = readTelephoneEvent(payload);
    const name = `${source} ${timestamp}`;
    if (!event || name === this.#lastEvent) return;
    this.#lastEvent = name;
    this.onDigit(event.digit);
  }
}
