// Whether a gateway lives and notices whether we do: it/ito, questions, connections that are closed.
import { expect } from 'chai';
import { BINARY } from '../transaction/index.js';
import { ControllerBench } from './controller.fixture.js';

function served(heartbeatMs?: number, prepare: (bench: ControllerBench) => void = () => undefined): ControllerBench {
  const bench = ControllerBench.started({ gateways: [{ heartbeatMs }], timers: { tMaxMs: 3_000 } });
  prepare(bench);
  bench.gateway().change('RS');
  bench.run(200);
  return bench;
}

describe('a heartbeat', () => {
  it('is asked for of a gateway that knows how, in hundredths of a second', () => {
    const bench = served(30_000);
    const passed = bench.look().find(({ text }) => text.includes('it/ito'));
    expect(passed?.text).to.match(/C=-\{MF=ROOT\{E=\d+\{it\/ito\{mit=3000\}\}\}\}/);
    bench.gateway().heard();
    // It has as long again to report.
    bench.run(59_000);
    expect(bench.gateway().heard()).to.deep.equal([]);
    bench.run(2_000);
    expect(bench.gateway().heard()).to.deep.equal(['audit-value ROOT']);
  });

  it('is a question of ours where the gateway does not know how, or refuses', () => {
    const unable = served(10_000, (bench) => (bench.gateway().packages = ['g', 'al']));
    const unwilling = served(10_000, (bench) => {
      const gateway = bench.gateway();
      gateway.answers = (request) =>
        JSON.stringify(request).includes('it/ito') ? { kind: 'error', code: 440 } : gateway.carryOut(request);
    });
    for (const bench of [unable, unwilling]) {
      bench.gateway().heard();
      bench.run(30_900);
      expect(bench.gateway().heard()).to.deep.equal(['audit-value ROOT', 'audit-value ROOT', 'audit-value ROOT']);
    }
    expect(unwilling.node().counts('megaco.heartbeat.refused')).to.equal(1);
  });

  it('is none where the file says so', () => {
    const bench = served();
    bench.gateway().heard();
    bench.run(600_000);
    expect(bench.gateway().heard()).to.deep.equal([]);
  });

  it('crosses to binary', () => {
    const bench = served(30_000, ({ gateways: [gateway] }) => {
      if (gateway) gateway.encoding = BINARY;
    });
    expect(bench.gateway().heard()).to.include('modify ROOT');
  });

  it('that is not answered takes lines out of service, and one that is puts them back', () => {
    const bench = served(10_000, (each) => (each.gateway().packages = []));
    bench.gateway().answers = () => undefined;
    bench.node().service.length = 0;
    bench.run(14_000);
    expect(bench.node().state()).to.equal('silent');
    expect(bench.node().service).to.deep.equal(['line/1@gw1 false', 'line/2@gw1 false']);
    bench.gateway().answers = (request) => bench.gateway().carryOut(request);
    bench.run(12_000);
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().restored.at(-1)).to.equal(false);
  });
});

describe('a connection that is closed', () => {
  function onTcp(): ControllerBench {
    const bench = ControllerBench.started({ gateways: [{ heartbeatMs: 5_000 }], timers: { tMaxMs: 3_000 } });
    Object.assign(bench.gateway(), { transport: 'tcp', listener: 1, flow: 9 });
    bench.gateway().change('RS');
    bench.run(200);
    bench.node().service.length = 0;
    bench.gateway().heard();
    return bench;
  }

  it('leaves the calls as they are until the gateway comes again, and then asks it', () => {
    const bench = onTcp();
    bench.gateway().close();
    bench.run(4_000);
    expect(bench.node().service).to.deep.equal([]);
    expect(bench.node().adapter.gateways()[0]?.place).to.equal(undefined);
    bench.gateway().flow = 10;
    bench.gateway().change('DC');
    bench.run(500);
    expect(bench.gateway().heard()).to.include('audit-value line/1');
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().service).to.deep.equal([]);
  });

  it('for too long takes the lines out of service', () => {
    const bench = onTcp();
    bench.gateway().close();
    bench.run(9_000);
    expect(bench.node().service).to.deep.equal(['line/1@gw1 false', 'line/2@gw1 false']);
    expect(bench.node().state()).to.equal('silent');
  });

  it('amid a command leaves no line waiting', () => {
    const bench = onTcp();
    bench.gateway().answers = () => undefined;
    bench.gateway().notify('line/1', 'al/of');
    bench.gateway().close();
    bench.gateway().answers = (request) => bench.gateway().carryOut(request);
    bench.gateway().flow = 10;
    bench.gateway().change('DC');
    bench.run(1_000);
    expect(
      bench
        .gateway()
        .heard()
        .filter((word) => word === 'modify line/1').length,
    ).to.be.greaterThan(0);
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(0);
  });

  it('of a stranger is nothing', () => {
    const bench = onTcp();
    bench.node().adapter.handle({ kind: 'flow-closed', hop: { transport: 'tcp', host: '192.0.2.1', port: 1, flow: 77 } }, bench.now);
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().adapter.gateways()[0]?.place).to.equal('tcp:10.1.0.1:2944');
  });

  it('is what a stream gets that is no TPKT', () => {
    const bench = onTcp();
    const hop = { transport: 'tcp', host: '10.1.0.1', port: 2944, listener: 1, flow: 12 } as const;
    bench.node().adapter.handle({ kind: 'bytes', data: Buffer.from('GET / HTTP/1.1\r\n\r\n'), hop }, bench.now);
    bench.settle();
    expect(bench.node().closed).to.deep.equal([12]);
  });
});
