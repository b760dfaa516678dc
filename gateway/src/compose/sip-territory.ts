// What is ours, as SIP answers it.
import { addressOfRecord, type Identity, parseUri, routeTargetOf, type SipUri, uriKey } from '@altpath/sip';
import type { Territory } from '../steps/territory.js';

export function sipTerritory(identity: Identity, domains: readonly string[]): Territory {
  const read = (text: string): SipUri | undefined => {
    const uri = parseUri(text);
    return uri.ok && (uri.value.scheme === 'sip' || uri.value.scheme === 'sips') ? uri.value : undefined;
  };
  return {
    isOurs(destination) {
      const uri = read(destination.text);
      return uri !== undefined && identity.isOurs(uri);
    },
    addressOfRecord(destination) {
      const uri = read(destination.text);
      if (!uri) return '';
      // A user at one of our own addresses is a user of our first domain.
      const [primary] = domains;
      const known = primary === undefined || domains.includes(uri.host) ? uri : read(`sip:${uri.user}@${primary}`);
      return addressOfRecord(known ?? uri);
    },
    contactKey(destination) {
      const uri = read(destination.text);
      return uri && uri.user !== '' ? uriKey(uri) : undefined;
    },
    targetOf: routeTargetOf,
  };
}
