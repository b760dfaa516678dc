// Where requests of our own go, and what is tried next.
import { expect } from 'chai';
import { BOBS, CALL_ID, Desk, FAR, sdpOf } from './testing.js';

function calling(uri: string, desk = new Desk()): Desk {
  desk.order('sip/o1', { phase: 'ringing', called: { kind: 'sip', uri }, media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
  return desk;
}

const FAILED = { kind: 'failed', phase: 'ringing', callId: CALL_ID } as const;

describe('a request of ours', () => {
  it('to a name waits for DNS, and goes to what that says', () => {
    const desk = calling('sip:bob@pbx.test');
    expect(desk.asked.map((each) => each.host)).to.deep.equal(['pbx.test']);
    expect(desk.sent()).to.deep.equal([]);
    desk.resolved('10.1.0.2:5060', '10.1.0.3:5060');
    expect(desk.sentTo().map(({ to, message }) => `${message.method} ${to}`)).to.deep.equal(['INVITE 10.1.0.2:5060']);
  });

  it('to a name that nobody knows fails', () => {
    const desk = calling('sip:bob@pbx.test');
    desk.resolved();
    expect(desk.events()).to.deep.equal([{ ...FAILED, cause: 'temporary-failure' }]);
  });

  it('that is given up before DNS has answered is not sent', () => {
    const desk = calling('sip:bob@pbx.test');
    desk.order('sip/o1', { phase: 'idle' }, 'terminating');
    desk.resolved('10.1.0.2:5060');
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
  });

  it('goes to the next address with another branch after a 503 (RFC 3263 §4.3)', () => {
    const desk = calling('sip:bob@pbx.test');
    desk.resolved('10.1.0.2:5060', '10.1.0.3:5060');
    const first = desk.one();
    desk.hear(desk.answer(first, 503), '10.1.0.2:5060');
    const sent = desk.sentTo();
    expect(sent.map(({ to, message }) => `${message.method} ${to}`)).to.deep.equal(['ACK 10.1.0.2:5060', 'INVITE 10.1.0.3:5060']);
    expect(sent[1]?.message.topVia.branch).to.not.equal(first.topVia.branch);
    expect(desk.events()).to.deep.equal([]);
  });

  it('goes to the next address when the first cannot be reached, and is then answered', () => {
    const desk = calling('sip:bob@pbx.test');
    desk.resolved('10.1.0.2:5060', '10.1.0.3:5060');
    desk.sent();
    desk.unreachable('10.1.0.2:5060');
    const [second] = desk.sentTo();
    expect(second?.to).to.equal('10.1.0.3:5060');
    if (second) desk.hear(desk.answer(second.message, 200, { body: BOBS }), '10.1.0.3:5060');
    expect(desk.summary()).to.deep.equal(['ACK']);
  });

  it('goes to the stand-ins that a trusted address names, when it is silent', () => {
    const desk = calling('sip:bob@10.1.0.2;alternatePath=10.1.0.3');
    desk.sent();
    desk.pass(520);
    expect([...new Set(desk.sentTo().map((each) => each.to))].sort()).to.deep.equal(['10.1.0.2:5060', '10.1.0.3:5060']);
  });

  it('to what is no SIP URI fails at once', () => {
    const desk = calling('tel:+49301234');
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.events()).to.have.length(1);
  });

  it('tells our stand-ins to neighbours alone', () => {
    const told = calling('sip:bob@10.1.0.2').one();
    expect(told.topVia.text).to.contain('alternatePath=');
    expect(told.header('Contact')).to.contain('alternatePath=');
    const stranger = calling('sip:bob@192.0.2.1').one();
    expect(stranger.bytes.toString('latin1')).to.not.contain('alternatePath');
    expect(stranger.topVia.text).to.contain('pathToken=');
  });

  it('tells them in a header of their own where the file says so', () => {
    const desk = new Desk({ path: { carrier: 'header', max: 3, hedge: 1, guard: 6, expiresMs: 86_400_000, downForMs: 60_000 } });
    const told = calling('sip:bob@10.1.0.2', desk).one();
    expect(told.header('AlternatePath')).to.equal('10.0.0.2');
    expect(told.topVia.text).to.not.contain('alternatePath');
  });

  it('does not tell them where a datagram would be too long for it', () => {
    const desk = new Desk();
    const remote = sdpOf('10.9.0.9', 9000, [`a=x:${'y'.repeat(600)}`]);
    expect(desk.ringBob({ media: { mode: 'sendrecv', remote } }).topVia.text).to.not.contain('alternatePath');
  });

  it('in a dialog goes to the Contact by the Routes', () => {
    const desk = calling('sip:bob@10.1.0.2');
    const invite = desk.one();
    desk.hear(desk.answer(invite, 200, { body: BOBS, lines: ['Record-Route: <sip:10.1.0.8;lr>, <sip:10.1.0.9;lr>'] }), '10.1.0.2:5060');
    const [ack] = desk.sentTo();
    expect(ack?.to).to.equal('10.1.0.9:5060');
    expect(ack?.message.requestUri).to.equal('sip:bob@10.1.0.2:5060');
    expect(ack?.message.routes.map((each) => each.uri)).to.deep.equal(['sip:10.1.0.9;lr', 'sip:10.1.0.8;lr']);
    desk.order('sip/o1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    desk.order('sip/o1', { phase: 'idle' }, 'terminating');
    const [bye] = desk.sentTo();
    expect(bye?.message.method).to.equal('BYE');
    expect(bye?.to).to.equal('10.1.0.9:5060');
  });

  it('that nobody answers is over after its time, and so is the leg', () => {
    const desk = calling('sip:bob@10.1.0.2');
    const invite = desk.one();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), '10.1.0.2:5060');
    desk.order('sip/o1', { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
    desk.order('sip/o1', { phase: 'idle' }, 'terminating');
    desk.pass(40_000);
    desk.sent();
    expect(desk.adapter.status(desk.now).transactions).to.equal(0);
    desk.hear(
      desk.request('BYE', { uri: 'sip:x@10.0.0.1', callId: invite.callId, fromTag: 'bob', toTag: invite.fromTag, cseq: 7 }),
      '10.1.0.2:5060',
    );
    expect(desk.summary()).to.not.include('200');
  });
});
