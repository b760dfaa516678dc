// RFC 3261 §16.7 and §16.8: responses on their way back, forks, and the end of a response context.
import { expect } from 'chai';
import type { SipMessage } from '@altpath/sip';
import { ackOf, register, request } from './messages.js';
import { A, expectStatuses, scene, type Scene, type SceneOptions, timersOf, withSettings } from './scene.js';
import type { Endpoint } from './simulation.js';

/** One node, so that it is in charge of everything; bob has this many telephones, and each has got the INVITE. */
function called(telephones = 1, options: SceneOptions = {}): Scene & { readonly invites: readonly SipMessage[] } {
  const made = scene({ nodes: ['a'], bobs: new Array<undefined>(telephones).fill(undefined), ...options });
  made.caller.send(A, request('INVITE', made.caller, 'bob'));
  made.net.run(50);
  return { ...made, invites: made.bobs.map((each) => each.requests('INVITE')[0] as SipMessage) };
}

function answer(made: ReturnType<typeof called>, telephone: number, status: number, options: Parameters<Endpoint['reply']>[2] = {}): void {
  (made.bobs[telephone] as Endpoint).reply(made.invites[telephone] as SipMessage, status, options);
  made.net.run(50);
}

describe('100 Trying (RFC 4320 for what is no INVITE)', () => {
  it('over UDP it goes out with the first downstream 100', () => {
    const made = called();
    expectStatuses(made.caller, 'INVITE', []);
    answer(made, 0, 100);
    expectStatuses(made.caller, 'INVITE', [100]);
    expect(made.caller.response(100).toTag).to.equal('');
  });

  it('a downstream 180 is an answer by itself', () => {
    const made = called();
    answer(made, 0, 180);
    expectStatuses(made.caller, 'INVITE', [180]);
  });

  it('at the latest after 7 T1', () => {
    const { net, caller } = called();
    net.run(3_400);
    expectStatuses(caller, 'INVITE', []);
    net.run(200);
    expectStatuses(caller, 'INVITE', [100]);
  });

  it('the 100 of a downstream hop is not passed on when one of ours has gone out', () => {
    const made = called();
    made.net.run(3_600);
    answer(made, 0, 100);
    expectStatuses(made.caller, 'INVITE', [100]);
  });

  it('at once where the file says immediate', () => {
    const { caller } = called(1, { settings: withSettings({ proxy: { trying: 'immediate' } }) });
    expectStatuses(caller, 'INVITE', [100]);
    expect(caller.heardAt(100)).to.be.below(140);
  });

  it('gives the Timestamp of the request back', () => {
    const { net, caller } = scene({ nodes: ['a'], settings: withSettings({ proxy: { trying: 'immediate' } }) });
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Timestamp: 54.21'] }));
    net.run(50);
    expect(caller.response(100).header('Timestamp')).to.equal('54.21');
  });

  it('a non-INVITE gets none before Timer E has grown to T2, and one then (RFC 4320 §4.1)', () => {
    const { net, caller, bob } = scene({ nodes: ['a'] });
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('MESSAGE'), 100);
    bob.reply(bob.request('MESSAGE'), 182);
    net.run(3_300);
    expectStatuses(caller, 'MESSAGE', []);
    net.run(300);
    expectStatuses(caller, 'MESSAGE', [100]);
  });
});

describe('one branch', () => {
  it('our Via goes, everything else of the response stays', () => {
    const made = called();
    answer(made, 0, 200, { lines: ['X-Anything: as   it  was', 'Supported: outbound'] });
    const ok = made.caller.response(200);
    expect(ok.vias.map((each) => each.text)).to.deep.equal(['SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKfirst;rport=5060;received=10.1.0.1']);
    expect(ok.bytes.toString('latin1')).to.contain('\r\nX-Anything: as   it  was\r\nSupported: outbound\r\n');
    expect(ok.recordRoutes).to.have.length(1);
  });

  it('each provisional response goes up as it comes', () => {
    const made = called();
    for (const status of [180, 181, 183, 199]) answer(made, 0, status);
    expectStatuses(made.caller, 'INVITE', [180, 181, 183, 199]);
  });

  it('retransmissions from upstream are absorbed and get the last answer', () => {
    const { net, caller, bob } = called();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [180, 180]);
    expect(bob.requests('INVITE')).to.have.length(1);
  });

  it('is repeated by Timer A until something is heard', () => {
    const { net, bob } = called();
    net.run(1_600);
    expect(bob.requests('INVITE')).to.have.length(3);
    bob.reply(bob.request('INVITE'), 100);
    net.run(10_000);
    expect(bob.requests('INVITE')).to.have.length(3);
    expect(new Set(bob.requests('INVITE').map((each) => each.bytes.toString('latin1'))).size).to.equal(1);
  });

  it('a failure is acknowledged hop by hop: downstream with our Via alone, upstream by its own transaction', () => {
    const made = called();
    answer(made, 0, 486);
    const [ack] = made.bob.requests('ACK');
    expect(ack?.topVia.branch).to.equal(made.invites[0]?.topVia.branch);
    expect(ack?.vias).to.have.length(1);
    expect(ack?.toTag).to.equal(made.bob.tag);
    expect(ack?.requestUri).to.equal(made.invites[0]?.requestUri);
    made.caller.send(A, ackOf(made.caller.response(486), made.caller, 'bob'));
    made.net.run(100);
    expect(made.bob.requests('ACK')).to.have.length(1);
  });

  it('a failure goes up again until it is acknowledged, and no longer', () => {
    const made = called();
    answer(made, 0, 486);
    made.net.run(2_000);
    const copies = made.caller.responses(486).length;
    expect(copies).to.equal(3);
    made.caller.send(A, ackOf(made.caller.response(486), made.caller, 'bob'));
    made.net.run(30_000);
    expect(made.caller.responses(486)).to.have.length(copies);
  });

  it('a failure that comes again is acknowledged again and goes up no second time', () => {
    const made = called();
    answer(made, 0, 486);
    made.caller.send(A, ackOf(made.caller.response(486), made.caller, 'bob'));
    answer(made, 0, 486);
    expect(made.bob.requests('ACK')).to.have.length(2);
    expectStatuses(made.caller, 'INVITE', [486]);
  });

  it('each copy of a 2xx goes up, and its ACK goes through', () => {
    const made = called();
    answer(made, 0, 200);
    answer(made, 0, 200);
    expectStatuses(made.caller, 'INVITE', [200, 200]);
    made.caller.send(A, request('ACK', made.caller, 'bob', { uri: 'sip:bob@10.1.0.11:5060', toTag: made.bob.tag, branch: 'z9hG4bKack' }));
    made.net.run(50);
    expect(made.bob.requests('ACK')).to.have.length(1);
  });

  it('a 2xx to something else than INVITE goes up once; a copy of the request gets it again', () => {
    const { net, caller, bob } = scene({ nodes: ['a'] });
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('MESSAGE'), 200);
    bob.reply(bob.request('MESSAGE'), 200);
    net.run(50);
    expectStatuses(caller, 'MESSAGE', [200]);
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'MESSAGE', [200, 200]);
    expect(bob.requests('MESSAGE')).to.have.length(1);
  });

  it('503 becomes 500: it is not this proxy that is overloaded (§16.7 step 6)', () => {
    const made = called();
    answer(made, 0, 503, { lines: ['Retry-After: 30'] });
    expectStatuses(made.caller, 'INVITE', [500]);
    expect(made.caller.response(500).has('Retry-After')).to.equal(false);
  });

  it('nobody answers an INVITE: 408 at Timer B', () => {
    const { net, caller } = called();
    net.run(31_900);
    expectStatuses(caller, 'INVITE', [100]);
    net.run(200);
    expectStatuses(caller, 'INVITE', [100, 408]);
  });

  it('nobody answers something else: silence, as RFC 4320 §4.2 has it', () => {
    const { net, caller, a } = scene({ nodes: ['a'] });
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(60_000);
    expectStatuses(caller, 'MESSAGE', [100]);
    expect(a.adapter.status(net.now).transactions).to.equal(0);
  });

  it('a 408 to something else is not passed on (RFC 4320 §4.2)', () => {
    const { net, caller, bob } = scene({ nodes: ['a'] });
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('MESSAGE'), 408);
    net.run(60_000);
    expect(caller.responses(408, 'MESSAGE')).to.have.length(0);
  });

  it('a response without the Vias below ours is not forwarded', () => {
    const made = called();
    const text = made.bob.responseText(made.invites[0] as SipMessage, 180, {}, A).replace(/Via: SIP\/2\.0\/UDP 10\.1\.0\.1.*\r\n/, '');
    made.bob.send(A, text);
    made.net.run(50);
    for (const each of made.net.crossed) expect(each.text).to.contain('Via:');
  });

  it('leaves nothing behind when all is over', () => {
    const made = called(3);
    answer(made, 0, 180);
    answer(made, 1, 486);
    answer(made, 2, 200);
    made.net.run(200_000);
    expect(made.a.adapter.status(made.net.now)).to.deep.equal({ protocol: 'sip', pending: 0, transactions: 0 });
  });
});

describe('parallel forking', () => {
  it('a 2xx goes up at once, and every other branch that rings is cancelled', () => {
    const made = called(3);
    answer(made, 0, 180);
    answer(made, 1, 180);
    answer(made, 1, 200);
    expect(made.caller.responses(200)).to.have.length(1);
    expect(made.bobs.map((each) => each.requests('CANCEL').length)).to.deep.equal([1, 0, 0]);
    expect(made.bobs[0]?.request('CANCEL').topVia.branch).to.equal(made.invites[0]?.topVia.branch);
  });

  it('a branch that has said nothing is cancelled as soon as it rings (§9.1)', () => {
    const made = called(2);
    answer(made, 0, 200);
    expect(made.bobs[1]?.requests('CANCEL')).to.have.length(0);
    answer(made, 1, 180);
    expect(made.bobs[1]?.requests('CANCEL')).to.have.length(1);
    expect(made.caller.responses(180)).to.have.length(0);
    answer(made, 1, 180);
    expect(made.bobs[1]?.requests('CANCEL')).to.have.length(1);
  });

  it('several 2xx all go up', () => {
    const made = called(2);
    answer(made, 0, 200);
    answer(made, 1, 200);
    expect(made.caller.responses(200).map((each) => each.toTag)).to.deep.equal(made.bobs.map((each) => each.tag));
  });

  it('failures are held until all are in', () => {
    const made = called(2);
    answer(made, 0, 486);
    made.net.run(5_000);
    expect(made.caller.statuses().filter((each) => each > 100)).to.deep.equal([]);
    answer(made, 1, 480);
    expect(made.caller.statuses().filter((each) => each > 100)).to.deep.equal([486]);
  });

  const choices: readonly [statuses: readonly number[], best: number][] = [
    [[486, 302], 302],
    [[500, 404], 404],
    [[404, 401], 401],
    [[480, 415], 415],
    [[484, 302], 302],
    [[503, 486], 486],
    [[503, 500], 500],
    [[486, 404], 486],
    [[302, 301], 302],
    [[403, 420], 420],
  ];
  for (const [statuses, best] of choices) {
    it(`of ${statuses.join(' and ')} the best is ${best} (§16.7 step 6)`, () => {
      const made = called(2);
      statuses.forEach((status, telephone) => answer(made, telephone, status));
      expectStatuses(made.caller, 'INVITE', [best]);
    });
  }

  it('a 6xx cancels the rest, waits for it and wins over any failure', () => {
    const made = called(3);
    answer(made, 0, 180);
    answer(made, 1, 302);
    answer(made, 2, 603);
    expect(made.bobs[0]?.requests('CANCEL')).to.have.length(1);
    expectStatuses(made.caller, 'INVITE', [180]);
    answer(made, 0, 487);
    expectStatuses(made.caller, 'INVITE', [180, 603]);
  });

  it('a 2xx that was on its way wins over a 6xx', () => {
    const made = called(2);
    answer(made, 0, 180);
    answer(made, 1, 603);
    answer(made, 0, 200);
    expect(made.caller.statuses()).to.deep.equal([180, 200]);
  });

  it('a 2xx that comes after a failure has gone up goes up all the same (§16.7 step 5)', () => {
    const made = called(2, { settings: withSettings({ timers: timersOf(100) }) });
    answer(made, 0, 486);
    made.net.run(6_500);
    expect(made.caller.statuses().at(-1)).to.equal(486);
    answer(made, 1, 200);
    expect(made.caller.responses(200)).to.have.length(1);
    made.net.run(5_000);
    expect(made.caller.responses(200), 'repeated by its sender alone').to.have.length(1);
    expect(made.caller.statuses().at(-1)).to.equal(486);
  });

  it('a 401 and a 407 take the challenges of all others along (§16.7 step 7)', () => {
    const made = called(3);
    answer(made, 0, 401, { lines: ['WWW-Authenticate: Digest realm="one", nonce="1"'] });
    answer(made, 1, 407, {
      lines: ['Proxy-Authenticate: Digest realm="two", nonce="2"', 'Proxy-Authenticate: Digest realm="three", nonce="3"'],
    });
    answer(made, 2, 401, { lines: ['WWW-Authenticate: Digest realm="four", nonce="4"'] });
    const refusal = made.caller.response(401);
    expect(refusal.headerValues('WWW-Authenticate').join()).to.match(/one.*four|four.*one/);
    expect(refusal.headerValues('WWW-Authenticate')).to.have.length(2);
    expect(refusal.headerValues('Proxy-Authenticate')).to.have.length(2);
  });

  it('a branch that never answers counts as 408, and is worth less than what tells more', () => {
    const made = called(2);
    answer(made, 0, 500);
    made.net.run(33_000);
    expect(made.caller.statuses().at(-1)).to.equal(408);
  });

  it('a copy with another upstream branch gets the failure that has gone up, challenges and all', () => {
    const made = called(2);
    answer(made, 0, 401, { lines: ['WWW-Authenticate: Digest realm="one", nonce="1"'] });
    answer(made, 1, 401, { lines: ['WWW-Authenticate: Digest realm="two", nonce="2"'] });
    made.caller.send(A, request('INVITE', made.caller, 'bob', { branch: 'z9hG4bKsecond' }));
    made.net.run(50);
    const late = made.caller.responses(401).find((each) => each.topVia.branch === 'z9hG4bKsecond');
    expect(late?.headerValues('WWW-Authenticate')).to.have.length(2);
    expect(made.bob.requests('INVITE')).to.have.length(1);
  });
});

describe('serial forking', () => {
  const serial: SceneOptions = { bobs: ['0.9', '0.5', '0.1'], settings: withSettings({ proxy: { fork: 'serial' } }) };

  it('goes by q, one target after the other', () => {
    const made = called(3, serial);
    expect(made.bobs.map((each) => each.requests('INVITE').length)).to.deep.equal([1, 0, 0]);
    answer(made, 0, 486);
    expect(made.bobs.map((each) => each.requests('INVITE').length)).to.deep.equal([1, 1, 0]);
    expectStatuses(made.caller, 'INVITE', []);
  });

  it('the best of all failures goes up in the end', () => {
    const made = called(3, serial);
    answer(made, 0, 486);
    made.bobs[1]?.reply(made.bobs[1].request('INVITE'), 302);
    made.net.run(50);
    made.bobs[2]?.reply(made.bobs[2].request('INVITE'), 404);
    made.net.run(50);
    expectStatuses(made.caller, 'INVITE', [302]);
  });

  it('who rings for too long is cancelled, and the next one is tried', () => {
    const made = called(3, serial);
    answer(made, 0, 180);
    made.net.run(20_000);
    expect(made.bobs[0]?.requests('CANCEL')).to.have.length(1);
    expect(made.bobs[1]?.requests('INVITE')).to.have.length(1);
  });

  it('who is silent for too long is listened to no more than until it rings', () => {
    const made = called(3, serial);
    made.net.run(20_000);
    expect(made.bobs[0]?.requests('CANCEL')).to.have.length(0);
    expect(made.bobs[1]?.requests('INVITE')).to.have.length(1);
    answer(made, 0, 180);
    expect(made.bobs[0]?.requests('CANCEL')).to.have.length(1);
    expect(made.caller.responses(200)).to.have.length(0);
  });

  it('a target that had its time is not tried at its other addresses', () => {
    const made = scene({ nodes: ['a'], ...serial, bobs: [] });
    const [one, two, other] = [11, 12, 61].map((n) => made.net.endpoint(`10.1.0.${n}:5060`)) as [Endpoint, Endpoint, Endpoint];
    one.send(A, register(one, 'bob', { q: '0.9', contact: 'sip:bob@10.1.0.11:5060;alternatePath=10.1.0.61' }));
    two.send(A, register(two, 'bob', { q: '0.5' }));
    made.net.run(50);
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    one.reply(one.request('INVITE'), 180);
    made.net.run(20_050);
    one.reply(one.request('INVITE'), 503);
    made.net.run(50);
    expect(two.requests('INVITE')).to.have.length(1);
    expect(other.requests('INVITE')).to.have.length(0);
  });

  it('a late 200 of an earlier target is passed on and ends the search', () => {
    const made = called(3, serial);
    answer(made, 0, 180);
    made.net.run(20_000);
    answer(made, 0, 200);
    made.bobs[1]?.reply(made.bobs[1].request('INVITE'), 180);
    made.net.run(50);
    expect(made.caller.responses(200)).to.have.length(1);
    expect(made.bobs[1]?.requests('CANCEL')).to.have.length(1);
    expect(made.bobs[2]?.requests('INVITE')).to.have.length(0);
  });

  it('a 6xx ends the search (§16.7 step 5)', () => {
    const made = called(3, serial);
    answer(made, 0, 603);
    expectStatuses(made.caller, 'INVITE', [603]);
    expect(made.bobs[1]?.requests('INVITE')).to.have.length(0);
  });
});

describe('Timer C (§16.8)', () => {
  it('a branch that rings for three minutes is cancelled, and its 487 goes up', () => {
    const made = called();
    answer(made, 0, 180);
    made.net.run(179_000);
    expect(made.bob.requests('CANCEL')).to.have.length(0);
    made.net.run(1_000);
    expect(made.bob.requests('CANCEL')).to.have.length(1);
    answer(made, 0, 487);
    expectStatuses(made.caller, 'INVITE', [180, 487]);
  });

  it('each provisional response but a 100 starts it again', () => {
    const made = called();
    answer(made, 0, 180);
    made.net.run(170_000);
    answer(made, 0, 180);
    made.net.run(170_000);
    expect(made.bob.requests('CANCEL')).to.have.length(0);
    answer(made, 0, 100);
    made.net.run(10_000);
    expect(made.bob.requests('CANCEL')).to.have.length(1);
  });

  it('whoever does not even answer the CANCEL is given 64 T1, then the caller hears 408', () => {
    const made = called();
    answer(made, 0, 180);
    made.net.run(180_000);
    expectStatuses(made.caller, 'INVITE', [180]);
    made.net.run(33_000);
    expect(made.caller.statuses()[1]).to.equal(408);
  });
});
