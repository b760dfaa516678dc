// What the tests of this room share: a layer on a bench, where time is a number, the network a list of what was sent,
// and the other side whatever the test writes.
import { formatHostPort, type Hop, type Millis, NEVER, type Observer, parseHostPort, type TransportName } from '@altpath/core';
import { decode } from '../codec/text/index.js';
import type { ActionRequest } from '../message/index.js';
import { COMPACT_TEXT, type Encoding, readMessage } from './encoding.js';
import type { TransactionEnvironment } from './environment.js';
import type { Association, ReplyResult, RequestHandle, TransactionEvent } from './events.js';
import { TransactionIds } from './ids.js';
import { TransactionLayer } from './layer.js';
import { type TransactionSettings, transactionSettings } from './settings.js';

export const START: Millis = 1_700_000_000_000;

/** `10.0.0.1:2944`, or `tcp:10.0.0.1:2944`, which is flow 7. */
export function hopOf(text: string): Hop {
  const isStream = text.startsWith('tcp:');
  const { host, port } = parseHostPort(isStream ? text.slice(4) : text) ?? { host: '' };
  const transport: TransportName = isStream ? 'tcp' : 'udp';
  return { transport, host, port: port ?? 2944, ...(isStream && { flow: 7 }) };
}

export function associationOf(address: string, encoding: Encoding = COMPACT_TEXT, key = 'peer'): Association {
  return { key, hop: hopOf(address), encoding, version: 1 };
}

/** The actions of a request in compact text: `C=-{AV=ROOT{AT{}}}`. */
export function actionsOf(text: string): readonly ActionRequest[] {
  const outcome = decode(Buffer.from(`!/1 x T=1{${text}}`));
  const transaction = outcome.ok && outcome.value.body.kind === 'transactions' ? outcome.value.body.transactions[0] : undefined;
  if (transaction?.kind !== 'request') throw new Error(outcome.ok ? 'no request' : outcome.fault.hint);
  return transaction.actions;
}

export function notifyOf(termination: string): readonly ActionRequest[] {
  return actionsOf(`C=-{N=${termination}{OE=1{19991212T22110000:al/of}}}`);
}

export const AUDIT = actionsOf('C=-{AV=ROOT{AT{}}}');
export const REGISTRATION = actionsOf('C=-{SC=ROOT{SV{MT=RS,RE="901 Cold Boot"}}}');
export const DONE: ReplyResult = { kind: 'actions', actions: [{ contextId: 0, commands: [] }] };

export interface Notes extends Observer {
  readonly counts: Map<string, number>;
}

export function notes(): Notes {
  const counts = new Map<string, number>();
  return {
    counts,
    tracing: true,
    count: (name, reason) => {
      const key = reason === undefined ? name : `${name} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    trace: () => undefined,
    log: () => undefined,
  };
}

/** Ids 1, 2, 3: what a golden text can name. */
class CountedIds extends TransactionIds {
  #next = 0;
  override next(): number {
    this.#next += 1;
    return this.#next;
  }
}

export interface Sent {
  readonly at: Millis;
  readonly to: string;
  readonly text: string;
}

export class Bench {
  readonly layer: TransactionLayer<string>;
  readonly observer = notes();
  readonly data: Buffer[] = [];
  #now = START;
  #sent: Sent[] = [];

  /** Gaps double exactly. */
  constructor(settings: Partial<TransactionSettings> = {}, environment: Partial<TransactionEnvironment> = {}) {
    this.layer = new TransactionLayer(
      transactionSettings(settings),
      {
        emit: (output) => {
          if (output.kind !== 'send') return;
          this.data.push(output.data);
          const text = output.data.toString('latin1').trim().replaceAll('\n', ' ');
          this.#sent.push({ at: this.#now - START, to: formatHostPort(output.hop), text });
        },
        random: () => 1,
        ids: new CountedIds(),
        observer: this.observer,
        mIdOf: () => ({ kind: 'device', name: 'us' }),
        ...environment,
      },
      this.#now,
    );
  }

  get now(): Millis {
    return this.#now;
  }

  /** Lets time pass, ticking at each deadline. */
  run(ms: Millis): void {
    const end = this.#now + ms;
    for (let next = this.layer.deadline(); next <= end && next !== NEVER; next = this.layer.deadline()) {
      this.#now = Math.max(next, this.#now);
      this.layer.tick(this.#now);
    }
    this.#now = end;
  }

  send(actions: readonly ActionRequest[], to: Association, token: string): number {
    return this.layer.send(actions, to, token, this.#now);
  }

  /** A message arrives: what stands behind `!/1 peer `, or a whole one. */
  receive(from: string, text: string): void {
    const whole = /^(?:!|MEGACO|\s)/.test(text) ? text : `!/1 peer ${text}`;
    this.layer.receive(readMessage(Buffer.from(whole, 'latin1')), hopOf(from), this.#now);
  }

  respond(handle: RequestHandle, result: ReplyResult = DONE): boolean {
    return this.layer.respond(handle, result, this.#now);
  }

  /** What was sent since the last call. */
  sent(): readonly Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** The texts without header. */
  texts(): readonly string[] {
    return this.sent().map(({ text }) => text.replace(/^!\/1 us ?/, ''));
  }

  events(): readonly TransactionEvent<string>[] {
    const events: TransactionEvent<string>[] = [];
    for (let event = this.layer.poll(); event; event = this.layer.poll()) events.push(event);
    return events;
  }

  /** Events in a word or two: `request 7`, `completed x`, `failed x timeout`. */
  told(): readonly string[] {
    return this.events().map(describeEvent);
  }

  /** The handle of the next new request. */
  request(): RequestHandle {
    const found = this.events().find((event) => event.kind === 'request');
    if (found?.kind !== 'request') throw new Error('no request came');
    return found.handle;
  }
}

export function describeEvent(event: TransactionEvent<string>): string {
  switch (event.kind) {
    case 'request':
      return `request ${event.handle.transactionId}`;
    case 'completed': {
      const { result } = event.reply;
      return result.kind === 'error' ? `completed ${event.token} ${result.code}` : `completed ${event.token}`;
    }
    case 'failed':
      return `failed ${event.token} ${event.reason}`;
    case 'overdue':
      return `overdue ${event.handle.transactionId}`;
    case 'message-error':
      return `message-error ${event.error.code}`;
    case 'pending':
    case 'suspicious':
      return `${event.kind} ${event.token}`;
    default:
      return event satisfies never;
  }
}
