export { CallDetailsFile, type CallDetailsFileOptions } from './call-details-file.js';
export { REASON_LIMIT } from './counters.js';
export { ladderText, type LadderOptions } from './ladder.js';
export type { LogFormat, LogLevel } from './log.js';
export { counterName, type NodeGauges } from './metrics.js';
export { createObserver, type ObserverOptions, type TelemetryObserver } from './observer.js';
export { TRACE_AGE_MS } from './trace-ring.js';
