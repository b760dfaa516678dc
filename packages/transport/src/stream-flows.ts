// TCP on node:net for one adapter: its listeners, the flows of both directions and their bounds. Bytes go up in slices
// as they come; the protocol frames.
import { connect, createServer, type Server, type Socket, type TcpNetConnectOpts } from 'node:net';
import { canonicalHost, type Hop, hopKey, type Millis, type TransportName } from '@altpath/core';
import { errnoOf, listenError } from './errors.js';
import { Flow, type FlowEnd } from './flow.js';
import { chooseListener, isWildcard, type ListenerSpec } from './listener.js';

/** Bounds on connections. */
export interface StreamLimits {
  /** Connections of an adapter in all, default 10,000; further ones are closed at once. */
  readonly connections: number;
  /** Connections that one address may have open, default 50; `exempt` ones any number. */
  readonly perSource: number;
  readonly exempt: (host: string) => boolean;
  /**
   * A flow over which nothing was sent or heard for this long is closed; default 10 min. One that an `exempt` source has opened
   * and used stays: a gateway takes the end of its connection for the death of its controller (RFC 3525 §11.5), and the
   * kernel's keep-alive finds out when the other side is gone.
   */
  readonly idleMs: Millis;
  /** The same for a peer's connection that has not sent a byte yet; default 32 s. */
  readonly silentMs: Millis;
  /** How long a connection of ours may take; default 4 s. Seen at the beat: up to 200 ms later. */
  readonly connectMs: Millis;
  /** Bytes that may wait for a connection of ours to open; default 256 KiB. */
  readonly queueBytes: number;
  /** Bytes that an open flow may owe before it is closed: its reader has stopped; default 1 MiB. */
  readonly writeBytes: number;
}

export const STREAM_LIMITS: StreamLimits = {
  connections: 10_000,
  perSource: 50,
  exempt: () => false,
  idleMs: 600_000,
  silentMs: 32_000,
  connectMs: 4_000,
  queueBytes: 256 << 10,
  writeBytes: 1 << 20,
};

/** Where a flow's events go, one at a time and in order. */
export interface StreamSink {
  /** @returns `false` when these bytes are not wanted: the flow is closed, since a stream cannot go on with a gap. */
  bytes(data: Buffer, hop: Hop): boolean;
  closed(hop: Hop): void;
  /** `data` did not go, or not whole. */
  unreachable(hop: Hop, data: Buffer): void;
  count(name: string, reason?: string): void;
}

/** What the flows need of their surroundings. */
export interface StreamSurroundings {
  readonly now: () => Millis;
  /** A number never given before, to any adapter. */
  readonly nextFlow: () => number;
  /** Opens a connection; injected by tests. */
  readonly dial?: ((options: TcpNetConnectOpts) => Socket) | undefined;
}

const CLOSING_MS = 2_000;
const KEEP_ALIVE_MS = 60_000;

export class StreamFlows {
  readonly #limits: StreamLimits;
  readonly #dial: (options: TcpNetConnectOpts) => Socket;
  readonly #servers: Server[] = [];
  readonly #flows = new Map<number, Flow>();
  readonly #byRemote = new Map<string, Flow>();
  readonly #perSource = new Map<string, number>();
  readonly #closing = new Map<Socket, Millis>();
  #written: Flow[] = [];
  #closed = false;

  /** @param specs  The adapter's whole list, so that indexes agree; only stream transports are used here. */
  constructor(
    private readonly specs: readonly ListenerSpec[],
    private readonly sink: StreamSink,
    private readonly surroundings: StreamSurroundings,
    limits: Partial<StreamLimits> = {},
  ) {
    this.#limits = { ...STREAM_LIMITS, ...limits };
    this.#dial = surroundings.dial ?? connect;
  }

  /** Open flows, those that are still connecting included. */
  get size(): number {
    return this.#flows.size;
  }

  /** @returns the bound port. @throws SignalingError as `listenError` words it. */
  async listen(index: number): Promise<number> {
    const spec = this.specs[index];
    if (!spec) throw new RangeError(`no listener ${index}`);
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) =>
      this.#accept(socket, spec.transport, index),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(spec.transport, spec.host, spec.port, error)));
      server.listen({ host: spec.host, port: spec.port, exclusive: true, ipv6Only: spec.host.includes(':'), backlog: 1_024 }, resolve);
    });
    server.removeAllListeners('error');
    // Out of descriptors, for the most part: the connection waits in the backlog.
    server.on('error', (error) => this.sink.count('transport.accept.error', errnoOf(error)));
    this.#servers.push(server);
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : spec.port;
  }

  /** Sends over the flow that the hop names, else over an open one to the same address, else over a new one. */
  send(data: Buffer, hop: Hop): void {
    if (this.#closed) return;
    const flow = this.#find(hop) ?? this.#open(hop);
    if (!flow) return this.sink.unreachable(hop, data);
    const limit = flow.opened ? this.#limits.writeBytes : this.#limits.queueBytes;
    if (flow.unsentBytes + data.length > limit) {
      this.sink.count('transport.send.refused', flow.opened ? 'backpressure' : 'connecting');
      this.sink.unreachable(hop, data);
      if (flow.opened) this.#destroy(flow, 'backpressure');
      return;
    }
    flow.activeAt = this.surroundings.now();
    if (flow.write(data)) this.#written.push(flow);
  }

  /** Ends a turn. */
  flush(): void {
    if (this.#written.length === 0) return;
    const written = this.#written;
    this.#written = [];
    for (const flow of written) flow.flush();
  }

  /** Closes a flow when what was written has left. */
  close(number: number, end: FlowEnd = 'asked'): void {
    const flow = this.#flows.get(number);
    if (!flow) return;
    flow.end ??= end;
    flow.flush();
    this.#forget(flow);
    this.#closing.set(flow.socket, this.surroundings.now() + CLOSING_MS);
    if (flow.opened) flow.socket.destroySoon();
    else flow.socket.destroy();
  }

  /** Ends what took too long: connecting, being idle, closing. */
  beat(now: Millis): void {
    const { connectMs, idleMs, silentMs } = this.#limits;
    for (const flow of this.#flows.values()) {
      if (!flow.opened) {
        if (now - flow.since >= connectMs) this.#destroy(flow, 'connect-timeout');
      } else if (now - flow.activeAt >= idleMs && !this.#isKept(flow)) this.#destroy(flow, 'idle');
      else if (!flow.heard && flow.source !== undefined && now - flow.since >= silentMs) this.#destroy(flow, 'silent');
    }
    for (const [socket, until] of this.#closing) if (now >= until) socket.destroy();
  }

  #isKept({ source, heard }: Flow): boolean {
    return heard && source !== undefined && this.#limits.exempt(source);
  }

  /** Takes no more connections, lets what was written leave, and closes everything. */
  async shutdown(graceMs: Millis): Promise<void> {
    this.#closed = true;
    const ended = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    const sockets = [...[...this.#flows.values()].map((flow) => flow.socket), ...this.#closing.keys()];
    const gone = sockets.map(
      (socket) => new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve()))),
    );
    for (const number of [...this.#flows.keys()]) this.close(number, 'shutdown');
    const late = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
    await Promise.all([...ended, ...gone]);
    clearTimeout(late);
  }

  #find(hop: Hop): Flow | undefined {
    if (hop.flow !== undefined) {
      const named = this.#flows.get(hop.flow);
      if (named) return named;
    }
    return this.#byRemote.get(remoteKey(hop));
  }

  #open(hop: Hop): Flow | undefined {
    const index = chooseListener(this.specs, hop);
    const spec = this.specs[index];
    if (!spec) {
      this.sink.count('transport.send.refused', 'no-listener');
      return undefined;
    }
    if (this.#flows.size >= this.#limits.connections) {
      this.sink.count('transport.send.refused', 'connections');
      return undefined;
    }
    let socket: Socket;
    try {
      const local = isWildcard(spec.host) ? {} : { localAddress: spec.host };
      socket = this.#dial({
        host: hop.host,
        port: hop.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
        ...local,
      });
    } catch (error) {
      this.sink.count('transport.send.refused', errnoOf(error));
      return undefined;
    }
    const named = { transport: hop.transport, host: hop.host, port: hop.port, listener: index, flow: this.surroundings.nextFlow() };
    const flow = this.#adopt(socket, named, undefined);
    socket.once('connect', () => {
      flow.opened = true;
      flow.activeAt = this.surroundings.now();
      this.sink.count('transport.flow.opened', 'out');
    });
    return flow;
  }

  #accept(socket: Socket, transport: TransportName, listener: number): void {
    const { remoteAddress: host, remotePort: port } = socket;
    // A peer that is gone again has no address; its socket still has an error to tell.
    socket.on('error', () => undefined);
    if (host === undefined || port === undefined) return void socket.destroy();
    const ofSource = this.#perSource.get(host) ?? 0;
    const refusal =
      this.#flows.size >= this.#limits.connections
        ? 'total'
        : ofSource >= this.#limits.perSource && !this.#limits.exempt(host)
          ? 'source'
          : undefined;
    if (refusal !== undefined || this.#closed) {
      this.sink.count('transport.connection.refused', refusal ?? 'shutdown');
      return void socket.destroy();
    }
    this.#perSource.set(host, ofSource + 1);
    const flow = this.#adopt(socket, { transport, host, port, listener, flow: this.surroundings.nextFlow() }, host);
    flow.opened = true;
    this.sink.count('transport.flow.opened', 'in');
  }

  #adopt(socket: Socket, hop: Hop & { readonly flow: number }, source: string | undefined): Flow {
    const flow = new Flow(socket, hop, source, this.surroundings.now());
    this.#flows.set(hop.flow, flow);
    this.#byRemote.set(remoteKey(hop), flow);
    socket.on('data', (data) => {
      if (!this.#flows.has(hop.flow)) return;
      flow.heard = true;
      flow.activeAt = this.surroundings.now();
      if (!this.sink.bytes(data, hop)) this.#destroy(flow, 'stale');
    });
    socket.on('error', () => {
      flow.end ??= flow.opened ? 'error' : 'refused';
    });
    socket.once('close', () => this.#ended(flow));
    return flow;
  }

  #destroy(flow: Flow, end: FlowEnd): void {
    flow.end ??= end;
    this.#forget(flow);
    flow.socket.destroy();
  }

  /** From now on nobody finds the flow. */
  #forget(flow: Flow): void {
    if (!this.#flows.delete(flow.hop.flow)) return;
    const key = remoteKey(flow.hop);
    if (this.#byRemote.get(key) === flow) this.#byRemote.delete(key);
    if (flow.source === undefined) return;
    const left = (this.#perSource.get(flow.source) ?? 1) - 1;
    if (left > 0) this.#perSource.set(flow.source, left);
    else this.#perSource.delete(flow.source);
  }

  #ended(flow: Flow): void {
    this.#forget(flow);
    this.#closing.delete(flow.socket);
    this.sink.count(flow.opened ? 'transport.flow.closed' : 'transport.flow.failed', flow.end ?? 'peer');
    const { flow: number, ...address } = flow.hop;
    if (flow.opened) this.sink.closed(flow.hop);
    // A connection that never opened has no number that anybody knows.
    const hop: Hop = flow.opened ? { ...address, flow: number } : address;
    for (const data of flow.takeUnsent()) this.sink.unreachable(hop, data);
  }
}

function remoteKey(hop: Hop): string {
  // An address with a zone (fe80::1%eth0) has no other spelling.
  return hop.host.includes(':') && !hop.host.includes('%') ? hopKey({ ...hop, host: canonicalHost(hop.host) }) : hopKey(hop);
}
