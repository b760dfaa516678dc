// The part of the file about what is dialled: patterns, where they lead, groups of SIP targets, and whether all of that
// names gateways, lines and groups rightly.
import { isNumberPattern } from '@altpath/call-control';
import type { RawFile, RawNumber } from './raw.js';
import type { Reading } from './reading.js';
import type { Path } from './source.js';
import type { GatewayConfiguration, GroupConfiguration, NumberConfiguration } from './types.js';
import { names, unknown } from './values.js';

/** What can be dialled, and shown of a caller. */
const NUMBER = /^\+?[0-9*#]+$/;
const SIP_URI = /^sips?:[^\s]+$/i;

/** Groups as number targets. Which of them routes may name is checked here, too. */
export function readGroups(raw: RawFile, reading: Reading): readonly GroupConfiguration[] {
  const groups = Object.keys(raw.groups ?? {});
  (raw.routes ?? []).forEach((route, at) => {
    if (!route) return;
    const written = reading.source.keys(['routes', at]);
    if (written.includes('to') === written.includes('reject')) reading.report(['routes', at], 'a route needs either to or reject');
    if (route.to !== undefined && !groups.includes(route.to)) reading.report(['routes', at, 'to'], unknown('group', route.to, groups));
  });
  return groups.map((name) => {
    const targets = (raw.groups?.[name]?.targets ?? []).map((target, at) => {
      if (target?.uri === undefined) return undefined;
      if (SIP_URI.test(target.uri)) return target.uri;
      return reading.report(['groups', name, 'targets', at, 'uri'], `${target.uri} is not a SIP URI`);
    });
    return { name, targets: targets.filter((uri) => uri !== undefined) };
  });
}

export function readNumbers(
  raw: RawFile,
  gateways: readonly GatewayConfiguration[],
  groups: readonly GroupConfiguration[],
  reading: Reading,
): readonly NumberConfiguration[] {
  for (const { read, written } of reading.source.numericKeys(['numbers'])) {
    if (read !== written) reading.report(['numbers', read], `without quotes YAML reads ${written} as ${read}: write "${written}"`, 'key');
  }
  return Object.entries(raw.numbers ?? {}).map(([pattern, entry]) => {
    const path: Path = ['numbers', pattern];
    if (!isNumberPattern(pattern)) {
      reading.report(path, 'not a number pattern of digits, x for any one, and a last . for any rest', 'key');
    }
    const detail = detailOf(entry);
    if (detail) checkDetail(detail, pattern, reading);
    const targets = readTargets(
      detail ? detail.to : (entry as RawNumber['to']),
      detail ? [...path, 'to'] : path,
      gateways,
      groups,
      reading,
    );
    return {
      pattern,
      targets,
      strip: detail?.strip ?? 0,
      prefix: detail?.prefix ?? '',
      callerId: detail?.callerId,
      forbid: detail?.forbid ?? false,
      emergency: detail?.emergency ?? false,
    };
  });
}

function detailOf(entry: NonNullable<RawFile['numbers']>[string]): RawNumber | undefined {
  const plain = typeof entry !== 'object' || entry === null || Array.isArray(entry);
  return plain ? undefined : (entry as RawNumber);
}

function checkDetail(
  { strip = 0, prefix, callerId, forbid = false, emergency = false }: RawNumber,
  pattern: string,
  reading: Reading,
): void {
  const path: Path = ['numbers', pattern];
  if (!forbid && !reading.source.keys(path).includes('to')) reading.report(path, 'it leads nowhere: to is missing', 'key');
  if (forbid && emergency) reading.report([...path, 'forbid'], 'an emergency number cannot be forbidden');
  if (prefix !== undefined && !NUMBER.test(prefix)) reading.report([...path, 'prefix'], `${prefix} has more than digits, * and #`);
  if (callerId !== undefined && callerId !== 'anonymous' && !NUMBER.test(callerId))
    reading.report([...path, 'callerId'], `${callerId} is neither a number nor anonymous`);
  const isOpen = pattern.endsWith('.');
  if (!isOpen && strip > 0 && strip >= pattern.length && prefix === undefined)
    reading.report([...path, 'strip'], `nothing is left of ${pattern} without its first ${strip} digits`);
}

function readTargets(
  to: RawNumber['to'],
  path: Path,
  gateways: readonly GatewayConfiguration[],
  groups: readonly GroupConfiguration[],
  reading: Reading,
): readonly string[] {
  const list = typeof to === 'string' ? [to] : Array.isArray(to) ? (to as readonly (string | undefined)[]) : [];
  return list.filter((target, at): target is string => {
    if (target === undefined) return false;
    const trouble = targetTrouble(target, gateways, groups);
    if (trouble !== undefined) reading.report(typeof to === 'string' ? path : [...path, at], trouble);
    return true;
  });
}

/** What is wrong with a target; undefined when nothing is. */
export function targetTrouble(
  target: string,
  gateways: readonly GatewayConfiguration[],
  groups: readonly GroupConfiguration[],
): string | undefined {
  if (target === 'registrar') return undefined;
  if (/^sips?:/i.test(target)) return SIP_URI.test(target) ? undefined : `${target} is not a SIP URI`;
  if (target.startsWith('group:')) {
    const name = target.slice('group:'.length);
    return groups.some((group) => group.name === name) ? undefined : unknown('group', name, names(groups));
  }
  if (!target.includes('@')) return `${target} is no target: LINE@GATEWAY, registrar, sip:… or group:NAME`;
  return lineTrouble(target, gateways);
}

/** What is wrong with a `LINE@GATEWAY`. */
export function lineTrouble(target: string, gateways: readonly GatewayConfiguration[]): string | undefined {
  const [line = '', ...rest] = target.split('@');
  const name = rest.join('@');
  const gateway = gateways.find((each) => each.name === name);
  if (!gateway) return unknown('gateway', name, names(gateways));
  const known = [...gateway.lines, ...gateway.trunks];
  return known.includes(line) ? undefined : unknown('line', line, known, ` on gateway ${name}`);
}
