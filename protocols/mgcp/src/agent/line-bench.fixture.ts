// A bench for lines: real lines in their queue, call control's real brain or none, and a gateway that is a script. What
// goes over the wire is text, written and read by the codec, so that tests compare whole messages.
import { CallControl, type CallControlSettings, type HalfCallEvent, type HalfCallState, type LineName } from '@altpath/call-control';
import { type Millis, type Observer, SILENT } from '@altpath/core';
import { decodeDatagram, encodeCommand, encodeResponse } from '../codec/index.js';
import type { CommandDraft, MgcpCommand } from '../message/message.js';
import { dialPlanOf } from './digit-map.js';
import { HalfCalls } from './half-call.js';
import { Identifiers } from './identifiers.js';
import { Line } from './line.js';
import type { GatewayFacts, LineKind } from './line-facts.js';

export const START: Millis = Date.UTC(2026, 10, 22, 14, 24);

export interface BenchOptions {
  readonly locals?: readonly string[];
  readonly kind?: LineKind;
  /** With it call control gives the orders; without, the test. */
  readonly control?: CallControlSettings;
  readonly patterns?: readonly string[];
  readonly requests?: boolean;
}

/** Lines of the one gateway `rgw1`. Transaction ids of commands count from 101. */
export class Bench {
  readonly lines = new HalfCalls();
  readonly facts: GatewayFacts;
  readonly control: CallControl | undefined;
  /** Events of lines in order, in short words. */
  readonly events: string[] = [];
  /** What the test does when an event is given, in call control's stead. */
  onEvent: (line: LineName, event: HalfCallEvent) => void = () => undefined;
  now = START;
  readonly counted = new Map<string, number>();
  readonly #outstanding = new Map<number, Line>();
  #nextId = 101;

  constructor(options: BenchOptions = {}) {
    this.facts = {
      codecs: ['PCMU'],
      packetMs: 20,
      dialPlan: dialPlanOf(options.patterns ?? ['100x', '9.']),
      requests: options.requests ?? true,
      refusedModes: new Set(),
      refusedEvents: new Set(),
      localTime: () => '11/22/14/24',
    };
    const observer: Observer = { ...SILENT, count: (name, reason) => this.#count(`${name} ${reason ?? ''}`.trim()) };
    const ports = {
      event: (line: LineName, event: HalfCallEvent, now: Millis) => this.#event(line, event, now),
      touched: (line: LineName) => this.lines.touch(line),
      observer,
    };
    for (const local of options.locals ?? ['aaln/1']) {
      const endpoint = { local, domain: 'rgw1' };
      this.lines.add(new Line(`${local}@rgw1`, options.kind ?? 'line', endpoint, this.facts, new Identifiers(1), ports));
    }
    if (options.control !== undefined) {
      this.control = new CallControl(options.control, this.lines, observer, START);
    }
  }

  line(local = 'aaln/1'): Line {
    const line = this.lines.find(`${local}@rgw1`);
    if (line === undefined) throw new RangeError(`no line ${local}`);
    return line;
  }

  /** Gives an order and returns what leaves because of it. */
  order(state: HalfCallState, local = 'aaln/1'): string {
    this.line(local).order(state, this.now);
    return this.flush();
  }

  /** Everything that leaves now, one datagram after the other. */
  flush(): string {
    const sent: string[] = [];
    for (let next = this.lines.take(this.now); next; next = this.lines.take(this.now)) sent.push(this.#write(next.line, next.step));
    return sent.join('\n--\n');
  }

  /** The gateway says `text`; lines of it end as the test writes them. @returns what leaves then. */
  hear(text: string): string {
    const sent: string[] = [];
    for (const message of decodeDatagram(Buffer.from(`${text}\n`))) {
      if (message.kind === 'broken') throw new RangeError(`the script is broken: ${text}`);
      if (message.kind === 'command') sent.push(this.#command(message));
      else {
        const line = this.#outstanding.get(message.transactionId);
        this.#outstanding.delete(message.transactionId);
        line?.completed(message, this.now);
      }
    }
    const more = this.flush();
    return [...sent, ...(more === '' ? [] : [more])].join('\n--\n');
  }

  /** No response comes to the command with this id. */
  lose(id: number, reason: 'timeout' | 'unreachable' = 'timeout'): string {
    const line = this.#outstanding.get(id);
    this.#outstanding.delete(id);
    line?.failed(reason, this.now);
    return this.flush();
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

  #command(command: MgcpCommand): string {
    const line = this.line(command.endpoint.local);
    if (command.verb === 'DLCX') return response(line.deletedByGateway(command, this.now), command.transactionId);
    line.report(command, this.now);
    const answer = response(200, command.transactionId);
    // Lockstep: what the report causes goes in the same datagram.
    const next = this.lines.takeOf(line, this.now);
    return next === undefined ? answer : `${answer}\n.\n${this.#write(line, next)}`;
  }

  #write(line: Line, command: CommandDraft): string {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#outstanding.set(id, line);
    return plain(encodeCommand(command, id));
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
 * Plays a conversation: blocks that begin with `GW> ` are said to the bench, and what leaves is put behind them as `CA> `
 * blocks. Further lines of a block are indented by four. `** 5000` lets time pass; `-- 103` loses the response to a command.
 *
 * @returns the conversation as it was; equal to the script when everything went as written.
 */
export function play(bench: Bench, script: string): string {
  const heard: string[] = [];
  for (const block of blocksOf(script)) {
    if (block.startsWith('CA> ')) continue;
    heard.push(block);
    const text = block.replace(/^ {4}/gm, '');
    const sent = text.startsWith('GW> ')
      ? bench.hear(text.slice(4))
      : text.startsWith('** ')
        ? bench.wait(Number(text.slice(3)))
        : bench.lose(Number(text.slice(3)));
    for (const datagram of sent === '' ? [] : sent.split('\n--\n')) heard.push(`CA> ${datagram.replace(/\n(?=.)/g, '\n    ')}`);
  }
  return heard.join('\n');
}

/** A script as a test writes it: the lines of a template without the empty ones around, and without its indentation. */
export function script(template: string): string {
  const lines = template.replace(/^\n/, '').replace(/\n *$/, '').split('\n');
  const indentation = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indentation)).join('\n');
}

function blocksOf(text: string): readonly string[] {
  return text.split(/\n(?=(?:CA>|GW>|\*\*|--) )/);
}

function plain(bytes: Buffer): string {
  return bytes.toString().replaceAll('\r\n', '\n').replace(/\n$/, '');
}

function response(code: number, id: number): string {
  return plain(encodeResponse({ code }, id));
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
