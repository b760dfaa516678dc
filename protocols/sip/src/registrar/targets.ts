// How a registered contact is reached.
import { type Binding, isReliable, type RouteTarget } from '@altpath/core';
import { hopOfSource } from '../locate.js';
import { parseUri } from '../message/uri.js';

/**
 * The target of a binding: its contact as registered (the fork target of the derived branch), its Path, and the way
 * the REGISTER came where that is the only one: the connection of a reliable transport, or the far side of a NAT (the
 * contact's address is not the one it came from).
 */
export function routeTargetOf(binding: Binding): RouteTarget {
  const plain = { address: binding.contact, via: binding.path, preference: binding.q, registered: true };
  if (binding.path.length > 0 || binding.source === undefined) return plain;
  const source = hopOfSource(binding.source);
  if (!source) return plain;
  if (isReliable(source.transport)) return { ...plain, hop: source };
  const uri = parseUri(binding.contact);
  return uri.ok && uri.value.host !== source.host ? { ...plain, hop: source } : plain;
}
