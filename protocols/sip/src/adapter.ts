// SIP as a protocol adapter: one machine over packets. Here inputs are told apart, streams are framed, what cannot be
// read is answered or counted, and the rooms behind (proxy, stand-in, registrar) are joined.
import type { HalfCallPort, HalfCallState, LineName, Notice } from '@altpath/call-control';
import {
  type AdapterInput,
  type AdapterOutput,
  type AdapterStatus,
  type CallSummary,
  type Hop,
  hopKey,
  type Millis,
  NEVER,
  type ProtocolAdapter,
} from '@altpath/core';
import { decode } from './codec/decode.js';
import { StreamFramer } from './codec/framing.js';
import type { SipMessage } from './codec/sip-message.js';
import { Environment, type SipPorts } from './environment.js';
import { SIP_PATH_MAPPING } from './path-mapping.js';
import { Gatekeeper } from './gatekeeper.js';
import { ForkNotices } from './proxy/fork-notices.js';
import { OrphanedForks } from './proxy/orphaned-forks.js';
import { Proxy } from './proxy/proxy.js';
import { StandIn } from './proxy/stand-in.js';
import { Transactions } from './proxy/transactions.js';
import { SipReceiver } from './receiver.js';
import { Locations, type MergeBindings } from './registrar/locations.js';
import type { SipSettings } from './settings.js';
import { UserAgent } from './user-agent/user-agent.js';
import { DIALOG_PARAMETER, LEG_PARAMETER } from './user-agent/words.js';

/** Housekeeping that nobody waits for. */
const SWEEP_MS = 1_000;
const PONG = Buffer.from('\r\n');

export class SipAdapter implements ProtocolAdapter, HalfCallPort {
  readonly protocol = 'sip';
  readonly pathMapping = SIP_PATH_MAPPING;
  readonly #environment: Environment;
  readonly #transactions: Transactions;
  readonly #proxy: Proxy;
  readonly #standIn: StandIn;
  readonly #orphans: OrphanedForks;
  readonly #notices = new ForkNotices();
  readonly #locations: Locations;
  readonly #gatekeeper: Gatekeeper;
  readonly #receiver: SipReceiver;
  readonly #userAgent: UserAgent | undefined;
  readonly #framers = new Map<number, StreamFramer>();
  #sweepAt: Millis;

  constructor(settings: SipSettings, ports: SipPorts, merge: MergeBindings, now: Millis) {
    this.#environment = new Environment(settings, ports);
    this.#transactions = new Transactions(this.#environment, now);
    this.#locations = new Locations(this.#environment, this.#transactions, merge, now);
    this.#proxy = new Proxy(this.#environment, this.#transactions, this.#locations, this.#notices);
    this.#orphans = new OrphanedForks(this.#environment, this.#transactions, this.#notices);
    this.#standIn = new StandIn(this.#environment, this.#transactions, this.#orphans);
    this.#gatekeeper = new Gatekeeper(this.#environment);
    this.#receiver = new SipReceiver(this.#environment, this.#gatekeeper);
    this.#userAgent = ports.calls && new UserAgent(this.#environment, this.#transactions, this.#proxy.ways, ports.calls, this.#proxy);
    if (this.#userAgent) {
      this.#proxy.join(this.#userAgent);
      this.#standIn.join(this.#userAgent);
    }
    this.#sweepAt = now + SWEEP_MS;
  }

  handle(input: AdapterInput, now: Millis): void {
    this.#take(input, now);
    this.#userAgent?.settle(now);
  }

  #take(input: AdapterInput, now: Millis): void {
    switch (input.kind) {
      case 'bytes':
        return input.hop.flow === undefined
          ? this.#datagram(input.data, input.hop, now)
          : this.#stream(input.data, input.hop, input.hop.flow, now);
      case 'unreachable':
        return this.#unreachable(input.hop, input.data, now);
      case 'flow-closed':
        return this.#flowClosed(input.hop, now);
      case 'peer':
        if (input.state === 'suspect' || input.state === 'down') this.#standIn.writerGone(input.index, now);
        if (input.state === 'down') this.#userAgent?.nodeGone(input.index, now);
        return this.#locations.peerChanged(input.index, input.state, now);
      case 'resolved':
        return this.#proxy.resolved(input.id, input.addresses, now);
      case 'settled':
        return this.#locations.settled(input.id, input.failed, now);
      case 'thawed':
        this.#environment.observer.log('warn', 'this node was frozen; what it was carrying is left to the others', {
          gapMs: Math.round(input.gapMs),
        });
        this.#environment.observer.count('sip.thawed');
        this.#userAgent?.thawed(now);
        this.#proxy.thawed();
        this.#orphans.forget();
        this.#locations.thawed(input.gapMs, now);
        return this.#standIn.forget();
      case 'drain':
        this.#environment.draining = true;
        return undefined;
      default:
        return input satisfies never;
    }
  }

  tick(now: Millis): void {
    this.#transactions.timers.expire(now, (owner) => owner.fire(now));
    this.#userAgent?.settle(now);
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_MS;
    this.#proxy.sweep(now);
    this.#gatekeeper.sweep(now);
    this.#environment.store.sweep(now);
  }

  deadline(): Millis {
    return Math.min(this.#transactions.timers.deadline(), this.#sweepAt, this.#userAgent?.deadline() ?? NEVER);
  }

  drain(perform: (output: AdapterOutput) => void): void {
    this.#environment.drain(perform);
  }

  get speaksLast(): boolean {
    return this.#environment.speaksLast;
  }

  status(_now: Millis): AdapterStatus {
    let pending = 0;
    for (const context of this.#proxy.contexts.values()) if (context.isInvite && !context.finished) pending += 1;
    return { protocol: this.protocol, pending, transactions: this.#transactions.inbound.size + this.#transactions.outbound.size };
  }

  calls(_now: Millis, limit: number): readonly CallSummary[] {
    const list: CallSummary[] = [];
    for (const context of this.#proxy.contexts.values()) {
      if (list.length >= limit) break;
      const request = context.isInvite && !context.finished ? context.passage?.request : undefined;
      if (!request) continue;
      list.push({
        callId: request.callId,
        from: request.from.uri,
        to: request.to.uri,
        state: context.state,
        since: context.createdAt,
        protocol: 'sip',
      });
    }
    return list;
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    // What other protocols' rooms tell each other.
    if (!topic.startsWith('sip.')) return;
    const taken =
      topic === 'sip.fork'
        ? this.#notices.take(content)
        : this.#userAgent?.told(topic, content, fromNode, now) || this.#proxy.told(topic, content, now);
    this.#userAgent?.settle(now);
    if (!taken) this.#environment.observer.count('sip.told.dropped', topic === 'sip.fork' ? 'fork' : 'topic');
  }

  /** The whole table goes to a node that is joining; `done` when all of it has been taken. */
  sendTable(node: number, done: () => void, now: Millis): void {
    this.#userAgent?.sendTable();
    this.#locations.sendTable(node, done, now);
  }

  // --- call control ------------------------------------------------------------------------------------------------

  order(party: LineName, state: HalfCallState, now: Millis): void {
    this.#userAgent?.order(party, state, now);
  }

  notice(party: LineName, notice: Notice, now: Millis): void {
    this.#userAgent?.notice(party, notice, now);
  }

  save(party: LineName): string | undefined {
    return this.#userAgent?.save(party);
  }

  adopt(saved: string, now: Millis): LineName | undefined {
    return this.#userAgent?.adopt(saved, now);
  }

  forget(party: LineName): void {
    this.#userAgent?.forget(party);
  }

  // --- what came ---------------------------------------------------------------------------------------------------

  #datagram(data: Buffer, hop: Hop, now: Millis): void {
    // Keep-alives: CRLFs, or a lone zero byte as some phones send it.
    if (data.length <= 4) return this.#environment.observer.count('sip.keepalive', hop.transport);
    return this.#message(data, hop, now);
  }

  #stream(data: Buffer, hop: Hop, flow: number, now: Millis): void {
    let framer = this.#framers.get(flow);
    if (!framer) {
      framer = new StreamFramer({ maxBytes: this.#environment.settings.limits.messageBytes });
      this.#framers.set(flow, framer);
    }
    for (const framed of framer.push(data)) {
      switch (framed.kind) {
        case 'message':
          this.#message(framed.bytes, hop, now);
          break;
        case 'ping':
          this.#environment.observer.count('sip.keepalive', hop.transport);
          this.#environment.emit({ kind: 'send', data: PONG, hop });
          break;
        case 'pong':
          break;
        case 'fault':
          this.#environment.observer.count('sip.stream.closed', framed.fault.code);
          this.#framers.delete(flow);
          this.#environment.emit({ kind: 'close', flow, reason: framed.fault.hint });
          return;
        default:
          framed satisfies never;
      }
    }
  }

  #message(data: Buffer, hop: Hop, now: Millis): void {
    if (this.#gatekeeper.isBanned(hop.host, now)) return this.#environment.observer.count('sip.message.dropped', 'banned');
    const decoded = this.#receiver.decode(data, hop, now);
    if (!decoded.ok) return undefined;
    const message = decoded.value;
    this.#environment.traceIn(data, hop, now);
    if (this.#userAgent && isOfLeg(message, this.#userAgent)) return this.#environment.lastly(() => this.#judge(message, hop, now));
    return this.#judge(message, hop, now);
  }

  #judge(message: SipMessage, hop: Hop, now: Millis): void {
    if (!message.isRequest) {
      this.#environment.observer.count('sip.response.received');
      return this.#standIn.response(message, hop, now);
    }
    this.#environment.observer.count('sip.request.received', message.method.length <= 12 ? message.method : 'other');
    if (this.#gatekeeper.isUnwanted(message)) return this.#environment.observer.count('sip.message.dropped', 'user-agent');
    return this.#proxy.request(message, hop, now);
  }

  /** What waits for its first answer over this connection, or was answered over it, goes another way. What rings may still be answered over a new one. */
  #flowClosed(hop: Hop, now: Millis): void {
    if (hop.flow !== undefined) this.#framers.delete(hop.flow);
    for (const branch of [...this.#transactions.outbound.values()]) if (branch.status === 0) branch.unreachable(hop, now);
    for (const copy of [...this.#transactions.inbound.values()]) copy.unreachable(hop, now);
  }

  #unreachable(hop: Hop, data: Buffer | undefined, now: Millis): void {
    const { health, identity, observer } = this.#environment;
    const known = health.isDown(hopKey(hop), now);
    health.markDown(hopKey(hop), now);
    observer.count('sip.unreachable', hop.transport);
    if (data) {
      const decoded = decode(data);
      if (decoded.message?.isRequest)
        this.#transactions.findOutbound(decoded.message.topVia.branch, decoded.message.method)?.unreachable(hop, now);
      else if (decoded.message) this.#transactions.inbound.get(decoded.message.transactionKey)?.unreachable(hop, now);
    } else if (!known) {
      // Heartbeats to a dead node bring the same error ten times a second: once is enough to look through everything.
      for (const branch of [...this.#transactions.outbound.values()]) branch.unreachable(hop, now);
      for (const copy of [...this.#transactions.inbound.values()]) copy.unreachable(hop, now);
    }
    this.#standIn.unreachable(hop, now);
    const node = identity.nodeAt(hop.host, hop.port);
    if (node >= 0) this.#standIn.writerGone(node, now);
  }
}

/** It is said in the dialog of a leg, or about its INVITE; a CANCEL may be. */
function isOfLeg(message: SipMessage, userAgent: UserAgent): boolean {
  if (message.isRequest) return message.method === 'CANCEL' || userAgent.takes(message);
  const { parameters } = message.topVia;
  return parameters.has(LEG_PARAMETER) || parameters.has(DIALOG_PARAMETER);
}
