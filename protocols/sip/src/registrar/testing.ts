// Fakes for the tests of this room: a location store in a Map, a signer with one key, REGISTERs from a few words.
import { createHmac } from 'node:crypto';
import type { Binding, Hop, LocationRecord, LocationStore, Millis, Observer, Signer } from '@altpath/core';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';

export const NOW = 1_800_000_000_000;
export const SOURCE: Hop = { transport: 'udp', host: '192.0.2.7', port: 5062 };

/** Keeps records in a Map, as the contract says and no more. */
export class MapStore implements LocationStore {
  readonly #records = new Map<string, LocationRecord>();
  /** What `write` gives back, or throws. */
  durable: Promise<void> | undefined = undefined;
  broken = false;
  writes = 0;

  lookup(aor: string, now: Millis): readonly Binding[] {
    const live = (this.#records.get(aor)?.bindings ?? []).filter((binding) => !binding.removed && binding.expiresAt > now);
    return live.sort((a, b) => b.q - a.q || b.updatedAt - a.updatedAt);
  }

  read(aor: string): LocationRecord | undefined {
    return this.#records.get(aor);
  }

  write(record: LocationRecord): Promise<void> | undefined {
    if (this.broken) throw new Error('disk full');
    this.writes += 1;
    this.#records.set(record.aor, record);
    return this.durable;
  }

  byContact(contactKey: string, now: Millis): { aor: string; binding: Binding } | undefined {
    return this.#find((binding) => binding.contactKey === contactKey, now);
  }

  bySource(source: string, now: Millis): { aor: string; binding: Binding } | undefined {
    return this.#find((binding) => binding.source === source, now);
  }

  records(): Iterable<LocationRecord> {
    return this.#records.values();
  }

  count(now: Millis): { aors: number; bindings: number } {
    const counts = [...this.#records.keys()].map((aor) => this.lookup(aor, now).length).filter((count) => count > 0);
    return { aors: counts.length, bindings: counts.reduce((sum, count) => sum + count, 0) };
  }

  sweep(): number {
    return 0;
  }

  #find(wanted: (binding: Binding) => boolean, now: Millis): { aor: string; binding: Binding } | undefined {
    for (const aor of this.#records.keys()) {
      const binding = this.lookup(aor, now).find(wanted);
      if (binding) return { aor, binding };
    }
    return undefined;
  }
}

/** Signs with one key under one key id. */
export function signerOf(secret: string, keyId = 'k1'): Signer {
  const mac = (kind: string, content: string): string =>
    createHmac('sha256', secret).update(`${kind}\n${content}`, 'latin1').digest('base64url').slice(0, 22);
  return {
    sign: (kind, content) => ({ keyId, mac: mac(kind, content) }),
    verify: (kind, content, id, given) => id === keyId && given === mac(kind, content),
    branch: (content) => mac('branch', content),
  };
}

/** An observer that keeps `name reason` of every count. */
export function countingObserver(): Observer & { readonly counts: string[] } {
  const counts: string[] = [];
  return {
    counts,
    count: (name, reason = '') => void counts.push(`${name} ${reason}`),
    tracing: false,
    trace: () => undefined,
    log: () => undefined,
  };
}

export interface RegisterWords {
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Further header lines: Contact, Expires, Path ... */
  readonly lines?: readonly string[];
}

/** A decoded REGISTER of alice at example.com. */
export function registerOf({ to = '<sip:alice@example.com>', callId = 'call-1', cseq = 1, lines = [] }: RegisterWords): SipMessage {
  const text = [
    'REGISTER sip:example.com SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK-${callId}-${cseq};rport`,
    'Max-Forwards: 70',
    `From: ${to};tag=a1`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  return decoded(Buffer.from(text, 'latin1'));
}

/** @throws Error when the bytes are no message: the test is wrong. */
export function decoded(bytes: Buffer): SipMessage {
  const outcome = decode(bytes);
  if (!outcome.ok) throw new Error(`${outcome.fault.code}: ${outcome.fault.hint}`);
  return outcome.message;
}
