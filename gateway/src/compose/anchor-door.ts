// The door to whoever anchors media. Call control is there before the protocols are: it is given this door, and the adapter with the
// bridges joins behind it.
import type { AnchorPort, AnchorSides } from '@altpath/call-control';
import type { Millis } from '@altpath/core';

export class AnchorDoor implements AnchorPort {
  #port: AnchorPort | undefined;
  #stir: () => void = () => undefined;

  /** @param stir  Something may wait in the adapter's outbox. */
  join(port: AnchorPort, stir: () => void): void {
    this.#port = port;
    this.#stir = stir;
  }

  anchor(callId: string, gateway: string, sides: AnchorSides, now: Millis): void {
    this.#port?.anchor(callId, gateway, sides, now);
    this.#stir();
  }

  hasAnchor(callId: string): boolean {
    return this.#port?.hasAnchor(callId) ?? false;
  }

  anchorHolder(callId: string): number | undefined {
    return this.#port?.anchorHolder(callId);
  }

  saveAnchor(callId: string): string | undefined {
    return this.#port?.saveAnchor(callId);
  }

  adoptAnchor(callId: string, saved: string, now: Millis): void {
    this.#port?.adoptAnchor(callId, saved, now);
    this.#stir();
  }

  forgetAnchor(callId: string): void {
    this.#port?.forgetAnchor(callId);
  }
}
