// What every CallStore must do (core/ports.ts), as one mocha suite that each implementation runs.
import { strict as assert } from 'node:assert';
import type { CallRecord, CallStore } from '@altpath/core';
import type { StoreUnderTest } from './store-under-test.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A call that goes on, written just now, with what the test wants to be different. */
export function sampleCall(change: Partial<CallRecord> = {}): CallRecord {
  return { callId: '0a1b2c3d4e5f6', node: 'n1', updatedAt: Date.now(), content: '{"state":"talking"}', ...change };
}

/**
 * Declares the suite `NAME keeps the call contract`.
 *
 * @param makeStore  Gives a fresh, empty store for each test; it is opened, used and closed here.
 */
export function callStoreContract(name: string, makeStore: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} keeps the call contract`, () => {
    let made: StoreUnderTest;
    let calls: CallStore;
    const now = Date.now();

    beforeEach(async () => {
      made = await makeStore();
      calls = made.store.calls;
      await made.store.open();
    });

    afterEach(async () => {
      await made.store.close();
      await made.dispose?.();
    });

    const ids = (): string[] => [...calls.records()].map(({ callId }) => callId).sort();

    it('knows no call at first', () => {
      assert.equal(calls.read('0a1b2c3d4e5f6'), undefined);
      assert.deepEqual(ids(), []);
    });

    it('gives back what was written, to the very next read', () => {
      const call = sampleCall({ content: '{"dialled":"\u20ac\u00e9\\"1"}' });
      calls.write(call);
      assert.deepEqual(calls.read(call.callId), call);
      assert.deepEqual([...calls.records()], [call]);
    });

    it('is as it was told to be also when everything has been written down', async () => {
      calls.write(sampleCall({ callId: 'a', updatedAt: now }));
      await made.store.flush();
      calls.write(sampleCall({ callId: 'a', updatedAt: now + 1, content: 'second' }));
      calls.write(sampleCall({ callId: 'b', updatedAt: now, content: '' }));
      await made.store.flush();
      assert.equal(calls.read('a')?.content, 'second');
      assert.deepEqual(ids(), ['a']);
      assert.equal(made.store.state().waiting, 0);
    });

    it('replaces a record by a newer one, and by what the same millisecond brings later', async () => {
      calls.write(sampleCall({ updatedAt: now, content: 'first' }));
      calls.write(sampleCall({ updatedAt: now, content: 'second' }));
      assert.equal(calls.read('0a1b2c3d4e5f6')?.content, 'second');
      await made.store.flush();
      calls.write(sampleCall({ updatedAt: now, content: 'third' }));
      await made.store.flush();
      assert.equal(calls.read('0a1b2c3d4e5f6')?.content, 'third');
      calls.write(sampleCall({ updatedAt: now + 1, node: 'n2', content: 'fourth' }));
      assert.equal(calls.read('0a1b2c3d4e5f6')?.node, 'n2');
    });

    it('leaves out what is older than what it knows', () => {
      calls.write(sampleCall({ updatedAt: now, content: 'new' }));
      calls.write(sampleCall({ updatedAt: now - 1, content: 'old' }));
      assert.equal(calls.read('0a1b2c3d4e5f6')?.content, 'new');
    });

    it('does not show a call that is over, nor is it brought back by who comes late', () => {
      calls.write(sampleCall({ updatedAt: now }));
      calls.write(sampleCall({ updatedAt: now + 1, content: '' }));
      assert.equal(calls.read('0a1b2c3d4e5f6'), undefined);
      assert.deepEqual(ids(), []);
      calls.write(sampleCall({ updatedAt: now, content: 'late' }));
      assert.equal(calls.read('0a1b2c3d4e5f6'), undefined);
    });

    it('remembers for an hour that a call is over, and keeps the others', () => {
      calls.write(sampleCall({ callId: 'over', updatedAt: now, content: '' }));
      calls.write(sampleCall({ callId: 'goes-on', updatedAt: now }));
      sweepAll(calls, now + HOUR);
      calls.write(sampleCall({ callId: 'over', updatedAt: now - 1 }));
      assert.deepEqual(ids(), ['goes-on']);
      sweepAll(calls, now + HOUR + 1);
      calls.write(sampleCall({ callId: 'over', updatedAt: now - 1 }));
      assert.deepEqual(ids(), ['goes-on', 'over'], 'an hour later nothing is known of it');
    });

    it('forgets a call that nobody has written for a week', () => {
      calls.write(sampleCall({ updatedAt: now }));
      sweepAll(calls, now + 6 * DAY);
      assert.deepEqual(ids().length, 1);
      sweepAll(calls, now + 7 * DAY + 1);
      assert.deepEqual(ids(), []);
    });

    it('sweeps a bounded piece a call, and all of it in the end', () => {
      for (let at = 0; at < 5_000; at += 1) calls.write(sampleCall({ callId: `c${at}`, updatedAt: now }));
      calls.sweep(now + 8 * DAY);
      assert.ok(ids().length > 0, 'not all at once');
      sweepAll(calls, now + 8 * DAY);
      assert.deepEqual(ids(), []);
    });
  });
}

/** Often enough for whatever a test has written. */
function sweepAll(calls: CallStore, now: number): void {
  for (let round = 0; round < 50; round += 1) calls.sweep(now);
}
