// The nodes of one cluster to each other: heartbeats, what they make us suspect, and how a node that comes back is
// given the tables of the others. Pure: datagrams and `now` in, outputs drained. Nothing here makes a node refuse
// anything; it only says whom to try first.
import {
  type ClusterNode,
  type Hop,
  hopKey,
  type Machine,
  type Millis,
  NEVER,
  type NodeState,
  type Observer,
  type PeerDirectory,
  type Signer,
} from '@altpath/core';
import { type ClusterDatagram, MAX_DATAGRAM_BYTES, type Origin, type OwnState, readDatagram, writeDatagram } from './datagram.js';
import { Peer, type PeerView } from './peer.js';

export type ClusterInput =
  /** A datagram whose first byte is `CLUSTER_BYTE`, from whichever listener. */
  | { readonly kind: 'bytes'; readonly data: Buffer; readonly hop: Hop }
  /** Nothing can be sent to `hop`. Hops that are no peer's heartbeat address are ignored. */
  | { readonly kind: 'unreachable'; readonly hop: Hop }
  /** An adapter's `tell-peers`: `topic` 1 to 32 of `[A-Za-z0-9_.-]`, `content` latin1, both together about 1 KB. */
  | { readonly kind: 'tell'; readonly topic: string; readonly content: string }
  /** This node takes no new calls from now on. */
  | { readonly kind: 'drain' }
  /** This node was frozen long enough to have missed registrations: it starts a new life under `boot`. */
  | { readonly kind: 'rejoin'; readonly boot: string };

export type ClusterOutput =
  | { readonly kind: 'send'; readonly data: Buffer; readonly hop: Hop }
  | { readonly kind: 'peer'; readonly index: number; readonly state: NodeState }
  /** Peer `to` is joining: our whole table must be sent to it, then `tableSent(to)` be called. */
  | { readonly kind: 'send-table'; readonly to: number }
  | { readonly kind: 'joined'; readonly reason: JoinedReason }
  | { readonly kind: 'told'; readonly topic: string; readonly content: string; readonly from: number };

/**
 * Why joining ended: every reachable peer has sent its table; the longest time is over; there is no peer; none answered
 * three heartbeats; all that answered were joining; those that answered died before their table was here; or there are
 * no heartbeats to join by.
 */
export type JoinedReason = 'complete' | 'timeout' | 'no-peer' | 'none-answers' | 'all-joining' | 'peers-lost' | 'heartbeat-off';

export interface ClusterOptions {
  /** All nodes in file order, one of them `self`; at most 16. */
  readonly nodes: readonly ClusterNode[];
  /** Where the heartbeats of the node at this index go: a datagram listener, as an IP literal; undefined: it has none. */
  readonly hopOf: (node: ClusterNode) => Hop | undefined;
  readonly signer: Signer;
  /** This process's life: 1 to 32 of `[A-Za-z0-9_-]`, never used before. 64 random bits will do. */
  readonly boot: string;
  /** `cluster.heartbeat`. Longer: a dead node is suspected later (5 of them); shorter: more datagrams. Undefined: off. */
  readonly heartbeatMs: Millis | undefined;
  /** `cluster.joining`: the longest time to wait for the peers' tables. */
  readonly joiningMs: Millis;
  readonly observer: Observer;
}

/** Heartbeats that a joining node gives its peers to answer. */
const ANSWER_WITHIN = 3;

export class ClusterMachine implements Machine<ClusterInput, ClusterOutput>, PeerDirectory {
  readonly self: ClusterNode;
  readonly nodes: readonly ClusterNode[];
  readonly #peers: readonly Peer[];
  readonly #byHop = new Map<string, Peer>();
  readonly #heartbeatMs: Millis | undefined;
  #boot: string;
  #sequence = 0;
  #draining = false;
  #joining = true;
  #joiningSince: Millis;
  #beatAt: Millis;
  #tickedAt: Millis;
  readonly #warned = new Set<string>();
  #outbox: ClusterOutput[] = [];

  /** @throws RangeError when no node is `self`: the caller's mistake. */
  constructor(
    private readonly options: ClusterOptions,
    now: Millis,
  ) {
    const self = options.nodes.find((node) => node.self);
    if (!self) throw new RangeError('no node of the cluster is this one');
    this.self = self;
    this.nodes = options.nodes;
    this.#boot = options.boot;
    this.#heartbeatMs = options.heartbeatMs;
    this.#joiningSince = now;
    this.#tickedAt = now;
    this.#beatAt = now;
    this.#peers = options.nodes.filter((node) => !node.self).map((node) => new Peer(node, options.hopOf(node), now));
    for (const peer of this.#peers) {
      for (const hop of peer.hop ? [peer.hop] : peer.node.addresses) this.#byHop.set(hopKey(hop), peer);
    }
    this.#judgeJoining(now);
  }

  get joining(): boolean {
    return this.#joining;
  }

  state(index: number, now: Millis): NodeState {
    if (index === this.self.index) return this.#ownState();
    return this.#peer(index)?.state(this.#awake(now), this.#heartbeatMs) ?? 'down';
  }

  isFresh(index: number, now: Millis): boolean {
    return index === this.self.index || this.#peer(index)?.isFresh(now, this.#heartbeatMs) === true;
  }

  /** The other nodes as listings show them. */
  peers(now: Millis): readonly PeerView[] {
    return this.#peers.map((peer) => peer.view(this.#awake(now), this.#heartbeatMs));
  }

  handle(input: ClusterInput, now: Millis): void {
    switch (input.kind) {
      case 'bytes':
        this.#receive(input.data, now);
        break;
      case 'unreachable':
        this.#byHop.get(hopKey(input.hop))?.refused(now);
        break;
      case 'tell':
        this.#tell(input.topic, input.content, now);
        break;
      case 'drain':
        this.#draining = true;
        this.#beatSoon();
        break;
      case 'rejoin':
        this.#rejoin(input.boot, now);
        break;
      default:
        return input satisfies never;
    }
    this.#judge(now);
  }

  /** The SIP room has sent the whole table that `send-table` asked for to this peer. */
  tableSent(index: number): void {
    const peer = this.#peer(index);
    if (!peer) return;
    peer.served = peer.owed.shift() ?? peer.served;
    this.#beatSoon();
  }

  tick(now: Millis): void {
    if (this.#heartbeatMs === undefined) return;
    const slept = now - this.#tickedAt - 2 * this.#heartbeatMs;
    if (slept > 0) for (const peer of this.#peers) peer.excuse(slept, now);
    this.#tickedAt = now;
    this.#judge(now);
    if (now < this.#beatAt) return;
    this.#beatAt = now + this.#heartbeatMs;
    this.#send({ kind: 'beat', origin: this.#origin(now), state: this.#ownState(), synced: this.#synced() });
  }

  deadline(): Millis {
    if (this.#heartbeatMs === undefined || this.#peers.length === 0) return NEVER;
    return this.#joining ? Math.min(this.#beatAt, this.#joiningSince + this.options.joiningMs) : this.#beatAt;
  }

  drain(perform: (output: ClusterOutput) => void): void {
    while (this.#outbox.length > 0) {
      const outputs = this.#outbox;
      this.#outbox = [];
      for (const output of outputs) perform(output);
    }
  }

  // --- what is heard ---

  #receive(data: Buffer, now: Millis): void {
    const verdict = readDatagram(data, this.options.signer);
    if (!verdict.ok) return this.#drop(verdict.reason);
    const { datagram } = verdict;
    if (datagram.origin.node === this.self.index) return this.#hearSelf(datagram.origin);
    const peer = this.#peer(datagram.origin.node);
    if (!peer) return this.#drop('unknown-node');
    const refusal = peer.accept(datagram.origin, now);
    if (refusal === 'skew')
      this.#warnOnce(
        `skew ${peer.node.name}`,
        `the clocks of ${peer.node.name} and this node differ by more than a minute: its heartbeats are not believed`,
      );
    if (refusal) return this.#drop(refusal);
    if (datagram.kind === 'told')
      this.#outbox.push({ kind: 'told', topic: datagram.topic, content: datagram.content, from: peer.node.index });
    else if (peer.isNewest(datagram.origin)) peer.hear(datagram.state, datagram.synced);
  }

  #hearSelf(origin: Origin): void {
    this.#drop('self');
    if (origin.boot !== this.#boot) this.#warnOnce('self', `another process says that it is node ${this.self.name}`);
  }

  #drop(reason: string): void {
    this.options.observer.count('cluster.datagram.dropped', reason);
  }

  #warnOnce(about: string, text: string): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    this.options.observer.log('warn', text);
  }

  // --- what follows from it ---

  #judge(now: Millis): void {
    this.#judgeJoining(now);
    for (const peer of this.#peers) {
      const state = peer.state(this.#awake(now), this.#heartbeatMs);
      if (state !== peer.reported) {
        peer.reported = state;
        this.options.observer.count('cluster.peer.changed', state);
        this.#outbox.push({ kind: 'peer', index: peer.node.index, state });
      }
      if (state === 'joining') this.#promiseTable(peer);
    }
  }

  // A peer that was joining together with us is promised our table too once we are up: it may have started too late to
  // hear that we were joining, and of two nodes that died at different times only one has the newer table.
  #promiseTable(peer: Peer): void {
    if (this.#joining || peer.boot === undefined || peer.promised === peer.boot) return;
    peer.promised = peer.boot;
    peer.owed.push(peer.boot);
    this.#outbox.push({ kind: 'send-table', to: peer.node.index });
  }

  #judgeJoining(now: Millis): void {
    if (!this.#joining) return;
    const reason = this.#joinedReason(now);
    if (reason === undefined) return;
    this.#joining = false;
    this.options.observer.count('cluster.joined', reason);
    this.#outbox.push({ kind: 'joined', reason });
    this.#beatSoon();
  }

  /** ARCHITECTURE "Coming back". @returns undefined while there is a peer to wait for. */
  #joinedReason(now: Millis): JoinedReason | undefined {
    const asked = this.#peers.filter((peer) => peer.hop !== undefined);
    if (asked.length === 0) return 'no-peer';
    if (this.#heartbeatMs === undefined) return 'heartbeat-off';
    if (now - this.#joiningSince >= this.options.joiningMs) return 'timeout';
    const patience = now - this.#joiningSince < ANSWER_WITHIN * this.#heartbeatMs;
    const standing = asked.map((peer) => this.#standing(peer, now));
    if (standing.includes('owes') || (patience && standing.includes('silent'))) return undefined;
    if (standing.includes('synced')) return 'complete';
    if (standing.includes('joining')) return 'all-joining';
    return standing.includes('lost') ? 'peers-lost' : 'none-answers';
  }

  #standing(peer: Peer, now: Millis): 'silent' | 'refused' | 'lost' | 'joining' | 'synced' | 'owes' {
    const heard = peer.heardAt >= this.#joiningSince;
    if (peer.state(this.#awake(now), this.#heartbeatMs) === 'down') return heard ? 'lost' : 'refused';
    if (!heard) return 'silent';
    if (peer.synced.includes(this.#boot)) return 'synced';
    return peer.says === 'joining' ? 'joining' : 'owes';
  }

  #rejoin(boot: string, now: Millis): void {
    this.#boot = boot;
    this.#sequence = 0;
    this.#joining = true;
    this.#joiningSince = now;
    // A new life must begin later than everything that the old one has said.
    this.#beatAt = now + 1;
  }

  // --- what is said ---

  #tell(topic: string, content: string, now: Millis): void {
    this.#send({ kind: 'told', origin: this.#origin(now), topic, content });
  }

  /** One datagram, signed once, to every peer. */
  #send(datagram: ClusterDatagram): void {
    const data = writeDatagram(datagram, this.options.signer);
    if (data.length > MAX_DATAGRAM_BYTES) return this.options.observer.count('cluster.told.dropped', 'too-long');
    for (const peer of this.#peers) if (peer.hop) this.#outbox.push({ kind: 'send', data, hop: peer.hop });
  }

  #origin(now: Millis): Origin {
    this.#sequence += 1;
    return { node: this.self.index, boot: this.#boot, sequence: this.#sequence, time: now };
  }

  #synced(): readonly string[] {
    return this.#peers.flatMap((peer) => (peer.served !== undefined && peer.served === peer.boot ? [peer.served] : []));
  }

  /** What has changed about us is said at the next tick, which is due at once. */
  #beatSoon(): void {
    this.#beatAt = 0;
  }

  #ownState(): OwnState {
    if (this.#draining) return 'draining';
    return this.#joining ? 'joining' : 'up';
  }

  #peer(index: number): Peer | undefined {
    return this.#peers.find((peer) => peer.node.index === index);
  }

  /** While we ourselves do not run, nobody's silence counts: `now`, but soon after our last tick. */
  #awake(now: Millis): Millis {
    return this.#heartbeatMs === undefined ? now : Math.min(now, this.#tickedAt + 2 * this.#heartbeatMs);
  }
}
