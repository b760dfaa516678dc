// Every state of a call against everything that can happen in it, between two lines and between two parties: the table's row is
// what comes about, and what the table does not take moves nobody.
import { expect } from 'chai';
import { A, B, C, CALLED, Exchange, sdpOf, WITH_PARTIES } from './exchange.fixture.js';
import type { HalfCallRole, LineName, Phase } from './half-call.js';
import { CALL_STATES, type CallEvent, type CallState, type LegEvent } from './states.js';

type Lasting = Exclude<CallState, 'releasing'>;
type Way = (exchange: Exchange) => void;

/** Two that call each other: how they come into each state, and what can happen to them. */
interface Pair {
  readonly who: string;
  readonly of: Readonly<Record<HalfCallRole, LineName>>;
  readonly reach: Readonly<Partial<Record<Lasting, Way>>>;
  readonly happen: Readonly<Partial<Record<LegEvent, (exchange: Exchange, name: LineName, role: HalfCallRole) => void>>>;
}

const TALK_MS = 3_600_000;
const CALLER = 'sip/1';

/** Who talks takes a second call, and hangs up on that. */
function recall(exchange: Exchange, line: LineName): void {
  exchange.talk(A, B);
  exchange.call(C, line === A ? '1001' : '1002');
  exchange.flash(line);
  exchange.reach(line);
  exchange.onHook(line);
}

const LINES: Pair = {
  who: 'lines',
  of: { originating: A, terminating: B },
  reach: {
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
    'recalling-originating': (exchange) => recall(exchange, A),
    'recalling-terminating': (exchange) => recall(exchange, B),
  },
  happen: {
    reached: (exchange, line) => exchange.reach(line),
    'off-hook': (exchange, line) => exchange.offHook(line),
    'on-hook': (exchange, line) => exchange.onHook(line),
    flash: (exchange, line) => exchange.flash(line),
    'tone-ended': (exchange, line) => exchange.event(line, { kind: 'tone-ended' }),
    busy: (exchange, line) => exchange.fail(line, 'user-busy'),
    failed: (exchange, line) => exchange.fail(line, 'resource-unavailable'),
    silent: (exchange, line) => exchange.fail(line, 'recovery-on-timer-expiry'),
    lost: (exchange, line) => exchange.lose(line),
    gone: (exchange, line) => exchange.lose(line, 'destination-out-of-order'),
    missing: (exchange, line) => {
      exchange.control.release(line, exchange.now);
      exchange.restore([]);
    },
  },
};

const ring: Way = (exchange) => {
  exchange.setUp(CALLER, '30');
  exchange.event(CALLED, { kind: 'reached', phase: 'ringing', callId: exchange.wanted.get(CALLED)?.callId });
};
const talk: Way = (exchange) => {
  ring(exchange);
  exchange.answer(CALLED);
};
const hold = (exchange: Exchange, ...parties: LineName[]): void => {
  talk(exchange);
  for (const party of parties) exchange.event(party, { kind: 'hold' });
};

const PARTIES: Pair = {
  who: 'parties',
  of: { originating: CALLER, terminating: CALLED },
  reach: {
    offering: (exchange) => exchange.setUp(CALLER, '30'),
    alerting: ring,
    early: (exchange) => {
      ring(exchange);
      exchange.reach(CALLED, sdpOf(CALLED));
    },
    talking: talk,
    'held-by-originating': (exchange) => hold(exchange, CALLER),
    'held-by-terminating': (exchange) => hold(exchange, CALLED),
    'held-by-both': (exchange) => hold(exchange, CALLER, CALLED),
  },
  happen: {
    reached: (exchange, party) =>
      exchange.event(party, { kind: 'reached', phase: exchange.phase(party) ?? 'idle', callId: callId(exchange) }),
    'on-hook': (exchange, party) => exchange.onHook(party),
    hold: (exchange, party) => exchange.event(party, { kind: 'hold' }),
    retrieve: (exchange, party) => exchange.event(party, { kind: 'retrieve' }),
    answered: (exchange, party) => exchange.answer(party),
    failed: (exchange, party) => exchange.fail(party, 'incompatible-destination'),
    silent: (exchange, party) => exchange.fail(party, 'recovery-on-timer-expiry'),
    media: (exchange, party) => exchange.event(party, { kind: 'media', local: sdpOf(party) }),
    refused: (exchange, party) => exchange.fail(party, 'call-rejected'),
    lost: (exchange, party) => exchange.lose(party),
    gone: (exchange, party) => exchange.lose(party, 'destination-out-of-order'),
  },
};

function callId(exchange: Exchange): string | undefined {
  return exchange.wanted.get(CALLER)?.callId;
}

/** These come from within, and are tried with the targets, the takeovers or the transfers that bring them about. */
function isFromWithin(event: string): boolean {
  return (
    ['found', 'all-busy', 'none-left', 'taken-back', 'digits-unknown'].includes(event) || /:(transfer|moved|replaced|recall)$/.test(event)
  );
}

/** Whether this can happen to the leg in this state at all: what is another event there is that one's row. */
function canHappen({ who, happen, of }: Pair, state: Lasting, role: HalfCallRole, what: LegEvent): boolean {
  if (!happen[what] || !CALL_STATES[state][role]) return false;
  const rings = CALL_STATES[state][role].phase === 'ringing';
  if (who === 'lines') return what !== 'busy' || rings;
  // Whatever fails of a party that rings, and its hanging up, is its refusal; only there it has early media.
  if (what === 'refused' || what === 'media') return rings && of[role] === CALLED;
  return !rings || (what !== 'failed' && what !== 'silent' && what !== 'on-hook');
}

function happen(pair: Pair, exchange: Exchange, event: CallEvent): void {
  const [role, what] = event.split(':') as [HalfCallRole, LegEvent | undefined];
  if (what) pair.happen[what]?.(exchange, pair.of[role], role);
  else exchange.pass(TALK_MS);
}

/** Who is busy for one target is busy for all of them, there being one. */
function expected(state: Lasting, event: CallEvent): readonly [Phase | 'aside', Phase | 'aside'] {
  const row = CALL_STATES[state].on[event];
  const shape = CALL_STATES[row?.next ?? state];
  const nobodyLeft = event === 'terminating:off-hook' || event === 'terminating:busy' ? 'busy' : 'congested';
  const hunted = row?.next === 'hunting' && state !== 'routing' && state !== 'hunting';
  const found = state === 'routing' && event === 'originating:reached';
  const originating = hunted ? nobodyLeft : (row?.originating ?? shape.originating?.phase ?? 'idle');
  const terminating = found ? 'ringing' : (row?.terminating ?? shape.terminating?.phase ?? 'idle');
  return [originating, terminating];
}

function start({ reach }: Pair, state: Lasting): Exchange {
  const lines = WITH_PARTIES.lines.map((each) => ({ ...each, features: { callWaiting: true } }));
  const exchange = new Exchange({ ...WITH_PARTIES, lines, timers: { talkingMs: TALK_MS, toneMs: 2 * TALK_MS } });
  for (const line of [A, B]) exchange.reach(line);
  reach[state]?.(exchange);
  expect(exchange.states).to.deep.equal([state]);
  exchange.forget();
  return exchange;
}

describe('every row of the table of calls', () => {
  const taken = new Set<string>();

  for (const pair of [LINES, PARTIES])
    for (const state of Object.keys(pair.reach) as Lasting[]) {
      const rows = (Object.keys(CALL_STATES[state].on) as CallEvent[]).filter((each) => {
        const [role, what] = each.split(':') as [HalfCallRole, LegEvent | undefined];
        return what ? canHappen(pair, state, role, what) : !isFromWithin(each);
      });
      for (const event of rows) {
        taken.add(`${state}, ${event}`);
        it(`${state}, ${event} (${pair.who})`, () => {
          const exchange = start(pair, state);
          const [originating, terminating] = expected(state, event);
          happen(pair, exchange, event);
          // A leg that is missing is on a line that this node has forgotten.
          if (event !== 'originating:missing') expect(exchange.phase(pair.of.originating) ?? 'idle').to.equal(originating);
          if (event !== 'terminating:missing') expect(exchange.phase(pair.of.terminating) ?? 'idle').to.equal(terminating);
        });
      }

      for (const role of ['originating', 'terminating'] as const)
        for (const what of Object.keys(pair.happen) as LegEvent[]) {
          const event: CallEvent = `${role}:${what}`;
          // A missing leg is not an event.
          if (CALL_STATES[state].on[event] || what === 'missing' || !canHappen(pair, state, role, what)) continue;
          it(`${state} does not take ${event} (${pair.who})`, () => {
            const exchange = start(pair, state);
            happen(pair, exchange, event);
            expect(exchange.orders).to.deep.equal([]);
            expect(exchange.states).to.deep.equal([state]);
            expect(exchange.counted.get(`call.event.ignored ${state} ${event}`)).to.equal(1);
          });
        }
    }

  it('is tried', () => {
    const untried = (Object.keys(CALL_STATES) as CallState[]).flatMap((state) =>
      Object.keys(CALL_STATES[state].on)
        .filter((event) => !isFromWithin(event))
        .map((event) => `${state}, ${event}`)
        .filter((row) => !taken.has(row)),
    );
    expect(untried).to.deep.equal(UNTRIED);
  });
});

/**
 * Rows that only a takeover brings about, where a line is in the place of a party or is found missing: tried with it. And what only
 * parties do with who has two calls, which only lines have.
 */
const UNTRIED: readonly string[] = [
  'routing, terminating:missing',
  'early, terminating:silent',
  'early, originating:missing',
  'early, terminating:off-hook',
  'early, terminating:busy',
  'early, terminating:tone-ended',
  'early, terminating:failed',
  'early, terminating:missing',
  'held-by-both, originating:missing',
  'held-by-both, terminating:missing',
  'held-by-both, originating:flash',
  'held-by-both, terminating:flash',
  'recalling-originating, terminating:hold',
  'recalling-originating, terminating:retrieve',
  'recalling-terminating, originating:hold',
  'recalling-terminating, originating:retrieve',
];
