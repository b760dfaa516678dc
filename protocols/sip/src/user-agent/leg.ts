// A leg: one telephone's side of a call, from its INVITE to its last order. What call control orders is looked up in
// phases.ts; the INVITE that makes the dialog is server-leg.ts's or client-leg.ts's; what both do once there is a dialog
// stands here.
import type { Cause, HalfCallEvent, HalfCallRole, HalfCallState, LineName } from '@altpath/call-control';
import type { Hop, Millis } from '@altpath/core';
import { match } from 'ts-pattern';
import { reasonLine } from './causes.js';
import type { Dialog } from './dialog.js';
import type { OfferAnswer } from './offer-answer.js';
import type { InDialog, InviteHalf, Leg, LegHost, Session } from './leg-view.js';
import type { OwnRequest, OwnRequestOwner } from './own-request.js';
import { type Act, PHASE_ACTS, type Standing } from './phases.js';
import { Talk } from './talk.js';

/** RFC 3261 §8.1.1.6. */
const MAX_FORWARDS = 70;

export class TelephoneLeg implements Leg {
  standing: Standing;
  /** The dialog: the confirmed one, before that the early one that was heard of last. */
  session: Session | undefined;
  invite: InviteHalf | undefined;
  /** What goes on in the dialog. */
  readonly talk: Talk;
  /** The newest order. */
  order: HalfCallState | undefined;
  /** Where its INVITE came from; undefined where we called. */
  source: Hop | undefined;
  /** It may be told our stand-ins. */
  isTold = false;
  /** Hops that a call may still go: of a caller those that its INVITE came with, of a called one those that are written. */
  hops = MAX_FORWARDS;
  /** Its last order has come: nothing is told of it any more. */
  isReleased = false;
  /** Nothing more is awaited of its telephone. */
  isFinished = false;
  /** A BYE that waits for the ACK, with why. */
  #hangUpFor: { readonly cause: Cause | undefined } | undefined;

  constructor(
    readonly host: LegHost,
    readonly name: LineName,
    readonly role: HalfCallRole,
    standing: Standing,
  ) {
    this.standing = standing;
    this.talk = new Talk(this);
  }

  get dialog(): Dialog | undefined {
    return this.session?.dialog;
  }

  get offers(): OfferAnswer | undefined {
    return this.session?.offers;
  }

  /** Call control's name for the call; undefined before the first order. */
  get callId(): string | undefined {
    return this.order?.callId;
  }

  // --- orders ------------------------------------------------------------------------------------------------------

  /** Call control orders what this leg shall be from now on. */
  take(order: HalfCallState, now: Millis): void {
    this.order = order;
    // One that has answered may be given another role: a transfer connects it with somebody else.
    const role = this.standing === 'answered' ? order.role : this.role;
    const act = PHASE_ACTS[order.phase][role][this.standing];
    this.#perform(act, order, now);
  }

  #perform(act: Act, order: HalfCallState, now: Millis): void {
    match(act)
      .with('note', () => this.reached(now))
      .with('media', () => this.host.renegotiate(this, now))
      .with('invite', 'ring', 'progress', 'answer', (each) => this.invite?.perform(each, order, now))
      .with('refuse', 'cancel', (each) => {
        this.standing = 'over';
        this.#release(now);
        if (this.invite) this.invite.perform(each, order, now);
        else this.host.finished(this, now);
      })
      .with('bye', () => {
        this.standing = 'over';
        this.#release(now);
        this.hangUp(order.cause, now);
      })
      .with('forget', () => {
        const wasCalled = this.standing !== 'new';
        this.standing = 'over';
        this.#release(now);
        if (!wasCalled) this.host.finished(this, now);
      })
      .with('wrong', () => this.host.environment.observer.count('sip.order.ignored', `${order.phase} ${this.role} ${this.standing}`))
      .exhaustive();
  }

  #release(now: Millis): void {
    this.isReleased = true;
    this.host.released(this, now);
  }

  // --- what is told ------------------------------------------------------------------------------------------------

  tell(event: HalfCallEvent, now: Millis): void {
    if (!this.isReleased) this.host.tell(this, event, now);
  }

  /** What was ordered last is so. */
  reached(now: Millis, local?: string): void {
    const { order } = this;
    if (order) this.tell({ kind: 'reached', phase: order.phase, callId: order.callId, local }, now);
  }

  /** The telephone has left. */
  left(cause: Cause | undefined, now: Millis): void {
    if (this.standing === 'over') return;
    this.standing = 'over';
    this.tell({ kind: 'on-hook', cause }, now);
  }

  /** The telephone answers no more. */
  lost(cause: Cause, now: Millis): void {
    if (this.standing === 'over') return;
    this.standing = 'over';
    this.tell({ kind: 'lost', cause }, now);
  }

  // --- in the dialog -----------------------------------------------------------------------------------------------

  /** Sends a request in the dialog. @returns undefined where there is none. */
  send(method: string, words: InDialog, owner: OwnRequestOwner, now: Millis): OwnRequest | undefined {
    const { dialog } = this;
    if (!dialog) return undefined;
    return this.host.sender.request(this.host.wordings.inDialog(this, dialog, method, words, now), owner, now);
  }

  /** RFC 3261 §15.1.1; a BYE of ours waits for the ACK of our 200 (§15). */
  hangUp(cause: Cause | undefined, now: Millis): void {
    if (this.invite && !this.invite.mayHangUp) {
      this.#hangUpFor = { cause };
      return;
    }
    this.#hangUpFor = undefined;
    this.talk.theirs.end(now);
    const lines = cause === undefined ? [] : [reasonLine(cause)];
    const { host } = this;
    const owner: OwnRequestOwner = {
      responded: (request, _response, at) => (request.over ? host.finished(this, at) : undefined),
      failed: (_request, _status, at) => host.finished(this, at),
    };
    if (!this.send('BYE', { lines }, owner, now)) host.finished(this, now);
  }

  /** The ACK has come, or is not waited for any more. */
  mayHangUp(now: Millis): void {
    if (this.#hangUpFor) this.hangUp(this.#hangUpFor.cause, now);
  }

  /** Ends without a word. */
  forget(): void {
    this.isReleased = true;
    this.standing = 'over';
    this.invite?.forget();
    this.talk.stop();
  }
}
