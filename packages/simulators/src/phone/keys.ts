// Keys of a call: those that this end presses, in RTP (RFC 4733) or by INFO, and those that it hears.
import type { Dialog } from '../sip/dialog.js';
import { digitOfInfo, infoOfDigit } from '../sip/info.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { CallSession } from './call-session.js';
import type { KeyPath } from './call-state.js';
import type { Asking } from './line.js';

/** What keys need of their call. */
export interface KeyedCall extends Asking {
  readonly session: CallSession | undefined;
  /** Undefined while the call does not stand. */
  changeableDialog(method: 'INVITE'): Dialog | undefined;
  /** The other side pressed a key, which `heard` has already. */
  keyHeard(digit: string, by: KeyPath): void;
}

const KEY_MS = 160;

export class Keys {
  /** In order. */
  heard = '';

  constructor(private readonly call: KeyedCall) {}

  /**
   * One after the other: in RTP where both ends take them there, else by INFO.
   *
   * @param by  That way and no other.
   * @returns   the final status of the last INFO; 200 for RTP, 488 where it was asked for and cannot be.
   */
  press(keys: string, by?: KeyPath): Promise<number> {
    const left = [...keys].filter((key) => by === 'info' || !this.call.session?.end.press(key, KEY_MS));
    if (by === 'rtp') return Promise.resolve(left.length > 0 ? 488 : 200);
    return new Promise((resolve) => this.#sendInfo(left, 200, resolve));
  }

  /** An INFO of the other side, whatever it is about. */
  serve(transaction: ServerTransaction): void {
    const digit = digitOfInfo(transaction.request);
    this.call.line.respond(transaction, 200, 'OK');
    if (digit !== undefined) this.hear(digit, 'info');
  }

  hear(digit: string, by: KeyPath): void {
    this.heard += digit;
    this.call.keyHeard(digit, by);
  }

  /** The next one when this one is answered: a datagram may overtake another. */
  #sendInfo([digit, ...others]: readonly string[], status: number, done: (status: number) => void): void {
    if (digit === undefined) return done(status);
    const dialog = this.call.changeableDialog('INVITE');
    if (!dialog) return done(481);
    const { type, content } = infoOfDigit(digit, KEY_MS);
    this.call.ask(dialog, 'INFO', { content, headers: { 'content-type': type } }, (response) =>
      this.#sendInfo(others, response?.status ?? 408, done),
    );
  }
}
