// The four transaction machines of RFC 3261 §17 as corrected by RFC 6026, as tables. Nothing runs here: transaction.ts
// compiles the tables once, and tests walk every cell of them.
import type { ExpiryTimer, RetransmissionTimer } from './timers.js';

export type Role = 'client' | 'server';
export type Kind = 'invite' | 'non-invite';

/** States of all four machines; each machine has a part of them. */
export const State = {
  /** Client: built, nothing sent yet. */
  Idle: 0,
  /** INVITE client: sent, nothing heard. */
  Calling: 1,
  /** Client: sent, nothing heard. Server: received, nothing answered. */
  Trying: 2,
  Proceeding: 3,
  /** A final response (INVITE: 300 to 699) was heard or sent. */
  Completed: 4,
  /** INVITE server: the ACK came. */
  Confirmed: 5,
  /** INVITE: a 2xx was heard or sent (RFC 6026). */
  Accepted: 6,
  Terminated: 7,
} as const;
export type State = (typeof State)[keyof typeof State];

/** What happens to a transaction. Responses come from the network at a client and from the user at a server. */
export const TransactionEvent = {
  /** The user sends its request (client). */
  Start: 0,
  /** The request again (server). */
  Request: 1,
  Ack: 2,
  Provisional: 3,
  Success: 4,
  /** 300 to 699. */
  Failure: 5,
  /** Nothing can be sent there; the user's attempt plan decides what that means. */
  TransportError: 6,
  /** The user has no way left (client), or wants to end in silence (server). */
  GiveUp: 7,
  /** Timer A, E or G. */
  Retransmit: 8,
  /** Timer B, D, F, H, I, J, K, L or M. */
  Expire: 9,
} as const;
export type TransactionEvent = (typeof TransactionEvent)[keyof typeof TransactionEvent];

/** What the user has to do, as bit flags of one number. */
export const Effect = {
  None: 0,
  /** Send or resend the current message: a client its request, a server its last response. */
  Transmit: 1,
  /** Send the ACK of the failure, at the first and at every later copy of it. */
  Acknowledge: 2,
  /** Pass this event up: a response to the client's user, an ACK (Accepted) to the server's. */
  Deliver: 4,
  /** Timer B, F or H ran out, or the client gave up. */
  TimedOut: 8,
  /** Forget the transaction. */
  Finished: 16,
  /** The state does not take this event: count it. */
  Unexpected: 32,
} as const;

/** Why a state exists, and which timers run in it. A timer that the next state names too goes on running. */
export interface StateNote {
  readonly why: string;
  readonly retransmission?: RetransmissionTimer;
  readonly expiry?: ExpiryTimer;
}

/** `[state, event, next state, effects]` */
export type Row = readonly [from: State, on: TransactionEvent, to: State, effects: number];

export interface TransactionTable {
  readonly role: Role;
  readonly kind: Kind;
  /** The documents and figures that it follows. */
  readonly source: string;
  readonly initial: State;
  readonly states: Readonly<Partial<Record<State, StateNote>>>;
  readonly rows: readonly Row[];
}

const { Idle, Calling, Trying, Proceeding, Completed, Confirmed, Accepted, Terminated } = State;
const { Start, Request, Ack, Provisional, Success, Failure, TransportError, GiveUp, Retransmit, Expire } = TransactionEvent;
const { None, Transmit, Acknowledge, Deliver, TimedOut, Finished } = Effect;

/**
 * RFC 3261 §17.1.1, RFC 6026 figure 5.
 *
 * Deviations, all because one client transaction may have been sent along two ways (ARCHITECTURE "Sender with
 * alternates"), which may answer differently: a 2xx after a failure is passed up, a failure after a 2xx is
 * acknowledged, and a transport error ends nothing.
 */
export const INVITE_CLIENT: TransactionTable = {
  role: 'client',
  kind: 'invite',
  source: 'RFC 3261 §17.1.1, RFC 6026 figure 5',
  initial: Idle,
  states: {
    [Idle]: { why: 'the request is being prepared' },
    [Calling]: { why: 'nothing heard: repeat the INVITE', retransmission: 'A', expiry: 'B' },
    [Proceeding]: { why: 'somebody works on it: wait, the user runs timer C' },
    [Completed]: { why: 'failed: acknowledge copies of the failure', expiry: 'D' },
    [Accepted]: { why: 'answered: pass up copies and other 2xx', expiry: 'M' },
    [Terminated]: { why: 'over' },
  },
  rows: [
    [Idle, Start, Calling, Transmit],
    [Idle, GiveUp, Terminated, TimedOut | Finished],
    [Calling, Provisional, Proceeding, Deliver],
    [Calling, Success, Accepted, Deliver],
    [Calling, Failure, Completed, Deliver | Acknowledge],
    [Calling, TransportError, Calling, None],
    [Calling, GiveUp, Terminated, TimedOut | Finished],
    [Calling, Retransmit, Calling, Transmit],
    [Calling, Expire, Terminated, TimedOut | Finished],
    [Proceeding, Provisional, Proceeding, Deliver],
    [Proceeding, Success, Accepted, Deliver],
    [Proceeding, Failure, Completed, Deliver | Acknowledge],
    [Proceeding, TransportError, Proceeding, None],
    [Proceeding, GiveUp, Terminated, TimedOut | Finished],
    [Completed, Provisional, Completed, None],
    [Completed, Success, Accepted, Deliver],
    [Completed, Failure, Completed, Acknowledge],
    [Completed, TransportError, Completed, None],
    [Completed, GiveUp, Terminated, Finished],
    [Completed, Expire, Terminated, Finished],
    [Accepted, Provisional, Accepted, None],
    [Accepted, Success, Accepted, Deliver],
    [Accepted, Failure, Accepted, Acknowledge],
    [Accepted, TransportError, Accepted, None],
    [Accepted, GiveUp, Terminated, Finished],
    [Accepted, Expire, Terminated, Finished],
  ],
};

/** RFC 3261 §17.1.2, figure 6. Deviation as above: a transport error ends nothing. */
export const NON_INVITE_CLIENT: TransactionTable = {
  role: 'client',
  kind: 'non-invite',
  source: 'RFC 3261 §17.1.2, figure 6',
  initial: Idle,
  states: {
    [Idle]: { why: 'the request is being prepared' },
    [Trying]: { why: 'nothing heard: repeat the request', retransmission: 'E', expiry: 'F' },
    [Proceeding]: {
      why: 'somebody works on it: repeat at T2, since a final response is not sent twice unasked',
      retransmission: 'E',
      expiry: 'F',
    },
    [Completed]: { why: 'answered: swallow copies of the answer', expiry: 'K' },
    [Terminated]: { why: 'over' },
  },
  rows: [
    [Idle, Start, Trying, Transmit],
    [Idle, GiveUp, Terminated, TimedOut | Finished],
    [Trying, Provisional, Proceeding, Deliver],
    [Trying, Success, Completed, Deliver],
    [Trying, Failure, Completed, Deliver],
    [Trying, TransportError, Trying, None],
    [Trying, GiveUp, Terminated, TimedOut | Finished],
    [Trying, Retransmit, Trying, Transmit],
    [Trying, Expire, Terminated, TimedOut | Finished],
    [Proceeding, Provisional, Proceeding, Deliver],
    [Proceeding, Success, Completed, Deliver],
    [Proceeding, Failure, Completed, Deliver],
    [Proceeding, TransportError, Proceeding, None],
    [Proceeding, GiveUp, Terminated, TimedOut | Finished],
    [Proceeding, Retransmit, Proceeding, Transmit],
    [Proceeding, Expire, Terminated, TimedOut | Finished],
    [Completed, Provisional, Completed, None],
    [Completed, Success, Completed, None],
    [Completed, Failure, Completed, None],
    [Completed, TransportError, Completed, None],
    [Completed, GiveUp, Terminated, Finished],
    [Completed, Expire, Terminated, Finished],
  ],
};

/**
 * RFC 3261 §17.2.1, RFC 6026 figure 5.
 *
 * Deviation: it begins in Trying, not in Proceeding, because the 100 may be held back (ARCHITECTURE "100 Trying"); a copy
 * of an INVITE that nobody has answered yet gets nothing. A transport error changes no state (RFC 6026 §7.1).
 */
export const INVITE_SERVER: TransactionTable = {
  role: 'server',
  kind: 'invite',
  source: 'RFC 3261 §17.2.1, RFC 6026 figure 5',
  initial: Trying,
  states: {
    [Trying]: { why: 'received, and not even a 100 sent' },
    [Proceeding]: { why: 'a copy of the INVITE gets the last provisional response' },
    [Completed]: { why: 'failed: repeat the failure until its ACK', retransmission: 'G', expiry: 'H' },
    [Confirmed]: { why: 'acknowledged: swallow copies of the ACK', expiry: 'I' },
    [Accepted]: { why: 'answered: swallow copies of the INVITE, send each 2xx that the user repeats', expiry: 'L' },
    [Terminated]: { why: 'over' },
  },
  rows: [
    [Trying, Request, Trying, None],
    [Trying, Provisional, Proceeding, Transmit],
    [Trying, Success, Accepted, Transmit],
    [Trying, Failure, Completed, Transmit],
    [Trying, TransportError, Trying, None],
    [Trying, GiveUp, Terminated, Finished],
    [Proceeding, Request, Proceeding, Transmit],
    [Proceeding, Provisional, Proceeding, Transmit],
    [Proceeding, Success, Accepted, Transmit],
    [Proceeding, Failure, Completed, Transmit],
    [Proceeding, TransportError, Proceeding, None],
    [Proceeding, GiveUp, Terminated, Finished],
    [Completed, Request, Completed, Transmit],
    [Completed, Ack, Confirmed, None],
    [Completed, TransportError, Completed, None],
    [Completed, GiveUp, Terminated, Finished],
    [Completed, Retransmit, Completed, Transmit],
    [Completed, Expire, Terminated, TimedOut | Finished],
    [Confirmed, Request, Confirmed, None],
    [Confirmed, Ack, Confirmed, None],
    [Confirmed, TransportError, Confirmed, None],
    [Confirmed, GiveUp, Terminated, Finished],
    [Confirmed, Expire, Terminated, Finished],
    [Accepted, Request, Accepted, None],
    [Accepted, Ack, Accepted, Deliver],
    [Accepted, Success, Accepted, Transmit],
    [Accepted, TransportError, Accepted, None],
    [Accepted, GiveUp, Terminated, Finished],
    [Accepted, Expire, Terminated, Finished],
  ],
};

/** RFC 3261 §17.2.2, figure 8, with RFC 6026 §7.1's rule on transport errors, without which a copy would be taken for new. */
export const NON_INVITE_SERVER: TransactionTable = {
  role: 'server',
  kind: 'non-invite',
  source: 'RFC 3261 §17.2.2, figure 8',
  initial: Trying,
  states: {
    [Trying]: { why: 'received, nothing answered: swallow copies' },
    [Proceeding]: { why: 'a copy gets the last provisional response' },
    [Completed]: { why: 'a copy gets the final response', expiry: 'J' },
    [Terminated]: { why: 'over' },
  },
  rows: [
    [Trying, Request, Trying, None],
    [Trying, Provisional, Proceeding, Transmit],
    [Trying, Success, Completed, Transmit],
    [Trying, Failure, Completed, Transmit],
    [Trying, TransportError, Trying, None],
    [Trying, GiveUp, Terminated, Finished],
    [Proceeding, Request, Proceeding, Transmit],
    [Proceeding, Provisional, Proceeding, Transmit],
    [Proceeding, Success, Completed, Transmit],
    [Proceeding, Failure, Completed, Transmit],
    [Proceeding, TransportError, Proceeding, None],
    [Proceeding, GiveUp, Terminated, Finished],
    [Completed, Request, Completed, Transmit],
    [Completed, Success, Completed, None],
    [Completed, Failure, Completed, None],
    [Completed, TransportError, Completed, None],
    [Completed, GiveUp, Terminated, Finished],
    [Completed, Expire, Terminated, Finished],
  ],
};

/** All four, in the order in which documents draw them. */
export const TRANSACTION_TABLES: readonly TransactionTable[] = [INVITE_CLIENT, NON_INVITE_CLIENT, INVITE_SERVER, NON_INVITE_SERVER];
