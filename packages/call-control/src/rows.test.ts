// Every state of a call against everything that can happen in it: the table's row is what comes about, and what the table does
// not take moves nobody.
import { expect } from 'chai';
import { A, B, Exchange, SETTINGS } from './exchange.fixture.js';
import type { HalfCallRole, Phase } from './half-call.js';
import { CALL_STATES, type CallEvent, type CallState, type LegEvent } from './states.js';

type Lasting = Exclude<CallState, 'releasing'>;

const TALK_MS = 3_600_000;
const LINE_OF = { originating: A, terminating: B } as const;

const REACH: Readonly<Record<Lasting, (exchange: Exchange) => void>> = {
  routing: (exchange) => {
    exchange.offHook(A);
    exchange.dial(A, '1002');
  },
  hunting: (exchange) => {
    exchange.control.release(B, exchange.now);
    exchange.restore([{ line: A, hook: 'on' }], true);
    exchange.call(A, '1002');
  },
  offering: (exchange) => exchange.call(A, '1002'),
  alerting: (exchange) => exchange.ring(A, B),
  talking: (exchange) => exchange.talk(A, B),
  'held-by-originating': (exchange) => {
    exchange.talk(A, B);
    exchange.flash(A);
  },
  'held-by-terminating': (exchange) => {
    exchange.talk(A, B);
    exchange.flash(B);
  },
};

/** These come from within, and are tried with the targets or the takeovers that bring them about. */
const FROM_WITHIN: readonly CallEvent[] = ['found', 'all-busy', 'none-left', 'digits-unknown'];

const HAPPEN: Readonly<Record<LegEvent, (exchange: Exchange, role: HalfCallRole) => void>> = {
  reached: (exchange, role) => exchange.reach(LINE_OF[role]),
  'off-hook': (exchange, role) => exchange.offHook(LINE_OF[role]),
  'on-hook': (exchange, role) => exchange.onHook(LINE_OF[role]),
  flash: (exchange, role) => exchange.flash(LINE_OF[role]),
  'tone-ended': (exchange, role) => exchange.event(LINE_OF[role], { kind: 'tone-ended' }),
  busy: (exchange, role) => exchange.fail(LINE_OF[role], 'user-busy'),
  failed: (exchange, role) => exchange.fail(LINE_OF[role], 'resource-unavailable'),
  silent: (exchange, role) => exchange.fail(LINE_OF[role], 'recovery-on-timer-expiry'),
  lost: (exchange, role) => exchange.lose(LINE_OF[role]),
  gone: (exchange, role) => exchange.lose(LINE_OF[role], 'destination-out-of-order'),
  missing: (exchange, role) => {
    exchange.control.release(LINE_OF[role], exchange.now);
    exchange.restore([]);
  },
};

function happen(exchange: Exchange, event: CallEvent): void {
  const [role, what] = event.split(':') as [HalfCallRole, LegEvent | undefined];
  if (what) HAPPEN[what](exchange, role);
  else exchange.pass(TALK_MS);
}

/** Who is busy for one target is busy for all of them, there being one. */
function expected(state: Lasting, event: CallEvent): readonly [Phase, Phase] {
  const row = CALL_STATES[state].on[event];
  const shape = CALL_STATES[row?.next ?? state];
  const nobodyLeft = event === 'terminating:off-hook' || event === 'terminating:busy' ? 'busy' : 'congested';
  const hunted = row?.next === 'hunting' && state !== 'routing' && state !== 'hunting';
  const found = state === 'routing' && event === 'originating:reached';
  const originating = hunted ? nobodyLeft : (row?.originating ?? shape.originating?.phase ?? 'idle');
  const terminating = found ? 'ringing' : (row?.terminating ?? shape.terminating?.phase ?? 'idle');
  return [originating, terminating];
}

function start(state: Lasting): Exchange {
  const exchange = new Exchange({ ...SETTINGS, timers: { talkingMs: TALK_MS, toneMs: 2 * TALK_MS } });
  for (const line of [A, B]) exchange.reach(line);
  REACH[state](exchange);
  exchange.forget();
  return exchange;
}

describe('every row of the table of calls', () => {
  for (const state of Object.keys(REACH) as Lasting[]) {
    for (const event of (Object.keys(CALL_STATES[state].on) as CallEvent[]).filter((each) => !FROM_WITHIN.includes(each)))
      it(`${state}, ${event}`, () => {
        const exchange = start(state);
        const [originating, terminating] = expected(state, event);
        happen(exchange, event);
        // A leg that is missing is on a line that this node has forgotten.
        if (event !== 'originating:missing') expect(exchange.phase(A) ?? 'idle').to.equal(originating);
        if (event !== 'terminating:missing') expect(exchange.phase(B) ?? 'idle').to.equal(terminating);
      });

    const untaken = Object.keys(HAPPEN).flatMap((what) =>
      (['originating', 'terminating'] as const).map((role): [HalfCallRole, LegEvent] => [role, what as LegEvent]),
    );
    for (const [role, what] of untaken) {
      const event: CallEvent = `${role}:${what}`;
      // Glare is told apart by the phase: where a leg cannot be busy, the refusal is a failure. A missing leg is not an event.
      if (CALL_STATES[state].on[event] || !CALL_STATES[state][role] || what === 'busy' || what === 'missing') continue;
      it(`${state} does not take ${event}`, () => {
        const exchange = start(state);
        happen(exchange, event);
        expect(exchange.orders).to.deep.equal([]);
        expect(exchange.states).to.deep.equal([state]);
        expect(exchange.counted.get(`call.event.ignored ${state} ${event}`)).to.equal(1);
      });
    }
  }
});
