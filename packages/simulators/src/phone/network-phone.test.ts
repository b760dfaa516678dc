import { expect } from 'chai';
import type { IncomingCall } from './incoming-call.js';
import { NetworkPhone } from './network-phone.js';
import type { PhoneOptions } from './phone-options.js';
import { TestRelay } from './test-relay.js';

const DOMAIN = 'sample2.test';
const BOB = `sip:bob@${DOMAIN}`;

describe('network phones through two relays', function () {
  // T1 is 60 ms here: a machine that stands still for that long retransmits, whoever is at fault.
  this.retries(2);

  let relays: [TestRelay, TestRelay];
  let phones: NetworkPhone[];

  beforeEach(async () => {
    relays = await TestRelay.pair(['127.0.0.21', '127.0.0.22']);
    phones = [];
  });

  afterEach(async () => {
    await Promise.all([...phones.map((phone) => phone.close()), ...relays.map((relay) => relay.kill())]);
  });

  it('two stock phones register, call, hear each other and hang up', async () => {
    const { alice, bob } = await pair({ audio: true });
    const incoming = nextCall(bob);
    const call = alice.call(BOB);
    const theirs = await incoming;
    theirs.ring();
    await theirs.answer();
    await Promise.all([call.answered, theirs.confirmed]);
    await Promise.all([call.untilHears(bob.toneHz), theirs.untilHears(alice.toneHz)]);
    const end = await call.hangUp();
    expect(end).to.include({ reason: 'hung up', clean: true });
    expect(await theirs.ended).to.include({ reason: 'remote hung up', clean: true });
    expect(call.audioReport()?.hearsHz).to.equal(theirs.audioReport()?.sendsHz);
    expect(theirs.audioReport()?.hearsHz).to.equal(call.audioReport()?.sendsHz);
    expect(sent(alice)).to.deep.equal(['REGISTER', 'INVITE', 'ACK', 'BYE']);
    expect(sent(bob)).to.deep.equal(['REGISTER', '180 Ringing (INVITE)', '200 OK (INVITE)', '200 OK (BYE)']);
  });

  it('a call is refused, and the refusal acknowledged', async () => {
    const { alice, bob } = await pair();
    bob.onIncoming((call) => call.reject());
    const call = alice.call(BOB);
    expect(await call.ended).to.include({ reason: 'refused', status: 486 });
    await until(bob, () => received(bob).includes('ACK'));
  });

  it('a ringing call is cancelled', async () => {
    const { alice, bob } = await pair();
    bob.onIncoming((call) => call.ring());
    const call = alice.call(BOB);
    call.on('ringing', () => void call.hangUp());
    expect(await call.ended).to.include({ reason: 'cancelled', clean: true, status: 487 });
    expect(sent(bob).slice(1)).to.deep.equal(['180 Ringing (INVITE)', '200 OK (CANCEL)', '487 Request Terminated (INVITE)']);
  });

  it('both sides may change the session by re-INVITE, and either may hang up', async () => {
    const { alice, bob } = await pair({ audio: true });
    const { call, theirs } = await established(alice, bob);
    expect(await call.reinvite('sendonly')).to.equal(200);
    expect(await theirs.reinvite()).to.equal(200);
    expect(await theirs.hangUp()).to.include({ clean: true });
    expect(await call.ended).to.include({ reason: 'remote hung up' });
  });

  it('the same INVITE under another branch is a merged request: 482', async () => {
    const { alice, bob } = await pair();
    bob.onIncoming((call) => call.ring());
    const call = alice.call(BOB);
    await once(call, 'ringing');
    const invite = alice.messages.find((message) => message.summary === 'INVITE' && message.direction === 'out')!;
    const copy = await NetworkPhone.open({ user: 'copy', domain: DOMAIN, outbound: [relays[0].text], address: '127.0.0.25' });
    phones.push(copy);
    const tag = /From:.*tag=(\w+)/.exec(invite.text)?.[1] ?? '';
    const response = await copy.request({
      method: 'INVITE',
      uri: BOB,
      headers: { from: { uri: alice.identity, params: { tag } }, 'call-id': call.callId },
    });
    expect(response.status).to.equal(482);
  });

  it('FIG. 4: the primary dies while the phone rings, 200, ACK and BYE go through the backup', async () => {
    const { alice, bob } = await pair({ aware: true });
    const incoming = nextCall(bob);
    const call = alice.call(BOB);
    const theirs = await incoming;
    theirs.ring();
    await once(call, 'ringing');
    await relays[0].kill();
    await theirs.answer();
    await Promise.all([call.answered, theirs.confirmed]);
    expect(await call.hangUp()).to.include({ clean: true });
    expect(theirs.rings).to.equal(1);
    expect(bob.notices.map((notice) => notice.peer)).to.deep.equal([relays[0].text]);
    const answers = bob.messages.filter((message) => message.summary === '200 OK (INVITE)');
    expect(answers.map((message) => [message.peer, message.note])).to.deep.equal([
      [relays[0].text, undefined],
      [relays[1].text, 'alternate: no such port (ICMP)'],
    ]);
    expect(answers[0]?.text).to.equal(answers[1]?.text);
    const acks = bob.messages.filter((message) => message.summary === 'ACK' || message.summary === 'BYE');
    expect(acks.map((message) => message.peer)).to.deep.equal([relays[1].text, relays[1].text]);
  });

  it('a dead first address costs a stock phone one ICMP, and an aware one no new branch', async () => {
    const { alice, bob } = await pair({ aware: true });
    await relays[0].kill();
    const { call } = await established(alice, bob);
    const invites = alice.messages.filter((message) => message.summary === 'INVITE');
    expect(invites.map((message) => message.peer)).to.deep.equal([relays[0].text, relays[1].text]);
    expect(invites[0]?.text).to.equal(invites[1]?.text);
    expect(await call.hangUp()).to.include({ clean: true });
  });

  it('a silent primary is passed by after hedge, in every message of a call', async () => {
    const { alice, bob } = await pair({ aware: true });
    const { call, theirs } = await established(alice, bob);
    relays[0].deaf = true;
    expect(await call.reinvite()).to.equal(200);
    expect(await theirs.reinvite()).to.equal(200);
    expect(await call.hangUp()).to.include({ clean: true });
    const notes = [...alice.messages, ...bob.messages].map((message) => message.note ?? '');
    expect(notes.filter((note) => note === 'alternate: silence')).to.have.length(2);
  });

  it('an ACK lost in a silent primary is repeated on all paths when the 200 comes again', async () => {
    const { alice, bob } = await pair({ aware: true });
    relays[0].drops.add('ACK');
    const { theirs } = await established(alice, bob);
    await theirs.confirmed;
    const acks = alice.messages.filter((message) => message.summary === 'ACK');
    expect(acks.slice(0, 3).map((message) => message.peer)).to.deep.equal([relays[0].text, relays[0].text, relays[1].text]);
    expect(acks[2]?.note).to.equal('all paths: the 2xx came twice');
  });

  it('a challenge is answered once, with a new CSeq number, and CANCEL follows the second INVITE', async () => {
    for (const relay of relays) for (const method of ['REGISTER', 'INVITE']) relay.challenges.add(method);
    const { alice, bob } = await pair({ password: 'secret' });
    bob.onIncoming((call) => call.ring());
    const call = alice.call(BOB);
    call.on('ringing', () => void call.hangUp());
    expect(await call.ended).to.include({ reason: 'cancelled', clean: true });
    const numbers = alice.messages.filter((message) => message.direction === 'out').map((message) => /CSeq: (.*)/.exec(message.text)?.[1]);
    expect(firsts(numbers)).to.deep.equal(['1 REGISTER', '2 REGISTER', '1 INVITE', '1 ACK', '2 INVITE', '2 CANCEL', '2 ACK']);
  });

  it('without a password, and with one that does not help, a challenge is a refusal', async () => {
    const { alice } = await pair();
    relays[0].challenges.add('INVITE');
    const call = alice.call(BOB);
    expect(await call.ended).to.include({ reason: 'refused', status: 407 });
    let status: unknown;
    relays[0].challenges.add('REGISTER');
    await alice.register().catch((error: { status?: number }) => (status = error.status));
    expect(status).to.equal(407);
  });

  it('the 2xx of another fork is acknowledged and ended, and the call stays with the first', async () => {
    const { alice, bob } = await pair();
    const { call, theirs } = await established(alice, bob);
    const answer = alice.messages.find((message) => message.summary === '200 OK (INVITE)')!;
    const other = await NetworkPhone.open({ user: 'other', domain: DOMAIN, outbound: [], address: '127.0.0.26' });
    phones.push(other);
    // What a fork's second callee would have sent, through the first relay.
    const invite = bob.messages.find((message) => message.summary === 'INVITE')!;
    const vias = invite.text.match(/^Via: .*\r\n/gm)!.join('');
    const text = answer.text
      .replace(/^Via: .*\r\n/gm, '')
      .replace('\r\n', `\r\n${vias}`)
      .replace(/(To: .*tag=)\w+/, '$1fork')
      .replace(/sip:bob@127.0.0.24:\d+/, `sip:other@127.0.0.26:${other.port}`);
    relays[0].inject(Buffer.from(text, 'latin1'));
    await until(other, () => other.messages.filter((message) => message.direction === 'in').length >= 2);
    expect(received(other)).to.deep.equal(['ACK', 'BYE']);
    expect(call.currentState).to.equal('up');
    await theirs.hangUp();
  });

  it('an address in use is seen', async () => {
    const { alice } = await pair();
    let code: unknown;
    await NetworkPhone.open({ user: 'eve', domain: DOMAIN, outbound: [], address: alice.address, port: alice.port }).catch(
      (error: NodeJS.ErrnoException) => (code = error.code),
    );
    expect(code).to.equal('EADDRINUSE');
  });

  it('a closed phone leaves its port', async () => {
    const { alice, bob } = await pair();
    await alice.close();
    const again = await NetworkPhone.open({ user: 'a', domain: DOMAIN, outbound: [], address: alice.address, port: alice.port });
    await again.close();
    expect(bob.port).to.be.greaterThan(0);
  });

  async function pair(extra: Partial<PhoneOptions> = {}): Promise<{ alice: NetworkPhone; bob: NetworkPhone }> {
    const common = { domain: DOMAIN, outbound: relays.map((relay) => relay.text), timers: { t1: 60 }, audio: false, ...extra };
    const alice = await NetworkPhone.open({ ...common, user: 'alice', address: '127.0.0.23' });
    const bob = await NetworkPhone.open({ ...common, user: 'bob', address: '127.0.0.24' });
    phones.push(alice, bob);
    await Promise.all([alice.register(), bob.register()]);
    return { alice, bob };
  }
});

async function established(
  alice: NetworkPhone,
  bob: NetworkPhone,
): Promise<{ call: ReturnType<NetworkPhone['call']>; theirs: IncomingCall }> {
  const incoming = nextCall(bob);
  const call = alice.call(BOB);
  const theirs = await incoming;
  theirs.ring();
  await theirs.answer();
  await Promise.all([call.answered, theirs.confirmed]);
  return { call, theirs };
}

function nextCall(phone: NetworkPhone): Promise<IncomingCall> {
  return new Promise((resolve) => phone.onIncoming(resolve));
}

function once(call: ReturnType<NetworkPhone['call']>, event: 'ringing'): Promise<void> {
  return new Promise((resolve) => call.once(event, () => resolve()));
}

/** Settles when it holds, which is looked at with every message of the phone. */
async function until(phone: NetworkPhone, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      const unwatch = phone.watch(() => {
        unwatch();
        resolve();
      });
    });
  }
}

function sent(phone: NetworkPhone): string[] {
  return firsts(phone.messages.filter((message) => message.direction === 'out').map((message) => message.summary));
}

function received(phone: NetworkPhone): string[] {
  return firsts(phone.messages.filter((message) => message.direction === 'in').map((message) => message.summary));
}

/** Without what comes twice in a row: a retransmission is no step of its own. */
function firsts<T>(list: readonly T[]): T[] {
  return list.filter((each, index) => index === 0 || each !== list[index - 1]);
}
