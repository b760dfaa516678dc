// The wiring of one node, resolved once at start. This folder is the only one that knows the container.
import { Container, type ServiceIdentifier } from 'inversify';
import { CidrSet, type ClusterNode, type Hop, type Millis, type NodeStore, type Observer, type Signer } from '@altpath/core';
import { ClusterMachine, KeyRing } from '@altpath/cluster';
import { shortestMegacoPatienceMs } from '@altpath/megaco';
import { shortestPatienceMs } from '@altpath/mgcp';
import { NodeDriver, SystemClock } from '@altpath/transport';
import { PLUGINS } from '../plugins.js';
import { AltpathNode } from './altpath-node.js';
import { newBoot } from './boot.js';
import type { NodePlan } from './node-plan.js';
import type { Role } from './plugin.js';
import { PatchPanel } from './patch-panel.js';

/** The parts that are opened or made before the wiring, since that may fail. */
export interface Foundations {
  readonly plan: NodePlan;
  readonly store: NodeStore;
  readonly observer: Observer;
  readonly resolve: ConstructorParameters<typeof NodeDriver>[0]['resolve'];
}

const PLAN: ServiceIdentifier<NodePlan> = Symbol('plan');
const STORE: ServiceIdentifier<NodeStore> = Symbol('store');
const OBSERVER: ServiceIdentifier<Observer> = Symbol('observer');
const CLOCK: ServiceIdentifier<SystemClock> = Symbol('clock');
const SIGNER: ServiceIdentifier<Signer> = Symbol('signer');
const CLUSTER: ServiceIdentifier<ClusterMachine> = Symbol('cluster');
const PATCH_PANEL: ServiceIdentifier<PatchPanel> = Symbol('patch panel');
const ROLES: ServiceIdentifier<readonly Role[]> = Symbol('roles');
const DRIVER: ServiceIdentifier<NodeDriver> = Symbol('driver');
const NODE: ServiceIdentifier<AltpathNode> = Symbol('node');

/** Builds a node of its parts. Nothing is open yet, nothing runs. */
export function composeNode(foundations: Foundations): AltpathNode {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(PLAN).toConstantValue(foundations.plan);
  container.bind(STORE).toConstantValue(foundations.store);
  container.bind(OBSERVER).toConstantValue(foundations.observer);
  container.bind(CLOCK).toConstantValue(new SystemClock());
  container.bind(SIGNER).toResolvedValue((plan: NodePlan) => new KeyRing(plan.keys, plan.branchKey), [PLAN]);
  container.bind(CLUSTER).toResolvedValue(makeCluster, [PLAN, SIGNER, OBSERVER, CLOCK]);
  container
    .bind(PATCH_PANEL)
    .toResolvedValue(
      (plan: NodePlan, peers: ClusterMachine, store: NodeStore, observer: Observer, clock: SystemClock) =>
        new PatchPanel(plan.calls, { peers, store: store.calls, details: store.details, observer }, clock.now()),
      [PLAN, CLUSTER, STORE, OBSERVER, CLOCK],
    );
  container.bind(ROLES).toResolvedValue(makeRoles, [PLAN, SIGNER, CLUSTER, STORE, OBSERVER, PATCH_PANEL, CLOCK]);
  container.bind(DRIVER).toResolvedValue(
    (roles: readonly Role[], plan: NodePlan, observer: Observer, clock: SystemClock) => {
      const exempt = new CidrSet(plan.sip.limits.exempt);
      const driver: NodeDriver = new NodeDriver({
        adapters: roles,
        observer,
        clock,
        resolve: foundations.resolve,
        tellPeers: (topic, content, adapter) => container.get(NODE).tellPeers(topic, content, adapter),
        thawMs: thawMs(plan),
        streams: { exempt: (host) => exempt.has(host) },
      });
      return driver;
    },
    [ROLES, PLAN, OBSERVER, CLOCK],
  );
  container
    .bind(NODE)
    .toResolvedValue(
      (
        plan: NodePlan,
        driver: NodeDriver,
        cluster: ClusterMachine,
        roles: readonly Role[],
        patchPanel: PatchPanel,
        store: NodeStore,
        observer: Observer,
      ) => new AltpathNode(plan, driver, cluster, roles, patchPanel, store, observer),
      [PLAN, DRIVER, CLUSTER, ROLES, PATCH_PANEL, STORE, OBSERVER],
    );
  return container.get(NODE);
}

/** A pause of this length is a freeze: by then telephones and gateways may have turned to another node. */
function thawMs({ sip, mgcp, megaco }: NodePlan): Millis {
  const patiences = [Math.max(2 * sip.timers.t1, 1_000)];
  if (mgcp.gateways.length > 0) patiences.push(shortestPatienceMs(mgcp.timers));
  if (megaco.gateways.length > 0) patiences.push(shortestMegacoPatienceMs(megaco.timers));
  return Math.min(...patiences);
}

function makeCluster(plan: NodePlan, signer: Signer, observer: Observer, clock: SystemClock): ClusterMachine {
  const { nodes, heartbeatMs, joiningMs } = plan;
  return new ClusterMachine({ nodes, hopOf: heartbeatHop, signer, boot: newBoot(), heartbeatMs, joiningMs, observer }, clock.now());
}

function makeRoles(
  plan: NodePlan,
  signer: Signer,
  peers: ClusterMachine,
  store: NodeStore,
  observer: Observer,
  patchPanel: PatchPanel,
  clock: SystemClock,
): readonly Role[] {
  const parts = { plan, signer, peers, store: store.locations, observer, now: clock.now() };
  const wanted = PLUGINS.filter((plugin) => plan.listeners.some((each) => plugin.schemes.includes(each.scheme)));
  return wanted.map((plugin) => {
    const role = plugin.create({ ...parts, calls: patchPanel.portOf(plugin.name) });
    const { halfCalls, holders, anchors } = role;
    if (halfCalls) patchPanel.join(halfCalls, holders);
    if (anchors) patchPanel.joinAnchors(plugin.name, anchors);
    return role;
  });
}

/** Heartbeats go to a node's first datagram listener of the first plugin that it has one of. */
function heartbeatHop(node: ClusterNode): Hop | undefined {
  const datagrams = node.addresses.filter((each) => each.transport === 'udp');
  const [address] = PLUGINS.flatMap(({ schemes }) => datagrams.filter((each) => schemes.includes(each.scheme)));
  return address && { transport: address.transport, host: address.host, port: address.port };
}
