// Digest credentials (RFC 3261 §22, RFC 8760): the answer to one challenge, SHA-256 before MD5, qop=auth where offered.
import { createHash } from 'node:crypto';
import type { SipCredentials, SipResponse } from './npm-sip.js';

export interface DigestInput {
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
}

/** The header that answers and its value. */
export interface DigestAnswer {
  readonly header: 'authorization' | 'proxy-authorization';
  readonly credentials: SipCredentials;
}

const HASHES: Readonly<Record<string, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };

/** @returns undefined when the response holds no challenge that a phone can answer. */
export function answerChallenge(response: SipResponse, input: DigestInput): DigestAnswer | undefined {
  const proxy = response.status === 407;
  const challenges = response.headers[proxy ? 'proxy-authenticate' : 'www-authenticate'] ?? [];
  for (const [algorithm, hash] of Object.entries(HASHES)) {
    const challenge = challenges.find((each) => algorithmOf(each) === algorithm && each.scheme.toLowerCase() === 'digest');
    if (!challenge) continue;
    const credentials = credentialsFor(challenge, hash, input);
    return { header: proxy ? 'proxy-authorization' : 'authorization', credentials };
  }
  return undefined;
}

function credentialsFor(challenge: SipCredentials, hash: string, input: DigestInput): SipCredentials {
  const digest = (text: string): string => createHash(hash).update(text).digest('hex');
  const realm = unquoted(challenge['realm']);
  const nonce = unquoted(challenge['nonce']);
  const ha1 = digest(`${input.user}:${realm}:${input.password}`);
  const ha2 = digest(`${input.method}:${input.uri}`);
  const withQop = unquoted(challenge['qop'])
    .split(',')
    .some((qop) => qop.trim() === 'auth');
  const middle = withQop ? `${nonce}:00000001:${input.cnonce}:auth` : nonce;
  const credentials: SipCredentials = {
    scheme: 'Digest',
    username: `"${input.user}"`,
    realm: `"${realm}"`,
    nonce: `"${nonce}"`,
    uri: `"${input.uri}"`,
    response: `"${digest(`${ha1}:${middle}:${ha2}`)}"`,
  };
  if (challenge['algorithm']) credentials['algorithm'] = unquoted(challenge['algorithm']);
  if (challenge['opaque']) credentials['opaque'] = challenge['opaque'];
  if (withQop) Object.assign(credentials, { qop: 'auth', nc: '00000001', cnonce: `"${input.cnonce}"` });
  return credentials;
}

function algorithmOf(challenge: SipCredentials): string {
  return unquoted(challenge['algorithm'] ?? 'MD5').toUpperCase();
}

function unquoted(value: string | undefined): string {
  return (value ?? '').replace(/^"|"$/g, '');
}
