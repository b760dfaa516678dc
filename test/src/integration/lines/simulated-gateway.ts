// A gateway with its telephones on the simulated network: the simulator's rig, without sockets and without RTP.
import { formatHostPort, type Hop, parseHostPort } from '@altpath/core';
import type { AnalogLine } from '@altpath/simulators';
import type { SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import type { Fitted, GatewayKind, GatewayPlace, Passed, Rig, ScenePlace } from './kinds.js';
import type { SimulatedStreams } from './simulated-streams.js';

export class SimulatedGateway implements ScenePlace {
  readonly passed: Passed[] = [];
  readonly host: string;
  readonly #fitted: Fitted;

  constructor(
    readonly kind: GatewayKind,
    place: GatewayPlace,
    private readonly clock: SimulatedClock,
    private readonly network: SimulatedNetwork,
    streams: SimulatedStreams,
  ) {
    this.host = place.host;
    const connections = streams.host(place.host, {
      bytes: (data, hop) => this.rig.receive(data, hop),
      closed: (hop) => this.rig.flowClosed(hop),
      unreachable: (hop) => this.rig.unreachable(hop),
    });
    const around = {
      now: () => clock.now,
      later: (delayMs: number, action: () => void) => clock.after(delayMs, action),
      send: (data: Buffer, hop: Hop) => (hop.transport === 'udp' ? this.#send(data, hop) : connections.send(data, hop)),
      close: (flow: number) => connections.close(flow),
      unplug: () => connections.reset(),
    };
    this.#fitted = kind.open(place, around, (direction, text, hop) => {
      this.passed.push({ at: clock.now, direction, peer: formatHostPort(hop), text });
    });
    network.listen(this.address, (data, from) => {
      const { host: peer = '', port = 0 } = parseHostPort(from) ?? {};
      this.rig.receive(data, { transport: 'udp', host: peer, port });
    });
  }

  get rig(): Rig {
    return this.#fitted.rig;
  }

  get address(): string {
    return `${this.host}:${this.kind.port}`;
  }

  get lines(): readonly AnalogLine[] {
    return this.rig.lines;
  }

  start(): void {
    this.rig.start();
  }

  misbehave(share: number): void {
    Object.assign(this.rig.mischief, { lossShare: share, duplicateShare: share, reorderShare: share });
  }

  behave(): void {
    this.rig.mischief.behave();
  }

  line(nth: number): AnalogLine {
    return this.rig.line(this.kind.lineName(nth));
  }

  /** What exists on it of any call, in words. */
  get remains(): readonly string[] {
    return this.#fitted.remains().map((what) => `${this.host} ${what}`);
  }

  #send(data: Buffer, hop: Hop): void {
    if (this.network.send(this.address, formatHostPort(hop), data)) return;
    this.clock.after(1, () => this.rig.unreachable(hop));
  }
}
