// Who is connected with whom: the lines, the parties, the calls, who is which leg of which call, their timers, and the orders
// that follow from it. It decides nothing; `operator.ts` moves the plugs.
import { type CallLegSummary, type CallSummary, type Millis, Timer, TimerQueue } from '@altpath/core';
import type { AnchorPort } from './anchor.js';
import { Call, type CallBeginning, type Leg } from './call.js';
import { meansSameCall, parseCallId, shortCallId } from './call-identity.js';
import type { Cause } from './cause.js';
import { type HalfCallPort, type HalfCallRole, type HalfCallState, type LineName, otherRole, type Phase } from './half-call.js';
import { type Due, Line, type OtherCall } from './line.js';
import { Party } from './party.js';
import { type CallState, LINE_STATES, type LineState } from './states.js';
import { sameOrder, type Station } from './station.js';
import type { CallTimers } from './timers.js';

/** The adapters of all protocols as one: what is said to a line or a party goes to the one that reaches it. */
export interface HalfCallPorts extends Pick<HalfCallPort, 'order' | 'notice' | 'save' | 'forget'> {
  /** Who anchors calls; undefined: nobody. */
  readonly anchors?: AnchorPort | undefined;
  /** As `HalfCallPort.adopt`, of this protocol. */
  adopt?(protocol: string, saved: string, now: Millis): LineName | undefined;
}

export class Switchboard {
  readonly #lines = new Map<LineName, Line>();
  readonly #parties = new Map<LineName, Party>();
  readonly #calls = new Map<string, Call>();
  /** The same calls by slot and counter: the newest where several bear them. */
  readonly #callsByShort = new Map<string, Call>();
  readonly #callTimers = new Map<Call, Timer<Due>>();
  readonly #queue: TimerQueue<Due>;
  /** Calls of which something has changed within this input. */
  readonly #changed = new Set<Call>();
  /** Parties that wait for the anchor of their call, and that nobody outside has heard of. */
  readonly #uncalled = new WeakSet<Station>();
  /** Whose state may have changed within this input, in the order in which they are to be told. */
  readonly #stirred = new Set<Station>();

  constructor(
    readonly timers: CallTimers,
    readonly ports: HalfCallPorts,
    now: Millis,
  ) {
    this.#queue = new TimerQueue(now);
  }

  addLine(line: Line): void {
    this.#lines.set(line.name, line);
  }

  addParty(party: Party): void {
    this.#parties.set(party.name, party);
  }

  line(name: LineName): Line | undefined {
    return this.#lines.get(name);
  }

  party(name: LineName): Party | undefined {
    return this.#parties.get(name);
  }

  station(name: LineName): Station | undefined {
    return this.#lines.get(name) ?? this.#parties.get(name);
  }

  stationOf(call: Call, role: HalfCallRole): Station | undefined {
    const leg = call[role];
    return leg && this.station(leg.line);
  }

  /** The call of this identity, or the one that it means where one of the two does not tell the time. */
  call(callId: string): Call | undefined {
    const exact = this.#calls.get(callId);
    if (exact) return exact;
    const call = this.#callsByShort.get(shortCallId(callId) ?? '');
    return call && meansSameCall(call.callId, callId) ? call : undefined;
  }

  /** A new call may bear this identity: no living one has its slot and counter. */
  isFree(callId: string): boolean {
    return !this.#callsByShort.has(shortCallId(callId) ?? '');
  }

  /** A snapshot: calls may end while it is walked. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /** It is not over, and not forgotten. */
  has(call: Call): boolean {
    return this.#calls.get(call.callId) === call;
  }

  /** Its record may have to tell something new. */
  touch(call: Call): void {
    this.#changed.add(call);
  }

  /** The calls that have changed since this was asked last. */
  takeChanged(): readonly Call[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  // --- calls and their legs ----------------------------------------------------------------------------------------

  /** A call begins, or is found. `timeOut` runs when its state's time is over. */
  admit(beginning: CallBeginning, timeOut: (call: Call, now: Millis) => void): Call {
    const call = new Call(beginning);
    this.#enter(call);
    this.#callTimers.set(call, new Timer<Due>((now) => timeOut(call, now)));
    return call;
  }

  /** The call takes this identity if it tells more than its own. @returns `true` when it was news. */
  identify(call: Call, callId: string): boolean {
    const setUpAt = parseCallId(callId)?.setUpAt;
    if (!call.setUpEstimated || setUpAt === undefined) return false;
    this.#strike(call);
    call.identify(callId, setUpAt);
    this.#enter(call);
    return true;
  }

  #enter(call: Call): void {
    this.#calls.set(call.callId, call);
    const short = shortCallId(call.callId);
    if (short !== undefined) this.#callsByShort.set(short, call);
  }

  #strike(call: Call): void {
    this.#calls.delete(call.callId);
    const short = shortCallId(call.callId);
    if (short !== undefined && this.#callsByShort.get(short) === call) this.#callsByShort.delete(short);
  }

  forget(call: Call): void {
    this.#strike(call);
    const timer = this.#callTimers.get(call);
    if (timer) this.#queue.disarm(timer);
    this.#callTimers.delete(call);
    this.#changed.delete(call);
    // What is heard in a call ends with it, and who hears it is told when that ends.
    for (const side of [call.sources.originating, call.sources.terminating]) if (side) this.#changed.add(side);
    if (call.serves) this.#changed.add(call);
  }

  /** The call is another node's: it is forgotten with its parties, and nothing is said to anybody. */
  abandon(call: Call): void {
    for (const { line: name } of [call.originating, call.terminating, call.transferor].filter((leg) => leg !== undefined)) {
      const party = this.#parties.get(name);
      if (party) this.#drop(party);
    }
    this.forget(call);
  }

  #drop(party: Party): void {
    this.#parties.delete(party.name);
    this.#stirred.delete(party);
    this.ports.forget?.(party.name);
  }

  /** The party is another's to speak to: it leaves its call, and nothing is said to it. */
  dropParty(party: Party): void {
    if (party.call) this.detach(party, party.call);
    this.#drop(party);
  }

  attach(station: Station, call: Call, role: HalfCallRole, leg: Omit<Leg, 'line'> = {}): void {
    if (station instanceof Line) this.#queue.disarm(station.timer);
    const awaited = call.awaited[role];
    const local = leg.local ?? (awaited?.line === station.name ? awaited.local : undefined);
    call[role] = { ...leg, local, line: station.name };
    call.awaited[role] = undefined;
    call.departed[role] = undefined;
    call.seen[role] = { who: station.caller?.number ?? station.name, protocol: station.protocol };
    this.#changed.add(call);
    station.call = call;
    station.role = role;
  }

  detach(station: Station, call: Call): void {
    this.#changed.add(call);
    if (station instanceof Line && station.other?.call === call) return this.#dropOther(station, station.other);
    if (station instanceof Party && station.aside) call.transferor = undefined;
    else call[station.role] = undefined;
    station.call = undefined;
    if (station instanceof Line) {
      station.role = 'originating';
      station.isConnecting = false;
    }
    if (station instanceof Party) station.aside = undefined;
  }

  // --- second calls of lines ---------------------------------------------------------------------------------------

  /** The call is the line's second, and knocks. */
  attachOther(line: Line, call: Call, role: HalfCallRole): void {
    const { call: first, role: own } = line;
    this.attach(line, call, role);
    line.call = first;
    line.role = own;
    line.other = { call, role };
    this.#stirred.add(line);
  }

  #dropOther(line: Line, { call, role }: OtherCall): void {
    call[role] = undefined;
    line.other = undefined;
    line.hasCalledBack = false;
    this.#stirred.add(line);
  }

  /** The line is in the other call now, and the one that it was in is the other. */
  exchange(line: Line): void {
    const { call, role, other } = line;
    if (!call || !other) return;
    line.call = other.call;
    line.role = other.role;
    line.other = { call, role };
    this.#stirred.add(line);
  }

  /** The line was in no call, and is in its second one. */
  takeUp(line: Line): void {
    if (!line.other) return;
    this.#queue.disarm(line.timer);
    line.call = line.other.call;
    line.role = line.other.role;
    line.other = undefined;
    line.hasCalledBack = false;
    this.#stirred.add(line);
  }

  /** The line is in no call, and the one that it was in is its second. */
  putAside(line: Line): void {
    const { call, role } = line;
    if (!call) return;
    line.other = { call, role };
    line.call = undefined;
    line.role = 'originating';
  }

  /** The two legs change their seats: who was called is the caller from now on. */
  swapSeats(call: Call): void {
    const [originating, terminating] = [this.stationOf(call, 'originating'), this.stationOf(call, 'terminating')];
    call.swap();
    if (originating) originating.role = 'terminating';
    if (terminating) terminating.role = 'originating';
  }

  /** The party with the terminating seat waits beside the call, as it was last told to. @param was  The call's state before. */
  setAside(party: Party, call: Call, was: CallState): void {
    const { terminating } = call;
    if (!terminating) return;
    call.transferor = { ...terminating, was };
    call.terminating = undefined;
    party.aside = party.ordered ?? party.alone;
  }

  /** Who waits beside the call has the terminating seat again. */
  takeBack(call: Call): Party | undefined {
    const party = call.transferor && this.party(call.transferor.line);
    if (!party || !call.transferor) return undefined;
    const { line, local, found } = call.transferor;
    call.terminating = { line, local, found };
    call.transferor = undefined;
    party.aside = undefined;
    return party;
  }

  /** The line or party is another node's: its call goes on without it here, and is forgotten with its last leg. */
  release(station: Station): void {
    if (station instanceof Line) for (const side of station.conference?.sides ?? []) this.#changed.add(side);
    if (station instanceof Line && station.other) {
      const { call: second, role } = station.other;
      const other = this.stationOf(second, otherRole(role));
      this.detach(station, second);
      if (other) second.await(other.role, other.ordered);
      else this.forget(second);
    }
    const { call } = station;
    if (call) {
      const isAside = call.transferor?.line === station.name;
      const { role, protocol = '' } = station;
      const other = this.stationOf(call, otherRole(role));
      const local = call[role]?.local;
      this.detach(station, call);
      if (isAside) this.#stirred.delete(station);
      else if (other && !this.#uncalled.has(other)) {
        call.await(other.role, other.ordered);
        const legs = other instanceof Party ? call.awaited : call.departed;
        if (station instanceof Line) legs[role] = { line: station.name, protocol, local };
      } else this.abandon(call);
    }
    if (station instanceof Line) {
      this.#queue.disarm(station.timer);
      station.clear();
    } else this.#parties.delete(station.name);
  }

  /** The phase of a leg: as it was found where an audit found it, else as it is ordered. */
  phaseOf(leg: Leg | undefined): Phase | undefined {
    const station = leg && this.station(leg.line);
    const other = station instanceof Line ? station.other : undefined;
    const isOther = other !== undefined && other.call[other.role] === leg;
    return leg && (leg.found?.phase ?? (isOther ? other.call.phase(other.role) : station?.phase));
  }

  // --- timers ------------------------------------------------------------------------------------------------------

  /** Starts the timer of the state that the call is in. */
  arm(call: Call): void {
    this.#changed.add(call);
    const timer = this.#callTimers.get(call);
    if (timer) this.#queue.arm(timer, call.deadline(this.timers, this.#forwardsUnanswered(call)));
  }

  #forwardsUnanswered(call: Call): boolean {
    const line = call.isPassedOn ? undefined : this.calledLine(call);
    return line !== undefined && this.#lines.get(line)?.settings.features?.forward?.noAnswer !== undefined;
  }

  /** The line that this call rings, here or through the node that holds it. */
  calledLine(call: Call): LineName | undefined {
    const station = this.stationOf(call, 'terminating');
    if (station instanceof Line) return station.name;
    return station instanceof Party && station.called?.kind === 'line-at-node' ? station.called.line : undefined;
  }

  /** Calls with lines of this gateway at the moment, but for this one. */
  callsAt(gateway: string, butFor: Call | undefined): number {
    const calls = new Set<Call>();
    for (const { name, call, other } of this.#lines.values()) {
      if (gatewayOf(name) !== gateway) continue;
      for (const each of [call, other?.call]) if (each && each !== butFor) calls.add(each);
    }
    return calls.size;
  }

  /** The line is in no call (any more), and in this state from now on. */
  setState(line: Line, state: LineState, now: Millis): void {
    line.state = state;
    const { limit } = LINE_STATES[state];
    this.#queue.disarm(line.timer);
    if (limit) this.#queue.arm(line.timer, now + this.timers[limit]);
    this.#stirred.add(line);
  }

  /** The party has left its call: it gets its last order, and is forgotten with it. */
  dismiss(party: Party, state: LineState, callId: string | undefined, cause: Cause): void {
    party.leave(state, callId, cause);
    this.#stirred.add(party);
  }

  /** For what is neither a line's nor a call's own. */
  startTimer(timer: Timer<Due>, at: Millis): void {
    this.#queue.arm(timer, at);
  }

  stopTimer(timer: Timer<Due>): void {
    this.#queue.disarm(timer);
  }

  expire(now: Millis): void {
    this.#queue.expire(now, (due) => due(now));
  }

  deadline(): Millis {
    return this.#queue.deadline();
  }

  // --- orders ------------------------------------------------------------------------------------------------------

  /** What this leg shall be may be news. */
  stir(call: Call, role: HalfCallRole): void {
    this.#changed.add(call);
    const station = this.stationOf(call, role);
    if (station) this.#stirred.add(station);
  }

  /** It is to be told what it shall be, news or not. */
  tellAgain(station: Station): void {
    station.ordered = undefined;
    this.#stirred.add(station);
  }

  /** Tells everyone who was stirred what he shall be now, where that is news. */
  giveOrders(now: Millis): void {
    for (const station of this.#stirred) this.#giveOrder(station, now);
    this.#stirred.clear();
  }

  /** The party has to know of its call, though that may be over within this input. */
  callAtOnce(party: Party, now: Millis): void {
    this.#giveOrder(party, now);
  }

  #giveOrder(station: Station, now: Millis): void {
    const wanted = this.#wanted(station);
    if (!station.isThere || sameOrder(station.ordered, wanted) || this.#isToWait(station, wanted)) return;
    station.tell(wanted, now);
    this.ports.order(station.name, wanted, now);
    if (station instanceof Party && station.hasLeft) this.#parties.delete(station.name);
  }

  /** Who is to be told where the anchor of his call is cannot be called before that is known; who then need not be called is forgotten. */
  #isToWait(station: Station, { phase, media }: HalfCallState): boolean {
    if (!(station instanceof Party)) return false;
    const isEarly = phase === 'ringing' && station.call?.anchor !== undefined && media?.remote === undefined;
    if (isEarly) this.#uncalled.add(station);
    else if (!this.#uncalled.delete(station) || !station.hasLeft) return false;
    if (station.hasLeft) this.#parties.delete(station.name);
    return true;
  }

  #wanted(station: Station): HalfCallState {
    const { call, role } = station;
    if (station instanceof Party && station.aside) return station.aside;
    const wanted = call?.wanted(role);
    if (!wanted) return station.alone;
    if (station instanceof Line) return station.asOrdered(wanted);
    return station instanceof Party ? { ...station.asOrdered(wanted), farLine: call && this.#lineIn(call, otherRole(role)) } : wanted;
  }

  #lineIn(call: Call, role: HalfCallRole): LineName | undefined {
    const station = this.stationOf(call, role);
    return station instanceof Line ? station.name : undefined;
  }

  // --- listings ----------------------------------------------------------------------------------------------------

  pending(now: Millis): number {
    let pending = this.calls.filter(({ originating, terminating, transferor }) => originating ?? terminating ?? transferor).length;
    for (const { call, state, orderedAt, inService } of this.#lines.values()) {
      if (call || !inService) continue;
      if (state === 'dialling' || (orderedAt !== undefined && now - orderedAt < this.timers.setUpMs)) pending += 1;
    }
    return pending;
  }

  summaries(limit: number): readonly CallSummary[] {
    const summaries: CallSummary[] = [];
    for (const call of this.#calls.values()) {
      if (summaries.length >= limit) break;
      if (call.serves) continue;
      summaries.push(this.#summary(call));
    }
    return summaries;
  }

  #summary(call: Call): CallSummary {
    const from = this.stationOf(call, 'originating');
    const to = this.stationOf(call, 'terminating');
    const protocols = new Set([from?.protocol, to?.protocol].filter((each) => each !== undefined));
    return {
      callId: call.callId,
      from: from?.caller?.number ?? from?.name ?? 'unknown',
      to: call.dialled ?? to?.caller?.number ?? to?.name ?? 'unknown',
      state: call.state,
      since: call.setUpAt,
      protocol: [...protocols].join('+') || 'unknown',
      legs: [from, to].flatMap((station) => (station ? [legSummary(station)] : [])),
    };
  }
}

function legSummary({ name, protocol = 'unknown', phase }: Station): CallLegSummary {
  return { name, protocol, phase };
}

/** The gateway of a line, by its name in the file. */
export function gatewayOf(line: LineName): string {
  return line.slice(line.lastIndexOf('@') + 1);
}
