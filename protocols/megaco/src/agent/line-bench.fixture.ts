// A bench for lines: real lines in their queue, call control's real brain or none, and a gateway that is a script. What
// goes over the wire is compact text, written and read by the codec, so that tests compare whole transactions.
import {
  CallControl,
  type CallControlSettings,
  type HalfCallEvent,
  type HalfCallRole,
  type HalfCallState,
  type LineName,
  LineQueue,
  type Phase,
} from '@altpath/call-control';
import { type Millis, type Observer, SILENT } from '@altpath/core';
import { decode, encode } from '../codec/text/index.js';
import type { NotifyRequest, Transaction, TransactionReply } from '../message/index.js';
import type { FailureReason } from '../transaction/index.js';
import { dialPlanOf } from './digit-map.js';
import { formatRequestId, Identifiers, parseRequestId } from './identifiers.js';
import { Line, type Step } from './line.js';
import type { AuditVerdict, GatewayFacts, LineKind, ReportVerdict } from './line-facts.js';

export const START: Millis = Date.UTC(2026, 10, 22, 14, 24);

export interface BenchOptions {
  readonly terminations?: readonly string[];
  readonly kind?: LineKind;
  /** With it call control gives the orders; without, the test. */
  readonly control?: CallControlSettings;
  readonly patterns?: readonly string[];
  readonly slot?: number;
}

/**
 * Lines of the one gateway `mg1`. Transaction ids count from 101. In what is written and read here RequestIDs are names,
 * `idle#1`, in the order of their appearance, and line ends within session descriptions are `~`.
 */
export class Bench {
  readonly lines = new LineQueue<Step, Line>('megaco');
  readonly facts: GatewayFacts;
  readonly control: CallControl | undefined;
  /** Events of lines in order, in short words. */
  readonly events: string[] = [];
  readonly verdicts: ReportVerdict[] = [];
  /** What the test does when an event is given, in call control's stead. */
  onEvent: (line: LineName, event: HalfCallEvent) => void = () => undefined;
  now = START;
  readonly counted = new Map<string, number>();
  readonly #outstanding = new Map<number, Line>();
  readonly #names = new Map<number, string>();
  #nextId = 101;

  constructor(options: BenchOptions = {}) {
    this.facts = {
      codecs: ['PCMU'],
      family: 'IP4',
      ephemeral: '$',
      dialPlan: dialPlanOf(options.patterns ?? ['100x', '9.']),
      refusedModes: new Set(),
      refusedItems: new Set(),
    };
    const observer: Observer = { ...SILENT, count: (name, reason) => this.#count(`${name} ${reason ?? ''}`.trim()) };
    const ports = {
      event: (line: LineName, event: HalfCallEvent, now: Millis) => this.#event(line, event, now),
      touched: (line: LineName) => this.lines.touch(line),
      observer,
    };
    for (const termination of options.terminations ?? ['line/1']) {
      const identifiers = new Identifiers(options.slot ?? 1);
      this.lines.add(new Line(`${termination}@mg1`, options.kind ?? 'line', termination, this.facts, identifiers, ports));
    }
    if (options.control !== undefined) {
      this.control = new CallControl(options.control, this.lines, observer, START);
    }
  }

  line(termination = 'line/1'): Line {
    const line = this.lines.find(`${termination}@mg1`);
    if (line === undefined) throw new RangeError(`no line ${termination}`);
    return line;
  }

  /** Gives an order and returns what leaves because of it. */
  order(state: HalfCallState, termination = 'line/1'): string {
    this.line(termination).order(state, this.now);
    return this.flush();
  }

  /** Everything that leaves now, one transaction after the other. */
  flush(): string {
    const sent: string[] = [];
    for (let next = this.lines.take(this.now); next; next = this.lines.take(this.now)) sent.push(this.#write(next.line, next.step));
    return sent.join('\n');
  }

  /** The gateway says `text`, a transaction. @returns what leaves then: for a report its answer, and what goes with it. */
  hear(text: string): string {
    const sent: string[] = [];
    for (const transaction of this.read(text)) {
      if (transaction.kind === 'request') sent.push(...this.#request(transaction));
      else if (transaction.kind === 'reply') {
        const line = this.#outstanding.get(transaction.transactionId);
        this.#outstanding.delete(transaction.transactionId);
        line?.settle({ kind: 'replied', result: transaction.result }, this.now);
      }
    }
    const more = this.flush();
    return [...sent, ...(more === '' ? [] : [more])].join('\n');
  }

  /** No reply comes to the transaction with this id. */
  lose(id: number, reason: FailureReason = 'timeout'): string {
    const line = this.#outstanding.get(id);
    this.#outstanding.delete(id);
    line?.settle({ kind: 'failed', reason }, this.now);
    return this.flush();
  }

  /** A stand-in hears this reply to its audit. */
  adopt(text: string, termination = 'line/1'): AuditVerdict {
    const [reply] = this.read(text);
    return this.line(termination).adopt((reply as TransactionReply).result, this.now);
  }

  /** Time passes. @returns what leaves then. */
  wait(ms: Millis): string {
    this.now += ms;
    this.control?.tick(this.now);
    this.lines.tick(this.now);
    return this.flush();
  }

  /** Events since the last call. */
  heard(): readonly string[] {
    return this.events.splice(0);
  }

  read(text: string): readonly Transaction[] {
    const ids = new Map([...this.#names].map(([id, name]) => [name, id]));
    const known = text.replace(/E=(\w+#\d+)/g, (_, name: string) => `E=${ids.get(name) ?? NaN}`);
    const decoded = decode(Buffer.from(`!/1 mg1 ${known.replaceAll('~', '\r\n')}`, 'latin1'));
    if (!decoded.ok || decoded.value.body.kind === 'error') throw new RangeError(`the script is broken: ${text}`);
    return decoded.value.body.transactions;
  }

  /** What a transaction looks like in scripts. */
  write(transaction: Transaction): string {
    const message = {
      version: 1,
      mId: { kind: 'device', name: 'a' },
      body: { kind: 'transactions', transactions: [transaction] },
    } as const;
    const text = encode(message, { style: 'compact' }).toString('latin1');
    return text
      .replace(/^\S+ \S+\s/, '')
      .replace(/\r?\n/g, '~')
      .replace(/\bE=(\d+)/g, (_, id: string) => `E=${this.nameOf(Number(id))}`);
  }

  /** The name of a request that another controller made. */
  requestOf(phase: Phase, role: HalfCallRole = 'originating', callCounter = 0, slot = 2): string {
    return this.nameOf(formatRequestId({ slot, phase, role, generation: 9, callCounter }));
  }

  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = `${parseRequestId(id)?.phase ?? 'foreign'}#${this.#names.size + 1}`;
    this.#names.set(id, name);
    return name;
  }

  #request({ transactionId, actions }: Extract<Transaction, { kind: 'request' }>): readonly string[] {
    const sent: string[] = [];
    for (const { contextId, commands } of actions) {
      for (const notify of commands.filter((command): command is NotifyRequest => command.kind === 'notify')) {
        const line = this.line(notify.terminationId);
        this.verdicts.push(line.report({ contextId, observed: notify.observed }, this.now));
        const reply = { kind: 'notify' as const, terminationId: notify.terminationId };
        sent.push(this.write({ kind: 'reply', transactionId, result: { kind: 'actions', actions: [{ contextId, commands: [reply] }] } }));
        const next = this.lines.takeOf(line, this.now);
        if (next !== undefined) sent.push(this.#write(line, next));
      }
    }
    return sent;
  }

  #write(line: Line, actions: Step): string {
    const transactionId = this.#nextId;
    this.#nextId += 1;
    this.#outstanding.set(transactionId, line);
    return this.write({ kind: 'request', transactionId, actions });
  }

  #event(line: LineName, event: HalfCallEvent, now: Millis): void {
    this.events.push(inShort(event));
    this.control?.event(line, event, now);
    this.onEvent(line, event);
  }

  #count(what: string): void {
    this.counted.set(what, (this.counted.get(what) ?? 0) + 1);
  }
}

/**
 * Plays a conversation: lines that begin with `MG> ` are said to the bench, and what leaves is put behind them as `CA> `
 * lines. `** 5000` lets time pass; `-- 103` loses the reply to a transaction.
 *
 * @returns the conversation as it was; equal to the script when everything went as written.
 */
export function play(bench: Bench, script: string): string {
  const heard: string[] = [];
  for (const line of script.split('\n')) {
    if (line.startsWith('CA> ')) continue;
    heard.push(line);
    const text = line.slice(4);
    const sent = line.startsWith('MG> ')
      ? bench.hear(text)
      : line.startsWith('** ')
        ? bench.wait(Number(line.slice(3)))
        : bench.lose(Number(line.slice(3)));
    for (const each of sent === '' ? [] : sent.split('\n')) heard.push(`CA> ${each}`);
  }
  return heard.join('\n');
}

/** A script as a test writes it: the lines of a template without the empty ones, and without indentation. */
export function script(template: string): string {
  return template
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function inShort(event: HalfCallEvent): string {
  switch (event.kind) {
    case 'dialled':
      return `dialled ${event.digits} ${event.result}`;
    case 'reached':
      return `reached ${event.phase}${event.local === undefined ? '' : ' with local'}`;
    case 'failed':
      return `failed ${event.phase} ${event.cause}`;
    case 'lost':
      return `lost ${event.cause}`;
    default:
      return event.kind;
  }
}
