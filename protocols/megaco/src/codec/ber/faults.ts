// Faults of the binary codec: one family of codes, `megaco.ber.RULE`. Codes are final.
import type { Fault } from '@altpath/core';

/** What the sender of the octets has to mend. */
export function remoteFault(rule: string, hint: string, offset: number): Fault {
  return { code: `megaco.ber.${rule}`, blame: 'remote', hint, offset };
}

/** What a message asks of the encoder and BER cannot say: a name without a number, a value outside its range. */
export function localFault(rule: string, hint: string): Fault {
  return { code: `megaco.ber.${rule}`, blame: 'local', hint };
}
