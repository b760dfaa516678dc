// Ports: what protocol rooms need from the outside, as interfaces. Packages implement them, the gateway joins them.
import type { Millis } from './time.js';
import type { HostPort, TransportName } from './address.js';

// --- signing -----------------------------------------------------------------------------------------------------

/** What a signature is for. The kind is part of what is signed: a token of one kind never verifies as another. */
export type TokenKind = 'via' | 'dialog' | 'leg' | 'registration' | 'replication' | 'cluster';

/** The cluster's keys. All values are latin1 text; MACs are 128 bits in base64url (22 characters). */
export interface Signer {
  /** Signs with the first key. */
  sign(kind: TokenKind, content: string): { readonly keyId: string; readonly mac: string };
  /** Constant-time; `false` for an unknown key id. */
  verify(kind: TokenKind, content: string, keyId: string, mac: string): boolean;
  /** Keyed hash under the branch key, which rotation leaves alone: 22 characters of `[A-Za-z0-9_-]` (128 bits). */
  branch(content: string): string;
}

// --- cluster -----------------------------------------------------------------------------------------------------

/** States of a node in words. `suspect`: heartbeats missed; `down`: suspect and nothing heard for twice as long, or an ICMP error. */
export type NodeState = 'up' | 'joining' | 'suspect' | 'down' | 'draining';

export interface ClusterNode {
  readonly name: string;
  /** Position in the file: the stand-in order. */
  readonly index: number;
  readonly self: boolean;
  /** What the node writes into messages, one for each listener, in file order. */
  readonly addresses: readonly (HostPort & { readonly port: number; readonly scheme: string; readonly transport: TransportName })[];
}

/** The other nodes and what is held of them. Suspicion only: nobody refuses because of it. */
export interface PeerDirectory {
  readonly self: ClusterNode;
  /** All nodes, self included, in file order. */
  readonly nodes: readonly ClusterNode[];
  state(index: number, now: Millis): NodeState;
  /** Heard within two heartbeats, so a message may be left to it. */
  isFresh(index: number, now: Millis): boolean;
  /** This node is still waiting for its peers' tables. */
  readonly joining: boolean;
}

// --- location ----------------------------------------------------------------------------------------------------

/** One contact of an address of record. Instants are epoch milliseconds. Texts are as the phone wrote them. */
export interface Binding {
  /** Contact URI as registered, without brackets. */
  readonly contact: string;
  /** Equal for contacts that RFC 3261 §19.1.4 calls equal; the registrar computes it. */
  readonly contactKey: string;
  readonly callId: string;
  readonly cseq: number;
  readonly expiresAt: Millis;
  /** 0..1000 for q 0.0..1.0 */
  readonly q: number;
  /** Path of RFC 3327, topmost first; URIs in brackets as received. */
  readonly path: readonly string[];
  readonly instance?: string | undefined;
  readonly regId?: number | undefined;
  /** Where the REGISTER came from, `transport:host:port`: the way back through NAT or over the same connection. */
  readonly source?: string | undefined;
  /** Name of the node that holds the phone's connection or heard it last. */
  readonly node: string;
  /** When the accepting node accepted it; the newer wins across nodes. */
  readonly updatedAt: Millis;
  /** Contact parameters to be given back, `;`-joined, q and expires left out. */
  readonly parameters: string;
  /** A tombstone: the contact was removed, and stays so for whoever hears of it late. */
  readonly removed?: boolean | undefined;
}

export interface LocationRecord {
  /** Canonical `sip:user@domain`. */
  readonly aor: string;
  readonly bindings: readonly Binding[];
}

/**
 * Where registered users are. Reads are from memory and immediate; a write is visible to the next read at once and on
 * disk later, or before its promise settles where the store is `sync: always`.
 */
export interface LocationStore {
  /** Live bindings (not expired, not removed), best q first, then newest first. */
  lookup(aor: string, now: Millis): readonly Binding[];
  /** Everything known, tombstones included. */
  read(aor: string): LocationRecord | undefined;
  /** Replaces the record. @returns undefined when nothing need be waited for, else a promise that settles when durable. */
  write(record: LocationRecord): Promise<void> | undefined;
  /** The address of record and binding registered under this contact (`contactKey`), live at `now`. */
  byContact(contactKey: string, now: Millis): { readonly aor: string; readonly binding: Binding } | undefined;
  /** Some live binding registered from this `source` (`transport:host:port`). */
  bySource(source: string, now: Millis): { readonly aor: string; readonly binding: Binding } | undefined;
  /** Every record, for replication, listings and tests. */
  records(): Iterable<LocationRecord>;
  /** Live bindings and addresses of record. */
  count(now: Millis): { readonly aors: number; readonly bindings: number };
  /** Forgets what expired before `now` (tombstones one hour later); bounded work a call. @returns how many bindings went. */
  sweep(now: Millis): number;
}

// --- calls -------------------------------------------------------------------------------------------------------

/** A call, as far as a node that stands in must know it. */
export interface CallRecord {
  /** Of call control: 13 hexadecimal digits. */
  readonly callId: string;
  /** Name of the node that carries it. */
  readonly node: string;
  /** When that node wrote it: the newer wins. */
  readonly updatedAt: Millis;
  /** Call control's own words; nobody else reads them. Empty: the call is over, which is kept a while for whoever comes late. */
  readonly content: string;
}

/** Calls that are going on. Reads are from memory and immediate; a write is visible at once, and elsewhere or on disk later. */
export interface CallStore {
  /** A call that is not over. */
  read(callId: string): CallRecord | undefined;
  /** Replaces the record, unless a newer one is known. */
  write(record: CallRecord): void;
  /** Calls that are not over. */
  records(): Iterable<CallRecord>;
  /** Forgets what ended more than an hour before `now`, and what nobody has written for a week; bounded work a call. */
  sweep(now: Millis): void;
}

/**
 * One finished call, for billing and statistics. Instants are epoch milliseconds; those of `estimated` were not seen by any node
 * that wrote it (it stood in for one that died) and may be late.
 */
export interface CallDetailRecord {
  readonly callId: string;
  /** Number or address of the caller, and what was dialled. */
  readonly from: string;
  readonly to: string;
  /** Protocols of the two legs, `mgcp+sip`. */
  readonly protocol: string;
  readonly setUpAt: Millis;
  readonly answeredAt?: Millis | undefined;
  readonly endedAt: Millis;
  readonly estimated: readonly ('setUpAt' | 'answeredAt' | 'endedAt')[];
  /** Who ended it; `network`: a timer, or a failure. */
  readonly endedBy: 'originating' | 'terminating' | 'network';
  /** A word of call control's causes, and its Q.850 value. */
  readonly cause: string;
  readonly q850: number;
  /** Names of the nodes that carried it, in order. */
  readonly nodes: readonly string[];
}

/**
 * Where records of finished calls go. One call has one record: copies of several nodes merge under its `callId`. A store keeps
 * the newest hundred thousand; reads are from memory and immediate.
 */
export interface CallDetailStore {
  add(record: CallDetailRecord): void;
  read(callId: string): CallDetailRecord | undefined;
  /** By their end, the newest first. */
  latest(limit: number): readonly CallDetailRecord[];
}

// --- what a node keeps -------------------------------------------------------------------------------------------

/** The lifetime of a store, which protocol rooms do not see. */
export interface StoreLifecycle {
  /**
   * Loads what is kept. A shared store that is away keeps nobody from starting: then it settles all the same, and loads later.
   *
   * @throws SignalingError `store.open` in one plain sentence.
   */
  open(): Promise<void>;
  /**
   * Settles when everything written so far is durable.
   *
   * @throws SignalingError `store.write` (as a rejection) when that was refused; it is tried again.
   */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** How a store does. Signaling goes on in either state. */
export interface StoreState {
  /** `memory`, `lmdb`, `redis` */
  readonly kind: string;
  /** `away`: nothing can be written down at the moment. The node works from its memory, and what changes waits. */
  readonly state: 'up' | 'away';
  /** Why it is away: the code of an error (`ECONNREFUSED`, `ENOSPC`, `OOM`, `READONLY`) or `timeout`. */
  readonly reason?: string | undefined;
  /** Since when it is in this state. */
  readonly since: Millis;
  /** Records that are in memory only until they have been written. */
  readonly waiting: number;
}

/** Everything that a node keeps, with one lifetime. */
export interface NodeStore extends StoreLifecycle {
  readonly locations: LocationStore;
  readonly calls: CallStore;
  readonly details: CallDetailStore;
  state(): StoreState;
}

// --- names -------------------------------------------------------------------------------------------------------

export interface ResolvedAddress {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/** DNS behind a port: questions are outputs, answers are inputs; a literal never gets here. */
export interface NameQuestion {
  readonly host: string;
  readonly port?: number | undefined;
  readonly transport?: TransportName | undefined;
  readonly secure: boolean;
  /** Service label without underscore: `sip`. */
  readonly service: string;
}

// --- facts -------------------------------------------------------------------------------------------------------

/**
 * Where code reports facts. Names are dotted words (`sip.response.dropped`); `reason` becomes the metric's label.
 * `trace` is asked only when `tracing` is true: nothing is built for nobody.
 */
export interface Observer {
  count(name: string, reason?: string): void;
  readonly tracing: boolean;
  trace(event: TraceEvent): void;
  /**
   * What is traced under `part` is of the call `whole`, too: a ladder of either shows both. Said as often as anybody likes, and only
   * when `tracing` is true; an observer that draws no ladders has no such method.
   *
   * @param part   A protocol's own name for its leg (SIP's Call-ID), or a line's name.
   * @param whole  Call control's name for the call.
   * @param span   Of `part` only what was traced from the one instant to the other, both included. Default: everything.
   */
  belongs?(part: string, whole: string, span?: TraceSpan): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface TraceSpan {
  readonly from: Millis;
  readonly until: Millis;
}

/** One step of a message through this node: what ladders are drawn from. */
export interface TraceEvent {
  readonly at: Millis;
  /** The call's name: call control's where it has one, else the protocol's own; of a line in no call the line's; '' of nobody's. */
  readonly callId: string;
  readonly direction: 'in' | 'out';
  /** `udp:10.0.0.1:5060` */
  readonly peer: string;
  /** `INVITE`, `180 Ringing` with its CSeq method: `180 INVITE`. */
  readonly summary: string;
  /** Why this hop: `alternate`, `takeover`, `retransmission`, a rewrite in words; absent for the plain way. */
  readonly note?: string | undefined;
}

/** An observer for tests and for rooms that nobody watches. */
export const SILENT: Observer = {
  count: () => undefined,
  tracing: false,
  trace: () => undefined,
  log: () => undefined,
};
