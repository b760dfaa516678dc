// The ledger: what of calls is kept outside call control. Each call that changed within an input is written once at its end,
// where its record would say something new; a call that has ended leaves its detail record. A call that another node goes on
// with is that node's to write.
import type { CallDetailRecord, CallDetailStore, CallRecord, CallStore, Millis } from '@altpath/core';
import type { Call } from './call.js';
import { type CallEnd, type CallLife, copyFor, detailOf, type EstimatedInstant } from './call-detail.js';
import { meansSameCall, parseCallId, shortCallId } from './call-identity.js';
import type { Cause } from './cause.js';
import { type HalfCallRole, type LineName, otherRole } from './half-call.js';
import { Party } from './party.js';
import { Partings } from './partings.js';
import type { LineState } from './states.js';
import type { Station } from './station.js';
import {
  formatStoredCall,
  parseStoredCall,
  type StoredCall,
  type StoredLeg,
  type StoredParting,
  type StoredTransferor,
} from './stored-call.js';
import type { Switchboard } from './switchboard.js';

/** Where calls are kept; what is left out is not kept. */
export interface CallKeeping {
  readonly store?: CallStore | undefined;
  readonly details?: CallDetailStore | undefined;
}

/** Above the time after which a call is offered again that nobody has said to have taken. */
const OFFERED_MS: Millis = 1_000;
/** How old the list of the calls that are kept may be: thousands of lines are found one by one at a takeover. */
const KEPT_MS: Millis = 100;

export class CallLedger {
  /** What was written last of a call. */
  readonly #written = new WeakMap<Call, CallRecord>();
  /** The record from which it goes on here. */
  readonly #read = new WeakMap<Call, CallRecord>();
  /** Calls that are over, with those who have still to be told. */
  readonly #ending = new Map<Call, CallDetailRecord>();
  readonly #partings: Partings;
  /** Whole identities of the calls that are kept, by what every protocol tells of them, as of a moment ago. */
  #kept: { readonly at: Millis; readonly callIds: ReadonlyMap<string, string> } | undefined;

  /**
   * @param node    This node's name.
   * @param nodeOf  Names of nodes by slot: a call's identity tells who began it.
   */
  constructor(
    private readonly board: Switchboard,
    private readonly keeping: CallKeeping,
    private readonly node: string,
    private readonly nodeOf: (slot: number) => string,
  ) {
    this.#partings = new Partings(board, (call) => board.touch(call));
  }

  /** The call goes on from this record: what is written of it is newer. */
  adopted(call: Call, record: CallRecord): void {
    this.#read.set(call, record);
    // Where a node gave it away, the store may not have it yet.
    if (this.keeping.store?.read(record.callId)) this.#remember(call, record);
    else this.#put(call, record);
  }

  /** What was read or written of the call is newer than this record of it. */
  hasNewer(call: Call, record: CallRecord): boolean {
    return (this.#written.get(call)?.updatedAt ?? 0) > record.updatedAt;
  }

  /** Whoever wrote the record from which the call goes on here has written since that something has happened to it. */
  isNews(call: Call, record: CallRecord): boolean {
    const read = this.#read.get(call);
    if (read?.node !== record.node || record.updatedAt <= read.updatedAt) return false;
    return parseStoredCall(record.content, record.callId)?.state !== parseStoredCall(read.content, read.callId)?.state;
  }

  /** What is kept of a call that was found, and of which this node has neither read nor written anything. */
  unread(call: Call, now: Millis): CallRecord | undefined {
    const { store } = this.keeping;
    if (!store || this.#written.has(call)) return undefined;
    return store.read(call.callId) ?? store.read(this.#keptAs(call.callId, store, now) ?? '');
  }

  /** The whole of an identity of which a line tells a part. */
  #keptAs(callId: string, store: CallStore, now: Millis): string | undefined {
    const short = shortCallId(callId);
    if (short === undefined || parseCallId(callId)?.setUpAt !== undefined) return undefined;
    if (this.#kept === undefined || now - this.#kept.at >= KEPT_MS || now < this.#kept.at) {
      const callIds = new Map<string, string>();
      for (const { callId: each } of store.records()) callIds.set(shortCallId(each) ?? each, each);
      this.#kept = { at: now, callIds };
    }
    return this.#kept.callIds.get(short);
  }

  /** Writes the calls that changed, but those with which another node goes on. */
  write(changed: Iterable<Call>, now: Millis): void {
    for (const call of changed) {
      if (call.serves) continue;
      if (this.isForeign(call, now)) this.forget(call);
      // Its taker has written it as it was told of it first, and is told of the rest.
      else if (this.#isWrittenElsewhere(call)) continue;
      else if (this.board.has(call) || this.#ending.has(call)) this.#write(call, now);
    }
  }

  #write(call: Call, now: Millis): void {
    const isOver = this.#ending.has(call) && this.#partings.of(call).length === 0;
    const record = isOver ? this.#record(call, '', now) : this.recordOf(call, now);
    const { content, node } = this.#written.get(call) ?? {};
    // Whoever carried it before says the same of it, but not that it is his.
    if (record.content !== content || node !== this.node) this.#put(call, record);
    if (isOver) this.#ending.delete(call);
  }

  /** Somebody leaves the call, and will be told so. */
  leaves(call: Call, station: Station, phase: LineState, cause: Cause, now: Millis): void {
    if (!this.keeping.store || call.serves) return;
    const { name: line, protocol = '', role } = station;
    const saved = station instanceof Party ? this.board.ports.save?.(line) : undefined;
    // Of whom nothing has been heard or said, nobody need be told.
    if (station instanceof Party && saved === undefined) return;
    this.#partings.add(call, { line, protocol, role, phase, cause, saved }, now);
  }

  /** The same of a line that nothing has been heard of here, or that is another node's. */
  leavesUnheard(call: Call, parting: StoredParting, now: Millis): void {
    if (this.keeping.store) this.#partings.add(call, parting, now);
  }

  /** Who has left a call has been told. */
  told(name: LineName): void {
    this.#partings.told(name);
  }

  /** The name of the party that has left this call, and is still being told so. */
  partyLeaving(callId: string, role: HalfCallRole): LineName | undefined {
    for (const call of this.#ending.keys()) {
      if (!meansSameCall(call.callId, callId)) continue;
      return this.#partings.of(call).find((each) => each.role === role && each.saved !== undefined)?.line;
    }
    return undefined;
  }

  /** Lines that have left this call, and have still to be told so. */
  linesLeaving(call: Call): readonly LineName[] {
    return this.#partings.of(call).flatMap(({ line, saved }) => (saved === undefined ? [line] : []));
  }

  /** It is over, and somebody has still to be told. */
  isEnding(call: Call): boolean {
    return this.#ending.has(call);
  }

  /** Calls that are over, while somebody has still to be told. */
  get ending(): readonly Call[] {
    return [...this.#ending.keys()];
  }

  /** The call is another node's, with those who have left it: adapters forget them. */
  forget(call: Call): void {
    this.#ending.delete(call);
    for (const { line, saved } of this.#partings.drop(call)) if (saved !== undefined) this.board.ports.forget?.(line);
  }

  /** What another node would need to go on with the call. */
  recordOf(call: Call, now: Millis): CallRecord {
    return this.#record(call, formatStoredCall(this.#stored(call)), now);
  }

  /** The call is over: whoever comes late shall find it so, and it has a detail record from now on. */
  ended(call: Call, end: CallEnd, now: Millis): void {
    if (call.serves || this.isForeign(call, now)) return;
    const detail = detailOf(this.#life(call), end, now);
    this.over(call, call.recordId === undefined ? detail : copyFor(call.recordId, detail), now);
  }

  /** The same, where it is known already what the detail record says. */
  over(call: Call, detail: CallDetailRecord, now: Millis): void {
    this.keeping.details?.add(detail);
    if (!this.#written.has(call)) {
      this.#partings.drop(call);
      return;
    }
    this.#ending.set(call, detail);
    this.#write(call, now);
  }

  /**
   * Another node has written the call since this one did: it has taken it over, or has ended it. Not so while it is being given
   * away: what the other one wrote may be what it was told before something has happened here, of which it shall know.
   */
  isForeign(call: Call, now: Millis): boolean {
    return now - call.offeredAt >= OFFERED_MS && this.#isWrittenElsewhere(call);
  }

  #isWrittenElsewhere(call: Call): boolean {
    const written = this.#written.get(call);
    const { store } = this.keeping;
    if (!written || !store) return false;
    const record = store.read(written.callId);
    if (record === undefined) return true;
    // The dead node's own record is what was adopted.
    return record.node !== this.node && record.node !== written.node && record.updatedAt >= written.updatedAt;
  }

  #put(call: Call, record: CallRecord): void {
    this.#remember(call, record);
    this.keeping.store?.write(record);
  }

  #remember(call: Call, record: CallRecord): void {
    const before = this.#written.get(call);
    // It was known by a part of its identity, and has the whole now.
    if (before && before.callId !== record.callId) this.keeping.store?.write({ ...before, updatedAt: before.updatedAt + 1, content: '' });
    this.#written.set(call, record);
  }

  /** Newer than what was there, whatever the clocks of two nodes say. */
  #record(call: Call, content: string, now: Millis): CallRecord {
    const updatedAt = Math.max(now, (this.#written.get(call)?.updatedAt ?? 0) + 1);
    return { callId: call.callId, node: this.node, updatedAt, content };
  }

  #life(call: Call): CallLife {
    const { originating, terminating } = call.seen;
    const protocols = new Set([originating?.protocol, terminating?.protocol].filter((each) => each !== undefined));
    return {
      callId: call.callId,
      from: originating?.who ?? UNKNOWN,
      to: (call.isPassedOn ? terminating?.who : undefined) ?? call.dialled ?? terminating?.who ?? UNKNOWN,
      protocol: [...protocols].join('+') || UNKNOWN,
      setUpAt: call.setUpAt,
      answeredAt: call.answeredAt,
      estimated: estimatedOf(call),
      nodes: this.#nodesOf(call),
    };
  }

  /** Who began it, who carried it on, and this node. */
  #nodesOf(call: Call): readonly string[] {
    const slot = parseCallId(call.callId)?.slot;
    const before = slot === undefined ? call.nodes : [this.nodeOf(slot), ...call.nodes];
    return [...new Set([...before, this.node])];
  }

  #stored(call: Call): StoredCall {
    const { state, dialled, caller, targets, metBusy, emergency, refusal, isPassedOn, recordId, diversions } = call;
    return {
      ...this.#life(call),
      state,
      dialled,
      caller,
      targets,
      metBusy,
      emergency,
      refusal,
      isPassedOn,
      recordId,
      diversions,
      anchor: call.anchor && this.board.ports.anchors?.saveAnchor(call.callId),
      originating: this.#leg(call, 'originating'),
      terminating: this.#leg(call, 'terminating'),
      transferor: this.#transferor(call),
      partings: this.#partings.of(call),
      detail: this.#ending.get(call),
    };
  }

  #transferor(call: Call): StoredTransferor | undefined {
    const { line, local, was } = call.transferor ?? {};
    const party = line === undefined ? undefined : this.board.party(line);
    if (!party || was === undefined) return undefined;
    const { name, protocol, called } = party;
    const { phase, media } = party.aside ?? party.alone;
    return { line: name, protocol, local, called, saved: this.board.ports.save?.(name), was, told: { phase, media } };
  }

  #leg(call: Call, role: HalfCallRole): StoredLeg | undefined {
    const station = this.board.stationOf(call, role);
    const leg = call[role];
    if (!leg || !station) return call.awaited[role] ?? call.departed[role];
    const isTold = !call.anchor && call[otherRole(role)]?.local !== undefined;
    return {
      line: leg.line,
      protocol: station.protocol ?? '',
      local: leg.local,
      remote: isTold ? undefined : call.wanted(role)?.media?.remote,
      isOther: station.call !== call || undefined,
      ...(station instanceof Party && { called: station.called, saved: this.board.ports.save?.(station.name) }),
    };
  }
}

function estimatedOf(call: Call): readonly EstimatedInstant[] {
  return [...(call.setUpEstimated ? ['setUpAt' as const] : []), ...(call.isAnswerEstimated ? ['answeredAt' as const] : [])];
}

/** What stands where no leg tells. */
const UNKNOWN = 'unknown';
