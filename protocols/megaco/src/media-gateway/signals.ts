// The signals of one termination: which are on, what a new descriptor does to them, when they end, and who is told
// (RFC 3525 §7.1.11, E.1.2). A list plays its signals one after the other; lists and signals play at the same time.
import { type Millis, NEVER } from '@altpath/core';
import {
  type NotificationReason,
  type Parameter,
  type Signal,
  type SignalList,
  type SignalRequest,
  type SignalsDescriptor,
  type SignalType,
  word,
} from '../message/index.js';
import { checkParameters } from './parameter-check.js';
import type { Realm } from './realm.js';
import { ErrorCode, refuse, type Refusal } from './refusal.js';
import type { Happening, SignalPlayer } from './termination.js';

/** What the player has done for it, and what it has to know. */
export interface SignalOwner {
  readonly realm: Realm;
  /** A signal goes on or off. Brief ones only go on. */
  change(signal: Signal, on: boolean): void;
  /** `g/sc`, for whoever watches for it. */
  completed(event: Happening, now: Millis): void;
  /** The deadline may be another. */
  touched(): void;
}

/** What is on: a signal, or a list at one of its signals. */
interface Playing {
  readonly request: SignalRequest;
  readonly signal: Signal;
  /** Place of `signal` in the list; 0 for a signal alone. */
  readonly index: number;
  readonly type: SignalType;
  readonly endsAt: Millis;
}

/** How long signals last that end by themselves and say nothing of it. */
const BRIEF_MS: Millis = 200;
const TIMEOUTS_MS: Readonly<Record<string, Millis>> = { 'al/ri': 180_000, 'cg/rt': 180_000, 'cg/dt': 16_000 };
const TIMEOUT_MS: Millis = 30_000;

/** `Meth` of E.1.2. */
const METHODS: Readonly<Record<NotificationReason, string>> = {
  'time-out': 'TO',
  'interrupted-by-event': 'EV',
  'interrupted-by-signals': 'SD',
  other: 'NC',
  iteration: 'PI',
};

export class TerminationSignals implements SignalPlayer {
  readonly #playing = new Map<string, Playing>();

  constructor(private readonly owner: SignalOwner) {}

  check({ signals }: SignalsDescriptor): Refusal | undefined {
    for (const request of signals) {
      const list = request.kind === 'signal' ? [request] : request.signals;
      for (const [index, signal] of list.entries()) {
        const refusal = this.#checkOne(signal, index === list.length - 1);
        if (refusal) return refusal;
      }
    }
    return undefined;
  }

  play({ signals }: SignalsDescriptor, now: Millis): void {
    const kept = new Set<string>();
    const fresh: SignalRequest[] = [];
    for (const request of signals) {
      const identity = identityOf(request);
      // A list that is there already goes on as it is; a signal goes on where it asks for it, and only begins where it does not.
      const isKept = request.kind === 'signal-list' ? this.#playing.has(identity) : request.keepActive === true;
      if (isKept) kept.add(identity);
      else if (request.kind === 'signal' || request.signals.length > 0) fresh.push(request);
    }
    const stopped = [...this.#playing].filter(([identity]) => !kept.has(identity));
    for (const [identity] of stopped) this.#end(identity);
    for (const request of fresh) this.#begin(request, 0, now);
    for (const [, playing] of stopped) this.#tell(playing, 'interrupted-by-signals', now);
  }

  /** An event was recognized that does not keep them. */
  interrupt(now: Millis): void {
    this.#stopAll('interrupted-by-event', now);
  }

  audit(): SignalsDescriptor {
    return { kind: 'signals', signals: [...this.#playing.values()].map(({ request }) => request) };
  }

  stop(): void {
    for (const identity of [...this.#playing.keys()]) this.#end(identity);
  }

  tick(now: Millis): void {
    const over = [...this.#playing].filter(([, { endsAt }]) => endsAt <= now);
    for (const [identity] of over) this.#end(identity);
    for (const [, { request, index }] of over) if (request.kind === 'signal-list') this.#begin(request, index + 1, now);
    for (const [, playing] of over) this.#tell(playing, 'time-out', now);
  }

  deadline(): Millis {
    let at = NEVER;
    for (const { endsAt } of this.#playing.values()) at = Math.min(at, endsAt);
    return at;
  }

  #stopAll(reason: NotificationReason, now: Millis): void {
    const stopped = [...this.#playing];
    for (const [identity] of stopped) this.#end(identity);
    for (const [, playing] of stopped) this.#tell(playing, reason, now);
  }

  #begin(request: SignalRequest, index: number, now: Millis): void {
    const signal = request.kind === 'signal' ? request : request.signals[index];
    if (signal === undefined) return;
    const type = this.#typeOf(signal);
    this.#playing.set(identityOf(request), { request, signal, index, type, endsAt: now + lengthOf(signal, type) });
    this.owner.change(signal, true);
    this.owner.touched();
  }

  #end(identity: string): void {
    const playing = this.#playing.get(identity);
    if (!playing) return;
    this.#playing.delete(identity);
    this.owner.touched();
    if (playing.type !== 'brief') this.owner.change(playing.signal, false);
  }

  /** Without `notifyCompletion` only what ends for other reasons is told. */
  #tell({ signal, request }: Playing, reason: NotificationReason, now: Millis): void {
    if (!(signal.notifyCompletion ?? ['other']).includes(reason)) return;
    const parameters: Parameter[] = [
      { name: 'SigID', value: word(signal.name) },
      { name: 'Meth', value: word(METHODS[reason]) },
    ];
    if (request.kind === 'signal-list') parameters.push({ name: 'SLID', value: word(request.id) });
    if (signal.requestId !== undefined) parameters.push({ name: 'RID', value: word(signal.requestId) });
    this.owner.completed({ name: 'g/sc', parameters, ...(signal.streamId !== undefined && { streamId: signal.streamId }) }, now);
  }

  #checkOne(signal: Signal, isLast: boolean): Refusal | undefined {
    const { name, type, duration, parameters } = signal;
    const found = this.owner.realm.find('signal', name);
    if (!found.ok) return found.refusal;
    // A type other than its own needs a length.
    const needsDuration = type === 'time-out' && found.value.signalType !== 'time-out' && duration === undefined;
    if (needsDuration) return refuse(ErrorCode.missingParameter, `duration of ${name}`);
    // Only the last of a list may last until it is turned off.
    if (!isLast && this.#typeOf(signal) === 'on-off') return refuse(ErrorCode.unknownValue, `${name} within a list`);
    return checkParameters(found.value, parameters);
  }

  #typeOf({ name, type }: Signal): SignalType {
    const found = this.owner.realm.find('signal', name);
    return type ?? (found.ok ? found.value.signalType : undefined) ?? 'brief';
  }
}

function identityOf(request: Signal | SignalList): string {
  return request.kind === 'signal-list' ? `list ${request.id}` : `${request.name.toLowerCase()} ${request.streamId ?? 0}`;
}

function lengthOf({ name, duration }: Signal, type: SignalType): Millis {
  if (type === 'on-off') return NEVER;
  // In hundredths of a second.
  if (duration !== undefined) return duration * 10;
  return type === 'brief' ? BRIEF_MS : (TIMEOUTS_MS[name.toLowerCase()] ?? TIMEOUT_MS);
}
