// What goes from node to node: calls of nodes that are gone are gone on with, calls whose lines are another node's are given to that, and
// what another has taken is forgotten.
import type { CallRecord, CallStore, Millis } from '@altpath/core';
import type { Adoption } from './adoption.js';
import type { Call } from './call.js';
import { mayHaveParty, parseCallId } from './call-identity.js';
import type { CallLedger } from './call-ledger.js';
import { type HalfCallRole, type LineName, ROLES } from './half-call.js';
import { Line } from './line.js';
import type { Operator } from './operator.js';
import { Party } from './party.js';
import { isAnswered } from './states.js';
import { parseStoredCall } from './stored-call.js';

/** Whether a call is to be given away now. @param line  The line of it that is not here; undefined: it has none. */
export type IsDue = (callId: string, line: LineName | undefined) => boolean;

/** Identities of calls, as a node that joins is told them. */
export interface Whereabouts {
  readonly carried: readonly string[];
  readonly over: readonly string[];
}

/** Whoever was in a call and knows of session timers has said something since (RFC 4028: 90 s here), and has heard that it is over. */
const TOLD_OVER_MS: Millis = 300_000;

export class Succession {
  /**
   * @param node  This node's name.
   * @param slot  Its part of identities of calls.
   */
  constructor(
    private readonly operator: Operator,
    private readonly ledger: CallLedger,
    private readonly adoption: Adoption,
    private readonly store: CallStore | undefined,
    private readonly node: string,
    private readonly slot: number,
  ) {}

  /**
   * Goes on with the calls that are kept as this node's own, or those of a node that is down: their parties are here at once, their
   * lines when audits find them. After a start or a thaw a node does so with its own, once it is known what others have taken; where
   * another living node has a line of the call, that one goes on with it, whatever it knows of the rest.
   */
  adoptCallsOf(node: string, now: Millis): void {
    const records = [...(this.store?.records() ?? [])].filter((record) => record.node === node);
    for (const record of records) {
      if (this.#hasLineElsewhere(record)) this.operator.observer.count('call.record.left', 'line elsewhere');
      else this.#take(record, now);
    }
  }

  #hasLineElsewhere({ callId, content }: CallRecord): boolean {
    const stored = parseStoredCall(content, callId);
    return ROLES.some((role) => stored?.[role] !== undefined && this.operator.hunting.isElsewhere(stored[role].line));
  }

  /** Another node is down, or gateways have other holders: who waits for a line may find it now, and nobody waits for the node. */
  nodesChanged(isDown: (node: number) => boolean, now: Millis): void {
    for (const call of this.operator.board.calls) {
      const called = this.operator.board.stationOf(call, 'terminating');
      const node = called instanceof Party && called.called?.kind === 'line-at-node' ? called.called.node : undefined;
      if (call.state === 'offering' && node !== undefined && isDown(node))
        this.operator.callEvent(call, 'terminating:failed', now, 'recovery-on-timer-expiry');
    }
    this.#leaveToHolders();
    this.operator.huntOn(now);
    // What a node that is gone has left of them may be theirs now.
    for (const call of this.operator.board.calls) if (call.waiting) this.operator.board.touch(call);
  }

  /** Calls that are known here by their records alone are those of who has their lines. */
  #leaveToHolders(): void {
    const isElsewhere = (line: LineName): boolean => this.operator.hunting.isElsewhere(line);
    for (const call of this.operator.board.calls) {
      const awaited = ROLES.flatMap((role) => call.awaited[role]?.line ?? []);
      if (awaited.some(isElsewhere) && ROLES.every((role) => !call[role])) this.operator.giveAway(call);
    }
  }

  /** Goes on with the call of this record, which a node gives away. One that is this node's already is left as it is. */
  adopt(record: CallRecord, now: Millis): void {
    this.#take(record, now);
  }

  /** The same, once more: something has happened to the call at who gave it away, before he heard that it was taken. */
  renew(record: CallRecord, now: Millis): void {
    const call = this.operator.board.call(record.callId);
    const parties = call ? this.#partiesOf(call) : [];
    for (const [, party] of parties) this.operator.board.dropParty(party);
    this.adoption.adopt(this.#newest(record), now);
    for (const [role, { name }] of parties) if (call?.[role]) this.operator.anchoring.rename(call, name, call[role].line);
  }

  /** The call has ended at who gave it away, before he heard that it was taken: its party has been told there. */
  endedThere(callId: string, now: Millis): void {
    const call = this.operator.board.call(callId);
    if (!call) return;
    for (const [role, party] of this.#partiesOf(call)) {
      this.operator.board.dropParty(party);
      if (this.operator.board.has(call)) this.operator.callEvent(call, `${role}:on-hook`, now);
    }
  }

  #partiesOf(call: Call): readonly (readonly [HalfCallRole, Party])[] {
    return ROLES.flatMap((role) => {
      const station = this.operator.board.stationOf(call, role);
      return station instanceof Party ? [[role, station] as const] : [];
    });
  }

  /**
   * What another node needs to go on with this node's calls that have a party, of which audits tell nothing: those of which a line is
   * not here any more, and those that are answered and have no line. Where a line is here, its gateway goes first, and the call after it.
   * And those that are over, where who has a line now must tell it so.
   *
   * @param isDue  Of this call, with the line that is not here; a record costs something.
   */
  records(now: Millis, isDue: IsDue = () => true): readonly CallRecord[] {
    const hasLine = (call: Call): boolean => ROLES.some((role) => this.operator.board.stationOf(call, role) instanceof Line);
    const isToGo = (call: Call): boolean => {
      const line = ROLES.map((role) => call.awaited[role]?.line).find((name) => name !== undefined && this.operator.board.line(name));
      return (line !== undefined || (isAnswered(call.state) && !hasLine(call))) && isDue(call.callId, line);
    };
    const going = this.operator.board.calls.filter((call) => mayHaveParty(call.callId) && !call.serves && isToGo(call));
    const over = this.ledger.ending.filter((call) => {
      if (!mayHaveParty(call.callId)) return false;
      const line = this.ledger.linesLeaving(call).find((name) => this.operator.hunting.isElsewhere(name));
      return line !== undefined && isDue(call.callId, line);
    });
    for (const call of going) call.offeredAt = now;
    return [...going, ...over].map((call) => this.ledger.recordOf(call, now));
  }

  /** Another node goes on with the call: it is forgotten, and nothing is said to anybody. Its lines are given up by `release`. */
  giveAway(callId: string): void {
    const call = this.operator.board.call(callId);
    if (call) return void this.operator.giveAway(call);
    const over = this.ledger.ending.find((each) => each.callId === callId);
    if (over) this.ledger.forget(over);
  }

  /**
   * What a node that begins, or was away, has to know of calls that it may have had: those between parties alone, of which no audit tells,
   * with which this node goes on for another; and calls that ended here in the last minutes, while a leg of theirs was not here.
   */
  whereabouts(now: Millis): Whereabouts {
    const { board, endedCalls } = this.operator;
    const carried = board.calls.filter(
      (call) => mayHaveParty(call.callId) && !call.serves && this.#isForAnother(call) && !this.#hasLine(call),
    );
    return { carried: carried.map(({ callId }) => callId), over: endedCalls.endedSince(now - TOLD_OVER_MS).filter(mayHaveParty) };
  }

  #isForAnother(call: Call): boolean {
    return call.hasRecord || parseCallId(call.callId)?.slot !== this.slot;
  }

  /** A line of it is known, wherever that is. */
  #hasLine(call: Call): boolean {
    const { board } = this.operator;
    const lines = ROLES.flatMap((role) => [call[role]?.line, call[role]?.found?.farLine, call.awaited[role]?.line]);
    return lines.some((line) => line !== undefined && board.line(line) !== undefined);
  }

  /** Another node goes on with the call, or has seen its end: what this one had of it is forgotten, and nothing is said to anybody. */
  leave(callId: string, isOver: boolean, now: Millis): void {
    const call = this.operator.board.call(callId);
    // Where one of its lines is here its gateway tells what there is.
    if (call && !this.operator.giveAway(call)) return;
    this.giveAway(callId);
    this.operator.anchoring.leave(callId);
    const record = this.store?.read(callId);
    if (record?.node === this.node) this.store?.write({ ...record, updatedAt: Math.max(now, record.updatedAt + 1), content: '' });
    if (isOver) this.operator.endedCalls.add(callId, now);
  }

  /** Forgets the calls that another node has written since this one did: what is known of them here is hearsay. */
  forgetOthers(now: Millis): void {
    for (const call of this.operator.board.calls) if (this.ledger.isForeign(call, now)) this.operator.giveAway(call);
    for (const call of this.ledger.ending) if (this.ledger.isForeign(call, now)) this.ledger.forget(call);
  }

  /** The same node may have written what came of the call after it had offered this. */
  #newest(record: CallRecord): CallRecord {
    const written = this.store?.read(record.callId);
    return written?.node === record.node && written.updatedAt > record.updatedAt ? written : record;
  }

  #take(record: CallRecord, now: Millis): void {
    const known = this.operator.board.call(record.callId);
    if (known && record.node === this.node && !known.waiting) return;
    const newest = this.#newest(record);
    if (!known?.hasRecord || !this.ledger.hasNewer(known, newest)) return void this.adoption.adopt(newest, now);
    // It came again by another way, and later; unless something had happened there before this node wrote what it had found.
    if (this.ledger.isNews(known, newest)) this.renew(newest, now);
  }
}
