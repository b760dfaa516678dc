// Anchors in bad weather: calls begin, change and end at random, datagrams are lost, the gateway forgets what it had, and its
// controller dies. Whatever happened, in the end each call has its two connections as they shall be, and nobody else any.
import { type AnchorSides, newCallId } from '@altpath/call-control';
import { type Random, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { Cluster } from '../cluster.fixture.js';
import { description } from './bridge-bench.fixture.js';

const ENDPOINTS = Array.from({ length: 12 }, (_, at) => `rtpbridge/${at + 1}`);
const MODES = ['sendrecv', 'recvonly', 'sendonly', 'inactive'] as const;
const CALLS = 8;

/** Calls as their users have them; orders go to whichever node lives. */
class Weather {
  readonly cluster = Cluster.inService({
    gateways: [{ lines: [], bridge: 'rtpbridge/*', heartbeatMs: 10_000, machine: { lines: [], bridges: ENDPOINTS } }],
  });
  readonly calls = new Map<string, AnchorSides>();
  #node = 0;
  #count = 0;

  constructor(private readonly random: Random) {
    this.cluster.loses = () => this.random.chance(0.2);
  }

  /** One thing happens, and then some time passes. */
  step(): void {
    const { random, cluster } = this;
    if (random.chance(0.1)) for (const bridge of cluster.gateway().machine.bridges) bridge.reset();
    else if (random.chance(0.5) && this.calls.size < CALLS) this.#begin();
    else if (this.calls.size > 0) this.#change(random.pick([...this.calls.keys()]));
    cluster.run(random.pick([0, 1, 50, 300, 3_000]));
  }

  /** The controller dies, and the other one goes on with its calls. */
  fail(): void {
    const { cluster } = this;
    cluster.node(0).stop();
    this.#node = 1;
    cluster.node(1).sees(0, 'down');
    for (const [callId, sides] of this.calls) cluster.node(1).anchor(callId, ...sides);
  }

  clear(): void {
    this.cluster.loses = () => false;
    this.cluster.run(120_000);
  }

  end(callId: string): void {
    this.calls.delete(callId);
    this.cluster.node(this.#node).anchor(callId, undefined, undefined);
  }

  /** What is on the gateway: `CALL mode port`, and what shall be. */
  get connections(): { readonly there: readonly string[]; readonly wanted: readonly string[] } {
    const there = this.cluster
      .gateway()
      .machine.bridges.flatMap(({ connections }) => [...connections.values()])
      .map(({ callId, state, remote }) => `${callId} ${state.mode} ${remote?.port}`);
    const wanted = [...this.calls].flatMap(([callId, sides]) =>
      sides.map((side) => `${callId} ${side?.mode} ${/m=audio (\d+)/.exec(side?.remote ?? '')?.[1]}`),
    );
    return { there: there.toSorted(), wanted: wanted.toSorted() };
  }

  #begin(): void {
    this.#count += 1;
    this.#order(newCallId(0, this.cluster.now, this.#count));
  }

  #change(callId: string): void {
    if (this.random.chance(0.4)) this.end(callId);
    else this.#order(callId);
  }

  #order(callId: string): void {
    const side = (host: string): NonNullable<AnchorSides[0]> => ({
      mode: this.random.pick(MODES),
      remote: description(host, 4_000 + 2 * this.random.integer(1_000)),
    });
    const sides: AnchorSides = [side('10.0.0.1'), side('10.0.0.2')];
    this.calls.set(callId, sides);
    this.cluster.node(this.#node).anchor(callId, ...sides);
  }
}

describe('anchors in bad weather', function () {
  this.timeout(20_000);

  it('are in the end what they shall be, and nothing is left of calls that are over', () => {
    withSeed((random) => {
      for (let round = 0; round < 12; round += 1) {
        const weather = new Weather(random);
        for (let step = 0; step < 40; step += 1) weather.step();
        if (round % 2 === 1) weather.fail();
        weather.clear();
        weather.clear();
        expect(weather.connections.there, `round ${round}`).to.deep.equal(weather.connections.wanted);
        for (const callId of [...weather.calls.keys()]) weather.end(callId);
        weather.clear();
        weather.clear();
        expect(weather.connections.there, `round ${round}, in the end`).to.deep.equal([]);
      }
    });
  });
});
