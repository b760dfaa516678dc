import { expect } from 'chai';
import { canonicalHost, CidrSet, formatHostPort, hopKey, isIpLiteral, isReliable, parseHostPort, sameHost } from './address.js';

describe('host and port', () => {
  const pairs: readonly [text: string, host: string, port: number | undefined][] = [
    ['10.0.0.1', '10.0.0.1', undefined],
    ['10.0.0.1:5060', '10.0.0.1', 5060],
    ['sip.example.test:65535', 'sip.example.test', 65_535],
    ['sip.example.test.', 'sip.example.test.', undefined],
    ['a_b-c.test', 'a_b-c.test', undefined],
    ['[2001:db8::1]', '2001:db8::1', undefined],
    ['[2001:db8::1]:5060', '2001:db8::1', 5060],
  ];
  for (const [text, host, port] of pairs) {
    it(`reads and writes ${text}`, () => {
      const parsed = parseHostPort(text);
      expect(parsed?.host).to.equal(host);
      expect(parsed?.port).to.equal(port);
      expect(parsed && formatHostPort(parsed)).to.equal(text);
    });
  }

  const bad = [
    '',
    ':5060',
    'host:',
    'host:0',
    'host:65536',
    'host:port',
    'host:5060x',
    '2001:db8::1',
    '[2001:db8::1',
    '[10.0.0.1]',
    '[::1]5060',
    '[::1]:',
    '-host',
    'ho st',
    'host,other',
    '[]',
    'a:1:2',
  ];
  for (const text of bad) it(`does not read ${JSON.stringify(text)}`, () => expect(parseHostPort(text)).to.equal(undefined));
});

describe('hosts', () => {
  it('names compare without case and without a trailing dot', () => {
    expect(sameHost('Sip.Example.TEST', 'sip.example.test.')).to.equal(true);
    expect(sameHost('sip.example.test', 'sip2.example.test')).to.equal(false);
  });

  it('IPv6 compares by value', () => {
    expect(sameHost('2001:DB8:0:0::1', '2001:db8::0001')).to.equal(true);
    expect(sameHost('::ffff:10.0.0.1', '::ffff:a00:1')).to.equal(true);
    expect(sameHost('2001:db8::1', '2001:db8::2')).to.equal(false);
  });

  it('a scoped address keeps its zone', () => {
    expect(canonicalHost('FE80::1%eth0')).to.equal('fe80::1%eth0');
  });

  it('tells literals from names', () => {
    for (const literal of ['10.0.0.1', '::1', '2001:db8::1', 'fe80::1%eth0']) expect(isIpLiteral(literal), literal).to.equal(true);
    for (const name of ['', 'localhost', '10.0.0', '10.0.0.256', '1.test', 'cafe', '[::1]'])
      expect(isIpLiteral(name), name).to.equal(false);
  });

  it('the key of a hop names transport, host and port', () => {
    expect(hopKey({ transport: 'udp', host: '10.0.0.1', port: 5060, flow: 7 })).to.equal('udp:10.0.0.1:5060');
    expect(hopKey({ transport: 'tcp', host: '::1', port: 5061 })).to.equal('tcp:[::1]:5061');
  });

  it('only UDP does not repeat by itself', () => {
    expect((['udp', 'tcp', 'tls', 'ws', 'wss'] as const).map(isReliable)).to.deep.equal([false, true, true, true, true]);
  });
});

describe('a set of address ranges', () => {
  const set = new CidrSet(['10.0.0.0/8', '192.0.2.7', '198.51.100.128/25', '2001:db8::/32', 'fe80::1']);

  for (const host of [
    '10.0.0.0',
    '10.255.255.255',
    '192.0.2.7',
    '198.51.100.128',
    '198.51.100.255',
    '2001:db8::1',
    '2001:db8:ffff::',
    'fe80::1',
    '::ffff:10.1.2.3',
  ]) {
    it(`contains ${host}`, () => expect(set.has(host)).to.equal(true));
  }
  for (const host of [
    '9.255.255.255',
    '11.0.0.0',
    '192.0.2.8',
    '198.51.100.127',
    '2001:db9::',
    'fe80::2',
    '::ffff:11.0.0.1',
    '::10.0.0.1',
    'ten.example.test',
    '',
    '10.0.0',
  ]) {
    it(`does not contain ${JSON.stringify(host)}`, () => expect(set.has(host)).to.equal(false));
  }

  it('answers the same when asked again, and after many others', () => {
    expect(set.has('10.9.9.9')).to.equal(true);
    for (let i = 0; i < 10_000; i += 1) set.has(`11.0.${i >> 8}.${i & 255}`);
    expect(set.has('10.9.9.9')).to.equal(true);
    expect(set.has('11.0.0.1')).to.equal(false);
  });

  it('everything and nothing', () => {
    expect(new CidrSet(['0.0.0.0/0']).has('255.255.255.255')).to.equal(true);
    expect(new CidrSet(['0.0.0.0/0']).has('::1')).to.equal(false);
    expect(new CidrSet(['::/0']).has('2001:db8::1')).to.equal(true);
    expect(new CidrSet([]).has('10.0.0.1')).to.equal(false);
    expect(new CidrSet([]).size).to.equal(0);
  });

  for (const range of [
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/x',
    'host',
    '',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/8.5',
    '10.0.0.0/ 8',
  ]) {
    it(`refuses ${JSON.stringify(range)}`, () => expect(() => new CidrSet([range])).to.throw(RangeError));
  }
});
