// What every CallDetailStore must do (core/ports.ts), as one mocha suite that each implementation runs.
import { strict as assert } from 'node:assert';
import type { CallDetailRecord, CallDetailStore } from '@altpath/core';
import type { StoreUnderTest } from './store-under-test.js';

/** A call that has just ended after a minute, with what the test wants to be different. */
export function sampleDetail(change: Partial<CallDetailRecord> = {}): CallDetailRecord {
  const endedAt = change.endedAt ?? Date.now();
  return {
    callId: '0a1b2c3d4e5f6',
    from: '201',
    to: 'sip:bob@example.com',
    protocol: 'mgcp+sip',
    setUpAt: endedAt - 65_000,
    answeredAt: endedAt - 60_000,
    endedAt,
    estimated: [],
    endedBy: 'originating',
    cause: 'normal-clearing',
    q850: 16,
    nodes: ['n1'],
    ...change,
  };
}

/** A rule for two copies that is as good as any for these tests: the later end, and the nodes of both in their order. */
export function laterOfTwo(a: CallDetailRecord, b: CallDetailRecord): CallDetailRecord {
  const later = b.endedAt > a.endedAt || (b.endedAt === a.endedAt && b.cause > a.cause) ? b : a;
  return { ...later, nodes: [...new Set([...a.nodes, ...b.nodes])].sort() };
}

/**
 * Declares the suite `NAME keeps the call detail contract`.
 *
 * @param makeStore  Gives a fresh, empty store for each test that keeps ten records and merges with `laterOfTwo`; it is
 *                   opened, used and closed here.
 */
export function callDetailStoreContract(name: string, makeStore: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} keeps the call detail contract`, () => {
    let made: StoreUnderTest;
    let details: CallDetailStore;
    const now = Date.now();

    beforeEach(async () => {
      made = await makeStore();
      details = made.store.details;
      await made.store.open();
    });

    afterEach(async () => {
      await made.store.close();
      await made.dispose?.();
    });

    const latest = (limit: number): string[] => details.latest(limit).map(({ callId }) => callId);

    it('knows no call at first', () => {
      assert.equal(details.read('0a1b2c3d4e5f6'), undefined);
      assert.deepEqual(latest(10), []);
    });

    it('gives back every field of what was added', async () => {
      const detail = sampleDetail({ estimated: ['answeredAt', 'endedAt'], from: '\u20ac"', nodes: ['n2', 'n1'], endedBy: 'network' });
      details.add(detail);
      assert.deepEqual(details.read(detail.callId), detail);
      await made.store.flush();
      assert.deepEqual(details.read(detail.callId), detail);
      assert.equal(made.store.state().waiting, 0);
    });

    it('keeps a call that nobody answered', () => {
      details.add(sampleDetail({ answeredAt: undefined }));
      assert.equal(details.read('0a1b2c3d4e5f6')?.answeredAt, undefined);
    });

    it('lists the newest first, whenever they were added', () => {
      details.add(sampleDetail({ callId: 'b', endedAt: now - 200 }));
      details.add(sampleDetail({ callId: 'c', endedAt: now - 100 }));
      details.add(sampleDetail({ callId: 'a', endedAt: now - 300 }));
      assert.deepEqual(latest(10), ['c', 'b', 'a']);
      assert.deepEqual(latest(2), ['c', 'b']);
      assert.deepEqual(latest(0), []);
    });

    it('makes one record of the copies of one call, whichever comes first', async () => {
      const one = sampleDetail({ callId: 'x', endedAt: now - 50, nodes: ['n1'] });
      const other = sampleDetail({ callId: 'x', endedAt: now - 10, nodes: ['n2'], cause: 'normal-unspecified', q850: 31 });
      const between = sampleDetail({ callId: 'between', endedAt: now - 30 });
      details.add(one);
      details.add(between);
      await made.store.flush();
      details.add(other);
      details.add(one);
      assert.deepEqual(details.read('x'), { ...other, nodes: ['n1', 'n2'] });
      await made.store.flush();
      assert.deepEqual(details.read('x'), { ...other, nodes: ['n1', 'n2'] });
      assert.deepEqual(latest(10), ['x', 'between']);
    });

    it('keeps the newest ten, give or take what makes it cheap', async () => {
      for (let at = 0; at < 40; at += 1) details.add(sampleDetail({ callId: `c${at}`, endedAt: now + ((at * 7) % 40) }));
      await made.store.flush();
      const kept = details.latest(40);
      assert.ok(kept.length >= 10 && kept.length <= 11, `${kept.length} are kept`);
      assert.deepEqual(
        kept.slice(0, 10).map(({ endedAt }) => endedAt - now),
        [39, 38, 37, 36, 35, 34, 33, 32, 31, 30],
      );
    });
  });
}
