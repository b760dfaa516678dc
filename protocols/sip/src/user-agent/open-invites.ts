// INVITEs of callers that are not answered for good, found by what tells one from others (`mergeKey`), by the call that it began, and
// by what the other nodes were told of it.
import type { Millis } from '@altpath/core';
import type { Leg } from './leg-view.js';

/** One of them. */
export interface OpenInvite {
  readonly leg: Leg;
  readonly key: string;
  /** The call that it began, by call control's name, and when; undefined before the first order. */
  readonly call?: { readonly callId: string; readonly at: Millis } | undefined;
  /** What the other nodes were told of it: its subject, and that the call rings a line of this node. */
  readonly notice?: { readonly subject: string; readonly hasLine: boolean } | undefined;
}

export class OpenInvites {
  readonly #byLeg = new Map<Leg, OpenInvite>();
  readonly #byKey = new Map<string, Leg>();
  readonly #byCall = new Map<string, Leg>();
  readonly #bySubject = new Map<string, Leg>();

  /** The leg of the INVITE with this key: one that comes again by another way is merged (RFC 3261 §8.2.2.2). */
  legOf(key: string): Leg | undefined {
    return this.#byKey.get(key);
  }

  /** Who began this call. */
  callerOf(callId: string): Leg | undefined {
    return this.#byCall.get(callId);
  }

  /** Of a leg; undefined: it is answered for good, or is none of a caller. */
  of(leg: Leg): OpenInvite | undefined {
    return this.#byLeg.get(leg);
  }

  /** The one of which the other nodes were told under this subject. */
  toldOf(subject: string): OpenInvite | undefined {
    const leg = this.#bySubject.get(subject);
    return leg && this.#byLeg.get(leg);
  }

  open(leg: Leg, key: string): void {
    this.#byLeg.set(leg, { leg, key });
    this.#byKey.set(key, leg);
  }

  /** It has begun a call. */
  began(invite: OpenInvite, callId: string, now: Millis): void {
    this.#byLeg.set(invite.leg, { ...invite, call: { callId, at: now } });
    this.#byCall.set(callId, invite.leg);
  }

  /** The other nodes are told of it. */
  told({ leg }: OpenInvite, subject: string, hasLine: boolean): void {
    const invite = this.#byLeg.get(leg);
    if (!invite) return;
    this.#byLeg.set(leg, { ...invite, notice: { subject, hasLine } });
    this.#bySubject.set(subject, leg);
  }

  /** It is answered for good, or another node's. */
  close(leg: Leg): void {
    const { key, call, notice } = this.#byLeg.get(leg) ?? {};
    this.#byLeg.delete(leg);
    for (const [table, name] of [
      [this.#byKey, key],
      [this.#byCall, call?.callId],
      [this.#bySubject, notice?.subject],
    ] as const)
      if (name !== undefined && table.get(name) === leg) table.delete(name);
  }

  clear(): void {
    for (const table of [this.#byLeg, this.#byKey, this.#byCall, this.#bySubject]) table.clear();
  }
}
