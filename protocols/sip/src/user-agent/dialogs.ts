// The dialogs of this node's legs, under Call-ID and tags, and those that have ended: what comes late for them begins nothing.
import type { SipMessage } from '../codec/sip-message.js';
import { type Dialog, dialogKeyOf } from './dialog.js';
import type { Leg, Session } from './leg-view.js';

export interface DialogEntry {
  readonly leg: Leg;
  readonly session: Session;
}

/** So many that have ended, or that have become another node's, are remembered, the latest. */
const PAST_LIMIT = 8_192;

export class Dialogs {
  readonly #byKey = new Map<string, DialogEntry>();
  readonly #keysOf = new Map<Leg, Set<string>>();
  readonly #ended = new Set<string>();
  /** Number of our newest request in those that have become another node's. */
  readonly #given = new Map<string, number>();

  /** The dialog of a message that came. */
  of(message: SipMessage): DialogEntry | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(dialogKeyOf(message));
  }

  legOf(key: string): Leg | undefined {
    return this.#byKey.get(key)?.leg;
  }

  hasEnded(message: SipMessage): boolean {
    return this.isOver(dialogKeyOf(message));
  }

  isOver(key: string): boolean {
    return this.#ended.has(key);
  }

  enter(leg: Leg, session: Session): void {
    const { key } = session.dialog;
    this.#byKey.set(key, { leg, session });
    const keys = this.#keysOf.get(leg);
    if (keys) keys.add(key);
    else this.#keysOf.set(leg, new Set([key]));
  }

  /** The leg's dialogs are over. */
  end(leg: Leg): void {
    for (const key of this.#keysOf.get(leg) ?? []) {
      this.#ended.add(key);
      limit(this.#ended);
    }
    this.#remove(leg);
  }

  /** The leg's dialogs are another node's. */
  forget(leg: Leg): void {
    for (const key of this.#keysOf.get(leg) ?? []) {
      const { dialog } = this.#byKey.get(key)?.session ?? {};
      if (dialog) this.#given.set(key, dialog.state.localCseq);
      limit(this.#given);
    }
    this.#remove(leg);
  }

  /** A dialog comes from another node: our numbers go on above those that were used here, of which that one may know nothing. */
  adopt(dialog: Dialog): void {
    const before = this.#given.get(dialog.key);
    if (before !== undefined) dialog.goOnFrom(before);
  }

  #remove(leg: Leg): void {
    for (const key of this.#keysOf.get(leg) ?? []) if (this.#byKey.get(key)?.leg === leg) this.#byKey.delete(key);
    this.#keysOf.delete(leg);
  }

  /** Whoever has a dialog. */
  legs(): Iterable<Leg> {
    return this.#keysOf.keys();
  }

  clear(): void {
    this.#byKey.clear();
    this.#keysOf.clear();
  }
}

/** Lets the oldest go. */
function limit(past: Set<string> | Map<string, number>): void {
  const [oldest] = past.keys();
  if (past.size > PAST_LIMIT && oldest !== undefined) past.delete(oldest);
}
