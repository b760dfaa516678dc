// Gateways that register: whom the controller takes, under what conditions, and whom it sends elsewhere (RFC 3525 §11).
import { expect } from 'chai';
import { BINARY, PRETTY_TEXT } from '../transaction/index.js';
import { ControllerBench, type Passed } from './controller.fixture.js';

/** The ServiceChange reply of the only one that passed. */
function replies(passed: readonly Passed[]): readonly string[] {
  return passed.flatMap(({ text }) => (/(?:P|Reply)=\d/.test(text) && /SC|ServiceChange/.test(text) ? [text] : []));
}

describe('a registration', () => {
  for (const method of ['RS', 'FL', 'DC', 'HO']) {
    it(`by ${method} is accepted without naming anybody, with version and time`, () => {
      const bench = ControllerBench.started();
      bench.gateway().change(method, 0, 'ROOT', ',V=1,PF=lines/2,20261122T14000000');
      const [text = ''] = replies(bench.look());
      expect(text).to.equal('!/1 [10.0.0.11]:2944\nP=1{C=-{SC=ROOT{SV{PF=lines/2,V=1,20261122T14240300}}}}');
      expect(bench.node().adapter.gateways()[0]).to.include({ holder: 0, place: 'udp:10.1.0.1:2944', speaks: 'compact, version 1' });
      expect(bench.told.map(({ topic }) => topic)).to.include('gateway.held');
    });
  }

  it('after a cold boot arms the lines, and asks nothing of them', () => {
    const bench = ControllerBench.started();
    bench.gateway().change('RS');
    bench.run(100);
    expect(bench.gateway().heard()).to.deep.equal(['audit-value ROOT', 'modify line/1', 'modify line/2']);
    expect(bench.node().service).to.deep.equal(['line/1@gw1 true', 'line/2@gw1 true']);
    expect(bench.node().state()).to.equal('serving');
    expect(bench.node().restored).to.deep.equal([]);
  });

  for (const method of ['FL', 'DC', 'HO']) {
    it(`by ${method} is followed by an audit of each line, from which calls are rebuilt`, () => {
      const bench = ControllerBench.started();
      bench.gateway().change(method);
      bench.run(100);
      const [first, second] = [
        bench
          .gateway()
          .heard()
          .filter((word) => word === 'audit-value line/1'),
        bench.node().restored,
      ];
      expect(first).to.not.deep.equal([]);
      expect(second).to.deep.equal([true, true, false]);
      expect(bench.node().state()).to.equal('serving');
    });
  }

  it('is answered before anything is asked', () => {
    const bench = ControllerBench.started();
    bench.gateway().change('FL');
    const [, first, second] = bench.words();
    expect(first).to.equal('11>mg1 reply');
    expect(second).to.match(/^11>mg1 audit-value/);
  });

  it('agrees on the lower version, and writes in it from then on', () => {
    const bench = ControllerBench.started({ gateways: [{ version: 2 }] });
    const gateway = bench.gateway();
    gateway.version = 1;
    gateway.change('RS', 0, 'ROOT', ',V=3');
    const passed = bench.look().filter(({ from }) => from.startsWith('10.0'));
    expect(passed[0]?.text).to.match(/^!\/1 .*V=2/s);
    for (const { message } of passed.slice(1)) expect(message?.version).to.equal(2);
    expect(bench.node().adapter.gateways()[0]?.speaks).to.equal('compact, version 2');
  });

  for (const [offered, header, expected] of [
    [1, 1, 1],
    [3, 3, 3],
    [7, 2, 3],
  ] as const) {
    it(`that offers version ${offered} gets ${expected}`, () => {
      const bench = ControllerBench.started();
      bench.gateway().version = header;
      bench.gateway().change('RS', 0, 'ROOT', `,V=${offered}`);
      expect(replies(bench.look())[0]).to.include(`V=${expected}`);
    });
  }

  it('in a version that nobody speaks is refused with 406, and nobody is associated', () => {
    const bench = ControllerBench.started();
    bench.gateway().change('RS', 0, 'ROOT', ',V=0');
    expect(replies(bench.look())[0]).to.include('ER=406');
    bench.gateway().version = 9;
    bench.gateway().change('RS');
    expect(bench.words()).to.deep.equal(['mg1>11 ?', '11>mg1 error 406']);
    expect(bench.node().state()).to.equal('foreign');
    expect(bench.node().counts('megaco.registration.refused version')).to.equal(1);
  });

  it('is answered in the encoding that it came in, and so is everything after it', () => {
    for (const encoding of [PRETTY_TEXT, BINARY]) {
      const bench = ControllerBench.started();
      const gateway = bench.gateway();
      gateway.encoding = encoding;
      gateway.change('RS');
      bench.run(100);
      expect(bench.node().adapter.gateways()[0]?.speaks).to.equal(`${encoding.name}, version 1`);
      expect(gateway.heard()).to.deep.equal(['audit-value ROOT', 'modify line/1', 'modify line/2']);
    }
  });

  it('over a way that the file does not give the gateway is refused', () => {
    const bench = ControllerBench.started({ gateways: [{ encoding: 'binary' }, { transport: 'tcp' }] });
    for (const at of [0, 1]) {
      bench.gateway(at).change('RS');
      expect(replies(bench.look())[0]).to.include('ER=402');
      expect(bench.node().state(at)).to.equal('foreign');
    }
  });

  it('may name another port, and no address that the gateway may not have', () => {
    const bench = ControllerBench.started();
    const place = (): string | undefined => bench.node().adapter.gateways()[0]?.place;
    bench.gateway().change('RS', 0, 'ROOT', ',AD=5000');
    expect(place()).to.equal('udp:10.1.0.1:5000');
    bench.gateway().change('RS', 0, 'ROOT', ',AD=[10.1.0.1]:5001');
    expect(place()).to.equal('udp:10.1.0.1:5001');
    bench.gateway().change('RS', 0, 'ROOT', ',AD=[192.0.2.1]:5001');
    expect(place()).to.equal('udp:10.1.0.1:2944');
    expect(bench.node().counts('megaco.registration.address-ignored')).to.equal(1);
  });

  it('that is repeated is executed once', () => {
    const bench = ControllerBench.started();
    bench.gateway().write('T=77{C=-{SC=ROOT{SV{MT=RS,RE="901"}}}}');
    bench.gateway().write('T=77{C=-{SC=ROOT{SV{MT=RS,RE="901"}}}}');
    expect(bench.node().counts('megaco.service-change restart')).to.equal(1);
  });

  it('that comes again leaves nothing of the first outstanding', () => {
    const bench = ControllerBench.started();
    const gateway = bench.gateway();
    gateway.answers = () => undefined;
    gateway.change('RS');
    bench.run(500);
    gateway.heard();
    gateway.answers = (request) => gateway.carryOut(request);
    gateway.port = 3_000;
    gateway.change('RS');
    bench.run(500);
    expect(gateway.heard()).to.deep.equal(['audit-value ROOT', 'modify line/1', 'modify line/2']);
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(0);
  });
});

describe('a gateway is sent elsewhere', () => {
  const mgcId = (text: string | undefined): string | undefined => /MG=([^,}]+)/.exec(text ?? '')?.[1];

  it('home when it has nothing and its home is up, with the port of its encoding', () => {
    const bench = ControllerBench.started({ nodes: 2 });
    bench.gateway().change('RS', 1);
    expect(mgcId(replies(bench.look())[0])).to.equal('[10.0.0.11]:2944');
    expect(bench.node(1).state()).to.equal('foreign');
    expect(bench.node(1).counts('megaco.registration.redirected')).to.equal(1);
    bench.gateway().encoding = BINARY;
    const binary = ControllerBench.started({ nodes: 2 });
    binary.gateway().encoding = BINARY;
    binary.gateway().change('RS', 1);
    const reply = binary.look().at(-1)?.message;
    expect(JSON.stringify(reply)).to.include('"mgcId":{"kind":"ip4","address":"10.0.0.11","port":2945}');
  });

  it('never twice to a node that did not take it', () => {
    const bench = ControllerBench.started({ nodes: 2 });
    bench.gateway().change('RS', 1);
    bench.look();
    bench.gateway().change('RS', 1);
    expect(mgcId(replies(bench.look())[0])).to.equal(undefined);
    expect(bench.node(1).state()).to.equal('serving');
  });

  it('not when its home is not plainly up', () => {
    for (const state of ['suspect', 'down', 'joining', 'draining'] as const) {
      const bench = ControllerBench.started({ nodes: 2 });
      bench.node(1).sees(0, state);
      bench.gateway().change('RS', 1);
      expect(mgcId(replies(bench.look())[0]), state).to.equal(undefined);
    }
  });

  for (const method of ['FL', 'DC', 'HO']) {
    it(`not when it comes by ${method}: it has left somebody, and has calls`, () => {
      const bench = ControllerBench.started({ nodes: 2 });
      bench.gateway().change('RS', 0);
      bench.run(100);
      bench.look();
      bench.gateway().change(method, 1);
      expect(mgcId(replies(bench.look())[0])).to.equal(undefined);
      bench.run(100);
      expect([bench.node(0).state(), bench.node(1).state()]).to.deep.equal(['foreign', 'serving']);
    });
  }

  it('to the next node by one that drains, but not back to where it comes from', () => {
    const bench = ControllerBench.started({ nodes: 3 });
    bench.gateway().change('RS', 0);
    bench.run(100);
    bench.node(1).drainCalls();
    bench.node(1).sees(0, 'up');
    bench.look();
    bench.gateway().change('FL', 1);
    expect(mgcId(replies(bench.look())[0])).to.equal('[10.0.0.13]:2944');
  });

  it('and two controllers that drain at the same time make no storm', () => {
    const bench = ControllerBench.started({ nodes: 2 });
    for (const node of bench.nodes) node.drainCalls();
    // Neither has heard of the other's drain.
    let at = 0;
    let turns = 0;
    for (; turns < 10; turns += 1) {
      bench.gateway().change('FL', at);
      const named = mgcId(replies(bench.look())[0]);
      if (named === undefined) break;
      at = named.includes('10.0.0.11') ? 0 : 1;
    }
    expect(turns).to.be.at.most(2);
  });

  it('is refused by a node that the file does not give it, when there is no other', () => {
    const bench = ControllerBench.started({ nodes: 2, gateways: [{ nodes: [0] }] });
    bench.node(1).sees(0, 'down');
    bench.gateway().change('FL', 1);
    expect(replies(bench.look())[0]).to.include('ER=503');
    expect(bench.node(1).state()).to.equal('foreign');
  });
});

describe('ServiceChange of lines', () => {
  function served(): ControllerBench {
    const bench = ControllerBench.started({ gateways: [{ lines: ['line/1', 'line/2', 'ds1/1'] }] });
    bench.gateway().change('RS');
    bench.run(100);
    bench.node().service.length = 0;
    bench.gateway().heard();
    bench.look();
    return bench;
  }

  it('takes one, those of a wildcard, or all out of service and back', () => {
    const bench = served();
    const { service } = bench.node();
    bench.gateway().change('FO', 0, 'line/1');
    expect(service.splice(0)).to.deep.equal(['line/1@gw1 false']);
    bench.gateway().change('RS', 0, 'line/1');
    expect(service.splice(0)).to.deep.equal(['line/1@gw1 true']);
    bench.gateway().change('FO', 0, 'line/*');
    expect(service.splice(0)).to.deep.equal(['line/1@gw1 false', 'line/2@gw1 false']);
    bench.gateway().change('RS', 0, '*');
    expect(service.splice(0)).to.deep.equal(['line/1@gw1 true', 'line/2@gw1 true', 'ds1/1@gw1 true']);
    bench.gateway().change('FO');
    expect(service.splice(0)).to.have.length(3);
    expect(replies(bench.look()).map((text) => /SC=[^}]*/.exec(text)?.[0])).to.deep.equal([
      'SC=line/1',
      'SC=line/1',
      'SC=line/*',
      'SC=*',
      'SC=ROOT',
    ]);
  });

  it('comes back with a delay only when that is over', () => {
    const bench = served();
    bench.gateway().change('RS', 0, 'line/1', ',DL=3');
    expect(bench.node().service.splice(0)).to.deep.equal(['line/1@gw1 false']);
    bench.run(2_900);
    expect(bench.node().service).to.deep.equal([]);
    bench.run(500);
    expect(bench.node().service).to.deep.equal(['line/1@gw1 true']);
  });

  it('goes gracefully when its call is over, or when the delay is', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.notify('line/1', 'al/of');
    bench.run(100);
    bench.node().service.length = 0;
    gateway.change('GR', 0, 'line/*', ',DL=5');
    expect(bench.node().service.splice(0)).to.deep.equal(['line/2@gw1 false']);
    bench.run(4_000);
    expect(bench.node().service).to.deep.equal([]);
    bench.run(1_500);
    expect(bench.node().service).to.deep.equal(['line/1@gw1 false']);
  });

  it('stays when that is taken back (918), and its call with it', () => {
    const bench = served();
    const gateway = bench.gateway();
    gateway.notify('line/1', 'al/of');
    bench.run(100);
    bench.node().service.length = 0;
    gateway.change('GR', 0, 'line/1');
    gateway.say('C=-{SC=line/1{SV{MT=RS,RE="918 Cancel Graceful"}}}');
    bench.run(10_000);
    expect(bench.node().service).to.deep.equal([]);
  });

  it('by a method that is for gateways only is refused', () => {
    const bench = served();
    bench.gateway().change('FL', 0, 'line/1');
    expect(replies(bench.look())[0]).to.include('ER=449');
  });

  it('of terminations that nobody knows, or by a method that nobody has agreed on, does no harm', () => {
    const bench = served();
    bench.gateway().change('FO', 0, 'rtp/77');
    bench.gateway().change('X-nap', 0, 'line/1');
    expect(replies(bench.look())).to.have.length(2);
    expect(bench.node().service).to.deep.equal([]);
  });
});
