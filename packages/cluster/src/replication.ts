// Which of two accounts of a registration is the later one. Pure: the SIP room feeds it with what a peer's signed
// REGISTER says (ARCHITECTURE "Replication"), and writes what comes out.
import type { Binding, Millis } from '@altpath/core';

/** As long as stores keep a tombstone; what is older than that came too late to matter. */
const TOMBSTONE_MS = 3_600_000;

/**
 * Takes a peer's bindings of one address of record into ours. Per contact: within one Call-ID the higher CSeq wins and an
 * equal one is the same request; across Call-IDs the newer `updatedAt` wins. A removal is a binding like any other, with
 * `removed` set, and wins or loses by the same rule. So nodes that hear the same accounts in different orders agree in
 * the end.
 *
 * A phone that comes with a new address under the same instance and reg-id (RFC 5626 §6) has moved its flow: the older
 * contact goes.
 *
 * @param current   The stored bindings, tombstones included.
 * @param incoming  The peer's bindings; may be a part of its record. Not a list of what shall remain.
 * @returns         All bindings to be written, or undefined when nothing was new.
 */
export function mergeBindings(current: readonly Binding[], incoming: readonly Binding[], now: Millis): readonly Binding[] | undefined {
  const merged = [...current];
  for (const binding of incoming) {
    const at = merged.findIndex((other) => other.contactKey === binding.contactKey);
    const other = merged[at];
    if (other === undefined) {
      if (!isOver(binding, now)) merged.push(binding);
    } else if (isLater(binding, other)) {
      merged[at] = binding;
    }
  }
  const result = merged.filter((binding) => !merged.some((other) => movedFlow(binding, other)));
  const same = result.length === current.length && result.every((binding, at) => binding === current[at]);
  return same ? undefined : result;
}

function isLater(binding: Binding, other: Binding): boolean {
  if (binding.callId === other.callId) return binding.cseq > other.cseq;
  // Accepted by two nodes in the same millisecond: any choice will do that both nodes make alike.
  if (binding.updatedAt === other.updatedAt) return binding.callId > other.callId;
  return binding.updatedAt > other.updatedAt;
}

/** `other` is the flow by which the same instance has replaced `binding`. */
function movedFlow(binding: Binding, other: Binding): boolean {
  if (binding.removed === true || other.removed === true || binding.contactKey === other.contactKey) return false;
  if (binding.instance === undefined || binding.regId === undefined) return false;
  return binding.instance === other.instance && binding.regId === other.regId && isLater(other, binding);
}

function isOver(binding: Binding, now: Millis): boolean {
  return binding.expiresAt + (binding.removed === true ? TOMBSTONE_MS : 0) <= now;
}
