// A context: which terminations hear each other. It is there from its first termination to its last (RFC 3525 §6.1).
import type { ContextId, StreamId, TerminationId } from '../message/index.js';
import type { Termination } from './termination.js';
import { TopologyGraph } from './topology.js';

export class Context {
  /** In the order in which they came, by id in lower case. */
  readonly terminations = new Map<string, Termination>();
  readonly topology = new TopologyGraph();
  /** 0 (lowest) to 15. */
  priority = 0;
  emergency = false;
  /** Version 3. */
  iepsCall = false;

  constructor(readonly id: ContextId) {}

  find(id: TerminationId): Termination | undefined {
    return this.terminations.get(id.toLowerCase());
  }

  add(termination: Termination): void {
    this.terminations.set(termination.id.toLowerCase(), termination);
    termination.context = this;
  }

  /** Its topology goes with it. */
  remove(termination: Termination): void {
    this.terminations.delete(termination.id.toLowerCase());
    this.topology.forget(termination.id);
    termination.context = undefined;
  }

  /** The telephone that this context is about: its first physical termination. */
  get line(): Termination | undefined {
    for (const termination of this.terminations.values()) if (termination.kind === 'physical') return termination;
    return undefined;
  }

  /** Whether what one termination takes in reaches another on this stream. */
  hears(listener: Termination, speaker: Termination, streamId: StreamId): boolean {
    return this.topology.flows(speaker.id, listener.id, streamId);
  }
}
