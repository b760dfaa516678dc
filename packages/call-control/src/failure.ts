// What a failure means to a call: one decision for each cause, so that adapters need only name the cause.
import { match } from 'ts-pattern';
import type { Cause } from './cause.js';
import type { Phase } from './half-call.js';
import { type CallEvent, type CallState, isOnHook, type LegEvent } from './states.js';

/**
 * A half-call could not become `phase`.
 *
 * `user-busy` where the telephone had to be on its hook, and `normal-clearing` where it had to be off it, are glare: the user
 * was quicker (MGCP 401 and 402). They stand for the hook event itself, whose own report may come later or never.
 */
export function failureEvent(phase: Phase, cause: Cause): Extract<LegEvent, 'busy' | 'on-hook' | 'silent' | 'failed'> {
  return match(cause)
    .with('user-busy', () => (isOnHook(phase) ? ('busy' as const) : ('failed' as const)))
    .with('normal-clearing', () => (isOnHook(phase) ? ('failed' as const) : ('on-hook' as const)))
    .with('recovery-on-timer-expiry', 'network-out-of-order', 'temporary-failure', 'congestion', () => 'silent' as const)
    .with(
      'unallocated-number',
      'no-answer',
      'call-rejected',
      'destination-out-of-order',
      'invalid-number-format',
      'no-circuit',
      'resource-unavailable',
      'bearer-not-available',
      'incompatible-destination',
      'protocol-error',
      'interworking',
      () => 'failed' as const,
    )
    .exhaustive();
}

/** A party could not become `phase`: where it is called, that is its answer; later it is as with a line, but for the hook. */
export function partyFailureEvent(phase: Phase, cause: Cause): Extract<LegEvent, 'refused' | 'on-hook' | 'silent' | 'failed'> {
  if (phase === 'ringing') return 'refused';
  const event = failureEvent(phase, cause);
  return event === 'busy' ? 'failed' : event;
}

/** Why a leg leaves its call upon this event, where nobody has said so. @param refusal  Of the last target. */
export function causeOf(event: CallEvent, before: CallState, refusal: Cause | undefined): Cause {
  return match<CallEvent | LegEvent, Cause>(eventOfLeg(event))
    .with('time-out', () => (before === 'alerting' || before === 'early' ? 'no-answer' : 'recovery-on-timer-expiry'))
    .with('tone-ended', () => 'no-answer')
    .with('off-hook', 'busy', 'all-busy', () => 'user-busy')
    .with('on-hook', () => 'normal-clearing')
    .with('none-left', () => refusal ?? 'unallocated-number')
    .with('missing', 'gone', () => 'destination-out-of-order')
    .otherwise(() => 'temporary-failure');
}

function eventOfLeg(event: CallEvent): CallEvent | LegEvent {
  return event.replace(/^(originating|terminating):/, '') as CallEvent | LegEvent;
}

/**
 * A line lost what it had. With these causes the line itself is gone (restarted, out of service) and may lie on its hook or
 * not; with every other its user still listens, and is to hear that the call is over.
 */
export function lossEvent(cause: Cause): Extract<LegEvent, 'gone' | 'lost'> {
  return cause === 'destination-out-of-order' || cause === 'network-out-of-order' ? 'gone' : 'lost';
}
