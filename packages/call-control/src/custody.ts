// Custody: which node controls which gateway. A gateway has one controller at a time (RFC 3435 §4.1, RFC 3525 §11.1), and
// the controllers have to agree among themselves: claims are told between the nodes, the newest wins, and a node that was
// away takes what it remembers for hearsay until the others have spoken (ARCHITECTURE "Who controls a gateway").
import { type ClusterNode, type Millis, NEVER, type PeerDirectory } from '@altpath/core';
import { parseHoldings, formatHoldings, type Holding } from './custody-text.js';
import { firstToTakeOver, standInsOf } from './stand-ins.js';

/** Topic of `tell-peers` under which claims and tables go. */
export const GATEWAY_HELD = 'gateway.held';

export interface CustodySettings {
  /** The gateways, each with the indexes of its nodes in stand-in order, its home first. */
  readonly gateways: readonly { readonly name: string; readonly nodes: readonly number[] }[];
  /** Longest time that hearsay is kept from being acted on. Default 5 s (`cluster.joining`). */
  readonly joiningMs?: Millis | undefined;
}

/** A gateway that has another holder than before. */
export interface CustodyChange {
  readonly gateway: string;
  readonly holder: number;
  readonly before: number | undefined;
}

interface Custody {
  readonly gateway: string;
  readonly nodes: readonly number[];
  holder: number | undefined;
  since: Millis;
}

/**
 * Who holds which gateway, as far as this node knows. Pure: what it wants told is returned as text for `tell-peers` under
 * `GATEWAY_HELD`, and what was told comes in through `told`. A claim is an act of the adapter, which has audited and
 * commanded the gateway; custody only remembers it.
 */
export class GatewayCustody {
  readonly #custodies = new Map<string, Custody>();
  readonly #peers: PeerDirectory;
  readonly #joiningMs: Millis;
  /** Nodes whose table is still waited for; undefined: what is known here may be acted on. */
  #awaited: Set<number> | undefined;
  #hearsayUntil: Millis = NEVER;
  /** Before this a peer of which nothing is heard may only not have been heard yet. */
  #silenceCountsAt: Millis = 0;
  /** Pieces of a peer's table that are still to come, by node. */
  readonly #pieces = new Map<number, Set<number>>();

  constructor(settings: CustodySettings, peers: PeerDirectory, now: Millis) {
    this.#peers = peers;
    this.#joiningMs = settings.joiningMs ?? 5_000;
    for (const { name, nodes } of settings.gateways) {
      this.#custodies.set(name, { gateway: name, nodes, holder: undefined, since: 0 });
    }
    this.doubt(now);
  }

  /** This node controls the gateway and knows it for sure. */
  mine(gateway: string): boolean {
    return this.#awaited === undefined && this.holder(gateway) === this.#peers.self.index;
  }

  /** Index of the node that holds the gateway, as far as known; hearsay included. */
  holder(gateway: string): number | undefined {
    return this.#custodies.get(gateway)?.holder;
  }

  /** When the present holder claimed it; 0 when nobody has. */
  since(gateway: string): Millis {
    return this.#custodies.get(gateway)?.since ?? 0;
  }

  /**
   * The nodes that hold gateways which go to these nodes in this order.
   *
   * @param isHere  Of a gateway that this node is known to hold: it may have died since, and have nothing of it.
   * @returns       undefined while that is hearsay.
   */
  holdersAlong(path: readonly number[], isHere: (gateway: string) => boolean): readonly number[] | undefined {
    if (this.hearsay) return undefined;
    const holders = new Set<number>();
    for (const { gateway, nodes, holder } of this.#custodies.values()) {
      if (holder === undefined || nodes.join() !== path.join()) continue;
      if (holder !== this.#peers.self.index || isHere(gateway)) holders.add(holder);
    }
    return [...holders];
  }

  /** What is known may be outdated: peers that have not spoken yet may hold what this node believes to hold. */
  get hearsay(): boolean {
    return this.#awaited !== undefined;
  }

  /** Gateways that this node is known to hold, hearsay included, in file order. */
  held(): readonly string[] {
    return [...this.#custodies.values()].filter(({ holder }) => holder === this.#peers.self.index).map(({ gateway }) => gateway);
  }

  /**
   * This node has taken the gateway.
   *
   * @returns the text that the peers must be told; a claim is newer than every other that is known here.
   */
  claim(gateway: string, now: Millis): string {
    const custody = this.#custodies.get(gateway);
    if (!custody) throw new RangeError(`unknown gateway: ${gateway}`);
    custody.since = Math.max(now, custody.since + 1);
    custody.holder = this.#peers.self.index;
    return formatHoldings({ holdings: [this.#holding(custody, custody.holder)] });
  }

  /**
   * Reads what a peer told: a claim, or a piece of its table. Text that cannot be read, unknown gateways and unknown nodes
   * are passed over.
   *
   * @returns the gateways that changed hands by it. One that this node held (`before`) is to be forgotten, not torn down.
   */
  told(content: string, fromNode: number, now: Millis): readonly CustodyChange[] {
    const said = parseHoldings(content);
    if (!said) return [];
    const changes = said.holdings.flatMap((holding) => this.#learn(holding) ?? []);
    if (said.piece) this.#pieceOf(fromNode, said.piece.at, said.piece.of);
    this.tick(now);
    return changes;
  }

  /** This node's table for a node that joins: texts for `tell-peers`, at least one, none much above 1,000 bytes. */
  holdings(): readonly string[] {
    const known = [...this.#custodies.values()].flatMap((custody) =>
      custody.holder === undefined ? [] : [this.#holding(custody, custody.holder)],
    );
    const pieces = Math.max(1, Math.ceil(known.length / HOLDINGS_A_PIECE));
    return Array.from({ length: pieces }, (_, at) =>
      formatHoldings({ holdings: known.slice(at * HOLDINGS_A_PIECE, (at + 1) * HOLDINGS_A_PIECE), piece: { at, of: pieces } }),
    );
  }

  /**
   * Who shall take the gateway now: its holder while that lives; else the first live node in stand-in order after the dead
   * holder, round to the beginning; without a holder the first live one, home first. A node that is plainly up comes before
   * one that joins or is under suspicion; one that drains takes nothing.
   *
   * @returns undefined when none of its nodes is left.
   */
  successor(gateway: string, now: Millis): number | undefined {
    const custody = this.#custodies.get(gateway);
    if (!custody) return undefined;
    const { holder, nodes } = custody;
    if (holder !== undefined && nodes.includes(holder) && this.#lives(holder, now)) return holder;
    return firstToTakeOver(standInsOf(holder, nodes), this.#peers, now);
  }

  /** The node was away (it starts, or its clock jumped): what it held is hearsay until every live peer has sent its table. */
  doubt(now: Millis): void {
    const others = this.#peers.nodes.filter(({ index }) => index !== this.#peers.self.index);
    this.#awaited = new Set(others.map(({ index }) => index));
    this.#hearsayUntil = now + this.#joiningMs;
    this.#silenceCountsAt = now + Math.min(LISTEN_MS, this.#joiningMs);
    this.#pieces.clear();
    this.tick(now);
  }

  /** Ends hearsay when no live peer is left to be heard, or when the time for it is over. */
  tick(now: Millis): void {
    if (!this.#awaited) return;
    if (now >= this.#silenceCountsAt) {
      for (const index of this.#awaited) if (this.#peers.state(index, now) === 'down') this.#awaited.delete(index);
    }
    if (this.#awaited.size > 0 && now < this.#hearsayUntil) return;
    this.#awaited = undefined;
    this.#hearsayUntil = NEVER;
  }

  deadline(): Millis {
    return this.#hearsayUntil;
  }

  #lives(index: number, now: Millis): boolean {
    return this.#peers.state(index, now) !== 'down';
  }

  #holding({ gateway, since }: Custody, holder: number): Holding {
    return { gateway, since, node: this.#node(holder).name };
  }

  #node(index: number): ClusterNode {
    const node = this.#peers.nodes.find((each) => each.index === index);
    if (!node) throw new RangeError(`unknown node: ${index}`);
    return node;
  }

  /** The newest claim wins; of two of one instant that of the lower index. */
  #learn({ gateway, node, since }: Holding): CustodyChange | undefined {
    const custody = this.#custodies.get(gateway);
    const holder = this.#peers.nodes.find(({ name }) => name === node)?.index;
    if (!custody || holder === undefined) return undefined;
    const before = custody.holder;
    const newer = since > custody.since || (since === custody.since && before !== undefined && holder < before);
    if (!newer) return undefined;
    custody.holder = holder;
    custody.since = since;
    return holder === before ? undefined : { gateway, holder, before };
  }

  /** A table may come in pieces, in any order: the peer has spoken when all are in. */
  #pieceOf(fromNode: number, at: number, of: number): void {
    const seen = this.#pieces.get(fromNode) ?? new Set<number>();
    seen.add(at);
    this.#pieces.set(fromNode, seen);
    if (seen.size >= of) {
      this.#awaited?.delete(fromNode);
      this.#pieces.delete(fromNode);
    }
  }
}

const HOLDINGS_A_PIECE = 20;
/** After a start or a thaw every peer looks dead until it has been heard: longer than nodes wait between telling what they hold. */
const LISTEN_MS: Millis = 1_500;
