// The views of a message.
import { expect } from 'chai';
import { changed, INVITE, message } from './testing.js';

describe('SipMessage', () => {
  it('binds call and transaction', () => {
    const invite = message(INVITE);
    expect(invite.callKey).to.equal('c1@example.net');
    expect(invite.transactionKey).to.equal('z9hG4bKa|192.0.2.7:5062|INVITE');
    expect([invite.protocol, invite.role, invite.operation]).to.deep.equal(['sip', 'command', 'INVITE']);
  });

  it('finds headers by long name, compact name and any case', () => {
    const invite = message([...INVITE, 's: hello', 'X-Own: 1', 'x-OWN: 2']);
    expect(invite.header('Subject')).to.equal('hello');
    expect(invite.header('S')).to.equal('hello');
    expect(invite.header('x-own')).to.equal('1');
    expect(invite.headerValues('X-Own')).to.deep.equal(['1', '2']);
    expect(invite.has('subject')).to.equal(true);
    expect(invite.has('x-none')).to.equal(false);
    expect(invite.header('Expires')).to.equal(undefined);
  });

  it('finds a compact name whose value has a colon where the long name would have its own', () => {
    const invite = message([...changed('Contact'), 'm:<sip:nora@desk.example.net>']);
    expect(invite.contacts).to.have.nested.property('0.uri', 'sip:nora@desk.example.net');
  });

  it('joins folded lines, and leaves out white space around a value', () => {
    const invite = message([...INVITE, 'Subject \t:  one\r\n\t two \r\n three  ']);
    expect(invite.header('subject')).to.equal('one two three');
  });

  it('gives an empty value for a header that has none', () => {
    expect(message(['INVITE sip:o@example.org SIP/2.0', 'Subject:', ...INVITE.slice(1)]).header('subject')).to.equal('');
    expect(message([...INVITE, 'Subject: ', 'X: y']).header('subject')).to.equal('');
    expect(message([...INVITE, 'Subject:\r\n ', 'X: y']).header('subject')).to.equal('');
  });

  it('gathers Vias across lines and comma lists', () => {
    const invite = message([...INVITE, 'v: SIP/2.0/TCP a.example , SIP/2.0/UDP b.example', 'Via: SIP/2.0/UDP c.example']);
    expect(invite.vias.map(({ host }) => host)).to.deep.equal(['192.0.2.7', 'a.example', 'b.example', 'c.example']);
    const list = message(changed('Via', 'Via: SIP/2.0/UDP a.example,SIP/2.0/UDP b.example'));
    expect(list.vias.map(({ host }) => host)).to.deep.equal(['a.example', 'b.example']);
    expect(list.vias[0]).to.equal(list.topVia);
  });

  it('gives Vias up to the first that is none', () => {
    expect(message([...INVITE, 'Via: SIP/2.0/UDP a.example, x', 'Via: SIP/2.0/UDP b.example']).vias).to.have.length(2);
  });

  it('gives routes in order, and nothing where there are none', () => {
    const invite = message([...INVITE, 'Route: <sip:a.example;lr>, <sip:b.example;lr>', 'Route: <sip:c.example>']);
    expect(invite.routes.map(({ uri }) => uri)).to.deep.equal(['sip:a.example;lr', 'sip:b.example;lr', 'sip:c.example']);
    expect(message(INVITE).routes).to.deep.equal([]);
    expect(message(INVITE).recordRoutes).to.deep.equal([]);
    expect(message([...INVITE, 'Path: <sip:p.example;lr>']).paths).to.have.length(1);
  });

  it('tells a Contact of * from addresses', () => {
    expect(message(changed('Contact', 'Contact: *')).contacts).to.equal('*');
    expect(message(changed('Contact', 'm:*')).contacts).to.equal('*');
    expect(message(changed('Contact')).contacts).to.deep.equal([]);
  });

  it('splits lists of tokens across lines', () => {
    const invite = message([...INVITE, 'k: path , outbound', 'Supported: 100rel,,']);
    expect(invite.tokens('supported')).to.deep.equal(['path', 'outbound', '100rel']);
    expect(invite.tokens('require')).to.deep.equal([]);
  });

  it('reads numbers, and caps Expires at 32 bits', () => {
    const invite = message([...INVITE, 'Expires: 99999999999999999999999']);
    expect(invite.expires).to.equal(4_294_967_295);
    expect(invite.maxForwards).to.equal(70);
    expect(invite.contentLength).to.equal(0);
    expect(message(changed('Max-Forwards')).maxForwards).to.equal(undefined);
    expect(message([...INVITE, 'Expires: soon']).expires).to.equal(undefined);
  });

  it('keeps UTF-8 byte by byte', () => {
    const subject = Buffer.from('Grüße', 'utf8').toString('latin1');
    const grave = Buffer.from('à', 'utf8').toString('latin1');
    expect(message([...INVITE, `Subject: ${grave}`, `X: ${grave}\r\n  ${grave}`]).header('subject')).to.equal(grave);
    expect(message([...INVITE, `X: ${grave}\r\n  ${grave}`]).header('x')).to.equal(`${grave} ${grave}`);
    expect(Buffer.from(message([...INVITE, `Subject: ${subject}`]).header('subject') ?? '', 'latin1').toString('utf8')).to.equal('Grüße');
  });
});
