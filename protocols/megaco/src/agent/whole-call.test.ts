// Whole calls between two lines of one gateway, word for word: real call control, real lines, a scripted gateway.
import type { CallControlSettings } from '@altpath/call-control';
import { expect } from 'chai';
import { Bench, play, script } from './line-bench.fixture.js';

const CONTROL: CallControlSettings = {
  slot: 1,
  lines: [
    { line: 'line/1@mg1', protocol: 'megaco' },
    { line: 'line/2@mg1', protocol: 'megaco' },
  ],
  numbers: { '1001': 'line/1@mg1', '1002': 'line/2@mg1' },
};

/** Two idle, armed lines. */
function exchange(): Bench {
  const bench = new Bench({ terminations: ['line/1', 'line/2'], control: CONTROL });
  for (const line of ['line/1@mg1', 'line/2@mg1']) bench.control?.service(line, true, bench.now);
  const armed = bench.flush();
  expect(armed.split('\n')).to.deep.equal([
    'T=101{C=-{MF=line/1{SG,E=idle#1{al/of{strict=state}}}}}',
    'T=102{C=-{MF=line/2{SG,E=idle#1{al/of{strict=state}}}}}',
  ]);
  bench.hear('P=101{C=-{MF=line/1}}');
  bench.hear('P=102{C=-{MF=line/2}}');
  bench.heard();
  return bench;
}

function expectConversation(bench: Bench, conversation: string): void {
  expect(play(bench, conversation).split('\n')).to.deep.equal(conversation.split('\n'));
}

const SET_UP = script(`
  MG> T=1{C=-{N=line/1{OE=idle#1{20261122T14240618:al/of{init=off}}}}}
  CA> P=1{C=-{N=line/1}}
  CA> T=103{C=-{MF=line/1{SG{cg/dt{NC={TO}}},E=dialling#2{al/on{strict=state},dd/ce{DM{T:16,S:4,L:16,(100x|9x.)}},g/sc}}}}
  MG> P=103{C=-{MF=line/1}}
  MG> T=2{C=-{N=line/1{OE=dialling#2{20261122T14240820:dd/ce{ds="1002",Meth=UM}}}}}
  CA> P=2{C=-{N=line/1}}
  CA> T=104{C=\${A=line/1{M{ST=1{O{MO=SR}}},SG,E=routing#3{al/on{strict=state}}},A=\${M{ST=1{O{MO=RC},L{~v=0~c=IN IP4 $~m=audio $ RTP/AVP 0~}}}}}}
  MG> P=104{C=1{A=line/1,A=rtp/1{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}
  CA> T=105{C=\${A=line/2{M{ST=1{O{MO=SR}}},SG{al/ri{NC={TO}}},E=ringing#4{al/of{strict=state},g/sc}},A=\${M{ST=1{O{MO=SR},L{~v=0~c=IN IP4 $~m=audio $ RTP/AVP 0~},R{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}
  MG> P=105{C=2{A=line/2,A=rtp/2{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20004 RTP/AVP 0~}}}}}}
  CA> T=106{C=1{MF=line/1{SG{cg/rt{NC={TO}}},E=ringback#5{al/on{strict=state},g/sc}},MF=rtp/1{M{ST=1{R{~v=0~c=IN IP4 10.0.0.5~m=audio 20004 RTP/AVP 0~}}}}}}
  MG> P=106{C=1{MF=line/1,MF=rtp/1}}
`);
const ANSWER = script(`
  MG> T=3{C=2{N=line/2{OE=ringing#4{20261122T14241066:al/of{init=off}}}}}
  CA> P=3{C=2{N=line/2}}
  CA> T=107{C=2{MF=line/2{SG,E=talking#6{al/on{strict=state},al/fl}}}}
  CA> T=108{C=1{MF=line/1{SG,E=talking#7{al/on{strict=state},al/fl}},MF=rtp/1{M{ST=1{O{MO=SR}}}}}}
  MG> P=107{C=2{MF=line/2}}
  MG> P=108{C=1{MF=line/1,MF=rtp/1}}
`);

describe('a call between two H.248 lines', () => {
  it('takes these transactions, and leaves nothing behind', () => {
    const bench = exchange();
    const end = script(`
      MG> T=4{C=2{N=line/2{OE=talking#6{20261122T14242066:al/on{init=off}}}}}
      CA> P=4{C=2{N=line/2}}
      CA> T=109{C=2{S=*},C=-{MF=line/2{SG,E=idle#8{al/of{strict=state}}}}}
      CA> T=110{C=1{S=*},C=-{MF=line/1{SG{cg/bt{NC={TO}}},E=busy#9{al/on{strict=state},g/sc}}}}
      MG> P=109{C=2{S=line/2,S=rtp/2{SA{rtp/ps=100}}},C=-{MF=line/2}}
      MG> P=110{C=1{S=line/1,S=rtp/1{SA{rtp/ps=100}}},C=-{MF=line/1}}
      MG> T=5{C=-{N=line/1{OE=busy#9{20261122T14242566:al/on{init=off}}}}}
      CA> P=5{C=-{N=line/1}}
      CA> T=111{C=-{MF=line/1{SG,E=idle#10{al/of{strict=state}}}}}
      MG> P=111{C=-{MF=line/1}}
    `);
    expectConversation(bench, [SET_UP, ANSWER, end].join('\n'));
    expect(bench.control?.calls(bench.now, 9)).to.deep.equal([]);
  });

  it('is held and taken back by modes alone', () => {
    const bench = exchange();
    const hold = script(`
      MG> T=4{C=1{N=line/1{OE=talking#7{20261122T14242066:al/fl}}}}
      CA> P=4{C=1{N=line/1}}
      CA> T=109{C=1{MF=line/1{SG,E=holding#8{al/on{strict=state},al/fl}},MF=rtp/1{M{ST=1{O{MO=IN}}}}}}
      CA> T=110{C=2{MF=line/2{SG,E=held#9{al/on{strict=state},al/fl}},MF=rtp/2{M{ST=1{O{MO=IN}}}}}}
      MG> P=109{C=1{MF=line/1,MF=rtp/1}}
      MG> P=110{C=2{MF=line/2,MF=rtp/2}}
      MG> T=5{C=1{N=line/1{OE=holding#8{20261122T14242566:al/fl}}}}
      CA> P=5{C=1{N=line/1}}
      CA> T=111{C=1{MF=line/1{SG,E=talking#10{al/on{strict=state},al/fl}},MF=rtp/1{M{ST=1{O{MO=SR}}}}}}
      CA> T=112{C=2{MF=line/2{SG,E=talking#11{al/on{strict=state},al/fl}},MF=rtp/2{M{ST=1{O{MO=SR}}}}}}
    `);
    expectConversation(bench, [SET_UP, ANSWER, hold].join('\n'));
  });

  it('that its caller gives up while it rings is cleared on both lines at once', () => {
    const bench = exchange();
    const end = script(`
      MG> T=3{C=1{N=line/1{OE=ringback#5{20261122T14242066:al/on{init=off}}}}}
      CA> P=3{C=1{N=line/1}}
      CA> T=107{C=1{S=*},C=-{MF=line/1{SG,E=idle#6{al/of{strict=state}}}}}
      CA> T=108{C=2{S=*},C=-{MF=line/2{SG,E=idle#7{al/of{strict=state}}}}}
    `);
    expectConversation(bench, [SET_UP, end].join('\n'));
  });

  it('whose caller hangs up before his context is made has it taken away as soon as it is', () => {
    const bench = exchange();
    const early = script(`
      MG> T=3{C=-{N=line/1{OE=routing#3{20261122T14240850:al/on{init=on}}}}}
      CA> P=3{C=-{N=line/1}}
      MG> P=104{C=1{A=line/1,A=rtp/1{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}
      CA> T=105{C=1{S=*},C=-{MF=line/1{SG,E=idle#4{al/of{strict=state}}}}}
      MG> P=105{C=1{S=line/1,S=rtp/1},C=-{MF=line/1}}
    `);
    expectConversation(bench, [SET_UP.split('\n').slice(0, 7).join('\n'), early].join('\n'));
    expect(bench.line().describe()).to.deep.include({ contextId: 0, armed: 'idle', outstanding: undefined });
  });

  it('is answered although the off-hook overtakes the reply to the ring', () => {
    const bench = exchange();
    const early = script(`
      MG> T=3{C=2{N=line/2{OE=ringing#4{20261122T14241066:al/of{init=off}}}}}
      CA> P=3{C=2{N=line/2}}
      CA> T=106{C=1{MF=line/1{SG,E=talking#5{al/on{strict=state},al/fl}}}}
      MG> P=105{C=2{A=line/2,A=rtp/2{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20004 RTP/AVP 0~}}}}}}
      CA> T=107{C=2{MF=line/2{SG,E=talking#6{al/on{strict=state},al/fl}}}}
      MG> P=106{C=1{MF=line/1}}
      CA> T=108{C=1{MF=rtp/1{M{ST=1{O{MO=SR},R{~v=0~c=IN IP4 10.0.0.5~m=audio 20004 RTP/AVP 0~}}}}}}
    `);
    expectConversation(bench, [SET_UP.split('\n').slice(0, 9).join('\n'), early].join('\n'));
  });

  it('to a telephone that was lifted in that moment is refused as busy, and its user gets dial tone', () => {
    const bench = exchange();
    const glare = script(`
      MG> T=3{C=2{N=line/2{OE=ringing#4{20261122T14241066:al/of{init=on}}}}}
      CA> P=3{C=2{N=line/2}}
      CA> T=106{C=1{S=*},C=-{MF=line/1{SG{cg/bt{NC={TO}}},E=busy#5{al/on{strict=state},g/sc}}}}
      MG> P=105{C=2{A=line/2,A=rtp/2{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20004 RTP/AVP 0~}}}}}}
      CA> T=107{C=2{S=*},C=-{MF=line/2{SG{cg/dt{NC={TO}}},E=dialling#6{al/on{strict=state},dd/ce{DM{T:16,S:4,L:16,(100x|9x.)}},g/sc}}}}
    `);
    expectConversation(bench, [SET_UP.split('\n').slice(0, 9).join('\n'), glare].join('\n'));
  });

  it('to a number that there is not ends in reorder tone, and the warning tone follows it', () => {
    const bench = exchange();
    const refused = script(`
      MG> T=2{C=-{N=line/1{OE=dialling#2{20261122T14240820:dd/ce{ds="3",Meth=PM}}}}}
      CA> P=2{C=-{N=line/1}}
      CA> T=104{C=-{MF=line/1{SG{cg/ct{NC={TO}}},E=congested#3{al/on{strict=state},g/sc}}}}
      MG> P=104{C=-{MF=line/1}}
      MG> T=3{C=-{N=line/1{OE=congested#3{20261122T14240920:g/sc{SigID=cg/ct,Meth=TO}}}}}
      CA> P=3{C=-{N=line/1}}
      CA> T=105{C=-{MF=line/1{SG{cg/wt{NC={TO}}},E=howling#4{al/on{strict=state},g/sc}}}}
    `);
    expectConversation(bench, [SET_UP.split('\n').slice(0, 4).join('\n'), refused].join('\n'));
  });
});
