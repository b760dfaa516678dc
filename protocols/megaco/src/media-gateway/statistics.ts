// What a termination counted while it has been in its context (RFC 3525 §7.1.15, annex E.11.4, E.12.4).
import type { Millis } from '@altpath/core';
import { singleText, type Statistic, type StatisticsDescriptor, word } from '../message/index.js';
import type { MediaDesk } from './media-desk.js';
import type { Termination } from './termination.js';

/** How values of several streams become the termination's; what is not named is added up. */
const GREATEST: ReadonlySet<string> = new Set(['jit', 'delay', 'pl']);

/**
 * Everything that the termination's packages count; undefined where they count nothing.
 *
 * @param packageName  Of this package only.
 */
export function statisticsOf(
  termination: Termination,
  desk: MediaDesk,
  now: Millis,
  packageName?: string,
): StatisticsDescriptor | undefined {
  const items = termination.realm.items('statistic', packageName);
  if (items.length === 0) return undefined;
  const counted = countedBy(termination, desk);
  return { kind: 'statistics', statistics: items.map(({ name }) => ({ name, value: word(valueOf(name, termination, counted, now)) })) };
}

/** One statistic, by a name that has been checked. */
export function statisticOf(name: string, termination: Termination, desk: MediaDesk, now: Millis): Statistic {
  return { name, value: word(valueOf(name, termination, countedBy(termination, desk), now)) };
}

function valueOf(name: string, termination: Termination, counted: ReadonlyMap<string, number>, now: Millis): number {
  const item = itemOf(name);
  // Whole milliseconds (E.11.4), whatever clock the owner has.
  if (item === 'dur') return termination.context ? Math.max(0, Math.round(now - termination.joinedAt)) : 0;
  return counted.get(item) ?? 0;
}

/** By the item's name alone: a package counts what its base does, and the media plane names either. */
function countedBy(termination: Termination, desk: MediaDesk): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const { localPort } of termination.streams.values()) {
    for (const { name, value } of localPort === undefined ? [] : (desk.statistics(localPort) ?? [])) {
      const item = itemOf(name);
      const before = counted.get(item) ?? 0;
      const more = Number(singleText(value) ?? 0);
      counted.set(item, GREATEST.has(item) ? Math.max(before, more) : before + more);
    }
  }
  return counted;
}

function itemOf(name: string): string {
  return name.slice(name.indexOf('/') + 1).toLowerCase();
}
