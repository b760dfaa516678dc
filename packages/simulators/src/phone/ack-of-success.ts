// The ACK of a 2xx, which its sender repeats as often as the 2xx comes (RFC 3261 §13.2.2.4), and on which paths.
import type { Millis } from '@altpath/core';
import { type Place, placeKey } from '../sip/alternates.js';
import { type Dialog, placesOfDialog, requestInDialog } from '../sip/dialog.js';
import type { SipResponse } from '../sip/npm-sip.js';
import type { Line, Sending } from './line.js';

/** The last one: sent again, and on every path, when the 2xx comes again. */
interface LastAck {
  readonly data: Buffer;
  readonly seq: number;
  readonly places: readonly Place[];
  sentTo: number;
  sentAt: Millis;
}

export class AckOfSuccess {
  #last: LastAck | undefined;

  constructor(private readonly line: Line) {}

  /**
   * Sends or repeats it. An aware phone uses every path when the 2xx did not come the way its INVITE went first, or came
   * again: either says that a path is broken, and an ACK has no answer to notice that by.
   *
   * @param content  The answer to an offer in the 2xx.
   */
  send(dialog: Dialog, sending: Sending, response: SipResponse, from: Place, content: string | undefined): void {
    const { line } = this;
    const { seq } = response.headers.cseq;
    const again = this.#last?.seq === seq;
    const ack = again && this.#last ? this.#last : (this.#last = this.#write(dialog, seq, content));
    const first = sending.transaction.firstChoice;
    const detour = first !== undefined && placeKey(first) !== placeKey(from);
    const everywhere = line.aware && ack.places.length > 1 && (again || detour);
    const note = everywhere ? `all paths: the 2xx ${again ? 'came twice' : 'came from an alternate'}` : again ? 'repeated' : undefined;
    ack.sentAt = line.now();
    ack.sentTo = everywhere ? ack.places.length - 1 : 0;
    for (const to of everywhere ? ack.places : ack.places.slice(0, 1)) line.sendAck(ack.data, to, note);
  }

  /** An address cannot be reached: what was just sent there goes to the next one. */
  unreachable(to: Place): void {
    const ack = this.#last;
    const current = ack?.places[ack.sentTo];
    if (!ack || !current || !this.line.aware || placeKey(current) !== placeKey(to)) return;
    if (this.line.now() - ack.sentAt > this.line.timers.t1) return;
    const next = ack.places[ack.sentTo + 1];
    if (!next) return;
    ack.sentTo += 1;
    this.line.sendAck(ack.data, next, 'alternate: no such port (ICMP)');
  }

  #write(dialog: Dialog, seq: number, content: string | undefined): LastAck {
    const headers = content === undefined ? {} : { 'content-type': 'application/sdp' };
    const request = requestInDialog(dialog, 'ACK', seq, { contact: this.line.contact, headers, content });
    const places = this.line.order(placesOfDialog(dialog, this.line.aware));
    return { data: this.line.writeAck(request), seq, places, sentTo: 0, sentAt: 0 };
  }
}
