import { expect } from 'chai';
import { type Configuration, parseConfiguration } from '../settings/index.js';
import { planOf } from './plan-of.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

/** What a line can that nothing is written for. */
const PLAIN = {
  callWaiting: false,
  threeWay: false,
  mixer: undefined,
  forward: { always: undefined, busy: undefined, noAnswer: undefined },
  doNotDisturb: false,
  extensionDigits: undefined,
  music: undefined,
};

function read(text: string): Configuration {
  const loaded = parseConfiguration(text, 'test.yaml', { ALTPATH_KEY: KEY });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.configuration;
}

const PAIR = `
cluster:
  domain: example.test
  keys: [{ id: k1, secret: "\${ALTPATH_KEY}" }]
  nodes:
    a: { listen: [{ url: "sip+udp://0.0.0.0:5060", advertise: 192.0.2.1 }, mgcp+udp://10.0.0.1:2727] }
    b: { listen: [sip+udp://10.0.0.2:5060, sip+tcp://10.0.0.2:5060] }
trust: { peers: [198.51.100.0/24] }
gateways:
  g1: { protocol: mgcp, address: [203.0.113.7:2427, gw.example.test, 203.0.113.64/26] }
`;

describe("a node's plan", () => {
  it('binds what is written and tells others what is advertised', () => {
    const plan = planOf(read(PAIR), 'a');
    const advertised = { host: '192.0.2.1', port: 5060 };
    expect(plan.listeners[0]).to.deep.equal({
      url: 'sip+udp://0.0.0.0:5060',
      scheme: 'sip+udp',
      transport: 'udp',
      host: '0.0.0.0',
      port: 5060,
      advertise: advertised,
    });
    expect(plan.listeners.map((each) => each.scheme)).to.deep.equal(['sip+udp', 'mgcp+udp']);
    expect(plan.sip.listeners).to.deep.equal([{ transport: 'udp', host: '0.0.0.0', port: 5060, advertised }]);
    expect(plan.nodes[0]?.addresses[0]).to.deep.equal({ ...advertised, scheme: 'sip+udp', transport: 'udp' });
  });

  it('gives gateways their nodes by place in the file, and lines their numbers', () => {
    const plan = planOf(
      read(`${PAIR.replace('protocol: mgcp,', 'protocol: mgcp, lines: [aaln/1], nodes: [b, a],')}numbers: { "2001": aaln/1@g1 }\n`),
      'a',
    );
    expect(plan.mgcp.gateways.map(({ name, domain, nodes, heartbeatMs }) => [name, domain, nodes, heartbeatMs])).to.deep.equal([
      ['g1', 'g1', [1, 0], 30_000],
    ]);
    expect(plan.mgcp.listeners).to.deep.equal([{ host: '10.0.0.1', port: 2727, advertised: { host: '10.0.0.1', port: 2727 } }]);
    expect(plan.calls.lines).to.deep.equal([
      { line: 'aaln/1@g1', number: '2001', name: undefined, isTrunk: false, features: PLAIN, protocol: 'mgcp' },
    ]);
    expect(plan.calls.numbers).to.deep.equal({
      2001: { to: ['aaln/1@g1'], strip: 0, prefix: '', callerId: undefined, forbid: false, emergency: false },
    });
  });

  it('gives MEGACO its listeners, gateways, timers and keys', () => {
    const key = 'sixteen letters!';
    const plan = planOf(
      read(
        `${PAIR.replace('mgcp+udp://10.0.0.1:2727', 'megaco+udp://10.0.0.1:2944, megaco-binary+tcp://10.0.0.1:2945')}` +
          `  m1: { protocol: megaco, mid: "[203.0.113.9]:2944", address: 203.0.113.9, key: "${key}", lines: ["ds/[1-2]"], nodes: [b, a], version: 1, maxCalls: 7, terminations: { "ds/{n}": "ff{n:02x}" } }\n` +
          '  m2: { protocol: megaco, address: 203.0.113.10, heartbeat: off, trunks: ["ds/1/[1-2]"] }\nmegaco: { rto: 50ms, tMax: 2s }\nnumbers: { "1": ds/1@m1 }\n',
      ),
      'a',
    );
    const advertised = { host: '10.0.0.1', port: 2_944 };
    expect(plan.megaco.listeners).to.deep.equal([
      { transport: 'udp', encoding: 'text', host: '10.0.0.1', port: 2_944, advertised },
      { transport: 'tcp', encoding: 'binary', host: '10.0.0.1', port: 2_945, advertised: { ...advertised, port: 2_945 } },
    ]);
    const [first, second] = plan.megaco.gateways;
    expect(first).to.include({ name: 'm1', mid: '[203.0.113.9]:2944', version: 1, maxCalls: 7, heartbeatMs: 30_000, encoding: undefined });
    expect([first?.key?.toString(), first?.nodes, first?.lines]).to.deep.equal([key, [1, 0], ['ds/1', 'ds/2']]);
    expect(first?.terminations?.write('ds/2').id.toString('hex')).to.equal('ff02');
    expect(second).to.include({ mid: 'm2', key: undefined, heartbeatMs: undefined, terminations: undefined });
    expect([second?.lines, second?.trunks]).to.deep.equal([[], ['ds/1/1', 'ds/1/2']]);
    expect([...plan.routing.trunks]).to.deep.equal(['ds/1/1@m2', 'ds/1/2@m2']);
    expect(plan.megaco.timers).to.deep.equal({ rtoMs: 50, rtoMaxMs: 4_000, tMaxMs: 2_000, longTimerMs: 30_000 });
    expect(plan.calls.lines.map(({ line, number, protocol }) => [line, number, protocol])).to.deep.equal([
      ['ds/1@m1', '1', 'megaco'],
      ['ds/2@m1', undefined, 'megaco'],
      ['ds/1/1@m2', undefined, 'megaco'],
      ['ds/1/2@m2', undefined, 'megaco'],
    ]);
    expect(plan.mgcp.gateways.map(({ name }) => name)).to.deep.equal(['g1']);
  });

  it('marks this node among all, in file order', () => {
    const { nodes } = planOf(read(PAIR), 'b');
    expect(nodes.map(({ name, index, self }) => [name, index, self])).to.deep.equal([
      ['a', 0, false],
      ['b', 1, true],
    ]);
  });

  it('takes the other nodes and trust.peers for neighbours, and not itself', () => {
    const plan = planOf(read(PAIR), 'b');
    expect(plan.routing.trusted).to.have.members(['192.0.2.1', '10.0.0.1', '198.51.100.0/24']);
    expect(plan.sip.trust.map((group) => group.name)).to.deep.equal(['cluster', 'peers']);
    expect(plan.sip.trust[1]?.alternates).to.deep.equal(['198.51.100.0/24']);
  });

  it('exempts nodes, gateways that have an address, and trust ranges from limits', () => {
    const { exempt } = planOf(read(PAIR), 'b').sip.limits;
    expect(new Set(exempt)).to.deep.equal(
      new Set(['192.0.2.1', '10.0.0.1', '10.0.0.2', '203.0.113.7', '203.0.113.64/26', '198.51.100.0/24']),
    );
  });

  it('exempts what is written, where it is written', () => {
    expect(planOf(read(`${PAIR}limits: { exempt: [10.0.0.0/8] }\n`), 'b').sip.limits.exempt).to.deep.equal(['10.0.0.0/8']);
  });

  it('a single node without keys makes one, new each time, and trusts nobody', () => {
    const configuration = read('cluster: { domain: example.test, nodes: { solo: { listen: ["sip+udp://127.0.0.1:5060"] } } }');
    const [first, second] = [planOf(configuration, 'solo'), planOf(configuration, 'solo')];
    expect(first.keys[0]?.secret.length).to.equal(32);
    expect(first.keys[0]?.secret.equals(second.keys[0]?.secret ?? Buffer.alloc(0))).to.equal(false);
    expect(first.routing.trusted).to.deep.equal([]);
  });

  it('derives the timers of T1 and keeps the defaults of the page of keys', () => {
    const plan = planOf(read(`${PAIR}sip: { timers: { t1: 100ms } }\n`), 'a');
    expect(plan.sip.timers).to.deep.equal({ t1: 100, t2: 800, t4: 1_000, c: 180_000 });
    expect(plan.sip.registrar).to.deep.equal({ minExpiresS: 60, defaultExpiresS: 3_600, maxExpiresS: 7_200, maxContacts: 10 });
    expect([plan.heartbeatMs, plan.joiningMs, plan.drainMs]).to.deep.equal([100, 5_000, 600_000]);
    expect(plan.sip.domains).to.deep.equal(['example.test']);
  });

  it('a name that is no node is a mistake of the caller', () => {
    expect(() => planOf(read(PAIR), 'c')).to.throw(RangeError);
  });
});
