// Calls between H.248 lines: word for word on a good network, and by the hundred on one that loses, doubles and reorders
// datagrams, where everybody perceives what he would without that.
import { expect } from 'chai';
import { crowdComplaints } from '../lines/bulk.js';
import { expectCallsAsWritten } from '../lines/golden.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { LONG_STORIES, SHORT_STORIES, type Story } from '../lines/stories.js';

/** As RFC 3525 has them: a lossy network needs all of its repetitions. */
const TIMERS = { rtoMs: 200, max1: 5, tMaxMs: 20_000, longTimerMs: 30_000 };
const KIND = megacoKind({ encoding: 'compact', transport: 'udp' }, { transactions: TIMERS });
const SETTING = { what: KIND.what, kinds: [KIND] };

describe('H.248 calls, word for word', function () {
  this.timeout(30_000);
  expectCallsAsWritten('megaco', { kinds: [KIND], timers: { megaco: TIMERS } });
});

describe('H.248 calls by the hundred', function () {
  this.timeout(60_000);

  for (const lossShare of [0, 0.1, 0.15]) {
    it(`with ${lossShare * 100} % of the datagrams lost, and as many doubled and reordered`, () => {
      expectNone(lossShare, SHORT_STORIES, 60);
    });
  }

  it('that take long, with 10 % of the datagrams lost', () => {
    expectNone(0.1, LONG_STORIES, 40);
  });
});

function expectNone(loss: number, stories: readonly Story[], casts: number): void {
  const complaints = crowdComplaints({ setting: SETTING, loss, stories, casts, timers: { megaco: TIMERS } });
  expect(complaints.slice(0, 12).join('\n')).to.equal('');
}
