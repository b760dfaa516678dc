// The controller of calls between telephones of every kind stops while a call is in any stage, at every moment between a message
// and what it causes: the call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return
// disturbs nothing. With a store that all nodes share, every call; where it is anchored, its media, too.
import type { Millis } from '@altpath/core';
import { expect } from 'chai';
import { FAULTS } from '../lines/faults.js';
import type { PlaceKind } from '../lines/kinds.js';
import { megacoKind } from '../lines/megaco-kinds.js';
import { mgcpKind } from '../lines/mgcp-kinds.js';
import { AWARE_TELEPHONES } from '../lines/sip-kinds.js';
import { SHORT_STORIES } from '../lines/stories.js';
import { complaintsOf, type Setting } from '../lines/survival.js';

const KINDS: Readonly<Record<string, PlaceKind>> = {
  sip: AWARE_TELEPHONES,
  mgcp: mgcpKind('redirect'),
  megaco: megacoKind({ encoding: 'compact', transport: 'udp' }),
};

/** Who dials in vain while one of two nodes is silent is told so when that one can be given up: after Timer B. */
const PATIENCE_MS: Millis = 40_000;

const RECORDS: Readonly<Record<string, Setting['records']>> = {
  // Such a call is proxied.
  'sip sip': 'none',
  // TODO when two nodes that find a call by a part of its identity agree on who records it: in one case (the node starts again while
  // others talk) neither does.
  'megaco megaco': 'not-looked-at',
};

/** A call is written down in the turn in which it begins. */
const UNHEARD = ['the caller dials the rest', 'the caller dials the third'];

const PAIRS: readonly Setting[] = Object.entries(KINDS).flatMap(([from, caller]) =>
  Object.entries(KINDS).map(([to, called]) => ({
    what: `from ${from} to ${to}`,
    kinds: [caller, called],
    hasSharedStore: true,
    records: RECORDS[`${from} ${to}`],
    unheard: UNHEARD,
    patienceMs: PATIENCE_MS,
  })),
);

/** Who talks is heard all the while by the same connections of a bridge. */
const ANCHORED: Setting = {
  what: 'from sip to sip, anchored on a gateway',
  kinds: [AWARE_TELEPHONES, AWARE_TELEPHONES],
  hasSharedStore: true,
  isAnchored: true,
  unheard: UNHEARD,
  patienceMs: PATIENCE_MS,
};

/** Set to try every fault on every pair, and not one beside death on each. */
const TRIES_ALL = process.env['ALTPATH_ALL_FAULTS'] !== undefined;

describe('calls of every kind survive their controller, with a shared store', function () {
  this.timeout(240_000);

  for (const [nth, setting] of [...PAIRS, ANCHORED].entries()) {
    for (const [at, [what, fault, backAfterMs]] of FAULTS.entries()) {
      if (!TRIES_ALL && at !== 0 && at !== 1 + (nth % (FAULTS.length - 1))) continue;
      it(`${setting.what}; the node ${what}`, () => {
        const complaints = complaintsOf(SHORT_STORIES, (story, act, breaths) => ({ setting, fault, backAfterMs, story, act, breaths }));
        expect(complaints.slice(0, 12).join('\n')).to.equal('');
      });
    }
  }
});
