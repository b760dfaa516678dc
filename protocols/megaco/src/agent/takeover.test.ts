// Whole gateways whose controller goes, in every stage of a call: the call goes on or ends as its users want, no phone rings
// twice, no report is lost, and nothing is left behind (RFC 3525 §11.5).
import { expect } from 'chai';
import { Cluster, type ClusterOptions } from './cluster.fixture.js';

/** What becomes of the primary. */
const FAULTS: Readonly<Record<string, (cluster: Cluster) => void>> = {
  'is killed': (cluster) => cluster.kill(0),
  'falls silent': (cluster) => cluster.freeze(0),
  drains: (cluster) => {
    cluster.node(1).sees(0, 'draining');
    cluster.node(0).drainCalls();
  },
};

const WAYS: Readonly<Record<string, ClusterOptions>> = {
  'compact over UDP': {},
  'pretty over TCP': { transport: 'tcp', machine: { encoding: 'pretty' } },
  'binary over UDP': { machine: { encoding: 'binary', version: 1 } },
};

/** Long enough for the gateway to notice, to be audited and for everything that is on its way. */
const SETTLED_MS = 8_000;

/** Two gateways: whoever calls is on the first, whoever is called on the second. */
function cluster(options: ClusterOptions): Cluster {
  return Cluster.inService({ gateways: [{ heartbeatMs: 1_500 }, { heartbeatMs: 1_500 }], timers: { tMaxMs: 3_000 }, ...options });
}

const sounds = (each: Cluster): readonly string[] =>
  each.machines.flatMap((machine, at) => [...machine.sounds].map((sound) => `${at + 1} ${sound}`));
const media = (each: Cluster): readonly string[] => each.machines.flatMap((machine) => [...machine.media.values()]);

/** Both hang up, and nothing is left. */
function ends(each: Cluster): void {
  each.machine(0).feed({ kind: 'on-hook', line: 'line/1' });
  each.run(1_000);
  each.machine(1).feed({ kind: 'on-hook', line: 'line/1' });
  each.run(20_000);
  expect(sounds(each)).to.deep.equal([]);
  expect(media(each)).to.deep.equal([]);
  expect(each.node(1).calls.calls(each.now, 10)).to.deep.equal([]);
  expect(each.node(1).counts('megaco.leftover.subtracted')).to.equal(0);
}

for (const [way, options] of Object.entries(WAYS)) {
  for (const [what, fault] of Object.entries(FAULTS)) {
    describe(`when the controller ${what}, ${way}`, () => {
      it('a talk goes on, and ends when it is over', () => {
        const each = cluster(options);
        each.machine(0).ring('121');
        each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(500);
        const before = media(each);
        expect(before).to.have.length(2);
        fault(each);
        each.run(SETTLED_MS);
        expect(media(each)).to.deep.equal(before);
        expect([each.node(1).state(0), each.node(1).state(1)]).to.deep.equal(['serving', 'serving']);
        ends(each);
      });

      it('a telephone goes on ringing, once, and is answered', () => {
        const each = cluster(options);
        each.machine(0).ring('121');
        expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
        fault(each);
        each.run(SETTLED_MS);
        expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
        each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(1_000);
        expect(sounds(each)).to.deep.equal([]);
        expect(media(each).every((mode) => mode.startsWith('send-receive'))).to.equal(true);
        expect(each.machine(1).rings.get('line/1')).to.equal(1);
        ends(each);
      });

      it('what happens in that moment is heard by the next: an answer', () => {
        const each = cluster(options);
        each.machine(0).ring('121');
        fault(each);
        each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(SETTLED_MS);
        expect(sounds(each)).to.deep.equal([]);
        expect(media(each).every((mode) => mode.startsWith('send-receive'))).to.equal(true);
        ends(each);
      });

      it('a number that is dialled in that moment is not dialled again', () => {
        const each = cluster(options);
        each.machine(0).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(500);
        fault(each);
        each.machine(0).dial('line/1', '121');
        each.run(SETTLED_MS);
        expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
        expect(each.node(1).counts('megaco.dial-tone-anew')).to.equal(0);
        ends(each);
      });

      it('digits that are half dialled are kept', () => {
        const each = cluster(options);
        each.machine(0).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(500);
        each.machine(0).dial('line/1', '1');
        fault(each);
        each.run(4_000);
        each.machine(0).dial('line/1', '21');
        each.run(SETTLED_MS);
        expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
        ends(each);
      });

      it('who is idle can call', () => {
        const each = cluster(options);
        fault(each);
        each.run(SETTLED_MS);
        each.machine(0).ring('121');
        expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
        ends(each);
      });

      it('who hangs up in that moment is heard, and the other hears busy tone', () => {
        const each = cluster(options);
        each.machine(0).ring('121');
        each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
        each.run(500);
        fault(each);
        each.machine(0).feed({ kind: 'on-hook', line: 'line/1' });
        each.run(SETTLED_MS);
        expect(sounds(each)).to.deep.equal(['2 line/1 cg/bt']);
        ends(each);
      });
    });
  }
}

describe('the return of the controller', () => {
  it('changes nothing: it learns whose the gateways are, and does nothing to them', () => {
    const each = cluster({});
    each.machine(0).ring('121');
    each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
    each.run(500);
    each.kill(0);
    each.run(SETTLED_MS);
    each.restart(0);
    each.node(0).sees(1, 'up');
    each.node(1).sees(0, 'up');
    each.look();
    each.run(10_000);
    expect(each.look().filter(({ from, to }) => from.startsWith('10.0.0.11') || to.startsWith('10.0.0.11'))).to.deep.equal([]);
    expect([each.node(0).state(0), each.node(1).state(0)]).to.deep.equal(['foreign', 'serving']);
    ends(each);
  });

  it('before its gateways noticed: they go on with it, and their calls with them', () => {
    const each = cluster({});
    each.machine(0).ring('121');
    each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
    each.run(500);
    const before = media(each);
    each.node(0).stop();
    each.restart(0);
    each.node(0).sees(1, 'up');
    each.run(SETTLED_MS);
    expect(each.node(0).state(0)).to.equal('serving');
    expect(each.node(0).counts('megaco.gateway.taken unregistered')).to.be.greaterThan(0);
    expect(media(each)).to.deep.equal(before);
    each.machine(0).feed({ kind: 'on-hook', line: 'line/1' });
    each.run(1_000);
    expect(sounds(each)).to.deep.equal(['2 line/1 cg/bt']);
    each.machine(1).feed({ kind: 'on-hook', line: 'line/1' });
    each.run(20_000);
    expect(media(each)).to.deep.equal([]);
  });

  it('after it stood still for less than its gateways wait: they stay, and nothing rings anew', () => {
    const each = cluster({});
    each.machine(0).ring('121');
    each.node(0).stop();
    each.run(900);
    each.node(0).thaw(900);
    each.run(SETTLED_MS);
    expect([each.node(0).state(0), each.node(0).state(1)]).to.deep.equal(['serving', 'serving']);
    expect(sounds(each)).to.deep.equal(['1 line/1 cg/rt', '2 line/1 al/ri']);
    expect(each.machine(1).rings.get('line/1')).to.equal(1);
    each.machine(1).feed({ kind: 'off-hook', line: 'line/1' });
    each.run(1_000);
    expect(sounds(each)).to.deep.equal([]);
  });
});
