// The process that lmdb-store.test.ts starts under a limit on the size of files, which is a full disk to LMDB: it
// registers users until the disk refuses, goes on a little, closes and reports. Argument: folder.
import type { LocationRecord, Observer } from '@altpath/core';
import { LmdbStore } from './lmdb-store.js';

const counts: string[] = [];
const logs: string[] = [];
const observer: Observer = {
  count: (name) => void counts.push(name),
  tracing: false,
  trace: () => undefined,
  log: (level, text) => void logs.push(`${level} ${text}`),
};
const store = new LmdbStore({ path: process.argv[2] ?? '', sync: 'always', observer });
await store.open();
const refusals: string[] = [];
let acknowledged = 0;
for (let at = 0; refusals.length < 2; at += 1) {
  try {
    await store.locations.write(recordOf(at));
    acknowledged += 1;
  } catch (error) {
    refusals.push(error instanceof Error ? error.message : '');
  }
}
const inMemory = store.locations.count(0).bindings;
await store.close();
process.send?.({ acknowledged, inMemory, refusals, counts, logs });
process.disconnect?.();

function recordOf(at: number): LocationRecord {
  const contact = `sip:u${at}@192.0.2.1:5060`;
  const times = { expiresAt: Number.MAX_SAFE_INTEGER, updatedAt: at };
  const parameters = 'p'.repeat(20_000);
  return {
    aor: `sip:u${at}@h`,
    bindings: [{ contact, contactKey: contact, callId: '', cseq: 1, ...times, q: 1000, path: [], node: 'n1', parameters }],
  };
}
