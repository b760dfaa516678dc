// The call agent: what gateways tell is handed to those whose business it is, and what lines have to say is sent. It joins
// its desks, and owns their common housekeeping (RFC 3435 §4; ARCHITECTURE "Who controls a gateway").
import { GATEWAY_HELD, GatewayCustody, GatewayNames, type GatewaySummary } from '@altpath/call-control';
import { formatHostPort, type Hop, type Millis, type NodeState, type ResolvedAddress } from '@altpath/core';
import { checkCommand, decodeDatagram } from '../codec/index.js';
import type { Environment } from '../environment.js';
import { DEFAULT_GATEWAY_PORT } from '../message/entity-name.js';
import type { CommandDraft, MgcpCommand } from '../message/message.js';
import { type CommandHandle, type TransactionEvent, TransactionIds, TransactionLayer, transactionSettings } from '../transaction/index.js';
import { isAdmitted } from './admission.js';
import { BRIDGE, BRIDGE_GONE, Bridges } from './bridges/bridges.js';
import { Courier, gatewayOf, type Token } from './courier.js';
import { Farewells } from './farewell.js';
import type { Gateway } from './gateway.js';
import { Gateways } from './gateways.js';
import { HalfCalls } from './half-call.js';
import { beat } from './heartbeat.js';
import { Holding } from './holding.js';
import type { AgentParts } from './parts.js';
import { Probes } from './probes.js';
import { REPORT, REPORT_TAKEN, ReportDesk } from './report-desk.js';
import { Restarts } from './restart.js';
import { HAND_OVER, LEFT, Takeover } from './takeover.js';

/** Housekeeping that nobody waits for. */
const SWEEP_MS: Millis = 250;

export class CallAgent {
  readonly lines = new HalfCalls();
  readonly #parts: AgentParts;
  readonly #probes: Probes;
  readonly #farewells: Farewells;
  readonly #holding: Holding;
  readonly #reports: ReportDesk;
  readonly #restarts: Restarts;
  readonly #names: GatewayNames;
  #sweepAt: Millis;

  constructor(
    private readonly environment: Environment,
    now: Millis,
  ) {
    this.#sweepAt = now;
    this.#parts = this.#makeParts(environment, now);
    this.#probes = new Probes(this.#parts);
    this.#farewells = new Farewells(this.#parts.gateways, this.#parts.courier, this.#parts.takeover);
    this.#holding = new Holding(this.#parts, this.#probes, this.#farewells, now);
    this.#reports = new ReportDesk(this.#parts, this.#holding, (command, handle, at) => this.#command(command, handle, at));
    this.#restarts = new Restarts(this.#parts, this.#holding);
    this.#names = new GatewayNames(environment, this.#parts.gateways, { service: 'mgcp', port: DEFAULT_GATEWAY_PORT }, now);
  }

  #makeParts(environment: Environment, now: Millis): AgentParts {
    const { settings, peers, calls, observer, random } = environment;
    const linePorts = {
      event: calls.event.bind(calls),
      touched: (name: string): void => this.lines.touch(name),
      observer,
    };
    const gateways = new Gateways(environment, linePorts, now);
    const held = settings.gateways.map(({ name, nodes }) => ({ name, nodes }));
    const custody = new GatewayCustody({ gateways: held, joiningMs: settings.joiningMs }, peers, now);
    // What is once of a call stays so: its response may come when the line is in none any more.
    const ofCalls = new WeakMap<MgcpCommand | CommandDraft, string>();
    const callIdOf = (command: MgcpCommand | CommandDraft): string | undefined => {
      const { endpoint, parameters } = command;
      const line = gateways.of(endpoint)?.line(endpoint.local);
      const callId = ofCalls.get(command) ?? line?.callAtHand ?? parameters.callId;
      if (callId !== undefined) ofCalls.set(command, callId);
      return callId ?? line?.name;
    };
    const layer = new TransactionLayer<Token>(
      transactionSettings('agent', settings.timers),
      {
        emit: (output) => environment.emit(output),
        random,
        ids: TransactionIds.ofNode(peers.self.index),
        observer,
        resolveId: () => environment.nextId(),
        callIdOf,
        listener: 0,
        stray: (response, at) => this.#parts.bridges.stray(response, at),
      },
      now,
    );
    const courier = new Courier(
      layer,
      this.lines,
      (line) => gateways.ofLine(line),
      (line, outgoing, at) => this.#reports.answerWith(line, outgoing, at),
    );
    const takeover = new Takeover(environment, custody, this.lines, courier);
    const bridges = new Bridges(environment, gateways, courier, now);
    const wakeBy = (at: Millis): void => void (this.#sweepAt = Math.min(this.#sweepAt, at));
    return { environment, gateways, custody, layer, courier, takeover, lines: this.lines, bridges, wakeBy };
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  receive(data: Buffer, hop: Hop, now: Millis): void {
    for (const message of decodeDatagram(data)) {
      if (isAdmitted(message, hop, this.#parts, now)) this.#parts.layer.receive(message, hop, now);
    }
    this.#events(now);
  }

  unreachable(hop: Hop, now: Millis): void {
    this.#parts.layer.unreachable(hop, now);
    this.#events(now);
  }

  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    if (!this.#names.resolved(id, addresses)) this.#parts.layer.resolved(id, addresses, now);
    this.#events(now);
  }

  /** A peer's state has changed: gateways of one that is gone are taken, after it was asked once more. */
  peerChanged(index: number, state: NodeState, now: Millis): void {
    this.#parts.bridges.peerChanged(index, state, now);
    if (state === 'up') {
      this.#holding.sees(index);
      this.#probes.settled(index);
    } else if (state === 'down') {
      this.#probes.ask(index, now);
      this.#events(now);
    }
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    switch (topic) {
      case GATEWAY_HELD:
        this.#holding.told(content, fromNode, now);
        break;
      case HAND_OVER:
        this.#holding.handedOver(content, fromNode, now);
        break;
      case LEFT:
        this.#holding.left(content);
        break;
      case REPORT:
        this.#reports.told(content, now);
        break;
      case REPORT_TAKEN:
        this.#reports.taken(content, now);
        break;
      case BRIDGE:
      case BRIDGE_GONE:
        this.#parts.bridges.told(topic, content);
        break;
    }
    this.#events(now);
  }

  /** What other nodes are told when one joins: which gateways are held. */
  tables(): readonly string[] {
    return this.#parts.custody.holdings();
  }

  /** Anchors of calls. */
  get bridges(): Bridges {
    return this.#parts.bridges;
  }

  /** The clock jumped: commands under way are let go, and whatever this node held may be another's by now. */
  thawed(now: Millis): void {
    const { courier, gateways, takeover, custody, bridges } = this.#parts;
    courier.abandon();
    bridges.thawed();
    this.#reports.doubt(now);
    for (const gateway of gateways) if (gateway.stage !== 'foreign') takeover.lose(gateway, now);
    this.#probes.clear();
    custody.doubt(Math.floor(now));
  }

  drain(now: Millis): void {
    this.#holding.drain(now);
  }

  tick(now: Millis): void {
    this.#parts.layer.tick(now);
    this.lines.tick(now);
    this.#parts.bridges.tick(now);
    this.#events(now);
    if (now >= this.#sweepAt) this.#sweep(now);
  }

  deadline(): Millis {
    return Math.min(this.#parts.layer.deadline(), this.lines.deadline(), this.#parts.bridges.deadline(), this.#sweepAt);
  }

  /** Sends what has become due within anybody's turn. */
  settle(now: Millis): void {
    this.#parts.bridges.pump(now);
    this.#parts.courier.pump(now);
    if (this.environment.draining) this.#farewells.settle(now);
    this.#reports.settle(now);
    this.#events(now);
  }

  get load(): { readonly sent: number; readonly queued: number } {
    const { layer, courier, bridges } = this.#parts;
    return { sent: layer.load.sent + layer.load.executing, queued: this.lines.queued + courier.waiting + bridges.waiting };
  }

  /** Index of the node that holds the gateway, as far as this one knows. */
  holderOf(gateway: string): number | undefined {
    return this.#parts.custody.holder(gateway);
  }

  /** The nodes that hold gateways of this path; undefined while this node has not been told. */
  holdersAlong(path: readonly number[]): readonly number[] | undefined {
    const { custody, gateways } = this.#parts;
    return custody.holdersAlong(path, (gateway) => gateways.named(gateway)?.stage !== 'foreign');
  }

  /** The gateways of the file, for listings. */
  get gateways(): readonly GatewaySummary[] {
    const { gateways, custody } = this.#parts;
    return [...gateways].map(({ name, stage, silent, destination, hasRed, lines }) => ({
      gateway: name,
      protocol: 'mgcp',
      holder: custody.holder(name),
      state: stage === 'serving' && silent ? 'silent' : stage,
      place: destination.names[0] && `udp:${formatHostPort(destination.names[0])}`,
      speaks: hasRed === undefined ? undefined : hasRed ? 'follows a list (RED)' : 'knows one call agent',
      lines: lines.size,
    }));
  }

  // --- housekeeping ------------------------------------------------------------------------------------------------

  #sweep(now: Millis): void {
    this.#sweepAt = now + SWEEP_MS;
    this.#names.sweep(now);
    this.#probes.sweep(now);
    this.#holding.sweep(now);
    this.#reports.sweep(now);
    this.#restarts.sweep(now);
    this.#parts.bridges.sweep(this.#parts.custody.hearsay, now);
    for (const gateway of this.#parts.gateways) {
      this.#parts.takeover.reclaim(gateway, now);
      beat(gateway, this.#parts, now);
    }
    this.#events(now);
  }

  // --- what transactions tell --------------------------------------------------------------------------------------

  #events(now: Millis): void {
    const { layer } = this.#parts;
    for (let event = layer.poll(); event; event = layer.poll()) this.#take(event, now);
  }

  #take(event: TransactionEvent<Token>, now: Millis): void {
    const { courier } = this.#parts;
    switch (event.kind) {
      case 'command':
        return this.#command(event.command, event.handle, now);
      case 'completed': {
        const gateway = gatewayOf(event.token);
        if (gateway) this.#heard(gateway, now);
        return courier.settle(event, now);
      }
      case 'failed':
        return courier.settle(event, now);
      case 'silent':
        return courier.giveUp(event.token, now);
      case 'suspicious':
        return this.environment.observer.count('mgcp.address.suspicious');
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
    this.#parts.takeover.audit(gateway, [...gateway.lines.values()]);
  }

  #command(command: MgcpCommand, handle: CommandHandle, now: Millis): void {
    const { gateways, layer, custody } = this.#parts;
    const gateway = gateways.of(command.endpoint);
    const refusal = checkCommand(command);
    if (!gateway || refusal) return void layer.respond(handle, { code: refusal?.code ?? 500 }, now);
    if (this.#holding.isOpen(gateway)) return this.#reports.wait(command, handle, gateway, custody.deadline(), now);
    this.#heard(gateway, now);
    switch (command.verb) {
      case 'NTFY':
      case 'DLCX':
        return this.#reports.take(command, handle, gateway, now);
      case 'RSIP':
        return this.#restarts.take(command, handle, gateway, now);
      default:
        this.environment.observer.count('mgcp.refused', 'verb');
        return void layer.respond(handle, { code: 504 }, now);
    }
  }
}
