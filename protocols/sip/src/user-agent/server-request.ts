// A request that the user agent serves: where it came from and how it is answered. The proxy's server transaction below it
// carries the answers back.
import type { Hop, Millis } from '@altpath/core';
import { buildResponse } from '../codec/build.js';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { isTold, type Passage } from '../proxy/forward.js';
import type { Inbound } from '../proxy/inbound.js';
import { phraseOf } from '../proxy/statuses.js';

export interface ReplyWords {
  /** Whole lines, without line end. */
  readonly lines?: readonly string[] | undefined;
  /** A session description. */
  readonly body?: string | undefined;
  readonly reason?: string | undefined;
}

export class ServerRequest {
  readonly request: SipMessage;
  readonly hop: Hop;
  /** Our tag, where the request brought none. */
  readonly tag: string;

  /** @param tag  Where the dialog has one already; default: one that every node finds for this transaction. */
  constructor(
    private readonly environment: Environment,
    passage: Passage,
    readonly copy: Inbound,
    tag?: string,
  ) {
    this.request = passage.request;
    this.hop = passage.hop;
    this.tag = tag ?? environment.signer.branch(copy.key).slice(0, 12);
  }

  /** Whoever asks may be told our stand-ins. */
  isTold(now: Millis): boolean {
    return isTold(this.environment, this.hop, now);
  }

  get answered(): boolean {
    return this.copy.answered;
  }

  /** Writes the response without sending it: a 2xx of an INVITE is sent many times. */
  write(status: number, words: ReplyWords = {}): Buffer {
    const { request } = this;
    const isDialogForming = request.method === 'INVITE' && status > 100 && status < 300;
    const lines = [...(words.lines ?? [])];
    if (words.body !== undefined && words.body !== '') lines.push('Content-Type: application/sdp');
    return buildResponse(request, status, words.reason ?? phraseOf(status), {
      topVia: this.copy.topVia,
      toTag: status > 100 ? this.tag : undefined,
      headers: lines,
      body: words.body,
      copyRecordRoute: isDialogForming,
    });
  }

  reply(status: number, words: ReplyWords, now: Millis): void {
    if (this.copy.answered) return;
    if (status >= 300) this.environment.observer.count('sip.response.own', String(status));
    this.copy.respond(this.write(status, words), status, now);
  }
}
