// What an order of call control is in SIP: one table from the phase, the role of the leg and where its dialog stands to
// the act that brings it there.
import type { HalfCallRole, Phase } from '@altpath/call-control';

/**
 * Where a leg stands.
 *
 * - `new`       terminating only: nothing was sent
 * - `pending`   its INVITE is not answered
 * - `answered`  200: it has a dialog; whether the ACK has come is the server side's own matter
 * - `over`      the telephone has left, or was refused; only the last order is awaited
 */
export type Standing = 'new' | 'pending' | 'answered' | 'over';

/**
 * What is done.
 *
 * - `note`    nothing to be sent: it is so already
 * - `invite`  INVITE, once
 * - `ring`    180; `progress`: 183 with a description
 * - `answer`  200 of the INVITE
 * - `media`   what the telephone was told of the other side is compared, and told anew where it differs
 * - `refuse`  a final failure of the INVITE; `cancel`: the INVITE of ours is given up; `bye`
 * - `forget`  the last order of a leg that is over
 * - `wrong`   call control should not have said so; counted
 */
export type Act = 'note' | 'invite' | 'ring' | 'progress' | 'answer' | 'media' | 'refuse' | 'cancel' | 'bye' | 'forget' | 'wrong';

type Row = Readonly<Record<HalfCallRole, Readonly<Record<Standing, Act>>>>;

/** The orders by which a leg leaves its call: each is the last that it gets. */
const LEAVES: Row = {
  originating: { new: 'wrong', pending: 'refuse', answered: 'bye', over: 'forget' },
  terminating: { new: 'forget', pending: 'cancel', answered: 'bye', over: 'forget' },
};

/** The two talk, or one of them is on hold: the mode says which. */
const TALKS: Row = {
  originating: { new: 'wrong', pending: 'answer', answered: 'media', over: 'note' },
  // Before the 200 the called telephone is told nothing: it has the offer, or gets it where another node has not heard of the 200.
  terminating: { new: 'wrong', pending: 'invite', answered: 'media', over: 'note' },
};

/** A line's own phases, which no party has. */
const OF_LINES: Row = {
  originating: { new: 'wrong', pending: 'wrong', answered: 'wrong', over: 'wrong' },
  terminating: { new: 'wrong', pending: 'wrong', answered: 'wrong', over: 'wrong' },
};

/** An answered leg that is to wait (it was transferred, its partner is another one now) is told of the media that there is. */
const WAITS = { answered: 'media', over: 'note' } as const;

export const PHASE_ACTS: Readonly<Record<Phase, Row>> = {
  routing: { originating: { new: 'wrong', pending: 'note', ...WAITS }, terminating: OF_LINES.terminating },
  ringback: { originating: { new: 'wrong', pending: 'ring', ...WAITS }, terminating: OF_LINES.terminating },
  early: { originating: { new: 'wrong', pending: 'progress', ...WAITS }, terminating: OF_LINES.terminating },
  // Whether it rings is the telephone's word: an order that comes again may come before that.
  ringing: { originating: OF_LINES.originating, terminating: { new: 'invite', pending: 'invite', ...WAITS } },
  talking: TALKS,
  holding: TALKS,
  held: TALKS,
  idle: LEAVES,
  busy: LEAVES,
  congested: LEAVES,
  dialling: OF_LINES,
  howling: OF_LINES,
  parked: OF_LINES,
  knocking: OF_LINES,
};

/** @returns whether a leg leaves its call by this phase. */
export function isLeaving(phase: Phase): boolean {
  return PHASE_ACTS[phase] === LEAVES;
}
