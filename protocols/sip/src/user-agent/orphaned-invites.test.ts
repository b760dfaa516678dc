import { expect } from 'chai';
import type { LineName } from '@altpath/call-control';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS, CALL_ID, Desk, FAR, OFFER, PHONE } from './testing.js';

interface Pair {
  readonly first: Desk;
  readonly second: Desk;
  readonly invite: string;
  /** What the first node's adapter says of its leg, for a store. */
  readonly saved: () => string;
}

/** The first node carries a call that rings; the second holds it for dead, and has had its notice. */
function ringing(branch = 'z9hG4bK-a', alive = false): Pair {
  const first = new Desk();
  const invite = first.request('INVITE', { body: OFFER, branch });
  first.hear(invite);
  first.order('sip/1', { phase: 'routing' });
  first.order('sip/1', { phase: 'ringback' });
  const second = new Desk({}, [alive ? 'up' : 'down', 'up'], 1);
  for (const { topic, content } of first.toldPeers) second.adapter.told(topic, content, 0, second.now);
  return { first, second, invite, saved: () => first.adapter.save('sip/1') ?? '' };
}

/** The second node's store has the call. */
function stored({ second, saved }: Pair): void {
  const text = saved();
  second.recalled = (callId) => {
    expect(callId).to.equal(CALL_ID);
    return second.adapter.adopt(text, second.now);
  };
}

describe('a call that is being set up', () => {
  it('is told to the other nodes with its first order, once', () => {
    const { first } = ringing();
    expect(first.toldPeers).to.have.length(1);
    expect(first.toldPeers[0]?.topic).to.equal('sip.call');
    expect(first.toldPeers[0]?.content).to.match(/^0123456789ABC [\w-]{22}$/);
  });

  it('is told to a node that was gone, by the one that carries it since: who gives it up there is heard here', () => {
    const { first, second } = ringing();
    first.sent();
    second.adapter.handle({ kind: 'peer', index: 0, state: 'down' }, second.now);
    second.hear(second.answer(first.ringBob(), 200, { body: BOBS }), AT_BOB);
    second.adapter.sendTable(0, () => undefined, second.now);
    second.pass(0);
    const back = new Desk();
    for (const { topic, content } of second.toldPeers) back.adapter.told(topic, content, 1, back.now);
    back.hear(first.request('CANCEL', { branch: 'z9hG4bK-a' }));
    expect(back.sentTo().map(({ to, message }) => `${to} ${message.method}`)).to.deep.equal(['10.0.0.2:5060 CANCEL']);
  });

  it('that is told in words of another form is not taken', () => {
    const desk = new Desk();
    desk.adapter.told('sip.call', 'nonsense', 1, desk.now);
    expect(desk.observer.counts).to.include('sip.told.dropped topic');
  });
});

describe('an INVITE that a caller in a hurry sends to two nodes', () => {
  function asked(hasLine: (desk: 'first' | 'second') => boolean = () => false): { readonly first: Desk; readonly second: Desk } {
    const first = new Desk();
    const second = new Desk({}, ['up', 'up'], 1);
    for (const desk of [first, second]) {
      desk.hear(first.request('INVITE', { body: OFFER, branch: 'z9hG4bK-a' }));
      const farLine = hasLine(desk === first ? 'first' : 'second') ? 'aaln/1@rgw' : undefined;
      desk.order('sip/1', { phase: 'routing', callId: desk === first ? CALL_ID : 'FFFFFFFFFFFFF', farLine });
      desk.sent();
      desk.events();
    }
    return { first, second };
  }

  it('is one call: the first node of the file goes on, the other lets go without a word', () => {
    const { first, second } = asked();
    for (const { topic, content } of second.toldPeers) first.adapter.told(topic, content, 1, first.now);
    for (const { topic, content } of first.toldPeers) second.adapter.told(topic, content, 0, second.now);
    first.pass(0);
    second.pass(0);
    expect(first.told).to.deep.equal([]);
    expect(second.told).to.deep.equal([{ party: 'sip/1', event: { kind: 'on-hook', cause: 'normal-clearing' } }]);
    second.order('sip/1', { phase: 'idle' });
    expect(second.sent()).to.deep.equal([]);
    expect(second.adapter.status(second.now).transactions).to.equal(0);
    first.order('sip/1', { phase: 'ringback' });
    expect(first.summary()).to.deep.equal(['180']);
  });

  it('goes on at the node that has the line, be it the first or not', () => {
    const { first, second } = asked((desk) => desk === 'second');
    for (const { topic, content } of first.toldPeers) second.adapter.told(topic, content, 0, second.now);
    for (const { topic, content } of second.toldPeers) first.adapter.told(topic, content, 1, first.now);
    first.pass(0);
    second.pass(0);
    expect(second.told).to.deep.equal([]);
    expect(first.told).to.deep.equal([{ party: 'sip/1', event: { kind: 'on-hook', cause: 'normal-clearing' } }]);
    first.order('sip/1', { phase: 'idle' });
    expect(first.sent()).to.deep.equal([]);
  });

  it('is left to that node from then on', () => {
    const { first, second } = asked();
    for (const { topic, content } of first.toldPeers) second.adapter.told(topic, content, 0, second.now);
    second.order('sip/1', { phase: 'idle' });
    second.hear(first.request('INVITE', { body: OFFER, branch: 'z9hG4bK-a' }));
    expect(second.sent()).to.deep.equal([]);
  });
});

describe('a copy of an INVITE that another node carries', () => {
  it('is left to that node while it lives', () => {
    const { second, invite } = ringing(undefined, true);
    second.hear(invite);
    expect(second.sent()).to.deep.equal([]);
    expect(second.told).to.deep.equal([]);
    expect(second.adapter.status(second.now).transactions).to.equal(0);
  });

  it('is the same call when that node has been gone, and is back with nothing', () => {
    const { second, invite } = ringing(undefined, true);
    second.adapter.handle({ kind: 'peer', index: 0, state: 'down' }, second.now);
    second.adapter.handle({ kind: 'peer', index: 0, state: 'up' }, second.now);
    second.hear(invite);
    expect(second.summary()).to.deep.equal(['100']);
    expect(second.restored).to.have.length(1);
  });

  it('is the same call when that node is gone: a leg that rejoins it, of the INVITE alone', () => {
    const { second, invite } = ringing();
    second.hear(invite);
    expect(second.summary()).to.deep.equal(['100']);
    expect(second.told).to.deep.equal([]);
    const state = { phase: 'routing', role: 'originating', callId: CALL_ID, dialled: '200', caller: { number: '100', name: 'Ann' } };
    expect(second.restored).to.deep.equal([{ line: 'sip/1', hook: 'off', state, local: OFFER }]);
    second.order('sip/1', { phase: 'ringback' });
    second.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    const [ringback, ok] = second.sent();
    expect(ringback?.status).to.equal(180);
    expect(ok?.status).to.equal(200);
    expect(ok?.body.toString('latin1')).to.contain('m=audio 9000');
  });

  it('has the same To tag on both nodes', () => {
    const { first, second, invite } = ringing();
    const before = first.sent().find((each) => each.status === 180);
    second.hear(invite);
    second.order('sip/1', { phase: 'ringback' });
    const after = second.sent().find((each) => each.status === 180);
    expect(after?.toTag).to.equal(before?.toTag);
  });

  it('goes on whole where the call is stored, and hears what it heard last', () => {
    const pair = ringing();
    stored(pair);
    pair.second.hear(pair.invite);
    expect(pair.second.summary()).to.include('180');
    expect(pair.second.restored).to.deep.equal([]);
    pair.second.sent();
    pair.second.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    expect(pair.second.summary()).to.deep.equal(['200']);
  });

  it('goes on whole when it comes with a branch of its own, as from a caller that goes by DNS', () => {
    const pair = ringing();
    stored(pair);
    const again = pair.second.request('INVITE', { body: OFFER, branch: 'z9hG4bK-other' });
    pair.second.hear(again);
    const ringback = pair.second.sent().pop();
    expect(ringback?.status).to.equal(180);
    expect(ringback?.topVia.branch).to.equal('z9hG4bK-other');
    pair.second.order('sip/1', { phase: 'busy', cause: 'user-busy' });
    const refusal = pair.second.sent().pop();
    expect(refusal?.status).to.equal(486);
    expect(refusal?.topVia.branch).to.equal('z9hG4bK-other');
  });
});

describe('a CANCEL for an INVITE that another node carried', () => {
  const cancel = (desk: Desk): string => desk.request('CANCEL', { branch: 'z9hG4bK-a', lines: ['Reason: Q.850;cause=16'] });

  it('frees who rings, and ends the INVITE by 487, though nothing else is known', () => {
    const { second } = ringing();
    second.hear(cancel(second));
    const [refusal, ok] = second.sent();
    expect([refusal?.status, refusal?.cseqMethod, ok?.status, ok?.cseqMethod]).to.deep.equal([487, 'INVITE', 200, 'CANCEL']);
    second.hear(second.request('ACK', { branch: 'z9hG4bK-a', toTag: refusal?.toTag ?? '' }));
    second.pass(5_000);
    expect(second.summary()).to.deep.equal([]);
    expect(second.restored).to.deep.equal([
      { line: 'sip/1', hook: 'off', state: { phase: 'ringback', role: 'originating', callId: CALL_ID, dialled: '200' } },
    ]);
    expect(second.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
  });

  it('ends the INVITE by 487 where the call is stored', () => {
    const pair = ringing();
    stored(pair);
    pair.second.hear(cancel(pair.second));
    expect(pair.second.summary().sort()).to.deep.equal(['180', '200', '487']);
    expect(pair.second.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
  });

  it('goes to that node while it lives, which ends the call, and what that says to it goes back', () => {
    const { first, second } = ringing(undefined, true);
    first.sent();
    first.events();
    second.hear(cancel(second));
    const [passedOn] = second.sentTo();
    expect([passedOn?.message.method, passedOn?.to]).to.deep.equal(['CANCEL', '10.0.0.1:5060']);
    first.hear(passedOn?.message.bytes.toString('latin1') ?? '', '10.0.0.2:5060');
    const [refusal, ok] = first.sentTo();
    expect([refusal?.message.status, refusal?.to]).to.deep.equal([487, PHONE]);
    expect([ok?.message.status, ok?.to]).to.deep.equal([200, '10.0.0.2:5060']);
    expect(first.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
    second.hear(ok?.message.bytes.toString('latin1') ?? '', '10.0.0.1:5060');
    expect(second.sentTo().map(({ message, to }) => [message.status, to])).to.deep.equal([[200, PHONE]]);
    expect(second.told).to.deep.equal([]);
  });

  it('is served here when that node turns out to be gone after all', () => {
    const { second } = ringing(undefined, true);
    second.hear(cancel(second));
    second.sent();
    second.adapter.handle({ kind: 'peer', index: 0, state: 'down' }, second.now);
    second.pass(0);
    expect(second.summary()).to.have.members(['487', '200']);
    expect(second.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
  });

  it('goes to the node that the call was given to', () => {
    const first = new Desk();
    first.hear(first.request('INVITE', { body: OFFER, branch: 'z9hG4bK-a' }));
    first.order('sip/1', { phase: 'ringback' });
    first.adapter.forget('sip/1');
    first.sent();
    first.carrier = 1;
    first.hear(cancel(first));
    expect(first.sentTo().map(({ message, to }) => [message.method, to])).to.deep.equal([['CANCEL', '10.0.0.2:5060']]);
    expect(first.carrierAsked).to.deep.equal([CALL_ID, undefined]);
  });

  it('is 481 where a node has passed it on, and who carries the call is a third', () => {
    const { second } = ringing(undefined, true);
    second.hear(cancel(second), '10.0.0.1:5060');
    expect(second.summary()).to.deep.equal(['481']);
  });
});

describe('an INVITE half that is saved', () => {
  function adopted(from: Desk, party: LineName, onto = new Desk({}, ['down', 'up'], 1)): Desk {
    onto.adapter.adopt(from.adapter.save(party) ?? '', onto.now);
    onto.adapter.tick(onto.now);
    onto.pass(0);
    return onto;
  }

  it('of a caller who is answered repeats the 200 until the ACK comes', () => {
    const first = new Desk();
    first.hear(first.request('INVITE', { body: OFFER }));
    first.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    const second = adopted(first, 'sip/1');
    const ok = second.sent().find((each) => each.status === 200) as SipMessage;
    expect(ok.body.toString('latin1')).to.contain('m=audio 9000');
    second.pass(600);
    expect(second.summary()).to.deep.equal(['200']);
    second.hear(second.within('ACK', ok, { cseq: 1 }));
    second.pass(3_000);
    expect(second.summary()).to.not.include('200');
  });

  it('of a reliable response is acknowledged here', () => {
    const first = new Desk();
    first.hear(first.request('INVITE', { body: OFFER, lines: ['Supported: 100rel'] }));
    first.order('sip/1', { phase: 'early', media: { mode: 'recvonly', remote: FAR } });
    const before = first.sent().find((each) => each.status === 183);
    const second = adopted(first, 'sip/1');
    const progress = second.sent().find((each) => each.status === 183) as SipMessage;
    expect(progress.header('RSeq')).to.equal(before?.header('RSeq'));
    second.hear(second.within('PRACK', progress, { lines: [`RAck: ${progress.header('RSeq')} 1 INVITE`] }));
    expect(second.summary()).to.deep.equal(['200']);
    second.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    expect(second.one().body.length).to.equal(0);
  });

  /** The first node has called somebody, and the second goes on with that. */
  function called(): { readonly second: Desk; readonly invite: SipMessage } {
    const first = new Desk();
    const invite = first.ringBob();
    return { second: adopted(first, 'sip/o1'), invite };
  }

  it('of a party that is called goes out again as a copy when it is to ring, and its answer is taken', () => {
    const { second, invite } = called();
    expect(second.sent()).to.deep.equal([]);
    second.order('sip/1', { phase: 'ringing' }, 'terminating');
    const copy = second.one();
    expect(second.events()).to.deep.equal([]);
    expect(copy.topVia.branch).to.equal(invite.topVia.branch);
    expect(copy.topVia.sentBy).to.equal(invite.topVia.sentBy);
    expect(copy.header('From')).to.equal(invite.header('From'));
    expect(copy.callId).to.equal(invite.callId);
    expect(copy.body.toString('latin1')).to.equal(invite.body.toString('latin1'));
    second.hear(second.answer(invite, 200, { body: OFFER }), '10.1.0.2:5060');
    expect(second.summary()).to.deep.equal(['ACK']);
    expect(second.events().map((each) => each.kind)).to.deep.equal(['reached', 'off-hook']);
  });

  it('of a party that is called rings when its telephone says so, and not because it is told again to ring', () => {
    const { second, invite } = called();
    second.order('sip/1', { phase: 'ringing' }, 'terminating');
    second.order('sip/1', { phase: 'ringing', media: { mode: 'sendrecv', remote: OFFER } }, 'terminating');
    expect(second.events()).to.deep.equal([]);
    second.hear(second.answer(invite, 180), '10.1.0.2:5060');
    expect(second.events().map((each) => each.kind)).to.deep.equal(['reached']);
    second.order('sip/1', { phase: 'ringing', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    expect(second.events().map((each) => each.kind)).to.deep.equal(['reached']);
  });

  it('of a party that is called can be given up here', () => {
    const { second, invite } = called();
    second.order('sip/1', { phase: 'ringing' }, 'terminating');
    second.hear(second.answer(invite, 180), '10.1.0.2:5060');
    second.sent();
    second.order('sip/1', { phase: 'idle' }, 'terminating');
    expect(second.summary()).to.deep.equal(['CANCEL']);
  });

  it('of a party that is not to ring any more is withdrawn: nobody rings who has not heard of it, and who has it ends it', () => {
    const { second, invite } = called();
    second.order('sip/1', { phase: 'idle', cause: 'normal-clearing' }, 'terminating');
    const cancel = second.one();
    expect(cancel.method).to.equal('CANCEL');
    expect(cancel.topVia.branch).to.equal(invite.topVia.branch);
    expect(cancel.header('Reason')).to.match(/^Q\.850;cause=16/);
    expect(second.parted).to.deep.equal([]);
    second.hear(second.answer(cancel, 200), '10.1.0.2:5060');
    second.hear(second.answer(invite, 487), '10.1.0.2:5060');
    expect(second.summary()).to.deep.equal(['ACK']);
    expect(second.parted).to.deep.equal(['sip/1']);
  });

  it('that is withdrawn where nobody knows of it is waited for no longer than an INVITE', () => {
    const { second } = called();
    second.order('sip/1', { phase: 'idle' }, 'terminating');
    second.hear(second.answer(second.one(), 481), '10.1.0.2:5060');
    second.pass(33_000);
    expect(second.sent()).to.deep.equal([]);
    expect(second.parted).to.deep.equal(['sip/1']);
    expect(second.adapter.status(second.now).transactions).to.equal(0);
  });

  it('of a party that was called and answered meanwhile is acknowledged, and ended', () => {
    const { second, invite } = called();
    second.order('sip/1', { phase: 'idle' }, 'terminating');
    second.sent();
    second.hear(second.answer(invite, 200, { body: OFFER }), '10.1.0.2:5060');
    expect(second.summary()).to.deep.equal(['ACK', 'BYE']);
  });

  it('of a caller who has asked here, and has been answered, is nothing to go on with', () => {
    const pair = ringing();
    const saved = pair.saved();
    const third = new Desk({}, ['down', 'up'], 1);
    third.hear(pair.invite);
    third.order('sip/1', { phase: 'busy', cause: 'user-busy', callId: 'FFFFFFFFFFFFF' });
    expect(third.summary()).to.deep.equal(['100', '486']);
    expect(third.adapter.adopt(saved, third.now)).to.equal(undefined);
    third.pass(0);
    expect(third.sent()).to.deep.equal([]);
  });

  it('of nonsense is none', () => {
    const desk = new Desk();
    expect(desk.adapter.adopt('{"v":1}', desk.now)).to.equal(undefined);
    expect(desk.adapter.adopt('nonsense', desk.now)).to.equal(undefined);
  });
});
