// What every LocationStore must do (core/ports.ts), as one mocha suite that each implementation runs.
import { strict as assert } from 'node:assert';
import type { Binding, LocationRecord, LocationStore } from '@altpath/core';
import type { StoreUnderTest } from './store-under-test.js';

/** A store that counts its time by the clock on the wall shall find these records alive. */
const NOW = Date.now();
const HOUR = 3_600_000;
const ALICE = 'sip:alice@example.com';
const BOB = 'sip:bob@example.com';

/** A binding that is live for an hour, with what the test wants to be different. */
export function sampleBinding(change: Partial<Binding> = {}): Binding {
  const contact = change.contact ?? 'sip:alice@192.0.2.7:5060';
  return {
    contact,
    contactKey: contact.toLowerCase(),
    callId: 'a84b4c76e66710@192.0.2.7',
    cseq: 1,
    expiresAt: NOW + HOUR,
    q: 1000,
    path: [],
    source: 'udp:192.0.2.7:5060',
    node: 'n1',
    updatedAt: NOW,
    parameters: '',
    ...change,
  };
}

/**
 * Declares the suite `NAME keeps the location contract`.
 *
 * @param makeStore  Gives a fresh, empty store for each test; it is opened, used and closed here.
 */
export function locationStoreContract(name: string, makeStore: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} keeps the location contract`, () => {
    let made: StoreUnderTest;
    let store: LocationStore;

    beforeEach(async () => {
      made = await makeStore();
      store = made.store.locations;
      await made.store.open();
    });

    afterEach(async () => {
      await made.store.close();
      await made.dispose?.();
    });

    const put = (aor: string, ...bindings: readonly Binding[]): Promise<void> | undefined => store.write({ aor, bindings });

    describe('reading', () => {
      it('knows nobody at first', () => {
        assert.deepEqual(store.lookup(ALICE, NOW), []);
        assert.equal(store.read(ALICE), undefined);
        assert.equal(store.byContact('sip:alice@192.0.2.7:5060', NOW), undefined);
        assert.equal(store.bySource('udp:192.0.2.7:5060', NOW), undefined);
        assert.deepEqual([...store.records()], []);
        assert.deepEqual(store.count(NOW), { aors: 0, bindings: 0 });
      });

      it('gives back every field of what was written, to the very next read', () => {
        const binding = sampleBinding({
          path: ['<sip:edge.example.com;lr>', '<sip:10.0.0.1;lr;ob>'],
          instance: '<urn:uuid:00000000-0000-1000-8000-aabbccddeeff>',
          regId: 2,
          parameters: 'audio;methods="INVITE,BYE"',
          q: 700,
          contact: 'sip:alice@[2001:db8::9]:5070;transport=tcp',
        });
        void put(ALICE, binding);
        assert.deepEqual(plain(store.read(ALICE)), plain({ aor: ALICE, bindings: [binding] }));
        assert.deepEqual(store.lookup(ALICE, NOW).map(plain), [plain(binding)]);
      });

      it('keeps texts as they are, whatever characters they hold', () => {
        const odd = sampleBinding({ contact: 'sip:\u00e9\u00ff%00"@h', parameters: '\u20ac;x="\\\\"' });
        void put('sip:\u00e9@example.com', odd);
        assert.deepEqual(plain(store.read('sip:\u00e9@example.com')?.bindings[0]), plain(odd));
      });

      it('gives the best q first, and of equals the newest', () => {
        const low = sampleBinding({ contact: 'sip:low@h', q: 100, updatedAt: NOW + 9 });
        const old = sampleBinding({ contact: 'sip:old@h', q: 500, updatedAt: NOW - 9 });
        const young = sampleBinding({ contact: 'sip:young@h', q: 500, updatedAt: NOW });
        void put(ALICE, low, old, young);
        assert.deepEqual(contacts(store.lookup(ALICE, NOW)), ['sip:young@h', 'sip:old@h', 'sip:low@h']);
      });

      it('leaves out what has expired at this very instant, and tombstones', () => {
        const live = sampleBinding({ contact: 'sip:live@h', expiresAt: NOW + 1 });
        const over = sampleBinding({ contact: 'sip:over@h', expiresAt: NOW });
        const dead = sampleBinding({ contact: 'sip:dead@h', removed: true });
        void put(ALICE, over, dead, live);
        assert.deepEqual(contacts(store.lookup(ALICE, NOW)), ['sip:live@h']);
        assert.equal(store.read(ALICE)?.bindings.length, 3);
        assert.deepEqual(store.count(NOW), { aors: 1, bindings: 1 });
        assert.deepEqual(store.count(NOW + 1), { aors: 0, bindings: 0 });
      });

      it('gives nothing away that a later write changes', () => {
        void put(ALICE, sampleBinding());
        const before = store.read(ALICE);
        const found = store.lookup(ALICE, NOW);
        void put(ALICE, sampleBinding({ cseq: 2 }), sampleBinding({ contact: 'sip:second@h' }));
        assert.equal(before?.bindings.length, 1);
        assert.equal(found[0]?.cseq, 1);
      });
    });

    describe('writing', () => {
      it('replaces the record: what is not in it any more is gone everywhere', () => {
        void put(
          ALICE,
          sampleBinding({ contact: 'sip:one@h', source: 'udp:h1:1' }),
          sampleBinding({ contact: 'sip:two@h', source: 'udp:h2:2' }),
        );
        void put(ALICE, sampleBinding({ contact: 'sip:two@h', source: 'udp:h2:3' }));
        assert.deepEqual(contacts(store.lookup(ALICE, NOW)), ['sip:two@h']);
        assert.equal(store.byContact('sip:one@h', NOW), undefined);
        assert.equal(store.bySource('udp:h1:1', NOW), undefined);
        assert.equal(store.bySource('udp:h2:2', NOW), undefined);
        assert.equal(store.bySource('udp:h2:3', NOW)?.binding.contact, 'sip:two@h');
      });

      it('forgets an address of record that is written without bindings', () => {
        void put(ALICE, sampleBinding());
        void put(ALICE);
        assert.equal(store.read(ALICE), undefined);
        assert.equal(store.byContact(sampleBinding().contactKey, NOW), undefined);
        assert.deepEqual([...store.records()], []);
      });

      it('keeps its own copy: what the writer does to its arrays later changes nothing', () => {
        const bindings = [sampleBinding()];
        void store.write({ aor: ALICE, bindings });
        bindings.push(sampleBinding({ contact: 'sip:later@h' }));
        assert.equal(store.read(ALICE)?.bindings.length, 1);
      });

      it('settles its promise, where it gives one, and flush', async () => {
        await put(ALICE, sampleBinding());
        await made.store.flush();
        assert.equal(store.lookup(ALICE, NOW).length, 1);
      });

      it('is as it was told to be also when everything has been written down', async () => {
        void put(ALICE, sampleBinding({ contact: 'sip:one@h' }), sampleBinding({ contact: 'sip:two@h' }));
        void put(BOB, sampleBinding({ contact: 'sip:bob@h' }));
        await made.store.flush();
        void put(ALICE, sampleBinding({ contact: 'sip:two@h', cseq: 2 }));
        void put(BOB);
        await made.store.flush();
        assert.deepEqual(contacts(store.lookup(ALICE, NOW)), ['sip:two@h']);
        assert.equal(store.read(BOB), undefined);
        assert.equal(made.store.state().waiting, 0);
      });

      it('lists every record once, tombstones included', () => {
        void put(ALICE, sampleBinding({ removed: true }));
        void put(BOB, sampleBinding({ contact: 'sip:bob@h' }));
        void put(BOB, sampleBinding({ contact: 'sip:bob@h', cseq: 2 }));
        assert.deepEqual([...store.records()].map(({ aor }) => aor).sort(), [ALICE, BOB]);
      });
    });

    describe('finding by contact and by source', () => {
      it('finds the address of record behind a contact and behind a source', () => {
        void put(ALICE, sampleBinding());
        void put(BOB, sampleBinding({ contact: 'sip:bob@h', source: 'tcp:[2001:db8::1]:5060' }));
        assert.equal(store.byContact('sip:bob@h', NOW)?.aor, BOB);
        assert.equal(store.bySource('tcp:[2001:db8::1]:5060', NOW)?.aor, BOB);
        assert.equal(store.bySource('udp:192.0.2.7:5060', NOW)?.binding.contact, 'sip:alice@192.0.2.7:5060');
      });

      it('finds only what is live', () => {
        const source = 'udp:192.0.2.9:5060';
        void put(ALICE, sampleBinding({ contact: 'sip:over@h', source, expiresAt: NOW }));
        void put(BOB, sampleBinding({ contact: 'sip:dead@h', source, removed: true }));
        assert.equal(store.bySource(source, NOW), undefined);
        assert.equal(store.byContact('sip:over@h', NOW), undefined);
        assert.equal(store.byContact('sip:dead@h', NOW), undefined);
      });

      it('finds another user of the same contact and source when the first one leaves', () => {
        const shared = sampleBinding({ contact: 'sip:gateway@h', source: 'udp:h:1' });
        void put(ALICE, shared);
        void put(BOB, shared);
        void put(ALICE);
        assert.equal(store.byContact('sip:gateway@h', NOW)?.aor, BOB);
        assert.equal(store.bySource('udp:h:1', NOW)?.aor, BOB);
        void put(BOB);
        assert.equal(store.bySource('udp:h:1', NOW), undefined);
      });

      it('keeps a source that one of two contacts from there gives up', () => {
        const one = sampleBinding({ contact: 'sip:one@h', source: 'udp:h:1' });
        const two = sampleBinding({ contact: 'sip:two@h', source: 'udp:h:1' });
        void put(ALICE, one, two);
        void put(ALICE, two);
        assert.equal(store.bySource('udp:h:1', NOW)?.binding.contact, 'sip:two@h');
      });
    });

    describe('sweeping', () => {
      it('forgets what has expired, and a tombstone one hour later', () => {
        void put(
          ALICE,
          sampleBinding({ contact: 'sip:over@h', source: 'udp:h:1' }),
          sampleBinding({ contact: 'sip:stays@h', expiresAt: NOW + 3 * HOUR }),
        );
        void put(BOB, sampleBinding({ contact: 'sip:dead@h', removed: true }));
        assert.equal(sweepAll(store, NOW + HOUR), 0, 'what expires at this instant goes with the next sweep');
        assert.equal(sweepAll(store, NOW + HOUR + 1), 1);
        assert.deepEqual(contacts(store.read(ALICE)?.bindings ?? []), ['sip:stays@h']);
        assert.equal(store.byContact('sip:over@h', NOW), undefined);
        assert.equal(store.bySource('udp:h:1', NOW), undefined);
        assert.ok(store.read(BOB));
        assert.equal(sweepAll(store, NOW + 2 * HOUR + 1), 1);
        assert.equal(store.read(BOB), undefined);
      });

      it('does a bounded piece of work a call, and all of it in the end', () => {
        const many = 5000;
        for (let at = 0; at < many; at += 1) void put(`sip:u${at}@h`, sampleBinding({ contact: `sip:u${at}@c`, source: `udp:c:${at}` }));
        const first = store.sweep(NOW + HOUR + 1);
        assert.ok(first < many, `${first} of ${many} went in one call`);
        assert.equal(first + sweepAll(store, NOW + HOUR + 1), many);
        assert.deepEqual([...store.records()], []);
      });

      it('sweeps on while records come and go between the calls', () => {
        for (let at = 0; at < 2000; at += 1) void put(`sip:u${at}@h`, sampleBinding({ contact: `sip:u${at}@c` }));
        store.sweep(NOW + HOUR + 1);
        for (let at = 0; at < 2000; at += 2)
          void put(`sip:u${at}@h`, sampleBinding({ contact: `sip:u${at}@c`, expiresAt: NOW + 9 * HOUR }));
        sweepAll(store, NOW + HOUR + 1);
        sweepAll(store, NOW + HOUR + 1);
        assert.deepEqual(store.count(NOW + HOUR + 1), { aors: 1000, bindings: 1000 });
      });
    });
  });
}

/** Calls until the store has been looked at from end to end. */
function sweepAll(store: LocationStore, now: number): number {
  let gone = 0;
  let idle = 0;
  while (idle < 100) {
    const swept = store.sweep(now);
    gone += swept;
    idle = swept === 0 ? idle + 1 : 0;
  }
  return gone;
}

function contacts(bindings: readonly Binding[]): string[] {
  return bindings.map(({ contact }) => contact);
}

/** Without keys whose value is undefined: whether they stand there makes no difference. */
function plain(value: LocationRecord | Binding | undefined): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
