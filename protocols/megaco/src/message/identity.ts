// Who speaks and what is spoken about: message identifiers, contexts, terminations, requests, time.
// RFC 3525 §6.2, §8.3 and annexes A, B (mId, ContextID, TerminationID).

/**
 * The identity of a controller or gateway (mId). IP literals are without brackets, domain names without `<>`;
 * an MTP address is its hex digits. `port` is absent where none was written.
 */
export type MId =
  | { readonly kind: 'ip4'; readonly address: string; readonly port?: number | undefined }
  | { readonly kind: 'ip6'; readonly address: string; readonly port?: number | undefined }
  | { readonly kind: 'domain'; readonly name: string; readonly port?: number | undefined }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'mtp'; readonly address: string };

/** A 32-bit context number, or one of the three constants below. */
export type ContextId = number;

/** `-`: terminations that are in no context. */
export const NULL_CONTEXT: ContextId = 0;
/** `$`: the gateway chooses. */
export const CHOOSE_CONTEXT: ContextId = 0xffff_fffe;
/** `*`: every context but the null one (RFC 3525 §8.1.2). */
export const ALL_CONTEXTS: ContextId = 0xffff_ffff;

/** Text form: `ROOT`, `*`, `$`, `line/1`, `rtp/$`, `line/*`. Case is kept; `ROOT` is always written so. */
export type TerminationId = string;

export const ROOT: TerminationId = 'ROOT';

/** The id is that of the gateway as a whole, in any case of its letters. */
export function isRoot(id: TerminationId): boolean {
  return id.length === ROOT.length && id.toUpperCase() === ROOT;
}

/** 32 bits; `ALL_REQUESTS` is `*`. */
export type RequestId = number;

export const ALL_REQUESTS: RequestId = 0xffff_ffff;

/** 16 bits. */
export type StreamId = number;

/** `yyyymmddThhmmsscc`, the last two digits hundredths of a second; 17 characters. */
export type TimeStamp = string;
