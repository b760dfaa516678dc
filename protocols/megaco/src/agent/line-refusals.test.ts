// What a line does about refusals, code by code, about transactions of which only the beginning was done, and about
// silence.
import type { HalfCallState } from '@altpath/call-control';
import { expect } from 'chai';
import { Bench, play, script } from './line-bench.fixture.js';

const CALL = '165A0BC000007';
const FAR = 'v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n';
const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };
const BUSY: HalfCallState = { phase: 'busy', role: 'originating' };
const TALKING: HalfCallState = { phase: 'talking', role: 'originating', callId: CALL, media: { mode: 'sendrecv', remote: FAR } };
const RINGING: HalfCallState = { ...TALKING, phase: 'ringing', role: 'terminating' };
const HELD: HalfCallState = { ...TALKING, phase: 'held', media: { mode: 'inactive', remote: FAR } };

const CREATED = 'P=101{C=3{A=line/1,A=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}';

function ordered(state: HalfCallState): Bench {
  const bench = new Bench();
  bench.order(state);
  return bench;
}

/** A line in a talk: context 3 with rtp/4. */
function talking(): Bench {
  const bench = ordered(TALKING);
  bench.hear(CREATED);
  bench.heard();
  return bench;
}

function expectConversation(bench: Bench, template: string): void {
  const conversation = script(template);
  expect(play(bench, conversation).split('\n')).to.deep.equal(conversation.split('\n'));
}

describe('a line that is refused its call', () => {
  const causes: readonly [code: number, cause: string][] = [
    [400, 'protocol-error'],
    [402, 'destination-out-of-order'],
    [412, 'no-circuit'],
    [432, 'no-circuit'],
    [434, 'no-circuit'],
    [442, 'protocol-error'],
    [444, 'protocol-error'],
    [473, 'protocol-error'],
    [504, 'destination-out-of-order'],
    [510, 'no-circuit'],
    [515, 'incompatible-destination'],
    [519, 'resource-unavailable'],
    [526, 'no-circuit'],
    [529, 'destination-out-of-order'],
    [533, 'resource-unavailable'],
    [999, 'resource-unavailable'],
  ];
  for (const [code, cause] of causes) {
    it(`by ${code} says ${cause} at once`, () => {
      const bench = ordered(TALKING);
      expect(bench.hear(`P=101{C=-{ER=${code}{"-"}}}`)).to.equal('');
      expect(bench.heard()).to.deep.equal([`failed talking ${cause}`]);
      expect(bench.counted.get(`megaco.line.refused ${code}`)).to.equal(1);
    });
  }

  const passing: readonly [code: number, cause: string][] = [
    [500, 'temporary-failure'],
    [502, 'temporary-failure'],
    [503, 'temporary-failure'],
    [505, 'temporary-failure'],
    [506, 'congestion'],
    [521, 'temporary-failure'],
    [530, 'network-out-of-order'],
  ];
  for (const [code, cause] of passing) {
    it(`by ${code} tries again, ever more slowly, and says ${cause} the fourth time`, () => {
      const bench = ordered(TALKING);
      const refuse = (id: number): string => bench.hear(`P=${id}{ER=${code}{"-"}}`);
      expect(refuse(101)).to.equal('');
      expect(bench.wait(249)).to.equal('');
      for (const [id, ms] of [
        [102, 1],
        [103, 500],
        [104, 1_000],
      ] as const) {
        expect(bench.wait(ms)).to.match(new RegExp(`^T=${id}`));
        expect(bench.heard()).to.deep.equal([]);
        refuse(id);
      }
      expect(bench.heard()).to.deep.equal([`failed talking ${cause}`]);
    });
  }

  it('because there is no such termination says that it is out of order', () => {
    const bench = ordered(IDLE);
    bench.hear('P=101{C=-{MF=line/1{ER=430{"-"}}}}');
    expect(bench.heard()).to.deep.equal(['failed idle destination-out-of-order']);
  });

  it('because its phone lies otherwise acts as if that had been reported', () => {
    const bench = ordered(RINGING);
    bench.hear('P=101{C=-{ER=540{"-"}}}');
    expect(bench.heard()).to.deep.equal(['off-hook']);
    const other = ordered(BUSY);
    other.onEvent = () => other.line().order(IDLE, other.now);
    expect(other.hear('P=101{C=-{ER=540{"-"}}}')).to.include('E=idle');
    expect(other.heard()).to.deep.equal(['on-hook']);
  });
});

describe('a line of which only a part was done', () => {
  it('joined a context without getting media: leaves it when the call is given up', () => {
    const bench = ordered(TALKING);
    bench.hear('P=101{C=3{A=line/1,ER=510{"-"}}}');
    expect(bench.heard()).to.deep.equal(['failed talking no-circuit']);
    expect(bench.line().describe()).to.deep.include({ contextId: 3, ephemeral: undefined, armed: 'talking' });
    expect(bench.order(BUSY)).to.match(/^T=102\{C=3\{S=\*\},C=-\{MF=line\/1\{SG\{cg\/bt/);
  });

  it('joined a context, and media are refused for now: asks for those alone', () => {
    const bench = ordered(TALKING);
    bench.hear('P=101{C=3{A=line/1,A=${ER=503{"-"}}}}');
    expect(bench.wait(250)).to.match(/^T=102\{C=3\{A=\$\{M\{ST=1\{O\{MO=SR\},L\{[^}]*\},R\{[^}]*\}\}\}\}\}\}$/);
    bench.hear(CREATED.replace('101', '102').replace('A=line/1,', ''));
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('left its context, and what it was then to be asked is refused: is asked again without what the gateway lacks', () => {
    const bench = talking();
    expect(bench.order(BUSY)).to.include('g/sc');
    expect(bench.hear('P=102{C=3{S=line/1,S=rtp/4},C=-{MF=line/1{ER=451{"g/sc"}}}}')).to.equal(
      'T=103{C=-{MF=line/1{SG{cg/bt},E=busy#3{al/on{strict=state}}}}}',
    );
    expect(bench.line().describe()).to.deep.include({ contextId: 0, ephemeral: undefined });
  });

  it('changed its request and not its media: repeats the media alone', () => {
    const bench = talking();
    bench.order(HELD);
    bench.hear('P=102{C=3{MF=line/1,MF=rtp/4{ER=500{"-"}}}}');
    expect(bench.wait(250)).to.equal('T=103{C=3{MF=rtp/4{M{ST=1{O{MO=IN}}}}}}');
  });
});

describe('a line that is not where it was thought to be', () => {
  it('is in a context already (433): is asked in which, leaves it, and joins another', () => {
    const bench = ordered(TALKING);
    expectConversation(
      bench,
      `
      MG> P=101{C=-{A=line/1{ER=433{"-"}}}}
      ** 250
      CA> T=102{C=*{MF=line/1{E=idle#2{al/of{strict=state},al/on{KA,strict=state}}}}}
      MG> P=102{C=2{MF=line/1}}
      CA> T=103{C=2{S=*}}
      MG> P=103{C=2{S=line/1,S=rtp/2}}
      CA> T=104{C=\${A=line/1{M{ST=1{O{MO=SR}}},SG,E=talking#3{al/on{strict=state},al/fl}},A=\${M{ST=1{O{MO=SR},L{~v=0~c=IN IP4 $~m=audio $ RTP/AVP 0~},R{~v=0~c=IN IP4 10.0.0.9~m=audio 4000 RTP/AVP 0~}}}}}}
    `,
    );
  });

  it('is in a context and should be in none (435): leaves it', () => {
    const bench = ordered(IDLE);
    expectConversation(
      bench,
      `
      MG> P=101{C=-{MF=line/1{ER=435{"-"}}}}
      ** 250
      CA> T=102{C=*{MF=line/1{E=idle#2{al/of{strict=state},al/on{KA,strict=state}}}}}
      MG> P=102{C=2{MF=line/1}}
      CA> T=103{C=2{S=*},C=-{MF=line/1{SG,E=idle#3{al/of{strict=state}}}}}
      MG> P=103{C=2{S=line/1,S=rtp/2},C=-{MF=line/1}}
    `,
    );
    expect(bench.heard()).to.deep.equal(['reached idle']);
  });

  for (const reply of ['C=3{ER=411{"-"}}', 'C=3{MF=line/1{ER=435{"-"}}}', 'C=3{MF=line/1,MF=rtp/4{ER=430{"-"}}}']) {
    it(`has lost its media in a talk: ${reply}`, () => {
      const bench = talking();
      bench.order(HELD);
      bench.hear(`P=102{${reply}}`);
      expect(bench.heard()).to.deep.equal(['lost bearer-not-available']);
    });
  }

  for (const reply of ['C=3{ER=411{"-"}}', 'C=3{S=*{ER=431{"-"}}}', 'C=3{S=*{ER=435{"-"}}}']) {
    it(`is out of the context already that it was to leave: ${reply}`, () => {
      const bench = talking();
      bench.order(IDLE);
      expect(bench.hear(`P=102{${reply}}`)).to.equal('T=103{C=-{MF=line/1{SG,E=idle#3{al/of{strict=state}}}}}');
    });
  }

  it('whose gateway does not say where it is, whatever it is asked: is taken out unseen', () => {
    const bench = ordered(IDLE);
    bench.hear('P=101{C=-{MF=line/1{ER=435{"-"}}}}');
    const sent = [102, 103, 104, 105].map((id) => {
      const text = bench.wait(30_000);
      bench.hear(`P=${id}{C=*{ER=442{"-"}}}`);
      return text.slice(0, 15);
    });
    expect(sent.every((text) => text.includes('C=*{MF='))).to.equal(true);
    expect(bench.wait(30_000)).to.equal('T=106{C=*{S=line/1}}');
    expect(bench.hear('P=106{C=*{S=line/1}}')).to.include('C=-{MF=line/1{SG,E=idle');
  });
});

describe('a gateway that lacks something', () => {
  const lacks: readonly [code: number, text: string, item: string][] = [
    [451, 'al/fl', 'al/fl'],
    [512, '-', 'al/fl'],
    [440, 'g/sc', 'al/fl'],
    [454, 'strict', 'strict'],
    [501, '-', 'al/fl'],
  ];
  for (const [code, text, item] of lacks) {
    it(`is not asked for ${item} again when it has answered ${code} "${text}"`, () => {
      const bench = ordered(TALKING);
      const again = bench.hear(`P=101{C=-{A=line/1{ER=${code}{"${text}"}}}}`);
      expect(again).to.match(/^T=102/);
      expect(again).not.to.include(item);
      expect(bench.heard()).to.deep.equal([]);
      expect([...bench.facts.refusedItems]).to.deep.equal([item]);
    });
  }

  it('tone by tone, until nothing is left that calls can do without', () => {
    const bench = ordered({ phase: 'howling', role: 'originating' });
    const given: string[] = [];
    for (let id = 101; bench.heard().length === 0 && id < 120; id += 1) {
      bench.hear(`P=${id}{C=-{MF=line/1{ER=452{"-"}}}}`);
      given.push([...bench.facts.refusedItems].at(-1) ?? '');
    }
    expect(given).to.deep.equal(['cg/wt', 'cg/ct', 'cg/bt', 'cg/bt']);
    expect(bench.line().describe().armed).to.equal(undefined);
  });

  it('a mode: gets another that sends no more', () => {
    const bench = talking();
    expect(bench.order(HELD)).to.include('MO=IN');
    expect(bench.hear('P=102{C=3{MF=line/1,MF=rtp/4{ER=517{"-"}}}}')).to.equal('T=103{C=3{MF=rtp/4{M{ST=1{O{MO=RC}}}}}}');
  });

  it('any mode that would do: says so', () => {
    const bench = talking();
    bench.order(HELD);
    bench.hear('P=102{C=3{MF=line/1,MF=rtp/4{ER=517{"-"}}}}');
    bench.hear('P=103{C=3{MF=rtp/4{ER=517{"-"}}}}');
    expect(bench.heard()).to.deep.equal(['failed held protocol-error']);
  });
});

describe('a line to which nobody answers', () => {
  const reasons: readonly ['timeout' | 'unreachable' | 'pendings' | 'encoding', string][] = [
    ['timeout', 'recovery-on-timer-expiry'],
    ['unreachable', 'network-out-of-order'],
    ['pendings', 'temporary-failure'],
    ['encoding', 'protocol-error'],
  ];
  for (const [reason, cause] of reasons) {
    it(`says ${cause} for ${reason}, and goes on trying`, () => {
      const bench = ordered(IDLE);
      expect(bench.lose(101, reason)).to.equal('');
      expect(bench.heard()).to.deep.equal([`failed idle ${cause}`]);
      expect(bench.wait(5_000)).to.equal('T=102{C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
    });
  }

  it('asks where it is before it joins again, and takes the context that had been made after all', () => {
    const bench = ordered(TALKING);
    bench.lose(101);
    expectConversation(
      bench,
      `
      ** 5000
      CA> T=102{C=*{MF=line/1{E=idle#2{al/of{strict=state},al/on{KA,strict=state}}}}}
      MG> P=102{C=3{MF=line/1}}
      CA> T=103{C=3{MF=line/1{SG,E=talking#3{al/on{strict=state},al/fl}},AV=*{AT{M}}}}
      MG> P=103{C=3{MF=line/1,AV=line/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{M{ST=1{O{MO=SR},L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~},R{~v=0~c=IN IP4 10.0.0.9~m=audio 4000 RTP/AVP 0~}}}}}}
    `,
    );
    expect(bench.heard()).to.deep.equal(['failed talking recovery-on-timer-expiry', 'reached talking with local']);
  });

  it('joins anew when it is in no context', () => {
    const bench = ordered(TALKING);
    bench.lose(101);
    bench.wait(5_000);
    expect(bench.hear('P=102{C=*{MF=line/1{ER=435{"-"}}}}')).to.match(/^T=103\{C=\$\{A=line\/1/);
  });

  it('names what it leaves where the context may be another one by now, and the line last', () => {
    const bench = talking();
    bench.order(IDLE);
    bench.lose(102);
    expect(bench.wait(5_000)).to.equal('T=103{C=3{S=rtp/4,S=line/1},C=-{MF=line/1{SG,E=idle#3{al/of{strict=state}}}}}');
    expect(bench.hear('P=103{C=3{S=rtp/4{ER=430{"-"}}}}')).to.equal(
      'T=104{C=3{S=line/1},C=-{MF=line/1{SG,E=idle#4{al/of{strict=state}}}}}',
    );
    expect(bench.hear('P=104{C=3{S=line/1{ER=435{"-"}}}}')).to.equal('T=105{C=-{MF=line/1{SG,E=idle#5{al/of{strict=state}}}}}');
  });

  it('looks what is left of a context that it was to leave, and is wanted in after all', () => {
    const bench = talking();
    bench.order(IDLE);
    bench.lose(102);
    expect(bench.order(TALKING)).to.equal('T=103{C=3{MF=line/1{SG,E=talking#3{al/on{strict=state},al/fl}},AV=*{AT{M}}}}');
    expect(bench.hear('P=103{C=3{MF=line/1,AV=line/1{M{ST=1{O{MO=SR}}}}}}')).to.match(/^T=104\{C=3\{A=\$\{M/);
  });

  it('writes media again of which it does not know whether they were taken', () => {
    const bench = talking();
    bench.order(HELD);
    bench.lose(102);
    expect(bench.wait(5_000)).to.match(/^T=103\{C=3\{MF=line\/1\{SG,E=held#3\{.*\}\},MF=rtp\/4\{M\{ST=1\{O\{MO=IN\},R\{/);
  });

  it('takes a report on the request that was not answered for its own', () => {
    const bench = ordered(IDLE);
    bench.lose(101);
    bench.hear('T=1{C=-{N=line/1{OE=idle#1{20261122T14240618:al/of{init=off}}}}}');
    expect(bench.verdicts).to.deep.equal(['current']);
    expect(bench.heard()).to.deep.equal(['failed idle recovery-on-timer-expiry', 'off-hook']);
  });
});
