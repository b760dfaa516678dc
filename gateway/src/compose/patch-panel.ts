// Where call control meets the protocols of the node: events of every adapter come in here, orders go out to the adapter
// whose line it is, and the driver is told whom that concerned.
import {
  CallControl,
  type CallControlPort,
  type CallControlSettings,
  type FoundLeg,
  type HalfCallEvent,
  type HalfCallPort,
  type LineName,
} from '@altpath/call-control';
import type { Machine, Millis, Observer } from '@altpath/core';

export interface PatchPanelSettings extends CallControlSettings {
  /** Which protocol speaks to the line. */
  readonly protocolOf: ReadonlyMap<LineName, string>;
}

/** Told that something outside its own turn may wait in the outbox of this protocol's adapter. */
export type Stir = (protocol: string) => void;

export class PatchPanel implements CallControlPort {
  readonly calls: CallControl;
  readonly #protocolOf: ReadonlyMap<LineName, string>;
  readonly #ports = new Map<string, HalfCallPort>();
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

  get patterns(): readonly string[] {
    return this.calls.patterns;
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

  event(line: LineName, event: HalfCallEvent, now: Millis): void {
    this.calls.event(line, event, now);
    this.#stirOwner(line);
  }

  service(line: LineName, inService: boolean, now: Millis): void {
    this.calls.service(line, inService, now);
    this.#stirOwner(line);
  }

  restore(legs: readonly FoundLeg[], more: boolean, now: Millis): void {
    this.calls.restore(legs, more, now);
    for (const { line } of legs) this.#stirOwner(line);
  }

  release(line: LineName, now: Millis): void {
    this.calls.release(line, now);
    this.#stirOwner(line);
  }

  /** A call's timers may have moved, though nothing was ordered. */
  #stirOwner(line: LineName): void {
    this.#stir(this.#protocolOf.get(line) ?? '');
  }
}
