// A running node as its admin API sees it: plain data and a handful of questions. Whatever runs a node makes one
// (compose/node-view-of.ts); nothing here knows a protocol. Instants are epoch milliseconds.
import type { GatewayState } from '@altpath/call-control';
import type { AdapterStatus, CallDetailRecord, CallSummary, Millis, NodeState, StoreState, TraceEvent } from '@altpath/core';

/** What this node is, in words. `down` and `suspect` are what others think of it. */
export type OwnState = 'joining' | 'up' | 'draining';

export interface ListenerView {
  readonly protocol: string;
  /** As written in the file. */
  readonly url: string;
  /** What is bound: `udp:10.0.0.1:5060`. */
  readonly bound: string;
}

export interface NodeAddresses {
  readonly name: string;
  /** What the node writes into messages: `sip+udp://10.0.0.1:5060`, in file order. */
  readonly addresses: readonly string[];
}

export interface PeerStatus extends NodeAddresses {
  readonly state: NodeState;
  /** Since it was heard last; null when it never was. */
  readonly lastHeardMs: number | null;
}

export interface NodeStatus extends NodeAddresses {
  readonly self: boolean;
  readonly state: NodeState;
}

export interface ContactView {
  readonly contact: string;
  readonly expiresAt: Millis;
  /** 0 to 1 */
  readonly q: number;
  /** The node that heard the phone last. */
  readonly node: string;
  readonly source: string | null;
  readonly instance: string | null;
  readonly path: readonly string[];
}

export interface RegistrationView {
  readonly aor: string;
  readonly contacts: readonly ContactView[];
}

/** One page; `total` counts what there is on all of them. */
export interface RegistrationPage {
  readonly total: number;
  readonly registrations: readonly RegistrationView[];
}

/** A gateway of the file. */
export interface GatewayView {
  readonly name: string;
  readonly protocol: string;
  /** The node that holds it, as far as this one knows. */
  readonly node: string | null;
  /** As this node sees it. */
  readonly state: GatewayState;
  /** Where it is spoken to: `udp:10.0.0.7:2944`. */
  readonly place: string | null;
  /** What was agreed with it: `text, version 1`. */
  readonly speaks: string | null;
  readonly lines: number;
}

export type NodeEvent =
  | { readonly kind: 'state'; readonly at: Millis; readonly state: OwnState }
  | { readonly kind: 'peer'; readonly at: Millis; readonly name: string; readonly state: NodeState }
  /** `count` takeovers since the last event with this reason. */
  | { readonly kind: 'takeover'; readonly at: Millis; readonly reason: string; readonly count: number };

export interface NodeView {
  readonly name: string;
  readonly domain: string;
  readonly version: string;
  readonly startedAt: Millis;
  readonly state: OwnState;
  /** Empty until all are bound. */
  readonly listeners: readonly ListenerView[];
  protocols(): readonly AdapterStatus[];
  /** Live addresses of record and contacts. */
  registrar(): { readonly aors: number; readonly bindings: number };
  calls(limit: number): readonly CallSummary[];
  /** Records of finished calls, the newest first. */
  ended(limit: number): readonly CallDetailRecord[];
  /** @param aor  Only this one: `sip:alice@example.org`, or `alice` for a user of our domain. */
  registrations(limit: number, offset: number, aor?: string): RegistrationPage;
  gateways(): readonly GatewayView[];
  peers(): readonly PeerStatus[];
  /** How what this node keeps does; it is as ready with a store that is away. */
  store(): StoreState;
  /** All nodes in file order, this one included. */
  nodes(): readonly NodeStatus[];
  counters(): Readonly<Record<string, number>>;
  /** Prometheus text, format 0.0.4. */
  metricsText(): Promise<string>;
  /** What is still known of a call's messages, and the same drawn; undefined for a call nothing is known of. */
  ladder(callId: string): { readonly events: readonly TraceEvent[]; readonly text: string } | undefined;
  /** Begins to drain; a second time does nothing. */
  drain(): void;
  /** The configuration in force, secrets already replaced. */
  config(): unknown;
  /** @returns what ends it. */
  subscribe(listener: (event: NodeEvent) => void): () => void;
}
