// The signals of one line: which are on, what a new list does to them, and when the timed ones end (RFC 3435 §2.3.3).
import { type Millis, NEVER } from '@altpath/core';
import {
  assignedValue,
  eventKey,
  type EventParameter,
  formatEventName,
  type ObservedEvent,
  type SignalRequest,
  valueOf,
} from '../message/events.js';
import type { PackageRegistry, SignalDefinition, SignalType } from '../packages/index.js';

/** A signal goes on or off. Brief ones only go on. */
export type SignalChange = (key: string, on: boolean, request: SignalRequest) => void;

interface ActiveSignal {
  readonly key: string;
  readonly request: SignalRequest;
  readonly type: SignalType;
  readonly endsAt: Millis;
}

/** A ring is 2 s of ringing and 4 s of silence (GR-506): what one repetition of `rep=` takes. */
const RING_CYCLE_MS = 6_000;

export class LineSignals {
  readonly #active = new Map<string, ActiveSignal>();

  constructor(
    private readonly registry: PackageRegistry,
    private readonly defaultPackage: string,
    private readonly change: SignalChange,
  ) {}

  /** On, with time left: what an audit of `S` gives back. */
  get active(): readonly SignalRequest[] {
    return [...this.#active.values()].map((signal) => signal.request);
  }

  /**
   * Puts a new list in force: timed signals that are not in it stop, those that are go on undisturbed, with the
   * parameters and the time they began with. The list has been checked.
   */
  replace(requests: readonly SignalRequest[], now: Millis): void {
    const wanted = new Map(requests.map((request) => [this.#identity(request), request]));
    for (const [identity, signal] of this.#active) if (signal.type === 'TO' && !wanted.has(identity)) this.#stop(identity);
    for (const [identity, request] of wanted) this.#begin(identity, request, now);
  }

  /** An event asked for has come, and it does not keep the signals: timed ones end (§2.3.3), without an `oc`. */
  stopTimed(): void {
    for (const [identity, signal] of this.#active) if (signal.type === 'TO') this.#stop(identity);
  }

  /** Everything off: a reset, a restart, out of service. */
  clear(): void {
    for (const identity of [...this.#active.keys()]) this.#stop(identity);
  }

  /** Signals on a connection that goes away end with it. */
  connectionGone(connection: string): void {
    for (const [identity, signal] of this.#active) {
      if (signal.request.name.connection?.toLowerCase() === connection.toLowerCase()) this.#stop(identity);
    }
  }

  /** Ends what has run out. @returns an `oc` event for each, in the package of the signal. */
  expire(now: Millis): readonly ObservedEvent[] {
    const completed: ObservedEvent[] = [];
    for (const [identity, signal] of this.#active) {
      if (signal.endsAt > now) continue;
      this.#stop(identity);
      completed.push(this.#completion(signal));
    }
    return completed;
  }

  deadline(): Millis {
    let earliest = NEVER;
    for (const signal of this.#active.values()) earliest = Math.min(earliest, signal.endsAt);
    return earliest;
  }

  #begin(identity: string, request: SignalRequest, now: Millis): void {
    const key = eventKey(request.name, this.defaultPackage);
    const nature = this.registry.eventOf(request.name.packageName ?? this.defaultPackage, request.name.event)?.signal;
    if (!nature) return;
    if (nature.type === 'BR') {
      this.change(key, true, request);
      return;
    }
    if (isSwitchOff(request)) {
      this.#stop(identity);
      return;
    }
    if (this.#active.has(identity)) return;
    const endsAt = nature.type === 'TO' ? now + lengthOf(request.parameters, nature) : NEVER;
    this.#active.set(identity, { key, request, type: nature.type, endsAt });
    this.change(key, true, request);
  }

  #stop(identity: string): void {
    const signal = this.#active.get(identity);
    if (!signal) return;
    this.#active.delete(identity);
    this.change(signal.key, false, signal.request);
  }

  /** The same signal on the endpoint and on two connections is three signals (§2.3.3). */
  #identity(request: SignalRequest): string {
    return `${eventKey(request.name, this.defaultPackage)}@${request.name.connection?.toLowerCase() ?? ''}`;
  }

  /** `L/oc(L/rg)`, `L/oc@1f(L/rt@1f)` (§3.2.2.4, RFC 3660 §2.1). */
  #completion(signal: ActiveSignal): ObservedEvent {
    const { connection } = signal.request.name;
    const packageName = signal.request.name.packageName ?? this.defaultPackage;
    const name = { packageName, event: 'oc', ...(connection !== undefined && { connection }) };
    return { name, parameters: [valueOf(formatEventName(signal.request.name))] };
  }
}

/** `L/vmwi(-)`: an on/off signal goes off (§3.2.2.21). */
export function isSwitchOff(request: SignalRequest): boolean {
  return request.parameters.some((parameter) => parameter.kind === 'value' && !parameter.quoted && parameter.value === '-');
}

/** `rep=` counts rings and goes before `to=`, which is in milliseconds (RFC 3660 §2.4). */
function lengthOf(parameters: readonly EventParameter[], nature: SignalDefinition): Millis {
  const rings = numberOf(parameters, 'rep');
  if (rings !== undefined) return rings * RING_CYCLE_MS;
  return numberOf(parameters, 'to') ?? nature.timeoutMs ?? NEVER;
}

function numberOf(parameters: readonly EventParameter[], name: string): number | undefined {
  const text = assignedValue(parameters, name);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
