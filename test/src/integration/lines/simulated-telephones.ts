// SIP telephones of one place on the scene: each with an address of its own, registered with the nodes, and in the hands of a user
// who knows hook, keys and tones only. To stories they are what the lines of a gateway are.
import type { AnalogLine } from '@altpath/simulators';
import { type GatewayPlace, HOSTS, type Passed, type ScenePlace, type TelephoneKind } from './kinds.js';
import { SimulatedTelephone, type TelephoneWorld } from './simulated-telephone.js';

/** Of the telephones and the nodes. */
export const SIP_DOMAIN = 'sample2.test';

export class SimulatedTelephones implements ScenePlace {
  readonly passed: Passed[] = [];
  readonly host: string;
  readonly #telephones: readonly SimulatedTelephone[];

  constructor(
    readonly kind: TelephoneKind,
    place: GatewayPlace,
    world: TelephoneWorld,
  ) {
    this.host = place.host;
    this.#telephones = Array.from({ length: place.lines }, (_, at) => {
      const number = `${place.numbers}${String(at + 1).padStart(2, '0')}`;
      const telephone = new SimulatedTelephone(
        { number, host: hostOf(place.host, at) },
        world,
        {
          domain: SIP_DOMAIN,
          outbound: kind.isAware ? HOSTS : [HOSTS[0]],
          aware: kind.isAware,
          timers: kind.timers,
          ...(kind.sessionS !== undefined && { sessionTimer: { expiresS: kind.sessionS } }),
        },
        { wholeNumber: /^(\d{4}|99)$/ },
      );
      telephone.rig.watch(({ at: instant, direction, peer, text }) => this.passed.push({ at: instant, direction, peer, text }));
      return telephone;
    });
  }

  get lines(): readonly AnalogLine[] {
    return this.#telephones.map(({ line }) => line);
  }

  line(nth: number): AnalogLine {
    const telephone = this.#telephones[nth - 1];
    if (!telephone) throw new RangeError(`${this.host} has no telephone ${nth}`);
    return telephone.line;
  }

  get remains(): readonly string[] {
    return this.#telephones.flatMap(({ remains }) => remains);
  }

  start(): void {
    for (const { rig } of this.#telephones) void rig.register();
  }

  /** @param share  Of datagrams that are lost; as many are doubled, and as many overtaken. */
  misbehave(share: number): void {
    for (const { rig } of this.#telephones) Object.assign(rig.mischief, { lossShare: share, duplicateShare: share, reorderShare: share });
  }

  behave(): void {
    for (const { rig } of this.#telephones) rig.mischief.behave();
  }
}

/** `10.1.0.3` is a place's own; its telephones are at `10.1.103.1`, `10.1.103.2`, ... */
function hostOf(place: string, at: number): string {
  const [, , , last] = place.split('.');
  return `10.1.${100 + Number(last)}.${at + 1}`;
}
