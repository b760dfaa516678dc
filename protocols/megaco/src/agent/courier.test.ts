// Many at once: what is out stays bounded, and nobody who is silent keeps the others waiting.
import { MAX_IN_FLIGHT, MAX_PER_GATEWAY } from '@altpath/call-control';
import { expect } from 'chai';
import { ControllerBench } from './controller.fixture.js';

function lines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `line/${at + 1}`);
}

describe('an avalanche', () => {
  it('of 1,000 gateways that register at the same time keeps bounded what is out, and serves them all', function () {
    this.timeout(30_000);
    const bench = ControllerBench.started({ gateways: Array.from({ length: 1_000 }, () => ({ lines: ['line/1'] })) });
    let most = 0;
    const held: (() => void)[] = [];
    for (const gateway of bench.gateways) {
      gateway.answers = (request) => {
        most = Math.max(
          most,
          bench.gateways.reduce((sum, each) => sum + each.requests.length, 0),
        );
        gateway.requests.length = 0;
        return gateway.carryOut(request);
      };
    }
    // Nobody answers before all have registered.
    const answers = bench.gateways.map((gateway) => gateway.answers);
    bench.gateways.forEach((gateway, at) => {
      gateway.answers = (request, from) => {
        held.push(() => void answers[at]?.(request, from));
        return undefined;
      };
    });
    for (const gateway of bench.gateways) gateway.change('FL');
    bench.run(50);
    const asked = new Set(bench.gateways.flatMap(({ requests }) => requests.map(({ transactionId }) => transactionId)));
    expect(asked.size).to.equal(MAX_IN_FLIGHT);
    expect(held.length).to.be.at.least(MAX_IN_FLIGHT);
    bench.gateways.forEach((gateway) => (gateway.answers = (request) => gateway.carryOut(request)));
    bench.run(10_000);
    expect(
      new Set(
        bench
          .node()
          .adapter.gateways()
          .map(({ state }) => state),
      ),
    ).to.deep.equal(new Set(['serving']));
    expect(bench.node().restored.at(-1)).to.equal(false);
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(0);
    expect(most).to.be.at.most(MAX_IN_FLIGHT);
  });

  it('of 1,000 lines of one gateway is told to it a few at a time', () => {
    const bench = ControllerBench.started({ gateways: [{ lines: lines(1_000) }] });
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.change('RS');
    bench.run(50);
    expect(new Set(gateway.requests.map(({ transactionId }) => transactionId)).size).to.equal(MAX_PER_GATEWAY);
    gateway.answers = (request) => gateway.carryOut(request);
    bench.run(60_000);
    expect([...gateway.terminations.values()].filter(({ events }) => events.requestId === undefined)).to.deep.equal([]);
  });

  it('of telephones that are lifted at the same time is answered in full', () => {
    const bench = ControllerBench.started({ gateways: [{ lines: lines(300) }] });
    const gateway = bench.gateway();
    gateway.change('RS');
    bench.run(5_000);
    bench.look();
    gateway.answers = () => undefined;
    for (const line of lines(300)) gateway.notify(line, 'al/of');
    const out = new Set(
      gateway.requests.filter(({ actions }) => JSON.stringify(actions).includes('cg/dt')).map(({ transactionId }) => transactionId),
    ).size;
    expect(out).to.equal(MAX_PER_GATEWAY);
    gateway.answers = (request) => gateway.carryOut(request);
    bench.run(10_000);
    const replies = bench.look().filter(({ from, text }) => from.startsWith('10.0.0.11') && /P=\d+\{C=-\{N=/.test(text));
    expect(new Set(replies.map(({ text }) => text)).size).to.equal(300);
  });

  it('is not held up by a gateway that has fallen silent', () => {
    const bench = ControllerBench.started({ gateways: [{ lines: lines(400) }, {}] });
    bench.gateway(0).answers = () => undefined;
    bench.gateway(0).change('RS');
    bench.gateway(1).change('RS');
    bench.run(100);
    expect(bench.gateway(1).heard()).to.include('modify line/2');
  });
});
