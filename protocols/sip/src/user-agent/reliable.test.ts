// Reliable provisional responses (RFC 3262), on both sides.
import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS, CALL_ID, Desk, FAR, OFFER, sdpOf, type Words } from './testing.js';

const T1 = 500;
const EARLY = { phase: 'early', media: { mode: 'recvonly', remote: FAR } } as const;
const TALKING = { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } } as const;

function incoming(words: Words = {}): Desk {
  const desk = new Desk();
  desk.hear(desk.request('INVITE', { body: OFFER, lines: ['Supported: 100rel'], ...words }));
  desk.sent();
  desk.events();
  return desk;
}

function prack(desk: Desk, response: SipMessage, words: Words = {}): string {
  return desk.within('PRACK', response, { lines: [`RAck: ${response.header('RSeq')} 1 INVITE`], ...words });
}

describe('a provisional response of ours', () => {
  it('is reliable where it has a description and the telephone can', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    expect(progress.header('Require')).to.equal('100rel');
    expect(progress.header('RSeq')).to.match(/^\d+$/);
    desk.hear(prack(desk, progress));
    expect(desk.summary()).to.deep.equal(['200']);
    desk.pass(3 * T1);
    expect(desk.summary()).to.deep.equal([]);
  });

  it('is plain where it only rings, or where the telephone cannot', () => {
    const ringing = incoming();
    ringing.order('sip/1', { phase: 'ringback' });
    expect(ringing.one().has('RSeq')).to.equal(false);
    const plain = incoming({ lines: [] });
    plain.order('sip/1', EARLY);
    expect(plain.one().has('RSeq')).to.equal(false);
  });

  it('is reliable whatever it says where the telephone wants that', () => {
    const desk = incoming({ lines: ['Require: 100rel'] });
    desk.order('sip/1', { phase: 'ringback' });
    expect(desk.one().header('Require')).to.equal('100rel');
  });

  it('is repeated with growing gaps until PRACK comes', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    const times: number[] = [];
    for (let at = 0; at < 8_000; at += 100) {
      desk.pass(100);
      if (desk.summary().length > 0) times.push(at + 100);
    }
    expect(times).to.deep.equal([500, 1_500, 3_500, 7_500]);
    desk.hear(prack(desk, progress));
    desk.sent();
    desk.pass(30_000);
    expect(desk.summary()).to.deep.equal([]);
  });

  it('that is never acknowledged ends the call', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    desk.events();
    desk.pass(64 * T1 + 10);
    expect(desk.sent().pop()?.status).to.equal(504);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
  });

  it('waits for the one before it', () => {
    const desk = incoming({ lines: ['Require: 100rel'] });
    desk.order('sip/1', { phase: 'ringback' });
    const first = desk.one();
    desk.order('sip/1', EARLY);
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(prack(desk, first));
    const [second, ok] = desk.sent();
    expect(second?.status).to.equal(183);
    expect(Number(second?.header('RSeq'))).to.equal(Number(first.header('RSeq')) + 1);
    expect(ok?.cseqMethod).to.equal('PRACK');
  });

  it('with the answer holds the 200 back until PRACK, and the 200 says nothing more', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    desk.order('sip/1', TALKING);
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(prack(desk, progress));
    const answers = desk.sent();
    const ok = answers.find((each) => each.cseqMethod === 'INVITE');
    expect(ok?.status).to.equal(200);
    expect(ok?.body.length).to.equal(0);
  });

  it('that only rings is overtaken by the 200, and its PRACK is still good', () => {
    const desk = incoming({ lines: ['Require: 100rel'] });
    desk.order('sip/1', { phase: 'ringback' });
    const ringing = desk.one();
    desk.order('sip/1', TALKING);
    expect(desk.one().cseqMethod).to.equal('INVITE');
    desk.hear(prack(desk, ringing));
    expect(desk.summary()).to.deep.equal(['200']);
    desk.hear(prack(desk, ringing, { cseq: 3 }));
    expect(desk.summary()).to.deep.equal(['481']);
  });

  it('offers where the INVITE did not, and PRACK answers', () => {
    const desk = incoming({ body: '' });
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    expect(progress.body.toString('latin1')).to.contain('m=audio 9000');
    desk.hear(prack(desk, progress, { body: OFFER }));
    const [media] = desk.events().slice(-1);
    expect(media).to.deep.include({ kind: 'media' });
    desk.sent();
    desk.order('sip/1', TALKING);
    expect(desk.one().body.length).to.equal(0);
  });

  it('does not ring reliably without an offer that is owed', () => {
    const desk = incoming({ body: '', lines: ['Require: 100rel'] });
    desk.order('sip/1', { phase: 'ringback' });
    expect(desk.summary()).to.deep.equal([]);
  });

  it('PRACK may offer anew, and is answered', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    desk.hear(prack(desk, progress, { body: sdpOf('10.1.0.1', 4444) }));
    const ok = desk.one();
    expect(ok.body.toString('latin1')).to.contain('m=audio 9000');
    const media = desk.events().find((each) => each.kind === 'media');
    expect(media?.kind === 'media' && media.local).to.contain('m=audio 4444');
  });

  it('a PRACK for another one is 481', () => {
    const desk = incoming();
    desk.order('sip/1', EARLY);
    const progress = desk.one();
    desk.hear(prack(desk, progress, { lines: ['RAck: 77 1 INVITE'] }));
    expect(desk.summary()).to.deep.equal(['481']);
  });
});

describe('a reliable provisional response of theirs', () => {
  function calling(): { readonly desk: Desk; readonly invite: SipMessage } {
    const desk = new Desk();
    return { desk, invite: desk.ringBob() };
  }
  const reliably = (rseq: number): { lines: readonly string[] } => ({ lines: ['Require: 100rel', `RSeq: ${rseq}`] });

  it('gets a PRACK in its dialog', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 180, reliably(5)), AT_BOB);
    const request = desk.one();
    expect(request.method).to.equal('PRACK');
    expect(request.header('RAck')).to.equal('5 1 INVITE');
    expect(request.toTag).to.equal('bob');
    expect(request.requestUri).to.equal('sip:bob@10.1.0.2:5060');
    expect(request.cseq).to.equal(2);
  });

  it('that comes again, or before its turn, gets none', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 180, reliably(5)), AT_BOB);
    desk.sent();
    desk.events();
    desk.hear(desk.answer(invite, 180, reliably(5)), AT_BOB);
    desk.hear(desk.answer(invite, 180, reliably(7)), AT_BOB);
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
    desk.hear(desk.answer(invite, 180, reliably(6)), AT_BOB);
    expect(desk.summary()).to.deep.equal(['PRACK']);
  });

  it('answers for good: the 200 need not say it again', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 183, { ...reliably(1), body: BOBS }), AT_BOB);
    const told = desk.events().pop();
    expect(told).to.deep.include({ kind: 'reached', phase: 'ringing', callId: CALL_ID });
    desk.sent();
    desk.hear(desk.answer(invite, 200), AT_BOB);
    expect(desk.summary()).to.deep.equal(['ACK']);
    const answered = desk.events().pop();
    expect(answered?.kind === 'off-hook' && answered.local).to.contain('m=audio 7000');
  });

  it('of several telephones each makes a dialog of its own', () => {
    const { desk, invite } = calling();
    desk.hear(desk.answer(invite, 183, { ...reliably(1), tag: 'one', body: BOBS }), AT_BOB);
    desk.hear(desk.answer(invite, 183, { ...reliably(9), tag: 'two', body: sdpOf('10.1.0.3', 7100), contact: 'sip:bob@10.1.0.3' }), AT_BOB);
    expect(desk.sent().map((each) => [each.toTag, each.header('RAck')])).to.deep.equal([
      ['one', '1 1 INVITE'],
      ['two', '9 1 INVITE'],
    ]);
    desk.hear(desk.answer(invite, 200, { tag: 'one' }), AT_BOB);
    const ack = desk.one();
    expect(ack.toTag).to.equal('one');
    const answered = desk.events().pop();
    expect(answered?.kind === 'off-hook' && answered.local).to.contain('m=audio 7000');
  });
});
