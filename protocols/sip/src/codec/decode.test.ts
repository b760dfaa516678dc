// What decode refuses, what it lets pass, and what it gives of a message that can still be answered.
import { expect } from 'chai';
import { checkStrict, decode, type Decoded } from './decode.js';
import { changed, INVITE, message, text } from './testing.js';

function codeOf(decoded: Decoded): string {
  return decoded.ok ? 'ok' : decoded.fault.code;
}

const RESPONSE = ['SIP/2.0 180 Ringing', ...INVITE.slice(1)];

describe('decode', () => {
  it('reads a request', () => {
    const { method, requestUri, isRequest, status } = message(INVITE);
    expect({ method, requestUri, isRequest, status }).to.deep.equal({
      method: 'INVITE',
      requestUri: 'sip:otto@example.org',
      isRequest: true,
      status: 0,
    });
  });

  it('reads a response, whose method is that of CSeq', () => {
    const { method, requestUri, isRequest, status, reason } = message(RESPONSE);
    expect({ method, requestUri, isRequest, status, reason }).to.deep.equal({
      method: 'INVITE',
      requestUri: '',
      isRequest: false,
      status: 180,
      reason: 'Ringing',
    });
  });

  it('takes lines that end in LF alone, and empty lines before the first', () => {
    const bytes = Buffer.from(`\r\n\n${text(INVITE).toString('latin1').replaceAll('\r\n', '\n')}`, 'latin1');
    const decoded = decode(bytes);
    expect(codeOf(decoded)).to.equal('ok');
    expect(decoded.message?.topVia.branch).to.equal('z9hG4bKa');
    expect(decoded.message?.contentLength).to.equal(0);
  });

  it('takes the version without case', () => {
    expect(codeOf(decode(text(changed('INVITE', 'INVITE sip:otto@example.org sip/2.0'))))).to.equal('ok');
    expect(codeOf(decode(text(['sip/2.0 200 OK', ...INVITE.slice(1)])))).to.equal('ok');
  });

  it('cuts off what follows the body', () => {
    const decoded = message(changed('Content-Length', 'Content-Length: 2'), 'abNOISE');
    expect(decoded.body.toString()).to.equal('ab');
    expect(decoded.bytes.toString().endsWith('\r\n\r\nab')).to.equal(true);
  });

  it('without Content-Length the body ends with the datagram', () => {
    expect(message(changed('Content-Length'), 'abc').body.toString()).to.equal('abc');
  });

  for (const [code, lines] of [
    ['sip.parse.request-line', changed('INVITE', 'INVITE')],
    ['sip.parse.request-line', changed('INVITE', 'INVITE sip:otto@example.org')],
    ['sip.parse.request-line', changed('INVITE', 'INVITE sip:otto@example.org SIP/2.0 ')],
    ['sip.parse.request-line', changed('INVITE', 'INVITE  sip:otto@example.org SIP/2.0')],
    ['sip.parse.request-line', changed('INVITE', 'INVITE sip:otto@example.org; lr SIP/2.0')],
    ['sip.parse.request-line', changed('INVITE', 'IN@VITE sip:otto@example.org SIP/2.0')],
    ['sip.version', changed('INVITE', 'INVITE sip:otto@example.org SIP/3.0')],
    ['sip.version', ['SIP/3.0 200 OK', ...INVITE.slice(1)]],
    ['sip.parse.uri', changed('INVITE', 'INVITE <sip:otto@example.org> SIP/2.0')],
    ['sip.parse.uri', changed('INVITE', 'INVITE sip:otto@example.org?a=b SIP/2.0')],
    ['sip.parse.uri', changed('INVITE', 'INVITE otto SIP/2.0')],
    ['sip.parse.status-line', ['SIP/2.0 99 Low', ...INVITE.slice(1)]],
    ['sip.parse.status-line', ['SIP/2.0 700 High', ...INVITE.slice(1)]],
    ['sip.parse.status-line', ['SIP/2.0 20', ...INVITE.slice(1)]],
    ['sip.parse.status-line', ['SIP/2.0 2000 OK', ...INVITE.slice(1)]],
    ['sip.parse.status-line', ['SIP/2.0 2x0 OK', ...INVITE.slice(1)]],
    ['sip.parse.via', changed('Via')],
    ['sip.parse.via', changed('Via', 'Via: SIP/2.0/UDP 192.0.2.7;;')],
    ['sip.parse.from', changed('From')],
    ['sip.parse.from', [...INVITE, 'f: <sip:x@example.net>']],
    ['sip.parse.from', changed('From', 'From: Berg, Nora <sip:nora@example.net>')],
    ['sip.parse.to', changed('To', 'To: "Otto <sip:otto@example.org>')],
    ['sip.parse.to', changed('To', 'To: <sip:otto@example.org>, <sip:x@example.org>')],
    ['sip.parse.call-id', changed('Call-ID')],
    ['sip.parse.call-id', changed('Call-ID', 'Call-ID: ')],
    ['sip.parse.cseq', changed('CSeq', 'CSeq: 2147483648 INVITE')],
    ['sip.parse.cseq', changed('CSeq', 'CSeq: INVITE')],
    ['sip.parse.cseq', changed('CSeq', 'CSeq: 1')],
    ['sip.parse.cseq', changed('CSeq', 'CSeq: 1 INVITE x')],
    ['sip.parse.cseq', changed('CSeq', 'CSeq: 1 BYE')],
    ['sip.method.unknown', ['NEXT sip:otto@example.org SIP/2.0', ...INVITE.slice(1)]],
    ['sip.parse.max-forwards', changed('Max-Forwards', 'Max-Forwards: 256')],
    ['sip.parse.max-forwards', changed('Max-Forwards', 'Max-Forwards: many')],
    ['sip.parse.route', [...INVITE, 'Route: <sip:edge.example.org;lr>, ,']],
    ['sip.parse.content-length', changed('Content-Length', 'Content-Length: 1')],
    ['sip.parse.content-length', changed('Content-Length', 'Content-Length: -1')],
    ['sip.parse.content-length', [...INVITE, 'l: 0']],
    ['sip.parse.header', [...INVITE, 'no colon here']],
    ['sip.parse.header', [...INVITE, ': no name']],
    ['sip.parse.header', [...INVITE, 'Max\rForwards: 3']],
  ] as const) {
    it(`refuses with ${code}: ${lines.find((line) => !INVITE.includes(line)) ?? 'a line less'}`, () => {
      expect(codeOf(decode(text(lines)))).to.equal(code);
    });
  }

  it('refuses what has no end of headers, and what is empty', () => {
    const whole = text(INVITE);
    for (let end = 3; end < whole.length - 1; end += 1) expect(codeOf(decode(whole.subarray(0, end))), `${end}`).not.to.equal('ok');
    expect(codeOf(decode(Buffer.alloc(0)))).to.equal('sip.parse.empty');
    expect(codeOf(decode(Buffer.from('\r\n\r\n')))).to.equal('sip.parse.empty');
  });

  it('holds its limits', () => {
    const many = [...INVITE, ...Array.from({ length: 300 }, (_, i) => `X-${i}: y`)];
    expect(codeOf(decode(text(many)))).to.equal('sip.size.headers');
    expect(codeOf(decode(text(many), { maxBytes: 9_000, maxHeaders: 400 }))).to.equal('ok');
    expect(codeOf(decode(text(INVITE), { maxBytes: 100, maxHeaders: 400 }))).to.equal('sip.size.message');
  });

  it('gives a refused request that can be answered, also when the fault stands before what an answer needs', () => {
    const decoded = decode(text(['INVITE sip:otto@example.org SIP/2.0', 'no colon here', ...INVITE.slice(1)]));
    expect(codeOf(decoded)).to.equal('sip.parse.header');
    expect(decoded.message?.callId).to.equal('c1@example.net');
  });

  it('gives no message where nobody can be answered', () => {
    expect(decode(text(['SIP/2.0 700 High', ...INVITE.slice(1)])).message).to.equal(undefined);
    expect(decode(text(['SIP/3.0 200 OK', ...INVITE.slice(1)])).message).to.equal(undefined);
    expect(decode(text(changed('Via', 'Via: x'))).message).to.equal(undefined);
    expect(decode(text(changed('Call-ID'))).message).to.equal(undefined);
  });

  it('a name that differs from a known one in one character is another name', () => {
    for (const name of ['Rouse', 'Content-Lengts', 'Rzute', 'Max.Forwards', 'Recors-Route']) {
      expect(message([...INVITE, `${name}: 9`]).header(name)).to.equal('9');
    }
  });

  describe('takes time in proportion to the bytes, however they are chosen', () => {
    const limits = { maxBytes: 1 << 21, maxHeaders: 1 << 20 };
    const long = 1 << 18;
    for (const [what, lines] of [
      ['a long run of spaces before a fold', [...INVITE, `Subject: a${' '.repeat(long)}b\r\n c`]],
      ['many folds', [...INVITE, `Subject: ${'\r\n '.repeat(long)}x`]],
      ['many Vias in one line', changed('Via', `Via: ${'SIP/2.0/UDP a.example,'.repeat(long / 16)}SIP/2.0/UDP b.example`)],
      ['many Vias in lines', [...INVITE, ...Array.from({ length: long / 16 }, () => 'v:SIP/2.0/UDP a')]],
      ['many routes without brackets', [...INVITE, `Route: ${'sip:a,'.repeat(long / 8)}sip:b`]],
      ['many Contacts, their brackets far away', [...INVITE, `Contact: ${'sip:a,'.repeat(long / 8)}<sip:b>`]],
      ['a long display name', changed('To', `To: ${'a b '.repeat(long / 4)}\r\n <sip:otto@example.org>`)],
      ['many parameters', changed('From', `From: <sip:nora@example.net>${';a=b'.repeat(long / 8)};tag=n`)],
      ['many backslashes in quotes', changed('From', `From: "${'\\\\'.repeat(long)}" <sip:nora@example.net>;tag=n`)],
      ['many quotes that never close', changed('To', `To: ${'"'.repeat(long)}`)],
      ['many open brackets', changed('To', `To: ${'<'.repeat(long)}`)],
      ['many unknown names', [...INVITE, ...Array.from({ length: long / 16 }, (_, i) => `X-${i}: y`)]],
      ['a long Request-URI', changed('INVITE', `INVITE sip:${':'.repeat(long)}@example.org SIP/2.0`)],
      ['a long host', changed('INVITE', `INVITE sip:${'a.'.repeat(long)} SIP/2.0`)],
    ] as const) {
      it(what, () => {
        const decoded = decode(text(lines), limits);
        if (!decoded.message) return;
        void [decoded.message.vias, decoded.message.contacts, decoded.message.from.parameters.entries(), decoded.message.from.display];
        void [decoded.message.header('subject'), decoded.message.header('x-none')];
        checkStrict(decoded.message);
      });
    }
  });
});
