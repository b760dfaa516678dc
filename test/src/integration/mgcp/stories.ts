// What people do at their telephones, act by act, and what they want to come of each. Nobody here knows of nodes.
import type { Scene } from './scene.js';

/** What a telephone shall be like after an act: what its user perceives, and the modes of its connections. */
export interface Outcome {
  readonly state: string;
  readonly modes: string;
}

export interface Act {
  readonly what: string;
  play(scene: Scene): void;
  readonly outcome: Readonly<Record<string, Outcome>>;
}

export interface Story {
  readonly what: string;
  readonly acts: readonly Act[];
  /** What each user went through in all, tones and rings alone. */
  readonly history: Readonly<Record<string, readonly string[]>>;
}

const CALLER = '1101';
const CALLEE = '1201';
const OTHER = '1202';

const idle: Outcome = { state: 'idle', modes: '' };
const quiet = (state: string): Outcome => ({ state, modes: '' });
const talks: Outcome = { state: 'talking', modes: 'sendrecv' };
const onHold: Outcome = { state: 'silence', modes: 'inactive' };

const lift: Act = {
  what: 'the caller lifts the receiver',
  play: (scene) => scene.phone(CALLER).offHook(),
  outcome: { [CALLER]: quiet('dial-tone'), [CALLEE]: idle },
};
const dialHalf: Act = {
  what: 'the caller dials half of the number',
  play: (scene) => scene.phone(CALLER).dial(CALLEE.slice(0, 2)),
  outcome: { [CALLER]: quiet('silence'), [CALLEE]: idle },
};
const dialRest: Act = {
  what: 'the caller dials the rest',
  play: (scene) => scene.phone(CALLER).dial(CALLEE.slice(2)),
  outcome: { [CALLER]: { state: 'ringback', modes: 'recvonly' }, [CALLEE]: { state: 'ringing', modes: 'sendrecv' } },
};
const answer: Act = {
  what: 'the called side answers',
  play: (scene) => scene.phone(CALLEE).offHook(),
  outcome: { [CALLER]: talks, [CALLEE]: talks },
};
const flash = (who: string, what: string, after: Outcome): Act => ({
  what,
  play: (scene) => scene.phone(who).flash(),
  outcome: { [CALLER]: after, [CALLEE]: after },
});
const hangUp = (who: string, what: string, outcome: Act['outcome']): Act => ({
  what,
  play: (scene) => scene.phone(who).onHook(),
  outcome,
});

/** A call as most are, with a pause in it. */
const WHOLE_CALL: Story = {
  what: 'a call with a hold in it',
  acts: [
    lift,
    dialHalf,
    dialRest,
    answer,
    flash(CALLER, 'the caller holds', onHold),
    flash(CALLER, 'the caller goes on', talks),
    flash(CALLEE, 'the called side holds', onHold),
    flash(CALLEE, 'the called side goes on', talks),
    hangUp(CALLEE, 'the called side hangs up', { [CALLER]: quiet('busy'), [CALLEE]: idle }),
    hangUp(CALLER, 'the caller hangs up', { [CALLER]: idle, [CALLEE]: idle }),
  ],
  history: {
    [CALLER]: ['idle', 'dial-tone', 'ringback', 'talking', 'silence', 'talking', 'silence', 'talking', 'busy', 'idle'],
    [CALLEE]: ['idle', 'ringing', 'talking', 'silence', 'talking', 'silence', 'talking', 'idle'],
  },
};

const GIVEN_UP: Story = {
  what: 'a caller who gives up while it rings',
  acts: [lift, dialHalf, dialRest, hangUp(CALLER, 'the caller hangs up', { [CALLER]: idle, [CALLEE]: idle })],
  history: { [CALLER]: ['idle', 'dial-tone', 'ringback', 'idle'], [CALLEE]: ['idle', 'ringing', 'idle'] },
};

const ENDED_ON_HOLD: Story = {
  what: 'a called side that hangs up while it is held',
  acts: [
    lift,
    dialHalf,
    dialRest,
    answer,
    flash(CALLER, 'the caller holds', onHold),
    hangUp(CALLEE, 'the called side hangs up', { [CALLER]: quiet('busy'), [CALLEE]: idle }),
    hangUp(CALLER, 'the caller hangs up', { [CALLER]: idle, [CALLEE]: idle }),
  ],
  history: {
    [CALLER]: ['idle', 'dial-tone', 'ringback', 'talking', 'busy', 'idle'],
    [CALLEE]: ['idle', 'ringing', 'talking', 'idle'],
  },
};

const BUSY: Story = {
  what: 'a called side that is dialling itself',
  acts: [
    { what: 'the other lifts the receiver', play: (scene) => scene.phone(OTHER).offHook(), outcome: { [OTHER]: quiet('dial-tone') } },
    lift,
    {
      what: 'the caller dials a busy number',
      play: (scene) => scene.phone(CALLER).dial(OTHER),
      outcome: { [CALLER]: quiet('busy'), [OTHER]: quiet('dial-tone') },
    },
    hangUp(CALLER, 'the caller hangs up', { [CALLER]: idle, [OTHER]: quiet('dial-tone') }),
    hangUp(OTHER, 'the other hangs up', { [CALLER]: idle, [OTHER]: idle }),
  ],
  history: { [CALLER]: ['idle', 'dial-tone', 'busy', 'idle'], [OTHER]: ['idle', 'dial-tone', 'idle'] },
};

const WRONG_NUMBER: Story = {
  what: 'a number that leads nowhere',
  acts: [
    lift,
    { what: 'the caller dials 99', play: (scene) => scene.phone(CALLER).dial('99'), outcome: { [CALLER]: quiet('reorder') } },
    hangUp(CALLER, 'the caller hangs up', { [CALLER]: idle }),
  ],
  history: { [CALLER]: ['idle', 'dial-tone', 'reorder', 'idle'] },
};

export const STORIES: readonly Story[] = [WHOLE_CALL, GIVEN_UP, ENDED_ON_HOLD, BUSY, WRONG_NUMBER];

/** How a telephone is now. */
export function outcomeOf(scene: Scene, number: string): Outcome {
  const phone = scene.phone(number);
  return { state: phone.state, modes: [...phone.media.values()].map(({ mode }) => mode).join(' ') };
}

export function isReached(scene: Scene, { outcome }: Act): boolean {
  return Object.entries(outcome).every(([number, wanted]) => {
    const now = outcomeOf(scene, number);
    return now.state === wanted.state && now.modes === wanted.modes;
  });
}

/** What a user perceived: tones, rings and talk, and of silence that between two parts of a talk, which is a hold. */
export function perceived(scene: Scene, number: string): readonly string[] {
  const all = scene.phone(number).history;
  return all.filter((state, at) => {
    const isHold = state === 'silence' && all[at - 1] === 'talking' && all[at + 1] === 'talking';
    return isHold || (state !== 'silence' && state !== 'listening');
  });
}
