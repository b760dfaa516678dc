// A dialog (RFC 3261 §12) of our user agent: who the two ends are, the way to the other one, and whose number comes next. What
// it is used for is not known here.
import type { SipMessage } from '../codec/sip-message.js';
import type { NameAddress } from '../message/name-address.js';
import { parseUri } from '../message/uri.js';

/** What a dialog consists of (RFC 3261 §12): plain data, as it is saved. */
export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  /** Empty: an RFC 2543 end without tags. */
  readonly remoteTag: string;
  /** Ours and theirs as they stand in From and To, without tag. */
  readonly local: string;
  readonly remote: string;
  readonly confirmed: boolean;
  readonly secure: boolean;
  /** URIs, the nearest first. */
  readonly routes: readonly string[];
  /** URI of the other end's Contact; empty: it has not told any. */
  readonly target: string;
  /** Of our newest request; 0 before the first. */
  readonly localCseq: number;
  /** Of their newest request; -1 before the first. */
  readonly remoteCseq: number;
}

/** What a request says because of its dialog; Via, Contact and what else it says are others' matter. */
export interface DialogRequest {
  readonly method: string;
  readonly uri: string;
  readonly cseq: number;
  /** Whole lines: Route, Max-Forwards, From, To, Call-ID and CSeq. */
  readonly headers: readonly string[];
  /** The URI that says where it goes (RFC 3261 §8.1.2): the first route, else the Request-URI. */
  readonly next: string;
}

/** Numbers that a node which goes on with another's dialog leaves out: the other's newest may not have been stored. */
const ADOPTED_JUMP = 16;

export class Dialog {
  #state: DialogState;

  /** @param jumpedFrom  The last number of the node before, as far as it is known. */
  private constructor(
    state: DialogState,
    private readonly jumpedFrom = Number.POSITIVE_INFINITY,
  ) {
    this.#state = state;
  }

  /** We answer: the dialog that an INVITE and our tag make (RFC 3261 §12.1.1). */
  static answering(invite: SipMessage, localTag: string): Dialog {
    return new Dialog({
      callId: invite.callId,
      localTag,
      remoteTag: invite.fromTag,
      local: addressText(invite.to),
      remote: addressText(invite.from),
      confirmed: false,
      secure: invite.uri.scheme === 'sips',
      routes: invite.recordRoutes.map((each) => each.uri),
      target: contactOf(invite),
      localCseq: 0,
      remoteCseq: invite.cseq,
    });
  }

  /** We call: the dialog that our INVITE and a response with a To tag make (RFC 3261 §12.1.2). One for each tag that comes. */
  static calling(invite: SipMessage, response: SipMessage): Dialog {
    return new Dialog({
      callId: invite.callId,
      localTag: invite.fromTag,
      local: addressText(invite.from),
      remote: addressText(invite.to),
      confirmed: isSuccess(response),
      secure: invite.uri.scheme === 'sips',
      ...wayBack(response, invite.requestUri),
      localCseq: invite.cseq,
      remoteCseq: -1,
    });
  }

  /**
   * The dialog that a request within it shows to a node which knows nothing else of it.
   *
   * @param localCseq  Above every number that we can have used. The request tells all else; but the way back only where it
   *                   has Record-Route and Contact, as those that refresh the target do.
   */
  static ofRequest(request: SipMessage, localCseq: number): Dialog {
    return new Dialog({ ...Dialog.answering(request, request.toTag).#state, confirmed: request.method !== 'PRACK', localCseq });
  }

  /** The dialog that a 2xx shows to a node which knows nothing of the INVITE. @param localCseq  As of `ofRequest`. */
  static ofResponse(response: SipMessage, localCseq: number): Dialog {
    return new Dialog({
      callId: response.callId,
      localTag: response.fromTag,
      local: addressText(response.from),
      remote: addressText(response.to),
      confirmed: true,
      secure: false,
      ...wayBack(response, ''),
      localCseq,
      remoteCseq: -1,
    });
  }

  /** @param state  As another node's dialog had it. @returns it, with a jump in our numbers; undefined for anything else. */
  static adopted(state: unknown): Dialog | undefined {
    return isDialogState(state) ? new Dialog({ ...state, localCseq: state.localCseq + ADOPTED_JUMP }, state.localCseq) : undefined;
  }

  get state(): DialogState {
    return this.#state;
  }

  /** The node before has sent this request when nobody could hear of it any more. */
  isUnheardOf(cseq: number): boolean {
    return cseq > this.jumpedFrom && cseq <= this.jumpedFrom + ADOPTED_JUMP;
  }

  get callId(): string {
    return this.#state.callId;
  }

  get localTag(): string {
    return this.#state.localTag;
  }

  get remoteTag(): string {
    return this.#state.remoteTag;
  }

  get isConfirmed(): boolean {
    return this.#state.confirmed;
  }

  /** Call-ID and both tags, ours first: under it a message's dialog is found. */
  get key(): string {
    const { callId, localTag, remoteTag } = this.#state;
    return dialogKey(callId, localTag, remoteTag);
  }

  /** Can anything be sent to the other end? */
  get isReachable(): boolean {
    return this.#state.target !== '';
  }

  /** The 2xx has gone out, or has come: then what it says replaces what earlier responses said (RFC 3261 §13.2.2.4). */
  confirm(response?: SipMessage): void {
    this.#state = { ...this.#state, confirmed: true, ...(response && wayBack(response, this.#state.target)) };
  }

  /**
   * Takes note of the number of a request of the other end (RFC 3261 §12.2.2).
   *
   * @returns `false` for one whose number is lower than what has been: 500. ACK and CANCEL are of their INVITE's number and not
   *          asked about.
   */
  take(request: SipMessage): boolean {
    if (request.cseq < this.#state.remoteCseq) return false;
    this.#state = { ...this.#state, remoteCseq: request.cseq };
    return true;
  }

  /** A target refresh has succeeded (RFC 3261 §12.2, RFC 3311 §5): its request or response says where the other end is now. */
  refreshTarget(message: SipMessage): void {
    const target = contactOf(message);
    if (target !== '') this.#state = { ...this.#state, target };
  }

  /** Our next number is above this one. */
  goOnFrom(cseq: number): void {
    this.#state = { ...this.#state, localCseq: Math.max(this.#state.localCseq, cseq) };
  }

  /** Makes our next request (RFC 3261 §12.2.1.1). */
  request(method: string): DialogRequest {
    this.#state = { ...this.#state, localCseq: this.#state.localCseq + 1 };
    return this.#make(method, this.#state.localCseq);
  }

  /** Makes the ACK of a 2xx (RFC 3261 §13.2.2.4), to be sent anew for each copy of it. @param cseq  Of the INVITE. */
  ack(cseq: number): DialogRequest {
    return this.#make('ACK', cseq);
  }

  #make(method: string, cseq: number): DialogRequest {
    const { callId, local, localTag, remote, remoteTag, target, routes } = this.#state;
    const first = routes[0];
    const isStrict = first !== undefined && !isLoose(first);
    const uri = isStrict ? asRequestUri(first) : target;
    const way = isStrict ? [...routes.slice(1), target] : routes;
    return {
      method,
      uri,
      cseq,
      headers: [
        ...way.map((each) => `Route: <${each}>`),
        'Max-Forwards: 70',
        `From: ${tagged(local, localTag)}`,
        `To: ${tagged(remote, remoteTag)}`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} ${method}`,
      ],
      next: first ?? target,
    };
  }
}

/** Ours is first: of a request that came the To tag, of a response that came the From tag. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`;
}

/** The key under which the dialog of a message that came is found. */
export function dialogKeyOf(message: SipMessage): string {
  const { callId, fromTag, toTag } = message;
  return message.isRequest ? dialogKey(callId, toTag, fromTag) : dialogKey(callId, fromTag, toTag);
}

/** An address as a header value, without parameters: `"Nora" <sip:nora@example.org>`. */
function addressText(address: Pick<NameAddress, 'display' | 'uri'>): string {
  return address.display === '' ? `<${address.uri}>` : `"${address.display.replace(/[\\"]/g, '\\$&')}" <${address.uri}>`;
}

function tagged(address: string, tag: string): string {
  return tag === '' ? address : `${address};tag=${tag}`;
}

function contactOf(message: SipMessage): string {
  const { contacts } = message;
  return contacts === '*' ? '' : (contacts[0]?.uri ?? '');
}

/** RFC 3261 §12.1.2: the way that a response shows to who called. */
function wayBack(response: SipMessage, target: string): Pick<DialogState, 'remoteTag' | 'routes' | 'target'> {
  return {
    remoteTag: response.toTag,
    routes: response.recordRoutes.map((each) => each.uri).reverse(),
    target: contactOf(response) || target,
  };
}

function isSuccess(response: SipMessage): boolean {
  return response.status >= 200 && response.status < 300;
}

function isLoose(route: string): boolean {
  const uri = parseUri(route);
  return !uri.ok || uri.value.parameters.has('lr');
}

/** RFC 3261 §19.1.1: a Request-URI has no headers and no method. */
function asRequestUri(route: string): string {
  const plain = route.split('?', 1)[0] ?? route;
  return plain.replace(/;method=[^;?]*/gi, '');
}

function isDialogState(value: unknown): value is DialogState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Partial<Record<keyof DialogState, unknown>>;
  const texts = [state.callId, state.localTag, state.remoteTag, state.local, state.remote, state.target];
  return (
    texts.every((each) => typeof each === 'string' && !/[\r\n]/.test(each)) &&
    typeof state.confirmed === 'boolean' &&
    typeof state.secure === 'boolean' &&
    Array.isArray(state.routes) &&
    state.routes.every((each) => typeof each === 'string' && !/[\r\n]/.test(each)) &&
    Number.isInteger(state.localCseq) &&
    Number.isInteger(state.remoteCseq)
  );
}
