import { expect } from 'chai';
import type { Binding } from '@altpath/core';
import { Random, runSeed, sampleBinding } from '@altpath/testkit';
import { mergeBindings } from './replication.js';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const stored = sampleBinding({ callId: 'one', cseq: 10, updatedAt: NOW });

describe('mergeBindings', () => {
  it('takes a contact that was unknown, and keeps the others', () => {
    const other = sampleBinding({ contact: 'sip:desk@192.0.2.8' });
    expect(mergeBindings([stored], [other], NOW)).to.deep.equal([stored, other]);
    expect(mergeBindings([], [other], NOW)).to.deep.equal([other]);
  });

  it('takes the higher CSeq within one Call-ID, whatever the clocks say', () => {
    const later = { ...stored, cseq: 11, updatedAt: NOW - 5_000 };
    expect(mergeBindings([stored], [later], NOW)).to.deep.equal([later]);
    expect(mergeBindings([later], [stored], NOW)).to.equal(undefined);
  });

  it('takes an equal CSeq of one Call-ID for the same request that two nodes have answered', () => {
    const twin = { ...stored, updatedAt: NOW + 5_000, node: 'n2', expiresAt: stored.expiresAt + 5_000 };
    expect(mergeBindings([stored], [twin], NOW)).to.equal(undefined);
  });

  it('takes the newer one across Call-IDs, whatever the CSeq says', () => {
    const restarted = { ...stored, callId: 'two', cseq: 1, updatedAt: NOW + 1 };
    expect(mergeBindings([stored], [restarted], NOW)).to.deep.equal([restarted]);
    expect(mergeBindings([restarted], [stored], NOW)).to.equal(undefined);
  });

  it('decides a tie across Call-IDs alike on both nodes', () => {
    const other = { ...stored, callId: 'two' };
    expect(mergeBindings([stored], [other], NOW)).to.deep.equal([other]);
    expect(mergeBindings([other], [stored], NOW)).to.equal(undefined);
  });

  it('lets a removal win, and a late account of the removed registration lose', () => {
    const removal = { ...stored, cseq: 11, removed: true };
    expect(mergeBindings([stored], [removal], NOW)).to.deep.equal([removal]);
    expect(mergeBindings([removal], [stored], NOW)).to.equal(undefined);
    expect(mergeBindings([removal], [{ ...stored, callId: 'two', updatedAt: NOW + 1 }], NOW)).to.have.length(1);
  });

  it('keeps a removal that comes before what it removes', () => {
    const removal = { ...stored, cseq: 11, removed: true };
    const after = mergeBindings([], [removal], NOW);
    expect(after).to.deep.equal([removal]);
    expect(mergeBindings(after ?? [], [stored], NOW)).to.equal(undefined);
  });

  it('does not begin to keep what is over already', () => {
    const over = sampleBinding({ expiresAt: NOW });
    expect(mergeBindings([], [over], NOW)).to.equal(undefined);
    expect(mergeBindings([], [{ ...over, removed: true }], NOW)).to.have.length(1);
    expect(mergeBindings([], [{ ...over, removed: true, expiresAt: NOW - HOUR }], NOW)).to.equal(undefined);
  });

  it('lets a shorter, newer registration shorten ours', () => {
    const shorter = { ...stored, cseq: 11, expiresAt: NOW - 1 };
    expect(mergeBindings([stored], [shorter], NOW)).to.deep.equal([shorter]);
  });

  it('drops the old contact of a flow that has moved, and does not take it back', () => {
    const flow = { instance: '<urn:uuid:1>', regId: 1 };
    const before = { ...stored, ...flow };
    const moved = sampleBinding({ ...flow, contact: 'sip:alice@198.51.100.4', callId: 'one', cseq: 11 });
    expect(mergeBindings([before], [moved], NOW)).to.deep.equal([moved]);
    expect(mergeBindings([moved], [before], NOW)).to.equal(undefined);
    const second = { ...moved, regId: 2 };
    expect(mergeBindings([before], [second], NOW)).to.deep.equal([before, second]);
  });

  it('has nothing new when it hears its own table', () => {
    const table = [stored, sampleBinding({ contact: 'sip:b@h', removed: true }), sampleBinding({ contact: 'sip:c@h' })];
    expect(
      mergeBindings(
        table,
        table.map((binding) => ({ ...binding })),
        NOW,
      ),
    ).to.equal(undefined);
  });

  it('comes to one end in whichever order the accounts arrive', () => {
    const seed = runSeed();
    const random = new Random(seed);
    for (let round = 0; round < 300; round += 1) {
      // One phone with two contacts: CSeq grows with time within a Call-ID, and a Call-ID is used by one life only.
      const accounts = Array.from({ length: 8 }, (_, step): Binding => {
        const life = Math.floor(step / 3);
        const contact = random.pick(['sip:one@h', 'sip:two@h']);
        return sampleBinding({ contact, callId: `life-${life}`, cseq: step, updatedAt: NOW + step, removed: random.chance(0.3) });
      });
      const ends = [accounts, random.shuffle(accounts), random.shuffle(accounts)].map((order) => {
        let table: readonly Binding[] = [];
        for (const account of order) table = mergeBindings(table, [account], NOW) ?? table;
        return [...table].sort((a, b) => (a.contact < b.contact ? -1 : 1));
      });
      expect(ends[1], `ALTPATH_SEED=${seed}`).to.deep.equal(ends[0]);
      expect(ends[2], `ALTPATH_SEED=${seed}`).to.deep.equal(ends[0]);
    }
  });
});
