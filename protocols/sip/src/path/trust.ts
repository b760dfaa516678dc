// Whose alternates are used, and who is told ours (DESIGN "Trust"). A received address is an order to send packets
// somewhere; unsigned, it is an open reflector.
import { canonicalHost, CidrSet, type HostPort, isIpLiteral } from '@altpath/core';
import type { TrustGroup } from '../settings.js';

/** Extra addresses a transaction may use, whatever was received. */
export const MAX_EXTRA = 3;

const NEVER_OUTSIDE_GROUP = new CidrSet(['224.0.0.0/4', 'ff00::/8', '0.0.0.0/8', '255.255.255.255']);

interface Compiled {
  readonly neighbours: CidrSet;
  readonly ranges: CidrSet;
  readonly names: ReadonlySet<string>;
}

export class TrustPolicy {
  readonly #groups: readonly Compiled[];

  constructor(
    groups: readonly TrustGroup[],
    private readonly isOwnSocket: (address: HostPort) => boolean,
  ) {
    this.#groups = groups.map((group) => ({
      neighbours: new CidrSet(group.neighbours),
      ranges: new CidrSet(group.alternates.filter((each) => isIpLiteral(each.split('/')[0] ?? ''))),
      names: new Set(group.alternates.filter((each) => !isIpLiteral(each.split('/')[0] ?? '')).map(canonicalHost)),
    }));
  }

  /** A neighbour of some group: it may send requests for foreign domains, and it is told our alternates. */
  isNeighbour(host: string): boolean {
    return this.#groups.some((group) => group.neighbours.has(host));
  }

  /**
   * The alternates of a list that may be used when the list came from `neighbour`: inside that group's ranges, never
   * multicast, never our own sockets, at most three. Loopback, link-local and private addresses pass only because a
   * range written in the file contains them.
   */
  usable(neighbour: string, alternates: readonly HostPort[]): readonly HostPort[] {
    if (alternates.length === 0) return alternates;
    const allowed: HostPort[] = [];
    for (const alternate of alternates) {
      if (allowed.length === MAX_EXTRA) break;
      if (NEVER_OUTSIDE_GROUP.has(alternate.host) || this.isOwnSocket(alternate)) continue;
      if (this.#groups.some((group) => group.neighbours.has(neighbour) && contains(group, alternate.host))) allowed.push(alternate);
    }
    return allowed;
  }
}

function contains(group: Compiled, host: string): boolean {
  return isIpLiteral(host) ? group.ranges.has(host) : group.names.has(canonicalHost(host));
}
