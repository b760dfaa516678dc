// The bridge of one call: an endpoint of a gateway with a connection towards each side, brought to what call control wants with
// one command at a time. Gateways that remember no more than the newest transaction of an endpoint (osmo-mgw) depend on
// that: a copy of an older command would be carried out anew. What is asked is kept in `bridge-order.ts`, what is there in
// `bridge-slot.ts`; sending and repeating are its owner's.
import { type AnchorSides, BACK_OFF, type Cause } from '@altpath/call-control';
import { NEVER, type Millis, type Observer } from '@altpath/core';
import { type EndpointName, isAllOf, isAnyOf } from '../../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../../message/message.js';
import { isSuccess } from '../../message/return-codes.js';
import { refusalOf, saysGone } from '../refusals.js';
import type { BridgeGateway } from './bridge-gateway.js';
import { BridgeOrder, type BridgeOrderPorts } from './bridge-order.js';
import { BridgeSlot } from './bridge-slot.js';
import { type BridgeConnection, type BridgeView, draftOf, dueStep, isSettled, modeFor, type Step, type Writing } from './bridge-step.js';
import type { KnownBridge } from './bridge-text.js';
import { CallMedia, otherSide, type Side, SIDES } from './call-media.js';

interface Outstanding {
  readonly command: CommandDraft;
  readonly step: Step;
  /** What it was sent for. */
  readonly wanted: AnchorSides;
  /** Of the connection that it changes or deletes. */
  readonly connectionId: string | undefined;
  /** How often people had changed their places then. */
  readonly seating: number;
}

type Answer = Pick<MgcpResponse, 'code' | 'parameters' | 'descriptions'>;

/** What a bridge tells, within its own turn; an order may come back within. */
export interface BridgePorts extends BridgeOrderPorts {
  /** `next` may have something. */
  touched(bridge: Bridge): void;
  /** Which connections it has is another now. */
  changed(bridge: Bridge): void;
  /** The gateway does not have what it had: it may have restarted. */
  lost(bridge: Bridge): void;
  readonly observer: Observer;
}

/** Of who does not know a wildcard: unknown endpoint, too complicated, not supported, protocol error. */
const UNKNOWN_WILDCARD: ReadonlySet<number> = new Set([500, 503, 507, 510]);
/** Orders that may come one after the other within one `next`. */
const MAX_TURNS = 8;

export class Bridge {
  readonly #order: BridgeOrder;
  readonly #slot: BridgeSlot;
  readonly #media = new CallMedia();
  #out: Outstanding | undefined;
  #held = false;

  /** @param since  When this node came to have it. */
  constructor(
    readonly callId: string,
    readonly ground: BridgeGateway,
    readonly since: Millis,
    private readonly ports: BridgePorts,
  ) {
    this.#order = new BridgeOrder(callId, ports);
    this.#slot = new BridgeSlot(this.#media, { touched: () => ports.touched(this), changed: () => ports.changed(this) });
  }

  /** A command is out, or it is held. */
  get busy(): boolean {
    return this.#out !== undefined || this.#held;
  }

  /** Call control wants it. */
  get isWanted(): boolean {
    return this.#order.isWanted;
  }

  /** Nothing is wanted, and nothing is left of it at the gateway. */
  get isOver(): boolean {
    return !this.isWanted && this.#out === undefined && this.#slot.isEmpty;
  }

  // --- what others say --------------------------------------------------------------------------------------------

  /** What call control wants from now on. Nothing is told within. */
  order(sides: AnchorSides): void {
    this.#order.take(sides);
    this.#slot.seat(sides);
    for (const side of SIDES) this.#media.hear(side, sides[side]);
    this.ports.touched(this);
  }

  /** Who is on its sides will be said anew: they are the same. */
  forgetNames(): void {
    this.#slot.forgetNames();
  }

  /** What somebody else made. Only of a bridge that has nothing yet. */
  adopt(known: Pick<KnownBridge, 'endpoint' | 'connections'>): void {
    if (this.#slot.endpoint !== undefined) return;
    this.#slot.adopt(this.ground.gateway.endpoint(known.endpoint), known);
    this.ports.touched(this);
  }

  /** What the gateway shows of connections of which nothing was known but that they are there. */
  see(shown: Pick<KnownBridge, 'connections'>): void {
    this.#slot.see(shown, this.#out?.connectionId);
    this.ports.touched(this);
  }

  /** Something of the call is on an endpoint where it should not be. Without an id, all of the call there. */
  leave(endpoint: EndpointName, connectionId: string | undefined): void {
    this.#slot.leave(endpoint, connectionId);
  }

  /** Nothing is sent until `resume`. */
  hold(): void {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.ports.touched(this);
  }

  /** Whether the gateway still has it shall be seen. @param sides  By one of them, where that will do. */
  doubt(sides: readonly Side[] = SIDES): void {
    for (const side of sides) this.#slot.doubt(side);
    this.ports.touched(this);
  }

  /** The command that is out is not on its way any more, and nobody will tell what became of it. */
  abandon(): void {
    const out = this.#out;
    this.#out = undefined;
    if (out) this.#uncertain(out.step, out.command.endpoint);
  }

  /** The gateway has nothing of it any more. */
  vanished(): void {
    this.#slot.vanished();
    this.#order.backOff.reset();
    this.ports.touched(this);
  }

  /** The gateway deleted a connection by itself; without an id, all of the call (RFC 3435 §2.3.8). @returns whether it was there. */
  deletedByGateway(connectionId: string | undefined): boolean {
    const wasThere = this.#slot.deletedByGateway(connectionId);
    this.ports.touched(this);
    return wasThere;
  }

  // --- what it is -------------------------------------------------------------------------------------------------

  /** It has this connection, or is about to delete it. */
  has(connectionId: string): boolean {
    return this.#slot.has(connectionId);
  }

  /** Whether its endpoint is one of those, by local name. */
  isAmong(matches: (local: string) => boolean): boolean {
    const { endpoint } = this.#slot;
    return endpoint !== undefined && matches(endpoint.local);
  }

  /** What is there; undefined: nothing. */
  get known(): Omit<KnownBridge, 'node'> | undefined {
    const { endpoint, connections } = this.#slot;
    const [first, second] = SIDES.map((side) => {
      const { connectionId, local, remote, mode } = connections[side] ?? {};
      return connectionId === undefined ? undefined : { connectionId, local, remote, mode: this.#isSure(side) ? mode : undefined };
    });
    if (endpoint === undefined || (!first && !second)) return undefined;
    const { callId, since } = this;
    return { callId, gateway: this.ground.name, endpoint: endpoint.local, connections: [first, second], since };
  }

  /** When `next` is to be asked again, or `NEVER`. */
  deadline(): Millis {
    if (this.busy) return NEVER;
    const leftovers = this.#slot.leftovers.map(({ backOff }) => backOff.notBefore);
    return Math.min(NEVER, ...leftovers, this.#due === undefined ? NEVER : this.#order.backOff.notBefore);
  }

  get #due(): Step | 'incompatible' | undefined {
    return dueStep(this.#view);
  }

  get #view(): BridgeView {
    return { wanted: this.#order.wanted, connections: this.#slot.connections, media: this.#media, ground: this.ground };
  }

  /** Nothing is on its way, or may soon be, that makes the connection another than it is. */
  #isSure(side: Side): boolean {
    const isBeingChanged = this.#out?.connectionId !== undefined && this.#slot.sideOf(this.#out.connectionId) === side;
    return !isBeingChanged && isSettled(this.#view, side);
  }

  // --- what comes next --------------------------------------------------------------------------------------------

  /** The next command; undefined: nothing to do, or not now. Tells when nothing is left to do. */
  next(now: Millis): CommandDraft | undefined {
    for (let turn = 0; turn < MAX_TURNS && !this.busy; turn += 1) {
      const step = this.#step(now);
      if (step !== undefined) {
        const { connections, endpoint = this.ground.anyEndpoint, seating } = this.#slot;
        const connection = 'side' in step ? connections[step.side] : undefined;
        const command = draftOf(step, this.callId, { endpoint, connection }, this.ground);
        this.#out = { command, step, wanted: this.#order.wanted, connectionId: connection?.connectionId, seating };
        return command;
      }
      if (!this.#announce(now)) return undefined;
    }
    return undefined;
  }

  #step(now: Millis): Step | undefined {
    const leftover = this.#slot.leftovers.find(({ backOff }) => backOff.isOver(now));
    if (leftover) return { kind: 'sweep', leftover };
    const { backOff, wanted } = this.#order;
    if (!backOff.isOver(now)) return undefined;
    const step = this.#due;
    if (step !== 'incompatible') return step;
    // No gateway can help that.
    backOff.pause(NEVER);
    this.#order.say(wanted, 'incompatible-destination', now);
    return undefined;
  }

  /** @returns true when something was told, and something else may be wanted now. */
  #announce(now: Millis): boolean {
    const { wanted, isWanted, backOff } = this.#order;
    if (!isWanted || !backOff.isOver(now) || this.#due !== undefined) return false;
    const [first, second] = SIDES.map((side) => {
      const local = wanted[side] && this.#slot.connections[side]?.local;
      return local === undefined ? undefined : this.#media.localFor(side, local);
    });
    return this.#order.announce([first, second], now);
  }

  // --- outcomes ---------------------------------------------------------------------------------------------------

  /** A final response to the command that is out. */
  completed(answer: Answer, now: Millis): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    if (isSuccess(answer.code)) this.#succeeded(out, answer, now);
    else this.#refused(out, answer.code, now);
    this.ports.touched(this);
  }

  /** No response came: whether it was carried out is not known. */
  unanswered(now: Millis): void {
    const out = this.#out;
    if (out === undefined) return;
    this.abandon();
    this.ports.observer.count('mgcp.bridge.unanswered', out.command.verb);
    for (const { backOff } of this.#slot.leftovers) backOff.pause(now + BACK_OFF.silentMs);
    this.#order.fail(out.wanted, 'recovery-on-timer-expiry', now);
    this.ports.touched(this);
  }

  /** Nothing can be sent now: what needs that fails. */
  refuse(cause: Cause, now: Millis): void {
    if (this.#due === undefined) this.#announce(now);
    else this.#order.say(this.#order.wanted, cause, now);
  }

  #succeeded(out: Outstanding, answer: Answer, now: Millis): void {
    const { step } = out;
    if (out.wanted === this.#order.wanted) this.#order.backOff.reset();
    const side = this.#slot.sideOf(out.connectionId);
    switch (step.kind) {
      case 'sweep':
        return this.#slot.swept(step.leftover);
      case 'delete': {
        const { packetsSent, packetsReceived, packetsLost } = answer.parameters.connectionParameters ?? {};
        const fields = { callId: this.callId, side: step.side, packetsSent, packetsReceived, packetsLost };
        this.ports.observer.log('debug', 'a connection of an anchor has ended', fields);
        if (side !== undefined) this.#slot.drop(side);
        return;
      }
      case 'create':
        return this.#created(out, step, answer, now);
      case 'modify': {
        const before = side === undefined ? undefined : this.#slot.connections[side];
        if (side === undefined || !before) return;
        const [local = before.local] = answer.descriptions;
        this.#slot.modified(side, { ...before, ...written(step, local), doubted: out.seating !== this.#slot.seating });
        return;
      }
      default:
        return step satisfies never;
    }
  }

  #created({ command, wanted, seating }: Outstanding, step: Writing, { parameters, descriptions }: Answer, now: Millis): void {
    const { connectionId, specificEndpointId } = parameters;
    const [local] = descriptions;
    const asked = command.endpoint;
    const endpoint = specificEndpointId ?? (isAnyOf(asked) || isAllOf(asked) ? undefined : asked);
    if (connectionId === undefined || endpoint === undefined || local === undefined) {
      if (endpoint) this.leave(endpoint, connectionId);
      return this.#order.fail(wanted, 'protocol-error', now);
    }
    if (seating === this.#slot.seating) this.#slot.created(step.side, endpoint, { ...written(step, local), connectionId });
    else this.leave(endpoint, connectionId);
  }

  #refused(out: Outstanding, code: number, now: Millis): void {
    this.ports.observer.count('mgcp.bridge.refused', String(code));
    const { step } = out;
    const { endpoint } = this.#slot;
    const side = this.#slot.sideOf(out.connectionId);
    switch (step.kind) {
      case 'sweep':
        if (saysGone(code)) this.#slot.swept(step.leftover);
        else step.leftover.backOff.wait(BACK_OFF.refusedMs, now);
        return;
      case 'delete':
        if (!saysGone(code) && endpoint) this.leave(endpoint, out.connectionId);
        if (side !== undefined) this.#slot.drop(side);
        return;
      case 'create':
      case 'modify':
        if (code === 517 && this.#hasStandIn(step)) return;
        return step.kind === 'create' ? this.#notCreated(out, step.side, code, now) : this.#notModified(out, side, code, now);
      default:
        return step satisfies never;
    }
  }

  #notCreated(out: Outstanding, side: Side, code: number, now: Millis): void {
    const isFirst = this.#slot.endpoint === undefined;
    if (isFirst && this.ground.hasChoice && UNKNOWN_WILDCARD.has(code) && this.#order.tries('other-wildcard'))
      return this.ground.turnWildcard(out.command.endpoint);
    // osmo-mgw gives up the whole endpoint where one connection cannot be made.
    this.#slot.doubt(otherSide(side));
    const refusal = refusalOf(code);
    const isInVain = refusal.kind !== 'again' || this.#order.isLastAttempt;
    if (!isFirst && isInVain) {
      // Perhaps another endpoint can have both; the one that it held for its own may be another call's by now.
      this.#slot.move();
      if (this.#order.tries('other-endpoint')) return;
    }
    const cause = refusal.kind === 'connection-limit' ? 'no-circuit' : causeOf(refusal);
    if (refusal.kind === 'again') this.#order.again(out.wanted, cause, now);
    else this.#order.fail(out.wanted, cause, now);
  }

  #notModified({ wanted }: Outstanding, side: Side | undefined, code: number, now: Millis): void {
    // 400: osmo-mgw says so of an endpoint without any connection; of others it may pass.
    if (code === 400 && this.#order.backOff.attempts > 0) this.#slot.move();
    else if (code === 515) {
      if (side !== undefined) this.#slot.drop(side);
      this.doubt();
    } else if (saysGone(code)) this.#slot.clear();
    else {
      const refusal = refusalOf(code);
      return refusal.kind === 'again' ? this.#order.again(wanted, refusal.cause, now) : this.#order.fail(wanted, causeOf(refusal), now);
    }
    this.ports.lost(this);
  }

  /** A mode that is refused is written no more. @returns whether another stands in for it. */
  #hasStandIn({ mode, side, remote }: Writing): boolean {
    this.ground.refusedModes.add(mode);
    return modeFor(this.#order.wanted[side]?.mode ?? mode, remote, this.ground) !== mode;
  }

  /** Whether a command was carried out is not known. */
  #uncertain(step: Step, endpoint: EndpointName): void {
    if (step.kind === 'modify') this.doubt();
    if (step.kind !== 'create') return;
    // Where the endpoint was for the gateway to choose, its late answer will tell.
    if (this.#slot.endpoint) this.#slot.move();
    else if (!this.ground.hasChoice) this.leave(endpoint, undefined);
  }
}

function written({ mode, remote, codec }: Writing, local: string | undefined): Omit<BridgeConnection, 'connectionId'> {
  return { mode, remote, local, codec, doubted: false };
}

function causeOf(refusal: ReturnType<typeof refusalOf>): Cause {
  return 'cause' in refusal ? refusal.cause : 'protocol-error';
}
