// Two sides over a network that loses, doubles and reorders, all from one seed.
import { NEVER, parseHostPort, type Hop } from '@altpath/core';
import { Random, runSeed, SimulatedClock, SimulatedNetwork, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { decodeDatagram } from '../codec/index.js';
import type { TransactionEvent } from './events.js';
import { TransactionIds } from './ids.js';
import { TransactionLayer } from './layer.js';
import { transactionSettings, type Scope, type TransactionSettings } from './settings.js';
import { destinationOf, draftOf, notes } from './testing.js';

const CA = '10.9.0.1:2727';
const STANDBY = '10.9.0.2:2727';
const GW = '10.0.0.1:2427';

/** One side on the network. What it is told, it hands to `act`. */
class Side {
  readonly layer: TransactionLayer<string>;
  readonly observer = notes();
  readonly #clock: SimulatedClock;
  #cancel: (() => void) | undefined;
  act: (event: TransactionEvent<string>) => void = () => undefined;

  constructor(
    address: string,
    scope: Scope,
    world: { readonly clock: SimulatedClock; readonly network: SimulatedNetwork; readonly random: Random; readonly duplicates?: number },
    settings: Partial<Omit<TransactionSettings, 'scope'>> = {},
  ) {
    const { clock, network, random, duplicates = 0 } = world;
    this.#clock = clock;
    this.layer = new TransactionLayer(
      transactionSettings(scope, settings),
      {
        emit: (output) => {
          if (output.kind !== 'send') return;
          const to = `${output.hop.host}:${output.hop.port}`;
          const copies = random.chance(duplicates) ? 2 : 1;
          for (let i = 0; i < copies; i += 1) {
            if (!network.send(address, to, output.data))
              clock.after(1, () => this.feed(() => this.layer.unreachable(output.hop, clock.now)));
          }
        },
        random: () => random.next(),
        ids: scope === 'agent' ? TransactionIds.ofNode(address === CA ? 0 : 1) : TransactionIds.ofGateway(),
        observer: this.observer,
      },
      clock.now,
    );
    network.listen(address, (data, from) => {
      const source = parseHostPort(from) ?? { host: '', port: 0 };
      const hop: Hop = { transport: 'udp', host: source.host, port: source.port ?? 0 };
      this.feed(() => {
        for (const message of decodeDatagram(data)) this.layer.receive(message, hop, clock.now);
      });
    });
  }

  /** Does something to the layer, and what comes of it. */
  feed(action: () => void): void {
    action();
    for (let event = this.layer.poll(); event; event = this.layer.poll()) this.act(event);
    this.#cancel?.();
    const deadline = this.layer.deadline();
    this.#cancel = deadline === NEVER ? undefined : this.#clock.at(deadline, () => this.feed(() => this.layer.tick(this.#clock.now)));
  }
}

interface World {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly random: Random;
  readonly duplicates: number;
}

function badWorld(random: Random): World {
  const clock = new SimulatedClock();
  const network = new SimulatedNetwork(clock, random);
  network.loss = 0.3;
  network.latencyMs = 5;
  network.jitterMs = 400;
  return { clock, network, random, duplicates: 0.2 };
}

describe('two sides over a bad network', () => {
  const seeds = [1, 2, 3, runSeed()];

  for (const seed of seeds) {
    it(`execute each of 400 commands at most once and complete all that the network lets through (seed ${seed})`, () => {
      withSeed((random) => {
        const world = badWorld(random);
        const agent = new Side(CA, 'agent', world);
        const gateway = new Side(GW, 'gateway', world);
        const executed = new Map<string, number>();
        const outcomes = new Map<string, string[]>();
        gateway.act = (event) => {
          if (event.kind !== 'command') return;
          const id = event.command.parameters.requestIdentifier ?? '';
          executed.set(id, (executed.get(id) ?? 0) + 1);
          // Some take their time, so that provisional responses and the three-way handshake come in.
          const delayMs = random.chance(0.3) ? random.integer(6_000) : 0;
          world.clock.after(delayMs, () => gateway.feed(() => gateway.layer.respond(event.handle, { code: 200 }, world.clock.now)));
        };
        agent.act = (event) => {
          if (event.kind === 'completed' || event.kind === 'failed')
            outcomes.set(event.token, [...(outcomes.get(event.token) ?? []), event.kind]);
        };
        for (let i = 1; i <= 400; i += 1) {
          const token = i.toString(16);
          world.clock.after(random.integer(20_000), () =>
            agent.feed(() =>
              agent.layer.send(draftOf('RQNT', 'aaln/1@gw1.test', { requestIdentifier: token }), destinationOf(GW), token, world.clock.now),
            ),
          );
        }
        world.clock.run(180_000);

        for (const [id, times] of executed) expect(times, `command ${id}`).to.equal(1);
        expect(outcomes.size).to.equal(400);
        for (const [id, kinds] of outcomes) expect(kinds, `command ${id}`).to.have.length(1);
        const completed = [...outcomes.values()].filter(([kind]) => kind === 'completed').length;
        // Eight copies that are all lost, or their answers: 0.51 ** 8 is below one in 200.
        expect(completed).to.be.at.least(390);
        for (const [id, kinds] of outcomes) if (kinds[0] === 'completed') expect(executed.get(id), `command ${id}`).to.equal(1);
        expect(agent.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
        expect(gateway.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
        expect(gateway.observer.counts.get('mgcp.duplicate executing')).to.be.greaterThan(0);
        expect(gateway.observer.counts.get('mgcp.duplicate answered')).to.be.greaterThan(0);
      }, seed);
    });
  }

  it('in lockstep: no report is acted on twice, and each follow-up is executed once', () => {
    withSeed((random) => {
      const world = badWorld(random);
      const agent = new Side(CA, 'agent', world);
      const gateway = new Side(GW, 'gateway', world);
      const reported: string[] = [];
      const requested: string[] = [];
      agent.act = (event) => {
        if (event.kind !== 'command') return;
        const id = event.command.parameters.requestIdentifier ?? '';
        reported.push(id);
        const command = draftOf('RQNT', 'aaln/1@gw1.test', { requestIdentifier: id });
        agent.layer.respond(event.handle, { code: 200 }, world.clock.now, { command, to: destinationOf(GW), token: id });
      };
      gateway.act = (event) => {
        if (event.kind !== 'command') return;
        requested.push(event.command.parameters.requestIdentifier ?? '');
        gateway.layer.respond(event.handle, { code: 200 }, world.clock.now);
      };
      for (let i = 1; i <= 100; i += 1) {
        const report = draftOf('NTFY', 'aaln/1@gw1.test', { requestIdentifier: String(i) });
        world.clock.after(i * 50, () => gateway.feed(() => gateway.layer.send(report, destinationOf(CA), String(i), world.clock.now)));
      }
      world.clock.run(120_000);
      expect(new Set(reported).size).to.equal(reported.length);
      expect(new Set(requested).size).to.equal(requested.length);
      expect(requested.length).to.be.within(95, reported.length);
    });
  });
});

describe('a gateway whose agent', () => {
  function world(): World {
    const random = new Random(5);
    const clock = new SimulatedClock();
    return { clock, network: new SimulatedNetwork(clock, random), random, duplicates: 0 };
  }

  function answering(side: Side, clock: SimulatedClock): string[] {
    const got: string[] = [];
    side.act = (event) => {
      if (event.kind !== 'command') return;
      got.push(`${event.command.verb} ${event.command.transactionId}`);
      side.layer.respond(event.handle, { code: 200 }, clock.now);
    };
    return got;
  }

  it('was killed reaches the standby within milliseconds, by ICMP', () => {
    const at = world();
    const gateway = new Side(GW, 'gateway', at);
    const got = answering(new Side(STANDBY, 'agent', at), at.clock);
    let completedAt = NEVER;
    gateway.act = (event) => {
      if (event.kind === 'completed') completedAt = at.clock.now;
    };
    const begun = at.clock.now;
    gateway.feed(() => gateway.layer.send(draftOf('NTFY'), destinationOf(CA, STANDBY), 'x', begun));
    at.clock.run(1_000);
    expect(got).to.have.length(1);
    expect(completedAt - begun).to.be.below(10);
  });

  it('is frozen reaches the standby after Max1, and what thaws later answers a command that is over', () => {
    const at = world();
    const gateway = new Side(GW, 'gateway', at, { rtoMs: 100, max1: 2, max2: 3, tMaxMs: 4_000, tHistMs: 6_000 });
    const thawing: Buffer[] = [];
    at.network.listen(CA, (data) => thawing.push(data));
    const got = answering(new Side(STANDBY, 'agent', at), at.clock);
    const told: string[] = [];
    gateway.act = (event) => told.push(event.kind);
    const begun = at.clock.now;
    gateway.feed(() => gateway.layer.send(draftOf('NTFY'), destinationOf(CA, STANDBY), 'x', begun));
    at.clock.run(710);
    expect(thawing).to.have.length(3);
    expect(got).to.have.length(1);
    expect(told).to.deep.equal(['suspicious', 'completed']);
    const late = new Side(CA, 'agent', at);
    answering(late, at.clock);
    late.feed(() => {
      for (const data of thawing)
        for (const message of decodeDatagram(data))
          late.layer.receive(message, { transport: 'udp', host: '10.0.0.1', port: 2427 }, at.clock.now);
    });
    at.clock.run(1_000);
    expect(told).to.deep.equal(['suspicious', 'completed']);
  });
});

describe('controllers that stand in for each other', () => {
  it('are told apart by a gateway that knows commands by their number alone', () => {
    const random = new Random(9);
    const clock = new SimulatedClock();
    const at: World = { clock, network: new SimulatedNetwork(clock, random), random, duplicates: 0 };
    const gateway = new Side(GW, 'gateway', at);
    let executed = 0;
    gateway.act = (event) => {
      if (event.kind !== 'command') return;
      executed += 1;
      gateway.layer.respond(event.handle, { code: 200 }, clock.now);
    };
    const send = (side: Side): void => side.feed(() => void side.layer.send(draftOf('RQNT'), destinationOf(GW), 'x', clock.now));
    for (let round = 0; round < 20; round += 1) {
      // Both start again each time.
      for (const address of [CA, STANDBY]) send(new Side(address, 'agent', at));
      clock.run(500);
    }
    expect(executed).to.equal(40);
    expect([...gateway.observer.counts.keys()].filter((name) => name.startsWith('mgcp.duplicate'))).to.deep.equal([]);
  });
});
