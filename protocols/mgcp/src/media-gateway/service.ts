// The service states of the lines and what the agent is told of them (RFC 3435 §4.4.5 to §4.4.7): the procedures that
// are running, and the operator's doings. Whoever is not known to the agent has its commands kept back here.
import { type Millis, NEVER } from '@altpath/core';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import type { ReasonCode, RestartMethod } from '../message/parameters.js';
import { ReasonCodes } from '../message/return-codes.js';
import type { ServiceReport } from './audit.js';
import type { ServiceInput } from './door.js';
import type { GatewayLine } from './line.js';
import { groupsOf, Procedure, type ProcedureOwner } from './procedure.js';
import type { GatewayTimers } from './settings.js';

/** Who sends what the service has to tell. */
export interface ServiceSender {
  readonly timers: GatewayTimers;
  readonly random: () => number;
  /** In place of what the procedure sent before. */
  tell(procedure: Procedure, draft: CommandDraft, now: Millis): void;
  /** A courtesy, sent once (§2.3.12). */
  announce(lines: readonly GatewayLine[], draft: CommandDraft, now: Millis): void;
  /** What the procedure told is no longer true. */
  withdraw(procedure: Procedure): void;
}

type Operation = Extract<ServiceInput, { kind: 'service' }>;

export class ServiceDesk implements ProcedureOwner {
  readonly #procedures = new Map<GatewayLine, Procedure>();

  constructor(
    private readonly lines: readonly GatewayLine[],
    private readonly sender: ServiceSender,
  ) {}

  get timers(): GatewayTimers {
    return this.sender.timers;
  }

  random(): number {
    return this.sender.random();
  }

  tell(procedure: Procedure, draft: CommandDraft, now: Millis): void {
    this.sender.tell(procedure, draft, now);
  }

  /** Each that is running, once. */
  get running(): ReadonlySet<Procedure> {
    return new Set(this.#procedures.values());
  }

  /** What keeps the line's commands back; undefined when the agent knows it. */
  procedureOf(line: GatewayLine): Procedure | undefined {
    return this.#procedures.get(line);
  }

  /** Power on. */
  start(now: Millis): void {
    this.#restart(this.lines, now);
  }

  /** A command of this line reached nobody. */
  lost(line: GatewayLine, now: Millis): void {
    if (this.#procedures.has(line) || line.service === 'out') return;
    this.#procedures.set(line, new Procedure([line], line.endpoint, 'disconnected', this, now));
    line.service = 'disconnected';
  }

  /** The operator does something to a line, or to all. */
  operate(operation: Operation, now: Millis): void {
    const lines = this.lines.filter(({ name }) => operation.line === undefined || name === operation.line);
    const reason: ReasonCode | undefined = operation.reason === undefined ? undefined : { code: operation.reason };
    switch (operation.method) {
      case 'restart':
        this.#bringBack(lines, now);
        return;
      case 'forced':
        this.#takeOut(lines, reason ?? { code: ReasonCodes.outOfService }, now);
        return;
      case 'graceful': {
        const delayS = operation.delayS ?? 0;
        for (const line of lines) line.graceful = { until: delayS > 0 ? now + delayS * 1_000 : NEVER };
        this.#announce(lines, 'graceful', reason, now, delayS);
        return;
      }
      case 'cancel-graceful':
        for (const line of lines) line.graceful = undefined;
        this.#announce(lines, 'cancel-graceful', undefined, now);
        return;
      default:
        operation.method satisfies never;
    }
  }

  /** What the line would say if it had to say it now (§2.3.10: RM and RD). */
  report(line: GatewayLine, now: Millis): ServiceReport {
    if (line.service === 'out') return { restartMethod: 'forced', restartDelayS: 0 };
    const procedure = this.#procedures.get(line);
    if (procedure?.method === 'disconnected') return { restartMethod: 'disconnected', restartDelayS: procedure.lostForS(now) };
    if (!line.graceful) return { restartMethod: 'restart', restartDelayS: 0 };
    const { until } = line.graceful;
    return { restartMethod: 'graceful', restartDelayS: until === NEVER ? 0 : Math.max(0, Math.ceil((until - now) / 1_000)) };
  }

  answered(procedure: Procedure, response: MgcpResponse, isRedirected: boolean, now: Millis): void {
    if (this.running.has(procedure)) procedure.answered(response, isRedirected, now);
  }

  over(procedure: Procedure, now: Millis): void {
    for (const line of procedure.lines) {
      this.#procedures.delete(line);
      line.service = 'in';
    }
    for (const line of procedure.lines) line.reconnected(now);
  }

  tick(now: Millis): void {
    for (const procedure of this.running) procedure.tick(now);
    const overdue = this.lines.filter(({ graceful }) => graceful !== undefined && graceful.until <= now);
    if (overdue.length > 0) this.#takeOut(overdue, { code: ReasonCodes.outOfService }, now);
  }

  deadline(): Millis {
    let at = NEVER;
    for (const procedure of this.running) at = Math.min(at, procedure.deadline());
    for (const { graceful } of this.lines) if (graceful) at = Math.min(at, graceful.until);
    return at;
  }

  #restart(lines: readonly GatewayLine[], now: Millis): void {
    for (const group of groupsOf(lines, this.lines)) {
      const procedure = new Procedure(group.lines, group.endpoint, 'restart', this, now);
      for (const line of group.lines) {
        this.#procedures.set(line, procedure);
        line.service = 'restarting';
      }
    }
  }

  /** Whoever puts a line back into service is at the gateway: it does not wait (§4.4.6 step 2). */
  #bringBack(lines: readonly GatewayLine[], now: Millis): void {
    const back = lines.filter((line) => line.service === 'out');
    for (const line of back) line.reason = { code: ReasonCodes.normal };
    this.#restart(back, now);
    for (const procedure of new Set(back.map((line) => this.#procedures.get(line)))) procedure?.used(now);
  }

  #takeOut(lines: readonly GatewayLine[], reason: ReasonCode, now: Millis): void {
    const going = lines.filter((line) => line.service !== 'out');
    for (const line of going) {
      const procedure = this.#procedures.get(line);
      if (procedure?.lines.every((other) => going.includes(other))) this.sender.withdraw(procedure);
      this.#procedures.delete(line);
      line.reset();
      line.graceful = undefined;
      line.service = 'out';
    }
    this.#announce(going, 'forced', reason, now);
  }

  #announce(lines: readonly GatewayLine[], restartMethod: RestartMethod, reason: ReasonCode | undefined, now: Millis, delayS = 0): void {
    for (const line of lines) if (reason) line.reason = reason;
    for (const group of groupsOf(lines, this.lines)) {
      const parameters = { restartMethod, ...(delayS > 0 && { restartDelayS: delayS }), ...(reason && { reasonCode: reason }) };
      this.sender.announce(group.lines, { verb: 'RSIP', endpoint: group.endpoint, parameters }, now);
    }
  }
}
