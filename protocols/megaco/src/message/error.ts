// The error descriptor: the one thing that may stand at every level of a message. RFC 3525 §7.1.19, H.248.8.

/** `code` is 0..65535 (text: up to 4 digits), `text` holds no double quote. */
export interface ErrorDescriptor {
  readonly kind: 'error';
  readonly code: number;
  readonly text?: string | undefined;
}
