// The file's values after the schema has passed them: every key may be missing, since what did not fit was cut out, but
// what is there has its type. Only the keys that the program reads are named.

export interface RawFile {
  readonly cluster?: RawCluster;
  readonly pathAttribute?: {
    readonly carrier?: 'parameter' | 'header';
    readonly max?: number;
    readonly hedge?: number;
    readonly guard?: number;
    readonly expires?: string;
    readonly downFor?: string;
  };
  readonly trust?: { readonly peers?: RawList<string>; readonly groups?: RawMap<RawGroup> };
  readonly sip?: RawSip;
  readonly routes?: RawList<{ readonly to?: string; readonly reject?: number }>;
  readonly groups?: RawMap<RawTargetGroup>;
  readonly gateways?: RawMap<RawGateway>;
  readonly numbers?: RawMap<string | RawList<string> | RawNumber>;
  readonly lines?: RawMap<RawLine>;
  readonly mgcp?: RawMap<string | number>;
  readonly megaco?: RawMap<string>;
  readonly limits?: {
    readonly exempt?: RawList<string>;
    readonly messageSize?: string | number;
    readonly headers?: number;
    readonly bans?: 'off' | { readonly after?: string; readonly for?: string };
    readonly userAgents?: RawList<string>;
  };
  readonly cdr?: 'store' | { readonly file?: string };
  readonly log?: { readonly level?: 'debug' | 'info' | 'warn' | 'error'; readonly format?: 'text' | 'json'; readonly file?: string };
}

/** Entries that did not fit are undefined, so that the others keep their places. */
export type RawList<T> = readonly (T | undefined)[];
export type RawMap<T> = Readonly<Record<string, T | null | undefined>>;

export interface RawCluster {
  readonly domain?: string;
  readonly sipName?: string;
  readonly keys?: RawList<{ readonly id?: string; readonly secret?: string; readonly verifyOnly?: boolean }>;
  readonly branchKey?: string;
  readonly nodes?: RawMap<RawNode>;
  readonly store?: RawStore;
  readonly heartbeat?: string;
  readonly joining?: string;
  readonly drain?: string;
}

export interface RawNode {
  readonly listen?: RawList<string | { readonly url?: string; readonly advertise?: string }>;
  readonly admin?: string | { readonly url?: string; readonly token?: string };
  readonly store?: RawStore;
}

export interface RawStore {
  readonly kind?: 'lmdb' | 'memory' | 'redis';
  readonly path?: string;
  readonly sync?: 'batched' | 'always';
  readonly batch?: string;
  readonly url?: string;
  readonly sentinel?: { readonly name?: string; readonly addresses?: RawList<string> };
  readonly cluster?: RawList<string>;
  readonly password?: string;
  readonly timeout?: string;
}

export interface RawGroup {
  readonly neighbours?: RawList<string>;
}

export interface RawNumber {
  readonly to?: string | RawList<string>;
  readonly strip?: number;
  readonly prefix?: string;
  readonly callerId?: string;
  readonly forbid?: boolean;
  readonly emergency?: boolean;
}

export interface RawLine {
  readonly number?: string;
  readonly name?: string;
  readonly callWaiting?: boolean;
  readonly threeWay?: boolean | string;
  readonly forward?: { readonly always?: string; readonly busy?: string; readonly noAnswer?: string };
  readonly doNotDisturb?: boolean;
  readonly extensionDigits?: number;
  readonly hold?: boolean | string;
}

export interface RawTargetGroup {
  readonly targets?: RawList<{ readonly uri?: string; readonly weight?: number }>;
  readonly pick?: 'ordered' | 'weighted' | 'hash-call-id' | 'hash-from' | 'least-calls';
  readonly probe?: string;
}

export interface RawSip {
  readonly timers?: { readonly t1?: string; readonly t2?: string; readonly t4?: string; readonly c?: string };
  readonly registrar?: {
    readonly domains?: RawList<string>;
    readonly authenticate?: boolean | 'trusted';
    readonly minExpires?: string;
    readonly defaultExpires?: string;
    readonly maxExpires?: string;
    readonly maxContacts?: number;
  };
  readonly users?: object;
  readonly proxy?: {
    readonly mode?: 'stateful' | 'stateless' | 'redirect';
    readonly fork?: 'parallel' | 'serial';
    readonly serialTimeout?: string;
    readonly trying?: 'downstream' | 'immediate';
    readonly relay?: 'trusted' | 'anyone' | 'none';
    readonly recordRoute?: boolean;
    readonly maxForwards?: number;
    readonly maxBreadth?: number;
  };
  readonly anchor?: string;
  readonly privacy?: { readonly assertedIdentityTrust?: RawList<string> };
}

export interface RawGateway {
  readonly protocol?: 'mgcp' | 'megaco';
  readonly address?: string | RawList<string>;
  readonly key?: string;
  readonly nodes?: RawList<string>;
  readonly domain?: string;
  readonly mid?: string;
  readonly lines?: RawList<string>;
  readonly trunks?: RawList<string>;
  readonly bridge?: string;
  readonly alternates?: 'list' | 'name' | 'none';
  readonly notifiedEntity?: string;
  readonly red?: 'auto' | 'yes' | 'no';
  readonly heartbeat?: string;
  readonly digitMap?: string;
  readonly encoding?: 'text' | 'binary';
  readonly version?: number;
  readonly transport?: 'udp' | 'tcp';
  readonly terminations?: RawMap<string>;
  readonly maxCalls?: number;
}
