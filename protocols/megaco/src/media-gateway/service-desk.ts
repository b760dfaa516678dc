// Terminations in and out of service (RFC 3525 §7.2.8, §11.4): what the operator does to them, what the controller is
// told of it, and what listings show.
import { type Millis, NEVER } from '@altpath/core';
import { NULL_CONTEXT, type ServiceChangeParameters } from '../message/index.js';
import { Reason } from './candidates.js';
import type { LineService, MediaGatewayOutput, ServiceInput } from './door.js';
import type { Telling } from './outbox.js';
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
  emit(output: MediaGatewayOutput): void;
}

type Operation = Extract<ServiceInput, { kind: 'service' }>;

export class ServiceDesk {
  /** Going out of service at a given time, or when idle, whichever comes first; without a time only when idle. */
  readonly #leaving = new Map<Termination, Millis>();
  readonly #shown = new Map<Termination, LineService>();

  constructor(private readonly owner: ServiceOwner) {}

  /** The operator does something to a line, or to the whole gateway. */
  operate({ line, method, delayS = 0, reason }: Operation, now: Millis): void {
    const termination = line === undefined ? this.owner.root : this.owner.find(line);
    if (!termination) return;
    this.#leaving.delete(termination);
    switch (method) {
      case 'forced':
        return this.#force(termination, reason ?? Reason.takenOutOfService, now);
      case 'graceful':
        this.#leaving.set(termination, delayS > 0 ? now + delayS * 1_000 : NEVER);
        this.#tell(termination, { method, reason: reason ?? Reason.takenOutOfService, ...(delayS > 0 && { delay: delayS }) }, now);
        return this.settle(now);
      case 'restart':
        return this.#bringBack(termination, reason ?? Reason.serviceRestored, now);
      default:
        method satisfies never;
    }
  }

  /** Power on: everything is in service. */
  start(): void {
    this.#leaving.clear();
    this.#setAll('in-service');
  }

  /** Takes out of service what was only waited for. */
  settle(now: Millis): void {
    for (const [termination, at] of this.#leaving) {
      if (at > now && !this.#isIdle(termination, at)) continue;
      this.#leaving.delete(termination);
      this.#takeOut(termination, now);
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
    for (const each of this.#leaving.values()) at = Math.min(at, each);
    return at;
  }

  /** §7.2.8: without a delay it goes as soon as it is idle, with one when it leaves its context or at its time. */
  #isIdle(termination: Termination, at: Millis): boolean {
    if (termination === this.owner.root) return at === NEVER && this.owner.contexts === 0;
    return at === NEVER && termination.context === undefined;
  }

  #serviceOf(line: Termination): LineService {
    if (line.serviceState !== 'in-service') return 'out';
    return this.owner.isControlled ? 'in' : 'unregistered';
  }

  #force(termination: Termination, reason: string, now: Millis): void {
    this.#takeOut(termination, now);
    const isRoot = termination === this.owner.root;
    // §7.2.8: all connections are lost, and the association with them once that is known.
    this.#tell(termination, { method: 'forced', reason }, now, isRoot ? (at) => this.#leave(at) : undefined);
  }

  #leave(now: Millis): void {
    if (this.owner.root.serviceState !== 'in-service') this.owner.leave(now);
  }

  #takeOut(termination: Termination, now: Millis): void {
    if (termination === this.owner.root) {
      this.owner.clear(now);
      this.#setAll('out-of-service');
    } else {
      // §7.2.8: it stays in its context until the controller takes it out.
      termination.signals.stop();
      termination.watch.clear();
      termination.serviceState = 'out-of-service';
    }
  }

  #bringBack(termination: Termination, reason: string, now: Millis): void {
    if (termination === this.owner.root) {
      // A Restart of ROOT registers: the controller knows of no connection any more.
      this.owner.clear(now);
      this.start();
      this.owner.returned(now);
    } else {
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
