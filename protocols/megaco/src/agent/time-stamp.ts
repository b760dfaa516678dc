// TimeStamp (RFC 3525 §7.2.8, annex B.2): the sender's own time, in hundredths of a second.
import type { Millis } from '@altpath/core';
import type { TimeStamp } from '../message/index.js';

/** `yyyymmddThhmmsscc`, in universal time. */
export function timeStamp(now: Millis): TimeStamp {
  const digits = new Date(now).toISOString().replace(/[^\d]/g, '');
  return `${digits.slice(0, 8)}T${digits.slice(8, 16)}`;
}
