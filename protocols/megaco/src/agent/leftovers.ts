// What a dead controller has left in a gateway: contexts, and terminations in them, that no line of ours claims some time
// after the gateway was taken. They are looked for twice before they are subtracted, since a call may be on its way.
import type { Millis } from '@altpath/core';
import { type ActionRequest, ALL_CONTEXTS, type ContextId, ROOT, type TerminationId } from '../message/index.js';
import { contextsOf, errorOf, terminationsOf } from './findings.js';
import type { Gateway } from './gateway.js';
import type { Line } from './line.js';
import type { ControllerParts } from './parts.js';

/** From the end of the audit to the first look, and from one to the next. */
const LOOK_MS: Millis = 5_000;
/** Gateways whose lines are in a call of which they have not said where it is are looked at later, so many times. */
const LOOKS = 12;

/** Unclaimed at the last look. */
interface Seen {
  readonly contexts: ReadonlySet<ContextId>;
  readonly terminations: ReadonlySet<TerminationId>;
}

interface Search {
  at: Millis;
  looks: number;
  seen: Seen | undefined;
}

export class Leftovers {
  readonly #searches = new Map<Gateway, Search>();

  constructor(private readonly parts: () => ControllerParts) {}

  /** A gateway's audit is over. */
  begin(gateway: Gateway, now: Millis): void {
    this.#searches.set(gateway, { at: now + LOOK_MS, looks: 0, seen: undefined });
  }

  sweep(now: Millis): void {
    for (const [gateway, search] of this.#searches) {
      if (gateway.stage === 'foreign') this.#searches.delete(gateway);
      if (now < search.at || gateway.stage !== 'serving' || gateway.association === undefined || gateway.leaving) continue;
      if (search.looks >= LOOKS) {
        this.#searches.delete(gateway);
        continue;
      }
      search.looks += 1;
      search.at = now + LOOK_MS;
      if (!this.parts().takeover.isSeeking && areKnown(gateway.lines.values())) this.#look(gateway, search);
    }
  }

  /** §7.2.5: all contexts and the root give the list of contexts. */
  #look(gateway: Gateway, search: Search): void {
    this.#ask(gateway, search, audit(ROOT), (result, now) => {
      const contexts = contextsOf(result);
      const claimed = claims(gateway.lines.values());
      // Who lists none although we have some does not list them.
      if (contexts.length === 0 && claimed.contexts.size > 0) return this.#lookForTerminations(gateway, search);
      this.#compare(
        gateway,
        search,
        { contexts: new Set(contexts.filter((id) => !claimed.contexts.has(id))), terminations: new Set() },
        now,
      );
    });
  }

  #lookForTerminations(gateway: Gateway, search: Search): void {
    this.#ask(gateway, search, audit('*'), (result, now) => {
      const claimed = claims(gateway.lines.values());
      const open = terminationsOf(result).filter((id) => !gateway.line(id) && !claimed.terminations.has(id));
      this.#compare(gateway, search, { contexts: new Set(), terminations: new Set(open) }, now);
    });
  }

  #ask(
    gateway: Gateway,
    search: Search,
    actions: readonly ActionRequest[],
    found: (result: Parameters<typeof contextsOf>[0], now: Millis) => void,
  ): void {
    this.parts().courier.run({
      gateway,
      actions,
      then: (result, now) => {
        if (this.#searches.get(gateway) !== search) return;
        // 431 and its like: there is nothing, or it does not say.
        if (result === undefined || errorOf(result) !== undefined) return void this.#searches.delete(gateway);
        found(result, now);
      },
    });
  }

  /** What was unclaimed at both looks goes. */
  #compare(gateway: Gateway, search: Search, seen: Seen, now: Millis): void {
    const before = search.seen;
    search.seen = seen;
    search.at = now + LOOK_MS;
    const contexts = [...seen.contexts].filter((id) => before?.contexts.has(id));
    const terminations = [...seen.terminations].filter((id) => before?.terminations.has(id));
    for (const contextId of contexts) this.#subtract(gateway, contextId, '*');
    for (const terminationId of terminations) this.#subtract(gateway, ALL_CONTEXTS, terminationId);
    if (seen.contexts.size + seen.terminations.size === contexts.length + terminations.length) this.#searches.delete(gateway);
  }

  #subtract(gateway: Gateway, contextId: ContextId, terminationId: TerminationId): void {
    const { environment, courier } = this.parts();
    environment.observer.count('megaco.leftover.subtracted');
    courier.run({
      gateway,
      actions: [{ contextId, commands: [{ kind: 'subtract', terminationId }] }],
      then: (result) => {
        if (!result || errorOf(result) !== undefined) environment.observer.count('megaco.leftover.refused');
      },
    });
  }
}

function audit(terminationId: TerminationId): readonly ActionRequest[] {
  const command = { kind: 'audit-value', terminationId, audit: { kind: 'audit', items: [] } } as const;
  return [{ contextId: ALL_CONTEXTS, commands: [command] }];
}

/** Every line in a call has said where it is. */
function areKnown(lines: Iterable<Line>): boolean {
  for (const line of lines) {
    const { wanted, contextId, ephemeral } = line.describe();
    if (wanted?.media === undefined) continue;
    if (contextId === undefined || (contextId !== 0 && ephemeral === undefined)) return false;
  }
  return true;
}

function claims(lines: Iterable<Line>): Seen {
  const contexts = new Set<ContextId>();
  const terminations = new Set<TerminationId>();
  for (const line of lines) {
    const { contextId, ephemeral } = line.describe();
    if (contextId !== undefined && contextId !== 0) contexts.add(contextId);
    if (ephemeral !== undefined) terminations.add(ephemeral.toLowerCase());
  }
  return { contexts, terminations };
}
