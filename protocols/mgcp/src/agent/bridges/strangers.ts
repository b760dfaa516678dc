// Bridges that this node knows of and does not have: other nodes', its own of a former life, and what an audit found. They are
// taken when their call comes here; those that nobody takes after their node is gone are looked at, and deleted.
import type { Millis } from '@altpath/core';
import type { BridgeWord, KnownBridge } from './bridge-text.js';

/**
 * How long a bridge whose node is gone waits for its call: a SIP telephone that is still there speaks within its session
 * interval of 90 s (RFC 4028 §4), and whoever it speaks to goes on with the call.
 */
export const STRANDED_MS: Millis = 120_000;
/** What is kept at most; the oldest go first. */
const MAX_STRANGERS = 50_000;

interface Stranger {
  readonly bridge: KnownBridge;
  /** Its node has been gone since it was told of: that may be back with nothing. */
  isOrphan: boolean;
  /** When it is deleted; undefined: its node is there. */
  strandedAt: Millis | undefined;
  /** Its call is over, as somebody has said. */
  isEnded: boolean;
  /** What it had relayed when it was looked at last. */
  relayed: number | undefined;
}

export class Strangers {
  /** By call, the oldest first. */
  readonly #known = new Map<string, Stranger>();

  /** Another node says something. */
  told(word: BridgeWord): void {
    const before = this.#known.get(word.callId)?.bridge;
    if (before && before.since > word.since) return;
    this.#known.delete(word.callId);
    if ('endpoint' in word) this.add(word);
  }

  add(bridge: KnownBridge): void {
    this.#known.set(bridge.callId, {
      bridge,
      isOrphan: false,
      strandedAt: undefined,
      isEnded: bridge.isOver ?? false,
      relayed: undefined,
    });
    if (this.#known.size <= MAX_STRANGERS) return;
    for (const callId of this.#known.keys()) {
      this.#known.delete(callId);
      break;
    }
  }

  /** What a gateway shows of it counts more than what was told. */
  correct({ callId, endpoint, connections }: KnownBridge): void {
    const stranger = this.#known.get(callId);
    if (stranger) this.#known.set(callId, { ...stranger, bridge: { ...stranger.bridge, endpoint, connections } });
  }

  find(callId: string): KnownBridge | undefined {
    return this.#known.get(callId)?.bridge;
  }

  /** Its call is here. */
  take(callId: string): KnownBridge | undefined {
    const stranger = this.#known.get(callId);
    this.#known.delete(callId);
    return stranger?.bridge;
  }

  /** @returns whether there is one of that call. */
  ended(callId: string): boolean {
    const stranger = this.#known.get(callId);
    if (stranger) stranger.isEnded = true;
    return stranger !== undefined;
  }

  /** Those of one node. */
  of(node: number): readonly KnownBridge[] {
    return [...this.#known.values()].flatMap(({ bridge }) => (bridge.node === node ? [bridge] : []));
  }

  /** A node is gone. */
  orphaned(node: number): void {
    for (const stranger of this.#known.values()) if (stranger.bridge.node === node) stranger.isOrphan = true;
  }

  isOrphan(callId: string): boolean {
    return this.#known.get(callId)?.isOrphan ?? false;
  }

  isOver(callId: string): boolean {
    return this.#known.get(callId)?.isEnded ?? false;
  }

  /** It is used for all that is known, and looked at again then. */
  postpone(callId: string, until: Millis): void {
    const stranger = this.#known.get(callId);
    if (stranger) stranger.strandedAt = until;
  }

  /** @returns whether it has relayed something since this was asked last; `true` where it was not asked before. */
  isUsed(callId: string, relayed: number): boolean {
    const stranger = this.#known.get(callId);
    const before = stranger?.relayed;
    if (stranger) stranger.relayed = relayed;
    return before !== relayed;
  }

  /** @returns those that have waited long enough for their call. @param isGone  Whether nobody is there whose they are. */
  stranded(isGone: (bridge: KnownBridge) => boolean, now: Millis): readonly KnownBridge[] {
    const due: KnownBridge[] = [];
    for (const stranger of this.#known.values()) {
      if (!isGone(stranger.bridge)) stranger.strandedAt = undefined;
      else if (stranger.isEnded) stranger.strandedAt = now;
      else stranger.strandedAt ??= now + STRANDED_MS;
      if (stranger.strandedAt !== undefined && stranger.strandedAt <= now) due.push(stranger.bridge);
    }
    return due;
  }
}
