// A node for the tests of this folder: three users, one peer, and a switch for everything that changes.
import type { CallDetailRecord } from '@altpath/core';
import type { NodeEvent, NodeView, OwnState } from './node-view.js';

const ENDED: CallDetailRecord = {
  callId: '0655A1B2C0007',
  from: '2001',
  to: '1001',
  protocol: 'mgcp+sip',
  setUpAt: 1_000,
  answeredAt: 4_000,
  endedAt: 69_000,
  estimated: ['endedAt'],
  endedBy: 'terminating',
  cause: 'normal-clearing',
  q850: 16,
  nodes: ['b2', 'b1'],
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface FakeView extends Writable<NodeView> {
  state: OwnState;
  readonly subscribers: Set<(event: NodeEvent) => void>;
}

export function fakeView(): FakeView {
  const subscribers = new Set<(event: NodeEvent) => void>();
  const aors = ['alice', 'bob', 'carol'].map((user) => ({ aor: `sip:${user}@example.org`, contacts: [] }));
  const view: FakeView = {
    name: 'b1',
    domain: 'example.org',
    version: '0.1.0',
    startedAt: 1_000,
    state: 'up',
    listeners: [{ protocol: 'sip', url: 'sip+udp://127.0.0.1:5060', bound: 'udp:127.0.0.1:5060' }],
    subscribers,
    protocols: () => [{ protocol: 'sip', pending: 1, transactions: 2 }],
    registrar: () => ({ aors: 3, bindings: 4 }),
    calls: (limit) => [{ callId: 'a', from: 'alice', to: 'bob', state: 'ringing', since: 1_000, protocol: 'sip' }].slice(0, limit),
    ended: (limit) => [ENDED].slice(0, limit),
    registrations: (limit, offset, aor) => {
      const found = aors.filter((each) => aor === undefined || each.aor === aor);
      return { total: found.length, registrations: found.slice(offset, offset + limit) };
    },
    gateways: () => [
      { name: 'mg1', protocol: 'megaco', node: 'b2', state: 'foreign', place: null, speaks: null, lines: 8 },
      { name: 'mg2', protocol: 'megaco', node: 'b1', state: 'serving', place: 'udp:10.0.0.7:2944', speaks: 'text, version 1', lines: 2 },
    ],
    peers: () => [{ name: 'b2', state: 'suspect', lastHeardMs: 700, addresses: ['sip+udp://127.0.0.2:5060'] }],
    store: () => ({ kind: 'redis', state: 'away', reason: 'ECONNREFUSED', since: Date.now() - 65_000, waiting: 3 }),
    nodes: () => [{ name: 'b1', self: true, state: 'up', addresses: [] }],
    counters: () => ({ 'sip.takeover:dead': 2 }),
    metricsText: () => Promise.resolve('altpath_sip_takeover_total{reason="dead"} 2\n'),
    ladder: (callId) => (callId === 'a@b' ? { events: [], text: 'drawn' } : undefined),
    drain: () => void (view.state = 'draining'),
    config: () => ({ cluster: { keys: [{ id: 'k1', secret: '***' }] } }),
    subscribe: (listener) => {
      subscribers.add(listener);
      return () => void subscribers.delete(listener);
    },
  };
  return view;
}
