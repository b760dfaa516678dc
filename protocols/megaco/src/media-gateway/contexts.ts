// The contexts of a gateway. Numbers are not used again soon: a late command for a context that is gone must not find
// another call's.
import type { ContextId } from '../message/index.js';
import { Context } from './termination.js';

/** The two numbers above it mean CHOOSE and ALL (RFC 3525 annex A). */
const LAST_ID = 0xffff_fffd;

export class Contexts {
  readonly #byId = new Map<ContextId, Context>();
  #last: ContextId;

  /** @param max  How many there may be. @param last  The number before the first one's. */
  constructor(
    private readonly max: number,
    last: ContextId = 0,
  ) {
    this.#last = last;
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<Context> {
    return this.#byId.values();
  }

  find(id: ContextId): Context | undefined {
    return this.#byId.get(id);
  }

  /** One that is not there yet: it is once it is admitted, with its first termination; undefined when there are too many. */
  draft(): Context | undefined {
    if (this.#byId.size >= this.max) return undefined;
    let id = this.#last;
    do id = id >= LAST_ID ? 1 : id + 1;
    while (this.#byId.has(id));
    return new Context(id);
  }

  admit(context: Context): void {
    this.#last = context.id;
    this.#byId.set(context.id, context);
  }

  /** Forgets the context when nobody is left in it (§6.1.2). */
  prune(context: Context): void {
    if (context.terminations.size === 0) this.#byId.delete(context.id);
  }
}
