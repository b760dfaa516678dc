// Where users are, as this node serves and shares it: REGISTER is answered here, what changed goes to the other nodes
// as signed standard REGISTERs, and a joining node is sent the whole table. A telephone's 200 waits for no peer.
import { formatHostPort, type Hop, type LocationRecord, type Millis, type NodeState } from '@altpath/core';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Answer, RegistrarService } from '../proxy/proxy.js';
import { type BranchOwner, Outbound } from '../proxy/outbound.js';
import type { Transactions } from '../proxy/transactions.js';
import { Registrar, type RegisterOutcome } from './registrar.js';
import { buildReplicas, isReplica, type MergeBindings } from './replication.js';

export type { MergeBindings } from './replication.js';

/** Replicas to one node that are not answered yet, and that wait behind them. */
const WINDOW = 64;
const QUEUE_LIMIT = 10_000;
/** How far back a node that was away is told again: what it was sent shortly before may have died in its socket. */
const GAP_MARGIN_MS = 35_000;

export class Locations implements RegistrarService {
  readonly #registrar: Registrar;
  readonly #links = new Map<number, ReplicaLink>();
  readonly #waiting = new Map<number, (failed: boolean, now: Millis) => void>();

  constructor(
    private readonly environment: Environment,
    transactions: Transactions,
    private readonly merge: MergeBindings,
    now: Millis,
  ) {
    const { peers, settings, store, signer, observer } = environment;
    const options = { ...settings.registrar, domains: settings.domains, nodeName: peers.self.name };
    this.#registrar = new Registrar(options, store, signer, observer);
    for (const node of peers.nodes) {
      const address = node.addresses.find((each) => each.transport === 'udp') ?? node.addresses.find((each) => each.transport === 'tcp');
      if (node.self || !address) continue;
      const hop = { transport: address.transport, host: address.host, port: address.port };
      this.#links.set(node.index, new ReplicaLink(environment, transactions, node.index, hop, now));
    }
  }

  serve(request: SipMessage, hop: Hop, answer: Answer, now: Millis): void {
    const outcome = isReplica(request)
      ? this.#registrar.acceptReplica(request, this.merge, now)
      : this.#registrar.register(request, hop, now);
    if (outcome.changed) for (const link of this.#links.values()) link.send(outcome.changed, now);
    if (!outcome.durable) return answer(outcome.status, outcome.reason, outcome.headers, now);
    return this.#answerWhenDurable(outcome, outcome.durable, answer);
  }

  #answerWhenDurable(outcome: RegisterOutcome, durable: Promise<void>, answer: Answer): void {
    const id = this.environment.nextId();
    this.#waiting.set(id, (failed, now) => {
      if (failed) answer(500, 'Location Not Stored', [], now);
      else answer(outcome.status, outcome.reason, outcome.headers, now);
    });
    this.environment.emit({ kind: 'settle', id, promise: durable });
  }

  settled(id: number, failed: boolean, now: Millis): void {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    answer?.(failed, now);
  }

  peerChanged(node: number, state: NodeState, now: Millis): void {
    this.#links.get(node)?.peerChanged(state, now);
  }

  /** What was under way when the host froze is forgotten with its transactions: it is told again. */
  thawed(gapMs: Millis, now: Millis): void {
    for (const link of this.#links.values()) link.thawed(gapMs, now);
  }

  sendTable(node: number, done: () => void, now: Millis): void {
    const link = this.#links.get(node);
    if (link) link.sendTable(0, done, now);
    else done();
  }
}

/** The way to one other node: a window of REGISTERs under way, a bounded queue, and the memory of what it missed. */
class ReplicaLink implements BranchOwner {
  #underWay = 0;
  readonly #queue: LocationRecord[] = [];
  #table: Iterator<LocationRecord> | undefined;
  #tableSince = 0;
  #tableDone: (() => void)[] = [];
  /** Since when the node may have missed something. */
  #missedSince: Millis | undefined;
  #cseq = 1;
  readonly #callId: string;

  constructor(
    private readonly environment: Environment,
    private readonly transactions: Transactions,
    private readonly node: number,
    private readonly hop: Hop,
    now: Millis,
  ) {
    this.#callId = `${environment.peers.self.name}-${node}-${Math.floor(now).toString(36)}@replica`;
  }

  send(record: LocationRecord, now: Millis): void {
    const state = this.environment.peers.state(this.node, now);
    if (state === 'down' || this.#queue.length >= QUEUE_LIMIT) {
      this.#missedSince ??= now;
      return;
    }
    this.#queue.push(record);
    this.#pump(now);
  }

  peerChanged(state: NodeState, now: Millis): void {
    if (state === 'suspect' || state === 'down') this.#missedSince ??= now - GAP_MARGIN_MS;
    else if (state === 'up' && this.#missedSince !== undefined) {
      const since = this.#missedSince;
      this.#missedSince = undefined;
      this.sendTable(since, () => undefined, now);
    }
  }

  thawed(gapMs: Millis, now: Millis): void {
    this.#underWay = 0;
    this.sendTable(now - gapMs - GAP_MARGIN_MS, () => undefined, now);
  }

  /** Sends every record that changed at or after `since`; a transfer under way starts anew with the earlier of the two. */
  sendTable(since: Millis, done: () => void, now: Millis): void {
    this.#tableSince = this.#table ? Math.min(this.#tableSince, since) : since;
    this.#table = this.environment.store.records()[Symbol.iterator]();
    this.#tableDone.push(done);
    this.#pump(now);
  }

  #pump(now: Millis): void {
    while (this.#underWay < WINDOW) {
      const record = this.#queue.shift() ?? this.#nextOfTable();
      if (!record) break;
      this.#transmit(record, now);
    }
    if (this.#underWay > 0 || this.#table || this.#tableDone.length === 0) return;
    const done = this.#tableDone;
    this.#tableDone = [];
    for (const each of done) each();
  }

  #nextOfTable(): LocationRecord | undefined {
    while (this.#table) {
      const next = this.#table.next();
      if (next.done) {
        this.#table = undefined;
        return undefined;
      }
      if (next.value.bindings.some((each) => each.updatedAt >= this.#tableSince)) return next.value;
    }
    return undefined;
  }

  #transmit(record: LocationRecord, now: Millis): void {
    const { environment, hop } = this;
    const { signer, peers, identity } = environment;
    const route = {
      node: peers.self.name,
      requestUri: `sip:${formatHostPort(hop)}${hop.transport === 'udp' ? '' : `;transport=${hop.transport}`}`,
      via: `SIP/2.0/${hop.transport.toUpperCase()} ${identity.sentBy(hop.transport, hop.host)}`,
      callId: this.#callId,
      cseq: this.#cseq,
    };
    for (const data of buildReplicas(record.aor, record.bindings, route, now, signer)) {
      const decoded = decode(data);
      if (!decoded.ok) throw new Error(`a replica of ours does not parse: ${decoded.fault.code}`);
      this.#cseq += 1;
      this.#underWay += 1;
      const { branch } = decoded.message.topVia;
      new Outbound(this.transactions, { branch, method: 'REGISTER', sent: data, hops: [hop], owner: this }, now).start(now);
    }
  }

  responded(_branch: Outbound, response: SipMessage, now: Millis): void {
    if (response.status < 200) return;
    if (response.status >= 300) this.environment.observer.count('sip.replica.rejected', String(response.status));
    this.#underWay -= 1;
    // It answers: what it may have missed meanwhile is told again, although nobody ever held it for away.
    if (this.#missedSince !== undefined && this.environment.peers.state(this.node, now) === 'up') return this.peerChanged('up', now);
    this.#pump(now);
  }

  failed(_branch: Outbound, _reason: 'timeout' | 'unreachable', now: Millis): void {
    this.environment.observer.count('sip.replica.lost');
    this.#missedSince ??= now - GAP_MARGIN_MS;
    this.#underWay -= 1;
    this.#pump(now);
  }
}
