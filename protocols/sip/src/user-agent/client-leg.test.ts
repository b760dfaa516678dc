import type { CalledParty, HalfCallState } from '@altpath/call-control';
import { expect } from 'chai';
import type { Binding } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS, BOBS_PARTY, CALL_ID, Desk, FAR, START } from './testing.js';

const T1 = 500;
const BOB: CalledParty = { kind: 'sip', uri: 'sip:bob@10.1.0.2' };

function bindingOf(contact: string, more: Partial<Binding> = {}): Binding {
  return {
    contact,
    contactKey: contact,
    callId: 'r',
    cseq: 1,
    expiresAt: START + 3_600_000,
    q: 1000,
    path: [],
    node: 'n0',
    updatedAt: START,
    parameters: '',
    ...more,
  };
}

function order(desk: Desk, state: Partial<HalfCallState> & Pick<HalfCallState, 'phase'>): void {
  desk.order(BOBS_PARTY, state, 'terminating');
}

function ring(desk: Desk, called: CalledParty = BOB, more: Partial<HalfCallState> = {}): void {
  order(desk, { phase: 'ringing', called, caller: { number: '100', name: 'Ann' }, media: { mode: 'sendrecv', remote: FAR }, ...more });
}

function calling(called: CalledParty = BOB, more: Partial<HalfCallState> = {}): { readonly desk: Desk; readonly invite: SipMessage } {
  const desk = new Desk();
  ring(desk, called, more);
  return { desk, invite: desk.one() };
}

function talking(): { readonly desk: Desk; readonly invite: SipMessage } {
  const { desk, invite } = calling();
  desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
  desk.sent();
  desk.events();
  order(desk, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
  desk.sent();
  desk.events();
  return { desk, invite };
}

describe('a party that is called', () => {
  it("gets an INVITE with the far side's description as offer", () => {
    const { invite } = calling();
    expect(invite.requestUri).to.equal('sip:bob@10.1.0.2');
    expect(invite.header('From')).to.match(/^"Ann" <sip:100@sample2\.test>;tag=/);
    expect(invite.header('To')).to.equal('<sip:bob@10.1.0.2>');
    expect(invite.header('P-Asserted-Identity')).to.equal('"Ann" <sip:100@sample2.test>');
    expect(invite.body.toString('latin1')).to.contain('c=IN IP4 10.9.0.9').and.to.contain('m=audio 9000');
    expect(invite.header('Contact')).to.match(/^<sip:leg\.k1\.0123456789ABCt\./);
    expect(invite.header('Supported')).to.contain('100rel');
    expect(invite.topVia.text).to.match(/;alternatePath=10\.0\.0\.2;pathToken=/);
  });

  it('rings with 180, answers with 200, and is acknowledged', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 180), AT_BOB);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'ringing', callId: CALL_ID, local: undefined }]);
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    const ack = desk.one();
    expect(ack.method).to.equal('ACK');
    expect(ack.requestUri).to.equal('sip:bob@10.1.0.2:5060');
    expect(ack.toTag).to.equal('bob');
    expect(ack.cseq).to.equal(1);
    const [answer] = desk.events();
    expect(answer).to.deep.include({ kind: 'off-hook' });
    expect((answer as { local: string }).local).to.contain('m=audio 7000');
  });

  it('that answers without ringing is said to ring first', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.events().map((each) => each.kind)).to.deep.equal(['reached', 'off-hook']);
  });

  it('whose 183 has a description sends media already', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 183, { body: BOBS }), AT_BOB);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'ringing', callId: CALL_ID, local: BOBS }]);
  });

  it('whose 183 says nothing does not ring yet', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 183), AT_BOB);
    expect(desk.events()).to.deep.equal([]);
  });

  it('gets an ACK for every copy of its 200', () => {
    const { desk, invite } = talking();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('that is asked for an offer gets its answer with the ACK, once the far side is known', () => {
    const { desk, invite } = calling(BOB, { media: { mode: 'recvonly' } });
    expect(invite.body.length).to.equal(0);
    expect(invite.header('Supported')).to.not.contain('100rel');
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events().pop()).to.deep.equal({ kind: 'off-hook', local: BOBS });
    order(desk, { phase: 'talking', media: { mode: 'recvonly' } });
    expect(desk.summary()).to.deep.equal([]);
    order(desk, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    const ack = desk.one();
    expect(ack.method).to.equal('ACK');
    expect(ack.body.toString('latin1')).to.contain('m=audio 9000');
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.one().body.toString('latin1')).to.equal(ack.body.toString('latin1'));
  });

  it('whose 200 says nothing of media is hung up', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 200), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK', 'BYE']);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'protocol-error' }]);
  });

  for (const [status, lines, cause] of [
    [486, [], 'user-busy'],
    [404, [], 'unallocated-number'],
    [603, [], 'call-rejected'],
    [401, ['WWW-Authenticate: Digest realm="x"'], 'call-rejected'],
    [480, ['Reason: Q.850;cause=34'], 'no-circuit'],
    [302, [], 'interworking'],
  ] as const) {
    it(`that refuses with ${status} ${lines.join()} is told as ${cause}`, () => {
      const { desk, invite } = calling();
      desk.hear(desk.answer(invite, status, { lines }), AT_BOB);
      expect(desk.summary()).to.deep.equal(['ACK']);
      expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause }]);
      order(desk, { phase: 'idle', cause });
      expect(desk.sent()).to.deep.equal([]);
    });
  }

  it('that never answers is given up by Timer B', () => {
    const { desk } = calling();
    desk.pass(64 * T1 + 100);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'recovery-on-timer-expiry' }]);
  });

  it('that rings for longer than Timer C is cancelled', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 180), AT_BOB);
    desk.pass(179_000);
    expect(desk.summary()).to.deep.equal([]);
    desk.events();
    desk.pass(2_000);
    expect(desk.sent()[0]?.method).to.equal('CANCEL');
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'no-answer' }]);
  });
});

describe('giving up a party that is called', () => {
  it('is a CANCEL once it has been heard of', () => {
    const { desk, invite } = calling();
    order(desk, { phase: 'idle', cause: 'normal-clearing' });
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(desk.answer(invite, 180), AT_BOB);
    const cancel = desk.one();
    expect(cancel.method).to.equal('CANCEL');
    expect(cancel.topVia.branch).to.equal(invite.topVia.branch);
    expect(cancel.header('Reason')).to.contain('Q.850;cause=16');
    desk.hear(desk.answer(cancel, 200), AT_BOB);
    desk.hear(desk.answer(invite, 487), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('a 200 that crosses the CANCEL is acknowledged and hung up', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 180), AT_BOB);
    order(desk, { phase: 'idle' });
    expect(desk.summary()).to.deep.equal(['CANCEL']);
    desk.events();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK', 'BYE']);
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('a 200 that crosses it and offers gets an answer that takes nothing', () => {
    const { desk, invite } = calling(BOB, { media: { mode: 'recvonly' } });
    desk.hear(desk.answer(invite, 180), AT_BOB);
    order(desk, { phase: 'idle' });
    desk.sent();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    const [ack, bye] = desk.sent();
    expect(ack?.body.toString('latin1')).to.contain('m=audio 0 ');
    expect(bye?.method).to.equal('BYE');
  });
});

describe('a registered user', () => {
  function withBobs(...bindings: Binding[]): Desk {
    const desk = new Desk();
    void desk.store.write({ aor: 'sip:bob@sample2.test', bindings });
    return desk;
  }
  const bobs: CalledParty = { kind: 'registrar', user: 'bob' };

  it('is called at all contacts, and the first that answers has the call', () => {
    const desk = withBobs(bindingOf('sip:bob@10.1.0.2:5060'), bindingOf('sip:bob@10.1.0.3:5060'));
    ring(desk, bobs);
    const [first, second] = desk.sent() as [SipMessage, SipMessage];
    expect([first.requestUri, second.requestUri].sort()).to.deep.equal(['sip:bob@10.1.0.2:5060', 'sip:bob@10.1.0.3:5060']);
    expect(first.callId).to.equal(second.callId);
    expect(first.topVia.branch).to.not.equal(second.topVia.branch);
    expect(first.header('To')).to.equal('<sip:bob@sample2.test>');
    desk.hear(desk.answer(first, 180, { tag: 'one' }), AT_BOB);
    desk.hear(desk.answer(second, 180, { tag: 'two' }), '10.1.0.3:5060');
    desk.hear(desk.answer(first, 200, { tag: 'one', body: BOBS }), AT_BOB);
    const [cancel, acknowledged] = desk.sent();
    expect(cancel?.method).to.equal('CANCEL');
    expect(cancel?.header('Reason')).to.equal('SIP;cause=200;text="Call completed elsewhere"');
    expect(acknowledged?.method).to.equal('ACK');
    expect(desk.events().map((each) => each.kind)).to.deep.equal(['reached', 'off-hook']);
    desk.hear(desk.answer(second, 200, { tag: 'two', body: BOBS }), '10.1.0.3:5060');
    const [ack, bye] = desk.sent();
    expect(ack?.toTag).to.equal('two');
    expect(bye?.method).to.equal('BYE');
    expect(bye?.toTag).to.equal('two');
    expect(desk.events()).to.deep.equal([]);
  });

  it('that is refused by one goes on ringing at the other', () => {
    const desk = withBobs(bindingOf('sip:bob@10.1.0.2:5060'), bindingOf('sip:bob@10.1.0.3:5060'));
    ring(desk, bobs);
    const [first, second] = desk.sent() as [SipMessage, SipMessage];
    desk.hear(desk.answer(first, 486), AT_BOB);
    expect(desk.events()).to.deep.equal([]);
    desk.hear(desk.answer(second, 480), '10.1.0.3:5060');
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'user-busy' }]);
  });

  it('that declines everywhere is not rung elsewhere', () => {
    const desk = withBobs(bindingOf('sip:bob@10.1.0.2:5060'), bindingOf('sip:bob@10.1.0.3:5060'));
    ring(desk, bobs);
    const [first, second] = desk.sent() as [SipMessage, SipMessage];
    desk.hear(desk.answer(second, 180), '10.1.0.3:5060');
    desk.events();
    desk.hear(desk.answer(first, 603), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK', 'CANCEL']);
    desk.hear(desk.answer(second, 487), '10.1.0.3:5060');
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'call-rejected' }]);
  });

  it('that is not there is not called', () => {
    const desk = withBobs();
    ring(desk, bobs);
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'no-answer' }]);
    ring(desk, { kind: 'registrar', user: 'carol' });
  });

  it('nobody has heard of has no number', () => {
    const desk = new Desk();
    ring(desk, { kind: 'registrar', user: 'carol' });
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'unallocated-number' }]);
  });

  it('is called by the way it registered', () => {
    const desk = withBobs(bindingOf('sip:bob@192.168.1.2:5060', { source: 'udp:198.51.100.7:40000' }));
    ring(desk, bobs);
    expect(desk.sentTo().map((each) => each.to)).to.deep.equal(['198.51.100.7:40000']);
  });
});

describe('a call that was for somebody else', () => {
  it('says for whom, and why it comes here', () => {
    const { invite } = calling(BOB, { diversion: { number: '200', reason: 'no-answer' } });
    expect(invite.header('Diversion')).to.equal('<sip:200@sample2.test>;reason=no-answer');
  });
});

describe('a call that came from a SIP telephone', () => {
  function passedOn(hops: number): Desk {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: FAR }).replace('Max-Forwards: 70', `Max-Forwards: ${hops}`));
    desk.order('sip/1', { phase: 'routing' });
    desk.sent();
    desk.events();
    ring(desk);
    return desk;
  }

  it('goes no further than its INVITE may', () => {
    expect(passedOn(7).one().maxForwards).to.equal(6);
  });

  it('ends where it has come round too often', () => {
    const desk = passedOn(1);
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'network-out-of-order' }]);
  });
});

describe('a session timer that the telephone finds too short', () => {
  it('is asked for longer, by the same call once more', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 422, { lines: ['Min-SE: 1800'] }), AT_BOB);
    const [ack, again] = desk.sent();
    expect(ack?.method).to.equal('ACK');
    expect(again?.method).to.equal('INVITE');
    expect(again?.callId).to.equal(invite.callId);
    expect(again?.cseq).to.equal(invite.cseq + 1);
    expect(again?.header('Session-Expires')).to.match(/^1800/);
    expect(desk.events()).to.deep.equal([]);
    if (again) desk.hear(desk.answer(again, 200, { body: BOBS }), AT_BOB);
    expect(desk.one().cseq).to.equal(invite.cseq + 1);
  });
});

describe('a group', () => {
  const settings = { groups: new Map([['out', ['sip:10.1.0.2', 'sip:10.1.0.3']]]) };

  it('is called in its order, with the user that the number plan gives', () => {
    const desk = new Desk(settings);
    ring(desk, { kind: 'group', name: 'out', user: '0301234' });
    const first = desk.one();
    expect(first.requestUri).to.equal('sip:0301234@10.1.0.2');
    desk.hear(desk.answer(first, 500), AT_BOB);
    const [, second] = desk.sent();
    expect(second?.requestUri).to.equal('sip:0301234@10.1.0.3');
  });

  it('without members has no circuit', () => {
    const desk = new Desk();
    ring(desk, { kind: 'group', name: 'out', user: '1' });
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'no-circuit' }]);
  });
});

describe('a called party that talks', () => {
  it('hangs up with BYE', () => {
    const { desk, invite } = talking();
    const bye = desk.request('BYE', { uri: 'sip:x@10.0.0.1', callId: invite.callId, fromTag: 'bob', toTag: invite.fromTag, cseq: 7 });
    desk.hear(bye, AT_BOB);
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: undefined }]);
  });

  it('is hung up with BYE', () => {
    const { desk, invite } = talking();
    order(desk, { phase: 'busy', cause: 'normal-clearing' });
    const bye = desk.one();
    expect(bye.method).to.equal('BYE');
    expect(bye.cseq).to.equal(2);
    expect(bye.fromTag).to.equal(invite.fromTag);
  });
});

describe('one attempt to call somebody', () => {
  it('reads the same on every node, whatever the party is called there: a telephone that has heard it knows it again', () => {
    const order = { phase: 'ringing', called: { kind: 'sip', uri: 'sip:bob@10.1.0.2' }, media: { mode: 'sendrecv', remote: FAR } } as const;
    const inviteOf = (party: string, attempt: number): string => {
      const desk = new Desk();
      desk.order(party, { ...order, attempt }, 'terminating');
      const invite = desk.one();
      return [invite.callId, invite.fromTag, invite.cseq, invite.topVia.branch].join();
    };
    expect(inviteOf('sip/o1', 1)).to.equal(inviteOf('sip/o7', 1));
    expect(inviteOf('sip/o1', 2)).not.to.equal(inviteOf('sip/o1', 1));
  });
});
