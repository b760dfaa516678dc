// What joins the house: a protocol with its listeners, `create -> validate -> start -> drain -> stop`.
import type { AnchorPort, CallControlPort, GatewaySummary, HalfCallPort } from '@altpath/call-control';
import type { LocationStore, Millis, Observer, PeerDirectory, ProtocolAdapter, Signer } from '@altpath/core';
import type { ListenerSpec } from '@altpath/transport';
import type { NodePlan } from './node-plan.js';
import type { GatewayHolders } from './patch-panel.js';

/** What a plugin is given to make its adapter of. */
export interface NodeParts {
  readonly plan: NodePlan;
  readonly signer: Signer;
  readonly peers: PeerDirectory;
  readonly store: LocationStore;
  readonly observer: Observer;
  /** Call control, as this plugin's adapter sees it. */
  readonly calls: CallControlPort;
  readonly now: Millis;
}

/** A protocol on the node. Starting, draining and stopping its sockets is the driver's; this is what is the protocol's own. */
export interface Role {
  readonly adapter: ProtocolAdapter;
  readonly listeners: readonly ListenerSpec[];
  /** Lines of gateways: how call control speaks to them. */
  readonly halfCalls?: HalfCallPort | undefined;
  /** Gateways with bridges: how call control has media anchored. */
  readonly anchors?: AnchorPort | undefined;
  /** Gateways under this node's control, and those of the file that others hold. */
  gateways?(): readonly GatewaySummary[];
  /** Of gateways: which node holds them. */
  readonly holders?: GatewayHolders | undefined;
  /** What cannot work, in sentences; empty when all is well. */
  validate(): readonly string[];
  /** A joining node is sent what this protocol knows; `done` when it has it. */
  sendTable(node: number, done: () => void, now: Millis): void;
}

export interface Plugin {
  /** That of its adapter's protocol. */
  readonly name: string;
  /** Listener schemes that are this plugin's. */
  readonly schemes: readonly string[];
  create(parts: NodeParts): Role;
}
