// The gateways of the file that one protocol's controller controls, with their lines: what is the same in all protocols. How a message
// says of which gateway it is, is the protocol's own.
import type { LineName } from './half-call.js';

/** A gateway as its table knows it. */
export interface ControlledGateway<Line> {
  /** As the file names it. */
  readonly name: string;
  /** By what the protocol calls a line, in lower case. */
  readonly lines: ReadonlyMap<string, Line>;
  /** Whether the gateway is obeyed from there. */
  isAt(host: string): boolean;
}

export class GatewayTable<Gateway extends ControlledGateway<Line>, Line extends { readonly name: LineName }> {
  readonly #byName = new Map<string, Gateway>();
  readonly #ofLine = new Map<Line, Gateway>();

  /** @param gateway  With all of its lines. */
  add(gateway: Gateway): void {
    this.#byName.set(gateway.name, gateway);
    for (const line of gateway.lines.values()) this.#ofLine.set(line, gateway);
  }

  [Symbol.iterator](): Iterator<Gateway> {
    return this.#byName.values();
  }

  named(name: string): Gateway | undefined {
    return this.#byName.get(name);
  }

  /** @throws RangeError for a line of another table. */
  ofLine(line: Line): Gateway {
    const gateway = this.#ofLine.get(line);
    if (!gateway) throw new RangeError(`no gateway has ${line.name}`);
    return gateway;
  }

  /** Some gateway is there. */
  isKnownHost(host: string): boolean {
    for (const gateway of this.#byName.values()) if (gateway.isAt(host)) return true;
    return false;
  }
}
