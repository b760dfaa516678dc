// Messages of scripted telephones, in the plainest form.
import type { SipMessage } from '@altpath/sip';
import type { Endpoint } from './simulation.js';

export interface RequestOptions {
  readonly uri?: string;
  readonly branch?: string;
  readonly cseq?: number;
  readonly toTag?: string;
  readonly fromTag?: string;
  readonly callId?: string;
  readonly lines?: readonly string[];
  readonly body?: string;
  /** `null`: the header is absent. */
  readonly maxForwards?: number | null;
  /** The whole Via value. */
  readonly via?: string;
  /** UDP unless this says otherwise. */
  readonly transport?: 'UDP' | 'TCP';
}

/** A request from `phone` for `user`@sample2.test. */
export function request(method: string, phone: Endpoint, user: string, options: RequestOptions = {}): string {
  const body = options.body ?? '';
  const via = options.via ?? `SIP/2.0/${options.transport ?? 'UDP'} ${phone.address};rport;branch=${options.branch ?? 'z9hG4bKfirst'}`;
  const lines = [
    `${method} ${options.uri ?? `sip:${user}@sample2.test`} SIP/2.0`,
    `Via: ${via}`,
    ...(options.maxForwards === null ? [] : [`Max-Forwards: ${options.maxForwards ?? 70}`]),
    ...(options.lines ?? []),
    `From: <sip:caller@sample2.test>;tag=${options.fromTag ?? 'caller'}`,
    `To: <sip:${user}@sample2.test>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`,
    `Call-ID: ${options.callId ?? `call@${phone.host}`}`,
    `CSeq: ${options.cseq ?? 1} ${method}`,
    `Contact: <sip:caller@${phone.address}>`,
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export interface RegisterOptions {
  readonly cseq?: number;
  readonly expires?: number;
  readonly q?: string;
  readonly contact?: string;
  readonly transport?: 'UDP' | 'TCP';
}

export function register(phone: Endpoint, user: string, options: RegisterOptions = {}): string {
  const contact = options.contact ?? `sip:${user}@${phone.address}${options.transport === 'TCP' ? ';transport=tcp' : ''}`;
  const lines = [
    'REGISTER sip:sample2.test SIP/2.0',
    `Via: SIP/2.0/${options.transport ?? 'UDP'} ${phone.address};rport;branch=z9hG4bKreg${options.cseq ?? 1}${user}${phone.address}`,
    'Max-Forwards: 70',
    `From: <sip:${user}@sample2.test>;tag=r`,
    `To: <sip:${user}@sample2.test>`,
    `Call-ID: reg-${user}-${phone.address}`,
    `CSeq: ${options.cseq ?? 1} REGISTER`,
    `Contact: <${contact}>${options.q === undefined ? '' : `;q=${options.q}`}`,
    `Expires: ${options.expires ?? 600}`,
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The ACK of a failure, as the caller of `request` sends it: the INVITE's branch, the To tag of the response. */
export function ackOf(failure: SipMessage, phone: Endpoint, user: string, options: RequestOptions = {}): string {
  return request('ACK', phone, user, { toTag: failure.toTag, ...options });
}

/** The route set that a caller takes from the answer to its request (RFC 3261 §12.1.2), as one header line. */
export function routeOf(response: SipMessage): string {
  return `Route: ${[...response.recordRoutes]
    .reverse()
    .map((each) => `<${each.uri}>`)
    .join(', ')}`;
}

/** The route set that a callee takes from the request (§12.1.1). */
export function routeOfRequest(received: SipMessage): string {
  return `Route: ${received.recordRoutes.map((each) => `<${each.uri}>`).join(', ')}`;
}
