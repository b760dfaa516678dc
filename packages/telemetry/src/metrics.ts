// Prometheus text, made at scrape time from what was counted: prom-client never sees a message.
//
// One rule gives a counter its name: `altpath_`, the dotted name with `_` for everything that is no letter or digit, and
// `_total`; the reason is the label. `sip.response.dropped` with `not-ours` is
// `altpath_sip_response_dropped_total{reason="not-ours"}`.
import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { AdapterStatus, NodeState, StoreState } from '@altpath/core';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Count } from './counters.js';

/** What a node is asked for when it is scraped. */
export interface NodeGauges {
  readonly node: string;
  readonly version: string;
  readonly protocols: readonly AdapterStatus[];
  readonly aors: number;
  readonly bindings: number;
  /** The other nodes' states. */
  readonly peers: readonly NodeState[];
  readonly store: StoreState;
}

const STATES: readonly NodeState[] = ['up', 'joining', 'suspect', 'down', 'draining'];
const LOOP_LOOK_MS = 20;
const NANOS = 1e9;

export function counterName(name: string): string {
  return `altpath_${name.replace(/[^A-Za-z0-9]+/g, '_')}_total`;
}

export class Metrics {
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS });
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.#loop.enable();
  }

  async text(counts: Iterable<Count>, gauges: NodeGauges | undefined): Promise<string> {
    const registry = new Registry();
    addCounters(registry, counts);
    if (gauges) addNode(registry, gauges);
    this.#addProcess(registry);
    return registry.metrics();
  }

  close(): void {
    this.#loop.disable();
  }

  /** The loop's figures are those since the scrape before. */
  #addProcess(registry: Registry): void {
    const { user, system } = process.cpuUsage();
    const cpu = new Counter({ name: 'process_cpu_seconds_total', help: 'User and system CPU time', registers: [registry] });
    cpu.inc((user + system) / 1e6);
    one(registry, 'process_resident_memory_bytes', 'Memory of the process', process.memoryUsage.rss());
    one(registry, 'process_start_time_seconds', 'When the process started', Math.round(performance.timeOrigin / 1_000));
    const loop = new Gauge({
      name: 'altpath_event_loop_delay_seconds',
      help: 'How late timers fire, since the scrape before',
      labelNames: ['quantile'],
      registers: [registry],
    });
    // The histogram holds whole intervals; the lateness is what goes beyond the one asked for.
    const late = (nanos: number): number => Math.max(0, (Number.isFinite(nanos) ? nanos / NANOS : 0) - LOOP_LOOK_MS / 1_000);
    loop.set({ quantile: '0.5' }, late(this.#loop.percentile(50)));
    loop.set({ quantile: '0.99' }, late(this.#loop.percentile(99)));
    loop.set({ quantile: '1' }, late(this.#loop.max));
    this.#loop.reset();
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before);
    one(registry, 'altpath_event_loop_utilization_ratio', 'Busy part of the event loop since the scrape before', utilization);
  }
}

function addCounters(registry: Registry, counts: Iterable<Count>): void {
  const known = new Map<string, Counter<'reason'>>();
  for (const { name, reason, value } of counts) {
    const metric = counterName(name);
    let counter = known.get(metric);
    if (!counter) known.set(metric, (counter = new Counter({ name: metric, help: name, labelNames: ['reason'], registers: [registry] })));
    if (reason === '') counter.inc(value);
    else counter.inc({ reason }, value);
  }
}

function addNode(registry: Registry, gauges: NodeGauges): void {
  const labelled = (name: string, help: string, label: string): Gauge =>
    new Gauge({ name, help, labelNames: [label], registers: [registry] });
  new Gauge({ name: 'altpath_info', help: 'This node', labelNames: ['node', 'version'], registers: [registry] }).set(
    { node: gauges.node, version: gauges.version },
    1,
  );
  const transactions = labelled('altpath_transactions', 'Open transactions', 'protocol');
  const pending = labelled('altpath_pending_calls', 'What must end before a drain is over', 'protocol');
  for (const each of gauges.protocols) {
    transactions.set({ protocol: each.protocol }, each.transactions);
    pending.set({ protocol: each.protocol }, each.pending);
  }
  one(registry, 'altpath_registered_aors', 'Addresses of record with a live contact', gauges.aors);
  one(registry, 'altpath_registered_bindings', 'Live contacts', gauges.bindings);
  const store = labelled('altpath_store_up', 'Whether what changes can be written down', 'kind');
  store.set({ kind: gauges.store.kind }, gauges.store.state === 'up' ? 1 : 0);
  one(registry, 'altpath_store_waiting', 'Records that are in memory only until they have been written', gauges.store.waiting);
  const peers = labelled('altpath_peers', 'Other nodes by what is held of them', 'state');
  for (const state of STATES) peers.set({ state }, gauges.peers.filter((each) => each === state).length);
}

function one(registry: Registry, name: string, help: string, value: number): void {
  new Gauge({ name, help, registers: [registry] }).set(value);
}
