// Who sends commands for the call agent: errands of its own first, then whatever lines have to say, and never more at once
// than a controller should have in flight (RFC 3435 §4.4.8). One transaction layer for all gateways.
import { Errands, MAX_IN_FLIGHT } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { CommandDraft, MgcpResponse } from '../message/message.js';
import { isSuccess } from '../message/return-codes.js';
import { pathParameters } from '../path-mapping.js';
import type { Destination, Outgoing, TransactionEvent, TransactionLayer } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { HalfCalls } from './half-call.js';
import type { Line } from './line.js';

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
  readonly #errands = new Errands<Gateway, Errand>(() => this.#isFull);

  /** @param answerWith  Sends a line's command behind an answer that is owed to it; false: none is. */
  constructor(
    private readonly layer: TransactionLayer<Token>,
    private readonly lines: HalfCalls,
    private readonly gatewayOf: (line: Line) => Gateway,
    private readonly answerWith: (line: Line, outgoing: Outgoing<Token>, now: Millis) => boolean,
  ) {}

  /** Errands that wait for their turn. */
  get waiting(): number {
    return this.#errands.waiting;
  }

  /** Commands to this gateway without a response. */
  inFlight(gateway: Gateway): number {
    return this.#errands.inFlight(gateway);
  }

  run(errand: Errand): void {
    this.#errands.add(errand);
  }

  /** Forgets errands and commands of a gateway, or of all; nobody is told. */
  abandon(gateway?: Gateway): void {
    this.layer.abandon(({ token }) => gateway === undefined || gatewayOf(token) === gateway);
    this.#errands.forget(gateway);
  }

  /** Sends what there is room for. */
  pump(now: Millis): void {
    this.#errands.serve((errand) => {
      this.#errands.count(errand.gateway, 1);
      const transactionId = this.layer.send(errand.command, errand.to, { kind: 'errand', errand }, now);
      errand.sent?.(transactionId, now);
    });
    while (!this.#isFull) {
      const next = this.lines.take(now, (line) => this.#mayCommand(line));
      if (!next) return;
      const outgoing = this.outgoing(next.line, next.step);
      if (!this.answerWith(next.line, outgoing, now)) this.layer.send(outgoing.command, outgoing.to, outgoing.token, now);
    }
  }

  /** A line's command as it leaves: the first one after a claim says who the call agent is. It must be sent. */
  outgoing(line: Line, command: CommandDraft): Outgoing<Token> {
    const gateway = this.gatewayOf(line);
    this.#errands.count(gateway, 1);
    return { command: this.#withPath(gateway, line, command), to: gateway.destination, token: { kind: 'line', line, gateway } };
  }

  get #isFull(): boolean {
    return this.layer.load.sent >= MAX_IN_FLIGHT;
  }

  #mayCommand(line: Line): boolean {
    const gateway = this.gatewayOf(line);
    return gateway.leaving === undefined && this.#errands.hasRoom(gateway);
  }

  #withPath(gateway: Gateway, line: Line, command: CommandDraft): CommandDraft {
    if (!gateway.unclaimed.has(line) || !gateway.path) return command;
    return { ...command, parameters: { ...command.parameters, ...pathParameters(gateway.path, gateway.hasRed === true) } };
  }

  /** T-MAX is over: nothing more is sent of it, and what it was for is not left undone until 2 * T-HIST for an answer that late. */
  giveUp(token: Token, now: Millis): void {
    this.layer.abandon((outstanding) => outstanding.token === token);
    this.#errands.count(gatewayOf(token), -1);
    if (token.kind === 'errand') token.errand.then(undefined, now);
    else token.line.failed('timeout', now);
  }

  /** An outcome of one of ours. */
  settle(event: Extract<TransactionEvent<Token>, { readonly kind: 'completed' | 'failed' }>, now: Millis): void {
    const { token } = event;
    this.#errands.count(gatewayOf(token), -1);
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
