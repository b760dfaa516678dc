import { expect } from 'chai';
import { type Hop, hopKey } from '../address.js';
import { NEVER } from '../time.js';
import { AttemptPlan, FadingHealth } from './attempt-plan.js';

const NOW = 1_700_000_000_000;
const SETTINGS = { hedgeMs: 500, guardMs: 3_000, maxExtra: 3 };

function hop(n: number): Hop {
  return { transport: 'udp', host: `10.0.0.${n}`, port: 5060 };
}

function planOf(count: number, health = new FadingHealth(60_000), settings = SETTINGS): AttemptPlan {
  return new AttemptPlan(
    Array.from({ length: count }, (_, i) => hop(i + 1)),
    settings,
    health,
    NOW,
  );
}

function active(plan: AttemptPlan): string[] {
  return plan.active.map((each) => each.host.slice('10.0.0.'.length));
}

describe('an attempt plan', () => {
  it('begins with the first address', () => {
    const plan = planOf(3);
    expect(active(plan)).to.deep.equal(['1']);
    expect(plan.waiting).to.deep.equal([hop(2), hop(3)]);
    expect(plan.due(NOW)).to.equal(undefined);
  });

  it('silence: the next address after the hedge, and again after as long', () => {
    const plan = planOf(3);
    expect(plan.deadline()).to.equal(NOW + 500);
    expect(plan.due(NOW + 499)).to.equal(undefined);
    expect(plan.due(NOW + 500)).to.deep.equal({ hop: hop(2), trigger: 'silence' });
    expect(plan.deadline()).to.equal(NOW + 1_000);
    expect(plan.due(NOW + 1_000)).to.deep.equal({ hop: hop(3), trigger: 'silence' });
    expect(active(plan)).to.deep.equal(['1', '2', '3']);
    expect(plan.deadline()).to.equal(NEVER);
  });

  it('whoever was silent is held for dead, each in its turn', () => {
    const health = new FadingHealth(60_000);
    const plan = planOf(3, health);
    plan.due(NOW + 500);
    expect(health.down(NOW + 500)).to.deep.equal([hopKey(hop(1))]);
    plan.due(NOW + 1_000);
    expect(health.down(NOW + 1_000)).to.deep.equal([hopKey(hop(1)), hopKey(hop(2))]);
  });

  it('something provisional and nothing more: after the guard, and nobody is held for dead', () => {
    const health = new FadingHealth(60_000);
    const plan = planOf(3, health);
    plan.heardProvisional(NOW + 100);
    plan.heardProvisional(NOW + 900);
    expect(plan.deadline()).to.equal(NOW + 3_100);
    expect(plan.due(NOW + 3_100)).to.deep.equal({ hop: hop(2), trigger: 'guard' });
    expect(plan.deadline()).to.equal(NOW + 6_100);
    expect(health.down(NOW + 3_100)).to.deep.equal([]);
  });

  it('progress ends all waiting', () => {
    const plan = planOf(3);
    plan.heardProgress();
    expect(plan.deadline()).to.equal(NEVER);
    expect(plan.due(NOW + 100_000)).to.equal(undefined);
    expect(plan.hasAlternate).to.equal(true);
  });

  it('a transport error: the next address at once; the first stays in use', () => {
    const plan = planOf(2);
    expect(plan.failed(hop(1), 'transport-error', NOW)).to.deep.equal({ hop: hop(2), trigger: 'transport-error' });
    expect(active(plan)).to.deep.equal(['1', '2']);
  });

  it('an error with no address left is not final', () => {
    const plan = planOf(2);
    plan.failed(hop(1), 'transport-error', NOW);
    expect(plan.failed(hop(2), 'transport-error', NOW)).to.equal(undefined);
    expect(plan.failed(hop(1), 'transport-error', NOW)).to.equal(undefined);
    expect(active(plan)).to.deep.equal(['1', '2']);
  });

  it('an error of an address that is not in use only marks it', () => {
    const health = new FadingHealth(60_000);
    const plan = planOf(2, health);
    expect(plan.failed(hop(9), 'transport-error', NOW)).to.equal(undefined);
    expect(health.isDown(hopKey(hop(9)), NOW)).to.equal(true);
    expect(active(plan)).to.deep.equal(['1']);
  });

  it('no more than so many extra addresses', () => {
    const plan = planOf(9);
    for (let i = 1; i < 9; i += 1) plan.due(NOW + i * 500);
    expect(active(plan)).to.deep.equal(['1', '2', '3', '4']);
    expect(plan.hasAlternate).to.equal(false);
  });

  it('an address known dead is tried last, all of them in their order', () => {
    const health = new FadingHealth(60_000);
    health.markDown(hopKey(hop(1)), NOW);
    health.markDown(hopKey(hop(3)), NOW);
    const plan = planOf(4, health);
    for (let i = 1; i < 4; i += 1) plan.due(NOW + i * 500);
    expect(active(plan)).to.deep.equal(['2', '4', '1', '3']);
  });

  it('with no address it has nothing to do', () => {
    const plan = planOf(0);
    expect(plan.active).to.deep.equal([]);
    expect(plan.deadline()).to.equal(NEVER);
  });
});

describe('health that fades', () => {
  it('a mark is forgotten after its time', () => {
    const health = new FadingHealth(1_000);
    health.markDown('x', NOW);
    expect(health.isDown('x', NOW + 999)).to.equal(true);
    expect(health.isDown('x', NOW + 1_000)).to.equal(false);
    expect(health.isDown('y', NOW)).to.equal(false);
  });

  it('a new mark starts the time again; a sign of life ends it', () => {
    const health = new FadingHealth(1_000);
    health.markDown('x', NOW);
    health.markDown('x', NOW + 900);
    expect(health.isDown('x', NOW + 1_500)).to.equal(true);
    health.markUp('x');
    expect(health.isDown('x', NOW + 1_500)).to.equal(false);
    health.markUp('never heard of');
  });

  it('is bounded: the oldest mark goes first', () => {
    const health = new FadingHealth(1_000, 2);
    for (const key of ['a', 'b', 'a', 'c']) health.markDown(key, NOW);
    expect(health.down(NOW)).to.deep.equal(['a', 'c']);
    expect(health.down(NOW + 1_000)).to.deep.equal([]);
  });
});
