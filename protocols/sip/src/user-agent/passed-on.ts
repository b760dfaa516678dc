// Requests that went to the node which carries their call, and are not answered yet: when that node turns out to be gone they come
// back, and this node sees what it can do.
import type { Millis } from '@altpath/core';
import type { Passage } from '../proxy/forward.js';
import type { Inbound } from '../proxy/inbound.js';

interface PassedOn {
  readonly passage: Passage;
  readonly copy: Inbound;
  readonly node: number;
  readonly at: Millis;
}

const LIMIT = 1_024;

export class PassedOnRequests {
  #list: PassedOn[] = [];

  /** @param keepMs  How long whoever asked waits for an answer. */
  constructor(private readonly keepMs: Millis) {}

  add(passage: Passage, copy: Inbound, node: number, now: Millis): void {
    this.#list = this.#list.filter((each) => this.#isOpen(each, now)).slice(1 - LIMIT);
    this.#list.push({ passage, copy, node, at: now });
  }

  /** @returns what went to this node and may still be answered; it is not kept any longer. */
  takeBack(node: number, now: Millis): readonly Passage[] {
    const taken = this.#list.filter((each) => each.node === node && this.#isOpen(each, now));
    this.#list = this.#list.filter((each) => each.node !== node);
    return taken.map(({ passage, copy }) => {
      copy.context?.abandon?.();
      return passage;
    });
  }

  forget(): void {
    this.#list = [];
  }

  #isOpen({ copy, at }: PassedOn, now: Millis): boolean {
    return !copy.answered && now - at < this.keepMs;
  }
}
