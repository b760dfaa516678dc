// Two hundred lines in every stage of a call when their controller stops, returns, and its stand-in stops too: on H.248 gateways,
// and on gateways of both protocols.
import { expect } from 'chai';
import { bulkComplaints, type BulkPlan } from '../lines/bulk.js';
import { MEGACO_TIMERS, megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import type { Setting } from '../lines/survival.js';

/** For a bad network, as RFC 3525 has them. */
const PATIENT_TIMERS = { ...MEGACO_TIMERS, max1: 5, tMaxMs: 20_000, longTimerMs: 30_000 };

const UDP = megacoKind({ encoding: 'compact', transport: 'udp' });
const TCP = megacoKind({ encoding: 'binary', transport: 'tcp' });
const PATIENT = megacoKind({ encoding: 'compact', transport: 'udp' }, { transactions: PATIENT_TIMERS });

const SETTINGS: readonly Setting[] = [
  { what: UDP.what, kinds: [UDP] },
  { what: TCP.what, kinds: [TCP] },
  { what: 'gateways of both protocols', kinds: [UDP, mgcpKind('redirect'), TCP, mgcpKind('list')] },
];

describe('H.248 calls of two hundred lines survive their controllers', function () {
  this.timeout(60_000);

  for (const setting of SETTINGS) {
    for (const fault of ['killed', 'frozen', 'drained'] as const) {
      it(`${setting.what}; one node after the other is ${fault}`, () => {
        expectNone({ setting, fault, loss: 0, seed: 1 });
      });
    }
  }

  it(`${UDP.what}; one node after the other is killed, and of all datagrams 10 % are lost`, () => {
    expectNone({ setting: { what: UDP.what, kinds: [PATIENT] }, fault: 'killed', loss: 0.1, seed: 1, timers: { megaco: PATIENT_TIMERS } });
  });
});

function expectNone(plan: BulkPlan): void {
  expect(bulkComplaints(plan).slice(0, 12).join('\n')).to.equal('');
}
