// The words for how far a call is, and how it ended.

/** How a call ended. `clean`: the way its users wanted, with both sides agreeing. */
export interface CallEnd {
  readonly reason: 'hung up' | 'remote hung up' | 'cancelled' | 'refused' | 'failed';
  readonly clean: boolean;
  /** Final status where a response decided. */
  readonly status?: number | undefined;
  readonly detail?: string | undefined;
}

/** In the order in which a call goes through them. `ringing`: an 18x went or came; `up`: a 2xx did. */
export const CALL_STATES = ['calling', 'ringing', 'up', 'ending', 'ended'] as const;

export type CallState = (typeof CALL_STATES)[number];

/** How a key is told: in RTP (RFC 4733), or in signaling (INFO). */
export type KeyPath = 'rtp' | 'info';
