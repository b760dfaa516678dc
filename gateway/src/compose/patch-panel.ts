// Where call control meets the protocols of the node: events of every adapter come in here, orders go out to the adapter
// whose line it is, and the driver is told whom that concerned.
import { CallControl, type CallControlPort, type CallControlSettings, type HalfCallPort, type LineName } from '@altpath/call-control';
import type { Machine, Millis, Observer } from '@altpath/core';

export interface PatchPanelSettings extends CallControlSettings {
  /** Which protocol speaks to the line. */
  readonly protocolOf: ReadonlyMap<LineName, string>;
}

/** Told that something outside its own turn may wait in the outbox of this protocol's adapter. */
export type Stir = (protocol: string) => void;

export class PatchPanel {
  readonly calls: CallControl;
  readonly #protocolOf: ReadonlyMap<LineName, string>;
  readonly #ports = new Map<string, HalfCallPort>();
  /** Protocols that are still looking for legs. */
  readonly #looking = new Set<string>();
  #stir: Stir = () => undefined;

  constructor(settings: PatchPanelSettings, observer: Observer, now: Millis) {
    this.#protocolOf = settings.protocolOf;
    this.calls = new CallControl(
      settings,
      (line, state, at) => {
        const protocol = this.#protocolOf.get(line) ?? '';
        this.#ports.get(protocol)?.order(line, state, at);
        this.#stir(protocol);
      },
      observer,
      now,
    );
  }

  join(port: HalfCallPort): void {
    this.#ports.set(port.protocol, port);
  }

  onStir(stir: Stir): void {
    this.#stir = stir;
  }

  /** Call control's timers, for the driver: it is fed by the adapters and has no outputs of its own. */
  get machine(): Machine<never, never> {
    const { calls } = this;
    return {
      handle: () => undefined,
      tick: (now) => calls.tick(now),
      deadline: () => calls.deadline(),
      drain: () => undefined,
    };
  }

  /** Call control as the adapter of this protocol sees it. */
  portOf(protocol: string): CallControlPort {
    const { calls } = this;
    return {
      patterns: calls.patterns,
      event: (line, event, now) => {
        calls.event(line, event, now);
        this.#stirOwner(line);
      },
      service: (line, inService, now) => {
        calls.service(line, inService, now);
        this.#stirOwner(line);
      },
      restore: (legs, more, now) => {
        calls.restore(legs, this.#looksOn(protocol, more), now);
        for (const { line } of legs) this.#stirOwner(line);
      },
      release: (line, now) => {
        calls.release(line, now);
        this.#stirOwner(line);
      },
    };
  }

  /** A call may have legs of two protocols: no leg is missing before the last of those that look has found nothing more. */
  #looksOn(protocol: string, more: boolean): boolean {
    if (more) this.#looking.add(protocol);
    else this.#looking.delete(protocol);
    return this.#looking.size > 0;
  }

  /** A call's timers may have moved, though nothing was ordered. */
  #stirOwner(line: LineName): void {
    this.#stir(this.#protocolOf.get(line) ?? '');
  }
}
