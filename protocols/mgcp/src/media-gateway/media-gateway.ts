// The media-gateway role of MGCP: one pure machine for all the lines of a gateway. Datagrams and what people do at their
// telephones go in; datagrams, tones and orders for media come out. Lines, commands, procedures and transactions each
// have their own file; here they are joined.
import { type AdapterOutput, type Machine, type Millis, NEVER, type Observer, SILENT } from '@altpath/core';
import { decodeDatagram } from '../codec/index.js';
import type { EventItem } from '../message/events.js';
import type { CommandDraft, MgcpCommand, MgcpResponse } from '../message/message.js';
import { ReturnCode } from '../message/return-codes.js';
import { PackageRegistry } from '../packages/index.js';
import {
  type CommandHandle,
  TransactionIds,
  TransactionLayer,
  transactionSettings,
  type TransactionSettings,
} from '../transaction/index.js';
import { NOTHING_COUNTED } from './commands.js';
import { countingMediaPlane, type LineInput, type MediaGatewayInput, type MediaGatewayOutput, type MediaPlane } from './door.js';
import { execute, type Execution, type ExecutionGround, isAudit } from './execution.js';
import { type EndpointKind, GatewayLine, HookEvent, type LineSurroundings } from './line.js';
import type { Procedure } from './procedure.js';
import { ServiceDesk } from './service.js';
import { gatewaySettings, type MediaGatewayOptions, type MediaGatewaySettings } from './settings.js';
import { SlowCommands } from './slow-commands.js';

/** What a gateway needs beside its settings. */
export interface MediaGatewayPorts {
  /** In [0, 1). */
  readonly random: () => number;
  /** Default: ports without sockets. */
  readonly media?: MediaPlane | undefined;
  readonly observer?: Observer | undefined;
  /** Timers and bounds of transactions; default RFC 3435's. */
  readonly transactions?: Partial<Omit<TransactionSettings, 'scope'>> | undefined;
}

/** What a command of ours was sent for. */
type Token =
  | { readonly kind: 'line'; readonly line: GatewayLine }
  | { readonly kind: 'procedure'; readonly procedure: Procedure }
  | { readonly kind: 'announcement'; readonly lines: readonly GatewayLine[] };

/**
 * @example
 * const gateway = new MediaGateway({ domain: 'gw1.test', lines: ['aaln/1'], notifiedEntity, mediaAddress: '10.0.0.1' }, { random }, now);
 * gateway.handle({ kind: 'start' }, now);
 * gateway.handle({ kind: 'off-hook', line: 'aaln/1' }, now);
 * gateway.drain(perform);
 */
export class MediaGateway implements Machine<MediaGatewayInput, MediaGatewayOutput> {
  readonly settings: MediaGatewaySettings;
  /** The lines as they are, for listings and for scripts that look around; and its bridges. */
  readonly lines: readonly GatewayLine[];
  readonly bridges: readonly GatewayLine[];
  readonly #layer: TransactionLayer<Token>;
  readonly #tMaxMs: Millis;
  readonly #around: LineSurroundings;
  readonly #ground: ExecutionGround;
  readonly #desk: ServiceDesk;
  readonly #slow: SlowCommands;
  readonly #media: MediaPlane;
  readonly #told = new Map<Procedure, Token>();
  /** Lines with something to do later, and when. */
  readonly #alarms = new Map<GatewayLine, Millis>();
  readonly #touched = new Set<GatewayLine>();
  readonly #connectionPrefix: string;
  #connections = 0;
  #started = false;
  #outputs: MediaGatewayOutput[] = [];

  constructor(options: MediaGatewayOptions, ports: MediaGatewayPorts, now: Millis) {
    this.settings = gatewaySettings(options);
    this.#media = ports.media ?? countingMediaPlane();
    // Another one after each restart: a late command for a connection of before must not find a new one.
    this.#connectionPrefix = (Math.floor(now / 1_000) % 0x10_0000).toString(16).toUpperCase();
    const settings = transactionSettings('gateway', ports.transactions);
    this.#tMaxMs = settings.tMaxMs;
    this.#layer = new TransactionLayer<Token>(
      settings,
      {
        emit: (output: AdapterOutput) => void this.#outputs.push(output),
        random: ports.random,
        ids: TransactionIds.ofGateway(),
        observer: ports.observer ?? SILENT,
      },
      now,
    );
    this.#around = this.#surroundings();
    const endpoints = (names: readonly string[], kind: EndpointKind): readonly GatewayLine[] =>
      names.map((name) => new GatewayLine(name, kind, this.#around));
    this.lines = endpoints(this.settings.lines, 'line');
    this.bridges = endpoints(this.settings.bridges, 'bridge');
    const lines = [...this.lines, ...this.bridges];
    this.#desk = new ServiceDesk(lines, {
      timers: this.settings.timers,
      random: ports.random,
      tell: (procedure, draft, at) => this.#tell(procedure, draft, at),
      announce: (group, draft, at) => this.#announce(group, draft, at),
      withdraw: (procedure) => this.#withdraw(procedure),
    });
    this.#ground = {
      around: this.#around,
      lines,
      byName: new Map(lines.map((line) => [line.name.toLowerCase(), line])),
      serviceOf: (line, at) => this.#desk.report(line, at),
    };
    this.#slow = new SlowCommands(this.settings.executionMs, {
      execute: (command, handle, at) => this.#execute(command, handle, at),
      answer: (handle, code, at) => void this.#layer.respond(handle, { code }, at),
    });
  }

  /** Commands of its own that nobody has answered yet. */
  get unanswered(): number {
    return this.#layer.load.sent;
  }

  handle(input: MediaGatewayInput, now: Millis): void {
    this.#take(input, now);
    this.#settle(now);
  }

  tick(now: Millis): void {
    this.#layer.tick(now);
    this.#slow.tick(now);
    this.#desk.tick(now);
    for (const [line, at] of this.#alarms) {
      if (at > now) continue;
      line.tick(now);
      this.#touched.add(line);
    }
    this.#settle(now);
  }

  deadline(): Millis {
    let at = Math.min(this.#layer.deadline(), this.#slow.deadline(), this.#desk.deadline());
    for (const alarm of this.#alarms.values()) at = Math.min(at, alarm);
    return at;
  }

  drain(perform: (output: MediaGatewayOutput) => void): void {
    const outputs = this.#outputs;
    this.#outputs = [];
    for (const output of outputs) perform(output);
  }

  #take(input: MediaGatewayInput, now: Millis): void {
    switch (input.kind) {
      case 'bytes':
        if (!this.#started) return;
        for (const message of decodeDatagram(input.data)) this.#layer.receive(message, input.hop, now);
        return;
      case 'unreachable':
        this.#layer.unreachable(input.hop, now);
        return;
      case 'resolved':
        this.#layer.resolved(input.id, input.addresses, now);
        return;
      case 'start':
        this.#started = true;
        this.#desk.start(now);
        return;
      case 'service':
        this.#desk.operate(input, now);
        return;
      case 'off-hook':
      case 'on-hook':
      case 'flash':
        this.#happen(input.line, { name: HookEvent[input.kind], parameters: [] }, now);
        return;
      case 'digit':
        this.#happen(input.line, { name: { packageName: 'D', event: input.digit.toUpperCase() }, parameters: [] }, now);
        return;
      case 'event':
        this.#happen(input.line, input.event, now);
        return;
      case 'connection-lost':
        this.#loseConnection(input, now);
        return;
      // A gateway is no node of a cluster: it has no peers, no flows, nothing to drain; after a freeze it goes on.
      case 'flow-closed':
      case 'peer':
      case 'thawed':
      case 'settled':
      case 'drain':
        return;
      default:
        input satisfies never;
    }
  }

  /** What transactions have to tell, until nothing new comes of it; then when each line wants to be woken. */
  #settle(now: Millis): void {
    for (let event = this.#layer.poll(); event; event = this.#layer.poll()) {
      switch (event.kind) {
        case 'command':
          this.#command(event.command, event.handle, now);
          break;
        case 'completed':
          this.#completed(event.token, event.response, now);
          break;
        case 'failed':
          this.#failed(event.token, now);
          break;
        case 'provisional':
        case 'suspicious':
        case 'silent':
        case 'overdue':
          break;
        default:
          event satisfies never;
      }
    }
    for (const line of this.#touched) {
      const at = line.deadline();
      if (at === NEVER) this.#alarms.delete(line);
      else this.#alarms.set(line, at);
    }
    this.#touched.clear();
  }

  #happen(name: string, event: EventItem, now: Millis): void {
    const line = this.#lineOf(name);
    if (!line) return;
    // §4.4.6, §4.4.7: somebody at the telephone ends the wait; what he does is told after that.
    this.#desk.procedureOf(line)?.used(now);
    line.happen(event, now);
  }

  #loseConnection(input: Extract<LineInput, { kind: 'connection-lost' }>, now: Millis): void {
    const line = this.#lineOf(input.line);
    for (const connection of [...(line?.connections.values() ?? [])]) {
      if (!line || (input.connection !== undefined && connection.id.toLowerCase() !== input.connection.toLowerCase())) continue;
      const counted = line.drop(connection);
      line.reason = { code: input.reason };
      const parameters = {
        callId: connection.callId,
        connectionId: connection.id,
        reasonCode: line.reason,
        connectionParameters: { ...NOTHING_COUNTED, ...counted },
      };
      line.enqueue({ verb: 'DLCX', endpoint: line.endpoint, parameters }, now);
    }
  }

  #command(command: MgcpCommand, handle: CommandHandle, now: Millis): void {
    if (!this.#slow.take(command, handle, now)) this.#execute(command, handle, now);
  }

  #execute(command: MgcpCommand, handle: CommandHandle, now: Millis): void {
    const execution = execute(this.#ground, command, handle.source, now);
    for (const line of execution.redirected) this.#redirect(line, now);
    const lead = this.#wake(execution, now);
    // §4.4.6, §4.4.7: what an agent hears first of a line that it has lost is that.
    if (lead && !isAudit(command) && !execution.isVirtual) {
      this.#layer.sendBundle(handle, execution.response, { outstanding: lead }, now);
    } else {
      this.#layer.respond(handle, execution.response, now);
    }
    for (const line of execution.lines) {
      line.watch.resume(now);
      this.#touched.add(line);
    }
  }

  /** The agent has spoken to these lines: those that wait to tell it something do so now. @returns one that does. */
  #wake({ lines, response }: Execution, now: Millis): Token | undefined {
    // What is refused because the lines are out of service promises nothing (§4.4.6: "non-restart response").
    if (response.code === ReturnCode.notReady) return undefined;
    let lead: Token | undefined;
    for (const procedure of new Set(lines.map((line) => this.#desk.procedureOf(line)))) {
      if (!procedure) continue;
      procedure.commanded(now);
      lead ??= this.#told.get(procedure);
    }
    return lead;
  }

  /** §4.3: what is on its way for the line goes on to its new call agents. */
  #redirect(line: GatewayLine, now: Millis): void {
    const to = line.notified.destination();
    const procedure = this.#desk.procedureOf(line);
    // What several lines tell together goes where the first of them reports to.
    const leads = procedure?.lines[0] === line ? procedure : undefined;
    this.#layer.redirect(
      ({ token }) => (token.kind === 'line' ? token.line === line : token.kind === 'procedure' && token.procedure === leads),
      to,
      now,
    );
  }

  #completed(token: Token, response: MgcpResponse, now: Millis): void {
    if (token.kind === 'line') {
      this.#touched.add(token.line);
      token.line.sent(true, now);
    } else if (token.kind === 'procedure') {
      this.#told.delete(token.procedure);
      const isRedirected = this.#follow(token.procedure.lines, response, now);
      for (const line of token.procedure.lines) this.#touched.add(line);
      this.#desk.answered(token.procedure, response, isRedirected, now);
    } else {
      this.#follow(token.lines, response, now);
    }
  }

  /** The agent that answers a restart may name whom the lines shall report to (§2.3.12, RFC 3991 §2.1). */
  #follow(lines: readonly GatewayLine[], { code, parameters }: MgcpResponse, now: Millis): boolean {
    const isHeeded = (code >= 200 && code < 400) || code === ReturnCode.redirected;
    const { notifiedEntity, redirectList } = parameters;
    const given = { notifiedEntity, ...(this.settings.red && { redirectList }) };
    if (!isHeeded || (notifiedEntity === undefined && given.redirectList === undefined)) return false;
    for (const line of lines) if (line.notified.set(given)) this.#redirect(line, now);
    return notifiedEntity !== undefined && notifiedEntity !== null;
  }

  #failed(token: Token, now: Millis): void {
    if (token.kind === 'line') {
      this.#touched.add(token.line);
      this.#desk.lost(token.line, now);
      token.line.sent(false, now);
    } else if (token.kind === 'procedure') {
      this.#told.delete(token.procedure);
      if (this.#desk.running.has(token.procedure)) token.procedure.failed(now);
    }
  }

  #tell(procedure: Procedure, draft: CommandDraft, now: Millis): void {
    const [line] = procedure.lines;
    if (!line) return;
    this.#withdraw(procedure);
    const token: Token = { kind: 'procedure', procedure };
    this.#told.set(procedure, token);
    this.#layer.send(draft, line.notified.destination(), token, now);
  }

  #withdraw(procedure: Procedure): void {
    this.#told.delete(procedure);
    this.#layer.abandon(({ token }) => token.kind === 'procedure' && token.procedure === procedure);
  }

  #announce(lines: readonly GatewayLine[], draft: CommandDraft, now: Millis): void {
    const [line] = lines;
    if (!line) return;
    // What a line that goes out of service had to say is of no interest any more.
    if (line.service === 'out') this.#layer.abandon(({ token }) => token.kind === 'line' && lines.includes(token.line));
    for (const each of lines) if (each.service === 'out') each.sending = undefined;
    this.#layer.send(draft, line.notified.destination(), { kind: 'announcement', lines }, now);
  }

  /** One command of a line is on its way at a time; those of a line that the agent does not know wait. */
  #wantsToSend(line: GatewayLine, now: Millis): void {
    if (line.sending || line.outbox.length === 0) return;
    const procedure = this.#desk.procedureOf(line);
    if (!this.#started || procedure) {
      // §4.4.7: a disconnected line keeps its commands for T-MAX.
      const expiresAt = procedure?.method === 'disconnected' ? now + this.#tMaxMs : NEVER;
      for (const command of line.outbox) command.expiresAt = Math.min(command.expiresAt, expiresAt);
      return;
    }
    line.expire(now);
    const command = line.outbox.shift();
    if (!command) return;
    line.sending = command;
    this.#layer.send(command.draft, line.notified.destination(), { kind: 'line', line }, now);
  }

  #lineOf(name: string): GatewayLine | undefined {
    const line = this.#ground.byName.get(name.toLowerCase());
    if (line) this.#touched.add(line);
    return line;
  }

  #surroundings(): LineSurroundings {
    const registry = new PackageRegistry(this.settings.packages);
    return {
      settings: this.settings,
      registry,
      defaultPackage: registry.versions()[0]?.name ?? '',
      media: this.#media,
      emit: (output) => void this.#outputs.push(output),
      wantsToSend: (line, now) => this.#wantsToSend(line, now),
      nextConnectionId: () => {
        this.#connections += 1;
        return `${this.#connectionPrefix}${this.#connections.toString(16).toUpperCase().padStart(4, '0')}`;
      },
    };
  }
}
