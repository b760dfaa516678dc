// What is ours, in neutral words: routing steps ask it, protocols answer it.
import type { RouteTarget, RoutingQuestion, Binding } from '@altpath/core';

type Destination = RoutingQuestion['destination'];

export interface Territory {
  /** The destination names this cluster or a domain that it serves. */
  isOurs(destination: Destination): boolean;
  /** The canonical address of record of a destination that is ours. */
  addressOfRecord(destination: Destination): string;
  /** What was dialled, where the destination's user is a number: without escapes and without what is said beside it. */
  dialled(destination: Destination): string;
  /** The canonical address of record of this user of our first domain. */
  userAddress(user: string): string;
  /** The canonical address of record that an address of the file names; undefined where it is not ours. */
  ownUser(address: string): string | undefined;
  /** The address, with this user where it names none. */
  withUser(address: string, user: string): string;
  /** Equal for addresses that the protocol calls equal; undefined for what is no contact. */
  contactKey(destination: Destination): string | undefined;
  /** How a registered contact is reached. */
  targetOf(binding: Binding): RouteTarget;
}
