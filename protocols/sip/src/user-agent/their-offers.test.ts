import { expect } from 'chai';
import { ABLE, called, calling, HELD, media, MOVED, OTHER } from './talk.fixture.js';
import { CALL_ID, Desk, FAR, OFFER, sdpOf } from './testing.js';

const T1 = 500;

describe('a re-INVITE of the telephone', () => {
  it('that holds is answered at once, repeated until its ACK comes, and told', () => {
    const { desk, say } = called();
    say('INVITE', { body: HELD, lines: ABLE });
    const [trying, ok] = desk.sent();
    expect([trying?.status, ok?.status]).to.deep.equal([100, 200]);
    expect(ok && media(ok)).to.deep.equal(['version 2', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=recvonly']);
    expect(ok?.header('Session-Expires')).to.equal('90;refresher=uac');
    expect(ok?.has('Contact')).to.equal(true);
    expect(desk.events()).to.deep.equal([{ kind: 'hold' }]);
    desk.pass(T1);
    expect(desk.summary()).to.deep.equal(['200']);
    say('ACK');
    desk.pass(20_000);
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
  });

  it('is neither held nor told anything again when call control says that it holds, and retrieves', () => {
    const { desk, say, order } = called();
    say('INVITE', { body: HELD });
    say('ACK');
    desk.sent();
    desk.events();
    order('holding', 'inactive');
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'holding', callId: CALL_ID, local: undefined }]);
    say('INVITE', { body: OFFER });
    expect(media(desk.sent()[1] ?? desk.one())).to.include('a=sendrecv');
    expect(desk.events()).to.deep.equal([{ kind: 'retrieve' }]);
    say('ACK');
    order('talking');
    expect(desk.summary()).to.deep.equal([]);
  });

  it('that moves its media is told; one that says the same is not', () => {
    const { desk, say } = called();
    say('INVITE', { body: MOVED });
    say('ACK');
    expect(desk.events()).to.deep.equal([{ kind: 'media', local: MOVED }]);
    say('INVITE', { body: MOVED });
    expect(desk.events()).to.deep.equal([]);
  });

  it('in the old way holds with 0.0.0.0, and its media stays where it was', () => {
    const { desk, say } = called();
    say('INVITE', { body: OFFER.replace('c=IN IP4 10.1.0.1', 'c=IN IP4 0.0.0.0') });
    expect(desk.events()).to.deep.equal([{ kind: 'hold' }]);
    say('ACK');
    say('INVITE', { body: OFFER });
    expect(desk.events()).to.deep.equal([{ kind: 'media', local: OFFER }, { kind: 'retrieve' }]);
  });

  it('keeps the version of our description where nothing in it has changed (RFC 3264 §8)', () => {
    const { desk, say } = called();
    say('INVITE', { body: OFFER });
    expect(media(desk.sent()[1] ?? desk.one())[0]).to.equal('version 1');
  });

  it('without offer gets ours in the 200, and its ACK answers', () => {
    const { desk, say } = called();
    say('INVITE');
    const ok = desk.sent().at(-1);
    expect(ok && media(ok)).to.deep.equal(['version 1', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=sendrecv']);
    expect(desk.events()).to.deep.equal([]);
    say('ACK', { body: MOVED.replace('sendrecv', 'sendonly') });
    expect(desk.events()).to.deep.equal([{ kind: 'media', local: MOVED.replace('sendrecv', 'sendonly') }, { kind: 'hold' }]);
  });

  it('without offer, whose ACK says what nobody can read, changes nothing', () => {
    const { desk, say } = called();
    say('INVITE', { body: HELD });
    say('ACK');
    say('INVITE');
    desk.events();
    say('ACK', { body: 'nonsense' });
    expect(desk.events()).to.deep.equal([]);
    say('INVITE', { body: OFFER });
    expect(desk.events()).to.deep.equal([{ kind: 'retrieve' }]);
  });

  it('without offer may take a hold of its own back', () => {
    const { desk, say, order } = called();
    say('INVITE', { body: HELD });
    say('ACK');
    order('holding', 'inactive');
    say('INVITE');
    expect(media(desk.sent().at(-1) ?? desk.one())).to.include('a=sendrecv');
    desk.events();
    say('ACK', { body: OFFER });
    expect(desk.events()).to.deep.equal([{ kind: 'retrieve' }]);
  });

  it('without offer, while the other end holds, does not tell a hold by answering ours', () => {
    const { desk, say, order } = calling();
    order('held', 'inactive');
    const [hold] = desk.sent();
    if (!hold) throw new Error('no re-INVITE');
    desk.hear(desk.answer(hold, 200, { body: OFFER.replace('sendrecv', 'inactive') }));
    desk.events();
    say('INVITE');
    expect(media(desk.sent().at(-1) ?? hold)).to.include('a=inactive');
    say('ACK', { body: OFFER.replace('sendrecv', 'inactive') });
    expect(desk.events()).to.deep.equal([]);
  });

  it('without a codec that the other end has is refused, and all stays as it was (RFC 3261 §14.2)', () => {
    const { desk, say, order } = called();
    say('INVITE', { body: sdpOf('10.1.0.1').replace('RTP/AVP 0 8', 'RTP/AVP 18') });
    const refusal = desk.sent().at(-1);
    expect([refusal?.status, refusal?.header('Warning')]).to.deep.equal([488, '304 altpath "media type not available"']);
    expect(desk.events()).to.deep.equal([]);
    order('talking');
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'talking', callId: CALL_ID, local: undefined }]);
    expect(desk.summary()).to.deep.equal([]);
  });

  it('that nobody acknowledges ends the call', () => {
    const { desk, say } = called();
    say('INVITE', { body: OFFER });
    desk.sent();
    desk.pass(64 * T1 + 1);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
    const bye = desk.sent().find((each) => each.method === 'BYE');
    expect(bye?.header('Reason')).to.contain('cause=102');
  });

  it('that asks for less time than there is gets 422', () => {
    const { desk, say } = called();
    say('INVITE', { body: OFFER, lines: ['Supported: timer', 'Session-Expires: 60'] });
    const refusal = desk.one();
    expect([refusal.status, refusal.header('Min-SE')]).to.deep.equal([422, '90']);
  });

  it('that crosses one of ours gets 491; the answer to ours still counts', () => {
    const { desk, say, order } = called();
    order('held', 'inactive');
    const hold = desk.one();
    say('INVITE', { body: HELD });
    expect(desk.one().status).to.equal(491);
    desk.events();
    desk.hear(desk.answer(hold, 200, { body: OFFER.replace('sendrecv', 'inactive') }));
    expect(desk.summary()).to.deep.equal(['ACK']);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'held', callId: CALL_ID, local: undefined }]);
  });

  it('that comes with the number of an old one gets 500', () => {
    const { desk, say } = called();
    say('INVITE', { body: OFFER, cseq: 5 });
    desk.sent();
    say('INVITE', { body: OFFER, cseq: 4 });
    expect(desk.one().status).to.equal(500);
  });

  it('says where the telephone is now', () => {
    const { desk, say, party } = called();
    say('INVITE', { body: OFFER, contact: '<sip:ann@10.1.0.99:5070>' });
    say('ACK');
    desk.sent();
    desk.order(party, { phase: 'idle', cause: 'normal-clearing' });
    const [bye] = desk.sentTo();
    expect([bye?.message.requestUri, bye?.to]).to.deep.equal(['sip:ann@10.1.0.99:5070', '10.1.0.99:5070']);
  });
});

describe('a re-INVITE while the other end is not known', () => {
  /** A leg whose answer came from a call control that has forgotten what the other end said. */
  function unknown(): ReturnType<typeof called> {
    const talk = called();
    talk.desk.order(talk.party, { phase: 'talking', media: { mode: 'sendrecv' } });
    talk.desk.events();
    return talk;
  }

  it('is answered as the other end was told before', () => {
    const { desk, say } = unknown();
    say('INVITE', { body: HELD });
    expect(media(desk.sent().at(-1) ?? desk.one())).to.deep.equal([
      'version 2',
      'c=IN IP4 10.9.0.9',
      'm=audio 9000 RTP/AVP 0 8',
      'a=recvonly',
    ]);
  });
});

describe('an UPDATE of the telephone', () => {
  it('without offer is a sign of life', () => {
    const { desk, say } = called();
    say('UPDATE', { lines: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] });
    const ok = desk.one();
    expect([ok.status, ok.header('Session-Expires'), ok.header('Require'), ok.body.length]).to.deep.equal([
      200,
      '90;refresher=uac',
      'timer',
      0,
    ]);
    expect(desk.events()).to.deep.equal([]);
  });

  it('with an offer is answered and told', () => {
    const { desk, say } = calling();
    say('UPDATE', { body: MOVED.replace('sendrecv', 'sendonly') });
    expect(media(desk.one())).to.deep.equal(['version 2', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=recvonly']);
    expect(desk.events()).to.deep.equal([{ kind: 'media', local: MOVED.replace('sendrecv', 'sendonly') }, { kind: 'hold' }]);
  });

  it('with an offer across one of ours gets 491, without one 200 (RFC 3311 §5.2)', () => {
    const { desk, say, order } = called();
    order('held', 'inactive');
    desk.sent();
    say('UPDATE', { body: HELD });
    say('UPDATE');
    expect(desk.summary()).to.deep.equal(['491', '200']);
  });

  it('before anything is agreed gets 500 and a time to wait', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', {}));
    desk.order('sip/1', { phase: 'ringback' });
    const ringing = desk.sent().at(-1);
    if (!ringing) throw new Error('no 180');
    desk.hear(desk.within('UPDATE', ringing, { body: OFFER }));
    const refusal = desk.one();
    expect(refusal.status).to.equal(500);
    expect(Number(refusal.header('Retry-After'))).to.be.within(0, 10);
  });

  it('in an early dialog changes what was answered reliably (RFC 3311 §5.1)', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER, lines: ['Supported: 100rel', ...ABLE] }));
    desk.order('sip/1', { phase: 'early', media: { mode: 'recvonly', remote: FAR } });
    const progress = desk.sent().at(-1);
    if (!progress) throw new Error('no 183');
    desk.hear(desk.within('PRACK', progress, { cseq: 2, lines: [`RAck: ${progress.header('RSeq')} 1 INVITE`] }));
    desk.sent();
    desk.events();
    desk.hear(desk.within('UPDATE', progress, { cseq: 3, body: MOVED }));
    expect(media(desk.one())).to.include('a=sendrecv');
    expect(desk.events()).to.deep.equal([{ kind: 'media', local: MOVED }]);
  });

  it('without a codec that the other end has is refused', () => {
    const { desk, say } = called();
    say('UPDATE', { body: OTHER.replace('RTP/AVP 0 8', 'RTP/AVP 18') });
    expect(desk.one().status).to.equal(488);
  });
});
