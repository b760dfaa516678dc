// Faults of what was received, with the return code that tells its sender (RFC 3435 §2.4).
import type { Fault } from '@altpath/core';

/** Why a command is refused: `code` is the return code of the response, `fault.hint` its comment. */
export interface Refusal {
  readonly code: number;
  readonly fault: Fault;
}

/** @param code  510 where no other says it better. */
export function refusal(code: number, fault: string, hint: string, offset?: number): Refusal {
  return { code, fault: { code: fault, blame: 'remote', hint, ...(offset !== undefined && { offset }) } };
}
