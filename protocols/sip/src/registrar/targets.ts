// How a registered contact is reached.
import { type Binding, CidrSet, type Hop, isReliable, type RouteTarget } from '@altpath/core';
import { hopOfSource } from '../locate.js';
import { parseUri } from '../message/uri.js';

/** Addresses that mean something only behind the NAT they stand behind. */
const PRIVATE = new CidrSet([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1',
]);

/**
 * The target of a binding: its contact as registered (the fork target of the derived branch), its Path, and the way
 * the REGISTER came where that is the only one: the connection of a reliable transport, or the far side of a NAT (the
 * contact is a private address, and it came from one that is not).
 */
export function routeTargetOf(binding: Binding): RouteTarget {
  const plain = { address: binding.contact, via: binding.path, preference: binding.q, registered: true };
  if (binding.path.length > 0 || binding.source === undefined) return plain;
  const source = hopOfSource(binding.source);
  if (!source) return plain;
  return isReliable(source.transport) || isBehindNat(binding.contact, source) ? { ...plain, hop: source } : plain;
}

/** The contact is a private address, and what it wrote came from one that is not: the NAT's, where answers go. */
export function isBehindNat(contact: string, source: Hop): boolean {
  const uri = parseUri(contact);
  return uri.ok && PRIVATE.has(uri.value.host) && !PRIVATE.has(source.host);
}
