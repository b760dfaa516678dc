// One key shared with one peer: signs what goes to it, checks what comes from it (RFC 3525 §10.2). Who the peer is was
// found out by its mId; the signature says that it holds the key and uses this way.
import type { Millis } from '@altpath/core';
import { INTEGRITY_ALGORITHMS, type IntegrityAlgorithm, integrityValue, isSameValue, type MessagePath } from './integrity.js';
import { ReplayWindow } from './replay-window.js';
import { type SignedPart, signedPart, withHeader } from './signed-part.js';

export interface AuthenticatorSettings {
  /** See `integrityKey`. RFC 2404 §3 asks for 20 octets, RFC 2403 §3 for 16. */
  readonly key: Buffer;
  /** SPI, 32 bits. Default: any is taken, and what the peer uses is used; 256 before it is known (RFC 2402 §2.4: 1 to 255 are reserved). */
  readonly parameterIndex?: number | undefined;
  /** Default: both are taken, and what the peer uses is used; HMAC-SHA-1-96 before it is known. */
  readonly algorithm?: IntegrityAlgorithm | undefined;
  /**
   * Refuse sequence numbers that came before, or long ago. Default false (RFC 2402 §5): copies of requests are known by
   * their transaction ids, and a peer that sends a copy with the number of the first would not be heard. Deviation: nothing
   * else stands against replays (RFC 3525 §10.2 relies on IPsec there).
   */
  readonly refusesReplays?: boolean | undefined;
}

/** `missing`: no header, or an unreadable message; `unprotected`: the way is not IPv4, for which the scheme is not made. */
export type AuthenticationVerdict = 'verified' | 'missing' | 'unknown-index' | 'forged' | 'replayed' | 'unprotected';

const FIRST_FREE_INDEX = 256;
/** Counters begin with the clock in steps of this, so that one goes on behind its predecessor's after a restart. */
const SEQUENCE_STEP_MS: Millis = 100;

export class Authenticator {
  #sequenceNumber: number;
  #parameterIndex: string;
  #algorithm: IntegrityAlgorithm;
  readonly #window: ReplayWindow | undefined;

  constructor(
    private readonly settings: AuthenticatorSettings,
    now: Millis,
  ) {
    this.#sequenceNumber = Math.floor(now / SEQUENCE_STEP_MS) >>> 0;
    this.#parameterIndex = hex32(settings.parameterIndex ?? FIRST_FREE_INDEX);
    this.#algorithm = settings.algorithm ?? 'hmac-sha-1-96';
    this.#window = settings.refusesReplays === true ? new ReplayWindow() : undefined;
  }

  /**
   * @param message  A message without header, as our codecs write it. Each copy that is sent gets a number of its own.
   * @returns        The message with its header; itself where the way is not IPv4.
   */
  sign(message: Buffer, path: MessagePath): Buffer {
    const part = signedPart(message);
    const value = part && integrityValue(part.octets, this.settings.key, this.#algorithm, path);
    if (value === undefined) return message;
    this.#sequenceNumber = (this.#sequenceNumber + 1) >>> 0;
    return withHeader(message, {
      parameterIndex: this.#parameterIndex,
      sequenceNumber: hex32(this.#sequenceNumber),
      data: value.toString('hex'),
    });
  }

  /** @param message  As it came, TPKT removed. */
  verify(message: Buffer, path: MessagePath): AuthenticationVerdict {
    const part = signedPart(message);
    if (part?.header === undefined) return 'missing';
    const { parameterIndex, sequenceNumber } = part.header;
    if (this.settings.parameterIndex !== undefined && parameterIndex !== this.#parameterIndex) return 'unknown-index';
    const algorithm = this.#algorithmOf(part, path);
    if (algorithm === undefined || algorithm === 'unprotected') return algorithm ?? 'forged';
    if (this.#window?.take(Number.parseInt(sequenceNumber, 16)) === false) return 'replayed';
    this.#algorithm = algorithm;
    this.#parameterIndex = parameterIndex;
    return 'verified';
  }

  #algorithmOf(part: SignedPart, path: MessagePath): IntegrityAlgorithm | 'unprotected' | undefined {
    const { key, algorithm } = this.settings;
    return verifiedBy(part, key, algorithm === undefined ? INTEGRITY_ALGORITHMS : [algorithm], path);
  }
}

/**
 * Checks one message without remembering anything: for whoever has no `Authenticator`.
 *
 * @param message  As it came, TPKT removed; text or binary.
 * @returns        Whether it has a header that was made with this key, for this way, by one of the algorithms.
 */
export function verifyAuthentication(
  message: Buffer,
  key: Buffer,
  path: MessagePath,
  algorithms: readonly IntegrityAlgorithm[] = INTEGRITY_ALGORITHMS,
): boolean {
  const part = signedPart(message);
  const found = part?.header === undefined ? undefined : verifiedBy(part, key, algorithms, path);
  return found !== undefined && found !== 'unprotected';
}

function verifiedBy(
  { header, octets }: SignedPart,
  key: Buffer,
  algorithms: readonly IntegrityAlgorithm[],
  path: MessagePath,
): IntegrityAlgorithm | 'unprotected' | undefined {
  const data = Buffer.from(header?.data ?? '', 'hex');
  for (const algorithm of algorithms) {
    const value = integrityValue(octets, key, algorithm, path);
    if (value === undefined) return 'unprotected';
    if (isSameValue(value, data)) return algorithm;
  }
  return undefined;
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
