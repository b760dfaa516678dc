// ARCHITECTURE "The path attribute on SIP": spelling, placement and identity, on the bytes that a telephone sees.
import { expect } from 'chai';
import { readAlternates, type SipMessage } from '@altpath/sip';
import { register, request } from './messages.js';
import { A, B, scene, type SceneOptions, withSettings } from './scene.js';
import { type Endpoint, Simulation } from './simulation.js';

function invited(
  options: SceneOptions = {},
  inviteOptions: Parameters<typeof request>[3] = {},
): { net: Simulation; invite: SipMessage; caller: Endpoint } {
  const { net, caller, bob } = scene(options);
  caller.send(A, request('INVITE', caller, 'bob', inviteOptions));
  net.run(50);
  return { net, caller, invite: bob.request('INVITE') };
}

const TOKEN = String.raw`k1\.[\w.-]+`;

describe('the path attribute in a request', () => {
  it('stands in Via as a parameter, and in Record-Route inside the brackets and behind them', () => {
    const { invite } = invited();
    expect(invite.topVia.text).to.match(
      new RegExp(String.raw`^SIP/2\.0/UDP 10\.0\.0\.1:5060;rport;branch=z9hG4bK[\w-]{22};alternatePath=10\.0\.0\.2;pathToken=${TOKEN}$`),
    );
    expect(invite.header('Record-Route')).to.match(
      new RegExp(String.raw`^<sip:10\.0\.0\.1:5060;lr;alternatePath=10\.0\.0\.2;pathToken=${TOKEN}>;alternatePath=10\.0\.0\.2$`),
    );
  });

  it('the token stands once a header', () => {
    const { invite } = invited();
    const head = invite.bytes.toString('latin1', 0, invite.bodyStart).split('\r\n');
    for (const line of head) expect(line.split('pathToken').length - 1, line).to.be.at.most(1);
  });

  it('lists the other nodes in file order, never oneself', () => {
    const nodes = ['a', 'b', 'c', 'd'];
    expect(readAlternates(invited({ nodes }).invite.topVia.parameters.get('alternatePath'))).to.deep.equal([
      { host: '10.0.0.2' },
      { host: '10.0.0.3' },
      { host: '10.0.0.4' },
    ]);
    const { net, caller, bob } = scene({ nodes });
    caller.send('10.0.0.3:5060', request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bob.request('INVITE').topVia.parameters.get('alternatePath')).to.equal('10.0.0.1+10.0.0.2+10.0.0.4');
  });

  it('lists no more than the file allows', () => {
    const { invite } = invited({ nodes: ['a', 'b', 'c', 'd'], settings: withSettings({ path: { max: 2 } }) });
    expect(invite.topVia.parameters.get('alternatePath')).to.equal('10.0.0.2+10.0.0.3');
  });

  it('a port that is not the default is written with %3A', () => {
    const net = new Simulation(['a', 'b', 'c'], { port: 5080 });
    const bob = net.endpoint('10.1.0.11:5060');
    bob.send('10.0.0.1:5080', register(bob, 'bob'));
    net.run(20);
    bob.send('10.0.0.1:5080', request('INVITE', bob, 'bob'));
    net.run(20);
    expect(bob.request('INVITE').topVia.parameters.get('alternatePath')).to.equal('10.0.0.2%3A5080+10.0.0.3%3A5080');
  });

  it('a single node writes no list', () => {
    const { invite } = invited({ nodes: ['a'] });
    expect(invite.topVia.parameters.has('alternatePath')).to.equal(false);
    expect(invite.topVia.parameters.has('pathToken')).to.equal(true);
  });

  it('adds less than 350 bytes with three alternates that name their ports', () => {
    const { net, caller } = scene({ nodes: ['a', 'b', 'c', 'd'] });
    const bob = net.endpoint('10.1.0.11:5060');
    const text = request('INVITE', caller, 'bob');
    caller.send(A, text);
    net.run(50);
    const invite = bob.request('INVITE');
    const via = `Via: ${invite.topVia.text}\r\n`;
    const recordRoute = `Record-Route: ${invite.header('Record-Route')}\r\n`;
    expect(via.length + recordRoute.length).to.be.below(350);
    expect(invite.topVia.parameters.get('alternatePath')).to.equal('10.0.0.2+10.0.0.3+10.0.0.4');
  });

  it('stays below 350 bytes: the copy behind the brackets goes first, then the list', () => {
    const forms: string[] = [];
    for (let length = 10; length < 80; length += 5) {
      const sipName = `${'x'.repeat(length)}.test`;
      const { invite } = invited({ nodes: ['a', 'b', 'c', 'd'], settings: withSettings({ sipName }) });
      const recordRoute = invite.header('Record-Route') ?? '';
      const added = `Via: ${invite.topVia.text}\r\nRecord-Route: ${recordRoute}\r\n`;
      const lists = added.split('alternatePath').length - 1;
      if (lists > 0) expect(added.length).to.be.below(350);
      if (forms.at(-1) !== String(lists)) forms.push(String(lists));
    }
    expect(forms).to.deep.equal(['3', '2', '0']);
  });

  it('above the UDP limit the copy behind the brackets goes first, then the list; the token stays', () => {
    const { net, caller, bob } = scene({ nodes: ['a', 'b', 'c', 'd'] });
    const forms = new Set<string>();
    for (let size = 400; size < 1_000; size += 10) {
      caller.send(A, request('INVITE', caller, 'bob', { branch: `z9hG4bK${size}`, callId: `size-${size}`, body: 'x'.repeat(size) }));
      net.run(5);
      const invite = bob.requests('INVITE').at(-1) as SipMessage;
      const recordRoute = invite.header('Record-Route') ?? '';
      expect(recordRoute).to.contain(';pathToken=');
      expect(invite.topVia.parameters.has('pathToken')).to.equal(true);
      const inUri = recordRoute.slice(0, recordRoute.indexOf('>')).includes('alternatePath');
      const behind = recordRoute.slice(recordRoute.indexOf('>')).includes('alternatePath');
      const inVia = invite.topVia.parameters.has('alternatePath');
      expect(inUri).to.equal(inVia);
      forms.add(behind ? 'full' : inUri ? 'uri-only' : 'bare');
      if (inUri) expect(invite.bytes.length).to.be.at.most(1_300);
    }
    expect([...forms]).to.deep.equal(['full', 'uri-only', 'bare']);
  });

  it('the list is withheld from a next hop outside every trust group; the token is always written', () => {
    const { net, caller } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    caller.send(A, request('INVITE', caller, 'bob', { uri: 'sip:x@192.0.2.9' }));
    net.run(50);
    const invite = stranger.request('INVITE');
    expect(invite.topVia.parameters.has('alternatePath')).to.equal(false);
    expect(invite.topVia.parameters.has('pathToken')).to.equal(true);
    expect(invite.header('Record-Route')).to.not.contain('alternatePath');
    expect(invite.header('Record-Route')).to.contain(';pathToken=');
  });

  it('a telephone of ours is told wherever it is, a stranger that calls it is not', () => {
    const { net, bob } = scene();
    const stranger = net.endpoint('192.0.2.9:5060');
    stranger.send(A, request('INVITE', stranger, 'bob'));
    net.run(50);
    const invite = bob.request('INVITE');
    expect(invite.topVia.parameters.has('alternatePath')).to.equal(true);
    expect(invite.header('Record-Route')).to.not.contain('alternatePath');
  });

  it('carrier header: the addresses move to AlternatePath, the token stays where it was', () => {
    const { invite } = invited({ settings: withSettings({ path: { carrier: 'header' } }) });
    expect(invite.headerValues('AlternatePath')).to.deep.equal(['10.0.0.2']);
    expect(invite.topVia.parameters.has('alternatePath')).to.equal(false);
    expect(invite.header('Record-Route')).to.match(/^<sip:10\.0\.0\.1:5060;lr;pathToken=[\w.-]+>$/);
  });

  it('an AlternatePath header that came is not passed on as if it were ours', () => {
    expect(invited({}, { lines: ['AlternatePath: 192.0.2.66'] }).invite.has('AlternatePath')).to.equal(false);
    const { invite } = invited({ settings: withSettings({ path: { carrier: 'header' } }) }, { lines: ['AlternatePath: 192.0.2.66'] });
    expect(invite.headerValues('AlternatePath')).to.deep.equal(['10.0.0.2']);
  });

  it('an ACK needs no token', () => {
    const { net, caller, bob } = scene();
    caller.send(A, request('ACK', caller, 'bob', { toTag: 'x' }));
    net.run(50);
    expect(
      bob
        .request('ACK')
        .topVia.parameters.entries()
        .map(([name]) => name),
    ).to.deep.equal(['rport', 'branch']);
  });
});

describe('identity', () => {
  it('sent-by is one text on every node: the address of the first', () => {
    for (const node of [A, B]) {
      const { net, caller, bob } = scene();
      caller.send(node, request('INVITE', caller, 'bob'));
      net.run(50);
      expect(bob.request('INVITE').topVia.sentBy).to.equal('10.0.0.1:5060');
    }
  });

  it('Record-Route names the node that wrote it', () => {
    const { net, caller, bob } = scene();
    caller.send(B, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(bob.request('INVITE').recordRoutes[0]?.uri).to.match(/^sip:10\.0\.0\.2:5060;lr;alternatePath=10\.0\.0\.1;/);
  });

  it('a name of the cluster stands in both, without port where that is the default', () => {
    for (const node of [A, B]) {
      const { net, caller, bob } = scene({ settings: withSettings({ sipName: 'sip.sample2.test' }) });
      caller.send(node, request('INVITE', caller, 'bob'));
      net.run(50);
      const invite = bob.request('INVITE');
      expect(invite.topVia.sentBy).to.equal('sip.sample2.test');
      expect(invite.recordRoutes[0]?.uri).to.match(/^sip:sip\.sample2\.test;lr;/);
    }
  });

  it('a request for the name of the cluster, or for an address of any node, is for us', () => {
    const { net, caller, bob } = scene({ settings: withSettings({ sipName: 'sip.sample2.test' }) });
    const uris = [
      'sip:bob@sip.sample2.test',
      'sip:bob@10.0.0.1',
      'sip:bob@10.0.0.2:5060',
      'sip:bob@SAMPLE2.test:5060',
      'sip:%62ob@sample2.test',
    ];
    uris.forEach((uri, i) => caller.send(A, request('MESSAGE', caller, 'bob', { uri, branch: `z9hG4bK${i}`, cseq: i + 1 })));
    net.run(50);
    expect(bob.requests('MESSAGE')).to.have.length(uris.length);
  });

  it('the domain with a port that is not ours is somebody else', () => {
    const { net, caller, bob } = scene();
    net.names.set('sample2.test', [{ host: '192.0.2.9', port: 5099, transport: 'udp' }]);
    caller.send(A, request('MESSAGE', caller, 'bob', { uri: 'sip:bob@sample2.test:5099' }));
    net.run(50);
    expect(bob.requests('MESSAGE')).to.have.length(0);
    expect(net.between(A, '192.0.2.9:5099')).to.have.length(1);
  });

  it('a response whose top Via is not ours is dropped and counted', () => {
    const { net, caller, bob, a } = scene();
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    const text = bob.responseText(bob.request('INVITE'), 200, {}, A).replace('10.0.0.1:5060;', '192.0.2.1:5060;');
    bob.send(A, text);
    net.run(50);
    expect(a.count('sip.response.dropped not-ours')).to.equal(1);
    expect(caller.responses(200)).to.have.length(0);
  });
});

describe('the derived branch', () => {
  /** The branch that bob sees for what the caller sends to this node. */
  function branchVia(node: string, text: (caller: Endpoint) => string, method = 'INVITE'): string {
    const { net, caller, bob } = scene();
    caller.send(node, text(caller));
    net.run(50);
    return bob.request(method).topVia.branch;
  }

  it('is equal on both nodes, whatever the upstream branch, for INVITE, CANCEL and the ACK of a failure', () => {
    const branches = [
      branchVia(A, (caller) => request('INVITE', caller, 'bob')),
      branchVia(B, (caller) => request('INVITE', caller, 'bob')),
      branchVia(B, (caller) => request('INVITE', caller, 'bob', { branch: 'z9hG4bKanother' })),
      branchVia(B, (caller) => request('CANCEL', caller, 'bob'), 'CANCEL'),
      branchVia(B, (caller) => request('ACK', caller, 'bob', { toTag: 'whatever' }), 'ACK'),
    ];
    expect(new Set(branches).size).to.equal(1);
    expect(branches[0]).to.match(/^z9hG4bK[\w-]{22}$/);
  });

  const different: readonly [what: string, options: Parameters<typeof request>[3]][] = [
    ['Call-ID', { callId: 'other' }],
    ['From tag', { fromTag: 'other' }],
    ['CSeq number', { cseq: 2 }],
    ['received Request-URI', { uri: 'sip:bob@10.0.0.1' }],
    ['top Via sent-by', { via: 'SIP/2.0/UDP 10.1.0.1:5062;rport;branch=z9hG4bKfirst' }],
  ];
  for (const [what, options] of different) {
    it(`differs with the ${what}`, () => {
      const plain = branchVia(A, (caller) => request('INVITE', caller, 'bob'));
      expect(branchVia(A, (caller) => request('INVITE', caller, 'bob', options))).to.not.equal(plain);
    });
  }

  it('differs for each fork target', () => {
    const { net, caller, bobs } = scene({ bobs: [undefined, undefined] });
    caller.send(A, request('INVITE', caller, 'bob'));
    net.run(50);
    expect(new Set(bobs.map((each) => each.request('INVITE').topVia.branch)).size).to.equal(2);
  });

  it('is equal on both nodes for a re-INVITE to the contact, and distinct for the ACK of its 2xx where it was carried here', () => {
    const uri = 'sip:bob@10.1.0.11:5060';
    const reInvite = (caller: Endpoint): string => request('INVITE', caller, 'bob', { uri, toTag: 'x', cseq: 2 });
    const onA = branchVia(A, reInvite);
    expect(branchVia(B, reInvite)).to.equal(onA);
    const { net, caller, bob } = scene();
    caller.send(A, reInvite(caller));
    net.run(50);
    bob.reply(bob.request('INVITE'), 200);
    net.run(50);
    caller.send(A, request('ACK', caller, 'bob', { uri, toTag: 'x', cseq: 2, branch: 'z9hG4bKack' }));
    net.run(50);
    const ack = bob.request('ACK').topVia.branch;
    expect(ack).to.not.equal(onA);
    expect(ack).to.match(/^z9hG4bK[\w-]{22}$/);
  });

  it('the ACK of a failed re-INVITE has the branch of its INVITE on a node that did not carry it', () => {
    const uri = 'sip:bob@10.1.0.11:5060';
    const onA = branchVia(A, (caller) => request('INVITE', caller, 'bob', { uri, toTag: 'x', cseq: 2 }));
    const onB = branchVia(B, (caller) => request('ACK', caller, 'bob', { uri, toTag: 'x', cseq: 2 }), 'ACK');
    expect(onB).to.equal(onA);
  });
});
