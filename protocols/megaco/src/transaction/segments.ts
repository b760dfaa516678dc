// Replies that come in parts (H.248.1 version 3): each part is kept until the last is there, and then they are one reply.
// We write no such replies. What may be kept of one is bounded, whatever numbers it bears.
import type { ActionReply, TransactionReply } from '../message/index.js';

/** Parts of one reply; whoever sends more is not waited for, and the request fails at T-MAX. */
const MAX_SEGMENTS = 64;

/** The parts of one reply that have come. */
export class Segments {
  readonly #parts = new Map<number, TransactionReply>();
  #last: number | undefined;

  /** Parts that are here. */
  get size(): number {
    return this.#parts.size;
  }

  /**
   * @param part  A reply with a segment; one that comes again changes nothing.
   * @returns     The whole reply, once its last part and all before it are here. An error in any part is the whole.
   */
  add(part: TransactionReply): TransactionReply | undefined {
    const { segment, result } = part;
    if (segment === undefined || result.kind === 'error') return { ...part, segment: undefined };
    if (segment.number < 1 || segment.number > MAX_SEGMENTS) return undefined;
    if (segment.complete) this.#last ??= segment.number;
    if (!this.#parts.has(segment.number)) this.#parts.set(segment.number, part);
    return this.#last !== undefined && this.#isWhole(this.#last) ? this.#whole(this.#last, part) : undefined;
  }

  #isWhole(last: number): boolean {
    for (let number = 1; number <= last; number += 1) if (!this.#parts.has(number)) return false;
    return true;
  }

  #whole(last: number, { transactionId }: TransactionReply): TransactionReply {
    const actions: ActionReply[] = [];
    let immAckRequired = false;
    for (let number = 1; number <= last; number += 1) {
      const part = this.#parts.get(number);
      immAckRequired ||= part?.immAckRequired === true;
      if (part?.result.kind === 'actions') for (const action of part.result.actions) append(actions, action);
    }
    return { kind: 'reply', transactionId, ...(immAckRequired && { immAckRequired }), result: { kind: 'actions', actions } };
  }
}

/** A part may end amid an action: the next then begins with the same context. */
function append(actions: ActionReply[], action: ActionReply): void {
  const last = actions.at(-1);
  if (last === undefined || last.contextId !== action.contextId || last.error !== undefined) actions.push(action);
  else
    actions[actions.length - 1] = {
      ...last,
      properties: last.properties ?? action.properties,
      commands: [...last.commands, ...action.commands],
      error: action.error,
    };
}
