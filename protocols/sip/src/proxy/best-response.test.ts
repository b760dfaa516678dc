import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { decoded } from '../registrar/testing.js';
import { bestResponse, type GivenUp, joinedChallenges, judge, rankOf } from './best-response.js';

function response(status: number, ...lines: string[]): SipMessage {
  return decoded(
    Buffer.from(
      [
        `SIP/2.0 ${status} x`,
        'Via: SIP/2.0/UDP h;branch=z9hG4bKx',
        'From: <sip:a@b>;tag=1',
        'To: <sip:a@b>;tag=2',
        'Call-ID: c',
        'CSeq: 1 INVITE',
        ...lines,
        '',
        '',
      ].join('\r\n'),
      'latin1',
    ),
  );
}

describe('the best response (RFC 3261 §16.7 step 6)', () => {
  it('6xx, then 3xx, then what tells the caller what to change, then 4xx, 5xx, and 503 last', () => {
    const order = [603, 302, 401, 404, 500, 503];
    for (let i = 1; i < order.length; i += 1)
      expect(rankOf(order[i - 1] as number), String(order[i])).to.be.below(rankOf(order[i] as number));
    for (const telling of [401, 407, 415, 420, 484]) expect(rankOf(telling)).to.equal(rankOf(401));
  });

  it('of equals the first one', () => {
    const [first, second] = [response(486), response(480)];
    expect(bestResponse([first, second])).to.equal(first);
    expect(bestResponse([second, first])).to.equal(second);
  });

  it('of none, none', () => expect(bestResponse([])).to.equal(undefined));
});

describe('joined challenges (§16.7 step 7)', () => {
  it('all of the others, in their order, values untouched', () => {
    const best = response(407, 'Proxy-Authenticate: Digest realm="own"');
    const others = [
      response(401, 'WWW-Authenticate: Digest realm="a", nonce="1,2"', 'WWW-Authenticate: Digest realm="b"'),
      response(404, 'WWW-Authenticate: Digest realm="no"'),
      response(407, 'Proxy-Authenticate: Digest realm="c"'),
    ];
    expect(joinedChallenges(best, [others[0] as SipMessage, best, ...others.slice(1)])).to.deep.equal([
      'WWW-Authenticate: Digest realm="a", nonce="1,2"',
      'WWW-Authenticate: Digest realm="b"',
      'Proxy-Authenticate: Digest realm="c"',
    ]);
  });

  it('none where the best is no challenge', () => {
    const best = response(302);
    expect(joinedChallenges(best, [best, response(401, 'WWW-Authenticate: Digest realm="a"')])).to.deep.equal([]);
  });
});

describe('what goes upstream in the end', () => {
  const cases: readonly [
    title: string,
    finals: readonly number[],
    own: readonly number[],
    isInvite: boolean,
    givenUp: GivenUp,
    verdict: number | undefined,
  ][] = [
    ['the best response', [486, 302], [], true, 'no', 302],
    ['a 503 as 500: it is not us', [503], [], true, 'no', 500],
    ['408 where nobody answered', [], [408], true, 'no', 408],
    ['500 where nobody could be reached', [], [503], true, 'no', 500],
    ['416 where there was no way', [], [416, 408], true, 'no', 416],
    ['408 of ours before a 500', [500], [408, 0], true, 'no', 408],
    ['a 486 before a 408 of ours', [486], [408], true, 'no', 486],
    ['a 500 before a 503 of ours', [500], [503], true, 'no', 500],
    ['408 of ours before a 503', [503], [408], true, 'no', 408],
    ['487 when the caller gave up', [], [408], true, 'cancelled', 487],
    ['487 when the caller gave up and nobody ever answered', [], [0], true, 'cancelled', 487],
    ['whatever a telephone said to that', [486], [408], true, 'cancelled', 486],
    ['408 at Timer C', [], [0], true, 'timeout', 408],
    ['the 487 that came of Timer C', [487], [0], true, 'timeout', 487],
    ['nothing: no 408 to a non-INVITE', [], [408], false, 'no', undefined],
    ["nothing: not anybody else's either", [408], [], false, 'no', undefined],
    ['500 to a non-INVITE that reached nobody', [], [503], false, 'no', 500],
    ['nothing to a non-INVITE of which one branch may still be answered', [], [503, 408], false, 'no', undefined],
    ['404 to a non-INVITE, in spite of a 408', [408, 404], [], false, 'no', 404],
  ];
  for (const [title, finals, own, isInvite, givenUp, verdict] of cases) {
    it(title, () => {
      const result = judge(
        finals.map((status) => response(status)),
        own,
        isInvite,
        givenUp,
      );
      expect(typeof result === 'object' ? result.status : result).to.equal(verdict);
    });
  }
});
