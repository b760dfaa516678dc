// Events, event buffers, signals and digit maps: what a gateway is asked to watch for and to play.
// RFC 3525 §7.1.9 to §7.1.14; notify behaviour, reset, direction and signal request ids are version 3.
import type { RequestId, StreamId } from './identity.js';
import type { ItemName, Parameter } from './value.js';

/** Timers in seconds (`duration`: tenths), 0..99; `body` is the map itself, `(911|x.)`, blanks around it removed. */
export interface DigitMapValue {
  readonly start?: number | undefined;
  readonly short?: number | undefined;
  readonly long?: number | undefined;
  /** Version 2. */
  readonly duration?: number | undefined;
  readonly body: string;
}

/** A termination's digit map: with a value it is set, with a name alone it is named or (in audits) reported. */
export interface DigitMapDescriptor {
  readonly kind: 'digit-map';
  readonly name?: string | undefined;
  readonly value?: DigitMapValue | undefined;
}

/** The digit map of one event: by name, or in place. */
export type EventDigitMap = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'value'; readonly value: DigitMapValue };

/** Events that take effect when the event around them is seen. `requestId` is absent where `events` is empty. */
export interface EmbeddedEvents {
  readonly requestId?: RequestId | undefined;
  /** These embed no further events (secondRequestedEvent), signals only. */
  readonly events: readonly RequestedEvent[];
}

/** Version 3: when the event is told. */
export type NotifyBehaviour =
  | { readonly kind: 'immediate' }
  | { readonly kind: 'never' }
  | {
      readonly kind: 'regulated';
      readonly embeddedEvents?: EmbeddedEvents | undefined;
      readonly embeddedSignals?: readonly SignalRequest[] | undefined;
    };

export interface RequestedEvent {
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly keepActive?: boolean | undefined;
  readonly digitMap?: EventDigitMap | undefined;
  readonly embeddedEvents?: EmbeddedEvents | undefined;
  /** An empty list stops all signals when the event is seen; absent leaves them. */
  readonly embeddedSignals?: readonly SignalRequest[] | undefined;
  readonly notifyBehaviour?: NotifyBehaviour | undefined;
  readonly resetEvents?: boolean | undefined;
  readonly parameters: readonly Parameter[];
}

/** An empty list (and no request id) stops all watching. */
export interface EventsDescriptor {
  readonly kind: 'events';
  readonly requestId?: RequestId | undefined;
  readonly events: readonly RequestedEvent[];
}

export interface EventSpec {
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly parameters: readonly Parameter[];
}

export interface EventBufferDescriptor {
  readonly kind: 'event-buffer';
  readonly events: readonly EventSpec[];
}

export type SignalType = 'brief' | 'on-off' | 'time-out';
export type SignalDirection = 'internal' | 'external' | 'both';
export type NotificationReason = 'time-out' | 'interrupted-by-event' | 'interrupted-by-signals' | 'other' | 'iteration';

export interface Signal {
  readonly kind: 'signal';
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly type?: SignalType | undefined;
  /** Hundredths of a second. */
  readonly duration?: number | undefined;
  readonly notifyCompletion?: readonly NotificationReason[] | undefined;
  readonly keepActive?: boolean | undefined;
  /** Version 3, like the two below. */
  readonly direction?: SignalDirection | undefined;
  readonly requestId?: RequestId | undefined;
  /** Hundredths of a second between repetitions. */
  readonly interSignalDelay?: number | undefined;
  readonly parameters: readonly Parameter[];
}

export interface SignalList {
  readonly kind: 'signal-list';
  readonly id: number;
  readonly signals: readonly Signal[];
}

export type SignalRequest = Signal | SignalList;

/** An empty list stops all signals. */
export interface SignalsDescriptor {
  readonly kind: 'signals';
  readonly signals: readonly SignalRequest[];
}
