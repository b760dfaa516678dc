// What is ours, as SIP answers it.
import { parseTarget } from '@altpath/call-control';
import { addressOfRecord, type Identity, parseUri, routeTargetOf, type SipUri, uriKey } from '@altpath/sip';
import type { Territory } from '../steps/territory.js';

export function sipTerritory(identity: Identity, domains: readonly string[]): Territory {
  const read = (text: string): SipUri | undefined => {
    const uri = parseUri(text);
    return uri.ok && (uri.value.scheme === 'sip' || uri.value.scheme === 'sips') ? uri.value : undefined;
  };
  const [primary] = domains;
  /** A user at one of our own addresses is a user of our first domain. */
  const recordOf = (uri: SipUri): string => {
    const known = primary === undefined || domains.includes(uri.host) ? uri : read(`sip:${uri.user}@${primary}`);
    return addressOfRecord(known ?? uri);
  };
  return {
    isOurs(destination) {
      const uri = read(destination.text);
      return uri !== undefined && identity.isOurs(uri);
    },
    addressOfRecord(destination) {
      const uri = read(destination.text);
      return uri ? recordOf(uri) : '';
    },
    dialled: ({ user }) => unescaped(user.split(';', 1)[0] ?? ''),
    userAddress(user) {
      const uri = read(`sip:${encodeURIComponent(user)}@${primary}`);
      return uri ? addressOfRecord(uri) : '';
    },
    ownUser(address) {
      const uri = read(address);
      return uri && uri.user !== '' && identity.isOurs(uri) ? recordOf(uri) : undefined;
    },
    withUser(address, user) {
      const target = parseTarget(address, user);
      return target.kind === 'sip' ? target.uri : address;
    },
    contactKey(destination) {
      const uri = read(destination.text);
      return uri && uri.user !== '' ? uriKey(uri) : undefined;
    },
    targetOf: routeTargetOf,
  };
}

/** RFC 3261 §19.1.2: `#` stands in a user part as `%23`. An escape that is none is left as it stands. */
function unescaped(user: string): string {
  return user.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
