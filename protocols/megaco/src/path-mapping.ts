// The path attribute on MEGACO: the gateway's own list of controllers, which the operator gives it (RFC 3525 §11.2). The
// wire carries one hint at a time, ServiceChangeMgcId, as a refusal or a farewell; the rest of the list stays here.
import { type ClusterNode, type HostPort, ipFamily, type PathAttribute, type PathMapping, parseHostPort } from '@altpath/core';
import type { MId } from './message/index.js';
import type { WireEncoding, WireTransport } from './settings.js';

export const MEGACO_PATH_MAPPING: PathMapping = {
  protocol: 'megaco',
  carries: 'one',
  loses: [
    'all alternates but the first: the wire has one hint, and only to refuse a gateway or to send it away',
    'the list while nothing is wrong: an accepting reply names nobody, since a name in it refuses (RFC 3525 §11.2)',
    'token: the wire has no place that comes back',
  ],
};

/** The mId of a controller: `[address]:port`, or `<name>:port` (RFC 3525 §6.2.2: never shared). */
export function mIdOfAddress({ host, port }: HostPort): MId {
  const family = ipFamily(host);
  const rest = port === undefined ? {} : { port };
  if (family === 0) return { kind: 'domain', name: host, ...rest };
  return { kind: family === 4 ? 'ip4' : 'ip6', address: host, ...rest };
}

/** The address that an mId names; undefined for device names and MTP addresses. */
export function addressOfMId(mId: MId): HostPort | undefined {
  switch (mId.kind) {
    case 'ip4':
    case 'ip6':
      return { host: mId.address, port: mId.port };
    case 'domain':
      return parseHostPort(mId.name) && { host: mId.name, port: mId.port };
    case 'device':
    case 'mtp':
      return undefined;
    default:
      return mId satisfies never;
  }
}

/** How a node listens for gateways of this kind, as `listen` writes it: `megaco+udp`, `megaco-binary+tcp`. */
export function schemeOf(encoding: WireEncoding, transport: WireTransport): string {
  return `${encoding === 'binary' ? 'megaco-binary' : 'megaco'}+${transport}`;
}

/** Where a node listens for gateways that speak so; undefined: nowhere. */
export function controllerAddress(
  node: ClusterNode,
  encoding: WireEncoding,
  transport: WireTransport,
): ClusterNode['addresses'][number] | undefined {
  const scheme = schemeOf(encoding, transport);
  return node.addresses.find((each) => each.scheme === scheme);
}

/**
 * The path attribute of a gateway as this node would write it if the wire had a list.
 *
 * @param nodes  The gateway's nodes in stand-in order, without this one, those that follow it first.
 */
export function pathOf(
  self: ClusterNode,
  nodes: readonly ClusterNode[],
  encoding: WireEncoding,
  transport: WireTransport,
): PathAttribute | undefined {
  const own = controllerAddress(self, encoding, transport);
  if (!own) return undefined;
  const alternates = nodes.flatMap((node) => {
    const address = controllerAddress(node, encoding, transport);
    return address ? [{ host: address.host, port: address.port, identity: node.name, needsRegistration: true }] : [];
  });
  return {
    primary: { host: own.host, port: own.port, identity: self.name },
    alternates,
    ordered: true,
    persistence: 'association',
  };
}
