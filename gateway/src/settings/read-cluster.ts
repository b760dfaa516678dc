// The part of the file about the cluster: keys and nodes, and what must hold between nodes.
import { join, resolve } from 'node:path';
import type { ClusterKey } from '@altpath/cluster';
import { isLoopback, isWildcard } from '@altpath/transport';
import { canonicalHost, formatHostPort, type HostPort, isIpLiteral, parseHostPort } from '@altpath/core';
import type { RedisPlace } from '@altpath/store';
import type { RawCluster, RawList, RawNode, RawStore } from './raw.js';
import type { Reading } from './reading.js';
import { NODE_NAME_PATTERN } from './schema-parts.js';
import type { Path } from './source.js';
import type { AdminConfiguration, ClusterConfiguration, ListenConfiguration, NodeConfiguration, StoreConfiguration } from './types.js';
import { decodeBase64, parseDuration, parseUrl, transportOf } from './values.js';

const MIN_SECRET_BYTES = 32;

/** A listener with its place in the file. */
interface PlacedListen extends ListenConfiguration {
  readonly path: Path;
  readonly node: string;
}

/** What nodes write into identities of calls and transactions tells so many apart. */
const MAX_NODES = 16;

export function readCluster(raw: RawCluster, reading: Reading): ClusterConfiguration {
  const path: Path = ['cluster'];
  const names = reading.source.keys([...path, 'nodes']).filter((name) => new RegExp(NODE_NAME_PATTERN).test(name));
  if (names.length > MAX_NODES)
    reading.report([...path, 'nodes'], `a cluster has ${MAX_NODES} nodes at most, and ${names.length} are written`);
  const placed: PlacedListen[] = [];
  const nodes = names.map((name) => readNode(name, raw, reading, placed));
  checkListeners(placed, reading);
  checkSharedSentBy(placed, nodes, reading);
  checkStores(nodes, raw, reading);
  checkFolders(nodes, reading);
  checkAdmin(nodes, reading);
  return {
    domain: raw.domain ?? '',
    sipName: raw.sipName,
    keys: readKeys(raw, names.length, reading),
    branchKey: raw.branchKey === undefined ? undefined : readKeySecret([...path, 'branchKey'], reading),
    nodes,
    heartbeatMs: raw.heartbeat === 'off' ? undefined : reading.duration([...path, 'heartbeat'], raw.heartbeat, 100),
    joiningMs: parseDuration(raw.joining ?? '5s') ?? 0,
    drainMs: parseDuration(raw.drain ?? '10m') ?? 0,
  };
}

// --- keys --------------------------------------------------------------------------------------------------------

function readKeys(raw: RawCluster, nodeCount: number, reading: Reading): readonly ClusterKey[] {
  const path: Path = ['cluster', 'keys'];
  const written = reading.source.keys(['cluster']).includes('keys');
  const entries = raw.keys ?? [];
  if (entries.length === 0 && nodeCount > 1 && (!written || raw.keys !== undefined)) {
    reading.report(path, 'two nodes or more need a key by which they know each other; altpath init makes one');
  }
  const keys: ClusterKey[] = [];
  const ids = new Set<string>();
  entries.forEach((entry, at) => {
    if (!entry) return;
    const { id, verifyOnly = false } = entry;
    if (id !== undefined && ids.has(id)) reading.report([...path, at, 'id'], `${id} is used twice`);
    if (id !== undefined) ids.add(id);
    const secret = readKeySecret([...path, at, 'secret'], reading);
    if (id !== undefined && secret) keys.push({ id, secret, verifyOnly });
  });
  if (entries.length > 0 && entries.every((entry) => entry?.verifyOnly === true)) {
    reading.report(path, 'all keys are verifyOnly, and one must sign');
  }
  return keys;
}

function readKeySecret(path: Path, reading: Reading): Buffer | undefined {
  const text = reading.secret(path);
  if (text === undefined) return undefined;
  const secret = decodeBase64(text);
  if (!secret) return reading.report(path, 'not base64');
  if (secret.length < MIN_SECRET_BYTES)
    return reading.report(path, `${secret.length} bytes of base64, and at least ${MIN_SECRET_BYTES} are needed`);
  return secret;
}

// --- nodes -------------------------------------------------------------------------------------------------------

function readNode(name: string, cluster: RawCluster, reading: Reading, placed: PlacedListen[]): NodeConfiguration {
  const raw = (Object.hasOwn(cluster.nodes ?? {}, name) ? cluster.nodes?.[name] : undefined) ?? {};
  const path: Path = ['cluster', 'nodes', name];
  const own = (raw.listen ?? []).flatMap((entry, at) => {
    const listen = entry === undefined ? undefined : readListen(entry, [...path, 'listen', at], reading);
    return listen ? [{ ...listen, path: [...path, 'listen', at], node: name }] : [];
  });
  placed.push(...own);
  const listen = own.map(({ path: _path, node: _node, ...each }) => each);
  return { name, listen, admin: readAdmin(raw, listen, path, reading), store: readStore(name, raw, cluster, reading) };
}

function readListen(
  entry: string | { readonly url?: string; readonly advertise?: string },
  path: Path,
  reading: Reading,
): ListenConfiguration | undefined {
  const detailed = typeof entry !== 'string';
  const text = detailed ? entry.url : entry;
  if (text === undefined) return undefined;
  const at = detailed ? [...path, 'url'] : path;
  const url = parseUrl(text);
  if (!url) return reading.report(at, `${text} is not a URL with an address and a port from 1 to 65535`);
  if (!isIpLiteral(url.host)) return reading.report(at, `${url.host} is a name, and a listener needs an address of this host`);
  const wanted = detailed ? entry.advertise : undefined;
  const advertise = wanted === undefined ? undefined : parseHostPort(wanted);
  if (wanted !== undefined && !advertise)
    return reading.report([...path, 'advertise'], `${wanted} is not an address such as 192.0.2.7:5060`);
  if (advertise && isWildcard(advertise.host)) return reading.report([...path, 'advertise'], `nobody can send to ${advertise.host}`);
  if (isWildcard(url.host) && !advertise) {
    return reading.report(at, `${url.host} says nothing to others: write { url, advertise } with the address that goes into messages`);
  }
  const advertised = { host: advertise?.host ?? url.host, port: advertise?.port ?? url.port };
  return { url: text, scheme: url.scheme, transport: transportOf(url.scheme), host: url.host, port: url.port, advertised };
}

function readAdmin(raw: RawNode, listen: readonly ListenConfiguration[], node: Path, reading: Reading): AdminConfiguration | undefined {
  const path: Path = [...node, 'admin'];
  if (raw.admin === 'off') return undefined;
  if (raw.admin === undefined) {
    const first = listen[0]?.host;
    const host = first !== undefined && isLoopback(first) ? first : '127.0.0.1';
    return { url: `http://${formatHostPort({ host, port: 8080 })}`, host, port: 8080, token: undefined, written: false };
  }
  const detailed = typeof raw.admin !== 'string';
  const text = typeof raw.admin === 'string' ? raw.admin : raw.admin.url;
  if (text === undefined) return undefined;
  const at = detailed ? [...path, 'url'] : path;
  const url = parseUrl(text);
  if (!url) return reading.report(at, `${text} is not a URL with an address and a port from 1 to 65535`);
  if (!isIpLiteral(url.host) && url.host !== 'localhost')
    return reading.report(at, `${url.host} is a name, and the admin API needs an address of this host`);
  const loopback = isLoopback(url.host) || url.host === 'localhost';
  if (!loopback && !(typeof raw.admin !== 'string' && raw.admin.token !== undefined)) {
    return reading.report(at, `${url.host} is not loopback, and off loopback the admin API needs a token: { url, token }`);
  }
  return { url: text.replace(/\/$/, ''), host: url.host, port: url.port, token: reading.secret([...path, 'token']), written: true };
}

// --- stores ------------------------------------------------------------------------------------------------------

const REDIS_KEYS = ['url', 'sentinel', 'cluster', 'password', 'timeout'] as const;
const REDIS_PLACES = ['url', 'sentinel', 'cluster'] as const;

function readStore(name: string, node: RawNode, cluster: RawCluster, reading: Reading): StoreConfiguration {
  const raw = node.store ?? cluster.store ?? {};
  if (node.store) checkStore(node.store, ['cluster', 'nodes', name, 'store'], reading);
  const { kind = 'lmdb' } = raw;
  if (kind === 'memory') return { kind };
  if (kind === 'redis') return readRedis(raw, node.store ? ['cluster', 'nodes', name, 'store'] : ['cluster', 'store'], reading);
  // One path written for several nodes is the folder that theirs are in.
  const shared = node.store === undefined && Object.keys(cluster.nodes ?? {}).length > 1;
  const path = raw.path === undefined ? `./data/${name}` : shared ? join(raw.path, name) : raw.path;
  return { kind, path, ...rhythm(raw) };
}

/** How fast, and whether anybody waits. */
function rhythm({ sync = 'batched', batch = '20ms' }: RawStore): { readonly sync: 'batched' | 'always'; readonly batchMs: number } {
  return { sync, batchMs: parseDuration(batch) ?? 20 };
}

function readRedis(raw: RawStore, path: Path, reading: Reading): StoreConfiguration {
  const password = reading.secret([...path, 'password']);
  const timeoutMs = reading.duration([...path, 'timeout'], raw.timeout, 200);
  return { kind: 'redis', place: redisPlace(raw, path, reading), password, timeoutMs, ...rhythm(raw) };
}

function redisPlace({ url, sentinel, cluster }: RawStore, path: Path, reading: Reading): RedisPlace {
  if (url !== undefined) {
    const split = parseUrl(url);
    if (!split) reading.report([...path, 'url'], `${url} is not a URL with an address and a port from 1 to 65535`);
    return { kind: 'server', host: split?.host ?? '', port: split?.port ?? 0, tls: split?.scheme === 'rediss' };
  }
  if (sentinel === undefined) return { kind: 'cluster', addresses: addresses(cluster, [...path, 'cluster'], reading) };
  const { name = '', addresses: watchers } = sentinel;
  return { kind: 'sentinel', name, addresses: addresses(watchers, [...path, 'sentinel', 'addresses'], reading) };
}

function addresses(list: RawList<string> = [], path: Path, reading: Reading): readonly HostPort[] {
  return list.flatMap((text, at) => {
    if (text === undefined) return [];
    const address = parseHostPort(text);
    if (!address) reading.report([...path, at], `${text} is not an address such as 192.0.2.7:6379`);
    return address ? [address] : [];
  });
}

function checkStore(raw: RawStore, path: Path, reading: Reading): void {
  const { kind = 'lmdb' } = raw;
  const foreign = kind === 'redis' ? (['path'] as const) : kind === 'memory' ? (['path', ...REDIS_KEYS] as const) : REDIS_KEYS;
  for (const key of foreign) if (raw[key] !== undefined) reading.report([...path, key], `a store of kind ${kind} has no ${key}`, 'key');
  if (kind !== 'redis') return;
  // What is written and not understood has been reported.
  const written = reading.source.keys(path);
  const places = REDIS_PLACES.filter((key) => written.includes(key));
  if (places.length !== 1) reading.report(path, `redis needs one of ${REDIS_PLACES.join(', ')}, and ${places.length} are written`);
}

function checkStores(nodes: readonly NodeConfiguration[], raw: RawCluster, reading: Reading): void {
  if (raw.store) checkStore(raw.store, ['cluster', 'store'], reading);
  if (!nodes.some((node) => node.store.kind === 'redis')) return;
  for (const { name, store } of nodes) {
    if (store.kind === 'redis') continue;
    reading.report(
      ['cluster', 'nodes', name, 'store'],
      `this node's store is ${store.kind} where another node's is redis, and they cannot be mixed`,
    );
  }
}

/** Nodes that listen on loopback only are on one machine, where a folder is one node's alone. */
function checkFolders(nodes: readonly NodeConfiguration[], reading: Reading): void {
  const owners = new Map<string, string>();
  for (const { name, store, listen } of nodes) {
    if (store.kind !== 'lmdb' || listen.some((each) => !isLoopback(each.host))) continue;
    const folder = resolve(store.path);
    const owner = owners.get(folder);
    if (owner !== undefined)
      reading.report(['cluster', 'nodes', name, 'store'], `${store.path} is the folder of node ${owner}, and each node needs its own`);
    else owners.set(folder, name);
  }
}

function checkAdmin(nodes: readonly NodeConfiguration[], reading: Reading): void {
  for (const { name, admin, listen } of nodes) {
    if (!admin?.written) continue;
    const twin = listen.find(
      (each) => socketKind(each) === 'tcp' && each.port === admin.port && (each.host === admin.host || isWildcard(each.host)),
    );
    if (twin) reading.report(['cluster', 'nodes', name, 'admin'], `${admin.url} is taken by ${twin.url} of the same node`);
  }
}

// --- between listeners -------------------------------------------------------------------------------------------

function socketKind(listen: ListenConfiguration): 'udp' | 'tcp' {
  return listen.transport === 'udp' ? 'udp' : 'tcp';
}

function checkListeners(placed: readonly PlacedListen[], reading: Reading): void {
  placed.forEach((listen, at) => {
    const twin = placed.slice(0, at).find((other) => collide(other, listen));
    if (twin)
      reading.report(
        listen.path,
        `${listen.url} is taken by ${twin.url} of ${twin.node === listen.node ? 'the same node' : `node ${twin.node}`}`,
      );
  });
}

/** One node cannot bind both; or two nodes would be known by one address. */
function collide(a: PlacedListen, b: PlacedListen): boolean {
  if (socketKind(a) !== socketKind(b)) return false;
  const same = (x: { host: string; port: number }, y: { host: string; port: number }): boolean =>
    x.port === y.port && canonicalHost(x.host) === canonicalHost(y.host);
  if (a.node !== b.node) return same(a.advertised, b.advertised) || (same(a, b) && !isWildcard(a.host) && a.advertised.host === a.host);
  const family = a.host.includes(':') === b.host.includes(':');
  return same(a, b) || (a.port === b.port && family && (isWildcard(a.host) || isWildcard(b.host)));
}

/**
 * Every node writes one sent-by for a transport and address family: `sipName`, or the first node's address. A peer that
 * goes by it to another node goes to the same port there.
 */
function checkSharedSentBy(placed: readonly PlacedListen[], nodes: readonly NodeConfiguration[], reading: Reading): void {
  const slots = new Map<string, PlacedListen>();
  for (const { name } of nodes) {
    const seen = new Set<string>();
    for (const listen of placed) {
      if (listen.node !== name || !listen.scheme.startsWith('sip+')) continue;
      const slot = `${listen.transport} over IPv${listen.advertised.host.includes(':') ? 6 : 4}`;
      if (seen.has(slot)) continue;
      seen.add(slot);
      const first = slots.get(slot);
      if (!first) slots.set(slot, listen);
      else if (first.advertised.port !== listen.advertised.port) {
        reading.report(
          listen.path,
          `port ${listen.advertised.port} differs from node ${first.node}'s ${first.advertised.port}, and the nodes share one sent-by for ${slot}`,
        );
      }
    }
  }
}
