// Our side of MGCP without the rest of a node: the transaction layer and lines over a real UDP socket, so that a test
// can order single connections of a gateway and look at every response.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { HalfCallEvent, HalfCallState } from '@altpath/call-control';
import { NEVER, type AdapterOutput, type HostPort } from '@altpath/core';
import {
  type CommandDraft,
  decodeDatagram,
  type Destination,
  type EndpointName,
  type GatewayFacts,
  Identifiers,
  Line,
  type MgcpResponse,
  TransactionIds,
  TransactionLayer,
  transactionSettings,
} from '@altpath/mgcp';

/** A command with the response that ended it. */
export interface Exchange {
  readonly command: CommandDraft;
  readonly response: MgcpResponse;
}

interface Pending {
  readonly answered: (exchange: Exchange) => void;
  readonly failed: (reason: string) => void;
}

/** Longer than any wait on loopback, shorter than a test. */
const PATIENCE_MS = 5_000;
const SLOT = 0;

export class MgcpController {
  /** Datagrams as they left, retransmissions included. */
  readonly sent: Buffer[] = [];
  /** Datagrams as they came. */
  readonly received: Buffer[] = [];
  /** Counters of the layer and its lines, as `name reason`. */
  readonly counts = new Map<string, number>();
  readonly #layer: TransactionLayer<Pending>;
  readonly #facts: GatewayFacts;
  readonly #observer;
  readonly #tasks = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(
    private readonly socket: Socket,
    private readonly gateway: HostPort & { readonly port: number },
  ) {
    this.#observer = {
      count: (name: string, reason?: string) => {
        const key = reason === undefined ? name : `${name} ${reason}`;
        this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      },
      tracing: false,
      trace: () => undefined,
      log: () => undefined,
    };
    this.#facts = {
      codecs: ['PCMU'],
      packetMs: 20,
      dialPlan: { patterns: [], digitMap: '' },
      requests: false,
      refusedModes: new Set(),
      refusedEvents: new Set(),
      localTime: () => '01/01/00/00',
    };
    const environment = {
      emit: (output: AdapterOutput) => this.#perform(output),
      random: Math.random,
      ids: TransactionIds.ofNode(SLOT),
      observer: this.#observer,
    };
    this.#layer = new TransactionLayer(transactionSettings('agent'), environment, Date.now());
    socket.on('message', (data, from) => {
      this.received.push(data);
      const hop = { transport: 'udp', host: from.address, port: from.port } as const;
      for (const message of decodeDatagram(data)) this.#layer.receive(message, hop, Date.now());
      this.#settle();
    });
  }

  /** Takes a free port on `host`; commands go to `gateway`. */
  static async open(host: string, gateway: HostPort & { readonly port: number }): Promise<MgcpController> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new MgcpController(socket, gateway);
  }

  /** Sends one command as it stands. @returns its final response. @throws Error when none comes. */
  async command(command: CommandDraft): Promise<MgcpResponse> {
    return (await this.exchange(command)).response;
  }

  exchange(command: CommandDraft): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const pending = { answered: resolve, failed: (reason: string) => reject(new Error(`${command.verb}: ${reason}`)) };
      this.#layer.send(command, this.#destination, pending, Date.now());
      this.#settle();
    });
  }

  /** A trunk: connections of one endpoint, or of one that the gateway chooses. */
  trunk(local: string, endpoint: EndpointName): Trunk {
    const events: HalfCallEvent[] = [];
    const line = new Line(`${local}@mgw`, 'trunk', endpoint, this.#facts, new Identifiers(SLOT), {
      event: (_name, event) => events.push(event),
      touched: () => undefined,
      observer: this.#observer,
    });
    return new Trunk(line, events, this);
  }

  /** A datagram once more, byte for byte. */
  repeat(datagram: Buffer): void {
    this.socket.send(datagram, this.gateway.port, this.gateway.host);
  }

  /** Waits for something that follows from what is received. @throws Error after five seconds. */
  async until(condition: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#tasks.delete(look);
        act();
      };
      const timer = setTimeout(() => finish(() => reject(new Error(`no ${what} in ${PATIENCE_MS} ms`))), PATIENCE_MS);
      const look = (): void => {
        if (condition()) finish(resolve);
      };
      this.#tasks.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await new Promise<void>((resolve) => this.socket.close(resolve));
  }

  get #destination(): Destination {
    return { names: [this.gateway] };
  }

  #perform(output: AdapterOutput): void {
    if (output.kind !== 'send') return;
    this.sent.push(output.data);
    this.socket.send(output.data, output.hop.port, output.hop.host);
  }

  #settle(): void {
    for (let event = this.#layer.poll(); event; event = this.#layer.poll()) {
      if (event.kind === 'completed') event.token.answered(event);
      if (event.kind === 'failed') event.token.failed(event.reason);
    }
    for (const look of [...this.#tasks]) look();
    clearTimeout(this.#timer);
    const deadline = this.#layer.deadline();
    if (deadline === NEVER) return;
    this.#timer = setTimeout(
      () => {
        this.#layer.tick(Date.now());
        this.#settle();
      },
      Math.max(0, deadline - Date.now()),
    );
  }
}

/** One line of kind `trunk`, brought to what is ordered. */
export class Trunk {
  constructor(
    readonly line: Line,
    /** What call control would be told, oldest first. */
    readonly events: readonly HalfCallEvent[],
    private readonly controller: MgcpController,
  ) {}

  /**
   * Orders a state and sends what the line asks for, one command after the other, until it asks for nothing more.
   *
   * @returns the commands with their responses.
   */
  async order(state: HalfCallState): Promise<readonly Exchange[]> {
    this.line.order(state, Date.now());
    const exchanges: Exchange[] = [];
    for (let command = this.line.next(Date.now()); command; command = this.line.next(Date.now())) {
      const exchange = await this.controller.exchange(command);
      exchanges.push(exchange);
      this.line.completed(exchange.response, Date.now());
    }
    return exchanges;
  }

  get lastEvent(): HalfCallEvent | undefined {
    return this.events.at(-1);
  }
}
