// What a phone sent and received, as it happened: ladders are drawn from it, and tests read bytes from it.

/** One datagram. `text` is the whole message, one char a byte. */
export interface PhoneMessage {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** `host:port` of the other side. */
  readonly peer: string;
  /** `INVITE`, `180 Ringing (INVITE)`. */
  readonly summary: string;
  readonly text: string;
  /** Why it was sent there, where it was not the plain way: `retransmission`, `alternate: silence`, ... */
  readonly note?: string | undefined;
}

/** An address that the network said cannot be reached. */
export interface PhoneNotice {
  readonly at: number;
  readonly peer: string;
  /** The system's word: `ECONNREFUSED`. */
  readonly code: string;
}
