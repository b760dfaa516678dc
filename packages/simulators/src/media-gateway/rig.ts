// What every simulated gateway has, whatever it speaks and whatever network it stands in: telephones, a pure machine that
// is fed and woken, a network that may go wrong. A protocol's rig makes the machine and performs what it says.
import { type AdapterInput, type Hop, isReliable, type Machine, type Millis, NEVER } from '@altpath/core';
import type { AudioReport } from '../audio/audio-stream.js';
import { AnalogLine, type LineAct, type LineMedia } from './analog-line.js';
import { seededDice } from './dice.js';
import { Mischief } from './mischief.js';

/** The network and the time around it. */
export interface GatewaySurroundings {
  now(): Millis;
  /** Runs something later. @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void;
  send(data: Buffer, hop: Hop): void;
  /** Closes a connection, by its number. Only for gateways that use streams, like the next one. */
  close?(flow: number): void;
  /** Power off: every connection is gone, and nobody here is told. */
  unplug?(): void;
}

/** Packets and octets of one connection. */
export interface MediaCounts {
  readonly packetsSent: number;
  readonly octetsSent: number;
  readonly packetsReceived: number;
  readonly octetsReceived: number;
  readonly packetsLost: number;
}

/** RTP for the lines that have it. */
export interface RigMedia {
  /**
   * @param line  undefined: it is not known yet whose connection it will be.
   * @returns     a local UDP port for one connection, or undefined when there is none.
   */
  take(line: string | undefined): number | undefined;
  release(port: number): void;
  /** undefined: nothing is known. */
  statistics(port: number): MediaCounts | undefined;
  order(media: LineMedia): void;
  /** What the newest connection of a line sent and heard. */
  report(line: string): AudioReport | undefined;
  /** As without power. */
  reset(): void;
}

/** What a rig feeds its machine by itself. */
export type RigInput = AdapterInput | (LineAct & { readonly line: string }) | { readonly kind: 'start' };

/** What a rig can ask its machine. */
interface Answered {
  /** Messages of its own that nobody has answered yet. */
  readonly unanswered: number;
}

export interface RigSetUp<Gateway> {
  /** What it is called in complaints. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly seed?: number | undefined;
  readonly around: GatewaySurroundings;
  readonly media?: RigMedia | undefined;
  /** A machine without power. */
  readonly machine: (dice: () => number) => Gateway;
}

export abstract class Rig<Input, Output, Gateway extends Machine<Input | RigInput, Output> & Answered> {
  readonly mischief: Mischief;
  readonly #setUp: RigSetUp<Gateway>;
  readonly #lines: ReadonlyMap<string, AnalogLine>;
  readonly #dice: () => number;
  readonly #queue: (Input | RigInput)[] = [];
  readonly #untilQuiet: (() => void)[] = [];
  #machine: Gateway;
  #running = false;
  #stopped = false;
  #callOff: (() => void) | undefined;

  protected constructor(setUp: RigSetUp<Gateway>) {
    const { around, media } = setUp;
    this.#setUp = setUp;
    this.#dice = seededDice(setUp.seed ?? 1);
    this.mischief = new Mischief(this.#dice, (delayMs, action) =>
      around.later(delayMs, () => {
        if (!this.#stopped) action();
      }),
    );
    this.#machine = setUp.machine(this.#dice);
    this.#lines = new Map(
      setUp.lines.map((name) => [
        name,
        new AnalogLine(name, {
          act: (act) => this.feed({ ...act, line: name }),
          later: (delayMs, action) => around.later(delayMs, action),
          report: (line) => media?.report(line),
        }),
      ]),
    );
  }

  /** @throws RangeError for a line that it does not have. */
  line(name: string): AnalogLine {
    const line = this.#lines.get(name);
    if (!line) throw new RangeError(`${this.#setUp.name} has no line ${name}`);
    return line;
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#lines.values()];
  }

  /** What the gateway itself holds of its lines. */
  get machine(): Gateway {
    return this.#machine;
  }

  /** Settles when the controller has answered all that it was told: it knows what every telephone does. */
  quiet(): Promise<void> {
    if (this.#machine.unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => this.#untilQuiet.push(resolve));
  }

  /** Power on. */
  start(): void {
    this.feed({ kind: 'start' });
  }

  /** Power off and on again: connections and tones are gone, hooks are as they are, transactions are forgotten. */
  restart(): void {
    const { media, around, machine } = this.#setUp;
    media?.reset();
    for (const line of this.lines) line.unplugged();
    this.#queue.length = 0;
    this.mischief.forget();
    around.unplug?.();
    this.#machine = machine(this.#dice);
    for (const line of this.lines) if (line.hook === 'off') this.feed({ kind: 'off-hook', line: line.name });
    this.start();
  }

  /** A datagram arrived, or a slice of a stream (then `hop.flow` is set). */
  receive(data: Buffer, hop: Hop): void {
    this.watch('in', data, hop);
    this.#pass(hop, () => this.feed({ kind: 'bytes', data, hop }));
  }

  /** The network says that nothing gets there. */
  unreachable(hop: Hop): void {
    if (isReliable(hop.transport)) this.mischief.passInOrder(() => this.feed({ kind: 'unreachable', hop }));
    else if (!this.mischief.silent) this.feed({ kind: 'unreachable', hop });
  }

  /** A connection was closed by the other side, or broke. */
  flowClosed(hop: Hop): void {
    this.mischief.passInOrder(() => this.feed({ kind: 'flow-closed', hop }));
  }

  /** One input; what comes of it is performed before this returns, unless it is itself part of a performance. */
  feed(input: Input | RigInput): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    this.#run();
  }

  /** As if it had never been: nothing is sent or done any more. */
  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
  }

  protected abstract perform(output: Output): void;

  /** Sees every datagram or slice, before anything goes wrong with it. */
  protected abstract watch(direction: 'in' | 'out', data: Buffer, hop: Hop): void;

  /** The line that an output is about. */
  protected find(name: string): AnalogLine | undefined {
    return this.#lines.get(name);
  }

  protected send(data: Buffer, hop: Hop): void {
    this.watch('out', data, hop);
    this.#pass(hop, () => this.#setUp.around.send(data, hop));
  }

  /** After all that was sent before. */
  protected closeFlow(flow: number): void {
    this.mischief.passInOrder(() => this.#setUp.around.close?.(flow));
  }

  /** A connection as the machine wants it: at the telephone and in the media plane. */
  protected connect(media: LineMedia): void {
    this.#setUp.media?.order(media);
    this.find(media.line)?.connect(media);
  }

  #pass(hop: Hop, deliver: () => void): void {
    if (isReliable(hop.transport)) this.mischief.passInOrder(deliver);
    else this.mischief.pass(deliver);
  }

  #run(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    const now = this.#setUp.around.now();
    for (let input = this.#queue.shift(); input; input = this.#queue.shift()) {
      this.#machine.handle(input, now);
      this.#machine.drain((output) => this.perform(output));
    }
    this.#running = false;
    this.#arm(now);
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#machine.tick(this.#setUp.around.now());
    this.#running = true;
    this.#machine.drain((output) => this.perform(output));
    this.#running = false;
    this.#run();
  }

  #arm(now: Millis): void {
    if (this.#machine.unanswered === 0) for (const resolve of this.#untilQuiet.splice(0)) resolve();
    this.#callOff?.();
    const deadline = this.#machine.deadline();
    this.#callOff = deadline === NEVER ? undefined : this.#setUp.around.later(Math.max(0, deadline - now), () => this.#tick());
  }
}
