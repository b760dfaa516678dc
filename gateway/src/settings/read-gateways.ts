// The part of the file about media gateways: where they are, who controls them, and the timers of their protocols.
import { isLoopback } from '@altpath/transport';
import { type Millis, parseHostPort, SignalingError } from '@altpath/core';
import { integrityKey, mIdKey, parseMId, TerminationNames } from '@altpath/megaco';
import type { RawFile, RawGateway } from './raw.js';
import type { Reading } from './reading.js';
import type { Path } from './source.js';
import type { ClusterConfiguration, GatewayConfiguration, MegacoConfiguration, MgcpConfiguration } from './types.js';
import { expandLines, isRange, names, parseDuration, unknown } from './values.js';

/** A gateway that was silent for so long is asked whether it lives. */
const HEARTBEAT_MS = 30_000;

export function readGateways(raw: RawFile, cluster: ClusterConfiguration, reading: Reading): readonly GatewayConfiguration[] {
  const gateways = Object.entries(raw.gateways ?? {}).flatMap(([name, entry]) =>
    entry ? [readGateway(name, entry, cluster, raw, reading)] : [],
  );
  checkUnique(gateways, 'domain', 'mgcp', reading);
  checkUnique(gateways, 'mid', 'megaco', reading);
  const trouble = anchorTrouble(raw.sip?.anchor, gateways, cluster);
  if (trouble !== undefined) reading.report(['sip', 'anchor'], trouble);
  return gateways;
}

/** Only a bridge of an MGCP gateway joins two streams that are none of its own lines, and every node that takes calls commands it. */
function anchorTrouble(
  anchor: string | undefined,
  gateways: readonly GatewayConfiguration[],
  { nodes }: ClusterConfiguration,
): string | undefined {
  if (anchor === undefined) return undefined;
  const gateway = gateways.find(({ name }) => name === anchor);
  if (!gateway) return unknown('gateway', anchor, names(gateways));
  if (gateway.protocol !== 'mgcp')
    return `gateway ${anchor} speaks ${gateway.protocol}, and media is anchored on a bridge of an MGCP gateway`;
  if (gateway.bridge === undefined)
    return `gateway ${anchor} has no bridge: gateways.${anchor}.bridge names the endpoints, such as rtpbridge/*`;
  const speaks = (listen: ClusterConfiguration['nodes'][number]['listen'], scheme: string): boolean =>
    listen.some((each) => each.scheme.startsWith(scheme));
  const without = nodes.find(({ name, listen }) => speaks(listen, 'sip+') && !(speaks(listen, 'mgcp+') && gateway.nodes.includes(name)));
  return without && `node ${without.name} takes SIP calls and does not control gateway ${anchor}`;
}

function readGateway(name: string, raw: RawGateway, cluster: ClusterConfiguration, file: RawFile, reading: Reading): GatewayConfiguration {
  const path: Path = ['gateways', name];
  const { protocol = 'mgcp' } = raw;
  const addresses = readAddresses(raw.address, [...path, 'address'], reading);
  const lines = readRange(raw.lines ?? [], [...path, 'lines'], reading);
  const trunks = readTrunks(raw, lines, path, reading);
  if (raw.protocol === 'mgcp' && !reading.source.keys(path).includes('address'))
    reading.report([...path, 'address'], 'an MGCP gateway needs its address');
  if (raw.protocol === 'megaco') checkMegaco(raw, path, cluster, file, reading);
  (raw.nodes ?? []).forEach((node, at) => {
    const known = cluster.nodes.map((each) => each.name);
    if (node !== undefined && !known.includes(node)) reading.report([...path, 'nodes', at], unknown('node', node, known));
  });
  return {
    name,
    protocol,
    addresses,
    domain: raw.domain ?? name,
    mid: raw.mid ?? name,
    lines,
    trunks,
    bridge: readBridge(raw, [...path, 'bridge'], reading),
    alternates: raw.alternates ?? 'list',
    nodes: (raw.nodes ?? cluster.nodes.map((each) => each.name)).filter((each): each is string => each !== undefined),
    notifiedEntity: raw.notifiedEntity,
    red: raw.red ?? 'auto',
    heartbeatMs: raw.heartbeat === 'off' ? undefined : reading.duration([...path, 'heartbeat'], raw.heartbeat, HEARTBEAT_MS),
    digitMap: raw.digitMap,
    key: readKey([...path, 'key'], reading),
    encoding: raw.encoding,
    version: raw.version,
    transport: raw.transport,
    terminations: readTerminations(raw, [...lines, ...trunks], [...path, 'terminations'], reading),
    maxCalls: raw.maxCalls,
  };
}

// --- MEGACO ------------------------------------------------------------------------------------------------------

/** RFC 2104: shorter keys are weaker than the shortest hash in use. */
const MIN_KEY_BYTES = 16;

function checkMegaco(raw: RawGateway, path: Path, cluster: ClusterConfiguration, file: RawFile, reading: Reading): void {
  const written = reading.source.keys(path);
  const controllers = cluster.nodes.filter((node) => raw.nodes === undefined || raw.nodes.includes(node.name));
  const listeners = controllers.flatMap((node) => node.listen).filter((each) => each.scheme.startsWith('megaco'));
  if (!written.includes('address') && !written.includes('key') && file.megaco?.['auth'] === undefined) {
    const exposed = listeners.find((each) => !isLoopback(each.host));
    if (exposed) reading.report([...path, 'address'], `${exposed.url} is not on loopback, so this gateway needs its address or a key`);
  }
  const mid = raw.mid ?? String(path.at(-1));
  if (!parseMId(mid)) reading.report([...path, 'mid'], `${mid} is no mId such as mg1, [192.0.2.7]:2944 or <gw.example>`);
  if (raw.transport !== undefined && listeners.every((each) => each.transport !== raw.transport))
    reading.report([...path, 'transport'], `none of its nodes listens for MEGACO over ${raw.transport}`);
}

function readKey(path: Path, reading: Reading): Buffer | undefined {
  const text = reading.secret(path);
  if (text === undefined) return undefined;
  const key = integrityKey(text);
  if (key.length >= MIN_KEY_BYTES) return key;
  return reading.report(path, `${key.length} bytes, and at least ${MIN_KEY_BYTES} are needed`);
}

/** Where nothing is written for its terminations, the usual ones have to serve a gateway that speaks binary. */
function readTerminations(raw: RawGateway, ids: readonly string[], path: Path, reading: Reading): GatewayConfiguration['terminations'] {
  const written = Object.entries(raw.terminations ?? {});
  const good: Record<string, string> = {};
  for (const [pattern, octets] of written) {
    if (typeof octets !== 'string') continue;
    try {
      new TerminationNames({ [pattern]: octets });
      good[pattern] = octets;
    } catch (error) {
      reading.report([...path, pattern], (error as Error).message);
    }
  }
  const patterns = raw.terminations === undefined ? undefined : good;
  if (raw.protocol !== 'megaco' || raw.encoding !== 'binary' || Object.keys(good).length < written.length) return patterns;
  const termNames = new TerminationNames(patterns);
  const nameless = ids.find((id) => !hasOctets(termNames, id));
  if (nameless !== undefined) reading.report(path, `no pattern gives octets to ${nameless}, and this gateway speaks binary`);
  return patterns;
}

function hasOctets(terminations: TerminationNames, id: string): boolean {
  try {
    terminations.write(id);
    return true;
  } catch (error) {
    // It says so by throwing: what it is asked for elsewhere has been checked here.
    if (error instanceof SignalingError) return false;
    throw error;
  }
}

function readAddresses(raw: RawGateway['address'], path: Path, reading: Reading): readonly string[] {
  if (raw === undefined) return [];
  const list = typeof raw === 'string' ? [raw] : raw;
  return list.filter((address, at): address is string => {
    if (address === undefined) return false;
    const fits = isRange(address) || parseHostPort(address) !== undefined;
    if (!fits) reading.report(typeof raw === 'string' ? path : [...path, at], `${address} is neither an address nor a range`);
    return fits;
  });
}

function readRange(raw: readonly (string | undefined)[], path: Path, reading: Reading): readonly string[] {
  const lines = new Set<string>();
  raw.forEach((text, at) => {
    if (text === undefined) return;
    const expanded = expandLines(text);
    if (!expanded) reading.report([...path, at], `${text} is neither a line nor a range such as aaln/[1-24]`);
    for (const line of expanded ?? []) {
      if (lines.has(line)) reading.report([...path, at], `${line} stands here twice`);
      lines.add(line);
    }
  });
  return [...lines];
}

function readTrunks(raw: RawGateway, lines: readonly string[], path: Path, reading: Reading): readonly string[] {
  const trunks = readRange(raw.trunks ?? [], [...path, 'trunks'], reading);
  const both = trunks.find((trunk) => lines.includes(trunk));
  if (both !== undefined) reading.report([...path, 'trunks'], `${both} is one of its lines, too`);
  return trunks;
}

/** `*`: one of those that are free (RFC 3435 §2.1.2 has `$` for it, which the adapter writes). */
function readBridge({ bridge, protocol }: RawGateway, path: Path, reading: Reading): string | undefined {
  if (bridge === undefined) return undefined;
  if (protocol === 'megaco') return reading.report(path, 'a MEGACO gateway has contexts and no bridge', 'key');
  if (!/^[^\s@*$]*\*?$/.test(bridge)) return reading.report(path, `${bridge} names no endpoints such as rtpbridge/*`);
  return bridge;
}

/** Two gateways with one name on the wire could not be told apart. */
function checkUnique(
  gateways: readonly GatewayConfiguration[],
  key: 'domain' | 'mid',
  protocol: 'mgcp' | 'megaco',
  reading: Reading,
): void {
  const owners = new Map<string, string>();
  for (const gateway of gateways) {
    if (gateway.protocol !== protocol) continue;
    const text = nameKey(gateway[key], key);
    const owner = owners.get(text);
    if (owner !== undefined) reading.report(['gateways', gateway.name, key], `${gateway[key]} is gateway ${owner}'s, too`);
    owners.set(text, gateway.name);
  }
}

function nameKey(text: string, key: 'domain' | 'mid'): string {
  const mId = key === 'mid' ? parseMId(text) : undefined;
  return mId ? mIdKey(mId) : text.toLowerCase();
}

// --- timers ------------------------------------------------------------------------------------------------------

/** What the documents allow at most: a test may be in a hurry, nobody may be slower (RFC 3435 §3.5 and §4.3, RFC 3525 D.1). */
const LONGEST: Readonly<Record<'mgcp' | 'megaco', Readonly<Record<string, string>>>> = {
  mgcp: { rto: '4s', rtoMax: '4s', tMax: '20s', tHist: '30s', mwd: '600s' },
  megaco: { rto: '4s', rtoMax: '4s', tMax: '20s', longTimer: '30s' },
};

export function checkGatewayTimers(raw: RawFile, reading: Reading): void {
  for (const protocol of ['mgcp', 'megaco'] as const) {
    for (const [key, longest] of Object.entries(LONGEST[protocol])) {
      const text = raw[protocol]?.[key];
      const tooLong = typeof text === 'string' && (parseDuration(text) ?? 0) > (parseDuration(longest) ?? 0);
      if (tooLong) reading.report([protocol, key], `${text} is longer than the ${longest} that its document allows`);
    }
  }
}

/** Timers of RFC 3435: the defaults are its own, T-HIST is 30 s, Max1 5 and Max2 7. */
export function readMgcp(raw: RawFile, reading: Reading): MgcpConfiguration {
  const duration = (key: string, byDefault: Millis): Millis => {
    const text = raw.mgcp?.[key];
    return reading.duration(['mgcp', key], typeof text === 'string' ? text : undefined, byDefault);
  };
  const count = (key: string, byDefault: number): number => {
    const value = raw.mgcp?.[key];
    return typeof value === 'number' ? value : byDefault;
  };
  return {
    rtoMs: duration('rto', 200),
    rtoMaxMs: duration('rtoMax', 4_000),
    max1: count('max1', 5),
    max2: count('max2', 7),
    tMaxMs: duration('tMax', 20_000),
    tHistMs: duration('tHist', 30_000),
    mwdMs: duration('mwd', 600_000),
  };
}

/** Timers of RFC 3525 annex D: the defaults are its own. */
export function readMegaco(raw: RawFile, reading: Reading): MegacoConfiguration {
  const duration = (key: string, byDefault: Millis): Millis => reading.duration(['megaco', key], raw.megaco?.[key] ?? undefined, byDefault);
  return {
    rtoMs: duration('rto', 200),
    rtoMaxMs: duration('rtoMax', 4_000),
    tMaxMs: duration('tMax', 20_000),
    longTimerMs: duration('longTimer', 30_000),
    auth: readKey(['megaco', 'auth'], reading),
  };
}
