// What a phone wants changed in a call's session, one after the other: re-INVITE and UPDATE as the one who asks
// (RFC 3261 §14.1, RFC 3311 §5.1). A refusal for glare is followed by another try.
import type { Direction } from '@altpath/sdp';
import type { Place } from '../sip/alternates.js';
import type { Dialog } from '../sip/dialog.js';
import { refreshTarget } from '../sip/dialog.js';
import type { SipHeaders, SipResponse } from '../sip/npm-sip.js';
import type { CallSession } from './call-session.js';
import type { Line, Sending } from './line.js';

export type ChangeMethod = 'INVITE' | 'UPDATE';

/** What is offered: a direction for the audio; nothing (UPDATE: the session stays); or the other side is asked for an offer. */
export type ChangeOffer = Direction | 'nothing' | 'theirs';

interface Change {
  readonly method: ChangeMethod;
  readonly offer: ChangeOffer;
  readonly done: (status: number) => void;
}

/** What a change needs of its call. */
export interface ChangedCall {
  readonly line: Line;
  readonly session: CallSession | undefined;
  /** Undefined while none stands in which the method may be used. */
  changeableDialog(method: ChangeMethod): Dialog | undefined;
  /** This side chose the Call-ID: of two that ask at once it waits longer. */
  readonly isCaller: boolean;
  /** An INVITE of the other side is not acknowledged yet (§14.1: no other may begin). */
  readonly isSettling: boolean;
  ask(
    dialog: Dialog,
    method: string,
    parts: { readonly content?: string | undefined; readonly headers?: Partial<SipHeaders> },
    done: (response: SipResponse | undefined, from: Place) => void,
  ): Sending;
  acknowledge(sending: Sending, response: SipResponse, from: Place, content?: string): void;
  /** Headers that go with it: the session timer's. */
  headersOfChange(): Partial<SipHeaders>;
  /** It was accepted. */
  changed(response: SipResponse): void;
  /** The other side knows no such call, or says nothing (§12.2.1.2). */
  fail(status: number | undefined, detail: string): void;
}

const GLARE = 491;
const NO_RESPONSE = 408;
const GONE = 481;

export class SessionChanges {
  readonly #queue: Change[] = [];
  #isUnderWay = false;
  #callOff: (() => void) | undefined;

  constructor(private readonly call: ChangedCall) {}

  /** A request of ours waits for its answer: what the other side asks meanwhile is glare. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** @returns the final status; 408 when none came, 481 where there is no dialog. */
  ask(method: ChangeMethod, offer: ChangeOffer): Promise<number> {
    return new Promise((resolve) => {
      this.#queue.push({ method, offer, done: resolve });
      this.proceed();
    });
  }

  /** The call is over. */
  stop(): void {
    this.#callOff?.();
    for (const change of this.#queue.splice(0)) change.done(GONE);
  }

  /** Begins what can be begun now. */
  proceed(): void {
    const [change] = this.#queue;
    if (!change || this.#isUnderWay || this.#callOff) return;
    const dialog = this.call.changeableDialog(change.method);
    if (!dialog) return this.#done(change, GONE);
    if (this.call.isSettling || this.call.session?.isOffering) return;
    this.#send(change, dialog);
  }

  #send(change: Change, dialog: Dialog): void {
    const { session } = this.call;
    const { method, offer } = change;
    const content = offer === 'nothing' || offer === 'theirs' ? undefined : session?.offer(offer);
    this.#isUnderWay = true;
    const parts = { content, headers: this.call.headersOfChange() };
    const sending = this.call.ask(dialog, method, parts, (response, from) => {
      this.#isUnderWay = false;
      if (response && response.status < 300) this.#accepted(change, sending, response, from, dialog);
      else this.#refused(change, response);
    });
  }

  #accepted({ method, offer, done }: Change, sending: Sending, response: SipResponse, from: Place, dialog: Dialog): void {
    const { call } = this;
    refreshTarget(dialog, response.headers);
    const answer = offer === 'theirs' ? call.session?.answer(response.content) : undefined;
    if (method === 'INVITE') call.acknowledge(sending, response, from, answer);
    if (offer !== 'theirs' && offer !== 'nothing' && call.session && !call.session.accept(response.content)) call.session.withdraw();
    this.#queue.shift();
    call.changed(response);
    done(response.status);
    this.proceed();
  }

  #refused(change: Change, response: SipResponse | undefined): void {
    const { call } = this;
    call.session?.withdraw();
    if (response?.status === GLARE) {
      this.#callOff = call.line.later(this.#pauseMs(), () => {
        this.#callOff = undefined;
        this.proceed();
      });
      return;
    }
    const status = response?.status ?? NO_RESPONSE;
    this.#done(change, status);
    if (status === NO_RESPONSE || status === GONE) call.fail(response?.status, `no such call: ${change.method}`);
  }

  #done(change: Change, status: number): void {
    this.#queue.shift();
    change.done(status);
    this.proceed();
  }

  /** §14.1: 2.1 to 4 s for whoever chose the Call-ID, 0 to 2 s for the other, in steps of 10 ms; as shares of T1. */
  #pauseMs(): number {
    const { line, isCaller } = this.call;
    const steps = isCaller ? 210 + Math.floor(line.random() * 191) : Math.floor(line.random() * 201);
    return (steps * 10 * line.timers.t1) / 500;
  }
}
