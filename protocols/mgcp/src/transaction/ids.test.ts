import { expect } from 'chai';
import { slotOfTransaction, TransactionIds } from './ids.js';

const NOW = 1_700_000_000_000;

describe('transaction ids', () => {
  it('of 16 nodes fall into 16 parts of the space, and none is 0 or above 999,999,999', () => {
    const seen = new Set<number>();
    for (let slot = 0; slot < 16; slot += 1) {
      const ids = TransactionIds.ofNode(slot);
      for (let at = 0; at < 10 * 3_600_000; at += 100_001) {
        const id = ids.next(NOW + at);
        expect(id).to.be.within(1, 999_999_999);
        expect(slotOfTransaction(id), String(id)).to.equal(slot);
        seen.add(id);
      }
    }
    expect(seen.size).to.equal(16 * Math.ceil((10 * 3_600_000) / 100_001));
  });

  it('of the workers of a node differ', () => {
    const ranges = Array.from({ length: 64 }, (_, index) => {
      const ids = TransactionIds.ofNode(3, { index, count: 64 });
      const drawn = Array.from({ length: 40_000 }, (_unused, i) => ids.next(NOW + i * 100));
      return [Math.min(...drawn), Math.max(...drawn)] as const;
    });
    for (const [index, range] of ranges.entries()) {
      expect(slotOfTransaction(range[0])).to.equal(3);
      expect(slotOfTransaction(range[1])).to.equal(3);
      if (index > 0) expect(range[0]).to.be.greaterThan((ranges[index - 1] as readonly [number, number])[1]);
    }
  });

  it('are not drawn again within 3 minutes, though 1,000 a second are drawn and the process starts again each 20 s', () => {
    const drawnAt = new Map<number, number>();
    let ids = TransactionIds.ofNode(15);
    for (let at = 0; at < 600_000; at += 1) {
      if (at % 20_000 === 0) ids = TransactionIds.ofNode(15);
      const id = ids.next(NOW + at);
      const before = drawnAt.get(id) ?? -Infinity;
      if (at - before < 180_000) expect.fail(`${id} at ${before} and at ${at}`);
      drawnAt.set(id, at);
    }
  });

  it('of a burst of 1,000 at one instant do not come again from a process that starts 100 ms later', () => {
    const before = TransactionIds.ofNode(0);
    const burst = new Set(Array.from({ length: 1_000 }, () => before.next(NOW)));
    expect(burst.size).to.equal(1_000);
    const after = TransactionIds.ofNode(0);
    for (let i = 0; i < 1_000; i += 1) expect(burst.has(after.next(NOW + 100))).to.equal(false);
  });

  it('go on when the clock stands still or steps back', () => {
    const ids = TransactionIds.ofGateway();
    const first = ids.next(NOW);
    expect(ids.next(NOW)).to.equal(first + 1);
    expect(ids.next(NOW - 60_000)).to.equal(first + 2);
  });

  it('of a gateway stay in the space for years of clock', () => {
    const ids = TransactionIds.ofGateway();
    for (let year = 0; year < 60; year += 1) expect(ids.next(NOW + year * 31_557_600_123)).to.be.within(1, 999_999_999);
  });

  it('are not to be had of a 17th node or a worker too many', () => {
    expect(() => TransactionIds.ofNode(16)).to.throw(RangeError);
    expect(() => TransactionIds.ofNode(-1)).to.throw(RangeError);
    expect(() => TransactionIds.ofNode(0, { index: 2, count: 2 })).to.throw(RangeError);
    expect(() => TransactionIds.ofNode(0, { index: 0, count: 65 })).to.throw(RangeError);
  });
});
