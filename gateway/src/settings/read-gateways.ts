// The part of the file about media gateways and dialled numbers, and whether they name each other rightly.
import { isLoopback } from '@altpath/transport';
import { type Millis, parseHostPort } from '@altpath/core';
import type { RawFile, RawGateway } from './raw.js';
import type { Reading } from './reading.js';
import type { Path } from './source.js';
import type { ClusterConfiguration, GatewayConfiguration, LineConfiguration, MgcpConfiguration, NumberConfiguration } from './types.js';
import { expandLines, isRange, nearest, parseDuration } from './values.js';

/** A gateway that was silent for so long is asked whether it lives. */
const HEARTBEAT_MS = 30_000;

export function readGateways(raw: RawFile, cluster: ClusterConfiguration, reading: Reading): readonly GatewayConfiguration[] {
  const gateways = Object.entries(raw.gateways ?? {}).flatMap(([name, entry]) =>
    entry ? [readGateway(name, entry, cluster, reading)] : [],
  );
  checkUnique(gateways, 'domain', 'mgcp', reading);
  checkUnique(gateways, 'mid', 'megaco', reading);
  const { anchor } = raw.sip ?? {};
  if (anchor !== undefined && !gateways.some(({ name }) => name === anchor))
    reading.report(['sip', 'anchor'], unknown('gateway', anchor, names(gateways)));
  return gateways;
}

function readGateway(name: string, raw: RawGateway, cluster: ClusterConfiguration, reading: Reading): GatewayConfiguration {
  const path: Path = ['gateways', name];
  const { protocol = 'mgcp' } = raw;
  const addresses = readAddresses(raw.address, [...path, 'address'], reading);
  const written = reading.source.keys(path);
  if (raw.protocol === 'mgcp' && !written.includes('address')) reading.report([...path, 'address'], 'an MGCP gateway needs its address');
  if (raw.protocol === 'megaco' && !written.includes('address') && !written.includes('key')) {
    const controllers = cluster.nodes.filter((node) => raw.nodes === undefined || raw.nodes.includes(node.name));
    const exposed = controllers.flatMap((node) => node.listen).find((each) => each.scheme.startsWith('megaco') && !isLoopback(each.host));
    if (exposed) reading.report([...path, 'address'], `${exposed.url} is not on loopback, so this gateway needs its address or a key`);
  }
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
    lines: readRange(raw.lines ?? [], [...path, 'lines'], reading),
    trunks: readRange(raw.trunks ?? [], [...path, 'trunks'], reading),
    alternates: raw.alternates ?? 'list',
    nodes: (raw.nodes ?? cluster.nodes.map((each) => each.name)).filter((each): each is string => each !== undefined),
    notifiedEntity: raw.notifiedEntity,
    red: raw.red ?? 'auto',
    heartbeatMs: raw.heartbeat === 'off' ? undefined : reading.duration([...path, 'heartbeat'], raw.heartbeat, HEARTBEAT_MS),
    digitMap: raw.digitMap,
  };
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
    const text = gateway[key].toLowerCase();
    const owner = owners.get(text);
    if (owner !== undefined) reading.report(['gateways', gateway.name, key], `${gateway[key]} is gateway ${owner}'s, too`);
    owners.set(text, gateway.name);
  }
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

// --- numbers -----------------------------------------------------------------------------------------------------

export function readNumbers(raw: RawFile, gateways: readonly GatewayConfiguration[], reading: Reading): readonly NumberConfiguration[] {
  const groups = Object.keys(raw.groups ?? {});
  for (const { read, written } of reading.source.numericKeys(['numbers'])) {
    if (read !== written) reading.report(['numbers', read], `without quotes YAML reads ${written} as ${read}: write "${written}"`, 'key');
  }
  for (const line of Object.keys(raw.lines ?? {})) {
    const trouble = lineTrouble(line, gateways);
    if (trouble !== undefined) reading.report(['lines', line], trouble, 'key');
  }
  (raw.routes ?? []).forEach((route, at) => {
    if (!route) return;
    const written = reading.source.keys(['routes', at]);
    if (written.includes('to') === written.includes('reject')) reading.report(['routes', at], 'a route needs either to or reject');
    if (route.to !== undefined && !groups.includes(route.to)) reading.report(['routes', at, 'to'], unknown('group', route.to, groups));
  });
  return Object.entries(raw.numbers ?? {}).map(([pattern, entry]) => {
    const path: Path = ['numbers', pattern];
    if (!/^(?=.)\+?[0-9*#x]*\.?$/.test(pattern) || pattern === '+') {
      reading.report(path, 'not a number pattern of digits, x for any one, and a last . for any rest', 'key');
    }
    const plain = typeof entry !== 'object' || entry === null || Array.isArray(entry);
    const detail = plain ? undefined : (entry as { readonly to?: string | readonly (string | undefined)[]; readonly forbid?: boolean });
    if (detail && detail.forbid !== true && !reading.source.keys(path).includes('to'))
      reading.report(path, 'it leads nowhere: to is missing', 'key');
    const to = detail ? detail.to : entry;
    const toPath = detail ? [...path, 'to'] : path;
    const targets: string[] = [];
    const list = typeof to === 'string' ? [to] : Array.isArray(to) ? (to as readonly (string | undefined)[]) : [];
    list.forEach((target, at) => {
      if (target === undefined) return;
      const trouble = targetTrouble(target, gateways, groups);
      if (trouble !== undefined) reading.report(typeof to === 'string' ? toPath : [...toPath, at], trouble);
      targets.push(target);
    });
    return { pattern, targets };
  });
}

/** Every line of every gateway, with its number: what is written for it, else the first number that leads there. */
export function readLines(
  raw: RawFile,
  gateways: readonly GatewayConfiguration[],
  numbers: readonly NumberConfiguration[],
): readonly LineConfiguration[] {
  return gateways.flatMap((gateway) =>
    gateway.lines.map((local) => {
      const line = `${local}@${gateway.name}`;
      const written = raw.lines?.[line];
      const number =
        written?.number ?? numbers.find(({ pattern, targets }) => /^[0-9*#]+$/.test(pattern) && targets.includes(line))?.pattern;
      return { line, number, name: written?.name };
    }),
  );
}

function targetTrouble(target: string, gateways: readonly GatewayConfiguration[], groups: readonly string[]): string | undefined {
  if (target === 'registrar') return undefined;
  if (/^sips?:/i.test(target)) return /^sips?:[^\s]+$/i.test(target) ? undefined : `${target} is not a SIP URI`;
  if (target.startsWith('group:')) {
    const group = target.slice('group:'.length);
    return groups.includes(group) ? undefined : unknown('group', group, groups);
  }
  if (!target.includes('@')) return `${target} is no target: LINE@GATEWAY, registrar, sip:… or group:NAME`;
  return lineTrouble(target, gateways);
}

function lineTrouble(target: string, gateways: readonly GatewayConfiguration[]): string | undefined {
  const [line = '', ...rest] = target.split('@');
  const name = rest.join('@');
  const gateway = gateways.find((each) => each.name === name);
  if (!gateway) return unknown('gateway', name, names(gateways));
  const known = [...gateway.lines, ...gateway.trunks];
  return known.includes(line) ? undefined : unknown('line', line, known, ` on gateway ${name}`);
}

function names(list: readonly { readonly name: string }[]): readonly string[] {
  return list.map(({ name }) => name);
}

function unknown(what: string, word: string, known: readonly string[], where = ''): string {
  const near = nearest(word, known);
  return `there is no ${what} ${word}${where}${near === undefined ? '' : `; did you mean ${near}?`}`;
}
