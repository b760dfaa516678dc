// An exchange with a number plan for parties, and what parties say in it.
import type { CallControlSettings } from './call-control.js';
import { A, B, C, D, Exchange, WITH_PARTIES } from './exchange.fixture.js';
import type { LineName } from './half-call.js';

/** The party that calls. */
export const CALLER = 'sip/1';

const SETTINGS: CallControlSettings = {
  ...WITH_PARTIES,
  numbers: {
    ...WITH_PARTIES.numbers,
    '0.': { to: 'sip:trunk.example', strip: 1, callerId: '4930100' },
    '110': { to: [B, C], emergency: true },
    '32': ['registrar', 'sip:out@example.test', B],
    '33': 'group:hall',
    '90': { forbid: true },
  },
};

/** All lines have become what they were told first. */
export function exchangeWith(settings: Partial<CallControlSettings> = {}): Exchange {
  const exchange = new Exchange({ ...SETTINGS, ...settings });
  for (const line of [A, B, C, D]) exchange.reach(line);
  return exchange;
}

/** The last order of a party: its phase and cause, and whose call it left. */
export function lastOf(exchange: Exchange, party: LineName): unknown[] {
  const { phase, cause } = exchange.wanted.get(party) ?? {};
  return [phase, cause];
}

/** The party says that it rings. @param local  Its early media, where it has some. */
export function rings(exchange: Exchange, party: LineName, local?: string): void {
  const { callId } = exchange.wanted.get(party) ?? {};
  exchange.event(party, { kind: 'reached', phase: 'ringing', callId, local });
}
