// Two phones in simulated time: what a call goes through, message by message.
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import { CallTimeout } from './call-wait.js';
import { ladder, modes, PhoneTable } from './phone-table.fixture.js';
import type { PhoneRig } from './phone-rig.js';

describe('phones in simulated time', () => {
  let table: PhoneTable;
  let alice: PhoneRig;
  let bob: PhoneRig;

  beforeEach(() => {
    const clock = new SimulatedClock(0);
    const random = new Random(1);
    table = new PhoneTable({ clock, random, network: new SimulatedNetwork(clock, random) });
    alice = table.phone('alice');
    bob = table.phone('bob');
  });

  it('call, ring, answer and hang up', () => {
    const { call, theirs } = table.talk(alice, bob);
    expect([call.currentState, theirs.currentState, modes(call, theirs)]).to.deep.equal(['up', 'up', 'sendrecv sendrecv']);
    void theirs.hangUp();
    table.run(100);
    expect([call.end, theirs.end]).to.deep.equal([
      { reason: 'remote hung up', clean: true },
      { reason: 'hung up', clean: true, status: 200, detail: undefined },
    ]);
    expect([alice.calls, bob.calls]).to.deep.equal([[], []]);
    expect(ladder(alice)).to.deep.equal(['> INVITE', '< 180 Ringing (INVITE)', '< 200 OK (INVITE)', '> ACK', '< BYE', '> 200 OK (BYE)']);
  });

  it('each end knows where the other hears', () => {
    const { call, theirs } = table.talk(alice, bob);
    expect(call.media?.remote).to.deep.equal({ host: bob.address, port: theirs.media?.localPort });
    expect(theirs.media?.remote).to.deep.equal({ host: alice.address, port: call.media?.localPort });
  });

  it('hold and retrieve by either end, and by both at once', () => {
    const { call, theirs } = table.talk(alice, bob);
    const seen: string[] = [];
    const step = (what: () => unknown): void => {
      what();
      table.run(100);
      seen.push(
        `${modes(call, theirs)} ${[call, theirs].map((each) => `${each.isHolding ? 'holds' : ''}${each.isHeld ? ' held' : ''}`).join('|')}`,
      );
    };
    step(() => call.hold());
    step(() => theirs.hold());
    step(() => call.retrieve());
    step(() => theirs.retrieve());
    step(() => theirs.hold('inactive'));
    step(() => theirs.retrieve());
    expect(seen).to.deep.equal([
      'sendonly recvonly holds| held',
      'inactive inactive holds held|holds held',
      'recvonly sendonly  held|holds',
      'sendrecv sendrecv |',
      'inactive inactive  held|holds',
      'sendrecv sendrecv |',
    ]);
  });

  it('what is wanted one after the other is asked one after the other', () => {
    const { call, theirs } = table.talk(alice, bob);
    void call.hold();
    void call.retrieve();
    void call.hold('inactive');
    table.run(200);
    expect(modes(call, theirs)).to.equal('inactive inactive');
    expect(ladder(alice).filter((line) => line === '> INVITE')).to.have.length(4);
  });

  it('two that ask at the same time both get what they want', () => {
    const { call, theirs } = table.talk(alice, bob);
    void call.hold();
    void theirs.hold();
    table.run(10);
    expect(ladder(bob)).to.include('> 491 Request Pending (INVITE)').and.to.include('< 491 Request Pending (INVITE)');
    table.run(5_000);
    expect([modes(call, theirs), call.isHolding, theirs.isHolding]).to.deep.equal(['inactive inactive', true, true]);
  });

  it('the description changes its version with its content, and not without (RFC 3264 §8)', () => {
    const { call } = table.talk(alice, bob);
    void call.hold();
    table.run(100);
    void call.hold();
    table.run(100);
    void call.retrieve();
    table.run(100);
    const origins = alice.messages.flatMap(({ direction, text }) =>
      direction === 'out' ? (/^o=\S+ \d+ (\d+)/m.exec(text)?.[1] ?? []) : [],
    );
    expect(origins).to.deep.equal(['1', '2', '2', '3']);
  });

  it('an UPDATE changes the session too, or refreshes it without a word about it', () => {
    const { call, theirs } = table.talk(alice, bob);
    void call.update('sendonly');
    table.run(50);
    expect(modes(call, theirs)).to.equal('sendonly recvonly');
    void theirs.update('nothing');
    table.run(50);
    expect(modes(call, theirs)).to.equal('sendonly recvonly');
    expect(ladder(bob).slice(-2)).to.deep.equal(['> UPDATE', '< 200 OK (UPDATE)']);
  });

  it('an INVITE without an offer is answered with one, and its ACK bears the answer', () => {
    const { call, theirs } = table.talk(alice, bob, { lateOffer: true });
    const ack = bob.messages.find(({ summary }) => summary === 'ACK');
    expect(ack?.text).to.contain('m=audio');
    expect([modes(call, theirs), call.media?.remote?.port]).to.deep.equal(['sendrecv sendrecv', theirs.media?.localPort]);
  });

  it('a re-INVITE without an offer too', () => {
    const { call, theirs } = table.talk(alice, bob);
    void theirs.reinvite('theirs');
    table.run(50);
    expect([modes(call, theirs), theirs.session?.isOffering, call.session?.isOffering]).to.deep.equal(['sendrecv sendrecv', false, false]);
    void call.hold();
    table.run(50);
    expect(modes(call, theirs)).to.equal('sendonly recvonly');
  });

  it('a callee that hangs up at once says BYE when its 200 was acknowledged, and not before (§15)', () => {
    const { call, theirs } = table.ring(alice, bob);
    void theirs.answer();
    void theirs.hangUp();
    table.run(100);
    expect([call.end?.reason, theirs.end?.clean]).to.deep.equal(['remote hung up', true]);
    expect(ladder(bob).slice(-4)).to.deep.equal(['> 200 OK (INVITE)', '< ACK', '> BYE', '< 200 OK (BYE)']);
  });

  it('a call that is refused says why', () => {
    bob.onIncoming((call) => call.reject(404, 'Not Found', { reason: 'Q.850;cause=1' }));
    const call = alice.call(bob.contact.uri);
    table.run(100);
    expect(call.end).to.deep.include({ reason: 'refused', status: 404 });
    expect(alice.messages.at(-2)?.text).to.contain('Reason: Q.850;cause=1');
  });

  it('an INVITE without a Contact, and one with a body that is nothing, make no call', () => {
    const invite = (headers: Record<string, unknown>, content?: string): void =>
      void alice.request({ method: 'INVITE', uri: bob.contact.uri, headers, ...(content !== undefined && { content }) });
    bob.onIncoming((call) => void call.answer());
    invite({ contact: undefined });
    invite({ 'content-type': 'application/sdp' }, 'v=nothing');
    invite(
      { 'content-type': 'application/sdp' },
      'v=0\r\no=- 1 1 IN IP4 10.2.0.1\r\ns=-\r\nc=IN IP4 10.2.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n',
    );
    table.run(100);
    expect(bob.messages.flatMap(({ summary }) => /^4\d\d/.exec(summary)?.[0] ?? [])).to.deep.equal(['400', '488', '488']);
    expect(bob.calls).to.deep.equal([]);
  });

  it('a call that nobody answers is given up', () => {
    const { call, theirs } = table.ring(alice, bob);
    void call.hangUp();
    table.run(100);
    expect([call.end?.reason, theirs.end?.reason]).to.deep.equal(['cancelled', 'cancelled']);
  });

  it('keys without RTP go as INFO, one after the other', () => {
    const { call, theirs } = table.talk(alice, bob);
    void call.send('1#A');
    table.run(100);
    expect(theirs.digits).to.equal('1#A');
  });

  it('a dead far end ends the call when a change finds out', () => {
    const { call } = table.talk(alice, bob);
    table.unplug(bob);
    void call.hold();
    table.run(1_000);
    expect([call.end?.reason, call.end?.clean]).to.deep.equal(['failed', false]);
  });

  it('until settles at once for what has been, and rejects when the call ends before', async () => {
    const { call } = table.talk(alice, bob);
    await call.until('ringing');
    await call.until((each) => each.media?.mode === 'sendrecv');
    const waiting = call.until((each) => each.isHeld).catch((error: unknown) => error);
    void call.hangUp();
    table.run(100);
    expect(await waiting).to.be.instanceOf(CallTimeout);
    await call.until('ended');
  });

  it('loss, copies and overtaking on the way do not stop two phones', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      Object.assign(alice.mischief, { lossShare: 0.2, duplicateShare: 0.2, reorderShare: 0.2 });
      const came: string[] = [];
      bob.onIncoming((theirs) => {
        came.push(theirs.callId);
        theirs.ring();
        bob.later(300, () => void theirs.answer());
      });
      const call = alice.call(bob.contact.uri);
      table.run(20_000);
      expect([call.currentState, came.length]).to.deep.equal(['up', 1]);
      void call.hangUp();
      table.run(40_000);
      expect([call.end?.clean, alice.calls.length, bob.calls.length]).to.deep.equal([true, 0, 0]);
    }
  });
});
