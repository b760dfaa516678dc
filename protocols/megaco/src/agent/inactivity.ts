// Whether a gateway lives, and whether it notices that we do not: it is asked to report when nothing is said to it for its
// period (`it/ito`, H.248.14), and one that was silent for longer is asked itself. A gateway that cannot watch is asked
// after each period.
import type { Millis } from '@altpath/core';
import { type ActionRequest, NULL_CONTEXT, type RequestId, ROOT, word } from '../message/index.js';
import { DEFAULT_TRANSACTION_SETTINGS } from '../transaction/index.js';
import { errorOf, packagesOf } from './findings.js';
import type { Gateway } from './gateway.js';
import type { ControllerParts } from './parts.js';

export const INACTIVITY_EVENT = 'it/ito';
const PACKAGE = 'it';
/** H.248.14: `mit` counts in 10 ms. */
const UNIT_MS: Millis = 10;
/** RequestIDs of the root: no phase of a line has this code (see `identifiers.ts`). */
const ROOT_CODE = 0xf00;

export class Inactivity {
  #count = 0;

  constructor(private readonly parts: ControllerParts) {}

  /** Asks what a gateway can do that has just come, and lets it watch where it can. */
  begin(gateway: Gateway): void {
    gateway.watches = false;
    const { courier } = this.parts;
    courier.run({
      gateway,
      actions: onRoot({ kind: 'audit-value', terminationId: ROOT, audit: { kind: 'audit', items: ['packages'] } }),
      then: (result) => {
        gateway.packages = result && packagesOf(result);
        if (gateway.settings.heartbeatMs !== undefined && gateway.packages?.has(PACKAGE)) this.#arm(gateway, gateway.settings.heartbeatMs);
      },
    });
  }

  #arm(gateway: Gateway, heartbeatMs: Millis): void {
    const { courier, environment } = this.parts;
    const parameters = [{ name: 'mit', value: word(Math.max(1, Math.round(heartbeatMs / UNIT_MS))) }];
    courier.run({
      gateway,
      actions: onRoot({
        kind: 'modify',
        terminationId: ROOT,
        descriptors: [{ kind: 'events', requestId: this.#requestId(), events: [{ name: INACTIVITY_EVENT, parameters }] }],
      }),
      then: (result) => {
        gateway.watches = result !== undefined && errorOf(result) === undefined;
        if (!gateway.watches) environment.observer.count('megaco.heartbeat.refused');
      },
    });
  }

  #requestId(): RequestId {
    this.#count = (this.#count + 1) % 0x1_0000;
    return ((this.parts.environment.peers.self.index << 12) | ROOT_CODE) * 0x1_0000 + this.#count;
  }

  /** Asks a gateway that has been silent for too long; gives up one whose connection has been closed for too long. */
  beat(gateway: Gateway, now: Millis): void {
    const { heartbeatMs } = gateway.settings;
    if (gateway.stage === 'foreign') return;
    if (gateway.association === undefined) {
      const patienceMs = (heartbeatMs ?? 0) + this.#tMaxMs;
      if (gateway.lostAt !== undefined && now - gateway.lostAt >= patienceMs) {
        gateway.lostAt = undefined;
        this.parts.takeover.vanished(gateway, now);
      }
      return;
    }
    if (heartbeatMs === undefined || gateway.stage !== 'serving') return;
    if (now - gateway.heardAt < (gateway.watches ? 2 * heartbeatMs : heartbeatMs)) return;
    // Asked once in a period, answered or not.
    gateway.heardAt = now;
    this.parts.courier.run({
      gateway,
      actions: onRoot({ kind: 'audit-value', terminationId: ROOT, audit: { kind: 'audit', items: [] } }),
      then: (result, at) => {
        // Whatever it says, it lives.
        if (!result) this.silent(gateway, at);
      },
    });
  }

  /** It does not answer: lines without a call are out of service until something is heard of it. */
  silent(gateway: Gateway, now: Millis): void {
    const { observer, calls } = this.parts.environment;
    observer.count('megaco.gateway.silent');
    if (!gateway.silent) observer.log('warn', `gateway ${gateway.name} does not answer`);
    gateway.silent = true;
    for (const line of gateway.lines.values()) {
      if ((line.describe().wanted?.phase ?? 'idle') === 'idle') calls.service(line.name, false, now);
    }
  }

  get #tMaxMs(): Millis {
    return this.parts.environment.settings.timers.tMaxMs ?? DEFAULT_TRANSACTION_SETTINGS.tMaxMs;
  }
}

function onRoot(command: ActionRequest['commands'][number]): readonly ActionRequest[] {
  return [{ contextId: NULL_CONTEXT, commands: [command] }];
}
