import { expect } from 'chai';
import { hopKey } from '@altpath/core';
import { hopOfSource, hopsOf, locate } from './locate.js';
import { fakeEnvironment } from './proxy/testing.js';

const { environment } = fakeEnvironment();

/** What the text leads to: hops, `?name:port:transport`, or `!reason`. */
function found(text: string, neighbour = '10.1.0.9'): string {
  const located = locate(environment, text, neighbour);
  if (located.kind === 'none') return `!${located.reason}`;
  if (located.kind === 'hops') return located.hops.map(hopKey).join(' ');
  const { host, port, transport, secure } = located.question;
  return `?${host}:${port ?? ''}:${transport ?? ''}${secure ? ':secure' : ''}${located.alternates.map((each) => ` +${each.host}`).join('')}`;
}

describe('the next hop of a URI (RFC 3263 §4)', () => {
  const cases: readonly [text: string, to: string][] = [
    ['sip:x@192.0.2.1', 'udp:192.0.2.1:5060'],
    ['sip:x@192.0.2.1:5070', 'udp:192.0.2.1:5070'],
    ['sip:192.0.2.1;transport=TCP', 'tcp:192.0.2.1:5060'],
    ['sip:192.0.2.1;transport=tls', 'tls:192.0.2.1:5061'],
    ['sip:192.0.2.1;transport=ws', 'ws:192.0.2.1:5060'],
    ['sips:192.0.2.1', 'tls:192.0.2.1:5061'],
    ['sips:192.0.2.1;transport=tcp', 'tls:192.0.2.1:5061'],
    ['sip:[2001:db8::1]', 'udp:[2001:db8::1]:5060'],
    ['sip:x@[2001:db8::1]:5070;transport=tcp', 'tcp:[2001:db8::1]:5070'],
    ['sip:x@far.test;maddr=192.0.2.7', 'udp:192.0.2.7:5060'],
    ['sip:x@far.test:5070;maddr=192.0.2.7', 'udp:192.0.2.7:5070'],
    ['sip:x@192.0.2.1;maddr=far.test', '?far.test::'],
    ['sip:x@far.test', '?far.test::'],
    ['sip:x@far.test:5070', '?far.test:5070:'],
    ['sip:x@far.test;transport=tcp', '?far.test::tcp'],
    ['sips:x@far.test', '?far.test::tls:secure'],
    ['<sip:192.0.2.1;lr>;x=y', 'udp:192.0.2.1:5060'],
    ['"Some, one" <sip:192.0.2.1>', 'udp:192.0.2.1:5060'],
    ['tel:+1555', '!scheme'],
    ['mailto:x@y', '!scheme'],
    ['sip:192.0.2.1;transport=sctp', '!transport'],
    ['sip:', '!address'],
    ['<sip:192.0.2.1', '!address'],
    ['', '!address'],
  ];
  for (const [text, to] of cases) it(`${text} -> ${to}`, () => expect(found(text)).to.equal(to));
});

describe('alternates of a URI', () => {
  it('come after the hop, with its transport, where the giver is trusted', () => {
    expect(found('sip:10.1.0.1;transport=tcp;alternatePath=10.1.0.2+10.1.0.3%3A5070')).to.equal(
      'tcp:10.1.0.1:5060 tcp:10.1.0.2:5060 tcp:10.1.0.3:5070',
    );
  });

  it('the URI parameter counts before the header parameter', () => {
    expect(found('<sip:10.1.0.1;lr>;alternatePath=10.1.0.2')).to.equal('udp:10.1.0.1:5060 udp:10.1.0.2:5060');
    expect(found('<sip:10.1.0.1;alternatePath=10.1.0.3>;alternatePath=10.1.0.2')).to.equal('udp:10.1.0.1:5060 udp:10.1.0.3:5060');
  });

  it("count as the primary's own where the giver is in no group", () => {
    expect(found('sip:10.1.0.1;alternatePath=10.1.0.2', '192.0.2.1')).to.equal('udp:10.1.0.1:5060 udp:10.1.0.2:5060');
    expect(found('sip:198.51.100.1;alternatePath=10.1.0.2', '192.0.2.1')).to.equal('udp:198.51.100.1:5060');
  });

  it('wait for the name', () => {
    expect(found('sip:far.test;alternatePath=10.1.0.2')).to.equal('?far.test:: +10.1.0.2');
    expect(found('sip:far.test;alternatePath=10.1.0.2', '192.0.2.1')).to.equal('?far.test::');
  });

  it('names among them are left out: a look-up would be too late', () => {
    expect(hopsOf([{ host: 'backup.test' }, { host: '10.1.0.2' }], 'tls').map(hopKey)).to.deep.equal(['tls:10.1.0.2:5061']);
  });
});

describe('where a REGISTER came from', () => {
  it('is read as it is stored', () => {
    for (const hop of [
      { transport: 'udp' as const, host: '192.0.2.1', port: 5060 },
      { transport: 'tcp' as const, host: '2001:db8::1', port: 41_000 },
    ]) {
      expect(hopOfSource(hopKey(hop))).to.deep.equal(hop);
    }
  });

  for (const bad of ['', 'udp', 'udp:', 'udp:192.0.2.1', 'sctp:192.0.2.1:5060', 'udp:far.test:5060', 'udp:192.0.2.1:x', '192.0.2.1:5060']) {
    it(`not ${JSON.stringify(bad)}`, () => expect(hopOfSource(bad)).to.equal(undefined));
  }
});
