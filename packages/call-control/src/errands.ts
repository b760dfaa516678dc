// What a controller has to say to its gateways of itself (audits, claims, farewells, questions), in turns, and how much is under way: when
// a thousand gateways come at the same time, one that has fallen silent shall not keep the others waiting (RFC 3435 §4.4.8).

/** Commands or transactions without an answer, over all gateways. */
export const MAX_IN_FLIGHT = 200;
/** Of these to one gateway. */
export const MAX_PER_GATEWAY = 20;

/** `Gateway` undefined: an errand to somebody else, for whom there is always room and nothing is counted. */
export class Errands<Gateway, Errand extends { readonly gateway: Gateway | undefined }> {
  /** By gateway: many may wait for one that has no room. */
  readonly #waiting = new Map<Gateway | undefined, Errand[]>();
  readonly #inFlight = new Map<Gateway, number>();

  /**
   * @param isFull    As much is under way as may be, over all gateways.
   * @param isThere   The gateway can be reached.
   */
  constructor(
    private readonly isFull: () => boolean,
    private readonly isThere: (gateway: Gateway) => boolean = () => true,
  ) {}

  /** How many wait for their turn. */
  get waiting(): number {
    let waiting = 0;
    for (const errands of this.#waiting.values()) waiting += errands.length;
    return waiting;
  }

  /** What is under way to this gateway, errands and what lines have to say. */
  inFlight(gateway: Gateway): number {
    return this.#inFlight.get(gateway) ?? 0;
  }

  hasRoom(gateway: Gateway | undefined): boolean {
    return gateway === undefined || (this.isThere(gateway) && this.inFlight(gateway) < MAX_PER_GATEWAY);
  }

  add(errand: Errand): void {
    const waiting = this.#waiting.get(errand.gateway);
    if (waiting) waiting.push(errand);
    else this.#waiting.set(errand.gateway, [errand]);
  }

  /** Something leaves for a gateway, or is not under way any more. */
  count(gateway: Gateway | undefined, change: 1 | -1): void {
    if (gateway === undefined) return;
    const count = this.inFlight(gateway) + change;
    if (count > 0) this.#inFlight.set(gateway, count);
    else this.#inFlight.delete(gateway);
  }

  /** Forgets what waits and what is under way, to a gateway or to all. */
  forget(gateway: Gateway | undefined): void {
    for (const table of [this.#waiting, this.#inFlight]) {
      if (gateway === undefined) table.clear();
      else table.delete(gateway);
    }
  }

  /** Sends those for which there is room; each counts itself. */
  serve(send: (errand: Errand) => void): void {
    // Whoever was served goes to the end of the queue, when something is left to be done for it.
    let rest = this.#waiting.size;
    for (const [gateway, waiting] of this.#waiting) {
      if (rest === 0) return;
      rest -= 1;
      while (this.hasRoom(gateway)) {
        if (this.isFull()) return;
        const errand = waiting.shift();
        if (!errand) break;
        send(errand);
      }
      this.#waiting.delete(gateway);
      if (waiting.length > 0) this.#waiting.set(gateway, waiting);
    }
  }
}
