// Where a dialled number goes: the whole order of routing steps, as the SIP plugin has it, asked one question after another.
import { expect } from 'chai';
import type { AddressResolver, Binding, ClusterNode, Decision, PeerDirectory, RoutingQuestion } from '@altpath/core';
import { MemoryStore } from '@altpath/store';
import { planOf } from '../compose/plan-of.js';
import { sipRouting } from '../compose/sip-routing.js';
import { parseConfiguration } from '../settings/index.js';

const NOW = 1_700_000_000_000;
const FILE = `
cluster: { domain: sample2.test, nodes: { a: { listen: ["sip+udp://192.0.2.1:5060", "mgcp+udp://192.0.2.1:2727"] } } }
trust: { peers: [198.51.100.0/24] }
gateways:
  rgw1: { protocol: mgcp, address: 192.0.2.31, lines: ["aaln/[1-2]"], bridge: rtpbridge/* }
  tgw1: { protocol: mgcp, address: 192.0.2.32, trunks: [ds/1] }
groups: { pstn: { targets: [{ uri: "sip:gw1.example" }, { uri: "sip:fixed@gw2.example" }] } }
numbers:
  "2001": aaln/1@rgw1
  "2002": [aaln/2@rgw1, sip:overflow@pstn.example]
  "2003": [sip:pstn.example, aaln/2@rgw1]
  "1xxx": registrar
  "77xx": { to: registrar, strip: 2, prefix: "10" }
  "0.": { to: group:pstn, strip: 1, prefix: "+49" }
  "9.": ds/1@tgw1
  "5": sip:1001@sample2.test
  "0900.": { forbid: true }
  "112": { to: [ds/1@tgw1, sip:112@emergency.example], emergency: true }
  "#1": aaln/1@rgw1
`;
const STRANGER = '203.0.113.9';
const NEIGHBOUR = '198.51.100.1';

function binding(user: string): Binding {
  return {
    contact: `sip:${user}@192.0.2.7:5070`,
    contactKey: `sip:${user}@192.0.2.7:5070?`,
    callId: 'r1',
    cseq: 1,
    expiresAt: NOW + 60_000,
    q: 1_000,
    path: [],
    source: 'udp:192.0.2.7:5070',
    node: 'a',
    updatedAt: NOW,
    parameters: '',
  };
}

const PEERS = (nodes: readonly ClusterNode[]): PeerDirectory => ({
  self: nodes[0] as ClusterNode,
  nodes,
  state: () => 'up',
  isFresh: () => true,
  joining: false,
});

/** @param sip  Of the file. */
function resolver(sip = '{}'): AddressResolver {
  const loaded = parseConfiguration(`${FILE}sip: ${sip}\n`, 'f', {});
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { sip: settings, nodes, routing } = planOf(loaded.configuration, 'a');
  const store = new MemoryStore().locations;
  for (const user of ['1001', 'alice']) void store.write({ aor: `sip:${user}@sample2.test`, bindings: [binding(user)] });
  return sipRouting({ settings, peers: PEERS(nodes), store, ...routing });
}

interface Asked extends Partial<RoutingQuestion> {
  readonly host?: string;
}

function ask(user: string, { host = STRANGER, ...more }: Asked = {}, asked = resolver()): Decision {
  const text = `sip:${user}@sample2.test`;
  return asked.resolve(
    {
      protocol: 'sip',
      operation: 'INVITE',
      destination: { text, scheme: 'sip', user, host: 'sample2.test' },
      from: { transport: 'udp', host, port: 5060 },
      admitted: false,
      unanswerable: false,
      ...more,
    },
    NOW,
  );
}

function addresses(decision: Decision): readonly string[] {
  return decision.kind === 'forward' || decision.kind === 'redirect' ? decision.targets.map(({ address }) => address) : [];
}

const CALL: Decision = { kind: 'serve', service: 'call' };
const FORBIDDEN: Decision = { kind: 'reject', reason: 'forbidden' };

describe('a dialled number', () => {
  it('of a line is call control’s, whoever calls, and whatever else it may lead to', () => {
    for (const number of ['2001', '2002', '20-01', '2001;phone-context=x', '%231']) expect(ask(number), number).to.deep.equal(CALL);
  });

  it('that is registered goes where it is registered', () => {
    expect(addresses(ask('1001'))).to.deep.equal(['sip:1001@192.0.2.7:5070']);
  });

  it('of the registrar goes to the user that is left of it, with all his telephones at once', () => {
    const decision = ask('7701');
    expect(addresses(decision)).to.deep.equal(['sip:1001@192.0.2.7:5070']);
    expect(decision.kind === 'forward' && decision.inOrder).to.equal(false);
    expect(ask('1002')).to.deep.equal({ kind: 'reject', reason: 'unavailable' });
  });

  it('of a user of ours, written as an address, goes to him', () => {
    expect(addresses(ask('5'))).to.deep.equal(['sip:1001@192.0.2.7:5070']);
  });

  it('of a group goes to its targets one after the other, with the number where they name no user', () => {
    const decision = ask('0891234', { host: NEIGHBOUR });
    expect(addresses(decision)).to.deep.equal(['sip:+49891234@gw1.example', 'sip:fixed@gw2.example']);
    expect(decision.kind === 'forward' && decision.inOrder).to.equal(true);
  });

  it('that leads out of the house is for neighbours, registered telephones, and what was let in before', () => {
    for (const number of ['0891234', '91234', '2003']) {
      expect(ask(number), number).to.deep.equal(FORBIDDEN);
      expect(ask(number, { host: NEIGHBOUR }), number).not.to.deep.equal(FORBIDDEN);
      expect(ask(number, { admitted: true }), number).not.to.deep.equal(FORBIDDEN);
      expect(ask(number, { from: { transport: 'udp', host: '192.0.2.7', port: 5070 } }), number).not.to.deep.equal(FORBIDDEN);
    }
  });

  it('that is forbidden is so for everybody, and an emergency for nobody', () => {
    expect(ask('09001', { host: NEIGHBOUR })).to.deep.equal(FORBIDDEN);
    expect(ask('112')).to.deep.equal(CALL);
  });

  it('of a line takes no messages, and says what can be done with it as the house does', () => {
    expect(ask('2001', { operation: 'MESSAGE' })).to.deep.equal({ kind: 'reject', reason: 'not-allowed' });
    expect(ask('2001', { operation: 'OPTIONS' })).to.deep.equal({ kind: 'reject', reason: 'not-found' });
    expect(addresses(ask('2002', { operation: 'MESSAGE' }))).to.deep.equal(['sip:overflow@pstn.example']);
  });

  it('inside a dialog begins no call', () => {
    expect(ask('2001', { inDialog: true })).to.deep.equal({ kind: 'reject', reason: 'not-allowed' });
  });

  it('that nobody has is unknown, and of another domain nobody’s business', () => {
    expect(ask('4711')).to.deep.equal({ kind: 'reject', reason: 'not-found' });
    const destination = { text: 'sip:2001@other.test', scheme: 'sip', user: '2001', host: 'other.test' };
    expect(ask('2001', { destination, host: NEIGHBOUR })).to.deep.equal({ kind: 'forward', targets: [{ address: 'sip:2001@other.test' }] });
  });

  it('is told where to go where the house redirects, but for lines', () => {
    const asked = resolver('{ proxy: { mode: redirect } }');
    expect(ask('0891234', { host: NEIGHBOUR }, asked).kind).to.equal('redirect');
    expect(ask('2001', {}, asked)).to.deep.equal(CALL);
  });
});

describe('where media is anchored', () => {
  const asked = resolver('{ anchor: rgw1 }');

  it('every call of ours is call control’s', () => {
    for (const number of ['alice', '1001', '2001', '7701']) expect(ask(number, {}, asked), number).to.deep.equal(CALL);
    expect(ask('0891234', { host: NEIGHBOUR }, asked)).to.deep.equal(CALL);
    expect(ask('0891234', {}, asked)).to.deep.equal(FORBIDDEN);
  });

  it('what begins no call goes its way', () => {
    expect(addresses(ask('alice', { operation: 'MESSAGE' }, asked))).to.deep.equal(['sip:alice@192.0.2.7:5070']);
    expect(addresses(ask('alice', { inDialog: true }, asked))).to.deep.equal(['sip:alice@192.0.2.7:5070']);
  });
});
