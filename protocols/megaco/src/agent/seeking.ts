// A gateway that reports without having registered shows that this node has begun anew and that nobody has noticed. Others may
// be as unaware, and be met at their next report only: until then a call would lack the leg that it has on them. So each is
// asked once, where the file says that it is, to register here, or where others of them have gone meanwhile (RFC 3525 §11.5: the
// controller that it is sent to may bear the name of the one it has).
import { isIpLiteral, type Millis } from '@altpath/core';
import { COMPACT_TEXT } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { HandOff } from './hand-off.js';
import type { Holding } from './holding.js';
import type { ControllerParts } from './parts.js';

/** RFC 3525 §9 */
const PORTS = { text: 2_944, binary: 2_945 } as const;
/** Gateways whose answer is waited for, at the most. */
const AT_ONCE = 20;

export class Seeking {
  /** Those that have not been asked yet. */
  readonly #left: Set<Gateway>;
  #isDue = false;
  readonly #asked = new Set<Gateway>();

  constructor(
    private readonly parts: ControllerParts,
    private readonly holding: Holding,
    private readonly handOff: HandOff,
  ) {
    this.#left = new Set(parts.gateways);
  }

  /** A gateway was taken that had not registered. */
  begin(now: Millis): void {
    this.#isDue = true;
    this.sweep(now);
  }

  /** Asks whoever is nobody's, a few at a time. */
  sweep(now: Millis): void {
    const { custody, environment, courier } = this.parts;
    if (!this.#isDue || custody.hearsay) return;
    for (const gateway of this.#asked) if (courier.inFlight(gateway) === 0) this.#asked.delete(gateway);
    for (const gateway of this.#left) {
      if (this.#asked.size === AT_ONCE) return;
      this.#left.delete(gateway);
      if (gateway.stage !== 'foreign' || gateway.association !== undefined || !this.holding.mayHold(gateway)) continue;
      if (custody.successor(gateway.name, now) === environment.peers.self.index) this.#ask(gateway, now);
    }
  }

  /** Who comes over TCP, from a range or a name, or in an encoding that no listener has, cannot be reached. */
  #ask(gateway: Gateway, now: Millis): void {
    const { environment } = this.parts;
    const { transport, encoding, version = 1 } = gateway.settings;
    const place = gateway.addresses.places.find(({ host }) => isIpLiteral(host));
    const listener = environment.settings.listeners.findIndex(
      (each) => each.transport === 'udp' && (encoding === undefined || each.encoding === encoding),
    );
    const speaks = environment.settings.listeners[listener]?.encoding;
    if (transport === 'tcp' || place === undefined || speaks === undefined) return;
    const hop = { transport: 'udp', host: place.host, port: place.port ?? PORTS[speaks], listener } as const;
    const association = { key: gateway.mId, hop, encoding: speaks === 'binary' ? gateway.binary : COMPACT_TEXT, version };
    environment.observer.count('megaco.gateway.sought');
    const standIn = this.holding.standIn(gateway, association, now);
    if (standIn !== undefined && this.handOff.sendOn(gateway, association, standIn, now)) return;
    this.#asked.add(gateway);
    this.handOff.call(gateway, association, now);
  }
}
