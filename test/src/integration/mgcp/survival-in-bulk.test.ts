// Two hundred lines in every stage of a call when their controller stops, returns, and its stand-in stops too.
import { expect } from 'chai';
import { bulkComplaints, type BulkPlan } from '../lines/bulk.js';
import { MGCP_KINDS, MGCP_TIMERS, mgcpKind, type MgcpAbility } from '../lines/mgcp-kinds.js';

/** For a bad network, as RFC 3435 has them but for Max1. */
const PATIENT_TIMERS = { ...MGCP_TIMERS, tMaxMs: 20_000, tHistMs: 30_000 };
/** Runs in which calls were lost once: to a node that came back amid an audit, to answers that went ahead of their commands. */
const UNLUCKY: readonly Pick<BulkPlan, 'fault' | 'seed'>[] = [
  { fault: 'killed', seed: 1 },
  { fault: 'gone', seed: 3 },
];

describe('MGCP calls of two hundred lines survive their controllers', function () {
  this.timeout(60_000);

  for (const kind of MGCP_KINDS) {
    for (const fault of ['killed', 'frozen'] as const) {
      it(`${kind.what}; one node after the other is ${fault}`, () => {
        expectNone({ setting: { what: kind.what, kinds: [kind] }, fault, loss: 0, seed: 1 });
      });
    }
  }

  for (const ability of ['redirect', 'list', 'name', 'none'] satisfies MgcpAbility[]) {
    const kind = mgcpKind(ability, { transactions: PATIENT_TIMERS });
    for (const { fault, seed } of UNLUCKY) {
      it(`${kind.what}; one node after the other is ${fault}, and of all datagrams 10 % are lost (${seed})`, () => {
        expectNone({ setting: { what: kind.what, kinds: [kind] }, fault, loss: 0.1, seed, timers: { mgcp: PATIENT_TIMERS } });
      });
    }
  }
});

function expectNone(plan: BulkPlan): void {
  expect(bulkComplaints(plan).slice(0, 12).join('\n')).to.equal('');
}
