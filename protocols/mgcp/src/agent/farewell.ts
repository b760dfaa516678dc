// A gateway that another node has taken from a draining one: nothing new is ordered of it here, what is under way is waited for,
// and then that node is told so. It asks the gateway's lines only then, and finds all that they were told.
import type { Millis } from '@altpath/core';
import type { Courier } from './courier.js';
import { type Gateway, QUIET_MS } from './gateway.js';
import type { Gateways } from './gateways.js';
import type { Takeover } from './takeover.js';

export class Farewells {
  constructor(
    private readonly gateways: Gateways,
    private readonly courier: Courier,
    private readonly takeover: Takeover,
  ) {}

  /** A node has taken the gateway, as it was asked to. */
  begin(gateway: Gateway, to: number, now: Millis): void {
    gateway.leaving ??= { to, since: now };
  }

  /** Lets those go that have nothing under way any more. */
  settle(now: Millis): void {
    for (const gateway of this.gateways) {
      const { leaving } = gateway;
      if (leaving === undefined || (this.courier.inFlight(gateway) > 0 && now - leaving.since < QUIET_MS)) continue;
      this.takeover.lose(gateway, now);
      this.takeover.tellLeft(gateway, leaving.to);
    }
  }
}
