import { expect } from 'chai';
import { mediaEvents, wantedMode } from './media-events.js';
import { MOVED } from './talk.fixture.js';
import { OFFER } from './testing.js';

const HELD = OFFER.replace('sendrecv', 'sendonly');

describe('what a new description of a telephone means', () => {
  for (const [what, before, after, isOn, events] of [
    ['nothing', OFFER, OFFER, false, []],
    ['nothing, when only its writer counts on', OFFER, OFFER.replace('o=- 1 1', 'o=- 1 2'), false, []],
    ['a hold', OFFER, HELD, false, ['hold']],
    ['still a hold', HELD, HELD.replace('sendonly', 'inactive'), true, []],
    ['that the hold is over', HELD, OFFER, true, ['retrieve']],
    ['other media', OFFER, MOVED, false, ['media']],
    ['other media, and a hold', OFFER, MOVED.replace('sendrecv', 'inactive'), false, ['media', 'hold']],
    ['media where none were known', undefined, OFFER, false, ['media']],
    ['a hold of the old kind, whose media stay', OFFER, OFFER.replace('c=IN IP4 10.1.0.1', 'c=IN IP4 0.0.0.0'), false, ['hold']],
  ] as const) {
    it(`is ${what}`, () => expect(mediaEvents(before, after, isOn).map((each) => each.kind)).to.deep.equal(events));
  }
});

describe('the mode that a telephone is told', () => {
  for (const [phase, mode, told] of [
    ['talking', 'sendrecv', 'sendrecv'],
    ['talking', 'recvonly', 'recvonly'],
    ['held', 'inactive', 'inactive'],
    ['holding', 'inactive', 'sendrecv'],
    ['early', 'recvonly', 'sendrecv'],
    ['ringback', 'recvonly', 'sendrecv'],
  ] as const) {
    it(`in ${phase} with ${mode} is ${told}`, () => expect(wantedMode({ phase, media: { mode } })).to.equal(told));
  }

  it('is both ways where nothing is ordered', () => expect(wantedMode({ phase: 'talking' })).to.equal('sendrecv'));
});
