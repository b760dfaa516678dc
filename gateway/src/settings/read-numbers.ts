// The part of the file about what is dialled and about lines, and whether they name gateways rightly.
import type { RawFile } from './raw.js';
import type { Reading } from './reading.js';
import type { Path } from './source.js';
import type { GatewayConfiguration, LineConfiguration, NumberConfiguration } from './types.js';
import { names, unknown } from './values.js';

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
