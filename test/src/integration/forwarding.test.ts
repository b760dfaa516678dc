// RFC 3261 §16.3 to §16.6: what is refused, and how the copy of a request looks that goes on.
import { expect } from 'chai';
import { request } from './messages.js';
import { A, expectStatuses, headerNames, scene, withSettings } from './scene.js';

describe('request validation (RFC 3261 §16.3)', () => {
  const refused: readonly [title: string, method: string, options: Parameters<typeof request>[3], status: number][] = [
    ['a scheme that it does not know is 416', 'INVITE', { uri: 'nobodyKnowsThisScheme:totallyopaquecontent' }, 416],
    ['a tel URI that no Route takes further is 416', 'INVITE', { uri: 'tel:+15551234' }, 416],
    ['Max-Forwards 0 is 483', 'INVITE', { maxForwards: 0 }, 483],
    ['Max-Forwards 0 is 483 for a BYE, too', 'BYE', { maxForwards: 0, toTag: 'x' }, 483],
    ['an extension that the proxy must know and does not is 420', 'INVITE', { lines: ['Proxy-Require: privacy, sec-agree'] }, 420],
    ['a Max-Breadth of 0 is 440', 'INVITE', { lines: ['Max-Breadth: 0'] }, 440],
  ];
  for (const [title, method, options, status] of refused) {
    it(title, () => {
      const { net, caller, bob } = scene();
      caller.send(A, request(method, caller, 'bob', options));
      net.run(50);
      expectStatuses(caller, method, [status]);
      expect(bob.requests(method)).to.have.length(0);
    });
  }

  it('420 names what is not supported, and all of it', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Proxy-Require: privacy', 'Proxy-Require: sec-agree'] }));
    net.run(50);
    expect(caller.response(420).header('Unsupported')).to.equal('privacy, sec-agree');
  });

  it('Require is for the far end and goes on unread', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Require: nothingSupportsThis'] }));
    net.run(50);
    expect(bob.request('INVITE').header('Require')).to.equal('nothingSupportsThis');
  });

  it('a method that nobody knows goes on', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('NEWMETHOD', caller, 'bob'));
    net.run(50);
    expect(bob.requests('NEWMETHOD')).to.have.length(1);
  });

  it('Proxy-Require counts for nothing in a CANCEL', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    bob.reply(bob.request('INVITE'), 180);
    net.run(50);
    caller.send(A, request('CANCEL', caller, 'bob', { lines: ['Proxy-Require: privacy'] }));
    net.run(50);
    expectStatuses(caller, 'CANCEL', [200]);
    expect(bob.requests('CANCEL')).to.have.length(1);
  });

  it('an ACK that is out of hops is dropped and counted, and answered by nothing', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('ACK', caller, 'bob', { maxForwards: 0, toTag: 'x' }));
    net.run(50);
    expect(caller.received).to.have.length(0);
    expect(bob.requests('ACK')).to.have.length(0);
    expect(a.count('sip.request.dropped max-forwards')).to.equal(1);
  });

  it('every response of its own carries the upstream Via with received and rport, and a To tag', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'nobody'));
    net.run(50);
    const refusal = caller.response(404);
    expect(refusal.topVia.text).to.equal('SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKfirst;rport=5060;received=10.1.0.1');
    expect(refusal.toTag).to.not.equal('');
    expect(refusal.callId).to.equal('call@10.1.0.1');
  });
});

describe('the forwarded copy (RFC 3261 §16.6)', () => {
  it('what is not touched leaves as it came, in its order and its spelling', () => {
    const { net, caller, bob } = scene();
    const odd = ['Subject:   many   blanks ', 'X-Unknown: \xe4\xf6\xfc;;;"', 'i: nothing', 's: compact', 'X-Unknown: again'];
    const text = request('MESSAGE', caller, 'bob', { lines: odd.filter((line) => !line.startsWith('i:')), body: 'h\xe9llo\r\n\r\nINVITE' });
    caller.send(A, text);
    net.run(50);
    const received = bob.request('MESSAGE').bytes.toString('latin1');
    for (const line of ['Subject:   many   blanks ', 'X-Unknown: \xe4\xf6\xfc;;;"', 's: compact', 'X-Unknown: again'])
      expect(received).to.contain(`\r\n${line}\r\n`);
    expect(received.endsWith('\r\n\r\nh\xe9llo\r\n\r\nINVITE')).to.equal(true);
    expect(headerNames(bob.request('MESSAGE')).filter((name) => name.startsWith('X-') || name === 's')).to.deep.equal([
      'X-Unknown',
      's',
      'X-Unknown',
    ]);
  });

  it('the Request-URI becomes the contact as registered', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bob.request('INVITE').requestUri).to.equal('sip:bob@10.1.0.11:5060');
  });

  it('Max-Forwards falls by one', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { maxForwards: 5 }));
    net.run(50);
    expect(bob.request('INVITE').maxForwards).to.equal(4);
  });

  it('an absent Max-Forwards becomes 70', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { maxForwards: null }));
    net.run(50);
    expect(bob.request('INVITE').maxForwards).to.equal(70);
  });

  it('the received Via gets received and rport (RFC 3581), ours stands above it', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { via: 'SIP/2.0/UDP phone.invalid;branch=z9hG4bKfirst;rport;x=y' }));
    net.run(50);
    const { vias } = bob.request('INVITE');
    expect(vias).to.have.length(2);
    expect(vias[0]?.text).to.match(/^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;rport;branch=z9hG4bK[\w-]{22};/);
    expect(vias[1]?.text).to.equal('SIP/2.0/UDP phone.invalid;branch=z9hG4bKfirst;x=y;rport=5060;received=10.1.0.1');
  });

  it('a received parameter that the sender wrote counts for nothing', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { via: 'SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKfirst;received=192.0.2.66;rport=9' }));
    net.run(50);
    expect(bob.request('INVITE').vias[1]?.text).to.equal('SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKfirst;rport=5060;received=10.1.0.1');
    caller.send(A, request('OPTIONS', caller, 'nobody', { via: 'SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKsecond;received=192.0.2.66' }));
    net.run(50);
    expectStatuses(caller, 'OPTIONS', [200]);
    expect(net.crossed.filter((each) => each.to.startsWith('192.0.2.66'))).to.deep.equal([]);
  });

  it('without rport the answer goes to the port that the Via names (RFC 3261 §18.2.2)', () => {
    const { net, caller } = scene();
    const other = net.endpoint('10.1.0.1:5080');
    caller.send(A, request('OPTIONS', caller, 'nobody', { via: 'SIP/2.0/UDP 10.1.0.1:5080;branch=z9hG4bKfirst' }));
    net.run(50);
    expectStatuses(other, 'OPTIONS', [200]);
    expect(caller.received).to.have.length(0);
  });

  it('Record-Route is put on what forms a dialog, once, above those that are there', () => {
    const { net, caller, bob } = scene();
    for (const method of ['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'MESSAGE', 'PUBLISH']) {
      caller.send(A, request(method, caller, 'bob', { branch: `z9hG4bK${method}`, lines: ['Record-Route: <sip:earlier.test;lr>'] }));
      net.run(50);
      const uris = bob.request(method).recordRoutes.map((each) => each.uri.replace(/;.*/, ''));
      const forms = method !== 'MESSAGE' && method !== 'PUBLISH';
      expect(uris, method).to.deep.equal(forms ? ['sip:10.0.0.1:5060', 'sip:earlier.test'] : ['sip:earlier.test']);
    }
  });

  it('a request inside a dialog gets no Record-Route: route sets are frozen', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { toTag: 'known' }));
    net.run(50);
    expect(bob.request('INVITE').recordRoutes).to.have.length(0);
  });

  it('no Record-Route where the file says so', () => {
    const { net, caller, bob } = scene({ settings: withSettings({ proxy: { recordRoute: false } }) });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bob.request('INVITE').recordRoutes).to.have.length(0);
    expect(bob.request('INVITE').topVia.parameters.has('alternatePath')).to.equal(true);
  });

  it('a request without Contact, body or Content-Length goes through', () => {
    const { net, caller, bob } = scene();
    caller.send(
      A,
      request('INVITE', caller, 'bob')
        .replace(/Contact: .*\r\n/, '')
        .replace(/Content-Length: .*\r\n/, ''),
    );
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
  });
});

describe('Max-Breadth (RFC 5393 §5.3.3)', () => {
  it('is added where it is absent, and kept where it is there', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    caller.send(A, request('MESSAGE', caller, 'bob', { branch: 'z9hG4bKm', lines: ['Max-Breadth: 7'] }));
    net.run(50);
    expect(bob.request('INVITE').header('Max-Breadth')).to.equal('60');
    expect(bob.request('MESSAGE').header('Max-Breadth')).to.equal('7');
  });

  it('above the maximum it is brought down to it', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Max-Breadth: 5000'] }));
    net.run(50);
    expect(bob.request('INVITE').header('Max-Breadth')).to.equal('60');
  });

  it('is shared out among parallel forks, and nothing of it is lost', () => {
    const { net, caller, bobs } = scene({ bobs: [undefined, undefined, undefined] });
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Max-Breadth: 8'] }));
    net.run(50);
    const shares = bobs.map((each) => Number(each.request('INVITE').header('Max-Breadth')));
    expect(shares.sort()).to.deep.equal([2, 3, 3]);
  });

  it('too little of it for a parallel fork is 440', () => {
    const { net, caller, bobs } = scene({ bobs: [undefined, undefined, undefined] });
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Max-Breadth: 2'] }));
    net.run(50);
    expectStatuses(caller, 'INVITE', [440]);
    expect(bobs.flatMap((each) => each.requests('INVITE'))).to.have.length(0);
  });

  it('is enough for one target after the other', () => {
    const { net, caller, bobs } = scene({ bobs: ['0.9', '0.5'], settings: withSettings({ proxy: { fork: 'serial' } }) });
    caller.send(A, request('INVITE', caller, 'bob', { lines: ['Max-Breadth: 1'] }));
    net.run(50);
    expect(bobs[0]?.request('INVITE').header('Max-Breadth')).to.equal('1');
    bobs[0]?.reply(bobs[0].request('INVITE'), 486);
    net.run(50);
    expect(bobs[1]?.request('INVITE').header('Max-Breadth')).to.equal('1');
  });
});
