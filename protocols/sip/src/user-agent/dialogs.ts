// The dialogs of this node's legs, under Call-ID and tags, and those that have ended: what comes late for them begins nothing.
import type { SipMessage } from '../codec/sip-message.js';
import { dialogKeyOf } from './dialog.js';
import type { Leg, Session } from './leg-view.js';

export interface DialogEntry {
  readonly leg: Leg;
  readonly session: Session;
}

/** So many that ended are remembered, the latest. */
const ENDED_LIMIT = 8_192;

export class Dialogs {
  readonly #byKey = new Map<string, DialogEntry>();
  readonly #keysOf = new Map<Leg, Set<string>>();
  readonly #ended = new Set<string>();

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
    for (const key of this.forget(leg)) {
      this.#ended.add(key);
      const [oldest] = this.#ended;
      if (this.#ended.size > ENDED_LIMIT && oldest !== undefined) this.#ended.delete(oldest);
    }
  }

  /** The leg's dialogs are another node's. @returns their keys. */
  forget(leg: Leg): ReadonlySet<string> {
    const keys = this.#keysOf.get(leg) ?? new Set();
    this.#keysOf.delete(leg);
    for (const key of keys) if (this.#byKey.get(key)?.leg === leg) this.#byKey.delete(key);
    return keys;
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
