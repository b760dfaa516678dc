// The tables by themselves: nothing hangs, nothing is left over.
import { expect } from 'chai';
import { type CallEvent, CALL_STATES, type CallState, isLineState, isOnHook, LINE_STATES, type LineState } from './states.js';

const callStates = Object.keys(CALL_STATES) as CallState[];
const lineStates = Object.keys(LINE_STATES) as LineState[];
const rowsOf = (state: CallState): [CallEvent, NonNullable<(typeof CALL_STATES)[CallState]['on'][CallEvent]>][] =>
  Object.entries(CALL_STATES[state].on) as [CallEvent, NonNullable<(typeof CALL_STATES)[CallState]['on'][CallEvent]>][];

describe('the states of a call', () => {
  for (const state of callStates) {
    for (const [event, row] of rowsOf(state)) {
      it(`${state}, ${event}: every leg has a place in ${row.next} or a state of its own`, () => {
        for (const role of ['originating', 'terminating'] as const) {
          const stays = CALL_STATES[row.next][role] !== undefined;
          const was = CALL_STATES[state][role] !== undefined;
          const leaves = row[role] !== undefined;
          const isMissing = event === `${role}:missing` || event === `${role}:moved`;
          // What was there either stays or leaves.
          if (was && !isMissing) expect(stays !== leaves, role).to.equal(true);
          if (!was) expect(leaves, role).to.equal(false);
        }
      });
    }
    it(`${state} can be reached from routing`, () => expect(reachable()).to.include(state));
  }

  it('every state but the last takes hanging up by each leg that it has', () => {
    for (const state of callStates.filter((each) => each !== 'releasing')) {
      const row = CALL_STATES[state];
      if (row.originating) expect(row.on, state).to.have.property('originating:on-hook');
      if (row.terminating && !isOnHook(row.terminating.phase)) expect(row.on, state).to.have.property('terminating:on-hook');
      if (row.terminating && isOnHook(row.terminating.phase)) expect(row.on, state).to.have.property('terminating:off-hook');
    }
  });

  it('every state that waits for a machine or for a person has a timer, and takes it', () => {
    for (const state of callStates.filter((each) => each !== 'releasing')) {
      expect(CALL_STATES[state].limit, state).not.to.equal(undefined);
      expect(CALL_STATES[state].on, state).to.have.property('time-out');
    }
  });

  it('every state takes the loss of each leg that it has', () => {
    for (const state of callStates.filter((each) => each !== 'releasing'))
      for (const role of ['originating', 'terminating'] as const)
        for (const event of ['failed', 'silent', 'lost', 'gone', 'missing'] as const)
          if (CALL_STATES[state][role] && !(['routing', 'hunting'].includes(state) && event === 'missing'))
            expect(CALL_STATES[state].on, state).to.have.property(`${role}:${event}`);
  });

  it('a leg whose line is gone becomes idle, since nothing can be played to it', () => {
    for (const state of callStates)
      for (const role of ['originating', 'terminating'] as const) {
        const row = CALL_STATES[state].on[`${role}:gone`];
        if (row) expect(row[role], `${state} ${role}`).to.equal('idle');
      }
  });
});

describe('the states of a line without a call', () => {
  for (const state of lineStates.filter((each) => each !== 'idle'))
    it(`${state} ends when the telephone is hung up, and when the line is gone`, () => {
      expect(LINE_STATES[state].on['on-hook']).to.equal('idle');
      expect(LINE_STATES[state].on.gone).to.equal('idle');
    });

  it('every tone ends by its timer, until the line is left alone', () => {
    for (const state of lineStates)
      expect(LINE_STATES[state].on['time-out'] !== undefined, state).to.equal(LINE_STATES[state].limit !== undefined);
  });

  it('no phase is both of a line and of a call', () => {
    for (const { originating, terminating } of Object.values(CALL_STATES))
      for (const shape of [originating, terminating]) if (shape) expect(isLineState(shape.phase)).to.equal(false);
    for (const state of lineStates) expect(isLineState(state)).to.equal(true);
  });
});

function reachable(): Set<CallState> {
  const seen = new Set<CallState>(['routing']);
  for (const state of seen) for (const [, row] of rowsOf(state)) seen.add(row.next);
  return seen;
}
