// What legs do beside the plain call: other ways back, early dialogs, connections, and a node that was frozen.
import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, BOBS, BOBS_PARTY, CALL_ID, Desk, FAR, OFFER, PHONE, sdpOf } from './testing.js';

const T1 = 500;
const TALKING = { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } } as const;

function called(desk = new Desk()): { readonly desk: Desk; readonly invite: SipMessage } {
  return { desk, invite: desk.ringBob() };
}

describe('a 200 that is not acknowledged', () => {
  it('goes to the stand-ins that the caller names, too', () => {
    const desk = new Desk();
    const invite = desk.request('INVITE', { body: OFFER }).replace(';rport;', ';alternatePath=10.1.0.77;rport;');
    desk.hear(invite);
    desk.order('sip/1', TALKING);
    desk.sent();
    desk.pass(T1 + 10);
    expect(desk.sentTo().map(({ to, message }) => `${message.status} ${to}`)).to.deep.equal(['200 10.1.0.1:5060', '200 10.1.0.77:5060']);
  });
});

describe('an early dialog', () => {
  it('of a caller ends with its BYE, and the INVITE with it', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', { phase: 'ringback' });
    const ringback = desk.sent().pop();
    desk.events();
    if (ringback) desk.hear(desk.within('BYE', ringback));
    expect(desk.summary()).to.deep.equal(['200', '487']);
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: undefined }]);
  });

  it('of a called telephone takes its UPDATE: its media is elsewhere now', () => {
    const { desk, invite } = called();
    desk.hear(desk.answer(invite, 183, { body: BOBS, lines: ['Require: 100rel', 'RSeq: 1'] }), AT_BOB);
    const prack = desk.one();
    desk.hear(desk.answer(prack, 200), AT_BOB);
    desk.events();
    const update = desk.request('UPDATE', {
      uri: 'sip:x@10.0.0.1',
      callId: invite.callId,
      fromTag: 'bob',
      toTag: invite.fromTag,
      cseq: 5,
      body: sdpOf('10.1.0.2', 7770),
    });
    desk.hear(update, AT_BOB);
    const ok = desk.sent().find((each) => each.cseqMethod === 'UPDATE');
    expect(ok?.status).to.equal(200);
    expect(ok?.body.toString('latin1')).to.contain('m=audio 9000');
    const media = desk.events().find((each) => each.kind === 'media');
    expect(media?.kind === 'media' && media.local).to.contain('m=audio 7770');
    desk.hear(desk.answer(invite, 200), AT_BOB);
    const answered = desk.events().find((each) => each.kind === 'off-hook');
    expect(answered?.kind === 'off-hook' && answered.local).to.contain('m=audio 7770');
  });

  it('of a called telephone is not ended by its BYE: it has not answered', () => {
    const { desk, invite } = called();
    desk.hear(desk.answer(invite, 180), AT_BOB);
    desk.events();
    desk.hear(
      desk.request('BYE', { uri: 'sip:x@10.0.0.1', callId: invite.callId, fromTag: 'bob', toTag: invite.fromTag, cseq: 5 }),
      AT_BOB,
    );
    expect(desk.summary()).to.deep.equal(['481']);
    expect(desk.events()).to.deep.equal([]);
  });
});

describe('a node that was frozen', () => {
  it('forgets its legs without a word, and with them the calls that have nobody else', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', TALKING);
    const { invite } = called(sentNothing(desk));
    desk.adapter.handle({ kind: 'thawed', gapMs: 60_000 }, desk.now);
    expect(desk.releasedParties).to.deep.equal(['sip/1', BOBS_PARTY]);
    desk.pass(70_000);
    expect(desk.sent()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
    desk.order('sip/1', { phase: 'idle' });
    expect(desk.sent()).to.deep.equal([]);
    desk.hear(desk.answer(invite, 180), AT_BOB);
    expect(desk.events()).to.deep.equal([]);
  });

  it('recalls a stored call when its telephone speaks of it', () => {
    const desk = new Desk();
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', TALKING);
    const ok = desk.sent().find((each) => each.status === 200);
    if (!ok) throw new Error('not answered');
    desk.hear(desk.within('ACK', ok, { cseq: 1 }));
    const saved = desk.adapter.save('sip/1') ?? '';
    desk.adapter.handle({ kind: 'thawed', gapMs: 60_000 }, desk.now);
    desk.events();
    desk.recalled = (callId, role) => {
      expect([callId, role]).to.deep.equal([CALL_ID, 'originating']);
      return desk.adapter.adopt(saved, desk.now);
    };
    desk.hear(desk.within('BYE', ok));
    expect(desk.sent().map((each) => `${each.status} ${each.cseqMethod}`)).to.include('200 BYE');
    expect(desk.told).to.deep.equal([{ party: 'sip/2', event: { kind: 'on-hook', cause: undefined } }]);
  });
});

describe('a leg over a connection', () => {
  it('is spoken to over it, and by its Contact when that is gone', () => {
    const desk = new Desk({
      listeners: [
        { transport: 'udp', host: '10.0.0.1', port: 5060, advertised: { host: '10.0.0.1', port: 5060 } },
        { transport: 'tcp', host: '10.0.0.1', port: 5060, advertised: { host: '10.0.0.1', port: 5060 } },
      ],
    });
    const hop = { transport: 'tcp', host: '10.1.0.1', port: 49_152, listener: 1, flow: 7 } as const;
    const hear = (text: string): void => {
      desk.adapter.handle({ kind: 'bytes', data: Buffer.from(text, 'latin1'), hop }, desk.now);
      desk.pass(0);
    };
    const overTcp = (text: string): string =>
      text.replace('SIP/2.0/UDP', 'SIP/2.0/TCP').replace(`ann@${PHONE}`, `ann@${PHONE};transport=tcp`);
    hear(overTcp(desk.request('INVITE', { body: OFFER })));
    desk.order('sip/1', TALKING);
    const ok = desk.sentTo().pop();
    expect(ok?.to).to.equal('10.1.0.1:49152');
    expect(ok?.message.header('Contact')).to.contain(';transport=tcp');
    if (ok) hear(overTcp(desk.within('ACK', ok.message, { cseq: 1 })));
    desk.order('sip/1', { phase: 'idle' });
    const bye = desk.sentTo().pop();
    expect(`${bye?.message.method} ${bye?.to}`).to.equal('BYE 10.1.0.1:49152');
    desk.adapter.handle({ kind: 'unreachable', hop, data: bye?.message.bytes }, desk.now);
    desk.pass(0);
    expect(desk.sentTo().map((each) => each.to)).to.deep.equal(['10.1.0.1:5060']);
  });
});

function sentNothing(desk: Desk): Desk {
  desk.sent();
  desk.events();
  return desk;
}

describe('a telephone that hangs up', () => {
  it('is answered when the other one has been told: should this node end in between, it says so again', () => {
    const { desk, invite } = called();
    desk.hear(desk.answer(invite, 200, { body: BOBS }), AT_BOB);
    desk.hear(desk.request('INVITE', { body: OFFER }));
    desk.order('sip/1', TALKING);
    const ok = desk.sent().find((each) => each.cseqMethod === 'INVITE' && each.status === 200);
    desk.onEvent = (_party, event) => {
      if (event.kind === 'on-hook')
        desk.adapter.order('sip/o1', { phase: 'busy', role: 'terminating', callId: CALL_ID, cause: 'normal-clearing' }, desk.now);
    };
    if (ok) desk.hear(desk.within('BYE', ok));
    expect(desk.sentTo().map(({ to, message }) => `${message.isRequest ? message.method : message.status} ${to}`)).to.deep.equal([
      `BYE ${AT_BOB}`,
      `200 ${PHONE}`,
    ]);
  });
});
