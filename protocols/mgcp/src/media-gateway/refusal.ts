// Why a command is refused. All of a command is checked before anything is changed: commands are atomic (RFC 3435 §4.4.2).
import type { Parameters } from '../message/parameters.js';
import type { ReturnCode } from '../message/return-codes.js';

/** An error response in the making; it is a response draft as it is. */
export interface Refusal {
  readonly code: ReturnCode | 800 | 801;
  readonly packageName?: string | undefined;
  readonly comment?: string | undefined;
  /** What 518 tells beside: the packages that there are. */
  readonly parameters?: Parameters | undefined;
}

/** A value, or why there is none. */
export type Checked<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal };

export function refused(code: Refusal['code'], comment?: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, ...(comment !== undefined && { comment }) } };
}
