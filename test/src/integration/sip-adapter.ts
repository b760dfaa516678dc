// The real SIP adapter as a simulated node has it: with real keys, the routing steps of the program, and the settings that tests
// begin from.
import type { CallControlPort, NumberRule } from '@altpath/call-control';
import type { ClusterNode, LocationStore, Millis, Observer, PeerDirectory } from '@altpath/core';
import { KeyRing, mergeBindings } from '@altpath/cluster';
import { sipRouting } from '@altpath/gateway';
import { SipAdapter, type SipSettings } from '@altpath/sip';

export interface SipAdapterOptions {
  readonly settings: SipSettings;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly observer: Observer;
  /** `sip.proxy.relay`; default `trusted`. */
  readonly relay?: 'trusted' | 'anyone' | 'none' | undefined;
  /** Of the cluster's one key: every octet; default 7. */
  readonly secret?: number | undefined;
  /** Numbers that are not users; default: none. */
  readonly numbers?: Readonly<Record<string, NumberRule>> | undefined;
  /** All calls are served, so that their media is anchored; default false. */
  readonly anchored?: boolean | undefined;
  /** Default: no call is served, all are passed on. */
  readonly calls?: CallControlPort | undefined;
  readonly now: Millis;
}

export function openSipAdapter(options: SipAdapterOptions): SipAdapter {
  const { settings, peers, store, observer, relay = 'trusted', secret = 7, numbers = {}, anchored = false, calls, now } = options;
  const signer = new KeyRing([{ id: 'k1', secret: Buffer.alloc(32, secret) }]);
  const trusted = settings.trust.flatMap((group) => group.neighbours);
  const routing = { relay, trusted, numbers, groups: new Map<string, string[]>(), trunks: new Set<string>(), anchored };
  const resolver = sipRouting({ settings, peers, store, ...routing });
  const ports = { signer, peers, store, observer, resolver, calls };
  return new SipAdapter(settings, ports, (current, incoming, at) => mergeBindings(current, incoming, at) ?? current, now);
}

/** What tests begin from. The listeners are those of the node that are SIP's. */
export function defaultSipSettings(self: ClusterNode): SipSettings {
  const addresses = self.addresses.filter(({ scheme }) => scheme.startsWith('sip+'));
  return {
    listeners: addresses.map((each) => ({ transport: each.transport, host: each.host, port: each.port, advertised: each })),
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
    trust: [{ name: 'test', neighbours: ['10.1.0.0/16'], alternates: ['10.0.0.0/8'] }],
    limits: { messageBytes: 65_536, headers: 200, userAgents: [], exempt: [] },
  };
}
