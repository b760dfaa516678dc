// A line that another controller has left: what its audit tells, what a stand-in asks, and what it leaves alone. `Curt` are
// gateways like Erlang's, which tell no context, no hook and no descriptions.
import { type HalfCallRole, type HalfCallState, partialCallId, type Phase } from '@altpath/call-control';
import { expect } from 'chai';
import { Bench, play, script } from './line-bench.fixture.js';

const CALL = '265A0BC000007';
const FAR = 'v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n';
const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };

/** What call control orders upon a leg of which it knows nothing but the phase. */
function uninformed(phase: Phase, role: HalfCallRole = 'originating'): HalfCallState {
  return { phase, role, callId: CALL, media: { mode: 'recvonly' } };
}

/** A curt gateway's answer: the same under the null context and under all others. */
function curt(request: string, signals = 'SG', mode = 'SR'): string {
  const audit = `AV=line/1{M{TS{SI=IV},ST=1{O{MO=${mode}}}},E=${request}{al/on{strict=state}},${signals}}`;
  return `P=1{C=-{${audit}},C=*{${audit}}}`;
}

function frank(place: string, request: string, signals = 'SG', observed = 'OE'): string {
  const audit = `AV=line/1{M{TS{SI=IV},ST=1{O{MO=SR}}},E=${request}{al/on{strict=state}},${signals},${observed}}`;
  return place === '-' ? `P=1{C=-{${audit}},C=*{AV=line/1{ER=435{"-"}}}}` : `P=1{C=-{AV=line/1{ER=435{"-"}}},C=${place}{${audit}}}`;
}

function expectConversation(bench: Bench, template: string): void {
  const conversation = script(template);
  expect(play(bench, conversation).split('\n')).to.deep.equal(conversation.split('\n'));
}

/** A line that was found so, and has been ordered so. @returns what left. */
function adopted(reply: (bench: Bench) => string, order: HalfCallState): { readonly bench: Bench; readonly sent: string } {
  const bench = new Bench();
  bench.adopt(reply(bench));
  return { bench, sent: bench.order(order) };
}

describe('an audit of a line', () => {
  it('asks for it in the null context and in all others, and lets either fail', () => {
    const bench = new Bench();
    const actions = bench.line().auditRequest();
    expect(bench.write({ kind: 'request', transactionId: 1, actions })).to.equal(
      'T=1{C=-{O-AV=line/1{AT{M,E,SG,OE}}},C=*{O-AV=line/1{AT{M,E,SG,OE}}}}',
    );
  });

  it('tells phase, role and call by the RequestID', () => {
    const bench = new Bench();
    const verdict = bench.adopt(curt(bench.requestOf('ringing', 'terminating', 7)));
    const leg = { line: 'line/1@mg1', hook: 'unknown', state: { phase: 'ringing', role: 'terminating', callId: partialCallId(2, 7) } };
    expect(verdict).to.deep.equal({ kind: 'found', leg });
  });

  it('tells nothing of a call whose context is gone, nor of a request that is none of ours', () => {
    const bench = new Bench();
    const bare = { kind: 'found', leg: { line: 'line/1@mg1', hook: 'unknown' } };
    expect(bench.adopt(frank('-', bench.requestOf('talking', 'originating', 7)))).to.deep.equal(bare);
    expect(bench.adopt(frank('-', '7'))).to.deep.equal(bare);
    expect(bench.adopt('P=1{C=-{AV=line/1{M{TS{SI=IV}},E,SG,OE}}}')).to.deep.equal(bare);
  });

  it('tells a line that is out of service, and one that there is not', () => {
    const bench = new Bench();
    expect(bench.adopt('P=1{C=-{AV=line/1{M{TS{SI=OS}},E,SG,OE}}}')).to.deep.equal({ kind: 'out-of-service' });
    expect(bench.adopt('P=1{C=-{AV=line/1{ER=430{"-"}}},C=*{AV=line/1{ER=430{"-"}}}}')).to.deep.equal({ kind: 'refused', code: 430 });
    expect(bench.adopt('P=1{C=-{ER=430{"-"}}}')).to.deep.equal({ kind: 'refused', code: 430 });
    expect(bench.adopt('P=1{ER=502{"-"}}')).to.deep.equal({ kind: 'refused', code: 502 });
  });
});

describe('a stand-in', () => {
  it('arms an idle line, and says that it is idle', () => {
    const { bench, sent } = adopted((each) => curt(each.requestOf('idle')), IDLE);
    expect(sent).to.equal('T=101{C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
    bench.hear('P=101{C=-{MF=line/1}}');
    expect(bench.heard()).to.deep.equal(['reached idle']);
  });

  it('asks a line with a tone how its phone lies, and lets the tone go on', () => {
    const { sent } = adopted((each) => curt(each.requestOf('busy'), 'SG{cg/bt}'), { phase: 'busy', role: 'originating' });
    expect(sent).to.equal('T=101{C=-{MF=line/1{E=busy#2{al/on{strict=state},al/of{KA,strict=state},g/sc}}}}');
  });

  it('gives a tone anew that should be heard and is not', () => {
    const { sent } = adopted((each) => curt(each.requestOf('busy')), { phase: 'busy', role: 'originating' });
    expect(sent).to.equal('T=101{C=-{MF=line/1{SG{cg/bt{NC={TO}}},E=busy#2{al/on{strict=state},g/sc}}}}');
  });

  it('learns from a curt gateway where a talking line is, and disturbs nobody', () => {
    const { bench, sent } = adopted((each) => curt(each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    expect(sent).to.equal('T=101{C=*{MF=line/1{E=talking#2{al/on{strict=state},al/of{KA,strict=state},al/fl}}}}');
    expectConversation(
      bench,
      `
      MG> P=101{C=*{MF=line/1}}
      MG> T=1{C=3{N=line/1{OE=talking#2{20261122T14240618:al/of{init=on}}}}}
      CA> P=1{C=3{N=line/1}}
      CA> T=102{C=3{AV=*{AT{M}}}}
      MG> P=102{C=3{AV=line/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{M{ST=1{O{MO=SR}}}}}}
    `,
    );
    expect(bench.heard()).to.deep.equal(['reached talking']);
    expect(bench.line().describe()).to.deep.include({ contextId: 3, ephemeral: 'rtp/4', hook: 'off' });
    // Its end does not need to know more.
    expect(bench.order({ phase: 'busy', role: 'originating' })).to.include('T=103{C=3{S=*},C=-{MF=line/1{');
  });

  it('hears of a user who hung up while nobody listened', () => {
    const { bench } = adopted((each) => curt(each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    bench.onEvent = (_, { kind }) => kind === 'on-hook' && bench.line().order(IDLE, bench.now);
    expectConversation(
      bench,
      `
      MG> T=1{C=3{N=line/1{OE=talking#2{20261122T14240618:al/on{init=on}}}}}
      CA> P=1{C=3{N=line/1}}
      MG> P=101{C=*{MF=line/1}}
      CA> T=102{C=3{S=*},C=-{MF=line/1{SG,E=idle#3{al/of{strict=state}}}}}
    `,
    );
    expect(bench.heard()).to.deep.equal(['on-hook']);
  });

  it('hears of a user who answered while nobody listened, and lets another telephone ring on', () => {
    const { bench, sent } = adopted(
      (each) => curt(each.requestOf('ringing', 'terminating', 7), 'SG{al/ri}'),
      uninformed('ringing', 'terminating'),
    );
    expect(sent).to.equal('T=101{C=*{MF=line/1{E=ringing#2{al/of{strict=state},al/on{KA,strict=state},g/sc}}}}');
    bench.hear('P=101{C=*{MF=line/1}}');
    bench.hear('T=1{C=3{N=line/1{OE=ringing#2{20261122T14240618:al/of{init=on}}}}}');
    expect(bench.heard()).to.deep.equal(['off-hook']);
  });

  it('asks a curt gateway once for the description that the far side will need', () => {
    const { bench } = adopted((each) => curt(each.requestOf('routing', 'originating', 7), 'SG', 'RC'), uninformed('routing'));
    expectConversation(
      bench,
      `
      MG> P=101{C=*{MF=line/1}}
      MG> T=1{C=3{N=line/1{OE=routing#2{20261122T14240618:al/of{init=on}}}}}
      CA> P=1{C=3{N=line/1}}
      CA> T=102{C=3{AV=*{AT{M}}}}
      MG> P=102{C=3{AV=line/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{M{ST=1{O{MO=RC}}}}}}
      CA> T=103{C=3{MF=rtp/4{M{ST=1{L{~v=0~c=IN IP4 $~m=audio $ RTP/AVP 0~}}}}}}
      MG> P=103{C=3{MF=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}
    `,
    );
    expect(bench.heard()).to.deep.equal(['reached routing with local']);
  });

  it('asks a frank gateway for hook and media in one transaction, and passes on what it hears', () => {
    const { bench, sent } = adopted((each) => frank('3', each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    expect(sent).to.equal('T=101{C=3{MF=line/1{E=talking#2{al/on{strict=state},al/of{KA,strict=state},al/fl}},AV=*{AT{M}}}}');
    const far = 'R{~v=0~c=IN IP4 10.0.0.9~m=audio 4000 RTP/AVP 0~}';
    const media = `M{ST=1{O{MO=SR},L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~},${far}}}`;
    expect(bench.hear(`P=101{C=3{MF=line/1,AV=line/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{${media}}}}`)).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
    // What the gateway has is not told again.
    expect(bench.order({ ...uninformed('talking'), media: { mode: 'sendrecv', remote: FAR } })).to.equal('');
  });

  it('lets a talking line that it knows nothing of go on sending, also after a hold', () => {
    const { bench } = adopted((each) => frank('3', each.requestOf('holding', 'originating', 7)), {
      ...uninformed('holding'),
      media: { mode: 'inactive' },
    });
    bench.hear('P=101{C=3{MF=line/1,AV=rtp/4{M{ST=1{O{MO=IN}}}}}}');
    expect(bench.order(uninformed('talking'))).to.equal(
      'T=102{C=3{MF=line/1{SG,E=talking#3{al/on{strict=state},al/fl}},MF=rtp/4{M{ST=1{O{MO=SR}}}}}}',
    );
  });

  it('gives an ephemeral termination to a call that has lost its own', () => {
    const { bench } = adopted((each) => frank('3', each.requestOf('ringback', 'originating', 7), 'SG{cg/rt}'), uninformed('ringback'));
    expect(bench.hear('P=101{C=3{MF=line/1,AV=line/1{M{ST=1{O{MO=SR}}}}}}')).to.equal(
      'T=102{C=3{A=${M{ST=1{O{MO=RC},L{~v=0~c=IN IP4 $~m=audio $ RTP/AVP 0~}}}}}}',
    );
  });

  it('ends a call whose line turns out to be in no context', () => {
    const { bench } = adopted((each) => curt(each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    bench.hear('P=101{C=*{MF=line/1}}');
    bench.hear('T=1{C=-{N=line/1{OE=talking#2{20261122T14240618:al/of{init=on}}}}}');
    expect(bench.heard()).to.deep.equal(['lost bearer-not-available']);
  });

  it('leaves the context of a call that it does not go on with', () => {
    const { sent } = adopted((each) => frank('3', each.requestOf('talking', 'originating', 7)), IDLE);
    expect(sent).to.equal('T=101{C=3{S=*},C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
  });

  it('asks again where a line is, ever more slowly, and in the end takes it out unseen', () => {
    const { bench } = adopted((each) => curt(each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    const asked = (n: number): string => `{C=*{MF=line/1{E=talking#${n}{al/on{strict=state},al/of{KA,strict=state},al/fl}}}}`;
    expectConversation(
      bench,
      `
      MG> P=101{C=*{MF=line/1}}
      ** 1999
      ** 1
      CA> T=102${asked(3)}
      MG> P=102{C=*{MF=line/1}}
      ** 4000
      CA> T=103${asked(4)}
      MG> P=103{C=*{MF=line/1}}
      ** 8000
      CA> T=104${asked(5)}
      MG> P=104{C=*{MF=line/1}}
      ** 16000
      CA> T=105{C=*{S=line/1}}
    `,
    );
    bench.hear('P=105{C=*{S=line/1}}');
    expect(bench.counted.get('megaco.line.swept')).to.equal(1);
  });

  it('believes a late report of where the line is', () => {
    const { bench } = adopted((each) => curt(each.requestOf('talking', 'originating', 7)), uninformed('talking'));
    expectConversation(
      bench,
      `
      MG> P=101{C=*{MF=line/1}}
      ** 2000
      CA> T=102{C=*{MF=line/1{E=talking#3{al/on{strict=state},al/of{KA,strict=state},al/fl}}}}
      MG> T=1{C=3{N=line/1{OE=talking#2{20261122T14240618:al/of{init=on}}}}}
      CA> P=1{C=3{N=line/1}}
      MG> P=102{C=*{MF=line/1}}
      CA> T=103{C=3{AV=*{AT{M}}}}
    `,
    );
  });

  it('that comes back to its own line keeps what it knows of its context', () => {
    const bench = new Bench();
    const talking: HalfCallState = { ...uninformed('talking'), media: { mode: 'sendrecv', remote: FAR } };
    bench.order(talking);
    bench.hear('P=101{C=3{A=line/1,A=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}');
    bench.adopt(curt('talking#1'));
    expect(bench.line().describe()).to.deep.include({ contextId: 3, ephemeral: 'rtp/4' });
    // How the phone lies is asked all the same: reports may have been lost.
    expect(bench.order(talking)).to.equal('T=102{C=3{MF=line/1{E=talking#2{al/on{strict=state},al/of{KA,strict=state},al/fl}}}}');
  });
});

describe('a trunk that another controller has left', () => {
  function audited(place: string, events: (bench: Bench) => string): { readonly bench: Bench; readonly verdict: unknown } {
    const bench = new Bench({ terminations: ['ds/1'], kind: 'trunk' });
    const audit = `AV=ds/1{M{TS{SI=IV},ST=1{O{MO=SR}}},${events(bench)}}`;
    const reply = place === '-' ? `P=1{C=-{${audit}},C=*{AV=ds/1{ER=435{"-"}}}}` : `P=1{C=-{AV=ds/1{ER=435{"-"}}},C=${place}{${audit}}}`;
    return { bench, verdict: bench.adopt(reply, 'ds/1') };
  }
  const request = (bench: Bench): string => `E=${bench.requestOf('talking', 'terminating', 7)}{g/cause}`;

  it('is asked for its media and its request alone', () => {
    const bench = new Bench({ terminations: ['ds/1'], kind: 'trunk' });
    const actions = bench.line('ds/1').auditRequest();
    expect(bench.write({ kind: 'request', transactionId: 1, actions })).to.equal('T=1{C=-{O-AV=ds/1{AT{M,E}}},C=*{O-AV=ds/1{AT{M,E}}}}');
  });

  it('tells its call by its request, as if it had answered, and nothing is asked of it but what else is in its context', () => {
    const { bench, verdict } = audited('3', request);
    const state = { phase: 'talking', role: 'terminating', callId: partialCallId(2, 7) };
    expect(verdict).to.deep.equal({ kind: 'found', leg: { line: 'ds/1@mg1', hook: 'off', state } });
    expect(bench.order(uninformed('talking', 'terminating'), 'ds/1')).to.equal('T=101{C=3{AV=*{AT{M}}}}');
    bench.hear('P=101{C=3{AV=ds/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{M{ST=1{O{MO=SR}}}}}}');
    expect(bench.heard()).to.deep.equal(['reached talking']);
    expect(bench.order(IDLE, 'ds/1')).to.equal('T=102{C=3{S=*}}');
  });

  for (const [what, place, events] of [
    ['is in no context', '-', request],
    ['bears no request of ours', '3', () => 'E'],
  ] as const)
    it(`is free where it ${what}`, () => {
      const { bench, verdict } = audited(place, events);
      expect(verdict).to.deep.equal({ kind: 'found', leg: { line: 'ds/1@mg1', hook: 'on' } });
      expect(bench.order(IDLE, 'ds/1')).to.equal(place === '-' ? '' : 'T=101{C=3{S=*}}');
    });
});

describe('a user who was dialling when his controller was lost', () => {
  const DIALLING: HalfCallState = { phase: 'dialling', role: 'originating' };
  const ANEW = '{C=-{MF=line/1{SG{cg/dt{NC={TO}}},E=dialling#2{al/on{strict=state},dd/ce{DM{T:16,S:4,L:16,(100x|9x.)}},g/sc}}}}';

  it('is not touched while he hears dial tone', () => {
    const { bench, sent } = adopted((each) => curt(each.requestOf('dialling'), 'SG{cg/dt}'), DIALLING);
    expect(sent + bench.wait(100_000)).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached dialling']);
  });

  it('gets dial tone anew, counted, when nothing is heard and nothing comes', () => {
    const { bench, sent } = adopted((each) => curt(each.requestOf('dialling')), DIALLING);
    expect(sent + bench.wait(4_999)).to.equal('');
    expect(bench.wait(1)).to.equal(`T=101${ANEW}`);
    expect(bench.counted.get('megaco.dial-tone-anew')).to.equal(1);
    bench.hear('P=101{C=-{MF=line/1}}');
    expect(bench.wait(100_000)).to.equal('');
  });

  it('is given time where the gateway shows that digits are in', () => {
    const observed = (bench: Bench): string => `OE=${bench.requestOf('dialling')}{dd/ce{ds="10"}}`;
    const { bench } = adopted((each) => frank('-', each.requestOf('dialling'), 'SG', observed(each)), DIALLING);
    expect(bench.wait(19_999)).to.equal('');
    expect(bench.wait(1)).to.equal(`T=101${ANEW}`);
  });

  it('whose number comes after all is served, and gets no tone', () => {
    const { bench } = adopted((each) => curt(each.requestOf('dialling')), DIALLING);
    bench.onEvent = (_, { kind }) => kind === 'dialled' && bench.line().order(uninformed('routing'), bench.now);
    expect(bench.hear('T=1{C=-{N=line/1{OE=dialling#1{20261122T14240618:dd/ce{ds="1002",Meth=UM}}}}}')).to.include('A=line/1');
    expect(bench.heard()).to.deep.equal(['reached dialling', 'dialled 1002 match']);
    bench.hear('P=101{C=3{A=line/1,A=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}');
    expect(bench.wait(100_000)).to.equal('');
    expect(bench.counted.has('megaco.dial-tone-anew')).to.equal(false);
  });

  it('is not asked again for a number that the lost controller was told and nobody else knows', () => {
    const { bench } = adopted((each) => curt(each.requestOf('routing', 'originating', 7)), uninformed('routing'));
    const old = bench.nameOf(parseInt('22080000', 16));
    expect(old).to.match(/^dialling/);
    bench.hear(`T=1{C=-{N=line/1{OE=${old}{20261122T14240618:dd/ce{ds="1002",Meth=UM}}}}}`);
    expect(bench.verdicts).to.deep.equal(['late']);
    expect(bench.heard()).to.deep.equal(['dialled 1002 match']);
  });
});

describe('a flash', () => {
  for (const [phase, isNews] of [
    ['talking', true],
    ['holding', false],
  ] as const)
    it(`that was made while both talked is ${isNews ? 'told' : 'not told twice'} where the audit found ${phase}`, () => {
      const { bench } = adopted((each) => curt(each.requestOf(phase, 'originating', 7)), uninformed(phase));
      const old = bench.nameOf(parseInt('26080007', 16));
      expect(old).to.match(/^talking/);
      bench.hear(`T=1{C=3{N=line/1{OE=${old}{20261122T14240618:al/fl}}}}`);
      expect(bench.heard()).to.deep.equal(isNews ? ['flash'] : []);
    });
});
