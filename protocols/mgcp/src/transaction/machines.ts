// The two transaction machines of RFC 3435 §3.5 and §4.3 as tables. Nothing runs here: client.ts and history.ts read
// them through `step`, tests walk every cell of them and documents draw them.

/** A client sends a command, a server executes one; agents and gateways are both. */
export type Role = 'client' | 'server';

/** States of both machines; each has a part of them. */
export const State = {
  /** Client: the name it shall go to has no address yet. */
  Resolving: 0,
  /** Client: sent, nothing heard from where it went. */
  Awaiting: 1,
  /** Client: somebody works on it. */
  Proceeding: 2,
  /** Client: nothing is sent any more, an answer is still taken. */
  Silent: 3,
  /** Client: the answer asked for its acknowledgement, and may ask again. */
  Confirming: 4,
  /** Server: nothing answered yet. */
  Executing: 5,
  /** Server: a provisional response is out. */
  Informed: 6,
  /** Server: copies of the command get the final response. */
  Answered: 7,
  /** Server: the final response came after a provisional one: it is repeated until it is acknowledged. */
  Unconfirmed: 8,
  /** Server: the answer has arrived, or its bytes are gone: the id is kept, copies get nothing. */
  Confirmed: 9,
  Ended: 10,
} as const;
export type State = (typeof State)[keyof typeof State];

export const StateEvent = {
  /** Client: there is an address to send to, the first or another. */
  Addressed: 0,
  /** Client: the next name has no address yet. */
  Wait: 1,
  /** The timer elapsed, and the same goes once more to the same place. */
  Repeat: 2,
  /** T-MAX has passed. */
  Late: 3,
  /** Client: Max2 repetitions, and no address is left. */
  Exhausted: 4,
  /** 1xx: received by a client, given by a server's user. */
  Provisional: 5,
  Final: 6,
  /** Client: a final response with an empty K. */
  FinalToConfirm: 7,
  /** Server: the command again. */
  Copy: 8,
  /** Server: 000, or the id in a K parameter. */
  Acknowledged: 9,
  /** Server: memory is short. */
  Release: 10,
  /** The last timer of the state. */
  Expire: 11,
} as const;
export type StateEvent = (typeof StateEvent)[keyof typeof StateEvent];

/** What the owner has to do, as bit flags of one number. */
export const Effect = {
  None: 0,
  /** Send the command, or the newest response. */
  Transmit: 1,
  /** Client: pass the response up. */
  Deliver: 2,
  /** Client: send 000. */
  Confirm: 4,
  /** Client: say that nothing is sent any more. */
  Silence: 8,
  /** Client: say that no answer came. */
  Fail: 16,
  /** Server: send 100. */
  Inform: 32,
  /** Server: answer 406 in the user's stead. */
  Overdue: 64,
  /** Server: drop the bytes of the response. */
  Forget: 128,
  Finished: 256,
  /** The state does not take this event: count it. */
  Unexpected: 512,
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

const { Resolving, Awaiting, Proceeding, Silent, Confirming, Executing, Informed, Answered, Unconfirmed, Confirmed, Ended } = State;
const { Addressed, Wait, Repeat, Late, Exhausted, Provisional, Final, FinalToConfirm, Copy, Acknowledged, Release, Expire } = StateEvent;
const { None, Transmit, Deliver, Confirm, Silence, Fail, Inform, Overdue, Forget, Finished } = Effect;

/**
 * The figure of §4.3. Where the figure waits for 2 * T-HIST after Max2 repetitions and the text below it says
 * "disconnected", this follows the text.
 */
export const CLIENT: TransactionTable = {
  role: 'client',
  source: 'RFC 3435 §3.5.6, §4.3; RFC 3991 §2.1',
  initial: Resolving,
  states: {
    [Resolving]: 'the place to go to has no address yet; answers of an earlier place are taken',
    [Awaiting]: 'repeat with growing gaps, and from Max1 on look for another address',
    [Proceeding]: 'somebody works on it: repeat each LONGTRAN-TIMER, to notice that it died',
    [Silent]: 'T-MAX is over: whoever got it may still answer until 2 * T-HIST',
    [Confirming]: 'answered: each copy of the answer asks for 000 again',
    [Ended]: 'over',
  },
  rows: [
    [Resolving, Addressed, Awaiting, Transmit],
    [Resolving, Wait, Resolving, None],
    [Resolving, Late, Silent, Silence],
    [Resolving, Exhausted, Ended, Fail | Finished],
    [Resolving, Provisional, Resolving, Deliver],
    [Resolving, Final, Ended, Deliver | Finished],
    [Resolving, FinalToConfirm, Confirming, Deliver | Confirm],
    [Awaiting, Addressed, Awaiting, Transmit],
    [Awaiting, Wait, Resolving, None],
    [Awaiting, Repeat, Awaiting, Transmit],
    [Awaiting, Late, Silent, Silence],
    [Awaiting, Exhausted, Ended, Fail | Finished],
    [Awaiting, Provisional, Proceeding, Deliver],
    [Awaiting, Final, Ended, Deliver | Finished],
    [Awaiting, FinalToConfirm, Confirming, Deliver | Confirm],
    [Proceeding, Addressed, Awaiting, Transmit],
    [Proceeding, Wait, Resolving, None],
    [Proceeding, Repeat, Proceeding, Transmit],
    [Proceeding, Late, Silent, Silence],
    [Proceeding, Exhausted, Silent, Silence],
    [Proceeding, Provisional, Proceeding, Deliver],
    [Proceeding, Final, Ended, Deliver | Finished],
    [Proceeding, FinalToConfirm, Confirming, Deliver | Confirm],
    [Silent, Provisional, Silent, Deliver],
    [Silent, Final, Ended, Deliver | Finished],
    [Silent, FinalToConfirm, Confirming, Deliver | Confirm],
    [Silent, Expire, Ended, Fail | Finished],
    [Confirming, Provisional, Confirming, None],
    [Confirming, Final, Confirming, None],
    [Confirming, FinalToConfirm, Confirming, Confirm],
    [Confirming, Expire, Ended, Finished],
  ],
};

/** §3.5.1, §3.5.2, §3.5.6: executed once, answered as often as it is asked. */
export const SERVER: TransactionTable = {
  role: 'server',
  source: 'RFC 3435 §3.5.1, §3.5.2, §3.5.6',
  initial: Executing,
  states: {
    [Executing]: 'received: a copy is told that somebody works on it',
    [Informed]: 'a copy gets the newest provisional response',
    [Answered]: 'a copy gets the response, until T-HIST',
    [Unconfirmed]: 'repeat the response: its sender waits for LONGTRAN-TIMER and would miss it for long',
    [Confirmed]: 'the response has arrived: a copy that was late in the network is swallowed until T-HIST',
    [Ended]: 'over',
  },
  rows: [
    [Executing, Copy, Informed, Inform],
    [Executing, Provisional, Informed, Transmit],
    [Executing, Final, Answered, Transmit],
    [Executing, Expire, Executing, Overdue],
    [Informed, Copy, Informed, Transmit],
    [Informed, Provisional, Informed, Transmit],
    [Informed, Final, Unconfirmed, Transmit],
    [Informed, Expire, Informed, Overdue],
    [Answered, Copy, Answered, Transmit],
    [Answered, Acknowledged, Confirmed, Forget],
    [Answered, Release, Confirmed, Forget],
    [Answered, Expire, Ended, Finished],
    [Unconfirmed, Copy, Unconfirmed, Transmit],
    [Unconfirmed, Repeat, Unconfirmed, Transmit],
    // §3.5.6: peers of RFC 2705 never acknowledge; that alone means nothing.
    [Unconfirmed, Late, Answered, None],
    [Unconfirmed, Acknowledged, Confirmed, Forget],
    [Unconfirmed, Release, Confirmed, Forget],
    [Unconfirmed, Expire, Ended, Finished],
    [Confirmed, Copy, Confirmed, None],
    [Confirmed, Acknowledged, Confirmed, None],
    [Confirmed, Release, Confirmed, None],
    [Confirmed, Expire, Ended, Finished],
  ],
};

/** Both, in the order in which documents draw them. */
export const TRANSACTION_TABLES: readonly TransactionTable[] = [CLIENT, SERVER];

const EVENTS = Object.keys(StateEvent).length;
const NOT_TAKEN = 255;
const nextStates = new Uint8Array(Object.keys(State).length * EVENTS).fill(NOT_TAKEN);
const allEffects = new Uint16Array(nextStates.length);
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
