// What the transaction layer needs of whoever owns it.
import type { AdapterOutput, Hop, Observer } from '@altpath/core';
import type { ActionRequest, MId } from '../message/index.js';
import type { TransactionIds } from './ids.js';
import type { ProvisionalSettings } from './settings.js';

export interface TransactionEnvironment {
  /** Gets `send` outputs in the order in which they are to be performed; framed with TPKT where the hop is a stream. */
  readonly emit: (output: AdapterOutput) => void;
  /** In [0, 1). */
  readonly random: () => number;
  readonly ids: TransactionIds;
  readonly observer: Observer;
  /** Our mId in messages to this hop: in a controller that of the listener (RFC 3525 §8.3: the same for one association). */
  readonly mIdOf: (hop: Hop) => MId;
  /**
   * Puts the Authentication header in front of each message that leaves, retransmissions too, where this hop has a key
   * (`Authenticator.sign`); gives back the message as it is where there is none. Default nobody has one.
   */
  readonly sign?: (message: Buffer, hop: Hop) => Buffer;
  /** Where the root properties differ from the settings; `peer` is the key of an association or `formatMId` of a sender. */
  readonly provisionalOf?: (peer: string) => Partial<ProvisionalSettings> | undefined;
  /**
   * Whether what this mId says of our requests to a `peer` (the key of their association) counts: whoever guesses the id of a
   * request to another must not end it. Default: everybody is believed.
   */
  readonly speaksFor?: (mId: MId | undefined, peer: string) => boolean;
  /** The call that a transaction belongs to, or the line that is in none, for traces. Default none. */
  readonly callIdOf?: (actions: readonly ActionRequest[]) => string | undefined;
}
