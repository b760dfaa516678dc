import { expect } from 'chai';
import { answerFor, isHeld, isNowhere, type LegOrigin, offerFor, sameMedia, wishOf } from './leg.js';

const ORIGIN: LegOrigin = { sessionId: '77', host: '10.0.0.1' };

/** A description of the media given, at 10.1.0.N. */
function sdp(host: string, ...lines: string[]): string {
  return `${['v=0', `o=bob 5 9 IN IP4 ${host}`, 's=call', `c=IN IP4 ${host}`, 't=0 0', ...lines].join('\r\n')}\r\n`;
}

function whole(...lines: string[]): string {
  return `${['v=0', 'o=- 77 1 IN IP4 10.0.0.1', 's=-', ...lines].join('\r\n')}\r\n`;
}

function answer(offer: string, local: string, mode: Parameters<typeof answerFor>[2] = 'sendrecv', origin = ORIGIN): string {
  const made = answerFor(offer, local, mode, origin);
  if (!made.ok) throw new Error(made.fault.code);
  return made.value;
}

function offer(local: string, mode: Parameters<typeof offerFor>[1] = 'sendrecv', origin = ORIGIN): string {
  const made = offerFor(local, mode, origin);
  if (!made.ok) throw new Error(made.fault.code);
  return made.value;
}

const AUDIO = 'm=audio 4000 RTP/AVP 8 0 101';
const EVENTS = 'a=rtpmap:101 telephone-event/8000';

describe('an answer for one end made of what the other end said', () => {
  it("is written whole: the offer's order of formats, the other end's numbers and settings, our origin", () => {
    const local = sdp(
      '10.1.0.9',
      'm=audio 6000 RTP/AVP 0 18 8 97',
      'a=rtpmap:97 Telephone-Event/8000',
      'a=fmtp:97 0-15',
      'a=rtpmap:18 G729/8000',
      'a=fmtp:18 annexb=no',
      'a=ptime:20',
      'a=rtcp:6001',
      'a=recvonly',
    );
    expect(answer(sdp('10.1.0.1', AUDIO, EVENTS), local)).to.equal(
      whole(
        'c=IN IP4 10.1.0.9',
        't=0 0',
        'm=audio 6000 RTP/AVP 8 0 97',
        'a=rtpmap:97 Telephone-Event/8000',
        'a=fmtp:97 0-15',
        'a=ptime:20',
        'a=rtcp:6001',
        'a=sendrecv',
      ),
    );
  });

  it('knows static payload types by their names', () => {
    const local = sdp('10.1.0.9', 'm=audio 6000 RTP/AVP 0 9');
    expect(answer(sdp('h.test', 'm=audio 4000 RTP/AVP 96 97', 'a=rtpmap:96 g722/8000/1', 'a=rtpmap:97 pcmu/8000'), local)).to.contain(
      'm=audio 6000 RTP/AVP 9 0\r\n',
    );
  });

  it('refuses what has no partner, and has as many streams as the offer in its order (RFC 3264 §6)', () => {
    const offered = sdp('10.1.0.1', 'm=video 5000 RTP/AVP 31', AUDIO, 'm=audio 4002 RTP/AVP 0', 'm=image 9 udptl t38');
    const media = answer(offered, sdp('10.1.0.9', 'm=audio 6000 RTP/AVP 8')).match(/^m=.*$/gm);
    expect(media).to.deep.equal(['m=video 0 RTP/AVP 31', 'm=audio 6000 RTP/AVP 8', 'm=audio 0 RTP/AVP 0', 'm=image 0 udptl t38']);
  });

  it('refuses what the offer refuses', () => {
    const offered = sdp('10.1.0.1', AUDIO, 'm=video 0 RTP/AVP 31');
    expect(answer(offered, sdp('10.1.0.9', 'm=audio 6000 RTP/AVP 8', 'm=video 7000 RTP/AVP 31'))).to.contain('m=video 0 RTP/AVP 31');
  });

  it('lets everything pass where the other end has the same streams', () => {
    const offered = sdp(
      '10.1.0.1',
      'a=group:BUNDLE a v',
      AUDIO,
      'm=video 5000 RTP/SAVPF 96 97',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
    );
    const video = [
      'm=video 7000 RTP/SAVPF 96 97',
      'c=IN IP6 2001:db8::9',
      'b=AS:512',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtcp-fb:* nack',
      'a=candidate:1 1 UDP 1 10.1.0.9 7000 typ host',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc',
      'a=recvonly',
    ];
    const local = sdp('10.1.0.9', 'a=group:BUNDLE a v', 'a=ice-lite', 'm=audio 6000 RTP/AVP 8', ...video);
    expect(answer(offered, local)).to.equal(
      whole('c=IN IP4 10.1.0.9', 't=0 0', 'a=group:BUNDLE a v', 'a=ice-lite', 'm=audio 6000 RTP/AVP 8', 'a=sendrecv', ...video),
    );
  });

  it('has no group that was not offered (RFC 5888 §9.1)', () => {
    expect(answer(sdp('10.1.0.1', AUDIO), sdp('10.1.0.9', 'a=group:BUNDLE a', 'm=audio 6000 RTP/AVP 8'))).not.to.contain('group');
  });

  it('takes retransmission away with what it repeats', () => {
    const offered = sdp('10.1.0.1', AUDIO, 'm=video 5000 RTP/AVP 98 99', 'a=rtpmap:98 VP9/90000', 'a=rtpmap:99 rtx/90000');
    const video = [
      'm=video 7 RTP/AVP 96 97 98',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtpmap:98 VP9/90000',
    ];
    expect(answer(offered, sdp('10.1.0.9', 'm=audio 6000 RTP/AVP 8', ...video))).to.contain('m=video 7 RTP/AVP 98\r\na=rtpmap:98');
  });

  it('means the nearest of several with one name', () => {
    const h264 = (number: number, mode: number): string[] => [
      `a=rtpmap:${number} H264/90000`,
      `a=fmtp:${number} packetization-mode=${mode}`,
    ];
    const offered = sdp('10.1.0.1', AUDIO, 'm=video 5000 RTP/AVP 96', ...h264(96, 1));
    const local = sdp('10.1.0.9', 'm=audio 6000 RTP/AVP 8', 'm=video 7000 RTP/AVP 96 97', ...h264(96, 0), ...h264(97, 1));
    expect(answer(offered, local)).to.contain('m=video 7000 RTP/AVP 97\r\n');
  });

  it('does without feedback, not without encryption', () => {
    expect(answer(sdp('10.1.0.1', 'm=audio 1 RTP/AVPF 8'), sdp('10.1.0.9', 'm=audio 2 RTP/AVP 8'))).to.contain('m=audio 2 RTP/AVPF 8');
    expect(answerFor(sdp('10.1.0.1', 'm=audio 1 RTP/SAVP 8'), sdp('10.1.0.9', 'm=audio 2 RTP/AVP 8'), 'sendrecv', ORIGIN).ok).to.equal(
      false,
    );
  });

  for (const [why, formats] of [
    ['no codec', '18'],
    ['nothing but digits', '101'],
    ['nothing but comfort noise', '13'],
  ] as const) {
    it(`cannot be made with ${why} in common`, () => {
      const made = answerFor(
        sdp('10.1.0.1', 'm=audio 1 RTP/AVP 8 13 101', EVENTS),
        sdp('10.1.0.9', `m=audio 2 RTP/AVP ${formats}`, EVENTS),
        'sendrecv',
        ORIGIN,
      );
      expect(made).to.deep.equal({ ok: false, fault: { code: 'sdp.answer.audio', blame: 'remote', hint: 'no audio stream in common' } });
    });
  }

  it('tells whose description cannot be read', () => {
    const code = (one: string, other: string): string | undefined => {
      const made = answerFor(one, other, 'sendrecv', ORIGIN);
      return made.ok ? undefined : `${made.fault.code} ${made.fault.blame}`;
    };
    expect(code('x', sdp('10.1.0.9', AUDIO))).to.equal('sdp.parse.line remote');
    expect(code(sdp('10.1.0.9', AUDIO), 'x')).to.equal('sdp.answer.local local');
  });

  it("is made of a gateway's description that leaves out what says nothing, and of the first of several", () => {
    const local = 'v=0\nc=IN IP4 10.1.0.9\nm=audio 6000 RTP/AVP 8\nv=0\nc=IN IP4 10.1.0.9\nm=audio 6000 RTP/AVP 0\n';
    expect(answer(sdp('10.1.0.1', AUDIO), local)).to.equal(whole('c=IN IP4 10.1.0.9', 't=0 0', 'm=audio 6000 RTP/AVP 8', 'a=sendrecv'));
  });

  for (const [offered, mode, written] of [
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'recvonly', 'sendonly'],
    ['sendrecv', 'sendonly', 'recvonly'],
    ['sendrecv', 'inactive', 'inactive'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['sendonly', 'recvonly', 'inactive'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['recvonly', 'recvonly', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
  ] as const) {
    it(`to ${offered} in mode ${mode} says ${written} (RFC 3264 §6.1)`, () => {
      expect(answer(sdp('10.1.0.1', AUDIO, `a=${offered}`), sdp('10.1.0.9', AUDIO), mode)).to.contain(`a=${written}\r\n`);
    });
  }
});

describe('an offer for one end made of what the other end said', () => {
  const local = sdp('10.1.0.9', AUDIO, EVENTS);

  it('is written whole', () => {
    expect(offer(local)).to.equal(whole('c=IN IP4 10.1.0.9', 't=0 0', AUDIO, EVENTS, 'a=sendrecv'));
  });

  it('has an IPv6 origin where we have one, and a first version above what others may have written', () => {
    expect(offer(local, 'sendrecv', { sessionId: '7', host: '2001:db8::1', firstVersion: 1_000 })).to.contain(
      'o=- 7 1000 IN IP6 2001:db8::1\r\n',
    );
  });

  it('has the same version while it says the same, and the next when it does not (RFC 3264 §8)', () => {
    const first = offer(local);
    expect(offer(local, 'sendrecv', { ...ORIGIN, previous: first })).to.equal(first);
    const held = offer(local, 'recvonly', { ...ORIGIN, previous: first });
    expect(held).to.contain('o=- 77 2 IN IP4 10.0.0.1\r\n').and.contain('a=sendonly');
    expect(offer(local, 'sendrecv', { ...ORIGIN, previous: held })).to.contain('o=- 77 3 IN');
  });

  it('keeps the origin of this leg on another node', () => {
    expect(offer(local, 'inactive', { sessionId: '1', host: '10.0.0.2', previous: offer(local) })).to.contain(
      'o=- 77 2 IN IP4 10.0.0.1\r\n',
    );
  });

  it('keeps the place of every stream that this leg ever had, and puts new ones behind (RFC 3264 §8)', () => {
    const streams = (text: string): RegExpMatchArray | null => text.match(/^m=\w+ \d+/gm);
    const previous = answer(sdp('10.1.0.1', 'm=video 5000 RTP/AVP 31', AUDIO), local);
    const next = offer(local, 'sendrecv', { ...ORIGIN, previous });
    expect(streams(next)).to.deep.equal(['m=video 0', 'm=audio 4000']);
    const more = sdp('10.1.0.9', AUDIO, 'm=application 6 UDP/BFCP *', 'm=video 7000 RTP/AVP 31');
    const grown = offer(more, 'sendrecv', { ...ORIGIN, previous: next });
    expect(streams(grown)).to.deep.equal(['m=video 7000', 'm=audio 4000', 'm=application 6']);
    expect(streams(offer(local, 'sendrecv', { ...ORIGIN, previous: grown }))).to.deep.equal([
      'm=video 0',
      'm=audio 4000',
      'm=application 0',
    ]);
  });

  it('does not grow when what it offers is refused again and again', () => {
    const both = sdp('10.1.0.9', AUDIO, 'm=video 7000 RTP/AVP 31');
    let previous = offer(both);
    for (let i = 0; i < 3; i += 1) {
      previous = answer(previous, sdp('10.1.0.1', AUDIO), 'sendrecv', { ...ORIGIN, previous });
      previous = offer(both, 'sendrecv', { ...ORIGIN, previous });
    }
    expect(previous.match(/^m=/gm)).to.have.length(2);
  });

  it('leaves other media the direction that their end gives them', () => {
    const doorbell = sdp('10.1.0.9', AUDIO, 'a=sendonly', 'm=video 7000 RTP/AVP 31', 'a=sendonly');
    expect(offer(doorbell).match(/^a=(send|recv|in)\w+$/gm)).to.deep.equal(['a=sendrecv', 'a=sendonly']);
    expect(offer(doorbell, 'sendonly').match(/^a=(send|recv|in)\w+$/gm)).to.deep.equal(['a=recvonly', 'a=inactive']);
  });

  it('gives every stream a connection, the refused ones too', () => {
    const scattered = 'v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\nc=IN IP4 10.1.0.9\r\n';
    const previous = answer(sdp('10.1.0.1', 'm=video 5000 RTP/AVP 31', AUDIO), local);
    expect(offer(scattered, 'sendrecv', { ...ORIGIN, previous })).to.match(/s=-\r\nc=IN IP4 10\.1\.0\.9\r\n/);
  });

  it('cannot be made of what is no description', () => {
    const made = offerFor('x', 'sendrecv', ORIGIN);
    expect(made.ok || made.fault.code).to.equal('sdp.offer.local');
  });
});

describe('a hold', () => {
  for (const [held, ...lines] of [
    [true, AUDIO, 'a=sendonly'],
    [true, AUDIO, 'a=inactive'],
    [true, 'a=sendonly', AUDIO],
    [true, AUDIO, 'c=IN IP4 0.0.0.0'],
    [true, AUDIO, 'a=sendonly', 'm=audio 0 RTP/AVP 8'],
    [false, AUDIO],
    [false, AUDIO, 'a=recvonly'],
    [false, AUDIO, 'a=sendonly', 'm=audio 4002 RTP/AVP 8'],
    [false, 'm=video 5000 RTP/AVP 31', 'a=inactive'],
  ] as const) {
    it(`is ${held ? '' : 'not '}told by ${lines.join(' | ')}`, () => expect(isHeld(sdp('10.1.0.9', ...lines))).to.equal(held));
  }

  it('is not told by what is no description', () => expect(isHeld('x')).to.equal(false));
});

describe('the same media', () => {
  it('may have another origin and another direction of audio', () => {
    expect(sameMedia(sdp('10.1.0.9', AUDIO), sdp('10.1.0.9', AUDIO, 'a=sendonly').replace('o=bob 5 9', 'o=bob 5 10'))).to.equal(true);
  });

  it('have the same place, formats, and directions of all else', () => {
    const video = sdp('10.1.0.9', AUDIO, 'm=video 5000 RTP/AVP 31');
    expect(sameMedia(sdp('10.1.0.9', AUDIO), sdp('10.1.0.8', AUDIO))).to.equal(false);
    expect(sameMedia(sdp('10.1.0.9', AUDIO), sdp('10.1.0.9', 'm=audio 4000 RTP/AVP 8'))).to.equal(false);
    expect(sameMedia(video, video.replace('VP 31', 'VP 31\r\na=inactive'))).to.equal(false);
  });

  it('are known', () => {
    for (const unknown of [undefined, 'x']) {
      expect(sameMedia(unknown, sdp('10.1.0.9', AUDIO))).to.equal(false);
      expect(sameMedia(sdp('10.1.0.9', AUDIO), unknown)).to.equal(false);
    }
  });
});

describe('media that go nowhere', () => {
  it('are those of a hold of RFC 2543', () => {
    expect(isNowhere(sdp('0.0.0.0', AUDIO))).to.equal(true);
    expect(isNowhere(sdp('10.1.0.9', AUDIO, 'a=inactive'))).to.equal(false);
    expect(isNowhere('x')).to.equal(false);
  });
});

describe('what the writer of an answer wants by itself', () => {
  for (const [offered, answered, wanted] of [
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly', 'sendrecv'],
    ['inactive', 'inactive', 'sendrecv'],
    ['recvonly', 'sendonly', 'sendrecv'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'inactive', 'inactive'],
  ] as const) {
    it(`is ${wanted} when it answers ${offered} with ${answered}`, () => {
      const wish = wishOf(sdp('10.1.0.9', AUDIO, `a=${answered}`), sdp('10.1.0.1', AUDIO, `a=${offered}`));
      expect(wish).to.equal(sdp('10.1.0.9', AUDIO, `a=${wanted}`));
    });
  }

  it('is told the same way whether it was said for the session or a stream', () => {
    expect(wishOf(sdp('10.1.0.9', 'a=recvonly', AUDIO), sdp('10.1.0.1', AUDIO, 'a=sendonly'))).to.equal(
      sdp('10.1.0.9', AUDIO, 'a=sendrecv'),
    );
  });

  it('stays as it is where it cannot be read', () => expect(wishOf('x', sdp('10.1.0.1', AUDIO))).to.equal('x'));
});
