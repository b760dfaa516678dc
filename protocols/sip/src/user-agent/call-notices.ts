// What the nodes tell each other of calls that are being set up: under which of call control's names the INVITE of a caller is
// carried, and by whom. In one datagram, fire and forget. A stand-in that gets a copy of the INVITE, or its CANCEL, so knows which
// call that is about: neither bears a token of ours.
import type { Millis, Signer } from '@altpath/core';

export interface CallNotice {
  /** Call control's. */
  readonly callId: string;
  /** Position of the node that carries it; `NOBODY`: that one has died since, or this one has given it away. */
  readonly node: number;
  readonly at: Millis;
}

export const CALL_TOPIC = 'sip.call';
export const NOBODY = -1;

const LIMIT = 10_000;
/** Nobody rings for longer. */
const KEPT_MS = 300_000;
const FORM = /^([0-9A-F]{13}) ([\w-]{22})( line)?$/;

export class CallNotices {
  readonly #notices = new Map<string, CallNotice>();

  constructor(private readonly signer: Signer) {}

  /** What is told of a call. @param invite  Its merge key. @param hasLine  It rings a line of this node. */
  write(callId: string, invite: string, hasLine: boolean): string {
    return `${callId} ${this.#key(invite)}${hasLine ? ' line' : ''}`;
  }

  /** Another node's words. @returns `false` for what is no notice. */
  take(content: string, node: number, now: Millis): boolean {
    const [, callId, key] = FORM.exec(content) ?? [];
    if (callId === undefined || key === undefined) return false;
    this.#keep(key, { callId, node, at: now });
    return true;
  }

  #keep(key: string, notice: CallNotice): void {
    this.#notices.delete(key);
    this.#notices.set(key, notice);
    if (this.#notices.size > LIMIT) this.#notices.delete(this.#notices.keys().next().value as string);
  }

  /** What a notice is about: equal for the notices that several nodes give of one INVITE; undefined for what is no notice. */
  subjectOf(content: string): string | undefined {
    return FORM.exec(content)?.[2];
  }

  /** The node that gives this notice has the line that the call rings: nobody else can ring it but through that node. */
  hasLine(content: string): boolean {
    return FORM.exec(content)?.[3] !== undefined;
  }

  /** Who carries the call of this INVITE, as far as that was told. */
  find(invite: string, now: Millis): CallNotice | undefined {
    if (this.#notices.size === 0) return undefined;
    const notice = this.#notices.get(this.#key(invite));
    return notice && now - notice.at < KEPT_MS ? notice : undefined;
  }

  /** Notices of calls that a node which has died carried, and this one does, as this one gives them. */
  inherited(isCarried: (callId: string) => boolean): readonly string[] {
    return [...this.#notices].flatMap(([key, { callId, node }]) => (node === NOBODY && isCarried(callId) ? [`${callId} ${key}`] : []));
  }

  /** The node has died: what it carried is nobody's, though it may be back soon. */
  gone(node: number): void {
    for (const [key, notice] of this.#notices) if (notice.node === node) this.#notices.set(key, { ...notice, node: NOBODY });
  }

  /** This node carried the call of this INVITE, and another one does now. @param at  When the call began. */
  gaveAway(invite: string, callId: string, at: Millis): void {
    this.#keep(this.#key(invite), { callId, node: NOBODY, at });
  }

  /** The call is this node's now. */
  forget(invite: string): void {
    this.#notices.delete(this.#key(invite));
  }

  /** Callers write Call-ID and tag: a hash has a length, and no line ends. */
  #key(invite: string): string {
    return this.signer.branch(`call notice\n${invite}`);
  }
}
