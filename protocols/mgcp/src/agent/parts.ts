// What the desks of the call agent share. Made once, by the agent.
import type { GatewayCustody } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Environment } from '../environment.js';
import type { TransactionLayer } from '../transaction/index.js';
import type { Bridges } from './bridges/bridges.js';
import type { Courier, Token } from './courier.js';
import type { Gateways } from './gateways.js';
import type { HalfCalls } from './half-call.js';
import type { Takeover } from './takeover.js';

export interface AgentParts {
  readonly environment: Environment;
  readonly gateways: Gateways;
  readonly custody: GatewayCustody;
  readonly layer: TransactionLayer<Token>;
  readonly courier: Courier;
  readonly takeover: Takeover;
  readonly lines: HalfCalls;
  readonly bridges: Bridges;
  /** Housekeeping is due at this instant at the latest. */
  wakeBy(at: Millis): void;
}
