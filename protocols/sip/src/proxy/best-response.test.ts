import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { decoded } from '../registrar/testing.js';
import { bestResponse, joinedChallenges, rankOf } from './best-response.js';

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
