// SIP telephones of the scene, by what they do when their node dies.
import type { TelephoneKind } from './kinds.js';

/** Of the telephones and the nodes. */
export const SIP_TIMERS = { t1: 500, t2: 4_000, t4: 5_000 } as const;

export const AWARE_TELEPHONES: TelephoneKind = {
  what: 'SIP telephones that know of stand-ins',
  protocol: 'sip',
  isAware: true,
  timers: SIP_TIMERS,
};

/** They let no talk go on for longer without a sign of the other end. */
export const TIMED_TELEPHONES: TelephoneKind = { ...AWARE_TELEPHONES, what: 'SIP telephones that know of session timers', sessionS: 90 };
