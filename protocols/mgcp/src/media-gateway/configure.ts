// EndpointConfiguration, alone or inside another command, and the redirect package's use of it: whole groups of lines
// get another call agent, or are reset (RFC 3435 §2.3.2, RFC 3991).
import { expandRanges, matches } from '../message/endpoint-name.js';
import type { MgcpCommand } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { RedirectCode, ReturnCode } from '../message/return-codes.js';
import type { GatewayLine, LineSurroundings } from './line.js';
import { type Checked, type Refusal, refused } from './refusal.js';

/** The local name under which the gateway as a whole is configured (RFC 3991 §2.2.1). */
export const VIRTUAL_ENDPOINT = 'mg';

const RED = 'RED';

/** @returns 518 for parameters of packages that are not here, 539 for unknown ones of packages that are. */
export function checkPackageParameters(parameters: Parameters, around: LineSurroundings): Refusal | undefined {
  const packages = { packageList: around.registry.versions() };
  const isRedirect =
    parameters.redirectList !== undefined ||
    parameters.redirectEntity !== undefined ||
    parameters.redirectEndpoints !== undefined ||
    parameters.reset !== undefined;
  if (isRedirect && !around.registry.packageOf(RED)) return { code: ReturnCode.unknownPackage, parameters: packages };
  if (parameters.persistentEvents && !around.registry.packageOf('B')) return { code: ReturnCode.unknownPackage, parameters: packages };
  for (const { name } of parameters.extensions ?? []) {
    const slash = name.indexOf('/');
    if (slash < 0) continue;
    if (!around.registry.packageOf(name.slice(0, slash))) return { code: ReturnCode.unknownPackage, parameters: packages };
    return { code: ReturnCode.wrongParameter, comment: `Unknown Parameter ${name}` };
  }
  return undefined;
}

/**
 * The lines that a configuration of the virtual endpoint is for: those that its lists name and its maps do not leave out
 * (RFC 3991 §2.2), whatever their service state.
 *
 * @returns the refusal: 800, 801 of package RED, 500 for a line that there is not.
 */
export function linesOfLists(command: MgcpCommand, lines: readonly GatewayLine[]): Checked<readonly GatewayLine[]> {
  const chosen = new Set<GatewayLine>();
  for (const { names, map } of command.parameters.redirectEndpoints ?? []) {
    const isWildcard = names.some((name) => name.split('/').includes('*'));
    if (isWildcard && (map !== undefined || names.some((name) => name.includes('[')))) return ofPackage(RedirectCode.incorrectUsage);
    const named = isWildcard ? lines.filter(({ name }) => names.some((pattern) => matches(pattern, name))) : linesNamed(names, lines);
    if (!named) return refused(ReturnCode.unknownEndpoint);
    if (map !== undefined && map.length > named.length) return ofPackage(RedirectCode.mapOutOfRange);
    named.forEach((line, at) => {
      if (map === undefined || map[at] === 'T') chosen.add(line);
    });
  }
  return { ok: true, value: [...chosen] };
}

/** §2.2.1: lists and maps only on the virtual endpoint. */
export function checkLists(command: MgcpCommand, isVirtual: boolean): Refusal | undefined {
  const hasLists = command.parameters.redirectEndpoints !== undefined;
  return hasLists && !isVirtual ? { code: RedirectCode.incorrectUsage, packageName: RED } : undefined;
}

/** Ranges written out, the right-most running fastest: the order that a map follows. */
function linesNamed(names: readonly string[], lines: readonly GatewayLine[]): readonly GatewayLine[] | undefined {
  const byName = new Map(lines.map((line) => [line.name.toLowerCase(), line]));
  const found = names.flatMap((name) => expandRanges(name) ?? ['']).map((name) => byName.get(name.toLowerCase()));
  return found.every((line) => line !== undefined) ? found : undefined;
}

function ofPackage(code: 800 | 801): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, packageName: RED } };
}
