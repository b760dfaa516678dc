// What a line's subscriber may switch on, as the configuration's `lines` has it.

/** Everything is off unless it is named here. */
export interface LineFeatures {
  /** Where calls for the line go instead of ringing it. */
  readonly forward?: Forwards | undefined;
  /** Who calls finds the line busy; an emergency call rings it. */
  readonly doNotDisturb?: boolean | undefined;
  /** A second call rings in the ear of who talks. */
  readonly callWaiting?: boolean | undefined;
  /** Who talks may call a third, and go from one to the other; or bring the two together, where there is a `mixer`. */
  readonly threeWay?: boolean | undefined;
  /**
   * Who mixes the media of three, as in `Forwards`, for a line with `threeWay`; parties alone can. Who is called there with one address
   * is in one room: `{call}` in it stands for what no other conference has. undefined: the line goes from one to the other.
   */
  readonly mixer?: string | undefined;
  /** Who plays for whom the line puts on hold: as in `Forwards`; parties alone can. */
  readonly music?: string | undefined;
  /** How many digits the short numbers of the line's group have; see `extensions.ts`. */
  readonly extensionDigits?: number | undefined;
}

/** Each a number of the plan, or a target as `numbers` has them. */
export interface Forwards {
  readonly always?: string | undefined;
  readonly busy?: string | undefined;
  /** After `forwardMs` (`CallTimers`) of ringing. */
  readonly noAnswer?: string | undefined;
}
