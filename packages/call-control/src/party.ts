// One party as call control has it: a leg of one call that a protocol reaches by signaling. It has no hook and hears no tones;
// when it has left its call it gets one last order, and is forgotten.
import type { Cause } from './cause.js';
import type { CalledParty, CallerIdentity, HalfCallState, LineName, MediaState, Phase } from './half-call.js';
import type { LineState } from './states.js';
import { Station } from './station.js';

export class Party extends Station {
  /** Its last order, once it has left its call. */
  #last: HalfCallState | undefined;
  #isAnswered = false;
  /** What it was told last, while it waits beside its call for somebody to take its place. */
  aside: HalfCallState | undefined;

  /**
   * @param caller  Who it is, where it calls.
   * @param called  Whom it stands for, where call control calls it.
   * @param attempt  As `HalfCallState.attempt`.
   */
  constructor(
    override readonly name: LineName,
    override readonly caller: CallerIdentity | undefined,
    readonly called?: CalledParty,
    readonly attempt?: number,
  ) {
    super();
  }

  get protocol(): string {
    return protocolOfParty(this.name) ?? '';
  }

  get alone(): HalfCallState {
    return this.#last ?? { phase: 'idle', role: this.role };
  }

  get isThere(): boolean {
    return true;
  }

  override get phase(): Phase {
    return this.aside?.phase ?? this.#phaseOf(super.phase);
  }

  tell(state: HalfCallState): void {
    this.ordered = state;
    this.foundIn(state.phase);
  }

  /** It is, or was, in this phase: who has talked cannot be told of ringing any more. */
  foundIn(phase: Phase): void {
    this.#isAnswered ||= ANSWERED.has(phase);
  }

  /** What a leg shall be, in a party's words. */
  asOrdered(state: HalfCallState): HalfCallState {
    const phase = this.#phaseOf(state.phase);
    return {
      ...state,
      phase,
      media: state.media && this.#mediaIn(phase, state),
      ...(this.called && { called: this.called, attempt: this.attempt }),
    };
  }

  /** One that talked, and is being connected with somebody else, is on hold, or hears what comes early. */
  #phaseOf(phase: Phase): Phase {
    if (!this.#isAnswered) return phase;
    return phase === 'routing' || phase === 'ringback' ? 'held' : phase === 'early' ? 'talking' : phase;
  }

  #mediaIn(phase: Phase, { phase: asked, media }: HalfCallState): MediaState | undefined {
    // Nobody sends anything to a caller who hears a ringback tone.
    if (phase === 'ringback') return media && { ...media, remote: undefined };
    return phase === 'held' && asked !== 'held' ? { mode: 'inactive', remote: this.ordered?.media?.remote } : media;
  }

  get hasLeft(): boolean {
    return this.#last !== undefined;
  }

  /** It has left this call. How that went is told by one of three phases: what a line can be beside them has a telephone in it. */
  leave(state: LineState, callId: string | undefined, cause: Cause): void {
    this.#last = { phase: state === 'busy' || state === 'congested' ? state : 'idle', role: this.role, callId, cause };
  }
}

/** The protocol that reaches this party; undefined for the name of a line. */
export function protocolOfParty(name: LineName): string | undefined {
  return /^([a-z0-9]+)\/[^/@]+$/.exec(name)?.[1];
}

const ANSWERED: ReadonlySet<Phase> = new Set(['talking', 'holding', 'held']);
