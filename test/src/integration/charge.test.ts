// Who is in charge (ARCHITECTURE "Who is in charge"): both nodes may carry a call although nobody died. Then only a node that has itself heard
// downstream, or that is alone, starts something of its own; slow calls end as their users wanted.
import { expect } from 'chai';
import { ackOf, request } from './messages.js';
import { A, B, scene, type Scene, type SceneOptions, timersOf, withSettings } from './scene.js';
import type { SipMessage } from '@altpath/sip';

/** The caller's INVITE at both nodes, as a hedge makes it. */
function hedged(options: SceneOptions = {}): Scene {
  const made = scene(options);
  for (const node of [A, B]) made.caller.send(node, request('INVITE', made.caller, 'bob'));
  made.net.run(20);
  return made;
}

/** The telephone answers each copy of an INVITE where the first one came from, as stock ones do. */
function first(made: Scene): SipMessage {
  return made.bob.request('INVITE');
}

function finals(statuses: readonly number[]): number[] {
  return statuses.filter((each) => each >= 200);
}

describe('who is in charge', () => {
  it('joined copies each get the responses with their own Via stack', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(20);
    const moved = net.endpoint('10.1.0.1:5099');
    moved.send(A, request('INVITE', caller, 'bob', { via: 'SIP/2.0/UDP 10.1.0.1:5060;rport;branch=z9hG4bKsecond;x=own' }));
    net.run(20);
    expect(bob.requests('INVITE')).to.have.length(1);
    expect(a.count('sip.request.joined INVITE')).to.equal(1);
    bob.reply(bob.request('INVITE'), 180);
    bob.reply(bob.request('INVITE'), 486);
    net.run(50);
    expect(caller.responses(180)).to.have.length(1);
    expect(moved.responses(180)).to.have.length(1);
    expect(caller.response(486).topVia.branch).to.equal('z9hG4bKfirst');
    expect(moved.response(486).topVia.text).to.equal('SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKsecond;x=own;rport=5099;received=10.1.0.1');
    expect(moved.response(486).vias).to.have.length(1);
  });

  it('a joined copy with a longer Via stack gets all of it back', () => {
    const { net, caller, bob } = scene();
    const proxy = net.endpoint('10.1.0.50:5060');
    const below = 'Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKbelow;x="a;b"';
    for (const branch of ['z9hG4bKone', 'z9hG4bKtwo']) {
      proxy.send(A, request('INVITE', caller, 'bob', { via: `SIP/2.0/UDP 10.1.0.50:5060;rport;branch=${branch}`, lines: [below] }));
    }
    net.run(20);
    bob.reply(bob.request('INVITE'), 180);
    net.run(20);
    expect(proxy.responses(180).map((each) => each.vias.map((via) => via.branch))).to.deep.equal([
      ['z9hG4bKone', 'z9hG4bKbelow'],
      ['z9hG4bKtwo', 'z9hG4bKbelow'],
    ]);
    expect(proxy.responses(180)[1]?.vias[1]?.text).to.equal('SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKbelow;x="a;b"');
  });

  it('a copy that joins while it rings gets a 100', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(20);
    bob.reply(bob.request('INVITE'), 180);
    net.run(20);
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bKsecond' }));
    net.run(20);
    expect(caller.responses(100).map((each) => each.topVia.branch)).to.deep.equal(['z9hG4bKsecond']);
  });

  it('a node that has heard nothing makes no 408 at Timer B while another is up', () => {
    const made = hedged({ settings: withSettings({ timers: timersOf(100) }) });
    made.net.run(31_000);
    expect(finals(made.caller.statuses())).to.deep.equal([]);
  });

  it('after max(64 T1, 32 s) it asks the others; when none has heard anything it answers 408', () => {
    const made = hedged({ settings: withSettings({ timers: timersOf(100) }) });
    made.net.run(32_200);
    expect(made.a.told.map((each) => each.topic)).to.deep.equal(['sip.heard?']);
    expect(finals(made.caller.statuses())).to.deep.equal([]);
    made.net.run(400);
    expect(new Set(finals(made.caller.statuses()))).to.deep.equal(new Set([408]));
  });

  it('with long timers Timer B comes first', () => {
    const made = hedged({ settings: withSettings({ timers: timersOf(1_000) }) });
    made.net.run(63_900);
    expect(made.a.told).to.deep.equal([]);
    made.net.run(1_000);
    expect(finals(made.caller.statuses())).to.not.deep.equal([]);
  });

  it('the other has heard something: it stays silent for good', () => {
    const made = hedged({ settings: withSettings({ timers: timersOf(100) }) });
    made.bob.reply(first(made), 180);
    made.net.run(60_000);
    expect(made.b.told.map((each) => each.topic)).to.deep.equal(['sip.heard?']);
    expect(finals(made.caller.statuses())).to.deep.equal([]);
    expect(made.bob.requests('CANCEL')).to.have.length(0);
    made.bob.reply(first(made), 200);
    made.net.run(50);
    expect(finals(made.caller.statuses())).to.deep.equal([200]);
  });

  it('alone, because the others are held for down, it answers 408 at Timer B', () => {
    const made = scene();
    made.net.kill('b');
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(32_100);
    expect(finals(made.caller.statuses())).to.deep.equal([408]);
  });

  it('starts no next serial target while it has heard nothing and another is up, but asks when the time has come', () => {
    const made = hedged({ bobs: ['0.9', '0.5'], settings: withSettings({ proxy: { fork: 'serial' } }) });
    made.bob.reply(first(made), 180);
    made.net.run(19_900);
    expect(made.bobs[1]?.requests('INVITE')).to.have.length(0);
    made.net.run(700);
    const sources = made.bobs[1]?.requests('INVITE').map((each) => made.bobs[1]?.sourceOf(each));
    expect(new Set(sources)).to.deep.equal(new Set([A]));
    expect(made.b.told.map((each) => each.topic)).to.include('sip.heard?');
  });

  it('nobody has heard anything from a serial target: the next one is tried all the same', () => {
    const made = hedged({ bobs: ['0.9', '0.5'], settings: withSettings({ proxy: { fork: 'serial' } }) });
    made.net.run(20_500);
    const [one, two] = made.bobs[1]?.requests('INVITE') ?? [];
    expect(one).to.not.equal(undefined);
    expect(two === undefined || two.transactionKey === one?.transactionKey).to.equal(true);
  });

  it('a serial target keeps its time although a short Timer B is over', () => {
    const made = hedged({ bobs: ['0.9', '0.5'], settings: withSettings({ proxy: { fork: 'serial' }, timers: timersOf(100) }) });
    made.net.run(19_000);
    expect(made.bobs[1]?.requests('INVITE')).to.have.length(0);
    made.bob.reply(first(made), 180);
    made.net.run(500);
    expect(made.caller.responses(180)).to.have.length(1);
  });

  it('cancels nothing at Timer C, where the other has heard', () => {
    const made = hedged();
    made.bob.reply(first(made), 180);
    made.net.run(179_000);
    made.bob.reply(first(made), 180);
    made.net.run(100_000);
    expect(made.bob.requests('CANCEL')).to.have.length(0);
    expect(finals(made.caller.statuses())).to.deep.equal([]);
  });

  it('what one node has answered late is not repeated by the other to a telephone that has forgotten it', () => {
    const made = hedged();
    made.net.run(1_000);
    made.bob.reply(first(made), 180);
    made.bob.reply(first(made), 486);
    made.net.run(100);
    made.caller.send(A, ackOf(made.caller.response(486), made.caller, 'bob'));
    const before = made.bob.requests('INVITE').length;
    made.net.run(60_000);
    expect(made.bob.requests('INVITE')).to.have.length(before);
    expect(new Set(finals(made.caller.statuses()))).to.deep.equal(new Set([486]));
  });

  it('a caller that asked both hears the late failure from both, so that it need not wait for the silent one', () => {
    const made = hedged();
    made.net.run(10_000);
    made.bob.reply(first(made), 486);
    made.net.run(10);
    expect(made.caller.responses(486).map((each) => made.caller.sourceOf(each))).to.have.members([A, B]);
  });

  for (const status of [302, 401, 407]) {
    it(`but a ${status} only from the one that has it whole`, () => {
      const made = hedged();
      made.net.run(10_000);
      made.bob.reply(first(made), status);
      made.net.run(100_000);
      expect(new Set(made.caller.responses(status).map((each) => made.caller.sourceOf(each)))).to.deep.equal(new Set([A]));
      expect(new Set(finals(made.caller.statuses()))).to.deep.equal(new Set([status]));
    });
  }
});

describe('slow calls that both nodes carry, although nobody died', () => {
  for (const t1 of [100, 500]) {
    const slow: SceneOptions = { settings: withSettings({ timers: timersOf(t1) }) };

    it(`rings after 10 s, answers after 30 s (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(10_000);
      made.bob.reply(first(made), 180);
      made.net.run(20_000);
      made.bob.reply(first(made), 200);
      made.net.run(100);
      const ok = made.caller.response(200);
      for (const node of [A, B])
        made.caller.send(
          node,
          request('ACK', made.caller, 'bob', { uri: 'sip:bob@10.1.0.11:5060', toTag: ok.toTag, branch: 'z9hG4bKack' }),
        );
      made.net.run(200_000);
      expect(made.caller.statuses().filter((each) => each > 100)).to.deep.equal([180, 200]);
      expect(made.bob.requests('CANCEL')).to.have.length(0);
      expect(new Set(made.bob.requests('INVITE').map((each) => each.transactionKey)).size).to.equal(1);
    });

    it(`answers after 30 s without a word before (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(30_000);
      made.bob.reply(first(made), 200);
      made.net.run(100_000);
      expect(made.caller.statuses().filter((each) => each > 100)).to.deep.equal([200]);
    });

    it(`rings after 10 s, is refused after 30 s (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(10_000);
      made.bob.reply(first(made), 180);
      made.net.run(20_000);
      made.bob.reply(first(made), 486);
      made.net.run(10);
      for (const refusal of made.caller.responses(486)) made.caller.send(made.caller.sourceOf(refusal), ackOf(refusal, made.caller, 'bob'));
      made.net.run(100_000);
      expect(made.caller.statuses().filter((each) => each > 100)).to.deep.equal([180, 486, 486]);
    });

    it(`rings after 10 s and fails after 12 s: the telephone's own word counts (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(10_000);
      made.bob.reply(first(made), 180);
      made.net.run(2_000);
      made.bob.reply(first(made), 500);
      made.net.run(10);
      expect(new Set(finals(made.caller.statuses()))).to.deep.equal(new Set([500]));
    });

    it(`rings after 10 s and is given up by the caller after 30 s (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(10_000);
      made.bob.reply(first(made), 180);
      made.net.run(20_000);
      for (const node of [B, A]) made.caller.send(node, request('CANCEL', made.caller, 'bob'));
      made.net.run(50);
      expect(made.bob.requests('CANCEL').length).to.be.above(0);
      made.bob.reply(made.bob.request('CANCEL'), 200);
      made.bob.reply(first(made), 487);
      made.net.run(10);
      for (const node of [A, B]) made.caller.send(node, ackOf(made.caller.response(487), made.caller, 'bob'));
      made.net.run(100_000);
      expect(new Set(made.caller.statuses().filter((each) => each > 100))).to.deep.equal(new Set([180, 487]));
      expect(made.caller.statuses('CANCEL')).to.deep.equal([200, 200]);
    });

    it(`the 180 came through one node and the 200 through the other (T1 ${t1} ms)`, () => {
      const made = hedged(slow);
      made.net.run(10_000);
      made.bob.reply(first(made), 180);
      made.net.run(20_000);
      made.bob.reply(first(made), 200, { to: B });
      made.net.run(100);
      expect(finals(made.caller.statuses())).to.deep.equal([200]);
      made.net.run(200_000);
      expect(finals(made.caller.statuses())).to.deep.equal([200]);
      expect(made.bob.requests('CANCEL')).to.have.length(0);
      for (const node of [made.a, made.b]) expect(node.adapter.status(made.net.now).transactions).to.equal(0);
    });
  }
});
