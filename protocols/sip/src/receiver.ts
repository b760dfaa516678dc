// The first stage: bytes become a message, or a fault that says what to answer. Matching to transactions is the
// proxy's, since a transaction's key is in the message.
import { type Fault, type Hop, type Millis, type Outcome, type Receiver } from '@altpath/core';
import { buildResponse } from './codec/build.js';
import { decode } from './codec/decode.js';
import type { SipMessage } from './codec/sip-message.js';
import type { Environment } from './environment.js';
import { reasonOf, statusOf } from './errors.js';
import type { Gatekeeper } from './gatekeeper.js';
import { answerHop, stampVia } from './proxy/derive.js';

export class SipReceiver implements Receiver<SipMessage> {
  constructor(
    private readonly environment: Environment,
    private readonly gatekeeper: Gatekeeper,
  ) {}

  /** Reads one message. What cannot be read but can be answered is answered here; both are counted. */
  decode(data: Buffer, from: Hop, now: Millis): Outcome<SipMessage> {
    const { limits } = this.environment.settings;
    const decoded = decode(data, { maxBytes: limits.messageBytes, maxHeaders: limits.headers });
    if (decoded.ok) return { ok: true, value: decoded.message };
    this.gatekeeper.misbehaved(from.host, now);
    this.#refuse(decoded.fault, decoded.message, from, now);
    return decoded;
  }

  #refuse(fault: Fault, message: SipMessage | undefined, from: Hop, now: Millis): void {
    const { observer, signer } = this.environment;
    if (!message?.isRequest || message.method === 'ACK') return observer.count('sip.message.dropped', fault.code);
    observer.count('sip.message.refused', fault.code);
    const topVia = stampVia(message.topVia, from.host, from.port).text;
    const toTag = signer.branch(message.transactionKey).slice(0, 12);
    const response = buildResponse(message, statusOf(fault), reasonOf(fault), { topVia, toTag });
    return this.environment.send(response, answerHop(message.topVia, from), now);
  }
}
