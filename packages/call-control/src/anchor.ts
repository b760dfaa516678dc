// Anchored media: a call's two streams meet on an endpoint of a media gateway, and neither side learns where the other is.
// Call control says what each side shall be, as it does of half-calls; the gateway's adapter makes the connections and tells
// what it describes to either side. An anchor is a whole state: the newest replaces one that is still on its way.
import type { Millis } from '@altpath/core';
import type { AnchorLocals, LineName, MediaState } from './half-call.js';

/** The gateway's connection towards one side of a call. */
export interface AnchorSide {
  /** Seen from the gateway: `sendonly` is heard there and not listened to. Without a place to send to, what needs one waits for it. */
  readonly mode: MediaState['mode'];
  /**
   * This side's session description as its telephone wrote it. undefined: not known, or not told again; what the gateway has been
   * told before stays.
   */
  readonly remote?: string | undefined;
  /**
   * Who is there. Another one than before gets a connection of his own, and nothing that was told of the one before is his; who
   * changes his side keeps his connection. undefined: not said, and then he is taken for the same.
   */
  readonly who?: LineName | undefined;
}

/** The originating side, then the terminating one. undefined: no connection; both: no anchor, and the call is forgotten here. */
export type AnchorSides = readonly [originating: AnchorSide | undefined, terminating: AnchorSide | undefined];

/** Who anchors calls: an adapter of gateways, as call control sees it. Like orders, nothing of this may call back within. */
export interface AnchorPort {
  /**
   * What a call's anchor shall be.
   *
   * @param callId   Of call control, form of `call-identity.ts`. It goes to the gateway, so that an audit gives it back.
   * @param gateway  Its name in the file; it stays the same while the call has an anchor. One that has no bridge, or is not known,
   *                 is answered by `anchorFailed`.
   */
  anchor(callId: string, gateway: string, sides: AnchorSides, now: Millis): void;
  /** There is an anchor of this call, or one that a node which is gone has left behind: `anchor` goes on with that. */
  hasAnchor(callId: string): boolean;
  /** Index of another node that has, or had when it was heard of last, the anchor of this call; undefined: nobody is known to. */
  anchorHolder(callId: string): number | undefined;
  /** What another node must know to go on with the anchor: the adapter's own words, new with each `anchored`. undefined: there is none. */
  saveAnchor(callId: string): string | undefined;
  /** The call was another node's, and has an anchor: `saved` is what `saveAnchor` gave there. Comes before the first `anchor`. */
  adoptAnchor(callId: string, saved: string, now: Millis): void;
  /** The call is another node's now: its anchor is forgotten without doing anything to it. */
  forgetAnchor(callId: string): void;
}

/** What a call has of its anchor. */
export interface CallAnchor {
  /** What was asked for last. */
  asked: AnchorSides;
  /** What either telephone is told as the other's description. */
  locals: AnchorLocals;
  /** Names by which the gateway's adapter knows those who have others now. */
  readonly names: Map<LineName, LineName>;
}
