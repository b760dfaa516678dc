// A leg as its parts see it: interfaces alone, so that what goes on in its dialog (talk.ts), its INVITE and what messages say
// (wordings.ts) need not know the class that joins them (leg.ts), nor each other.
import type { CallerIdentity, Cause, HalfCallEvent, HalfCallRole, HalfCallState, LineName, Notice } from '@altpath/call-control';
import type { Hop, Millis, RouteTarget } from '@altpath/core';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import type { Dialog } from './dialog.js';
import type { OfferAnswer } from './offer-answer.js';
import type { OwnRequest, OwnRequestOwner, OwnRequestPlan, Sender } from './own-request.js';
import type { Standing } from './phases.js';
import type { ServerRequest } from './server-request.js';
import type { SessionTimer } from './session-timer.js';

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
  /** The telephone was refused, and has not acknowledged that: it may not have heard of it. */
  readonly isUnheard: boolean;
  /** Ends without a word. */
  forget(): void;
}

/** What a leg needs of the user agent around it. */
export interface LegHost {
  readonly environment: Environment;
  readonly sender: Sender;
  readonly wordings: LegWordings;
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
  /** Nothing more is awaited of the leg's telephone, but for the ACK of a failure. */
  finished(leg: Leg, now: Millis): void;
  /** The telephone has acknowledged that its INVITE has failed. */
  failureHeard(leg: Leg, now: Millis): void;
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

/** An INVITE of ours to one target. */
export interface InviteWords {
  readonly callId: string;
  readonly tag: string;
  readonly cseq: number;
  readonly caller: CallerIdentity | undefined;
  /** Value of To. */
  readonly to: string;
  /** 1..70 */
  readonly hops: number;
  readonly lines: readonly string[];
  readonly body: string | undefined;
}

/** What a leg's messages say. */
export interface LegWordings {
  invite(leg: Leg, target: RouteTarget, words: InviteWords): OwnRequestPlan;
  inDialog(leg: Leg, dialog: Dialog, method: string, words: InDialog, now: Millis): OwnRequestPlan;
  /** @param cseq  Of the INVITE. */
  ack(leg: Leg, dialog: Dialog, cseq: number, body: string | undefined, now: Millis): OwnRequestPlan;
  /** Of a response that forms or refreshes a dialog. */
  responseLines(leg: Leg, server: ServerRequest, now: Millis): readonly string[];
}

/** What goes on in a leg's dialog beside its INVITE and its BYE. */
export interface LegTalk {
  timer: SessionTimer;
  /** The telephone says by its description that it has the other on hold, or has not: told where that is news. */
  holds(isHolding: boolean, now: Millis): void;
  /** So far, as far as it is known. */
  readonly isHolding: boolean;
  readonly ours: {
    /** A re-INVITE of ours has no final response. */
    readonly isInviteOpen: boolean;
    proceed(now: Millis): void;
    announceIn(ms: Millis, now: Millis): void;
  };
  readonly theirs: {
    /** A re-INVITE is not acknowledged. */
    readonly isOpen: boolean;
    end(now: Millis): void;
  };
  hear(message: SipMessage): void;
  allows(method: string): boolean;
  serve(session: Session, server: ServerRequest, now: Millis): void;
  acknowledged(ack: SipMessage, now: Millis): void;
  renegotiate(now: Millis): void;
  notice(notice: Notice, now: Millis): void;
  accept(request: SipMessage, now: Millis): readonly string[];
  established(response: SipMessage, now: Millis): void;
  expectSigns(now: Millis): void;
  ask(isOnHold: boolean, now: Millis): void;
  dead(now: Millis): void;
  /** It is there and knows nothing of the dialog (any more). */
  gone(now: Millis): void;
  arm(): void;
  stop(): void;
  dice(): number;
  save(): unknown;
  resume(saved: unknown, isAnswered: boolean, now: Millis): void;
}

/** One telephone's side of a call; see leg.ts. */
export interface Leg {
  readonly host: LegHost;
  readonly name: LineName;
  readonly role: HalfCallRole;
  standing: Standing;
  /** The dialog: the confirmed one, before that the early one that was heard of last. */
  session: Session | undefined;
  invite: InviteHalf | undefined;
  readonly talk: LegTalk;
  /** The newest order. */
  order: HalfCallState | undefined;
  /** Where its INVITE came from; undefined where we called. */
  source: Hop | undefined;
  /** It may be told our stand-ins. */
  isTold: boolean;
  /** Hops that a call may still go. */
  hops: number;
  /** Its last order has come: nothing is told of it any more. */
  readonly isReleased: boolean;
  /** Nothing more is awaited of its telephone. */
  isFinished: boolean;
  readonly dialog: Dialog | undefined;
  readonly offers: OfferAnswer | undefined;
  /** Call control's name for the call; undefined before the first order. */
  readonly callId: string | undefined;
  take(order: HalfCallState, now: Millis): void;
  tell(event: HalfCallEvent, now: Millis): void;
  reached(now: Millis, local?: string): void;
  left(cause: Cause | undefined, now: Millis): void;
  lost(cause: Cause, now: Millis): void;
  send(method: string, words: InDialog, owner: OwnRequestOwner, now: Millis): OwnRequest | undefined;
  hangUp(cause: Cause | undefined, now: Millis): void;
  mayHangUp(now: Millis): void;
  forget(): void;
}
