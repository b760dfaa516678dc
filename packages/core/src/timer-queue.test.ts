import { expect } from 'chai';
import { NEVER } from './time.js';
import { Timer, TimerQueue } from './timer-queue.js';

const START = 1_700_000_000_000;

describe('a timer queue', () => {
  function queueOf(...delays: number[]): { queue: TimerQueue<number>; timers: Timer<number>[] } {
    const queue = new TimerQueue<number>(START);
    const timers = delays.map((delay) => {
      const timer = new Timer(delay);
      queue.arm(timer, START + delay);
      return timer;
    });
    return { queue, timers };
  }

  function fired(queue: TimerQueue<number>, now: number): number[] {
    const owners: number[] = [];
    queue.expire(now, (owner) => owners.push(owner));
    return owners;
  }

  it('fires each timer once, at its instant or later, never before', () => {
    const delays = [0, 1, 7, 8, 9, 100, 8_191, 8_192, 8_193, 32_000, 180_000];
    const { queue } = queueOf(...delays);
    const at = new Map<number, number>();
    for (let now = START; queue.size > 0; now += 1) for (const owner of fired(queue, now)) at.set(owner, now - START);
    for (const delay of delays) expect(at.get(delay), String(delay)).to.equal(delay);
  });

  it('fires all that are due after a long pause, and nothing else', () => {
    const { queue } = queueOf(5, 10_000, 30_000, 100_000);
    expect(fired(queue, START + 50_000).sort((a, b) => a - b)).to.deep.equal([5, 10_000, 30_000]);
    expect(queue.size).to.equal(1);
    expect(fired(queue, START + 100_000)).to.deep.equal([100_000]);
  });

  it('the deadline is never later than the earliest timer', () => {
    const { queue, timers } = queueOf(700, 50, 9_000);
    expect(queue.deadline()).to.equal(START + 50);
    queue.disarm(timers[1] as Timer<number>);
    expect(queue.deadline()).to.be.at.most(START + 700);
    fired(queue, START + 60);
    expect(queue.deadline()).to.equal(START + 700);
    fired(queue, START + 700);
    expect(queue.deadline()).to.be.within(START + 700, START + 9_000);
  });

  it('a deadline that was early leads to the right one in the end', () => {
    const { queue } = queueOf(180_000);
    let now = START;
    let steps = 0;
    while (queue.size > 0) {
      now = queue.deadline();
      fired(queue, now);
      steps += 1;
    }
    expect(now).to.equal(START + 180_000);
    expect(steps).to.be.below(40);
  });

  it('an empty queue has no deadline', () => {
    const { queue, timers } = queueOf(5);
    queue.disarm(timers[0] as Timer<number>);
    expect(queue.deadline()).to.equal(NEVER);
    expect(new TimerQueue(START).deadline()).to.equal(NEVER);
  });

  it('arming again moves a timer, to earlier and to later', () => {
    const { queue, timers } = queueOf(100, 200);
    queue.arm(timers[0] as Timer<number>, START + 300);
    expect(fired(queue, START + 250)).to.deep.equal([200]);
    queue.arm(timers[0] as Timer<number>, START + 260);
    expect(queue.deadline()).to.be.at.most(START + 260);
    expect(fired(queue, START + 260)).to.deep.equal([100]);
    expect(queue.size).to.equal(0);
  });

  it('arming for never is disarming', () => {
    const { queue, timers } = queueOf(100);
    queue.arm(timers[0] as Timer<number>, NEVER);
    expect(timers[0]?.armed).to.equal(false);
    expect(fired(queue, START + 1_000)).to.deep.equal([]);
  });

  it('disarming one leaves its neighbours of the same slot', () => {
    const { queue, timers } = queueOf(100, 101, 102, 103);
    queue.disarm(timers[1] as Timer<number>);
    queue.disarm(timers[3] as Timer<number>);
    queue.disarm(timers[3] as Timer<number>);
    expect(fired(queue, START + 110).sort()).to.deep.equal([100, 102]);
  });

  it('a timer armed for the past fires at the next expire', () => {
    const { queue } = queueOf();
    fired(queue, START + 1_000);
    const timer = new Timer(1);
    queue.arm(timer, START + 10);
    expect(queue.deadline()).to.be.at.most(START + 1_000);
    expect(fired(queue, START + 1_000)).to.deep.equal([1]);
  });

  it('who is fired may arm itself again, for now too: that fires at the next call', () => {
    const queue = new TimerQueue<{ count: number }>(START);
    const owner = { count: 0 };
    const timer = new Timer(owner);
    queue.arm(timer, START);
    const fire = (each: { count: number }): void => {
      each.count += 1;
      queue.arm(timer, START);
    };
    queue.expire(START, fire);
    expect(owner.count).to.equal(1);
    queue.expire(START, fire);
    expect(owner.count).to.equal(2);
  });

  it('who is fired may arm another that was due as well: it does not fire twice', () => {
    const queue = new TimerQueue<string>(START);
    const a = new Timer('a');
    const b = new Timer('b');
    queue.arm(a, START + 1);
    queue.arm(b, START + 1);
    const seen: string[] = [];
    queue.expire(START + 10, (owner) => {
      seen.push(owner);
      const other = owner === 'a' ? b : a;
      queue.arm(other, START + 500);
    });
    expect(seen).to.have.length(1);
    queue.expire(START + 500, (owner) => seen.push(owner));
    expect(seen).to.have.length(2);
  });

  it('agrees with a plain list under a long random sequence', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed % below;
    };
    const queue = new TimerQueue<number>(START);
    const timers = Array.from({ length: 200 }, (_, i) => new Timer(i));
    const expected = new Map<number, number>();
    let now = START;
    for (let step = 0; step < 5_000; step += 1) {
      const i = random(200);
      const timer = timers[i] as Timer<number>;
      if (random(4) === 0) {
        queue.disarm(timer);
        expected.delete(i);
      } else {
        const at = now + random(20_000);
        queue.arm(timer, at);
        expected.set(i, at);
      }
      now += random(300);
      const due = [...expected].filter(([, at]) => at <= now).map(([owner]) => owner);
      for (const owner of due) expected.delete(owner);
      expect(fired(queue, now).sort((a, b) => a - b)).to.deep.equal(due.sort((a, b) => a - b));
      expect(queue.size).to.equal(expected.size);
      expect(queue.deadline()).to.be.at.most(Math.min(NEVER, ...expected.values()));
    }
  });
});
