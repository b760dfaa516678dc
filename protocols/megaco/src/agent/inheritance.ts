// What a stand-in still has to ask of a line that it found: how the phone lies, which no audit tells; what should sound and
// does not; and whether a user who was dialling has been lost with the controller that he was dialling to.
import { NEVER, type Millis } from '@altpath/core';
import type { FoundTermination } from './found-termination.js';
import type { GatewayFacts } from './line-facts.js';
import { soundOf } from './phases.js';
import type { Request } from './request-ledger.js';

/** How long a user who dials is waited for: while nothing shows that he does; while digits are in. */
const DIAL_PATIENCE = { idleMs: 5_000, collectingMs: 20_000 } as const;

export class Inheritance {
  /** It has not been asked how the phone lies. */
  #isUnasked = false;
  /** Nothing sounds although something should. */
  #isMute = false;
  /** When a user who was found dialling, and is not heard of, gets dial tone anew. */
  #toneAt: Millis = NEVER;

  /** The request in force is to be asked once more, be it as it is. */
  get isOpen(): boolean {
    return this.#isUnasked || this.#isMute;
  }

  /** What sounds is as it should be: only how the phone lies is to be asked. */
  get isQuestion(): boolean {
    return this.#isUnasked && !this.#isMute;
  }

  get toneAt(): Millis {
    return this.#toneAt;
  }

  /** A user who dials is left in peace: asking for his digits again would take those that he has dialled. */
  take({ identity, signals, isCollecting }: FoundTermination, facts: GatewayFacts, now: Millis): void {
    const isDialling = identity?.phase === 'dialling';
    const sound = identity && soundOf(identity.phase, facts);
    const sounds = sound === undefined || signals === undefined ? undefined : signals.has(sound);
    this.#isUnasked = !isDialling;
    this.#isMute = !isDialling && sounds === false;
    this.#toneAt = !isDialling || sounds === true ? NEVER : now + (isCollecting ? DIAL_PATIENCE.collectingMs : DIAL_PATIENCE.idleMs);
  }

  /** The gateway has a request of ours. */
  asked({ manner }: Request): void {
    this.#isUnasked = false;
    if (manner !== 'again') this.#isMute = false;
  }

  /** Its user has been heard of, or does something else. */
  heard(): void {
    this.#toneAt = NEVER;
  }

  clear(): void {
    this.#isUnasked = false;
    this.#isMute = false;
    this.#toneAt = NEVER;
  }
}
