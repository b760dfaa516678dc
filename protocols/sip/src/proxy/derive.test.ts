import { expect } from 'chai';
import { parseVia, type Via } from '../message/via.js';
import { decoded, signerOf } from '../registrar/testing.js';
import { answerHop, contextSeed, deriveAckBranch, deriveBranch, loopHash, seedOf, stampVia } from './derive.js';

function via(text: string): Via {
  const parsed = parseVia(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function invite(change: (text: string) => string = (text) => text): ReturnType<typeof decoded> {
  const text = [
    'INVITE sip:bob@sample2.test SIP/2.0',
    'Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bKx',
    'Route: <sip:a.test;lr>, <sip:b.test;lr>',
    'From: <sip:alice@sample2.test>;tag=a',
    'To: <sip:bob@sample2.test>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    '',
    '',
  ].join('\r\n');
  return decoded(Buffer.from(change(text), 'latin1'));
}

describe('the received Via (RFC 3261 §18.2.1, RFC 3581)', () => {
  const cases: readonly [text: string, host: string, port: number, stamped: string][] = [
    ['SIP/2.0/UDP 10.1.0.1:5060;branch=x', '10.1.0.1', 5060, 'SIP/2.0/UDP 10.1.0.1:5060;branch=x'],
    ['SIP/2.0/UDP 10.1.0.1;branch=x', '10.1.0.1', 41_000, 'SIP/2.0/UDP 10.1.0.1;branch=x'],
    ['SIP/2.0/UDP phone.test;branch=x', '10.1.0.1', 5060, 'SIP/2.0/UDP phone.test;branch=x;received=10.1.0.1'],
    ['SIP/2.0/UDP 10.1.0.1;rport;branch=x', '10.1.0.1', 41_000, 'SIP/2.0/UDP 10.1.0.1;branch=x;rport=41000;received=10.1.0.1'],
    ['SIP/2.0/UDP 10.1.0.1;branch=x;rport', '10.1.0.1', 5060, 'SIP/2.0/UDP 10.1.0.1;branch=x;rport=5060;received=10.1.0.1'],
    [
      'SIP/2.0/UDP 10.1.0.1;rport=9;received=192.0.2.1;branch=x',
      '10.1.0.1',
      5060,
      'SIP/2.0/UDP 10.1.0.1;branch=x;rport=5060;received=10.1.0.1',
    ],
    ['SIP/2.0/UDP 10.1.0.1 ; received = 192.0.2.1 ;branch=x', '10.1.0.1', 5060, 'SIP/2.0/UDP 10.1.0.1 ;branch=x;received=10.1.0.1'],
    [
      'SIP/2.0/UDP [2001:db8::9];rport;branch=x;received=[2001:db8::1]',
      '2001:db8::9',
      5060,
      'SIP/2.0/UDP [2001:db8::9];branch=x;rport=5060;received=2001:db8::9',
    ],
    [
      'SIP/2.0/UDP p.test;x=";received=1;rport";rport;branch=x',
      '10.1.0.1',
      5060,
      'SIP/2.0/UDP p.test;x=";received=1;rport";branch=x;rport=5060;received=10.1.0.1',
    ],
    [
      'SIP/2.0/UDP p.test;receivedx=1;xrport;branch=x',
      '10.1.0.1',
      5060,
      'SIP/2.0/UDP p.test;receivedx=1;xrport;branch=x;received=10.1.0.1',
    ],
  ];
  for (const [text, host, port, stamped] of cases) {
    it(`${text} from ${host}:${port}`, () => expect(stampVia(via(text), host, port).text).to.equal(stamped));
  }

  it('tells what a token binds to', () => {
    const { received, rport } = stampVia(via('SIP/2.0/UDP p.test;rport;branch=x'), '10.1.0.1', 41_000);
    expect([received, rport]).to.deep.equal(['10.1.0.1', 41_000]);
    const plain = stampVia(via('SIP/2.0/UDP 10.1.0.1;branch=x'), '10.1.0.1', 41_000);
    expect([plain.received, plain.rport]).to.deep.equal(['', undefined]);
  });

  it('what is stamped parses as what was signed', () => {
    for (const [text, host, port] of cases) {
      const stamped = stampVia(via(text), host, port);
      const read = via(stamped.text);
      expect([read.received ?? '', typeof read.rport === 'number' ? read.rport : undefined], text).to.deep.equal([
        stamped.received,
        stamped.rport,
      ]);
    }
  });
});

describe('where an answer goes first (RFC 3261 §18.2.2, RFC 3581 §4)', () => {
  const udp = { transport: 'udp' as const, host: '10.1.0.1', port: 41_000 };
  it('back to where it came from with rport, or over a connection', () => {
    expect(answerHop(via('SIP/2.0/UDP p.test:5070;rport;branch=x'), udp)).to.equal(udp);
    const tcp = { ...udp, transport: 'tcp' as const, flow: 3 };
    expect(answerHop(via('SIP/2.0/TCP p.test:5070;branch=x'), tcp)).to.equal(tcp);
  });
  it('else to the port that the Via names', () => {
    expect(answerHop(via('SIP/2.0/UDP p.test:5070;branch=x'), udp)).to.deep.equal({ ...udp, port: 5070 });
    expect(answerHop(via('SIP/2.0/UDP p.test;branch=x'), udp)).to.deep.equal({ ...udp, port: 5060 });
  });
});

describe('the loop hash', () => {
  it('is equal for equal Request-URI and Routes, whatever else changes', () => {
    const hash = loopHash(invite());
    expect(
      loopHash(invite((text) => text.replace('z9hG4bKx', 'z9hG4bKy').replace('tag=a', 'tag=b').replaceAll('INVITE', 'MESSAGE'))),
    ).to.equal(hash);
    expect(hash).to.match(/^[0-9a-z]{8,14}$/);
  });

  it('differs with each of them', () => {
    const changes = [
      (text: string) => text.replace('sip:bob@sample2.test SIP', 'sip:rob@sample2.test SIP'),
      (text: string) => text.replace('<sip:a.test;lr>, ', ''),
      (text: string) => text.replace('<sip:a.test;lr>, <sip:b.test;lr>', '<sip:b.test;lr>, <sip:a.test;lr>'),
      (text: string) => text.replace('sip:a.test;lr', 'sip:a.test;lr;x'),
      (text: string) => text.replace(/Route: .*\r\n/, ''),
    ];
    const hashes = [loopHash(invite()), ...changes.map((change) => loopHash(invite(change)))];
    expect(new Set(hashes).size).to.equal(changes.length + 1);
  });

  it('ten thousand different requests, ten thousand hashes', () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 10_000; i += 1) hashes.add(loopHash(invite((text) => text.replace('bob@', `user${i}@`))));
    expect(hashes.size).to.equal(10_000);
  });
});

describe('derived branches', () => {
  const signer = signerOf('secret');
  const seed = seedOf('call', 'tag', 1, 'sip:bob@sample2.test', '10.1.0.1:5060');

  it('bear the magic cookie and 128 bits', () => {
    expect(deriveBranch(signer, seed, 'sip:x')).to.match(/^z9hG4bK[\w-]{22}$/);
  });

  it('depend on seed, target and key, and on nothing else', () => {
    const plain = deriveBranch(signer, seed, 'sip:x');
    expect(deriveBranch(signerOf('secret'), seed, 'sip:x')).to.equal(plain);
    for (const other of [
      deriveBranch(signer, seed, 'sip:y'),
      deriveBranch(signer, `${seed}x`, 'sip:x'),
      deriveBranch(signerOf('other'), seed, 'sip:x'),
      deriveAckBranch(signer, seed, 'sip:x'),
    ]) {
      expect(other).to.not.equal(plain);
    }
  });

  it('values cannot be moved between seed and target', () => {
    expect(deriveBranch(signer, 'a', 'b\nc')).to.not.equal(deriveBranch(signer, 'a', 'b'));
    expect(seedOf('a', 'b', 1, 'c', 'd')).to.not.equal(seedOf('a', '', 1, 'bc', 'd'));
  });

  it('the seed of a request is what its response can be asked for, but for the Request-URI', () => {
    expect(contextSeed(invite())).to.equal(seedOf('c', 'a', 1, 'sip:bob@sample2.test', '10.1.0.1:5060'));
  });
});
