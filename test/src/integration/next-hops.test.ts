// The next hop and its stand-ins (ARCHITECTURE "Sender with alternates"; RFC 3263): names, hedges, failures that are held,
// the next address after a 503, and the ways back.
import { expect } from 'chai';
import type { SipMessage } from '@altpath/sip';
import { ackOf, request } from './messages.js';
import { A, expectStatuses, scene, type Scene, type SceneOptions, timersOf, withSettings } from './scene.js';
import type { Endpoint } from './simulation.js';

const LIST = 'sip:x@10.1.0.60;alternatePath=10.1.0.61';

const trusting: SceneOptions = {
  nodes: ['a'],
  settings: withSettings({ trust: [{ name: 'test', neighbours: ['10.1.0.0/16'], alternates: ['10.1.0.0/16'] }] }),
};

/** A request for a next hop with one stand-in; both are scripted. */
function sent(method = 'INVITE', uri = LIST, options: SceneOptions = trusting): Scene & { readonly x1: Endpoint; readonly x2: Endpoint } {
  const made = scene(options);
  const x1 = made.net.endpoint('10.1.0.60:5060');
  const x2 = made.net.endpoint('10.1.0.61:5060');
  made.caller.send(A, request(method, made.caller, 'x', { uri }));
  made.net.run(20);
  return { ...made, x1, x2 };
}

function copies(phone: Endpoint, method = 'INVITE'): number {
  return phone.requests(method).length;
}

describe('names (RFC 3263)', () => {
  it('a name is asked for, and the request goes to what it resolves to', () => {
    const { net, caller } = scene();
    net.names.set('far.test', [{ host: '10.1.0.60', port: 5080, transport: 'udp' }]);
    caller.send(A, request('INVITE', caller, 'x', { uri: 'sip:x@far.test' }));
    net.run(50);
    expect(net.between(A, '10.1.0.60:5080')).to.have.length(1);
  });

  it('one that resolves to nothing is 500, said at once', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'x', { uri: 'sip:x@nowhere.test' }));
    net.run(50);
    expectStatuses(caller, 'INVITE', [500]);
  });

  it('several addresses are tried in their order, with the same bytes, on silence', () => {
    const { net, caller } = scene();
    net.names.set(
      'far.test',
      [60, 61, 62].map((n) => ({ host: `10.1.0.${n}`, port: 5060, transport: 'udp' as const })),
    );
    caller.send(A, request('MESSAGE', caller, 'x', { uri: 'sip:x@far.test' }));
    net.run(1_400);
    const texts = [60, 61, 62].map((n) => net.crossed.find((each) => each.to === `10.1.0.${n}:5060`)?.text);
    expect(texts[0]).to.not.equal(undefined);
    expect(new Set(texts).size).to.equal(1);
  });

  it('answers of several transports: each gets a Via of its own, after the first has failed', () => {
    const { net, caller } = scene({ nodes: ['a'], tcp: true });
    const x = net.endpoint('10.1.0.61:5060');
    net.names.set('far.test', [
      { host: '10.1.0.60', port: 5060, transport: 'tcp' },
      { host: '10.1.0.61', port: 5060, transport: 'udp' },
    ]);
    caller.send(A, request('INVITE', caller, 'x', { uri: 'sip:x@far.test' }));
    net.run(50);
    expect(x.request('INVITE').topVia.transport).to.equal('UDP');
    expectStatuses(caller, 'INVITE', []);
  });

  it('a Route with a name and alternates resolves the name and keeps the alternates', () => {
    const { net, caller } = scene(trusting);
    net.names.set('far.test', [{ host: '10.1.0.60', port: 5060, transport: 'udp' }]);
    caller.send(
      A,
      request('BYE', caller, 'x', { uri: 'sip:x@198.51.100.1', toTag: 'x', lines: ['Route: <sip:far.test;lr;alternatePath=10.1.0.61>'] }),
    );
    net.run(700);
    expect(net.between(A, '10.1.0.61:5060').length).to.be.above(0);
  });
});

describe('a next hop with stand-ins', () => {
  it('silence for one T1: the same bytes to the alternate, and both are listened to', () => {
    const { net, caller, x1, x2, a } = sent();
    net.run(400);
    expect(copies(x2)).to.equal(0);
    net.run(200);
    expect(copies(x2)).to.equal(1);
    expect(x2.request('INVITE').bytes.equals(x1.request('INVITE').bytes)).to.equal(true);
    expect(a.count('sip.alternate.used silence')).to.equal(1);
    x1.reply(x1.request('INVITE'), 180);
    net.run(20);
    x2.reply(x2.request('INVITE'), 200);
    net.run(20);
    expectStatuses(caller, 'INVITE', [180, 200]);
  });

  it('a transport error: at once', () => {
    const made = scene(trusting);
    made.net.refusing.add('10.1.0.60:5060');
    const x2 = made.net.endpoint('10.1.0.61:5060');
    made.caller.send(A, request('INVITE', made.caller, 'x', { uri: LIST }));
    made.net.run(20);
    expect(copies(x2)).to.equal(1);
  });

  it('an INVITE with a 100 and nothing else: after 6 T1; with a 180: never', () => {
    const { net, x1, x2, a } = sent();
    x1.reply(x1.request('INVITE'), 100);
    net.run(2_900);
    expect(copies(x2)).to.equal(0);
    net.run(200);
    expect(copies(x2)).to.equal(1);
    expect(a.count('sip.alternate.used guard')).to.equal(1);
    const ringing = sent();
    ringing.x1.reply(ringing.x1.request('INVITE'), 180);
    ringing.net.run(60_000);
    expect(copies(ringing.x2)).to.equal(0);
  });

  it('an address that was silent is tried last from then on, until it speaks', () => {
    const { net, caller, x1, x2 } = sent();
    net.run(700);
    x2.reply(x2.request('INVITE'), 200);
    net.run(20);
    caller.send(A, request('MESSAGE', caller, 'x', { uri: LIST, branch: 'z9hG4bK2', callId: '2' }));
    net.run(20);
    expect([copies(x1, 'MESSAGE'), copies(x2, 'MESSAGE')]).to.deep.equal([0, 1]);
    x1.reply(x1.request('INVITE'), 200, { tag: 'late' });
    net.run(20);
    caller.send(A, request('MESSAGE', caller, 'x', { uri: LIST, branch: 'z9hG4bK3', callId: '3' }));
    net.run(20);
    expect(copies(x1, 'MESSAGE')).to.equal(1);
  });

  it('no address left: it goes on retransmitting, an error is not final', () => {
    const { net, caller, x1, x2, a } = sent();
    net.refusing.add(x1.address);
    net.refusing.add(x2.address);
    net.run(10_000);
    net.refusing.delete(x1.address);
    net.run(8_000);
    expect(copies(x1)).to.be.above(1);
    expect(a.count('sip.response.own 500')).to.equal(0);
    x1.reply(x1.request('INVITE'), 200);
    net.run(20);
    expect(caller.responses(200)).to.have.length(1);
  });

  it('the ACK of a failure goes to the one that answered', () => {
    const { net, x1, x2 } = sent();
    net.run(600);
    x2.reply(x2.request('INVITE'), 486);
    net.run(20);
    expect([copies(x1, 'ACK'), copies(x2, 'ACK')]).to.deep.equal([0, 1]);
  });

  it('a CANCEL goes to all that have got the INVITE', () => {
    const { net, caller, x1, x2 } = sent();
    net.run(600);
    x2.reply(x2.request('INVITE'), 180);
    net.run(20);
    caller.send(A, request('CANCEL', caller, 'x', { uri: LIST }));
    net.run(20);
    expect([copies(x1, 'CANCEL'), copies(x2, 'CANCEL')]).to.deep.equal([1, 1]);
  });

  it('200 from one and a failure from the other harm nothing', () => {
    const { net, caller, x1, x2 } = sent();
    net.run(600);
    x1.reply(x1.request('INVITE'), 200);
    net.run(20);
    x2.reply(x2.request('INVITE'), 486);
    net.run(20);
    expectStatuses(caller, 'INVITE', [200]);
    expect([copies(x1, 'ACK'), copies(x2, 'ACK')]).to.deep.equal([0, 1]);
  });

  it('a failure from one and then 200 from the other: both go up (RFC 3261 §16.7 step 5)', () => {
    const { net, caller, x1, x2 } = sent();
    net.run(600);
    x1.reply(x1.request('INVITE'), 486);
    net.run(20);
    x2.reply(x2.request('INVITE'), 200);
    net.run(20);
    expectStatuses(caller, 'INVITE', [486, 200]);
    net.run(3_000);
    expect(caller.responses(200), 'the failure is repeated, the 200 is not').to.have.length(1);
    expect(caller.responses(486).length).to.be.above(2);
  });

  it('the ACK of a 2xx that comes again goes out on all ways', () => {
    const { net, caller, x1, x2 } = sent();
    x1.reply(x1.request('INVITE'), 200);
    net.run(20);
    const ack = request('ACK', caller, 'x', {
      uri: 'sip:x@198.51.100.1',
      toTag: x1.tag,
      branch: 'z9hG4bKack',
      lines: ['Route: <sip:10.1.0.60;lr;alternatePath=10.1.0.61>'],
    });
    caller.send(A, ack);
    net.run(20);
    expect([copies(x1, 'ACK'), copies(x2, 'ACK')]).to.deep.equal([1, 0]);
    caller.send(A, ack);
    net.run(20);
    expect([copies(x1, 'ACK'), copies(x2, 'ACK')]).to.deep.equal([2, 1]);
  });
});

describe('a failure from one way while another may know better', () => {
  function hedged(): ReturnType<typeof sent> {
    const made = sent();
    made.net.run(600);
    return made;
  }

  for (const status of [404, 408, 430, 480, 481, 482, 483, 500, 503]) {
    it(`${status} is held and acknowledged; the other's answer counts`, () => {
      const { net, caller, x1, x2 } = hedged();
      x2.reply(x2.request('INVITE'), status);
      net.run(20);
      expect(copies(x2, 'ACK')).to.equal(1);
      expect(caller.statuses().filter((each) => each > 100)).to.deep.equal([]);
      x1.reply(x1.request('INVITE'), 200);
      net.run(20);
      expect(caller.statuses().filter((each) => each > 100)).to.deep.equal([200]);
    });
  }

  it('it goes up when the other fails as well, or at Timer B', () => {
    const both = hedged();
    both.x2.reply(both.x2.request('INVITE'), 404);
    both.net.run(20);
    both.x1.reply(both.x1.request('INVITE'), 480);
    both.net.run(20);
    expect(both.caller.statuses()).to.have.length(1);
    const one = hedged();
    one.x2.reply(one.x2.request('INVITE'), 404);
    one.net.run(31_000);
    expect(one.caller.statuses().filter((each) => each > 100)).to.deep.equal([]);
    one.net.run(1_000);
    expect(one.caller.statuses().at(-1)).to.equal(404);
  });

  it('a word that no node makes up goes up at once', () => {
    for (const status of [486, 401, 603, 487]) {
      const { net, caller, x2 } = hedged();
      x2.reply(x2.request('INVITE'), status);
      net.run(20);
      expect(caller.statuses()).to.deep.equal([status]);
    }
  });

  it("a failure with the tag of whoever rang is that telephone's word", () => {
    const { net, caller, x1, x2 } = hedged();
    x1.reply(x1.request('INVITE'), 180, { tag: 'phone' });
    x2.reply(x2.request('INVITE'), 480, { tag: 'phone' });
    net.run(20);
    expectStatuses(caller, 'INVITE', [180, 480]);
  });

  it("487 is the caller's own doing, and waits for nobody", () => {
    const { net, caller, x1, x2 } = hedged();
    x1.reply(x1.request('INVITE'), 180, { tag: 'phone' });
    x2.reply(x2.request('INVITE'), 487, { tag: 'other' });
    net.run(20);
    expectStatuses(caller, 'INVITE', [180, 487]);
  });

  it('where somebody else rings, any failure but a 6xx waits for that', () => {
    const { net, caller, x1, x2 } = hedged();
    x1.reply(x1.request('INVITE'), 180, { tag: 'phone' });
    x2.reply(x2.request('INVITE'), 486, { tag: 'other' });
    net.run(60_000);
    expectStatuses(caller, 'INVITE', [180]);
    x1.reply(x1.request('INVITE'), 200, { tag: 'phone' });
    net.run(20);
    expectStatuses(caller, 'INVITE', [180, 200]);
  });
});

describe('the next address after a 503 or a refusal (RFC 3263 §4.3)', () => {
  it('a 503 counts for the address alone: the next one gets a transaction of its own', () => {
    const { net, caller, x1, x2 } = sent();
    x1.reply(x1.request('INVITE'), 503);
    net.run(20);
    expect(copies(x1, 'ACK')).to.equal(1);
    expect(copies(x2)).to.equal(1);
    expect(x2.request('INVITE').topVia.branch).to.not.equal(x1.request('INVITE').topVia.branch);
    expectStatuses(caller, 'INVITE', []);
    x2.reply(x2.request('INVITE'), 200);
    net.run(20);
    expectStatuses(caller, 'INVITE', [200]);
  });

  it('503 from all of them is 500', () => {
    const { net, caller, x1, x2 } = sent();
    x1.reply(x1.request('INVITE'), 503);
    net.run(20);
    x2.reply(x2.request('INVITE'), 503);
    net.run(20);
    expectStatuses(caller, 'INVITE', [500]);
  });

  it('also for what is no INVITE', () => {
    const { net, caller, x1, x2 } = sent('MESSAGE');
    x1.reply(x1.request('MESSAGE'), 503);
    net.run(20);
    x2.reply(x2.request('MESSAGE'), 200);
    net.run(20);
    expectStatuses(caller, 'MESSAGE', [200]);
  });

  it('another failure ends it', () => {
    const { net, caller, x1, x2 } = sent();
    x1.reply(x1.request('INVITE'), 500);
    net.run(1_000);
    expect(copies(x2)).to.equal(0);
    expectStatuses(caller, 'INVITE', [500, 500]);
  });

  it('after a CANCEL no further address is tried', () => {
    const { net, caller, x1, x2 } = sent();
    x1.reply(x1.request('INVITE'), 180);
    net.run(20);
    caller.send(A, request('CANCEL', caller, 'x', { uri: LIST }));
    net.run(20);
    x1.reply(x1.request('INVITE'), 503);
    net.run(20);
    expect(copies(x2)).to.equal(0);
    expect(caller.statuses().at(-1)).to.equal(500);
  });
});

describe('two clusters in a row', () => {
  /** Cluster x serves sample3.test behind us; its telephone is carol. */
  function chain(): Scene & { readonly carol: Endpoint } {
    const made = scene({
      settings: withSettings({
        timers: timersOf(500),
        trust: [{ name: 'x', neighbours: ['10.1.0.0/16', '10.2.0.0/16'], alternates: ['10.2.0.0/16'] }],
      }),
    });
    made.net.addCluster(['x1', 'x2'], {
      settings: withSettings({ trust: [{ name: 'us', neighbours: ['10.0.0.0/16', '10.1.0.0/16'], alternates: ['10.0.0.0/16'] }] }),
      secret: 9,
    });
    const carol = made.net.endpoint('10.3.0.1:5060');
    const text = `REGISTER sip:10.2.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.3.0.1:5060;rport;branch=z9hG4bKr\r\nFrom: <sip:carol@sample2.test>;tag=1\r\nTo: <sip:carol@sample2.test>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\nContact: <sip:carol@10.3.0.1>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
    carol.send('10.2.0.1:5060', text);
    made.net.run(50);
    carol.response(200, 'REGISTER');
    return { ...made, carol };
  }

  function invited(made: ReturnType<typeof chain>): SipMessage {
    made.caller.send(A, request('INVITE', made.caller, 'carol', { uri: 'sip:carol@10.2.0.1' }));
    made.net.run(50);
    return made.carol.request('INVITE');
  }

  it('each writes its own Via, Record-Route and token, and both lists', () => {
    const made = chain();
    const invite = invited(made);
    expect(invite.vias.map((each) => [each.host, each.parameters.get('alternatePath')])).to.deep.equal([
      ['10.2.0.1', '10.2.0.2'],
      ['10.0.0.1', '10.0.0.2'],
      ['10.1.0.1', undefined],
    ]);
    expect(invite.recordRoutes.map((each) => each.uri.replace(/;pathToken=[^;>]*/, ''))).to.deep.equal([
      'sip:10.2.0.1:5060;lr;alternatePath=10.2.0.2',
      'sip:10.0.0.1:5060;lr;alternatePath=10.0.0.2',
    ]);
  });

  it('our node dies: their response goes to our alternate, which stands in', () => {
    const made = chain();
    const invite = invited(made);
    made.net.node('a').die();
    made.b.peerState('a', 'down');
    made.carol.reply(invite, 200);
    made.net.run(100);
    expectStatuses(made.caller, 'INVITE', [200]);
    expect(made.caller.response(200).recordRoutes.map((each) => each.uri.split(';')[0])).to.deep.equal([
      'sip:10.2.0.1:5060',
      'sip:10.0.0.2:5060',
    ]);
  });

  it('our node falls silent: their response that is not acknowledged goes to our alternate, too', () => {
    const made = chain();
    const invite = invited(made);
    made.net.node('a').die(false);
    made.b.peerState('a', 'suspect');
    made.carol.reply(invite, 200);
    made.net.run(100);
    expectStatuses(made.caller, 'INVITE', []);
    made.carol.reply(invite, 200);
    made.net.run(100);
    expectStatuses(made.caller, 'INVITE', [200]);
  });

  it('both primaries die: their alternate stands in for theirs, and finds ours', () => {
    const made = chain();
    const invite = invited(made);
    made.net.node('a').die();
    made.b.peerState('a', 'down');
    made.net.node('x1').die();
    (made.net.nodes[3] as { states: string[] }).states[0] = 'down';
    made.carol.reply(invite, 200, { to: '10.2.0.2:5060' });
    made.net.run(100);
    expectStatuses(made.caller, 'INVITE', [200]);
    expect(made.caller.response(200).recordRoutes.map((each) => each.uri.split(';')[0])).to.deep.equal([
      'sip:10.2.0.2:5060',
      'sip:10.0.0.2:5060',
    ]);
  });

  it('their node dies: our request in the dialog finds their alternate', () => {
    const made = chain();
    const invite = invited(made);
    made.carol.reply(invite, 200);
    made.net.run(100);
    const ok = made.caller.response(200);
    made.net.node('x1').die();
    const route = [...ok.recordRoutes]
      .reverse()
      .map((each) => `<${each.uri}>`)
      .join(', ');
    made.caller.send(
      A,
      request('BYE', made.caller, 'carol', {
        uri: 'sip:callee@10.3.0.1:5060',
        toTag: ok.toTag,
        cseq: 2,
        branch: 'z9hG4bKbye',
        lines: [`Route: ${route}`],
      }),
    );
    made.net.run(100);
    expect(made.carol.requests('BYE')).to.have.length(1);
    made.carol.reply(made.carol.request('BYE'), 200);
    made.net.run(100);
    expectStatuses(made.caller, 'BYE', [200]);
  });

  it('a failure that they repeat, because our node is silent, is repeated to our alternate', () => {
    const made = chain();
    const invite = invited(made);
    made.net.node('a').die(false);
    made.b.peerState('a', 'down');
    made.carol.reply(invite, 486);
    made.net.run(700);
    expect(made.caller.statuses()).to.include(486);
    made.caller.send('10.0.0.2:5060', ackOf(made.caller.response(486), made.caller, 'carol', { uri: 'sip:carol@10.2.0.1' }));
    made.net.run(100);
    const before = made.caller.statuses().length;
    made.net.run(10_000);
    expect(made.caller.statuses()).to.have.length(before);
  });
});

describe('the ways back to a neighbour with stand-ins', () => {
  /** x1 calls bob through A, which dies; x2 stands in for x1. The shared sent-by is a third address. */
  function standingIn(): Scene & { readonly x1: Endpoint; readonly x2: Endpoint; readonly invite: SipMessage } {
    const made = scene({ settings: trusting.settings as NonNullable<SceneOptions['settings']> });
    const x1 = made.net.endpoint('10.1.0.60:5060');
    const x2 = made.net.endpoint('10.1.0.61:5060');
    x1.send(A, request('INVITE', x1, 'bob', { via: 'SIP/2.0/UDP 10.1.0.69:5060;rport;branch=z9hG4bKx;alternatePath=10.1.0.61' }));
    made.net.run(50);
    made.net.kill('a');
    return { ...made, x1, x2, invite: made.bob.request('INVITE') };
  }

  it('a response that is relayed by its token goes to the stand-in when it comes again, and nowhere else', () => {
    const { net, bob, x1, x2, invite } = standingIn();
    bob.reply(invite, 200, { to: '10.0.0.2:5060' });
    net.run(50);
    expect([x1, x2].map((each) => each.responses(200).length)).to.deep.equal([1, 0]);
    bob.reply(invite, 200, { to: '10.0.0.2:5060' });
    net.run(50);
    expect([x1, x2].map((each) => each.responses(200).length)).to.deep.equal([2, 1]);
    expect(net.between('10.0.0.2:5060', '10.1.0.69:5060')).to.deep.equal([]);
  });

  it('to the stand-in at once when the hop cannot be reached, then to sent-by', () => {
    const { net, bob, x1, x2, invite } = standingIn();
    net.refusing.add(x1.address);
    bob.reply(invite, 200, { to: '10.0.0.2:5060' });
    net.run(50);
    expect([x1, x2].map((each) => each.responses(200).length)).to.deep.equal([0, 1]);
    net.refusing.add(x2.address);
    bob.reply(invite, 180, { to: '10.0.0.2:5060' });
    net.run(50);
    expect(net.between('10.0.0.2:5060', '10.1.0.69:5060')).to.have.length.above(0);
  });
});

describe('the ways back to a plain neighbour', () => {
  it('an answer that nobody acknowledges is not sent to where the sender only says it is', () => {
    const { net } = scene({ nodes: ['a'] });
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(
      A,
      request('INVITE', stranger, 'nobody', {
        via: 'SIP/2.0/UDP 198.51.100.66:5060;rport;branch=z9hG4bKx;alternatePath=198.51.100.67;received=198.51.100.68',
      }),
    );
    net.run(40_000);
    expect(stranger.responses(404).length).to.be.above(5);
    expect(net.crossed.filter((each) => each.to.startsWith('198.51.100.'))).to.deep.equal([]);
  });

  it('where the source cannot be reached, sent-by is tried (RFC 3261 §18.2.2)', () => {
    const { net } = scene({ nodes: ['a'] });
    const moved = net.endpoint('10.1.0.9:5070');
    net.endpoint('10.1.0.9:5060');
    const text = request('OPTIONS', moved, 'nobody', { via: 'SIP/2.0/UDP 10.1.0.8:5060;rport;branch=z9hG4bKx' });
    net.refusing.add('10.1.0.9:5070');
    moved.send(A, text);
    net.run(50);
    expect(net.between(A, '10.1.0.8:5060')).to.deep.equal(['SIP/2.0 200 OK']);
  });
});
