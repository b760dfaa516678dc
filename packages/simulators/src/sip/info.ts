// Keys in signaling: INFO with `application/dtmf-relay`, as most telephones write it. No RFC has it.
import { isKey } from '../audio/telephone-event.js';
import type { SipRequest } from './npm-sip.js';

const RELAY = 'application/dtmf-relay';

export function infoOfDigit(digit: string, durationMs: number): { readonly type: string; readonly content: string } {
  return { type: RELAY, content: `Signal=${digit}\r\nDuration=${durationMs}\r\n` };
}

/** @returns the key; undefined for an INFO about anything else. */
export function digitOfInfo({ headers, content = '' }: SipRequest): string | undefined {
  if (!(headers['content-type'] ?? '').toLowerCase().startsWith(RELAY)) return undefined;
  const digit = /^\s*Signal\s*=\s*(\S)\s*$/im.exec(content)?.[1]?.toUpperCase();
  return digit !== undefined && isKey(digit) ? digit : undefined;
}
