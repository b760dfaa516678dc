// What people do at their telephones, act by act, and what they want to come of each. Nobody here knows of controllers.
import type { Millis } from '@altpath/core';
import type { AnalogLine } from '@altpath/simulators';

export type Role = 'caller' | 'called' | 'third';

/** Who plays: the number of each and his telephone. */
export type Cast = Readonly<Record<Role, { readonly number: string; readonly phone: AnalogLine }>>;

/** What a user perceives, and the modes of the connections that his line has. */
export interface Outcome {
  readonly state: string;
  readonly modes: string;
}

export interface Act {
  readonly what: string;
  play(cast: Cast): void;
  readonly outcome: Readonly<Partial<Record<Role, Outcome>>>;
  /** A call begins with it. */
  readonly begins?: true | undefined;
  /** How long it takes by itself, a tone for instance; default 0. */
  readonly takesMs?: Millis | undefined;
}

export interface Story {
  /** Also the name of its golden text. */
  readonly name: string;
  readonly acts: readonly Act[];
  /** What each user went through in all. */
  readonly perceived: Readonly<Partial<Record<Role, string>>>;
}

export const idle: Outcome = { state: 'idle', modes: '' };
export const hears = (state: string): Outcome => ({ state, modes: '' });
const talks: Outcome = { state: 'talking', modes: 'sendrecv' };
const onHold: Outcome = { state: 'silence', modes: 'inactive' };
const nobody = { caller: idle, called: idle };

const lift: Act = {
  what: 'the caller lifts the receiver',
  play: ({ caller }) => caller.phone.offHook(),
  outcome: { caller: hears('dial-tone'), called: idle },
};
const dialHalf: Act = {
  what: 'the caller dials half of the number',
  play: ({ caller, called }) => caller.phone.dial(called.number.slice(0, 2)),
  outcome: { caller: hears('silence'), called: idle },
};
const dialRest: Act = {
  what: 'the caller dials the rest',
  play: ({ caller, called }) => caller.phone.dial(called.number.slice(2)),
  begins: true,
  outcome: { caller: { state: 'ringback', modes: 'recvonly' }, called: { state: 'ringing', modes: 'sendrecv' } },
};
export const answer: Act = {
  what: 'the called side answers',
  play: ({ called }) => called.phone.offHook(),
  outcome: { caller: talks, called: talks },
};
const flash = (who: 'caller' | 'called', after: Outcome): Act => ({
  what: `the ${who} flashes`,
  play: (cast) => cast[who].phone.flash(),
  outcome: { caller: after, called: after },
});
export const hangUp = (who: Role, outcome: Act['outcome']): Act => ({
  what: `the ${who} hangs up`,
  play: (cast) => cast[who].phone.onHook(),
  outcome,
});
const wait = (what: string, takesMs: Millis, outcome: Act['outcome']): Act => ({ what, play: () => undefined, outcome, takesMs });

/** Stories of some seconds. */
export const SHORT_STORIES: readonly Story[] = [
  {
    name: 'called-side-hangs-up',
    acts: [lift, dialHalf, dialRest, answer, hangUp('called', { caller: hears('busy'), called: idle }), hangUp('caller', nobody)],
    perceived: { caller: 'idle dial-tone ringback talking busy idle', called: 'idle ringing talking idle' },
  },
  {
    name: 'hold-by-either-side',
    acts: [
      lift,
      dialHalf,
      dialRest,
      answer,
      flash('caller', onHold),
      flash('caller', talks),
      flash('called', onHold),
      flash('called', talks),
      hangUp('caller', { caller: idle, called: hears('busy') }),
      hangUp('called', nobody),
    ],
    perceived: {
      caller: 'idle dial-tone ringback talking silence talking silence talking idle',
      called: 'idle ringing talking silence talking silence talking busy idle',
    },
  },
  {
    name: 'hang-up-on-hold',
    acts: [
      lift,
      dialHalf,
      dialRest,
      answer,
      flash('caller', onHold),
      hangUp('called', { caller: hears('busy'), called: idle }),
      hangUp('caller', nobody),
    ],
    perceived: { caller: 'idle dial-tone ringback talking busy idle', called: 'idle ringing talking idle' },
  },
  {
    name: 'given-up-while-ringing',
    acts: [lift, dialHalf, dialRest, hangUp('caller', nobody)],
    perceived: { caller: 'idle dial-tone ringback idle', called: 'idle ringing idle' },
  },
  {
    name: 'given-up-while-dialling',
    acts: [lift, dialHalf, hangUp('caller', nobody)],
    perceived: { caller: 'idle dial-tone idle', called: 'idle' },
  },
  {
    name: 'busy',
    acts: [
      { what: 'a third lifts the receiver', play: ({ third }) => third.phone.offHook(), outcome: { third: hears('dial-tone') } },
      lift,
      {
        what: 'the caller dials the third',
        play: ({ caller, third }) => caller.phone.dial(third.number),
        begins: true,
        outcome: { caller: hears('busy'), third: hears('dial-tone') },
      },
      hangUp('caller', { caller: idle, third: hears('dial-tone') }),
      hangUp('third', { caller: idle, third: idle }),
    ],
    perceived: { caller: 'idle dial-tone busy idle', third: 'idle dial-tone idle' },
  },
  {
    name: 'wrong-number',
    acts: [
      lift,
      { what: 'the caller dials 99', play: ({ caller }) => caller.phone.dial('99'), outcome: { caller: hears('reorder') } },
      hangUp('caller', nobody),
    ],
    perceived: { caller: 'idle dial-tone reorder idle' },
  },
];

/** Stories in which somebody waits long. */
export const LONG_STORIES: readonly Story[] = [
  {
    name: 'no-answer',
    acts: [lift, dialHalf, dialRest, wait('nobody answers', 180_000, { caller: hears('reorder'), called: idle }), hangUp('caller', nobody)],
    perceived: { caller: 'idle dial-tone ringback reorder idle', called: 'idle ringing idle' },
  },
  {
    name: 'pause-while-dialling',
    acts: [lift, dialHalf, wait('the caller pauses', 16_000, { caller: hears('reorder'), called: idle }), hangUp('caller', nobody)],
    perceived: { caller: 'idle dial-tone reorder idle' },
  },
  {
    name: 'howler',
    acts: [
      lift,
      { what: 'the caller dials 99', play: ({ caller }) => caller.phone.dial('99'), outcome: { caller: hears('reorder') } },
      wait('the caller leaves the receiver beside', 30_000, { caller: hears('howler') }),
      wait('nobody hears that', 60_000, { caller: hears('silence') }),
      hangUp('caller', nobody),
    ],
    perceived: { caller: 'idle dial-tone reorder howler idle' },
  },
];

/** How a telephone is now. */
export function outcomeOf({ state, media }: AnalogLine): Outcome {
  return { state, modes: [...media.values()].map(({ mode }) => mode).join(' ') };
}

/** @param how  `to the ear`: a connection that the user does not hear may come and go. */
export function isReached(cast: Cast, { outcome }: Act, how: 'in all' | 'to the ear' = 'in all'): boolean {
  return rolesOf(outcome).every((role) => {
    const now = outcomeOf(cast[role].phone);
    return now.state === outcome[role]?.state && (how === 'to the ear' || now.modes === outcome[role].modes);
  });
}

/** What a user perceived: tones, rings and talk, and of silence that between two parts of a talk, which is a hold. */
export function perceived(phone: AnalogLine, from = 0): string {
  const history = phone.history.slice(from);
  return history
    .filter((state, at) => {
      const isHold = state === 'silence' && history[at - 1] === 'talking' && history[at + 1] === 'talking';
      return isHold || (state !== 'silence' && state !== 'listening');
    })
    .join(' ');
}

/** What is not as the story has it, when it is over; undefined: all is. */
export function departure(cast: Cast, story: Story): string | undefined {
  for (const role of rolesOf(story.perceived)) {
    const was = perceived(cast[role].phone);
    if (was !== story.perceived[role]) return `the ${role} perceived ${was}`;
  }
  return undefined;
}

export function described(cast: Cast, { outcome }: Act): string {
  return rolesOf(outcome)
    .map((role) => {
      const { phone } = cast[role];
      const { state, modes } = outcomeOf(phone);
      return `${role} ${state} [${modes}], before ${phone.history.slice(-6, -1).join(' ')}`;
    })
    .join('; ');
}

function rolesOf(record: Readonly<Partial<Record<Role, unknown>>>): readonly Role[] {
  return (['caller', 'called', 'third'] as const).filter((role) => record[role] !== undefined);
}
