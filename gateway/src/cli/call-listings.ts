// How calls are shown: those that are there, and the records of those that have ended.
import type { CallDetailRecord, CallSummary } from '@altpath/core';
import { listOf, words } from './ask.js';
import { span, table } from './table.js';

/** @param body  What `/api/v1/calls` answers. */
export function showCalls(body: unknown, now: number): string {
  const calls = listOf<CallSummary>(body, 'calls');
  if (calls.length === 0) return 'no calls\n';
  const rows = calls.map(({ callId, from, to, state, since = now, protocol, legs = [] }) => [
    words(callId),
    words(from),
    words(to),
    words(state),
    span(now - since),
    words(protocol),
    legs.map(({ name, phase }) => `${name} (${phase})`).join(' '),
  ]);
  return table(['CALL', 'FROM', 'TO', 'STATE', 'FOR', 'PROTOCOL', 'LEGS'], rows);
}

/** @param body  What `/api/v1/calls/ended` answers. */
export function showEnded(body: unknown, now: number): string {
  const records = listOf<CallDetailRecord>(body, 'ended');
  if (records.length === 0) return 'no call has ended\n';
  const rows = records.map((record) => [
    words(record.callId),
    words(record.from),
    words(record.to),
    words(record.protocol),
    talked(record),
    words(record.endedBy),
    words(record.cause),
    `${span(now - (record.endedAt ?? now))} ago`,
    (record.nodes ?? []).join(' '),
  ]);
  return table(['CALL', 'FROM', 'TO', 'PROTOCOL', 'TALKED', 'ENDED BY', 'CAUSE', 'ENDED', 'NODES'], rows);
}

/** `~` where an instant was not seen by who wrote it. */
function talked({ answeredAt, endedAt = 0, estimated = [] }: Partial<CallDetailRecord>): string {
  if (answeredAt === undefined) return 'not answered';
  const isEstimated = estimated.includes('answeredAt') || estimated.includes('endedAt');
  return `${isEstimated ? '~' : ''}${span(endedAt - answeredAt)}`;
}
