// People who play stories on a scene, many at once: each does his next act when what he wanted of the last one has come.
import type { Millis } from '@altpath/core';
import type { Scene } from './scene.js';
import { type Cast, described, isReached, perceived, type Story } from './stories.js';

export interface Manners {
  /** How long people wait for what an act of theirs brings. */
  readonly patienceMs: Millis;
  /** They pause between acts for at least this long, and up to three times as long. */
  readonly pauseMs: Millis;
  /** They mind a tone that comes twice, or too late to be of use; not only that what they wanted comes. */
  readonly mindsAll: boolean;
}

const LOOK_MS: Millis = 100;

/** One cast that plays stories one after the other. */
export class Play {
  readonly complaints: string[] = [];
  played = 0;
  #isOver = false;

  constructor(
    private readonly scene: Scene,
    readonly cast: Cast,
    private readonly stories: readonly Story[],
    private readonly manners: Manners,
  ) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(afterMs: Millis): void {
    this.scene.clock.after(afterMs, () => this.#story(0));
  }

  #story(at: number): void {
    const story = this.stories[at];
    if (!story) {
      this.#isOver = true;
      return;
    }
    this.played += 1;
    const from = {
      caller: this.cast.caller.phone.history.length - 1,
      called: this.cast.called.phone.history.length - 1,
      third: this.cast.third.phone.history.length - 1,
    };
    this.#act(story, 0, () => {
      for (const role of ['caller', 'called', 'third'] as const) {
        const wanted = story.perceived[role];
        const was = perceived(this.cast[role].phone, from[role]);
        if (this.manners.mindsAll && wanted !== undefined && was !== wanted) this.#complain(story, `the ${role} perceived ${was}`);
      }
      this.#pause(() => this.#story(at + 1));
    });
  }

  #act(story: Story, at: number, over: () => void): void {
    const act = story.acts[at];
    if (!act) return over();
    const begun = this.scene.clock.now;
    const patienceMs = this.manners.patienceMs + 2 * (act.takesMs ?? 0);
    act.play(this.cast);
    const look = (): void => {
      if (isReached(this.cast, act)) {
        return this.#pause(() => {
          if (!isReached(this.cast, act, 'to the ear'))
            return this.#give(story, `a while after "${act.what}": ${described(this.cast, act)}`, over);
          this.#act(story, at + 1, over);
        });
      }
      if (this.scene.clock.now - begun > patienceMs) return this.#give(story, `after "${act.what}": ${described(this.cast, act)}`, over);
      this.scene.clock.after(LOOK_MS, look);
    };
    this.scene.clock.after(LOOK_MS, look);
  }

  /** They give up: everybody hangs up, and has time to. */
  #give(story: Story, complaint: string, over: () => void): void {
    this.#complain(story, complaint);
    for (const { phone } of Object.values(this.cast)) phone.onHook();
    this.scene.clock.after(this.manners.patienceMs, over);
  }

  #complain(story: Story, complaint: string): void {
    this.complaints.push(
      `${((this.scene.clock.now - this.scene.begunAt) / 1_000).toFixed(1)} s, ${this.cast.caller.number}, ${story.name}: ${complaint}`,
    );
  }

  #pause(then: () => void): void {
    const { pauseMs } = this.manners;
    this.scene.clock.after(pauseMs * (1 + 2 * this.scene.random.next()), then);
  }
}

/** Lets everybody play, beginning within a while, until all are done. @returns the plays. */
export function playAll(
  scene: Scene,
  casts: readonly Cast[],
  storiesOf: (at: number) => readonly Story[],
  manners: Manners,
  limitMs: Millis,
): readonly Play[] {
  const plays = casts.map((cast, at) => new Play(scene, cast, storiesOf(at), manners));
  for (const play of plays) play.begin(scene.random.integer(5_000));
  const end = scene.clock.now + limitMs;
  while (scene.clock.now < end && !plays.every(({ isOver }) => isOver)) scene.run(1_000);
  return plays;
}

/** Three lines each, on three different gateways where there are so many. */
export function castsOf(scene: Scene, count: number): readonly Cast[] {
  const { places } = scene;
  const taken = places.map(() => 0);
  const next = (at: number): string => {
    const gateway = at % places.length;
    taken[gateway] = (taken[gateway] ?? 0) + 1;
    return `1${gateway + 1}${String(taken[gateway]).padStart(2, '0')}`;
  };
  return Array.from({ length: count }, (_, at) => scene.cast(next(at), next(at + 1), next(at + 2)));
}
