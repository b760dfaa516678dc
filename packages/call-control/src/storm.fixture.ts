// What the storms of calls have in common: how many there are, how long each lasts, when it is calm and looked at, and how the lines
// come to rest.
import { type Random, withSeed } from '@altpath/testkit';
import { A, B, C, D } from './exchange.fixture.js';
import type { HalfCallEvent, LineName } from './half-call.js';
import { Telephone } from './telephone.fixture.js';

export const LINES = [A, B, C, D] as const;

export interface Weather {
  step(): void;
  /** Everything arrives and is heard. */
  settle(): void;
  /** What must hold when nothing moves. */
  check(): void;
  /** Everybody hangs up, and nothing may be left. */
  hangUpAll(): void;
}

export interface Season {
  readonly rounds: number;
  /** Storms. */
  readonly perRound: number;
  /** Of one storm. */
  readonly steps: number;
  /** After a step it is calm with this probability, and at the end of every storm. */
  readonly calm: number;
}

/**
 * Declares a test for each round.
 *
 * @param seed       Of the first round; each has one of its own.
 * @param weatherOf  Makes a storm, by its number in the round.
 */
export function storms(
  what: string,
  { rounds, perRound, steps, calm }: Season,
  seed: number,
  weatherOf: (random: Random, storm: number) => Weather,
): void {
  for (let round = 0; round < rounds; round += 1)
    it(`${what} (${round + 1})`, function () {
      this.timeout(60_000);
      withSeed((random) => {
        for (let storm = 0; storm < perRound; storm += 1) rage(weatherOf(random, storm), steps, () => random.chance(calm));
      }, seed + round);
    });
}

function rage(weather: Weather, steps: number, isCalm: () => boolean): void {
  const look = (): void => {
    weather.settle();
    weather.check();
  };
  for (let step = 0; step < steps; step += 1) {
    weather.step();
    if (isCalm()) look();
  }
  look();
  weather.hangUpAll();
}

/** A telephone on each line. */
export function telephones(): ReadonlyMap<LineName, Telephone> {
  return new Map(LINES.map((line) => [line, new Telephone(line)]));
}

/**
 * What has happened on the lines is heard, orders arrive and are confirmed, until nothing moves any more.
 *
 * @param hear  Tells an event of a line, and hands the telephones what is ordered then.
 * @throws      Error when they do not come to rest.
 */
export function settleLines(telephones: ReadonlyMap<LineName, Telephone>, hear: (line: LineName, event: HalfCallEvent) => void): void {
  const lines = [...telephones.values()];
  for (let round = 0; round < 200; round += 1) {
    for (const telephone of lines) {
      const { line, reports, confirmations } = telephone;
      for (let event = reports.shift(); event; event = reports.shift()) hear(line, event);
      telephone.carryOut();
      for (let event = confirmations.shift(); event; event = confirmations.shift()) hear(line, event);
    }
    if (lines.every(({ ordered }) => !ordered)) return;
  }
  throw new Error('the lines do not come to rest');
}
