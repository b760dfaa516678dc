// URIs: what is read, and what is refused.
import { expect } from 'chai';
import { parseUri, type SipUri } from './uri.js';

function parsed(text: string): SipUri {
  const read = parseUri(text);
  if (!read.ok) throw new Error(`refused: ${text}`);
  return read.value;
}

describe('parseUri', () => {
  it('reads every part of a SIP URI', () => {
    const uri = parsed('sip:Nora;x=1:se?cret@Example.NET:5070;transport=tcp;LR?subject=a&to=b');
    expect(uri).to.include({ scheme: 'sip', user: 'Nora;x=1', password: 'se?cret', host: 'example.net', port: 5070 });
    expect(uri.parameters.text).to.equal(';transport=tcp;LR');
    expect(uri.parameters.has('lr')).to.equal(true);
    expect(uri.headers).to.equal('subject=a&to=b');
  });

  it('reads schemes without case', () => {
    expect(parsed('SIPS:example.net').scheme).to.equal('sips');
    expect(parsed('Sip:example.net').scheme).to.equal('sip');
  });

  for (const [text, host, port] of [
    ['sip:[2001:DB8::1]', '2001:db8::1', undefined],
    ['sip:nora@[2001:db8::1]:5070;lr', '2001:db8::1', 5070],
    ['sip:[::ffff:192.0.2.1]', '::ffff:192.0.2.1', undefined],
    ['sip:[2001:db8:::192.0.2.1]', '2001:db8::192.0.2.1', undefined],
    ['sip:192.0.2.1:5060', '192.0.2.1', 5060],
  ] as const) {
    it(`reads the host of ${text}`, () => expect(parsed(text)).to.include({ host, port }));
  }

  it('keeps the text of other schemes, with an empty host', () => {
    expect(parsed('tel:+1-555-0100;phone-context=x')).to.include({ scheme: 'tel', host: '', text: 'tel:+1-555-0100;phone-context=x' });
    expect(parsed('soap.beep://192.0.2.1:3002').scheme).to.equal('soap.beep');
  });

  for (const text of [
    '',
    'sip',
    'sip:',
    'sip:@example.net',
    'sip::x@example.net',
    'sip:nora@',
    'sip:nora@example.net@example.org',
    'sip:2001:db8::1',
    'sip:[2001:db8::1',
    'sip:[2001:db8::1%25eth0]',
    'sip:[example.net]',
    'sip:example.net:0',
    'sip:example.net:65536',
    'sip:example.net:',
    'sip:example.net:99999999999999999999',
    'sip:example.net:5060x',
    'sip:no ra@example.net',
    'sip:nora@example.net;a b',
    '<sip:example.net>',
    'sip:example.net"',
    'no-scheme@example.net',
    '1x:opaque',
    'tel:',
    'mailto:a b',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseUri(text)).to.have.nested.property('fault.code', 'sip.parse.uri'));
  }

  it('reads a long URI, and one after another', () => {
    const user = 'n'.repeat(5_000);
    expect(parsed(`sip:${user}@example.net`).user).to.equal(user);
    const first = parsed('sip:first@example.net');
    parsed('sip:second@example.org');
    expect(first.user).to.equal('first');
  });
});
