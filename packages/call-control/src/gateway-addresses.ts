// Where a gateway may be, as the file writes it: it is obeyed from there and from nowhere else, whatever its messages say.
import { canonicalHost, CidrSet, type HostPort, isIpLiteral, parseHostPort } from '@altpath/core';

export class GatewayAddresses {
  /** What is written, in order; a range is no place to send to. */
  readonly places: readonly HostPort[];
  /** Hosts that have to be looked up before the gateway is obeyed from them. */
  readonly names: readonly string[];
  readonly #literals: CidrSet;
  readonly #resolved = new Set<string>();

  /** @param written  `host`, `host:port` or a range each; what is none of these is left out. */
  constructor(written: readonly string[]) {
    const ranges = written.filter((text) => text.includes('/'));
    this.places = written.filter((text) => !text.includes('/')).flatMap(placeOf);
    const hosts = this.places.map(({ host }) => host);
    this.names = hosts.filter((host) => !isIpLiteral(host));
    this.#literals = new CidrSet([...ranges, ...hosts.filter(isIpLiteral)]);
  }

  /** What a name was found to lead to. What it led to before stays: a gateway may still speak from there. */
  learn(hosts: readonly string[]): void {
    for (const host of hosts) this.#resolved.add(canonicalHost(host));
  }

  has(host: string): boolean {
    return this.#literals.has(host) || this.#resolved.has(canonicalHost(host));
  }
}

/** An IPv6 literal needs no brackets where it stands alone. */
function placeOf(text: string): readonly HostPort[] {
  const place = isIpLiteral(text) ? { host: text, port: undefined } : parseHostPort(text);
  return place ? [place] : [];
}
