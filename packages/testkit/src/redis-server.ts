// Redis servers of a test's own: alone, watched by a Sentinel, or joined to a Cluster; and what may happen to them. Each
// listens on loopback only, keeps nothing on disk and ends with the test.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_MS = 20_000;
const LOOK_MS = 10;
/** What the Sentinel of a test calls its master. */
const MASTER = 'altpath';

/** A `redis-server` process. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(
    readonly host: string,
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /**
   * Starts one on a free port.
   *
   * @param host     A loopback address that is this test's alone.
   * @param options  Of its command line, behind those that every test wants.
   */
  static async start(host: string, ...options: readonly string[]): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'altpath-redis-'));
    const inMemory = options.includes('--sentinel') ? [] : ['--save', '', '--appendonly', 'no'];
    const server = new RedisServer(host, await freePort(host), folder, [...inMemory, ...options]);
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Starts it again after it has ended, at the same address and without its data. */
  async restart(): Promise<void> {
    const { host, port, folder } = this;
    const file = join(folder, 'redis.conf');
    // A Sentinel keeps what it knows in its file.
    writeFileSync(file, '');
    const usual = [file, '--bind', host, '--port', String(port), '--dir', folder, '--protected-mode', 'no'];
    this.#child = spawn('redis-server', [...usual, ...this.options], { stdio: 'ignore' });
    await until(() => this.#answers(), `redis-server at ${host}:${port}`);
  }

  /** By the program redis-cli. @returns what it prints, without the last line end. */
  async cli(...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-h', this.host, '-p', String(this.port), ...words]);
    return stdout.trimEnd();
  }

  /** It ends at once and says nothing. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It answers nothing, and its connections stay open. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Something answers, be it a refusal. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.host, port: this.port });
      socket.once('connect', () => socket.write('PING\r\n'));
      socket.once('data', (data) => {
        socket.destroy();
        resolve(!data.toString('latin1').startsWith('-LOADING'));
      });
      socket.once('error', () => resolve(false));
    });
  }
}

/** A master and its replica, and one Sentinel that makes the replica master when the master is silent for 0.3 s. */
export class SentinelTrio {
  private constructor(
    readonly name: string,
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinel: RedisServer,
  ) {}

  static async start(hosts: readonly [master: string, replica: string, sentinel: string]): Promise<SentinelTrio> {
    const started: RedisServer[] = [];
    const start = async (host: string, ...options: readonly string[]): Promise<RedisServer> => {
      const server = await RedisServer.start(host, ...options);
      started.push(server);
      return server;
    };
    try {
      const usual = (host: string): string[] => ['--replica-announce-ip', host, '--repl-diskless-sync-delay', '0'];
      const master = await start(hosts[0], ...usual(hosts[0]));
      const replica = await start(hosts[1], ...usual(hosts[1]), '--replicaof', master.host, String(master.port));
      await until(async () => (await replica.cli('info', 'replication')).includes('master_link_status:up'), 'the replica');
      const sentinel = await start(hosts[2], '--sentinel');
      await sentinel.cli('sentinel', 'monitor', MASTER, master.host, String(master.port), '1');
      await sentinel.cli('sentinel', 'set', MASTER, 'down-after-milliseconds', '300', 'failover-timeout', '3000');
      await until(async () => (await sentinel.cli('sentinel', 'replicas', MASTER)).includes(replica.host), 'the Sentinel');
      return new SentinelTrio(MASTER, master, replica, sentinel);
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel.stop(), this.replica.stop(), this.master.stop()]);
  }
}

/** Three masters that share the slots among them. */
export class RedisCluster {
  private constructor(readonly servers: readonly RedisServer[]) {}

  static async start(hosts: readonly [string, string, string]): Promise<RedisCluster> {
    const servers = await Promise.all(
      hosts.map(async (host) => {
        const bus = ['--cluster-port', String(await freePort(host)), '--cluster-announce-ip', host, '--bind-source-addr', host];
        return RedisServer.start(host, '--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...bus);
      }),
    );
    const cluster = new RedisCluster(servers);
    try {
      const places = servers.map(({ host, port }) => `${host}:${port}`);
      await servers[0]?.cli('--cluster', 'create', ...places, '--cluster-replicas', '0', '--cluster-yes');
      for (const server of servers)
        await until(async () => (await server.cli('cluster', 'info')).includes('cluster_state:ok'), 'the Cluster');
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/** A port of this address that nobody listens on; nothing but luck keeps it free. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @throws Error when it takes too long. */
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + START_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} does not start`);
    await delay(LOOK_MS);
  }
}
