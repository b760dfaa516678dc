// A node that drains gives its calls away: the record of each that is answered goes to the node that follows, that of one whose line
// has gone before to who has the line, in pieces of one datagram, until that one says that it has it. Without a store that both see
// this is the only way; with one it is the quicker. Lines go with their gateways, by their own protocols; what is handed over here is
// what no audit tells.
import type { CallControl, LineName } from '@altpath/call-control';
import type { CallRecord, Millis, Observer, PeerDirectory } from '@altpath/core';
import { heirOf } from './heirs.js';

/** Topics between nodes. */
const OFFER = 'offer';
const TAKEN = 'taken';

/** A datagram between nodes holds about 1 KB. */
const PIECE_CHARACTERS = 800;
/** 256 KiB, as call control's own limit of what it reads. */
const MAX_PIECES = 330;
/** How many calls are offered at a time, so that no socket's buffer overflows. */
const CALLS_AT_ONCE = 50;
const OFFER_AGAIN_MS: Millis = 300;
/** Half a record whose rest does not come. */
const FORGET_PIECES_MS: Millis = 5_000;
/** A call that was taken may be offered again by who has not heard so. */
const FORGET_TAKEN_MS: Millis = 60_000;
/** Records of which pieces have come, at most. */
const MAX_UNFINISHED = 1_000;

export interface HandOverPorts {
  readonly calls: Pick<CallControl, 'records' | 'awaitedLine' | 'calls' | 'adopt' | 'giveAway'>;
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

export class HandOver {
  /** When a call was offered last. */
  readonly #offered = new Map<string, Millis>();
  /** Who has taken it from here. */
  readonly #given = new Map<string, number>();
  /** What was taken here, and when. */
  readonly #taken = new Map<string, Millis>();
  readonly #unfinished = new Map<string, Unfinished>();

  constructor(private readonly ports: HandOverPorts) {}

  /** Offers what has not been taken yet, some calls at a time. To be called again and again while the node drains. */
  offer(now: Millis): void {
    const { calls, peers } = this.ports;
    const heir = heirOf(peers.self.index, peers, now);
    const going = calls.calls(now, Number.POSITIVE_INFINITY);
    // Who has a line left was kept until its gateway had gone.
    for (const { callId } of going) if (this.#given.has(callId)) calls.giveAway(callId);
    const due = calls.records(now, (callId) => this.#isDue(callId, now));
    for (const record of due.slice(0, CALLS_AT_ONCE)) {
      const taker = this.#holderOf(record.callId) ?? heir;
      if (taker !== undefined) this.#send(record, taker, now);
    }
  }

  /** Who has the line of the call. */
  #holderOf(callId: string): number | undefined {
    const line = this.ports.calls.awaitedLine(callId);
    return line === undefined ? undefined : this.ports.holderOf(line);
  }

  /** @returns the living node that goes on with a call which was given to it. */
  carrierOf(callId: string, now: Millis): number | undefined {
    const node = this.#given.get(callId);
    return node === undefined || this.ports.peers.state(node, now) === 'down' ? undefined : node;
  }

  /** @param topic  As another node's `tell` named it. */
  told(topic: string, content: string, from: number, now: Millis): void {
    if (topic === OFFER) this.#receive(content, from, now);
    else if (topic === TAKEN) this.#give(content, from);
    else this.ports.observer.count('call.told.dropped', 'topic');
  }

  #isDue(callId: string, now: Millis): boolean {
    return !this.#given.has(callId) && now - (this.#offered.get(callId) ?? Number.NEGATIVE_INFINITY) >= OFFER_AGAIN_MS;
  }

  #send({ callId, updatedAt, content }: CallRecord, heir: number, now: Millis): void {
    this.#offered.set(callId, now);
    // What goes between nodes has one octet a character.
    const text = Buffer.from(content, 'utf8').toString('latin1');
    const count = Math.ceil(text.length / PIECE_CHARACTERS);
    if (count > MAX_PIECES) return this.ports.observer.count('call.handed-over', 'too-long');
    for (let at = 0; at < count; at += 1) {
      const piece = text.slice(at * PIECE_CHARACTERS, (at + 1) * PIECE_CHARACTERS);
      this.ports.tell(OFFER, `${heir} ${callId} ${updatedAt} ${at} ${count} ${piece}`);
    }
  }

  /** The one that it was offered to has it. */
  #give(callId: string, from: number): void {
    if (!this.#offered.has(callId)) return;
    if (!this.#given.has(callId)) this.ports.observer.count('call.handed-over', 'given');
    this.#given.set(callId, from);
    this.ports.calls.giveAway(callId);
  }

  #receive(content: string, from: number, now: Millis): void {
    const { peers, observer, calls } = this.ports;
    const [, heir = '', callId = '', updatedAt = '', at = '', count = '', piece = ''] = PIECE.exec(content) ?? [];
    if (heir === '' || Number(count) > MAX_PIECES || Number(at) >= Number(count)) return observer.count('call.told.dropped', 'malformed');
    if (Number(heir) !== peers.self.index) return;
    const whole = this.#joined(`${from} ${callId} ${updatedAt} ${count}`, Number(at), Number(count), piece, now);
    const node = peers.nodes[from]?.name;
    if (whole === undefined || node === undefined) return;
    if (!this.#taken.has(callId)) {
      observer.count('call.handed-over', 'taken');
      calls.adopt({ callId, node, updatedAt: Number(updatedAt), content: Buffer.from(whole, 'latin1').toString('utf8') }, now);
    }
    this.#taken.set(callId, now);
    this.ports.tell(TAKEN, callId);
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
    for (const [callId, at] of this.#taken) if (now - at > FORGET_TAKEN_MS) this.#taken.delete(callId);
  }
}

const PIECE = /^(\d{1,2}) ([0-9A-Fa-f]{13}) (\d{1,16}(?:\.\d+)?) (\d{1,3}) (\d{1,3}) ([^]+)$/;
