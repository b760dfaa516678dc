// What bridges of one gateway share: which endpoints there are, how the gateway wants to be asked for a free one, which modes
// it refuses, and whether it answers at all.
import type { Millis } from '@altpath/core';
import { type EndpointName, matches } from '../../message/endpoint-name.js';
import type { Gateway } from '../gateway.js';

/** Commands to the bridges of one gateway without a response: one that has fallen silent shall not keep others waiting. */
const MAX_IN_FLIGHT = 20;
/** How often one that left a command unanswered is asked whether it is there again. */
const ASK_MS: Millis = 5_000;
/** Where its heartbeat is off, so much time may go by until its restart is noticed. */
const DEFAULT_CHECK_MS: Millis = 30_000;

export class BridgeGateway {
  /** Modes that it refused (517). */
  readonly refusedModes = new Set<string>();
  inFlight = 0;
  /** A command to one of its bridges was not answered. */
  silent = false;
  askAt: Millis = 0;
  /** When one of its connections is looked at next: a gateway that reports no restart shows it there. */
  checkAt: Millis;
  #wildcard: '$' | '*' = '$';
  #wasMissed = false;

  /** @param bridge  As the file has it: `rtpbridge/*`, or one endpoint. */
  constructor(
    readonly gateway: Gateway,
    readonly bridge: string,
    now: Millis,
  ) {
    this.checkAt = now + this.checkMs;
  }

  get name(): string {
    return this.gateway.name;
  }

  /** It has several endpoints, and chooses one. */
  get hasChoice(): boolean {
    return this.bridge.endsWith('*');
  }

  /** The name under which a free endpoint is asked for: RFC 3435 §2.1.2 has `$` for that. */
  get anyEndpoint(): EndpointName {
    return this.gateway.endpoint(this.bridge.replace(/\*$/, this.#wildcard));
  }

  /** Whether a local name, which may be a pattern, names endpoints of the bridge. */
  covers(local: string): boolean {
    const stem = this.bridge.replace(/\*$/, '').toLowerCase();
    return local.toLowerCase().startsWith(stem) || matches(local, this.hasChoice ? `${stem}0` : stem);
  }

  /** All of its endpoints. */
  get allEndpoints(): EndpointName {
    return this.gateway.endpoint(this.bridge);
  }

  /**
   * The gateway does not know the wildcard that it was asked with.
   *
   * Deviation: osmo-mgw takes `*`, "all of", for "any of"; listed in docs/deviations.md.
   */
  turnWildcard(asked: EndpointName): void {
    if (this.anyEndpoint.local === asked.local) this.#wildcard = this.#wildcard === '$' ? '*' : '$';
  }

  get hasRoom(): boolean {
    return this.inFlight < MAX_IN_FLIGHT;
  }

  get checkMs(): Millis {
    return this.gateway.settings.heartbeatMs ?? DEFAULT_CHECK_MS;
  }

  fallSilent(now: Millis): void {
    this.silent = true;
    this.askAt = now + ASK_MS;
  }

  /** @returns true once when its heartbeat has found it silent. */
  missesBeat(): boolean {
    const isNews = this.gateway.silent && !this.#wasMissed;
    this.#wasMissed = this.gateway.silent;
    return isNews;
  }

  /** @returns true when it is to be asked now whether it is there again. */
  isToBeAsked(now: Millis): boolean {
    if (!this.silent || now < this.askAt) return false;
    this.askAt = now + ASK_MS;
    return true;
  }
}
