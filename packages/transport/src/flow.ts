// One TCP connection, ours or a peer's: what it has not sent yet, and when it was last heard.
import type { Socket } from 'node:net';
import type { Hop, Millis } from '@altpath/core';

/** How a flow ended, for counters. */
export type FlowEnd =
  'peer' | 'error' | 'refused' | 'connect-timeout' | 'idle' | 'silent' | 'backpressure' | 'stale' | 'asked' | 'shutdown';

export class Flow {
  /** It is, or was, connected: the adapter may have been told of it. */
  opened = false;
  /** Bytes have come over it. */
  heard = false;
  activeAt: Millis;
  /** Set by whoever ends it first. */
  end: FlowEnd | undefined = undefined;
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #corked = false;
  readonly #written = (error?: Error | null): void => {
    // A write that its socket's end cut short is called back without an error, too.
    if (error || this.socket.destroyed) return;
    this.#unsentBytes -= this.#unsent.shift()?.length ?? 0;
  };

  /**
   * @param hop     What the adapter sees in inputs: names the flow.
   * @param source  The address it is counted under, for a connection that a peer opened.
   */
  constructor(
    readonly socket: Socket,
    readonly hop: Hop & { readonly flow: number },
    readonly source: string | undefined,
    readonly since: Millis,
  ) {
    this.activeAt = since;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /**
   * Writes; what one turn writes leaves in one system call at `flush`.
   *
   * @returns `true` for the first write of a turn.
   */
  write(data: Buffer): boolean {
    const first = !this.#corked;
    if (first) {
      this.#corked = true;
      this.socket.cork();
    }
    this.#unsent.push(data);
    this.#unsentBytes += data.length;
    this.socket.write(data, this.#written);
    return first;
  }

  flush(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.socket.uncork();
  }

  /** @returns what the kernel has not taken whole, oldest first, and forgets it. */
  takeUnsent(): readonly Buffer[] {
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#unsentBytes = 0;
    return unsent;
  }
}
