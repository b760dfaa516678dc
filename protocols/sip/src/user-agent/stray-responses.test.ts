import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS, BOBS_PARTY, CALL_ID, Desk, FAR } from './testing.js';

/** The first node has called bob, and is gone; the second one hears the answer. */
function orphaned(): { readonly invite: SipMessage; readonly standIn: Desk } {
  const dead = new Desk();
  return { invite: dead.ringBob(), standIn: new Desk({}, ['down', 'up'], 1) };
}

describe('a response to the INVITE of a node that is gone', () => {
  it('that answers is acknowledged, and the call goes on here', () => {
    const { invite, standIn } = orphaned();
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    const ack = standIn.one();
    expect(ack.method).to.equal('ACK');
    expect(ack.requestUri).to.equal('sip:bob@10.1.0.2:5060');
    expect(ack.cseq).to.equal(invite.cseq);
    expect(ack.fromTag).to.equal(invite.fromTag);
    const state = { phase: 'talking', role: 'terminating', callId: CALL_ID, farLine: undefined };
    expect(standIn.restored).to.deep.equal([{ line: 'sip/1', hook: 'off', state, local: BOBS, mayBeOnHold: false }]);
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(standIn.summary()).to.deep.equal(['ACK']);
    expect(standIn.restored).to.have.length(1);
  });

  it('makes a dialog in which this node speaks and is spoken to', () => {
    const { invite, standIn } = orphaned();
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    standIn.sent();
    standIn.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    standIn.sent();
    standIn.order('sip/1', { phase: 'idle', cause: 'normal-clearing' }, 'terminating');
    const bye = standIn.one();
    expect(bye.method).to.equal('BYE');
    expect(bye.toTag).to.equal('bob');
    expect(bye.cseq).to.be.greaterThan(1_000);
  });

  it('that refuses is acknowledged, and the call hears of it', () => {
    const { invite, standIn } = orphaned();
    standIn.hear(standIn.answer(invite, 486), AT_BOB);
    const ack = standIn.one();
    expect(ack.method).to.equal('ACK');
    expect(ack.topVia.branch).to.equal(invite.topVia.branch);
    expect(ack.toTag).to.equal('bob');
    expect(standIn.restored).to.deep.equal([
      { line: 'sip/1', hook: 'off', state: { phase: 'ringing', role: 'terminating', callId: CALL_ID } },
    ]);
    expect(standIn.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'user-busy' }]);
  });

  it('that answers while nobody has the line that called is left until somebody has', () => {
    const dead = new Desk();
    const invite = dead.ringBob({ farLine: 'aaln/1@gw2' });
    const standIn = new Desk({}, ['down', 'up'], 1);
    standIn.isSought = true;
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect([standIn.sent(), standIn.restored]).to.deep.equal([[], []]);
    standIn.isSought = false;
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(standIn.summary()).to.deep.equal(['ACK']);
  });

  it('that rings is heard once', () => {
    const { invite, standIn } = orphaned();
    standIn.recalled = (_callId, role) => (standIn.restored.length > 0 && role === 'terminating' ? 'sip/1' : undefined);
    standIn.hear(standIn.answer(invite, 180), AT_BOB);
    standIn.hear(standIn.answer(invite, 180), AT_BOB);
    expect(standIn.sent()).to.deep.equal([]);
    const state = { phase: 'ringing', role: 'terminating', callId: CALL_ID, farLine: undefined };
    expect(standIn.restored).to.deep.equal([{ line: 'sip/1', hook: 'off', state, local: undefined }]);
  });

  it('that answers when it has rung here is the answer of that', () => {
    const { invite, standIn } = orphaned();
    standIn.recalled = (_callId, role) => (standIn.restored.length > 0 && role === 'terminating' ? 'sip/1' : undefined);
    standIn.hear(standIn.answer(invite, 180), AT_BOB);
    standIn.hear(standIn.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(standIn.summary()).to.deep.equal(['ACK']);
    expect(standIn.events()).to.deep.equal([{ kind: 'off-hook', local: BOBS }]);
    standIn.order('sip/1', { phase: 'busy', cause: 'normal-clearing' }, 'terminating');
    expect(standIn.summary()).to.deep.equal(['BYE']);
  });

  it('that refuses when it has rung here is the refusal of that', () => {
    const { invite, standIn } = orphaned();
    standIn.recalled = (_callId, role) => (standIn.restored.length > 0 && role === 'terminating' ? 'sip/1' : undefined);
    standIn.hear(standIn.answer(invite, 180), AT_BOB);
    standIn.hear(standIn.answer(invite, 603), AT_BOB);
    expect(standIn.summary()).to.deep.equal(['ACK']);
    expect(standIn.restored).to.have.length(1);
    expect(standIn.events()).to.deep.equal([{ kind: 'failed', phase: 'ringing', callId: CALL_ID, cause: 'call-rejected' }]);
  });

  it("with a token of another call is nobody's", () => {
    const { invite, standIn } = orphaned();
    const forged = standIn.answer(invite, 200, { body: BOBS }).replace(/pathLeg=leg\.k1\.\w{13}/, 'pathLeg=leg.k1.FFFFFFFFFFFFF');
    standIn.hear(forged, AT_BOB);
    expect(standIn.sent()).to.deep.equal([]);
    expect(standIn.observer.counts).to.include('sip.response.absorbed ours');
  });

  it('while that node lives is left to it', () => {
    const dead = orphaned();
    const other = new Desk({}, ['up', 'up'], 1);
    other.hear(other.answer(dead.invite, 200, { body: BOBS }), AT_BOB);
    expect(other.sentTo().map((each) => each.to)).to.deep.equal(['10.0.0.1:5060']);
    expect(other.restored).to.deep.equal([]);
  });
});

describe('an answer to a later offer of a node that is gone', () => {
  /** What bob says of himself; and how long until he is asked what he wants himself. */
  function askedAfter(answer: string): number {
    const dead = new Desk();
    const invite = dead.ringBob();
    dead.hear(dead.answer(invite, 200, { body: BOBS }), AT_BOB);
    dead.order(BOBS_PARTY, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    dead.sent();
    dead.order(BOBS_PARTY, { phase: 'held', media: { mode: 'inactive', remote: FAR } }, 'terminating');
    const again = dead.one();
    const standIn = new Desk({}, ['down', 'up'], 1);
    standIn.hear(standIn.answer(again, 200, { body: answer }), AT_BOB);
    standIn.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    expect(standIn.summary()).to.deep.equal(['ACK']);
    for (let waited = 0; waited <= 10_000; waited += 100) {
      if (standIn.summary().includes('INVITE')) return waited;
      standIn.pass(100);
    }
    return Number.POSITIVE_INFINITY;
  }

  it('is followed by ours, soon; where somebody is on hold, not before who began that has asked again', () => {
    expect(askedAfter(BOBS)).to.be.at.most(300);
    expect(askedAfter(BOBS.replace('a=sendrecv', 'a=inactive'))).to.be.within(4_000, 4_200);
  });
});

describe('a response that comes when nobody waits for it any more', () => {
  it('is acknowledged once more where the call talks', () => {
    const desk = new Desk();
    const invite = desk.ringBob();
    desk.hear(desk.answer(invite, 200, { body: BOBS, lines: ['Session-Expires: 1800;refresher=uas'] }), AT_BOB);
    desk.order(BOBS_PARTY, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    desk.pass(40_000);
    desk.sent();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
  });

  it('is hung up where it was given up long ago', () => {
    const desk = new Desk();
    const invite = desk.ringBob();
    desk.order(BOBS_PARTY, { phase: 'idle' }, 'terminating');
    desk.pass(80_000);
    desk.sent();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
    // Call control finds no other leg to it.
    desk.order('sip/1', { phase: 'busy', cause: 'normal-clearing' }, 'terminating');
    expect(desk.summary()).to.deep.equal(['BYE']);
  });
});

describe('our Via', () => {
  it('has a token that every parser reads, whatever line it names', () => {
    const desk = new Desk();
    const invite = desk.ringBob({ farLine: 'aaln/1@gw2' });
    // RFC 3261 §25.1: token.
    expect(invite.topVia.parameters.get('pathLeg')).to.match(/^leg\.k1\.0123456789ABCt\.[\w.!%*+`'~-]+$/);
  });
});
