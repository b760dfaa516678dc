// The gateway's watch over a silent controller (H.248.14, package `it`): an event when nothing was heard for a while.
// Whether the controller is there is then shown by the answer to the Notify.
import { type Millis, NEVER } from '@altpath/core';
import { named, type RequestedEvent, singleText } from '../message/index.js';

export const INACTIVITY = 'it/ito';

export class InactivityTimer {
  #limitMs: Millis | undefined;
  #at: Millis = NEVER;

  /** @param event  The event in force, undefined when nobody watches for it. The same again changes nothing. */
  watch(event: RequestedEvent | undefined, now: Millis): void {
    const limitMs = event && limitOf(event);
    if (limitMs === this.#limitMs) return;
    this.#limitMs = limitMs;
    this.heard(now);
  }

  /** Something came from the controller. */
  heard(now: Millis): void {
    this.#at = this.#limitMs === undefined ? NEVER : now + this.#limitMs;
  }

  /** Nobody is in charge: there is nobody to be silent. */
  stop(): void {
    this.#at = NEVER;
  }

  /** @returns `true` once when the time is over; the next time is after something was heard. */
  expire(now: Millis): boolean {
    if (now < this.#at) return false;
    this.#at = NEVER;
    return true;
  }

  deadline(): Millis {
    return this.#at;
  }
}

/** `mit` counts hundredths of a second; 0, or none, is no limit. */
function limitOf({ parameters }: RequestedEvent): Millis | undefined {
  const hundredths = Number(singleText(named(parameters, 'mit')?.value) ?? 0);
  return hundredths > 0 ? hundredths * 10 : undefined;
}
