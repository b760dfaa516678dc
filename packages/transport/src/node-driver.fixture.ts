// What a driver is tested with: an adapter that does what the test says, a clock that jumps, an observer that counts.
import { type AdapterInput, type AdapterOutput, type Millis, NEVER, type Observer, type ProtocolAdapter } from '@altpath/core';

/** An adapter that writes down what it is told and does what the test says. */
export class Scripted implements ProtocolAdapter {
  readonly protocol = 'scripted';
  readonly pathMapping = { protocol: 'scripted', carries: 'none', loses: [] } as const;
  readonly seen: string[] = [];
  readonly inputs: AdapterInput[] = [];
  outbox: AdapterOutput[] = [];
  speaksLast = false;
  due: Millis = NEVER;
  answer: (input: AdapterInput) => void = () => undefined;
  #waiting: (() => void)[] = [];

  handle(input: AdapterInput): void {
    this.inputs.push(input);
    this.seen.push(input.kind === 'bytes' ? `bytes ${input.data.toString()}` : input.kind);
    this.answer(input);
    this.#wake();
  }
  tick(now: Millis): void {
    if (now < this.due) return;
    this.due = NEVER;
    this.seen.push('due');
    this.#wake();
  }
  deadline(): Millis {
    return this.due;
  }
  drain(perform: (output: AdapterOutput) => void): void {
    const outputs = this.outbox;
    this.outbox = [];
    outputs.forEach(perform);
  }
  status(): { protocol: string; pending: number; transactions: number } {
    return { protocol: this.protocol, pending: 0, transactions: 0 };
  }
  calls(): [] {
    return [];
  }
  told(topic: string, content: string): void {
    this.seen.push(`told ${topic} ${content}`);
  }
  async until(text: string): Promise<void> {
    while (!this.seen.includes(text)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
  last(): AdapterInput {
    return this.inputs.at(-1) as AdapterInput;
  }
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Real time, which a test can make jump. */
export class JumpingClock {
  #jumped = 0;
  now(): Millis {
    return performance.timeOrigin + performance.now() + this.#jumped;
  }
  usedMs(): Millis {
    return 0;
  }
  jump(ms: Millis): void {
    this.#jumped += ms;
  }
}

/** Counts and keeps what is logged. */
export class Counter implements Observer {
  readonly tracing = false;
  readonly counts = new Map<string, number>();
  readonly logs: string[] = [];
  count(name: string, reason = ''): void {
    const key = `${name} ${reason}`.trim();
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
  trace(): void {}
  log(level: string, text: string): void {
    this.logs.push(`${level} ${text}`);
  }
}
