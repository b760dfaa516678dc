// Instants as messages write them. RFC 3525 §B.2 (TimeStamp), §7.2.8: time as its sender keeps it; ours is UTC.
import type { Millis } from '@altpath/core';
import type { TimeStamp } from './identity.js';

/** @returns `yyyymmddThhmmsscc` of an instant, in UTC. */
export function timeStampAt(now: Millis): TimeStamp {
  const [date, time] = new Date(now).toISOString().split('T') as [string, string];
  return `${date.replaceAll('-', '')}T${time.replace(/[:.]/g, '').slice(0, 8)}`;
}
