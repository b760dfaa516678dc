// Terminations in and out of service (RFC 3525 §7.2.8, §11.4): what the operator does to them, what the controller is
// told of it, and what listings show.
import { type Millis, NEVER } from '@altpath/core';
import { type MId, NULL_CONTEXT, type ServiceChangeParameters } from '../message/index.js';
import { Reason } from './candidates.js';
import type { ServiceChanges } from './commands.js';
import type { LineService, MediaGatewayOutput, ServiceInput } from './door.js';
import type { Telling } from './outbox.js';
import { type Checked, ErrorCode, refused } from './refusal.js';
import type { Termination } from './termination.js';

/** What the desk has done for it, and what it has to know. */
export interface ServiceOwner {
  readonly root: Termination;
  readonly lines: Iterable<Termination>;
  /** A controller is in charge. */
  readonly isControlled: boolean;
  /** How many contexts there are. */
  readonly contexts: number;
  find(id: string): Termination | undefined;
  tell(telling: Telling, now: Millis): void;
  /** All connections are gone, and all that was watched for, played, or still to be told. */
  clear(now: Millis): void;
  /** Nobody is in charge any more, nor looked for. */
  leave(now: Millis): void;
  /** The gateway registers as one that is back in service. */
  returned(now: Millis): void;
  /** The controller wants the gateway to go elsewhere, once it has its answer. */
  handOff(to: MId | undefined): void;
  emit(output: MediaGatewayOutput): void;
}

type Operation = Extract<ServiceInput, { kind: 'service' }>;

/** A change of service that is yet to come. */
interface Pending {
  readonly method: 'graceful' | 'restart';
  /** `NEVER`: when it is idle. */
  readonly at: Millis;
  /** It was in a context: its leaving that is waited for as well (§7.2.8). */
  readonly wasBusy: boolean;
}

export class ServiceDesk implements ServiceChanges {
  readonly #pending = new Map<Termination, Pending>();
  readonly #shown = new Map<Termination, LineService>();

  constructor(private readonly owner: ServiceOwner) {}

  /** The operator does something to a line, or to the whole gateway. */
  operate({ line, method, delayS = 0, reason }: Operation, now: Millis): void {
    const termination = line === undefined ? this.owner.root : this.owner.find(line);
    if (!termination) return;
    switch (method) {
      case 'forced':
        return this.#force(termination, reason ?? Reason.takenOutOfService, now);
      case 'graceful':
        return this.#announce(termination, reason ?? Reason.takenOutOfService, delayS, now);
      case 'restart':
        return this.#bringBack(termination, reason ?? Reason.serviceRestored, now);
      default:
        method satisfies never;
    }
  }

  /** The controller does something to a line, or to all of them. */
  change({ method, delay, mgcId }: ServiceChangeParameters, termination: Termination, now: Millis): Checked<undefined> {
    const isRoot = termination === this.owner.root;
    switch (method) {
      case 'handoff':
        if (!isRoot) return refused(ErrorCode.notAllowedHere, 'HandOff');
        this.owner.handOff(mgcId);
        break;
      case 'forced':
        for (const line of isRoot ? this.owner.lines : [termination]) this.#takeLineOut(line);
        break;
      case 'graceful':
      case 'restart':
        for (const line of isRoot ? this.owner.lines : [termination]) this.#postpone(line, method, delay ?? 0, now);
        break;
      default:
        return refused(ErrorCode.notImplemented, method);
    }
    return { ok: true, value: undefined };
  }

  /** Power on: everything is in service. */
  start(): void {
    this.#pending.clear();
    this.#setAll('in-service');
  }

  /** Changes what is due. */
  settle(now: Millis): void {
    for (const [termination, pending] of this.#pending) {
      if (pending.at > now && !this.#isIdle(termination, pending)) continue;
      this.#pending.delete(termination);
      if (pending.method === 'restart') termination.serviceState = 'in-service';
      else this.#takeOut(termination, now);
      if (termination === this.owner.root) this.owner.leave(now);
    }
  }

  /** Shows what has changed. */
  show(): void {
    for (const line of this.owner.lines) {
      const service = this.#serviceOf(line);
      if ((this.#shown.get(line) ?? 'unregistered') === service) continue;
      this.#shown.set(line, service);
      this.owner.emit({ kind: 'line-service', line: line.id, service });
    }
  }

  deadline(): Millis {
    let at = NEVER;
    for (const pending of this.#pending.values()) at = Math.min(at, pending.at);
    return at;
  }

  #postpone(termination: Termination, method: Pending['method'], delayS: number, now: Millis): void {
    // Back in service is who waits for nothing.
    const without = method === 'graceful' ? NEVER : now;
    this.#pending.set(termination, { method, at: delayS > 0 ? now + delayS * 1_000 : without, wasBusy: !this.#isFree(termination) });
  }

  /** §7.2.8: without a delay it goes as soon as it is idle, with one when it leaves its context or at its time. */
  #isIdle(termination: Termination, { method, at, wasBusy }: Pending): boolean {
    return method === 'graceful' && (at === NEVER || wasBusy) && this.#isFree(termination);
  }

  #isFree(termination: Termination): boolean {
    return termination === this.owner.root ? this.owner.contexts === 0 : termination.context === undefined;
  }

  #serviceOf(line: Termination): LineService {
    if (line.serviceState !== 'in-service') return 'out';
    return this.owner.isControlled ? 'in' : 'unregistered';
  }

  #announce(termination: Termination, reason: string, delayS: number, now: Millis): void {
    const parameters: ServiceChangeParameters = { method: 'graceful', reason, ...(delayS > 0 && { delay: delayS }) };
    // With the whole gateway goes all that is still to be told: this is told before.
    if (termination === this.owner.root)
      return this.#tell(termination, parameters, now, (at) => this.#postpone(termination, 'graceful', delayS, at));
    this.#postpone(termination, 'graceful', delayS, now);
    this.#tell(termination, parameters, now);
  }

  #force(termination: Termination, reason: string, now: Millis): void {
    this.#pending.delete(termination);
    this.#takeOut(termination, now);
    const isRoot = termination === this.owner.root;
    if (isRoot && !this.owner.isControlled) return this.owner.leave(now);
    // §7.2.8: all connections are lost, and the association with them once that is known.
    this.#tell(termination, { method: 'forced', reason }, now, isRoot ? (at) => this.#leave(at) : undefined);
  }

  #leave(now: Millis): void {
    if (this.owner.root.serviceState !== 'in-service') this.owner.leave(now);
  }

  #takeOut(termination: Termination, now: Millis): void {
    if (termination !== this.owner.root) return this.#takeLineOut(termination);
    this.owner.clear(now);
    this.#setAll('out-of-service');
  }

  /** §7.2.8: it stays in its context until the controller takes it out. */
  #takeLineOut(line: Termination): void {
    this.#pending.delete(line);
    line.signals.stop();
    line.watch.clear();
    line.serviceState = 'out-of-service';
  }

  #bringBack(termination: Termination, reason: string, now: Millis): void {
    if (termination === this.owner.root) {
      // A Restart of ROOT registers: the controller knows of no connection any more.
      this.owner.clear(now);
      this.start();
      this.owner.returned(now);
    } else {
      this.#pending.delete(termination);
      termination.serviceState = 'in-service';
      this.#tell(termination, { method: 'restart', reason }, now);
    }
  }

  #setAll(state: 'in-service' | 'out-of-service'): void {
    for (const each of [this.owner.root, ...this.owner.lines]) each.serviceState = state;
  }

  #tell(termination: Termination, parameters: ServiceChangeParameters, now: Millis, over?: (now: Millis) => void): void {
    const telling: Telling = {
      actions: () => [
        {
          contextId: termination.context?.id ?? NULL_CONTEXT,
          commands: [{ kind: 'service-change', terminationId: termination.id, parameters }],
        },
      ],
      over: (_result, at) => over?.(at),
    };
    this.owner.tell(telling, now);
  }
}
