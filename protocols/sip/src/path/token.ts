// The tokens of SIP: the cluster's signature over a path attribute, plus the little that a stand-in must know.
// Signed are canonical parsed values, never bytes. A Via token reads
// `KEY.NODE.FLAGS.INDEX.COUNT.EXPIRY.LOOP.MAC`; a dialog token `KEY.MAC`.
import type { Millis, Signer } from '@altpath/core';

/** Flags of a Via token. */
export const ASKED_FOR_JOINING = 1;

/** What a Via token carries in clear. */
export interface ViaClaims {
  /** Position of the node that wrote the Via. */
  readonly node: number;
  readonly flags: number;
  /** Which of `forkCount` parallel branches this is. */
  readonly forkIndex: number;
  readonly forkCount: number;
  readonly expiresAt: Millis;
  readonly loopHash: string;
}

/** What a Via token binds beside its claims: all of it stands in the message. */
export interface ViaBinding {
  readonly branch: string;
  readonly nextBranch: string;
  readonly nextSentBy: string;
  readonly nextReceived: string;
  readonly nextRport: number | undefined;
  readonly nextTransport: string;
  readonly alternates: string;
  readonly callId: string;
  readonly cseq: number;
}

export type TokenVerdict =
  { readonly ok: true; readonly claims: ViaClaims } | { readonly ok: false; readonly reason: 'missing' | 'invalid' | 'expired' };

/** Clocks of nodes may differ by this much. */
const SKEW_MS = 60_000;

function claimsText(claims: ViaClaims): string {
  const expiry = Math.floor(claims.expiresAt / 1000).toString(36);
  return `${claims.node}.${claims.flags}.${claims.forkIndex}.${claims.forkCount}.${expiry}.${claims.loopHash}`;
}

function viaContent(claims: string, binding: ViaBinding): string {
  return `${claims}\n${binding.branch}\n${binding.nextBranch}\n${binding.nextSentBy}\n${binding.nextReceived}\n${binding.nextRport ?? ''}\n${
    binding.nextTransport
  }\n${binding.alternates}\n${binding.callId}\n${binding.cseq}`;
}

export function writeViaToken(signer: Signer, claims: ViaClaims, binding: ViaBinding): string {
  const text = claimsText(claims);
  const { keyId, mac } = signer.sign('via', viaContent(text, binding));
  return `${keyId}.${text}.${mac}`;
}

/** Checks signature, then expiry (skew 60 s). Nothing of a token is believed before both. */
export function readViaToken(signer: Signer, token: string | null | undefined, binding: ViaBinding, now: Millis): TokenVerdict {
  if (!token) return { ok: false, reason: 'missing' };
  const parts = token.split('.');
  if (parts.length !== 8) return { ok: false, reason: 'invalid' };
  const [keyId, node, flags, index, count, expiry, loopHash, mac] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const text = token.slice(keyId.length + 1, token.length - mac.length - 1);
  if (!signer.verify('via', viaContent(text, binding), keyId, mac)) return { ok: false, reason: 'invalid' };
  const expiresAt = Number.parseInt(expiry, 36) * 1000;
  if (expiresAt + SKEW_MS < now) return { ok: false, reason: 'expired' };
  const claims = { node: Number(node), flags: Number(flags), forkIndex: Number(index), forkCount: Number(count), expiresAt, loopHash };
  return { ok: true, claims };
}

/** Binds a Record-Route entry to the dialog: Call-ID and the initial From tag. No expiry: route sets are frozen and calls are long. */
export function writeDialogToken(signer: Signer, callId: string, initialFromTag: string): string {
  const { keyId, mac } = signer.sign('dialog', `${callId}\n${initialFromTag}`);
  return `${keyId}.${mac}`;
}

/** The initial From tag may stand in From or in To: whoever sends. */
export function verifyDialogToken(
  signer: Signer,
  token: string | null | undefined,
  callId: string,
  fromTag: string,
  toTag: string,
): boolean {
  if (!token) return false;
  const dot = token.indexOf('.');
  if (dot < 1) return false;
  const keyId = token.slice(0, dot);
  const mac = token.slice(dot + 1);
  if (signer.verify('dialog', `${callId}\n${fromTag}`, keyId, mac)) return true;
  return toTag !== '' && signer.verify('dialog', `${callId}\n${toTag}`, keyId, mac);
}
