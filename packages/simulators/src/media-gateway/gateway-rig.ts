// A gateway with its telephones, joined to some network: real sockets, or a simulated one in a test. It feeds the pure
// machine, wakes it, performs what it says, and lets datagrams go wrong where that is wanted.
import { type Hop, type Millis, type NameQuestion, NEVER, type Observer, type ResolvedAddress } from '@altpath/core';
import {
  DEFAULT_AGENT_PORT,
  type EntityName,
  expandRanges,
  MediaGateway,
  type MediaGatewayInput,
  type MediaGatewayOptions,
  type MediaGatewayOutput,
  type MediaOrder,
  type MediaPlane,
  parseEntity,
  type TransactionSettings,
} from '@altpath/mgcp';
import type { AudioReport } from '../audio/audio-stream.js';
import { AnalogLine } from './analog-line.js';
import { seededDice } from './dice.js';
import { Mischief } from './mischief.js';

/** What a simulated gateway is like, whatever network it stands in. */
export interface GatewayOptions extends Omit<MediaGatewayOptions, 'notifiedEntity' | 'callAgents' | 'mediaAddress' | 'lines'> {
  /** Local names, or ranges of them: `aaln/[1-24]`. */
  readonly lines: readonly string[];
  /**
   * Its call agents as provisioned, in order: `ca1@127.0.0.11:2727`, or a name. The first is the notified entity; the list
   * stays behind whatever an agent sets.
   */
  readonly callAgents: readonly string[];
  /** Addresses of names, `host` or `host:port` each: what its DNS would say. */
  readonly names?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly transactions?: Partial<Omit<TransactionSettings, 'scope'>> | undefined;
  /** Of its dice: waiting times, misbehaviour. Default 1. */
  readonly seed?: number | undefined;
  readonly observer?: Observer | undefined;
  /** Every datagram that leaves (`out`) or arrives (`in`), before anything goes wrong with it. */
  readonly onMessage?: ((direction: 'in' | 'out', text: string, hop: Hop) => void) | undefined;
}

/** The network and the time around it. */
export interface GatewaySurroundings {
  now(): Millis;
  /** Runs something later. @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void;
  send(data: Buffer, hop: Hop): void;
}

/** RTP for the lines that have it. */
export interface RigMedia extends MediaPlane {
  order(order: MediaOrder): void;
  report(line: string): AudioReport | undefined;
  reset(): void;
}

/** A connection that exists on the gateway. */
export interface ConnectionLeft {
  readonly line: string;
  readonly connection: string;
  readonly callId: string;
  readonly mode: string;
}

export class GatewayRig {
  readonly mischief: Mischief;
  readonly #lines: ReadonlyMap<string, AnalogLine>;
  readonly #dice: () => number;
  readonly #machineOptions: MediaGatewayOptions;
  readonly #queue: MediaGatewayInput[] = [];
  #machine: MediaGateway;
  #running = false;
  #stopped = false;
  #callOff: (() => void) | undefined;

  /**
   * @param address  Its address in session descriptions.
   * @throws RangeError when a call agent or a line of the options is no name.
   */
  constructor(
    private readonly options: GatewayOptions,
    private readonly around: GatewaySurroundings,
    address: string,
    private readonly media?: RigMedia,
  ) {
    this.#dice = seededDice(options.seed ?? 1);
    this.mischief = new Mischief(this.#dice, (delayMs, action) =>
      around.later(delayMs, () => {
        if (!this.#stopped) action();
      }),
    );
    this.#machineOptions = machineOptions(options, address);
    this.#machine = this.#newMachine();
    this.#lines = new Map(
      this.#machineOptions.lines.map((name) => [
        name,
        new AnalogLine(name, {
          feed: (input) => this.feed(input),
          later: (delayMs, action) => around.later(delayMs, action),
          report: (line) => media?.report(line),
        }),
      ]),
    );
  }

  /** The lines of such a gateway, ranges written out. @throws RangeError for what is no line. */
  static lineNames(options: Pick<GatewayOptions, 'lines'>): readonly string[] {
    return options.lines.flatMap((pattern) => {
      const names = expandRanges(pattern);
      if (!names) throw new RangeError(`no line, and no range of lines: ${pattern}`);
      return names;
    });
  }

  /** @throws RangeError for a line that it does not have. */
  line(name: string): AnalogLine {
    const line = this.#lines.get(name);
    if (!line) throw new RangeError(`${this.options.domain} has no line ${name}`);
    return line;
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#lines.values()];
  }

  /** Connections that exist now: what an audit of every line would give. */
  get connectionsLeft(): readonly ConnectionLeft[] {
    return this.#machine.lines.flatMap((line) =>
      [...line.connections.values()].map(({ id, callId, state }) => ({ line: line.name, connection: id, callId, mode: state.mode })),
    );
  }

  /** What the gateway itself holds of its lines. */
  get machine(): MediaGateway {
    return this.#machine;
  }

  /** Power on. */
  start(): void {
    this.feed({ kind: 'start' });
  }

  /** Power off and on again: connections and tones are gone, hooks are as they are, transactions are forgotten. */
  restart(): void {
    this.media?.reset();
    for (const line of this.#lines.values()) line.unplugged();
    this.#queue.length = 0;
    this.#machine = this.#newMachine();
    for (const line of this.#lines.values()) if (line.hook === 'off') this.feed({ kind: 'off-hook', line: line.name });
    this.start();
  }

  /** A datagram arrived. */
  receive(data: Buffer, hop: Hop): void {
    this.options.onMessage?.('in', data.toString(), hop);
    this.mischief.pass(() => this.feed({ kind: 'bytes', data, hop }));
  }

  /** The network says that nothing gets there. */
  unreachable(hop: Hop): void {
    if (!this.mischief.silent) this.feed({ kind: 'unreachable', hop });
  }

  /** One input; what comes of it is performed before this returns, unless it is itself part of a performance. */
  feed(input: MediaGatewayInput): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    this.#run();
  }

  /** As if it had never been: nothing is sent or done any more. */
  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    const now = this.around.now();
    for (let input = this.#queue.shift(); input; input = this.#queue.shift()) {
      this.#machine.handle(input, now);
      this.#machine.drain((output) => this.#perform(output));
    }
    this.#running = false;
    this.#arm(now);
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#machine.tick(this.around.now());
    this.#running = true;
    this.#machine.drain((output) => this.#perform(output));
    this.#running = false;
    this.#run();
  }

  #arm(now: Millis): void {
    this.#callOff?.();
    const deadline = this.#machine.deadline();
    this.#callOff = deadline === NEVER ? undefined : this.around.later(Math.max(0, deadline - now), () => this.#tick());
  }

  #perform(output: MediaGatewayOutput): void {
    switch (output.kind) {
      case 'send':
        this.options.onMessage?.('out', output.data.toString(), output.hop);
        this.mischief.pass(() => this.around.send(output.data, output.hop));
        return;
      case 'resolve':
        this.#queue.push({ kind: 'resolved', id: output.id, addresses: this.#resolve(output.question) });
        return;
      case 'media':
        this.media?.order(output);
        this.#lines.get(output.line)?.take(output);
        return;
      case 'signal':
      case 'media-closed':
      case 'line-service':
        this.#lines.get(output.line)?.take(output);
        return;
      // A gateway has no streams, no store and no peers.
      case 'close':
      case 'settle':
      case 'tell-peers':
        return;
      default:
        output satisfies never;
    }
  }

  #resolve({ host, port }: NameQuestion): readonly ResolvedAddress[] {
    const texts = this.options.names?.[host.toLowerCase()] ?? [];
    return texts.flatMap((text) => {
      const entity = parseEntity(text);
      return entity ? [{ host: entity.domain, port: entity.port ?? port ?? DEFAULT_AGENT_PORT, transport: 'udp' as const }] : [];
    });
  }

  #newMachine(): MediaGateway {
    const { transactions, observer } = this.options;
    return new MediaGateway(this.#machineOptions, { random: this.#dice, media: this.media, observer, transactions }, this.around.now());
  }
}

function machineOptions(options: GatewayOptions, address: string): MediaGatewayOptions {
  const agents = options.callAgents.map(entityOf);
  const [first] = agents;
  if (!first) throw new RangeError(`${options.domain} has no call agent`);
  const { red, persistentEvents, packages, timers, maxConnections, executionMs } = options;
  return {
    domain: options.domain,
    lines: GatewayRig.lineNames(options),
    notifiedEntity: first,
    callAgents: agents.length > 1 ? agents : [],
    mediaAddress: address,
    ...(red !== undefined && { red }),
    ...(persistentEvents && { persistentEvents }),
    ...(packages && { packages }),
    ...(timers && { timers }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(executionMs !== undefined && { executionMs }),
  };
}

function entityOf(text: string): EntityName {
  const entity = parseEntity(text);
  if (!entity) throw new RangeError(`no call agent: ${text}`);
  return entity;
}
