import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { CALL_ID, Desk, FAR, OFFER, sdpOf, type Words } from './testing.js';

const T1 = 500;

/** A call has come, and call control looks for whom it is for. */
function incoming(words: Words = {}): Desk {
  const desk = new Desk();
  desk.hear(desk.request('INVITE', { body: OFFER, ...words }));
  desk.order('sip/1', { phase: 'routing' });
  desk.sent();
  desk.events();
  return desk;
}

function answered(words: Words = {}): { readonly desk: Desk; readonly ok: SipMessage } {
  const desk = incoming(words);
  desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
  return { desk, ok: desk.one() };
}

function talking(words: Words = {}): { readonly desk: Desk; readonly ok: SipMessage } {
  const { desk, ok } = answered(words);
  desk.hear(desk.within('ACK', ok, { cseq: 1 }));
  desk.events();
  return { desk, ok };
}

describe('an INVITE for call control', () => {
  it('is answered 100 at once and told as a party that calls', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    expect(desk.one().status).to.equal(100);
    expect(desk.told).to.deep.equal([
      {
        party: 'sip/1',
        event: { kind: 'set-up', dialled: '200', caller: { number: '100', name: 'Ann' }, local: OFFER, line: undefined },
      },
    ]);
  });

  it('that comes again gets what was said last and is no second call', () => {
    const desk = new Desk();
    const invite = desk.request('INVITE', { body: OFFER });
    desk.hear(invite);
    desk.hear(invite);
    expect(desk.summary()).to.deep.equal(['100', '100']);
    expect(desk.told).to.have.length(1);
  });

  it('gets 180 while the other side rings, with our Contact', () => {
    const desk = incoming();
    desk.order('sip/1', { phase: 'ringback' });
    const ringing = desk.one();
    expect(ringing.status).to.equal(180);
    expect(ringing.toTag).to.not.equal('');
    expect(ringing.body.length).to.equal(0);
    expect(ringing.header('Contact')).to.match(/^<sip:leg\.k1\.0123456789ABCo\..*@10\.0\.0\.1:5060;alternatePath=10\.0\.0\.2>$/);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'ringback', callId: CALL_ID, local: undefined }]);
  });

  it("gets 183 with the far side's description where that sends media before it answers", () => {
    const desk = incoming();
    desk.order('sip/1', { phase: 'early', media: { mode: 'recvonly', remote: FAR } });
    const progress = desk.one();
    expect(progress.status).to.equal(183);
    expect(progress.header('Content-Type')).to.equal('application/sdp');
    expect(progress.body.toString('latin1')).to.contain('m=audio 9000').and.to.contain('a=sendrecv');
  });

  it('is answered 200 with an answer, and the ACK makes it talk', () => {
    const { desk, ok } = answered();
    expect(ok.status).to.equal(200);
    expect(ok.body.toString('latin1')).to.contain('c=IN IP4 10.9.0.9').and.to.contain('m=audio 9000 RTP/AVP 0 8');
    expect(desk.events()).to.deep.equal([]);
    desk.hear(desk.within('ACK', ok, { cseq: 1 }));
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'talking', callId: CALL_ID, local: undefined }]);
  });

  it('waits for a description before it is answered', () => {
    const desk = incoming();
    desk.order('sip/1', { phase: 'talking', media: { mode: 'recvonly' } });
    expect(desk.summary()).to.deep.equal([]);
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    expect(desk.summary()).to.deep.equal(['200']);
  });

  it('without an offer is offered something in the 200, and the ACK answers', () => {
    const desk = incoming({ body: '' });
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    const ok = desk.one();
    expect(ok.body.toString('latin1')).to.contain('m=audio 9000');
    desk.hear(desk.within('ACK', ok, { cseq: 1, body: OFFER }));
    const [media] = desk.events();
    expect(media).to.deep.include({ kind: 'media' });
    expect((media as { local: string }).local).to.contain('c=IN IP4 10.1.0.1');
  });

  it('whose ACK owes an answer and brings none ends by BYE', () => {
    const desk = incoming({ body: '' });
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    desk.hear(desk.within('ACK', desk.one(), { cseq: 1 }));
    expect(desk.summary()).to.deep.equal(['BYE']);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'protocol-error' }]);
  });

  it('with nothing in common is 488, and the call is told that it cannot be', () => {
    const desk = incoming({ body: sdpOf('10.1.0.1').replace('RTP/AVP 0 8', 'RTP/AVP 18') });
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    expect(desk.one().status).to.equal(488);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'talking', callId: CALL_ID, cause: 'bearer-not-available' }]);
  });

  for (const [phase, cause, status] of [
    ['busy', 'user-busy', 486],
    ['congested', 'unallocated-number', 404],
    ['congested', 'no-answer', 480],
    ['congested', 'call-rejected', 403],
    ['congested', 'no-circuit', 503],
    ['idle', 'normal-clearing', 480],
  ] as const) {
    it(`is refused with ${status} when the order is ${phase} for ${cause}`, () => {
      const desk = incoming();
      desk.order('sip/1', { phase, cause });
      const refusal = desk.one();
      expect(refusal.status).to.equal(status);
      expect(refusal.header('Reason')).to.match(/^Q\.850;cause=\d+/);
      desk.order('sip/1', { phase: 'idle' });
      expect(desk.observer.counts).to.include('sip.order.ignored unknown');
    });
  }

  it('has parted when its refusal is acknowledged, and no sooner', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER, branch: 'z9hG4bK-r' }));
    desk.order('sip/1', { phase: 'busy', cause: 'user-busy' });
    const refusal = desk.sent().pop() as SipMessage;
    expect(desk.parted).to.deep.equal([]);
    desk.hear(desk.request('ACK', { branch: 'z9hG4bK-r', toTag: refusal.toTag }));
    expect(desk.parted).to.deep.equal(['sip/1']);
    desk.hear(desk.request('ACK', { branch: 'z9hG4bK-r', toTag: refusal.toTag }));
    expect(desk.parted).to.deep.equal(['sip/1']);
  });

  it('that is cancelled is 487, and the party has hung up with the reason given', () => {
    const desk = incoming();
    desk.hear(desk.request('INVITE', { body: OFFER, branch: 'z9hG4bKx', callId: 'c2' }));
    desk.order('sip/2', { phase: 'ringback' });
    desk.sent();
    desk.events();
    desk.hear(desk.request('CANCEL', { branch: 'z9hG4bKx', callId: 'c2', lines: ['Reason: Q.850;cause=21'] }));
    expect(desk.summary()).to.deep.equal(['487', '200']);
    expect(desk.told).to.deep.equal([{ party: 'sip/2', event: { kind: 'on-hook', cause: 'call-rejected' } }]);
    desk.order('sip/2', { phase: 'idle' });
    expect(desk.sent()).to.deep.equal([]);
  });

  it('is not cancelled any more once it is answered', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER, branch: 'z9hG4bKx' }));
    desk.order('sip/1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    desk.sent();
    desk.events();
    desk.hear(desk.request('CANCEL', { branch: 'z9hG4bKx' }));
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('that hears nothing gets a sign of life, so that nobody holds this node for dead, and another each minute', () => {
    const desk = incoming();
    desk.pass(5 * T1);
    expect(desk.summary()).to.deep.equal(['183']);
    desk.order('sip/1', { phase: 'ringback' });
    expect(desk.summary()).to.deep.equal(['180']);
    desk.pass(59_000);
    expect(desk.summary()).to.deep.equal([]);
    desk.pass(2_000);
    expect(desk.summary()).to.deep.equal(['180']);
  });
});

describe('the 200 of ours', () => {
  it('is repeated until its ACK comes, at most every T2', () => {
    const { desk, ok } = answered();
    const times: number[] = [];
    for (let at = 0; at < 8_000; at += 100) {
      desk.pass(100);
      if (desk.summary().length > 0) times.push(at + 100);
    }
    expect(times).to.deep.equal([500, 1_500, 3_500, 7_500]);
    desk.hear(desk.within('ACK', ok, { cseq: 1 }));
    desk.pass(33_000);
    expect(desk.summary()).to.deep.equal([]);
  });

  it('that nobody acknowledges ends the call by BYE', () => {
    const { desk } = answered();
    desk.pass(64 * T1 - 1);
    expect(desk.events()).to.deep.equal([]);
    desk.sent();
    desk.pass(2);
    expect(desk.summary()).to.deep.equal(['BYE']);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
  });

  it('is waited for by the BYE: it goes after the ACK', () => {
    const { desk, ok } = answered();
    desk.order('sip/1', { phase: 'idle', cause: 'normal-clearing' });
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(desk.within('ACK', ok, { cseq: 1 }));
    const bye = desk.one();
    expect(bye.method).to.equal('BYE');
    expect(bye.header('Reason')).to.contain('cause=16');
    expect(bye.requestUri).to.equal('sip:ann@10.1.0.1:5060');
    expect(bye.fromTag).to.equal(ok.toTag);
  });
});

describe('a call that talks', () => {
  it("ends with the telephone's BYE", () => {
    const { desk, ok } = talking();
    desk.hear(desk.within('BYE', ok));
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: undefined }]);
    expect(desk.parted).to.deep.equal([]);
    desk.order('sip/1', { phase: 'idle' });
    expect(desk.parted).to.deep.equal(['sip/1']);
    expect(desk.sent()).to.deep.equal([]);
    desk.hear(desk.within('BYE', ok, { cseq: 3 }));
    expect(desk.summary()).to.deep.equal(['481']);
  });

  for (const phase of ['idle', 'busy', 'congested'] as const) {
    it(`ends with a BYE of ours when the order is ${phase}`, () => {
      const { desk, ok } = talking();
      desk.order('sip/1', { phase, cause: 'normal-clearing' });
      const bye = desk.one();
      expect(bye.method).to.equal('BYE');
      expect(desk.parted).to.deep.equal([]);
      desk.hear(desk.answer(bye, 200));
      expect(desk.parted).to.deep.equal(['sip/1']);
      desk.hear(desk.within('BYE', ok, { cseq: 3 }));
      expect(desk.summary()).to.deep.equal(['481']);
      expect(desk.events()).to.deep.equal([]);
    });
  }
});
