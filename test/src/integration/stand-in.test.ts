// A node that stands in for another with nothing but the message (ARCHITECTURE "Backup and a response", "Backup and a
// request", "Forks"; §3 tokens).
import { expect } from 'chai';
import type { SipMessage } from '@altpath/sip';
import { ackOf, register, request, routeOf } from './messages.js';
import { A, B, scene, type Scene, type SceneOptions, timersOf, withSettings } from './scene.js';
import type { Endpoint } from './simulation.js';

/** A carries a call that rings nowhere yet, and is dead for everybody. */
function orphaned(options: SceneOptions = {}): Scene & { readonly invite: SipMessage } {
  const made = scene(options);
  made.caller.send(A, request('INVITE', made.caller, 'bob'));
  made.net.run(50);
  made.net.kill('a');
  return { ...made, invite: made.bob.request('INVITE') };
}

describe('a response for a dead node', () => {
  for (const status of [180, 200, 302, 404, 486, 503, 603]) {
    it(`${status} goes on to the next Via`, () => {
      const { net, caller, bob, invite, b } = orphaned();
      bob.reply(invite, status, { to: B });
      net.run(50);
      expect(caller.statuses()).to.deep.equal([status]);
      expect(caller.response(status).vias).to.have.length(1);
      expect(b.count('sip.takeover primary-down')).to.equal(1);
    });
  }

  it('100 is for one hop only', () => {
    const { net, caller, bob, invite, b } = orphaned();
    bob.reply(invite, 100, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([]);
    expect(b.count('sip.response.absorbed trying')).to.equal(1);
  });

  it('Record-Route is rewritten to the node that stands in, in whatever forms the dialog, and nothing else is', () => {
    const { net, caller, bob, invite } = orphaned({ nodes: ['a', 'b', 'c'] });
    bob.reply(invite, 183, { to: B, lines: ['X-Other: <sip:10.0.0.1:5060;lr>'] });
    net.run(50);
    const entry = caller.response(183).recordRoutes[0];
    expect(entry?.uri).to.match(/^sip:10\.0\.0\.2:5060;lr;alternatePath=10\.0\.0\.1\+10\.0\.0\.3;pathToken=/);
    expect(entry?.parameters.get('alternatePath')).to.equal('10.0.0.1+10.0.0.3');
    expect(caller.response(183).header('X-Other')).to.equal('<sip:10.0.0.1:5060;lr>');
  });

  it('an entry of the cluster that its token does not cover is left alone, and counted', () => {
    const { net, caller, bob, invite, b } = orphaned();
    const text = bob
      .responseText(invite, 200, {}, A)
      .replace(/Record-Route: <sip:10\.0\.0\.1:5060;lr;alternatePath=10\.0\.0\.2;pathToken=k1\.\w/, '$&X');
    bob.send(B, text);
    net.run(50);
    expect(caller.response(200).recordRoutes[0]?.uri).to.match(/^sip:10\.0\.0\.1:5060/);
    expect(b.count('sip.rewrite.refused token')).to.equal(1);
  });

  it('a name of the cluster in Record-Route needs no rewriting', () => {
    const { net, caller, bob, invite } = orphaned({ settings: withSettings({ sipName: 'sip.sample2.test' }) });
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.response(200).recordRoutes[0]?.uri).to.match(/^sip:sip\.sample2\.test;lr/);
  });

  const forged: readonly [what: string, change: (text: string) => string][] = [
    ['the branch', (text) => text.replace(/branch=z9hG4bK(?=[\w-]{22};alt)/, 'branch=z9hG4bKx')],
    [
      'the next hop',
      (text) =>
        text
          .replace('rport=5060;received=10.1.0.1\r\nVia', 'rport=5060;received=10.1.0.1\r\nVia')
          .replace(';branch=z9hG4bKfirst;rport=5060;received=10.1.0.1', ';branch=z9hG4bKfirst;rport=5060;received=192.0.2.66'),
    ],
    ['the next port', (text) => text.replace(';branch=z9hG4bKfirst;rport=5060', ';branch=z9hG4bKfirst;rport=5066')],
    ['the next branch', (text) => text.replace('branch=z9hG4bKfirst', 'branch=z9hG4bKother')],
    ['the next transport', (text) => text.replace('SIP/2.0/UDP 10.1.0.1', 'SIP/2.0/TCP 10.1.0.1')],
    ['the list', (text) => text.replace('alternatePath=10.0.0.2;pathToken', 'alternatePath=192.0.2.66;pathToken')],
    ['the Call-ID', (text) => text.replace('call@10.1.0.1', 'call@10.1.0.9')],
    ['the CSeq number', (text) => text.replace('CSeq: 1 ', 'CSeq: 2 ')],
    ['the writer', (text) => text.replace('pathToken=k1.0.', 'pathToken=k1.1.')],
    ['the fork count', (text) => text.replace(/(pathToken=k1\.0\.\d+\.\d+)\.1\./, '$1.2.')],
    ['the key id', (text) => text.replace('pathToken=k1.', 'pathToken=k2.')],
    ['the signature', (text) => text.replace(/(pathToken=[\w.-]+\.)[\w-]{22}/, '$1AAAAAAAAAAAAAAAAAAAAAA')],
  ];
  for (const [what, change] of forged) {
    it(`is dropped and counted when ${what} is another than was signed`, () => {
      const { net, caller, bob, invite, b } = orphaned();
      const good = bob.responseText(invite, 200, {}, A);
      const text = change(good);
      expect(text).to.not.equal(good);
      const before = net.crossed.length;
      bob.send(B, text);
      net.run(50);
      expect(caller.statuses()).to.deep.equal([]);
      expect(net.crossed.length).to.equal(before + 1);
      expect(b.count('sip.response.dropped token-invalid')).to.equal(1);
    });
  }

  it('is dropped and counted without a token, and with one that has expired', () => {
    const { net, caller, bob, invite, b } = orphaned();
    bob.send(B, bob.responseText(invite, 200, {}, A).replace(/;pathToken=[^;\r]*(?=;received)/, ''));
    net.run(50);
    expect(b.count('sip.response.dropped token-missing')).to.equal(1);
    net.run(86_400_000 + 50_000);
    net.lose = () => false;
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.statuses(), 'within the skew').to.deep.equal([200]);
    net.run(20_000);
    bob.reply(invite, 180, { to: B });
    net.run(50);
    expect(b.count('sip.response.dropped token-expired')).to.equal(1);
  });

  it('of another cluster with other keys it is dropped', () => {
    const made = scene();
    const [other] = made.net.addCluster(['x', 'y'], { secret: 8 }, '10.0.1');
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    made.bob.send(
      '10.0.1.1:5060',
      made.bob.responseText(made.bob.request('INVITE'), 200, {}, A).replaceAll('SIP/2.0/UDP 10.0.0.1:5060', 'SIP/2.0/UDP 10.0.1.1:5060'),
    );
    made.net.run(50);
    expect(other?.count('sip.response.dropped token-invalid')).to.equal(1);
    expect(made.caller.statuses()).to.deep.equal([]);
  });

  it('a failure that is relayed is acknowledged end to end with the derived branch', () => {
    const { net, caller, bob, invite } = orphaned();
    bob.reply(invite, 486, { to: B });
    net.run(50);
    caller.send(B, ackOf(caller.response(486), caller, 'bob'));
    net.run(50);
    expect(bob.request('ACK').topVia.branch).to.equal(invite.topVia.branch);
    expect(bob.request('ACK').topVia.sentBy).to.equal(invite.topVia.sentBy);
  });

  it('the answer to something that a node asked for itself goes no further', () => {
    const { net, bob, b } = scene();
    const invite = request('INVITE', bob, 'x');
    bob.send(
      B,
      `SIP/2.0 200 OK\r\n${invite
        .split('\r\n')
        .slice(1)
        .join('\r\n')
        .replace(/Via: .*\r\n/, 'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKnobody\r\n')}`,
    );
    net.run(50);
    expect(b.count('sip.response.dropped token-missing')).to.equal(1);
  });
});

describe('a response for a live node', () => {
  function misdirected(): Scene & { readonly invite: SipMessage } {
    const made = scene();
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    return { ...made, invite: made.bob.request('INVITE') };
  }

  it('is left to it, untouched', () => {
    const { net, caller, bob, invite, b } = misdirected();
    bob.reply(invite, 180, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([180]);
    expect(caller.sourceOf(caller.response(180))).to.equal(A);
    expect(b.count('sip.response.left a')).to.equal(1);
    const [came] = net.crossed.filter((each) => each.from === bob.address && each.to === B);
    const [left] = net.crossed.filter((each) => each.from === B && each.to === A);
    expect(left?.text).to.equal(came?.text);
  });

  it('a failure that was passed on so is acknowledged where the INVITE went', () => {
    const { net, bob, invite } = misdirected();
    bob.reply(invite, 486, { to: B });
    net.run(50);
    expect(bob.requests('ACK').map((each) => bob.sourceOf(each))).to.deep.equal([A]);
    expect(net.between(A, B).filter((line) => line.startsWith('ACK'))).to.deep.equal([]);
  });

  it('a final that comes again is relayed here: the writer did not act', () => {
    const { net, caller, bob, invite, b } = misdirected();
    net.lose = (packet) => packet.to === A;
    bob.reply(invite, 200, { to: B });
    net.run(600);
    expect(caller.statuses()).to.deep.equal([]);
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([200]);
    expect(caller.sourceOf(caller.response(200))).to.equal(B);
    expect(b.count('sip.takeover primary-silent')).to.equal(1);
    expect(caller.response(200).recordRoutes[0]?.uri, 'the writer is up').to.match(/^sip:10\.0\.0\.1:5060/);
  });

  it('is taken back when the writer proves to be dead (ICMP), once', () => {
    const { net, caller, bob, invite, a } = misdirected();
    a.die();
    bob.reply(invite, 180, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([180]);
    expect(net.between(B, A)).to.have.length(1);
  });

  it('is taken back on suspicion', () => {
    const { net, caller, bob, invite, a, b } = misdirected();
    a.die(false);
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([]);
    b.peerState('a', 'suspect');
    net.run(50);
    expect(caller.statuses()).to.deep.equal([200]);
    expect(caller.response(200).recordRoutes[0]?.uri).to.match(/^sip:10\.0\.0\.2:5060/);
  });

  it('is taken back when the next heartbeat does not come', () => {
    const { net, caller, bob, invite, a, b } = misdirected();
    a.die(false);
    bob.reply(invite, 200, { to: B });
    net.run(10);
    expect(b.count('sip.response.left a')).to.equal(1);
    b.stale.add(0);
    net.run(200);
    expect(caller.statuses()).to.deep.equal([200]);
  });

  it('is not left to a node from which the last heartbeat is late', () => {
    const { net, caller, bob, invite, b } = misdirected();
    b.stale.add(0);
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.statuses()).to.deep.equal([200]);
    expect(b.count('sip.response.left a')).to.equal(0);
  });

  it('what was left long ago is not taken back', () => {
    const { net, caller, bob, invite, a, b } = misdirected();
    bob.reply(invite, 180, { to: B });
    net.run(3_000);
    a.die(false);
    b.peerState('a', 'down');
    net.run(50);
    expect(caller.statuses()).to.deep.equal([180]);
  });
});

describe('late answers', () => {
  it('a 2xx after Timer M goes up by its token', () => {
    const { net, caller, bob, a } = scene({ nodes: ['a'] });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('INVITE'), 200);
    net.run(40_000);
    bob.reply(bob.request('INVITE'), 200, { tag: 'another' });
    net.run(50);
    expect(caller.responses(200)).to.have.length(2);
    expect(a.count('sip.takeover own-without-transaction')).to.equal(1);
  });

  it('a 2xx after a restart goes up by its token, and the call goes on', () => {
    const { net, caller, bob, a } = scene({ nodes: ['a'] });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    a.restart();
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    const ok = caller.response(200);
    caller.send(
      A,
      request('BYE', caller, 'bob', {
        uri: 'sip:bob@10.1.0.11:5060',
        toTag: ok.toTag,
        cseq: 2,
        branch: 'z9hG4bKbye',
        lines: [routeOf(ok)],
      }),
    );
    net.run(50);
    expect(bob.requests('BYE')).to.have.length(1);
  });

  it('a response to something else than INVITE goes up by its token once; RFC 4320 wants it in time', () => {
    const { net, caller, bob, invite } = { ...orphanedMessage() };
    bob.reply(invite, 200, { to: B });
    net.run(50);
    expect(caller.statuses('MESSAGE')).to.deep.equal([200]);
  });

  function orphanedMessage(): Scene & { readonly invite: SipMessage } {
    const made = scene();
    made.caller.send(A, request('MESSAGE', made.caller, 'bob'));
    made.net.run(50);
    made.net.kill('a');
    return { ...made, invite: made.bob.request('MESSAGE') };
  }
});

describe('orphaned forks', () => {
  function forked(options: SceneOptions = {}): Scene & { readonly invites: readonly SipMessage[] } {
    const made = scene({ bobs: [undefined, undefined, undefined], ...options });
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    made.net.kill('a');
    return { ...made, invites: made.bobs.map((each) => each.request('INVITE')) };
  }

  function answer(made: ReturnType<typeof forked>, telephone: number, status: number): void {
    (made.bobs[telephone] as Endpoint).reply(made.invites[telephone] as SipMessage, status, { to: B });
    made.net.run(50);
  }

  it('every INVITE with several targets is told to the peers, in one datagram', () => {
    const made = forked();
    expect(made.a.told).to.have.length(1);
    const notice = JSON.parse(made.a.told[0]?.content ?? '') as { seed: string; targets: string[] };
    expect(notice.targets).to.have.members(made.bobs.map((each) => `sip:bob@${each.address}`));
  });

  it('a call to one telephone is not told', () => {
    const { net, caller, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(a.told).to.deep.equal([]);
  });

  it('18x goes up; a failure is held and acknowledged here; a 2xx goes up and cancels the rest', () => {
    const made = forked();
    answer(made, 0, 180);
    answer(made, 1, 486);
    expect(made.caller.statuses()).to.deep.equal([180]);
    expect(made.bobs[1]?.request('ACK').topVia.branch).to.equal(made.invites[1]?.topVia.branch);
    answer(made, 2, 200);
    expect(made.caller.statuses()).to.deep.equal([180, 200]);
    expect(made.bobs.map((each) => each.requests('CANCEL').length)).to.deep.equal([1, 1, 0]);
    expect(made.bobs[0]?.request('CANCEL').topVia.branch).to.equal(made.invites[0]?.topVia.branch);
    made.bobs[1]?.reply(made.bobs[1].request('CANCEL'), 481);
    answer(made, 0, 487);
    expect(made.caller.statuses()).to.deep.equal([180, 200]);
    expect(made.bobs[0]?.requests('ACK')).to.have.length(1);
  });

  it('all failed: the best goes up, and again until it is acknowledged', () => {
    const made = forked();
    answer(made, 0, 486);
    answer(made, 1, 302);
    expect(made.caller.statuses()).to.deep.equal([]);
    answer(made, 2, 500);
    expect(made.caller.statuses()).to.deep.equal([302]);
    made.net.run(600);
    expect(made.caller.statuses()).to.deep.equal([302, 302]);
    made.caller.send(B, ackOf(made.caller.response(302), made.caller, 'bob'));
    made.net.run(20_000);
    expect(made.caller.statuses()).to.deep.equal([302, 302]);
    expect(made.bobs.map((each) => each.requests('ACK').length)).to.deep.equal([1, 1, 1]);
  });

  it('a 6xx ends it for all', () => {
    const made = forked();
    answer(made, 0, 180);
    answer(made, 1, 603);
    expect(made.caller.statuses()).to.deep.equal([180, 603]);
    expect(made.bobs[0]?.requests('CANCEL')).to.have.length(1);
  });

  it('who rings when all is over is cancelled', () => {
    const made = forked();
    answer(made, 0, 200);
    for (const each of made.bobs.slice(1)) each.reply(each.request('CANCEL'), 481);
    made.net.run(6_000);
    answer(made, 1, 180);
    expect(made.bobs[1]?.requests('CANCEL').length).to.be.above(1);
    expect(made.caller.statuses()).to.deep.equal([200]);
  });

  it('a branch that never answers: what was held goes up at Timer C', () => {
    const made = forked();
    answer(made, 0, 486);
    answer(made, 1, 486);
    made.net.run(179_000);
    expect(made.caller.statuses()).to.deep.equal([]);
    made.net.run(2_000);
    expect(made.caller.statuses()[0]).to.equal(486);
  });

  it('without the told list it cancels all current contacts, if To names what was asked for', () => {
    const made = scene({ bobs: [undefined, undefined] });
    const told = made.b.adapter.told.bind(made.b.adapter);
    made.b.adapter.told = () => undefined;
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    made.b.adapter.told = told;
    made.net.kill('a');
    made.bobs[0]?.reply(made.bobs[0].request('INVITE'), 200, { to: B });
    made.net.run(50);
    expect(made.caller.statuses()).to.deep.equal([200]);
    expect(made.bobs[1]?.request('CANCEL').topVia.branch).to.equal(made.bobs[1]?.request('INVITE').topVia.branch);
  });

  it('with the told list it finds the branches although To names something else', () => {
    const made = scene({ bobs: [undefined, undefined] });
    made.caller.send(A, request('INVITE', made.caller, 'somebody-else', { uri: 'sip:bob@sample2.test' }));
    made.net.run(50);
    made.net.kill('a');
    made.bobs[0]?.reply(made.bobs[0].request('INVITE'), 200, { to: B });
    made.net.run(50);
    expect(made.bobs[1]?.request('CANCEL').topVia.branch).to.equal(made.bobs[1]?.request('INVITE').topVia.branch);
  });

  it('a failure of a target that nobody can name is acknowledged where it spoke from', () => {
    const made = scene({ bobs: [undefined, undefined] });
    const told = made.b.adapter.told.bind(made.b.adapter);
    made.b.adapter.told = () => undefined;
    made.caller.send(A, request('INVITE', made.caller, 'somebody-else', { uri: 'sip:bob@sample2.test' }));
    made.net.run(50);
    made.b.adapter.told = told;
    made.net.kill('a');
    made.bob.reply(made.bob.request('INVITE'), 486, { to: B });
    made.net.run(50);
    expect(made.bob.request('ACK').topVia.branch).to.equal(made.bob.request('INVITE').topVia.branch);
    expect(made.caller.statuses()).to.deep.equal([]);
  });

  it('a node that was restarted treats its own forks so', () => {
    const made = scene({ nodes: ['a'], bobs: [undefined, undefined] });
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    made.a.restart();
    made.bobs[0]?.reply(made.bobs[0].request('INVITE'), 486);
    made.net.run(50);
    expect(made.caller.statuses()).to.deep.equal([]);
    made.bobs[1]?.reply(made.bobs[1].request('INVITE'), 200);
    made.net.run(50);
    expect(made.caller.statuses()).to.deep.equal([200]);
  });

  it('many targets are told in several datagrams, none longer than a kilobyte', () => {
    const made = scene({ bobs: new Array<undefined>(10).fill(undefined), settings: withSettings({ timers: timersOf(500) }) });
    const long = 'x'.repeat(200);
    made.bobs.slice(0, 8).forEach((phone, i) => phone.send(A, register(phone, 'carol', { contact: `sip:${long}${i}@${phone.address}` })));
    made.net.run(50);
    made.caller.send(A, request('INVITE', made.caller, 'carol'));
    made.net.run(50);
    expect(made.a.told.length).to.be.above(1);
    for (const each of made.a.told) expect(each.content.length).to.be.below(1_000);
    made.net.kill('a');
    made.bobs[0]?.reply(made.bobs[0].request('INVITE'), 200, { to: B });
    made.net.run(50);
    expect(made.bobs.slice(1, 8).map((each) => each.requests('CANCEL').length)).to.deep.equal([1, 1, 1, 1, 1, 1, 1]);
  });

  it('what is no notice is dropped and counted', () => {
    const { b, net } = scene();
    for (const content of ['', '{', '[]', '{"seed":1,"targets":[]}', '{"seed":"x","targets":[1]}', '{"seed":"x"}'])
      b.adapter.told('sip.fork', content, 0, net.now);
    expect(b.count('sip.told.dropped fork')).to.equal(6);
    b.adapter.told('sip.nonsense', 'x', 0, net.now);
    expect(b.count('sip.told.dropped topic')).to.equal(1);
  });
});
