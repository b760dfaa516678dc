// IPv6 references as they stand in URIs and in Via: `[2001:db8::1]`, also with an IPv4 tail (RFC 3261 §25.1, RFC 5118).
import { isIpLiteral } from '@altpath/core';

// Characters and classes of characters.ts, folded here.
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;

/** `[`, 45 characters, one colon too many, `]`. */
const LONGEST = 48;

/**
 * Walks over an IPv6 reference.
 *
 * @param text   The same bytes as latin1.
 * @param start  Where the opening bracket stands.
 * @returns      The offset after the closing bracket; -1 when there is no IPv6 address between. A zone is refused: it
 *               means nothing to another host.
 */
export function skipIpv6(bytes: Buffer, text: string, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST);
  for (let i = start + 1; i < limit; i += 1) {
    const code = bytes[i] as number;
    if (code === CLOSE_BRACKET) return isIpv6(withoutThirdColon(text.slice(start + 1, i))) ? i + 1 : -1;
    const isHex = (code >= 0x30 && code <= COLON) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
    if (!isHex && code !== 0x2e) return -1;
  }
  return -1;
}

/** Two colons where the ABNF of RFC 3261 makes some write three (RFC 5118 §4.10). */
export function withoutThirdColon(literal: string): string {
  return literal.includes(':::') ? literal.replace(':::', '::') : literal;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && isIpLiteral(text);
}
