import { expect } from 'chai';
import { alternatesOfVia, placesOfContact, placesOfRoute, readAlternates } from './alternates.js';
import { isResponse, parseMessage, type SipResponse, summaryOf, writeMessage } from './npm-sip.js';

const RINGING = [
  'SIP/2.0 180 Ringing',
  'Via: SIP/2.0/UDP primary.test:5060;branch=z9hG4bKx;rport;alternatePath=127.0.1.2%3A5062+127.0.1.3;apt=a-B_9.k',
  'Via: SIP/2.0/UDP 127.0.2.1:5070;branch=z9hG4bKy;rport=5070;received=127.0.2.1',
  'Record-Route: <sip:127.0.1.1:5060;lr;alternatePath=127.0.1.2%3A5062>;alternatePath=127.0.1.2%3A5062+127.0.1.4',
  'From: <sip:alice@sample2.test>;tag=1',
  'To: <sip:bob@sample2.test>;tag=2',
  'Call-ID: c1',
  'CSeq: 1 INVITE',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

describe('path attributes as phones read them', () => {
  it('every spelling of a list reads the same', () => {
    const places = [
      { host: '10.0.0.2', port: 5_062 },
      { host: 'b.test', port: 5_060 },
    ];
    for (const text of ['10.0.0.2%3A5062+b.test', '10.0.0.2%3a5062%2Cb.test', '10.0.0.2:5062,b.test', '"10.0.0.2:5062, b.test"']) {
      expect(readAlternates(text), text).to.deep.equal(places);
    }
    expect(readAlternates('%5B2001%3Adb8%3A%3A1%5D%3A5061')).to.deep.equal([{ host: '2001:db8::1', port: 5_061 }]);
  });

  it('what is no address is left out', () => {
    expect(readAlternates('10.0.0.2%3A99999+;x+10.0.0.3')).to.deep.equal([{ host: '10.0.0.3', port: 5_060 }]);
    expect(readAlternates(null)).to.deep.equal([]);
  });

  it('Via serves responses, Record-Route gives URI and header parameter in one list', () => {
    const { headers } = read(RINGING);
    expect(alternatesOfVia(headers.via[0]!)).to.deep.equal([
      { host: '127.0.1.2', port: 5_062 },
      { host: '127.0.1.3', port: 5_060 },
    ]);
    expect(placesOfRoute(headers['record-route']![0]!)).to.deep.equal([
      { host: '127.0.1.1', port: 5_060 },
      { host: '127.0.1.2', port: 5_062 },
      { host: '127.0.1.4', port: 5_060 },
    ]);
  });

  it('a Contact may name stand-ins of its own', () => {
    expect(placesOfContact({ uri: 'sip:gw@10.0.0.1;alternatePath=10.0.0.2', params: {} })).to.deep.equal([
      { host: '10.0.0.1', port: 5_060 },
      { host: '10.0.0.2', port: 5_060 },
    ]);
    expect(placesOfContact({ uri: 'tel:123', params: {} })).to.deep.equal([]);
  });
});

describe('npm sip as the codec of phones', () => {
  it('a response is echoed with every value of its path attributes', () => {
    const again = writeMessage(read(RINGING)).toString('latin1');
    expect(again).to.contain(';alternatepath=127.0.1.2%3A5062+127.0.1.3;apt=a-B_9.k\r\n');
    expect(again).to.contain('<sip:127.0.1.1:5060;lr;alternatePath=127.0.1.2%3A5062>;alternatepath=127.0.1.2%3A5062+127.0.1.4');
    expect(summaryOf(read(RINGING))).to.equal('180 Ringing (INVITE)');
  });

  it('a message without its five headers, and one whose route cannot be read, is no message', () => {
    expect(parseMessage(Buffer.from(RINGING.replace('CSeq: 1 INVITE\r\n', '')))).to.equal(undefined);
    expect(parseMessage(Buffer.from(RINGING.replace('<sip:127.0.1.1', '<sip:[::1]')))).to.equal(undefined);
    expect(parseMessage(Buffer.from('\r\n\r\n'))).to.equal(undefined);
  });
});

function read(text: string): SipResponse {
  const message = parseMessage(Buffer.from(text, 'latin1'));
  if (!message || !isResponse(message)) throw new Error('not read');
  return message;
}
