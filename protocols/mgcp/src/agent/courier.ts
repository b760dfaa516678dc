// Who sends commands for the call agent: errands of its own first, then whatever lines have to say, and never more at once
// than a controller should have in flight (RFC 3435 §4.4.8). One transaction layer for all gateways.
import type { Millis } from '@altpath/core';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import { isSuccess } from '../message/return-codes.js';
import { pathParameters } from '../path-mapping.js';
import type { Destination, Outgoing, TransactionEvent, TransactionLayer } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { HalfCalls } from './half-call.js';
import type { Line } from './line.js';

/** Commands without a response, over all gateways. */
export const MAX_IN_FLIGHT = 200;
/** Of these to one gateway: one that has fallen silent shall not keep the others waiting. */
export const MAX_PER_GATEWAY = 20;

/** A command of the agent's own: an audit, a claim, a probe. */
export interface Errand {
  /** undefined: not to a gateway. */
  readonly gateway: Gateway | undefined;
  readonly command: CommandDraft;
  readonly to: Destination;
  /** It has left, under this transaction id. */
  sent?(transactionId: number, now: Millis): void;
  /** undefined: no response came. */
  then(response: MgcpResponse | undefined, now: Millis): void;
}

export type Token =
  { readonly kind: 'errand'; readonly errand: Errand } | { readonly kind: 'line'; readonly line: Line; readonly gateway: Gateway };

export class Courier {
  /** Errands that wait for their turn, by gateway: many may wait for one that has no room. */
  readonly #errands = new Map<Gateway | undefined, Errand[]>();
  /** Commands without a response, by gateway. */
  readonly #inFlight = new Map<Gateway, number>();

  /** @param answerWith  Sends a line's command behind an answer that is owed to it; false: none is. */
  constructor(
    private readonly layer: TransactionLayer<Token>,
    private readonly lines: HalfCalls,
    private readonly gatewayOf: (line: Line) => Gateway,
    private readonly answerWith: (line: Line, outgoing: Outgoing<Token>, now: Millis) => boolean,
  ) {}

  /** Errands that wait for their turn. */
  get waiting(): number {
    let waiting = 0;
    for (const errands of this.#errands.values()) waiting += errands.length;
    return waiting;
  }

  /** Commands to this gateway without a response. */
  inFlight(gateway: Gateway): number {
    return this.#inFlight.get(gateway) ?? 0;
  }

  run(errand: Errand): void {
    const waiting = this.#errands.get(errand.gateway);
    if (waiting) waiting.push(errand);
    else this.#errands.set(errand.gateway, [errand]);
  }

  /** Forgets errands and commands of a gateway, or of all; nobody is told. */
  abandon(gateway?: Gateway): void {
    this.layer.abandon(({ token }) => gateway === undefined || gatewayOf(token) === gateway);
    for (const table of [this.#errands, this.#inFlight]) {
      if (gateway === undefined) table.clear();
      else table.delete(gateway);
    }
  }

  /** Sends what there is room for. */
  pump(now: Millis): void {
    // Whoever was served goes to the end of the queue, when something is left to be done for it.
    for (const [gateway, waiting] of [...this.#errands]) {
      while (this.#hasRoom(gateway)) {
        if (this.layer.load.sent >= MAX_IN_FLIGHT) return;
        const errand = waiting.shift();
        if (!errand) break;
        this.#count(gateway, 1);
        const transactionId = this.layer.send(errand.command, errand.to, { kind: 'errand', errand }, now);
        errand.sent?.(transactionId, now);
      }
      this.#errands.delete(gateway);
      if (waiting.length > 0) this.#errands.set(gateway, waiting);
    }
    while (this.layer.load.sent < MAX_IN_FLIGHT) {
      const next = this.lines.take(now, (line) => this.#mayCommand(line));
      if (!next) return;
      const outgoing = this.outgoing(next.line, next.step);
      if (!this.answerWith(next.line, outgoing, now)) this.layer.send(outgoing.command, outgoing.to, outgoing.token, now);
    }
  }

  /** A line's command as it leaves: the first one after a claim says who the call agent is. It must be sent. */
  outgoing(line: Line, command: CommandDraft): Outgoing<Token> {
    const gateway = this.gatewayOf(line);
    this.#count(gateway, 1);
    return { command: this.#withPath(gateway, line, command), to: gateway.destination, token: { kind: 'line', line, gateway } };
  }

  #hasRoom(gateway: Gateway | undefined): boolean {
    return gateway === undefined || this.inFlight(gateway) < MAX_PER_GATEWAY;
  }

  #mayCommand(line: Line): boolean {
    const gateway = this.gatewayOf(line);
    return gateway.leaving === undefined && this.#hasRoom(gateway);
  }

  #count(gateway: Gateway | undefined, change: 1 | -1): void {
    if (!gateway) return;
    const count = this.inFlight(gateway) + change;
    if (count > 0) this.#inFlight.set(gateway, count);
    else this.#inFlight.delete(gateway);
  }

  #withPath(gateway: Gateway, line: Line, command: CommandDraft): CommandDraft {
    if (!gateway.unclaimed.has(line) || !gateway.path) return command;
    return { ...command, parameters: { ...command.parameters, ...pathParameters(gateway.path, gateway.hasRed === true) } };
  }

  /** T-MAX is over: nothing more is sent of it, and what it was for is not left undone until 2 * T-HIST for an answer that late. */
  giveUp(token: Token, now: Millis): void {
    this.layer.abandon((outstanding) => outstanding.token === token);
    this.#count(gatewayOf(token), -1);
    if (token.kind === 'errand') token.errand.then(undefined, now);
    else token.line.failed('timeout', now);
  }

  /** An outcome of one of ours. */
  settle(event: Extract<TransactionEvent<Token>, { readonly kind: 'completed' | 'failed' }>, now: Millis): void {
    const { token } = event;
    this.#count(gatewayOf(token), -1);
    const response = event.kind === 'completed' ? event.response : undefined;
    if (token.kind === 'errand') return token.errand.then(response, now);
    if (event.kind === 'failed') return token.line.failed(event.reason, now);
    if (isSuccess(event.response.code) && event.command.parameters.notifiedEntity !== undefined) token.gateway.unclaimed.delete(token.line);
    token.line.completed(event.response, now);
  }
}

export function gatewayOf(token: Token): Gateway | undefined {
  return token.kind === 'errand' ? token.errand.gateway : token.gateway;
}
