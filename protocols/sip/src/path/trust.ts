// Whose alternates are used, and who is told ours (ARCHITECTURE "Trust"). A received address is an order to send packets
// somewhere; unsigned, it is an open reflector.
import { canonicalHost, CidrSet, type HostPort, isIpLiteral } from '@altpath/core';
import type { TrustGroup } from '../settings.js';

/** Extra addresses a transaction may use, whatever was received. */
export const MAX_EXTRA = 3;

/** Multicast, broadcast, nowhere. */
const NEVER = new CidrSet(['224.0.0.0/4', 'ff00::/8', '0.0.0.0/8', '255.255.255.255']);
/** Loopback, link-local, private: a range that says everything does not mean these. */
const INSIDE = [
  '127.0.0.0/8',
  '169.254.0.0/16',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fe80::/10',
  'fc00::/7',
];
const ANY_INSIDE = new CidrSet(INSIDE);

interface Compiled {
  readonly neighbours: CidrSet;
  readonly ranges: CidrSet;
  /** Those of the ranges that were written for addresses inside a network. */
  readonly inside: CidrSet;
  readonly names: ReadonlySet<string>;
}

export class TrustPolicy {
  readonly #groups: readonly Compiled[];

  constructor(
    groups: readonly TrustGroup[],
    private readonly isOwnSocket: (address: HostPort) => boolean,
  ) {
    this.#groups = groups.map((group) => {
      const ranges = group.alternates.filter(isRange);
      return {
        neighbours: new CidrSet(group.neighbours),
        ranges: new CidrSet(ranges),
        inside: new CidrSet(ranges.filter(isInside)),
        names: new Set(group.alternates.filter((each) => !isRange(each)).map(canonicalHost)),
      };
    });
  }

  /** A neighbour of some group: it may send requests for foreign domains, and it is told our alternates. */
  isNeighbour(host: string): boolean {
    return this.#groups.some((group) => group.neighbours.has(host));
  }

  /**
   * The alternates of a list that may be used when the list came from `neighbour`: inside that group's ranges, never
   * multicast, never our own sockets, at most three. Loopback, link-local and private addresses pass only because such
   * a range is written in the file.
   */
  usable(neighbour: string, alternates: readonly HostPort[]): readonly HostPort[] {
    if (alternates.length === 0) return alternates;
    const allowed: HostPort[] = [];
    for (const alternate of alternates) {
      if (allowed.length === MAX_EXTRA) break;
      if (NEVER.has(alternate.host) || this.isOwnSocket(alternate)) continue;
      if (this.#groups.some((group) => group.neighbours.has(neighbour) && contains(group, alternate.host))) allowed.push(alternate);
    }
    return allowed;
  }
}

function contains(group: Compiled, host: string): boolean {
  if (!isIpLiteral(host)) return group.names.has(canonicalHost(host));
  return (ANY_INSIDE.has(host) ? group.inside : group.ranges).has(host);
}

function isRange(text: string): boolean {
  return isIpLiteral(text.split('/', 1)[0] ?? '');
}

/** The range lies inside one of those that are never meant by a wider one. */
function isInside(range: string): boolean {
  const [net = '', bits] = range.split('/', 2);
  return INSIDE.some(
    (each) => new CidrSet([each]).has(net) && (bits === undefined || Number(bits) >= Number(each.slice(each.indexOf('/') + 1))),
  );
}
