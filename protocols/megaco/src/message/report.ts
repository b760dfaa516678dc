// What a gateway reports: observed events, statistics, packages. RFC 3525 §7.1.15, §7.1.17, §7.1.18.
import type { RequestId, StreamId, TimeStamp } from './identity.js';
import type { ItemName, Parameter, ParameterValue } from './value.js';

export interface ObservedEvent {
  readonly name: ItemName;
  readonly streamId?: StreamId | undefined;
  readonly time?: TimeStamp | undefined;
  readonly parameters: readonly Parameter[];
}

export interface ObservedEventsDescriptor {
  readonly kind: 'observed-events';
  readonly requestId: RequestId;
  readonly events: readonly ObservedEvent[];
}

/** `value` is `one`, or (version 3) a `sublist`; absent where only the name is given. */
export interface Statistic {
  readonly name: ItemName;
  readonly value?: ParameterValue | undefined;
}

export interface StatisticsDescriptor {
  readonly kind: 'statistics';
  readonly statistics: readonly Statistic[];
}

export interface PackageVersion {
  readonly name: string;
  /** 0..99. */
  readonly version: number;
}

export interface PackagesDescriptor {
  readonly kind: 'packages';
  readonly packages: readonly PackageVersion[];
}
