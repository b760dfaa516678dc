import { expect } from 'chai';
import { PCMA, PCMU } from '@altpath/sdp';
import { description, local } from './bridge-bench.fixture.js';
import { chooseCodec, describeBridge, readTelephone, type Telephone } from './bridge-media.js';

function telephone(formats: string): Telephone {
  const read = readTelephone(description('10.0.0.1', 4_000, formats));
  if (typeof read !== 'object') throw new Error(`no telephone with ${formats}`);
  return read;
}

describe('what goes through a bridge', () => {
  it('is what every telephone has: others have nothing that could', () => {
    expect(telephone('9 8 0 101')).to.deep.include({ address: '10.0.0.1', port: 4_000, codecs: [PCMA, PCMU] });
    expect(telephone('0').events).to.equal(undefined);
    expect(readTelephone(description('10.0.0.1', 4_000, '9 101'))).to.equal(undefined);
    expect(readTelephone(description('10.0.0.1', 0, '0'))).to.equal(undefined);
    expect(readTelephone(description('::', 4_000, '0').replaceAll('IP4', 'IP6'))).to.equal('nowhere');
    expect(readTelephone('v=0')).to.equal(undefined);
  });

  it('is in one codec: the present one while both have it, else the first of the caller that the other has', () => {
    const [both, law] = [telephone('0 8'), telephone('8')];
    expect(chooseCodec([both, undefined], undefined)?.name).to.equal('PCMU');
    expect(chooseCodec([both, law], PCMU)?.name).to.equal('PCMA');
    expect(chooseCodec([undefined, telephone('8 0')], undefined)?.name).to.equal('PCMA');
    expect(chooseCodec([telephone('8 0'), both], PCMU)?.name).to.equal('PCMU');
    expect(chooseCodec([telephone('0'), law], undefined)).to.equal(undefined);
    expect(chooseCodec([undefined, undefined], undefined)?.name).to.equal('PCMU');
  });

  it('may be events, under the number by which the reader knows them, where the other takes them', () => {
    const [with101, without] = [telephone('0 101'), telephone('0')];
    const formats = (text: string): string | undefined => /m=audio \d+ RTP\/AVP (.*)/.exec(text)?.[1];
    expect(formats(describeBridge(local(4_002), undefined, with101))).to.equal('0 101');
    expect(formats(describeBridge(local(4_002), with101, without))).to.equal('0');
    expect(formats(describeBridge(local(4_002), without, with101))).to.equal('0');
    const read = readTelephone(description('10.0.0.2', 4_000, '0 96', 'a=rtpmap:96 telephone-event/8000\r\n'));
    if (typeof read !== 'object') throw new Error('no telephone');
    expect(formats(describeBridge(local(4_002), read, with101))).to.equal('0 96');
    // What the gateway says of itself stays, and nothing is made of what cannot be read.
    expect(describeBridge('v=0 what', undefined, with101)).to.equal('v=0 what');
    expect(describeBridge(local(4_002), undefined, with101))
      .to.include('a=fmtp:101 0-15')
      .and.to.include('a=ptime:20');
  });
});
