// The media gateway controller: what gateways tell is handed to those whose business it is, and what lines have to say is
// sent. It joins its desks, and owns their common housekeeping (RFC 3525 §11; ARCHITECTURE "Who controls a gateway").
import { GATEWAY_HELD, GatewayCustody, GatewayNames, type GatewaySummary, LineQueue } from '@altpath/call-control';
import { type Hop, hopKey, type Millis, type NodeState, type ResolvedAddress } from '@altpath/core';
import type { Environment } from '../environment.js';
import { Streams, type TransactionEvent, TransactionIds, TransactionLayer, transactionSettings } from '../transaction/index.js';
import { Admission } from './admission.js';
import { Courier, type Token } from './courier.js';
import type { Gateway } from './gateway.js';
import { Gateways } from './gateways.js';
import { HandOff } from './hand-off.js';
import { Holding } from './holding.js';
import { Inactivity } from './inactivity.js';
import { Leftovers } from './leftovers.js';
import type { Line, Lines, Step } from './line.js';
import type { ControllerParts } from './parts.js';
import { Registration } from './registration.js';
import { ReportDesk } from './report-desk.js';
import { Seeking } from './seeking.js';
import { Takeover } from './takeover.js';

/** RFC 3525 §9. Of what a name leads to the address alone is used. */
const TEXT_PORT = 2_944;
/** Housekeeping that nobody waits for. */
const SWEEP_MS: Millis = 250;

export class MediaGatewayController {
  readonly lines: Lines = new LineQueue<Step, Line>('megaco');
  readonly #parts: ControllerParts;
  readonly #streams = new Streams();
  readonly #admission: Admission;
  readonly #holding: Holding;
  readonly #inactivity: Inactivity;
  readonly #registration: Registration;
  readonly #handOff: HandOff;
  readonly #leftovers = new Leftovers(() => this.#parts);
  readonly #reports: ReportDesk;
  readonly #names: GatewayNames;
  readonly #seeking: Seeking;
  #sweepAt: Millis;

  constructor(
    private readonly environment: Environment,
    now: Millis,
  ) {
    this.#sweepAt = now;
    this.#parts = this.#makeParts(environment, now);
    this.#admission = new Admission(this.#parts);
    this.#holding = new Holding(this.#parts, now);
    this.#inactivity = new Inactivity(this.#parts);
    this.#registration = new Registration(this.#parts, this.#holding, this.#inactivity);
    this.#handOff = new HandOff(this.#parts, this.#holding);
    this.#seeking = new Seeking(this.#parts, this.#holding, this.#handOff);
    this.#reports = new ReportDesk(this.#parts, this.#holding, this.#registration, this.#handOff, this.#seeking);
    this.#names = new GatewayNames(environment, this.#parts.gateways, { service: 'megaco', port: TEXT_PORT }, now);
  }

  #makeParts(environment: Environment, now: Millis): ControllerParts {
    const { settings, peers, calls, observer, random } = environment;
    const linePorts = {
      event: calls.event.bind(calls),
      touched: (name: string): void => this.lines.touch(name),
      observer,
    };
    const gateways = new Gateways(environment, linePorts, now);
    const held = settings.gateways.map(({ name, nodes }) => ({ name, nodes }));
    const custody = new GatewayCustody({ gateways: held, joiningMs: settings.joiningMs }, peers, now);
    const layer = new TransactionLayer<Token>(
      transactionSettings(settings.timers),
      {
        emit: (output) => environment.emit(output),
        random,
        ids: new TransactionIds(),
        observer,
        mIdOf: (hop) => environment.mIdOf(hop),
        callIdOf: (actions) => this.#callIdOf(actions),
        speaksFor: (mId, peer) => mId !== undefined && gateways.of(mId)?.mId === peer,
        ...(gateways.haveKeys && { sign: (message: Buffer, hop: Hop) => this.#sign(message, hop) }),
      },
      now,
    );
    const courier = new Courier(
      layer,
      this.lines,
      (line) => gateways.ofLine(line),
      (line, at) => this.#reports.left(line, at),
      (line) => this.#reports.awaits(line),
    );
    const takeover = new Takeover(
      environment,
      custody,
      this.lines,
      courier,
      gateways,
      (gateway, at) => this.#leftovers.begin(gateway, at),
      () => !this.#reports.anyWaits,
    );
    const wakeBy = (at: Millis): void => void (this.#sweepAt = Math.min(this.#sweepAt, at));
    return { environment, gateways, custody, layer, courier, takeover, lines: this.lines, wakeBy };
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  receive(data: Buffer, hop: Hop, now: Millis): void {
    const { messages, fault, crowded = [] } = this.#streams.feed(data, hop);
    for (const message of messages) {
      const incoming = this.#admission.admit(message, hop, now);
      if (incoming) this.#parts.layer.receive(incoming, hop, now);
      this.#events(now);
    }
    for (const flow of crowded) this.#cut(flow, 'megaco.tpkt.crowded');
    if (fault !== undefined && hop.flow !== undefined) this.#cut(hop.flow, fault.code);
  }

  #cut(flow: number, reason: string): void {
    this.environment.observer.count('megaco.broken', reason);
    this.environment.emit({ kind: 'close', flow, reason });
  }

  unreachable(hop: Hop, now: Millis): void {
    this.#parts.layer.unreachable(hop);
    this.#events(now);
  }

  /** A gateway on TCP notices just as we do, and comes again (§11.5). Until then its calls go on. */
  flowClosed(hop: Hop, now: Millis): void {
    const { flow } = hop;
    if (flow === undefined) return;
    this.#streams.closed(flow);
    this.#parts.layer.unreachable(hop);
    for (const gateway of this.#parts.gateways.onFlow(flow)) {
      this.environment.observer.count('megaco.association.closed');
      this.#parts.takeover.begun(gateway, now);
      gateway.association = undefined;
      gateway.watches = false;
      if (gateway.stage !== 'foreign') gateway.lostAt = now;
    }
    this.#events(now);
  }

  resolved(id: number, addresses: readonly ResolvedAddress[], _now: Millis): void {
    this.#names.resolved(id, addresses);
  }

  /** Gateways come by themselves when their controller is gone; nothing is taken. */
  peerChanged(index: number, state: NodeState, now: Millis): void {
    const { custody, takeover } = this.#parts;
    custody.tick(Math.floor(now));
    if (state === 'down') takeover.nodeGone(index, now);
    this.#parts.wakeBy(now);
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    const follow = (gone: Gateway, to: number): boolean => this.#handOff.follow(gone, to, now);
    if (topic === GATEWAY_HELD) this.#holding.told(content, fromNode, follow, now);
    this.#parts.wakeBy(now);
    this.#events(now);
  }

  /** What other nodes are told when one joins. */
  tables(): readonly string[] {
    return this.#parts.custody.holdings();
  }

  /** The clock jumped: transactions under way are let go, and whatever this node held may be another's by now. */
  thawed(now: Millis): void {
    const { courier, gateways, takeover, custody } = this.#parts;
    courier.abandon(undefined, now);
    this.#reports.doubt();
    for (const gateway of gateways) if (gateway.stage !== 'foreign') takeover.lose(gateway, now, true);
    takeover.doubt();
    custody.doubt(Math.floor(now));
  }

  drain(now: Millis): void {
    this.#handOff.drain(now);
  }

  tick(now: Millis): void {
    this.#parts.layer.tick(now);
    this.lines.tick(now);
    this.#events(now);
    if (now >= this.#sweepAt) this.#sweep(now);
  }

  deadline(): Millis {
    return Math.min(this.#parts.layer.deadline(), this.lines.deadline(), this.#sweepAt);
  }

  /** Sends what has become due within anybody's turn. */
  settle(now: Millis): void {
    this.#parts.courier.pump(now);
    this.#reports.settle(now);
    this.#events(now);
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
    return [...gateways].map(({ name, stage, silent, association, speaks, lines }) => ({
      gateway: name,
      protocol: 'megaco',
      holder: custody.holder(name),
      state: stage === 'serving' && silent ? 'silent' : stage,
      place: association && hopKey(association.hop),
      speaks,
      lines: lines.size,
    }));
  }

  /** Transactions without a reply, what waits to be sent, and gateways that are on their way to another node. */
  get load(): { readonly sent: number; readonly queued: number; readonly leaving: number } {
    const { layer, courier, gateways } = this.#parts;
    const { sent, executing } = layer.load;
    const leaving = [...gateways].filter((gateway) => gateway.leaving !== undefined).length;
    return { sent: sent + executing, queued: this.lines.queued + courier.waiting, leaving };
  }

  /** With the key of the gateway that is there (RFC 3525 §10.2). */
  #sign(message: Buffer, hop: Hop): Buffer {
    const from = this.environment.listenerOf(hop)?.advertised;
    const authenticator = this.#parts.gateways.keyedAt(hop)?.authenticator;
    return from && authenticator ? authenticator.sign(message, { from, to: hop }) : message;
  }

  // --- housekeeping ------------------------------------------------------------------------------------------------

  #sweep(now: Millis): void {
    this.#sweepAt = now + SWEEP_MS;
    this.#names.sweep(now);
    this.#holding.sweep(now);
    this.#reports.sweep(now);
    this.#registration.sweep(now);
    this.#handOff.sweep(now);
    this.#seeking.sweep(now);
    this.#parts.takeover.sweep(now);
    this.#leftovers.sweep(now);
    for (const gateway of this.#parts.gateways) this.#inactivity.beat(gateway, now);
    this.#events(now);
  }

  // --- what transactions tell --------------------------------------------------------------------------------------

  #events(now: Millis): void {
    const { layer } = this.#parts;
    for (let event = layer.poll(); event; event = layer.poll()) this.#take(event, now);
  }

  #take(event: TransactionEvent<Token>, now: Millis): void {
    const { courier, gateways } = this.#parts;
    const { observer } = this.environment;
    switch (event.kind) {
      case 'request': {
        const gateway = gateways.of(event.mId);
        if (gateway === undefined) return void this.#parts.layer.drop(event.handle);
        this.#heard(gateway, now);
        return this.#reports.take(event, gateway, now);
      }
      case 'completed':
        this.#heard(event.token.gateway, now);
        return courier.completed(event, now);
      case 'failed': {
        const { gateway, sentAt } = event.token;
        // D.1.5: who has said nothing for T-MAX has failed.
        const isSilent = event.reason !== 'encoding' && event.reason !== 'pendings' && gateway.heardAt < sentAt;
        courier.failed(event.token, event.reason, now);
        if (isSilent && gateway.stage === 'serving' && !gateway.silent) this.#inactivity.silent(gateway, now);
        return undefined;
      }
      case 'suspicious':
        return observer.count('megaco.address.suspicious');
      case 'message-error':
        observer.count('megaco.message-error', String(event.error.code));
        return observer.log('warn', 'a gateway could not read a message', { code: event.error.code, text: event.error.text });
      case 'pending':
      case 'overdue':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #heard(gateway: Gateway, now: Millis): void {
    gateway.heardAt = now;
    if (!gateway.silent || gateway.stage !== 'serving' || gateway.association === undefined) return;
    gateway.silent = false;
    this.#parts.takeover.audit(gateway, [...gateway.lines.values()], now);
  }

  /** The call that a transaction is about, or the line that is in none, for ladders. */
  #callIdOf(actions: Step): string | undefined {
    const { courier } = this.#parts;
    const reporter = courier.speaker(actions) ? undefined : this.#reporterOf(actions);
    if (reporter) courier.speaks(actions, reporter);
    return courier.callOf(actions);
  }

  #reporterOf(actions: Step): Line | undefined {
    const commands = actions.flatMap((action) => action.commands);
    const ids = commands.flatMap((command) => (command.kind === 'notify' ? [command.observed.requestId] : []));
    if (ids.length === 0) return undefined;
    for (const line of this.lines.lines()) {
      const { requestId } = line.describe();
      if (requestId !== undefined && ids.includes(requestId)) return line;
    }
    return undefined;
  }
}
