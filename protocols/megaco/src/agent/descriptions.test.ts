import { expect } from 'chai';
import { localOf, remoteFor, wantedLocal } from './descriptions.js';

describe('session descriptions of H.248', () => {
  it('ask for an address and a port, for the codecs that are wanted', () => {
    expect(wantedLocal({ codecs: ['PCMU'], family: 'IP4' })).to.equal('v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0');
    expect(wantedLocal({ codecs: ['pcma', 'opus/48000/2'], packetMs: 20, family: 'IP6' })).to.equal(
      'v=0\r\nc=IN IP6 $\r\nm=audio $ RTP/AVP 8 97\r\na=rtpmap:97 opus/48000/2\r\na=ptime:20',
    );
  });

  it('are made whole for those who need it', () => {
    expect(localOf('v=0\nc=IN IP4 10.0.0.5\nm=audio 20002 RTP/AVP 0')).to.equal(
      'v=0\r\no=- 0 0 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 20002 RTP/AVP 0\r\n',
    );
    const whole = 'v=0\r\no=gw 1 1 IN IP4 10.0.0.5\r\ns=x\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 2 RTP/AVP 0\r\na=ptime:20\r\n';
    expect(localOf(whole)).to.equal(whole);
  });

  it('of several alternatives are the first', () => {
    expect(localOf('v=0\nc=IN IP4 1.1.1.1\nm=audio 2 RTP/AVP 0\nv=0\nc=IN IP4 1.1.1.1\nm=audio 2 RTP/AVP 8')).not.to.include('AVP 8');
  });

  it('in which something is missing are none', () => {
    for (const sdp of [undefined, '', 'v=0', 'v=0\nc=IN IP4 $\nm=audio 2 RTP/AVP 0', 'v=0\nc=IN IP4 1.1.1.1\nm=audio $ RTP/AVP 0'])
      expect(localOf(sdp)).to.equal(undefined);
  });

  it('go to a gateway without what it does not look at', () => {
    expect(remoteFor('v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 2 RTP/AVP 0\r\n')).to.equal(
      'v=0\r\nc=IN IP4 1.1.1.1\r\nm=audio 2 RTP/AVP 0',
    );
  });
});
