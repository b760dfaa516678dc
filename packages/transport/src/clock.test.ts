import { expect } from 'chai';
import { FreezeWatch, SystemClock } from './clock.js';

class HandClock {
  at = 1_000_000;
  used = 0;
  now(): number {
    return this.at;
  }
  usedMs(): number {
    return this.used;
  }
}

describe('the freeze watch', () => {
  const after = (gapMs: number, usedMs: number): number => {
    const clock = new HandClock();
    const watch = new FreezeWatch(clock, 1_000);
    clock.at += gapMs;
    clock.used += usedMs;
    return watch.look(clock.now());
  };

  it('calls a pause above the threshold a freeze and says how long it was', () => {
    expect(after(1_500, 0)).to.equal(1_500);
  });

  it('calls a pause up to the threshold none', () => {
    expect(after(1_000, 0)).to.equal(0);
  });

  it('does not take a busy process for a frozen one', () => {
    expect(after(1_500, 1_400)).to.equal(0);
  });

  it('sees processor time that was used before the pause as used before it', () => {
    const clock = new HandClock();
    const watch = new FreezeWatch(clock, 1_000);
    for (let beat = 0; beat < 20; beat += 1) {
      clock.at += 200;
      clock.used += 190;
      expect(watch.look(clock.now())).to.equal(0);
    }
    clock.at += 1_200;
    expect(watch.look(clock.now())).to.equal(1_200);
  });

  it('tells of one freeze once', () => {
    const clock = new HandClock();
    const watch = new FreezeWatch(clock, 1_000);
    clock.at += 5_000;
    expect(watch.look(clock.now())).to.equal(5_000);
    expect(watch.look(clock.now())).to.equal(0);
  });
});

describe('the system clock', () => {
  const wall = Date.now;
  afterEach(() => {
    Date.now = wall;
  });

  it('counts from the epoch', () => {
    expect(new SystemClock().now()).to.be.closeTo(Date.now(), 60_000);
  });

  it('follows a wall clock that runs ahead, as after a host has slept', () => {
    const clock = new SystemClock();
    const before = clock.now();
    Date.now = () => wall() + 3_600_000;
    expect(clock.now()).to.be.at.least(before + 3_599_000);
  });

  it('does not follow one that is set back', () => {
    const clock = new SystemClock();
    Date.now = () => wall() + 3_600_000;
    const before = clock.now();
    Date.now = () => wall() - 3_600_000;
    expect(clock.now()).to.be.at.least(before);
  });

  it('knows the processor time of this process', () => {
    expect(new SystemClock().usedMs()).to.be.greaterThan(0);
  });
});
