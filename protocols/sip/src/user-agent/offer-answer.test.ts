import { expect } from 'chai';
import { signerOf } from '../registrar/testing.js';
import { type Carrier, collisionOf, glareWaitMs, MEANINGS, OfferAnswer, type OfferState, sessionIdOf } from './offer-answer.js';

function sdp(port: number, direction = 'sendrecv'): string {
  return `v=0\r\no=x 1 1 IN IP4 10.1.0.${port}\r\ns=-\r\nc=IN IP4 10.1.0.${port}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\na=${direction}\r\n`;
}

function fresh(): OfferAnswer {
  return new OfferAnswer({ sessionId: '77', host: '10.0.0.1' });
}

function described(offers: OfferAnswer, remote: string, mode: 'sendrecv' | 'recvonly' | 'inactive' = 'sendrecv'): string {
  const made = offers.describe(remote, mode);
  if (!made.ok) throw new Error(made.fault.code);
  return made.value;
}

/** In each state. */
function inState(state: OfferState): OfferAnswer {
  const offers = fresh();
  if (state === 'none') return offers;
  if (state === 'ours') offers.sent(described(offers, sdp(2)));
  else offers.heard('invite', sdp(1));
  if (state === 'agreed') offers.sent(described(offers, sdp(2)));
  return offers;
}

describe('what a description is', () => {
  for (const [carrier, row] of Object.entries(MEANINGS)) {
    for (const [state, meaning] of Object.entries(row)) {
      it(`in ${carrier} while ${state} is ${meaning}`, () => {
        const offers = inState(state as OfferState);
        expect(offers.state).to.equal(state);
        expect(offers.heard(carrier as Carrier, sdp(3))).to.equal(meaning);
        expect(offers.state).to.equal(meaning === 'offer' ? 'theirs' : meaning === 'answer' ? 'agreed' : state);
      });
    }
  }

  it('is what was asked for in the 2xx of a re-INVITE of ours without offer', () => {
    const offers = inState('agreed');
    offers.weAsk();
    expect(offers.wasSettledByUs).to.equal(false);
    expect(offers.heard('success', sdp(3))).to.equal('offer');
  });
});

describe('the six patterns of RFC 6337', () => {
  it('1: an INVITE offers, the 2xx answers', () => {
    const offers = fresh();
    expect(offers.theyOffered(sdp(1))).to.equal(true);
    const answer = described(offers, sdp(2));
    expect(answer).to.contain('m=audio 2 RTP/AVP 8').and.contain('o=- 77 1 IN IP4 10.0.0.1');
    offers.sent(answer);
    expect(offers.wasSettledByUs).to.equal(true);
    expect(offers.remote).to.equal(sdp(1));
  });

  it('2: a 2xx offers, the ACK answers; and when it does not, nothing is agreed', () => {
    for (const text of [sdp(1), undefined]) {
      const offers = fresh();
      expect(offers.isOurTurnToOffer).to.equal(true);
      offers.sent(described(offers, sdp(2)));
      expect(offers.isOurOfferOpen).to.equal(true);
      offers.theyAnswered(text);
      expect(offers.state).to.equal(text === undefined ? 'none' : 'agreed');
      expect(offers.remote).to.equal(text);
    }
  });

  it('3: a reliable response answers the INVITE, and the 2xx that says it again says nothing new', () => {
    const offers = inState('ours');
    expect(offers.heard('provisional', sdp(1))).to.equal('preview');
    expect(offers.remote).to.equal(undefined);
    expect([offers.heard('reliable', sdp(1)), offers.heard('success', sdp(9))]).to.deep.equal(['answer', 'repeated']);
    expect(offers.remote).to.equal(sdp(1));
  });

  it('4: a reliable response offers, the PRACK answers', () => {
    const offers = inState('ours');
    expect(offers.heard('prack', sdp(1))).to.equal('answer');
    expect(offers.wasSettledByUs).to.equal(true);
  });

  it('5 and 6: PRACK and UPDATE offer once something is agreed', () => {
    for (const carrier of ['prack', 'update'] as const) {
      const offers = inState('agreed');
      expect(offers.heard(carrier, sdp(3))).to.equal('offer');
      offers.sent(described(offers, sdp(2)));
      expect(offers.state).to.equal('agreed');
      expect(offers.remote).to.equal(sdp(3));
    }
  });
});

describe('an open offer', () => {
  it('of theirs that is refused leaves all as it was', () => {
    const offers = inState('agreed');
    const told = offers.told;
    offers.theyOffered(sdp(3));
    offers.undo();
    expect([offers.state, offers.remote, offers.told]).to.deep.equal(['agreed', sdp(1), told]);
  });

  it('of ours that is refused leaves all as it was, and is made with the same version again (RFC 3264 §8)', () => {
    const offers = inState('agreed');
    const held = described(offers, sdp(2), 'recvonly');
    offers.sent(held);
    offers.undo();
    expect(offers.differs(sdp(2), 'recvonly')).to.equal(true);
    expect(described(offers, sdp(2), 'recvonly')).to.equal(held);
  });

  it('that is answered by what nobody can read is as if it had been refused', () => {
    const offers = inState('agreed');
    offers.sent(described(offers, sdp(5)));
    expect(offers.heard('success', 'nonsense')).to.equal('unexpected');
    expect([offers.state, offers.remote]).to.deep.equal(['agreed', sdp(1)]);
    offers.sent(described(offers, sdp(5)));
    offers.theyAnswered('nonsense');
    expect([offers.state, offers.remote]).to.deep.equal(['agreed', sdp(1)]);
  });

  it('takes no second one', () => {
    for (const state of ['ours', 'theirs'] as const) expect(inState(state).theyOffered(sdp(3))).to.equal(false);
  });

  it('of ours is not answered by a second description of ours', () => {
    const offers = inState('ours');
    const { told } = offers;
    offers.sent('x');
    expect([offers.state, offers.told]).to.deep.equal(['ours', told]);
  });

  it('an answer that only gives back our direction does not count as the wish of who answers', () => {
    const offers = inState('agreed');
    offers.sent(described(offers, sdp(2), 'recvonly'));
    offers.heard('success', sdp(1, 'recvonly'));
    expect(offers.remote).to.equal(sdp(1));
  });

  it('an answer that has no more than our offer, and all of it that was there before, says nothing new', () => {
    const offers = inState('agreed');
    const both = sdp(1).replace('RTP/AVP 8', 'RTP/AVP 8 0');
    offers.heard('update', both);
    offers.sent(described(offers, sdp(2)));
    offers.sent(described(offers, sdp(5)));
    offers.heard('success', sdp(1));
    expect(offers.remote).to.equal(both);
    offers.sent(described(offers, sdp(6)));
    offers.heard('success', sdp(7));
    expect(offers.remote).to.equal(sdp(7));
  });

  it('is ours to make when a re-INVITE brings none', () => {
    const offers = inState('agreed');
    expect(offers.isOurTurnToOffer).to.equal(false);
    offers.theyAsked();
    expect([offers.isOurTurnToOffer, offers.wasSettledByUs]).to.deep.equal([true, false]);
    offers.sent(described(offers, sdp(2)));
    expect(offers.isOurOfferOpen).to.equal(true);
  });
});

describe('whether the telephone must be told anew', () => {
  it('is seen by what would be written', () => {
    const offers = inState('agreed');
    expect(offers.differs(sdp(2), 'sendrecv')).to.equal(false);
    expect(offers.differs(sdp(2, 'recvonly'), 'sendrecv'), 'what a gateway says of its mode').to.equal(false);
    expect(offers.differs(sdp(2), 'inactive')).to.equal(true);
    expect(offers.differs(sdp(4), 'sendrecv')).to.equal(true);
    expect(offers.differs('x', 'sendrecv'), 'what cannot be written').to.equal(false);
    expect(fresh().differs(sdp(2), 'sendrecv'), 'nothing told yet').to.equal(true);
  });

  it('after another node has told it is seen by the mode', () => {
    const offers = fresh();
    offers.assume('sendrecv');
    expect(offers.state).to.equal('agreed');
    expect(offers.differs(sdp(2), 'sendrecv')).to.equal(false);
    expect(offers.differs(sdp(2), 'recvonly')).to.equal(true);
  });
});

describe('offers and answers on another node', () => {
  it('are what was agreed, without what was open', () => {
    const offers = inState('agreed');
    const { told } = offers;
    offers.theyOffered(sdp(3));
    const adopted = OfferAnswer.adopted(JSON.parse(JSON.stringify(offers.save())));
    expect([adopted?.state, adopted?.remote, adopted?.told]).to.deep.equal(['agreed', sdp(1), told]);
    expect(adopted?.differs(sdp(2), 'sendrecv')).to.equal(false);
    expect(adopted && described(adopted, sdp(2), 'inactive')).to.contain('o=- 77 2 IN IP4 10.0.0.1');
  });

  it('tell anew what the telephone was being told when its node was gone, in a description of its own', () => {
    const offers = inState('agreed');
    offers.sent(described(offers, sdp(2), 'inactive'));
    const adopted = OfferAnswer.adopted(JSON.parse(JSON.stringify(offers.save())));
    expect([adopted?.state, adopted?.remote]).to.deep.equal(['agreed', sdp(1)]);
    expect((['sendrecv', 'inactive'] as const).map((mode) => adopted?.differs(sdp(2), mode))).to.deep.equal([true, true]);
    expect(adopted && described(adopted, sdp(2))).to.contain('o=- 77 3 IN IP4 10.0.0.1');
  });

  it('tell anew what a telephone may have been told that nobody knows of', () => {
    const offers = inState('agreed');
    offers.doubt();
    expect((['sendrecv', 'inactive'] as const).map((mode) => offers.differs(sdp(2), mode))).to.deep.equal([true, true]);
    expect(described(offers, sdp(2))).to.contain('o=- 77 3 IN IP4 10.0.0.1');
  });

  it('may be nothing yet', () => expect(OfferAnswer.adopted(fresh().save())?.state).to.equal('none'));

  for (const bad of [undefined, null, 1, {}, { sessionId: '1', host: 'h', told: 1 }]) {
    it(`are not made of ${JSON.stringify(bad)}`, () => expect(OfferAnswer.adopted(bad)).to.equal(undefined));
  }
});

describe('a request across what is going on', () => {
  for (const [method, hasOffer, invite, offers, status] of [
    ['INVITE', true, 'ours', 'ours', 491],
    ['INVITE', true, 'ours', 'agreed', 491],
    ['INVITE', false, 'ours', 'agreed', 491],
    ['INVITE', true, undefined, 'ours', 491],
    ['INVITE', true, 'theirs', 'agreed', 500],
    ['INVITE', true, undefined, 'theirs', 500],
    ['INVITE', true, undefined, 'agreed', undefined],
    ['UPDATE', true, 'ours', 'ours', 491],
    ['UPDATE', true, 'ours', 'agreed', undefined],
    ['UPDATE', true, 'theirs', 'theirs', 500],
    ['UPDATE', true, 'theirs', 'agreed', undefined],
    ['UPDATE', false, 'ours', 'ours', undefined],
  ] as const) {
    it(`${method}${hasOffer ? ' with offer' : ''}, INVITE of ${invite ?? 'nobody'}, offer ${offers}: ${status ?? 'goes on'}`, () => {
      expect(collisionOf(method, hasOffer, { invite, offers })).to.equal(status);
    });
  }

  it('is sent anew after a time by which both ends do not meet again (RFC 3261 §14.1)', () => {
    expect([glareWaitMs(true, 0), glareWaitMs(true, 0.999_999), glareWaitMs(false, 0), glareWaitMs(false, 0.999_999)]).to.deep.equal([
      2_100, 4_000, 0, 2_000,
    ]);
  });
});

describe('a session identifier', () => {
  it('is the same on every node, and another for another dialog', () => {
    const signer = signerOf('secret');
    expect(sessionIdOf(signer, 'c1', 'a'))
      .to.match(/^\d{1,19}$/)
      .and.to.equal(sessionIdOf(signerOf('secret'), 'c1', 'a'));
    expect(sessionIdOf(signer, 'c1', 'a')).not.to.equal(sessionIdOf(signer, 'c1', 'b'));
  });
});
