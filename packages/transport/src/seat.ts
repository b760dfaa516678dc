// One adapter's place on the driver: its listeners, its sockets, and the way of its outputs to them.
import {
  type AdapterInput,
  type AdapterOutput,
  type Hop,
  type Millis,
  type NameQuestion,
  type ProtocolAdapter,
  type ResolvedAddress,
  SignalingError,
} from '@altpath/core';
import type { DatagramEngine, DatagramListener, DatagramSink } from './datagram-engine.js';
import { type BoundListener, chooseListener, type ListenerSpec } from './listener.js';
import { Passenger } from './passenger.js';
import { StreamFlows, type StreamLimits } from './stream-flows.js';

/** What a seat asks of the driver it is on. */
export interface SeatSurroundings {
  readonly engine: DatagramEngine;
  readonly limits: Partial<StreamLimits>;
  readonly now: () => Millis;
  readonly nextFlow: () => number;
  readonly resolve: (question: NameQuestion) => Promise<readonly ResolvedAddress[]>;
  readonly tellPeers: (topic: string, content: string, adapter: ProtocolAdapter) => void;
  readonly count: (name: string, reason?: string) => void;
  readonly stumbled: (protocol: string, error: unknown) => void;
  /** Starts a turn, thaw included. @returns now. */
  readonly begin: () => Millis;
  /** What has come now lay in the sockets while the node was frozen: it is counted there and let go. */
  readonly isStale: () => boolean;
  /** The node was frozen amid this turn: others may have taken over what it was about to say. */
  readonly isLate: () => boolean;
  /** Ends a turn of this seat. */
  readonly end: (seat: Seat, now: Millis) => void;
  /** The hop cannot be reached, whoever sent. */
  readonly unreachable: (hop: Hop) => void;
}

/** Takes datagrams that begin with a certain byte, before the adapter sees them. */
export type DatagramHandler = (data: Buffer, hop: Hop) => void;

export class Seat {
  readonly passenger: Passenger<AdapterInput, AdapterOutput>;
  readonly flows: StreamFlows;
  readonly #datagrams: (DatagramListener | undefined)[] = [];
  readonly #handlers: (DatagramHandler | undefined)[] = [];
  #now: Millis = 0;
  #closed = false;

  constructor(
    readonly adapter: ProtocolAdapter,
    readonly specs: readonly ListenerSpec[],
    private readonly surroundings: SeatSurroundings,
  ) {
    const perform = (output: AdapterOutput): void => this.#perform(output);
    this.passenger = new Passenger(adapter, perform, (error) => surroundings.stumbled(adapter.protocol, error));
    this.flows = new StreamFlows(
      specs,
      {
        bytes: (data, hop) => this.#slice(data, hop),
        closed: (hop) => this.feed({ kind: 'flow-closed', hop }),
        unreachable: (hop, data) => this.#unreachable(hop, data),
        count: surroundings.count,
      },
      { now: surroundings.now, nextFlow: surroundings.nextFlow },
      surroundings.limits,
    );
  }

  /** Opens every listener, in order. @throws SignalingError: what was opened before stays open until `close`. */
  async open(): Promise<readonly BoundListener[]> {
    const bound: BoundListener[] = [];
    for (const [index, spec] of this.specs.entries()) {
      const port = await this.#listen(spec, index);
      bound.push({ protocol: this.adapter.protocol, index, spec, host: spec.host, port });
    }
    return bound;
  }

  /** One turn with one input. */
  feed(input: AdapterInput): void {
    if (this.#closed) return;
    const now = this.surroundings.begin();
    this.passenger.take(input, now);
    this.surroundings.end(this, now);
  }

  send(data: Buffer, hop: Hop): void {
    if (hop.transport !== 'udp') return this.flows.send(data, hop);
    const listener = this.#datagrams[chooseListener(this.specs, hop)];
    if (listener) return listener.send(data, hop.host, hop.port);
    this.surroundings.count('transport.send.refused', 'no-listener');
    return this.#unreachable(hop, data);
  }

  onDatagram(prefix: number, handler: DatagramHandler): void {
    this.#handlers[prefix] = handler;
  }

  /** @returns the UDP listener that sends to this hop. */
  listenerFor(hop: Hop): DatagramListener | undefined {
    return hop.transport === 'udp' ? this.#datagrams[chooseListener(this.specs, hop)] : undefined;
  }

  flush(): void {
    for (const listener of this.#datagrams) listener?.flush();
    this.flows.flush();
  }

  beat(now: Millis): void {
    for (const listener of this.#datagrams) listener?.beat();
    this.flows.beat(now);
  }

  async close(graceMs: Millis): Promise<void> {
    this.#closed = true;
    await Promise.all([this.flows.shutdown(graceMs), ...this.#datagrams.map((listener) => listener?.close())]);
  }

  async #listen(spec: ListenerSpec, index: number): Promise<number> {
    switch (spec.transport) {
      case 'udp': {
        const listener = await this.surroundings.engine.open({ host: spec.host, port: spec.port }, this.#sinkFor(index));
        this.#datagrams[index] = listener;
        return listener.port;
      }
      case 'tcp':
        return this.flows.listen(index);
      case 'tls':
      case 'ws':
      case 'wss':
        throw new SignalingError({
          code: 'transport.unsupported',
          blame: 'local',
          hint: `${spec.url}: ${spec.transport} is not built yet`,
        });
      default:
        return spec.transport satisfies never;
    }
  }

  #sinkFor(listener: number): DatagramSink {
    const { surroundings } = this;
    return {
      begin: () => {
        this.#now = surroundings.begin();
      },
      datagram: (data, host, port) => {
        if (surroundings.isStale()) return surroundings.count('transport.stale', 'udp');
        const hop: Hop = { transport: 'udp', host, port, listener };
        const handler = data.length > 0 ? this.#handlers[data[0] as number] : undefined;
        if (handler) handler(data, hop);
        else this.passenger.take({ kind: 'bytes', data, hop }, this.#now);
      },
      end: () => surroundings.end(this, this.#now),
      unreachable: (host, port, data) => {
        const hop: Hop = { transport: 'udp', host, port, listener };
        // A handler's datagram is nothing that the adapter could send elsewhere; that nobody is there concerns it too.
        const own = data !== undefined && data.length > 0 && this.#handlers[data[0] as number] === undefined;
        this.#unreachable(hop, own ? data : undefined);
      },
      trouble: (reason) => surroundings.count('transport.udp.error', reason),
    };
  }

  #slice(data: Buffer, hop: Hop): boolean {
    if (this.#closed) return false;
    const now = this.surroundings.begin();
    if (this.surroundings.isStale()) {
      this.surroundings.count('transport.stale', hop.transport);
      return false;
    }
    this.passenger.take({ kind: 'bytes', data, hop }, now);
    this.surroundings.end(this, now);
    return true;
  }

  #unreachable(hop: Hop, data: Buffer | undefined): void {
    if (this.#closed) return;
    this.surroundings.unreachable(hop);
    this.feed({ kind: 'unreachable', hop, data });
  }

  #perform(output: AdapterOutput): void {
    switch (output.kind) {
      case 'send':
        if (this.surroundings.isLate()) return this.surroundings.count('transport.stale', 'unsent');
        return this.send(output.data, output.hop);
      case 'close':
        return this.flows.close(output.flow);
      case 'resolve':
        return void this.surroundings.resolve(output.question).then(
          (addresses) => this.feed({ kind: 'resolved', id: output.id, addresses }),
          () => this.feed({ kind: 'resolved', id: output.id, addresses: [] }),
        );
      case 'settle':
        return void output.promise.then(
          () => this.feed({ kind: 'settled', id: output.id, failed: false }),
          () => this.feed({ kind: 'settled', id: output.id, failed: true }),
        );
      case 'tell-peers':
        return this.surroundings.tellPeers(output.topic, output.content, this.adapter);
      default:
        return output satisfies never;
    }
  }
}
