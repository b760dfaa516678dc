// Two phones on real sockets, one calling the other directly: what they hear.
import { expect } from 'chai';
import type { IncomingCall } from './incoming-call.js';
import { NetworkPhone } from './network-phone.js';
import type { OutgoingCall } from './outgoing-call.js';
import type { PhoneOptions } from './phone-options.js';

describe('what network phones hear', function () {
  // A machine that stands still for half a second makes a gap of its own.
  this.retries(2);

  let alice: NetworkPhone;
  let bob: NetworkPhone;

  beforeEach(async () => {
    alice = await open({ user: 'alice', address: '127.0.22.1', toneHz: 600 });
    bob = await open({ user: 'bob', address: '127.0.22.2', toneHz: 1_050 });
  });

  afterEach(() => Promise.all([alice.close(), bob.close()]));

  it('each hears the tone of the other, and no gap', async () => {
    const { call, theirs } = await talk();
    await Promise.all([call.untilHears(1_050, 10), theirs.untilHears(600, 10)]);
    await call.hangUp();
    for (const each of [call, theirs]) {
      const report = each.audioReport();
      expect(report).to.include({ sendsHz: each === call ? 600 : 1_050, hearsHz: each === call ? 1_050 : 600 });
      expect(report?.sent).to.be.at.least(10);
      expect(report?.longestGapMs).to.be.within(15, 2_000);
    }
  });

  it('on hold nothing goes back, and the pause is no gap', async () => {
    const { call, theirs } = await talk();
    const other = await talk();
    await Promise.all([call.untilHears(1_050), theirs.untilHears(600)]);
    const heldAt = performance.now();
    expect(await call.hold()).to.equal(200);
    expect([call.isHolding, theirs.isHeld]).to.deep.equal([true, true]);
    const sent = theirs.audioReport()?.sent;
    // Music, as it were: the side that holds goes on sending.
    await theirs.untilHears(600, 15);
    expect(theirs.audioReport()?.sent).to.equal(sent);
    expect(await call.hold('inactive')).to.equal(200);
    const [before, after] = [call.audioReport()?.sent, theirs.audioReport()?.sent];
    // As long as their other call takes for what would be heard in this one, too.
    await Promise.all([other.call.untilHears(1_050, 8), other.theirs.untilHears(600, 8)]);
    expect([call.audioReport()?.sent, theirs.audioReport()?.sent]).to.deep.equal([before, after]);
    const heldMs = performance.now() - heldAt;
    expect(await call.retrieve()).to.equal(200);
    await Promise.all([call.untilHears(1_050), theirs.untilHears(600)]);
    expect(call.audioReport()?.longestGapMs).to.be.below(heldMs);
  });

  it('keys go in RTP, each once and in order', async () => {
    const { call, theirs } = await talk();
    await Promise.all([call.untilHears(1_050), theirs.untilHears(600)]);
    expect(await call.send('15#5')).to.equal(200);
    await theirs.until(() => theirs.digits.length === 4);
    await theirs.send('*');
    await call.until((each) => each.digits === '*');
    expect(theirs.digits).to.equal('15#5');
    expect(alice.messages.some(({ summary }) => summary === 'INFO')).to.equal(false);
    await call.hangUp();
  });

  it('keys go by INFO where that is asked for', async () => {
    const { call, theirs } = await talk();
    const by: string[] = [];
    theirs.on('digit', (digit, path) => by.push(`${digit} ${path}`));
    expect(await call.send('5A', 'info')).to.equal(200);
    expect(by).to.deep.equal(['5 info', 'A info']);
    expect(await call.hold('inactive')).to.equal(200);
    expect(await call.send('5', 'rtp')).to.equal(488);
  });

  it('the caller hears the callee before it answers', async () => {
    const coming = bob.nextCall();
    const call = alice.call(bob.contact.uri);
    const theirs = await coming;
    theirs.progress();
    await call.untilHears(1_050);
    expect(call.currentState).to.equal('ringing');
    theirs.reject(486);
    expect((await call.ended).status).to.equal(486);
  });

  it('a phone in two calls hears both', async () => {
    const carol = await open({ user: 'carol', address: '127.0.22.3', toneHz: 1_500 });
    try {
      const first = await talk();
      const coming = alice.nextCall();
      const second = carol.call(alice.contact.uri);
      const theirs = await coming;
      void theirs.answer();
      await second.until('up');
      await Promise.all([first.call.untilHears(1_050), theirs.untilHears(1_500), second.untilHears(600)]);
    } finally {
      await carol.close();
    }
  });

  it('a call that ended can still be asked what was heard', async () => {
    const { call, theirs } = await talk();
    await theirs.untilHears(600);
    await call.hangUp();
    expect(theirs.audioReport()?.hearsHz).to.equal(600);
    expect(await theirs.untilHears(600).catch((error: Error) => error.name)).to.equal('CallTimeout');
  });

  async function talk(): Promise<{ call: OutgoingCall; theirs: IncomingCall }> {
    const coming = bob.nextCall();
    const call = alice.call(bob.contact.uri);
    const theirs = await coming;
    theirs.ring();
    await call.until('ringing');
    await theirs.answer();
    await Promise.all([call.until('up'), theirs.confirmed]);
    return { call, theirs };
  }
});

function open(options: Pick<PhoneOptions, 'user' | 'address' | 'toneHz'>): Promise<NetworkPhone> {
  return NetworkPhone.open({ ...options, domain: 'a.test', outbound: [] });
}
