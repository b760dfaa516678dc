import { expect } from 'chai';
import { type Phone, Town } from './whole-calls.fixture.js';

const [ANN, BOB, CAT] = ['10.1.0.1', '10.1.0.2', '10.1.0.3'];

/** Ann talks to Bob; Cat is there. */
function town(states?: ConstructorParameters<typeof Town>[0]): { town: Town; ann: Phone; bob: Phone; cat: Phone } {
  const made = new Town(states);
  const [ann, bob, cat] = [made.phone('ann', ANN), made.phone('bob', BOB), made.phone('cat', CAT)];
  ann.call('200');
  expect([ann.voices, bob.voices]).to.deep.equal([[`${BOB} sendrecv`], [`${ANN} sendrecv`]]);
  made.heard();
  return { town: made, ann, bob, cat };
}

describe('a call of two telephones', () => {
  it('is set up and released with no message too many', () => {
    const { town: place, ann, bob } = town();
    place.pass(40_000);
    expect(place.heard()).to.deep.equal([]);
    ann.say('BYE');
    expect(place.heard()).to.deep.equal(['ann 200', 'bob BYE']);
    expect([ann.dialogs, bob.dialogs]).to.deep.equal([[], []]);
    place.pass(200_000);
    expect(place.heard()).to.deep.equal([]);
    expect(place.nodes[0]?.control.calls(place.now, 10)).to.deep.equal([]);
  });

  it('is held and taken back by either, each with one re-INVITE of the other', () => {
    const { town: place, ann, bob } = town();
    for (const [one, other, address] of [
      [ann, bob, BOB],
      [bob, ann, ANN],
    ] as const) {
      one.reinvite('sendonly');
      expect(place.heard().filter((each) => each.includes('INVITE'))).to.deep.equal([`${other.name} INVITE`]);
      expect(other.voices[0]).to.match(/ (recvonly|inactive)$/);
      one.reinvite('sendrecv');
      expect(place.heard().filter((each) => each.includes('INVITE'))).to.deep.equal([`${other.name} INVITE`]);
      expect(one.voices).to.deep.equal([`${address} sendrecv`]);
      expect(other.voices[0]).to.match(/ sendrecv$/);
    }
  });

  it('is held by both, and talks again when both have taken it back', () => {
    const { town: place, ann, bob } = town();
    ann.reinvite('sendonly');
    bob.reinvite('sendonly');
    ann.reinvite('sendrecv');
    expect(ann.voices[0]).to.not.match(/ sendrecv$/);
    bob.reinvite('sendrecv');
    expect([ann.voices, bob.voices]).to.deep.equal([[`${BOB} sendrecv`], [`${ANN} sendrecv`]]);
    place.heard();
    place.pass(30_000);
    expect(place.heard()).to.deep.equal([]);
  });

  it('that both hold at once survives the collision', () => {
    const { town: place, ann, bob } = town();
    ann.dialog.wish = 'sendonly';
    bob.dialog.wish = 'sendonly';
    ann.send('INVITE', ann.dialog, { body: hold(ANN) });
    bob.send('INVITE', bob.dialog, { body: hold(BOB) });
    place.settle();
    place.pass(5_000);
    expect([ann.dialogs.length, bob.dialogs.length]).to.deep.equal([1, 1]);
    ann.reinvite('sendrecv');
    bob.reinvite('sendrecv');
    place.pass(5_000);
    expect([ann.voices, bob.voices]).to.deep.equal([[`${BOB} sendrecv`], [`${ANN} sendrecv`]]);
  });

  it('carries keys from one to the other', () => {
    const { town: place, ann } = town();
    ann.send('INFO', ann.dialog, { lines: [], body: '' });
    place.settle();
    expect(place.heard()).to.deep.equal(['ann 200']);
  });

  it('ends when one telephone is gone, and the other is told so', () => {
    const { town: place, ann, bob } = town();
    place.phones.delete(ANN);
    place.pass(62_000);
    expect(bob.dialogs).to.deep.equal([]);
    expect(place.heard()).to.include('bob BYE');
    place.phones.set(ANN, ann);
  });
});

describe('a transfer', () => {
  it('connects the other with a third, and reports', () => {
    const { town: place, ann, bob, cat } = town();
    ann.say('REFER', ['Refer-To: <sip:300@sample2.test>']);
    expect(ann.reports).to.deep.equal(['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK']);
    expect([bob.voices, cat.voices]).to.deep.equal([[`${CAT} sendrecv`], [`${BOB} sendrecv`]]);
    place.pass(30_000);
    expect(ann.dialogs).to.deep.equal([]);
    bob.say('BYE');
    expect(cat.dialogs).to.deep.equal([]);
  });

  it('joins two calls of one telephone (attended)', () => {
    const { town: place, ann, bob, cat } = town();
    ann.reinvite('sendonly');
    ann.call('300');
    expect(ann.voices[1]).to.equal(`${CAT} sendrecv`);
    const [first, second] = ann.dialogs;
    const replaces = `${second?.callId}%3Bto-tag%3D${second?.remoteTag}%3Bfrom-tag%3D${second?.localTag}`;
    ann.say('REFER', [`Refer-To: <sip:300@sample2.test?Replaces=${replaces}>`], first);
    place.pass(10_000);
    expect([bob.voices, cat.voices]).to.deep.equal([[`${CAT} sendrecv`], [`${BOB} sendrecv`]]);
    expect(ann.reports.at(-1)).to.equal('SIP/2.0 200 OK');
    expect(ann.dialogs).to.deep.equal([]);
    cat.say('BYE');
    expect(bob.dialogs).to.deep.equal([]);
  });

  it('to a number that is none leaves the talk as it was', () => {
    const { town: place, ann, bob } = town();
    ann.say('REFER', ['Refer-To: <sip:999@sample2.test>']);
    expect(ann.reports.at(-1)).to.equal('SIP/2.0 404 Not Found');
    place.pass(1_000);
    expect(bob.voices).to.deep.equal([`${ANN} sendrecv`]);
  });
});

describe('a call whose node dies', () => {
  it('without a store: the telephone that hangs up is answered', () => {
    const { town: place, ann } = town(['up', 'up']);
    place.states[0] = 'down';
    place.route = () => 1;
    place.heard();
    ann.say('BYE');
    expect(place.heard()).to.deep.equal(['ann 200']);
  });

  it('that has given it to another goes on there, with both telephones', () => {
    const { town: place, ann, bob } = town(['up', 'up']);
    const [first, second] = place.nodes;
    const record = first?.control.records(place.now)[0];
    if (!record || !second) throw new Error('no record');
    place.states[0] = 'down';
    place.route = () => 1;
    second.control.adopt(record, place.now);
    second.drain();
    place.settle();
    place.pass(6_000);
    expect(new Set(place.heard())).to.deep.equal(new Set(['ann UPDATE', 'bob UPDATE']));
    expect([ann.dialog.target, bob.dialog.target].every((each) => each.includes('@10.0.0.2'))).to.equal(true);
    ann.reinvite('sendonly');
    expect(bob.voices[0]).to.match(/ (recvonly|inactive)$/);
    ann.reinvite('sendrecv');
    expect([ann.voices, bob.voices]).to.deep.equal([[`${BOB} sendrecv`], [`${ANN} sendrecv`]]);
    bob.say('BYE');
    expect(ann.dialogs).to.deep.equal([]);
  });
});

function hold(host: string): string {
  return `v=0\r\no=- 1 9 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\na=sendonly\r\n`;
}
