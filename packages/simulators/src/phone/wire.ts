// A phone's UDP: one port, and behind it one connected socket for each next hop. Node's unconnected sockets never
// report an ICMP error; a connected one does, for its hop (not for a datagram). All share the port by SO_REUSEADDR,
// so the port is first bound without it: an address in use must be seen.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Place, placeKey } from '../sip/alternates.js';

export interface WireEvents {
  /** A datagram came; the buffer is the receiver's to keep. */
  readonly received: (data: Buffer, from: Place) => void;
  /** Nothing listens there, or nothing can be sent there; `code` is the system's word (`ECONNREFUSED`). */
  readonly unreachable: (to: Place, code: string) => void;
}

/** A phone has few next hops; beyond these, datagrams leave through the unconnected socket, without error reports. */
const MAX_CONNECTED = 16;

/** A socket for one next hop; what is sent before it is connected waits. */
interface Connected {
  readonly socket: Socket;
  waiting: Buffer[] | undefined;
}

export class PhoneWire {
  readonly #connected = new Map<string, Connected>();
  #closed = false;

  private constructor(
    readonly address: string,
    readonly port: number,
    private readonly main: Socket,
    private readonly events: WireEvents,
  ) {
    this.#listen(main);
    // The unconnected socket is told nothing of its datagrams; what it may still say concerns no hop.
    main.on('error', () => undefined);
  }

  /**
   * Binds the address; port 0 takes a free one.
   *
   * @throws the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`) when it cannot be had.
   */
  static async open(address: string, port: number, events: WireEvents): Promise<PhoneWire> {
    const probe = createSocket({ type: 'udp4' });
    await bind(probe, address, port);
    const taken = probe.address().port;
    await closed(probe);
    const main = createSocket({ type: 'udp4', reuseAddr: true });
    await bind(main, address, taken);
    return new PhoneWire(address, taken, main, events);
  }

  /** Sends one datagram. Errors come later, through `unreachable`. */
  send(data: Buffer, to: Place): void {
    if (this.#closed) return;
    const hop = this.#hopTo(to);
    if (!hop) this.main.send(data, to.port, to.host, (error) => this.#report(error, to));
    else if (hop.waiting) hop.waiting.push(data);
    else this.#sendConnected(hop.socket, data, to, 1);
  }

  /** Closes every socket; settles when the port is free. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.main, ...[...this.#connected.values()].map((hop) => hop.socket)].map(closed));
  }

  #hopTo(to: Place): Connected | undefined {
    const key = placeKey(to);
    const known = this.#connected.get(key);
    if (known || this.#connected.size >= MAX_CONNECTED) return known;
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const hop: Connected = { socket, waiting: [] };
    this.#connected.set(key, hop);
    this.#listen(socket);
    socket.on('error', (error) => {
      if (hop.waiting) this.#giveUp(hop, to, error);
      else this.#report(error, to);
    });
    socket.bind(this.port, this.address, () => {
      if (this.#closed) return;
      socket.connect(to.port, to.host, ((error?: Error) => {
        if (error) this.#giveUp(hop, to, error);
        else this.#flush(hop, to);
      }) as () => void);
    });
    return hop;
  }

  /** The hop's socket never came to be: the next datagram starts afresh. */
  #giveUp(hop: Connected, to: Place, error: Error): void {
    if (this.#closed || !this.#connected.delete(placeKey(to))) return;
    hop.waiting = undefined;
    hop.socket.close();
    this.#report(error, to);
  }

  #flush(hop: Connected, to: Place): void {
    const waiting = hop.waiting ?? [];
    hop.waiting = undefined;
    for (const data of waiting) this.#sendConnected(hop.socket, data, to, 1);
  }

  /**
   * A send on a connected socket may fail with the error of the datagram before it, and is then not sent at all: it is
   * tried once more.
   */
  #sendConnected(socket: Socket, data: Buffer, to: Place, retries: number): void {
    if (this.#closed) return;
    socket.send(data, (error) => {
      this.#report(error, to);
      if (error && retries > 0) this.#sendConnected(socket, data, to, retries - 1);
    });
  }

  #listen(socket: Socket): void {
    socket.on('message', (data: Buffer, from: RemoteInfo) => {
      if (!this.#closed) this.events.received(data, { host: from.address, port: from.port });
    });
  }

  #report(error: Error | null, to: Place): void {
    if (error && !this.#closed) this.events.unreachable(to, (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN');
  }
}

/** Binds; rejects with the system's error, the socket closed. */
export function bind(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    socket.bind(port, address, () => {
      socket.off('error', failed);
      resolve();
    });
  });
}

/** Closes a socket that is open; settles when it is gone. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
