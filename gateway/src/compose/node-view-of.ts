// A running node as its admin API sees it. Everything is read when it is asked for; nothing is kept here.
import type { GatewaySummary } from '@altpath/call-control';
import { type Binding, type ClusterNode, formatHostPort, hopKey, type Millis, type TraceEvent } from '@altpath/core';
import { ladderText, type TelemetryObserver } from '@altpath/telemetry';
import type { ContactView, GatewayView, NodeView, OwnState, PeerStatus, RegistrationPage, RegistrationView } from '../admin/index.js';
import type { AltpathNode } from './altpath-node.js';
import { NodeWatch } from './node-watch.js';
import { redacted } from './redacted.js';

export interface ViewParts {
  readonly node: AltpathNode;
  /** The one that the node reports to. */
  readonly observer: TelemetryObserver;
  readonly version: string;
  /** In force; secrets are taken out here. */
  readonly configuration: unknown;
  /** What POST /drain does; default: no new calls, and the process stays. */
  readonly drain?: (() => void) | undefined;
}

export function nodeViewOf({ node, observer, version, configuration, drain }: ViewParts): NodeView {
  const { plan, driver, cluster, roles, store } = node;
  const now = (): Millis => driver.clock.now();
  const state = (): OwnState => (node.draining ? 'draining' : cluster.joining ? 'joining' : 'up');
  const protocols: NodeView['protocols'] = () => roles.map(({ adapter }) => adapter.status(now()));
  const peers: NodeView['peers'] = () => peersOf(node, now());
  const watch = new NodeWatch(() => ({ state: state(), peers, counters: () => observer.counters() }));
  return {
    name: plan.name,
    domain: plan.domain,
    version,
    startedAt: node.startedAt,
    get state() {
      return state();
    },
    get listeners() {
      return driver.listeners.map(({ protocol, spec, host, port }) => ({
        protocol,
        url: spec.url,
        bound: hopKey({ transport: spec.transport, host, port }),
      }));
    },
    protocols,
    registrar: () => store.locations.count(now()),
    calls: (limit) =>
      [...roles.map(({ adapter }) => adapter), node.patchPanel.calls].flatMap((each) => each.calls(now(), limit)).slice(0, limit),
    ended: (limit) => store.details.latest(limit),
    registrations: (limit, offset, aor) =>
      aor === undefined ? pageOf(node, limit, offset, now()) : oneOf(node, canonicalAor(aor, plan.domain), now()),
    gateways: () =>
      roles.flatMap((role) => role.gateways?.() ?? []).map(({ holder, ...gateway }) => gatewayOf(gateway, plan.nodes, holder)),
    peers,
    store: () => store.state(),
    nodes: () =>
      plan.nodes.map((each) => ({
        name: each.name,
        self: each.self,
        state: each.self ? state() : cluster.state(each.index, now()),
        addresses: addressesOf(each),
      })),
    counters: () => observer.counters(),
    metricsText: () =>
      observer.metricsText({
        node: plan.name,
        version,
        protocols: protocols(),
        ...store.locations.count(now()),
        peers: peers().map((each) => each.state),
        store: store.state(),
      }),
    ladder: (callId) => {
      const events = observer.ladderOf(callId, now());
      if (events.length === 0) return undefined;
      const names = namesOf(node, events, now());
      return { events, text: ladderText(events, { self: plan.name, nameOf: (peer) => names.get(peer) }) };
    },
    drain: drain ?? (() => void node.drain()),
    config: () => redacted(configuration),
    subscribe: (listener) => watch.subscribe(listener),
  };
}

function peersOf({ plan, cluster }: AltpathNode, now: Millis): readonly PeerStatus[] {
  return cluster.peers(now).map(({ name, index, state, heardAt }) => ({
    name,
    state,
    lastHeardMs: heardAt === undefined ? null : Math.max(0, Math.round(now - heardAt)),
    addresses: plan.nodes.flatMap((each) => (each.index === index ? addressesOf(each) : [])),
  }));
}

function gatewayOf(gateway: Omit<GatewaySummary, 'holder'>, nodes: readonly ClusterNode[], holder: number | undefined): GatewayView {
  const { gateway: name, protocol, state, place = null, speaks = null, lines } = gateway;
  return { name, protocol, node: nodes.find(({ index }) => index === holder)?.name ?? null, state, place, speaks, lines };
}

function addressesOf(node: ClusterNode): readonly string[] {
  return node.addresses.map((each) => `${each.scheme}://${formatHostPort(each)}`);
}

/** Walks the table up to the end of the page: a listing of many thousands costs what is shown, and what is skipped. */
function pageOf({ store }: AltpathNode, limit: number, offset: number, now: Millis): RegistrationPage {
  const registrations: RegistrationView[] = [];
  let skipped = 0;
  for (const { aor } of store.locations.records()) {
    const bindings = store.locations.lookup(aor, now);
    if (bindings.length === 0) continue;
    if (skipped < offset) skipped += 1;
    else registrations.push({ aor, contacts: bindings.map(contactOf) });
    if (registrations.length === limit) break;
  }
  return { total: store.locations.count(now).aors, registrations };
}

function oneOf({ store }: AltpathNode, aor: string, now: Millis): RegistrationPage {
  const bindings = store.locations.lookup(aor, now);
  if (bindings.length === 0) return { total: 0, registrations: [] };
  return { total: 1, registrations: [{ aor, contacts: bindings.map(contactOf) }] };
}

/** People write `alice`; the store knows `sip:alice@example.org`. */
function canonicalAor(written: string, domain: string): string {
  const withScheme = /^[a-z]+:/i.test(written) ? written : `sip:${written}`;
  return withScheme.includes('@') ? withScheme : `${withScheme}@${domain}`;
}

function contactOf(binding: Binding): ContactView {
  const { contact, expiresAt, q, node, source, instance, path } = binding;
  return { contact, expiresAt, q: q / 1_000, node, source: source ?? null, instance: instance ?? null, path };
}

/** What people call the peers of a ladder: nodes and gateways by their names, phones by their users, told apart where a user has several. */
function namesOf({ plan, roles, store }: AltpathNode, events: readonly TraceEvent[], now: Millis): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { gateway, place } of roles.flatMap((role) => role.gateways?.() ?? [])) if (place !== undefined) names.set(place, gateway);
  for (const node of plan.nodes) for (const address of node.addresses) names.set(hopKey(address), node.name);
  const phones = new Map<string, number>();
  for (const { peer } of events) {
    const user = names.has(peer) ? undefined : store.locations.bySource(peer, now)?.aor.replace(/^\w+:|@.*$/g, '');
    if (user === undefined) continue;
    const nth = (phones.get(user) ?? 0) + 1;
    phones.set(user, nth);
    names.set(peer, nth === 1 ? user : `${user} ${nth}`);
  }
  return names;
}
