// The contract between a protocol and the node that runs it. An adapter is a Machine over packets: everything it does
// to the world is an output, everything the world does to it is an input.
import type { Hop } from './address.js';
import type { Machine } from './machine.js';
import type { PathMapping } from './path-attribute.js';
import type { NameQuestion, NodeState, ResolvedAddress } from './ports.js';
import type { Millis } from './time.js';

export type AdapterInput =
  /** One datagram, or one slice of a stream (then `hop.flow` is set and slices come in order). The buffer is the adapter's to keep. */
  | { readonly kind: 'bytes'; readonly data: Buffer; readonly hop: Hop }
  /** Nothing can be sent there: ICMP, refused, reset, unroutable, connect timeout. `data` is what did not go, when known. */
  | { readonly kind: 'unreachable'; readonly hop: Hop; readonly data?: Buffer | undefined }
  | { readonly kind: 'flow-closed'; readonly hop: Hop }
  | { readonly kind: 'peer'; readonly index: number; readonly state: NodeState }
  | { readonly kind: 'resolved'; readonly id: number; readonly addresses: readonly ResolvedAddress[] }
  /** The clock jumped: the host was frozen for `gapMs` (ARCHITECTURE "Coming back"). */
  | { readonly kind: 'thawed'; readonly gapMs: number }
  /** Something that was waited for (a durable write) is done. */
  | { readonly kind: 'settled'; readonly id: number; readonly failed: boolean }
  | { readonly kind: 'drain' };

export type AdapterOutput =
  | { readonly kind: 'send'; readonly data: Buffer; readonly hop: Hop }
  | { readonly kind: 'close'; readonly flow: number; readonly reason: string }
  | { readonly kind: 'resolve'; readonly id: number; readonly question: NameQuestion }
  | { readonly kind: 'settle'; readonly id: number; readonly promise: Promise<void> }
  /** One fire-and-forget datagram to every other node, in the adapter's own words. */
  | { readonly kind: 'tell-peers'; readonly topic: string; readonly content: string };

/** A call as listings show it. */
export interface CallSummary {
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly since: Millis;
  /** `mgcp+sip` where its legs speak two. */
  readonly protocol: string;
  /** Of a call of the controller, the caller's first: lines and parties that are there. */
  readonly legs?: readonly CallLegSummary[] | undefined;
}

export interface CallLegSummary {
  /** `aaln/1@rgw1`, `sip/7` */
  readonly name: string;
  readonly protocol: string;
  /** What its user sees, in a word of call control. */
  readonly phase: string;
}

export interface AdapterStatus {
  readonly protocol: string;
  /** Calls being set up, and what else must end before a drain is over. */
  readonly pending: number;
  readonly transactions: number;
}

export interface ProtocolAdapter extends Machine<AdapterInput, AdapterOutput> {
  readonly protocol: string;
  readonly pathMapping: PathMapping;
  /** What is to be performed answers somebody: what this turn has given other adapters to do is performed before. Default false. */
  readonly speaksLast?: boolean | undefined;
  status(now: Millis): AdapterStatus;
  calls(now: Millis, limit: number): readonly CallSummary[];
  /** What another node told under `topic` (see `tell-peers`). */
  told(topic: string, content: string, fromNode: number, now: Millis): void;
}
