// Addresses of header fields.
import { expect } from 'chai';
import { type NameAddress, parseNameAddress, readNameAddresses } from './name-address.js';

function parsed(text: string): NameAddress {
  const read = parseNameAddress(text);
  if (!read.ok) throw new Error(`refused: ${text}`);
  return read.value;
}

describe('parseNameAddress', () => {
  it('reads display name, URI, tag and parameters', () => {
    const address = parsed('"Nora \\"N\\" <x>" <sip:nora@example.net;lr> ; Tag = abc;x="a;b"');
    expect(address.display).to.equal('Nora "N" <x>');
    expect(address.uri).to.equal('sip:nora@example.net;lr');
    expect(address.tag).to.equal('abc');
    expect(address.parameters.get('x')).to.equal('a;b');
    expect(address.quoted).to.equal(true);
  });

  it('gives the parameters of a bare address to the header', () => {
    const address = parsed('sip:nora@example.net;tag=1;lr');
    expect(address.uri).to.equal('sip:nora@example.net');
    expect(address.parameters.text).to.equal(';tag=1;lr');
    expect(address.display).to.equal('');
  });

  it('takes tokens as a display name, with or without a space before the bracket', () => {
    expect(parsed('Nora Berg <sip:nora@example.net>').display).to.equal('Nora Berg');
    expect(parsed('Nora<sip:nora@example.net>').display).to.equal('Nora');
  });

  it('says where value and URI stand', () => {
    const text = '  "N" <sip:n@example.net>;a=b  ';
    const address = parsed(text);
    expect(text.slice(address.start, address.end)).to.equal('"N" <sip:n@example.net>;a=b');
    expect(text.slice(address.uriStart, address.uriEnd)).to.equal('sip:n@example.net');
  });

  for (const text of [
    '',
    'Nora',
    '<>',
    '<sip:nora@example.net',
    '"Nora <sip:nora@example.net>',
    '"Nora" sip:nora@example.net',
    'Berg, Nora <sip:nora@example.net>',
    '< sip:nora@example.net >',
    '<sip:nora @example.net>',
    '<nora@example.net>',
    'sip:nora@example.net?x=y',
    '<sip:nora@example.net>;',
    '<sip:nora@example.net>;;a',
    '<sip:nora@example.net>;a="b',
    '<sip:nora@example.net> x',
    '<sip:nora@example.net>, <sip:otto@example.net>',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseNameAddress(text)).to.have.nested.property('fault.code', 'sip.parse.address'));
  }
});

describe('readNameAddresses', () => {
  function list(text: string): { readonly whole: boolean; readonly uris: string[] } {
    const into: NameAddress[] = [];
    const bytes = Buffer.from(text, 'latin1');
    const whole = readNameAddresses(bytes, text, 0, bytes.length, into);
    return { whole, uris: into.map(({ uri }) => uri) };
  }

  it('reads a comma list, with commas in quotes and in URIs left alone', () => {
    expect(list('"a, b" <sip:a,b@example.net;x=1>;q=0.5 ,\r\n <sip:c@example.net>, sip:d@example.net;e')).to.deep.equal({
      whole: true,
      uris: ['sip:a,b@example.net;x=1', 'sip:c@example.net', 'sip:d@example.net'],
    });
  });

  it('stops at what is no address, and says so', () => {
    expect(list('<sip:a@example.net>, , <sip:b@example.net>')).to.deep.equal({ whole: false, uris: ['sip:a@example.net'] });
    expect(list('<sip:a@example.net>,')).to.deep.equal({ whole: false, uris: ['sip:a@example.net'] });
  });
});
