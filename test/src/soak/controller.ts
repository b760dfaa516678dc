// `npm run soak -- --only controller [--minutes N] [--rate N]`: calls between telephones of every kind at a steady rate through one
// controller for a long time. Every call has to go as its people want, and memory must come to rest. Bounded in time.
import { MegacoGateway, MgcpGateway } from '@altpath/simulators';
import { startNode } from '../support/altpath-node.js';
import { AGENT_PORT, type ClusterEntry, clusterYaml, TEXT_PORT } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import { Scratch } from '../support/scratch.js';
import { MemoryWatch, processorMs } from './memory.js';
import { openPhones, type SoakPhone } from './phones.js';

const NODE = '127.0.25.1';
const ADDRESSES = { megaco: '127.0.25.21', mgcp: '127.0.25.22', sip: '127.0.25.23' } as const;
/** Telephones of each kind: more than are in calls at once at 50 calls a second, with a talk of 2 s. */
const PHONES = 300;
const TALK_MS = 1_000;
/** A telephone rings so long before it is answered. */
const RING_MS = 200;
/** What was answered is remembered for half a minute by each protocol: before this, memory cannot have come to rest. */
const WARM_UP_S = 90;
/** What the resident size may differ by, once it has come to rest. */
const REST_RATIO = 1.25;

type Kind = keyof typeof ADDRESSES;
const KINDS: readonly Kind[] = ['sip', 'mgcp', 'megaco'];
const PAIRS = KINDS.flatMap((from) => KINDS.map((to) => ({ from, to })));

interface Outcome {
  calls: number;
  failed: number;
  readonly why: Map<string, number>;
}

/** @returns the exit code. */
export async function soakController(seconds: number, rate: number): Promise<number> {
  const scratch = await Scratch.create('controller-soak');
  const node = await startNode({ yaml: yaml(), name: 'solo', space: NetworkSpace.here(), scratch });
  const close: (() => Promise<unknown>)[] = [];
  try {
    const phones = await raise(close);
    const pid = node.pid ?? 0;
    const watch = new MemoryWatch(pid, (line) => void process.stdout.write(line));
    const before = processorMs(pid);
    const outcome = await load(phones, seconds, rate);
    const cpuMs = processorMs(pid) - before;
    const grown = watch.end(WARM_UP_S);
    process.stdout.write(
      `${outcome.calls} calls of ${PAIRS.length} kinds, ${outcome.failed} failed; ${(cpuMs / Math.max(1, outcome.calls)).toFixed(2)} ms of CPU a call; memory x${grown.toFixed(2)} since ${WARM_UP_S} s\n`,
    );
    for (const [why, times] of outcome.why) process.stdout.write(`${String(times).padStart(6)} x ${why}\n`);
    return outcome.failed === 0 && outcome.calls > 0 && grown < REST_RATIO ? 0 : 1;
  } finally {
    for (const each of close.reverse()) await each();
    await node.stop();
    await scratch.remove();
  }
}

/** Opens every telephone, and waits until all may be called. */
async function raise(close: (() => Promise<unknown>)[]): Promise<Readonly<Record<Kind, SoakPhone[]>>> {
  const megaco = await MegacoGateway.open({
    mid: 'mg1',
    lines: [`line/[1-${PHONES}]`],
    mgcs: [`${NODE}:${TEXT_PORT}`],
    address: ADDRESSES.megaco,
  });
  close.push(() => megaco.close());
  const mgcp = await MgcpGateway.open({
    domain: 'gw2.test',
    lines: [`aaln/[1-${PHONES}]`],
    callAgents: [`${NODE}:${AGENT_PORT}`],
    address: ADDRESSES.mgcp,
    port: 2427,
  });
  close.push(() => mgcp.close());
  const sip = await openPhones(PHONES, { address: ADDRESSES.sip, node: NODE, numberOf: (nth) => numberOf('sip', nth) });
  close.push(() => sip.close());
  megaco.start();
  mgcp.start();
  const lines = [...megaco.lines, ...mgcp.lines];
  await Promise.all(lines.map((line) => line.until(({ service }) => service === 'in', 60_000)));
  const numbered = (kind: Kind, phones: readonly SoakPhone['phone'][], quiet: () => Promise<void>): SoakPhone[] =>
    phones.map((phone, at) => ({ number: numberOf(kind, at + 1), phone, quiet }));
  return {
    megaco: numbered('megaco', megaco.lines, () => megaco.quiet()),
    mgcp: numbered('mgcp', mgcp.lines, () => mgcp.quiet()),
    sip: sip.phones,
  };
}

async function load(free: Readonly<Record<Kind, SoakPhone[]>>, seconds: number, rate: number): Promise<Outcome> {
  const outcome: Outcome = { calls: 0, failed: 0, why: new Map() };
  const underWay = new Set<Promise<void>>();
  const began = performance.now();
  for (let nth = 0; nth < seconds * rate; nth += 1) {
    const due = began + (nth * 1_000) / rate;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const pair = PAIRS[nth % PAIRS.length] ?? { from: 'sip', to: 'sip' };
    const caller = free[pair.from].shift();
    const called = free[pair.to].shift();
    const call = (async () => {
      const complaint = caller && called ? await talk(caller, called) : 'no telephone is free';
      outcome.calls += 1;
      // One that is stuck would fail every call from now on.
      if (complaint === undefined) {
        if (caller) free[pair.from].push(caller);
        if (called) free[pair.to].push(called);
        return;
      }
      outcome.failed += 1;
      const why = `${pair.from} to ${pair.to}: ${complaint}`;
      outcome.why.set(why, (outcome.why.get(why) ?? 0) + 1);
    })();
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  }
  await Promise.all(underWay);
  return outcome;
}

/** One whole call. @returns what went wrong. */
async function talk(caller: SoakPhone, called: SoakPhone): Promise<string | undefined> {
  let step = 'dial tone';
  try {
    caller.phone.offHook();
    await caller.phone.until('dial-tone');
    step = 'ringing';
    caller.phone.dial(called.number);
    await Promise.all([called.phone.until('ringing'), caller.phone.until('ringback')]);
    await pause(RING_MS);
    step = 'talk';
    called.phone.offHook();
    await Promise.all([called.phone.until('talking'), caller.phone.until('talking')]);
    await pause(TALK_MS);
    if (caller.phone.state !== 'talking' || called.phone.state !== 'talking') return 'the talk broke off';
    step = 'the end';
    called.phone.onHook();
    await caller.phone.until('busy');
    caller.phone.onHook();
    await Promise.all([caller, called].map(({ phone }) => phone.until(({ state, media }) => state === 'idle' && media.size === 0)));
    await Promise.all([caller.quiet(), called.quiet()]);
    return undefined;
  } catch (error) {
    return `${step}: ${error instanceof Error ? error.name : String(error)}`;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `2` of H.248, `3` of MGCP, `4` of SIP, and three digits. */
function numberOf(kind: Kind, nth: number): string {
  return `${{ megaco: 2, mgcp: 3, sip: 4 }[kind]}${String(nth).padStart(3, '0')}`;
}

function yaml(): string {
  const lines = (kind: Kind, lineOf: (nth: number) => string): [string, string][] =>
    Array.from({ length: PHONES }, (_, at) => [numberOf(kind, at + 1), lineOf(at + 1)]);
  const gateways: readonly ClusterEntry[] = [
    { name: 'mg1', protocol: 'megaco', address: ADDRESSES.megaco, lines: `line/[1-${PHONES}]` },
    { name: 'gw2', protocol: 'mgcp', address: ADDRESSES.mgcp, lines: `aaln/[1-${PHONES}]`, domain: 'gw2.test' },
  ];
  return clusterYaml({
    nodes: { solo: NODE },
    gateways,
    numbers: {
      ...Object.fromEntries([...lines('megaco', (nth) => `line/${nth}@mg1`), ...lines('mgcp', (nth) => `aaln/${nth}@gw2`)]),
      '4xxx': 'registrar',
    },
    digitMap: '(2xxx|3xxx|4xxx)',
    sip: { t1Ms: 500 },
    tMaxMs: 8_000,
  });
}
