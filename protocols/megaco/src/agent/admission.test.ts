// Who may speak: gateways of the file from their own places or with their key's signature. Whoever else does moves nothing.
import { expect } from 'chai';
import { Authenticator, verifyAuthentication } from '../codec/authentication/index.js';
import { BINARY } from '../transaction/index.js';
import { ControllerBench } from './controller.fixture.js';
import { mIdKey, parseMId } from './m-ids.js';

const REGISTRATION = 'T=1{C=-{SC=ROOT{SV{MT=RS,RE="901 Cold Boot",V=1}}}}';
const KEY = Buffer.from('twenty octets of key');

/** Nothing is left of what came. */
function expectNothing(bench: ControllerBench, at = 0): void {
  expect(bench.node().state(at)).to.equal('foreign');
  expect(bench.node().adapter.gateways()[at]?.place).to.equal(undefined);
  expect(bench.node().service).to.deep.equal([]);
  expect(bench.node().adapter.status(bench.now).transactions).to.equal(0);
}

describe('a message is believed', () => {
  it('of a gateway of the file at its own address, from any port, whatever the case of its name', () => {
    const bench = ControllerBench.started();
    bench.gateway().port = 40_000;
    bench.gateway().write(REGISTRATION, 0, 'MG1');
    expect(bench.node().state()).to.equal('serving');
  });

  it('of a gateway that the file names by its address, with or without port', () => {
    const bench = ControllerBench.started({ gateways: [{ mid: '[10.1.0.1]:2944' }, { mid: '<gw2.example.test>' }] });
    bench.gateway(0).write(REGISTRATION, 0, '[10.1.0.1]:2944');
    bench.gateway(1).write(REGISTRATION, 0, '<GW2.example.test>:2944');
    expect([bench.node().state(0), bench.node().state(1)]).to.deep.equal(['serving', 'serving']);
  });

  it('from a range, and from where a name leads once that is known', () => {
    const bench = ControllerBench.started({ gateways: [{ addresses: ['10.1.0.0/24'] }, { addresses: ['gw2.example.test:2944'] }] });
    bench.gateway(0).write(REGISTRATION);
    expect(bench.node().state(0)).to.equal('serving');
    bench.gateway(1).write(REGISTRATION);
    expectNothingOf(bench, 1);
    const [question] = bench.node().questions;
    expect(question?.question.host).to.equal('gw2.example.test');
    const addresses = [{ host: '10.1.0.2', port: 2944, transport: 'udp' as const }];
    bench.node().adapter.handle({ kind: 'resolved', id: question?.id ?? 0, addresses }, bench.now);
    bench.gateway(1).write(REGISTRATION.replace('T=1', 'T=2'));
    expect(bench.node().state(1)).to.equal('serving');
  });

  it('from anywhere with a signature made with its key', () => {
    for (const encoding of [undefined, BINARY]) {
      const bench = ControllerBench.started({ gateways: [{ addresses: [], key: KEY }] });
      const gateway = bench.gateway();
      if (encoding) gateway.encoding = encoding;
      const authenticator = new Authenticator({ key: KEY }, bench.now);
      gateway.sign = (data) => authenticator.sign(data, { from: { host: gateway.host }, to: { host: '10.0.0.11', port: 2944 } });
      gateway.write(REGISTRATION);
      bench.run(100);
      expect(bench.node().state()).to.equal('serving');
      // What goes there is signed as well.
      const passed = bench.look().filter(({ to }) => to.startsWith('10.1.'));
      expect(passed).to.have.length(4);
      for (const { data } of passed)
        expect(verifyAuthentication(data, KEY, { from: { host: '10.0.0.11' }, to: { host: gateway.host, port: 2944 } })).to.equal(true);
    }
  });

  it('with the key of all gateways, where it has none of its own', () => {
    const bench = ControllerBench.started({ gateways: [{ addresses: ['192.0.2.1'] }], auth: KEY });
    const authenticator = new Authenticator({ key: KEY }, bench.now);
    bench.gateway().sign = (data) => authenticator.sign(data, { from: { host: '10.1.0.1' }, to: { host: '10.0.0.11', port: 2944 } });
    bench.gateway().write(REGISTRATION);
    expect(bench.node().state()).to.equal('serving');
  });
});

function expectNothingOf(bench: ControllerBench, at: number): void {
  expect(bench.node().state(at)).to.equal('foreign');
}

describe('a message is refused', () => {
  it('with 402 that bears no name of the file and comes from a known address', () => {
    const bench = ControllerBench.started();
    bench.gateway().write(REGISTRATION, 0, 'mg9');
    expect(bench.words()).to.deep.equal(['mg1>11 service-change ROOT', '11>mg1 reply 402']);
    expect(bench.node().counts('megaco.refused unknown-gateway')).to.equal(1);
    expectNothing(bench);
  });

  it('with 504 that bears the name of another gateway', () => {
    const bench = ControllerBench.started({ gateways: [{}, {}] });
    bench.gateway(1).write(REGISTRATION, 0, 'mg1');
    expect(bench.words()).to.deep.equal(['mg2>11 service-change ROOT', '11>mg2 reply 504']);
    expect(bench.node().counts('megaco.refused wrong-source')).to.equal(1);
    expectNothing(bench);
  });

  it('with silence from an unknown address: nobody uses this node as a reflector', () => {
    const bench = ControllerBench.started();
    for (const mId of ['mg1', 'mg9', '[10.0.0.12]:2944']) {
      bench.gateway().send(Buffer.from(`!/1 ${mId} ${REGISTRATION}`), 0, '192.0.2.7:2944');
    }
    bench.gateway().send(Buffer.from('nonsense'), 0, '192.0.2.7:2944');
    expect(bench.look().filter(({ from }) => from.startsWith('10.0.'))).to.deep.equal([]);
    expect(bench.node().counts('megaco.refused unreadable')).to.equal(1);
    expectNothing(bench);
  });

  it('and its connection closed, over TCP', () => {
    const bench = ControllerBench.started();
    bench.gateway().transport = 'tcp';
    bench.gateway().flow = 5;
    bench.gateway().write(REGISTRATION, 0, 'mg9');
    expect(bench.words()).to.include('11>mg1 reply 402');
    expect(bench.node().closed).to.deep.equal([5]);
    expectNothing(bench);
  });

  it('that is signed with another key, also from the right address', () => {
    const bench = ControllerBench.started({ gateways: [{ key: KEY }] });
    const authenticator = new Authenticator({ key: Buffer.from('another key entirely') }, bench.now);
    bench.gateway().sign = (data) => authenticator.sign(data, { from: { host: '10.1.0.1' }, to: { host: '10.0.0.11', port: 2944 } });
    bench.gateway().write(REGISTRATION);
    expect(bench.node().counts('megaco.refused forged')).to.equal(1);
    expectNothing(bench);
  });

  it('without a signature from a gateway that has no other proof', () => {
    const bench = ControllerBench.started({ gateways: [{ addresses: [], key: KEY }] });
    bench.gateway().write(REGISTRATION);
    expect(bench.node().counts('megaco.refused wrong-source')).to.equal(1);
    expectNothing(bench);
  });

  it('that answers for another gateway: the request goes on', () => {
    const bench = ControllerBench.started({ gateways: [{}, {}] });
    bench.gateway(0).answers = () => undefined;
    bench.gateway(0).change('RS');
    bench.run(10);
    const [request] = bench.gateway(0).requests;
    const sent = bench.node().adapter.status(bench.now).transactions;
    bench.gateway(1).write(`P=${request?.transactionId}{C=-{AV=ROOT}}`, 0, 'mg1');
    // Also under its own name: whoever guesses an id ends nothing that was asked of another.
    bench.gateway(1).write(`P=${request?.transactionId}{C=-{AV=ROOT}}`);
    bench.gateway(1).write(`PN=${request?.transactionId}{}`);
    bench.gateway(0).send(Buffer.from(`!/1 mg1 P=${request?.transactionId}{C=-{AV=ROOT}}`), 0, '192.0.2.7:2944');
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(sent);
    expect(bench.node().counts('megaco.reply.unmatched pending')).to.equal(1);
    bench.gateway(0).write(`P=${request?.transactionId}{C=-{AV=ROOT}}`);
    expect(bench.node().adapter.status(bench.now).transactions).to.equal(sent - 1);
  });

  it('by its own error code when it cannot be read', () => {
    const bench = ControllerBench.started();
    for (const text of ['!/1 mg1 T=5{C=-{N=line/1{', 'MEGACO', '!/1 mg1 T=6{C=-{XX=line/1}}']) bench.gateway().send(Buffer.from(text));
    bench.run(1_500);
    bench.gateway().send(Buffer.from('rubbish'));
    const answers = bench.look().filter(({ from }) => from.startsWith('10.0.'));
    expect(answers.map(({ text }) => /ER=(\d+)/.exec(text)?.[1])).to.deep.equal(['447', '400', '443', '400']);
    expectNothing(bench);
  });

  it('that asks for what a gateway may not ask', () => {
    const bench = ControllerBench.started();
    bench.gateway().change('RS');
    bench.run(100);
    bench.look();
    bench.gateway().say('C=1{S=*}');
    const [, answer] = bench.look();
    expect(answer?.text).to.include('ER=443');
    expect(bench.node().counts('megaco.refused subtract')).to.equal(1);
  });

  it('and forged ones of an associated gateway move nothing', () => {
    const bench = ControllerBench.started({ gateways: [{}, {}] });
    bench.gateway(0).change('RS');
    bench.run(100);
    const before = bench.node().adapter.gateways();
    bench.look();
    bench.gateway(0).heard();
    bench.node().service.length = 0;
    for (const actions of [
      'C=-{SC=ROOT{SV{MT=FO,RE="905"}}}',
      'C=-{SC=ROOT{SV{MT=RS,RE="901",AD=[192.0.2.7]:2944}}}',
      `C=-{N=line/1{OE=${bench.gateway(0).requestId('line/1')}{20261122T14240000:al/of}}}`,
    ])
      bench.gateway(0).send(Buffer.from(`!/1 mg1 T=99{${actions}}`), 0, '192.0.2.7:2944');
    bench.run(1_000);
    expect(bench.node().adapter.gateways()).to.deep.equal(before);
    expect(bench.gateway(0).heard()).to.deep.equal([]);
    expect(bench.node().service).to.deep.equal([]);
  });
});

describe('mIds', () => {
  it('are read as the file writes them', () => {
    const texts = ['mg1', 'GW-7.example', '[10.0.0.5]:2944', '[10.0.0.5]', '<gw.example.test>:55555', '[2001:db8::1]:2945', 'MTP{00ab}'];
    expect(texts.map((text) => parseMId(text)?.kind)).to.deep.equal(['device', 'device', 'ip4', 'ip4', 'domain', 'ip6', 'mtp']);
    for (const text of ['', '10.0.0.5:2944', '[10.0.0.5', '<>', 'a b', 'mg1{', '[10.0.0.5]:0x'])
      expect(parseMId(text), text).to.equal(undefined);
  });

  it('are the same without case, and by value', () => {
    const key = (text: string): string => {
      const mId = parseMId(text);
      return mId ? mIdKey(mId) : '';
    };
    expect(key('MG1')).to.equal(key('mg1'));
    expect(key('<GW.example.test>')).to.equal(key('<gw.example.test>'));
    expect(key('[2001:DB8:0::1]:2944')).to.equal(key('[2001:db8::1]:2944'));
    expect(key('[10.0.0.5]:2944')).to.not.equal(key('[10.0.0.5]:2945'));
  });
});
