// The bench of the controller with whole gateways on it, as the other half of this package has them, over datagrams or
// connections.
import { formatHostPort, type Hop, type Millis, parseHostPort } from '@altpath/core';
import { MediaGateway, type MediaGatewayInput, type MediaGatewayOptions, type MediaGatewayOutput } from '../media-gateway/index.js';
import type { TransactionSettings } from '../transaction/index.js';
import { type Attached, type BenchOptions, ControllerBench } from './controller.fixture.js';
import { gatewayHost } from './scripted-gateway.fixture.js';

const NODES = ['10.0.0.11', '10.0.0.12'];
/** A gateway gives a controller up after this; it shows in tests that say how long something takes. */
export const GATEWAY_TMAX_MS: Millis = 1_500;

export interface ClusterOptions extends BenchOptions {
  /** What differs of every gateway. */
  readonly machine?: Partial<MediaGatewayOptions>;
  /** The same of one of them, by its place. */
  readonly machines?: readonly Partial<MediaGatewayOptions>[];
  readonly transport?: 'udp' | 'tcp';
}

/** Two controllers, and gateways with lines `line/1` and `line/2`: `1GL` is line L of gateway G. */
export class Cluster extends ControllerBench {
  readonly machines: readonly MachineGateway[];

  constructor(options: ClusterOptions = {}) {
    super({ nodes: 2, ...options });
    this.machines = this.gateways.map((_, at) => new MachineGateway(this, at, options));
    for (const machine of this.machines) this.attach(machine);
  }

  /** All nodes have found out who is there, and all gateways have registered with the first. */
  static inService(options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(options);
    for (const node of cluster.nodes) for (const other of cluster.nodes) if (other !== node) node.sees(other.index, 'up');
    cluster.run(3_000);
    for (const machine of cluster.machines) machine.feed({ kind: 'start' });
    cluster.run(2_000);
    cluster.look();
    return cluster;
  }

  machine(at = 0): MachineGateway {
    return this.machines[at] as MachineGateway;
  }

  /** SIGKILL: connections are closed, and the other node notices. */
  kill(index: number): void {
    this.node(index).stop();
    for (const machine of this.machines) machine.cut(index);
    for (const node of this.nodes) if (node.isRunning) node.sees(index, 'down');
  }

  /** SIGSTOP: nobody is told. */
  freeze(index: number): void {
    this.node(index).stop();
    for (const node of this.nodes) if (node.isRunning) node.sees(index, 'down');
  }
}

export class MachineGateway implements Attached {
  readonly machine: MediaGateway;
  readonly host: string;
  /** Tones and rings that sound: `line/1 cg/dt`. */
  readonly sounds = new Set<string>();
  /** How often a line has rung. */
  readonly rings = new Map<string, number>();
  /** Modes of its ephemeral terminations. */
  readonly media = new Map<string, string>();
  readonly #transport: 'udp' | 'tcp';
  #connections = 0;
  /** The connection to each node that is open, by node. */
  readonly #flows = new Map<string, number>();

  constructor(
    private readonly bench: ControllerBench,
    private readonly at: number,
    { machine: common = {}, machines = [], transport = 'udp' }: ClusterOptions,
  ) {
    this.host = gatewayHost(at);
    const machine = { ...common, ...machines[at] };
    this.#transport = transport;
    const mgcs = NODES.map((host) => ({ hop: { transport, host, port: machine.encoding === 'binary' ? 2_945 : 2_944 } as const }));
    const transactions: Partial<TransactionSettings> = { rtoMs: 100, tMaxMs: GATEWAY_TMAX_MS };
    this.machine = new MediaGateway(
      { mId: { kind: 'device', name: `mg${at + 1}` }, lines: ['line/1', 'line/2'], mgcs, mediaAddress: this.host, ...machine },
      { random: () => 0.5, transactions },
      bench.now,
    );
  }

  feed(...inputs: readonly MediaGatewayInput[]): void {
    for (const input of inputs) this.machine.handle(input, this.bench.now);
    this.bench.settle();
  }

  dial(line: string, digits: string): void {
    for (const digit of digits) this.feed({ kind: 'digit', line, digit });
  }

  /** The first line calls a number, which rings. */
  ring(number: string): void {
    this.feed({ kind: 'off-hook', line: 'line/1' });
    this.bench.run(200);
    this.dial('line/1', number);
    this.bench.run(500);
  }

  /** The connection to a node is closed. */
  cut(index: number): void {
    const host = NODES[index] as string;
    const flow = this.#flows.get(host);
    if (flow === undefined) return;
    this.#flows.delete(host);
    this.machine.handle({ kind: 'flow-closed', hop: { transport: 'tcp', host, port: 2_944, flow } }, this.bench.now);
    this.bench.settle();
  }

  receives(data: Buffer, hop: Hop, from: string): void {
    const { host = '', port = 0 } = parseHostPort(from) ?? {};
    this.machine.handle(
      { kind: 'bytes', data, hop: { transport: hop.transport, host, port, flow: this.#flows.get(host) } },
      this.bench.now,
    );
  }

  drain(): void {
    this.machine.drain((output: MediaGatewayOutput) => this.#perform(output));
  }

  tick(now: Millis): void {
    this.machine.tick(now);
  }

  deadline(): Millis {
    return this.machine.deadline();
  }

  #perform(output: MediaGatewayOutput): void {
    switch (output.kind) {
      case 'send':
        return this.#send(output.data, output.hop);
      case 'close':
        for (const [host, flow] of this.#flows) if (flow === output.flow) this.#flows.delete(host);
        return undefined;
      case 'signal': {
        const what = `${output.line} ${output.name}`;
        if (output.on && output.name === 'al/ri') this.rings.set(output.line, (this.rings.get(output.line) ?? 0) + 1);
        if (output.on) this.sounds.add(what);
        else this.sounds.delete(what);
        return undefined;
      }
      case 'media':
        return void this.media.set(output.termination, `${output.mode} ${output.remote ? formatHostPort(output.remote) : 'nowhere'}`);
      case 'media-closed':
        return void this.media.delete(output.termination);
      default:
        return undefined;
    }
  }

  #send(data: Buffer, hop: Hop): void {
    const isTcp = this.#transport === 'tcp';
    if (isTcp && !this.#flows.has(hop.host)) this.#flows.set(hop.host, this.at * 1_000 + (this.#connections += 1));
    const listener = (hop.port === 2_945 ? 2 : 0) + (isTcp ? 1 : 0);
    this.bench.send(data, `${this.host}:2944`, { ...hop, listener, flow: isTcp ? this.#flows.get(hop.host) : undefined });
  }
}
