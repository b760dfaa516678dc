// The driver of a node: the only place where machines meet sockets, timers and the clock. Inputs go in, outputs are
// drained and performed, one timer is kept for all deadlines, and a thaw is noticed before anything that lay in the
// sockets is believed.
import {
  type AdapterInput,
  type Hop,
  type Machine,
  type Millis,
  type NameQuestion,
  NEVER,
  type Observer,
  type ProtocolAdapter,
  type ResolvedAddress,
} from '@altpath/core';
import { BEAT_MS, type Clock, FreezeWatch, SystemClock } from './clock.js';
import type { DatagramEngine } from './datagram-engine.js';
import { DgramEngine } from './dgram-engine.js';
import type { BoundListener, ListenerSpec } from './listener.js';
import { Passenger } from './passenger.js';
import { type DatagramHandler, Seat, type SeatSurroundings } from './seat.js';
import { StaleTurn } from './stale-turn.js';
import type { StreamLimits } from './stream-flows.js';

export interface DriverOptions {
  /** The adapters and their listeners; `Hop.listener` is an index into the adapter's own list. */
  readonly adapters: readonly { readonly adapter: ProtocolAdapter; readonly listeners: readonly ListenerSpec[] }[];
  readonly observer: Observer;
  readonly clock?: Clock | undefined;
  /** Default: node:dgram. */
  readonly engine?: DatagramEngine | undefined;
  /** Answers an adapter's `resolve`; an empty list, or a rejection, is "no address". */
  readonly resolve: (question: NameQuestion) => Promise<readonly ResolvedAddress[]>;
  /** Performs an adapter's `tell-peers`. */
  readonly tellPeers: (topic: string, content: string, adapter: ProtocolAdapter) => void;
  /** The shortest pause that is taken for a freeze; default 1 s. See `FreezeWatch`. The gateway gives max(2 T1, 1 s). */
  readonly thawMs?: Millis | undefined;
  readonly streams?: Partial<StreamLimits> | undefined;
  /** How long `close` lets written bytes leave; default 500 ms. */
  readonly graceMs?: Millis | undefined;
}

const THAW_MS = 1_000;
const GRACE_MS = 500;
/** An adapter that throws at every tick is not asked more often than this. */
const STUMBLE_MS = 100;

/** Gives one input to an attached machine, and has what comes of it performed. */
export type Feed<Input> = (input: Input) => void;

export class NodeDriver {
  readonly clock: Clock;
  readonly #observer: Observer;
  readonly #seats: readonly Seat[];
  readonly #machines: Pick<Passenger<never, never>, 'tick' | 'deadline'>[] = [];
  readonly #thawed: ((gapMs: Millis, now: Millis) => void)[] = [];
  readonly #unreachable: ((hop: Hop) => void)[] = [];
  readonly #stirred = new Set<Seat>();
  readonly #stale: StaleTurn;
  readonly #thawMs: Millis;
  readonly #graceMs: Millis;
  #watch: FreezeWatch;
  #flow = 0;
  #bound: readonly BoundListener[] = [];
  #phase: 'new' | 'running' | 'closed' = 'new';
  #timer: NodeJS.Timeout | undefined;
  #armedFor: Millis = NEVER;
  #beatAt: Millis = NEVER;
  #stumbledAt: Millis = -NEVER;
  readonly #wake = (): void => this.#onTimer();

  constructor(options: DriverOptions) {
    this.clock = options.clock ?? new SystemClock();
    this.#observer = options.observer;
    this.#thawMs = options.thawMs ?? THAW_MS;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#watch = new FreezeWatch(this.clock, this.#thawMs);
    this.#stale = new StaleTurn(this.clock);
    const surroundings: SeatSurroundings = {
      engine: options.engine ?? new DgramEngine(),
      limits: options.streams ?? {},
      now: () => this.clock.now(),
      nextFlow: () => (this.#flow += 1),
      resolve: options.resolve,
      tellPeers: options.tellPeers,
      count: (name, reason) => this.#observer.count(name, reason),
      stumbled: (who, error) => this.#onStumble(who, error),
      begin: () => this.#begin(),
      isStale: () => this.#stale.saw(),
      isLate: () => this.#phase === 'running' && this.#watch.isAmidFreeze(this.clock.now()),
      end: (seat, now) => this.#end(seat, now),
      unreachable: (hop) => this.#unreachable.forEach((handler) => handler(hop)),
    };
    this.#seats = options.adapters.map(({ adapter, listeners }) => new Seat(adapter, listeners, surroundings));
    for (const seat of this.#seats) this.#machines.push(seat.passenger);
  }

  /** The listeners as bound; empty before `start`. */
  get listeners(): readonly BoundListener[] {
    return this.#bound;
  }

  /** Opens every listener. @throws SignalingError in one plain sentence; then nothing is left open. */
  async start(): Promise<readonly BoundListener[]> {
    const bound: BoundListener[] = [];
    try {
      for (const seat of this.#seats) bound.push(...(await seat.open()));
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#bound = bound;
    this.#phase = 'running';
    // What passed before the start was no freeze.
    this.#watch = new FreezeWatch(this.clock, this.#thawMs);
    this.#beatAt = this.clock.now() + BEAT_MS;
    this.#armForAll();
    return bound;
  }

  /** Takes another machine along (the cluster's): same clock, same timer. Its outputs are the caller's to perform. */
  attach<Input, Output>(machine: Machine<Input, Output>, perform: (output: Output) => void): Feed<Input> {
    const passenger = new Passenger(machine, perform, (error) => this.#onStumble('machine', error));
    this.#machines.push(passenger);
    this.#arm(machine.deadline());
    return (input) => {
      if (this.#phase === 'closed') return;
      const now = this.#begin();
      passenger.take(input, now);
      passenger.settle(now);
      this.#settleStirred(now);
      this.#flush();
      this.#arm(passenger.deadline());
    };
  }

  /** One input for every adapter: `peer`, `drain`. */
  feedAll(input: AdapterInput): void {
    for (const seat of this.#seats) seat.feed(input);
  }

  /**
   * An adapter was given something within another one's turn (an order of the call control): what comes of it is performed
   * when that turn ends.
   */
  stir(adapter: ProtocolAdapter): void {
    this.#stirred.add(this.#seatOf(adapter));
  }

  /** Does something to an adapter from outside (`told`, `sendTable`) and performs what comes of it. */
  visit<A extends ProtocolAdapter>(adapter: A, work: (adapter: A, now: Millis) => void): void {
    const seat = this.#seatOf(adapter);
    const now = this.#begin();
    work(adapter, now);
    this.#end(seat, now);
  }

  /**
   * Datagrams of an adapter's listeners that begin with this byte go to `handler`. The first adapter's, when none is
   * named. At most one handler a byte; empty datagrams have none.
   */
  onDatagram(prefix: number, handler: DatagramHandler, adapter?: ProtocolAdapter): void {
    this.#seatOf(adapter).onDatagram(prefix, handler);
  }

  /** Hops that nothing can be sent to, whatever it was: also told to the adapter. */
  onUnreachable(handler: (hop: Hop) => void): void {
    this.#unreachable.push(handler);
  }

  /** After the adapters have been told of a thaw. */
  onThawed(handler: (gapMs: Millis, now: Millis) => void): void {
    this.#thawed.push(handler);
  }

  /** Sends one datagram from an adapter's listeners (the first adapter's, when none is named). */
  sendDatagram(hop: Hop, data: Buffer, adapter?: ProtocolAdapter): void {
    if (this.#phase === 'closed') return;
    const seat = this.#seatOf(adapter);
    seat.send(data, hop);
    seat.flush();
  }

  /** Makes ICMP errors from a UDP hop visible as `unreachable`; bounded, see `DatagramListener.watch`. After `start`. */
  watch(hop: Hop, adapter?: ProtocolAdapter): void {
    this.#seatOf(adapter).listenerFor(hop)?.watch(hop.host, hop.port);
  }

  unwatch(hop: Hop, adapter?: ProtocolAdapter): void {
    this.#seatOf(adapter).listenerFor(hop)?.unwatch(hop.host, hop.port);
  }

  /** Lets what was written leave, closes every socket and stops the timer. Inputs that come later are dropped. */
  async close(): Promise<void> {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#stale.stop();
    await Promise.all(this.#seats.map((seat) => seat.close(this.#graceMs)));
  }

  #seatOf(adapter: ProtocolAdapter | undefined): Seat {
    const seat = adapter ? this.#seats.find((each) => each.adapter === adapter) : this.#seats[0];
    if (!seat) throw new RangeError('no such adapter on this driver');
    return seat;
  }

  #begin(): Millis {
    const now = this.clock.now();
    if (this.#phase !== 'running') return now;
    const gapMs = this.#watch.look(now);
    if (gapMs > 0) this.#thaw(gapMs, now);
    return now;
  }

  #end(seat: Seat, now: Millis): void {
    if (this.#phase === 'closed') return;
    if (seat.adapter.speaksLast === true) this.#settleStirred(now, seat);
    this.#settle(seat, now);
    this.#settleStirred(now);
  }

  #settle(seat: Seat, now: Millis): void {
    seat.passenger.settle(now);
    seat.flush();
    this.#arm(seat.passenger.deadline());
  }

  /**
   * Settling one may stir another; and whoever stirred may have a deadline of its own that nobody was told of.
   *
   * @param butFor  It speaks when all others have.
   */
  #settleStirred(now: Millis, butFor?: Seat): void {
    if (this.#stirred.size === 0) return;
    for (const seat of this.#stirred) {
      if (seat === butFor) continue;
      this.#stirred.delete(seat);
      this.#settle(seat, now);
    }
    this.#armForAll();
  }

  #flush(): void {
    for (const seat of this.#seats) seat.flush();
  }

  /** Before anything else happens in the turn that noticed it. */
  #thaw(gapMs: Millis, now: Millis): void {
    this.#observer.count('transport.thawed');
    this.#observer.log('warn', 'this node did not run for a while; what lay in its sockets is let go', { gapMs: Math.round(gapMs) });
    this.#stale.start();
    // All are told before one of them speaks: what the others had still to say may be out of date as well.
    for (const seat of this.#seats) seat.passenger.take({ kind: 'thawed', gapMs }, now);
    for (const seat of this.#seats) this.#end(seat, now);
    for (const handler of this.#thawed) handler(gapMs, now);
  }

  #onTimer(): void {
    this.#armedFor = NEVER;
    const now = this.#begin();
    for (const machine of this.#machines) machine.tick(now);
    this.#settleStirred(now);
    if (now >= this.#beatAt) {
      this.#beatAt = now + BEAT_MS;
      for (const seat of this.#seats) seat.beat(now);
    }
    this.#flush();
    this.#armForAll();
  }

  #armForAll(): void {
    let at = this.#beatAt;
    for (const machine of this.#machines) at = Math.min(at, machine.deadline());
    this.#arm(at);
  }

  /** Only an earlier deadline moves the timer: waking early does no harm. */
  #arm(deadline: Millis): void {
    if (deadline >= this.#armedFor || this.#phase !== 'running') return;
    clearTimeout(this.#timer);
    const now = this.clock.now();
    const at = now - this.#stumbledAt < STUMBLE_MS ? Math.max(deadline, now + STUMBLE_MS) : deadline;
    this.#armedFor = at;
    this.#timer = setTimeout(this.#wake, Math.max(0, Math.ceil(at - now)));
  }

  #onStumble(who: string, error: unknown): void {
    this.#observer.count('transport.machine.threw', who);
    const now = this.clock.now();
    if (now - this.#stumbledAt >= STUMBLE_MS) {
      this.#observer.log('error', `${who} broke its promise not to throw`, {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
    this.#stumbledAt = now;
  }
}
