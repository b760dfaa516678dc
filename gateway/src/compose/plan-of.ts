// From the file that serves every node to the plan of this one.
import { randomBytes } from 'node:crypto';
import { type ClusterNode, isIpLiteral, parseHostPort } from '@altpath/core';
import { type MegacoListener, type MegacoSettings, TerminationNames, type WireTransport } from '@altpath/megaco';
import type { MgcpSettings } from '@altpath/mgcp';
import type { SipListener, SipSettings, TrustGroup } from '@altpath/sip';
import type { ListenerSpec } from '@altpath/transport';
import { PLUGINS } from '../plugins.js';
import type { Configuration, ListenConfiguration } from '../settings/index.js';
import type { NodePlan } from './node-plan.js';
import type { PatchPanelSettings } from './patch-panel.js';

/** A node is down after twice five missed heartbeats; some more for a datagram that was lost. */
const HEARTBEATS_TO_DEATH = 20;
/** How long a protocol needs to be sure of it, and to ask the first gateway. */
const NOTICE_MS = 2_000;

/** @throws RangeError for a name that is no node of the file: the caller has looked. */
export function planOf(configuration: Configuration, name: string): NodePlan {
  const { cluster } = configuration;
  const self = cluster.nodes.find((node) => node.name === name);
  if (!self) throw new RangeError(`no node ${name}`);
  const listeners = self.listen.filter(isBuilt);
  const trust = trustOf(configuration, name);
  return {
    name,
    domain: cluster.domain,
    nodes: cluster.nodes.map((node, index) => clusterNode(node.name, index, node.name === name, node.listen.filter(isBuilt))),
    listeners: listeners.map(listenerSpec),
    // With one node there is no other to verify what it signs, so any key will do.
    keys: cluster.keys.length > 0 ? cluster.keys : [{ id: 'random', secret: randomBytes(32) }],
    branchKey: cluster.branchKey,
    heartbeatMs: cluster.heartbeatMs,
    joiningMs: cluster.joiningMs,
    drainMs: cluster.drainMs,
    sip: sipSettings(configuration, listeners, trust),
    mgcp: mgcpSettings(configuration, listeners),
    megaco: megacoSettings(configuration, listeners),
    calls: callSettings(configuration, cluster.nodes.indexOf(self), listeners),
    routing: routingOf(configuration, trust),
  };
}

function routingOf(configuration: Configuration, trust: readonly TrustGroup[]): NodePlan['routing'] {
  const { sip, gateways } = configuration;
  return {
    relay: sip.proxy.relay,
    trusted: trust.flatMap((group) => group.neighbours),
    numbers: numberRules(configuration),
    groups: groupTargets(configuration),
    trunks: new Set(gateways.flatMap(({ name, trunks }) => trunks.map((local) => `${local}@${name}`))),
    anchored: sip.anchor !== undefined,
  };
}

function groupTargets({ groups }: Configuration): ReadonlyMap<string, readonly string[]> {
  return new Map(groups.map(({ name, targets }) => [name, targets]));
}

function numberRules({ numbers }: Configuration): PatchPanelSettings['numbers'] {
  return Object.fromEntries(numbers.map(({ pattern, targets, ...more }) => [pattern, { ...more, to: targets }]));
}

/** This version can listen there. */
function isBuilt(listen: ListenConfiguration): boolean {
  return PLUGINS.some((plugin) => plugin.schemes.includes(listen.scheme));
}

function clusterNode(name: string, index: number, self: boolean, listen: readonly ListenConfiguration[]): ClusterNode {
  return { name, index, self, addresses: listen.map(({ advertised, scheme, transport }) => ({ ...advertised, scheme, transport })) };
}

function listenerSpec({ url, scheme, transport, host, port, advertised }: ListenConfiguration): ListenerSpec {
  return { url, scheme, transport, host, port, advertise: advertised };
}

/** The other nodes are always neighbours; `trust.peers` is one group more. */
function trustOf({ cluster, trust }: Configuration, self: string): readonly TrustGroup[] {
  const addresses = (others: boolean): string[] => [
    ...new Set(
      cluster.nodes.filter((node) => !others || node.name !== self).flatMap((node) => node.listen.map((each) => each.advertised.host)),
    ),
  ];
  const neighbours = addresses(true).filter(isIpLiteral);
  const groups: TrustGroup[] = neighbours.length > 0 ? [{ name: 'cluster', neighbours, alternates: addresses(false) }] : [];
  if (trust.peers.length > 0) groups.push({ name: 'peers', neighbours: trust.peers, alternates: trust.peers });
  return groups;
}

function sipSettings(configuration: Configuration, listeners: readonly ListenConfiguration[], trust: readonly TrustGroup[]): SipSettings {
  const { cluster, sip, pathAttribute, limits } = configuration;
  const { domains, minExpiresS, defaultExpiresS, maxExpiresS, maxContacts } = sip.registrar;
  return {
    listeners: listeners.filter((each) => each.scheme.startsWith('sip+')).map(sipListener),
    domains,
    sipName: cluster.sipName,
    timers: sip.timers,
    proxy: sip.proxy,
    path: pathAttribute,
    registrar: { minExpiresS, defaultExpiresS, maxExpiresS, maxContacts },
    groups: groupTargets(configuration),
    trust,
    limits: {
      messageBytes: limits.messageBytes,
      headers: limits.headers,
      bans: limits.bans,
      userAgents: limits.userAgents,
      exempt: limits.exempt ?? [
        ...nodeAddresses(configuration),
        ...gatewayRanges(configuration),
        ...trust.flatMap((group) => group.neighbours),
      ],
    },
  };
}

function mgcpSettings({ cluster, gateways, mgcp }: Configuration, listeners: readonly ListenConfiguration[]): MgcpSettings {
  const { mwdMs: _ofGateways, ...timers } = mgcp;
  return {
    listeners: listeners.filter((each) => each.scheme === 'mgcp+udp').map(({ host, port, advertised }) => ({ host, port, advertised })),
    gateways: gateways
      .filter((each) => each.protocol === 'mgcp')
      .map(({ nodes, ...gateway }) => ({ ...gateway, nodes: nodeIndexes(cluster, nodes) })),
    timers,
    joiningMs: cluster.joiningMs,
  };
}

function megacoSettings({ cluster, gateways, megaco }: Configuration, listeners: readonly ListenConfiguration[]): MegacoSettings {
  const { auth, ...timers } = megaco;
  return {
    listeners: listeners.filter((each) => each.scheme.startsWith('megaco')).map(megacoListener),
    gateways: gateways
      .filter((each) => each.protocol === 'megaco')
      .map(({ nodes, terminations, ...gateway }) => ({
        ...gateway,
        nodes: nodeIndexes(cluster, nodes),
        terminations: terminations && new TerminationNames(terminations),
      })),
    timers,
    auth,
    joiningMs: cluster.joiningMs,
  };
}

function megacoListener({ scheme, transport, host, port, advertised }: ListenConfiguration): MegacoListener {
  const encoding = scheme.startsWith('megaco-binary') ? 'binary' : 'text';
  return { transport: transport as WireTransport, encoding, host, port, advertised };
}

function nodeIndexes(cluster: Configuration['cluster'], names: readonly string[]): readonly number[] {
  return names.map((name) => cluster.nodes.findIndex((node) => node.name === name));
}

/** All lines of the file: a node that stands in for another needs them as much as its own. */
function callSettings(configuration: Configuration, slot: number, listeners: readonly ListenConfiguration[]): PatchPanelSettings {
  const { cluster, gateways, lines, numbers, sip } = configuration;
  const controls = numbers.length + lines.length > 0 || sip.anchor !== undefined;
  const hasTelephones = controls && listeners.some(({ scheme }) => scheme.startsWith('sip+'));
  const protocolOf = new Map(
    gateways.flatMap(({ name, protocol, lines: own, trunks }) => [...own, ...trunks].map((local) => [`${local}@${name}`, protocol])),
  );
  return {
    slot,
    nodes: cluster.nodes.map(({ name }) => name),
    parties: hasTelephones ? 'sip' : undefined,
    anchor: sip.anchor,
    maxCalls: new Map(gateways.flatMap(({ name, maxCalls }) => (maxCalls === undefined ? [] : [[name, maxCalls]]))),
    lines: lines.map((each) => ({ ...each, protocol: protocolOf.get(each.line) })),
    numbers: numberRules(configuration),
    protocolOf,
    lingerMs: NOTICE_MS + HEARTBEATS_TO_DEATH * (cluster.heartbeatMs ?? 0),
  };
}

function sipListener({ transport, host, port, advertised }: ListenConfiguration): SipListener {
  return { transport, host, port, advertised };
}

function nodeAddresses({ cluster }: Configuration): readonly string[] {
  const hosts = cluster.nodes.flatMap((node) => node.listen.map((each) => each.advertised.host));
  return [...new Set(hosts.filter(isIpLiteral))];
}

/** What is written as an address or a range; a gateway known by a name only has none. */
function gatewayRanges({ gateways }: Configuration): readonly string[] {
  return gateways.flatMap(({ addresses }) =>
    addresses.flatMap((text) => {
      if (text.includes('/') || isIpLiteral(text)) return [text];
      const host = parseHostPort(text)?.host;
      return host !== undefined && isIpLiteral(host) ? [host] : [];
    }),
  );
}
