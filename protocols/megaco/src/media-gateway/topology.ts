// Who hears whom in one context: flows that the controller cut, and all others (RFC 3525 §7.1.18; per stream: H.248.1
// version 2). Only what is not bothway is kept.
import type { StreamId, TerminationId, Topology } from '../message/index.js';

/** A pair of terminations whose association was said; ids as given first. */
interface Association {
  readonly first: TerminationId;
  readonly second: TerminationId;
  /** Undefined: on every stream that is not named apart. */
  readonly streamId: StreamId | undefined;
  /** Media of the first reaches the second, and the other way round. */
  readonly forth: boolean;
  readonly back: boolean;
}

export class TopologyGraph {
  readonly #associations = new Map<string, Association>();

  /** What one triple says of two terminations that are not the same one. The triple without a stream speaks for all streams. */
  set(first: TerminationId, second: TerminationId, direction: 'bothway' | 'isolate' | 'oneway', streamId?: StreamId): void {
    if (streamId === undefined)
      for (const [key, each] of this.#associations) if (isPair(each, first, second)) this.#associations.delete(key);
    const forth = direction !== 'isolate';
    const back = direction === 'bothway';
    const key = keyOf(first, second, streamId);
    if (forth && back && !this.#associations.has(keyOf(first, second, undefined))) this.#associations.delete(key);
    else this.#associations.set(key, { first, second, streamId, forth, back });
  }

  /** Whether media goes from one to the other. */
  flows(from: TerminationId, to: TerminationId, streamId: StreamId): boolean {
    const found = this.#associations.get(keyOf(from, to, streamId)) ?? this.#associations.get(keyOf(from, to, undefined));
    if (!found) return true;
    return found.first.toLowerCase() === from.toLowerCase() ? found.forth : found.back;
  }

  forget(id: TerminationId): void {
    const gone = id.toLowerCase();
    for (const [key, { first, second }] of this.#associations)
      if (first.toLowerCase() === gone || second.toLowerCase() === gone) this.#associations.delete(key);
  }

  /** As triples: one for each pair of `ids` that stands in the context; bothway where nothing was said. */
  audit(ids: readonly TerminationId[]): readonly Topology[] {
    const triples: Topology[] = [];
    ids.forEach((from, index) => {
      for (const to of ids.slice(index + 1)) {
        const said = [...this.#associations.values()].filter((each) => isPair(each, from, to));
        if (!said.some(({ streamId }) => streamId === undefined)) triples.push({ from, to, direction: 'bothway' });
        triples.push(...said.map(tripleOf));
      }
    });
    return triples;
  }
}

function tripleOf({ first, second, streamId, forth, back }: Association): Topology {
  const [from, to] = back && !forth ? [second, first] : [first, second];
  const direction = forth && back ? 'bothway' : forth || back ? 'oneway' : 'isolate';
  return { from, to, direction, ...(streamId !== undefined && { streamId }) };
}

function isPair({ first, second }: Association, a: TerminationId, b: TerminationId): boolean {
  return keyOf(first, second, undefined) === keyOf(a, b, undefined);
}

function keyOf(a: TerminationId, b: TerminationId, streamId: StreamId | undefined): string {
  const pair = [a.toLowerCase(), b.toLowerCase()].toSorted().join(' ');
  return `${pair} ${streamId ?? ''}`;
}
