// A line with two calls: one in which it talks, and another that knocks (call waiting), or that it has put on hold for the first
// (call waiting, a call back to a third). A flash goes from one to the other. A line is in one call only as far as its gateway
// knows: going to the other call gives up the connection of this one, and makes one anew.
import type { Millis } from '@altpath/core';
import type { Call } from '../call.js';
import type { HalfCallRole } from '../half-call.js';
import type { Conference, Line } from '../line.js';
import type { OperatorView } from '../operator-view.js';
import { isAnswered } from '../states.js';

/** What the call is that the line is not in at present: nobody has answered it yet, or the line has put it on hold. */
export type SecondCallState = 'knocking' | 'held';

/** `alone`: the call in which the line was is over, and its telephone is off its hook. */
export type SecondCallEvent = 'flash' | 'on-hook' | 'alone';

/**
 * - `connect`   the line goes to the call: it answers it, or takes it back; a call that it talks in is held meanwhile
 * - `ring`      it rings as any call does
 * - `recall`    the telephone rings, and who lifts it takes the call back
 * - `knock-on`  nothing: the line hears the tone of a call that is over, and may flash or hang up
 */
export type SecondCallAction = 'connect' | 'ring' | 'recall' | 'knock-on';

export const SECOND_CALL: Readonly<Record<SecondCallState, Readonly<Record<SecondCallEvent, SecondCallAction>>>> = {
  knocking: { flash: 'connect', 'on-hook': 'ring', alone: 'knock-on' },
  held: { flash: 'connect', 'on-hook': 'recall', alone: 'connect' },
};

/** This call may be the second of a line that is not free. */
export function mayKnock(line: Line, call: Call): boolean {
  const isTalking = line.call?.state === 'talking' && !line.isConnecting && line.hook !== 'on';
  return line.settings.features?.callWaiting === true && isTalking && line.other === undefined && line.call !== call;
}

export class SecondCalls {
  constructor(private readonly operator: OperatorView) {}

  /** @returns whether the flash meant a second call; if not it is for the call that the line is in. */
  flash(line: Line, now: Millis): boolean {
    // What the last flash meant is still being done.
    if (line.isConnecting) return true;
    if (line.conference) this.#dropThird(line, line.conference, now);
    else if (line.hasCalledBack && line.call?.state === 'talking' && this.operator.conferences.begin(line, now)) return true;
    else if (line.other) this.#act(line, 'flash', now);
    else if (line.call?.state === 'talking' && line.settings.features?.threeWay === true) this.#callBack(line, line.call, now);
    else return false;
    return true;
  }

  /** Who was going to a call that nobody had answered yet has hung up: it rings. @returns whether that was so. */
  hungUp(line: Line): boolean {
    const { call } = line;
    if (!line.isConnecting || !call || isAnswered(call.state)) return false;
    line.isConnecting = false;
    this.operator.board.stir(call, line.role);
    return true;
  }

  /** A flash in a talk of three: who came last leaves. While the three are still being brought together it ends that. */
  #dropThird(line: Line, conference: Conference, now: Millis): void {
    const { call } = line;
    this.operator.conferences.end(conference, now);
    if (call && conference.isOn) this.operator.callEvent(call, `${line.role}:on-hook`, now);
  }

  /** The line is in no call any more, and there is another. */
  alone(line: Line, now: Millis): void {
    const { conference, other } = line;
    // Who hangs up on a talk of three hangs up on both.
    if (conference?.isOn && other && line.hook === 'on') {
      this.operator.conferences.end(conference, now);
      this.operator.board.takeUp(line);
      return this.operator.callEvent(other.call, `${other.role}:on-hook`, now);
    }
    this.#act(line, line.hook === 'on' ? 'on-hook' : 'alone', now);
  }

  /** The line is where it was going to. */
  connected(line: Line, call: Call, now: Millis): void {
    line.isConnecting = false;
    this.operator.callEvent(call, `${line.role}:${isAnswered(call.state) ? 'retrieve' : 'off-hook'}`, now);
  }

  #act(line: Line, event: SecondCallEvent, now: Millis): void {
    const { other } = line;
    if (!other) return;
    const action = SECOND_CALL[other.call.phase(other.role) === 'ringing' ? 'knocking' : 'held'][event];
    this.operator.observer.count('call.second', action);
    switch (action) {
      case 'connect':
        return this.#connect(line, other.call, other.role, now);
      case 'ring':
        return this.operator.board.takeUp(line);
      case 'recall':
        this.operator.board.takeUp(line);
        return this.operator.callEvent(other.call, `${other.role}:recall`, now);
      case 'knock-on':
        return;
      default:
        return action satisfies never;
    }
  }

  #connect(line: Line, other: Call, role: HalfCallRole, now: Millis): void {
    const { call } = line;
    // Who is still calling somebody gives that up. What is then done about the other call is done there.
    if (call && !isAnswered(call.state)) return this.operator.callEvent(call, `${line.role}:on-hook`, now);
    if (call) {
      this.operator.callEvent(call, `${line.role}:hold`, now);
      this.operator.board.exchange(line);
    } else this.operator.board.takeUp(line);
    line.isConnecting = true;
    this.operator.board.stir(other, role);
  }

  /** The other is put on hold, and there is dial tone for a third. */
  #callBack(line: Line, call: Call, now: Millis): void {
    this.operator.observer.count('call.second', 'third');
    this.operator.callEvent(call, `${line.role}:hold`, now);
    this.operator.board.putAside(line);
    line.hasCalledBack = true;
    this.operator.setState(line, 'dialling', now);
  }
}
