// A gateway with its telephones on the simulated network: the simulator's rig, without sockets and without RTP.
import { formatHostPort, type Hop, parseHostPort } from '@altpath/core';
import { type AnalogLine, type GatewayOptions, GatewayRig } from '@altpath/simulators';
import type { SimulatedClock, SimulatedNetwork } from '@altpath/testkit';

/** One datagram of a gateway, as the gateway sees it. */
export interface Passed {
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  readonly text: string;
}

export class SimulatedGateway {
  readonly rig: GatewayRig;
  readonly passed: Passed[] = [];
  readonly address: string;

  constructor(
    readonly host: string,
    options: GatewayOptions,
    private readonly clock: SimulatedClock,
    private readonly network: SimulatedNetwork,
  ) {
    this.address = `${host}:2427`;
    const onMessage: NonNullable<GatewayOptions['onMessage']> = (direction, text, hop) => {
      this.passed.push({ at: clock.now, direction, peer: formatHostPort(hop), text });
    };
    const around = {
      now: () => clock.now,
      later: (delayMs: number, action: () => void) => clock.after(delayMs, action),
      send: (data: Buffer, hop: Hop) => this.#send(data, hop),
    };
    this.rig = new GatewayRig({ onMessage, ...options }, around, host);
    network.listen(this.address, (data, from) => {
      const { host: peer = '', port = 0 } = parseHostPort(from) ?? {};
      this.rig.receive(data, { transport: 'udp', host: peer, port });
    });
  }

  line(name: string): AnalogLine {
    return this.rig.line(name);
  }

  #send(data: Buffer, hop: Hop): void {
    if (this.network.send(this.address, formatHostPort(hop), data)) return;
    this.clock.after(1, () => this.rig.unreachable(hop));
  }
}
