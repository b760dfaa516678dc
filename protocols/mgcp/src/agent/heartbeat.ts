// Whether a gateway lives: one that was silent for its period is asked (AUEP without F, the cheapest question there is).
import type { Millis } from '@altpath/core';
import type { Gateway } from './gateway.js';
import type { AgentParts } from './parts.js';

/** Asks a gateway that has been silent for too long. Lines without a call go out of service when it does not answer. */
export function beat(gateway: Gateway, { environment, courier }: AgentParts, now: Millis): void {
  const { heartbeatMs } = gateway.settings;
  if (gateway.stage !== 'serving' || heartbeatMs === undefined || now - gateway.heardAt < heartbeatMs) return;
  const [line] = gateway.lines.values();
  // Asked once in a period, answered or not.
  gateway.heardAt = now;
  const { observer, calls } = environment;
  courier.run({
    gateway,
    to: gateway.destination,
    command: { verb: 'AUEP', endpoint: line?.endpoint ?? gateway.endpoint('*'), parameters: {} },
    then: (response, at) => {
      // Whatever it says, it lives.
      if (response) return;
      observer.count('mgcp.gateway.silent');
      if (!gateway.silent) observer.log('warn', `gateway ${gateway.name} does not answer`);
      gateway.silent = true;
      for (const each of gateway.lines.values()) {
        if ((each.describe().wanted?.phase ?? 'idle') === 'idle') calls.service(each.name, false, at);
      }
    },
  });
}
