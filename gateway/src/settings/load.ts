// From a file to a configuration, or to everything that is wrong with it: YAML, shape, meaning. Nothing is opened but the
// file itself and what its secrets name.
import { existsSync, readFileSync } from 'node:fs';
import type { RawFile } from './raw.js';
import { type Environment, fileTrouble, Reading } from './reading.js';
import { readCluster } from './read-cluster.js';
import { checkGatewayTimers, readGateways, readMegaco, readMgcp } from './read-gateways.js';
import { readLines } from './read-lines.js';
import { readGroups, readNumbers } from './read-numbers.js';
import { readLimits, readPathAttribute, readSip } from './read-sip.js';
import { checkShape, pendingKeys } from './shape.js';
import { pathText, type Problem, Source } from './source.js';
import { BUILT_IN_FILE } from './starter.js';
import type { Configuration } from './types.js';

/** The file that is taken when none is named and it is there. */
export const DEFAULT_FILE = 'altpath.yaml';

/** Schemes that this version listens with; the others are said to be not built yet. */
const BUILT_SCHEMES: readonly string[] = [
  'sip+udp',
  'sip+tcp',
  'mgcp+udp',
  'megaco+udp',
  'megaco+tcp',
  'megaco-binary+udp',
  'megaco-binary+tcp',
];

/** A line for stderr that stops nothing. `node`: it concerns this node alone. */
export interface Note {
  readonly text: string;
  readonly node?: string | undefined;
}

export type Loaded =
  | { readonly ok: true; readonly configuration: Configuration; readonly notes: readonly Note[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads and checks a configuration.
 *
 * @param path  The file; undefined: `./altpath.yaml` where there is one, else the built-in one-node file.
 * @returns     The configuration with every default filled in, deeply frozen; or all problems in file order, each
 *              `file:line:column: text` (a file that cannot be read has no line).
 */
export function loadConfiguration(path: string | undefined, environment: Environment): Loaded {
  const file = path ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  if (file === undefined) return parseConfiguration(BUILT_IN_FILE, undefined, environment);
  try {
    return parseConfiguration(readFileSync(file, 'utf8'), file, environment);
  } catch (error) {
    return { ok: false, problems: [fileTrouble(file, error)] };
  }
}

/** The same for a text. @param file  Its name in problems; undefined for the built-in one. */
export function parseConfiguration(text: string, file: string | undefined, environment: Environment): Loaded {
  const source = new Source(text);
  const fail = (problems: readonly Problem[]): Loaded => ({ ok: false, problems: written(problems, file ?? 'built-in') });
  if (source.data === undefined) return fail(source.problems);
  if (source.data === null)
    return fail([...source.problems, { line: 1, column: 1, text: 'the file is empty; altpath init writes one to start from' }]);
  if (typeof source.data !== 'object' || Array.isArray(source.data)) {
    return fail([...source.problems, { line: 1, column: 1, text: 'the file is not a mapping of keys to values' }]);
  }
  const misshapen = checkShape(source, source.data);
  const reading = new Reading(source, source.data, environment);
  const configuration = build(source.data, file, reading);
  const problems = [...source.problems, ...misshapen, ...reading.problems];
  if (problems.length > 0) return fail(problems);
  return { ok: true, configuration: freeze(configuration), notes: notesOf(source.data, configuration) };
}

function build(raw: RawFile, file: string | undefined, reading: Reading): Configuration {
  const cluster = readCluster(raw.cluster ?? {}, reading);
  const gateways = readGateways(raw, cluster, reading);
  checkGatewayTimers(raw, reading);
  const groups = Object.entries(raw.trust?.groups ?? {});
  for (const [name, group] of groups) reading.ranges(['trust', 'groups', name, 'neighbours'], group?.neighbours);
  const targetGroups = readGroups(raw, reading);
  const numbers = readNumbers(raw, gateways, targetGroups, reading);
  return {
    file,
    cluster,
    pathAttribute: readPathAttribute(raw, reading),
    trust: { peers: reading.ranges(['trust', 'peers'], raw.trust?.peers) },
    sip: readSip(raw, cluster, reading),
    gateways,
    numbers,
    groups: targetGroups,
    lines: readLines(raw, { gateways, groups: targetGroups, numbers }, reading),
    mgcp: readMgcp(raw, reading),
    megaco: readMegaco(raw, reading),
    limits: readLimits(raw, reading),
    log: { level: raw.log?.level ?? 'info', format: raw.log?.format ?? 'text', file: raw.log?.file },
    cdr: typeof raw.cdr === 'object' ? { kind: 'file', path: raw.cdr.file ?? '' } : { kind: 'store' },
  };
}

/** In file order, one line a place. */
function written(problems: readonly Problem[], file: string): readonly string[] {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return [...new Set(sorted.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`))];
}

function notesOf(raw: RawFile, configuration: Configuration): readonly Note[] {
  const notYet = (what: string, node?: string): Note => ({ text: `${what}: not built yet`, node });
  const keys = pendingKeys(raw).map((path) => notYet(pathText(path), path[1] === 'nodes' ? String(path[2]) : undefined));
  const authenticate = raw.sip?.registrar?.authenticate;
  if (authenticate === true || authenticate === 'trusted') keys.push(notYet('sip.registrar.authenticate'));
  for (const [name, group] of Object.entries(raw.groups ?? {})) {
    if (group?.pick !== undefined && group.pick !== 'ordered') keys.push(notYet(pathText(['groups', name, 'pick'])));
    if (group?.probe !== undefined && group.probe !== 'off') keys.push(notYet(pathText(['groups', name, 'probe'])));
  }
  return configuration.cluster.nodes.reduce<Note[]>((notes, { name, listen }) => {
    const missing = listen.filter((each) => !BUILT_SCHEMES.includes(each.scheme)).map((each) => notYet(each.url, name));
    return [...notes, ...missing];
  }, keys);
}

/** Buffers cannot be frozen, and nobody writes into them. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}
