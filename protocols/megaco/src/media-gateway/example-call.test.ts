// A whole call between two lines, every message as text: what a controller and this gateway say to each other, in every
// encoding, over both transports, and in all versions.
import { expect } from 'chai';
import type { EncodingName } from '../transaction/index.js';
import { Bench } from './testing.js';

const WAYS: readonly [encoding: EncodingName, transport: 'udp' | 'tcp', version: number][] = [
  ['compact', 'udp', 1],
  ['compact', 'udp', 3],
  ['pretty', 'udp', 2],
  ['binary', 'udp', 1],
  ['compact', 'tcp', 2],
  ['pretty', 'tcp', 3],
  ['binary', 'tcp', 3],
];

/** A session description that leaves address and port to the gateway. */
const OPEN = 'L{v=0\nc=IN IP4 $\nm=audio $ RTP/AVP 0\n}';
const NOW = '19700101T00000000';

describe('a call between two lines of an H.248 gateway, word for word', () => {
  for (const [encoding, transport, version] of WAYS) {
    it(`goes from power on over dialling, ringing, talking and hanging up to idle: ${encoding} over ${transport}, version ${version}`, () => {
      const bench = new Bench({ encoding, transport });
      bench.version = version;
      register(bench, version);
      dial(bench);
      setUp(bench);
      talk(bench);
      hangUp(bench);
      bench.run(600_000);
      expect(bench.look()).to.deep.equal([]);
      expect(bench.gateway.contexts).to.equal(0);
    });
  }
});

function register(bench: Bench, version: number): void {
  bench.feed({ kind: 'start' });
  bench.run(0);
  expect(bench.versions()).to.deep.equal([1]);
  expect(bench.one()).to.equal(`T=1{C=-{SC=ROOT{SV{MT=RS,V=3,RE="901 Cold Boot",${NOW}}}}}`);
  bench.mgc(`P=1{C=-{SC=ROOT{SV{V=${version}}}}}`);
  expect(bench.notices()).to.deep.equal(['down', 'registering 10.0.0.11:2944', 'up [10.0.0.11]:2944', 'line/1 in', 'line/2 in']);
  bench.mgc('T=101{C=-{MF=line/1{SG,E=3{al/of{strict=state}}}}} T=102{C=-{MF=line/2{SG,E=4{al/of{strict=state}}}}}');
  expect(bench.versions()).to.deep.equal([version, version]);
  expect(bench.look()).to.deep.equal(['P=101{C=-{MF=line/1}}', 'P=102{C=-{MF=line/2}}']);
}

function dial(bench: Bench): void {
  bench.feed({ kind: 'off-hook', line: 'line/1' });
  expect(bench.one()).to.equal(`T=2{C=-{N=line/1{OE=3{${NOW}:al/of{init=off}}}}}`);
  bench.mgc('P=2{C=-{N=line/1}} T=103{C=-{MF=line/1{SG{cg/dt},E=67{al/on,dd/ce{DM={T:16,S:3,L:8,(100x|9x.)}}}}}}');
  expect(bench.one()).to.equal('P=103{C=-{MF=line/1}}');
  expect(bench.notices()).to.deep.equal(['line/1 +cg/dt']);
  bench.dial('line/1', '1002');
  expect(bench.notices()).to.deep.equal(['line/1 -cg/dt']);
  expect(bench.one()).to.equal(`T=3{C=-{N=line/1{OE=67{${NOW}:dd/ce{ds="1002",Meth=UM}}}}}`);
}

function setUp(bench: Bench): void {
  bench.mgc(`P=3{C=-{N=line/1}} T=104{C=\${A=line/1{M{ST=1{O{MO=SR}}},SG,E=71{al/on}},A=rtp/\${M{ST=1{O{MO=RC},${OPEN}}}}}}`);
  expect(bench.one()).to.equal(`P=104{C=1{A=line/1,A=rtp/1{M{ST=1{L{|v=0|c=IN IP4 10.0.0.1|m=audio 16384 RTP/AVP 0|}}}}}}`);
  const near = 'R{v=0\nc=IN IP4 10.0.0.1\nm=audio 16384 RTP/AVP 0\n}';
  bench.mgc(`T=105{C=\${A=line/2{M{ST=1{O{MO=SR}}},SG{al/ri},E=83{al/of{strict=exact}}},A=rtp/\${M{ST=1{O{MO=SR},${OPEN},${near}}}}}}`);
  expect(bench.one()).to.equal(`P=105{C=2{A=line/2,A=rtp/2{M{ST=1{L{|v=0|c=IN IP4 10.0.0.1|m=audio 16386 RTP/AVP 0|}}}}}}`);
  const far = 'R{v=0\nc=IN IP4 10.0.0.1\nm=audio 16386 RTP/AVP 0\n}';
  bench.mgc(`T=106{C=1{MF=rtp/1{M{ST=1{${far}}}},MF=line/1{SG{cg/rt},E=99{al/on}}}}`);
  expect(bench.one()).to.equal('P=106{C=1{MF=rtp/1,MF=line/1}}');
  expect(bench.notices()).to.deep.equal([
    'rtp/1 for line/1 receive-only',
    'line/2 +al/ri',
    'rtp/2 for line/2 send-receive 10.0.0.1:16384',
    'line/1 +cg/rt',
    'rtp/1 for line/1 receive-only 10.0.0.1:16386',
  ]);
}

function talk(bench: Bench): void {
  bench.feed({ kind: 'off-hook', line: 'line/2' });
  expect(bench.one()).to.equal(`T=4{C=2{N=line/2{OE=83{${NOW}:al/of{init=off}}}}}`);
  bench.mgc('P=4{C=2{N=line/2}} T=107{C=2{MF=line/2{SG,E=115{al/on}}}} T=108{C=1{MF=line/1{SG},MF=rtp/1{M{ST=1{O{MO=SR}}}}}}');
  expect(bench.look()).to.deep.equal(['P=107{C=2{MF=line/2}}', 'P=108{C=1{MF=line/1,MF=rtp/1}}']);
  expect(bench.notices()).to.deep.equal(['line/2 -al/ri', 'line/1 -cg/rt', 'rtp/1 for line/1 send-receive 10.0.0.1:16386']);
}

function hangUp(bench: Bench): void {
  bench.feed({ kind: 'on-hook', line: 'line/2' });
  expect(bench.one()).to.equal(`T=5{C=2{N=line/2{OE=115{${NOW}:al/on{init=off}}}}}`);
  bench.mgc('P=5{C=2{N=line/2}} T=109{C=2{S=*{AT{SA}}},C=-{MF=line/2{SG,E=131{al/of{strict=state}}}}}');
  const [reply = ''] = bench.look();
  expect(reply).to.match(/^P=109\{C=2\{S=line\/2\{SA\},S=rtp\/2\{SA\{/);
  expect(reply).to.match(/\},C=-\{MF=line\/2\}\}$/);
  for (const statistic of ['rtp/ps', 'rtp/pr', 'rtp/pl', 'nt/os', 'nt/or', 'nt/dur']) expect(reply).to.contain(`${statistic}=`);
  bench.mgc('T=110{C=1{S=*{AT{}}},C=-{MF=line/1{SG{cg/bt},E=147{al/on}}}}');
  expect(bench.one()).to.equal('P=110{C=1{S=line/1,S=rtp/1},C=-{MF=line/1}}');
  expect(bench.notices()).to.deep.equal(['rtp/2 closed', 'rtp/1 closed', 'line/1 +cg/bt']);
  bench.feed({ kind: 'on-hook', line: 'line/1' });
  expect(bench.one()).to.equal(`T=6{C=-{N=line/1{OE=147{${NOW}:al/on{init=off}}}}}`);
  bench.mgc('P=6{C=-{N=line/1}} T=111{C=-{MF=line/1{SG,E=163{al/of{strict=state}}}}}');
  expect(bench.one()).to.equal('P=111{C=-{MF=line/1}}');
  expect(bench.notices()).to.deep.equal(['line/1 -cg/bt']);
}
