// What a node answers itself, the modes of the proxy, and what it does not listen to.
import { expect } from 'chai';
import { register, request } from './messages.js';
import { A, B, expectStatuses, scene, withSettings } from './scene.js';
import type { Endpoint, Simulation } from './simulation.js';

describe('OPTIONS (RFC 3261 §11)', () => {
  it('to us is 200 with what we can', () => {
    const { net, caller } = scene();
    caller.send(A, request('OPTIONS', caller, '', { uri: 'sip:sample2.test' }));
    net.run(50);
    const ok = caller.response(200, 'OPTIONS');
    expect(ok.header('Allow')).to.contain('INVITE');
    expect(ok.has('Accept')).to.equal(true);
    expect(ok.toTag).to.not.equal('');
  });

  it('for a user that is not registered is 200; for one that is, it goes there', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('OPTIONS', caller, 'nobody'));
    caller.send(A, request('OPTIONS', caller, 'bob', { branch: 'z9hG4bK2', callId: '2' }));
    net.run(50);
    expectStatuses(caller, 'OPTIONS', [200]);
    expect(bob.requests('OPTIONS')).to.have.length(1);
  });

  it('out of hops it is answered here, also for a user that is registered', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('OPTIONS', caller, 'bob', { maxForwards: 0 }));
    net.run(50);
    expectStatuses(caller, 'OPTIONS', [200]);
    expect(bob.requests('OPTIONS')).to.have.length(0);
  });

  it('out of hops and for somebody else it is 483', () => {
    const { net, caller } = scene();
    caller.send(A, request('OPTIONS', caller, 'x', { uri: 'sip:x@192.0.2.80', maxForwards: 0 }));
    net.run(50);
    expectStatuses(caller, 'OPTIONS', [483]);
  });

  it('while draining is 503, so that telephones go elsewhere', () => {
    const { net, caller, a } = scene();
    a.drainNode();
    caller.send(A, request('OPTIONS', caller, '', { uri: 'sip:10.0.0.1' }));
    net.run(50);
    expectStatuses(caller, 'OPTIONS', [503]);
  });

  it('of a stranger for a stranger is 403', () => {
    const { net } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('OPTIONS', stranger, 'x', { uri: 'sip:x@192.0.2.80' }));
    net.run(50);
    expectStatuses(stranger, 'OPTIONS', [403]);
  });
});

describe('draining', () => {
  it('takes no new call, and goes on with what belongs to one', () => {
    const { net, caller, bob, a } = scene();
    a.drainNode();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [503]);
    expect(caller.response(503).header('Retry-After')).to.match(/^\d+$/);
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bK2', cseq: 2, toTag: 'x' }));
    caller.send(A, request('BYE', caller, 'bob', { branch: 'z9hG4bK3', cseq: 3, toTag: 'x' }));
    caller.send(A, register(caller, 'carol'));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
    expect(bob.requests('BYE')).to.have.length(1);
    expectStatuses(caller, 'REGISTER', [200]);
  });

  it('says how many calls are still being set up', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(a.adapter.status(net.now).pending).to.equal(1);
    expect(a.adapter.calls(net.now, 10)).to.deep.equal([
      {
        callId: 'call@10.1.0.1',
        from: 'sip:caller@sample2.test',
        to: 'sip:bob@sample2.test',
        state: 'calling',
        since: net.now - 49,
        protocol: 'sip',
      },
    ]);
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    expect(a.adapter.calls(net.now, 10)[0]?.state).to.equal('ringing');
    expect(a.adapter.calls(net.now, 0)).to.deep.equal([]);
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    expect(a.adapter.status(net.now).pending).to.equal(0);
  });
});

describe('redirect mode', () => {
  it('answers 302 with the contacts in their order, and forwards nothing', () => {
    const { net, caller, bobs } = scene({ bobs: ['0.5', undefined], settings: withSettings({ proxy: { mode: 'redirect' } }) });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [302]);
    expect(caller.response(302).headerValues('Contact')).to.deep.equal(['<sip:bob@10.1.0.12:5060>', '<sip:bob@10.1.0.11:5060>;q=0.5']);
    expect(bobs.flatMap((each) => each.requests('INVITE'))).to.have.length(0);
  });

  it('says 404 for whom it does not know, and still registers', () => {
    const { net, caller } = scene({ settings: withSettings({ proxy: { mode: 'redirect' } }) });
    caller.send(A, request('INVITE', caller, 'nobody'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [404]);
  });
});

describe('stateless mode (RFC 3261 §16.11)', () => {
  const options = { settings: withSettings({ proxy: { mode: 'stateless' } }) };

  function stateless(): ReturnType<typeof scene> {
    const made = scene(options);
    made.caller.send(A, request('INVITE', made.caller, 'bob'));
    made.net.run(50);
    return made;
  }

  it('sends no 100, repeats nothing, keeps nothing', () => {
    const { net, caller, bob, a } = stateless();
    const transactions = a.adapter.status(net.now).transactions;
    net.run(20_000);
    expectStatuses(caller, 'INVITE', []);
    expect(bob.requests('INVITE')).to.have.length(1);
    net.run(60_000);
    expect(a.adapter.status(net.now).transactions).to.be.at.most(transactions);
    expect(a.adapter.status(net.now).pending).to.equal(0);
  });

  it('a retransmission goes on with the same branch', () => {
    const { net, caller, bob } = stateless();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    const branches = bob.requests('INVITE').map((each) => each.topVia.branch);
    expect(branches).to.have.length(2);
    expect(new Set(branches).size).to.equal(1);
  });

  it('responses go back by their Vias, and only with a token of ours', () => {
    const { net, caller, bob, a } = stateless();
    for (const status of [100, 180, 200]) bob.reply(bob.request('INVITE'), status);
    net.run(50);
    expectStatuses(caller, 'INVITE', [180, 200]);
    bob.send(A, bob.responseText(bob.request('INVITE'), 200, {}, A).replace(/;pathToken=[^;\r]*(?=;received)/, ''));
    net.run(50);
    expect(a.count('sip.response.dropped token-missing')).to.equal(1);
    expect(a.count('sip.takeover own-without-transaction')).to.equal(0);
  });

  it('a CANCEL and the ACK of a failure are requests like any other, with the branch of their INVITE', () => {
    const { net, caller, bob } = stateless();
    caller.send(A, request('CANCEL', caller, 'bob'));
    net.run(50);
    const cancel = bob.request('CANCEL');
    expect(cancel.topVia.branch).to.equal(bob.request('INVITE').topVia.branch);
    expect(cancel.vias).to.have.length(2);
    expectStatuses(caller, 'CANCEL', []);
    bob.reply(cancel, 200);
    bob.reply(bob.request('INVITE'), 487);
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expectStatuses(caller, 'INVITE', [487]);
    caller.send(A, request('ACK', caller, 'bob', { toTag: bob.tag }));
    net.run(50);
    expect(bob.request('ACK').topVia.branch).to.equal(bob.request('INVITE').topVia.branch);
  });

  it('forks to nobody: the best contact gets it', () => {
    const { net, caller, bobs } = scene({ ...options, bobs: ['0.5', '0.9'] });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bobs.map((each) => each.requests('INVITE').length)).to.deep.equal([0, 1]);
  });

  it('a stranger is told no list', () => {
    const { net, bob } = scene(options);
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'bob'));
    net.run(50);
    expect(bob.request('INVITE').header('Record-Route')).to.not.contain('alternatePath');
  });
});

describe('what cannot be read', () => {
  function sendRaw(text: string): { net: Simulation; caller: Endpoint; count: (name: string) => number } {
    const { net, caller, a } = scene();
    caller.send(A, text);
    net.run(50);
    return { net, caller, count: (name) => a.count(name) };
  }

  it('a request that can be answered gets 400 with the reason', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'bob').replace('CSeq: 1 INVITE', 'CSeq: 1 BYE'));
    net.run(50);
    expect(caller.received[0]?.text).to.match(/^SIP\/2\.0 400 CSeq Method Mismatch\r\n/);
  });

  it('another version is 505, too large is 513', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'bob').replace(' SIP/2.0\r\n', ' SIP/7.0\r\n'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [505]);
    const small = scene({ settings: withSettings({ limits: { headers: 12 } }) });
    const many = Array.from({ length: 20 }, (_, i) => `X-${i}: x\r\n`).join('');
    small.caller.send(A, request('INVITE', small.caller, 'bob').replace('Content-Length', `${many}Content-Length`));
    small.net.run(50);
    expectStatuses(small.caller, 'INVITE', [513]);
  });

  it('an ACK, a response and rubbish get nothing, and are counted', () => {
    const { caller, count } = sendRaw(
      'ACK sip:bob@sample2.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n',
    );
    expect(caller.received).to.have.length(0);
    expect(count('sip.message.dropped sip.parse.cseq')).to.equal(1);
    expect(sendRaw('SIP/2.0 200 OK\r\nrubbish\r\n\r\n').caller.received).to.have.length(0);
    expect(sendRaw('\u0001\u0002rubbish that goes on').caller.received).to.have.length(0);
  });

  it('keep-alives get no answer over UDP', () => {
    for (const ping of ['\r\n\r\n', '\0', '\r\n']) {
      const { caller, count } = sendRaw(ping);
      expect(caller.received).to.have.length(0);
      expect(count('sip.keepalive udp')).to.equal(1);
    }
  });
});

describe('who is not listened to', () => {
  const bans = { bad: 5, withinMs: 10_000, forMs: 60_000 };

  it('a source that sends what cannot be read, too often in too short a time, and for a while', () => {
    const { net, caller, bob, a } = scene({ settings: withSettings({ limits: { bans } }) });
    for (let i = 0; i < 5; i += 1) caller.send(A, `rubbish ${i} that is no message`);
    net.run(50);
    expect(a.count('sip.source.banned')).to.equal(1);
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    expect(bob.requests('MESSAGE')).to.have.length(0);
    expect(a.count('sip.message.dropped banned')).to.equal(1);
    net.run(60_000);
    caller.send(A, request('MESSAGE', caller, 'bob'));
    net.run(50);
    expect(bob.requests('MESSAGE')).to.have.length(1);
  });

  it('not one that does so slowly, not an exempt one, not where the file has no bans', () => {
    const slow = scene({ settings: withSettings({ limits: { bans } }) });
    for (let i = 0; i < 12; i += 1) {
      slow.caller.send(A, `rubbish ${i} that is no message`);
      slow.net.run(4_000);
    }
    expect(slow.a.count('sip.source.banned')).to.equal(0);
    for (const limits of [{ bans, exempt: ['10.1.0.0/16'] }, {}]) {
      const { net, caller, a } = scene({ settings: withSettings({ limits }) });
      for (let i = 0; i < 50; i += 1) caller.send(A, `rubbish ${i} that is no message`);
      net.run(50);
      expect(a.count('sip.source.banned')).to.equal(0);
    }
  });

  it('scanners that say their name', () => {
    const { net, caller, bob, a } = scene({ settings: withSettings({ limits: { userAgents: ['Friendly-Scanner'] } }) });
    caller.send(A, request('OPTIONS', caller, 'bob', { lines: ['User-Agent: x friendly-scanner/1.0'] }));
    caller.send(A, request('MESSAGE', caller, 'bob', { branch: 'z9hG4bK2', lines: ['User-Agent: honest'] }));
    net.run(50);
    expect(caller.received).to.have.length(0);
    expect(bob.requests('OPTIONS')).to.have.length(0);
    expect(bob.requests('MESSAGE')).to.have.length(1);
    expect(a.count('sip.message.dropped user-agent')).to.equal(1);
  });
});

describe('RFC 2543 callers', () => {
  it('without a magic cookie in the branch two requests of one source are two', () => {
    const { net, caller, bob } = scene();
    const via = 'SIP/2.0/UDP 10.1.0.1:5060;branch=1';
    caller.send(A, request('MESSAGE', caller, 'bob', { via, callId: 'one' }));
    caller.send(A, request('MESSAGE', caller, 'bob', { via, callId: 'two' }));
    caller.send(A, request('MESSAGE', caller, 'bob', { via, callId: 'two' }));
    net.run(50);
    expect(bob.requests('MESSAGE').map((each) => each.callId)).to.deep.equal(['one', 'two']);
  });

  it('the ACK of a failure finds its INVITE', () => {
    const { net, caller, bob } = scene();
    const via = 'SIP/2.0/UDP 10.1.0.1:5060';
    caller.send(A, request('INVITE', caller, 'bob', { via }));
    net.run(50);
    bob.reply(bob.request('INVITE'), 486);
    net.run(50);
    caller.send(A, request('ACK', caller, 'bob', { via, toTag: bob.tag }));
    net.run(5_000);
    expectStatuses(caller, 'INVITE', [486]);
    expect(bob.requests('ACK')).to.have.length(1);
  });

  it('a backup relays their responses, too', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { via: 'SIP/2.0/UDP 10.1.0.1:5060' }));
    net.run(50);
    net.kill('a');
    bob.reply(bob.request('INVITE'), 200, { to: B });
    net.run(50);
    expectStatuses(caller, 'INVITE', [200]);
  });
});
