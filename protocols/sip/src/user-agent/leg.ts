// A leg: one telephone's side of a call, from its INVITE to its last order. What call control orders is looked up in
// phases.ts; the INVITE that makes the dialog is server-leg.ts's or client-leg.ts's; what both do once there is a dialog
// stands here.
import type { Cause, HalfCallEvent, HalfCallRole, HalfCallState, LineName } from '@altpath/call-control';
import type { Hop, Millis } from '@altpath/core';
import { match } from 'ts-pattern';
import type { Environment } from '../environment.js';
import { reasonLine } from './causes.js';
import type { Dialog } from './dialog.js';
import type { OfferAnswer } from './offer-answer.js';
import type { OwnRequest, OwnRequestOwner, Sender } from './own-request.js';
import { type Act, PHASE_ACTS, type Standing } from './phases.js';
import { Talk } from './talk.js';
import type { Wordings } from './wordings.js';

/** An early or confirmed dialog, with its own offers and answers. */
export interface Session {
  readonly dialog: Dialog;
  readonly offers: OfferAnswer;
}

/** The INVITE that makes a leg. */
export interface InviteHalf {
  readonly sipCallId: string;
  perform(act: 'invite' | 'ring' | 'progress' | 'answer' | 'refuse' | 'cancel', order: HalfCallState, now: Millis): void;
  /** What another node must know to go on with it; undefined: nothing. */
  save(): unknown;
  /** A BYE may be sent: the telephone knows that we know the dialog (RFC 3261 §15). */
  readonly mayHangUp: boolean;
  /** Ends without a word. */
  forget(): void;
}

/** What a leg needs of the user agent around it. */
export interface LegHost {
  readonly environment: Environment;
  readonly sender: Sender;
  readonly wordings: Wordings;
  /** Tells call control, at the end of this turn. */
  tell(leg: Leg, event: HalfCallEvent, now: Millis): void;
  /** Offers and answers of a new dialog. @param firstVersion  Above 1 where another node may have written some. */
  newOffers(sipCallId: string, localTag: string, firstVersion?: number): OfferAnswer;
  /** A dialog has come into being: requests in it are this leg's. */
  enter(leg: Leg, session: Session): void;
  /** The telephone is to be told of other media than it was. */
  renegotiate(leg: Leg, now: Millis): void;
  /** The leg has had its last order: its name is forgotten. */
  released(leg: Leg, now: Millis): void;
  /** Nothing more is awaited of the leg's telephone. */
  finished(leg: Leg, now: Millis): void;
  /** The leg in one of whose dialogs we have this key (`dialogKey`). */
  legOf(dialog: string): Leg | undefined;
  /** What `save` would give is another text now. */
  changed(leg: Leg, now: Millis): void;
}

/** What a request in the dialog says beside From, To, Call-ID, CSeq, Contact. */
export interface InDialog {
  readonly lines?: readonly string[] | undefined;
  readonly body?: string | undefined;
  /** Our Contact is written: target refresh requests. */
  readonly contact?: boolean | undefined;
}

/** RFC 3261 §8.1.1.6. */
const MAX_FORWARDS = 70;

export class Leg {
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
