// Loops and spirals (RFC 3261 §16.3 step 4, §16.6 step 8; RFC 5393 §4; ARCHITECTURE "Loops").
import { expect } from 'chai';
import type { SipMessage } from '@altpath/sip';
import { request } from './messages.js';
import { A, B, expectStatuses, scene, type Scene } from './scene.js';
import type { Endpoint } from './simulation.js';

/** A proxy that sends each request back to where it is told, with a Via of its own on top. */
function bouncing(made: Scene, change: (text: string) => string, to = A, times = Infinity): Endpoint {
  const proxy = made.net.endpoint('10.1.0.50:5060');
  let sent = 0;
  proxy.onRequest = (received: SipMessage) => {
    sent += 1;
    if (sent > times) return;
    const text = received.bytes
      .toString('latin1')
      .replace('\r\n', `\r\nVia: SIP/2.0/UDP 10.1.0.50:5060;rport;branch=z9hG4bKbounce${sent}\r\n`);
    proxy.send(to, change(text));
  };
  return proxy;
}

describe('loops', () => {
  it('a request that comes back unchanged is 482', () => {
    const made = scene();
    bouncing(made, (text) => text);
    made.caller.send(A, request('MESSAGE', made.caller, 'x', { uri: 'sip:x@10.1.0.50' }));
    made.net.run(100);
    // The proxy gets the 482 for its own copy.
    expect(made.net.between(A, '10.1.0.50:5060').filter((line) => line.startsWith('SIP/2.0 482'))).to.have.length(1);
    expect(made.a.count('sip.response.own 482')).to.equal(1);
  });

  it('also when it comes back to another node of the cluster', () => {
    const made = scene();
    bouncing(made, (text) => text, B);
    made.caller.send(A, request('MESSAGE', made.caller, 'x', { uri: 'sip:x@10.1.0.50' }));
    made.net.run(100);
    expect(made.b.count('sip.response.own 482')).to.equal(1);
  });

  it('a spiral is legal: it comes back with another Request-URI', () => {
    const made = scene();
    bouncing(made, (text) => text.replace('MESSAGE sip:x@10.1.0.50', 'MESSAGE sip:bob@sample2.test'));
    made.caller.send(A, request('MESSAGE', made.caller, 'x', { uri: 'sip:x@10.1.0.50' }));
    made.net.run(100);
    const message = made.bob.request('MESSAGE');
    expect(message.vias.map((each) => each.host)).to.deep.equal(['10.0.0.1', '10.1.0.50', '10.0.0.1', '10.1.0.1']);
    made.bob.reply(message, 200);
    made.net.run(100);
    expect(made.net.between(A, '10.1.0.50:5060').filter((line) => line.startsWith('SIP/2.0 200'))).to.have.length(1);
  });

  it('a spiral is legal: it comes back with other Routes, several times, through one proxy', () => {
    const made = scene();
    bouncing(made, (text) => text.replace(/Route: <sip:10\.1\.0\.50;lr>(?:, )?/, 'Route: ').replace(/Route: \r\n/, ''));
    const hops = '<sip:10.1.0.50;lr>, <sip:10.0.0.1;lr>';
    made.caller.send(A, request('INVITE', made.caller, 'bob', { lines: [`Route: ${hops}, ${hops}, ${hops}`] }));
    made.net.run(200);
    const invite = made.bob.request('INVITE');
    expect(invite.vias).to.have.length(8);
    expect(new Set(invite.vias.map((each) => each.branch)).size).to.equal(8);
    expect(made.a.count('sip.response.own 482')).to.equal(0);
    expect(made.a.count('sip.request.joined INVITE')).to.equal(0);
  });

  it('a Via of ours without a valid token proves nothing', () => {
    const made = scene();
    const own = `Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKwhatever;pathToken=k1.0.0.0.1.zzzzzz.abc.AAAAAAAAAAAAAAAAAAAAAA`;
    made.caller.send(A, request('MESSAGE', made.caller, 'bob', { lines: [own] }));
    made.net.run(50);
    expectStatuses(made.caller, 'MESSAGE', []);
    expect(made.bob.requests('MESSAGE')).to.have.length(1);
  });

  it('a copied Via of ours from another request proves nothing', () => {
    const made = scene();
    made.caller.send(A, request('MESSAGE', made.caller, 'bob'));
    made.net.run(50);
    const taken = made.bob.request('MESSAGE').topVia.text;
    made.caller.send(A, request('MESSAGE', made.caller, 'bob', { callId: 'other', branch: 'z9hG4bK2', lines: [`Via: ${taken}`] }));
    made.net.run(50);
    expect(made.bob.requests('MESSAGE')).to.have.length(2);
  });

  it('what only Max-Forwards can end ends with 483', () => {
    const made = scene();
    let n = 0;
    bouncing(made, (text) => text.replace(/MESSAGE sip:\S+/, `MESSAGE sip:x${(n += 1)}@10.1.0.50`));
    made.caller.send(A, request('MESSAGE', made.caller, 'x', { uri: 'sip:x@10.1.0.50', maxForwards: 10 }));
    made.net.run(300);
    expect(made.a.count('sip.response.own 483')).to.equal(1);
    expect(n).to.equal(10);
  });

  it('an ACK that goes round is ended by its hops', () => {
    const made = scene();
    const proxy = bouncing(made, (text) => text.replace(/Max-Forwards: (\d+)/, (_, hops: string) => `Max-Forwards: ${Number(hops) - 1}`));
    made.caller.send(A, request('ACK', made.caller, 'x', { uri: 'sip:x@10.1.0.50', toTag: 'x', maxForwards: 9 }));
    made.net.run(300);
    expect(proxy.requests('ACK')).to.have.length(5);
  });
});
