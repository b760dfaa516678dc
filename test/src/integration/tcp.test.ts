// Streams (RFC 3261 §18, RFC 5626 §3.5, RFC 5658): framing, flows, and what changes with the transport.
import { expect } from 'chai';
import { register, request, routeOf, routeOfRequest } from './messages.js';
import { A, B, expectStatuses, scene, type Scene, type SceneOptions } from './scene.js';
import type { Endpoint } from './simulation.js';

const tcp: SceneOptions = { tcp: true, nodes: ['a', 'b'] };

/** bob is registered over UDP; the phone here talks TCP from an ephemeral port. */
function streaming(options: SceneOptions = {}): Scene & { readonly phone: Endpoint } {
  const made = scene({ ...tcp, ...options });
  return { ...made, phone: made.net.endpoint('10.1.0.21:41000') };
}

const over = { transport: 'TCP' as const, via: 'SIP/2.0/TCP 10.1.0.21:5060;rport;branch=z9hG4bKfirst' };

describe('a stream', () => {
  it('a double CRLF is answered with a single one, over the same flow (RFC 5626 §3.5.1)', () => {
    const { net, phone } = streaming();
    phone.stream(A, '\r\n\r\n');
    net.run(20);
    expect(phone.noise).to.deep.equal(['\r\n']);
    phone.stream(A, '\r\n');
    net.run(20);
    expect(phone.noise).to.have.length(1);
  });

  it('messages may come in slices, and several in one', () => {
    const { net, phone, bob } = streaming();
    const text = [1, 2, 3]
      .map((n) =>
        request('MESSAGE', phone, 'bob', { ...over, via: `SIP/2.0/TCP 10.1.0.21;branch=z9hG4bK${n}`, callId: `${n}`, body: `body ${n}` }),
      )
      .join('\r\n\r\n');
    for (let i = 0; i < text.length; i += 100) phone.stream(A, text.slice(i, i + 100));
    net.run(50);
    expect(bob.requests('MESSAGE').map((each) => each.body.toString())).to.deep.equal(['body 1', 'body 2', 'body 3']);
    expect(phone.noise).to.have.length(2);
  });

  it('what cannot be framed closes the flow, and its bytes are gone', () => {
    const { net, phone, bob, a } = streaming();
    phone.stream(A, request('MESSAGE', phone, 'bob', over).replace(/Content-Length: \d+/, 'Content-Length: x'));
    net.run(20);
    expect(a.closedFlows).to.have.length(1);
    expect(a.count('sip.stream.closed sip.parse.content-length')).to.equal(1);
    net.disconnect(phone.address, A);
    phone.stream(A, request('MESSAGE', phone, 'bob', over));
    net.run(20);
    expect(bob.requests('MESSAGE')).to.have.length(1);
  });

  it('a half message of a flow that closed does not spoil the next flow', () => {
    const { net, phone, bob } = streaming();
    phone.stream(A, request('MESSAGE', phone, 'bob', over).slice(0, 100));
    net.run(20);
    net.disconnect(phone.address, A);
    phone.stream(A, request('MESSAGE', phone, 'bob', over));
    net.run(20);
    expect(bob.requests('MESSAGE')).to.have.length(1);
  });

  it('is longer than the limit: the flow is closed', () => {
    const { net, phone, a } = streaming();
    phone.stream(A, request('MESSAGE', phone, 'bob', over).replace(/Content-Length: \d+/, 'Content-Length: 999999'));
    net.run(20);
    expect(a.closedFlows).to.have.length(1);
  });
});

describe('a caller on TCP', () => {
  it('gets its 100 at once, when the copy is out', () => {
    const { net, phone, bob } = streaming();
    phone.stream(A, request('INVITE', phone, 'bob', over));
    net.run(10);
    expectStatuses(phone, 'INVITE', [100]);
    expect(bob.requests('INVITE')).to.have.length(1);
  });

  it('gets its answers over the same flow, whatever its Via says', () => {
    const { net, phone, bob } = streaming();
    phone.stream(A, request('INVITE', phone, 'bob', over));
    net.run(10);
    bob.reply(bob.request('INVITE'), 180);
    bob.reply(bob.request('INVITE'), 200);
    net.run(10);
    expectStatuses(phone, 'INVITE', [100, 180, 200]);
    expect(new Set(phone.received.map((each) => each.flow)).size).to.equal(1);
  });

  it('a failure is not repeated: the transport does that', () => {
    const { net, phone } = streaming();
    phone.stream(A, request('INVITE', phone, 'nobody', over));
    net.run(40_000);
    expectStatuses(phone, 'INVITE', [404]);
  });

  it('its flow has died: the answer goes to the port that its Via names, over a new one (§18.2.2)', () => {
    const { net, phone, bob } = streaming();
    phone.listens = false;
    const listening = net.endpoint('10.1.0.21:5060');
    phone.stream(A, request('INVITE', phone, 'bob', over));
    net.run(10);
    net.disconnect(phone.address, A);
    bob.reply(bob.request('INVITE'), 200);
    net.run(20);
    expect(listening.responses(200)).to.have.length(1);
  });

  it('its flow has died and its Via names a host that nobody can look up: the address that it came from', () => {
    const { net, phone, bob } = streaming();
    phone.listens = false;
    const listening = net.endpoint('10.1.0.21:5060');
    phone.stream(A, request('INVITE', phone, 'bob', { ...over, via: 'SIP/2.0/TCP phone.invalid;rport;branch=z9hG4bKfirst' }));
    net.run(10);
    net.disconnect(phone.address, A);
    bob.reply(bob.request('INVITE'), 200);
    net.run(20);
    expect(listening.responses(200)).to.have.length(1);
  });

  it('Record-Route stands twice where the sides differ, and both sides route through it (RFC 5658)', () => {
    const { net, phone, bob } = streaming();
    phone.stream(A, request('INVITE', phone, 'bob', over));
    net.run(10);
    const invite = bob.request('INVITE');
    const uris = invite.recordRoutes.map((each) => each.uri.replace(/;(?:alternatePath|pathToken)=[^;>]*/g, ''));
    expect(uris).to.deep.equal(['sip:10.0.0.1:5060;lr', 'sip:10.0.0.1:5060;transport=tcp;lr']);
    bob.reply(invite, 200);
    net.run(10);
    const ok = phone.response(200);
    phone.stream(
      A,
      request('BYE', phone, 'bob', {
        ...over,
        uri: 'sip:bob@10.1.0.11:5060',
        toTag: ok.toTag,
        cseq: 2,
        via: 'SIP/2.0/TCP 10.1.0.21;branch=z9hG4bKbye',
        lines: [routeOf(ok)],
      }),
    );
    net.run(10);
    expect(bob.requests('BYE')).to.have.length(1);
    expect(bob.request('BYE').has('Route')).to.equal(false);
    bob.send(
      A,
      request('INFO', bob, 'x', {
        uri: 'sip:caller@10.1.0.21:41000;transport=tcp',
        callId: ok.callId,
        fromTag: ok.toTag,
        toTag: 'caller',
        lines: [routeOfRequest(invite)],
      }),
    );
    net.run(10);
    expect(phone.requests('INFO')).to.have.length(1);
  });

  it('a backup rewrites both entries', () => {
    const { net, phone, bob } = streaming();
    phone.stream(A, request('INVITE', phone, 'bob', { ...over, via: 'SIP/2.0/TCP 10.1.0.21:41000;branch=z9hG4bKfirst' }));
    net.run(10);
    net.kill('a');
    net.disconnect(phone.address, A);
    bob.reply(bob.request('INVITE'), 200, { to: B });
    net.run(20);
    const uris = phone.response(200).recordRoutes.map((each) => each.uri.replace(/;(?:alternatePath|pathToken)=[^;>]*/g, ''));
    expect(uris).to.deep.equal(['sip:10.0.0.2:5060;lr', 'sip:10.0.0.2:5060;transport=tcp;lr']);
    expect(phone.received.at(-1)?.flow).to.not.equal(undefined);
  });
});

describe('a telephone on TCP', () => {
  function registered(): Scene & { readonly phone: Endpoint } {
    const made = streaming();
    made.phone.stream(A, register(made.phone, 'carol', { transport: 'TCP', contact: 'sip:carol@10.1.0.21:5062;transport=tcp' }));
    made.net.run(20);
    made.phone.response(200, 'REGISTER');
    made.phone.listens = false;
    return made;
  }

  it('is called over the connection that it registered over', () => {
    const { net, phone, caller } = registered();
    caller.send(A, request('INVITE', caller, 'carol'));
    net.run(20);
    const invite = phone.request('INVITE');
    expect(invite.topVia.transport).to.equal('TCP');
    expect(invite.requestUri).to.equal('sip:carol@10.1.0.21:5062;transport=tcp');
    phone.reply(invite, 200);
    net.run(20);
    expectStatuses(caller, 'INVITE', [200]);
  });

  it('the connection is gone: its contact is tried, with the same bytes', () => {
    const { net, phone, caller } = registered();
    const contact = net.endpoint('10.1.0.21:5062');
    net.disconnect(phone.address, A);
    caller.send(A, request('INVITE', caller, 'carol'));
    net.run(20);
    expect(contact.requests('INVITE')).to.have.length(1);
  });

  it('silence does not make it ring at its contact as well', () => {
    const { net, caller } = registered();
    const contact = net.endpoint('10.1.0.21:5062');
    caller.send(A, request('INVITE', caller, 'carol'));
    net.run(10_000);
    expect(contact.requests('INVITE')).to.have.length(0);
  });

  it('another node, which has no connection to it, reaches it at its contact', () => {
    const { net, caller } = registered();
    const contact = net.endpoint('10.1.0.21:5062');
    caller.send(B, request('INVITE', caller, 'carol'));
    net.run(20);
    expect(contact.requests('INVITE')).to.have.length(1);
  });

  it('neither is there: 500 at once', () => {
    const { net, phone, caller } = registered();
    net.disconnect(phone.address, A);
    caller.send(A, request('INVITE', caller, 'carol'));
    net.run(50);
    expectStatuses(caller, 'INVITE', [500]);
  });

  it('is not sent anything twice by a timer', () => {
    const { net, phone, caller } = registered();
    caller.send(A, request('INVITE', caller, 'carol'));
    net.run(30_000);
    expect(phone.requests('INVITE')).to.have.length(1);
  });

  it('a request that came by datagram without Content-Length gets one (§18.3)', () => {
    const { net, phone, caller } = registered();
    caller.send(A, request('MESSAGE', caller, 'carol', { body: 'twelve bytes' }).replace(/Content-Length: .*\r\n/, ''));
    net.run(20);
    expect(phone.request('MESSAGE').contentLength).to.equal(12);
  });

  it('a response, too', () => {
    const { net, phone, bob } = registered();
    phone.stream(A, request('MESSAGE', phone, 'bob', { ...over }));
    net.run(20);
    bob.send(A, `${bob.responseText(bob.request('MESSAGE'), 200, {}, A).replace(/Content-Length: .*\r\n/, '')}body`);
    net.run(20);
    expect(phone.response(200, 'MESSAGE').contentLength).to.equal(4);
  });
});
