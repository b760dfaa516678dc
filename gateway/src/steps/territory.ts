// What is ours, in neutral words: routing steps ask it, protocols answer it.
import type { RouteTarget, RoutingQuestion, Binding } from '@altpath/core';

export interface Territory {
  /** The destination names this cluster or a domain that it serves. */
  isOurs(destination: RoutingQuestion['destination']): boolean;
  /** The canonical address of record of a destination that is ours. */
  addressOfRecord(destination: RoutingQuestion['destination']): string;
  /** Equal for addresses that the protocol calls equal; undefined for what is no contact. */
  contactKey(destination: RoutingQuestion['destination']): string | undefined;
  /** How a registered contact is reached. */
  targetOf(binding: Binding): RouteTarget;
}
