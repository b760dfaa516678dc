// The store behind Sentinel and on a Redis Cluster: the same contracts, and what is not lost when a master dies.
import { expect } from 'chai';
import {
  callDetailStoreContract,
  callStoreContract,
  laterOfTwo,
  locationStoreContract,
  needs,
  RedisCluster,
  sampleCall,
  SentinelTrio,
} from '@altpath/testkit';
import { users } from './crash.fixture.js';
import type { RedisPlace } from './redis-link.js';
import { newDomain, storeOn, until, userRecord, type Watched, Writers } from './redis-scene.fixture.js';

/** An address where no Sentinel and no server is: a list may have such. */
const NOBODY = { host: '127.0.21.29', port: 1 };

function contracts(name: string, place: () => RedisPlace): void {
  locationStoreContract(name, () => storeOn(place(), newDomain()));
  callStoreContract(name, () => storeOn(place(), newDomain()));
  callDetailStoreContract(name, () => storeOn(place(), newDomain(), { mergeDetails: laterOfTwo, maxDetails: 10 }));
}

describe('the Redis store with services', function () {
  this.timeout(25_000);

  /** Two nodes write while a master dies; then both, and one that starts afterwards, know all that was acknowledged. */
  async function survives(place: RedisPlace, accident: (nodes: readonly Watched[]) => Promise<void>): Promise<void> {
    const domain = newDomain();
    const nodes = ['a', 'b'].map((node) => storeOn(place, domain, { node, sync: 'always' }));
    await Promise.all(nodes.map(({ store }) => store.open()));
    const work = new Writers(nodes);
    await until(() => work.acknowledged.length >= 100);
    await accident(nodes);
    nodes[0]?.store.calls.write(sampleCall());
    await work.stop();
    const count = work.acknowledged.length;
    await until(() =>
      nodes.every(({ store }) => users(store).length === count && store.state().waiting === 0 && store.state().state === 'up'),
    );
    const third = storeOn(place, domain, { node: 'c' });
    await third.store.open();
    await until(() => users(third.store).length === count);
    expect(users(third.store)).to.deep.equal(work.acknowledged);
    expect(third.store.calls.read('0a1b2c3d4e5f6')).not.to.equal(undefined);
    await Promise.all([...nodes, third].map(({ store }) => store.close()));
  }

  const away = (nodes: readonly Watched[]): Promise<void> => until(() => nodes.some(({ store }) => store.state().state === 'away'));
  const back = (nodes: readonly Watched[]): Promise<void> => until(() => nodes.every(({ store }) => store.state().state === 'up'));

  describe('behind Sentinel', () => {
    let trio: SentinelTrio;
    let place: RedisPlace;

    before(async function () {
      needs(this, 'redis-server', 'redis-cli');
      trio = await SentinelTrio.start(['127.0.21.21', '127.0.21.22', '127.0.21.23']);
      place = { kind: 'sentinel', name: trio.name, addresses: [NOBODY, trio.sentinel] };
    });
    after(() => trio.stop());

    contracts('it', () => place);

    it('goes on with the replica when the master hangs, and loses nothing that was acknowledged', async () => {
      await survives(place, async (nodes) => {
        trio.master.freeze();
        await away(nodes);
        await back(nodes);
        expect(await trio.replica.cli('role')).to.match(/^master/);
      });
      trio.master.thaw();
    });

    it('says that there is no master while no Sentinel can be asked', async () => {
      const { store, logs } = storeOn({ kind: 'sentinel', name: 'altpath', addresses: [NOBODY] }, newDomain());
      await store.open();
      const state = store.state();
      await store.close();
      expect(state).to.deep.include({ state: 'away', reason: 'no-master' });
      expect(logs).to.have.length(1);
    });
  });

  describe('on a Cluster', () => {
    let cluster: RedisCluster;
    let place: RedisPlace;

    before(async function () {
      needs(this, 'redis-server', 'redis-cli');
      cluster = await RedisCluster.start(['127.0.21.25', '127.0.21.26', '127.0.21.27']);
      place = { kind: 'cluster', addresses: [NOBODY, ...cluster.servers] };
    });
    after(() => cluster.stop());

    contracts('it', () => place);

    it('spreads what it keeps over the masters', async () => {
      const { store } = storeOn(place, newDomain());
      await store.open();
      for (let at = 0; at < 100; at += 1) void store.locations.write(userRecord(at));
      await store.flush();
      for (const server of cluster.servers) expect(Number(await server.cli('dbsize'))).to.be.above(10);
      await store.close();
    });

    it('goes on when a master is killed, and has everything again when that is back without its data', async () => {
      const [, second] = cluster.servers;
      await survives(place, async (nodes) => {
        await second?.kill();
        await away(nodes);
        await second?.restart();
        await back(nodes);
      });
    });

    it('says so when none of its servers is there', async () => {
      const { store, logs } = storeOn({ kind: 'cluster', addresses: [NOBODY] }, newDomain());
      await store.open();
      const state = store.state();
      await store.close();
      expect(state).to.deep.include({ state: 'away', reason: 'closed' });
      expect(logs).to.have.length(1);
    });
  });
});
