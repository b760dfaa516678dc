// A gateway's TCP: connections to its controllers, opened when there is something to send, and numbered. The bytes are
// somebody else's: no message is seen here.
import { connect, type Socket } from 'node:net';
import { formatHostPort, type Hop } from '@altpath/core';

export interface StreamEvents {
  /** A slice came; the buffer is the receiver's to keep. `hop.flow` is set. */
  readonly received: (data: Buffer, hop: Hop) => void;
  /** A connection that was open is closed, or broke. */
  readonly closed: (hop: Hop) => void;
  /** No connection came about. */
  readonly unreachable: (hop: Hop) => void;
}

interface Connection {
  readonly hop: Hop & { readonly flow: number };
  readonly socket: Socket;
}

export class StreamWire {
  /** Nobody can call it. */
  readonly port = 0;
  readonly #byFlow = new Map<number, Connection>();
  readonly #byPlace = new Map<string, Connection>();
  /** Those that are being ended too. */
  readonly #sockets = new Set<Socket>();
  #flows = 0;
  #closed = false;

  /** @param address  Where its connections come from, an IPv4 literal. */
  constructor(
    readonly address: string,
    private readonly events: StreamEvents,
  ) {}

  /**
   * Sends on the connection that the hop names; what has to go to one that is gone is lost, as its closing was told.
   * Without a number it takes the connection to that place, or opens one.
   */
  send(data: Buffer, hop: Hop): void {
    const connection = hop.flow === undefined ? (this.#byPlace.get(formatHostPort(hop)) ?? this.#open(hop)) : this.#byFlow.get(hop.flow);
    connection?.socket.write(data);
  }

  /** Ends a connection after what was written to it; nothing more is told of it. */
  end(flow: number): void {
    const connection = this.#byFlow.get(flow);
    if (!connection) return;
    this.#forget(connection);
    connection.socket.destroySoon();
  }

  /** Every connection is reset; nothing is told. */
  unplug(): void {
    for (const connection of [...this.#byFlow.values()]) {
      this.#forget(connection);
      connection.socket.resetAndDestroy();
    }
  }

  /** Settles when no connection is left. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = [...this.#sockets].map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(gone);
  }

  #open({ host, port }: Hop): Connection | undefined {
    if (this.#closed) return undefined;
    const place: Hop = { transport: 'tcp', host, port };
    const socket = connect({ host, port, localAddress: this.address, noDelay: true });
    const connection: Connection = { hop: { ...place, flow: (this.#flows += 1) }, socket };
    this.#byFlow.set(connection.hop.flow, connection);
    this.#byPlace.set(formatHostPort(place), connection);
    this.#sockets.add(socket);
    let isOpen = false;
    socket.on('connect', () => (isOpen = true));
    socket.on('data', (data) => {
      if (this.#isKnown(connection)) this.events.received(data, connection.hop);
    });
    // What ends it is told once, when it is closed.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (!this.#isKnown(connection)) return;
      this.#forget(connection);
      if (isOpen) this.events.closed(connection.hop);
      else this.events.unreachable(place);
    });
    return connection;
  }

  #isKnown(connection: Connection): boolean {
    return !this.#closed && this.#byFlow.get(connection.hop.flow) === connection;
  }

  #forget(connection: Connection): void {
    this.#byFlow.delete(connection.hop.flow);
    const place = formatHostPort(connection.hop);
    if (this.#byPlace.get(place) === connection) this.#byPlace.delete(place);
  }
}
