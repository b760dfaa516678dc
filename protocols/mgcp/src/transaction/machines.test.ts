import { expect } from 'chai';
import { Effect, State, StateEvent, step, TRANSACTION_TABLES } from './machines.js';

const nameOf = (words: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(words).find((word) => words[word] === value) ?? String(value);

describe('the transaction tables', () => {
  for (const table of TRANSACTION_TABLES) {
    describe(`of a ${table.role}`, () => {
      const states = Object.keys(table.states).map(Number) as State[];

      it('have one row at most for each state and event, between states that the table explains', () => {
        const cells = new Set<string>();
        for (const [from, on, to] of table.rows) {
          expect(states, nameOf(State, from)).to.include(from);
          expect(states, nameOf(State, to)).to.include(to);
          const cell = `${nameOf(State, from)} ${nameOf(StateEvent, on)}`;
          expect(cells.has(cell), cell).to.equal(false);
          cells.add(cell);
        }
      });

      it('lead from everywhere to the end, by time alone', () => {
        const byTime: readonly StateEvent[] = [StateEvent.Late, StateEvent.Exhausted, StateEvent.Expire, StateEvent.Final];
        for (const from of states) {
          const reached = new Set<State>([from]);
          for (const state of reached) {
            for (const [at, on, to] of table.rows) if (at === state && byTime.includes(on)) reached.add(to);
          }
          expect(reached.has(State.Ended), nameOf(State, from)).to.equal(true);
        }
      });

      it('walk as they are written, and change nothing where nothing is written', () => {
        for (const from of states) {
          for (const on of Object.values(StateEvent)) {
            const row = table.rows.find(([at, event]) => at === from && event === on);
            const machine = { state: from };
            const effects = step(machine, on);
            expect(machine.state).to.equal(row?.[2] ?? from);
            expect(effects).to.equal(row?.[3] ?? Effect.Unexpected);
          }
        }
      });

      it('finish exactly where they enter the end', () => {
        for (const [, , to, effects] of table.rows) expect((effects & Effect.Finished) !== 0).to.equal(to === State.Ended);
      });
    });
  }
});
