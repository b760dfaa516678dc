// One termination: a physical line, an ephemeral stream end, or ROOT. What it is now, and the doors of what it watches
// for, plays, and matches digits with: those are implemented beside (watch, signals, digit maps), commands elsewhere.
// And the context in which it is: each knows the other.
import { type Millis, NEVER } from '@altpath/core';
import type {
  ContextId,
  DigitMapDescriptor,
  DigitMapValue,
  EventBufferControl,
  EventBufferDescriptor,
  EventsDescriptor,
  ItemName,
  ModemDescriptor,
  MuxDescriptor,
  ObservedEventsDescriptor,
  Parameter,
  Property,
  ServiceState,
  SignalsDescriptor,
  StreamId,
  TerminationId,
} from '../message/index.js';
import type { MediaGatewayOutput, MediaPlane } from './door.js';
import type { Realm } from './realm.js';
import type { Refusal } from './refusal.js';
import type { MediaGatewaySettings } from './settings.js';
import type { StreamState } from './stream.js';
import { TopologyGraph } from './topology.js';

/** What a command that is being checked will have changed by the time that its events are armed. */
export interface CommandGround {
  /** The digit map descriptor of the same command: events may name what it defines. */
  readonly digitMap?: DigitMapDescriptor | undefined;
}

/** Something that happened at the termination, before anybody knows whether it is of interest. */
export interface Happening {
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly parameters: readonly Parameter[];
}

/** What a termination looks for, and what becomes of what it sees (RFC 3525 §7.1.9, §7.1.10). */
export interface EventWatch {
  /** Whether the descriptor can be put in force now: 451, 446, 449, 454, 457, 512, 520, 540 ... Changes nothing. */
  check(events: EventsDescriptor, ground: CommandGround): Refusal | undefined;
  /** Puts a checked descriptor in force. An empty one stops all watching. What `strict` finds there already is told at once. */
  arm(events: EventsDescriptor, now: Millis): void;
  checkBuffer(buffer: EventBufferDescriptor): Refusal | undefined;
  buffer(buffer: EventBufferDescriptor, now: Millis): void;
  /** EventBufferControl of TerminationState; `off` discards what is buffered. */
  control(control: EventBufferControl, now: Millis): void;
  readonly bufferControl: EventBufferControl;
  /** Events in force, for audits; empty where there are none. */
  audit(): EventsDescriptor;
  auditBuffer(): EventBufferDescriptor;
  /** What has been seen and not notified, with the dial string of a digit map in use (§7.2.5); undefined: nothing. */
  observed(): ObservedEventsDescriptor | undefined;
  happened(event: Happening, now: Millis): void;
  /** As first created: no events, no buffer, lock step off. A Notify on its way goes on. */
  clear(): void;
  tick(now: Millis): void;
  deadline(): Millis;
}

/** What a termination plays (§7.1.11). */
export interface SignalPlayer {
  /** Whether the descriptor can be put in force now: 452, 446, 449, 454, 457, 513 ... Changes nothing. */
  check(signals: SignalsDescriptor): Refusal | undefined;
  /** Puts a checked descriptor in force; an empty one stops everything that is not to be kept. */
  play(signals: SignalsDescriptor, now: Millis): void;
  /** What is being played, for audits. */
  audit(): SignalsDescriptor;
  /** Silence, without a word to the controller: subtracted, out of service. */
  stop(): void;
  tick(now: Millis): void;
  deadline(): Millis;
}

/** Named digit maps: a termination's own, else those of ROOT (§7.1.14.1). */
export interface DigitMaps {
  /** 449 for a map that cannot be read, 519 for one too many, 520 for a name that stands for nothing. */
  check(digitMap: DigitMapDescriptor): Refusal | undefined;
  /** Defines (with a value) or deletes (with a name alone) a checked map. */
  set(digitMap: DigitMapDescriptor): void;
  find(name: string): DigitMapValue | undefined;
  /** Those of the termination itself. */
  audit(): readonly DigitMapDescriptor[];
  clear(): void;
}

/** Makes these three for a new termination, in this order: the later ones may be asked for the earlier. */
export interface TerminationParts {
  digitMaps(termination: Termination): DigitMaps;
  signals(termination: Termination): SignalPlayer;
  watch(termination: Termination): EventWatch;
}

/** What all terminations of a gateway share. */
export interface GatewaySurroundings {
  readonly settings: MediaGatewaySettings;
  readonly media: MediaPlane;
  readonly parts: TerminationParts;
  emit(output: MediaGatewayOutput): void;
  /** A controller or an operator took it out of service, or back. */
  serviceStateChanged?(termination: Termination): void;
}

export type TerminationKind = 'physical' | 'ephemeral' | 'root';

export class Termination {
  readonly digitMaps: DigitMaps;
  readonly signals: SignalPlayer;
  readonly watch: EventWatch;
  /** Undefined: it is in the null context. */
  context: Context | undefined;
  /** Since when it has been in its context. */
  joinedAt: Millis = NEVER;
  /** Of a telephone: as it is, whether or not anybody watches. */
  hook: 'on' | 'off' = 'on';
  #serviceState: ServiceState = 'in-service';
  /** An answer to a ServiceChange of it is awaited: commands get 521. */
  isServiceChanging = false;
  /** Package properties of TerminationState that were set; others have their defaults. */
  properties: readonly Property[] = [];
  readonly streams = new Map<StreamId, StreamState>();
  modem: ModemDescriptor | undefined;
  mux: MuxDescriptor | undefined;

  constructor(
    readonly id: TerminationId,
    readonly kind: TerminationKind,
    /** Which packages it realises, and what is in them. */
    readonly realm: Realm,
    readonly around: GatewaySurroundings,
  ) {
    this.properties = realm.provisionedIn('termination-state');
    this.digitMaps = around.parts.digitMaps(this);
    this.signals = around.parts.signals(this);
    this.watch = around.parts.watch(this);
  }

  get serviceState(): ServiceState {
    return this.#serviceState;
  }

  set serviceState(state: ServiceState) {
    if (state === this.#serviceState) return;
    this.#serviceState = state;
    this.around.serviceStateChanged?.(this);
  }

  /** Back to what it was when created, but for its service state and hook: it has left a context (RFC 3525 §6.2.4, §7.2.3). */
  reset(): void {
    this.signals.stop();
    this.watch.clear();
    this.digitMaps.clear();
    this.properties = this.realm.provisionedIn('termination-state');
    this.streams.clear();
    this.modem = undefined;
    this.mux = undefined;
    this.joinedAt = NEVER;
  }

  tick(now: Millis): void {
    this.signals.tick(now);
    this.watch.tick(now);
  }

  deadline(): Millis {
    return Math.min(this.signals.deadline(), this.watch.deadline());
  }
}

/** Which terminations hear each other. It is there from its first termination to its last (RFC 3525 §6.1). */
export class Context {
  /** In the order in which they came, by id in lower case. */
  readonly terminations = new Map<string, Termination>();
  readonly topology = new TopologyGraph();
  /** 0 (lowest) to 15. */
  priority = 0;
  emergency = false;
  /** Version 3. */
  iepsCall = false;

  constructor(readonly id: ContextId) {}

  find(id: TerminationId): Termination | undefined {
    return this.terminations.get(id.toLowerCase());
  }

  add(termination: Termination): void {
    this.terminations.set(termination.id.toLowerCase(), termination);
    termination.context = this;
  }

  /** Its topology goes with it. */
  remove(termination: Termination): void {
    this.terminations.delete(termination.id.toLowerCase());
    this.topology.forget(termination.id);
    termination.context = undefined;
  }

  /** The telephone that this context is about: its first physical termination. */
  get line(): Termination | undefined {
    for (const termination of this.terminations.values()) if (termination.kind === 'physical') return termination;
    return undefined;
  }

  /** Whether what one termination takes in reaches another on this stream. */
  hears(listener: Termination, speaker: Termination, streamId: StreamId): boolean {
    return this.topology.flows(speaker.id, listener.id, streamId);
  }
}
