// A message as the core sees it: enough to find the call, the transaction and the place it wants to go, and the
// bytes as they were received. Everything else is the protocol's.

export interface SignalingMessage {
  readonly protocol: string;
  /** A command asks, a reply answers. */
  readonly role: 'command' | 'reply';
  /** The protocol's own verb: `INVITE`, `NTFY`, `ServiceChange`, `RRQ`, `CCR`; for a reply, the verb it answers. */
  readonly operation: string;
  /** Binds the messages of one call or association: Call-ID, MGCP C, H.248 context, RAS callIdentifier, Session-Id. */
  readonly callKey: string;
  /** Binds command and reply: SIP branch and method, MGCP or H.248 transaction id, RAS requestSeqNum, Hop-by-Hop id. */
  readonly transactionKey: string;
  /** As received; never changed. */
  readonly bytes: Buffer;
}
