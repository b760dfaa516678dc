// What a REGISTER does to the bindings of an address of record: all of it or nothing (RFC 3261 §10.3 steps 6 and 7).
// Pure: the bindings as they are and a wish in, the bindings as they shall be out.
import type { Binding, Millis, Outcome } from '@altpath/core';
import type { ContactChange, ContactWish } from './contact-rules.js';

/** The request that changes bindings, and when and where it was heard. */
export interface Stamp {
  readonly callId: string;
  readonly cseq: number;
  readonly now: Millis;
  readonly node: string;
  /** `transport:host:port` */
  readonly source: string | undefined;
}

export interface Update {
  /** The whole record. */
  readonly all: readonly Binding[];
  /** The part that is new, tombstones included; empty when the request had been carried out before. */
  readonly changed: readonly Binding[];
}

/**
 * @param known       What is stored: live bindings, tombstones, and what has expired (which counts as gone).
 * @param maxContacts Live bindings allowed; also the number of tombstones kept, so that no request makes a record grow
 *                    without end.
 * @returns           The update, or the fault `sip.register.order` (to be answered 500) or `sip.register.too-many` (403).
 */
export function applyWish(known: readonly Binding[], wish: ContactWish, stamp: Stamp, maxContacts: number): Outcome<Update> {
  const current = known.filter((binding) => binding.removed === true || binding.expiresAt > stamp.now);
  if (wish.kind === 'query' || isRepeated(current, wish, stamp)) return { ok: true, value: { all: current, changed: [] } };
  // Each contact may leave a tombstone and is told to every node: what no honest record could need is refused unread.
  if (wish.kind === 'change' && wish.changes.length > 2 * maxContacts) return refusal('too-many', 'Too Many Contacts');
  const byKey = new Map(current.map((binding) => [binding.contactKey, binding]));
  const changed =
    wish.kind === 'remove-all'
      ? current.filter(isLive).map((binding) => tombstone(binding, stamp, binding))
      : changesOf(wish, byKey, stamp);
  for (const binding of changed) {
    const before = byKey.get(binding.contactKey);
    if (before && isStale(before, stamp)) return refusal('order', 'CSeq Out Of Order');
  }
  for (const binding of changed) byKey.set(binding.contactKey, binding);
  const all = [...byKey.values()];
  const live = all.filter(isLive).length;
  if (live > maxContacts && live > current.filter(isLive).length) return refusal('too-many', 'Too Many Contacts');
  return { ok: true, value: { all: withoutOldTombstones(all, maxContacts), changed } };
}

/** RFC 3261 §10.3: within one Call-ID only a higher CSeq changes a binding. A tombstone remembers its own. */
function isStale(before: Binding, stamp: Stamp): boolean {
  return before.callId === stamp.callId && stamp.cseq <= before.cseq;
}

/**
 * The same request once more, perhaps through another node: equal Call-ID, CSeq and contact set. What it asked for has
 * been done, and others may have registered since.
 */
function isRepeated(current: readonly Binding[], wish: ContactWish, stamp: Stamp): boolean {
  const done = current.filter((binding) => binding.callId === stamp.callId && binding.cseq === stamp.cseq);
  if (done.length === 0) return false;
  if (wish.kind !== 'change') return done.every((binding) => !isLive(binding));
  const wished = new Map(wish.changes.map((change) => [change.contactKey, change.expiresS > 0]));
  return done.length === wished.size && done.every((binding) => wished.get(binding.contactKey) === isLive(binding));
}

/** A contact that stands twice in one request counts as written last. */
function changesOf(wish: ContactWish & { kind: 'change' }, known: ReadonlyMap<string, Binding>, stamp: Stamp): Binding[] {
  const changes = new Map(wish.changes.map((change) => [change.contactKey, change]));
  return [...changes.values()].map((change) => {
    const before = known.get(change.contactKey);
    return change.expiresS === 0 ? tombstone(change, stamp, before) : bindingOf(change, wish.path, stamp, before);
  });
}

function bindingOf(change: ContactChange, path: readonly string[], stamp: Stamp, before: Binding | undefined): Binding {
  const { contact, contactKey, q, parameters, instance, regId } = change;
  return {
    contact,
    contactKey,
    callId: stamp.callId,
    cseq: stamp.cseq,
    expiresAt: stamp.now + change.expiresS * 1000,
    q,
    path,
    instance,
    regId,
    source: stamp.source,
    node: stamp.node,
    updatedAt: after(before, stamp),
    parameters,
  };
}

/** A removal is remembered even of a contact that was never here: the registration may be on its way from another node. */
function tombstone(gone: { contact: string; contactKey: string }, stamp: Stamp, before: Binding | undefined): Binding {
  return {
    contact: gone.contact,
    contactKey: gone.contactKey,
    callId: stamp.callId,
    cseq: stamp.cseq,
    expiresAt: stamp.now,
    q: 0,
    path: [],
    instance: undefined,
    regId: undefined,
    node: stamp.node,
    updatedAt: after(before, stamp),
    parameters: '',
    removed: true,
  };
}

/** What was accepted later is newer, although the clock of the node that accepted the earlier one may be ahead of ours. */
function after(before: Binding | undefined, stamp: Stamp): Millis {
  return before && before.updatedAt >= stamp.now ? before.updatedAt + 1 : stamp.now;
}

function withoutOldTombstones(all: readonly Binding[], kept: number): readonly Binding[] {
  const tombstones = all.filter((binding) => !isLive(binding));
  if (tombstones.length <= kept) return all;
  tombstones.sort((a, b) => b.updatedAt - a.updatedAt);
  const old = new Set(tombstones.slice(kept));
  return all.filter((binding) => !old.has(binding));
}

function isLive(binding: Binding): boolean {
  return binding.removed !== true;
}

function refusal(what: string, hint: string): Outcome<never> {
  return { ok: false, fault: { code: `sip.register.${what}`, blame: 'remote', hint } };
}
