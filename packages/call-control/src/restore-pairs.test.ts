// A takeover amid anything: every phase of one leg with every phase of the other leaves no line stuck.
import { expect } from 'chai';
import { A, B, type Exchange } from './exchange.fixture.js';
import { type FoundLeg, type HalfCallRole, type LineName, type Phase, PHASES } from './half-call.js';
import { CALL_ID, called, caller, hookOf, standIn } from './restore.fixture.js';
import { CALL_STATES, isOnHook } from './states.js';
import { impliedState, isLeg } from './takeover.js';

describe('every pair of phases', () => {
  const hooks = (phase: Phase): readonly FoundLeg['hook'][] => [hookOf(phase), isOnHook(phase) ? 'off' : 'on', 'unknown'];

  for (const originating of PHASES)
    it(`with ${originating} as the caller's leaves no line stuck`, () => {
      for (const terminating of PHASES)
        for (const first of hooks(originating))
          for (const second of hooks(terminating))
            for (const pieces of [1, 2, -2] as const) {
              const legs = [caller(originating, first), called(terminating, second)];
              const what = `${originating} ${first}, ${terminating} ${second}, pieces: ${pieces}`;
              const exchange = standIn();
              const order = pieces < 0 ? legs.reverse() : legs;
              if (pieces === 1) exchange.restore(order);
              else {
                exchange.restore(order.slice(0, 1), true);
                exchange.restore(order.slice(1), true);
                exchange.restore([], false);
              }
              expectProper(exchange, what);
              for (const { line, hook } of legs) if (hook !== 'unknown') expectHook(exchange, line, hook, what);
              // Confirmations come in, everybody hangs up: nothing may remain.
              for (const line of [A, B, A, B]) exchange.reach(line);
              expectProper(exchange, what);
              for (const line of [A, B]) if (!isOnHook(exchange.phase(line) ?? 'idle')) exchange.onHook(line);
              for (const line of [A, B]) if (!isOnHook(exchange.phase(line) ?? 'idle')) exchange.onHook(line);
              expect(exchange.phases(A, B), what).to.deep.equal(['idle', 'idle']);
              expect(exchange.states, what).to.deep.equal([]);
            }
    });

  it('alone or together implies a state that has a place for each leg of it', () => {
    const legsOf = (role: HalfCallRole): readonly Phase[] => PHASES.filter((phase) => isLeg({ phase, role, callId: CALL_ID }));
    for (const originating of [undefined, ...legsOf('originating')])
      for (const terminating of [undefined, ...legsOf('terminating')]) {
        const row = CALL_STATES[impliedState(originating, terminating)];
        const what = `${originating ?? 'nobody'} and ${terminating ?? 'nobody'}`;
        if (originating) expect(row.originating, what).not.to.equal(undefined);
        if (terminating) expect(row.terminating, what).not.to.equal(undefined);
      }
  });
});

function expectHook(exchange: Exchange, line: LineName, hook: 'on' | 'off', what: string): void {
  expect(isOnHook(exchange.phase(line) ?? 'idle') ? 'on' : 'off', `${line}: ${what}`).to.equal(hook);
}

/** Each call has both its legs in the phases of one state, or a caller alone who waits for his connection. */
function expectProper(exchange: Exchange, what: string): void {
  const legs = [...exchange.wanted].filter(([, state]) => state.callId !== undefined);
  for (const [line, state] of legs) {
    const partner = legs.find(([other, { callId }]) => other !== line && callId === state.callId)?.[1];
    if (state.phase === 'routing') continue;
    expect(partner, `${line} is alone in ${state.phase}: ${what}`).not.to.equal(undefined);
    const pair = Object.fromEntries([state, ...(partner ? [partner] : [])].map(({ role, phase }) => [role, phase]));
    const states = Object.values(CALL_STATES).map(({ originating, terminating }) => ({
      originating: originating?.phase,
      terminating: terminating?.phase,
    }));
    expect(states, what).to.deep.include(pair);
  }
}
