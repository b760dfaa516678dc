// A restart avalanche (RFC 3435 §4.4.6, §4.4.8): five thousand endpoints on a hundred gateways come back at once. Every restart
// is answered, no more commands are under way than the controller allows itself, and all lines can be used soon after.
import type { Millis } from '@altpath/core';
import { decodeDatagram } from '@altpath/mgcp';
import { GatewayRig } from '@altpath/simulators';
import { MemoryStore } from '@altpath/store';
import { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';
import { expect } from 'chai';
import { clusterNode, HOSTS } from '../lines/kinds.js';
import { SimulatedController } from '../lines/simulated-controller.js';
import { SimulatedStreams } from '../lines/simulated-streams.js';

const GATEWAYS = 100;
const LINES = 50;
const MAX_IN_FLIGHT = 200;
const [AGENT] = HOSTS;

describe('a restart avalanche of 5,000 endpoints', function () {
  this.timeout(60_000);

  for (const { mwdMs, withinMs } of [
    { mwdMs: 0, withinMs: 10_000 },
    { mwdMs: 30_000, withinMs: 35_000 },
  ]) {
    it(`is over within ${withinMs / 1_000} s where gateways wait up to ${mwdMs / 1_000} s`, () => {
      const { armedAt, slowestAnswerMs, mostInFlight, refused } = avalanche(mwdMs, withinMs);
      expect(armedAt.size).to.equal(GATEWAYS * LINES);
      expect(mostInFlight).to.be.at.most(MAX_IN_FLIGHT);
      expect(slowestAnswerMs).to.be.at.most(1_000);
      expect(refused).to.equal(0);
    });
  }
});

interface Outcome {
  /** When each endpoint had accepted its request for L/hd. */
  readonly armedAt: ReadonlyMap<string, Millis>;
  /** From a restart's first copy to its answer. */
  readonly slowestAnswerMs: Millis;
  /** Commands of the agent without a response, at most. */
  readonly mostInFlight: number;
  /** Restarts that were answered with something else than 200, 405 or 409. */
  readonly refused: number;
}

function avalanche(mwdMs: Millis, withinMs: Millis): Outcome {
  const clock = new SimulatedClock();
  const random = new Random(7);
  const network = new SimulatedNetwork(clock, random);
  const names = Array.from({ length: GATEWAYS }, (_, at) => `gw${at}`);
  const hostOf = (at: number): string => `10.1.${at}.1`;
  const agent = new SimulatedController(
    {
      nodes: [clusterNode(0, true)],
      store: new MemoryStore(),
      index: 0,
      mgcp: {
        gateways: names.map((name, at) => ({
          name,
          domain: `${name}.test`,
          addresses: [hostOf(at)],
          lines: Array.from({ length: LINES }, (_, nth) => `aaln/${nth + 1}`),
          nodes: [0],
          alternates: 'list',
          red: 'auto',
        })),
        timers: {},
      },
      megaco: { gateways: [], timers: {} },
      numbers: { '2001': 'aaln/1@gw0' },
      states: new Map(),
      tell: () => undefined,
    },
    clock,
    network,
    new SimulatedStreams(clock, () => network.latencyMs),
    random,
  );
  const watch = new Watch(clock);
  const rigs = names.map((name, at) => {
    const address = `${hostOf(at)}:2427`;
    const rig: GatewayRig = new GatewayRig(
      {
        domain: `${name}.test`,
        lines: [`aaln/[1-${LINES}]`],
        callAgents: [`${AGENT}:2727`],
        timers: { mwdMs },
        seed: at + 1,
        onMessage: (direction, text) => watch.see(direction, text),
      },
      {
        now: () => clock.now,
        later: (delayMs, action) => clock.after(delayMs, action),
        send: (data, hop) => void network.send(address, `${hop.host}:${hop.port}`, data),
      },
      hostOf(at),
    );
    network.listen(address, (data, from) => {
      const [host = '', port = ''] = from.split(':');
      rig.receive(data, { transport: 'udp', host, port: Number(port) });
    });
    return rig;
  });
  for (const rig of rigs) rig.start();
  clock.run(withinMs);
  for (const rig of rigs) rig.stop();
  agent.kill();
  return watch.outcome();
}

/** Reads every message at the gateways. */
class Watch {
  readonly #armedAt = new Map<string, Millis>();
  readonly #open = new Map<number, string>();
  readonly #restarts = new Map<string, Millis>();
  #slowestAnswerMs = 0;
  #mostInFlight = 0;
  #refused = 0;

  constructor(private readonly clock: SimulatedClock) {}

  see(direction: 'in' | 'out', text: string): void {
    for (const message of decodeDatagram(Buffer.from(text, 'latin1'))) {
      if (message.kind === 'broken') throw new Error(`broken: ${text}`);
      if (direction === 'in' && message.kind === 'command') {
        const { local, domain } = message.endpoint;
        const arms = message.parameters.requestedEvents?.some(({ name }) => name.event.toLowerCase() === 'hd') === true;
        this.#open.set(message.transactionId, arms ? `${local}@${domain}` : '');
        this.#mostInFlight = Math.max(this.#mostInFlight, this.#open.size);
      } else if (direction === 'out' && message.kind === 'response') {
        const endpoint = this.#open.get(message.transactionId) ?? '';
        this.#open.delete(message.transactionId);
        if (endpoint !== '' && message.code === 200) this.#armedAt.set(endpoint, this.clock.now);
      } else if (direction === 'out' && message.kind === 'command' && message.verb === 'RSIP') {
        const key = `${message.endpoint.domain.toLowerCase()} ${message.transactionId}`;
        if (!this.#restarts.has(key)) this.#restarts.set(key, this.clock.now);
      } else if (direction === 'in' && message.kind === 'response') this.#answered(message.transactionId, message.code);
    }
  }

  outcome(): Outcome {
    return {
      armedAt: this.#armedAt,
      slowestAnswerMs: this.#slowestAnswerMs,
      mostInFlight: this.#mostInFlight,
      refused: this.#refused,
    };
  }

  /** Ids are the gateways' own, so several may have the same: the oldest is taken, which is never to our favour. */
  #answered(transactionId: number, code: number): void {
    const found = [...this.#restarts].find(([key]) => key.endsWith(` ${transactionId}`));
    if (!found) return;
    this.#restarts.delete(found[0]);
    this.#slowestAnswerMs = Math.max(this.#slowestAnswerMs, this.clock.now - found[1]);
    if (![200, 405, 409].includes(code)) this.#refused += 1;
  }
}
