// REFER (RFC 3515, RFC 5589): a telephone asks that the other end be connected with somebody else, and is told in NOTIFY how that
// goes. With Replaces in Refer-To (RFC 3891) the somebody is the other end of another call of the same telephone.
import type { LineName, Notice } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import { match } from 'ts-pattern';
import type { SipMessage } from '../codec/sip-message.js';
import type { Environment } from '../environment.js';
import { parseNameAddress } from '../message/name-address.js';
import { parseUri, type SipUri } from '../message/uri.js';
import { phraseOf } from '../proxy/statuses.js';
import { dialledOf } from './caller-identity.js';
import { statusOf } from './causes.js';
import { dialogKey } from './dialog.js';
import type { Leg } from './leg-view.js';
import { isLegToken } from './leg-token.js';
import { SILENT_OWNER } from './own-request.js';
import type { ServerRequest } from './server-request.js';

/** Whom a REFER names. */
type Referred =
  | { readonly kind: 'somebody'; readonly to: string }
  /** `dialogs`: keys of the dialog that is to be replaced, as it would be ours. */
  | { readonly kind: 'replaces'; readonly dialogs: readonly string[] }
  | { readonly kind: 'refused'; readonly status: number; readonly reason?: string | undefined };

const BAD: Referred = { kind: 'refused', status: 400, reason: 'Bad Refer-To' };
/** RFC 3515 §2.4.4: as long as it may ring. */
const EXPIRES_S = 180;

/** Reads Refer-To (RFC 3515 §2.1). @param isOurs  Whether a URI is of our domains or nodes: then its user is what was dialled. */
function referredTo(request: SipMessage, isOurs: (uri: SipUri) => boolean): Referred {
  const [value, ...more] = request.headerValues('Refer-To');
  if (value === undefined || more.length > 0) return BAD;
  const address = parseNameAddress(value);
  if (!address.ok) return BAD;
  const uri = parseUri(address.value.uri);
  if (!uri.ok) return BAD;
  const { scheme, user, headers, text } = uri.value;
  if (scheme === 'tel') return { kind: 'somebody', to: dialledOf(text.slice('tel:'.length)) };
  if (scheme !== 'sip' && scheme !== 'sips') return { kind: 'refused', status: 416 };
  const replaces = headerOf(headers, 'replaces');
  if (replaces !== undefined) return replacedBy(replaces);
  const method = uri.value.parameters.get('method')?.toUpperCase();
  if (method !== undefined && method !== 'INVITE') return { kind: 'refused', status: 403 };
  if (!isOurs(uri.value)) return { kind: 'somebody', to: withoutHeaders(text) };
  // Our own Contact names a leg, and nobody who could be called.
  if (user === '' || isLegToken(user)) return { kind: 'refused', status: 404 };
  return { kind: 'somebody', to: dialledOf(user) };
}

/** RFC 3891 §6.1. The to-tag is of who is asked: ours. Some write it the other way round. */
function replacedBy(value: string): Referred {
  const [callId = '', ...parameters] = value.split(';').map((part) => part.trim());
  const tagOf = (name: string): string =>
    parameters.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const toTag = tagOf('to-tag');
  const fromTag = tagOf('from-tag');
  if (callId === '' || toTag === '' || fromTag === '') return BAD;
  return { kind: 'replaces', dialogs: [dialogKey(callId, toTag, fromTag), dialogKey(callId, fromTag, toTag)] };
}

/** A header of a URI, without its escapes (RFC 3261 §19.1.1). */
function headerOf(headers: string, name: string): string | undefined {
  for (const part of headers.split('&')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).toLowerCase() === name) return unescaped(part.slice(equals + 1));
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function withoutHeaders(uri: string): string {
  return uri.split('?', 1)[0]?.replace(/;method=[^;]*/gi, '') ?? uri;
}

/** The transfer that a leg's telephone has asked for. */
export class Transfer {
  /** The subscription that the REFER made (RFC 3515 §2.4.4). */
  #open: { readonly event: string; readonly isSilent: boolean; status: number } | undefined;
  #count = 0;

  constructor(private readonly leg: Leg) {}

  take(server: ServerRequest, now: Millis): void {
    const { leg } = this;
    const { request } = server;
    // Who has not answered, or was not answered, has nobody to hand on.
    if (leg.standing !== 'answered') return server.reply(403, {}, now);
    if (this.#open) return server.reply(491, {}, now);
    const referred = referredTo(request, (uri) => isOurs(leg.host.environment, uri));
    if (referred.kind === 'refused') return server.reply(referred.status, { reason: referred.reason }, now);
    this.#count += 1;
    // RFC 4488 §4.
    const isSilent = request.header('Refer-Sub')?.trim().toLowerCase() === 'false';
    // RFC 3515 §2.4.6: the first has no need of a name.
    const event = this.#count === 1 ? 'Event: refer' : `Event: refer;id=${request.cseq}`;
    this.#open = { event, isSilent, status: 0 };
    const lines = [...leg.host.wordings.responseLines(leg, server, now), ...(isSilent ? ['Refer-Sub: false'] : [])];
    server.reply(202, { lines }, now);
    this.#say(100, false, now);
    this.#begin(referred, now);
  }

  #begin(referred: Exclude<Referred, { kind: 'refused' }>, now: Millis): void {
    if (referred.kind === 'somebody') return this.leg.tell({ kind: 'transfer', to: referred.to }, now);
    const other = this.#replaced(referred.dialogs);
    if (other !== undefined) return this.leg.tell({ kind: 'transfer', to: '', replaces: other }, now);
    // RFC 3891 §3: no such dialog.
    this.leg.host.environment.observer.count('sip.transfer.refused', 'replaces');
    return this.#say(481, true, now);
  }

  #replaced(dialogs: readonly string[]): LineName | undefined {
    for (const key of dialogs) {
      const other = this.leg.host.legOf(key);
      if (other && other !== this.leg && other.standing === 'answered') return other.name;
    }
    return undefined;
  }

  /** How it goes. */
  progress(notice: Extract<Notice, { kind: 'transfer' }>, now: Millis): void {
    match(notice.progress)
      .with('trying', () => this.#say(100, false, now))
      .with('ringing', () => this.#say(180, false, now))
      .with('done', () => this.#say(200, true, now))
      .with('failed', () => this.#say(statusOf(notice.cause ?? 'temporary-failure'), true, now))
      .exhaustive();
  }

  /** RFC 3515 §2.4.5: NOTIFY with the status line that the INVITE to the other was answered with. */
  #say(status: number, isLast: boolean, now: Millis): void {
    const open = this.#open;
    if (!open || open.status === status) return;
    open.status = status;
    if (isLast) this.#open = undefined;
    if (open.isSilent) return;
    const lines = [
      open.event,
      `Subscription-State: ${isLast ? 'terminated;reason=noresource' : `active;expires=${EXPIRES_S}`}`,
      'Content-Type: message/sipfrag;version=2.0',
    ];
    this.leg.send('NOTIFY', { lines, body: `SIP/2.0 ${status} ${phraseOf(status)}\r\n`, contact: true }, SILENT_OWNER, now);
  }
}

function isOurs({ identity }: Environment, uri: SipUri): boolean {
  return identity.isOurs(uri);
}
