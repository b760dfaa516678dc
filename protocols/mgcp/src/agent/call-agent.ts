// The call agent: what gateways tell is handed to the lines they tell it of, and what lines have to say is sent. Who may
// speak for a gateway is decided here, and who its controller is (RFC 3435 §4, ARCHITECTURE "Who controls a gateway").
import { GATEWAY_HELD, GatewayCustody } from '@altpath/call-control';
import { type Hop, type Millis, type NodeState, type ResolvedAddress } from '@altpath/core';
import { checkCommand, type Decoded, decodeDatagram } from '../codec/index.js';
import type { Environment } from '../environment.js';
import { endpointKey } from '../message/endpoint-name.js';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import { isSuccess } from '../message/return-codes.js';
import { agentAddress, pathParameters, pathOf } from '../path-mapping.js';
import { type CommandHandle, type TransactionEvent, TransactionIds, TransactionLayer, transactionSettings } from '../transaction/index.js';
import { Courier, gatewayOf, type Token } from './courier.js';
import type { Gateway } from './gateway.js';
import { Gateways } from './gateways.js';
import { HalfCalls } from './half-call.js';
import type { Line } from './line.js';
import { HAND_OVER, Takeover } from './takeover.js';

/** Topics of `tell-peers`: a report that came to the wrong node, and that it arrived. */
const REPORT = 'mgcp.report';
const REPORT_TAKEN = 'mgcp.report-taken';

/** How long the holder of a gateway has to say that a report arrived: it may have died a moment ago. */
const PASS_ON_MS = 250;
/** How long a report waits for the other legs of its call to be found. */
const PATIENCE_MS = 1_000;
/** A node that is held for dead has so long to answer, before its gateways are taken. */
const PROBE_MS = 800;
/** One that answered is asked again so much later, while it is held for dead. */
const PROBE_AGAIN_MS = 2_000;
/** Housekeeping that nobody waits for. */
const SWEEP_MS = 250;
/** How often the other nodes are told what this one holds: a datagram may be lost. */
const TELL_MS = 1_000;
/** How often names are asked for again. */
const NAMES_MS = 60_000;
/** Messages that wait while this node does not know yet what it holds, or while a line is being audited. */
const MAX_WAITING = 20_000;

interface Waiting {
  readonly command: MgcpCommand;
  readonly handle: CommandHandle;
  readonly gateway: Gateway;
  readonly until: Millis;
  /** It was told to the node that holds the gateway. */
  readonly passedOn: boolean;
}

export class CallAgent {
  readonly lines = new HalfCalls();
  readonly #gateways: Gateways;
  readonly #custody: GatewayCustody;
  readonly #layer: TransactionLayer<Token>;
  readonly #courier: Courier;
  readonly #takeover: Takeover;
  #waiting: Waiting[] = [];
  /** Nodes that are asked whether they are really gone, each until when. */
  readonly #probes = new Map<number, Millis>();
  /** Nodes that answered although they are held for dead, and when each is asked again. */
  readonly #alive = new Map<number, Millis>();
  readonly #names = new Map<number, Gateway>();
  #namesAt: Millis;
  #tellAt: Millis;
  /** Nodes that were there once: of these it is known whether they are gone. */
  readonly #seen = new Set<number>();
  /** Until then a gateway that nobody holds is left to its home, which may be starting too. */
  #homeFirstUntil: Millis;
  #sweepAt: Millis;

  constructor(
    private readonly environment: Environment,
    now: Millis,
  ) {
    const { settings, peers, calls, observer, random } = environment;
    const ports = {
      event: calls.event.bind(calls),
      touched: (name: string): void => this.lines.touch(name),
      observer,
    };
    this.#gateways = new Gateways(environment, ports, now);
    this.#custody = new GatewayCustody(
      { gateways: settings.gateways.map(({ name, nodes }) => ({ name, nodes })), joiningMs: settings.joiningMs },
      peers,
      now,
    );
    this.#layer = new TransactionLayer<Token>(
      transactionSettings('agent', settings.timers),
      {
        emit: (output) => environment.emit(output),
        random,
        ids: TransactionIds.ofNode(peers.self.index),
        observer,
        resolveId: () => environment.nextId(),
        callIdOf: (command) => this.#callIdOf(command),
        listener: 0,
      },
      now,
    );
    this.#courier = new Courier(this.#layer, this.lines, (line) => this.#gateways.ofLine(line));
    this.#takeover = new Takeover(environment, this.#custody, this.lines, this.#courier, () => undefined);
    this.#namesAt = now;
    this.#tellAt = now + TELL_MS;
    this.#homeFirstUntil = now + settings.joiningMs;
    this.#sweepAt = now;
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  receive(data: Buffer, hop: Hop, now: Millis): void {
    for (const message of decodeDatagram(data)) if (this.#mayPass(message, hop, now)) this.#layer.receive(message, hop, now);
    this.#events(now);
  }

  unreachable(hop: Hop, now: Millis): void {
    this.#layer.unreachable(hop, now);
    this.#events(now);
  }

  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    const gateway = this.#names.get(id);
    this.#names.delete(id);
    if (gateway) gateway.learnAddresses(addresses.map(({ host }) => host));
    else this.#layer.resolved(id, addresses, now);
    this.#events(now);
  }

  /** A peer's state has changed: gateways of one that is gone are taken, after it was asked once more. */
  peerChanged(index: number, state: NodeState, now: Millis): void {
    if (state === 'up') {
      this.#seen.add(index);
      this.#probes.delete(index);
      this.#alive.delete(index);
      return;
    }
    if (state === 'down' && !this.#probes.has(index)) this.#probe(index, now);
    this.#events(now);
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    switch (topic) {
      case GATEWAY_HELD:
        for (const { gateway } of this.#custody.told(content, fromNode, Math.floor(now))) {
          const known = this.#gateways.named(gateway);
          if (known && known.stage !== 'foreign' && this.#custody.holder(gateway) !== this.environment.peers.self.index) {
            this.environment.observer.log('info', `gateway ${gateway} is another node's now`);
            this.#takeover.lose(known, now);
          }
        }
        break;
      case REPORT:
        this.#toldReport(Buffer.from(content, 'latin1'), now);
        break;
      case REPORT_TAKEN:
        this.#reportTaken(content, now);
        break;
      case HAND_OVER: {
        const [node, ...name] = content.split(' ');
        const gateway = Number(node) === this.environment.peers.self.index ? this.#gateways.named(name.join(' ')) : undefined;
        if (gateway && this.#mayHold(gateway)) this.#takeover.take(gateway, 'handed-over', now, { from: fromNode });
        break;
      }
    }
    this.#events(now);
  }

  /** What other nodes are told when one joins. */
  tables(): readonly string[] {
    return this.#custody.holdings();
  }

  /** The clock jumped: commands under way are let go, and whatever this node held may be another's by now. */
  thawed(now: Millis): void {
    this.#courier.abandon();
    for (const { handle } of this.#waiting.splice(0)) this.#layer.respond(handle, { code: 407 }, now);
    for (const gateway of this.#gateways) if (gateway.stage !== 'foreign') this.#takeover.lose(gateway, now);
    this.#probes.clear();
    this.#alive.clear();
    this.#custody.doubt(Math.floor(now));
  }

  /** Gateways go to whoever follows, with their calls. */
  drain(now: Millis): void {
    const { peers, settings } = this.environment;
    for (const gateway of this.#gateways) {
      if (gateway.stage === 'foreign') continue;
      const { nodes } = settings.gateways.find(({ name }) => name === gateway.name) ?? { nodes: [] };
      const next = nodes.find((index) => index !== peers.self.index && peers.state(index, now) === 'up');
      if (next !== undefined) this.#takeover.handOver(gateway, next);
    }
  }

  tick(now: Millis): void {
    this.#layer.tick(now);
    this.lines.tick(now);
    this.#events(now);
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_MS;
    this.#custody.tick(Math.floor(now));
    this.#lookUpNames(now);
    this.#endProbes(now);
    if (!this.#custody.hearsay) for (const gateway of this.#gateways) this.#takeIfOurs(gateway, now);
    this.#wait(now);
    for (const gateway of this.#gateways) {
      this.#takeover.reclaim(gateway, now);
      this.#heartbeat(gateway, now);
    }
    if (now < this.#tellAt || this.environment.peers.nodes.length < 2) return;
    this.#tellAt = now + TELL_MS;
    if (this.environment.draining) this.drain(now);
    this.#takeover.remind(now);
    if (!this.#custody.hearsay) for (const text of this.#custody.holdings()) this.environment.tellPeers(GATEWAY_HELD, text);
  }

  deadline(): Millis {
    return Math.min(this.#layer.deadline(), this.lines.deadline(), this.#sweepAt);
  }

  /** Sends what has become due within anybody's turn. */
  settle(now: Millis): void {
    this.#courier.pump(now);
    this.#events(now);
  }

  get load(): { readonly sent: number; readonly queued: number } {
    return { sent: this.#layer.load.sent + this.#layer.load.executing, queued: this.lines.queued + this.#courier.waiting };
  }

  // --- who speaks --------------------------------------------------------------------------------------------------

  /** Commands are taken from gateways of the file at their own addresses; whoever else is there is told so, or not at all. */
  #mayPass(message: Decoded, hop: Hop, now: Millis): boolean {
    const { observer } = this.environment;
    const isOurs = this.#gateways.isKnownHost(hop.host);
    const isPeer = this.environment.peers.nodes.some((node) => agentAddress(node)?.host === hop.host);
    if (message.kind === 'response') {
      if (!isOurs && !isPeer) observer.count('mgcp.refused', 'unknown-source');
      return isOurs || isPeer;
    }
    if (message.kind === 'broken') {
      if (!isOurs) observer.count('mgcp.refused', 'unknown-source');
      return isOurs;
    }
    const gateway = this.#gateways.of(message.endpoint);
    if (gateway?.isAt(hop.host)) {
      gateway.heardAt = now;
      return true;
    }
    observer.count('mgcp.refused', gateway ? 'wrong-source' : 'unknown-gateway');
    if (isOurs || isPeer) this.#layer.refuse(message.transactionId, { code: 500 }, hop, now);
    return false;
  }

  #events(now: Millis): void {
    for (let event = this.#layer.poll(); event; event = this.#layer.poll()) this.#take(event, now);
  }

  #take(event: TransactionEvent<Token>, now: Millis): void {
    switch (event.kind) {
      case 'command':
        return this.#command(event.command, event.handle, now);
      case 'completed': {
        const gateway = gatewayOf(event.token);
        if (gateway) this.#heard(gateway, now);
        return this.#courier.settle(event, now);
      }
      case 'failed':
        return this.#courier.settle(event, now);
      case 'suspicious':
        return this.environment.observer.count('mgcp.address.suspicious');
      case 'silent':
        // Nothing more is sent, and an answer as late as this helps nobody.
        if (event.token.kind !== 'errand') return undefined;
        this.#layer.abandon(({ token }) => token === event.token);
        return event.token.errand.then(undefined, now);
      case 'provisional':
      case 'overdue':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #heard(gateway: Gateway, now: Millis): void {
    gateway.heardAt = now;
    if (!gateway.silent || gateway.stage !== 'serving') return;
    gateway.silent = false;
    this.#takeover.audit(gateway, [...gateway.lines.values()], now);
  }

  // --- commands of gateways ----------------------------------------------------------------------------------------

  #command(command: MgcpCommand, handle: CommandHandle, now: Millis): void {
    const gateway = this.#gateways.of(command.endpoint);
    const refusal = checkCommand(command);
    if (!gateway || refusal) return void this.#layer.respond(handle, { code: refusal?.code ?? 500 }, now);
    if (this.#custody.hearsay && gateway.stage === 'foreign') return this.#defer(command, handle, gateway, this.#custody.deadline(), now);
    this.#heard(gateway, now);
    switch (command.verb) {
      case 'NTFY':
        return this.#report(command, handle, gateway, now);
      case 'RSIP':
        return this.#restart(command, handle, gateway, now);
      case 'DLCX':
        return this.#deleted(command, handle, gateway, now);
      default:
        this.environment.observer.count('mgcp.refused', 'verb');
        return void this.#layer.respond(handle, { code: 504 }, now);
    }
  }

  /** A node that is plainly there and holds the gateway. */
  #otherHolder(gateway: Gateway, now: Millis): number | undefined {
    const { peers } = this.environment;
    const holder = this.#custody.holder(gateway.name);
    if (holder === undefined || holder === peers.self.index || !peers.isFresh(holder, now)) return undefined;
    return peers.state(holder, now) === 'draining' ? undefined : holder;
  }

  /** Gateways are held by the nodes that the file gives them, while those are not about to go. */
  #mayHold(gateway: Gateway): boolean {
    const { peers, draining } = this.environment;
    return !draining && gateway.settings.nodes.includes(peers.self.index);
  }

  #report(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const line = gateway.line(command.endpoint.local);
    if (!line) {
      this.environment.observer.count('mgcp.refused', 'unknown-endpoint');
      return void this.#layer.respond(handle, { code: 500 }, now);
    }
    if (gateway.stage === 'foreign') {
      if (this.#otherHolder(gateway, now) !== undefined) return this.#passOn(command, handle, gateway, now);
      if (!this.#mayHold(gateway)) return this.#notOurs(handle, now);
      this.#takeFrom(gateway, now, line);
    }
    // What the line does is being asked: whether this report is news is known then.
    if (gateway.unaudited.has(line) || this.#takeover.isSettling(gateway))
      return this.#defer(command, handle, gateway, now + PATIENCE_MS, now);
    this.#act(command, handle, line, now);
  }

  /** To the node that holds the gateway, which says so when it has it. */
  #passOn(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    this.environment.observer.count('mgcp.report.passed-on');
    this.environment.tellPeers(REPORT, command.bytes.toString('latin1'));
    this.#defer(command, handle, gateway, now + PASS_ON_MS, now, true);
  }

  #notOurs(handle: CommandHandle, now: Millis): void {
    this.environment.observer.count('mgcp.refused', 'not-ours');
    this.#layer.respond(handle, { code: 500 }, now);
  }

  #act(command: MgcpCommand, handle: CommandHandle, line: Line, now: Millis): void {
    line.report(command, now);
    const next = line.busy ? undefined : this.lines.takeOf(line, now);
    const followUp = next && this.#courier.outgoing(line, next);
    this.#layer.respond(handle, { code: 200 }, now, followUp);
  }

  /** A report that came to another node. */
  #toldReport(data: Buffer, now: Millis): void {
    for (const message of decodeDatagram(data)) {
      if (message.kind !== 'command' || (message.verb !== 'NTFY' && message.verb !== 'DLCX')) continue;
      const gateway = this.#gateways.of(message.endpoint);
      const line = gateway?.line(message.endpoint.local);
      if (!gateway || !line || gateway.stage === 'foreign') continue;
      // What it means is not known yet: it will come again.
      if (gateway.unaudited.has(line) || this.#takeover.isSettling(gateway)) continue;
      this.environment.tellPeers(REPORT_TAKEN, reportKey(message));
      if (message.verb === 'DLCX') line.deletedByGateway(message, now);
      else if (line.isCurrent(message.parameters.requestIdentifier ?? '0')) line.report(message, now);
    }
  }

  /** The holder has it: its gateway need not repeat it. */
  #reportTaken(key: string, now: Millis): void {
    const at = this.#waiting.findIndex(({ passedOn, command }) => passedOn && reportKey(command) === key);
    const [taken] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (taken) this.#layer.respond(taken.handle, { code: taken.command.verb === 'DLCX' ? 250 : 200 }, now);
  }

  #restart(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const { observer, calls, draining } = this.environment;
    const method = command.parameters.restartMethod ?? 'restart';
    observer.count('mgcp.restart', method);
    const lines = gateway.linesOf(command.endpoint.local);
    if (lines.length === 0) return void this.#layer.respond(handle, { code: 500 }, now);
    const other = gateway.stage === 'foreign' || draining ? this.#betterHolder(gateway, now) : undefined;
    if (other !== undefined) return this.#redirect(handle, other, now);
    if (gateway.stage === 'foreign' && !this.#mayHold(gateway)) return this.#notOurs(handle, now);
    if (gateway.stage === 'foreign' && method === 'disconnected') this.#takeFrom(gateway, now);
    this.#takeover.hold(gateway, now);
    gateway.silent = false;
    this.#layer.respond(handle, this.#welcome(gateway), now);
    for (const line of lines) gateway.unclaimed.delete(line);
    switch (method) {
      case 'restart': {
        const isUp = (command.parameters.restartDelayS ?? 0) === 0;
        this.#takeover.drop(gateway, lines, now);
        for (const line of lines) {
          line.restarted(now);
          calls.service(line.name, isUp, now);
        }
        return undefined;
      }
      case 'forced':
        this.#takeover.drop(gateway, lines, now);
        for (const line of lines) {
          line.restarted(now);
          calls.service(line.name, false, now);
        }
        return undefined;
      case 'disconnected':
        for (const line of lines) line.disconnected();
        return this.#takeover.audit(gateway, lines, now);
      default:
        // graceful and cancel-graceful: calls go on, and what ends them will be told.
        return undefined;
    }
  }

  #welcome(gateway: Gateway): ResponseDraft {
    const { path } = gateway;
    return {
      code: 200,
      ...(path && { parameters: pathParameters(path, gateway.hasRed !== false && gateway.settings.alternates === 'list') }),
    };
  }

  /** Where a gateway that comes here had better go. */
  #betterHolder(gateway: Gateway, now: Millis): number | undefined {
    const holder = this.#otherHolder(gateway, now);
    if (holder !== undefined || this.#mayHold(gateway)) return holder;
    const { peers } = this.environment;
    return gateway.settings.nodes.find((index) => index !== peers.self.index && peers.state(index, now) === 'up');
  }

  /** 521: the gateway registers with the node that is named (§2.4, only after RSIP). */
  #redirect(handle: CommandHandle, index: number, now: Millis): void {
    const node = this.environment.peers.nodes[index];
    const path = node && pathOf(node, [], undefined);
    this.environment.observer.count('mgcp.restart.redirected');
    this.#layer.respond(handle, path ? { code: 521, parameters: pathParameters(path, false) } : { code: 405 }, now);
  }

  #deleted(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const line = gateway.line(command.endpoint.local);
    if (!line) return void this.#layer.respond(handle, { code: 500 }, now);
    if (gateway.stage === 'foreign') {
      if (this.#otherHolder(gateway, now) !== undefined) return this.#passOn(command, handle, gateway, now);
      if (!this.#mayHold(gateway)) return this.#notOurs(handle, now);
      this.#takeFrom(gateway, now, line);
    }
    if (gateway.unaudited.has(line)) return this.#defer(command, handle, gateway, now + PATIENCE_MS, now);
    this.#layer.respond(handle, { code: line.deletedByGateway(command, now) }, now);
  }

  // --- what waits --------------------------------------------------------------------------------------------------

  #defer(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, until: Millis, now: Millis, passedOn = false): void {
    if (this.#waiting.length >= MAX_WAITING) return void this.#layer.respond(handle, { code: 409 }, now);
    this.#waiting.push({ command, handle, gateway, until, passedOn });
    this.#sweepAt = Math.min(this.#sweepAt, now + 20);
  }

  /** Acts on what has waited long enough. */
  #wait(now: Millis): void {
    if (this.#waiting.length === 0) return;
    const still: Waiting[] = [];
    for (const each of this.#waiting.splice(0)) {
      // It was answered in our stead, for being late (406).
      if (each.handle.answered) continue;
      const line = each.gateway.line(each.command.endpoint.local);
      const unready = each.passedOn
        ? now < each.until
        : line && each.gateway.unaudited.has(line)
          ? true
          : now < each.until && this.#takeover.isSettling(each.gateway);
      if (this.#custody.hearsay && each.gateway.stage === 'foreign') still.push(each);
      else if (unready) still.push(each);
      // Nobody took it: whose the gateway is now, and whether it must be audited first, is asked anew.
      else if (each.passedOn) this.#command(each.command, each.handle, now);
      else if (each.command.verb === 'NTFY' && line && each.gateway.stage !== 'foreign') this.#act(each.command, each.handle, line, now);
      else this.#command(each.command, each.handle, now);
    }
    this.#waiting.push(...still);
    if (this.#waiting.length > 0) this.#sweepAt = Math.min(this.#sweepAt, now + 20);
    this.#events(now);
  }

  // --- whose gateway -----------------------------------------------------------------------------------------------

  #takeIfOurs(gateway: Gateway, now: Millis): void {
    if (gateway.stage !== 'foreign' || !this.#mayHold(gateway) || this.#takeover.isConceded(gateway)) return;
    const { peers } = this.environment;
    const holder = this.#custody.holder(gateway.name);
    const [home] = gateway.settings.nodes;
    const isComing = home !== peers.self.index && home !== undefined && !this.#seen.has(home) && now < this.#homeFirstUntil;
    if (holder === undefined && isComing) return;
    const isAsked = holder !== undefined && (this.#probes.has(holder) || this.#alive.has(holder));
    if (isAsked || this.#custody.successor(gateway.name, now) !== peers.self.index) return;
    this.#takeover.take(gateway, holder === undefined ? 'start' : holder === peers.self.index ? 'returned' : 'holder-gone', now);
  }

  /** Its holder is not there any more, as a message of the gateway shows: all that the holder had is taken. */
  #takeFrom(gateway: Gateway, now: Millis, line?: Line): void {
    const holder = this.#custody.holder(gateway.name);
    this.#takeover.take(gateway, 'holder-gone', now, { line });
    const gone = holder ?? gateway.settings.nodes[0];
    for (const each of this.#gateways) {
      const theirs = this.#custody.holder(each.name) ?? each.settings.nodes[0];
      if (each.stage === 'foreign' && theirs === gone && this.#mayHold(each)) this.#takeover.take(each, 'holder-gone', now);
    }
  }

  /** A short question to where the node listens for gateways: one that lives answers anything. */
  #probe(index: number, now: Millis): void {
    const node = this.environment.peers.nodes[index];
    const address = node && agentAddress(node);
    if (!address) return this.#takeover.nodeGone(index);
    this.#probes.set(index, now + PROBE_MS);
    const { host, port } = address;
    this.#courier.run({
      gateway: undefined,
      to: { names: [{ host, port }] },
      command: { verb: 'AUEP', endpoint: { local: 'probe', domain: node.name }, parameters: {} },
      then: (response, at) => {
        if (!response) return;
        this.environment.observer.count('mgcp.probe.answered');
        if (this.#probes.delete(index)) this.#alive.set(index, at + PROBE_AGAIN_MS);
      },
    });
    this.#sweepAt = Math.min(this.#sweepAt, now + PROBE_MS);
  }

  #endProbes(now: Millis): void {
    for (const [index, againAt] of this.#alive) {
      if (now < againAt) continue;
      this.#alive.delete(index);
      if (this.environment.peers.state(index, now) === 'down') this.#probe(index, now);
    }
    for (const [index, until] of this.#probes) {
      if (now < until) continue;
      this.#probes.delete(index);
      this.environment.observer.count('mgcp.probe.silent');
      this.#layer.abandon(
        ({ command }) => command.endpoint.local === 'probe' && command.endpoint.domain === this.environment.peers.nodes[index]?.name,
      );
      this.#takeover.nodeGone(index);
    }
  }

  // --- whether it lives --------------------------------------------------------------------------------------------

  #heartbeat(gateway: Gateway, now: Millis): void {
    const { heartbeatMs } = gateway.settings;
    if (gateway.stage !== 'serving' || heartbeatMs === undefined || now - gateway.heardAt < heartbeatMs) return;
    const [line] = gateway.lines.values();
    // Asked once in a period, answered or not.
    gateway.heardAt = now;
    this.#courier.run({
      gateway,
      to: gateway.destination,
      command: { verb: 'AUEP', endpoint: line?.endpoint ?? gateway.endpoint('*'), parameters: {} },
      then: (response, at) => {
        if (response && (isSuccess(response.code) || response.code >= 400)) return;
        this.environment.observer.count('mgcp.gateway.silent');
        if (!gateway.silent) this.environment.observer.log('warn', `gateway ${gateway.name} does not answer`);
        gateway.silent = true;
        for (const each of gateway.lines.values()) {
          if ((each.describe().wanted?.phase ?? 'idle') === 'idle') this.environment.calls.service(each.name, false, at);
        }
      },
    });
  }

  #lookUpNames(now: Millis): void {
    if (now < this.#namesAt) return;
    this.#namesAt = now + NAMES_MS;
    this.#names.clear();
    for (const gateway of this.#gateways) {
      for (const host of gateway.names) {
        const id = this.environment.nextId();
        this.#names.set(id, gateway);
        this.environment.emit({ kind: 'resolve', id, question: { host, port: 2427, transport: 'udp', secure: false, service: 'mgcp' } });
      }
    }
  }

  #callIdOf(command: { readonly endpoint: MgcpCommand['endpoint'] }): string | undefined {
    return this.#gateways.of(command.endpoint)?.line(command.endpoint.local)?.describe().wanted?.callId;
  }
}

/** Under which two nodes speak of one report. */
function reportKey({ endpoint, transactionId }: MgcpCommand): string {
  return `${endpointKey(endpoint)} ${transactionId}`;
}
