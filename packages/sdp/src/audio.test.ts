import { expect } from 'chai';
import { answerAudio, answerDirection, audioOf, offerAudio, packetTimeMs, PCMA, PCMU } from './audio.js';
import { parseSessionDescription } from './parse.js';
import { writeSessionDescription } from './write.js';
import type { SessionDescription } from './description.js';

describe('offer and answer for audio', () => {
  it('an offer is written in full', () => {
    expect(writeSessionDescription(offerAudio({ address: '127.0.2.1', port: 4_000, sessionId: '7' }))).to.equal(
      [
        'v=0',
        'o=- 7 1 IN IP4 127.0.2.1',
        's=-',
        'c=IN IP4 127.0.2.1',
        't=0 0',
        'm=audio 4000 RTP/AVP 0 8',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:8 PCMA/8000',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
  });

  it("an answer takes the common codecs in the offer's order and numbers", () => {
    const offer = read('m=audio 4000 RTP/AVP 18 97 0\r\na=rtpmap:97 pcma/8000\r\n');
    const answer = answered(offer, { address: '::1', port: 5_000 });
    expect(audioOf(answer)).to.deep.equal({
      address: '::1',
      port: 5_000,
      codecs: [{ payloadType: 97, name: 'pcma', clockHz: 8_000 }, PCMU],
      direction: 'sendrecv',
    });
  });

  it('an answer has a medium for each that was offered and refuses what it does not take', () => {
    const offer = read('m=video 6000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 0\r\n');
    const answer = answered(offer, { address: '127.0.0.1', port: 5_000 });
    expect(answer.media.map((media) => [media.kind, media.port])).to.deep.equal([
      ['video', 0],
      ['audio', 5_000],
      ['audio', 0],
    ]);
    expect(audioOf(answer)?.codecs).to.deep.equal([PCMA]);
  });

  it('an offer without a codec in common is refused', () => {
    const outcome = answerAudio(read('m=audio 4000 RTP/AVP 18\r\n'), { address: '127.0.0.1', port: 5_000 });
    expect(outcome.ok ? 'answered' : outcome.fault.code).to.equal('sdp.answer.audio');
  });

  it('a direction is answered by its mirror, cut to what is wanted', () => {
    expect(answerDirection('sendrecv', 'sendrecv')).to.equal('sendrecv');
    expect(answerDirection('sendonly', 'sendrecv')).to.equal('recvonly');
    expect(answerDirection('recvonly', 'sendrecv')).to.equal('sendonly');
    expect(answerDirection('inactive', 'sendrecv')).to.equal('inactive');
    expect(answerDirection('sendonly', 'sendonly')).to.equal('inactive');
  });

  it('ptime is read where it is sane', () => {
    expect(packetTimeMs(read('m=audio 4000 RTP/AVP 0\r\na=ptime:30\r\n'))).to.equal(30);
    expect(packetTimeMs(read('m=audio 4000 RTP/AVP 0\r\na=ptime:0\r\n'))).to.equal(20);
  });
});

function read(media: string): SessionDescription {
  const outcome = parseSessionDescription(`v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n${media}`);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}

function answered(offer: SessionDescription, end: Parameters<typeof answerAudio>[1]): SessionDescription {
  const outcome = answerAudio(offer, end);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}
