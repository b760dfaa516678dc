// How a network phone is set up.
import type { TimerSettings } from '../sip/timers.js';
import type { SessionTimerOptions } from './session-timer.js';

/**
 * Provisional responses that are acknowledged (RFC 3262): `never`, it does not know of them; `supported`, where the other
 * side wants them; `required`, wherever the other side knows of them, and its own INVITEs demand them.
 */
export type ReliableUse = 'never' | 'supported' | 'required';

export interface PhoneOptions {
  readonly user: string;
  readonly domain: string;
  /** Next hops in order, `host` or `host:port`: where requests outside a dialog go. Empty: where their URI points. */
  readonly outbound: readonly string[];
  /** An IPv4 literal of this machine. */
  readonly address: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Understands path attributes. Default false: a stock phone. */
  readonly aware?: boolean;
  readonly timers?: TimerSettings;
  /** For digest challenges; without it a challenge is a refusal. */
  readonly password?: string;
  /** The phone's DNS: name to `host` or `host:port`, in order. Nothing else is ever asked. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Real RTP with a tone; default true. Without it calls carry no session description. */
  readonly audio?: boolean;
  /** Multiple of 50; default one made from the user's name. */
  readonly toneHz?: number;
  /** Send a 100 by itself when an INVITE is not answered within 200 ms; default true. */
  readonly sendsTrying?: boolean;
  /** Default `supported`. */
  readonly reliable?: ReliableUse;
  /** Session timers (RFC 4028) that it wants and honours; default: it does not know of them. */
  readonly sessionTimer?: SessionTimerOptions;
  /** Calls whom it is asked to call (REFER); default true. */
  readonly takesTransfers?: boolean;
}
