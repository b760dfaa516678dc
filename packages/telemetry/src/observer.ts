// The observer of a running node: counters, the trace ring and the log behind core's one contract.
import type { Millis, Observer, TraceEvent, TraceSpan } from '@altpath/core';
import { Belongings } from './belongings.js';
import { Counters } from './counters.js';
import { Log, type LogFormat, type LogLevel } from './log.js';
import type { LogFields } from './log-line.js';
import { LogOutput } from './log-output.js';
import { Metrics, type NodeGauges } from './metrics.js';
import { TraceRing } from './trace-ring.js';

export interface ObserverOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Appended to; default: `output`. */
  readonly file?: string | undefined;
  /** Default stderr. */
  readonly output?: NodeJS.WritableStream | undefined;
  /** Keep what ladders are drawn from. Default true; false saves a few percent of a call's CPU. */
  readonly trace?: boolean | undefined;
  /** Messages kept for ladders; default 20,000. Higher: longer looks back under load, and more memory. */
  readonly traceLimit?: number | undefined;
}

const TRACE_LIMIT = 20_000;
/** Messages of a call, few of which have less. */
const MESSAGES_OF_CALL = 8;

/** @throws SignalingError `log.file` in one plain sentence when the file cannot be written. */
export function createObserver(options: ObserverOptions): TelemetryObserver {
  const output = options.file === undefined ? LogOutput.toStream(options.output ?? process.stderr) : LogOutput.toFile(options.file);
  return new TelemetryObserver(options, output);
}

export class TelemetryObserver implements Observer {
  /** Read before each trace event is built. */
  tracing: boolean;
  readonly #counters = new Counters();
  readonly #ring: TraceRing;
  readonly #belongings: Belongings;
  readonly #metrics = new Metrics();
  readonly #log: Log;

  constructor(
    options: ObserverOptions,
    private readonly output: LogOutput,
  ) {
    this.tracing = options.trace ?? true;
    const limit = options.traceLimit ?? TRACE_LIMIT;
    this.#ring = new TraceRing(limit);
    this.#belongings = new Belongings(Math.ceil(limit / MESSAGES_OF_CALL));
    this.#log = new Log(options.level, options.format, output);
  }

  count(name: string, reason?: string): void {
    this.#counters.count(name, reason);
  }

  trace(event: TraceEvent): void {
    this.#ring.add(event);
  }

  belongs(part: string, whole: string, span?: TraceSpan): void {
    this.#belongings.add(part, whole, span);
  }

  log(level: LogLevel, text: string, fields?: LogFields): void {
    this.#log.write(level, text, fields);
  }

  logs(level: LogLevel): boolean {
    return this.#log.logs(level);
  }

  setLevel(level: LogLevel): void {
    this.#log.setLevel(level);
  }

  /** Switches the ring; off also forgets what is in it. */
  setTracing(on: boolean): void {
    this.tracing = on;
    if (on) return;
    this.#ring.clear();
    this.#belongings.clear();
  }

  /** By `name`, or `name:reason` where there was one. */
  counters(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { name, reason, value } of this.#counters.all()) counts[reason === '' ? name : `${name}:${reason}`] = value;
    if (this.output.lost > 0) counts['log.line.lost'] = this.output.lost;
    return counts;
  }

  /** Prometheus text, format 0.0.4. */
  metricsText(gauges?: NodeGauges): Promise<string> {
    const lost = { name: 'log.line.lost', reason: '', value: this.output.lost };
    return this.#metrics.text([...this.#counters.all(), lost], gauges);
  }

  /** What is still known of a call's messages, in all of its protocols, oldest first. @param name  The call's, or that of a part of it. */
  ladderOf(name: string, now: Millis = Date.now()): TraceEvent[] {
    return this.#ring.of(this.#belongings.selectionOf(name), now);
  }

  /** Settles when the log is written. Afterwards it still counts; what is logged is lost. */
  async close(): Promise<void> {
    this.#metrics.close();
    await this.#log.close();
  }
}
