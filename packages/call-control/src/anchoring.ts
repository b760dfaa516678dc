// Anchored media in calls: which calls have an anchor, what its two sides shall be, and what either telephone is told in place of
// the other's description. The connections are made by who controls the gateway (`anchor.ts`).
import type { Millis, Observer } from '@altpath/core';
import type { AnchorPort, AnchorSide, AnchorSides } from './anchor.js';
import type { Call } from './call.js';
import type { Cause } from './cause.js';
import { type AnchorLocals, type HalfCallRole, type LineName, type MediaState, ROLES } from './half-call.js';
import { Line } from './line.js';
import { Party } from './party.js';
import { CALL_STATES } from './states.js';
import type { Switchboard } from './switchboard.js';

export interface AnchorSettings {
  /** Name of the gateway on which calls between parties are anchored; undefined: none is. */
  readonly anchor?: string | undefined;
}

const NONE: readonly [undefined, undefined] = [undefined, undefined];

export class Anchoring {
  /** @param port  undefined: nobody on this node can anchor anything. */
  constructor(
    private readonly settings: AnchorSettings,
    private readonly port: AnchorPort | undefined,
    private readonly board: Switchboard,
    private readonly observer: Observer,
  ) {}

  /** Calls between parties are anchored on this node. */
  get isOn(): boolean {
    return this.settings.anchor !== undefined && this.port !== undefined;
  }

  /** Something of the call has changed: its anchor shall be what that asks for. */
  follow(call: Call, now: Millis): void {
    const { anchor: gateway } = this.settings;
    if (gateway === undefined || !this.port || !this.board.has(call)) return;
    if (!this.#isAnchored(call, this.port)) return this.#giveUp(call, gateway, now);
    if (!call.anchor) this.observer.count('call.anchored');
    const { asked, locals } = (call.anchor ??= { asked: NONE, locals: NONE, names: new Map() });
    const [first, second] = ROLES.map((role) => this.#side(call, role));
    if (sameSide(asked[0], first) && sameSide(asked[1], second)) return;
    call.anchor.asked = [first, second];
    call.anchor.locals = [localOf(0, first, asked, locals), localOf(1, second, asked, locals)];
    this.port.anchor(call.callId, gateway, call.anchor.asked, now);
  }

  /** What the gateway describes to either side. @returns the call that is to be told. */
  made(callId: string, locals: AnchorLocals): Call | undefined {
    const call = this.board.call(callId);
    if (!call?.anchor) return undefined;
    const [first, second] = call.anchor.locals;
    // Of a side that has no connection for a moment, the telephone keeps what it was told.
    call.anchor.locals = [locals[0] ?? first, locals[1] ?? second];
    for (const role of ROLES) this.board.stir(call, role);
    return call;
  }

  /**
   * It cannot be made.
   *
   * @returns the call, where nobody has been called because of that; else who talks, or waits for an answer, goes on.
   */
  failed(callId: string, cause: Cause): Call | undefined {
    this.observer.count('call.anchor.failed', cause);
    const call = this.board.call(callId);
    return call?.state === 'offering' && call.anchor && call.anchor.locals[1] === undefined ? call : undefined;
  }

  /** The call is over: whatever there is of its anchor goes. */
  ended(call: Call, now: Millis): void {
    const { anchor: gateway } = this.settings;
    if (gateway !== undefined && (call.anchor || this.#isKnown(call))) this.port?.anchor(call.callId, gateway, NONE, now);
    call.anchor = undefined;
  }

  /** Somebody has, or had, an anchor for it: should that node be gone, this one shall see to it. */
  #isKnown({ callId }: Call): boolean {
    return this.port?.hasAnchor(callId) === true || this.port?.anchorHolder(callId) !== undefined;
  }

  /** The call is another node's. */
  forget(call: Call): void {
    if (call.anchor) this.port?.forgetAnchor(call.callId);
    call.anchor = undefined;
  }

  /** The same of a call that is not on the board any more. */
  leave(callId: string): void {
    this.port?.forgetAnchor(callId);
  }

  /** The call goes on from its record. @param locals  What its telephones have been told. */
  adopt(call: Call, saved: string, locals: AnchorLocals, now: Millis): void {
    if (call.anchor || this.settings.anchor === undefined || !this.port) return;
    this.port.adoptAnchor(call.callId, saved, now);
    call.anchor = { asked: NONE, locals, names: new Map() };
  }

  /** Who had one name has another now, and is the same: he keeps his connection. */
  rename(call: Call, before: LineName, name: LineName): void {
    const { names } = call.anchor ?? {};
    if (name !== before) names?.set(name, names.get(before) ?? before);
  }

  #giveUp(call: Call, gateway: string, now: Millis): void {
    if (!call.anchor) return;
    call.anchor = undefined;
    this.port?.anchor(call.callId, gateway, NONE, now);
    for (const role of ROLES) this.board.stir(call, role);
  }

  /** Between two parties media is nobody's but theirs; a line has a gateway of its own, here or at the node that holds it. */
  #isAnchored(call: Call, port: AnchorPort): boolean {
    const [from, to] = ROLES.map((role) => this.board.stationOf(call, role));
    if (from instanceof Line || to instanceof Line) return false;
    if (to instanceof Party && to.called?.kind === 'line-at-node') return false;
    if ((from && to) || call.anchor) return true;
    // One of them is found, and who the other is will be known when he says something.
    return call.waiting && (from ?? to) !== undefined && port.hasAnchor(call.callId);
  }

  #side(call: Call, role: HalfCallRole): AnchorSide | undefined {
    const shape = CALL_STATES[call.state][role];
    const leg = call[role];
    if (!shape || (!leg && !call.waiting)) return undefined;
    return { mode: MIRRORED[shape.mode], remote: leg?.local, who: leg && (call.anchor?.names.get(leg.line) ?? leg.line) };
  }
}

/** What a side has been told, as far as it is still true: who comes has been told nothing. */
function localOf(at: 0 | 1, side: AnchorSide | undefined, asked: AnchorSides, locals: AnchorLocals): string | undefined {
  if (!side) return undefined;
  // Of a call that goes on here its record has told.
  if (!asked[at]) return locals[at];
  return locals[asked.findIndex((each) => each?.who === side.who)];
}

/** What a telephone hears its gateway sends. */
const MIRRORED: Readonly<Record<MediaState['mode'], MediaState['mode']>> = {
  sendrecv: 'sendrecv',
  recvonly: 'sendonly',
  sendonly: 'recvonly',
  inactive: 'inactive',
};

function sameSide(a: AnchorSide | undefined, b: AnchorSide | undefined): boolean {
  return a?.mode === b?.mode && a?.remote === b?.remote && a?.who === b?.who;
}
