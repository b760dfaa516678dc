// Calls go after their lines: the record of one whose line another living node has goes to that node. And a node that drains gives its
// calls away: those that are answered to the node that follows. A record goes in pieces of one datagram, again and again, until the
// other says that it has it. Without a store that both see this is the only way; with one it is the quicker. Lines go with their
// gateways, by their own protocols; what is handed over here is what no audit tells.
import type { CallControl, LineName } from '@altpath/call-control';
import { type CallRecord, type Millis, NEVER, type Observer, type PeerDirectory } from '@altpath/core';
import { heirOf } from './heirs.js';

/** Topics between nodes. */
const OFFER = 'offer';
const TAKEN = 'taken';
const ENDED = 'ended';
const CARRIED = 'carried';
const OVER = 'over';

/** A datagram between nodes holds about 1 KB. */
const PIECE_CHARACTERS = 800;
/** 256 KiB, as call control's own limit of what it reads. */
const MAX_PIECES = 330;
/** Identities of calls in one datagram. */
const CALLS_IN_ONE = 50;
/** How many calls are offered at a time, so that no socket's buffer overflows. */
const CALLS_AT_ONCE = 50;
const OFFER_AGAIN_MS: Millis = 300;
/** Half a record whose rest does not come. */
const FORGET_PIECES_MS: Millis = 5_000;
/** A call that was taken may be offered again by who has not heard so. */
const FORGET_TAKEN_MS: Millis = 60_000;
/** Who has taken a call keeps it for so long at least. */
const SETTLE_MS: Millis = 1_000;
/** A message of a call that was given away is still passed on for so long; the oldest are forgotten first. */
const FORGET_GIVEN_MS: Millis = 3_600_000;
const MAX_GIVEN = 10_000;
/** Records of which pieces have come, at most. */
const MAX_UNFINISHED = 1_000;

export interface HandOverPorts {
  readonly calls: Pick<
    CallControl,
    'records' | 'calls' | 'adopt' | 'renew' | 'hasEnded' | 'endedThere' | 'giveAway' | 'whereabouts' | 'leave'
  >;
  readonly peers: PeerDirectory;
  readonly observer: Observer;
  /** Index of the living other node that holds the gateway of this line. */
  holderOf(line: LineName): number | undefined;
  /** One fire-and-forget datagram to every other node. */
  tell(topic: string, content: string): void;
}

interface Unfinished {
  readonly since: Millis;
  readonly pieces: (string | undefined)[];
}

interface Offered {
  /** `NEVER`: it is too long. */
  readonly at: Millis;
  readonly record: CallRecord;
}

interface Taken {
  readonly at: Millis;
  readonly content: string;
}

export class HandOver {
  /** When a call was offered last, and what was said of it. */
  readonly #offered = new Map<string, Offered>();
  /** Who has taken it from here. */
  readonly #given = new Map<string, { readonly node: number; readonly at: Millis }>();
  /** What was taken here, and when. */
  readonly #taken = new Map<string, Taken>();
  readonly #unfinished = new Map<string, Unfinished>();
  /** When to look for calls that have lost a line. */
  #lookAt: Millis = NEVER;

  constructor(private readonly ports: HandOverPorts) {}

  /** Of a node that drains: offers what has not been taken yet, some calls at a time. To be called again and again. */
  drain(now: Millis): void {
    const { calls, peers } = this.ports;
    // Who has a line left was kept until its gateway had gone.
    for (const { callId } of calls.calls(now, Number.POSITIVE_INFINITY)) if (this.#given.has(callId)) calls.giveAway(callId);
    this.#offer(heirOf(peers.self.index, peers, now), now);
  }

  /** Lines may be other nodes' now: calls that have lost one go after it. */
  linesMoved(now: Millis): void {
    this.#lookAt = Math.min(this.#lookAt, now);
  }

  /** Other nodes may be down: what was given to those may be here again. */
  peersChanged(now: Millis): void {
    for (const [callId, { node }] of this.#given) if (this.ports.peers.state(node, now) === 'down') this.#given.delete(callId);
  }

  deadline(): Millis {
    return this.#lookAt;
  }

  tick(now: Millis): void {
    if (now < this.#lookAt) return;
    const isOpen = this.#offer(undefined, now);
    this.#lookAt = isOpen ? now + OFFER_AGAIN_MS : NEVER;
    // Those that ended before anybody took them.
    if (!isOpen) this.#offered.clear();
  }

  /**
   * @param heir  Who gets the calls whose lines are with nobody else; undefined: they stay.
   * @returns     whether some have not been taken yet.
   */
  #offer(heir: number | undefined, now: Millis): boolean {
    const { ports } = this;
    const takers = new Map<string, number>();
    let isOpen = false;
    const due = ports.calls.records(now, (callId, line) => {
      const taker = (line === undefined ? undefined : ports.holderOf(line)) ?? heir;
      if (taker === undefined || this.#given.has(callId) || this.#offered.get(callId)?.at === NEVER) return false;
      isOpen = true;
      if (!this.#isDue(callId, now) || takers.size >= CALLS_AT_ONCE) return false;
      takers.set(callId, taker);
      return true;
    });
    for (const record of due) {
      const taker = takers.get(record.callId);
      if (taker !== undefined) this.#send(record, taker, now);
    }
    return isOpen;
  }

  /** @returns the living node that goes on with a call which was given to it. */
  carrierOf(callId: string, now: Millis): number | undefined {
    const node = this.#given.get(callId)?.node;
    return node === undefined || this.ports.peers.state(node, now) === 'down' ? undefined : node;
  }

  /** @param topic  As another node's `tell` named it. */
  told(topic: string, content: string, from: number, now: Millis): void {
    if (topic === OFFER) this.#receive(content, from, now);
    else if (topic === TAKEN) this.#give(content, from, now);
    else if (topic === ENDED) this.#end(content, now);
    else if (topic === CARRIED || topic === OVER) this.#learn(topic === OVER, content, from, now);
    else this.ports.observer.count('call.told.dropped', 'topic');
  }

  /** A node joins, and may have had calls that this one goes on with, or has seen the end of. */
  sendTable(to: number, now: Millis): void {
    const { carried, over } = this.ports.calls.whereabouts(now);
    for (const [topic, callIds] of [[CARRIED, carried] as const, [OVER, over] as const])
      for (let at = 0; at < callIds.length; at += CALLS_IN_ONE)
        this.ports.tell(topic, [to, ...callIds.slice(at, at + CALLS_IN_ONE)].join(' '));
  }

  #learn(isOver: boolean, content: string, from: number, now: Millis): void {
    const { peers, calls, observer } = this.ports;
    const [to, ...callIds] = content.split(' ');
    if (to !== String(peers.self.index)) return;
    for (const callId of callIds) {
      if (!isOver) this.#gave(callId, from, now);
      calls.leave(callId, isOver, now);
    }
    observer.count('call.elsewhere', isOver ? OVER : CARRIED);
  }

  #isDue(callId: string, now: Millis): boolean {
    const since = (at: Millis = Number.NEGATIVE_INFINITY): Millis => now - at;
    // Two nodes that take each other for the line's holder shall not throw the call to and fro.
    return since(this.#offered.get(callId)?.at) >= OFFER_AGAIN_MS && since(this.#taken.get(callId)?.at) >= SETTLE_MS;
  }

  #send(newest: CallRecord, heir: number, now: Millis): void {
    const { callId } = newest;
    const before = this.#offered.get(callId)?.record;
    const record = before?.content === newest.content ? before : newest;
    // What goes between nodes has one octet a character.
    const text = Buffer.from(record.content, 'utf8').toString('latin1');
    const count = Math.ceil(text.length / PIECE_CHARACTERS);
    this.#offered.set(callId, { at: count > MAX_PIECES ? NEVER : now, record });
    if (count > MAX_PIECES) return this.ports.observer.count('call.handed-over', 'too-long');
    for (let at = 0; at < count; at += 1) {
      const piece = text.slice(at * PIECE_CHARACTERS, (at + 1) * PIECE_CHARACTERS);
      this.ports.tell(OFFER, `${heir} ${callId} ${record.updatedAt} ${at} ${count} ${piece}`);
    }
  }

  /** The one that it was offered to has it; unless something has happened meanwhile, which is told first. */
  #give(content: string, from: number, now: Millis): void {
    const [callId = '', updatedAt = ''] = content.split(' ');
    const offered = this.#offered.get(callId)?.record;
    if (!offered || String(offered.updatedAt) !== updatedAt) return;
    const [newest] = this.ports.calls.records(now, (each) => each === callId);
    if (newest && newest.content !== offered.content) return this.#send(newest, from, now);
    // One that is not here any more may have been left to who has it already, as its record told.
    const isOver = !newest && this.ports.calls.hasEnded(callId);
    if (isOver) this.ports.tell(ENDED, callId);
    this.ports.observer.count('call.handed-over', isOver ? 'ended' : 'given');
    this.#offered.delete(callId);
    this.#taken.delete(callId);
    if (isOver) return;
    this.#gave(callId, from, now);
    this.ports.calls.giveAway(callId);
  }

  #gave(callId: string, node: number, now: Millis): void {
    this.#given.set(callId, { node, at: now });
    for (const [oldest, { at }] of this.#given) {
      if (this.#given.size <= MAX_GIVEN && now - at < FORGET_GIVEN_MS) break;
      this.#given.delete(oldest);
    }
  }

  #end(callId: string, now: Millis): void {
    if (this.#taken.has(callId)) this.ports.calls.endedThere(callId, now);
  }

  #receive(content: string, from: number, now: Millis): void {
    const { peers, observer, calls } = this.ports;
    const [, heir = '', callId = '', updatedAt = '', at = '', count = '', piece = ''] = PIECE.exec(content) ?? [];
    if (heir === '' || Number(count) > MAX_PIECES || Number(at) >= Number(count)) return observer.count('call.told.dropped', 'malformed');
    if (Number(heir) !== peers.self.index) return;
    const whole = this.#joined(`${from} ${callId} ${updatedAt} ${count}`, Number(at), Number(count), piece, now);
    const node = peers.nodes[from]?.name;
    if (whole === undefined || node === undefined) return;
    const before = this.#taken.get(callId);
    const record = { callId, node, updatedAt: Number(updatedAt), content: Buffer.from(whole, 'latin1').toString('utf8') };
    if (!before) {
      observer.count('call.handed-over', 'taken');
      calls.adopt(record, now);
    } else if (before.content !== record.content) calls.renew(record, now);
    this.#taken.set(callId, { at: now, content: record.content });
    this.#given.delete(callId);
    this.#offered.delete(callId);
    this.ports.tell(TAKEN, `${callId} ${updatedAt}`);
  }

  /** @returns the whole text with its last piece. */
  #joined(key: string, at: number, count: number, piece: string, now: Millis): string | undefined {
    let unfinished = this.#unfinished.get(key);
    if (!unfinished) {
      this.#sweep(now);
      if (this.#unfinished.size >= MAX_UNFINISHED) return undefined;
      unfinished = { since: now, pieces: Array.from({ length: count }, () => undefined) };
      this.#unfinished.set(key, unfinished);
    }
    unfinished.pieces[at] = piece;
    if (unfinished.pieces.some((each) => each === undefined)) return undefined;
    this.#unfinished.delete(key);
    return unfinished.pieces.join('');
  }

  #sweep(now: Millis): void {
    for (const [key, { since }] of this.#unfinished) if (now - since > FORGET_PIECES_MS) this.#unfinished.delete(key);
    for (const [callId, { at }] of this.#taken) if (now - at > FORGET_TAKEN_MS) this.#taken.delete(callId);
  }
}

const PIECE = /^(\d{1,2}) ([0-9A-Fa-f]{13}) (\d{1,16}(?:\.\d+)?) (\d{1,3}) (\d{1,3}) ([^]+)$/;
