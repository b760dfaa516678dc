// RTP of a simulated gateway's bridges: what comes to one of an endpoint's two connections goes out at the other, untouched, as
// far as the modes of both allow. A connection must have its port at once, so there are always a few open ones in store.
import { createSocket, type Socket } from 'node:dgram';
import { readRtp, ReceptionCount } from '../audio/rtp.js';
import { bind, closed } from '../phone/wire.js';
import type { LineMedia, MediaMode } from './analog-line.js';
import type { MediaCounts } from './rig.js';

/** Ports in store for each bridge: its two connections, and two of a next call while they are being cleared. */
const IN_STORE = 4;
const SENDS: ReadonlySet<MediaMode> = new Set(['sendrecv', 'sendonly']);
const RECEIVES: ReadonlySet<MediaMode> = new Set(['sendrecv', 'recvonly']);
const HEADER_OCTETS = 12;

/** One connection's port, and what has gone through it. */
class RelayPort {
  mode: MediaMode = 'inactive';
  remote: LineMedia['remote'];
  #sent = 0;
  #octetsSent = 0;
  #octetsReceived = 0;
  readonly #reception = new ReceptionCount();

  constructor(
    readonly bridge: string,
    readonly socket: Socket,
  ) {
    // Nobody has to be told that a telephone stopped listening.
    socket.on('error', () => undefined);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** @returns whether the packet is for the other side. */
  takes(data: Buffer): boolean {
    const packet = readRtp(data);
    if (!packet) return false;
    this.#reception.note(packet.sequence);
    this.#octetsReceived += packet.payload.length;
    return RECEIVES.has(this.mode);
  }

  send(data: Buffer): void {
    if (!SENDS.has(this.mode) || !this.remote) return;
    this.#sent += 1;
    this.#octetsSent += data.length - HEADER_OCTETS;
    this.socket.send(data, this.remote.port, this.remote.host, () => undefined);
  }

  get counts(): MediaCounts {
    return {
      packetsSent: this.#sent,
      octetsSent: this.#octetsSent,
      packetsReceived: this.#reception.received,
      octetsReceived: this.#octetsReceived,
      packetsLost: this.#reception.lost,
    };
  }
}

export class RtpRelay {
  readonly #store = new Map<string, RelayPort[]>();
  readonly #used = new Map<number, RelayPort>();
  readonly #work = new Set<Promise<void>>();
  #closed = false;

  private constructor(private readonly address: string) {}

  /** @throws the system's error when the address is not this host's. */
  static async open(address: string, bridges: readonly string[]): Promise<RtpRelay> {
    const relay = new RtpRelay(address);
    for (const bridge of bridges) {
      const ports: RelayPort[] = [];
      relay.#store.set(bridge, ports);
      for (let count = 0; count < IN_STORE; count += 1) ports.push(await relay.#open(bridge));
    }
    return relay;
  }

  has(endpoint: string | undefined): boolean {
    return endpoint !== undefined && this.#store.has(endpoint);
  }

  /** @returns the port of a new connection; undefined when none is open. */
  take(bridge: string): number | undefined {
    const taken = this.#store.get(bridge)?.shift();
    if (!taken) return undefined;
    this.#used.set(taken.port, taken);
    this.#wait(this.#refill(bridge));
    return taken.port;
  }

  /** @returns whether the port is one of a bridge. */
  release(port: number): boolean {
    const used = this.#used.get(port);
    if (!used) return false;
    this.#used.delete(port);
    this.#wait(closed(used.socket));
    return true;
  }

  statistics(port: number): MediaCounts | undefined {
    return this.#used.get(port)?.counts;
  }

  order({ localPort, mode, remote }: LineMedia): void {
    const used = this.#used.get(localPort);
    if (!used) return;
    used.mode = mode;
    used.remote = remote;
  }

  /** As without power: every connection's port is closed. */
  reset(): void {
    for (const port of [...this.#used.keys()]) this.release(port);
  }

  /** Settles when every port is free. */
  async close(): Promise<void> {
    this.#closed = true;
    this.reset();
    for (const ports of this.#store.values()) for (const { socket } of ports.splice(0)) this.#wait(closed(socket));
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #open(bridge: string): Promise<RelayPort> {
    const socket = createSocket('udp4');
    await bind(socket, this.address, 0);
    const opened = new RelayPort(bridge, socket);
    socket.on('message', (data: Buffer) => {
      if (!opened.takes(data)) return;
      for (const other of this.#used.values()) if (other !== opened && other.bridge === bridge) other.send(data);
    });
    return opened;
  }

  async #refill(bridge: string): Promise<void> {
    const opened = await this.#open(bridge).catch(() => undefined);
    // No port is free: the store stays short, and the connection that finds it empty is refused.
    if (!opened) return;
    if (this.#closed) await closed(opened.socket);
    else this.#store.get(bridge)?.push(opened);
  }

  #wait(work: Promise<void>): void {
    const done = work.finally(() => this.#work.delete(done));
    this.#work.add(done);
  }
}
