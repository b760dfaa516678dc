// Messages of our own, as whole texts.
import { expect } from 'chai';
import { buildAck, buildCancel, buildRequest, buildResponse } from './build.js';
import { decode } from './decode.js';
import { changed, INVITE, message, text } from './testing.js';

function lines(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\r\n');
}

describe('buildResponse', () => {
  const request = message([
    ...INVITE,
    'v: SIP/2.0/UDP a.example, SIP/2.0/UDP b.example',
    'Record-Route: <sip:p.example;lr>',
    'Timestamp: 54',
  ]);

  it('copies what RFC 3261 §8.2.6 asks for, and tags To', () => {
    expect(lines(buildResponse(request, 180, 'Ringing', { toTag: 'o', headers: ['Contact: <sip:otto@example.org>'] }))).to.deep.equal([
      'SIP/2.0 180 Ringing',
      'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa;rport',
      'Via: SIP/2.0/UDP a.example, SIP/2.0/UDP b.example',
      'From: "Nora" <sip:nora@example.net>;tag=n',
      'To: <sip:otto@example.org>;tag=o',
      'Call-ID: c1@example.net',
      'CSeq: 7 INVITE',
      'Contact: <sip:otto@example.org>',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  it('replaces the first Via alone, also in a list', () => {
    const list = message(changed('Via', 'Via: SIP/2.0/UDP a.example,\r\n SIP/2.0/UDP b.example'));
    expect(lines(buildResponse(list, 100, 'Trying', { topVia: 'SIP/2.0/UDP a.example;received=192.0.2.1' }))[1]).to.equal(
      'Via: SIP/2.0/UDP a.example;received=192.0.2.1, SIP/2.0/UDP b.example',
    );
  });

  it('copies Timestamp into a 100, and Record-Route where asked to', () => {
    expect(lines(buildResponse(request, 100, 'Trying'))).to.include('Timestamp: 54');
    expect(lines(buildResponse(request, 200, 'OK', { copyRecordRoute: true }))).to.include('Record-Route: <sip:p.example;lr>');
    expect(lines(buildResponse(request, 200, 'OK'))).not.to.include('Record-Route: <sip:p.example;lr>');
  });

  it('leaves a tag of To as it is', () => {
    const bye = message(changed('To', 'To: <sip:otto@example.org>;tag=mine'));
    expect(lines(buildResponse(bye, 200, 'OK', { toTag: 'other' }))).to.include('To: <sip:otto@example.org>;tag=mine');
  });

  it('counts the octets of a body', () => {
    const body = Buffer.from('ü', 'utf8');
    expect(buildResponse(request, 200, 'OK', { body }).toString('latin1').endsWith('Content-Length: 2\r\n\r\nÃ¼')).to.equal(true);
    expect(buildResponse(request, 200, 'OK', { body: 'abc' }).toString('latin1').endsWith('Content-Length: 3\r\n\r\nabc')).to.equal(true);
  });

  it('answers a request that was refused', () => {
    const decoded = decode(text(changed('To', 'To: "Otto <sip:otto@example.org>')));
    if (decoded.ok || !decoded.message) throw new Error('should be refused and answerable');
    const answer = lines(buildResponse(decoded.message, 400, decoded.fault.hint, { toTag: 'o' }));
    expect(answer[0]).to.equal('SIP/2.0 400 Bad To');
    expect(answer[3]).to.equal('To: "Otto <sip:otto@example.org>;tag=o');
  });
});

describe('requests that follow one that was sent', () => {
  const sent = message([
    'INVITE sip:otto@192.0.2.8 SIP/2.0',
    'Via: SIP/2.0/UDP p.example;branch=z9hG4bKp, SIP/2.0/UDP q.example',
    'Route: <sip:a.example;lr>',
    'Route: <sip:b.example;lr>',
    ...INVITE.slice(1),
  ]);
  const common = [
    'Via: SIP/2.0/UDP p.example;branch=z9hG4bKp',
    'Route: <sip:a.example;lr>',
    'Route: <sip:b.example;lr>',
    'Max-Forwards: 70',
  ];

  it('a CANCEL has its Request-URI, top Via, Routes, From, To, Call-ID and CSeq number', () => {
    expect(lines(buildCancel(sent))).to.deep.equal([
      'CANCEL sip:otto@192.0.2.8 SIP/2.0',
      ...common,
      'From: "Nora" <sip:nora@example.net>;tag=n',
      'To: <sip:otto@example.org>',
      'Call-ID: c1@example.net',
      'CSeq: 7 CANCEL',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  it('an ACK has the To of the response', () => {
    expect(lines(buildAck(sent, '<sip:otto@example.org>;tag=o'))).to.deep.equal([
      'ACK sip:otto@192.0.2.8 SIP/2.0',
      ...common,
      'From: "Nora" <sip:nora@example.net>;tag=n',
      'To: <sip:otto@example.org>;tag=o',
      'Call-ID: c1@example.net',
      'CSeq: 7 ACK',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  it('what is built can be read', () => {
    const options = buildRequest('OPTIONS', 'sip:example.org', [...INVITE.slice(1, 6), 'CSeq: 1 OPTIONS']);
    for (const bytes of [buildCancel(sent), buildAck(sent, '<sip:o@example.org>;tag=o'), options]) {
      const decoded = decode(bytes);
      expect(decoded.ok || decoded.fault.code).to.equal(true);
    }
  });
});
