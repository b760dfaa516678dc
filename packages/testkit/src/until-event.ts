// Waiting for what events bring about, without a look at the clock in between.
import { type EventEmitter, once } from 'node:events';
import type { Millis } from '@altpath/core';

/**
 * Looks whether a condition holds, and looks again each time that an event has come, also when one came during the look.
 *
 * @param event       With an `error` of the emitter it ends, too.
 * @param patienceMs  Default: as long as it takes.
 * @returns           whether the condition holds in the end.
 */
export async function untilEvent(
  emitter: EventEmitter,
  event: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs?: Millis,
): Promise<boolean> {
  const over = new AbortController();
  const signal = patienceMs === undefined ? over.signal : AbortSignal.any([over.signal, AbortSignal.timeout(patienceMs)]);
  try {
    for (;;) {
      const news = once(emitter, event, { signal }).then(
        () => true,
        () => false,
      );
      if (await condition()) return true;
      if (!(await news)) return await condition();
    }
  } finally {
    over.abort();
  }
}
