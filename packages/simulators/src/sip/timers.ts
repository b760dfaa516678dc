// The phones' timers, all derived from T1 (RFC 3261 §17 and table 4), in milliseconds.

export interface PhoneTimers {
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
  /** Timer B, F, H and what else lasts 64 T1. */
  readonly giveUp: number;
  /** Aware phones: silence before the next stand-in is tried. */
  readonly hedge: number;
  /** Aware phones: the same for an INVITE that got a 100 and nothing else. */
  readonly guard: number;
  /** How long an address known dead is tried last. */
  readonly downFor: number;
}

/** What may be set: T1, T2, T4 in ms (default 500, 8 T1, 10 T1); hedge and guard in T1 (1, 6); downFor in ms (60 s). */
export interface TimerSettings {
  readonly t1?: number;
  readonly t2?: number;
  readonly t4?: number;
  readonly hedge?: number;
  readonly guard?: number;
  readonly downFor?: number;
}

export function phoneTimers(settings: TimerSettings = {}): PhoneTimers {
  const t1 = settings.t1 ?? 500;
  return {
    t1,
    t2: settings.t2 ?? 8 * t1,
    t4: settings.t4 ?? 10 * t1,
    giveUp: 64 * t1,
    hedge: (settings.hedge ?? 1) * t1,
    guard: (settings.guard ?? 6) * t1,
    downFor: settings.downFor ?? 60_000,
  };
}
