// Holds no tests itself. For those of this package: the nodes of a cluster on a simulated network, started, killed, frozen
// and cut off.
import type { ClusterNode, Hop, Machine, Millis, NodeState, Observer, Signer } from '@altpath/core';
import { drive, type Driven, Random, runSeed, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { type ClusterInput, ClusterMachine, type ClusterOutput } from './cluster-machine.js';
import { KeyRing } from './key-ring.js';

export const HEARTBEAT_MS = 100;
const KEYS = new KeyRing([{ id: 'k1', secret: Buffer.alloc(32, 5) }]);

export interface StartOptions {
  readonly heartbeatMs?: Millis | undefined;
  readonly signer?: Signer;
  /** This node's clock is ahead by so much. */
  readonly aheadMs?: Millis;
  /** Sends its table at once when asked, as a SIP room with a short table does; else the test calls `tableSent`. */
  readonly sendsTables?: boolean;
}

/** One running node: its machine, and what came out of it besides datagrams. */
export interface RunningNode {
  readonly machine: ClusterMachine;
  readonly driven: Driven<ClusterInput>;
  readonly outputs: readonly Exclude<ClusterOutput, { kind: 'send' }>[];
  readonly counts: ReadonlyMap<string, number>;
  readonly logs: readonly string[];
  readonly sent: readonly Buffer[];
  state(index: number): NodeState;
  isFresh(index: number): boolean;
  /** Reasons for which joining ended, normally one. */
  joined(): readonly string[];
}

export class SimulatedCluster {
  readonly seed = runSeed();
  readonly clock = new SimulatedClock();
  readonly network = new SimulatedNetwork(this.clock, new Random(this.seed));
  readonly #nodes: readonly Omit<ClusterNode, 'self'>[];
  readonly #running = new Map<number, Driven<ClusterInput>>();
  #boots = 0;

  constructor(size: number) {
    this.#nodes = Array.from({ length: size }, (_, index) => ({
      name: `n${index}`,
      index,
      addresses: [{ host: hostOf(index), port: 5060, scheme: 'sip+udp', transport: 'udp' as const }],
    }));
  }

  /** Starts node `index`, as a new process when it ran before. */
  start(index: number, options: StartOptions = {}): RunningNode {
    this.#boots += 1;
    const { aheadMs = 0, sendsTables = true } = options;
    const heartbeatMs = 'heartbeatMs' in options ? options.heartbeatMs : HEARTBEAT_MS;
    const counts = new Map<string, number>();
    const logs: string[] = [];
    const observer: Observer = {
      count: (name, reason = '') => void counts.set(`${name} ${reason}`, (counts.get(`${name} ${reason}`) ?? 0) + 1),
      tracing: false,
      trace: () => undefined,
      log: (_level, text) => void logs.push(text),
    };
    const machine = new ClusterMachine(
      {
        nodes: this.#nodes.map((node) => ({ ...node, self: node.index === index })),
        hopOf: (node) => hopTo(node.index),
        signer: options.signer ?? KEYS,
        boot: `boot-${this.#boots}`,
        heartbeatMs,
        joiningMs: 5_000,
        observer,
      },
      this.clock.now + aheadMs,
    );
    const outputs: Exclude<ClusterOutput, { kind: 'send' }>[] = [];
    const sent: Buffer[] = [];
    const driven = drive(this.clock, ahead(machine, aheadMs), (output) => {
      if (output.kind === 'send') {
        sent.push(output.data);
        // An ICMP error comes back later, never inside the call that sent.
        if (!this.network.send(hostOf(index), output.hop.host, output.data))
          this.clock.after(0, () => driven.feed({ kind: 'unreachable', hop: output.hop }));
        return;
      }
      outputs.push(output);
      if (output.kind === 'send-table' && sendsTables) {
        this.clock.after(20, () => {
          machine.tableSent(output.to);
          driven.wake();
        });
      }
    });
    this.#running.set(index, driven);
    this.network.listen(hostOf(index), (data, from) =>
      driven.feed({ kind: 'bytes', data, hop: { transport: 'udp', host: from, port: 5060 } }),
    );
    return {
      machine,
      driven,
      outputs,
      counts,
      logs,
      sent,
      state: (peer) => machine.state(peer, this.clock.now + aheadMs),
      isFresh: (peer) => machine.isFresh(peer, this.clock.now + aheadMs),
      joined: () => outputs.flatMap((output) => (output.kind === 'joined' ? [output.reason] : [])),
    };
  }

  /** SIGKILL: the port is closed, and who sends there is told so. */
  kill(index: number): void {
    this.silence(index);
    this.network.close(hostOf(index));
  }

  /** SIGSTOP: the port stays open and nothing comes back. */
  silence(index: number): void {
    this.#running.get(index)?.stop();
  }

  cut(a: number, b: number): void {
    this.network.cut(hostOf(a), hostOf(b));
  }
}

export function hostOf(index: number): string {
  return `10.0.0.${index + 1}`;
}

export function hopTo(index: number): Hop {
  return { transport: 'udp', host: hostOf(index), port: 5060 };
}

/** The same machine on a host whose clock is ahead. */
function ahead(machine: ClusterMachine, byMs: Millis): Machine<ClusterInput, ClusterOutput> {
  return {
    handle: (input, now) => machine.handle(input, now + byMs),
    tick: (now) => machine.tick(now + byMs),
    deadline: () => machine.deadline() - byMs,
    drain: (perform) => machine.drain(perform),
  };
}
