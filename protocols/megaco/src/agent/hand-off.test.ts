// Drains and hand-offs: gateways go with their calls to whoever follows, and who is to hear their reports next hears them.
import { expect } from 'chai';
import { BINARY } from '../transaction/index.js';
import { ControllerBench } from './controller.fixture.js';

function served(nodes = 2): ControllerBench {
  const bench = ControllerBench.started({ nodes });
  bench.gateway().change('RS');
  bench.run(200);
  bench.look();
  bench.gateway().heard();
  return bench;
}

describe('a node that drains', () => {
  it('asks its gateways to register with the next node, and forgets them when that has them', () => {
    const bench = served();
    bench.node(0).drainCalls();
    bench.run(300);
    const farewell = bench.look().find(({ text }) => text.includes('MT=HO'));
    expect(farewell?.text).to.match(/SC=ROOT\{SV\{MT=HO,.*MG=\[10\.0\.0\.12\]:2944/s);
    expect(bench.node(0).state()).to.equal('serving');
    bench.gateway().change('HO', 1);
    bench.run(300);
    expect([bench.node(0).state(), bench.node(1).state()]).to.deep.equal(['foreign', 'serving']);
    expect(bench.node(1).counts('megaco.gateway.taken handoff')).to.equal(1);
    expect(
      bench
        .gateway()
        .heard()
        .filter((word) => word.startsWith('subtract')),
    ).to.deep.equal([]);
  });

  it('names the port of the encoding that the gateway speaks', () => {
    const bench = ControllerBench.started({ nodes: 2 });
    bench.gateway().encoding = BINARY;
    bench.gateway().listener = 2;
    bench.gateway().change('RS');
    bench.run(200);
    bench.node(0).drainCalls();
    bench.run(300);
    const commands = bench.gateway().requests.flatMap(({ actions }) => actions.flatMap((action) => action.commands));
    const farewell = commands.find((command) => command.kind === 'service-change');
    expect(farewell?.kind === 'service-change' && farewell.parameters.mgcId).to.deep.equal({
      kind: 'ip4',
      address: '10.0.0.12',
      port: 2945,
    });
  });

  it('waits for what is under way, orders nothing more, and answers no report of a gateway that is about to go', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.notify('line/1', 'al/of');
    bench.look();
    bench.node(0).drainCalls();
    bench.run(300);
    expect(bench.words().filter((word) => word.includes('service-change'))).to.deep.equal([]);
    const id = gateway.notify('line/2', 'al/of');
    bench.run(600);
    const passed = bench.look();
    expect(passed.filter(({ from, text }) => from.startsWith('10.0.') && text.includes(`P=${id}{`))).to.deep.equal([]);
    expect(passed.filter(({ text }) => text.includes('MT=HO')).length).to.be.greaterThan(0);
    expect(bench.node(0).counts('megaco.ignored leaving')).to.equal(1);
  });

  it('goes on with a gateway that will not go, and asks it again', () => {
    const bench = served();
    const gateway = bench.gateway();
    let asked = 0;
    gateway.answers = (request) => {
      if (!JSON.stringify(request.actions).includes('service-change')) return gateway.carryOut(request);
      asked += 1;
      return { kind: 'error', code: 501 };
    };
    bench.node(0).drainCalls();
    bench.run(1_000);
    expect(asked).to.equal(1);
    expect(bench.node(0).counts('megaco.hand-off.refused 501')).to.equal(1);
    const id = gateway.notify('line/1', 'al/of');
    bench.run(200);
    expect(bench.look().some(({ text }) => text.includes(`P=${id}{`))).to.equal(true);
    bench.run(5_000);
    expect(asked).to.equal(2);
  });

  it('takes up again one that said yes and did not come to the other', () => {
    const bench = served();
    bench.node(0).drainCalls();
    bench.run(25_000);
    expect(bench.node(0).counts('megaco.hand-off.refused not-gone')).to.be.greaterThan(0);
  });

  it('keeps its gateways where nobody follows', () => {
    const bench = served();
    bench.node(0).sees(1, 'down');
    bench.node(0).drainCalls();
    bench.run(2_000);
    expect(bench.words().filter((word) => word.includes('service-change'))).to.deep.equal([]);
    bench.gateway().change('DC');
    bench.run(200);
    expect(bench.node(0).state()).to.equal('serving');
  });
});

describe('a node that died and began anew before all of its gateways had noticed', () => {
  /** Both gateways were node 0's. */
  function begunAnew(meanwhile: (bench: ControllerBench) => void = () => undefined): ControllerBench {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{}, {}] });
    for (const gateway of bench.gateways) gateway.change('RS');
    bench.run(200);
    bench.node(0).stop();
    bench.node(1).sees(0, 'down');
    meanwhile(bench);
    bench.restart(0);
    bench.node(0).sees(1, 'up');
    bench.node(1).sees(0, 'up');
    bench.run(2_500);
    bench.look();
    for (const gateway of bench.gateways) gateway.heard();
    return bench;
  }

  const goesOver = (bench: ControllerBench): void => {
    bench.gateway(0).change('FL', 1);
    bench.run(300);
  };
  /** Where a gateway is asked to go. */
  const farewells = (bench: ControllerBench, to: string): readonly string[] =>
    bench
      .look()
      .filter((passed) => passed.to.startsWith(to) && passed.text.includes('MT=HO'))
      .map(({ text }) => /MG=([^,]+)/.exec(text)?.[1] ?? '');

  it('sends one that reports to it after those that went to a stand-in, and answers none of its reports', () => {
    const bench = begunAnew(goesOver);
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    expect(bench.node(0).state(1)).to.equal('foreign');
    expect(bench.node(0).counts('megaco.ignored stood-in')).to.equal(2);
    expect(farewells(bench, bench.gateway(1).host)).to.deep.equal(['[10.0.0.12]:2944']);
  });

  it('lets one that it has taken follow another that goes to a stand-in after all', () => {
    const bench = begunAnew();
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    expect(bench.node(0).state(1)).to.equal('serving');
    bench.look();
    goesOver(bench);
    bench.run(600);
    expect(farewells(bench, bench.gateway(1).host)).to.deep.equal(['[10.0.0.12]:2944']);
  });

  it('sends one that reports to it to the node that holds gateways of another protocol on the same path', () => {
    const bench = begunAnew(() => undefined);
    bench.others = [1];
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    expect(bench.node(0).state(1)).to.equal('foreign');
    expect(farewells(bench, bench.gateway(1).host)).to.deep.equal(['[10.0.0.12]:2944']);
  });

  it('keeps one that reports to it where it has gateways of another protocol itself, or the other node has died', () => {
    const bench = begunAnew();
    bench.others = [1, 0];
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    expect(bench.node(0).state(1)).to.equal('serving');

    const alone = begunAnew();
    alone.others = [1];
    alone.node(0).sees(1, 'down');
    alone.gateway(1).notify('line/1', 'al/of', 0, 5);
    alone.run(300);
    expect(alone.node(0).state(1)).to.equal('serving');
  });

  it('takes up no report before it is known who holds gateways of other protocols', () => {
    const bench = begunAnew();
    bench.others = undefined;
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    expect(bench.words().filter((word) => word.startsWith('11>'))).to.deep.equal([]);
    bench.others = [];
    bench.run(300);
    expect(bench.node(0).state(1)).to.equal('serving');
  });

  it('lets one that it has taken follow gateways of another protocol that go to a stand-in after all', () => {
    const bench = begunAnew();
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.run(300);
    bench.look();
    bench.others = [1];
    bench.run(600);
    expect(farewells(bench, bench.gateway(1).host)).to.deep.equal(['[10.0.0.12]:2944']);
  });

  it('misses no leg of a call while one that it has taken is about to go, but when that stays', () => {
    const bench = begunAnew();
    bench.loses = ({ text }) => text.includes('MT=HO');
    bench.gateway(1).notify('line/1', 'al/of', 0, 5);
    bench.gateway(0).notify('line/1', 'al/of', 0, 5);
    bench.node(0).restored.length = 0;
    goesOver(bench);
    bench.run(3_000);
    expect([bench.node(0).state(0), bench.node(0).state(1)]).to.deep.equal(['foreign', 'serving']);
    expect(bench.node(0).restored).to.not.include(false);
    bench.run(60_000);
    expect(bench.node(0).restored).to.include(false);
  });

  it('lets none follow that has registered with it since', () => {
    const bench = begunAnew();
    bench.gateway(1).change('DC');
    bench.run(300);
    bench.look();
    goesOver(bench);
    bench.others = [1];
    bench.run(600);
    expect(farewells(bench, bench.gateway(1).host)).to.deep.equal([]);
  });
});
