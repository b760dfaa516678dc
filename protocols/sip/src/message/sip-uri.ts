// What a URI is once it has been read (RFC 3261 §19.1.1). Read in uri.ts, compared in uri-comparison.ts.
import type { Parameters } from './parameters.js';

/** A URI as read. `user` and `text` are as written, escapes untouched; nothing is ever unescaped twice. */
export interface SipUri {
  /** Lower case. */
  readonly scheme: string;
  /** Empty when there is none. */
  readonly user: string;
  readonly password?: string | undefined;
  /** Lower case; an IPv6 address without brackets; empty when the scheme is neither sip nor sips. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters: Parameters;
  /** What stands after `?`, empty when there is nothing. */
  readonly headers: string;
  readonly text: string;
}
