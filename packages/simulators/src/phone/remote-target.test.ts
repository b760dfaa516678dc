// A far end whose Contact names who stands in for it: requests within the call go to the others when it is dead.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import type { PhoneRig } from './phone-rig.js';
import { PhoneTable } from './phone-table.fixture.js';

const FAR = '10.2.0.2:5060';
const STAND_IN = '10.9.0.3:5060';
const ALTERNATE = 'alternatePath=10.9.0.3%3A5060';

describe('a remote target with stand-ins', () => {
  let table: PhoneTable;
  let clock: SimulatedClock;
  let network: SimulatedNetwork;
  let alice: PhoneRig;
  let bob: PhoneRig;
  /** What came to the stand-in, and when. */
  let came: { readonly at: number; readonly text: string }[];

  function open(aware: boolean): void {
    clock = new SimulatedClock(0);
    const random = new Random(1);
    network = new SimulatedNetwork(clock, random);
    table = new PhoneTable({ clock, random, network });
    alice = table.phone('alice', { aware });
    bob = table.phone('bob');
    // On its way the far end's Contact is given a stand-in.
    network.listen('10.2.0.1:5060', (data) => {
      const text = data.toString('latin1').replace(/^(Contact: .*<sip:bob@10\.2\.0\.2:5060)>/m, `$1;${ALTERNATE}>`);
      alice.receive(Buffer.from(text, 'latin1'), { host: '10.2.0.2', port: 5_060 });
    });
    came = [];
    network.listen(STAND_IN, (data) => came.push({ at: clock.now, text: data.toString('latin1') }));
  }

  const byes = (): string[] => came.filter(({ text }) => text.startsWith('BYE ')).map(({ text }) => text);
  const sent = (): string[] =>
    alice.messages.filter(({ direction, summary }) => direction === 'out' && summary === 'BYE').map(({ text }) => text);

  it('an aware phone sends the same bytes to the stand-in at once when the network says that nobody is there', () => {
    open(true);
    const { call } = table.talk(alice, bob);
    table.unplug(bob);
    const before = clock.now;
    void call.hangUp();
    table.run(50);
    expect(byes()).to.deep.equal(sent().slice(0, 1));
    expect((came.at(-1)?.at ?? 0) - before).to.be.below(20);
    expect(byes()[0]?.split('\r\n')[0]).to.equal(`BYE sip:bob@10.2.0.2:5060;${ALTERNATE} SIP/2.0`);
  });

  it('and after T1 when nobody says anything', () => {
    open(true);
    const { call } = table.talk(alice, bob);
    network.cut(FAR, '10.2.0.1:5060');
    void call.hangUp();
    table.run(490);
    expect(byes()).to.deep.equal([]);
    table.run(100);
    expect(byes()).to.deep.equal(sent().slice(0, 1));
  });

  it('so does a change of the session', () => {
    open(true);
    const { call } = table.talk(alice, bob);
    network.cut(FAR, '10.2.0.1:5060');
    void call.hold();
    table.run(600);
    expect(came.filter(({ text }) => text.startsWith('INVITE '))).to.have.length(1);
  });

  it('and an ACK, which has no answer to be missed', () => {
    open(true);
    const { theirs } = table.ring(alice, bob);
    void theirs.answer();
    table.run(1);
    table.unplug(bob);
    table.run(50);
    expect(came.map(({ text }) => text.split(' ')[0])).to.deep.equal(['ACK']);
  });

  it('a stock phone knows one address, and the parameter is a word that it repeats', () => {
    open(false);
    const { call } = table.talk(alice, bob);
    network.cut(FAR, '10.2.0.1:5060');
    void call.hangUp();
    table.run(33_000);
    expect(came).to.deep.equal([]);
    expect([sent()[0]?.split('\r\n')[0], call.end?.clean]).to.deep.equal([`BYE sip:bob@10.2.0.2:5060;${ALTERNATE} SIP/2.0`, false]);
  });
});
