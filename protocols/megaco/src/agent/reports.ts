// What a report says (Notify, ObservedEvents): observed events become what call control knows (RFC 3525 §7.1.17, packages al,
// dd and g of annex E).
import type { HalfCallEvent } from '@altpath/call-control';
import { named, type ObservedEvent, type ObservedEventsDescriptor, singleText } from '../message/index.js';
import { judge } from './digit-map.js';
import type { DialPlan } from './line-facts.js';

/** What a report can bring. */
export type ReportedEvent =
  | { readonly kind: 'hook'; readonly hook: 'on' | 'off'; readonly init: boolean }
  | Extract<HalfCallEvent, { readonly kind: 'flash' | 'dialled' | 'tone-ended' }>;

/** Events that are true whatever was asked for: the phone's hook and its flash. */
export function isHookEvent(event: ReportedEvent): boolean {
  return event.kind === 'hook' || event.kind === 'flash';
}

/**
 * Reads observed events in order.
 *
 * @returns events; `unknown` counts those of which nothing is known here.
 */
export function readReport(
  observed: ObservedEventsDescriptor,
  plan: DialPlan,
): { readonly events: readonly ReportedEvent[]; readonly unknown: number } {
  const events = observed.events.flatMap((event) => readEvent(event, plan) ?? []);
  return { events, unknown: observed.events.length - events.length };
}

/** Tells a report that comes again, with another transaction id, from another one; undefined where it has no times. */
export function fingerprint({ requestId, events }: ObservedEventsDescriptor): string | undefined {
  if (events.length === 0 || events.some(({ time }) => time === undefined)) return undefined;
  return [requestId, ...events.map(({ name, time }) => `${name.toLowerCase()}@${time}`)].join(' ');
}

/** A number has been dialled, or something that is none. */
export function tellsDigits({ events }: ObservedEventsDescriptor): boolean {
  return events.some(({ name }) => name.toLowerCase() === 'dd/ce');
}

function readEvent(event: ObservedEvent, plan: DialPlan): ReportedEvent | undefined {
  switch (event.name.toLowerCase()) {
    case 'al/of':
      return { kind: 'hook', hook: 'off', init: isInitial(event) };
    case 'al/on':
      return { kind: 'hook', hook: 'on', init: isInitial(event) };
    case 'al/fl':
      return { kind: 'flash' };
    case 'dd/ce':
      return { kind: 'dialled', ...judge(parameter(event, 'ds') ?? '', parameter(event, 'Meth')?.toUpperCase(), plan) };
    case 'g/sc':
      return ENDED_BY_ITSELF.has(parameter(event, 'Meth')?.toUpperCase() ?? 'TO') ? { kind: 'tone-ended' } : undefined;
    default:
      return undefined;
  }
}

/** Its time is over, or it did not come about: nothing sounds. Interruptions are of our own making. */
const ENDED_BY_ITSELF: ReadonlySet<string> = new Set(['TO', 'NC']);

function isInitial(event: ObservedEvent): boolean {
  return ['on', 'true'].includes(parameter(event, 'init')?.toLowerCase() ?? '');
}

function parameter(event: ObservedEvent, name: string): string | undefined {
  return singleText(named(event.parameters, name)?.value);
}
