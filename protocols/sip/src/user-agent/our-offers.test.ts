import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { ABLE, called, calling, HELD, media, MOVED, OTHER } from './talk.fixture.js';
import { CALL_ID, FAR, OFFER } from './testing.js';

const REACHED_TALKING = { kind: 'reached', phase: 'talking', callId: CALL_ID, local: undefined };

describe('what is ordered of media', () => {
  it('and differs from what the telephone was told is told by re-INVITE, acknowledged, and reached', () => {
    const { desk, order } = called();
    order('held', 'recvonly');
    const invite = desk.one();
    expect(invite.method).to.equal('INVITE');
    expect(media(invite)).to.deep.equal(['version 2', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=sendonly']);
    expect(invite.header('Session-Expires')).to.equal('90;refresher=uas');
    expect(invite.header('Contact')).to.match(/^<sip:leg\./);
    expect(desk.events()).to.deep.equal([]);
    desk.hear(desk.answer(invite, 200, { body: OFFER.replace('sendrecv', 'recvonly') }));
    const ack = desk.one();
    expect([ack.method, ack.cseq, ack.body.length]).to.deep.equal(['ACK', invite.cseq, 0]);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'held', callId: CALL_ID, local: undefined }]);
  });

  it('and does not differ is reached at once', () => {
    const { desk, order } = called();
    order('talking');
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([REACHED_TALKING]);
  });

  it('of a new other end is told the telephone, whose new description is told back', () => {
    const { desk, order } = calling();
    order('talking', 'sendrecv', OTHER);
    const invite = desk.one();
    expect(media(invite)).to.deep.equal(['version 2', 'c=IN IP4 10.9.0.10', 'm=audio 9100 RTP/AVP 0 8', 'a=sendrecv']);
    desk.hear(desk.answer(invite, 200, { body: MOVED }), '10.1.0.2:5060');
    expect(desk.events()).to.deep.equal([{ ...REACHED_TALKING, local: MOVED }]);
  });

  it('while a change is under way waits for it, and only the newest is told', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    const first = desk.one();
    order('talking', 'sendrecv', OTHER);
    order('talking', 'recvonly', OTHER);
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(desk.answer(first, 200, { body: OFFER.replace('sendrecv', 'inactive') }));
    const [ack, second] = desk.sent();
    expect(ack?.method).to.equal('ACK');
    expect(second && media(second)).to.deep.equal(['version 3', 'c=IN IP4 10.9.0.10', 'm=audio 9100 RTP/AVP 0 8', 'a=sendonly']);
    expect(desk.events(), 'the first is not reached any more').to.deep.equal([]);
  });

  it('and taken back while a change is under way is told after it', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    const first = desk.one();
    order('talking');
    desk.hear(desk.answer(first, 200, { body: OFFER.replace('sendrecv', 'inactive') }));
    const [, second] = desk.sent();
    expect(second && media(second)).to.deep.equal(['version 3', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=sendrecv']);
  });

  it('waits while a re-INVITE of the telephone is not acknowledged', () => {
    const { desk, say, order } = called();
    say('INVITE', { body: HELD });
    desk.sent();
    order('talking', 'sendrecv', OTHER);
    expect(desk.summary()).to.deep.equal([]);
    say('ACK');
    expect(desk.one().method).to.equal('INVITE');
  });

  it('waits for the ACK of our 200 (RFC 3261 §14.1)', () => {
    const { desk, party } = called();
    desk.hear(desk.request('INVITE', { body: OFFER, callId: 'c2', lines: ABLE }));
    const other = 'sip/2';
    expect(party).not.to.equal(other);
    desk.order(other, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } });
    const ok = desk.sent().at(-1) as SipMessage;
    desk.order(other, { phase: 'held', media: { mode: 'inactive', remote: FAR } });
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(desk.within('ACK', ok, { callId: 'c2', cseq: 1 }));
    expect(desk.summary()).to.deep.equal(['INVITE']);
  });

  it('is not told by an offer that cannot be written', () => {
    const { desk, order } = called();
    order('talking', 'sendrecv', 'v=0\r\nm=nonsense\r\n');
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([REACHED_TALKING]);
  });
});

describe('a re-INVITE of ours', () => {
  it('that crosses one of the telephone is sent anew after a wait, by who was called within 2 s', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 491));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
    desk.pass(2_010);
    const again = desk.one();
    expect(media(again)).to.deep.equal(['version 2', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=inactive']);
  });

  it('that crosses one of the telephone waits 2.1 to 4 s where we had called (RFC 3261 §14.1)', () => {
    const { desk, order } = calling();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 491), '10.1.0.2:5060');
    desk.sent();
    desk.pass(2_090);
    expect(desk.summary()).to.deep.equal([]);
    desk.pass(1_920);
    expect(desk.summary()).to.include('INVITE');
  });

  it('that crosses again and again is given up', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    let sent = 0;
    for (let i = 0; i < 20; i += 1) {
      const invite = desk.sent().find((each) => each.method === 'INVITE');
      if (!invite) break;
      sent += 1;
      desk.hear(desk.answer(invite, 491));
      desk.pass(2_010);
    }
    expect(sent).to.equal(7);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'held', callId: CALL_ID, cause: 'temporary-failure' }]);
  });

  it('that is refused leaves all as it was, and says so', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 488));
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'held', callId: CALL_ID, cause: 'temporary-failure' }]);
    desk.sent();
    order('talking');
    expect(desk.events()).to.deep.equal([REACHED_TALKING]);
    expect(desk.summary()).to.deep.equal([]);
  });

  it('is sent anew as soon as a 422 says for how long, and when a 500 says when', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 422, { lines: ['Min-SE: 300'] }));
    desk.pass(1);
    const longer = desk.sent().at(-1) as SipMessage;
    expect([longer.header('Session-Expires'), longer.header('Min-SE')]).to.deep.equal(['300;refresher=uas', '300']);
    desk.hear(desk.answer(longer, 500, { lines: ['Retry-After: 3'] }));
    desk.sent();
    desk.pass(2_900);
    expect(desk.summary()).to.deep.equal([]);
    desk.pass(200);
    expect(desk.summary()).to.deep.equal(['INVITE']);
  });

  for (const [status, event] of [
    [408, { kind: 'lost', cause: 'recovery-on-timer-expiry' }],
    [481, { kind: 'on-hook', cause: 'normal-clearing' }],
  ] as const) {
    it(`that is answered ${status} finds no dialog: the call is over (RFC 3261 §12.2.1.2)`, () => {
      const { desk, order } = called();
      order('held', 'inactive');
      desk.hear(desk.answer(desk.one(), status));
      expect(desk.events()).to.deep.equal([event]);
      expect(desk.summary()).to.deep.equal(['ACK', 'BYE']);
    });
  }

  it('that nobody answers ends the call', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.pass(33_000);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
  });

  it('whose 2xx comes again is acknowledged again', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    const ok = desk.answer(desk.one(), 200, { body: OFFER });
    desk.hear(ok);
    desk.sent();
    desk.hear(ok);
    expect(new Set(desk.summary())).to.deep.equal(new Set(['ACK']));
  });

  it('whose 2xx owes an answer has changed nothing', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 200));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'held', callId: CALL_ID, cause: 'temporary-failure' }]);
  });

  it('whose answer nobody can read has changed nothing', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    desk.hear(desk.answer(desk.one(), 200, { body: 'nonsense' }));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([{ kind: 'failed', phase: 'held', callId: CALL_ID, cause: 'temporary-failure' }]);
  });

  it('whose answer comes in a reliable provisional response is acknowledged there', () => {
    const { desk, order } = called();
    order('held', 'inactive');
    const invite = desk.one();
    const progress = desk.answer(invite, 183, { body: OFFER.replace('sendrecv', 'inactive'), lines: ['Require: 100rel', 'RSeq: 9'] });
    desk.hear(progress);
    desk.hear(progress);
    const prack = desk.one();
    expect([prack.method, prack.header('RAck')]).to.deep.equal(['PRACK', `9 ${invite.cseq} INVITE`]);
    desk.hear(desk.answer(prack, 200));
    desk.hear(desk.answer(invite, 200));
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'held', callId: CALL_ID, local: undefined }]);
  });

  it('is acknowledged even when its answer comes after our BYE', () => {
    const { desk, order, party } = called();
    order('held', 'inactive');
    const invite = desk.one();
    desk.order(party, { phase: 'idle', cause: 'normal-clearing' });
    expect(desk.summary()).to.deep.equal(['BYE']);
    desk.hear(desk.answer(invite, 200, { body: OFFER }));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
  });
});

describe('the session refresh', () => {
  it('is ours where the telephone knows no timers: an UPDATE without offer where it takes one', () => {
    const { desk } = called(['Allow: INVITE, ACK, BYE, UPDATE']);
    desk.pass(44_999);
    expect(desk.summary()).to.deep.equal([]);
    desk.pass(1);
    const update = desk.one();
    expect([update.method, update.body.length, update.header('Session-Expires')]).to.deep.equal(['UPDATE', 0, '90;refresher=uac']);
    desk.hear(desk.answer(update, 200));
    desk.pass(44_999);
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
    desk.pass(1);
    expect(desk.summary()).to.deep.equal(['UPDATE']);
  });

  it('is a re-INVITE with the description as it stands where the telephone takes no UPDATE (RFC 4028 §7.4)', () => {
    const { desk } = called([]);
    desk.pass(45_000);
    const invite = desk.one();
    expect(media(invite)[0]).to.equal('version 1');
    desk.hear(desk.answer(invite, 200, { body: OFFER }));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('that brings new media of the telephone tells them', () => {
    const { desk } = called([]);
    desk.pass(45_000);
    desk.hear(desk.answer(desk.one(), 200, { body: MOVED }));
    expect(desk.events()).to.deep.equal([{ ...REACHED_TALKING, local: MOVED }]);
  });

  it("is the telephone's where it can, and without it the call ends in time", () => {
    const { desk, say } = called();
    desk.pass(45_000);
    say('UPDATE', { lines: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] });
    expect(desk.summary()).to.deep.equal(['200']);
    desk.pass(59_000);
    expect(desk.events()).to.deep.equal([]);
    desk.pass(1_000);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
    expect(desk.one().header('Reason')).to.contain('cause=102');
    expect(desk.observer.counts.filter((each) => each.startsWith('sip.session.expired'))).to.have.length(1);
  });

  it('waits for a change that is under way, which is a refresh as well', () => {
    const { desk, order } = called(['Allow: UPDATE']);
    desk.pass(44_000);
    order('held', 'inactive');
    const invite = desk.one();
    desk.hear(desk.answer(invite, 180));
    desk.pass(1_000);
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(desk.answer(invite, 200, { body: OFFER }));
    desk.sent();
    desk.pass(44_900);
    expect(desk.summary()).to.deep.equal([]);
    desk.pass(100);
    expect(desk.summary()).to.deep.equal(['UPDATE']);
  });

  it('whose answer is 481 finds the call gone', () => {
    const { desk } = called(['Allow: UPDATE']);
    desk.pass(45_000);
    desk.hear(desk.answer(desk.one(), 481));
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
  });

  it('that is refused leaves the talk its time', () => {
    const { desk } = called(['Allow: UPDATE']);
    desk.pass(45_000);
    desk.hear(desk.answer(desk.one(), 501));
    expect(desk.events()).to.deep.equal([]);
    desk.pass(22_500);
    expect(desk.summary()).to.deep.equal(['UPDATE']);
  });

  it('stops with the call', () => {
    const { desk, party } = called([]);
    desk.order(party, { phase: 'idle' });
    desk.hear(desk.answer(desk.one(), 200));
    desk.pass(200_000);
    expect(desk.summary()).to.deep.equal([]);
  });
});
