import { expect } from 'chai';
import type { HalfCallRole } from '@altpath/call-control';
import type { SipMessage } from '../codec/sip-message.js';
import { ABLE, called, calling, HELD, media, MOVED, type Talking } from './talk.fixture.js';
import { signerOf } from '../registrar/testing.js';
import { writeLegToken } from './leg-token.js';
import { CALL_ID, Desk, FAR, OFFER, type Words } from './testing.js';

/** Another node, which goes on with what the first one saved of the party. */
function another(talk: Talking): { readonly desk: Desk; readonly party: string } {
  const desk = new Desk({}, ['down', 'up'], 1);
  const party = desk.adapter.adopt(talk.desk.adapter.save(talk.party) ?? '', desk.now);
  if (party === undefined) throw new Error('not adopted');
  return { desk, party };
}

function talks(desk: Desk, party: string, role: HalfCallRole = 'originating'): void {
  desk.order(party, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, role);
}

/** What call control is told of a leg that its own request tells of. */
function found(local?: string): unknown {
  const state = { phase: 'talking', role: 'originating', callId: CALL_ID, farLine: undefined };
  return { line: 'sip/1', hook: 'off', state, local, mayBeOnHold: true };
}

/** The Contact that its telephone has when it talks with this line. */
function contactWith({ ours }: Talking, line: string): string {
  return `sip:${writeLegToken(signerOf('secret'), { callId: CALL_ID, role: 'originating', line }, ours.callId)}@10.0.0.1`;
}

/** A request in the talk's dialog, as its telephone sends it to whoever takes it. */
function within(talk: Talking, method: string, words: Words = {}): string {
  return talk.desk.within(method, talk.ours, { cseq: 9, ...words });
}

describe('a leg of another node', () => {
  it('is gone on with from what was saved, and its telephone is told by UPDATE where it is now', () => {
    const talk = called();
    const { desk, party } = another(talk);
    talks(desk, party);
    expect(desk.events()).to.deep.equal([{ kind: 'reached', phase: 'talking', callId: CALL_ID, local: undefined }]);
    desk.pass(5_000);
    const update = desk.sent().find((each) => each.method === 'UPDATE') as SipMessage;
    expect([update.toTag, update.fromTag, update.body.length]).to.deep.equal(['ann', talk.ours.toTag, 0]);
    expect(update.cseq).to.be.above(16);
    expect(update.header('Contact')).to.contain('@10.0.0.2:5060');
    desk.hear(desk.answer(update, 200));
    desk.order(party, { phase: 'idle', cause: 'normal-clearing' });
    expect(desk.summary()).to.deep.equal(['BYE']);
  });

  it('is told by re-INVITE where the telephone takes no UPDATE, with the description that it knows', () => {
    const { desk, party } = another(called([]));
    talks(desk, party);
    desk.pass(5_000);
    const invite = desk.sent()[0] as SipMessage;
    expect(media(invite)).to.deep.equal(['version 1', 'c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=sendrecv']);
  });

  it('is told anew where its telephone answers what the dead node has told it last, of which nobody has heard', () => {
    const talk = called();
    const { desk, party } = another(talk);
    talks(desk, party);
    talk.desk.sent();
    talk.desk.order(talk.party, { phase: 'held', media: { mode: 'inactive', remote: FAR } });
    const hold = talk.desk.one();
    desk.hear(desk.answer(hold, 200, { body: HELD }));
    const [ack, invite] = desk.sent();
    expect([ack?.method, ack?.cseq, invite?.method]).to.deep.equal(['ACK', hold.cseq, 'INVITE']);
    expect(media(invite as SipMessage)).to.include.members(['version 3', 'a=sendrecv']);
  });

  it('serves its telephone as before', () => {
    const talk = called();
    const { desk, party } = another(talk);
    talks(desk, party);
    desk.events();
    desk.hear(within(talk, 'INVITE', { body: HELD }));
    expect(media(desk.sent().at(-1) as SipMessage)).to.deep.equal([
      'version 2',
      'c=IN IP4 10.9.0.9',
      'm=audio 9000 RTP/AVP 0 8',
      'a=recvonly',
    ]);
    expect(desk.events()).to.deep.equal([{ kind: 'hold' }]);
    desk.hear(within(talk, 'ACK'));
    desk.hear(within(talk, 'BYE', { cseq: 10 }));
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: undefined }]);
  });

  it('knows who holds, and is told of a change that was ordered and not yet told', () => {
    const talk = called();
    talk.say('INVITE', { body: HELD });
    talk.say('ACK');
    const { desk, party } = another(talk);
    desk.order(party, { phase: 'holding', media: { mode: 'inactive', remote: FAR } });
    desk.events();
    desk.hear(within(talk, 'INVITE', { body: OFFER }));
    expect(desk.events()).to.deep.equal([{ kind: 'retrieve' }]);
    const other = another(called());
    other.desk.order(other.party, { phase: 'held', media: { mode: 'inactive', remote: FAR } });
    expect(media(other.desk.one())).to.include('a=inactive');
  });

  it('is not ended because its telephone does not hear where it is now: it may know the other node alone', () => {
    const { desk, party } = another(called(['Allow: UPDATE', 'Supported: timer']));
    talks(desk, party);
    desk.events();
    desk.pass(45_000);
    expect(desk.events()).to.deep.equal([]);
    desk.pass(16_000);
    expect(desk.events(), 'but because it gives no sign').to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
  });

  it('whose telephone knows of no call any more is over', () => {
    const { desk, party } = another(called());
    talks(desk, party);
    desk.events();
    desk.pass(5_000);
    desk.hear(desk.answer(desk.sent()[0] as SipMessage, 481));
    expect(desk.events()).to.deep.equal([{ kind: 'on-hook', cause: 'normal-clearing' }]);
  });

  it('that we had called is gone on with as well', () => {
    const talk = calling();
    const { desk, party } = another(talk);
    talks(desk, party, 'terminating');
    desk.sent();
    desk.order(party, { phase: 'idle' }, 'terminating');
    const bye = desk.one();
    expect([bye.method, bye.requestUri, bye.toTag]).to.deep.equal(['BYE', 'sip:bob@10.1.0.2:5060', 'bob']);
  });

  it('is adopted once', () => {
    const talk = called();
    const { desk, party } = another(talk);
    expect(desk.adapter.adopt(talk.desk.adapter.save(talk.party) ?? '', desk.now)).to.equal(party);
  });

  for (const bad of [
    '',
    '{}',
    'null',
    '{"v":2}',
    '{"v":1,"role":"originating","standing":"answered","phase":"talking","callId":"0123456789ABC","isTold":true}',
  ]) {
    it(`is not made of ${bad || 'nothing'}`, () => {
      const desk = new Desk();
      expect(desk.adapter.adopt(bad, desk.now)).to.equal(undefined);
      expect(desk.observer.counts).to.include('sip.takeover.refused saved');
    });
  }

  it('is not saved when it is over, unknown, or its call has no name yet', () => {
    const { desk, party } = called();
    desk.hear(desk.request('INVITE', { body: OFFER, callId: 'c2' }));
    expect(desk.adapter.save('sip/2')).to.equal(undefined);
    desk.order(party, { phase: 'idle' });
    expect(desk.adapter.save(party)).to.equal(undefined);
    expect(desk.adapter.save('sip/99')).to.equal(undefined);
  });
});

describe('a leg whose INVITE came here before anybody knew of its call', () => {
  /** Ann's INVITE, as she sends it to one node and then to the other. */
  function twice(): { readonly first: Desk; readonly second: Desk; readonly again: string } {
    const first = new Desk();
    const again = first.request('INVITE', { body: OFFER });
    first.hear(again);
    first.order('sip/1', { phase: 'ringback' });
    const second = new Desk({}, ['down', 'up'], 1);
    second.hear(again);
    second.order('sip/1', { phase: 'routing', callId: '1FFFFFFFFFFFF' });
    second.sent();
    second.told.length = 0;
    return { first, second, again };
  }

  it('goes on with the caller, and the call that was begun for it here ends without a word to her', () => {
    const { first, second } = twice();
    const party = second.adapter.adopt(first.adapter.save('sip/1') ?? '', second.now) ?? '';
    expect(party).to.equal('sip/2');
    second.pass(0);
    expect(second.told).to.deep.equal([{ party: 'sip/1', event: { kind: 'on-hook', cause: 'normal-clearing' } }]);
    second.order('sip/1', { phase: 'idle', callId: '1FFFFFFFFFFFF' });
    expect(second.summary()).to.deep.equal(['180']);
    talks(second, party);
    const ok = second.one();
    expect(ok.status).to.equal(200);
    second.hear(second.within('ACK', ok, { cseq: 1 }));
    second.hear(second.within('BYE', ok));
    expect(second.summary()).to.deep.equal(['200']);
    expect(second.told.map((each) => `${each.party} ${each.event.kind}`)).to.deep.equal([
      'sip/1 on-hook',
      'sip/2 reached',
      'sip/2 on-hook',
    ]);
  });

  it('is not gone on with where that call has been answered meanwhile', () => {
    const { first, second } = twice();
    second.order('sip/1', { phase: 'talking', callId: '1FFFFFFFFFFFF', media: { mode: 'sendrecv', remote: FAR } });
    expect(second.adapter.adopt(first.adapter.save('sip/1') ?? '', second.now)).to.equal(undefined);
  });
});

describe('a leg that another node goes on with', () => {
  it('is forgotten without a word, and what comes for it goes there', () => {
    const talk = called();
    const { desk, party } = talk;
    desk.carrier = 1;
    desk.adapter.forget(party);
    desk.pass(100_000);
    expect(desk.summary()).to.deep.equal([]);
    desk.hear(within(talk, 'BYE'));
    const [passed] = desk.sentTo();
    expect([passed?.message.method, passed?.to, passed?.message.vias.length]).to.deep.equal(['BYE', '10.0.0.2:5060', 2]);
    expect(passed?.message.requestUri).to.equal(talk.ours.contacts === '*' ? '' : talk.ours.contacts[0]?.uri);
    desk.hear(desk.answer(passed?.message as SipMessage, 200), '10.0.0.2:5060');
    expect(desk.summary()).to.deep.equal(['200']);
    desk.hear(within(talk, 'ACK'));
    expect(desk.sentTo().map((each) => `${each.message.method} ${each.to}`)).to.deep.equal(['ACK 10.0.0.2:5060']);
    expect(desk.events()).to.deep.equal([]);
  });

  it('is not passed on twice', () => {
    const talk = called();
    talk.desk.carrier = 1;
    talk.desk.adapter.forget(talk.party);
    talk.desk.hear(within(talk, 'BYE'), '10.0.0.2:5060');
    expect(talk.desk.summary()).to.deep.equal(['200']);
    expect(talk.desk.restored).to.have.length(1);
  });
});

describe('a leg that comes again from another node', () => {
  it('has no number a second time, though that node knows nothing of those that were used here', () => {
    const talk = called();
    const saved = talk.desk.adapter.save(talk.party) ?? '';
    const second = new Desk({}, ['up', 'up'], 1);
    const number = (): number => {
      const party = second.adapter.adopt(saved, second.now) ?? '';
      second.order(party, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR } }, 'terminating');
      second.pass(5_000);
      const { cseq } = second.sent().pop() as SipMessage;
      second.adapter.forget(party);
      return cseq;
    };
    const first = number();
    expect(number()).to.equal(first + 1);
  });
});

describe('a request within a dialog of a dead node', () => {
  function stranger(): Desk {
    return new Desk({}, ['down', 'up'], 1);
  }

  it('recalls the call from the store', () => {
    const talk = called();
    const desk = stranger();
    let asked = '';
    desk.recalled = (callId, role) => {
      asked = `${callId} ${role}`;
      return desk.adapter.adopt(talk.desk.adapter.save(talk.party) ?? '', desk.now);
    };
    desk.hear(within(talk, 'INVITE', { body: HELD }));
    expect(asked).to.equal(`${CALL_ID} originating`);
    expect(media(desk.sent().at(-1) as SipMessage)).to.include('a=recvonly');
    expect(desk.events()).to.deep.equal([{ kind: 'hold' }]);
    expect(desk.restored).to.deep.equal([]);
  });

  it('is all that is needed for a BYE: the party is told, and has left', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'BYE', { contact: null, lines: ['Reason: Q.850;cause=16'] }));
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.restored).to.deep.equal([found()]);
    expect(desk.told).to.deep.equal([{ party: 'sip/1', event: { kind: 'on-hook', cause: 'normal-clearing' } }]);
  });

  it('waits to come again while the node does not know what the others have taken', () => {
    const talk = called();
    const desk = stranger();
    desk.joining = true;
    desk.hear(within(talk, 'BYE', { contact: null }));
    expect([desk.summary(), desk.restored]).to.deep.equal([[], []]);
    desk.joining = false;
    desk.hear(within(talk, 'BYE', { contact: null }));
    expect(desk.summary()).to.deep.equal(['200']);
  });

  it('that refreshes the session is answered, and shows the way back for a BYE of ours', () => {
    const talk = calling();
    const desk = stranger();
    desk.hear(
      talk.desk.within('UPDATE', talk.ours, {
        cseq: 9,
        toTag: talk.ours.fromTag,
        fromTag: 'bob',
        from: '<sip:bob@10.1.0.2>',
        contact: '<sip:bob@10.1.0.2:5060>',
        lines: ['Supported: timer', 'Record-Route: <sip:edge.test;lr>'],
      }),
      '10.1.0.2:5060',
    );
    const ok = desk.one();
    expect([ok.status, ok.header('Session-Expires')]).to.deep.equal([200, '90;refresher=uac']);
    expect(ok.header('Contact')).to.contain('@10.0.0.2:5060');
    talks(desk, 'sip/1', 'terminating');
    expect(desk.summary(), 'its own request is answered first').to.deep.equal([]);
    desk.order('sip/1', { phase: 'idle', cause: 'normal-clearing' }, 'terminating');
    desk.pass(0);
    expect(desk.observer.counts.join()).to.contain('sip.takeover ghost');
  });

  it('that says nothing of media is asked what its telephone was told, and what it wants', () => {
    for (const [answer, event] of [
      [HELD, 'hold'],
      [OFFER, 'retrieve'],
    ] as const) {
      const talk = called();
      const desk = stranger();
      desk.hear(within(talk, 'UPDATE', { lines: ABLE }));
      talks(desk, 'sip/1');
      desk.sent();
      desk.pass(200);
      const offer = desk.one();
      expect([offer.method, media(offer).at(-1)]).to.deep.equal(['INVITE', 'a=sendrecv']);
      desk.events();
      desk.hear(desk.answer(offer, 200, { body: answer }));
      expect(desk.events().map(({ kind }) => kind)).to.include(event);
    }
  });

  it('waits while nobody has its line, some seconds at the most', () => {
    const talk = called();
    const uri = contactWith(talk, 'aaln/1@gw2');
    const desk = stranger();
    desk.isSought = true;
    desk.hear(within(talk, 'INVITE', { uri, body: HELD }));
    expect([desk.summary(), desk.restored]).to.deep.equal([['100'], []]);
    desk.isSought = false;
    desk.carrier = 0;
    desk.pass(1_500);
    expect(desk.sentTo().map(({ message, to }) => `${message.method} ${to}`)).to.deep.equal(['INVITE 10.0.0.1:5060']);
    const late = stranger();
    late.isSought = true;
    late.hear(within(talk, 'BYE', { uri }));
    expect(late.summary()).to.deep.equal([]);
    late.pass(9_000);
    expect([late.summary(), late.restored.length]).to.deep.equal([['200'], 1]);
  });

  it('names the line with which it talks, where its token does', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'BYE', { uri: contactWith(talk, 'aaln/1@gw2') }));
    expect(desk.restored).to.have.nested.property('[0].state.farLine', 'aaln/1@gw2');
  });

  it('that offers waits until the other end is known, and is answered then', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'INVITE', { body: HELD }));
    expect(desk.summary()).to.deep.equal(['100']);
    expect(desk.restored).to.deep.equal([found(HELD)]);
    talks(desk, 'sip/1');
    const [ok] = desk.sent();
    expect(ok && media(ok).slice(1)).to.deep.equal(['c=IN IP4 10.9.0.9', 'm=audio 9000 RTP/AVP 0 8', 'a=recvonly']);
    const version = Number(ok && media(ok)[0]?.split(' ')[1]);
    expect(version, 'above what the dead node wrote').to.be.above(1_000_000);
    expect(desk.events().map((each) => each.kind)).to.include('hold');
  });

  it('that offers gets 500 when the other end does not become known in time; an UPDATE at once', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'INVITE', { body: MOVED }));
    desk.sent();
    desk.pass(8_000);
    expect(desk.one().has('Retry-After')).to.equal(true);
    desk.hear(within(talk, 'UPDATE', { cseq: 10, body: MOVED }));
    expect(desk.one().status).to.equal(500);
  });

  it('ends after the session timer where the telephone says no more', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'UPDATE', { lines: ABLE }));
    desk.pass(60_000);
    expect(desk.events()).to.deep.equal([{ kind: 'lost', cause: 'recovery-on-timer-expiry' }]);
  });

  it('with a token that nobody signed for it gets 481', () => {
    const talk = called();
    for (const words of [{ callId: 'c9' }, { uri: 'sip:leg.k1.0123456789ABCo..AAAAAAAAAAAAAAAAAAAAAA@10.0.0.2' }]) {
      const desk = stranger();
      desk.hear(within(talk, 'BYE', words));
      expect(desk.summary()).to.deep.equal(['481']);
      expect(desk.restored).to.deep.equal([]);
      expect(desk.observer.counts).to.include('sip.takeover.refused token');
    }
  });

  it('that waits for its answer gets one when the call ends', () => {
    const talk = called();
    for (const end of ['order', 'bye'] as const) {
      const desk = stranger();
      desk.hear(within(talk, 'INVITE', { body: OFFER, contact: '<sip:ann@10.1.0.1>' }));
      desk.sent();
      if (end === 'order') desk.order('sip/1', { phase: 'idle', cause: 'normal-clearing' });
      else desk.hear(within(talk, 'BYE', { cseq: 10 }));
      expect(desk.summary().sort()).to.deep.equal(end === 'order' ? ['487', 'BYE'] : ['200', '487']);
    }
  });

  it('that is given up while it waits gets 487', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'INVITE', { body: OFFER, branch: 'z9hG4bKre' }));
    desk.sent();
    desk.hear(within(talk, 'CANCEL', { branch: 'z9hG4bKre' }));
    expect(desk.summary().sort()).to.deep.equal(['200', '487']);
    talks(desk, 'sip/1');
    expect(desk.summary()).to.deep.equal([]);
  });

  it('names the line at the other end, so that whoever gets it knows who can do most for the call', () => {
    const talk = called();
    const { desk, party } = talk;
    desk.order(party, { phase: 'talking', media: { mode: 'sendrecv', remote: FAR }, farLine: 'aaln/1@rgw1' });
    talk.say('UPDATE');
    const contact = desk.sent().at(-1)?.header('Contact') ?? '';
    expect(contact).to.contain(`${CALL_ID}o.aaln!2f1!40rgw1.`);
    desk.adapter.forget(party);
    desk.hear(within(talk, 'BYE', { uri: /<(.*)>/.exec(contact)?.[1] ?? '' }));
    expect(desk.carrierAsked).to.deep.equal([CALL_ID, 'aaln/1@rgw1']);
  });

  it('that is an ACK begins nothing', () => {
    const talk = called();
    const desk = stranger();
    desk.hear(within(talk, 'ACK'));
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.restored).to.deep.equal([]);
  });

  it('that comes late for a call which has ended here begins nothing', () => {
    const talk = called();
    talk.say('BYE');
    talk.desk.sent();
    talk.say('UPDATE');
    expect(talk.desk.summary()).to.deep.equal(['481']);
    expect(talk.desk.restored).to.deep.equal([]);
  });
});
