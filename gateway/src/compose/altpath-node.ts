// A running node: the driver with its protocols, and the cluster beside them. Starting, draining, stopping.
import { GATEWAY_HELD } from '@altpath/call-control';
import type { NodeStore, Observer, ProtocolAdapter } from '@altpath/core';
import { CLUSTER_BYTE, type ClusterInput, type ClusterMachine, type ClusterOutput } from '@altpath/cluster';
import type { BoundListener, Feed, NodeDriver } from '@altpath/transport';
import { newBoot } from './boot.js';
import type { NodePlan } from './node-plan.js';
import type { Role } from './plugin.js';
import type { PatchPanel } from './patch-panel.js';

/** How often a piece of the calls that are kept is looked at for what has been over for long. */
const SWEEP_MS = 1_000;
/** How often a draining node looks whether its last call has ended. */
const DRAIN_LOOK_MS = 100;

/** Topics of calls, beside those of the protocols. */
const CALLS = 'call.';

export class AltpathNode {
  readonly startedAt = Date.now();
  #draining = false;
  #sweeping: NodeJS.Timeout | undefined;
  #feedCluster: Feed<ClusterInput> | undefined;

  constructor(
    readonly plan: NodePlan,
    readonly driver: NodeDriver,
    readonly cluster: ClusterMachine,
    readonly roles: readonly Role[],
    readonly patchPanel: PatchPanel,
    readonly store: NodeStore,
    readonly observer: Observer,
  ) {}

  get draining(): boolean {
    return this.#draining;
  }

  /** @throws SignalingError in one plain sentence when a listener cannot be opened; then nothing is left open. */
  async start(): Promise<readonly BoundListener[]> {
    const bound = await this.driver.start();
    this.#sweeping = setInterval(() => this.store.calls.sweep(this.driver.clock.now()), SWEEP_MS).unref();
    const { nodes } = this.plan;
    this.driver.attach(this.patchPanel.machine, () => undefined);
    this.patchPanel.onStir((protocol) => {
      const role = this.roles.find(({ adapter }) => adapter.protocol === protocol);
      if (role) this.driver.stir(role.adapter);
    });
    this.#feedCluster = this.driver.attach(this.cluster, (output) => this.#perform(output));
    this.patchPanel.onTell((topic, content) => this.#feedCluster?.({ kind: 'tell', topic: `${CALLS}${topic}`, content }));
    if (nodes.length < 2) return bound;
    this.driver.onDatagram(CLUSTER_BYTE, (data, hop) => this.#feedCluster?.({ kind: 'bytes', data, hop }));
    this.driver.onUnreachable((hop) => this.#feedCluster?.({ kind: 'unreachable', hop }));
    this.driver.onThawed(() => this.#feedCluster?.({ kind: 'rejoin', boot: newBoot() }));
    for (const node of nodes) {
      if (node.self) continue;
      for (const { scheme, transport, host, port } of node.addresses) {
        const role = this.roles.find(({ listeners }) => listeners.some((each) => each.scheme === scheme));
        if (role && transport === 'udp') this.driver.watch({ transport, host, port }, role.adapter);
      }
    }
    return bound;
  }

  /** Topics are their protocol's own: two that hold gateways say the same words of different ones. */
  tellPeers(topic: string, content: string, { protocol }: ProtocolAdapter): void {
    this.#feedCluster?.({ kind: 'tell', topic: `${protocol}.${topic}`, content });
  }

  #perform(output: ClusterOutput): void {
    switch (output.kind) {
      case 'send':
        return this.driver.sendDatagram(output.hop, output.data);
      case 'peer':
        this.observer.count('cluster.peer', output.state);
        this.observer.log('info', `${this.plan.nodes[output.index]?.name ?? '?'} is ${output.state}`);
        this.driver.feedAll({ kind: 'peer', index: output.index, state: output.state });
        if (output.state === 'down') this.patchPanel.peerDown(this.driver.clock.now());
        return undefined;
      case 'send-table':
        return this.#sendTables(output.to);
      case 'joined':
        this.observer.log('info', 'joined', { reason: output.reason });
        return this.patchPanel.joined(this.driver.clock.now());
      case 'told':
        if (output.topic.startsWith(CALLS))
          return this.patchPanel.told(output.topic.slice(CALLS.length), output.content, output.from, this.driver.clock.now());
        for (const { adapter } of this.roles) {
          const prefix = `${adapter.protocol}.`;
          if (!output.topic.startsWith(prefix)) continue;
          this.driver.visit(adapter, (each, now) => each.told(output.topic.slice(prefix.length), output.content, output.from, now));
        }
        if (output.topic.endsWith(`.${GATEWAY_HELD}`)) this.patchPanel.holdersChanged(this.driver.clock.now());
        return undefined;
      default:
        return output satisfies never;
    }
  }

  #sendTables(to: number): void {
    let open = this.roles.length;
    const done = (): void => {
      open -= 1;
      if (open === 0) this.cluster.tableSent(to);
    };
    this.patchPanel.sendTable(to, this.driver.clock.now());
    for (const role of this.roles) this.driver.visit(role.adapter, (_adapter, now) => role.sendTable(to, done, now));
  }

  /** No new calls; settles when the last one has ended, or after `cluster.drain`. */
  async drain(): Promise<void> {
    if (!this.#draining) {
      this.#draining = true;
      this.observer.log('info', 'draining');
      // Before their lines go: who has a call's record knows what its lines are found to be.
      this.patchPanel.drain(this.driver.clock.now());
      this.driver.feedAll({ kind: 'drain' });
      this.#feedCluster?.({ kind: 'drain' });
    }
    const end = Date.now() + this.plan.drainMs;
    while (this.#pending() > 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
      this.patchPanel.drain(this.driver.clock.now());
    }
  }

  #pending(): number {
    const now = this.driver.clock.now();
    const calls = this.patchPanel.calls.pending(now);
    return this.roles.reduce((sum, { adapter }) => sum + adapter.status(now).pending, calls);
  }

  /** Closes the sockets, then the store. What the disk refuses is said; it does not keep the node from ending. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.driver.close();
    await this.store.flush().catch((error: unknown) => {
      const text = 'the latest registrations and calls could not be written and are on the other nodes only';
      this.observer.log('error', text, { error: String(error) });
    });
    await this.store.close();
  }
}
