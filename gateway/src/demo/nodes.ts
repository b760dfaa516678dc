// The demo's nodes: real `altpath start` processes on loopback, one file for both, in a folder that is removed.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DEMO_DOMAIN = 'sample2.test';
export type NodeName = 'primary' | 'backup';

/** Addresses of the two nodes, with one port a protocol; of the two phones; of the two gateways, on one UDP port. */
export interface DemoPlaces {
  /** The nodes' port for SIP. */
  readonly port: number;
  /** The nodes' ports for MGCP over UDP and for H.248 over TCP, and the gateways' port for MGCP. */
  readonly agentPort: number;
  readonly controllerPort: number;
  readonly gatewayPort: number;
  readonly primary: string;
  readonly backup: string;
  readonly alice: string;
  readonly bob: string;
  readonly gateway1: string;
  readonly gateway2: string;
}

/** Where one node is a SIP node, a call agent of MGCP gateways, and a controller of H.248 gateways; `host:port`. */
export interface NodePlace {
  readonly proxy: string;
  readonly agent: string;
  readonly controller: string;
}

export function placeOf(places: DemoPlaces, name: NodeName): NodePlace {
  const at = (port: number): string => `${places[name]}:${port}`;
  return { proxy: at(places.port), agent: at(places.agentPort), controller: at(places.controllerPort) };
}

export type GatewayProtocol = 'mgcp' | 'megaco';

/** The line that each gateway has, as its protocol calls it. */
export const LINE: Readonly<Record<GatewayProtocol, string>> = { mgcp: 'aaln/1', megaco: 'line/1' };

/** What the two gateways call themselves in MGCP and in H.248, and the telephone numbers of their lines. */
export const GATEWAYS = {
  gateway1: { domain: `gw1.${DEMO_DOMAIN}`, mid: 'gw1', number: '2001' },
  gateway2: { domain: `gw2.${DEMO_DOMAIN}`, mid: 'gw2', number: '2002' },
} as const;

/** Further numbers: alice's, and one that rings her first and telephone 2 then. */
export const NUMBERS = { both: '2000', alice: '2003' } as const;

export type GatewayName = keyof typeof GATEWAYS;

/** What each gateway of an act speaks. */
export type GatewayProtocols = Readonly<Record<GatewayName, GatewayProtocol>>;

/**
 * Timers of RFC 3435 §4.3 for both sides, short as loopback is: 100 ms to the first copy, a call agent is suspect after one
 * and given up after two.
 */
export const GATEWAY_TIMERS = { rtoMs: 100, max1: 2, max2: 3, tMaxMs: 4_000, tHistMs: 6_000 } as const;

/** The same of RFC 3525 D.1 for H.248; `heartbeatMs`: after so long a silence a gateway says that it is there (`it/ito`). */
export const CONTROLLER_TIMERS = { rtoMs: 100, tMaxMs: 1_000, longTimerMs: 6_000, heartbeatMs: 500 } as const;

const PROGRAM = fileURLToPath(new URL('../../bin/altpath.js', import.meta.url));
/** Two processes start at once, on a machine that may have other things to do. */
const READY_WITHIN_MS = 20_000;

/** Loopback addresses of which the wanted ports are free: those of the documents where they can be had, else any. */
export async function findPlaces(): Promise<DemoPlaces> {
  for (const [sip, agents, controllers, gateways] of [
    [5060, 2727, 2944, 2427],
    [0, 0, 0, 0],
  ] as const) {
    for (const third of [1, 41, 81, 121]) {
      const [primary, backup] = [`127.0.${third}.1`, `127.0.${third}.2`];
      const host = (last: number): string => `127.0.${third + 1}.${last}`;
      const [alice, bob, gateway1, gateway2] = [host(1), host(2), host(31), host(32)];
      const port = await commonPort(primary, backup, sip);
      const agentPort = await commonPort(primary, backup, agents);
      const controllerPort = await commonPort(primary, backup, controllers, freeTcpPort);
      const gatewayPort = await commonPort(gateway1, gateway2, gateways);
      if (port === undefined || agentPort === undefined || controllerPort === undefined || gatewayPort === undefined) continue;
      return { port, agentPort, controllerPort, gatewayPort, primary, backup, alice, bob, gateway1, gateway2 };
    }
  }
  throw new Error('no free port on 127.0.0.0/8');
}

/** A port that both addresses have free: the wanted one, or any for 0. */
async function commonPort(one: string, other: string, wanted: number, free = freePort): Promise<number | undefined> {
  const port = await free(one, wanted);
  return port === undefined ? undefined : free(other, port);
}

/** @returns the port when it can be bound just now (0 takes any), else undefined. */
export function freePort(address: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(undefined));
    socket.bind(port, address, () => {
      const found = socket.address().port;
      socket.close(() => resolve(found));
    });
  });
}

/** The same for TCP. */
export function freeTcpPort(address: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: address, exclusive: true }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' ? bound?.port : undefined));
    });
  });
}

/** The cluster's file: two nodes and two gateways with a line each, a fresh key, nothing on disk. */
export function clusterFile(places: DemoPlaces, secret: string, protocols: GatewayProtocols): string {
  const node = (address: string): string => {
    const listen = [
      `sip+udp://${address}:${places.port}`,
      `mgcp+udp://${address}:${places.agentPort}`,
      `megaco+tcp://${address}:${places.controllerPort}`,
    ];
    return `{ listen: ${JSON.stringify(listen)}, admin: "off", store: { kind: memory } }`;
  };
  const gateway = (name: GatewayName): string => {
    const { domain, mid } = GATEWAYS[name];
    const protocol = protocols[name];
    const own = {
      mgcp: `address: "${places[name]}:${places.gatewayPort}", domain: ${domain}`,
      megaco: `address: "${places[name]}", mid: ${mid}, heartbeat: ${CONTROLLER_TIMERS.heartbeatMs}ms`,
    };
    return `  ${name}: { protocol: ${protocol}, ${own[protocol]}, lines: [${LINE[protocol]}] }`;
  };
  const line = (name: GatewayName): string => `${LINE[protocols[name]]}@${name}`;
  const alice = `"sip:alice@${DEMO_DOMAIN}"`;
  const numbers = [
    ...(['gateway1', 'gateway2'] as const).map((name) => `"${GATEWAYS[name].number}": ${line(name)}`),
    `"${NUMBERS.both}": [${alice}, ${line('gateway2')}]`,
    `"${NUMBERS.alice}": ${alice}`,
  ];
  const agents = GATEWAY_TIMERS;
  const controllers = CONTROLLER_TIMERS;
  return [
    'cluster:',
    `  domain: ${DEMO_DOMAIN}`,
    `  keys: [{ id: demo, secret: "${secret}" }]`,
    '  nodes:',
    `    primary: ${node(places.primary)}`,
    `    backup: ${node(places.backup)}`,
    'gateways:',
    gateway('gateway1'),
    gateway('gateway2'),
    `numbers: { ${numbers.join(', ')} }`,
    `mgcp: { rto: ${agents.rtoMs}ms, max1: ${agents.max1}, max2: ${agents.max2}, tMax: ${agents.tMaxMs}ms, tHist: ${agents.tHistMs}ms }`,
    `megaco: { rto: ${controllers.rtoMs}ms, tMax: ${controllers.tMaxMs}ms, longTimer: ${controllers.longTimerMs}ms }`,
    'trust: { peers: [127.0.0.0/8] }',
    'sip: { registrar: { authenticate: false } }',
    'log: { level: warn }',
    '',
  ].join('\n');
}

/** One node's process, from its start to its end. */
export class DemoNode {
  /** Settles when the process is gone. */
  readonly gone: Promise<void>;
  #ended = false;
  #stderr = '';
  #stdout = '';

  private constructor(
    readonly name: NodeName,
    private readonly child: ChildProcess,
  ) {
    this.gone = new Promise((resolve) => {
      const end = (): void => {
        this.#ended = true;
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
    child.stderr?.on('data', (data: Buffer) => (this.#stderr = (this.#stderr + data.toString()).slice(-4_000)));
  }

  static start(name: NodeName, folder: string): DemoNode {
    const args = [PROGRAM, 'start', '-c', join(folder, 'demo.yaml'), '--node', name];
    return new DemoNode(name, spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What the node said on stderr, the newest 4,000 characters. */
  get complaints(): string {
    return this.#stderr.trim();
  }

  /** Settles with the node's `ready` line; rejects when it ends or stays silent. */
  ready(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${this.name} ${why}${this.complaints === '' ? '' : `: ${this.complaints}`}`));
      const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
      void this.gone.then(() => {
        clearTimeout(timer);
        fail('ended before it was ready');
      });
      this.child.stdout?.on('data', (data: Buffer) => {
        this.#stdout += data.toString();
        const line = this.#stdout.split('\n').find((each) => each.startsWith('ready'));
        if (line === undefined) return;
        clearTimeout(timer);
        resolve(line);
      });
    });
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    if (!this.#ended) this.child.kill(name);
  }

  /** Asks it to end and waits `patienceMs`; then it is killed. @returns `true` when asking was enough. */
  async end(patienceMs: number): Promise<boolean> {
    this.signal('SIGTERM');
    const asked = await within(this.gone, patienceMs);
    if (!asked) this.signal('SIGKILL');
    await this.gone;
    return asked;
  }
}

/** A folder for the demo's file. */
export async function makeFolder(places: DemoPlaces, protocols: GatewayProtocols): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'altpath-demo-'));
  await writeFile(join(folder, 'demo.yaml'), clusterFile(places, randomBytes(32).toString('base64'), protocols), { mode: 0o600 });
  return folder;
}

/** @returns `true` when nothing is left of it. */
export async function removeFolder(folder: string): Promise<boolean> {
  await rm(folder, { recursive: true, force: true });
  return stat(folder).then(
    () => false,
    () => true,
  );
}

/** @returns `true` when the promise settled within the time. */
export function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void promise.then(
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      () => {
        clearTimeout(timer);
        resolve(true);
      },
    );
  });
}
