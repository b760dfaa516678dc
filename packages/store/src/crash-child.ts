// The process that the tests of stores kill: it registers one user after the other and reports each that it has
// acknowledged, as a node would with a 200, until it is killed. Arguments: sync, and the folder of an LMDB store or host and
// port of a Redis.
import type { Binding, NodeStore } from '@altpath/core';
import { LmdbStore } from './lmdb-store.js';
import { RedisStore } from './redis-store.js';

/** Registrations that are known to be written before the counted ones begin. */
const SETTLED = 200;

const [sync = '', place = '', port] = process.argv.slice(2);
const store = makeStore(sync === 'always' ? 'always' : 'batched');
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

function makeStore(sync: 'always' | 'batched'): NodeStore {
  if (port === undefined) return new LmdbStore({ path: place, sync });
  return new RedisStore({
    place: { kind: 'server', host: place, port: Number(port), tls: false },
    domain: 'crash.example',
    node: 'child',
    sync,
    mergeBindings: (_current, incoming) => incoming,
    mergeDetails: (_known, other) => other,
  });
}

function report(what: string, count: number): void {
  process.send?.({ what, count });
}

function recordOf(at: number): { aor: string; bindings: Binding[] } {
  const contact = `sip:u${at}@192.0.2.1:5060`;
  const times = { expiresAt: Date.now() + 3_600_000, updatedAt: at };
  const binding = { contact, contactKey: contact, callId: `c${at}`, cseq: 1, ...times, q: 1000, path: [], node: 'n1', parameters: '' };
  return { aor: `sip:u${at}@example.com`, bindings: [binding] };
}
