import { Writable } from 'node:stream';
import { expect } from 'chai';
import { type Binding, hopKey } from '@altpath/core';
import { MemoryStore } from '@altpath/store';
import { createObserver, type TelemetryObserver } from '@altpath/telemetry';
import type { NodeEvent, NodeView } from '../admin/index.js';
import { parseConfiguration } from '../settings/index.js';
import type { AltpathNode } from './altpath-node.js';
import { composeNode } from './container.js';
import { nodeViewOf } from './node-view-of.js';
import { NodeWatch } from './node-watch.js';
import { planOf } from './plan-of.js';
import { redacted } from './redacted.js';

const FILE = `
cluster:
  domain: example.org
  keys: [{ id: k1, secret: ${Buffer.alloc(32, 7).toString('base64')} }]
  nodes:
    b1: { listen: ["sip+udp://127.0.0.1:5060"], admin: { url: "http://127.0.0.1:8080", token: sesame } }
    b2: { listen: ["sip+udp://127.0.0.2:5060"] }
`;

describe('a node as its admin API sees it', () => {
  let node: AltpathNode;
  let observer: TelemetryObserver;
  let view: NodeView;

  beforeEach(async () => {
    const loaded = parseConfiguration(FILE, 'test.yaml', {});
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    const plan = planOf(loaded.configuration, 'b1');
    observer = createObserver({ level: 'error', format: 'text', output: new Writable({ write: (_chunk, _encoding, done) => done() }) });
    // The kernel chooses the port; what the node would write into messages stays as in the file.
    const listeners = plan.listeners.map((each) => ({ ...each, port: 0 }));
    node = composeNode({ plan: { ...plan, listeners }, store: new MemoryStore(), observer, resolve: () => Promise.resolve([]) });
    view = nodeViewOf({ node, observer, version: '0.1.0', configuration: loaded.configuration });
  });
  afterEach(async () => {
    await node.stop();
    await observer.close();
  });

  const register = (user: string, contacts: readonly Partial<Binding>[]): void => {
    const now = node.driver.clock.now();
    const bindings = contacts.map((given, index) => ({
      contact: `sip:${user}@127.0.0.9:${6_000 + index}`,
      contactKey: `${user}-${index}`,
      callId: 'r',
      cseq: 1,
      expiresAt: now + 60_000,
      q: 500,
      path: [],
      node: 'b1',
      updatedAt: now,
      parameters: '',
      ...given,
    }));
    void node.store.locations.write({ aor: `sip:${user}@example.org`, bindings });
  };

  it('is not listening before it has started, and joins until it is up', async () => {
    expect(view).to.deep.include({ name: 'b1', domain: 'example.org', version: '0.1.0', state: 'joining' });
    expect(view.listeners).to.deep.equal([]);
    await node.start();
    expect(view.listeners).to.have.lengthOf(1);
    expect(view.listeners[0]).to.deep.include({ protocol: 'sip', url: 'sip+udp://127.0.0.1:5060' });
    expect(view.listeners[0]?.bound).to.match(/^udp:127\.0\.0\.1:\d+$/);
  });

  it('shows its peers and all nodes, with what is held of them', () => {
    expect(view.peers()).to.deep.equal([{ name: 'b2', state: 'up', lastHeardMs: null, addresses: ['sip+udp://127.0.0.2:5060'] }]);
    expect(view.nodes().map(({ name, self, state }) => ({ name, self, state }))).to.deep.equal([
      { name: 'b1', self: true, state: 'joining' },
      { name: 'b2', self: false, state: 'up' },
    ]);
  });

  it('drains when it is told to', () => {
    view.drain();
    expect(view.state).to.equal('draining');
  });

  it('shows live registrations by page, and one by its user alone', () => {
    const past = node.driver.clock.now() - 1;
    register('alice', [{ source: 'udp:127.0.0.9:6000' }, { expiresAt: past }]);
    register('bob', [{ expiresAt: past }]);
    register('carol', [{}]);
    register('dave', [{}]);
    const page = view.registrations(1, 1);
    expect(page.total).to.equal(3);
    expect(page.registrations.map((each) => each.aor)).to.deep.equal(['sip:carol@example.org']);
    const alice = view.registrations(10, 0, 'alice');
    expect(alice.total).to.equal(1);
    expect(alice.registrations[0]?.contacts).to.have.lengthOf(1);
    expect(alice.registrations[0]?.contacts[0]).to.deep.include({
      contact: 'sip:alice@127.0.0.9:6000',
      q: 0.5,
      source: 'udp:127.0.0.9:6000',
    });
    expect(view.registrations(10, 0, 'sip:bob@example.org')).to.deep.equal({ total: 0, registrations: [] });
    expect(view.registrar()).to.deep.equal({ aors: 3, bindings: 3 });
  });

  it('says how its store does', async () => {
    expect(view.store()).to.deep.include({ kind: 'memory', state: 'up', waiting: 0 });
    expect(await view.metricsText())
      .to.contain('altpath_store_up{kind="memory"} 1\n')
      .and.contain('altpath_store_waiting 0\n');
  });

  it('writes its metrics', async () => {
    register('alice', [{}]);
    observer.count('sip.takeover', 'dead');
    const text = await view.metricsText();
    expect(text).to.contain('altpath_sip_takeover_total{reason="dead"} 1\n');
    expect(text).to.contain('altpath_registered_aors 1\n');
    expect(text).to.contain('altpath_peers{state="up"} 1\n');
    expect(text).to.contain('altpath_transactions{protocol="sip"} 0\n');
  });

  it('draws ladders with the names of nodes and phones', () => {
    const phone = (port: number): string => hopKey({ transport: 'udp', host: '127.0.0.9', port });
    register('alice', [{ source: phone(6_000) }]);
    register('bob', [{ source: phone(6_001) }, { source: phone(6_002) }]);
    const at = node.driver.clock.now();
    const step = (peer: string, direction: 'in' | 'out') => observer.trace({ at, callId: 'a', direction, peer, summary: 'INVITE' });
    step(phone(6_000), 'in');
    step(phone(6_001), 'out');
    step(phone(6_002), 'out');
    step('udp:127.0.0.2:5060', 'out');
    const ladder = view.ladder('a');
    expect(ladder?.events).to.have.lengthOf(4);
    expect(ladder?.text.split('\n')[0]).to.match(/^ +ms +alice +b1 +bob +bob 2 +b2$/);
    expect(view.ladder('unknown')).to.equal(undefined);
  });

  it('shows its configuration without a secret', () => {
    const text = JSON.stringify(view.config());
    expect(text).to.contain('"id":"k1"').and.contain('127.0.0.2');
    expect(text).not.to.contain('sesame').and.not.contain(Buffer.alloc(32, 7).toString('base64'));
  });
});

describe('redaction', () => {
  it('hides secrets by name and bytes by kind, at any depth', () => {
    const given = {
      users: { alice: { password: 'x' } },
      admin: { token: 't', url: 'u' },
      raw: [Buffer.from('k')],
      key: 'm',
      n: 1,
      none: undefined,
    };
    expect(redacted(given)).to.deep.equal({
      users: { alice: { password: '***' } },
      admin: { token: '***', url: 'u' },
      raw: ['***'],
      key: '***',
      n: 1,
      none: undefined,
    });
  });
});

describe('the watch over a node', () => {
  it('tells what changed since the last look, once', () => {
    const peer = { name: 'b2', addresses: [], lastHeardMs: null };
    let seen: Pick<NodeView, 'state' | 'peers' | 'counters'> = {
      state: 'up',
      peers: () => [{ ...peer, state: 'up' }],
      counters: () => ({ 'sip.takeover:dead': 2 }),
    };
    const events: NodeEvent[] = [];
    const watch = new NodeWatch(() => seen);
    const end = watch.subscribe((event) => events.push(event));
    watch.look(5);
    expect(events).to.deep.equal([]);
    seen = {
      state: 'draining',
      peers: () => [{ ...peer, state: 'down' }],
      counters: () => ({ 'sip.takeover:dead': 5, 'sip.takeover:fork': 1, 'sip.rewrite:token': 9 }),
    };
    watch.look(7);
    watch.look(8);
    end();
    watch.look(9);
    expect(events).to.deep.equal([
      { kind: 'state', at: 7, state: 'draining' },
      { kind: 'peer', at: 7, name: 'b2', state: 'down' },
      { kind: 'takeover', at: 7, reason: 'dead', count: 3 },
      { kind: 'takeover', at: 7, reason: 'fork', count: 1 },
    ]);
  });
});
