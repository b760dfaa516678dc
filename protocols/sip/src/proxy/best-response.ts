// RFC 3261 §16.7 steps 6 and 7: which of the final responses goes upstream, and whose challenges go with it.
import type { SipMessage } from '../codec/sip-message.js';

/** Within the 4xx class these say what the caller must change, so they come first. */
const TELLING = new Set([401, 407, 415, 420, 484]);

/** The order of step 6: the lower goes upstream. A 503 is only worth more than nothing. */
export function rankOf(status: number): number {
  if (status >= 600) return 0;
  if (status >= 300 && status < 400) return 1;
  if (status >= 400 && status < 500) return TELLING.has(status) ? 2 : 3;
  return status === 503 ? 5 : 4;
}

/** @returns the best of the finals; the first one received among equals; undefined for none. */
export function bestResponse(finals: readonly SipMessage[]): SipMessage | undefined {
  let best: SipMessage | undefined;
  for (const each of finals) if (!best || rankOf(each.status) < rankOf(best.status)) best = each;
  return best;
}

/** Challenge lines of the other branches that join the chosen 401 or 407. (§16.7 step 7) */
export function joinedChallenges(best: SipMessage, finals: readonly SipMessage[]): readonly string[] {
  if (best.status !== 401 && best.status !== 407) return [];
  const lines: string[] = [];
  for (const each of finals) {
    if (each === best || (each.status !== 401 && each.status !== 407)) continue;
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate'])
      for (const value of each.headerValues(name)) lines.push(`${name}: ${value}`);
  }
  return lines;
}
