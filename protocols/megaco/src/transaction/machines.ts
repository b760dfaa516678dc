// The two transaction machines of RFC 3525 Annex D.1 as tables. Nothing runs here: requests.ts and replies.ts read them
// through `step`, tests walk every cell of them and documents draw them.

/** A client sends a request, a server executes one; controllers and gateways are both. */
export type Role = 'client' | 'server';

/** States of both machines; each has a part of them. */
export const State = {
  /** Client: another request has to go first. */
  Held: 0,
  /** Client: sent, nothing heard. */
  Awaiting: 1,
  /** Client: somebody works on it. */
  Proceeding: 2,
  /** Server: nothing sent yet. */
  Executing: 3,
  /** Server: a TransactionPending is out. */
  Informed: 4,
  /** Server: copies of the request get the reply. */
  Answered: 5,
  /** Server: the reply asked for its acknowledgement. */
  Unconfirmed: 6,
  /** Server: the reply has arrived, or its bytes are gone. */
  Confirmed: 7,
  Ended: 8,
} as const;
export type State = (typeof State)[keyof typeof State];

export const StateEvent = {
  /** Client: nothing has to go first any more. */
  Release: 0,
  /** Client: it goes somewhere else, where another has to go first. */
  Hold: 1,
  /** Client: it goes somewhere else, at once. */
  Redirect: 2,
  /** The timer elapsed, and the same goes once more. */
  Repeat: 3,
  /** T-MAX has passed, or it cannot go on for another reason. */
  Late: 4,
  /** TransactionPending: received by a client, given by a server. */
  Pending: 5,
  Reply: 6,
  /** Server: the reply, to be acknowledged at once. */
  ReplyToConfirm: 7,
  /** Server: the request again. */
  Copy: 8,
  /** Server: TransactionResponseAck names it. */
  Acknowledged: 9,
  /** Server: memory is short. */
  Drop: 10,
  /** Server: LONG-TIMER. */
  Expire: 11,
} as const;
export type StateEvent = (typeof StateEvent)[keyof typeof StateEvent];

/** What the owner has to do, as bit flags of one number. */
export const Effect = {
  None: 0,
  /** Send the request, or the reply. */
  Transmit: 1,
  /** Pass it up. */
  Deliver: 2,
  /** Client: say that no reply came. */
  Fail: 4,
  /** Server: send TransactionPending. */
  Inform: 8,
  /** Server: drop the bytes of the reply. */
  Forget: 16,
  Finished: 32,
  /** The state does not take this event: count it. */
  Unexpected: 64,
} as const;

/** `[state, event, next state, effects]` */
export type Row = readonly [from: State, on: StateEvent, to: State, effects: number];

export interface TransactionTable {
  readonly role: Role;
  readonly source: string;
  readonly initial: State;
  /** The states, and why each exists. */
  readonly states: Readonly<Partial<Record<State, string>>>;
  readonly rows: readonly Row[];
}

const { Held, Awaiting, Proceeding, Executing, Informed, Answered, Unconfirmed, Confirmed, Ended } = State;
const { Release, Hold, Redirect, Repeat, Late, Pending, Reply, ReplyToConfirm, Copy, Acknowledged, Drop, Expire } = StateEvent;
const { None, Transmit, Deliver, Fail, Inform, Forget, Finished } = Effect;

export const CLIENT: TransactionTable = {
  role: 'client',
  source: 'RFC 3525 §9.1, D.1.3-D.1.5',
  initial: Held,
  states: {
    [Held]: 'another Notify of the termination, or the ServiceChange that registers, has to be answered first',
    [Awaiting]: 'repeat with growing gaps until T-MAX',
    [Proceeding]: 'somebody works on it: repeat with long gaps, T-MAX begins again with each TransactionPending',
    [Ended]: 'over; a reply that comes again is acknowledged without a memory',
  },
  rows: [
    [Held, Release, Awaiting, Transmit],
    [Held, Hold, Held, None],
    [Held, Redirect, Awaiting, Transmit],
    [Held, Late, Ended, Fail | Finished],
    // Sent to one controller, then held for another: the first may still answer.
    [Held, Pending, Held, Deliver],
    [Held, Reply, Ended, Deliver | Finished],
    [Awaiting, Hold, Held, None],
    [Awaiting, Redirect, Awaiting, Transmit],
    [Awaiting, Repeat, Awaiting, Transmit],
    [Awaiting, Late, Ended, Fail | Finished],
    [Awaiting, Pending, Proceeding, Deliver],
    [Awaiting, Reply, Ended, Deliver | Finished],
    [Proceeding, Hold, Held, None],
    [Proceeding, Redirect, Awaiting, Transmit],
    [Proceeding, Repeat, Proceeding, Transmit],
    [Proceeding, Late, Ended, Fail | Finished],
    [Proceeding, Pending, Proceeding, Deliver],
    [Proceeding, Reply, Ended, Deliver | Finished],
  ],
};

export const SERVER: TransactionTable = {
  role: 'server',
  source: 'RFC 3525 D.1.1, D.1.2, D.1.4',
  initial: Executing,
  states: {
    [Executing]: 'received: a copy, or the provisional timer, sends TransactionPending',
    [Informed]: 'the same again, up to the limit',
    [Answered]: 'a copy gets the reply, until LONG-TIMER',
    [Unconfirmed]: 'repeat the reply: its receiver waits with long gaps and would miss it for long',
    [Confirmed]: 'the reply has arrived: a copy that was late in the network is swallowed until LONG-TIMER',
    [Ended]: 'over',
  },
  rows: [
    [Executing, Copy, Executing, Inform],
    [Executing, Pending, Informed, Transmit],
    [Executing, Reply, Answered, Transmit],
    [Informed, Copy, Informed, Inform],
    [Informed, Pending, Informed, Transmit],
    [Informed, Reply, Answered, Transmit],
    [Informed, ReplyToConfirm, Unconfirmed, Transmit],
    [Answered, Copy, Answered, Transmit],
    [Answered, Acknowledged, Confirmed, Forget],
    [Answered, Drop, Confirmed, Forget],
    [Answered, Expire, Ended, Finished],
    [Unconfirmed, Copy, Unconfirmed, Transmit],
    [Unconfirmed, Repeat, Unconfirmed, Transmit],
    [Unconfirmed, Late, Answered, None],
    [Unconfirmed, Acknowledged, Confirmed, Forget],
    [Unconfirmed, Drop, Confirmed, Forget],
    [Unconfirmed, Expire, Ended, Finished],
    [Confirmed, Copy, Confirmed, None],
    [Confirmed, Acknowledged, Confirmed, None],
    [Confirmed, Drop, Confirmed, None],
    [Confirmed, Expire, Ended, Finished],
  ],
};

/** Both, in the order in which documents draw them. */
export const TRANSACTION_TABLES: readonly TransactionTable[] = [CLIENT, SERVER];

const EVENTS = Object.keys(StateEvent).length;
const NOT_TAKEN = 255;
const nextStates = new Uint8Array(Object.keys(State).length * EVENTS).fill(NOT_TAKEN);
const allEffects = new Uint8Array(nextStates.length);
for (const table of TRANSACTION_TABLES) {
  for (const [from, on, to, effects] of table.rows) {
    nextStates[from * EVENTS + on] = to;
    allEffects[from * EVENTS + on] = effects;
  }
}

/** Takes one event: changes `machine.state`. @returns flags of `Effect`; an event that the state does not take changes nothing. */
export function step(machine: { state: State }, event: StateEvent): number {
  const cell = machine.state * EVENTS + event;
  const next = nextStates[cell] as State | typeof NOT_TAKEN;
  if (next === NOT_TAKEN) return Effect.Unexpected;
  machine.state = next;
  return allEffects[cell] as number;
}
