import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { called, type Talking } from './talk.fixture.js';
import { Desk, FAR, OFFER } from './testing.js';

function refer(talk: Talking, to: string, lines: readonly string[] = []): void {
  talk.say('REFER', { lines: [`Refer-To: ${to}`, ...lines] });
}

function notice(talk: Talking, progress: 'trying' | 'ringing' | 'done' | 'failed', cause?: 'user-busy'): void {
  talk.desk.adapter.notice(talk.party, { kind: 'transfer', progress, cause }, talk.desk.now);
  talk.desk.pass(0);
}

/** `NOTIFY` in words: its state, its name, and what it says. */
function told(notify: SipMessage): string[] {
  return [notify.method, notify.header('Event') ?? '', notify.header('Subscription-State') ?? '', notify.body.toString().trim()];
}

describe('a REFER', () => {
  it('is accepted, told, and reported on until it is over (RFC 3515)', () => {
    const talk = called();
    refer(talk, '<sip:300@sample2.test>');
    const [accepted, first] = talk.desk.sent();
    expect(accepted?.status).to.equal(202);
    expect(first && told(first)).to.deep.equal(['NOTIFY', 'refer', 'active;expires=180', 'SIP/2.0 100 Trying']);
    expect(first?.header('Content-Type')).to.equal('message/sipfrag;version=2.0');
    expect(talk.desk.events()).to.deep.equal([{ kind: 'transfer', to: '300' }]);
    notice(talk, 'trying');
    expect(talk.desk.summary(), 'said already').to.deep.equal([]);
    notice(talk, 'ringing');
    expect(told(talk.desk.one())[3]).to.equal('SIP/2.0 180 Ringing');
    notice(talk, 'done');
    expect(told(talk.desk.one())).to.deep.equal(['NOTIFY', 'refer', 'terminated;reason=noresource', 'SIP/2.0 200 OK']);
    notice(talk, 'done');
    expect(talk.desk.summary()).to.deep.equal([]);
  });

  it('that fails is told why, and the next one has a name of its own', () => {
    const talk = called();
    refer(talk, '<sip:300@sample2.test>');
    notice(talk, 'failed', 'user-busy');
    expect(told(talk.desk.sent().at(-1) as SipMessage)[3]).to.equal('SIP/2.0 486 Busy Here');
    talk.desk.events();
    refer(talk, 'sip:301@sample2.test');
    const [accepted, first] = talk.desk.sent();
    expect(first && told(first)[1]).to.equal(`refer;id=${accepted?.cseq}`);
    expect(talk.desk.events()).to.deep.equal([{ kind: 'transfer', to: '301' }]);
  });

  it('may want no reports (RFC 4488)', () => {
    const talk = called();
    refer(talk, '<sip:300@sample2.test>', ['Refer-Sub: false']);
    const accepted = talk.desk.one();
    expect([accepted.status, accepted.header('Refer-Sub')]).to.deep.equal([202, 'false']);
    notice(talk, 'done');
    expect(talk.desk.summary()).to.deep.equal([]);
  });

  it('while another is under way gets 491', () => {
    const talk = called();
    refer(talk, '<sip:300@sample2.test>');
    talk.desk.sent();
    refer(talk, '<sip:301@sample2.test>');
    expect(talk.desk.summary()).to.deep.equal(['491']);
  });

  for (const [to, dialled] of [
    ['<sip:%2B300;x=1@sample2.test;user=phone>', '+300'],
    ['<tel:+1-300;phone-context=x>', '+1300'],
    ['"Bob" <sip:bob@elsewhere.test;transport=tcp;method=INVITE?Subject=x>', 'sip:bob@elsewhere.test;transport=tcp'],
    ['sip:300@10.0.0.2', '300'],
  ] as const) {
    it(`to ${to} is to ${dialled}`, () => {
      const talk = called();
      refer(talk, to);
      expect(talk.desk.events()).to.deep.equal([{ kind: 'transfer', to: dialled }]);
    });
  }

  for (const [to, status] of [
    ['<sip:300@sample2.test', 400],
    ['<sip:300@sample2.test>, <sip:301@sample2.test>', 400],
    ['<mailto:bob@sample2.test>', 416],
    ['<sip:300@sample2.test;method=BYE>', 403],
    ['<sip:sample2.test>', 404],
    ['<sip:300@sample2.test?Replaces=c9>', 400],
  ] as const) {
    it(`to ${to} gets ${status}`, () => {
      const talk = called();
      refer(talk, to);
      expect(talk.desk.summary()).to.deep.equal([String(status)]);
      expect(talk.desk.events()).to.deep.equal([]);
    });
  }

  it('without Refer-To, or with two, gets 400', () => {
    const talk = called();
    talk.say('REFER');
    talk.say('REFER', { lines: ['Refer-To: <sip:1@sample2.test>', 'Refer-To: <sip:2@sample2.test>'] });
    expect(talk.desk.summary()).to.deep.equal(['400', '400']);
  });

  it('to our own Contact names nobody', () => {
    const talk = called();
    const { contacts } = talk.ours;
    refer(talk, `<${contacts === '*' ? '' : contacts[0]?.uri}>`);
    expect(talk.desk.summary()).to.deep.equal(['404']);
  });

  it('before the call is answered gets 403', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', { phase: 'ringback' });
    const ringing = desk.sent().at(-1) as SipMessage;
    desk.hear(desk.within('REFER', ringing, { lines: ['Refer-To: <sip:300@sample2.test>'] }));
    expect(desk.summary()).to.deep.equal(['403']);
  });
});

describe('a REFER with Replaces', () => {
  /** Two calls of one telephone: the first is held, the second talks. */
  function two(): { readonly first: Talking; readonly second: SipMessage; readonly other: string } {
    const first = called();
    const { desk } = first;
    desk.hear(desk.request('INVITE', { body: OFFER, callId: 'c2@phone', fromTag: 'ann2' }));
    const other = desk.told.at(-1)?.party ?? '';
    desk.order(other, { phase: 'talking', callId: 'FEDCBA9876543', media: { mode: 'sendrecv', remote: FAR } });
    const second = desk.sent().at(-1) as SipMessage;
    desk.hear(desk.within('ACK', second, { cseq: 1 }));
    desk.events();
    return { first, second, other };
  }

  for (const [what, replaces] of [
    ['as RFC 3891 says', (second: SipMessage) => `c2%40phone%3Bto-tag%3D${second.toTag}%3Bfrom-tag%3Dann2`],
    ['with its tags the other way round', (second: SipMessage) => `c2%40phone%3Bfrom-tag%3D${second.toTag}%3Bto-tag%3Dann2`],
  ] as const) {
    it(`${what} names the telephone's other party`, () => {
      const { first, second, other } = two();
      refer(first, `<sip:300@sample2.test?Replaces=${replaces(second)}&Require=replaces>`);
      expect(first.desk.events()).to.deep.equal([{ kind: 'transfer', to: '', replaces: other }]);
      expect(first.desk.summary()).to.deep.equal(['202', 'NOTIFY']);
    });
  }

  it('of a dialog that is not there is accepted, and told that it has failed', () => {
    const { first } = two();
    refer(first, '<sip:300@sample2.test?Replaces=c3%3Bto-tag%3Dx%3Bfrom-tag%3Dy>');
    const [accepted, , last] = first.desk.sent();
    expect(accepted?.status).to.equal(202);
    expect(last && told(last)).to.deep.equal([
      'NOTIFY',
      'refer',
      'terminated;reason=noresource',
      'SIP/2.0 481 Call/Transaction Does Not Exist',
    ]);
    expect(first.desk.events()).to.deep.equal([]);
  });

  it('of its own dialog is of none', () => {
    const { first } = two();
    refer(first, `<sip:300@sample2.test?Replaces=c1%3Bto-tag%3D${first.ours.toTag}%3Bfrom-tag%3Dann>`);
    expect(first.desk.events()).to.deep.equal([]);
  });
});
