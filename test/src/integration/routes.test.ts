// Route information: RFC 3261 §16.4, §16.5, §16.6 steps 6 and 7, §16.12; RFC 5658 is tried with TCP in tcp.test.ts.
import { expect } from 'chai';
import { request, routeOf, routeOfRequest } from './messages.js';
import { A, B, expectStatuses, scene, type Scene } from './scene.js';
import type { Endpoint } from './simulation.js';

/** A proxy of somebody else inside the trust group, and one outside. */
function withProxy(): Scene & { readonly proxy: Endpoint } {
  const made = scene();
  return { ...made, proxy: made.net.endpoint('10.1.0.50:5060') };
}

describe('loose routing', () => {
  it('Routes that name us go, the next one is followed, the Request-URI stays', () => {
    const { net, caller, proxy } = withProxy();
    caller.send(
      A,
      request('BYE', caller, 'bob', {
        uri: 'sip:callee@198.51.100.4',
        toTag: 'x',
        lines: ['Route: <sip:10.0.0.1;lr>, <sip:10.1.0.50;lr>', 'Route: <sip:third.test;lr;x=y>;z'],
      }),
    );
    net.run(50);
    const bye = proxy.request('BYE');
    expect(bye.requestUri).to.equal('sip:callee@198.51.100.4');
    expect(bye.headerValues('Route')).to.deep.equal(['<sip:10.1.0.50;lr>', '<sip:third.test;lr;x=y>;z']);
  });

  it('the leading run of Routes of any node of the cluster goes: double Record-Route, the dead node, the domain', () => {
    const { net, caller, bob } = withProxy();
    const lines = ['Route: <sip:10.0.0.2:5060;lr>, <sip:10.0.0.1;lr;transport=udp>', 'Route: <sip:sample2.test;lr>'];
    caller.send(A, request('MESSAGE', caller, 'bob', { lines }));
    net.run(50);
    expect(bob.request('MESSAGE').has('Route')).to.equal(false);
  });

  it('a Route that names us behind another one stays', () => {
    const { net, caller, proxy } = withProxy();
    caller.send(A, request('MESSAGE', caller, 'bob', { lines: ['Route: <sip:10.1.0.50;lr>, <sip:10.0.0.1;lr>'] }));
    net.run(50);
    expect(proxy.request('MESSAGE').headerValues('Route')).to.deep.equal(['<sip:10.1.0.50;lr>, <sip:10.0.0.1;lr>']);
  });

  it('a preloaded Route to us is popped without a token', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Route: <sip:10.0.0.1;lr>'] }));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
  });

  it('requests of both sides of a dialog follow their route sets through either node', () => {
    for (const node of [A, B]) {
      const { net, caller, bob } = scene();
      caller.send(A, request('INVITE', caller, 'bob'));
      net.run(50);
      bob.reply(bob.request('INVITE'), 200);
      net.run(50);
      const ok = caller.response(200);
      caller.send(
        node,
        request('BYE', caller, 'bob', {
          uri: `sip:callee@${bob.address}`,
          toTag: ok.toTag,
          cseq: 2,
          branch: 'z9hG4bKbye',
          lines: [routeOf(ok)],
        }),
      );
      net.run(50);
      expect(bob.request('BYE').requestUri).to.equal(`sip:callee@${bob.address}`);
      const update = request('UPDATE', bob, 'x', {
        uri: `sip:caller@${caller.address}`,
        callId: ok.callId,
        fromTag: ok.toTag,
        toTag: 'caller',
        cseq: 7,
        lines: [routeOfRequest(bob.request('INVITE'))],
      });
      bob.send(node, update);
      net.run(50);
      expect(caller.requests('UPDATE')).to.have.length(1);
    }
  });

  it('the Contact of a registered telephone is reached as it registered, whatever the Route said before', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INFO', caller, 'bob', { uri: 'sip:bob@10.1.0.11:5060', toTag: 'x', lines: ['Route: <sip:10.0.0.2;lr>'] }));
    net.run(50);
    expect(bob.requests('INFO')).to.have.length(1);
  });

  it('an lr behind the brackets does not make a loose router', () => {
    const { net, caller, proxy } = withProxy();
    caller.send(A, request('BYE', caller, 'bob', { uri: 'sip:callee@198.51.100.4', toTag: 'x', lines: ['Route: <sip:10.1.0.50>;lr'] }));
    net.run(50);
    expect(proxy.request('BYE').requestUri).to.equal('sip:10.1.0.50');
  });
});

describe('strict routers (RFC 3261 §16.4, §16.6 step 6)', () => {
  it('what a strict router sent is put right: the last Route becomes the Request-URI', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    const own = bob.request('INVITE').recordRoutes[0]?.uri ?? '';
    caller.send(
      A,
      request('BYE', caller, 'bob', { uri: own, toTag: 'x', cseq: 2, branch: 'z9hG4bKbye', lines: ['Route: <sip:bob@10.1.0.11:5060>'] }),
    );
    net.run(50);
    const bye = bob.request('BYE');
    expect(bye.requestUri).to.equal('sip:bob@10.1.0.11:5060');
    expect(bye.has('Route')).to.equal(false);
  });

  it('further Routes between us and the far end stay', () => {
    const { net, caller, proxy } = withProxy();
    caller.send(
      A,
      request('BYE', caller, 'bob', {
        uri: 'sip:10.0.0.1;lr',
        toTag: 'x',
        lines: ['Route: <sip:10.1.0.50;lr>, <sip:callee@198.51.100.4>'],
      }),
    );
    net.run(50);
    const bye = proxy.request('BYE');
    expect(bye.requestUri).to.equal('sip:callee@198.51.100.4');
    expect(bye.headerValues('Route')).to.deep.equal(['<sip:10.1.0.50;lr>']);
  });

  it('its token admits a request whose far end is a stranger', () => {
    const { net, bob, a } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    bob.send(A, request('INVITE', bob, 'x', { uri: 'sip:x@192.0.2.9', callId: 'c', fromTag: 'bob' }));
    net.run(50);
    const own = stranger.request('INVITE').recordRoutes[0]?.uri ?? '';
    const far = net.endpoint('192.0.2.77:5060');
    stranger.send(
      A,
      request('BYE', stranger, 'x', { uri: own, callId: 'c', fromTag: 'there', toTag: 'bob', lines: ['Route: <sip:192.0.2.77>'] }),
    );
    net.run(50);
    expect(far.requests('BYE')).to.have.length(1);
    expect(a.count('sip.request.refused relay')).to.equal(0);
  });

  it('a strict next hop gets its own URI in front and the real one behind the Routes', () => {
    const { net, caller, proxy } = withProxy();
    caller.send(
      A,
      request('BYE', caller, 'bob', {
        uri: 'sip:callee@198.51.100.4',
        toTag: 'x',
        lines: ['Route: <sip:10.0.0.1;lr>, <sip:10.1.0.50>, <sip:third.test;lr>'],
      }),
    );
    net.run(50);
    const bye = proxy.request('BYE');
    expect(bye.requestUri).to.equal('sip:10.1.0.50');
    expect(bye.headerValues('Route').join(', ')).to.equal('<sip:third.test;lr>, <sip:callee@198.51.100.4>');
  });

  it('a CANCEL and an ACK go the way that their INVITE went', () => {
    const { net, caller, proxy } = withProxy();
    const lines = ['Route: <sip:10.0.0.1;lr>, <sip:10.1.0.50>'];
    for (const method of ['INVITE', 'ACK', 'CANCEL']) {
      const { caller: other, net: fresh, proxy: strict } = method === 'INVITE' ? { caller, net, proxy } : withProxy();
      other.send(A, request(method, other, 'bob', { uri: 'sip:callee@198.51.100.4', lines }));
      fresh.run(50);
      const received = strict.request(method);
      expect(received.requestUri, method).to.equal('sip:10.1.0.50');
      expect(received.headerValues('Route'), method).to.deep.equal(['<sip:callee@198.51.100.4>']);
    }
  });
});

describe('where a request goes', () => {
  it('a maddr that names us has done its work', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('MESSAGE', caller, 'bob', { uri: 'sip:bob@sample2.test:5060;maddr=10.0.0.1;transport=udp;x=y' }));
    net.run(50);
    expectStatuses(caller, 'MESSAGE', []);
    expect(bob.requests('MESSAGE')).to.have.length(1);
    const proxy = net.endpoint('10.1.0.50:5060');
    caller.send(A, request('MESSAGE', caller, 'bob', { branch: 'z9hG4bK2', uri: 'sip:x@10.1.0.50;maddr=10.0.0.1;x=y' }));
    net.run(50);
    expect(proxy.request('MESSAGE').requestUri).to.equal('sip:x@10.1.0.50;x=y');
  });

  it('a maddr of somebody else is where the request goes', () => {
    const { net, caller } = scene();
    const proxy = net.endpoint('10.1.0.50:5060');
    caller.send(A, request('MESSAGE', caller, 'bob', { uri: 'sip:x@far.test;maddr=10.1.0.50' }));
    net.run(50);
    expect(proxy.request('MESSAGE').requestUri).to.equal('sip:x@far.test;maddr=10.1.0.50');
  });

  it('a transport that nobody has is answered 500, not 503', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { uri: 'sip:x@10.1.0.50;transport=sctp' }));
    net.run(50);
    expectStatuses(caller, 'INVITE', [500]);
  });

  it('a user that was never heard of is 404, one that is away is 480', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'nobody'));
    net.run(700_000);
    caller.send(A, request('INVITE', caller, 'bob', { branch: 'z9hG4bK2', callId: 'c2' }));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(0);
    expect(caller.statuses()[0]).to.equal(404);
    expect(caller.statuses().at(-1)).to.be.oneOf([404, 480]);
  });
});
