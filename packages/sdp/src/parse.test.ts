import { expect } from 'chai';
import { connectionOf, directionOf, type SessionDescription } from './description.js';
import { parseSessionDescription } from './parse.js';
import { writeSessionDescription } from './write.js';

const PHONE = [
  'v=0',
  'o=alice 2890844526 2890842807 IN IP4 192.0.2.10',
  's=-',
  'i=a lunch call',
  'c=IN IP4 192.0.2.10',
  'b=AS:64',
  't=0 0',
  'a=recvonly',
  'm=audio 49170 RTP/AVP 0 8 101',
  'c=IN IP4 192.0.2.11',
  'a=rtpmap:101 telephone-event/8000',
  'a=sendrecv',
  'm=video 0 RTP/AVP 31',
  '',
].join('\r\n');

describe('session descriptions', () => {
  it('a description is read line by line and written back byte for byte', () => {
    const session = read(PHONE);
    expect(session.origin).to.deep.equal({
      username: 'alice',
      sessionId: '2890844526',
      sessionVersion: '2890842807',
      family: 'IP4',
      address: '192.0.2.10',
    });
    expect(session.media.map((media) => [media.kind, media.port, media.formats])).to.deep.equal([
      ['audio', 49_170, ['0', '8', '101']],
      ['video', 0, ['31']],
    ]);
    expect(writeSessionDescription(session)).to.equal(PHONE);
  });

  it("a medium's own connection and direction win over the session's", () => {
    const session = read(PHONE);
    const [audio, video] = session.media;
    expect(connectionOf(session, audio!)).to.deep.equal({ family: 'IP4', address: '192.0.2.11' });
    expect(directionOf(session, audio!)).to.equal('sendrecv');
    expect(connectionOf(session, video!)?.address).to.equal('192.0.2.10');
    expect(directionOf(session, video!)).to.equal('recvonly');
  });

  it('IPv6, multicast and port counts are kept as they were written', () => {
    const text = 'v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 FF15::101/3\r\nt=0 0\r\nm=audio 5004/2 RTP/AVP 0\r\n';
    const session = read(text);
    expect(session.connection).to.deep.equal({ family: 'IP6', address: 'FF15::101', suffix: '/3' });
    expect(session.media[0]?.portCount).to.equal(2);
    expect(writeSessionDescription(session)).to.equal(text);
  });

  it('bare line feeds, blank lines and missing s= and t= are forgiven', () => {
    const session = read('v=0\no=- 1 1 IN IP4 127.0.0.1\n\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0');
    expect(session.name).to.equal('-');
    expect(session.times).to.deep.equal(['0 0']);
    expect(session.media[0]?.port).to.equal(9);
  });

  const faults: readonly (readonly [string, string, string])[] = [
    ['nothing at all', '', 'sdp.parse.v'],
    ['another version', 'v=1\r\n', 'sdp.parse.v'],
    ['something before v=', 's=-\r\nv=0\r\n', 'sdp.parse.v'],
    ['no origin', 'v=0\r\ns=-\r\n', 'sdp.parse.o'],
    ['a short origin', 'v=0\r\no=- 1 IN IP4 1.2.3.4\r\n', 'sdp.parse.o'],
    ['an address of the other family', 'v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4 ::1\r\n', 'sdp.parse.c'],
    ['an address that is none', 'v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4 1.2.3\r\n', 'sdp.parse.c'],
    ['a medium without format', 'v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 9 RTP/AVP\r\n', 'sdp.parse.m'],
    ['a port out of range', 'v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 70000 RTP/AVP 0\r\n', 'sdp.parse.m'],
    ['an unknown letter', 'v=0\r\no=- 1 1 IN IP4 h\r\nx=1\r\n', 'sdp.parse.type'],
    ['a line that is none', 'v=0\r\nhello\r\n', 'sdp.parse.line'],
  ];
  for (const [what, text, code] of faults) {
    it(`${what} is a fault of the sender: ${code}`, () => {
      const outcome = parseSessionDescription(text);
      expect(outcome.ok ? 'parsed' : [outcome.fault.code, outcome.fault.blame]).to.deep.equal([code, 'remote']);
    });
  }

  it('a fault names the start of the line in the text', () => {
    const outcome = parseSessionDescription('v=0\r\no=- 1 1 IN IP4 h\r\nm=audio x RTP/AVP 0\r\n');
    expect(outcome.ok ? undefined : outcome.fault.offset).to.equal(23);
  });

  it('no prefix of a description makes the parser throw', () => {
    for (let end = 0; end <= PHONE.length; end += 1) {
      expect(() => parseSessionDescription(Buffer.from(PHONE.slice(0, end)))).not.to.throw();
    }
  });
});

function read(text: string): SessionDescription {
  const outcome = parseSessionDescription(text);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}
