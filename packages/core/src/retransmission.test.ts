import { expect } from 'chai';
import { Estimators, nextSchedule, type Schedule } from './retransmission.js';

/** RFC 3435 §3.5.3. */
const TIMERS = { rtoMs: 200, rtoMinMs: 100, rtoMaxMs: 4_000 };

function gaps(first: Schedule, count: number, random: () => number): number[] {
  let schedule = first;
  return Array.from({ length: count }, () => {
    const { gapMs } = schedule;
    schedule = nextSchedule(schedule, TIMERS, random);
    return gapMs;
  });
}

describe('retransmission gaps', () => {
  it('double from 200 ms to 4 s while nothing has been measured', () => {
    const first = new Estimators(TIMERS).first('10.0.0.1:2427');
    expect(gaps(first, 8, () => 1)).to.deep.equal([200, 400, 800, 1_600, 3_200, 4_000, 4_000, 4_000]);
  });

  it('are between half of that and that, by chance', () => {
    const first = new Estimators(TIMERS).first('10.0.0.1:2427');
    expect(gaps(first, 7, () => 0)).to.deep.equal([200, 200, 400, 800, 1_600, 3_200, 4_000]);
    expect(gaps(first, 7, () => 0.5)).to.deep.equal([200, 300, 600, 1_200, 2_400, 4_000, 4_000]);
  });

  it('follow the measured delay and four times its deviation', () => {
    const estimators = new Estimators(TIMERS);
    estimators.answered('a', 400);
    // AAD 400, ADEV 200.
    expect(estimators.first('a').gapMs).to.equal(1_200);
    estimators.answered('a', 480);
    // AAD 400 + 80/8, ADEV 200 + (80 - 200)/4.
    expect(estimators.averageMs('a')).to.equal(410);
    expect(estimators.first('a').gapMs).to.equal(410 + 4 * 170);
    expect(gaps(estimators.first('a'), 3, () => 1)).to.deep.equal([1_090, 820 + 680, 1_640 + 680]);
    expect(estimators.first('b').gapMs).to.equal(200);
    expect(estimators.averageMs('b')).to.equal(undefined);
  });

  it('stay above the least gap where answers are quick, and still double', () => {
    const estimators = new Estimators(TIMERS);
    for (let i = 0; i < 50; i += 1) estimators.answered('a', 1);
    const found = gaps(estimators.first('a'), 4, () => 1);
    expect(found[0]).to.equal(100);
    expect(found[2]).to.be.within(400, 401);
    expect(found[3]).to.be.within(800, 801);
  });

  it('stay below RTO-MAX where answers take long', () => {
    const estimators = new Estimators(TIMERS);
    estimators.answered('a', 6_000);
    expect(gaps(estimators.first('a'), 2, () => 1)).to.deep.equal([4_000, 4_000]);
  });

  it('begin where the last repetition was answered, until something is answered at once', () => {
    const estimators = new Estimators(TIMERS);
    estimators.answered('a', 100);
    const usual = estimators.first('a').gapMs;
    estimators.answeredLate('a', 1_600);
    expect(estimators.first('a').gapMs).to.equal(1_600);
    expect(estimators.averageMs('a')).to.equal(100);
    estimators.answered('a', 100);
    expect(estimators.first('a').gapMs).to.be.below(usual);
  });

  it('are remembered of 4,096 addresses', () => {
    const estimators = new Estimators(TIMERS);
    for (let i = 0; i < 4_097; i += 1) estimators.answered(`a${i}`, 1_000);
    expect(estimators.averageMs('a0')).to.equal(undefined);
    expect(estimators.averageMs('a1')).to.equal(1_000);
    expect(estimators.averageMs('a4096')).to.equal(1_000);
  });
});
