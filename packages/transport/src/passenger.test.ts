import { expect } from 'chai';
import { type Machine, NEVER } from '@altpath/core';
import { Passenger } from './passenger.js';

/** Gives every input back as an output. */
class Echo implements Machine<string, string> {
  outbox: string[] = [];
  handle(input: string): void {
    if (input === 'throw') throw new Error('a broken promise');
    this.outbox.push(input);
  }
  tick(): void {
    this.outbox.push('tick');
  }
  deadline(): number {
    return NEVER;
  }
  drain(perform: (output: string) => void): void {
    const outputs = this.outbox;
    this.outbox = [];
    outputs.forEach(perform);
  }
}

describe('a passenger', () => {
  it('performs what came of several inputs at the end of the turn', () => {
    const done: string[] = [];
    const passenger = new Passenger(
      new Echo(),
      (output) => done.push(output),
      () => undefined,
    );
    passenger.take('a', 0);
    passenger.take('b', 0);
    expect(done).to.deep.equal([]);
    passenger.settle(0);
    expect(done).to.deep.equal(['a', 'b']);
  });

  it('is not entered again by an input that an output brought about', () => {
    const done: string[] = [];
    const passenger: Passenger<string, string> = new Passenger(
      new Echo(),
      (output) => {
        done.push(`${output}>`);
        if (output === 'a') {
          passenger.take('c', 0);
          passenger.settle(0);
        }
        done.push(`<${output}`);
      },
      () => undefined,
    );
    passenger.take('a', 0);
    passenger.take('b', 0);
    passenger.settle(0);
    expect(done).to.deep.equal(['a>', '<a', 'b>', '<b', 'c>', '<c']);
  });

  it('survives a machine that throws, says so, and goes on', () => {
    const done: string[] = [];
    const errors: unknown[] = [];
    const passenger = new Passenger(
      new Echo(),
      (output) => done.push(output),
      (error) => errors.push(error),
    );
    passenger.take('throw', 0);
    passenger.take('a', 0);
    passenger.settle(0);
    expect(errors).to.have.lengthOf(1);
    expect(done).to.deep.equal(['a']);
  });
});
