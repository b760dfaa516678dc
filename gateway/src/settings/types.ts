// The configuration as the program uses it: typed, complete with its defaults, deeply frozen. Instants and lengths are
// milliseconds, addresses are split, nodes stand in file order. Keys whose part of the work is still to come are checked
// by the schema and have no place here yet.
import type { HostPort, Millis, TransportName } from '@altpath/core';
import type { ClusterKey } from '@altpath/cluster';
import type { RedisPlace } from '@altpath/store';

export interface Configuration {
  /** Where it was read; undefined for the built-in one-node file. */
  readonly file: string | undefined;
  readonly cluster: ClusterConfiguration;
  readonly pathAttribute: {
    readonly carrier: 'parameter' | 'header';
    /** Alternates written, 1..3. */
    readonly max: number;
    /** Silence before an alternate is tried, in T1. */
    readonly hedge: number;
    /** The same for an INVITE with only a 100, in T1. */
    readonly guard: number;
    readonly expiresMs: Millis;
    readonly downForMs: Millis;
  };
  readonly trust: {
    /** Address ranges: neighbours, and where their alternates may lie. */
    readonly peers: readonly string[];
  };
  readonly sip: SipConfiguration;
  readonly gateways: readonly GatewayConfiguration[];
  readonly numbers: readonly NumberConfiguration[];
  readonly groups: readonly GroupConfiguration[];
  readonly lines: readonly LineConfiguration[];
  readonly mgcp: MgcpConfiguration;
  readonly megaco: MegacoConfiguration;
  readonly limits: {
    /** Ranges without rate limit and ban; undefined: nodes, gateways and `trust.peers`. */
    readonly exempt: readonly string[] | undefined;
    readonly messageBytes: number;
    readonly headers: number;
    readonly bans: { readonly bad: number; readonly withinMs: Millis; readonly forMs: Millis } | undefined;
    readonly userAgents: readonly string[];
  };
  readonly log: LogConfiguration;
  readonly cdr: CdrConfiguration;
}

export interface ClusterConfiguration {
  readonly domain: string;
  readonly sipName: string | undefined;
  /** Empty only for a single node, which makes a key for its lifetime. */
  readonly keys: readonly ClusterKey[];
  readonly branchKey: Buffer | undefined;
  /** In file order, which is the stand-in order. */
  readonly nodes: readonly NodeConfiguration[];
  /** undefined: `off`. */
  readonly heartbeatMs: Millis | undefined;
  readonly joiningMs: Millis;
  readonly drainMs: Millis;
}

export interface NodeConfiguration {
  readonly name: string;
  readonly listen: readonly ListenConfiguration[];
  /** undefined: `off`. */
  readonly admin: AdminConfiguration | undefined;
  readonly store: StoreConfiguration;
}

export interface ListenConfiguration {
  /** As written: `sip+udp://10.0.0.1:5060`. */
  readonly url: string;
  readonly scheme: string;
  readonly transport: TransportName;
  /** IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** What is written into messages: `advertise`, else the bound address. */
  readonly advertised: HostPort & { readonly port: number };
}

export interface AdminConfiguration {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  /** Written in the file. A default one that is in use is a warning, a written one an error. */
  readonly written: boolean;
}

export type StoreConfiguration =
  | { readonly kind: 'memory' }
  | { readonly kind: 'lmdb'; readonly path: string; readonly sync: 'batched' | 'always'; readonly batchMs: Millis }
  | {
      readonly kind: 'redis';
      readonly place: RedisPlace;
      readonly password: string | undefined;
      /** Longest wait for an answer. */
      readonly timeoutMs: Millis;
      readonly sync: 'batched' | 'always';
      readonly batchMs: Millis;
    };

/** Where records of finished calls go. */
export type CdrConfiguration = { readonly kind: 'store' } | { readonly kind: 'file'; readonly path: string };

export interface SipConfiguration {
  readonly timers: { readonly t1: Millis; readonly t2: Millis; readonly t4: Millis; readonly c: Millis };
  readonly registrar: {
    readonly domains: readonly string[];
    readonly authenticate: boolean | 'trusted';
    readonly minExpiresS: number;
    readonly defaultExpiresS: number;
    readonly maxExpiresS: number;
    readonly maxContacts: number;
  };
  readonly proxy: {
    readonly mode: 'stateful' | 'stateless' | 'redirect';
    readonly fork: 'parallel' | 'serial';
    readonly serialTimeoutMs: Millis;
    readonly trying: 'downstream' | 'immediate';
    readonly relay: 'trusted' | 'anyone' | 'none';
    readonly recordRoute: boolean;
    readonly maxForwards: number;
    readonly maxBreadth: number;
  };
  /** Name of the MGCP gateway whose bridge anchors the media of every call. */
  readonly anchor: string | undefined;
}

export interface GatewayConfiguration {
  readonly name: string;
  readonly protocol: 'mgcp' | 'megaco';
  /** As written, in order: names, addresses with port, ranges. */
  readonly addresses: readonly string[];
  readonly domain: string;
  readonly mid: string;
  /** Ranges written out: `aaln/[1-2]` is `aaln/1`, `aaln/2`. */
  readonly lines: readonly string[];
  /** Written out like `lines`. */
  readonly trunks: readonly string[];
  /** MGCP: the endpoints that anchor media, `rtpbridge/*`. */
  readonly bridge: string | undefined;
  readonly alternates: 'list' | 'name' | 'none';
  /** Names of nodes: its home first, then who follows. */
  readonly nodes: readonly string[];
  /** MGCP: written into `N:`; undefined: the node's own address. */
  readonly notifiedEntity: string | undefined;
  /** MGCP: whether it has the redirect package (RFC 3991). */
  readonly red: 'auto' | 'yes' | 'no';
  /** undefined: `off`. */
  readonly heartbeatMs: Millis | undefined;
  /** undefined: made of `numbers`. */
  readonly digitMap: string | undefined;
  /** MEGACO: key of its Authentication header. */
  readonly key: Buffer | undefined;
  /** MEGACO; undefined: as its messages come. */
  readonly encoding: 'text' | 'binary' | undefined;
  /** MEGACO, 1..3; undefined: the highest that both know. */
  readonly version: number | undefined;
  /** MEGACO; undefined: as its messages come. */
  readonly transport: 'udp' | 'tcp' | undefined;
  /** MEGACO: patterns of its termination ids and their octets in hex; undefined: the usual ones. */
  readonly terminations: Readonly<Record<string, string>> | undefined;
  /** Calls with its lines and trunks at the same time; undefined: as many as it has. */
  readonly maxCalls: number | undefined;
}

/** What the file says of one line. */
export interface LineConfiguration {
  /** `LOCAL@GATEWAY` */
  readonly line: string;
  readonly number: string | undefined;
  readonly name: string | undefined;
  /** A channel to elsewhere. */
  readonly isTrunk: boolean;
  readonly features: LineFeatureConfiguration;
}

export interface LineFeatureConfiguration {
  readonly callWaiting: boolean;
  readonly threeWay: boolean;
  /** Who mixes the media of three, for a line with `threeWay`: a number or a target that speaks SIP. */
  readonly mixer: string | undefined;
  /** Numbers of the plan, or targets as `numbers` has them. */
  readonly forward: { readonly always?: string | undefined; readonly busy?: string | undefined; readonly noAnswer?: string | undefined };
  readonly doNotDisturb: boolean;
  /** How many digits the short numbers have by which lines whose numbers differ in their last digits only call each other. */
  readonly extensionDigits: number | undefined;
  /** Who plays for whom the line puts on hold. */
  readonly music: string | undefined;
}

/** RFC 3435 §3.5 and §4.3. */
export interface MgcpConfiguration {
  readonly rtoMs: Millis;
  readonly rtoMaxMs: Millis;
  readonly max1: number;
  readonly max2: number;
  readonly tMaxMs: Millis;
  readonly tHistMs: Millis;
  readonly mwdMs: Millis;
}

/** RFC 3525 annex D. */
export interface MegacoConfiguration {
  readonly rtoMs: Millis;
  readonly rtoMaxMs: Millis;
  readonly tMaxMs: Millis;
  readonly longTimerMs: Millis;
  /** Key of the Authentication header of gateways that have none of their own. */
  readonly auth: Buffer | undefined;
}

export interface NumberConfiguration {
  /** Digits, `x` for one, a last `.` for any rest. */
  readonly pattern: string;
  /** Tried in order: `LINE@GATEWAY`, `registrar`, `sip:…`, `group:NAME`. Empty only where it is forbidden. */
  readonly targets: readonly string[];
  /** Digits cut from the front of what was dialled; then `prefix` is put there. For targets that are no line. */
  readonly strip: number;
  readonly prefix: string;
  /** Shown instead of the caller's number; `anonymous` withholds it; undefined: the caller's own. */
  readonly callerId: string | undefined;
  readonly forbid: boolean;
  readonly emergency: boolean;
}

/** SIP targets that stand in for each other, tried in order. */
export interface GroupConfiguration {
  readonly name: string;
  /** SIP URIs; one without a user gets the number that was dialled. */
  readonly targets: readonly string[];
}

export interface LogConfiguration {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'text' | 'json';
  /** undefined: stderr. */
  readonly file: string | undefined;
}
