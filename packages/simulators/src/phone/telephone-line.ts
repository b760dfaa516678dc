// A SIP telephone in the hands of somebody who knows hook, keys and tones only: what he does becomes calls of the phone,
// and how they go becomes tones, so that a script need not know what is behind a telephone.
import { type Direction, receives } from '@altpath/sdp';
import type { Millis } from '@altpath/core';
import type { AudioReport } from '../audio/audio-stream.js';
import { AnalogLine, type LineAct, type MediaMode } from '../media-gateway/analog-line.js';
import { parseSipUri } from '../sip/npm-sip.js';
import type { PhoneCall } from './call.js';
import type { CallEnd } from './call-state.js';
import { IncomingCall } from './incoming-call.js';
import { OutgoingCall } from './outgoing-call.js';
import type { PhoneRig } from './phone-rig.js';

export interface TelephoneLineOptions {
  /** What is called at once when it was dialled. Default: four digits. */
  readonly wholeNumber?: RegExp;
  /** After so long without a key, what was dialled so far is called. Default 4 s. */
  readonly pauseMs?: Millis;
  /** Whom to call for what was dialled: a number, or a SIP URI. Default: as dialled. */
  readonly uriOf?: (dialled: string) => string;
  /** How a flash puts the other side on hold. Default `inactive`: neither hears the other. */
  readonly holds?: 'sendonly' | 'inactive';
}

/** The names of its tones. */
const DIAL = 'dial';
const RING = 'ring';
const FAR = 'far end';
const OVER = 'over';
/** How long the tone of a call that is over lasts, and the off-hook warning behind it. */
const OVER_MS = 30_000;
const HOWLER_MS = 60_000;

/**
 * `offHook` answers, or gives dial tone; `dial` calls; `flash` puts on hold and takes back; `onHook` hangs up or gives up.
 * It takes every call that comes to its phone, and is busy while it is off-hook or rings.
 *
 * @example
 * const line = new TelephoneLine(phone);
 * line.offHook();
 * line.dial('1002');
 * await line.until('talking');
 */
export class TelephoneLine extends AnalogLine {
  readonly #phone: PhoneRig;
  readonly #options: TelephoneLineOptions;
  #call: PhoneCall | undefined;
  /** The present call, or the last one. */
  #newest: PhoneCall | undefined;
  /** The call that the other side of the present one asked for. */
  #next: PhoneCall | undefined;
  #dialled = '';
  #wantsHold = false;
  /** Its call is over and the receiver is still off. */
  #mustReplace = false;
  /** Of what comes with time: the end of a pause, another tone. */
  #callOff: (() => void) | undefined;

  constructor(phone: PhoneRig, options: TelephoneLineOptions = {}) {
    const self: { line?: TelephoneLine } = {};
    super(phone.user, {
      act: (act) => self.line?.act(act),
      later: (delayMs, action) => phone.later(delayMs, action),
      report: () => self.line?.newestReport,
    });
    self.line = this;
    this.#phone = phone;
    this.#options = options;
    phone.onIncoming((call) => this.#takeCall(call));
    this.serve('in');
  }

  /** The call that it is in; undefined when it is in none. */
  get call(): PhoneCall | undefined {
    return this.#call;
  }

  /** What the RTP of the present call, or of the last one, sent and heard. */
  get newestReport(): AudioReport | undefined {
    return this.#newest?.audioReport();
  }

  private act(act: LineAct): void {
    switch (act.kind) {
      case 'off-hook':
        return this.#lift();
      case 'on-hook':
        return this.#replace();
      case 'flash':
        return this.#flash();
      case 'digit':
        return this.#press(act.digit);
      default:
        act satisfies never;
    }
  }

  #lift(): void {
    if (this.#call instanceof IncomingCall) void this.#call.answer();
    else this.play(DIAL, 'dial-tone');
  }

  #replace(): void {
    const call = this.#call;
    void this.#next?.hangUp();
    this.#call = undefined;
    this.#next = undefined;
    this.#mustReplace = false;
    this.#forgetDialled();
    this.#hush();
    this.#wantsHold = false;
    if (!call) return;
    this.disconnect(call.callId);
    void call.hangUp();
  }

  #flash(): void {
    if (this.#call?.currentState !== 'up') return;
    this.#wantsHold = !this.#wantsHold;
    void (this.#wantsHold ? this.#call.hold(this.#options.holds ?? 'inactive') : this.#call.retrieve());
  }

  #press(digit: string): void {
    if (this.#call) return void this.#call.send(digit);
    // Only after dial tone, and not after a call.
    if (this.hook === 'on' || this.#mustReplace) return;
    this.stop(DIAL);
    const dialled = this.#dialled + digit;
    this.#forgetDialled();
    this.#dialled = dialled;
    const { wholeNumber = /^\d{4}$/, pauseMs = 4_000 } = this.#options;
    if (wholeNumber.test(dialled)) this.#place();
    else this.#callOff = this.#phone.later(pauseMs, () => this.#place());
  }

  #place(): void {
    const { uriOf = (dialled: string) => dialled } = this.#options;
    const call = this.#phone.call(uriOf(this.#dialled));
    this.#forgetDialled();
    this.#attend(call);
  }

  #forgetDialled(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#dialled = '';
  }

  #takeCall(call: IncomingCall): void {
    if (call.replaces && call.replaces === this.#call) return this.#turnTo(call);
    if (this.#call || this.hook === 'off') return call.reject(486, 'Busy Here');
    const { uri, name = '' } = call.from;
    this.show({ time: '', number: parseSipUri(uri)?.user ?? '', name: name.replace(/^"|"$/g, '') });
    this.#attend(call);
    call.ring();
    this.play(RING, 'ringing');
  }

  /** Another call takes the place of the present one. */
  #turnTo(call: PhoneCall): void {
    if (this.#call) this.disconnect(this.#call.callId);
    this.#wantsHold = false;
    this.#attend(call);
    this.#follow(call);
  }

  #attend(call: PhoneCall): void {
    this.#call = call;
    this.#newest = call;
    call.on('referred', (next) => (this.#next = next));
    call.on('changed', () => {
      if (this.#call === call) this.#follow(call);
    });
  }

  #follow(call: PhoneCall): void {
    if (call.end) return this.#over(call, call.end);
    this.#connect(call);
    if (call.currentState === 'up') this.#hush();
    else if (call instanceof OutgoingCall && call.isAlerting) this.play(FAR, 'ringback');
  }

  #connect(call: PhoneCall): void {
    const { session, callId } = call;
    if (!session) return;
    const remote = call instanceof IncomingCall && !call.media ? call.offered : call.media?.remote;
    this.connect({ line: this.name, connection: callId, mode: modeOf(call), localPort: session.end.port, remote });
  }

  #over(call: PhoneCall, end: CallEnd): void {
    const next = this.#next;
    this.#next = undefined;
    // The other side has passed its user on: he hears how that goes.
    if (next && !next.end) return this.#turnTo(next);
    this.#call = undefined;
    this.#wantsHold = false;
    if (this.hook === 'off') this.#warn(isBusy(end) ? 'busy' : 'reorder');
    for (const tone of [RING, FAR]) this.stop(tone);
    this.disconnect(call.callId);
  }

  /** Nothing more can be done but to hang up. */
  #warn(tone: 'busy' | 'reorder'): void {
    this.#mustReplace = true;
    this.play(OVER, tone);
    this.#callOff = this.#phone.later(OVER_MS, () => {
      this.play(OVER, 'howler');
      this.#callOff = this.#phone.later(HOWLER_MS, () => this.stop(OVER));
    });
  }

  #hush(): void {
    for (const tone of [DIAL, RING, FAR, OVER]) this.stop(tone);
  }
}

/** Before the answer a caller listens, and a callee is as it will be when it answers. */
function modeOf(call: PhoneCall): MediaMode {
  const mode: Direction | undefined = call.media?.mode;
  if (call.currentState === 'up') return mode ?? 'inactive';
  if (call instanceof IncomingCall) return mode ?? 'sendrecv';
  return mode === undefined || receives(mode) ? 'recvonly' : 'inactive';
}

/** The far end has hung up, or is busy. */
function isBusy({ reason, status }: CallEnd): boolean {
  return reason === 'remote hung up' || status === 486 || status === 600;
}
