// What a termination watches for, plays and matches digits with, put together: events stop signals, signals end in
// events, and what is seen is told by whoever owns the gateway.
import type { ErrorDescriptor, ObservedEventsDescriptor } from '../message/index.js';
import { NamedDigitMaps } from './digit-maps.js';
import type { MediaGatewayOutput } from './door.js';
import type { MediaGatewaySettings } from './settings.js';
import { TerminationSignals } from './signals.js';
import type { DigitMaps, EventWatch, SignalPlayer, Termination, TerminationParts } from './termination.js';
import { TerminationWatch } from './watch.js';

export interface PartsOwner {
  readonly settings: MediaGatewaySettings;
  emit(output: MediaGatewayOutput): void;
  /** What a termination has seen is to be told. */
  report(termination: Termination, observed: ObservedEventsDescriptor, error: ErrorDescriptor | undefined): void;
  /** The termination may want to be woken at another time. */
  touched(termination: Termination): void;
}

export class Parts implements TerminationParts {
  readonly #global = new NamedDigitMaps(undefined);
  readonly #players = new WeakMap<Termination, TerminationSignals>();

  constructor(private readonly owner: PartsOwner) {}

  digitMaps(termination: Termination): DigitMaps {
    return termination.kind === 'root' ? this.#global : new NamedDigitMaps(this.#global);
  }

  signals(termination: Termination): SignalPlayer {
    return this.#playerOf(termination);
  }

  watch(termination: Termination): EventWatch {
    const { owner } = this;
    const player = this.#playerOf(termination);
    return new TerminationWatch({
      realm: termination.realm,
      get hook() {
        return termination.hook;
      },
      timers: owner.settings.timers.digits,
      findDigitMap: (name) => termination.digitMaps.find(name),
      checkSignals: (signals) => player.check(signals),
      notify: (observed, error) => owner.report(termination, observed, error),
      interruptSignals: (now) => player.interrupt(now),
      playSignals: (signals, now) => player.play({ kind: 'signals', signals }, now),
      touched: () => owner.touched(termination),
    });
  }

  #playerOf(termination: Termination): TerminationSignals {
    let player = this.#players.get(termination);
    if (player !== undefined) return player;
    player = new TerminationSignals({
      realm: termination.realm,
      change: ({ name, parameters }, on) =>
        this.owner.emit({ kind: 'signal', line: termination.id, name: name.toLowerCase(), on, parameters }),
      completed: (event, now) => termination.watch.happened(event, now),
      touched: () => this.owner.touched(termination),
    });
    this.#players.set(termination, player);
    return player;
  }
}
