// What leaves the layer: datagrams and questions through `emit`, events through a queue, traces to the observer.
import { hopKey, type Hop, type Millis } from '@altpath/core';
import { joinDatagram } from '../codec/index.js';
import { formatEndpoint } from '../message/endpoint-name.js';
import type { CommandDraft, MgcpCommand } from '../message/message.js';
import type { TransactionEnvironment } from './environment.js';
import type { TransactionEvent } from './events.js';

/** RFC 3435 §3.5.4: what every side takes in one datagram. */
const MAX_DATAGRAM = 4_000;

export class Outbox<Token> {
  #events: TransactionEvent<Token>[] = [];
  #read = 0;

  constructor(readonly environment: TransactionEnvironment) {}

  tell(event: TransactionEvent<Token>): void {
    this.#events.push(event);
  }

  /** @returns the next event, oldest first. */
  poll(): TransactionEvent<Token> | undefined {
    const event = this.#events[this.#read];
    if (event === undefined) {
      if (this.#read > 0) this.#events = [];
      this.#read = 0;
      return undefined;
    }
    this.#read += 1;
    return event;
  }

  send(data: Buffer, hop: Hop): void {
    this.environment.emit({ kind: 'send', data, hop });
  }

  /** Several messages in one datagram, in their order; in one each where together they are too long for some (§3.5.5). */
  sendTogether(messages: readonly Buffer[], hop: Hop): void {
    const datagram = joinDatagram(messages);
    if (datagram.length <= MAX_DATAGRAM) this.send(datagram, hop);
    else for (const message of messages) this.send(message, hop);
  }

  count(name: string, reason?: string): void {
    this.environment.observer.count(name, reason);
  }

  /** The call that traces file a command under. */
  callIdOf(command: MgcpCommand | CommandDraft): string {
    return this.environment.callIdOf?.(command) ?? command.parameters.callId ?? '';
  }

  traceCommand(direction: 'in' | 'out', command: MgcpCommand | CommandDraft, hop: Hop, now: Millis, note?: string): void {
    if (!this.environment.observer.tracing) return;
    this.#trace(direction, this.callIdOf(command), `${command.verb} ${formatEndpoint(command.endpoint)}`, hop, now, note);
  }

  /** @param about  What it answers: one of our commands, or verb and call of another's. */
  traceResponse(
    direction: 'in' | 'out',
    code: number,
    about: CommandDraft | { readonly verb: string; readonly callId: string },
    hop: Hop,
    now: Millis,
    note?: string,
  ): void {
    if (!this.environment.observer.tracing) return;
    const callId = 'callId' in about ? about.callId : this.callIdOf(about);
    this.#trace(direction, callId, `${String(code).padStart(3, '0')} ${about.verb}`.trimEnd(), hop, now, note);
  }

  #trace(direction: 'in' | 'out', callId: string, summary: string, hop: Hop, at: Millis, note: string | undefined): void {
    this.environment.observer.trace({ at, callId, direction, peer: hopKey(hop), summary, note });
  }
}
