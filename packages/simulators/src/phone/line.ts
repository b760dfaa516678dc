// What a call may ask of its phone. Calls know dialogs and users; the phone knows its network, time and transactions.
import type { Millis } from '@altpath/core';
import type { Place } from '../sip/alternates.js';
import type { ClientOutput, ClientTransaction } from '../sip/client-transaction.js';
import type { Dialog } from '../sip/dialog.js';
import type { SipAddress, SipHeaders, SipRequest, SipResponse } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { PhoneTimers } from '../sip/timers.js';
import type { CallSession } from './call-session.js';
import type { ReliableUse } from './phone-options.js';
import type { SessionTimerOptions } from './session-timer.js';

/** A request to be sent in a transaction, without its Via. */
export interface RequestPlan {
  /** Asked for each attempt with a CSeq number of its own: the first, and the one with credentials. */
  readonly write: () => SipRequest;
  /** In order; names are resolved by the phone. */
  readonly places: readonly Place[];
  /** CANCEL keeps the branch of its INVITE. */
  readonly branch?: string | undefined;
  readonly handle: (output: Exclude<ClientOutput, { kind: 'send' }>) => void;
}

/** A request under way: after a challenge both fields name the second attempt. */
export interface Sending {
  request: SipRequest;
  transaction: ClientTransaction;
}

export interface ResponseParts {
  readonly toTag?: string | undefined;
  readonly headers?: Partial<SipHeaders>;
  readonly content?: string | undefined;
}

/** How a call goes that the phone was asked to make. */
export interface CallProgress {
  /** An 18x came. */
  readonly progress: (status: number) => void;
  readonly answered: () => void;
  /** It ended, answered or not. */
  readonly ended: (end: { readonly status?: number | undefined; readonly detail?: string | undefined }) => void;
}

export interface Line {
  readonly user: string;
  readonly aware: boolean;
  readonly timers: PhoneTimers;
  readonly contact: SipAddress;
  /** `sip:user@domain`. */
  readonly identity: string;
  /** False: its calls carry no session description. */
  readonly hasAudio: boolean;
  /** What its requests and responses say of it: Allow, Supported. */
  readonly abilities: Partial<SipHeaders>;
  readonly reliable: ReliableUse;
  readonly sessionTimer: SessionTimerOptions | undefined;
  readonly takesTransfers: boolean;
  now(): Millis;
  /** Runs something later. @returns how to call it off. */
  later(delayMs: Millis, action: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** Random text for tags and Call-IDs. */
  token(): string;
  /** The URI of a number; what is a URI already stays. */
  uriOf(number: string): string;
  /** Makes the call that the other side of a call asks for. */
  callReferred(by: { readonly callId: string; readonly localTag: string }, referTo: string, progress: CallProgress): void;
  /** Where a request outside a dialog goes, in order. */
  placesFor(uri: string): readonly Place[];
  /** Names resolved, what is known dead last. */
  order(places: readonly Place[]): Place[];
  send(plan: RequestPlan): Sending;
  /** Writes a request that gets no answer (the ACK of a 2xx) once, to be sent as often as needed. */
  writeAck(request: SipRequest): Buffer;
  sendAck(data: Buffer, to: Place, note?: string): void;
  respond(transaction: ServerTransaction, status: number, reason: string, parts?: ResponseParts): void;
  /** A fresh session for one call; undefined when the phone has no audio, or no port is left. */
  openSession(): CallSession | undefined;
  /** The call is over: nothing is routed to it any more. */
  forget(callId: string, localTag: string): void;
}

/** What every part of a call needs of it. */
export interface Asking {
  readonly line: Line;
  /** Sends a request of the dialog in a transaction; `done` without a response: none came. */
  ask(
    dialog: Dialog,
    method: string,
    parts: { readonly content?: string | undefined; readonly headers?: Partial<SipHeaders> },
    done: (response: SipResponse | undefined, from: Place) => void,
  ): Sending;
}
