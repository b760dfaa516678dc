// Registrations in a cluster (ARCHITECTURE "Coming back", "Replication"): replicas, tables, joining, a thaw.
import { expect } from 'chai';
import type { Binding } from '@altpath/core';
import { register, request } from './messages.js';
import { A, B, expectStatuses, scene, type Scene, withSettings } from './scene.js';
import type { SimulatedNode } from './simulation.js';

const AOR = 'sip:bob@sample2.test';

function live(node: SimulatedNode, net: Scene['net'], aor = AOR): readonly Binding[] {
  return node.store.lookup(aor, net.now);
}

describe('replication', () => {
  it('a registration reaches every other node as a signed REGISTER, and is not passed on', () => {
    const { net, bob } = scene({ nodes: ['a', 'b', 'c'] });
    bob.send(B, register(bob, 'bob', { cseq: 2 }));
    net.run(50);
    for (const node of net.nodes)
      expect(
        live(node, net).map((each) => each.cseq),
        node.name,
      ).to.deep.equal([2]);
    const replicas = net.crossed.filter((each) => each.text.startsWith('REGISTER') && each.text.includes('Altpath-Replica'));
    expect(replicas.map((each) => `${each.from} ${each.to}`)).to.deep.equal([`${B} ${A}`, `${B} 10.0.0.3:5060`]);
  });

  it('the telephone hears its 200 without waiting for any peer', () => {
    const { net, bob, b } = scene();
    b.die(false);
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    net.run(10);
    expectStatuses(bob, 'REGISTER', [200, 200]);
  });

  it('a removal reaches them as well, and outlives the older registration that comes late', () => {
    const { net, bob, a, b } = scene();
    const old = live(b, net);
    bob.send(A, register(bob, 'bob', { cseq: 2, expires: 0 }));
    net.run(50);
    expect(live(a, net)).to.have.length(0);
    expect(live(b, net)).to.have.length(0);
    // B restarts and hears the old registration from its own disk's past.
    void a.store.write({ aor: AOR, bindings: [...(a.store.read(AOR)?.bindings ?? [])] });
    expect(old).to.have.length(1);
    b.sendTable('a');
    net.run(50);
    expect(live(a, net)).to.have.length(0);
  });

  it("a replica without the cluster's signature is 403 and changes nothing", () => {
    const { net, bob, a } = scene();
    const forged = register(bob, 'bob', { cseq: 9, expires: 0 }).replace(
      'Expires: 0',
      'Expires: 0\r\nAltpath-Replica: node=b;time=1700000000000;kid=k1;mac=AAAAAAAAAAAAAAAAAAAAAA',
    );
    bob.send(A, forged);
    net.run(50);
    expect(bob.statuses('REGISTER')).to.deep.equal([200, 403]);
    expect(live(a, net)).to.have.length(1);
  });

  it('a replica that was lost is repeated until it is answered', () => {
    const { net, bob, b } = scene();
    net.lose = (packet) => packet.to === B && net.elapsed < 1_000;
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    net.run(2_500);
    expect(live(b, net).map((each) => each.cseq)).to.deep.equal([2]);
  });

  it('a node that was away is told what it missed, and what it was sent shortly before', () => {
    const { net, bob, a, b } = scene();
    net.lose = (packet) => packet.to === B;
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    net.run(1_000);
    a.peerState('b', 'suspect');
    a.peerState('b', 'down');
    bob.send(A, register(bob, 'carol'));
    net.run(100_000);
    expect(live(b, net, 'sip:carol@sample2.test')).to.have.length(0);
    net.lose = () => false;
    a.peerState('b', 'up');
    net.run(100);
    expect(live(b, net).map((each) => each.cseq)).to.deep.equal([2]);
    expect(live(b, net, 'sip:carol@sample2.test')).to.have.length(1);
  });

  it('a node that nobody missed, although it did not answer for a while, is told again when it does', () => {
    const { net, bob, b, a } = scene();
    net.lose = (packet) => packet.to === B && packet.text.startsWith('REGISTER');
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    net.run(40_000);
    expect(a.count('sip.replica.lost')).to.equal(1);
    net.lose = () => false;
    const carol = net.endpoint('10.1.0.40:5060');
    carol.send(A, register(carol, 'carol'));
    net.run(100);
    expect(live(b, net).map((each) => each.cseq)).to.deep.equal([2]);
  });

  it('the table goes to a node that asks for it, all of it, and says when that is done', () => {
    const { net, a, b } = scene();
    const phones = Array.from({ length: 150 }, (_, i) => net.endpoint(`10.1.1.${i + 1}:5060`));
    net.lose = (packet) => packet.to === B;
    phones.forEach((phone, i) => phone.send(A, register(phone, `user${i}`)));
    net.run(100);
    net.lose = () => false;
    void b.store.write({ aor: AOR, bindings: [] });
    const transfer = a.sendTable('b');
    expect(transfer.done).to.equal(false);
    net.run(1_000);
    expect(transfer.done).to.equal(true);
    expect(b.store.count(net.now).aors).to.equal(151);
  });

  it('an empty table is sent at once', () => {
    const { a } = scene({ bobs: [] });
    expect(a.sendTable('b').done).to.equal(true);
  });

  it('a binding has the same contact and the same way there on both nodes', () => {
    const { net, a, b } = scene();
    expect(live(b, net)).to.deep.equal(live(a, net));
  });

  it('a write that has to be durable first is answered when it is, or 500', () => {
    const { net, bob, a } = scene();
    for (const failed of [false, true]) {
      a.store.durable = Promise.resolve();
      bob.send(A, register(bob, 'bob', { cseq: failed ? 3 : 2 }));
      net.run(50);
      expect(bob.statuses('REGISTER')).to.have.length(failed ? 2 : 1);
      a.settle(failed);
      net.run(50);
      a.store.durable = undefined;
    }
    expect(bob.statuses('REGISTER')).to.deep.equal([200, 200, 500]);
  });
});

describe('registering', () => {
  it('to the domain, to an address of ours, or out of hops, is served here', () => {
    const { net, caller } = scene();
    const text = register(caller, 'carol');
    caller.send(A, text);
    caller.send(A, text.replace('sip:sample2.test SIP', 'sip:10.0.0.1 SIP').replace('z9hG4bKreg1', 'z9hG4bKreg2'));
    caller.send(A, text.replace('Max-Forwards: 70', 'Max-Forwards: 0').replace('z9hG4bKreg1', 'z9hG4bKreg3'));
    net.run(50);
    expectStatuses(caller, 'REGISTER', [200, 200, 200]);
  });

  it('for another domain goes there, if the sender may', () => {
    const { net, caller } = scene();
    net.names.set('far.test', [{ host: '10.1.0.60', port: 5060, transport: 'udp' }]);
    caller.send(A, register(caller, 'carol').replace('sip:sample2.test SIP', 'sip:far.test SIP'));
    net.run(50);
    expect(net.between(A, '10.1.0.60:5060')).to.deep.equal(['REGISTER sip:far.test SIP/2.0']);
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, register(stranger, 'carol').replace('sip:sample2.test SIP', 'sip:far.test SIP'));
    net.run(50);
    expectStatuses(stranger, 'REGISTER', [403]);
  });

  it('behind a NAT: the telephone is reached where its REGISTER came from', () => {
    const { net, caller } = scene();
    const phone = net.endpoint('203.0.113.5:41000');
    phone.send(A, register(phone, 'dora', { contact: 'sip:dora@192.168.1.7:5060' }));
    net.run(50);
    caller.send(B, request('INVITE', caller, 'dora'));
    net.run(50);
    expect(phone.request('INVITE').requestUri).to.equal('sip:dora@192.168.1.7:5060');
  });

  it('through a Path: the request goes along it (RFC 3327)', () => {
    const { net, caller } = scene();
    const edge = net.endpoint('10.1.0.70:5060');
    edge.send(A, register(edge, 'dora', { contact: 'sip:dora@192.168.1.7' }).replace('Expires', 'Path: <sip:10.1.0.70;lr;x=1>\r\nExpires'));
    net.run(50);
    caller.send(A, request('INVITE', caller, 'dora', { lines: ['Route: <sip:10.0.0.1;lr>'] }));
    net.run(50);
    const invite = edge.request('INVITE');
    expect(invite.requestUri).to.equal('sip:dora@192.168.1.7');
    expect(invite.headerValues('Route')).to.deep.equal(['<sip:10.1.0.70;lr;x=1>']);
  });
});

describe('joining', () => {
  /** B has come back empty and waits for A's table. */
  function joining(): Scene {
    const made = scene();
    void made.b.store.write({ aor: AOR, bindings: [] });
    made.b.joining = true;
    return made;
  }

  it('a look-up that would end in 404 goes to a peer that is up, and its answers come back', () => {
    const { net, caller, bob, b } = joining();
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(b.count('sip.request.asked-peer joining')).to.equal(1);
    const invite = bob.request('INVITE');
    expect(bob.sourceOf(invite)).to.equal(A);
    bob.reply(invite, 200);
    net.run(50);
    expectStatuses(caller, 'INVITE', [200]);
    expect(caller.response(200).vias).to.have.length(1);
  });

  it('a CANCEL, and the ACK of what it brings, are handed to a peer as they came', () => {
    const { net, caller, bob, b } = joining();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    const invite = bob.request('INVITE');
    bob.reply(invite, 180);
    net.run(50);
    caller.send(B, request('CANCEL', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(b.count('sip.request.asked-peer handed')).to.equal(1);
    expect(bob.request('CANCEL').topVia.branch).to.equal(invite.topVia.branch);
    bob.reply(invite, 487);
    net.run(50);
    expect(caller.responses(487)).to.have.length(1);
    caller.send(B, request('ACK', caller, 'bob', { toTag: bob.tag }));
    net.run(50);
    expect(b.count('sip.request.asked-peer handed')).to.equal(2);
  });

  it('also when both are joining: the peer does not pass it on, and the caller hears 404', () => {
    const { net, caller, a, b } = joining();
    void a.store.write({ aor: AOR, bindings: [] });
    a.joining = true;
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(100);
    expectStatuses(caller, 'INVITE', [404]);
    expect([a, b].map((each) => each.count('sip.request.asked-peer joining'))).to.deep.equal([0, 1]);
  });

  it('with no peer up it is 404', () => {
    const { net, caller, b } = joining();
    b.peerState('a', 'suspect');
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(100);
    expectStatuses(caller, 'INVITE', [404]);
  });

  it('what does not end in 404 or 480 is served as ever', () => {
    const { net, caller, bob, b } = joining();
    caller.send(B, register(caller, 'carol'));
    caller.send(B, request('INVITE', bob, 'carol', { callId: 'x' }));
    net.run(50);
    expectStatuses(caller, 'REGISTER', [200]);
    expect(caller.requests('INVITE')).to.have.length(1);
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(B, request('INVITE', stranger, 'x', { uri: 'sip:x@192.0.2.80' }));
    net.run(50);
    expectStatuses(stranger, 'INVITE', [403]);
    expect(b.count('sip.request.asked-peer joining')).to.equal(0);
  });

  it('is over when it is over', () => {
    const { net, caller, b } = joining();
    b.joining = false;
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [404]);
  });

  it('a response to what was asked of a peer comes home although the peer has died since', () => {
    const { net, caller, bob } = joining();
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(50);
    net.kill('a');
    bob.reply(bob.request('INVITE'), 200, { to: B });
    net.run(50);
    expectStatuses(caller, 'INVITE', [200]);
    expect(caller.response(200).vias).to.have.length(1);
    expect(net.between(B, B)).to.deep.equal([]);
  });
});

describe('a node that was frozen', () => {
  it('ends what it carried without 408 or CANCEL, and serves anew', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    a.frozen = true;
    net.run(300_000);
    const before = net.crossed.length;
    a.thaw(300_000);
    net.run(5);
    const sent = net.crossed.slice(before).filter((each) => each.from === A && !each.text.startsWith('REGISTER'));
    expect(sent).to.deep.equal([]);
    expect(a.count('sip.thawed')).to.equal(1);
    expect(a.adapter.status(net.now).pending).to.equal(0);
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bK2', callId: 'new' }));
    net.run(50);
    expect(bob.requests('INVITE').at(-1)?.callId).to.equal('new');
  });

  it('still relays the 200 of a call by its token', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    a.frozen = true;
    net.run(5_000);
    a.thaw(5_000);
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    expectStatuses(caller, 'INVITE', [200]);
  });

  it('tells the others again what was under way, and is not choked by it', () => {
    const { net, bob, a, b } = scene();
    net.lose = (packet) => packet.from === A && packet.to === B;
    const phones = Array.from({ length: 80 }, (_, i) => net.endpoint(`10.1.1.${i + 1}:5060`));
    phones.forEach((phone, i) => phone.send(A, register(phone, `user${i}`)));
    net.run(20);
    a.frozen = true;
    net.run(60_000);
    net.lose = () => false;
    a.thaw(60_000);
    net.run(200);
    expect(b.store.count(net.now).aors).to.equal(81);
    bob.send(A, register(bob, 'bob', { cseq: 2 }));
    net.run(50);
    expect(live(b, net).map((each) => each.cseq)).to.deep.equal([2]);
  });
});

describe('replicas over other timers', () => {
  it('a peer that never answers costs no memory: one window, one bounded queue', () => {
    const { net, caller, a } = scene({ settings: withSettings({ registrar: { maxContacts: 1 } }) });
    net.lose = (packet) => packet.to === B;
    for (let i = 0; i < 500; i += 1) caller.send(A, register(caller, `user${i}`));
    net.run(100);
    const replicas = new Set(net.crossed.filter((each) => each.to === B).map((each) => /branch=(\S+?);/.exec(each.text)?.[1]));
    expect(replicas.size).to.equal(64);
    expect(a.adapter.status(net.now).transactions).to.be.below(600);
  });
});
