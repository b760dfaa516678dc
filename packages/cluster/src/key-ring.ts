// The cluster's keys: signatures over what tokens, heartbeats and replication say, and the keyed hash behind the
// derived branch. Several are computed for every message, so both forms are written for speed; the tests compare
// them with node's own HMAC.
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Signer, TokenKind } from '@altpath/core';

/** One key of `cluster.keys`: 32 secret bytes or more. A `verifyOnly` key is retired: it signs nothing new. */
export interface ClusterKey {
  /** `[A-Za-z0-9_-]`, at most 32: it stands in tokens, whose parts are separated by other signs. */
  readonly id: string;
  readonly secret: Buffer;
  readonly verifyOnly?: boolean | undefined;
}

const KINDS: readonly TokenKind[] = ['via', 'dialog', 'leg', 'registration', 'replication', 'cluster'];
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const MAC_CHARS = 22;
const MIN_SECRET_BYTES = 32;

/**
 * Signs and verifies for one cluster. HMAC-SHA-256 (RFC 2104) truncated to 128 bits, base64url. Each kind of token has
 * a key of its own, derived from the configured secret, so that a token of one kind never verifies as another.
 *
 * Texts are hashed as UTF-8, as node's crypto does with strings.
 */
export class KeyRing implements Signer {
  readonly #signing: DerivedKey;
  readonly #byId = new Map<string, DerivedKey>();
  readonly #branchPrefix: string;

  /**
   * @param keys       In file order: the first that is not `verifyOnly` signs, all verify.
   * @param branchKey  The secret of the derived branch, 32 bytes or more; default: derived from the last key, which a
   *                   rotation that puts new keys in front leaves where it is.
   * @throws RangeError for a short secret, an id that is malformed or used twice, or when no key may sign:
   *         configuration has checked it before.
   */
  constructor(keys: readonly ClusterKey[], branchKey?: Buffer) {
    for (const key of keys) {
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(key.id)) throw new RangeError(`key id is not 1 to 32 of [A-Za-z0-9_-]: ${key.id}`);
      if (this.#byId.has(key.id)) throw new RangeError(`key id used twice: ${key.id}`);
      requireLength(key.secret, `key ${key.id}`);
      this.#byId.set(key.id, new DerivedKey(key));
    }
    const first = keys.find((key) => key.verifyOnly !== true);
    const signing = first && this.#byId.get(first.id);
    const last = keys.at(-1);
    if (!signing || !last) throw new RangeError('no key may sign');
    if (branchKey) requireLength(branchKey, 'branch key');
    this.#signing = signing;
    this.#branchPrefix = deriveText(branchKey ?? last.secret, 'branch');
  }

  /** A ring for one node without configured keys: a random key that lives as long as the process. */
  static random(): KeyRing {
    return new KeyRing([{ id: 'random', secret: randomBytes(MIN_SECRET_BYTES) }]);
  }

  sign(kind: TokenKind, content: string): { readonly keyId: string; readonly mac: string } {
    return { keyId: this.#signing.id, mac: this.#signing.mac(kind, content) };
  }

  verify(kind: TokenKind, content: string, keyId: string, mac: string): boolean {
    const key = this.#byId.get(keyId);
    if (!key || mac.length !== MAC_CHARS) return false;
    return equalInConstantTime(key.mac(kind, content), mac);
  }

  /**
   * SHA-256 over one secret block and the content, truncated to 128 bits: a quarter of the price of an HMAC, and this
   * one is paid for every forwarded message.
   *
   * Why the plain prefix form will do here, although HMAC was invented to avoid it: appending to a hashed text needs the
   * whole 256-bit chaining value that the hash ended with, and half of it is never shown. The secret fills exactly the
   * first block of the hash, so everything after it starts from a value that nobody outside knows, and collisions
   * cannot be searched for without us.
   */
  branch(content: string): string {
    return first128Bits(hash('sha256', this.#branchPrefix + content, 'base64url'));
  }
}

/** One configured key with the pads of RFC 2104 §2 worked out once for each kind of token. */
class DerivedKey {
  readonly id: string;
  readonly #pads: Readonly<Record<TokenKind, Pads>>;

  constructor(key: ClusterKey) {
    this.id = key.id;
    this.#pads = Object.fromEntries(KINDS.map((kind) => [kind, padsOf(deriveText(key.secret, kind))])) as Record<TokenKind, Pads>;
  }

  mac(kind: TokenKind, content: string): string {
    const { inner, outer } = this.#pads[kind];
    outer.write(hash('sha256', inner + content, 'binary'), BLOCK_BYTES, DIGEST_BYTES, 'latin1');
    return first128Bits(hash('sha256', outer, 'base64url'));
  }
}

/** `inner` is text, to be put before the content; `outer` is one block followed by room for the inner digest. */
interface Pads {
  readonly inner: string;
  readonly outer: Buffer;
}

// The derived key is 64 hexadecimal digits: exactly one block, so HMAC uses it unhashed, and ASCII, so that it is still
// ASCII after the exclusive or with either pad. That is what lets the inner pad be a string.
function padsOf(key: string): Pads {
  const block = Buffer.from(key, 'latin1');
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  block.forEach((byte, at) => outer.writeUInt8(byte ^ 0x5c, at));
  return { inner: Buffer.from(block.map((byte) => byte ^ 0x36)).toString('latin1'), outer };
}

/** @internal The key for one purpose: 64 hexadecimal digits. Exported for tests. */
export function deriveText(secret: Buffer, purpose: TokenKind | 'branch'): string {
  return createHmac('sha256', secret).update(`altpath ${purpose}`).digest('hex');
}

// Character 22 holds two bits of the first 128 and four bits beyond: they are cleared, as base64url of 16 bytes has them.
const LAST_CHARACTER: readonly string[] = Array.from({ length: 128 }, (_, code) => {
  const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(String.fromCharCode(code));
  return value < 0 ? '' : 'AQgw'.charAt(value >> 4);
});

function first128Bits(digest: string): string {
  return digest.slice(0, MAC_CHARS - 1) + (LAST_CHARACTER[digest.charCodeAt(MAC_CHARS - 1)] ?? '');
}

const EXPECTED = Buffer.alloc(MAC_CHARS);
const RECEIVED = Buffer.alloc(MAC_CHARS);

/** Both are 22 characters; above U+00FF they could be confused, and no received text holds such characters. */
function equalInConstantTime(expected: string, received: string): boolean {
  EXPECTED.write(expected, 'latin1');
  RECEIVED.write(received, 'latin1');
  return timingSafeEqual(EXPECTED, RECEIVED);
}

function requireLength(secret: Buffer, what: string): void {
  if (secret.length < MIN_SECRET_BYTES) throw new RangeError(`${what} is ${secret.length} bytes, ${MIN_SECRET_BYTES} are needed`);
}
