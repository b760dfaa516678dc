// One family of errors. Expected outcomes are `Fault` values; a thrown SignalingError is a broken promise of our own.

/** Who has to act: us, the peer that sent it, the network between, or the operator's policy. */
export type Blame = 'local' | 'remote' | 'network' | 'policy';

/**
 * An expected refusal as a value. `code` is dotted and final (`sip.parse.via`); `hint` is what the peer may be told;
 * `offset` is where in the bytes, when it was a parse fault.
 */
export interface Fault {
  readonly code: string;
  readonly blame: Blame;
  readonly hint: string;
  readonly offset?: number | undefined;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export class SignalingError extends Error {
  readonly code: string;
  readonly blame: Blame;
  readonly hint: string;

  constructor(fault: Fault, cause?: unknown) {
    super(`${fault.code}: ${fault.hint}`, { cause });
    this.name = 'SignalingError';
    this.code = fault.code;
    this.blame = fault.blame;
    this.hint = fault.hint;
  }
}
