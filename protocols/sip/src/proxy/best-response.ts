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

/** Why nothing new is started any more: the caller gave up, or Timer C ran out. */
export type GivenUp = 'no' | 'cancelled' | 'timeout';

/**
 * What goes upstream when everything is in, failures of our own among the candidates: a branch that timed out counts as
 * a 408, one that could not be reached as a 503.
 *
 * @param own  Statuses of our own; 0 for a branch that has none.
 * @returns    The response, or a status of our own; undefined for silence.
 * @see        RFC 3261 §16.7 step 6, §16.8, §16.10; RFC 4320 §4.2
 */
export function judge(
  finals: readonly SipMessage[],
  own: readonly number[],
  isInvite: boolean,
  givenUp: GivenUp,
): SipMessage | number | undefined {
  // RFC 4320 §4.2: no 408 to a non-INVITE, neither ours nor anybody's.
  const best = bestResponse(isInvite ? finals : finals.filter((each) => each.status !== 408));
  const ownBest = bestOwn(givenUp === 'timeout' ? [...own, 408] : own);
  if (best && (ownBest === 0 || givenUp === 'cancelled' || rankOf(best.status) <= rankOf(ownBest))) {
    // RFC 3261 §16.7 step 6: a 503 says that this proxy is overloaded, which it is not.
    return best.status === 503 ? 500 : best;
  }
  if (givenUp === 'cancelled') return 487;
  if (ownBest === 503) return 500;
  if (ownBest === 0 || ownBest === 408) return isInvite ? 408 : undefined;
  return ownBest;
}

function bestOwn(statuses: readonly number[]): number {
  let best = 0;
  for (const status of statuses) if (status > 0 && (best === 0 || rankOf(status) < rankOf(best))) best = status;
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
