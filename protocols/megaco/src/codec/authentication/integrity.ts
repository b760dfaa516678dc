// The integrity check value of the interim AH scheme: RFC 3525 §10.2 says over what it goes, RFC 2403 and RFC 2404 how it
// is made, RFC 2402 §5 that both are known everywhere. It binds a message to two addresses and a port; it hides nothing,
// and neither the mId nor the sequence number is in it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalHost, type HostPort, ipFamily } from '@altpath/core';

/** HMAC with SHA-1 (RFC 2404) or MD5 (RFC 2403), cut to 96 bits. */
export type IntegrityAlgorithm = 'hmac-sha-1-96' | 'hmac-md5-96';

/** RFC 2402 §5: what every implementation knows; what we sign with comes first. */
export const INTEGRITY_ALGORITHMS: readonly IntegrityAlgorithm[] = ['hmac-sha-1-96', 'hmac-md5-96'];

const HASHES: Readonly<Record<IntegrityAlgorithm, string>> = { 'hmac-sha-1-96': 'sha1', 'hmac-md5-96': 'md5' };
const VALUE_BYTES = 12;

/** The way of a message as both its ends see it: literals. The sender's port does not count. */
export interface MessagePath {
  readonly from: HostPort;
  readonly to: HostPort & { readonly port: number };
}

/**
 * Reads a key as files write it.
 *
 * @returns  The octets of `0x` and an even number of hex digits, else the text's own in UTF-8.
 */
export function integrityKey(text: string): Buffer {
  const isHex = /^0x(?:[0-9a-f]{2})+$/i.test(text);
  return isHex ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text, 'utf8');
}

/**
 * @param octets  The transactions of the message.
 * @returns       12 octets; undefined where an end is no IPv4 address: IPv6 has IPsec, and shall not use this scheme.
 */
export function integrityValue(octets: Buffer, key: Buffer, algorithm: IntegrityAlgorithm, path: MessagePath): Buffer | undefined {
  const header = synthesizedHeader(path);
  if (header === undefined) return undefined;
  return createHmac(HASHES[algorithm], key).update(header, 'latin1').update(octets).digest().subarray(0, VALUE_BYTES);
}

/** In time that does not tell where the two differ. */
export function isSameValue(expected: Buffer, found: Buffer): boolean {
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** §10.2: source address, destination address and destination port as 20 hex digits; in upper case, as HEXDIG is. */
function synthesizedHeader({ from, to }: MessagePath): string | undefined {
  const source = hexOf(from.host);
  const destination = hexOf(to.host);
  if (source === undefined || destination === undefined) return undefined;
  return source + destination + to.port.toString(16).toUpperCase().padStart(4, '0');
}

function hexOf(host: string): string | undefined {
  const address = host.toLowerCase().startsWith('::ffff:') && host.includes('.') ? host.slice(7) : canonicalHost(host);
  if (ipFamily(address) !== 4) return undefined;
  const octets = address.split('.').map((octet) => Number(octet).toString(16).toUpperCase().padStart(2, '0'));
  return octets.join('');
}
