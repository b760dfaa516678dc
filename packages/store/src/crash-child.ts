// The process that lmdb-store.test.ts kills: it registers one user after the other and reports each that it has
// acknowledged, as a node would with a 200, until it is killed. Arguments: folder, sync.
import type { Binding } from '@altpath/core';
import { LmdbStore } from './lmdb-store.js';

/** Registrations that are known to be on disk before the counted ones begin. */
const SETTLED = 200;

const [path = '', sync = ''] = process.argv.slice(2);
const store = new LmdbStore({ path, sync: sync === 'always' ? 'always' : 'batched' });
await store.open();
for (let at = 0; at < SETTLED; at += 1) void store.locations.write(recordOf(at));
await store.flush();
report('settled', SETTLED);
for (let at = SETTLED; ; at += 1) {
  await store.locations.write(recordOf(at));
  report('acknowledged', at + 1);
  // The event loop turns between two requests.
  await new Promise((resolve) => setImmediate(resolve));
}

function report(what: string, count: number): void {
  process.send?.({ what, count });
}

function recordOf(at: number): { aor: string; bindings: Binding[] } {
  const contact = `sip:u${at}@192.0.2.1:5060`;
  const times = { expiresAt: Number.MAX_SAFE_INTEGER, updatedAt: at };
  const binding = { contact, contactKey: contact, callId: `c${at}`, cseq: 1, ...times, q: 1000, path: [], node: 'n1', parameters: '' };
  return { aor: `sip:u${at}@example.com`, bindings: [binding] };
}
