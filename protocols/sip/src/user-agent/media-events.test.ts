import { expect } from 'chai';
import { isNews, wantedMode } from './media-events.js';
import { MOVED } from './talk.fixture.js';
import { OFFER } from './testing.js';

const HELD = OFFER.replace('sendrecv', 'sendonly');

describe('a new description of a telephone', () => {
  for (const [what, before, after, news] of [
    ['that says the same', OFFER, OFFER, false],
    ['of which only the version has changed', OFFER, OFFER.replace('o=- 1 1', 'o=- 1 2'), false],
    ['that holds', OFFER, HELD, false],
    ['that names another place', OFFER, MOVED, true],
    ['where none was known', undefined, OFFER, true],
    ['that names no place, which is a hold of the old kind', OFFER, OFFER.replace('c=IN IP4 10.1.0.1', 'c=IN IP4 0.0.0.0'), false],
  ] as const) {
    it(`${what} is ${news ? '' : 'no '}news of media`, () => expect(isNews(before, after)).to.equal(news));
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
