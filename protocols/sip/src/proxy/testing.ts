// What the unit tests of these rooms share: an environment of two nodes with fakes behind every port.
import type { AdapterOutput, ClusterNode, Observer, PeerDirectory } from '@altpath/core';
import { Environment } from '../environment.js';
import { countingObserver, MapStore, signerOf } from '../registrar/testing.js';
import type { SipSettings } from '../settings.js';

export const SETTINGS: SipSettings = {
  listeners: [{ transport: 'udp', host: '10.0.0.1', port: 5060, advertised: { host: '10.0.0.1', port: 5060 } }],
  domains: ['sample2.test'],
  timers: { t1: 500, t2: 4_000, t4: 5_000, c: 180_000 },
  proxy: {
    mode: 'stateful',
    fork: 'parallel',
    serialTimeoutMs: 20_000,
    trying: 'downstream',
    recordRoute: true,
    maxForwards: 70,
    maxBreadth: 60,
  },
  path: { carrier: 'parameter', max: 3, hedge: 1, guard: 6, expiresMs: 86_400_000, downForMs: 60_000 },
  registrar: { minExpiresS: 60, defaultExpiresS: 3_600, maxExpiresS: 7_200, maxContacts: 10 },
  trust: [{ name: 'test', neighbours: ['10.1.0.0/16'], alternates: ['10.1.0.0/16'] }],
  limits: { messageBytes: 65_536, headers: 200, userAgents: [], exempt: [] },
};

export interface FakeEnvironment {
  readonly environment: Environment;
  readonly observer: Observer & { readonly counts: string[] };
  /** What was sent and asked since the last call. */
  readonly outputs: () => AdapterOutput[];
}

/** Node 0 of two, at 10.0.0.1 and 10.0.0.2. */
export function fakeEnvironment(settings: Partial<SipSettings> = {}): FakeEnvironment {
  const nodes: ClusterNode[] = [0, 1].map((index) => ({
    name: `n${index}`,
    index,
    self: index === 0,
    addresses: [{ host: `10.0.0.${index + 1}`, port: 5060, scheme: 'sip+udp', transport: 'udp' }],
  }));
  const peers: PeerDirectory = { self: nodes[0] as ClusterNode, nodes, state: () => 'up', isFresh: () => true, joining: false };
  const observer = countingObserver();
  const resolver = { resolve: () => ({ kind: 'reject' as const, reason: 'no-route' }) };
  const environment = new Environment(
    { ...SETTINGS, ...settings },
    { signer: signerOf('secret'), peers, store: new MapStore(), observer, resolver },
  );
  const outputs = (): AdapterOutput[] => {
    const list: AdapterOutput[] = [];
    environment.drain((output) => list.push(output));
    return list;
  };
  return { environment, observer, outputs };
}
