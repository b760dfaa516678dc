// The bridge of one call: an endpoint of a gateway with a connection towards each side, brought to what call control wants with
// one command at a time. Gateways that remember no more than the newest transaction of an endpoint (osmo-mgw) depend on
// that: a copy of an older command would be carried out anew. Sending and repeating are its owner's.
import { type AnchorLocals, type AnchorSides, BACK_OFF, BackOff, type Cause, type LineName } from '@altpath/call-control';
import { NEVER, type Millis, type Observer } from '@altpath/core';
import { sameDescription } from '@altpath/sdp';
import { type EndpointName, isAllOf, isAnyOf } from '../../message/endpoint-name.js';
import type { CommandDraft, MgcpResponse } from '../../message/message.js';
import { isSuccess } from '../../message/return-codes.js';
import { refusalOf } from '../refusals.js';
import type { BridgeGateway } from './bridge-gateway.js';
import {
  type BridgeConnection,
  type BridgeView,
  draftOf,
  dueStep,
  isSettled,
  type Leftover,
  modeFor,
  type Step,
  type Writing,
} from './bridge-step.js';
import type { KnownBridge } from './bridge-text.js';
import { CallMedia, otherSide, type Pair, type Side, SIDES } from './call-media.js';

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
export interface BridgePorts {
  anchored(callId: string, locals: AnchorLocals, now: Millis): void;
  failed(callId: string, cause: Cause, now: Millis): void;
  /** `next` may have something. */
  touched(bridge: Bridge): void;
  /** Which connections it has is another now. */
  changed(bridge: Bridge): void;
  /** The gateway does not have what it had: it may have restarted. */
  lost(bridge: Bridge): void;
  readonly observer: Observer;
}

const NONE: readonly [undefined, undefined] = [undefined, undefined];
/** Passing refusals of one order before call control hears of it: somebody waits for his call. */
const ATTEMPTS = 3;
/** Of who does not know a wildcard: unknown endpoint, too complicated, not supported, protocol error. */
const UNKNOWN_WILDCARD: ReadonlySet<number> = new Set([500, 503, 507, 510]);
/** The connection is not there, nor the call, nor the endpoint. */
const GONE: ReadonlySet<number> = new Set([500, 515, 516]);
/** Orders that may come one after the other within one `next`. */
const MAX_TURNS = 8;

export class Bridge {
  #wanted: AnchorSides = NONE;
  /** The last order that was told as reached, and what was told. */
  #announced: AnchorSides | undefined;
  #told: AnchorLocals = NONE;
  /** The last order that was told as out of reach. */
  #failedFor: AnchorSides | undefined;
  readonly #media = new CallMedia();
  #endpoint: EndpointName | undefined;
  readonly #connections: Pair<BridgeConnection> = [undefined, undefined];
  readonly #who: Pair<LineName> = [undefined, undefined];
  #seating = 0;
  readonly #leftovers: Leftover[] = [];
  readonly #backOff = new BackOff();
  #out: Outstanding | undefined;
  #held = false;
  /** Other ways that were tried for the present order: the other wildcard, another endpoint. */
  #turned = false;
  #moved = false;

  /** @param since  When this node came to have it. */
  constructor(
    readonly callId: string,
    readonly ground: BridgeGateway,
    readonly since: Millis,
    private readonly ports: BridgePorts,
  ) {}

  /** A command is out, or it is held. */
  get busy(): boolean {
    return this.#out !== undefined || this.#held;
  }

  /** Call control wants it. */
  get isWanted(): boolean {
    return this.#wanted.some(Boolean);
  }

  /** Nothing is wanted, and nothing is left of it at the gateway. */
  get isOver(): boolean {
    return !this.isWanted && this.#out === undefined && this.#leftovers.length === 0 && !this.#connections.some(Boolean);
  }

  // --- what others say --------------------------------------------------------------------------------------------

  /** What call control wants from now on. Nothing is told within. */
  order(sides: AnchorSides): void {
    this.#wanted = sides;
    this.#failedFor = undefined;
    this.#turned = false;
    this.#moved = false;
    this.#backOff.reset();
    this.#seat(sides);
    for (const side of SIDES) this.#media.hear(side, sides[side]);
    this.ports.touched(this);
  }

  /** Who changes his side takes his connection along; who comes gets another one than whoever was there. */
  #seat(sides: AnchorSides): void {
    const isSwapped = SIDES.some((side) => sides[side]?.who !== undefined && sides[side].who === this.#who[otherSide(side)]);
    if (isSwapped) {
      this.#seating += 1;
      this.#who.reverse();
      this.#connections.reverse();
      this.#media.swap();
    }
    for (const side of SIDES) {
      const who = sides[side]?.who;
      const before = this.#who[side];
      if (who === undefined) continue;
      this.#who[side] = who;
      if (before === undefined || before === who) continue;
      this.#seating += 1;
      this.#media.hear(side, undefined);
      const connection = this.#connections[side];
      if (!connection || connection.remote === undefined || !this.#endpoint) continue;
      this.leave(this.#endpoint, connection.connectionId);
      this.#drop(side);
    }
  }

  /** What somebody else made. Only of a bridge that has nothing yet. */
  adopt({ endpoint, connections }: Pick<KnownBridge, 'endpoint' | 'connections'>): void {
    if (this.#endpoint !== undefined) return;
    this.#endpoint = this.ground.gateway.endpoint(endpoint);
    // An audit finds connections in the gateway's order.
    const isSwapped = SIDES.some((side) => this.#media.isOf(side, connections[otherSide(side)]?.remote));
    for (const side of SIDES) {
      const known = connections[isSwapped ? otherSide(side) : side];
      if (!known) continue;
      this.#connections[side] = { ...UNKNOWN, ...known };
      this.#media.learn(known.local);
    }
    this.ports.changed(this);
    this.ports.touched(this);
  }

  /** Something of the call is on an endpoint where it should not be. Without an id, all of the call there. */
  leave(endpoint: EndpointName, connectionId: string | undefined): void {
    this.#leftovers.push({ endpoint, connectionId, backOff: new BackOff() });
    this.ports.touched(this);
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
    for (const side of sides) this.#doubt(side);
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
    this.#clear();
    this.#leftovers.length = 0;
    this.#backOff.reset();
    this.ports.touched(this);
  }

  /** The gateway deleted a connection by itself; without an id, all of the call (RFC 3435 §2.3.8). @returns whether it was there. */
  deletedByGateway(connectionId: string | undefined): boolean {
    const gone = SIDES.filter((side) => {
      const connection = this.#connections[side];
      return connection !== undefined && (connectionId === undefined || isCalled(connection, connectionId));
    });
    for (const side of gone) this.#drop(side);
    this.ports.touched(this);
    return gone.length > 0;
  }

  // --- what it is -------------------------------------------------------------------------------------------------

  /** It has this connection, or is about to delete it. */
  has(connectionId: string): boolean {
    return [...this.#connections, ...this.#leftovers].some((each) => each !== undefined && isCalled(each, connectionId));
  }

  /** Whether its endpoint is one of those, by local name. */
  isAmong(matches: (local: string) => boolean): boolean {
    return this.#endpoint !== undefined && matches(this.#endpoint.local);
  }

  #isOn(endpoint: EndpointName): boolean {
    return this.#endpoint?.local.toLowerCase() === endpoint.local.toLowerCase();
  }

  /** What is there; undefined: nothing. */
  get known(): Omit<KnownBridge, 'node'> | undefined {
    const [first, second] = SIDES.map((side) => {
      const { connectionId, local, remote, mode } = this.#connections[side] ?? {};
      return connectionId === undefined ? undefined : { connectionId, local, remote, mode: this.#isSure(side) ? mode : undefined };
    });
    if (this.#endpoint === undefined || (!first && !second)) return undefined;
    const { callId, since } = this;
    return { callId, gateway: this.ground.name, endpoint: this.#endpoint.local, connections: [first, second], since };
  }

  /** When `next` is to be asked again, or `NEVER`. */
  deadline(): Millis {
    if (this.busy) return NEVER;
    const leftovers = this.#leftovers.map(({ backOff }) => backOff.notBefore);
    return Math.min(NEVER, ...leftovers, this.#due === undefined ? NEVER : this.#backOff.notBefore);
  }

  get #due(): Step | 'incompatible' | undefined {
    return dueStep(this.#view);
  }

  get #view(): BridgeView {
    return { wanted: this.#wanted, connections: this.#connections, media: this.#media, ground: this.ground };
  }

  /** Nothing is on its way, or may soon be, that makes the connection another than it is. */
  #isSure(side: Side): boolean {
    const isBeingChanged = this.#out?.connectionId !== undefined && this.#sideOf(this.#out.connectionId) === side;
    return !isBeingChanged && isSettled(this.#view, side);
  }

  // --- what comes next --------------------------------------------------------------------------------------------

  /** The next command; undefined: nothing to do, or not now. Tells when nothing is left to do. */
  next(now: Millis): CommandDraft | undefined {
    for (let turn = 0; turn < MAX_TURNS && !this.busy; turn += 1) {
      const step = this.#step(now);
      if (step !== undefined) {
        const connection = 'side' in step ? this.#connections[step.side] : undefined;
        const command = draftOf(step, this.callId, { endpoint: this.#endpoint ?? this.ground.anyEndpoint, connection }, this.ground);
        this.#out = { command, step, wanted: this.#wanted, connectionId: connection?.connectionId, seating: this.#seating };
        return command;
      }
      if (!this.#announce(now)) return undefined;
    }
    return undefined;
  }

  #step(now: Millis): Step | undefined {
    const leftover = this.#leftovers.find(({ backOff }) => backOff.isOver(now));
    if (leftover) return { kind: 'sweep', leftover };
    if (!this.#backOff.isOver(now)) return undefined;
    const step = this.#due;
    if (step !== 'incompatible') return step;
    // No gateway can help that.
    this.#backOff.pause(NEVER);
    this.#say(this.#wanted, 'incompatible-destination', now);
    return undefined;
  }

  /** @returns true when something was told, and something else may be wanted now. */
  #announce(now: Millis): boolean {
    if (!this.isWanted || !this.#backOff.isOver(now) || this.#due !== undefined) return false;
    const [first, second] = SIDES.map((side) => {
      const local = this.#wanted[side] && this.#connections[side]?.local;
      return local === undefined ? undefined : this.#media.localFor(side, local);
    });
    const isNews = !sameDescription(first, this.#told[0]) || !sameDescription(second, this.#told[1]);
    if (this.#announced === this.#wanted && !isNews) return false;
    this.#announced = this.#wanted;
    this.#told = [first, second];
    this.ports.anchored(this.callId, this.#told, now);
    return true;
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
    for (const { backOff } of this.#leftovers) backOff.pause(now + BACK_OFF.silentMs);
    this.#fail(out.wanted, 'recovery-on-timer-expiry', now);
    this.ports.touched(this);
  }

  /** Nothing can be sent now: what needs that fails. */
  refuse(cause: Cause, now: Millis): void {
    if (this.#due === undefined) this.#announce(now);
    else this.#say(this.#wanted, cause, now);
  }

  #succeeded(
    { step, command, wanted, connectionId: changed, seating }: Outstanding,
    { parameters, descriptions }: Answer,
    now: Millis,
  ): void {
    if (wanted === this.#wanted) this.#backOff.reset();
    const [local] = descriptions;
    const side = this.#sideOf(changed);
    switch (step.kind) {
      case 'sweep':
        return this.#swept(step.leftover);
      case 'delete': {
        const { packetsSent, packetsReceived, packetsLost } = parameters.connectionParameters ?? {};
        const fields = { callId: this.callId, side: step.side, packetsSent, packetsReceived, packetsLost };
        this.ports.observer.log('debug', 'a connection of an anchor has ended', fields);
        if (side !== undefined) this.#drop(side);
        return;
      }
      case 'create': {
        const { connectionId, specificEndpointId } = parameters;
        const asked = command.endpoint;
        const endpoint = specificEndpointId ?? (isAnyOf(asked) || isAllOf(asked) ? undefined : asked);
        if (connectionId === undefined || endpoint === undefined || local === undefined) {
          if (endpoint) this.leave(endpoint, connectionId);
          return this.#fail(wanted, 'protocol-error', now);
        }
        if (seating !== this.#seating) return this.leave(endpoint, connectionId);
        this.#endpoint = endpoint;
        // The gateway says that the endpoint was free: what was to be deleted there is gone.
        for (const leftover of [...this.#leftovers])
          if (leftover.connectionId === undefined && this.#isOn(leftover.endpoint)) this.#swept(leftover);
        this.#connections[step.side] = { ...written(step, local), connectionId };
        return this.ports.changed(this);
      }
      case 'modify': {
        const before = side === undefined ? undefined : this.#connections[side];
        if (side === undefined || !before) return;
        this.#connections[side] = { ...before, ...written(step, local ?? before.local), doubted: seating !== this.#seating };
        return;
      }
      default:
        return step satisfies never;
    }
  }

  #refused(out: Outstanding, code: number, now: Millis): void {
    this.ports.observer.count('mgcp.bridge.refused', String(code));
    const { step } = out;
    const side = this.#sideOf(out.connectionId);
    switch (step.kind) {
      case 'sweep':
        if (GONE.has(code)) this.#swept(step.leftover);
        else step.leftover.backOff.wait(BACK_OFF.refusedMs, now);
        return;
      case 'delete':
        if (!GONE.has(code) && this.#endpoint) this.leave(this.#endpoint, out.connectionId);
        if (side !== undefined) this.#drop(side);
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
    const isFirst = this.#endpoint === undefined;
    if (isFirst && this.ground.hasChoice && UNKNOWN_WILDCARD.has(code) && !this.#turned) {
      this.#turned = true;
      return this.ground.turnWildcard(out.command.endpoint);
    }
    // osmo-mgw gives up the whole endpoint where one connection cannot be made.
    this.#doubt(otherSide(side));
    const refusal = refusalOf(code);
    const isInVain = refusal.kind !== 'again' || this.#backOff.attempts + 1 >= ATTEMPTS;
    if (!isFirst && isInVain) {
      // Perhaps another endpoint can have both; the one that it held for its own may be another call's by now.
      this.#move();
      if (!this.#moved) {
        this.#moved = true;
        return;
      }
    }
    const cause = refusal.kind === 'connection-limit' ? 'no-circuit' : causeOf(refusal);
    if (refusal.kind === 'again') this.#again(out.wanted, cause, now);
    else this.#fail(out.wanted, cause, now);
  }

  #notModified(out: Outstanding, side: Side | undefined, code: number, now: Millis): void {
    // 400: osmo-mgw says so of an endpoint without any connection; of others it may pass.
    if (code === 400 && this.#backOff.attempts > 0) this.#move();
    else if (code === 515) {
      if (side !== undefined) this.#drop(side);
      this.doubt();
    } else if (GONE.has(code)) this.#clear();
    else {
      const refusal = refusalOf(code);
      return refusal.kind === 'again' ? this.#again(out.wanted, refusal.cause, now) : this.#fail(out.wanted, causeOf(refusal), now);
    }
    this.ports.lost(this);
  }

  /** A mode that is refused is written no more. @returns whether another stands in for it. */
  #hasStandIn({ mode, side, remote }: Writing): boolean {
    this.ground.refusedModes.add(mode);
    return modeFor(this.#wanted[side]?.mode ?? mode, remote, this.ground) !== mode;
  }

  #again(wanted: AnchorSides, cause: Cause, now: Millis): void {
    this.#backOff.wait(BACK_OFF.refusedMs, now);
    if (this.#backOff.attempts >= ATTEMPTS) this.#say(wanted, cause, now);
  }

  #fail(wanted: AnchorSides, cause: Cause, now: Millis): void {
    this.#backOff.wait(BACK_OFF.silentMs, now);
    this.#say(wanted, cause, now);
  }

  /** Once an order. */
  #say(wanted: AnchorSides, cause: Cause, now: Millis): void {
    if (!this.isWanted || wanted !== this.#wanted || this.#failedFor === wanted) return;
    this.#failedFor = wanted;
    this.ports.failed(this.callId, cause, now);
  }

  /** Whether a command was carried out is not known. */
  #uncertain(step: Step, endpoint: EndpointName): void {
    if (step.kind === 'modify') this.doubt();
    if (step.kind !== 'create') return;
    // Where the endpoint was for the gateway to choose, its late answer will tell.
    if (this.#endpoint) this.#move();
    else if (!this.ground.hasChoice) this.leave(endpoint, undefined);
  }

  /** A connection of which nothing is known cannot be written again. */
  #doubt(side: Side): void {
    const connection = this.#connections[side];
    if (connection?.mode !== undefined) this.#connections[side] = { ...connection, doubted: true };
  }

  #sideOf(connectionId: string | undefined): Side | undefined {
    return SIDES.find((side) => connectionId !== undefined && this.#connections[side]?.connectionId === connectionId);
  }

  #swept(leftover: Leftover): void {
    const at = this.#leftovers.indexOf(leftover);
    if (at >= 0) this.#leftovers.splice(at, 1);
  }

  #drop(side: Side): void {
    this.#connections[side] = undefined;
    if (!this.#connections.some(Boolean)) this.#endpoint = undefined;
    this.ports.changed(this);
  }

  /** Leaves the endpoint; what the call has there is deleted. */
  #move(): void {
    if (this.#endpoint) this.leave(this.#endpoint, undefined);
    this.#clear();
  }

  #clear(): void {
    this.#endpoint = undefined;
    for (const side of SIDES) this.#connections[side] = undefined;
    this.ports.changed(this);
  }
}

const UNKNOWN = { mode: undefined, remote: undefined, local: undefined, codec: undefined, doubted: false } as const;

function written({ mode, remote, codec }: Writing, local: string | undefined): Omit<BridgeConnection, 'connectionId'> {
  return { mode, remote, local, codec, doubted: false };
}

function isCalled(each: { readonly connectionId: string | undefined }, connectionId: string): boolean {
  return each.connectionId?.toLowerCase() === connectionId.toLowerCase();
}

function causeOf(refusal: ReturnType<typeof refusalOf>): Cause {
  return 'cause' in refusal ? refusal.cause : 'protocol-error';
}
