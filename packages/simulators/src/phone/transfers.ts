// Transfers of a call (RFC 3515, RFC 3891): asking the other end to call somebody else and hearing how that goes, and being
// asked. NOTIFY tells how it goes, within the call's dialog.
import type { Dialog } from '../sip/dialog.js';
import { statusOfFragment, valuedOf, writeReplaces } from '../sip/header-words.js';
import type { SipAddress, SipRequest } from '../sip/npm-sip.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { Asking } from './line.js';

/** What a transfer needs of its call. */
export interface TransferredCall extends Asking {
  readonly callId: string;
  readonly localTag: string;
  /** The transfer that this end asked for goes on, or is over. */
  transferGoes(status: number): void;
}

const FRAGMENT = 'message/sipfrag;version=2.0';

export class Transfers {
  /** Whoever waits for the end of the transfer that this end asked for. */
  #asked: { readonly done: (status: number) => void; status: number } | undefined;
  #isOver = false;

  constructor(private readonly call: TransferredCall) {}

  /**
   * Asks the other end to call somebody else.
   *
   * @param referTo  A URI; for an attended transfer with the Replaces of `replacing`.
   * @returns        the final status that NOTIFY tells, or that of a refused REFER; where neither comes before the call
   *                 ends, the last that was told (202 or an 18x); 408 when nothing answers.
   */
  ask(dialog: Dialog, referTo: string): Promise<number> {
    if (this.#asked) return Promise.resolve(491);
    const over = new Promise<number>((resolve) => (this.#asked = { done: resolve, status: 202 }));
    const headers = {
      'refer-to': { uri: referTo, params: {} },
      'referred-by': `<${this.call.line.identity}>`,
    };
    this.call.ask(dialog, 'REFER', { headers }, (response) => {
      if (!response || response.status >= 300) this.#over(response?.status ?? 408);
    });
    return over;
  }

  /** NOTIFY of the transfer that this end asked for. @returns the status that it is answered with. */
  notified({ headers, content }: SipRequest): number {
    if (valuedOf(headers['event'])?.value.toLowerCase() !== 'refer') return 489;
    if (!this.#asked) return 481;
    const status = statusOfFragment(content);
    if (status === undefined) return 400;
    this.#asked.status = status;
    const isLast = status >= 200 || valuedOf(headers['subscription-state'])?.value.toLowerCase() === 'terminated';
    if (isLast) this.#over(status);
    else this.call.transferGoes(status);
    return 200;
  }

  /** The other end asks for a transfer: this one calls, and tells how it goes. */
  serve(transaction: ServerTransaction, dialog: Dialog): void {
    const { line } = this.call;
    const referTo = (transaction.request.headers['refer-to'] as SipAddress | undefined)?.uri;
    if (!referTo) return line.respond(transaction, 400, 'Bad Refer-To');
    if (!line.takesTransfers) return line.respond(transaction, 603, 'Decline');
    line.respond(transaction, 202, 'Accepted', { headers: { contact: [line.contact] } });
    this.#notify(dialog, 100, 'Trying');
    let isTold = false;
    const tellLast = (status: number, reason: string): void => {
      if (!isTold) this.#notify(dialog, status, reason);
      isTold = true;
    };
    line.callReferred(this.call, referTo, {
      progress: (status) => this.#notify(dialog, status, 'Ringing'),
      answered: () => tellLast(200, 'OK'),
      ended: ({ status = 503, detail = 'Failed' }) => tellLast(status, detail),
    });
  }

  /** The call has ended. */
  stop(): void {
    this.#isOver = true;
    if (this.#asked) this.#over(this.#asked.status);
  }

  #over(status: number): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.call.transferGoes(status);
    asked?.done(status);
  }

  #notify(dialog: Dialog, status: number, reason: string): void {
    if (this.#isOver) return;
    const headers = {
      event: 'refer',
      'subscription-state': status < 200 ? 'active;expires=60' : 'terminated;reason=noresource',
      'content-type': FRAGMENT,
    };
    this.call.ask(dialog, 'NOTIFY', { headers, content: `SIP/2.0 ${status} ${reason}\r\n` }, () => undefined);
  }
}

/** The URI that makes whoever is asked to call it take over the other end's part in this dialog. */
export function replacing(dialog: Dialog): string {
  const replaces = writeReplaces({
    callId: dialog.callId,
    toTag: dialog.remote.params['tag'] ?? '',
    fromTag: dialog.local.params['tag'] ?? '',
  });
  return `${dialog.target.uri}?Replaces=${encodeURIComponent(replaces)}`;
}
