// Two people with analog telephones, of whom one calls the other: what they do, what each waits for, and what they saw that
// they should not have seen. They know nothing of controllers.
import { type AnalogLine, LineTimeout } from '@altpath/simulators';

/** Longest wait for anything; far above every timer of the run, so that it means "never". */
const NEVER_MS = 20_000;
/** Who hears nothing of what he did for so long does it again. */
const PATIENCE_MS = 8_000;
/** Packets with the other's tone from which on one is sure to hear him. */
const SURE = 5;
/** Digits that half of a number has. */
const HALF = 2;

/** Who hangs up first. */
export type Side = 'caller' | 'callee';

export class Pair {
  /** What was not as they wanted it. */
  readonly complaints: string[] = [];
  /** Times that the caller did something once more: dialled, for he heard dial tone anew, or flashed, for nothing came of it. */
  repeats = 0;
  /** Times that the callee's telephone may have rung by now. */
  #rings = 0;
  /** Dial tones that the caller had heard when he began to dial. */
  #dialTones = 0;

  constructor(
    readonly caller: AnalogLine,
    readonly callee: AnalogLine,
    readonly number: string,
    /** Tone that each sends in Hz; undefined without RTP. */
    private readonly tones: Readonly<Record<Side, number>> | undefined,
  ) {}

  /** One person after the other does something; when one of them waits in vain, both hang up and say so. */
  async attempt(what: string, script: () => Promise<void>): Promise<void> {
    try {
      await script();
    } catch (error) {
      if (!(error instanceof LineTimeout)) throw error;
      this.complaints.push(`${what}: ${this.number}: ${error.message}; caller ${this.caller.state}, callee ${this.callee.state}`);
      this.caller.onHook();
      this.callee.onHook();
      this.#rings = rung(this.callee);
    }
  }

  async seize(): Promise<void> {
    this.caller.offHook();
    await this.dialTone();
  }

  dialTone(): Promise<void> {
    return this.caller.until('dial-tone', NEVER_MS);
  }

  async ring(): Promise<void> {
    await this.seize();
    this.dial();
    await this.ringing();
  }

  /** All of the number, or its first two digits. */
  dial(share: 'all' | 'half' = 'all'): void {
    this.#dialTones = dialTones(this.caller);
    this.caller.dial(share === 'all' ? this.number : this.number.slice(0, HALF));
  }

  /** What is missing; all of it when there is dial tone anew. */
  dialOn(): void {
    if (this.#isAskedAnew()) this.#redial();
    else this.caller.dial(this.number.slice(HALF));
  }

  /** The telephone rings, and the caller hears that; who hears dial tone anew dials once more. */
  async ringing(): Promise<void> {
    await this.caller.until(({ state }) => state === 'ringback' || this.#isAskedAnew(), NEVER_MS);
    if (this.#isAskedAnew()) this.#redial();
    await Promise.all([this.callee.until('ringing', NEVER_MS), this.caller.until('ringback', NEVER_MS)]);
  }

  #isAskedAnew(): boolean {
    return this.caller.state === 'dial-tone' && dialTones(this.caller) > this.#dialTones;
  }

  #redial(): void {
    this.repeats += 1;
    this.dial();
  }

  async talk(): Promise<void> {
    await this.ring();
    await this.answer();
  }

  /** Lifts the ringing telephone; that it rang no second time is seen when the call is over. */
  async answer(): Promise<void> {
    this.callee.offHook();
    await this.talking();
  }

  /** The caller has flashed, and neither hears the other; after a while in which nothing came of it he flashes once more. */
  held(): Promise<void> {
    return this.#flashed(({ state }) => state !== 'talking');
  }

  /** The same the other way round. */
  takenBack(): Promise<void> {
    return this.#flashed('talking');
  }

  async #flashed(what: Parameters<AnalogLine['until']>[0]): Promise<void> {
    const both = (patienceMs: number): Promise<unknown> =>
      Promise.all([this.caller.until(what, patienceMs), this.callee.until(what, patienceMs)]);
    try {
      await both(PATIENCE_MS);
    } catch (error) {
      if (!(error instanceof LineTimeout)) throw error;
      this.repeats += 1;
      this.caller.flash();
      await both(NEVER_MS);
    }
  }

  /** Both may speak. */
  async through(): Promise<void> {
    await Promise.all([this.caller.until('talking', NEVER_MS), this.callee.until('talking', NEVER_MS)]);
  }

  /** Both may speak, and where there is RTP each hears the other from now on. */
  async talking(): Promise<void> {
    await this.through();
    if (!this.tones) return;
    const { caller, callee } = this.tones;
    await Promise.all([hears(this.caller, callee), hears(this.callee, caller)]);
  }

  /** The one who hangs up first leaves the other with a busy tone. */
  async hangUp(first: Side): Promise<void> {
    this[first].onHook();
    await this.left(first);
  }

  async left(by: Side): Promise<void> {
    const other = by === 'caller' ? this.callee : this.caller;
    await other.until('busy', NEVER_MS);
    other.onHook();
    await this.idle();
  }

  async idle(): Promise<void> {
    const isIdle = (line: AnalogLine): boolean => line.state === 'idle' && line.media.size === 0;
    await Promise.all([this.caller.until(isIdle, NEVER_MS), this.callee.until(isIdle, NEVER_MS)]);
    const rings = rung(this.callee) - this.#rings;
    if (rings !== 1)
      this.complaints.push(`${this.number} rang ${rings} times in one call; it was ${this.callee.history.slice(-8).join(', ')}`);
    this.#rings += rings;
  }

  /** How far each telephone's history has come: a talk that nothing disturbs adds nothing to it. */
  get mark(): string {
    return `${this.caller.history.length} ${this.caller.state}, ${this.callee.history.length} ${this.callee.state}`;
  }

  /** Longest time between two packets that either heard, in ms, and what was lost; undefined without RTP. */
  get audio(): { readonly longestGapMs: number; readonly lost: number } | undefined {
    const reports = [this.caller.report(), this.callee.report()].filter((report) => report !== undefined);
    if (reports.length < 2) return undefined;
    return {
      longestGapMs: Math.max(...reports.map((report) => report.longestGapMs)),
      lost: reports.reduce((sum, report) => sum + report.lost, 0),
    };
  }
}

/** Hears the tone in packets that come from now on: those of before a hold do not count. */
async function hears(line: AnalogLine, hz: number): Promise<void> {
  await line.untilHears(hz, (line.report()?.heard ?? 0) + SURE, NEVER_MS);
}

function rung(line: AnalogLine): number {
  return line.history.filter((state) => state === 'ringing').length;
}

function dialTones(line: AnalogLine): number {
  return line.history.filter((state) => state === 'dial-tone').length;
}
