import { expect } from 'chai';
import type { Binding } from '@altpath/core';
import {
  callDetailStoreContract,
  callStoreContract,
  laterOfTwo,
  locationStoreContract,
  needs,
  RedisServer,
  sampleBinding,
  sampleCall,
  sampleDetail,
} from '@altpath/testkit';
import { crash, users } from './crash.fixture.js';
import { openStore } from './open-store.js';
import { newDomain, placeOf, storeOn, until, type Watched } from './redis-scene.fixture.js';
import type { RedisOptions } from './redis-store.js';

const HOUR = 3_600_000;
const ALICE = 'sip:alice@example.com';

describe('the Redis store', function () {
  this.timeout(10_000);
  let server: RedisServer;

  before(async function () {
    needs(this, 'redis-server', 'redis-cli');
    server = await RedisServer.start('127.0.21.1');
  });

  after(() => server.stop());

  for (const sync of ['batched', 'always'] as const) {
    const name = `it (sync: ${sync})`;
    const makeStore = (options: Partial<RedisOptions> = {}) => storeOn(placeOf(server), newDomain(), { sync, ...options });
    locationStoreContract(name, makeStore);
    callStoreContract(name, makeStore);
    callDetailStoreContract(name, () => makeStore({ mergeDetails: laterOfTwo, maxDetails: 10 }));
  }

  describe('on two nodes', () => {
    const now = Date.now();
    let domain: string;
    let a: Watched;
    let b: Watched;
    const others: Watched[] = [];

    beforeEach(async () => {
      domain = newDomain();
      a = storeOn(placeOf(server), domain, { node: 'a' });
      b = storeOn(placeOf(server), domain, { node: 'b' });
      await Promise.all([a.store.open(), b.store.open()]);
    });

    afterEach(async () => {
      for (const { store } of [a, b, ...others.splice(0)]) await store.close();
    });

    /** A node that starts now. */
    async function third(): Promise<Watched> {
      const made = storeOn(placeOf(server), domain, { node: 'c' });
      others.push(made);
      await made.store.open();
      return made;
    }

    const binding = (change: Partial<Binding> = {}): Binding => sampleBinding({ updatedAt: now, expiresAt: now + HOUR, ...change });
    const contacts = ({ store }: Watched): string[] => store.locations.lookup(ALICE, now).map(({ contact }) => contact);
    const read = (key: string): Promise<string> => server.cli('get', `altpath:${domain}:${key}`);

    it('shows to each what the other has written, and to who comes later', async () => {
      const [location, call, detail] = [{ aor: ALICE, bindings: [binding()] }, sampleCall(), sampleDetail()];
      void a.store.locations.write(location);
      b.store.calls.write(call);
      a.store.details.add(detail);
      await until(() => b.store.locations.read(ALICE) !== undefined && b.store.details.read(detail.callId) !== undefined);
      await until(() => a.store.calls.read(call.callId) !== undefined);
      const c = await third();
      for (const { store } of [a, b, c]) {
        expect(JSON.parse(JSON.stringify(store.locations.read(ALICE)))).to.deep.equal(JSON.parse(JSON.stringify(location)));
        expect(store.calls.read(call.callId)).to.deep.equal(call);
        expect(JSON.parse(JSON.stringify(store.details.read(detail.callId)))).to.deep.equal(JSON.parse(JSON.stringify(detail)));
        expect(store.state()).to.deep.include({ kind: 'redis', state: 'up', waiting: 0 });
      }
    });

    it('joins the contacts that both have accepted at the same time', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding({ contact: 'sip:one@h', q: 900 })] });
      void b.store.locations.write({ aor: ALICE, bindings: [binding({ contact: 'sip:two@h', q: 800 })] });
      await until(() => contacts(a).length === 2 && contacts(b).length === 2);
      const c = await third();
      expect([contacts(a), contacts(b), contacts(c)]).to.deep.equal(Array.from({ length: 3 }, () => ['sip:one@h', 'sip:two@h']));
    });

    it('never replaces a newer account by an older one, whoever comes first', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding({ cseq: 5, q: 500 })] });
      a.store.calls.write(sampleCall({ updatedAt: now, content: 'new' }));
      await a.store.flush();
      void b.store.locations.write({ aor: ALICE, bindings: [binding({ cseq: 4, q: 100, updatedAt: now + 9 })] });
      b.store.calls.write(sampleCall({ updatedAt: now - 1, node: 'b', content: 'old' }));
      await b.store.flush();
      expect(b.store.locations.lookup(ALICE, now)[0]?.q, 'who writes learns what it has missed').to.equal(500);
      expect(b.store.calls.read('0a1b2c3d4e5f6')?.content).to.equal('new');
      expect(await read('call:0a1b2c3d4e5f6')).to.contain('"new"');
      expect(await read(`loc:${ALICE}`)).to.contain('"cseq":5');
    });

    it('writes each account of a call at once, without an answer to the one before', async () => {
      const heard: unknown[] = [];
      const { take } = { take: b.store.heard.bind(b.store) };
      b.store.heard = (event) => {
        heard.push(/"content":"(\w*)"/.exec(event)?.[1]);
        take(event);
      };
      for (const [at, content] of ['offering', 'alerting', 'talking'].entries())
        a.store.calls.write(sampleCall({ updatedAt: now + at, content }));
      await until(() => b.store.calls.read('0a1b2c3d4e5f6')?.content === 'talking');
      expect(heard).to.deep.equal(['offering', 'alerting', 'talking']);
      b.store.calls.write(sampleCall({ updatedAt: now + 5, node: 'b', content: 'held' }));
      a.store.calls.write(sampleCall({ updatedAt: now + 6, content: 'released' }));
      a.store.calls.write(sampleCall({ updatedAt: now + 7, content: '' }));
      await until(() => a.store.state().waiting === 0 && b.store.state().waiting === 0);
      expect(await read('call:0a1b2c3d4e5f6')).to.contain('"content":""');
      expect([a, b].map(({ counts }) => counts)).to.deep.equal([[], []]);
    });

    it('lets a removed contact go everywhere, by its tombstone', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding()] });
      await until(() => contacts(b).length === 1);
      void b.store.locations.write({ aor: ALICE, bindings: [binding({ cseq: 2, removed: true })] });
      await until(() => contacts(a).length === 0);
      expect(a.store.locations.read(ALICE)?.bindings).to.have.length(1);
    });

    it('lets go everywhere what a record leaves out, but not what came later', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding({ contact: 'sip:one@h' }), binding({ contact: 'sip:two@h' })] });
      await until(() => contacts(b).length === 2);
      void a.store.locations.write({ aor: ALICE, bindings: [binding({ contact: 'sip:two@h', cseq: 2 })] });
      await until(() => contacts(b).length === 1);
      void b.store.locations.write({ aor: ALICE, bindings: [binding({ contact: 'sip:two@h', cseq: 3 })] });
      void a.store.locations.write({ aor: ALICE, bindings: [] });
      await until(() => a.store.locations.lookup(ALICE, now)[0]?.cseq === 3);
      await b.store.flush();
      expect(b.store.locations.lookup(ALICE, now)[0]?.cseq).to.equal(3);
      void b.store.locations.write({ aor: ALICE, bindings: [] });
      await until(() => a.store.locations.read(ALICE) === undefined);
      expect(await read(`loc:${ALICE}`)).to.equal('');
    });

    it('ends a call everywhere, and nobody brings it back', async () => {
      a.store.calls.write(sampleCall({ updatedAt: now }));
      await until(() => b.store.calls.read('0a1b2c3d4e5f6') !== undefined);
      b.store.calls.write(sampleCall({ updatedAt: now + 1, node: 'b', content: '' }));
      await until(() => a.store.calls.read('0a1b2c3d4e5f6') === undefined);
      a.store.calls.write(sampleCall({ updatedAt: now, content: 'late' }));
      expect([...(await third()).store.calls.records()]).to.deep.equal([]);
    });

    it('agrees about a call that two nodes have written in the same millisecond', async () => {
      a.store.calls.write(sampleCall({ updatedAt: now, node: 'a', content: 'of a' }));
      b.store.calls.write(sampleCall({ updatedAt: now, node: 'b', content: 'of b' }));
      await Promise.all([a.store.flush(), b.store.flush()]);
      await until(() => a.store.calls.read('0a1b2c3d4e5f6')?.node === 'b');
      expect(b.store.calls.read('0a1b2c3d4e5f6')?.node).to.equal('b');
    });

    it('has one record of a finished call, of the copies of both', async () => {
      const whole = sampleDetail({ nodes: ['a'], endedAt: now, estimated: [] });
      a.store.details.add({ ...whole, endedAt: now + 500, estimated: ['endedAt'], endedBy: 'network' });
      b.store.details.add({ ...whole, setUpAt: now, estimated: ['setUpAt'], nodes: ['a', 'b'] });
      const merged = { ...whole, nodes: ['a', 'b'] };
      const isMerged = ({ store }: Watched): boolean => JSON.stringify(store.details.read(whole.callId)) === JSON.stringify(merged);
      await until(() => isMerged(a) && isMerged(b));
      expect(JSON.parse(await read(`cdr:${whole.callId}`))).to.deep.equal(merged);
    });

    it('lets Redis forget by itself', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding(), binding({ contact: 'sip:gone@h', removed: true })] });
      a.store.calls.write(sampleCall({ callId: 'over', updatedAt: now, content: '' }));
      a.store.details.add(sampleDetail());
      await a.store.flush();
      const life = async (key: string): Promise<number> => Number(await server.cli('pttl', `altpath:${domain}:${key}`));
      expect(await life(`loc:${ALICE}`)).to.be.within(1.9 * HOUR, 2 * HOUR);
      expect(await life('call:over')).to.be.within(0.9 * HOUR, HOUR);
      expect(await life('cdr:0a1b2c3d4e5f6')).to.be.within(29 * 24 * HOUR, 30 * 24 * HOUR);
    });

    it('writes nothing that is over already', async () => {
      void a.store.locations.write({ aor: ALICE, bindings: [binding({ expiresAt: now - 1 })] });
      a.store.calls.write(sampleCall({ updatedAt: now - 2 * HOUR, content: '' }));
      await a.store.flush();
      for (const word of ['loc', 'call']) expect(await server.cli('keys', `altpath:${domain}:${word}:*`)).to.equal('');
    });

    it('takes everything into account but what is none of ours', async () => {
      const stray = async (key: string, value: string): Promise<unknown> => server.cli('set', `altpath:${domain}:${key}`, value);
      await stray('loc:sip:torn@h', '{"aor":"sip:torn@h","bin');
      await stray('call:other', '{"version":9}');
      await stray('weather', 'fine');
      await server.cli('lpush', `altpath:${domain}:loc:${ALICE}`, 'taken');
      await server.cli('publish', `altpath:${domain}:changes`, 'x loc {"aor":1}');
      await server.cli('publish', `altpath:${domain}:changes`, '');
      const c = await third();
      expect(c.store.locations.count(now).aors).to.equal(0);
      void c.store.locations.write({ aor: ALICE, bindings: [binding()] });
      void c.store.locations.write({ aor: 'sip:bob@h', bindings: [binding()] });
      await c.store.flush();
      expect(c.store.state()).to.deep.include({ state: 'up', waiting: 0 });
      expect(c.counts).to.include.members([
        'store.record.unreadable loc',
        'store.record.unreadable call',
        'store.record.refused WRONGTYPE',
      ]);
      await until(() => a.store.locations.read('sip:bob@h') !== undefined);
      expect(a.counts).to.deep.equal(['store.record.unreadable loc']);
    });

    it('counts what is not answered in time, and keeps nobody waiting longer', async () => {
      const c = storeOn(placeOf(server), domain, { node: 'c', sync: 'always', timeoutMs: 20, batchMs: 1 });
      others.push(c);
      await c.store.open();
      expect(c.store.locations.write({ aor: ALICE, bindings: [binding()] })).to.be.instanceOf(Promise);
      await c.store.flush();
      server.freeze();
      try {
        await c.store.locations.write({ aor: ALICE, bindings: [binding({ cseq: 2 })] });
        await until(() => c.store.state().state === 'away');
        expect(c.store.locations.write({ aor: ALICE, bindings: [binding({ cseq: 3 })] }), 'nothing is waited for').to.equal(undefined);
      } finally {
        server.thaw();
      }
      expect(c.counts).to.include('store.write.late ');
      await until(() => b.store.locations.lookup(ALICE, now)[0]?.cseq === 3);
    });
  });

  it('has everything that a node had acknowledged when it was killed', async function () {
    this.timeout(30_000);
    const { acknowledged } = await crash('always', [server.host, String(server.port)], 500);
    const { store } = storeOn(placeOf(server), 'crash.example');
    await store.open();
    const there = users(store);
    await store.close();
    expect(there.length).to.be.at.least(acknowledged);
    expect(there).to.deep.equal(there.map((_, at) => at));
  });

  it('is opened by its name', async () => {
    const place = placeOf(server);
    const merge = { mergeBindings: () => undefined, mergeDetails: laterOfTwo };
    const store = await openStore('redis', { place, domain: newDomain(), node: 'n1', ...merge });
    expect(store.state().state).to.equal('up');
    await store.close();
  });
});
