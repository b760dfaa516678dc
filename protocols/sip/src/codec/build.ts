// Messages of our own: responses to a received request, and the requests that a proxy makes by itself (CANCEL, the
// ACK of a failure, what tests and the cluster send). Texts are latin1, as everywhere in the codec.
import { unfold } from '../message/characters.js';
import * as names from './header-names.js';
import type { SipMessage } from './sip-message.js';

export interface ResponseOptions {
  /** Put on a To that has no tag; a 100 may do without (RFC 3261 §8.2.6.2). */
  readonly toTag?: string | undefined;
  /** Takes the place of the first Via value: the one with `received` and `rport`. */
  readonly topVia?: string | undefined;
  /** Whole lines, without line end. */
  readonly headers?: readonly string[] | undefined;
  readonly body?: Buffer | string | undefined;
  /** For responses that form a dialog (RFC 3261 §12.1.1). */
  readonly copyRecordRoute?: boolean | undefined;
}

/**
 * Writes the response to a request, also to one that was refused, as long as it can be answered: Vias, From, To, Call-ID
 * and CSeq as they came, folded lines joined.
 *
 * @see RFC 3261 §8.2.6; §8.2.6.1 for the Timestamp of a 100
 */
export function buildResponse(request: SipMessage, status: number, reason: string, options: ResponseOptions = {}): Buffer {
  let head = `SIP/2.0 ${status} ${reason}\r\n`;
  head += copiedVias(request, options.topVia);
  if (options.copyRecordRoute) head += copied(request, names.RECORD_ROUTE);
  head += copied(request, names.FROM, 1);
  head += `To: ${request.header('to') ?? ''}${options.toTag !== undefined && request.toTag === '' ? `;tag=${options.toTag}` : ''}\r\n`;
  head += copied(request, names.CALL_ID, 1);
  head += copied(request, names.CSEQ, 1);
  const timestamp = status === 100 ? request.header('timestamp') : undefined;
  if (timestamp !== undefined) head += `Timestamp: ${timestamp}\r\n`;
  return finish(head, options.headers, options.body);
}

/** Writes a request. @param headers  Whole lines, without line end; Content-Length is added. */
export function buildRequest(method: string, uri: string, headers: readonly string[], body?: Buffer | string): Buffer {
  return finish(`${method} ${uri} SIP/2.0\r\n`, headers, body);
}

/**
 * Writes the CANCEL of a request that we sent.
 *
 * @param sent     The request as it went out.
 * @param headers  Whole lines beside those: a Reason.
 * @see            RFC 3261 §9.1: the same Request-URI, top Via, From, To, Call-ID, CSeq number and Routes
 */
export function buildCancel(sent: SipMessage, headers: readonly string[] = []): Buffer {
  return follow(sent, 'CANCEL', sent.header('to') ?? '', headers);
}

/**
 * Writes the ACK of a failure response.
 *
 * @param sent      The INVITE as it went out.
 * @param toHeader  The To value of the response, with its tag.
 * @see             RFC 3261 §17.1.1.3
 */
export function buildAck(sent: SipMessage, toHeader: string): Buffer {
  return follow(sent, 'ACK', toHeader);
}

function follow(sent: SipMessage, method: string, to: string, headers: readonly string[] = []): Buffer {
  let head = `${method} ${sent.requestUri} SIP/2.0\r\nVia: ${sent.topVia.text}\r\n`;
  head += copied(sent, names.ROUTE);
  head += 'Max-Forwards: 70\r\n';
  head += copied(sent, names.FROM, 1);
  head += `To: ${to}\r\n`;
  head += copied(sent, names.CALL_ID, 1);
  head += `CSeq: ${sent.cseq} ${method}\r\n`;
  return finish(head, headers, undefined);
}

/** The lines of one name under its long name. */
function copied(message: SipMessage, id: number, most = Infinity): string {
  let lines = '';
  let count = 0;
  for (let line = message.scan.find(id); line >= 0 && count < most; line = message.scan.find(id, line + 1)) {
    lines += `${names.headerName(id)}: ${message.scan.valueOf(line)}\r\n`;
    count += 1;
  }
  return lines;
}

function copiedVias(request: SipMessage, topVia: string | undefined): string {
  if (topVia === undefined) return copied(request, names.VIA);
  const first = request.scan.find(names.VIA);
  const rest = unfold(request.scan.text.slice(request.topVia.end, request.scan.valueEnd(first)));
  let lines = `Via: ${topVia}${rest}\r\n`;
  for (let line = request.scan.find(names.VIA, first + 1); line >= 0; line = request.scan.find(names.VIA, line + 1)) {
    lines += `Via: ${request.scan.valueOf(line)}\r\n`;
  }
  return lines;
}

function finish(head: string, headers: readonly string[] | undefined, body: Buffer | string | undefined): Buffer {
  let text = head;
  if (headers) for (const line of headers) text += `${line}\r\n`;
  text += `Content-Length: ${body?.length ?? 0}\r\n\r\n`;
  if (body === undefined || body.length === 0) return Buffer.from(text, 'latin1');
  if (typeof body === 'string') return Buffer.from(text + body, 'latin1');
  return Buffer.concat([Buffer.from(text, 'latin1'), body]);
}
