// What a stand-in changes in a message's routing so that the rest of the call runs through itself. Plain data:
// protocols turn it into edits, ladders and logs print it.
import type { HostPort } from './address.js';

/** Why a stand-in put itself in the primary's place. */
export type RewriteReason = 'primary-down' | 'primary-silent' | 'handed-over';

export interface RoutingRewrite {
  /** The protocol's own word for the place: `Via`, `Record-Route`, `NotifiedEntity`, `MgcId`. */
  readonly field: string;
  readonly replace: HostPort;
  readonly with: HostPort | undefined;
  readonly reason: RewriteReason;
}
