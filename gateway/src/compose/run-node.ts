// One node in the foreground: what is opened before it, what is said when it is ready, and how it ends.
import { createRequire } from 'node:module';
import { type NodeStore, type Observer, SignalingError } from '@altpath/core';
import { NameResolver } from '@altpath/resolver';
import { createObserver, type TelemetryObserver } from '@altpath/telemetry';
import type { BoundListener } from '@altpath/transport';
import type { AdminConfiguration, Configuration, Note } from '../settings/index.js';
import { type AdminServer, startAdmin } from '../admin/index.js';
import type { AltpathNode } from './altpath-node.js';
import { composeNode } from './container.js';
import type { NodePlan } from './node-plan.js';
import { openNodeStore } from './node-store.js';
import { nodeViewOf } from './node-view-of.js';
import { planOf } from './plan-of.js';
import { StopSignals } from './stop-signals.js';

/** A datagram larger than half of the pool costs a system call for its memory; received packets are cut from it. */
const POOL_BYTES = 64 * 1024;
/** How long a node that stops waits for its disk. */
const STOP_MS = 5_000;
/** An error that comes again at every message is not written again at every message. */
const SAME_ERROR_MS = 1_000;
/** Where gateways listen that are known by a name without a port (RFC 3435 §3.5, RFC 3525 annex D). */
const GATEWAY_PORTS: Readonly<Record<string, number>> = { mgcp: 2427, megaco: 2944, 'megaco-binary': 2945 };
/** Of the program, as its package says. */
const { version: VERSION } = createRequire(import.meta.url)('../../package.json') as { version: string };

export interface RunOptions {
  readonly configuration: Configuration;
  /** Its name. */
  readonly node: string;
  readonly notes: readonly Note[];
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Runs a node until SIGTERM or SIGINT has drained it; a second one stops it at once.
 *
 * @returns the exit code: 0, or 2 with one plain sentence on stderr when it cannot start.
 */
export async function runNode(options: RunOptions): Promise<number> {
  Buffer.poolSize = POOL_BYTES;
  const { configuration, stderr } = options;
  const say = (text: string): void => void stderr.write(`${text}\n`);
  const signals = new StopSignals();
  for (const note of options.notes) if (note.node === undefined || note.node === options.node) say(note.text);
  try {
    const plan = planOf(configuration, options.node);
    if (plan.listeners.length === 0)
      return refuse(
        say,
        `node ${plan.name} has no listener that this version can open: it needs one of sip+udp, sip+tcp, mgcp+udp, megaco+udp and their like`,
      );
    const self = configuration.cluster.nodes.find((node) => node.name === options.node);
    const observer = createObserver({ ...configuration.log, output: stderr, trace: self?.admin !== undefined });
    const { domain } = configuration.cluster;
    const store = await openNodeStore({ domain, node: plan.name, store: self?.store, cdr: configuration.cdr, observer });
    return await run(plan, store, observer, self?.admin, signals, options);
  } catch (error) {
    return refuse(say, sentence(error));
  } finally {
    signals.release();
  }
}

async function run(
  plan: NodePlan,
  store: NodeStore,
  observer: TelemetryObserver,
  door: AdminConfiguration | undefined,
  signals: StopSignals,
  options: RunOptions,
): Promise<number> {
  const resolver = newResolver(plan);
  const node = composeNode({ plan, store, observer, resolve: (question) => resolver.resolve(question) });
  for (const role of node.roles) {
    const [trouble] = role.validate();
    if (trouble !== undefined) throw new SignalingError({ code: 'gateway.validate', blame: 'local', hint: trouble });
  }
  let bound: readonly BoundListener[];
  try {
    bound = await node.start();
  } catch (error) {
    await store.close();
    throw error;
  }
  const unguard = guard(observer);
  let admin: AdminServer | undefined;
  try {
    admin = await openAdmin(node, observer, door, options);
  } catch (error) {
    await node.stop();
    unguard();
    throw error;
  }
  options.stdout.write(`ready ${plan.name} ${bound.map(({ spec }) => spec.url).join(' ')}\n`);
  if (options.configuration.file === undefined) options.stderr.write(whatNext(bound, admin));
  await untilSignal(node, observer, signals);
  await admin?.close();
  await observer.close();
  unguard();
  return 0;
}

/** @throws SignalingError when a written address cannot be had; a default one that is taken is a warning. */
async function openAdmin(
  node: AltpathNode,
  observer: TelemetryObserver,
  door: AdminConfiguration | undefined,
  options: RunOptions,
): Promise<AdminServer | undefined> {
  if (!door) return undefined;
  const view = nodeViewOf({ node, observer, version: VERSION, configuration: options.configuration });
  const { host, port, token } = door;
  const onError = (path: string, error: unknown): void => observer.log('error', 'the admin API stumbled', { path, error: String(error) });
  try {
    return await startAdmin({ host, port, ...(token === undefined ? {} : { token }), view, onError });
  } catch (error) {
    if (door.written || !(error instanceof SignalingError) || error.code !== 'admin.address-in-use') throw error;
    observer.log('warn', `${error.hint}; this node runs without an admin API`);
    return undefined;
  }
}

/** Settles when the node has stopped. */
async function untilSignal(node: AltpathNode, observer: Observer, signals: StopSignals): Promise<void> {
  await signals.first;
  await Promise.race([node.drain(), signals.second]);
  // A disk that hangs must not keep a node that has ended its calls.
  const stopped = await Promise.race([node.stop().then(() => true), after(STOP_MS)]);
  observer.log(stopped ? 'info' : 'error', stopped ? 'stopped' : 'stopped without waiting for the disk any longer');
}

/** Settles with `false` after a while. */
function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}

/** Nothing that is received may end the process: what slips through every other net is counted, logged and let go. */
function guard(observer: Observer): () => void {
  let last = '';
  let lastAt = 0;
  const onError = (error: unknown): void => {
    observer.count('gateway.uncaught');
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (text === last && Date.now() - lastAt < SAME_ERROR_MS) return;
    [last, lastAt] = [text, Date.now()];
    observer.log('error', 'an unexpected error; the node goes on', { error: text });
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return () => {
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
  };
}

function newResolver(plan: NodePlan): NameResolver {
  const transports = [...new Set(plan.listeners.map((each) => each.transport))];
  const families = [...new Set(plan.listeners.map((each) => (each.host.includes(':') ? 6 : 4)))];
  return new NameResolver({
    transports,
    families,
    defaultPort: (service, transport) => GATEWAY_PORTS[service] ?? (transport === 'tls' || transport === 'wss' ? 5061 : 5060),
  });
}

function whatNext(bound: readonly BoundListener[], admin: AdminServer | undefined): string {
  const first = bound[0]?.spec;
  const lines = [
    `no -c and no altpath.yaml: this is the built-in node, for trying out`,
    `  register a phone    sip:alice@localhost at ${first?.host ?? ''}:${first?.port ?? ''}`,
    ...(admin ? [`  see what it holds   npx altpath status; npx altpath registrations`] : []),
    `  see a call survive  npx altpath demo`,
    `  make it yours       npx altpath init, then npx altpath start -c altpath.yaml --node a`,
  ];
  return `${lines.join('\n')}\n`;
}

function refuse(say: (text: string) => void, text: string): number {
  say(`altpath: ${text}`);
  return 2;
}

/** What went wrong, for a person: without the code of our own errors. */
function sentence(error: unknown): string {
  if (error instanceof SignalingError) return error.hint;
  return error instanceof Error ? error.message : String(error);
}
