// CANCEL in every state (RFC 3261 §9, §16.10; ARCHITECTURE "Forks", "Derived branch").
import { expect } from 'chai';
import { ackOf, request } from './messages.js';
import { A, B, expectStatuses, scene, type SceneOptions, withSettings } from './scene.js';

function calling(options: SceneOptions = {}): ReturnType<typeof scene> {
  const made = scene(options);
  made.caller.send(A, request('INVITE', made.caller, 'bob'));
  made.net.run(50);
  return made;
}

describe('CANCEL with a response context here', () => {
  it('while it rings: 200 at once, a CANCEL of our own downstream, and the 487 goes up', () => {
    const { net, caller, bob } = calling();
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    const cancel = bob.request('CANCEL');
    const invite = bob.request('INVITE');
    expect(cancel.requestUri).to.equal(invite.requestUri);
    expect(cancel.vias.map((each) => each.text)).to.deep.equal([invite.topVia.text]);
    expect(cancel.header('To')).to.equal(invite.header('To'));
    expect(cancel.cseq).to.equal(invite.cseq);
    bob.reply(cancel, 200);
    bob.reply(invite, 487);
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expectStatuses(caller, 'INVITE', [180, 487]);
    expect(bob.requests('ACK')).to.have.length(1);
  });

  it('before any provisional response it waits for one', () => {
    const { net, caller, bob } = calling();
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(200);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(bob.requests('CANCEL')).to.have.length(0);
    bob.reply(bob.request('INVITE'), 100);
    net.run(50);
    expect(bob.requests('CANCEL')).to.have.length(1);
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    expect(bob.requests('CANCEL')).to.have.length(1);
  });

  it('of a telephone that never says anything ends with 487 on a node that is alone', () => {
    const { net, caller } = calling({ nodes: ['a'] });
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(33_000);
    expect(caller.statuses()).to.include(487);
  });

  it('a 200 that crossed it goes up all the same', () => {
    const { net, caller, bob } = calling();
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob'));
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    expect(caller.statuses()).to.deep.equal([180, 200]);
  });

  it('after the 200 it changes nothing', () => {
    const { net, caller, bob } = calling();
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(bob.requests('CANCEL')).to.have.length(0);
  });

  it('cancels every branch that rings, and starts no further target', () => {
    const { net, caller, bobs } = calling({ bobs: ['0.9', '0.5'], settings: withSettings({ proxy: { fork: 'serial' } }) });
    bobs[0]?.reply(bobs[0].request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    bobs[0]?.reply(bobs[0].request('INVITE'), 487);
    net.run(30_000);
    expect(bobs[1]?.requests('INVITE')).to.have.length(0);
    expect(caller.statuses()).to.include(487);
    const parallel = calling({ bobs: [undefined, undefined] });
    for (const each of parallel.bobs) each.reply(each.request('INVITE'), 180);
    parallel.net.run(50);
    parallel.caller.send(A, request('CANCEL', parallel.caller, 'bob'));
    parallel.net.run(50);
    expect(parallel.bobs.map((each) => each.requests('CANCEL').length)).to.deep.equal([1, 1]);
  });

  it('twice is once', () => {
    const { net, caller, bob } = calling();
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    for (let i = 0; i < 2; i += 1) {
      caller.send(A, request('CANCEL', caller, 'bob'));
      net.run(50);
    }
    expectStatuses(caller, 'CANCEL', [200, 200]);
    expect(bob.requests('CANCEL')).to.have.length(1);
  });

  it('a CANCEL with another upstream branch finds the context by the seed', () => {
    const { net, caller, bob } = calling();
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob', { branch: 'z9hG4bKother' }));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(bob.requests('CANCEL')).to.have.length(1);
  });

  it('while the next hop is still being looked up nothing is sent, and the caller hears 487', () => {
    const { net, caller } = scene();
    net.names.set('far.test', [{ host: '10.1.0.60', port: 5060, transport: 'udp' }]);
    caller.send(A, request('INVITE', caller, 'bob', { uri: 'sip:x@far.test' }));
    caller.send(A, request('CANCEL', caller, 'bob', { uri: 'sip:x@far.test' }));
    net.run(100);
    expectStatuses(caller, 'INVITE', [487]);
    expect(net.between(A, '10.1.0.60:5060')).to.deep.equal([]);
  });

  it('does not cancel what is no INVITE', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('MESSAGE'), 200);
    net.run(50);
    expectStatuses(caller, 'MESSAGE', [200]);
  });
});

describe('CANCEL without a context here', () => {
  it('goes by the derived branch, is answered here, and its own answer is swallowed', () => {
    const { net, caller, bob, b } = calling();
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    const cancel = bob.request('CANCEL');
    expect(cancel.topVia.branch).to.equal(bob.request('INVITE').topVia.branch);
    expect(cancel.topVia.sentBy).to.equal(bob.request('INVITE').topVia.sentBy);
    expect(cancel.vias).to.have.length(1);
    bob.reply(cancel, 481);
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(b.count('sip.takeover cancel')).to.equal(1);
    // The node that carries the call gets its 487 and passes it on.
    bob.reply(bob.request('INVITE'), 487);
    net.run(50);
    expectStatuses(caller, 'INVITE', [180, 487]);
  });

  it('finds every target of a fork', () => {
    const { net, caller, bobs } = calling({ bobs: [undefined, undefined, undefined] });
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    for (const each of bobs) expect(each.request('CANCEL').topVia.branch).to.equal(each.request('INVITE').topVia.branch);
  });

  it('finds a target that has gone from the table since, because the fork was told', () => {
    const { net, caller, bobs, b } = calling({ bobs: [undefined, undefined] });
    void b.store.write({ aor: 'sip:bob@sample2.test', bindings: (b.store.read('sip:bob@sample2.test')?.bindings ?? []).slice(0, 1) });
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    for (const each of bobs) expect(each.requests('CANCEL')).to.have.length(1);
  });

  it('finds a fork that was told although nobody is in the table any more', () => {
    const { net, caller, bobs, b } = calling({ bobs: [undefined, undefined] });
    void b.store.write({ aor: 'sip:bob@sample2.test', bindings: [] });
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    for (const each of bobs) expect(each.requests('CANCEL')).to.have.length(1);
  });

  it('for nobody is 481', () => {
    const { net, caller } = scene();
    caller.send(A, request('CANCEL', caller, 'nobody'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [481]);
  });

  it('to somewhere that the sender may not reach through us is 481, and goes nowhere', () => {
    const { net } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('CANCEL', stranger, 'x', { uri: 'sip:x@192.0.2.80' }));
    net.run(50);
    expectStatuses(stranger, 'CANCEL', [481]);
    expect(net.between(A, '192.0.2.80:5060')).to.deep.equal([]);
  });

  it('that overtook its INVITE makes that end with 487, here and within 64 T1', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('CANCEL'), 481);
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expectStatuses(caller, 'INVITE', [487]);
    expect(bob.requests('INVITE')).to.have.length(0);
    caller.send(A, ackOf(caller.response(487), caller, 'bob'));
    net.run(50);
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bKcopy' }));
    net.run(50);
    expectStatuses(caller, 'INVITE', [487, 487]);
    net.run(33_000);
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bKlater' }));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
  });

  it('goes round no loop: it loses a hop each time', () => {
    const { net, caller } = scene();
    const proxy = net.endpoint('10.1.0.50:5060');
    caller.send(A, request('CANCEL', caller, 'x', { uri: 'sip:x@10.1.0.50', maxForwards: 4 }));
    net.run(50);
    expect(proxy.request('CANCEL').maxForwards).to.equal(3);
    caller.send(A, request('CANCEL', caller, 'x', { uri: 'sip:x@10.1.0.50', maxForwards: 0, branch: 'z9hG4bK2' }));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200, 483]);
  });
});

describe('a cancelled call that both nodes carry', () => {
  function carriedByBoth(): ReturnType<typeof scene> {
    const made = scene();
    for (const node of [A, B]) made.caller.send(node, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    // A stock telephone answers where the first copy came from.
    made.bob.reply(made.bob.request('INVITE'), 180);
    made.net.run(50);
    return made;
  }

  it('a CANCEL at the node that has heard nothing is carried out by the one that has', () => {
    const { net, caller, bob } = carriedByBoth();
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(bob.requests('CANCEL').map((each) => bob.sourceOf(each))).to.deep.equal([A]);
    bob.reply(bob.request('CANCEL'), 200);
    bob.reply(bob.request('INVITE'), 487);
    net.run(50);
    expect(caller.responses(487).map((each) => caller.sourceOf(each))).to.have.members([A, B]);
    const invites = bob.requests('INVITE').length;
    net.run(40_000);
    expect(bob.requests('INVITE')).to.have.length(invites);
  });

  it('where that one is gone, the CANCEL goes out once the INVITE cannot be overtaken any more', () => {
    const { net, caller, bob } = carriedByBoth();
    net.kill('a');
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(100);
    expect(bob.requests('CANCEL')).to.have.length(0);
    net.run(600);
    expect(bob.requests('CANCEL').length).to.be.above(0);
    expect(bob.request('CANCEL').topVia.branch).to.equal(bob.request('INVITE').topVia.branch);
  });

  it('a telephone that did not know the CANCEL is cancelled again when it rings', () => {
    const { net, caller, bob } = carriedByBoth();
    net.kill('a');
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(700);
    bob.reply(bob.request('CANCEL'), 481);
    net.run(6_000);
    const before = bob.requests('CANCEL').length;
    bob.reply(bob.requests('INVITE').at(-1) ?? bob.request('INVITE'), 180, { to: B });
    net.run(50);
    expect(bob.requests('CANCEL')).to.have.length(before + 1);
  });
});
