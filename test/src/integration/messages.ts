// Messages of scripted telephones, in the plainest form.
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
  readonly maxForwards?: number;
}

/** A request from `phone` for `user`@sample2.test. */
export function request(method: string, phone: Endpoint, user: string, options: RequestOptions = {}): string {
  const body = options.body ?? '';
  const [name] = phone.address.split(':') as [string];
  const lines = [
    `${method} ${options.uri ?? `sip:${user}@sample2.test`} SIP/2.0`,
    `Via: SIP/2.0/UDP ${phone.address};rport;branch=${options.branch ?? 'z9hG4bKfirst'}`,
    `Max-Forwards: ${options.maxForwards ?? 70}`,
    ...(options.lines ?? []),
    `From: <sip:caller@sample2.test>;tag=${options.fromTag ?? 'caller'}`,
    `To: <sip:${user}@sample2.test>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`,
    `Call-ID: ${options.callId ?? `call@${name}`}`,
    `CSeq: ${options.cseq ?? 1} ${method}`,
    `Contact: <sip:caller@${phone.address}>`,
    `Content-Length: ${body.length}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export function register(phone: Endpoint, user: string, options: { cseq?: number; expires?: number; q?: string } = {}): string {
  const lines = [
    'REGISTER sip:sample2.test SIP/2.0',
    `Via: SIP/2.0/UDP ${phone.address};rport;branch=z9hG4bKreg${options.cseq ?? 1}${user}${phone.address}`,
    'Max-Forwards: 70',
    `From: <sip:${user}@sample2.test>;tag=r`,
    `To: <sip:${user}@sample2.test>`,
    `Call-ID: reg-${user}-${phone.address}`,
    `CSeq: ${options.cseq ?? 1} REGISTER`,
    `Contact: <sip:${user}@${phone.address}>${options.q === undefined ? '' : `;q=${options.q}`}`,
    `Expires: ${options.expires ?? 600}`,
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
