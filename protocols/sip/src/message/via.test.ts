// The Via header field.
import { expect } from 'chai';
import { parseVia, readVias, type Via } from './via.js';

function parsed(text: string): Via {
  const read = parseVia(text);
  if (!read.ok) throw new Error(`refused: ${text}`);
  return read.value;
}

describe('parseVia', () => {
  it('reads transport, sent-by and what routing asks for', () => {
    const via = parsed('SIP/2.0/UDP Desk.Example.NET:5062;branch=z9hG4bKx;received=192.0.2.9;rport=5099;a');
    expect(via).to.include({
      protocol: 'SIP/2.0',
      transport: 'UDP',
      host: 'desk.example.net',
      port: 5062,
      sentBy: 'desk.example.net:5062',
    });
    expect(via).to.include({ branch: 'z9hG4bKx', received: '192.0.2.9', rport: 5099 });
    expect(via.parameters.get('a')).to.equal(null);
    expect(via.parameters.get('branch')).to.equal('z9hG4bKx');
  });

  it('tells a bare rport from an absent one', () => {
    expect(parsed('SIP/2.0/UDP a.example;rport').rport).to.equal(null);
    expect(parsed('SIP/2.0/UDP a.example').rport).to.equal(undefined);
  });

  it('takes white space wherever the grammar has it', () => {
    const via = parsed('SIP / 2.0\r\n / tcp  a.example : 5061 ;\r\n branch = b ; alternatePath = 10.0.0.2%3A5060+10.0.0.3');
    expect(via).to.include({ protocol: 'SIP/2.0', transport: 'TCP', sentBy: 'a.example:5061', branch: 'b' });
    expect(via.parameters.get('alternatepath')).to.equal('10.0.0.2%3A5060+10.0.0.3');
  });

  it('reads IPv6 references, and received with or without brackets', () => {
    expect(parsed('SIP/2.0/UDP [2001:DB8::1]:5062')).to.include({ host: '2001:db8::1', port: 5062, sentBy: '[2001:db8::1]:5062' });
    expect(parsed('SIP/2.0/UDP [2001:db8::1]')).to.include({ host: '2001:db8::1', port: undefined, sentBy: '[2001:db8::1]' });
    expect(parsed('SIP/2.0/UDP a.example;received=[2001:db8::2]').received).to.equal('2001:db8::2');
    expect(parsed('SIP/2.0/UDP a.example;received=2001:db8::2').received).to.equal('2001:db8::2');
  });

  it('reads alternates in quotes, and raw with ports and brackets', () => {
    expect(parsed('SIP/2.0/UDP a.example;alternatePath="10.0.0.2:5060,10.0.0.3"').parameters.get('alternatePath')).to.equal(
      '10.0.0.2:5060,10.0.0.3',
    );
    expect(parsed('SIP/2.0/UDP a.example;alternatePath=[2001:db8::2]:5060+10.0.0.3;x').parameters.get('alternatePath')).to.equal(
      '[2001:db8::2]:5060+10.0.0.3',
    );
  });

  it('keeps the first branch where two stand', () => {
    expect(parsed('SIP/2.0/UDP a.example;branch=one;branch=two').branch).to.equal('one');
  });

  for (const text of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0 a.example',
    'SIP/2.0/UDPa.example',
    'SIP/2.0/UDP a.example;;branch=x',
    'SIP/2.0/UDP a.example;',
    'SIP/2.0/UDP a.example:0',
    'SIP/2.0/UDP a.example:65536',
    'SIP/2.0/UDP a.example:99999999999999999999999',
    'SIP/2.0/UDP a.example:x',
    'SIP/2.0/UDP a.example:5060x',
    'SIP/2.0/UDP [2001:db8::1',
    'SIP/2.0/UDP [x]',
    'SIP/2.0/UDP 2001:db8::1',
    'SIP/2.0/UDP nora@a.example',
    'SIP/2.0/UDP a.example;a="b',
    'SIP/2.0/UDP a.example;rport=0',
    'SIP/2.0/UDP a.example;rport=x',
    'SIP/2.0/UDP a.example b.example',
    'SIP/2.0/UDP a.example, SIP/2.0/UDP b.example',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseVia(text)).to.have.nested.property('fault.code', 'sip.parse.via'));
  }
});

describe('readVias', () => {
  it('reads a comma list and says where each value stands', () => {
    const text = 'SIP/2.0/UDP a.example;branch=1 , SIP/2.0/TCP b.example';
    const vias: Via[] = [];
    expect(readVias(Buffer.from(text, 'latin1'), text, 0, text.length, vias)).to.equal(true);
    expect(vias.map(({ start, end }) => text.slice(start, end))).to.deep.equal(['SIP/2.0/UDP a.example;branch=1', 'SIP/2.0/TCP b.example']);
  });
});
