// The controller of calls between lines and SIP telephones, or between two telephones that are anchored on a gateway, stops while a call
// is in any stage, and no store tells anybody of it: gateways tell their lines and bridges in audits, and what a telephone says tells
// its call. The gateway's side goes on or ends at once, and so does the telephone's for what it does itself; of what the other does it
// hears when its session timer makes it ask. What is being set up may be lost: who waits how long then, and hears what, stands here, and
// is played to its end. Nothing is left of it.
import { expect } from 'chai';
import { FAULTS } from '../lines/faults.js';
import type { PlaceKind } from '../lines/kinds.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { TIMED_TELEPHONES } from '../lines/sip-kinds.js';
import { type Act, answer, hangUp, hears, idle, type Outcome, SHORT_STORIES } from '../lines/stories.js';
import { complaintsOf, type Loss, type Setting } from '../lines/survival.js';

const MGCP = mgcpKind('redirect');
const H248 = megacoKind({ encoding: 'compact', transport: 'udp' });

/** At once. But who calls from a SIP telephone while one of two nodes is silent hears it when that one can be given up: after Timer B. */
const PATIENCE_MS = 40_000;

const rings: Outcome = { state: 'ringing', modes: 'sendrecv' };
const inVain: Outcome = { state: 'ringback', modes: 'recvonly' };
const alone: Outcome = { state: 'talking', modes: 'sendrecv' };
const answersLate: Act = { ...answer, outcome: { called: hears('busy') } };

/** Whoever is asked to cancel and knows nothing of it says so: then a telephone waits for 64 T1 (RFC 3261 §9.1). */
const GIVES_UP: Act = { ...hangUp('caller', { caller: idle }), takesMs: 40_000 };

/** The 200 to the caller would have to begin at a node that knows nothing of his INVITE but that it was there. */
const UNHEARD_ANSWER: Loss = {
  says: 'The line answers and hears nothing. The caller hears it ring until he gives up; then the line hears busy tone, or still nothing where the node is back, until it is put down.',
  act: 'the called side answers',
  stays: { caller: inVain, called: alone },
  wayOut: [GIVES_UP, hangUp('called', { caller: idle, called: idle })],
};

/** The same of two telephones whose media meet on a gateway: who answers waits in vain until the caller gives up. */
const UNHEARD_TELEPHONE: Loss = {
  says: 'The telephone answers and hears nothing. The caller hears it ring until he gives up; then the telephone hears busy tone.',
  act: 'the called side answers',
  stays: { caller: inVain, called: alone },
  wayOut: [
    hangUp('caller', { caller: idle, called: hears('busy') }),
    { ...GIVES_UP, play: () => undefined },
    hangUp('called', { caller: idle, called: idle }),
  ],
};

/** What the dead node had sent to the telephone nobody else knows. */
const RINGS_ON = {
  stays: { caller: idle, called: rings },
  wayOut: [answersLate, hangUp('called', { caller: idle, called: idle })],
} as const;

/** Of an MGCP line the request's identity tells what it has dialled: the telephone is called once more, the same call, and given up. */
const RINGS_ON_AFTER_MGCP: Loss = {
  says: 'The caller hangs up, and his node ends between the DLCX to his line and the CANCEL: the telephone rings until it is lifted, and then hears busy tone (within the session timer, where the node is back).',
  act: 'the caller hangs up',
  stoppedIn: 'the caller hangs up',
  ...RINGS_ON,
};

const AFTER_H248: readonly Loss[] = [
  {
    says: 'The caller hangs up while the telephone rings, and his node ends: it rings until it is lifted, and then hears busy tone (within the session timer, where the node is back).',
    act: 'the caller hangs up',
    stoppedIn: 'the caller hangs up',
    ...RINGS_ON,
  },
  {
    says: 'The node ends between the 180 of the telephone and the ringback tone: the caller hears busy tone, then the howler; the telephone rings until it is lifted, and then hears busy tone (within the session timer, where the node is back).',
    act: 'the caller dials the rest',
    stoppedIn: 'the caller dials the rest',
    stays: { caller: hears('silence'), called: rings },
    wayOut: [hangUp('caller', { caller: idle, called: rings }), ...RINGS_ON.wayOut],
  },
];

/** The line rings for one node, and the caller asks the other. */
const BUSY_WITH_ITSELF: Loss = {
  says: 'The line is told to ring, and its node ends before the caller hears so, and is back before the gateway has noticed: the caller hears busy tone; the line rings until it is lifted, and hears busy tone then, or for three minutes.',
  act: 'the caller dials the rest',
  stoppedIn: 'the caller dials the rest',
  faults: ['killed'],
  stays: { caller: hears('silence'), called: rings },
  wayOut: [hangUp('caller', { caller: idle, called: rings }), { ...answer, outcome: {} }, hangUp('called', { caller: idle, called: idle })],
};

/** Whoever calls a busy line from a telephone is refused, and that is written down, in the turn in which he calls. */
const REFUSED_AT_ONCE = { unheard: ['the caller dials the third'] } as const;

/** A telephone hears of these acts of the line with which it talks when it refreshes its session. */
const OF_CALLED = { 'the called hangs up': 'caller', 'the called flashes': 'caller' } as const;
const OF_CALLER = { 'the caller hangs up': 'called', 'the caller flashes': 'called' } as const;

const settingOf = (what: string, kinds: readonly PlaceKind[], more: Partial<Setting> = {}): Setting => ({
  what,
  kinds,
  hasSharedStore: false,
  patienceMs: PATIENCE_MS,
  ...more,
});

const SETTINGS: readonly Setting[] = [
  settingOf('from sip to mgcp', [TIMED_TELEPHONES, MGCP], { ...REFUSED_AT_ONCE, late: OF_CALLED, losses: [UNHEARD_ANSWER] }),
  settingOf('from mgcp to sip', [MGCP, TIMED_TELEPHONES], { late: OF_CALLER, losses: [RINGS_ON_AFTER_MGCP] }),
  settingOf('from sip to megaco', [TIMED_TELEPHONES, H248], {
    ...REFUSED_AT_ONCE,
    late: OF_CALLED,
    losses: [UNHEARD_ANSWER, BUSY_WITH_ITSELF],
  }),
  settingOf('from megaco to sip', [H248, TIMED_TELEPHONES], { late: OF_CALLER, losses: AFTER_H248 }),
  settingOf('from sip to sip, anchored on a gateway', [TIMED_TELEPHONES, TIMED_TELEPHONES], {
    isAnchored: true,
    late: { ...OF_CALLED, ...OF_CALLER },
    losses: [UNHEARD_TELEPHONE],
  }),
  // No node keeps anything of such a call.
  settingOf('from sip to sip', [TIMED_TELEPHONES, TIMED_TELEPHONES], { records: 'none' }),
];

/** Set to try every fault on every pair, and not death alone and one more. */
const TRIES_ALL = process.env['ALTPATH_ALL_FAULTS'] !== undefined;

describe('calls of lines and SIP telephones survive their controller without a shared store', function () {
  this.timeout(240_000);

  for (const [nth, setting] of SETTINGS.entries()) {
    for (const [at, [what, fault, backAfterMs]] of FAULTS.entries()) {
      if (!TRIES_ALL && at !== 0 && at !== 1 + (nth % (FAULTS.length - 1))) continue;
      // A drain gives every call away, with all that is known of it.
      const expected = fault === 'drained' ? { ...setting, late: undefined, losses: undefined } : setting;
      it(`${setting.what}; the node ${what}`, () => {
        const complaints = complaintsOf(SHORT_STORIES, (story, act, breaths) => ({
          setting: expected,
          fault,
          backAfterMs,
          story,
          act,
          breaths,
        }));
        expect(complaints.slice(0, 12).join('\n')).to.equal('');
      });
    }
  }
});
