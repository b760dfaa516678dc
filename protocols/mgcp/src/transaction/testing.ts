// What the tests of this room share: a layer on a bench, where time is a number, the network a list of what was sent,
// and the other side whatever the test writes.
import { formatHostPort, NEVER, parseHostPort, type Hop, type Millis, type NameQuestion, type Observer } from '@altpath/core';
import { decodeDatagram } from '../codec/index.js';
import { parseEndpoint, type EndpointName } from '../message/endpoint-name.js';
import type { CommandDraft } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import type { Destination, TransactionEvent } from './events.js';
import { TransactionIds } from './ids.js';
import { TransactionLayer } from './layer.js';
import { transactionSettings, type Scope, type TransactionSettings } from './settings.js';

/** Time 0 of a bench. */
export const START: Millis = 1_700_000_000_000;

export function hopOf(text: string): Hop {
  const { host, port } = parseHostPort(text) ?? { host: '' };
  return { transport: 'udp', host, port: port ?? 2427 };
}

/** `10.0.0.1:2727`, `ca.test:2727`, in order. */
export function destinationOf(...places: readonly string[]): Destination {
  return { names: places.map((place) => ({ host: hopOf(place).host, port: hopOf(place).port })) };
}

export function draftOf(verb: string, endpoint = 'aaln/1@gw1.test', parameters: Parameters = {}): CommandDraft {
  return { verb, endpoint: parseEndpoint(endpoint) as EndpointName, parameters };
}

/** One datagram, with the milliseconds since the bench began; the text without carriage returns. */
export interface Sent {
  readonly at: Millis;
  readonly to: string;
  readonly text: string;
  /** Only where one was named. */
  readonly listener?: number;
}

/** An observer that remembers what was counted, as `name reason`, and which traces there were, as one line each. */
export interface Notes extends Observer {
  readonly counts: Map<string, number>;
  readonly traces: string[];
}

export function notes(): Notes {
  const counts = new Map<string, number>();
  const traces: string[] = [];
  return {
    counts,
    traces,
    tracing: true,
    count: (name, reason) => {
      const key = reason === undefined ? name : `${name} ${reason}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    trace: ({ callId, direction, peer, summary, note }) =>
      traces.push([callId, direction, peer, summary, note].filter((word) => word !== undefined && word !== '').join(' ')),
    log: () => undefined,
  };
}

/** Ids 1, 2, 3: what a golden text can name. */
class CountedIds extends TransactionIds {
  #next = 1;
  constructor() {
    super(1, 999_999_999);
  }
  override next(): number {
    this.#next += 1;
    return this.#next - 1;
  }
}

export class Bench {
  readonly layer: TransactionLayer<string>;
  readonly observer = notes();
  readonly questions: { readonly id: number; readonly question: NameQuestion }[] = [];
  #now = START;
  #sent: Sent[] = [];

  /** Gaps double exactly unless `random` says otherwise. */
  constructor(scope: Scope, settings: Partial<Omit<TransactionSettings, 'scope'>> = {}, random: () => number = () => 1) {
    this.layer = new TransactionLayer(
      transactionSettings(scope, settings),
      {
        emit: (output) => {
          if (output.kind === 'resolve') this.questions.push(output);
          if (output.kind !== 'send') return;
          const { listener } = output.hop;
          const text = output.data.toString().replaceAll('\r', '');
          this.#sent.push({ at: this.#now - START, to: formatHostPort(output.hop), text, ...(listener !== undefined && { listener }) });
        },
        random,
        ids: new CountedIds(),
        observer: this.observer,
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

  /** As a host that was frozen: nothing is ticked meanwhile. */
  freeze(ms: Millis): void {
    this.#now += ms;
  }

  send(verb: string, to: Destination, token = verb): number {
    return this.layer.send(draftOf(verb), to, token, this.#now);
  }

  /** A datagram arrives. Lines end in LF here. */
  receive(from: string, text: string): void {
    for (const message of decodeDatagram(Buffer.from(text))) this.layer.receive(message, hopOf(from), this.#now);
  }

  resolve(index: number, ...addresses: readonly string[]): boolean {
    const asked = this.questions[index];
    if (asked === undefined) throw new RangeError(`no question ${index}`);
    return this.layer.resolved(asked.id, addresses.map(hopOf), this.#now);
  }

  unreachable(address: string): void {
    this.layer.unreachable(hopOf(address), this.#now);
  }

  /** What was sent since the last call. */
  sent(): readonly Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** The same as `seconds address`, which is what the arithmetic of §4.3 is about. */
  schedule(): readonly string[] {
    return this.sent().map(({ at, to }) => `${at / 1000} ${to}`);
  }

  events(): readonly TransactionEvent<string>[] {
    const events: TransactionEvent<string>[] = [];
    for (let event = this.layer.poll(); event; event = this.layer.poll()) events.push(event);
    return events;
  }

  /** Events in a word or two: `command NTFY`, `completed RQNT 200`, `failed RQNT timeout`. */
  told(): readonly string[] {
    return this.events().map(describeEvent);
  }

  /** The handle of the next new command. */
  command(): Extract<TransactionEvent<string>, { kind: 'command' }> {
    const found = this.events().find((event) => event.kind === 'command');
    if (found?.kind !== 'command') throw new Error('no command came');
    return found;
  }
}

export function describeEvent(event: TransactionEvent<string>): string {
  switch (event.kind) {
    case 'command':
      return `command ${event.command.verb} ${event.command.transactionId}`;
    case 'completed':
    case 'provisional':
      return `${event.kind} ${event.token} ${event.response.code}`;
    case 'failed':
      return `failed ${event.token} ${event.reason}`;
    case 'suspicious':
      return `suspicious ${event.token} ${formatHostPort(event.hop)}`;
    case 'silent':
      return `silent ${event.token}`;
    case 'overdue':
      return `overdue ${event.handle.transactionId}`;
    default:
      return event satisfies never;
  }
}
