// The client transaction of a phone (RFC 3261 §17.1, RFC 6026), as a pure machine: responses, errors and `now` in,
// outputs through `emit`. A stock phone goes through its addresses one after the other, each with a branch of its own
// (RFC 3263 §4.3). An aware phone keeps one branch, sends the same bytes to the next stand-in and listens on all.
import { type AddressHealth, type Millis, NEVER } from '@altpath/core';
import { type Place, placeKey } from './alternates.js';
import type { SipResponse } from './npm-sip.js';
import type { PhoneTimers } from './timers.js';

export type ClientOutput =
  | { readonly kind: 'send'; readonly data: Buffer; readonly to: Place; readonly note?: string | undefined }
  | { readonly kind: 'provisional'; readonly response: SipResponse; readonly from: Place }
  | { readonly kind: 'final'; readonly response: SipResponse; readonly from: Place }
  /** A further 2xx to an INVITE: a retransmission, or another fork's. */
  | { readonly kind: 'success-again'; readonly response: SipResponse; readonly from: Place }
  | { readonly kind: 'failed'; readonly cause: 'timeout' | 'unreachable' };

export interface ClientSettings {
  readonly method: string;
  /** Writes the request under this branch; the same bytes each time. */
  readonly write: (branch: string) => Buffer;
  /** Writes the ACK of a final response of 300 and above (§17.1.1.3). */
  readonly writeAck: (branch: string, response: SipResponse) => Buffer;
  readonly newBranch: () => string;
  /** In order of preference; addresses known dead are moved to the end. */
  readonly targets: readonly Place[];
  readonly aware: boolean;
  readonly timers: PhoneTimers;
  readonly health: AddressHealth;
  readonly emit: (output: ClientOutput) => void;
}

/** One address that the current branch went to. */
interface Path {
  readonly to: Place;
  readonly since: Millis;
  /** To tags of the 18x heard here. */
  readonly rangTags: Set<string>;
  unreachable: boolean;
  silent: boolean;
  finished: boolean;
}

type State = 'idle' | 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

/** A failure that a node may have made itself, for want of knowledge: another path may know better. */
function isInconclusive(status: number): boolean {
  return [404, 408, 430, 480, 481, 482, 483].includes(status) || (status >= 500 && status < 600);
}

export class ClientTransaction {
  #state: State = 'idle';
  #branch = '';
  #data: Buffer = Buffer.alloc(0);
  #waiting: Place[] = [];
  #paths: Path[] = [];
  #held: { readonly response: SipResponse; readonly from: Place } | undefined;
  #hasRung = false;
  #interval = 0;
  #retransmitAt: Millis = NEVER;
  #giveUpAt: Millis = NEVER;
  #hedgeAt: Millis = NEVER;
  #endAt: Millis = NEVER;

  constructor(private readonly settings: ClientSettings) {}

  get branch(): string {
    return this.#branch;
  }

  get method(): string {
    return this.settings.method;
  }

  get terminated(): boolean {
    return this.#state === 'terminated';
  }

  /** No final response has been handed over yet. */
  get pending(): boolean {
    return this.#state === 'idle' || this.#state === 'calling' || this.#state === 'proceeding';
  }

  /** Where the request went, the newest first: where a CANCEL belongs (§9.1). */
  get sentTo(): readonly Place[] {
    return this.#paths.map((path) => path.to).reverse();
  }

  /** The address tried first. */
  get firstChoice(): Place | undefined {
    return this.#paths[0]?.to;
  }

  start(now: Millis): void {
    const { targets, health } = this.settings;
    const isDown = (place: Place): boolean => health.isDown(placeKey(place), now);
    this.#waiting = [...targets.filter((place) => !isDown(place)), ...targets.filter(isDown)];
    this.#openBranch(this.#waiting.shift(), now, undefined);
  }

  receive(response: SipResponse, from: Place, now: Millis): void {
    const { emit } = this.settings;
    if (this.#state === 'terminated' || this.#state === 'idle') return;
    if (!this.pending) return this.#receiveLate(response, from);
    if (response.status < 200) {
      this.#noteProvisional(response, from, now);
      emit({ kind: 'provisional', response, from });
      return;
    }
    if (response.status < 300) return this.#finish(response, from, now);
    this.#acknowledge(response, from);
    this.#receiveFailure(response, from, now);
  }

  /** The network said that this address cannot be reached (ICMP). Forgeable, so an aware phone only hedges on it. */
  unreachable(to: Place, now: Millis): void {
    const path = this.#pathTo(to);
    if (!path || !this.pending) return;
    const again = path.unreachable;
    path.unreachable = true;
    // A hop's error may belong to another message; an INVITE that was answered at all did get there.
    if (!this.settings.aware) return this.#isInvite && this.#state === 'proceeding' ? undefined : this.#failOver('unreachable', now);
    if (!again && path === this.#paths.at(-1)) this.#addPath('alternate: no such port (ICMP)', now);
    this.#settleHeld(now);
  }

  /** The user sent a CANCEL: with no final response 64 T1 later the INVITE is over (§9.1), on every address. */
  cancelled(now: Millis): void {
    this.#giveUpAt = now + this.settings.timers.giveUp;
    this.#hedgeAt = NEVER;
    this.#waiting = [];
  }

  tick(now: Millis): void {
    if (now >= this.#endAt) {
      this.#state = 'terminated';
      return;
    }
    if (!this.pending || this.#state === 'idle') return;
    if (now >= this.#giveUpAt) return this.#giveUp(now);
    if (now >= this.#hedgeAt) this.#hedge(now);
    if (now >= this.#retransmitAt) this.#retransmit(now);
    this.#settleHeld(now);
  }

  deadline(): Millis {
    if (this.#state === 'terminated') return NEVER;
    if (!this.pending) return this.#endAt;
    return Math.min(this.#retransmitAt, this.#giveUpAt, this.#hedgeAt, this.#heldUntil());
  }

  get #isInvite(): boolean {
    return this.settings.method === 'INVITE';
  }

  #openBranch(to: Place | undefined, now: Millis, note: string | undefined): void {
    if (!to) return this.#fail('unreachable', now);
    this.#branch = this.settings.newBranch();
    this.#data = this.settings.write(this.#branch);
    this.#paths = [];
    this.#held = undefined;
    this.#state = 'calling';
    this.#giveUpAt = now + this.settings.timers.giveUp;
    this.#sendTo(to, now, note);
  }

  #sendTo(to: Place, now: Millis, note: string | undefined): void {
    const { timers, aware } = this.settings;
    this.#paths.push({ to, since: now, rangTags: new Set(), unreachable: false, silent: false, finished: false });
    if (this.#state === 'calling') {
      this.#interval = timers.t1;
      this.#retransmitAt = now + this.#interval;
    }
    this.#hedgeAt = aware && this.#waiting.length > 0 ? now + this.#patience() : NEVER;
    this.settings.emit({ kind: 'send', data: this.#data, to, note });
  }

  /** How long an aware phone listens before it tries the next stand-in. */
  #patience(): number {
    const { timers } = this.settings;
    if (this.#state === 'calling') return timers.hedge;
    return this.#isInvite && !this.#hasRung ? timers.guard : NEVER;
  }

  #addPath(note: string, now: Millis): void {
    const next = this.#waiting.shift();
    if (next) this.#sendTo(next, now, note);
    else this.#hedgeAt = NEVER;
  }

  #hedge(now: Millis): void {
    const { health } = this.settings;
    if (this.#state !== 'calling') return this.#addPath('alternate: a 100 and then nothing (guard)', now);
    const silent = this.#paths.at(-1);
    if (silent) {
      silent.silent = true;
      health.markDown(placeKey(silent.to), now);
    }
    if (now >= this.#retransmitAt) this.#repeat(now);
    this.#addPath('alternate: silence', now);
  }

  #retransmit(now: Millis): void {
    const { timers } = this.settings;
    this.#repeat(now);
    // §17.1.2.2: a non-INVITE goes on at T2 once something provisional was heard, else doubles up to T2.
    const doubled = this.#interval * 2;
    if (this.#isInvite) this.#interval = doubled;
    else this.#interval = this.#state === 'proceeding' ? timers.t2 : Math.min(doubled, timers.t2);
    this.#retransmitAt = now + this.#interval;
  }

  #repeat(now: Millis): void {
    for (const path of this.#paths) {
      if (path.finished || path.since >= now) continue;
      this.settings.emit({ kind: 'send', data: this.#data, to: path.to, note: 'retransmission' });
    }
  }

  #noteProvisional(response: SipResponse, from: Place, now: Millis): void {
    const wasCalling = this.#state === 'calling';
    this.#state = 'proceeding';
    if (response.status > 100) {
      this.#hasRung = true;
      this.#pathTo(from)?.rangTags.add(toTag(response));
    }
    if (this.#isInvite) {
      // §17.1.1.2: an INVITE is not retransmitted once it was answered at all, and waits for its user from then on.
      this.#retransmitAt = NEVER;
      this.#giveUpAt = NEVER;
      if (this.#hasRung || this.#waiting.length === 0 || !this.settings.aware) this.#hedgeAt = NEVER;
      else if (wasCalling) this.#hedgeAt = now + this.settings.timers.guard;
    } else {
      this.#hedgeAt = NEVER;
    }
  }

  #receiveFailure(response: SipResponse, from: Place, now: Millis): void {
    const path = this.#pathTo(from);
    if (path) path.finished = true;
    const othersMayKnow = this.settings.aware && this.#paths.some((other) => this.#mayOverrule(other, response, now));
    if (othersMayKnow) {
      this.#held ??= { response, from };
      return;
    }
    if (response.status === 503 && this.#waiting.length > 0) {
      // RFC 3263 §4.3: a 503 counts as a failure of the address; the next one gets a new transaction.
      return this.#openBranch(this.#waiting.shift(), now, 'next address after 503');
    }
    this.#finish(response, from, now);
  }

  /**
   * May this other path still bring something better than the failure? It may while somebody else rings there, and,
   * where a node may have made the failure itself, until its Timer B. A failure that bears the tag of whoever rang is
   * that phone's own word, whichever way it came.
   */
  #mayOverrule(other: Path, failure: SipResponse, now: Millis): boolean {
    if (other.finished || failure.status >= 600) return false;
    if (other.rangTags.size > 0) return !other.rangTags.has(toTag(failure)) && failure.status !== 487;
    if (!isInconclusive(failure.status) || this.#rangAnywhere(toTag(failure))) return false;
    return !other.unreachable && now < other.since + this.settings.timers.giveUp;
  }

  #rangAnywhere(tag: string): boolean {
    return this.#paths.some((path) => path.rangTags.has(tag));
  }

  #heldUntil(): Millis {
    if (!this.#held) return NEVER;
    const waitedFor = this.#paths.filter((path) => !path.finished && !path.unreachable && path.rangTags.size === 0);
    return Math.min(NEVER, ...waitedFor.map((path) => path.since + this.settings.timers.giveUp));
  }

  #settleHeld(now: Millis): void {
    const held = this.#held;
    if (!held || !this.pending) return;
    if (this.#paths.some((path) => this.#mayOverrule(path, held.response, now))) return;
    this.#finish(held.response, held.from, now);
  }

  /** Final responses after the first: repeated failures are acknowledged again, further 2xx are the call's business. */
  #receiveLate(response: SipResponse, from: Place): void {
    if (response.status >= 300) this.#acknowledge(response, from);
    else if (response.status >= 200 && this.#isInvite) this.settings.emit({ kind: 'success-again', response, from });
  }

  #acknowledge(response: SipResponse, from: Place): void {
    if (!this.#isInvite) return;
    const to = this.settings.aware ? from : (this.#paths[0]?.to ?? from);
    this.settings.emit({ kind: 'send', data: this.settings.writeAck(this.#branch, response), to });
  }

  #finish(response: SipResponse, from: Place, now: Millis): void {
    const { timers, emit } = this.settings;
    this.#state = response.status < 300 ? 'accepted' : 'completed';
    // Timer D and M are 64 T1, Timer K is T4.
    this.#endAt = now + (this.#isInvite ? timers.giveUp : timers.t4);
    emit({ kind: 'final', response, from });
  }

  /** Stock phones: the address is done for; the next one gets a branch of its own. */
  #failOver(cause: 'timeout' | 'unreachable', now: Millis): void {
    const { health } = this.settings;
    const path = this.#paths[0];
    if (path) health.markDown(placeKey(path.to), now);
    if (this.#waiting.length === 0) return this.#fail(cause, now);
    const why = cause === 'timeout' ? 'next address: timeout' : 'next address: no such port (ICMP)';
    this.#openBranch(this.#waiting.shift(), now, why);
  }

  #giveUp(now: Millis): void {
    if (!this.settings.aware) return this.#failOver('timeout', now);
    if (this.#held) this.#finish(this.#held.response, this.#held.from, now);
    else this.#fail('timeout', now);
  }

  #fail(cause: 'timeout' | 'unreachable', now: Millis): void {
    this.#state = 'terminated';
    this.#endAt = now;
    this.settings.emit({ kind: 'failed', cause });
  }

  #pathTo(place: Place): Path | undefined {
    const key = placeKey(place);
    return this.#paths.find((path) => placeKey(path.to) === key);
  }
}

function toTag(response: SipResponse): string {
  return response.headers.to.params['tag'] ?? '';
}
