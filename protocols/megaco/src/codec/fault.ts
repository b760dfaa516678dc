// Why a message could not be read, and what could still be read of it: enough to answer with the right error.
import type { Fault } from '@altpath/core';
import type { MegacoMessage, MId, Transaction } from '../message/index.js';

/** How much of a broken message was understood before it broke. Every member may be missing. */
export interface Salvage {
  readonly version?: number | undefined;
  readonly mId?: MId | undefined;
  /** The transaction in which it broke; no reply is owed unless `kind` is `request`. */
  readonly transaction?: { readonly kind: Transaction['kind']; readonly transactionId: number } | undefined;
  /** The action of it in which it broke. */
  readonly contextId?: number | undefined;
  /** The transactions in front of it, which were whole. */
  readonly whole: readonly Transaction[];
}

/** A parse fault with the H.248.8 code of the error descriptor that answers it (400, 403, 406, 442, 444 ...). */
export interface MegacoFault extends Fault {
  readonly errorCode: number;
  readonly salvage: Salvage;
}

/** What both codecs give back; assignable to core's `Outcome<MegacoMessage>`. */
export type Decoded = { readonly ok: true; readonly value: MegacoMessage } | { readonly ok: false; readonly fault: MegacoFault };

/** The versions of H.248.1 that the codecs read and write. */
export const VERSIONS: readonly number[] = [1, 2, 3];
