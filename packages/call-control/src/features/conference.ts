// Three in one talk: a line that has called back a third brings the two together by one more flash. Who mixes their media is
// named by the line and called for each of the three; the calls stay what they were, one held and one that talks, and only what is
// heard in them changes. So whatever ends one of them, or the mixing, leaves the other as if there had been no conference.
import type { Millis } from '@altpath/core';
import type { Call } from '../call.js';
import { otherRole, ROLES } from '../half-call.js';
import type { Conference, Line, OtherCall } from '../line.js';
import type { OperatorView } from '../operator-view.js';

/** What stands for the call's identity where a mixer is named: each conference has a room of its own. */
const ROOM = '{call}';

export class Conferences {
  constructor(private readonly operator: OperatorView) {}

  /** The two with whom the line has calls shall hear each other. @returns whether the line names who can do that. */
  begin(line: Line, now: Millis): boolean {
    const { call, role, other } = line;
    const mixer = line.settings.features?.mixer?.replace(ROOM, call?.callId ?? '');
    const targets = this.operator.sideCalls.partiesOf(mixer);
    if (!call || !other || targets.length === 0 || !isComplete(call) || !isComplete(other.call)) return false;
    this.operator.observer.count('call.conference', 'begun');
    const conference: Conference = { line, held: other, active: { call, role }, sides: [], isOn: false };
    line.conference = conference;
    for (const leg of participants(conference)) {
      const purpose = { ...leg, follow: (side: Call, at: Millis): void => this.#follow(conference, side, at) };
      conference.sides.push(this.operator.sideCalls.open(purpose, targets, now));
    }
    return true;
  }

  /** Something of the call has changed. */
  follow(call: Call, now: Millis): void {
    for (const role of ROLES) {
      const side = call.sources[role];
      if (side) this.operator.sideCalls.move(side);
    }
    const conference = this.#of(call);
    if (conference && !this.#isStill(conference)) this.end(conference, now);
  }

  /** The two are parted again: the line talks with the one that it has called, and holds the other. */
  end(conference: Conference, now: Millis): void {
    const { line, held, active, sides } = conference;
    if (line.conference !== conference) return;
    const { board, observer, sideCalls } = this.operator;
    line.conference = undefined;
    observer.count('call.conference', conference.isOn ? 'ended' : 'failed');
    for (const { call } of [held, active]) {
      call.isMixed = false;
      call.hasMusic = false;
      for (const role of ROLES) {
        const source = call.sources[role];
        if (source && sides.includes(source)) call.sources[role] = undefined;
        board.stir(call, role);
      }
    }
    for (const side of sides) sideCalls.close(side, now);
  }

  #of(call: Call): Conference | undefined {
    for (const role of ROLES) {
      const { line: name } = call[role] ?? {};
      const conference = name === undefined ? undefined : this.operator.board.line(name)?.conference;
      if (conference && (conference.held.call === call || conference.active.call === call)) return conference;
    }
    return undefined;
  }

  /** A side call has been answered, or is over. */
  #follow(conference: Conference, side: Call, now: Millis): void {
    const { board, sideCalls } = this.operator;
    if (conference.line.conference !== conference) return sideCalls.close(side, now);
    if (!board.has(side) || !this.#isStill(conference)) return this.end(conference, now);
    const isReady = conference.sides.length === 3 && conference.sides.every((each) => each.state === 'talking');
    if (isReady) this.#bringTogether(conference, now);
  }

  #bringTogether(conference: Conference, now: Millis): void {
    const { board, observer, sideCalls } = this.operator;
    if (!conference.isOn) observer.count('call.conference', 'on');
    conference.isOn = true;
    for (const [at, { call, role }] of participants(conference).entries()) {
      const before = call.sources[role];
      call.isMixed = true;
      call.sources[role] = conference.sides[at];
      // Music, until now.
      if (before && before !== conference.sides[at]) sideCalls.close(before, now);
      board.stir(call, role);
    }
  }

  /** Both calls are as they were when the line asked for it. */
  #isStill({ line, held, active }: Conference): boolean {
    const { board } = this.operator;
    const isHeld = held.call.state === `held-by-${held.role}`;
    const isActive = active.call.state === 'talking' && line.call === active.call && line.other?.call === held.call;
    return board.has(held.call) && board.has(active.call) && isHeld && isActive;
  }
}

/** Who was held, who is talked with, and the line itself. */
function participants({ held, active }: Conference): readonly OtherCall[] {
  const far = ({ call, role }: OtherCall): OtherCall => ({ call, role: otherRole(role) });
  return [far(held), far(active), active];
}

/** Both sides have told where they listen. */
function isComplete({ originating, terminating }: Call): boolean {
  return originating?.local !== undefined && terminating?.local !== undefined;
}
