// Who may send what through us (ARCHITECTURE "Trust", `sip.proxy.relay`), and whose alternates are used.
import { expect } from 'chai';
import { register, request, routeOf } from './messages.js';
import { A, B, expectStatuses, scene, withSettings } from './scene.js';

const FOREIGN = 'sip:x@192.0.2.80';

describe('relay for foreign domains', () => {
  it('a stranger gets 403, and it is counted', () => {
    const { net, a } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'x', { uri: FOREIGN }));
    net.run(50);
    expectStatuses(stranger, 'INVITE', [403]);
    expect(a.count('sip.request.refused relay')).to.equal(1);
    expect(net.between(A, '192.0.2.80:5060')).to.deep.equal([]);
  });

  it('a stranger that preloads a Route through us gets 403, too', () => {
    const { net } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'bob', { lines: ['Route: <sip:10.0.0.1;lr>, <sip:192.0.2.80;lr>'] }));
    net.run(50);
    expectStatuses(stranger, 'INVITE', [403]);
  });

  it('a stranger may call our users', () => {
    const { net, bob } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'bob'));
    net.run(50);
    expect(bob.requests('INVITE')).to.have.length(1);
  });

  it('a neighbour of a trust group may', () => {
    const { net, caller } = scene();
    caller.send(A, request('INVITE', caller, 'x', { uri: FOREIGN }));
    net.run(50);
    expect(net.between(A, '192.0.2.80:5060')).to.have.length(1);
  });

  it('a registered source may, as long as it is registered, and only from where it registered', () => {
    const { net } = scene();
    const phone = net.endpoint('192.0.2.33:5060');
    phone.send(A, register(phone, 'carol', { expires: 120 }));
    net.run(50);
    phone.send(A, request('INVITE', phone, 'x', { uri: FOREIGN }));
    phone.send(B, request('MESSAGE', phone, 'x', { uri: FOREIGN }));
    net.run(50);
    expect(net.between(A, '192.0.2.80:5060')).to.have.length(1);
    expect(net.between(B, '192.0.2.80:5060')).to.have.length(1);
    const neighbour = net.endpoint('192.0.2.33:5099');
    neighbour.send(A, request('INVITE', neighbour, 'x', { uri: FOREIGN }));
    net.run(130_000);
    phone.send(A, request('INVITE', phone, 'x', { uri: FOREIGN, callId: 'later', branch: 'z9hG4bK3' }));
    net.run(50);
    expect(neighbour.statuses()).to.include(403);
    expect(phone.statuses()).to.include(403);
  });

  it('a valid token of the dialog admits either side, through either node; one of another dialog does not', () => {
    const { net, bob } = scene();
    const stranger = net.endpoint('192.0.2.80:5060');
    bob.send(A, request('INVITE', bob, 'x', { uri: FOREIGN, fromTag: 'bob', callId: 'dialog' }));
    net.run(50);
    const invite = stranger.request('INVITE');
    stranger.reply(invite, 200);
    net.run(50);
    const route = `Route: <${invite.recordRoutes[0]?.uri}>`;
    const bye = { uri: 'sip:bob@198.51.100.7', callId: 'dialog', fromTag: stranger.tag, toTag: 'bob', lines: [route] };
    for (const [index, node] of [A, B].entries())
      stranger.send(node, request('BYE', stranger, 'x', { ...bye, cseq: index + 2, branch: `z9hG4bK${index}` }));
    net.run(50);
    expect(net.between(A, '198.51.100.7:5060')).to.have.length(1);
    expect(net.between(B, '198.51.100.7:5060')).to.have.length(1);
    stranger.send(A, request('BYE', stranger, 'x', { ...bye, callId: 'other', branch: 'z9hG4bKx' }));
    net.run(50);
    expect(stranger.statuses('BYE')).to.include(403);
    expect(routeOf(bob.response(200))).to.contain('pathToken=');
  });

  it('a stranger cannot have an ACK relayed', () => {
    const { net, a } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('ACK', stranger, 'x', { uri: FOREIGN, toTag: 'x' }));
    net.run(50);
    expect(net.between(A, '192.0.2.80:5060')).to.deep.equal([]);
    expect(a.count('sip.request.dropped ack-unroutable')).to.equal(1);
  });

  it('anyone may, or nobody, where the file says so', () => {
    const open = scene({ relay: 'anyone' });
    const stranger = open.net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'x', { uri: FOREIGN }));
    open.net.run(50);
    expect(open.net.between(A, '192.0.2.80:5060')).to.have.length(1);
    const closed = scene({ relay: 'none' });
    closed.caller.send(A, request('INVITE', closed.caller, 'x', { uri: FOREIGN }));
    closed.net.run(50);
    expectStatuses(closed.caller, 'INVITE', [403]);
  });
});

describe('alternates of another domain', () => {
  const trusting = withSettings({ trust: [{ name: 'other', neighbours: ['10.2.0.0/16'], alternates: ['10.2.0.0/16'] }] });

  /** Where a request for this target went, once the first address has proved dead. */
  function tried(target: string, from = '10.2.0.9:5060', lines: readonly string[] = []): string[] {
    const { net } = scene({ settings: trusting });
    const neighbour = net.endpoint(from);
    net.refusing.add('10.2.0.1:5060');
    neighbour.send(A, request('INVITE', neighbour, 'x', { uri: target, lines }));
    net.run(700);
    return [...new Set(net.crossed.filter((each) => each.from === A && each.text.startsWith('INVITE')).map((each) => each.to))];
  }

  it('are used from a neighbour of the group, inside its ranges', () => {
    expect(tried('sip:x@10.2.0.1;alternatePath=10.2.0.2%3A5070+10.2.0.3')).to.deep.equal([
      '10.2.0.1:5060',
      '10.2.0.2:5070',
      '10.2.0.3:5060',
    ]);
  });

  const unusable: readonly [what: string, list: string][] = [
    ['outside the ranges', '192.0.2.66'],
    ['multicast', '224.0.1.75'],
    ['our own sockets', '10.0.0.1'],
    ['loopback that is not written', '127.0.0.1'],
    ['link-local that is not written', '169.254.1.1'],
    ['no address', '%3A%3A%3A'],
  ];
  for (const [what, list] of unusable)
    it(`are not used: ${what}`, () => expect(tried(`sip:x@10.2.0.1;alternatePath=${list}`)).to.deep.equal(['10.2.0.1:5060']));

  it('our own sockets are not used although a range contains them', () => {
    const { net } = scene({
      settings: withSettings({ trust: [{ name: 'other', neighbours: ['10.2.0.0/16'], alternates: ['10.0.0.0/8'] }] }),
    });
    const neighbour = net.endpoint('10.2.0.9:5060');
    net.refusing.add('10.2.0.1:5060');
    neighbour.send(A, request('INVITE', neighbour, 'x', { uri: 'sip:x@10.2.0.1;alternatePath=10.0.0.1' }));
    net.run(700);
    expect(net.between(A, A)).to.deep.equal([]);
  });

  it('at most three of them', () => {
    expect(tried('sip:x@10.2.0.1;alternatePath=10.2.0.2+10.2.0.3+10.2.0.4+10.2.0.5+10.2.0.6').length).to.be.at.most(4);
  });

  it('a telephone that follows a route set with the list of a group uses it, for the list stands in for its own primary', () => {
    const { net } = scene({ settings: trusting });
    const phone = net.endpoint('192.0.2.33:5060');
    phone.send(A, register(phone, 'carol'));
    net.run(50);
    net.refusing.add('10.2.0.1:5060');
    const line = 'Route: <sip:10.0.0.1;lr>, <sip:10.2.0.1;lr;alternatePath=10.2.0.2>';
    phone.send(A, request('BYE', phone, 'x', { uri: 'sip:x@198.51.100.2', toTag: 'x', lines: [line] }));
    net.run(50);
    expect(net.between(A, '10.2.0.2:5060')).to.have.length(1);
  });

  it('the list behind the brackets is read as well', () => {
    const { net } = scene({ settings: trusting });
    const neighbour = net.endpoint('10.2.0.9:5060');
    net.refusing.add('10.2.0.1:5060');
    neighbour.send(
      A,
      request('BYE', neighbour, 'x', {
        uri: 'sip:x@198.51.100.2',
        toTag: 'x',
        lines: ['Route: <sip:10.2.0.1;lr>;alternatePath="10.2.0.2,10.2.0.3"'],
      }),
    );
    net.run(50);
    expect(net.between(A, '10.2.0.2:5060')).to.have.length(1);
  });

  it('a registered contact vouches for its own list, the caller does not', () => {
    const { net, caller } = scene({ settings: trusting });
    const trunk = net.endpoint('10.2.0.1:5060');
    const phone = net.endpoint('10.1.0.44:5060');
    trunk.send(A, register(trunk, 'trunk', { contact: 'sip:trunk@10.2.0.1:5060;alternatePath=10.2.0.2' }));
    phone.send(A, register(phone, 'carol', { contact: 'sip:carol@10.1.0.44:5060;alternatePath=10.2.0.66' }));
    net.run(50);
    const neighbour = net.endpoint('10.2.0.9:5060');
    neighbour.send(A, request('MESSAGE', neighbour, 'carol'));
    for (const user of ['trunk', 'carol']) caller.send(A, request('MESSAGE', caller, user, { branch: `z9hG4bK${user}`, callId: user }));
    net.run(700);
    expect(net.between(A, '10.2.0.2:5060').length).to.be.above(0);
    expect(net.between(A, '10.2.0.66:5060')).to.deep.equal([]);
  });
});
