// Where call control meets the protocols of the node: events of every adapter come in here, orders go out to the adapter
// whose line or party it is, and the driver is told whom that concerned.
import {
  CallControl,
  type CallControlPort,
  type CallControlSettings,
  type HalfCallPort,
  type LineName,
  protocolOfParty,
} from '@altpath/call-control';
import type { Machine, Millis, Observer } from '@altpath/core';
import { Lookout } from './lookout.js';

export interface PatchPanelSettings extends CallControlSettings {
  /** Which protocol speaks to the line. */
  readonly protocolOf: ReadonlyMap<LineName, string>;
  /** How long legs of calls are looked for when one protocol has found its last; default 4 s. See `Lookout`. */
  readonly lingerMs?: Millis | undefined;
}

const LINGER_MS: Millis = 4_000;

/** Told that something outside its own turn may wait in the outbox of this protocol's adapter. */
export type Stir = (protocol: string) => void;

export class PatchPanel {
  readonly calls: CallControl;
  readonly #protocolOf: ReadonlyMap<LineName, string>;
  readonly #ports = new Map<string, HalfCallPort>();
  readonly #lookout: Lookout;
  #stir: Stir = () => undefined;

  constructor(settings: PatchPanelSettings, observer: Observer, now: Millis) {
    this.#protocolOf = settings.protocolOf;
    this.calls = new CallControl(
      settings,
      {
        order: (name, state, at) => {
          this.#portTo(name)?.order(name, state, at);
          this.#stirOwner(name);
        },
        notice: (party, notice, at) => {
          this.#portTo(party)?.notice?.(party, notice, at);
          this.#stirOwner(party);
        },
        save: (party) => this.#portTo(party)?.save?.(party),
        adopt: (protocol, saved, at) => this.#ports.get(protocol)?.adopt?.(saved, at),
      },
      observer,
      now,
    );
    this.#lookout = new Lookout(settings.lingerMs ?? LINGER_MS, () => this.#unknown());
  }

  join(port: HalfCallPort): void {
    this.#ports.set(port.protocol, port);
  }

  onStir(stir: Stir): void {
    this.#stir = stir;
  }

  /** Call control's timers, for the driver: it is fed by the adapters and has no outputs of its own. */
  get machine(): Machine<never, never> {
    return {
      handle: () => undefined,
      tick: (now) => this.tick(now),
      deadline: () => this.deadline(),
      drain: () => undefined,
    };
  }

  tick(now: Millis): void {
    this.calls.tick(now);
    if (this.#lookout.tick(now)) this.calls.restore([], false, now);
  }

  deadline(): Millis {
    return Math.min(this.calls.deadline(), this.#lookout.deadline());
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
        calls.restore(legs, this.#lookout.says(protocol, more, now), now);
        this.#stir(protocol);
      },
      changed: (party, now) => calls.changed(party, now),
      recall: (callId, role, now) => calls.recall(callId, role, now),
      release: (line, now) => {
        calls.release(line, now);
        this.#stirOwner(line);
      },
    };
  }

  /** Protocols that have lines which nobody has told anything of. */
  #unknown(): ReadonlySet<string> {
    return new Set([...this.#protocolOf].flatMap(([line, protocol]) => (this.calls.knows(line) ? [] : [protocol])));
  }

  #portTo(name: LineName): HalfCallPort | undefined {
    return this.#ports.get(this.#protocolTo(name));
  }

  #protocolTo(name: LineName): string {
    return this.#protocolOf.get(name) ?? protocolOfParty(name) ?? '';
  }

  /** A call's timers may have moved, though nothing was ordered. */
  #stirOwner(name: LineName): void {
    this.#stir(this.#protocolTo(name));
  }
}
