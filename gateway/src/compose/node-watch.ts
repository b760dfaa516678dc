// What happens to a node, found by looking: its state, its peers' states and its takeovers, a few times a second and only
// while somebody listens. So nothing has to be told where messages pass.
import type { Millis, NodeState } from '@altpath/core';
import type { NodeEvent, NodeView } from '../admin/index.js';

const LOOK_MS: Millis = 200;
const TAKEOVER = /^[^:]*\.takeover:(.*)$/;

type Watched = Pick<NodeView, 'state' | 'peers' | 'counters'>;
type Listener = (event: NodeEvent) => void;

interface Sight {
  readonly state: NodeView['state'];
  readonly peers: ReadonlyMap<string, NodeState>;
  readonly takeovers: ReadonlyMap<string, number>;
}

export class NodeWatch {
  readonly #listeners = new Set<Listener>();
  #last: Sight | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly watched: () => Watched) {}

  /** @returns what ends it. With the last listener the looking ends, too. */
  subscribe(listener: Listener): () => void {
    // Each subscription counts by itself, even when a listener comes twice.
    const own: Listener = (event) => listener(event);
    this.#listeners.add(own);
    this.#last ??= sightOf(this.watched());
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#last = undefined;
    };
  }

  /** Tells what has changed since the last look. */
  look(at: Millis = Date.now()): void {
    const before = this.#last;
    if (!before) return;
    const now = sightOf(this.watched());
    this.#last = now;
    for (const event of changes(before, now, at)) for (const listener of [...this.#listeners]) listener(event);
  }
}

function sightOf({ state, peers, counters }: { [K in keyof Watched]: Watched[K] }): Sight {
  const takeovers = new Map<string, number>();
  for (const [name, value] of Object.entries(counters())) {
    const reason = TAKEOVER.exec(name)?.[1];
    if (reason !== undefined) takeovers.set(reason, (takeovers.get(reason) ?? 0) + value);
  }
  return { state, peers: new Map(peers().map((each) => [each.name, each.state])), takeovers };
}

function changes(before: Sight, now: Sight, at: Millis): NodeEvent[] {
  const events: NodeEvent[] = [];
  if (now.state !== before.state) events.push({ kind: 'state', at, state: now.state });
  for (const [name, state] of now.peers) if (state !== before.peers.get(name)) events.push({ kind: 'peer', at, name, state });
  for (const [reason, total] of now.takeovers) {
    const count = total - (before.takeovers.get(reason) ?? 0);
    if (count > 0) events.push({ kind: 'takeover', at, reason, count });
  }
  return events;
}
