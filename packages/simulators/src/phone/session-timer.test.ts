// Session timers of two phones (RFC 4028), in simulated time.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import type { PhoneOptions } from './phone-options.js';
import type { PhoneRig } from './phone-rig.js';
import { PhoneTable } from './phone-table.fixture.js';

describe('the session timer of phones', () => {
  let table: PhoneTable;

  beforeEach(() => {
    const clock = new SimulatedClock(0);
    const random = new Random(1);
    table = new PhoneTable({ clock, random, network: new SimulatedNetwork(clock, random) });
  });

  const pair = (caller: PhoneOptions['sessionTimer'], callee: PhoneOptions['sessionTimer']) =>
    [table.phone('alice', caller && { sessionTimer: caller }), table.phone('bob', callee && { sessionTimer: callee })] as const;
  const refreshes = (phone: PhoneRig): string =>
    phone.messages
      .filter(({ direction, summary }) => direction === 'out' && ['INVITE', 'UPDATE'].includes(summary))
      .map(({ summary, at }) => `${summary}@${Math.round(at / 1_000)}`)
      .join(' ');

  it('the caller refreshes by UPDATE at half of the interval, and the call goes on', () => {
    const [alice, bob] = pair({ expiresS: 100 }, { expiresS: 300 });
    const { call, theirs } = table.talk(alice, bob);
    expect([call, theirs].map(({ sessionTimer }) => [sessionTimer?.intervalS, sessionTimer?.isRefresher])).to.deep.equal([
      [100, true],
      [100, false],
    ]);
    table.run(220_000);
    expect([refreshes(alice), refreshes(bob)]).to.deep.equal(['INVITE@0 UPDATE@50 UPDATE@100 UPDATE@150 UPDATE@200', '']);
    expect([call.currentState, theirs.currentState]).to.deep.equal(['up', 'up']);
  });

  it('the callee refreshes where the caller wants that, by re-INVITE where it is told to', () => {
    const [alice, bob] = pair({ expiresS: 100, refresher: 'other' }, { expiresS: 300, method: 'INVITE' });
    const { call } = table.talk(alice, bob);
    table.run(120_000);
    expect([refreshes(alice), refreshes(bob)]).to.deep.equal(['INVITE@0', 'INVITE@50 INVITE@100']);
    expect([call.currentState, call.media?.mode]).to.deep.equal(['up', 'sendrecv']);
  });

  it('a caller that knows nothing of timers is refreshed by the callee', () => {
    const [alice, bob] = pair(undefined, { expiresS: 100 });
    const { theirs } = table.talk(alice, bob);
    table.run(60_000);
    expect([refreshes(bob), theirs.currentState]).to.deep.equal(['UPDATE@50', 'up']);
  });

  it('no timer runs where the callee knows nothing of it', () => {
    const [alice, bob] = pair({ expiresS: 100 }, undefined);
    const { call } = table.talk(alice, bob);
    table.run(300_000);
    expect([refreshes(alice), call.currentState, call.sessionTimer?.intervalS]).to.deep.equal(['INVITE@0', 'up', undefined]);
  });

  it('an interval that is too short is refused, and asked again as long as it must be', () => {
    const [alice, bob] = pair({ expiresS: 90 }, { expiresS: 300, minS: 120 });
    const { call } = table.talk(alice, bob);
    expect(alice.messages.some(({ summary }) => summary.startsWith('422'))).to.equal(true);
    expect([call.currentState, call.sessionTimer?.intervalS]).to.deep.equal(['up', 120]);
  });

  it('a refresher that is gone is noticed before the interval ends', () => {
    const [alice, bob] = pair({ expiresS: 90 }, { expiresS: 300 });
    const { theirs } = table.talk(alice, bob);
    alice.stop();
    table.unplug(alice);
    table.run(59_000);
    expect(theirs.currentState).to.equal('up');
    table.run(2_000);
    expect(theirs.end).to.include({ reason: 'failed', detail: 'session expired' });
  });

  it('a refresh that nobody answers ends the call', () => {
    const [alice, bob] = pair({ expiresS: 90 }, { expiresS: 300 });
    const { call } = table.talk(alice, bob);
    bob.stop();
    table.run(44_000);
    expect(call.currentState).to.equal('up');
    table.run(80_000);
    expect(call.end?.reason).to.equal('failed');
  });

  it('hold and retrieve refresh too', () => {
    const [alice, bob] = pair({ expiresS: 100 }, { expiresS: 300 });
    const { call, theirs } = table.talk(alice, bob);
    table.run(40_000);
    void theirs.hold();
    table.run(40_000);
    expect(refreshes(alice)).to.equal('INVITE@0');
    table.run(12_000);
    expect([refreshes(alice), call.isHeld]).to.deep.equal(['INVITE@0 UPDATE@90', true]);
  });
});
