// Who we are on the wire: which addresses name a node of this cluster, and the one sent-by that every node writes.
// The callee must match the primary's and the backup's copies as one transaction (RFC 3261 §17.2.3), and "this
// sent-by is mine" must hold on every node (§18.1.2).
import { canonicalHost, type ClusterNode, formatHostPort, type HostPort, type PeerDirectory, type TransportName } from '@altpath/core';
import type { SipUri } from '../message/uri.js';
import type { SipSettings } from '../settings.js';
import { writeAlternates } from './spelling.js';

/** Default port of RFC 3261 §19.1.2. */
export function defaultPort(transport: TransportName): number {
  return transport === 'tls' || transport === 'wss' ? 5061 : 5060;
}

/** `udp:4`, `tls:6`: what sent-by and alternates are kept for. */
function slotOf(transport: TransportName, host: string): string {
  return `${transport}:${host.includes(':') ? 6 : 4}`;
}

export class Identity {
  readonly #nodeByAddress = new Map<string, number>();
  readonly #ports = new Set<number>();
  readonly #hosts = new Set<string>();
  readonly #domains: ReadonlySet<string>;
  readonly #sipName: string | undefined;
  readonly #sentBy = new Map<string, string>();
  readonly #sentBys = new Set<string>();
  readonly #alternates = new Map<string, string>();
  readonly #self: ClusterNode;

  constructor(
    private readonly settings: SipSettings,
    private readonly peers: PeerDirectory,
  ) {
    this.#self = peers.self;
    this.#domains = new Set(settings.domains.map(canonicalHost));
    this.#sipName = settings.sipName === undefined ? undefined : canonicalHost(settings.sipName);
    for (const node of peers.nodes) {
      for (const address of node.addresses) {
        this.#nodeByAddress.set(addressKey(address.host, address.port), node.index);
        this.#ports.add(address.port);
        this.#hosts.add(canonicalHost(address.host));
        const slot = slotOf(address.transport, address.host);
        if (!this.#sentBy.has(slot)) this.#sentBy.set(slot, this.#sentByText(address));
      }
    }
    for (const text of this.#sentBy.values()) this.#sentBys.add(text);
    for (const address of this.#self.addresses) {
      const slot = slotOf(address.transport, address.host);
      if (!this.#alternates.has(slot)) this.#alternates.set(slot, this.#alternatesText(slot));
    }
  }

  #sentByText(address: HostPort & { readonly transport: TransportName }): string {
    if (this.#sipName !== undefined) {
      const plain = address.port === defaultPort(address.transport);
      return plain ? this.#sipName : formatHostPort({ host: this.#sipName, port: address.port });
    }
    return formatHostPort(address);
  }

  #alternatesText(slot: string): string {
    const list: HostPort[] = [];
    for (const node of this.peers.nodes) {
      if (node.self) continue;
      const address = node.addresses.find((each) => slotOf(each.transport, each.host) === slot);
      if (address) list.push(address.port === defaultPort(address.transport) ? { host: address.host } : address);
    }
    return writeAlternates(list.slice(0, this.settings.path.max));
  }

  /** The sent-by of every node for this transport and family. */
  sentBy(transport: TransportName, host: string): string {
    return this.#sentBy.get(slotOf(transport, host)) ?? formatHostPort(this.settings.listeners[0]?.advertised ?? { host });
  }

  /** Is this Via sent-by (`host[:port]`, lower case) ours? */
  isOurSentBy(sentBy: string): boolean {
    return this.#sentBys.has(sentBy);
  }

  /** The stand-ins for this node, as they are spelled in messages; empty where there is none. */
  alternates(transport: TransportName, host: string): string {
    return this.#alternates.get(slotOf(transport, host)) ?? '';
  }

  /** The host and port that this node writes into Record-Route. */
  recordRouteHost(transport: TransportName, host: string): string {
    if (this.#sipName !== undefined) return this.sentBy(transport, host);
    const slot = slotOf(transport, host);
    const own = this.#self.addresses.find((each) => slotOf(each.transport, each.host) === slot) ?? this.#self.addresses[0];
    return own ? formatHostPort(own) : host;
  }

  /** Position of the node that listens on this address, or -1. The cluster's name is every node's. */
  nodeAt(host: string, port: number | undefined): number {
    if (this.isSipName(host, port)) return this.#self.index;
    return this.#nodeByAddress.get(addressKey(host, port ?? 5060)) ?? -1;
  }

  isSipName(host: string, port: number | undefined): boolean {
    return this.#sipName !== undefined && host === this.#sipName && (port === undefined || this.#ports.has(port));
  }

  /** Does the URI's host and port name one of the cluster's nodes (or its shared name)? */
  isNode(uri: SipUri): boolean {
    return this.nodeAt(uri.host, uri.port) >= 0;
  }

  /** A URI is ours if its host is a registrar domain, the cluster's name or a listen address, and its port is absent or one of ours. */
  isOurs(uri: SipUri): boolean {
    if (uri.host === '') return false;
    if (uri.port !== undefined && !this.#ports.has(uri.port)) return false;
    const host = uri.host.endsWith('.') || uri.host.includes(':') ? canonicalHost(uri.host) : uri.host;
    return this.#domains.has(host) || this.#hosts.has(host) || host === this.#sipName;
  }
}

function addressKey(host: string, port: number): string {
  return `${host.includes(':') ? canonicalHost(host) : host}|${port}`;
}
