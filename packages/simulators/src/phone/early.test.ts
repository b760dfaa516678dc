// What happens before a call is answered: early media, PRACK, changes of an early session, CANCEL that comes late.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import type { PhoneOptions } from './phone-options.js';
import { ladder, modes, PhoneTable } from './phone-table.fixture.js';

describe('calls before they are answered', () => {
  let table: PhoneTable;
  let network: SimulatedNetwork;

  beforeEach(() => {
    const clock = new SimulatedClock(0);
    const random = new Random(1);
    network = new SimulatedNetwork(clock, random);
    table = new PhoneTable({ clock, random, network });
  });

  const pair = (caller: Partial<PhoneOptions> = {}, callee: Partial<PhoneOptions> = {}) =>
    [table.phone('alice', caller), table.phone('bob', callee)] as const;

  it('early media in a response that nobody acknowledges comes again in the 200', () => {
    const [alice, bob] = pair();
    const { call, theirs } = table.ring(alice, bob);
    expect(call.media).to.equal(undefined);
    theirs.progress();
    table.run(50);
    expect([modes(call, theirs), call.isAlerting, call.session?.isOffering]).to.deep.equal(['sendrecv sendrecv', true, true]);
    void theirs.answer();
    table.run(50);
    const described = bob.messages.filter(({ text }) => text.includes('m=audio')).map(({ summary }) => summary);
    expect(described).to.deep.equal(['INVITE', '183 Session Progress (INVITE)', '200 OK (INVITE)']);
    expect([modes(call, theirs), call.session?.isOffering]).to.deep.equal(['sendrecv sendrecv', false]);
    expect(call.rings).to.equal(1);
  });

  it('a caller that demands it gets reliable responses, and says PRACK to each once', () => {
    const [alice, bob] = pair({ reliable: 'required' });
    const { call, theirs } = table.ring(alice, bob);
    theirs.progress();
    table.run(100);
    void theirs.answer();
    table.run(100);
    expect(ladder(alice)).to.deep.equal([
      '> INVITE',
      '< 180 Ringing (INVITE)',
      '> PRACK',
      '< 200 OK (PRACK)',
      '< 183 Session Progress (INVITE)',
      '> PRACK',
      '< 200 OK (PRACK)',
      '< 200 OK (INVITE)',
      '> ACK',
    ]);
    expect(bob.messages.find(({ summary }) => summary === '200 OK (INVITE)')?.text).not.to.contain('m=audio');
    expect(modes(call, theirs)).to.equal('sendrecv sendrecv');
  });

  it('a callee that likes it sends them where the caller can', () => {
    const [alice, bob] = pair({}, { reliable: 'required' });
    table.ring(alice, bob);
    expect(ladder(alice)).to.include('> PRACK');
    const [carol, dave] = pair({ reliable: 'never' }, { reliable: 'required' });
    table.ring(carol, dave);
    expect(ladder(carol)).not.to.include('> PRACK');
  });

  it('a phone that knows nothing of it refuses who demands it', () => {
    const [alice, bob] = pair({ reliable: 'required' }, { reliable: 'never' });
    const call = alice.call(bob.contact.uri);
    table.run(100);
    expect(call.end?.status).to.equal(420);
    expect(alice.messages.find(({ summary }) => summary.startsWith('420'))?.text).to.contain('Unsupported: 100rel');
  });

  it('a reliable response is repeated until its PRACK, and an answer waits for that', () => {
    const [alice, bob] = pair({ reliable: 'required' });
    const { call, theirs } = table.ring(alice, bob);
    network.cut('10.2.0.1:5060', '10.2.0.2:5060');
    theirs.progress();
    void theirs.answer();
    table.run(2_000);
    network.mend();
    expect([call.currentState, theirs.currentState]).to.deep.equal(['ringing', 'ringing']);
    table.run(4_000);
    expect([call.currentState, theirs.currentState]).to.deep.equal(['up', 'up']);
  });

  it('without a PRACK the call is refused after 64 T1', () => {
    const [alice, bob] = pair({ reliable: 'required' });
    const { call, theirs } = table.ring(alice, bob);
    network.cut('10.2.0.1:5060', '10.2.0.2:5060');
    theirs.progress();
    table.run(31_000);
    expect(theirs.end).to.equal(undefined);
    table.run(1_500);
    expect(theirs.end).to.include({ status: 504, clean: false });
    network.mend();
    table.run(10_000);
    expect(call.end?.status).to.equal(504);
  });

  it('an offer in a reliable response is answered in the PRACK', () => {
    const [alice, bob] = pair({ reliable: 'required' });
    const came = bob.onIncoming.bind(bob);
    came((theirs) => theirs.progress());
    const call = alice.call(bob.contact.uri, { lateOffer: true });
    table.run(100);
    const [theirs] = bob.calls;
    expect([call.media?.mode, theirs?.media?.mode, call.currentState]).to.deep.equal(['sendrecv', 'sendrecv', 'ringing']);
    expect(alice.messages.find(({ summary, direction }) => summary === 'PRACK' && direction === 'out')?.text).to.contain('m=audio');
  });

  it('an early session is changed by UPDATE, by either side', () => {
    const [alice, bob] = pair({ reliable: 'required' });
    const { call, theirs } = table.ring(alice, bob);
    theirs.progress();
    table.run(50);
    void call.update('sendonly');
    table.run(50);
    expect(modes(call, theirs)).to.equal('sendonly recvonly');
    void call.update();
    table.run(50);
    void theirs.update('inactive');
    table.run(50);
    expect([modes(call, theirs), call.currentState]).to.deep.equal(['inactive inactive', 'ringing']);
    void theirs.answer();
    table.run(50);
    expect([modes(call, theirs), call.currentState]).to.deep.equal(['inactive inactive', 'up']);
  });

  it('an UPDATE before the first answer is put off', async () => {
    const [alice, bob] = pair();
    const { call } = table.ring(alice, bob);
    expect(await call.update()).to.equal(481);
  });

  it('a 200 that crosses the CANCEL is acknowledged and ended', () => {
    const [alice, bob] = pair();
    const { call, theirs } = table.ring(alice, bob);
    theirs.ignoresCancel = true;
    void call.hangUp();
    table.run(100);
    expect(call.currentState).to.equal('ringing');
    void theirs.answer();
    table.run(100);
    expect([call.end?.clean, theirs.end?.reason]).to.deep.equal([true, 'remote hung up']);
    expect(ladder(alice).slice(-6)).to.deep.equal([
      '> CANCEL',
      '< 200 OK (CANCEL)',
      '< 200 OK (INVITE)',
      '> ACK',
      '> BYE',
      '< 200 OK (BYE)',
    ]);
  });

  it('a caller may end an early call by BYE (§15)', () => {
    const [alice, bob] = pair();
    const { call, theirs } = table.ring(alice, bob);
    const text = bob.messages.find(({ summary }) => summary === '180 Ringing (INVITE)')?.text ?? '';
    const tag = /^To: .*;tag=(\w+)/m.exec(text)?.[1] ?? '';
    void alice.request({
      method: 'BYE',
      uri: bob.contact.uri,
      headers: {
        from: { uri: alice.identity, params: { tag: call.localTag } },
        to: { uri: bob.contact.uri, params: { tag } },
        'call-id': call.callId,
        cseq: { seq: 7, method: 'BYE' },
      },
    });
    table.run(100);
    expect([theirs.end?.reason, call.end?.status]).to.deep.equal(['cancelled', 487]);
  });
});
