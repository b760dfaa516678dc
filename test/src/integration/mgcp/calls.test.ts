// Calls between lines: word for word on a good network, and by the hundred on one that loses, doubles and reorders
// datagrams, where everybody perceives what he would without that.
import { expect } from 'chai';
import { crowdComplaints } from '../lines/bulk.js';
import { expectCallsAsWritten } from '../lines/golden.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';

/** As RFC 3435 has them: a lossy network needs all of its repetitions. */
const TIMERS = { rtoMs: 200, max1: 5, max2: 7, tMaxMs: 20_000, tHistMs: 30_000 };
const KIND = mgcpKind('redirect', { transactions: TIMERS });
const SETTING = { what: KIND.what, kinds: [KIND] };

describe('MGCP calls, word for word', function () {
  this.timeout(30_000);
  expectCallsAsWritten('mgcp', { kinds: [KIND], timers: { mgcp: TIMERS } });
});

describe('MGCP calls by the hundred', function () {
  this.timeout(60_000);

  for (const lossShare of [0, 0.1, 0.2]) {
    it(`with ${lossShare * 100} % of the datagrams lost, and as many doubled and reordered`, () => {
      expectNone(lossShare, SHORT_STORIES, 60);
    });
  }

  it('that take long, with 10 % of the datagrams lost', () => {
    expectNone(0.1, LONG_STORIES, 40);
  });
});

function expectNone(loss: number, stories: readonly Story[], casts: number): void {
  const complaints = crowdComplaints({ setting: SETTING, loss, stories, casts, timers: { mgcp: TIMERS } });
  expect(complaints.slice(0, 12).join('\n')).to.equal('');
}
