import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignalingError, SILENT } from '@altpath/core';
import { needs, RedisServer, sampleCall, sampleDetail } from '@altpath/testkit';
import { openNodeStore, type NodeStoreParts } from './node-store.js';

describe('what a node keeps', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'altpath-node-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const parts = (change: Partial<NodeStoreParts>): NodeStoreParts => ({
    domain: 'example.org',
    node: 'a',
    store: { kind: 'memory' },
    cdr: { kind: 'store' },
    observer: SILENT,
    ...change,
  });

  it('has records of finished calls in the store, copies of one call made one by the rule of call control', async () => {
    const store = await openNodeStore(parts({ store: undefined }));
    store.details.add(sampleDetail({ nodes: ['a'], estimated: ['endedAt'] }));
    store.details.add(sampleDetail({ nodes: ['a', 'b'], estimated: [] }));
    expect(store.details.latest(9)).to.have.length(1);
    expect(store.details.read('0a1b2c3d4e5f6')).to.deep.include({ nodes: ['a', 'b'], estimated: [] });
    await store.close();
  });

  it('has them in a file where the file says so, the latest to be looked at, and everything else in the store', async () => {
    const path = join(folder, 'calls.jsonl');
    const data = { kind: 'lmdb', path: join(folder, 'data'), sync: 'batched', batchMs: 20 } as const;
    const store = await openNodeStore(parts({ store: data, cdr: { kind: 'file', path } }));
    store.calls.write(sampleCall());
    store.details.add(sampleDetail());
    await store.flush();
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.deep.equal(sampleDetail({ endedAt: store.details.latest(1)[0]?.endedAt ?? 0 }));
    expect(store.details.read('0a1b2c3d4e5f6')).not.to.equal(undefined);
    expect(store.state()).to.deep.include({ kind: 'lmdb', state: 'up', waiting: 0 });
    await store.close();
    const again = await openNodeStore(parts({ store: data }));
    expect([again.calls.read('0a1b2c3d4e5f6')?.node, again.details.latest(9).length]).to.deep.equal(['n1', 0]);
    await again.close();
  });

  it('is not opened with a file that cannot be written', async () => {
    const opened = openNodeStore(parts({ cdr: { kind: 'file', path: join(folder, 'none', 'calls') } }));
    const error: unknown = await opened.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SignalingError).with.property('code', 'cdr.file');
  });

  it('is shared by nodes of one Redis and one domain, and by them alone', async function () {
    this.timeout(10_000);
    needs(this, 'redis-server', 'redis-cli');
    const server = await RedisServer.start('127.0.21.31');
    const place = { kind: 'server', host: server.host, port: server.port, tls: false } as const;
    const redis = { kind: 'redis', place, password: undefined, timeoutMs: 200, sync: 'batched', batchMs: 5 } as const;
    const a = await openNodeStore(parts({ store: redis }));
    a.calls.write(sampleCall());
    await a.flush();
    const b = await openNodeStore(parts({ store: redis, node: 'b' }));
    const stranger = await openNodeStore(parts({ store: redis, domain: 'example.net' }));
    expect([b, stranger].map(({ calls }) => calls.read('0a1b2c3d4e5f6')?.node)).to.deep.equal(['n1', undefined]);
    for (const each of [a, b, stranger]) await each.close();
    await server.stop();
  });
});
