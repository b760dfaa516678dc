// TCP for simulated time: connections between hosts that keep the order of what passes, and end as those of a killed process, of
// a host that is gone, or of one that shuts them. Addresses are `host:port`; nothing is ever lost on the way.
import { formatHostPort, type Hop, type Millis } from '@altpath/core';
import type { SimulatedClock } from '@altpath/testkit';

/** What happens to whoever has a connection; as a node's driver tells its adapter. */
export interface StreamUser {
  bytes(data: Buffer, hop: Hop): void;
  closed(hop: Hop): void;
  unreachable(hop: Hop, data: Buffer): void;
}

interface End {
  readonly host: StreamHost;
  readonly hop: Hop & { readonly flow: number };
}

interface Connection {
  readonly ends: readonly [End, End];
  open: boolean;
  /** When the last of what is under way arrives, at either end. */
  arrivesAt: Millis;
}

/** How long a host tries to connect to one that says nothing. */
const CONNECT_MS: Millis = 4_000;
const FIRST_OWN_PORT = 40_000;

export class SimulatedStreams {
  readonly #listeners = new Map<string, { readonly host: StreamHost; readonly listener: number }>();
  readonly #gone = new Set<string>();
  #flow = 0;
  #port = FIRST_OWN_PORT;

  constructor(
    readonly clock: SimulatedClock,
    readonly latencyMs: () => Millis,
  ) {}

  /** @param address  The host's, without a port. */
  host(address: string, user: StreamUser): StreamHost {
    this.#gone.delete(address);
    return new StreamHost(address, user, this);
  }

  listen(host: StreamHost, port: number, listener: number): void {
    this.#listeners.set(formatHostPort({ host: host.address, port }), { host, listener });
  }

  unlisten(host: StreamHost): void {
    for (const [address, { host: other }] of this.#listeners) if (other === host) this.#listeners.delete(address);
  }

  vanish(host: StreamHost): void {
    this.#gone.add(host.address);
  }

  isGone(address: string): boolean {
    return this.#gone.has(address);
  }

  /** @returns the connection; undefined where nobody listens. */
  connect(from: StreamHost, hop: Hop): Connection | undefined {
    const to = this.#listeners.get(formatHostPort(hop));
    if (!to) return undefined;
    this.#port += 1;
    const own: End = { host: from, hop: { ...hop, flow: this.#next() } };
    const { transport } = hop;
    const other: End = {
      host: to.host,
      hop: { transport, host: from.address, port: this.#port, listener: to.listener, flow: this.#next() },
    };
    // The handshake goes first.
    const connection: Connection = { ends: [own, other], open: true, arrivesAt: this.clock.now + 2 * this.latencyMs() };
    from.adopt(connection, own.hop.flow);
    to.host.adopt(connection, other.hop.flow);
    return connection;
  }

  #next(): number {
    this.#flow += 1;
    return this.#flow;
  }
}

/** One host's connections and listeners. */
export class StreamHost {
  readonly #connections = new Map<number, Connection>();

  constructor(
    readonly address: string,
    private readonly user: StreamUser,
    private readonly streams: SimulatedStreams,
  ) {}

  listen(port: number, listener: number): void {
    this.streams.listen(this, port, listener);
  }

  /** Over the connection that the hop names, else over an open one to the same place, else over a new one. */
  send(data: Buffer, hop: Hop): void {
    const { clock } = this.streams;
    if (this.streams.isGone(this.address)) return;
    const connection = this.#find(hop) ?? this.streams.connect(this, hop);
    if (connection) return this.#deliver(Buffer.from(data), connection);
    const { flow: _flow, ...place } = hop;
    const afterMs = this.streams.isGone(hop.host) ? CONNECT_MS : 2 * this.streams.latencyMs();
    clock.after(afterMs, () => this.user.unreachable(place, data));
  }

  /** Shuts one connection, behind all that was sent. */
  close(flow: number): void {
    const connection = this.#connections.get(flow);
    if (!connection) return;
    const other = this.#other(connection);
    this.#connections.delete(flow);
    this.#later(connection, () => {
      connection.open = false;
      other.host.ended(other.hop);
    });
  }

  /** As the kernel does for a process that was killed: everything is shut, and nobody listens. */
  reset(): void {
    this.streams.unlisten(this);
    for (const flow of [...this.#connections.keys()]) this.close(flow);
  }

  /** The whole host is gone: nobody is told. */
  vanish(): void {
    this.streams.unlisten(this);
    this.streams.vanish(this);
    for (const connection of this.#connections.values()) connection.open = false;
    this.#connections.clear();
  }

  adopt(connection: Connection, flow: number): void {
    this.#connections.set(flow, connection);
  }

  ended(hop: Hop & { readonly flow: number }): void {
    if (this.#connections.delete(hop.flow)) this.user.closed(hop);
  }

  #find(hop: Hop): Connection | undefined {
    const named = hop.flow === undefined ? undefined : this.#connections.get(hop.flow);
    if (named) return named;
    return [...this.#connections.values()].find((each) => formatHostPort(this.#own(each).hop) === formatHostPort(hop));
  }

  #deliver(data: Buffer, connection: Connection): void {
    const { host, hop } = this.#other(connection);
    this.#later(connection, () => {
      if (connection.open) host.user.bytes(data, hop);
    });
  }

  #later(connection: Connection, action: () => void): void {
    const { clock, latencyMs } = this.streams;
    connection.arrivesAt = Math.max(connection.arrivesAt, clock.now + latencyMs());
    clock.at(connection.arrivesAt, action);
  }

  #own({ ends: [first, second] }: Connection): End {
    return first.host === this ? first : second;
  }

  #other({ ends: [first, second] }: Connection): End {
    return first.host === this ? second : first;
  }
}
