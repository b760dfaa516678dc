// Two controllers and one gateway: it has one at a time, whatever happens to them.
import { expect } from 'chai';
import { ControllerBench } from './controller.fixture.js';

function served(gateways = 1): ControllerBench {
  const bench = ControllerBench.started({ nodes: 2, gateways: Array.from({ length: gateways }, () => ({})) });
  for (const gateway of bench.gateways) gateway.change('RS');
  bench.run(1_000);
  bench.look();
  for (const gateway of bench.gateways) gateway.heard();
  return bench;
}

const states = (bench: ControllerBench, at = 0): readonly (string | undefined)[] => bench.nodes.map((node) => node.state(at));

describe('a gateway that goes to another node', () => {
  it('is forgotten by the first, and nothing is done to it', () => {
    const bench = served();
    bench.gateway().change('FL', 1);
    bench.run(1_000);
    expect(states(bench)).to.deep.equal(['foreign', 'serving']);
    expect(bench.look().filter(({ from, text }) => from.startsWith('10.0.0.11') && !/K\{/.test(text))).to.deep.equal([]);
  });

  it('is forgotten also when the word was lost, since it is said again', () => {
    const bench = served();
    bench.forgets = () => true;
    bench.gateway().change('FL', 1);
    bench.run(500);
    expect(states(bench)).to.deep.equal(['serving', 'serving']);
    bench.forgets = () => false;
    bench.run(1_500);
    expect(states(bench)).to.deep.equal(['foreign', 'serving']);
  });

  it('has its connection closed by the first', () => {
    const bench = ControllerBench.started({ nodes: 2 });
    bench.gateway().transport = 'tcp';
    bench.gateway().listener = 1;
    bench.gateway().flow = 31;
    bench.gateway().change('RS');
    bench.run(100);
    bench.gateway().flow = 32;
    bench.gateway().change('FL', 1);
    bench.run(100);
    expect([bench.node(0).closed, bench.node(1).closed]).to.deep.equal([[31], []]);
  });

  it('ends nothing that others of its controller may still have a part in, until they had time to come', () => {
    const bench = served(2);
    bench.node(0).stop();
    bench.node(1).sees(0, 'down');
    bench.gateway(0).change('FL', 1);
    bench.run(1_000);
    // The first is said when the node is gone, without a leg.
    expect(bench.node(1).restored).to.deep.equal([true, true, true]);
    bench.gateway(1).change('FL', 1);
    bench.run(1_000);
    expect(bench.node(1).restored).to.deep.equal([true, true, true, true, true, false]);
  });

  it('may be on its way from the moment in which its controller is gone, also when that has begun anew', () => {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{ heartbeatMs: 10_000 }], timers: { tMaxMs: 8_000 } });
    bench.gateway().change('RS');
    bench.run(200);
    bench.node(1).sees(0, 'down');
    bench.node(1).sees(0, 'up');
    bench.run(17_000);
    expect(bench.node(1).restored).to.deep.equal([true]);
    bench.run(2_000);
    expect(bench.node(1).restored).to.deep.equal([true, false]);
  });

  it('waits no longer than T-MAX and a heartbeat for others that do not come', () => {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{}, { heartbeatMs: 10_000 }], timers: { tMaxMs: 8_000 } });
    for (const gateway of bench.gateways) gateway.change('RS');
    bench.run(200);
    bench.node(0).stop();
    bench.gateway(0).change('FL', 1);
    bench.run(17_000);
    expect(bench.node(1).restored).to.deep.equal([true, true]);
    bench.run(2_000);
    expect(bench.node(1).restored).to.deep.equal([true, true, false]);
  });

  it('and the other to a third node is waited for no more', () => {
    const bench = ControllerBench.started({ nodes: 3, gateways: [{}, {}] });
    for (const gateway of bench.gateways) gateway.change('RS');
    bench.run(200);
    bench.node(0).stop();
    bench.gateway(0).change('FL', 1);
    bench.run(500);
    expect(bench.node(1).restored).to.deep.equal([true, true]);
    bench.gateway(1).change('FL', 2);
    bench.run(500);
    expect(bench.node(1).restored).to.deep.equal([true, true, false]);
  });
});

describe('a node that stood still', () => {
  it('sends nothing of what was under way, asks what is still its own, and goes on', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.notify('line/1', 'al/of');
    bench.node(0).stop();
    bench.run(8_000);
    bench.look();
    gateway.heard();
    gateway.answers = (request) => gateway.carryOut(request);
    bench.node(0).thaw(8_000);
    expect(bench.words()).to.deep.equal([]);
    expect(bench.node(0).state()).to.equal('foreign');
    bench.run(3_000);
    expect(new Set(gateway.heard().slice(0, 4))).to.deep.equal(new Set(['audit-value line/1', 'audit-value line/2']));
    expect(bench.node(0).counts('megaco.gateway.taken returned')).to.equal(1);
    expect(states(bench)).to.deep.equal(['serving', 'foreign']);
  });

  it('leaves alone what another has taken meanwhile', () => {
    const bench = served();
    bench.node(0).stop();
    bench.run(1_000);
    bench.gateway().change('FL', 1);
    bench.run(1_000);
    bench.look();
    bench.node(0).thaw(3_000);
    bench.run(5_000);
    expect(states(bench)).to.deep.equal(['foreign', 'serving']);
    expect(bench.look().filter(({ from }) => from.startsWith('10.0.0.11'))).to.deep.equal([]);
  });

  it('does not answer reports that stood in its socket while the gateway went elsewhere', () => {
    const bench = served();
    bench.node(0).stop();
    bench.gateway().change('FL', 1);
    bench.run(1_000);
    bench.node(0).thaw(3_000);
    const id = bench.gateway().notify('line/1', 'al/of', 0);
    bench.run(5_000);
    expect(states(bench)).to.deep.equal(['foreign', 'serving']);
    expect(bench.look().filter(({ from, text }) => from.startsWith('10.0.0.11') && text.includes(`P=${id}`))).to.deep.equal([]);
  });

  it('lets a gateway go that says it obeys another', () => {
    const bench = served();
    bench.node(0).stop();
    bench.run(8_000);
    bench.gateway().answers = () => ({ kind: 'error', code: 504 });
    bench.node(0).thaw(8_000);
    bench.run(3_000);
    expect(bench.node(0).counts('megaco.gateway.disowned 504')).to.equal(1);
    expect(bench.node(0).state()).to.equal('foreign');
  });
});

describe('an audit', () => {
  it('is asked again of a gateway that has not got the answer to its registration (505)', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    let times = 0;
    gateway.answers = (request) => ((times += 1) <= 6 ? { kind: 'error', code: 505 } : gateway.carryOut(request));
    gateway.change('FL');
    bench.run(3_000);
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().restored).to.deep.equal([true, true, false]);
  });

  it('of a gateway that does not answer takes its lines out of service, until it is heard of', () => {
    const bench = ControllerBench.started({ timers: { tMaxMs: 2_000 } });
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.change('FL');
    bench.run(20_000);
    expect(bench.node().state()).to.equal('silent');
    expect(bench.node().service).to.include.members(['line/1@gw1 false', 'line/2@gw1 false']);
    gateway.answers = (request) => gateway.carryOut(request);
    gateway.say('C=-{N=ROOT{OE=1{20261122T14240000:it/ito}}}');
    bench.run(1_000);
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().restored.at(-1)).to.equal(false);
  });

  it('that is refused takes the line out of service', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    gateway.terminations.delete('line/2');
    gateway.change('FL');
    bench.run(1_000);
    expect(bench.node().service).to.deep.equal(['line/2@gw1 false']);
  });
});
