// What a gateway has of the bridge of one call, as far as that is known: the endpoint, a connection towards each side, who sits there,
// and what must be deleted elsewhere.
import { type AnchorSides, BackOff, type LineName } from '@altpath/call-control';
import type { EndpointName } from '../../message/endpoint-name.js';
import type { BridgeConnection, Leftover } from './bridge-step.js';
import type { KnownBridge } from './bridge-text.js';
import { type CallMedia, otherSide, type Pair, type Side, SIDES } from './call-media.js';

export interface BridgeSlotPorts {
  /** Something is to be deleted. */
  touched(): void;
  /** Which connections it has is another now. */
  changed(): void;
}

const UNKNOWN = { mode: undefined, remote: undefined, local: undefined, codec: undefined, doubted: false } as const;

export class BridgeSlot {
  #endpoint: EndpointName | undefined;
  readonly #connections: Pair<BridgeConnection> = [undefined, undefined];
  readonly #who: Pair<LineName> = [undefined, undefined];
  #seating = 0;
  readonly #leftovers: Leftover[] = [];

  /** @param media  Of the same call: its telephones change their places with the people. */
  constructor(
    private readonly media: CallMedia,
    private readonly ports: BridgeSlotPorts,
  ) {}

  get endpoint(): EndpointName | undefined {
    return this.#endpoint;
  }

  get connections(): Readonly<Pair<BridgeConnection>> {
    return this.#connections;
  }

  get leftovers(): readonly Leftover[] {
    return this.#leftovers;
  }

  /** How often people have changed their places. */
  get seating(): number {
    return this.#seating;
  }

  /** Nothing is left of it at the gateway. */
  get isEmpty(): boolean {
    return this.#leftovers.length === 0 && !this.#connections.some(Boolean);
  }

  /** It has this connection, or is about to delete it. */
  has(connectionId: string): boolean {
    return [...this.#connections, ...this.#leftovers].some((each) => each !== undefined && isCalled(each, connectionId));
  }

  sideOf(connectionId: string | undefined): Side | undefined {
    return SIDES.find((side) => connectionId !== undefined && this.#connections[side]?.connectionId === connectionId);
  }

  /** Who changes his side takes his connection along; who comes gets another one than whoever was there. */
  seat(sides: AnchorSides): void {
    const isSwapped = SIDES.some((side) => sides[side]?.who !== undefined && sides[side].who === this.#who[otherSide(side)]);
    if (isSwapped) {
      this.#seating += 1;
      this.#who.reverse();
      this.#connections.reverse();
      this.media.swap();
    }
    for (const side of SIDES) {
      const who = sides[side]?.who;
      const before = this.#who[side];
      if (who === undefined) continue;
      this.#who[side] = who;
      if (before === undefined || before === who) continue;
      this.#seating += 1;
      this.media.hear(side, undefined);
      const connection = this.#connections[side];
      if (!connection || connection.remote === undefined || !this.#endpoint) continue;
      this.leave(this.#endpoint, connection.connectionId);
      this.drop(side);
    }
  }

  /** Who sits there will be said anew: they are the same. */
  forgetNames(): void {
    this.#who.fill(undefined);
  }

  /** What somebody else made, of a slot that has nothing yet. @param endpoint  The one that `known` names. */
  adopt(endpoint: EndpointName, { connections }: Pick<KnownBridge, 'connections'>): void {
    this.#endpoint = endpoint;
    // An audit finds connections in the gateway's order.
    const isSwapped = SIDES.some((side) => this.media.isOf(side, connections[otherSide(side)]?.remote));
    for (const side of SIDES) {
      const known = connections[isSwapped ? otherSide(side) : side];
      if (!known) continue;
      this.#connections[side] = { ...UNKNOWN, ...known };
      this.media.learn(known.local);
    }
    this.ports.changed();
  }

  /**
   * What the gateway shows of connections of which nothing was known but that they are there.
   *
   * @param changing  One that is being changed: that is newer.
   */
  see({ connections }: Pick<KnownBridge, 'connections'>, changing: string | undefined): void {
    for (const shown of connections) {
      const side = this.sideOf(shown?.connectionId);
      const before = side === undefined ? undefined : this.#connections[side];
      if (!shown || side === undefined || !before || before.mode !== undefined || before.connectionId === changing) continue;
      this.#connections[side] = { ...before, ...shown };
      this.media.learn(shown.local);
    }
  }

  /** The gateway has made a connection of a side on an endpoint. */
  created(side: Side, endpoint: EndpointName, connection: BridgeConnection): void {
    this.#endpoint = endpoint;
    // The gateway says that the endpoint was free: what was to be deleted there is gone.
    for (const leftover of [...this.#leftovers])
      if (leftover.connectionId === undefined && this.#isOn(leftover.endpoint)) this.swept(leftover);
    this.#connections[side] = connection;
    this.ports.changed();
  }

  modified(side: Side, connection: BridgeConnection): void {
    this.#connections[side] = connection;
  }

  /** A connection of which nothing is known cannot be written again. */
  doubt(side: Side): void {
    const connection = this.#connections[side];
    if (connection?.mode !== undefined) this.#connections[side] = { ...connection, doubted: true };
  }

  /** The connection of a side is gone. */
  drop(side: Side): void {
    this.#connections[side] = undefined;
    if (!this.#connections.some(Boolean)) this.#endpoint = undefined;
    this.ports.changed();
  }

  /** The gateway deleted a connection by itself; without an id, all of the call (RFC 3435 §2.3.8). @returns whether it was there. */
  deletedByGateway(connectionId: string | undefined): boolean {
    const gone = SIDES.filter((side) => {
      const connection = this.#connections[side];
      return connection !== undefined && (connectionId === undefined || isCalled(connection, connectionId));
    });
    for (const side of gone) this.drop(side);
    return gone.length > 0;
  }

  /** Something of the call is on an endpoint where it should not be. Without an id, all of the call there. */
  leave(endpoint: EndpointName, connectionId: string | undefined): void {
    this.#leftovers.push({ endpoint, connectionId, backOff: new BackOff() });
    this.ports.touched();
  }

  /** What was left is gone. */
  swept(leftover: Leftover): void {
    const at = this.#leftovers.indexOf(leftover);
    if (at >= 0) this.#leftovers.splice(at, 1);
  }

  /** Leaves the endpoint; what the call has there is deleted. */
  move(): void {
    if (this.#endpoint) this.leave(this.#endpoint, undefined);
    this.clear();
  }

  /** The endpoint has nothing of the call any more. */
  clear(): void {
    this.#endpoint = undefined;
    for (const side of SIDES) this.#connections[side] = undefined;
    this.ports.changed();
  }

  /** The gateway has nothing of the call any more, wherever. */
  vanished(): void {
    this.clear();
    this.#leftovers.length = 0;
  }

  #isOn(endpoint: EndpointName): boolean {
    return this.#endpoint?.local.toLowerCase() === endpoint.local.toLowerCase();
  }
}

function isCalled(each: { readonly connectionId: string | undefined }, connectionId: string): boolean {
  return each.connectionId?.toLowerCase() === connectionId.toLowerCase();
}
