import { expect } from 'chai';
import { type Machine, type Millis, NEVER } from '@altpath/core';
import { drive, SimulatedClock } from './simulated-clock.js';

describe('the simulated clock', () => {
  it('does what is due in the order of instants, and of arrival among equals', () => {
    const clock = new SimulatedClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`c ${clock.now}`));
    clock.after(10, () => seen.push(`a ${clock.now}`));
    clock.after(10, () => {
      seen.push(`b ${clock.now}`);
      clock.after(0, () => seen.push(`b' ${clock.now}`));
    });
    clock.run(15);
    expect(seen).to.deep.equal(['a 10', 'b 10', "b' 10"]);
    clock.run(5);
    expect(seen.at(-1)).to.equal('c 20');
  });

  it('does not do what was called off', () => {
    const clock = new SimulatedClock(0);
    clock.after(5, () => expect.fail('called off'))();
    clock.run(10);
    expect(clock.now).to.equal(10);
  });

  it('does what fell due in a freeze only afterwards', () => {
    const clock = new SimulatedClock(0);
    const at: Millis[] = [];
    clock.after(5, () => at.push(clock.now));
    clock.freeze(50);
    expect(at).to.deep.equal([]);
    clock.run(0);
    expect(at).to.deep.equal([50]);
  });

  it('says so when a machine wants to be woken without end', () => {
    const clock = new SimulatedClock(0);
    const restless: Machine<never, never> = { handle: () => undefined, tick: () => undefined, deadline: () => 0, drain: () => undefined };
    drive(clock, restless, () => undefined);
    expect(() => clock.run(1)).to.throw('time stands still');
  });

  it('ticks a machine at its deadlines until it is stopped', () => {
    const clock = new SimulatedClock(0);
    const ticks: Millis[] = [];
    let next: Millis = 10;
    const machine: Machine<Millis, string> = {
      handle: (input) => {
        next = input;
      },
      tick: (now) => {
        ticks.push(now);
        next = now === 30 ? NEVER : now + 10;
      },
      deadline: () => next,
      drain: (perform) => perform('out'),
    };
    let outputs = 0;
    const driven = drive(clock, machine, () => (outputs += 1));
    clock.run(100);
    expect(ticks).to.deep.equal([10, 20, 30]);
    driven.feed(150);
    clock.run(100);
    expect(ticks.at(-1)).to.equal(200);
    driven.stop();
    clock.run(100);
    expect(ticks).to.have.length(9);
    expect(outputs).to.equal(11);
  });
});
