// npm `sip` with types: the phones' codec. It is used on purpose and unchanged, because it is a stack that nobody
// here wrote: what the gateway sends must be understood by it. Its own limits (header order is lost, parameter names
// of headers come out in lower case, a header it cannot read is dropped, no IPv6) are therefore the phones' limits.
import { createRequire } from 'node:module';

/** Parameters of a header or URI; `null` is a parameter without value. Names of header parameters are in lower case. */
export type SipParams = Record<string, string | null>;

export interface SipUri {
  schema: string;
  user?: string | undefined;
  host: string;
  /** `NaN` where none is written. */
  port: number;
  params: SipParams;
}

export interface SipVia {
  version: string;
  protocol: string;
  host: string;
  port?: number | undefined;
  params: SipParams;
}

/** From, To and Contact: the URI stays text. */
export interface SipAddress {
  name?: string | undefined;
  uri: string;
  params: SipParams;
}

/** Route and Record-Route: the URI is taken apart. */
export interface SipRoute {
  name?: string | undefined;
  uri: SipUri;
  params: SipParams;
}

/** A challenge or the answer to one; values keep their quotes. */
export type SipCredentials = { scheme: string } & Record<string, string>;

/** Headers that the phones read or write; any other is text under its name in lower case. */
export interface SipHeaders {
  via: SipVia[];
  'max-forwards'?: string | number | undefined;
  route?: SipRoute[] | undefined;
  'record-route'?: SipRoute[] | undefined;
  from: SipAddress;
  to: SipAddress;
  'call-id': string;
  cseq: { seq: number; method: string };
  contact?: SipAddress[] | '*' | undefined;
  'www-authenticate'?: SipCredentials[] | undefined;
  'proxy-authenticate'?: SipCredentials[] | undefined;
  authorization?: SipCredentials[] | undefined;
  'proxy-authorization'?: SipCredentials[] | undefined;
  expires?: string | number | undefined;
  'content-type'?: string | undefined;
  'content-length'?: number | undefined;
  [other: string]: unknown;
}

export interface SipRequest {
  method: string;
  uri: string;
  headers: SipHeaders;
  content?: string | undefined;
}

export interface SipResponse {
  status: number;
  reason: string;
  headers: SipHeaders;
  content?: string | undefined;
}

export type SipMessage = SipRequest | SipResponse;

interface NpmSip {
  parse(data: Buffer): SipMessage | undefined;
  stringify(message: SipMessage): string;
  parseUri(text: string): SipUri | undefined;
  stringifyUri(uri: SipUri): string;
}

const npmSip = createRequire(import.meta.url)('sip') as NpmSip;

/** @returns `true` for a response, by its status. */
export function isResponse(message: SipMessage): message is SipResponse {
  return 'status' in message && typeof message.status === 'number';
}

/**
 * Reads one datagram.
 *
 * @returns undefined for what npm `sip` cannot read, and for a message without one of the headers that every message
 *          must have (RFC 3261 §8.1.1): a phone drops both.
 */
export function parseMessage(data: Buffer): SipMessage | undefined {
  let message: SipMessage | undefined;
  try {
    message = npmSip.parse(data);
  } catch {
    // npm `sip` throws on some of what it cannot read; to a phone that is no message either.
    return undefined;
  }
  if (!message) return undefined;
  const { via, from, to, cseq, 'call-id': callId } = message.headers as Partial<SipHeaders>;
  const complete = Array.isArray(via) && via.length > 0 && from && to && cseq && typeof callId === 'string';
  if (!complete || !routesAreRead(message.headers)) return undefined;
  return message;
}

/** Writes a message; `content` is latin1, and Content-Length is set from it. */
export function writeMessage(message: SipMessage): Buffer {
  return Buffer.from(npmSip.stringify(message), 'latin1');
}

/** @returns undefined for what npm `sip` does not take for a SIP URI (IPv6 literals among it). */
export function parseSipUri(text: string): SipUri | undefined {
  return npmSip.parseUri(text) ?? undefined;
}

/** Writes a URI as npm `sip` does. */
export function writeSipUri(uri: SipUri): string {
  return npmSip.stringifyUri(uri);
}

/** npm `sip` leaves a hole where it could not read a route's URI; echoing such a header would throw later. */
function routesAreRead(headers: SipHeaders): boolean {
  const routes = [...(headers.route ?? []), ...(headers['record-route'] ?? [])];
  return routes.every((route) => (route.uri as SipUri | undefined) !== undefined);
}

/** The port of a URI or Via, 5060 where none is written. */
export function portOf(written: { readonly port?: number | undefined }): number {
  return written.port === undefined || Number.isNaN(written.port) ? 5060 : written.port;
}

/** A parameter by name, whatever its case; undefined where absent or without value. */
export function parameterOf(params: SipParams, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(params)) if (key.toLowerCase() === wanted) return value ?? undefined;
  return undefined;
}

/** @returns `true` when the parameter is there, with or without value. */
export function hasParameter(params: SipParams, name: string): boolean {
  const wanted = name.toLowerCase();
  return Object.keys(params).some((key) => key.toLowerCase() === wanted);
}

/** `INVITE`, or `180 Ringing (INVITE)`: one line for traces and ladders. */
export function summaryOf(message: SipMessage): string {
  if (!isResponse(message)) return message.method;
  return `${message.status} ${message.reason}`.trim() + ` (${message.headers.cseq.method})`;
}
