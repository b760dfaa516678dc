// The stages of a call in which its controller dies: how two people got there, what one of them does in that moment, what
// they wait for, and how their call goes on.
import type { Pair, Side } from './pair.js';

export interface Stage {
  readonly name: string;
  /**
   * When somebody does something: in the last milliseconds before the fault, so that the report, or what it causes, is under
   * way when the controller dies; or in the half second after it.
   */
  readonly when: 'before' | 'after';
  readonly enter: (pair: Pair) => Promise<void>;
  readonly act: (pair: Pair) => void;
  readonly awaited: (pair: Pair) => Promise<void>;
  /** Until both lines are idle. */
  readonly goOn: (pair: Pair) => Promise<void>;
  /** The talk goes on, untouched, until the primary has come back. */
  readonly outlasts?: true;
}

const answered = async (pair: Pair): Promise<void> => {
  await pair.answer();
  await pair.hangUp('caller');
};
const hungUpBy =
  (side: Side) =>
  async (pair: Pair): Promise<void> => {
    await pair.talking();
    await pair.hangUp(side);
  };

export const STAGES: readonly Stage[] = [
  {
    name: 'on-hook, then a new call',
    when: 'after',
    enter: () => Promise.resolve(),
    act: (pair) => pair.caller.offHook(),
    awaited: (pair) => pair.dialTone(),
    goOn: async (pair) => {
      pair.dial();
      await pair.ringing();
      await answered(pair);
    },
  },
  {
    name: 'going off-hook',
    when: 'before',
    enter: () => Promise.resolve(),
    act: (pair) => pair.caller.offHook(),
    awaited: (pair) => pair.dialTone(),
    goOn: async (pair) => {
      pair.dial();
      await pair.ringing();
      await answered(pair);
    },
  },
  {
    name: 'dial tone, then dials',
    when: 'after',
    enter: (pair) => pair.seize(),
    act: (pair) => pair.dial(),
    awaited: (pair) => pair.ringing(),
    goOn: answered,
  },
  {
    name: 'mid-digits, dials on',
    when: 'after',
    enter: async (pair) => {
      await pair.seize();
      pair.dial('half');
    },
    act: (pair) => pair.dialOn(),
    awaited: (pair) => pair.ringing(),
    goOn: answered,
  },
  {
    name: 'dialled, number under way',
    when: 'before',
    enter: (pair) => pair.seize(),
    act: (pair) => pair.dial(),
    awaited: (pair) => pair.ringing(),
    goOn: answered,
  },
  {
    name: 'ringing, then answered',
    when: 'after',
    enter: (pair) => pair.ring(),
    act: (pair) => pair.callee.offHook(),
    awaited: (pair) => pair.through(),
    goOn: hungUpBy('callee'),
  },
  {
    name: 'ringing, then given up',
    when: 'after',
    enter: (pair) => pair.ring(),
    act: (pair) => pair.caller.onHook(),
    awaited: (pair) => pair.idle(),
    goOn: () => Promise.resolve(),
  },
  {
    name: 'answered, answer under way',
    when: 'before',
    enter: (pair) => pair.ring(),
    act: (pair) => pair.callee.offHook(),
    awaited: (pair) => pair.through(),
    goOn: hungUpBy('caller'),
  },
  {
    name: 'in talk, then hung up',
    when: 'after',
    enter: (pair) => pair.talk(),
    act: (pair) => pair.callee.onHook(),
    awaited: (pair) => pair.caller.until('busy', 20_000),
    goOn: (pair) => pair.left('callee'),
  },
  {
    name: 'in talk, until it is back',
    when: 'after',
    outlasts: true,
    enter: (pair) => pair.talk(),
    act: () => undefined,
    awaited: (pair) => pair.talking(),
    goOn: (pair) => pair.hangUp('caller'),
  },
  {
    name: 'hook flash under way',
    when: 'before',
    enter: (pair) => pair.talk(),
    act: (pair) => pair.caller.flash(),
    awaited: (pair) => pair.held(),
    goOn: async (pair) => {
      pair.caller.flash();
      await pair.takenBack();
      await pair.talking();
      await pair.hangUp('callee');
    },
  },
  {
    name: 'on hold, then taken back',
    when: 'after',
    enter: async (pair) => {
      await pair.talk();
      pair.caller.flash();
      await pair.held();
    },
    act: (pair) => pair.caller.flash(),
    awaited: (pair) => pair.takenBack(),
    goOn: hungUpBy('caller'),
  },
  {
    name: 'hanging up under way',
    when: 'before',
    enter: (pair) => pair.talk(),
    act: (pair) => pair.caller.onHook(),
    awaited: (pair) => pair.callee.until('busy', 20_000),
    goOn: (pair) => pair.left('caller'),
  },
];
