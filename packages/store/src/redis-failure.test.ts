// What happens to nodes when their Redis dies, hangs, refuses, or is not there: they go on, say so, and lose nothing.
import { expect } from 'chai';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { StoreState } from '@altpath/core';
import { needs, RedisServer, sampleCall, sampleDetail } from '@altpath/testkit';
import { users } from './crash.fixture.js';
import type { RedisOptions } from './redis-store.js';
import { newDomain, placeOf, storeOn, until, userRecord, type Watched, Writers } from './redis-scene.fixture.js';

describe('when Redis', function () {
  this.timeout(15_000);
  let server: RedisServer;
  let domain: string;
  let a: Watched;
  let b: Watched;

  before(async function () {
    needs(this, 'redis-server', 'redis-cli');
    server = await RedisServer.start('127.0.21.11');
  });

  beforeEach(async () => {
    domain = newDomain();
    a = nodeOf('a');
    b = nodeOf('b');
    await Promise.all([a.store.open(), b.store.open()]);
  });

  afterEach(async () => {
    server.thaw();
    await Promise.all([a.store.close(), b.store.close()]);
  });

  after(() => server.stop());

  function nodeOf(node: string, options: Partial<RedisOptions> = {}): Watched {
    return storeOn(placeOf(server), domain, { node, sync: 'always', timeoutMs: 400, ...options });
  }

  const isAway = ({ store }: Watched): boolean => store.state().state === 'away';
  const isUp = ({ store }: Watched): boolean => store.state().state === 'up';
  const keys = async (word: string): Promise<number> => {
    const found = await server.cli('keys', `altpath:${domain}:${word}:*`);
    return found === '' ? 0 : found.split('\n').length;
  };

  /** Both know the same users, and so does Redis. */
  const agree = async (count: number): Promise<boolean> =>
    users(a.store).length === count && users(b.store).length === count && (await keys('loc')) === count;

  /** What is said of it: once when it goes, once when it is back. */
  function expectSaid({ logs, counts }: Watched, reason: string): void {
    expect(logs).to.have.length(2);
    expect(logs[0]).to.match(/^warn the shared store is away, and this node goes on without it: /);
    expect(logs[1]).to.equal('info the shared store is back');
    expect(counts.filter((each) => each.startsWith('store.away'))).to.deep.equal([`store.away ${reason}`]);
  }

  async function broken(breakIt: () => Promise<unknown>, mend: () => Promise<unknown>, reason: string): Promise<StoreState> {
    await a.store.locations.write(userRecord(0));
    await breakIt();
    await until(() => a.store.state().reason === reason && isAway(b));
    const state = a.store.state();
    for (let at = 1; at <= 50; at += 1) expect(a.store.locations.write(userRecord(at)), 'nothing is waited for').to.equal(undefined);
    for (let at = 51; at <= 99; at += 1) void b.store.locations.write(userRecord(at));
    a.store.calls.write(sampleCall({ callId: 'meanwhile' }));
    b.store.details.add(sampleDetail());
    expect(a.store.locations.lookup('sip:u50@h', Date.now())).to.have.length(1);
    expect(a.store.state().waiting).to.be.at.least(51);
    await mend();
    await until(() => isUp(a) && isUp(b));
    await until(() => agree(100));
    await until(() => b.store.calls.read('meanwhile') !== undefined && a.store.details.read('0a1b2c3d4e5f6') !== undefined);
    return state;
  }

  it('is killed and comes back without its data, it has everything again that any node knows', async () => {
    const before = Date.now();
    const { kind, since } = await broken(
      () => server.kill(),
      () => server.restart(),
      'ECONNREFUSED',
    );
    expect(kind).to.equal('redis');
    expect(since).to.be.within(before, Date.now());
  });

  it('hangs, nobody waits for it, and all is there when it goes on', async () => {
    await broken(
      async () => server.freeze(),
      async () => server.thaw(),
      'timeout',
    );
    expectSaid(a, 'timeout');
    expectSaid(b, 'timeout');
  });

  it('has no memory left, nodes go on without it, and write when it has', async () => {
    await broken(
      () => server.cli('config', 'set', 'maxmemory', '1'),
      async () => {
        // A beat has been refused, and what is written next is refused as well.
        await until(() => a.counts.includes('store.write.failed OOM'));
        await server.cli('config', 'set', 'maxmemory', '0');
      },
      'OOM',
    );
    expectSaid(a, 'OOM');
  });

  it('may not be written, because it follows another one, nodes go on without it', async () => {
    await broken(
      () => server.cli('replicaof', '127.0.21.11', '1'),
      () => server.cli('replicaof', 'no', 'one'),
      'READONLY',
    );
    expectSaid(a, 'READONLY');
  });

  it('wants another password, nodes go on without it until it has its own again', async () => {
    await broken(
      async () => {
        await server.cli('config', 'set', 'requirepass', 'secret');
        // Whoever is connected stays so; the others are asked who they are.
        await server.cli('--no-auth-warning', '-a', 'secret', 'client', 'kill', 'type', 'normal', 'skipme', 'yes');
      },
      () => server.cli('--no-auth-warning', '-a', 'secret', 'config', 'set', 'requirepass', ''),
      'NOAUTH',
    );
  });

  it('lets the connection for events go alone, what was said meanwhile is heard afterwards', async () => {
    await server.cli('client', 'kill', 'type', 'pubsub');
    await a.store.locations.write(userRecord(1));
    b.store.calls.write(sampleCall());
    await until(() => agree(1));
    await until(() => a.store.calls.read('0a1b2c3d4e5f6') !== undefined);
  });

  it('does not carry events any more, and nobody says so, that is noticed and the way is opened anew', async () => {
    const proxy = await Proxy.start('127.0.21.12', server);
    const deaf = storeOn({ kind: 'server', host: '127.0.21.12', port: proxy.port, tls: false }, domain, { node: 'deaf', beatMs: 20 });
    await deaf.store.open();
    proxy.muteSubscribers();
    a.store.calls.write(sampleCall());
    await a.store.flush();
    await until(() => deaf.store.calls.read('0a1b2c3d4e5f6') !== undefined);
    expect(deaf.counts).to.include('store.deaf ');
    await until(() => isUp(deaf));
    await deaf.store.close();
    await proxy.stop();
  });

  it('forbids events, that is noticed and the way is opened anew when it may be', async () => {
    await server.cli('acl', 'setuser', 'default', 'resetchannels');
    try {
      await until(() => b.counts.some((each) => each.startsWith('store.away')));
    } finally {
      await server.cli('acl', 'setuser', 'default', 'allchannels');
    }
    await a.store.locations.write(userRecord(1));
    await until(() => agree(1));
  });

  it('is not there at first, nodes start all the same and are all known to each other when it comes', async () => {
    await server.kill();
    const late = nodeOf('late', { timeoutMs: 50 });
    await late.store.open();
    expect(late.store.state()).to.deep.include({ state: 'away', reason: 'ECONNREFUSED' });
    expect(late.logs).to.have.length(1);
    void late.store.locations.write(userRecord(1));
    void a.store.locations.write(userRecord(2));
    await server.restart();
    await until(() => agree(2));
    await until(() => users(late.store).length === 2 && isUp(late));
    await late.store.close();
  });

  it('hangs at first, a node starts all the same', async () => {
    server.freeze();
    const late = nodeOf('late', { timeoutMs: 50 });
    await late.store.open();
    expect(late.store.state()).to.deep.include({ state: 'away', reason: 'timeout' });
    void late.store.locations.write(userRecord(1));
    server.thaw();
    await until(() => agree(1));
    await late.store.close();
  });

  it('does not know the password of a node, that node says so and works alone', async () => {
    await server.cli('config', 'set', 'requirepass', 'secret');
    const stranger = nodeOf('stranger', { password: 'wrong' });
    const friend = nodeOf('friend', { password: 'secret' });
    try {
      await Promise.all([stranger.store.open(), friend.store.open()]);
      expect(stranger.store.state()).to.deep.include({ state: 'away', reason: 'WRONGPASS' });
      expect(JSON.stringify(stranger.logs)).not.to.contain('wrong"');
      await friend.store.locations.write(userRecord(1));
      await until(() => users(b.store).length === 1);
    } finally {
      await server.cli('--no-auth-warning', '-a', 'secret', 'config', 'set', 'requirepass', '');
      await Promise.all([stranger.store.close(), friend.store.close()]);
    }
  });

  it('does not come back before a node ends, the node ends all the same', async () => {
    await server.kill();
    await until(() => isAway(a));
    void a.store.locations.write(userRecord(1));
    const failed = await a.store.flush().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).to.have.property('code', 'store.write');
    await a.store.close();
    await server.restart();
  });

  it('comes back without its data, it has the calls again that have not changed since', async () => {
    a.store.calls.write(sampleCall({ callId: 'unchanged' }));
    await a.store.flush();
    await server.kill();
    await until(() => isAway(a) && isAway(b));
    await server.restart();
    await until(() => isUp(a) && isUp(b));
    const third = nodeOf('third');
    await third.store.open();
    await until(() => third.store.calls.read('unchanged') !== undefined);
    await third.store.close();
  });

  it('is killed again and again while nodes write, nothing is lost that was acknowledged', async function () {
    this.timeout(30_000);
    const work = new Writers([a, b]);
    const { acknowledged } = work;
    for (const how of ['kill', 'freeze'] as const) {
      const target = acknowledged.length + 200;
      await until(() => acknowledged.length >= target);
      if (how === 'kill') await server.kill();
      else server.freeze();
      await until(() => isAway(a) || isAway(b));
      if (how === 'kill') await server.restart();
      else server.thaw();
      await until(() => isUp(a) && isUp(b));
    }
    await work.stop();
    await until(() => agree(acknowledged.length));
    const third = nodeOf('third');
    await third.store.open();
    expect(users(third.store)).to.deep.equal(acknowledged);
    await third.store.close();
  });
});

/** Stands between a node and Redis, and can keep what is said to those who listen for events. */
class Proxy {
  readonly #subscribers = new Set<Socket>();
  readonly #muted = new Set<Socket>();
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(host: string, target: RedisServer): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server);
    server.on('connection', (near) => proxy.#join(near, connect({ host: target.host, port: target.port })));
    server.listen(0, host);
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  muteSubscribers(): void {
    for (const socket of this.#subscribers) this.#muted.add(socket);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    near.on('data', (data) => {
      if (/subscribe/i.test(data.toString('latin1'))) this.#subscribers.add(near);
      far.write(data);
    });
    far.on('data', (data) => {
      if (!this.#muted.has(near)) near.write(data);
    });
  }
}
