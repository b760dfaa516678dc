// Calls that another node carried, taken from their records: parties are there at once, lines when an audit finds them. What an
// audit has found tells more of a call than its record, which may have been written before the last event.
import type { CallRecord, Millis } from '@altpath/core';
import { Call } from './call.js';
import type { CallLedger } from './call-ledger.js';
import { type HalfCallRole, type LineName, otherRole, ROLES } from './half-call.js';
import type { Operator } from './operator.js';
import { Party, protocolOfParty } from './party.js';
import { parseStoredCall, type StoredCall, type StoredLeg, type StoredTransferor } from './stored-call.js';
import { progress, stranded } from './takeover.js';

export class Adoption {
  constructor(
    private readonly operator: Operator,
    private readonly ledger: CallLedger,
  ) {}

  /**
   * Goes on with the call of a record. One that is known here learns from it what it lacks.
   *
   * @returns undefined for a record that tells of no call, or of one of which nothing is left.
   */
  adopt(record: CallRecord, now: Millis): Call | undefined {
    const { board, observer } = this.operator;
    const stored = parseStoredCall(record.content, record.callId);
    if (!stored) {
      observer.count('call.record.unreadable');
      return undefined;
    }
    if (stored.state === 'releasing') {
      this.#adoptEnd(record, stored, now);
      return undefined;
    }
    const known = board.call(record.callId);
    const call = known ?? this.operator.admit({ callId: record.callId, state: stored.state, now, waiting: true });
    observer.count('call.adopted', known ? 'known' : stored.state);
    if (known) board.identify(call, record.callId);
    this.ledger.adopted(call, record);
    call.remember(stored);
    const { anchor, originating, terminating } = stored;
    if (anchor !== undefined) this.operator.anchoring.adopt(call, anchor, [originating?.remote, terminating?.remote], now);
    // What was written was written before anything was said of it.
    if (progress(stored.state) >= progress(call.state) && stored.state !== call.state) call.place(stored.state, now);
    this.#adoptPartings(call, stored, now);
    if (stored.transferor && !call.transferor && !call.terminating) this.#adoptTransferor(call, stored.transferor, now);
    const taken = ROLES.filter((role) => !call[role] && this.#adoptLeg(call, role, stored, now) === 'taken');
    // Who wrote it may have been looking for a leg himself.
    call.waiting = ROLES.some((role) => call.awaited[role] !== undefined || (!call[role] && call.phase(role) !== undefined));
    board.arm(call);
    for (const role of ROLES) board.stir(call, role);
    for (const role of taken) this.operator.callEvent(call, `${role}:on-hook`, now);
    this.#goOn(call, now);
    return board.has(call) ? call : undefined;
  }

  /** The call is over, and those are told who have not been told. */
  #adoptEnd(record: CallRecord, stored: StoredCall, now: Millis): void {
    const { board, endedCalls, observer } = this.operator;
    const { callId } = record;
    observer.count('call.adopted', 'releasing');
    const became = new Map(stored.partings.map(({ line, phase }) => [line, phase]));
    const known = board.call(callId);
    const call = known ?? new Call({ callId, state: 'releasing', now });
    this.ledger.adopted(call, record);
    call.remember(stored);
    this.#adoptPartings(call, stored, now);
    for (const role of ROLES) {
      const station = known && board.stationOf(known, role);
      if (!station) continue;
      const phase = known.phase(role);
      board.detach(station, known);
      this.operator.leave(station, became.get(station.name) ?? stranded(phase ?? 'idle'), known, 'normal-clearing', now);
    }
    if (known) {
      known.place('releasing', now);
      board.forget(known);
    }
    if (stored.anchor !== undefined) this.operator.anchoring.adopt(call, stored.anchor, [undefined, undefined], now);
    this.operator.anchoring.ended(call, now);
    endedCalls.add(callId, now, became);
    if (stored.detail) this.ledger.over(call, stored.detail, now);
  }

  #adoptPartings(call: Call, { partings }: StoredCall, now: Millis): void {
    const { board } = this.operator;
    for (const parting of partings) {
      const { line, protocol, saved, role, phase, cause } = parting;
      const station = board.line(line);
      if (station?.call === call) {
        board.detach(station, call);
        this.operator.leave(station, phase, call, cause, now);
      } else if (station) {
        call.left.set(line, phase);
        if (!station.known) this.ledger.leavesUnheard(call, parting, now);
      }
      const name = saved === undefined ? undefined : board.ports.adopt?.(protocol, saved, now);
      if (name === undefined) continue;
      const party = new Party(name, undefined);
      party.role = role;
      board.addParty(party);
      this.operator.leave(party, phase, call, cause, now);
      this.operator.observer.count('call.party.adopted', party.protocol);
    }
  }

  /** A call was found: what is kept of it tells the rest, and who has its line goes on with the whole of it. */
  complete(call: Call, now: Millis): void {
    const record = this.operator.board.has(call) ? this.ledger.unread(call, now) : undefined;
    if (record) this.adopt(record, now);
  }

  /** Lines have become known: calls that wait for one of them have lost it where it is not in them. */
  missOthers(now: Millis): void {
    for (const call of this.operator.board.calls) this.#missLegs(call, now);
  }

  /** A leg of this call may still be found, because nobody has heard of its line. */
  isAwaiting(call: Call): boolean {
    return ROLES.some((role) => {
      const { line } = call.awaited[role] ?? {};
      return line !== undefined && this.operator.board.line(line)?.known === false;
    });
  }

  /** @returns `taken`: the party is in another call, and stays there. */
  #adoptLeg(call: Call, role: HalfCallRole, stored: StoredCall, now: Millis): 'taken' | undefined {
    const leg = stored[role];
    if (!leg || call.phase(role) === undefined) return undefined;
    const name = protocolOfParty(leg.line) === undefined ? undefined : this.#adoptParty(leg, now);
    if (name === undefined) {
      call.awaited[role] = leg;
      return undefined;
    }
    const { board, observer } = this.operator;
    const known = board.party(name);
    if (known?.call && !this.#takeFrom(known.call, known, call, now)) return 'taken';
    const party = known ?? new Party(name, role === 'originating' ? stored.caller : undefined, leg.called);
    if (!known) board.addParty(party);
    const remote = stored[otherRole(role)]?.local ?? leg.remote;
    const wanted = call.wanted(role);
    const found = wanted && { ...wanted, media: wanted.media && { ...wanted.media, remote } };
    board.attach(party, call, role, { local: leg.local, found });
    board.tellAgain(party);
    observer.count('call.party.adopted', party.protocol);
    return undefined;
  }

  /**
   * The caller asked this node, too, when the other was silent: of the two calls the one that has come further goes on, else that of the
   * record, since somebody may ring for it.
   */
  #takeFrom(rival: Call, party: Party, call: Call, now: Millis): boolean {
    const { board, observer } = this.operator;
    const isLess = progress(rival.state) <= progress(call.state);
    observer.count('call.adopted.twice', isLess ? 'record' : 'own');
    if (!isLess) return false;
    const { role } = party;
    board.detach(party, rival);
    this.operator.callEvent(rival, `${role}:on-hook`, now);
    return true;
  }

  #adoptTransferor(call: Call, transferor: StoredTransferor, now: Millis): void {
    const name = this.#adoptParty(transferor, now);
    if (name === undefined) return;
    const { board } = this.operator;
    const { local, called, was, told } = transferor;
    const party = new Party(name, undefined, called);
    board.addParty(party);
    board.attach(party, call, 'terminating', { local });
    party.ordered = { ...told, role: 'terminating', callId: call.callId };
    board.setAside(party, call, was);
    board.tellAgain(party);
  }

  #adoptParty({ protocol, saved }: StoredLeg, now: Millis): LineName | undefined {
    return saved === undefined ? undefined : this.operator.board.ports.adopt?.(protocol, saved, now);
  }

  /** Legs that cannot be found any more are missing; a call in which nobody is waited for goes on where it stood. */
  #goOn(call: Call, now: Millis): void {
    this.#missLegs(call, now);
    const { board } = this.operator;
    const caller = board.stationOf(call, 'originating');
    if (!board.has(call) || call.waiting || !(caller instanceof Party)) return;
    // A party has its connection, and will not say so again.
    if (call.state === 'routing') this.operator.callEvent(call, 'originating:reached', now);
  }

  #missLegs(call: Call, now: Millis): void {
    const { board, observer } = this.operator;
    for (const role of ROLES) {
      const leg = call.awaited[role];
      if (!leg || !board.has(call) || board.line(leg.line)?.known === false) continue;
      call.awaited[role] = undefined;
      call.waiting = call.awaited[otherRole(role)] !== undefined;
      if (call[role] || call.phase(role) === undefined) continue;
      const line = board.line(leg.line);
      if (leg.isOther && line?.hook === 'off' && line.other === undefined) {
        board.attachOther(line, call, role);
        continue;
      }
      // It had dialled, and had not been told that this was heard.
      if (role === 'originating' && call.state === 'routing' && line?.state === 'dialling' && !line.call) {
        board.attach(line, call, role);
        board.stir(call, role);
        continue;
      }
      observer.count('call.leg.missing', call.state);
      // It may never have been told to ring: it is asked once more.
      const target = call.state === 'offering' && role === 'terminating' ? targetOf(leg) : undefined;
      if (target) call.targets = [target, ...call.targets];
      this.operator.callEvent(call, `${role}:missing`, now);
    }
  }
}

function targetOf({ line, called }: StoredLeg): Call['targets'][number] | undefined {
  if (!called) return protocolOfParty(line) === undefined ? { kind: 'line', line } : undefined;
  return called.kind === 'line-at-node' ? { kind: 'line', line: called.line } : called;
}
