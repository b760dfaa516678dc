// Two sides over a network that loses, doubles and reorders, all from one seed; and the small pieces.
import { type Hop, NEVER, parseHostPort } from '@altpath/core';
import { type Random, runSeed, SimulatedClock, SimulatedNetwork, withSeed } from '@altpath/testkit';
import { expect } from 'chai';
import { tpktFrame } from '../codec/tpkt.js';
import { rangesOf } from './acknowledgements.js';
import { readMessage } from './encoding.js';
import type { TransactionEvent } from './events.js';
import { TransactionIds } from './ids.js';
import { TransactionLayer } from './layer.js';
import { State, StateEvent, step, TRANSACTION_TABLES } from './machines.js';
import { transactionSettings } from './settings.js';
import { Streams } from './streams.js';
import { AUDIT, associationOf, DONE, hopOf, notes, notifyOf } from './testing.js';

const MGC = '10.9.0.1:2944';
const MG = '10.0.0.1:2944';

/** One side on the network. What it is told, it hands to `act`. */
class Side {
  readonly layer: TransactionLayer<string>;
  readonly observer = notes();
  #cancel: (() => void) | undefined;
  act: (event: TransactionEvent<string>) => void = () => undefined;

  constructor(
    address: string,
    name: string,
    network: SimulatedNetwork,
    random: Random,
    private readonly clock: SimulatedClock,
  ) {
    this.layer = new TransactionLayer(
      transactionSettings(),
      {
        emit: (output) => {
          if (output.kind !== 'send') return;
          const copies = random.chance(0.2) ? 2 : 1;
          for (let i = 0; i < copies; i += 1) network.send(address, `${output.hop.host}:${output.hop.port}`, output.data);
        },
        random: () => random.next(),
        ids: new TransactionIds(),
        observer: this.observer,
        mIdOf: () => ({ kind: 'device', name }),
      },
      clock.now,
    );
    network.listen(address, (data, from) => {
      const { host, port } = parseHostPort(from) ?? { host: '' };
      const hop: Hop = { transport: 'udp', host, port: port ?? 0 };
      this.feed(() => this.layer.receive(readMessage(data), hop, clock.now));
    });
  }

  /** Does something to the layer, and what comes of it. */
  feed(action: () => void): void {
    action();
    for (let event = this.layer.poll(); event; event = this.layer.poll()) this.act(event);
    this.#cancel?.();
    const deadline = this.layer.deadline();
    this.#cancel = deadline === NEVER ? undefined : this.clock.at(deadline, () => this.feed(() => this.layer.tick(this.clock.now)));
  }
}

describe('two sides over a bad network', () => {
  for (const seed of [1, 2, 3, runSeed()]) {
    it(`execute each of 300 requests at most once, in the order of each termination (seed ${seed})`, () => {
      withSeed((random) => {
        const clock = new SimulatedClock();
        const network = new SimulatedNetwork(clock, random);
        Object.assign(network, { loss: 0.3, latencyMs: 5, jitterMs: 400 });
        const controller = new Side(MGC, 'mgc', network, random, clock);
        const gateway = new Side(MG, 'mg1', network, random, clock);
        const executed = new Map<number, number>();
        const lines = new Map<string, number>();
        const outcomes = new Map<string, string[]>();
        controller.act = (event) => {
          if (event.kind !== 'request') return;
          const { transactionId } = event.handle;
          executed.set(transactionId, (executed.get(transactionId) ?? 0) + 1);
          const line = event.request.actions[0]?.commands[0]?.terminationId ?? '';
          expect(transactionId).to.be.greaterThan(lines.get(line) ?? 0);
          lines.set(line, transactionId);
          // Some take their time, so that TransactionPending and the three-way handshake come in.
          const delayMs = random.chance(0.3) ? random.integer(6_000) : 0;
          clock.after(delayMs, () => controller.feed(() => controller.layer.respond(event.handle, DONE, clock.now)));
        };
        gateway.act = (event) => {
          if (event.kind === 'completed' || event.kind === 'failed')
            outcomes.set(event.token, [...(outcomes.get(event.token) ?? []), event.kind]);
        };
        for (let i = 1; i <= 300; i += 1) {
          const actions = notifyOf(`line/${i % 60}`);
          clock.after(i * 100, () => gateway.feed(() => gateway.layer.send(actions, associationOf(MGC), String(i), clock.now)));
        }
        clock.run(240_000);

        for (const [id, times] of executed) expect(times, `request ${id}`).to.equal(1);
        expect(outcomes.size).to.equal(300);
        for (const [token, kinds] of outcomes) expect(kinds, `request ${token}`).to.have.length(1);
        expect([...outcomes.values()].filter(([kind]) => kind === 'completed').length).to.be.at.least(285);
        for (const side of [controller, gateway]) expect(side.layer.load).to.deep.equal({ sent: 0, executing: 0, records: 0, bytes: 0 });
        for (const kind of ['executing', 'answered'])
          expect(controller.observer.counts.get(`megaco.duplicate ${kind}`), kind).to.be.greaterThan(0);
      }, seed);
    });
  }

  it('that do not understand each other fall silent', () => {
    withSeed((random) => {
      const clock = new SimulatedClock();
      const network = new SimulatedNetwork(clock, random);
      const one = new Side(MGC, 'mgc', network, random, clock);
      let heard = 0;
      network.listen(MG, (data, from) => {
        heard += 1;
        network.send(MG, from, Buffer.concat([Buffer.from('?'), data]));
      });
      one.feed(() => one.layer.send(AUDIT, associationOf(MG), 'x', clock.now));
      clock.run(60_000);
      expect(heard).to.be.below(60);
    });
  });
});

describe('transaction ids', () => {
  it('follow the clock, differ and are never 0', () => {
    const ids = new TransactionIds();
    const drawn = Array.from({ length: 10_000 }, () => ids.next(1_700_000_000_000));
    expect(new Set(drawn).size).to.equal(10_000);
    expect(new TransactionIds().next(1_700_000_000_100)).to.be.greaterThan(drawn.at(-1) as number);
    expect(new TransactionIds().next(0)).to.equal(1);
  });

  it('of workers do not overlap', () => {
    const ranges = [0, 1, 2].map((index) => new TransactionIds({ index, count: 3 }).next(0));
    expect(ranges).to.deep.equal([1, 1_431_655_766, 2_863_311_531]);
    expect(() => new TransactionIds({ index: 3, count: 3 })).to.throw(RangeError);
  });
});

describe('ranges of acknowledgements', () => {
  it('hold just the ids given', () => {
    expect(rangesOf([5, 1, 3, 2, 8, 3])).to.deep.equal([{ first: 1, last: 3 }, { first: 5 }, { first: 8 }]);
    expect(rangesOf([])).to.deep.equal([]);
  });
});

describe('streams', () => {
  it('cut messages out of each connection, and give datagrams as they are', () => {
    const streams = new Streams();
    const frame = tpktFrame(Buffer.from('!/1 a K{1}'));
    const hop = hopOf(`tcp:${MG}`);
    expect(streams.feed(frame.subarray(0, 5), hop).messages).to.deep.equal([]);
    expect(streams.feed(frame.subarray(5), hop).messages.map(String)).to.deep.equal(['!/1 a K{1}']);
    expect(streams.feed(Buffer.from('x'), hopOf(MG)).messages.map(String)).to.deep.equal(['x']);
    streams.closed(7);
    expect(streams.size).to.equal(0);
  });

  it('keep so much of messages that are not whole, and give up those that were begun for longest', () => {
    const streams = new Streams({ maxPendingBytes: 100 });
    const frame = tpktFrame(Buffer.alloc(60, 'x'));
    const feed = (flow: number, from: number, to: number): ReturnType<Streams['feed']> =>
      streams.feed(frame.subarray(from, to), { ...hopOf(`tcp:${MG}`), flow });
    for (const flow of [1, 2, 3]) expect(feed(flow, 0, 30).crowded, `flow ${flow}`).to.equal(undefined);
    // The first one ends its message, and begins another: it is the newest now.
    expect(feed(1, 30, 64).messages).to.have.length(1);
    feed(1, 0, 30);
    expect(feed(4, 0, 40).crowded).to.deep.equal([2]);
    expect([streams.pendingBytes, streams.size]).to.deep.equal([100, 3]);
    expect(feed(1, 30, 64).messages, 'the others go on').to.have.length(1);
    streams.closed(3);
    expect(streams.pendingBytes).to.equal(40);
  });
});

describe('the transaction machines', () => {
  it('say of each state why it exists, and leave nobody in it for ever', () => {
    for (const { role, initial, states, rows } of TRANSACTION_TABLES) {
      const named = new Set(Object.keys(states).map(Number));
      for (const [from, , to] of rows) expect(named.has(from) && named.has(to), `${role} ${from} ${to}`).to.equal(true);
      const reached = new Set<number>([initial]);
      for (const state of reached) for (const [from, , to] of rows) if (from === state) reached.add(to);
      expect([...reached].sort()).to.deep.equal([...named].sort());
    }
  });

  it('take no event that a state has no row for', () => {
    const machine: { state: State } = { state: State.Confirmed };
    step(machine, StateEvent.Reply);
    expect(machine.state).to.equal(State.Confirmed);
  });
});
