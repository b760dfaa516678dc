// What a report says (NTFY, O): observed events become what call control knows. One report may hold several triggering
// events and several dial strings, one behind the other (RFC 3435 §4.4.1).
import type { DialResult, HalfCallEvent } from '@altpath/call-control';
import { digitsOf, type ObservedEvent } from '../message/events.js';
import { isComplete } from './digit-map.js';
import type { DialPlan } from './line-facts.js';

/** What a report can bring; `failed-signal`: a tone or a ring that was asked for did not sound. */
export type ReportedEvent =
  | Extract<HalfCallEvent, { readonly kind: 'off-hook' | 'on-hook' | 'flash' | 'dialled' | 'tone-ended' }>
  | { readonly kind: 'failed-signal' };

/** Events that are true whatever was asked for: the phone's hook and its flash. */
export function isHookEvent(event: ReportedEvent): boolean {
  return event.kind === 'off-hook' || event.kind === 'on-hook' || event.kind === 'flash';
}

/**
 * Reads observed events in order.
 *
 * @returns events; `unknown` counts those of which nothing is known here.
 */
export function readReport(
  observed: readonly ObservedEvent[],
  plan: DialPlan,
): { readonly events: readonly ReportedEvent[]; readonly unknown: number } {
  const events: ReportedEvent[] = [];
  let unknown = 0;
  let digits = '';
  for (const item of observed) {
    const more = digitsOf(withPackage(item));
    if (more !== undefined) {
      digits += more;
      continue;
    }
    const event = EVENTS[item.name.event.toLowerCase()];
    if (event === undefined) {
      unknown += 1;
      continue;
    }
    // Digits in front of another event were still being collected, unless they were reported for themselves: what the
    // user did then is what counts, and hanging up undoes them.
    if (event.kind !== 'on-hook' && isComplete(withoutTimer(digits), plan.patterns)) events.push(dialled(digits, plan));
    digits = '';
    events.push(event);
  }
  if (digits !== '') events.push(dialled(digits, plan));
  return { events, unknown };
}

/** The names alone tell them: `oc` and `of` are the same in every package, and hooks are of package L or of one like it. */
const EVENTS: Readonly<Record<string, ReportedEvent>> = {
  hd: { kind: 'off-hook' },
  hu: { kind: 'on-hook' },
  hf: { kind: 'flash' },
  oc: { kind: 'tone-ended' },
  of: { kind: 'failed-signal' },
};

function dialled(reported: string, plan: DialPlan): ReportedEvent {
  const all = withoutTimer(reported);
  // `#` says "that was all" where no pattern has it.
  const digits = isComplete(all, plan.patterns) ? all : withoutEnd(all);
  return { kind: 'dialled', digits, result: resultOf(reported, digits, plan) };
}

function resultOf(reported: string, digits: string, plan: DialPlan): DialResult {
  if (isComplete(digits, plan.patterns)) return 'match';
  return reported.endsWith('T') ? 'timeout' : 'no-match';
}

/** T is the pause behind the last digit, L a key that was held long (RFC 3660 §2.2): no digits. */
function withoutTimer(digits: string): string {
  return digits.replace(/[TLX]/g, '');
}

function withoutEnd(digits: string): string {
  return digits.length > 1 && digits.endsWith('#') ? digits.slice(0, -1) : digits;
}

/** A digit that stands without its package is one of D: no event of package L looks like it. */
function withPackage(item: ObservedEvent): ObservedEvent {
  return item.name.packageName === undefined ? { ...item, name: { ...item.name, packageName: 'D' } } : item;
}
