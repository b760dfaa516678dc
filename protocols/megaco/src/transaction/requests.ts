// The requests of ours that are out: held, sent, repeated, sent elsewhere, completed (RFC 3525 §9.1, D.1.3-D.1.5).
import {
  type Fault,
  type Hop,
  hopKey,
  isReliable,
  type Millis,
  NEVER,
  Timer,
  TimerQueue,
  defaultSchedule,
  type Estimators,
  nextSchedule,
  type Schedule,
} from '@altpath/core';
import type { ActionRequest, MId, TransactionId, TransactionReply, TransactionRequest } from '../message/index.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { Association, FailureReason, Outgoing, Outstanding } from './events.js';
import { Effect, State, StateEvent, step } from './machines.js';
import { type Claims, claimsOf, Order, type Ordered } from './order.js';
import { type Outbox, type Place, summaryOf } from './outbox.js';
import { Segments } from './segments.js';
import type { TransactionSettings } from './settings.js';

/** Several requests go in one datagram up to this length, which no usual path cuts. */
const MAX_TOGETHER = 1_400;

class ClientTransaction<Token> implements Outstanding<Token>, Ordered {
  state: State = State.Held;
  /** T-MAX runs from here: the first copy to the present place, or the last TransactionPending. */
  aliveAt: Millis;
  firstSentAt: Millis = NEVER;
  repetitions = 0;
  /** More than one copy left in all: its delay measures nothing (Karn). */
  repeated = false;
  pendings = 0;
  /** What has come of a reply in parts. */
  segments: Segments | undefined;
  schedule: Schedule;
  isUnreachable = false;
  isSuspicious = false;
  readonly claims: Claims;
  readonly timer: Timer<ClientTransaction<Token>> = new Timer(this);

  constructor(
    readonly transactionId: TransactionId,
    readonly actions: readonly ActionRequest[],
    readonly token: Token,
    public association: Association,
    readonly startedAt: Millis,
    private readonly settings: TransactionSettings,
  ) {
    this.claims = claimsOf(actions);
    this.aliveAt = startedAt;
    this.schedule = defaultSchedule(settings);
  }

  get held(): boolean {
    return this.state === State.Held;
  }

  get request(): TransactionRequest {
    return { kind: 'request', transactionId: this.transactionId, actions: this.actions };
  }

  get isOver(): boolean {
    return this.state === State.Ended;
  }

  get giveUpAt(): Millis {
    return this.aliveAt + this.settings.tMaxMs;
  }

  /** When its timer elapses. Over TCP nothing is repeated (D.2.3): the loss of a connection is what loses requests. */
  deadline(now: Millis): Millis {
    if (this.held || isReliable(this.association.hop.transport)) return this.giveUpAt;
    const gapMs = this.state === State.Proceeding ? this.settings.longGapMs : this.schedule.gapMs;
    return Math.min(now + gapMs, this.giveUpAt);
  }
}

export class Requests<Token> {
  readonly #sent = new Map<TransactionId, ClientTransaction<Token>>();
  readonly #order = new Order<ClientTransaction<Token>>();
  readonly #timers: TimerQueue<ClientTransaction<Token>>;

  constructor(
    private readonly settings: TransactionSettings,
    private readonly outbox: Outbox<Token>,
    private readonly estimators: Estimators,
    private readonly acknowledgements: Acknowledgements,
    now: Millis,
  ) {
    this.#timers = new TimerQueue(now);
  }

  /** Requests without a reply. */
  get count(): number {
    return this.#sent.size;
  }

  get deadline(): Millis {
    return Math.min(this.#timers.deadline(), this.acknowledgements.deadline);
  }

  outstanding(): Iterable<Outstanding<Token>> {
    return this.#sent.values();
  }

  /** One message for those that need not wait for others; each is repeated on its own. */
  send(requests: readonly Outgoing<Token>[], to: Association, now: Millis): readonly TransactionId[] {
    const clients = requests.map(({ actions, token }) => this.#create(actions, token, to, now));
    const free = clients.filter((client) => this.#order.enter(client));
    for (const client of clients) this.#timers.arm(client.timer, client.deadline(now));
    if (!this.#sendTogether(free, to, now)) for (const client of free) this.#take(client, StateEvent.Release, now);
    return clients.map(({ transactionId }) => transactionId);
  }

  redirect(matches: (outstanding: Outstanding<Token>) => boolean, to: Association, now: Millis): number {
    const moved = [...this.#sent.values()].filter((client) => matches(client));
    // The registration of the new place goes first, whatever its age.
    moved.sort((a, b) => Number(b.claims.isRegistration) - Number(a.claims.isRegistration));
    const released: ClientTransaction<Token>[] = [];
    for (const client of moved) {
      released.push(...this.#order.leave(client, client.association.key === to.key));
      client.association = to;
    }
    for (const client of moved) {
      client.aliveAt = now;
      client.isSuspicious = false;
      client.isUnreachable = false;
      client.pendings = 0;
      this.#take(client, this.#order.enter(client) ? StateEvent.Redirect : StateEvent.Hold, now, 'redirected');
    }
    const isMoved = new Set(moved);
    for (const client of released) if (!isMoved.has(client)) this.#take(client, StateEvent.Release, now);
    return moved.length;
  }

  abandon(matches: (outstanding: Outstanding<Token>) => boolean, now: Millis): number {
    const abandoned = [...this.#sent.values()].filter((client) => matches(client));
    for (const client of abandoned) client.state = State.Ended;
    for (const client of abandoned) this.#forget(client, true, now);
    return abandoned.length;
  }

  receiveReply(received: TransactionReply, mId: MId | undefined, place: Place, now: Millis): void {
    const { hop } = place;
    const client = this.#find(received.transactionId, mId);
    const reply = received.segment === undefined ? received : this.#joined(received, client, place, now);
    if (reply === undefined) return;
    // D.1.4: each copy of such a reply wants its acknowledgement, also when its transaction is over.
    if (reply.immAckRequired) this.outbox.sendTransaction({ kind: 'ack', ranges: [{ first: reply.transactionId }] }, place);
    if (client === undefined) return this.outbox.count('megaco.reply.unmatched', 'reply');
    this.outbox.trace('in', () => `reply ${reply.result.kind === 'error' ? reply.result.code : 'done'}`, client.actions, hop, now);
    this.#measure(client, now);
    if (!reply.immAckRequired && this.settings.acknowledges) this.#acknowledge(client, now);
    const { token } = client;
    this.#take(
      client,
      StateEvent.Reply,
      now,
      undefined,
      () => this.outbox.tell({ kind: 'completed', token, reply, mId, hop }),
      isAccepted(reply),
    );
  }

  /** A part of a reply is acknowledged each time it comes; a new one says that somebody works on the rest. */
  #joined(part: TransactionReply, client: ClientTransaction<Token> | undefined, place: Place, now: Millis): TransactionReply | undefined {
    const { transactionId, segment } = part;
    if (segment !== undefined) this.outbox.sendTransaction({ kind: 'segment-reply', transactionId, segment }, place);
    if (client === undefined) {
      this.outbox.count('megaco.reply.unmatched', 'segment');
      return undefined;
    }
    const segments = (client.segments ??= new Segments());
    const known = segments.size;
    const whole = segments.add(part);
    if (whole !== undefined || segments.size === known) return whole;
    this.#measure(client, now);
    client.aliveAt = now;
    client.isUnreachable = false;
    this.#take(client, StateEvent.Pending, now);
    return undefined;
  }

  receivePending(transactionId: TransactionId, mId: MId, hop: Hop, now: Millis): void {
    const client = this.#find(transactionId, mId);
    // D.1.4: after the reply it is ignored.
    if (client === undefined) return this.outbox.count('megaco.reply.unmatched', 'pending');
    this.outbox.trace('in', () => 'pending', client.actions, hop, now);
    this.#measure(client, now);
    client.pendings += 1;
    const limit = this.outbox.environment.provisionalOf?.(client.association.key)?.peerPendingLimit ?? this.settings.peerPendingLimit;
    if (client.pendings > limit) return this.#fail(client, 'pendings', now);
    client.aliveAt = now;
    client.isUnreachable = false;
    const { token } = client;
    this.#take(client, StateEvent.Pending, now, undefined, () => this.outbox.tell({ kind: 'pending', token, hop }));
  }

  /** The request that somebody speaks of; undefined: there is none, or it was not made to him. */
  #find(transactionId: TransactionId, mId: MId | undefined): ClientTransaction<Token> | undefined {
    const client = this.#sent.get(transactionId);
    const { speaksFor } = this.outbox.environment;
    return client && (speaksFor?.(mId, client.association.key) ?? true) ? client : undefined;
  }

  unreachable(hop: Hop): void {
    const key = hopKey(hop);
    for (const client of this.#sent.values()) {
      if (client.held || hopKey(client.association.hop) !== key) continue;
      client.isUnreachable = true;
      this.#suspect(client);
    }
  }

  tick(now: Millis): void {
    this.#timers.expire(now, (client) => this.#elapsed(client, now));
    for (let to = this.acknowledgements.due(now); to; to = this.acknowledgements.due(now)) this.#sendAcknowledgements(to);
  }

  #elapsed(client: ClientTransaction<Token>, now: Millis): void {
    // A tick may end others, whose timers were due as well.
    if (client.isOver) return;
    if (now >= client.giveUpAt) return this.#fail(client, client.isUnreachable ? 'unreachable' : 'timeout', now);
    if (client.repetitions >= this.settings.max1) this.#suspect(client);
    this.#take(client, StateEvent.Repeat, now, 'retransmission');
  }

  /** Feeds one event to the machine and does what the table says. */
  #take(client: ClientTransaction<Token>, event: StateEvent, now: Millis, note?: string, deliver?: () => void, isRegistered = false): void {
    const effects = step(client, event);
    if (effects & Effect.Unexpected) return this.outbox.count('megaco.unexpected', 'client');
    if (effects & Effect.Deliver) deliver?.();
    if (effects & Effect.Finished) return this.#forget(client, isRegistered, now);
    if (effects & Effect.Transmit) {
      const fault = this.#transmit(client, event, now, note);
      if (fault !== undefined) return this.#fail(client, 'encoding', now, fault);
    }
    this.#timers.arm(client.timer, client.deadline(now));
  }

  /** @returns why nothing could be sent. */
  #transmit(client: ClientTransaction<Token>, event: StateEvent, now: Millis, note: string | undefined): Fault | undefined {
    const { association, request } = client;
    const ack = event === StateEvent.Repeat ? undefined : this.acknowledgements.take(association);
    const outcome = this.outbox.encodeTransactions(ack === undefined ? [request] : [request, ack], association);
    if (!outcome.ok) return outcome.fault;
    this.#departed(client, event, now, note);
    this.outbox.send(outcome.value, association.hop);
    return undefined;
  }

  /** @returns `false` when they have to go one by one. */
  #sendTogether(clients: readonly ClientTransaction<Token>[], to: Association, now: Millis): boolean {
    if (clients.length < 2) return false;
    const outcome = this.outbox.encodeTransactions(
      clients.map(({ request }) => request),
      to,
    );
    if (!outcome.ok || (outcome.value.length > MAX_TOGETHER && !isReliable(to.hop.transport))) return false;
    for (const client of clients) {
      step(client, StateEvent.Release);
      this.#departed(client, StateEvent.Release, now, undefined);
      this.#timers.arm(client.timer, client.deadline(now));
    }
    this.outbox.send(outcome.value, to.hop);
    return true;
  }

  #departed(client: ClientTransaction<Token>, event: StateEvent, now: Millis, note: string | undefined): void {
    client.repeated = client.firstSentAt !== NEVER;
    if (!client.repeated) client.firstSentAt = now;
    if (event === StateEvent.Repeat) {
      client.repetitions += 1;
      if (client.state === State.Awaiting) client.schedule = nextSchedule(client.schedule, this.settings, this.outbox.environment.random);
      this.outbox.count('megaco.retransmission', 'request');
    } else {
      client.repetitions = 0;
      client.aliveAt = now;
      client.schedule = this.estimators.first(hopKey(client.association.hop));
    }
    this.outbox.trace('out', () => summaryOf(client.actions), client.actions, client.association.hop, now, note);
  }

  /** Round trip of a request that was sent once, else the gap that worked (D.1.3). Only the first answer says something. */
  #measure(client: ClientTransaction<Token>, now: Millis): void {
    if (client.state !== State.Awaiting) return;
    const address = hopKey(client.association.hop);
    if (!client.repeated) this.estimators.answered(address, now - client.firstSentAt);
    else if (client.repetitions > 0) this.estimators.answeredLate(address, client.schedule.gapMs);
  }

  #acknowledge(client: ClientTransaction<Token>, now: Millis): void {
    const { association, transactionId } = client;
    if (this.acknowledgements.add(association, transactionId, now)) this.#sendAcknowledgements(association);
  }

  #sendAcknowledgements(to: Association): void {
    const ack = this.acknowledgements.take(to);
    if (ack !== undefined) this.outbox.sendTransaction(ack, to);
  }

  #suspect(client: ClientTransaction<Token>): void {
    if (client.isSuspicious) return;
    client.isSuspicious = true;
    this.outbox.tell({ kind: 'suspicious', token: client.token, hop: client.association.hop });
  }

  #fail(client: ClientTransaction<Token>, reason: FailureReason, now: Millis, fault?: Fault): void {
    this.outbox.count('megaco.failed', reason);
    const { token } = client;
    step(client, StateEvent.Late);
    this.outbox.tell({ kind: 'failed', token, reason, ...(fault && { fault }) });
    this.#forget(client, false, now);
  }

  #create(actions: readonly ActionRequest[], token: Token, to: Association, now: Millis): ClientTransaction<Token> {
    const transactionId = this.outbox.environment.ids.next(now);
    const client = new ClientTransaction(transactionId, actions, token, to, now, this.settings);
    this.#sent.set(transactionId, client);
    return client;
  }

  /** It is over: what waited for it may go. */
  #forget(client: ClientTransaction<Token>, isRegistered: boolean, now: Millis): void {
    this.#sent.delete(client.transactionId);
    this.#timers.disarm(client.timer);
    for (const next of this.#order.leave(client, isRegistered)) if (!next.isOver) this.#take(next, StateEvent.Release, now);
  }
}

/** A ServiceChange whose reply names neither an error nor another controller (RFC 3525 §11.2). */
function isAccepted({ result }: TransactionReply): boolean {
  if (result.kind === 'error') return false;
  return result.actions.every(
    ({ error, commands }) =>
      error === undefined &&
      commands.every(
        (command) => command.kind !== 'service-change' || (command.error === undefined && command.result?.mgcId === undefined),
      ),
  );
}
