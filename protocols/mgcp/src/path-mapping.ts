// The path attribute on MGCP: the call-agent list. `N:` names the node, `RED/NL:` (RFC 3991) its stand-ins in order; for a
// gateway without that package the name in `N:` has several addresses, or the gateway's own list holds them.
import type { ClusterNode, PathAttribute, PathMapping } from '@altpath/core';
import type { EntityName } from './message/entity-name.js';
import type { Parameters } from './message/parameters.js';

export const MGCP_PATH_MAPPING: PathMapping = {
  protocol: 'mgcp',
  carries: 'list',
  loses: [
    'priority: the order of the list says it',
    'token: the wire has no place that comes back',
    'order, where a gateway has no redirect package: a name has addresses in any order',
  ],
};

/** What a gateway is told of its call agents: `N:`, and `RED/NL:` where it takes a list. */
export function pathParameters(path: PathAttribute, takesList: boolean): Pick<Parameters, 'notifiedEntity' | 'redirectList'> {
  const redirectList = path.alternates.map(entityOf);
  return { notifiedEntity: entityOf(path.primary), ...(takesList && redirectList.length > 0 && { redirectList }) };
}

function entityOf({ host, port, identity }: PathAttribute['primary']): EntityName {
  return { ...(identity !== undefined && { local: identity }), domain: host, ...(port !== undefined && { port }) };
}

/** Where a node listens for gateways; undefined: nowhere. */
export function agentAddress(node: ClusterNode): ClusterNode['addresses'][number] | undefined {
  return node.addresses.find((each) => each.scheme === 'mgcp+udp');
}

/**
 * The path attribute of a gateway as this node writes it.
 *
 * @param nodes  The gateway's nodes in stand-in order, without this one, those that follow it first.
 * @param name   The name that is written for all of them, where the gateway resolves one.
 */
export function pathOf(self: ClusterNode, nodes: readonly ClusterNode[], name: string | undefined): PathAttribute | undefined {
  const own = agentAddress(self);
  if (!own) return undefined;
  const alternates = nodes.flatMap((node) => {
    const address = agentAddress(node);
    return address ? [{ host: address.host, port: address.port, identity: node.name }] : [];
  });
  const primary = { host: name ?? own.host, port: own.port, identity: self.name };
  return { primary, alternates: name === undefined ? alternates : [], ordered: true, persistence: 'association' };
}
