// A cluster on a bench: call agents with call control's real brain, gateways as the other half of this package has them,
// and nothing between them but a queue. Time is a number; what nodes tell each other arrives at once, or is thrown away.
import { type AnchorLocals, type AnchorSides, CallControl, type CallControlPort, type Cause } from '@altpath/call-control';
import {
  type AdapterOutput,
  type ClusterNode,
  formatHostPort,
  type Hop,
  type Machine,
  type Millis,
  NEVER,
  type NodeState,
  type Observer,
  parseHostPort,
  SILENT,
} from '@altpath/core';
import { MgcpAdapter } from '../adapter.js';
import { decodeDatagram } from '../codec/index.js';
import {
  MediaGateway,
  type MediaGatewayInput,
  type MediaGatewayOptions,
  type MediaGatewayOutput,
  type MediaPlane,
} from '../media-gateway/index.js';
import type { MgcpCommand, MgcpResponse } from '../message/message.js';
import type { MgcpGatewaySettings } from '../settings.js';

export const START: Millis = Date.UTC(2026, 10, 22, 14, 24);
const HOSTS = ['10.0.0.11', '10.0.0.12', '10.0.0.13'];

export interface ClusterOptions {
  readonly nodes?: number;
  /** What differs from a gateway with two lines that follows a list; one entry a gateway. */
  readonly gateways?: readonly (Partial<MgcpGatewaySettings> & {
    readonly machine?: Partial<MediaGatewayOptions>;
    readonly media?: MediaPlane;
  })[];
}

/** One datagram that passed, with its messages read. */
export interface Passed {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly messages: readonly (MgcpCommand | MgcpResponse)[];
}

interface Told {
  readonly from: number;
  readonly topic: string;
  readonly content: string;
}

/** Gateways `gw1`, `gw2`... at 10.1.0.1, 10.1.0.2..., numbers `1GL` for line L of gateway G. */
export class Cluster {
  now = START;
  readonly nodes: Node[];
  readonly gateways: readonly TestGateway[];
  /** Datagrams since the last `look`. */
  #passed: Passed[] = [];
  readonly told: Told[] = [];
  /** Nodes that hold gateways of other protocols, on whatever path; undefined: nobody knows yet. */
  others: readonly number[] | undefined = [];
  /** Says which datagrams are lost. */
  loses: (passed: Passed) => boolean = () => false;
  /** Says which words between nodes are lost. */
  forgets: (told: Told) => boolean = () => false;
  readonly #queue: { readonly data: Buffer; readonly from: string; readonly to: string }[] = [];
  #delivering = false;

  constructor(private readonly options: ClusterOptions = {}) {
    const { gateways = [{}] } = options;
    this.gateways = gateways.map((each, at) => new TestGateway(this, at, each.machine, each.media));
    this.nodes = Array.from({ length: options.nodes ?? 2 }, (_, index) => this.#node(index));
  }

  /** All nodes have found out who is there, and all gateways have restarted and been welcomed. */
  static inService(options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(options);
    for (const node of cluster.nodes) for (const other of cluster.nodes) if (other !== node) node.sees(other.index, 'up');
    cluster.run(3_000);
    for (const gateway of cluster.gateways) gateway.feed({ kind: 'start' });
    cluster.run(2_000);
    cluster.look();
    return cluster;
  }

  node(index: number): Node {
    return this.nodes[index] as Node;
  }

  gateway(at = 0): TestGateway {
    return this.gateways[at] as TestGateway;
  }

  /** A node is there again and knows nothing. */
  restart(index: number): void {
    this.nodes[index] = this.#node(index);
  }

  /** What passed since the last look. */
  look(): readonly Passed[] {
    return this.#passed.splice(0);
  }

  /** The same, commands and codes only: `11>gw1 AUEP aaln/1`, `gw1>11 200`. */
  words(): readonly string[] {
    return this.look().flatMap(({ from, to, messages }) =>
      messages.map(
        (message) =>
          `${short(from)}>${short(to)} ${message.kind === 'command' ? `${message.verb} ${message.endpoint.local}` : message.code}`,
      ),
    );
  }

  run(ms: Millis): void {
    const end = this.now + ms;
    this.settle();
    for (let turns = 0; ; turns += 1) {
      const machines = this.#machines();
      const at = Math.min(...machines.map((machine) => machine.deadline()));
      if (at > end || at === NEVER) break;
      if (turns > 200_000) throw new Error('time stands still');
      this.now = Math.max(this.now, at);
      for (const machine of machines) if (machine.deadline() <= this.now) machine.tick(this.now);
      this.settle();
    }
    this.now = end;
  }

  /** Carries everything that is on its way. */
  settle(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (;;) {
      const heard = this.told.length;
      for (const node of this.nodes) node.drain();
      for (const gateway of this.gateways) gateway.drain();
      const next = this.#queue.shift();
      if (next !== undefined) this.#deliver(next);
      else if (this.told.length === heard) break;
    }
    this.#delivering = false;
  }

  send(data: Buffer, from: string, to: string): void {
    this.#queue.push({ data, from, to });
  }

  tell(word: Told): void {
    this.told.push(word);
    if (this.forgets(word)) return;
    for (const node of this.nodes) if (node.index !== word.from) node.hears(word);
  }

  #machines(): readonly Pick<Machine<never, never>, 'tick' | 'deadline'>[] {
    const nodes = this.nodes.filter((node) => node.isRunning).flatMap(({ adapter, calls }) => [adapter, calls]);
    return [...nodes, ...this.gateways.map(({ machine }) => machine)];
  }

  #deliver({ data, from, to }: { readonly data: Buffer; readonly from: string; readonly to: string }): void {
    const messages = decodeDatagram(data).flatMap((message) => (message.kind === 'broken' ? [] : [message]));
    const passed = { from, to, text: data.toString('latin1'), messages };
    this.#passed.push(passed);
    if (this.loses(passed)) return;
    const source = hopOf(from);
    const node = this.nodes.find((each) => each.address === to);
    if (node) return node.receives(data, source);
    this.gateways.find((each) => each.address === to)?.feed({ kind: 'bytes', data, hop: source });
  }

  #node(index: number): Node {
    const { nodes = 2, gateways = [{}] } = this.options;
    const everybody = Array.from({ length: nodes }, (_, at) => nodeOf(at, index));
    const settings = gateways.map(({ machine: _machine, media: _media, ...each }, at): MgcpGatewaySettings => ({
      name: `gw${at + 1}`,
      domain: `gw${at + 1}.test`,
      addresses: [gatewayHost(at)],
      lines: ['aaln/1', 'aaln/2'],
      nodes: everybody.map((node) => node.index),
      alternates: 'list',
      red: 'auto',
      ...each,
    }));
    return new Node(this, index, everybody, settings);
  }
}

export class Node {
  readonly counted = new Map<string, number>();
  /** Names that it asked for. */
  readonly questions: Extract<AdapterOutput, { readonly kind: 'resolve' }>[] = [];
  readonly calls: CallControl;
  /** What it was told of anchors: `CALL 4002 4004`, `CALL no-circuit`. */
  readonly anchors: string[] = [];
  readonly adapter: MgcpAdapter;
  isRunning = true;
  readonly #states = new Map<number, NodeState>();
  readonly address: string;

  constructor(
    private readonly cluster: Cluster,
    readonly index: number,
    everybody: readonly ClusterNode[],
    gateways: readonly MgcpGatewaySettings[],
  ) {
    this.address = `${HOSTS[index]}:2727`;
    const observer: Observer = { ...SILENT, count: (name, reason) => this.#count(reason === undefined ? name : `${name} ${reason}`) };
    const linesOf = ({ name, lines: own, trunks = [] }: MgcpGatewaySettings): readonly string[] =>
      [...own, ...trunks].map((local) => `${local}@${name}`);
    const lines = gateways.flatMap((gateway) => linesOf(gateway).map((line) => ({ line, protocol: 'mgcp' })));
    const numbers = Object.fromEntries(
      gateways.flatMap((gateway, at) => linesOf(gateway).map((line, of) => [`1${at + 1}${of + 1}`, line])),
    );
    this.calls = new CallControl(
      { slot: index, lines, numbers },
      { order: (line, state, now) => this.adapter.order(line, state, now) },
      observer,
      cluster.now,
    );
    const self = everybody[index] as ClusterNode;
    const state = (at: number): NodeState => (at === index ? 'up' : (this.#states.get(at) ?? 'down'));
    const peers = { self, nodes: everybody, state, isFresh: (at: number) => state(at) === 'up', joining: false };
    const [host = '', port = 2727] = [HOSTS[index], 2727];
    this.adapter = new MgcpAdapter(
      { listeners: [{ host, port, advertised: { host, port } }], gateways, timers: {}, joiningMs: 2_000 },
      { peers, observer, calls: this.#withAnchors(this.calls), random: () => 0.5 },
      cluster.now,
    );
  }

  /** What call control wants of a call's anchor on the first gateway. */
  anchor(callId: string, ...sides: AnchorSides): void {
    this.adapter.anchor(callId, 'gw1', sides, this.cluster.now);
    this.cluster.settle();
  }

  /** What is told of anchors is listed, and call control is not asked. */
  #withAnchors(calls: CallControlPort): CallControlPort {
    const port = (local: string | undefined): string => /m=audio (\d+)/.exec(local ?? '')?.[1] ?? '-';
    return Object.assign(calls, {
      holdersAlong: () => this.cluster.others,
      anchored: (callId: string, locals: AnchorLocals) => void this.anchors.push(`${callId} ${locals.map(port).join(' ')}`),
      anchorFailed: (callId: string, cause: Cause) => void this.anchors.push(`${callId} ${cause}`),
    });
  }

  /** What this node holds of another. */
  sees(index: number, state: NodeState): void {
    this.#states.set(index, state);
    if (!this.isRunning) return;
    this.adapter.handle({ kind: 'peer', index, state }, this.cluster.now);
    this.cluster.settle();
  }

  /** It changes its mind without being told so, as between two heartbeats. */
  doubts(index: number): void {
    this.#states.set(index, 'suspect');
  }

  stop(): void {
    this.isRunning = false;
  }

  /** After `stop`: it goes on where it stood. */
  thaw(gapMs: Millis): void {
    this.isRunning = true;
    this.adapter.handle({ kind: 'thawed', gapMs }, this.cluster.now);
    this.cluster.settle();
  }

  drainCalls(): void {
    this.calls.drain();
    this.adapter.handle({ kind: 'drain' }, this.cluster.now);
    this.cluster.settle();
  }

  hears({ topic, content, from }: Told): void {
    if (this.isRunning) this.adapter.told(topic, content, from, this.cluster.now);
  }

  receives(data: Buffer, hop: Hop): void {
    if (this.isRunning) this.adapter.handle({ kind: 'bytes', data, hop }, this.cluster.now);
  }

  drain(): void {
    if (!this.isRunning) return;
    this.adapter.drain((output: AdapterOutput) => {
      if (output.kind === 'send') this.cluster.send(output.data, this.address, formatHostPort(output.hop));
      else if (output.kind === 'resolve') this.questions.push(output);
      else if (output.kind === 'tell-peers') this.cluster.tell({ from: this.index, topic: output.topic, content: output.content });
    });
  }

  counts(name: string): number {
    return this.counted.get(name) ?? 0;
  }

  #count(name: string): void {
    this.counted.set(name, this.counts(name) + 1);
  }
}

export class TestGateway {
  readonly machine: MediaGateway;
  readonly address: string;
  /** Tones and rings that sound: `aaln/1 l/rg`. */
  readonly sounds = new Set<string>();

  constructor(
    private readonly cluster: Cluster,
    at: number,
    options: Partial<MediaGatewayOptions> = {},
    media?: MediaPlane,
  ) {
    this.address = `${gatewayHost(at)}:2427`;
    this.machine = new MediaGateway(
      {
        domain: `gw${at + 1}.test`,
        lines: ['aaln/1', 'aaln/2'],
        notifiedEntity: { domain: HOSTS[0] as string, port: 2727 },
        mediaAddress: gatewayHost(at),
        ...options,
        timers: { mwdMs: 0, ...options.timers },
      },
      { random: () => 0.5, media },
      cluster.now,
    );
  }

  feed(...inputs: readonly MediaGatewayInput[]): void {
    for (const input of inputs) this.machine.handle(input, this.cluster.now);
    this.cluster.settle();
  }

  dial(line: string, digits: string): void {
    for (const digit of digits) this.feed({ kind: 'digit', line, digit });
  }

  /** The first line calls the second, which rings. */
  ring(): void {
    this.feed({ kind: 'off-hook', line: 'aaln/1' });
    this.dial('aaln/1', '112');
    this.cluster.run(500);
  }

  /** The two lines talk. */
  talk(): void {
    this.ring();
    this.feed({ kind: 'off-hook', line: 'aaln/2' });
    this.cluster.run(500);
  }

  /** Modes of all its connections. */
  get modes(): readonly string[] {
    return this.machine.lines.flatMap(({ connections }) => [...connections.values()].map(({ state }) => state.mode));
  }

  drain(): void {
    this.machine.drain((output: MediaGatewayOutput) => {
      if (output.kind === 'send') this.cluster.send(output.data, this.address, formatHostPort(output.hop));
      else if (output.kind === 'signal') this.#hear(`${output.line} ${output.name}`, output.on);
    });
  }

  #hear(what: string, on: boolean): void {
    // Brief signals end by themselves.
    if (what.endsWith(' l/ci')) return;
    if (on) this.sounds.add(what);
    else this.sounds.delete(what);
  }
}

function nodeOf(at: number, self: number): ClusterNode {
  const address = { host: HOSTS[at] as string, port: 2727, scheme: 'mgcp+udp', transport: 'udp' as const };
  return { name: `n${at + 1}`, index: at, self: at === self, addresses: [address] };
}

function gatewayHost(at: number): string {
  return `10.1.0.${at + 1}`;
}

function hopOf(text: string): Hop {
  const { host = '', port = 0 } = parseHostPort(text) ?? {};
  return { transport: 'udp', host, port, listener: 0 };
}

/** `11` for the first node, `gw1` for the first gateway. */
function short(address: string): string {
  const { host = '' } = parseHostPort(address) ?? {};
  const last = host.split('.').at(-1) ?? '';
  return host.startsWith('10.1.') ? `gw${last}` : last;
}
