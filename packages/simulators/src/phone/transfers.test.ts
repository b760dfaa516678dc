// One phone passes another on to a third (RFC 3515, RFC 3891), in simulated time.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import type { IncomingCall } from './incoming-call.js';
import type { PhoneRig } from './phone-rig.js';
import { PhoneTable } from './phone-table.fixture.js';
import { TelephoneLine } from './telephone-line.js';

describe('transfers between phones', () => {
  let table: PhoneTable;
  let alice: PhoneRig;
  let bob: PhoneRig;
  let carol: PhoneRig;

  beforeEach(() => {
    const clock = new SimulatedClock(0);
    const random = new Random(1);
    table = new PhoneTable({ clock, random, network: new SimulatedNetwork(clock, random) });
    [alice, bob, carol] = [table.phone('alice'), table.phone('bob'), table.phone('carol')];
  });

  it('blind: the other side calls whom it is told to, and says how that goes', async () => {
    const { call, theirs } = table.talk(alice, bob);
    const told: number[] = [];
    theirs.on('transfer', (status) => told.push(status));
    const coming: IncomingCall[] = [];
    carol.onIncoming((each) => (coming.push(each), each.ring(), table.run(0), void carol.later(200, () => void each.answer())));
    const over = theirs.transfer(carol.contact.uri);
    table.run(100);
    expect([told, coming[0]?.from.uri]).to.deep.equal([[100, 180], alice.identity]);
    table.run(300);
    expect(await settled(over)).to.equal(200);
    void theirs.hangUp();
    table.run(100);
    expect([call.end?.reason, alice.calls.map(({ currentState }) => currentState), coming[0]?.currentState]).to.deep.equal([
      'remote hung up',
      ['up'],
      'up',
    ]);
  });

  it('blind to somebody who is busy: the call stays', async () => {
    const { call, theirs } = table.talk(alice, bob);
    carol.onIncoming((each) => each.reject(486, 'Busy Here'));
    const over = theirs.transfer(carol.contact.uri);
    table.run(200);
    expect([await settled(over), call.currentState]).to.deep.equal([486, 'up']);
  });

  it('a phone that takes no transfers says so', async () => {
    const dave = table.phone('dave', { takesTransfers: false });
    const { call } = table.talk(alice, dave);
    const over = call.transfer(carol.contact.uri);
    table.run(100);
    expect(await settled(over)).to.equal(603);
  });

  it('attended: the two others are connected, and both calls of whoever asked are ended', async () => {
    const first = table.talk(bob, alice);
    const second = table.talk(bob, carol);
    const over = first.call.transfer(second.call);
    table.run(300);
    expect(await settled(over)).to.equal(200);
    expect(second.call.end?.reason).to.equal('remote hung up');
    void first.call.hangUp();
    table.run(100);
    expect([bob.calls.length, alice.calls[0]?.currentState, carol.calls[0]?.currentState]).to.deep.equal([0, 'up', 'up']);
    expect(carol.calls[0]?.remoteTag).to.equal(alice.calls[0]?.localTag);
  });

  it('a call to replace that is not there is not replaced', () => {
    table.talk(bob, carol);
    const call = alice.call(carol.contact.uri, { headers: { replaces: 'nobody;to-tag=1;from-tag=2' } });
    table.run(100);
    expect(call.end?.status).to.equal(481);
  });

  it('in the hands of a user: he hears the one he was passed on to', () => {
    const [line, third] = [new TelephoneLine(alice), new TelephoneLine(carol)];
    bob.onIncoming((call) => void call.answer());
    line.offHook();
    const uri = bob.contact.uri;
    const passed = new TelephoneLine(alice, { uriOf: () => uri });
    passed.offHook();
    passed.dial('1002');
    table.run(100);
    expect(passed.state).to.equal('talking');
    void bob.calls[0]?.transfer(carol.contact.uri);
    table.run(100);
    expect(third.state).to.equal('ringing');
    void bob.calls[0]?.hangUp();
    table.run(100);
    expect(passed.state).to.equal('ringback');
    third.offHook();
    table.run(100);
    expect([passed.state, third.state]).to.deep.equal(['talking', 'talking']);
    passed.onHook();
    table.run(100);
    expect([third.state, alice.calls.length]).to.deep.equal(['busy', 0]);
  });
});

/** What a promise has come to; time stands still meanwhile. */
async function settled<T>(promise: Promise<T>): Promise<T | 'not yet'> {
  return Promise.race([promise, new Promise<'not yet'>((resolve) => setImmediate(() => resolve('not yet')))]);
}
