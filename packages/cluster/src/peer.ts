// One other node, as far as it can be judged from what was heard of it.
import type { ClusterNode, Hop, Millis, NodeState } from '@altpath/core';
import type { Origin, OwnState } from './datagram.js';

/** Heartbeats missed until a node is suspect, until it counts as down, and until nothing more is left to it. */
const SUSPECT_AFTER = 5;
const DOWN_AFTER = 10;
const FRESH_WITHIN = 2;
/** Clocks of nodes may differ by this much. */
const SKEW_MS = 60_000;
/** Datagrams may overtake each other by this many. */
const WINDOW = 256;

const NEVER_HEARD: Millis = Number.NEGATIVE_INFINITY;

/** Why a well-signed datagram is not taken. */
export type Refusal = 'skew' | 'replay';

/** A peer as listings show it. */
export interface PeerView {
  readonly name: string;
  readonly index: number;
  readonly state: NodeState;
  /** Undefined when it was never heard. */
  readonly heardAt: Millis | undefined;
  readonly boot: string | undefined;
}

export class Peer {
  /** What it says of itself; a node that was never heard is taken for up until it has been silent long enough. */
  says: OwnState = 'up';
  /** The life of the process that we hear; undefined before the first heartbeat. */
  boot: string | undefined;
  heardAt: Millis = NEVER_HEARD;
  /** Boot ids of nodes that have its whole table. */
  synced: readonly string[] = [];
  /** The state that was reported last. */
  reported: NodeState = 'up';
  /** The boot id that our table was promised to last; those it is still being sent to, oldest first; and who has it. */
  promised: string | undefined;
  readonly owed: string[] = [];
  served: string | undefined;

  #silentSince: Millis;
  #refusedAt: Millis = NEVER_HEARD;
  #newestTime: Millis = NEVER_HEARD;
  #newestSequence = -1;
  readonly #seen = new Float64Array(WINDOW).fill(-1);

  /** @param hop  Where its heartbeats go; undefined when it has no datagram listener to send them to. */
  constructor(
    readonly node: ClusterNode,
    readonly hop: Hop | undefined,
    now: Millis,
  ) {
    this.#silentSince = now;
  }

  /**
   * Takes a datagram's origin, or says why not. Within one boot each sequence number counts once; a datagram of another
   * boot must be younger than everything heard before, so that nobody brings a dead process back by repeating it.
   */
  accept(origin: Origin, now: Millis): Refusal | undefined {
    if (Math.abs(origin.time - now) > SKEW_MS) return 'skew';
    if (origin.boot !== this.boot) {
      if (origin.time <= this.#newestTime) return 'replay';
      this.boot = origin.boot;
      this.synced = [];
      this.#newestSequence = -1;
      this.#seen.fill(-1);
    }
    const slot = origin.sequence % WINDOW;
    if (origin.sequence <= this.#newestSequence - WINDOW || this.#seen[slot] === origin.sequence) return 'replay';
    this.#seen[slot] = origin.sequence;
    this.#newestSequence = Math.max(this.#newestSequence, origin.sequence);
    this.#newestTime = Math.max(this.#newestTime, origin.time);
    this.heardAt = now;
    this.#silentSince = now;
    this.#refusedAt = NEVER_HEARD;
    return undefined;
  }

  /** Nothing of this boot that was accepted is newer: an old heartbeat that was overtaken does not set the state back. */
  isNewest(origin: Origin): boolean {
    return origin.sequence === this.#newestSequence;
  }

  hear(state: OwnState, synced: readonly string[]): void {
    this.says = state;
    this.synced = synced;
  }

  /** Nothing can be delivered there: down until it is heard again. */
  refused(now: Millis): void {
    this.#refusedAt = now;
  }

  /** We ourselves did not run for `sleptMs`: that silence was not the peer's. */
  excuse(sleptMs: number, now: Millis): void {
    this.#silentSince = Math.min(now, this.#silentSince + sleptMs);
  }

  state(now: Millis, heartbeatMs: number | undefined): NodeState {
    if (this.#refusedAt !== NEVER_HEARD) return 'down';
    if (heartbeatMs === undefined || this.hop === undefined) return this.says;
    const missed = (now - this.#silentSince) / heartbeatMs;
    if (missed >= DOWN_AFTER) return 'down';
    return missed >= SUSPECT_AFTER ? 'suspect' : this.says;
  }

  isFresh(now: Millis, heartbeatMs: number | undefined): boolean {
    if (this.#refusedAt !== NEVER_HEARD) return false;
    return heartbeatMs !== undefined && now - this.heardAt <= FRESH_WITHIN * heartbeatMs;
  }

  view(now: Millis, heartbeatMs: number | undefined): PeerView {
    const heardAt = this.heardAt === NEVER_HEARD ? undefined : this.heardAt;
    return { name: this.node.name, index: this.node.index, state: this.state(now, heartbeatMs), heardAt, boot: this.boot };
  }
}
