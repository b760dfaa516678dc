import { expect } from 'chai';
import { ephemeral, GatewayOfTests, remote, statisticIn } from './executor-testing.js';

const LINE = 'A=line/1{M{ST=1{O{MO=SR}}}}';

/** A gateway with context 1: line/1 and rtp/1. */
function inCall(): GatewayOfTests {
  const gateway = new GatewayOfTests();
  gateway.ask(`C=\${${LINE},${ephemeral('SR', remote(4000))}}`);
  gateway.told();
  return gateway;
}

describe('a transaction in a gateway', () => {
  it('the call of RFC 3525 appendix I is set up, changed and torn down', () => {
    const gateway = new GatewayOfTests();
    expect(gateway.ask(`C=\${${LINE},${ephemeral('RC')}}`)).to.equal(
      'C=1{A=line/1,A=rtp/1{M{ST=1{L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 0|}}}}}',
    );
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 receive-only (line/1)']);
    expect(gateway.ask(`C=1{MF=rtp/1{M{ST=1{O{MO=SR},${remote(4000)}}}},MF=line/1{SG{cg/rt}}}`)).to.equal('C=1{MF=rtp/1,MF=line/1}');
    expect(gateway.told()).to.deep.equal(['+cg/rt line/1', 'media rtp/1 20000 send-receive > 10.0.0.2:4000 (line/1)']);
    expect(gateway.ask('C=1{S=line/1,S=rtp/1{AT{}}},C=-{MF=line/1{SG{cg/bt}}}')).to.equal('C=1{S=line/1,S=rtp/1},C=-{MF=line/1}');
    expect(gateway.told()).to.deep.equal(['-cg/rt line/1', 'closed 20000', '+cg/bt line/1']);
    expect(gateway.contexts).to.equal('');
    expect(gateway.plane.taken).to.have.property('size', 0);
  });

  it('ends at its first failure, with the replies up to there', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{MF=rtp/1,MF=line/9,MF=line/1{SG{cg/rt}}},C=-{MF=line/2{SG{cg/dt}}}')).to.equal(
      'C=1{MF=rtp/1,MF=line/9{ER=430}}',
    );
    expect(gateway.told()).to.deep.equal([]);
  });

  it('goes on behind a failure of an optional command', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{O-MF=line/9,MF=line/1},C=-{MF=line/2}')).to.equal('C=1{MF=line/9{ER=430},MF=line/1},C=-{MF=line/2}');
    expect(gateway.ask('C=7{O-MF=line/9},C=-{MF=line/2}')).to.equal('C=7{ER=411},C=-{MF=line/2}');
    expect(gateway.ask('C=7{O-MF=line/9,MF=line/8},C=-{MF=line/2}')).to.equal('C=7{ER=411}');
  });

  it('tries a wildcarded command on each termination, and stops behind it when one failed', () => {
    const gateway = new GatewayOfTests();
    gateway.find('line/1').serviceState = 'out-of-service';
    expect(gateway.ask('C=${A=line/*},C=-{AV=ROOT{AT{}}}')).to.match(/^C=-\{A=line\/1\{ER=502\}\},C=1\{A=line\/2\}$/);
  });

  it('gives one reply to a command that wants a wildcarded response', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{W-S=*{AT{}}}')).to.equal('C=1{S=*}');
    expect(gateway.contexts).to.equal('');
  });

  it('a command that fails has changed nothing', () => {
    const gateway = inCall();
    expect(gateway.codes('C=1{MF=line/1{M{ST=1{O{MO=IN}}},SG{cg/zz}}}')).to.equal('452');
    expect(gateway.codes(`C=\${A=line/2,${ephemeral('SR').slice(0, -1)},E=1{al/zz}}}`)).to.equal('440');
    expect(gateway.told()).to.deep.equal([]);
    expect(gateway.contexts).to.equal('1{line/1 rtp/1} 2{line/2}');
    expect(gateway.plane.taken.size).to.equal(1);
  });

  it('a reply that does not fit is an error 533', () => {
    const gateway = new GatewayOfTests();
    const { result } = gateway.executor.execute([{ contextId: 0, commands: [] }], 0, () => false);
    expect(result).to.include({ kind: 'error', code: 533 });
  });
});

describe('contexts', () => {
  it('ALL leaves out the null context and answers in the context of each termination', () => {
    const gateway = inCall();
    gateway.ask('C=${A=line/2}');
    expect(gateway.ask('C=*{AV=line/*{AT{}}}')).to.equal('C=1{AV=line/1},C=2{AV=line/2}');
    expect(gateway.ask('C=*{W-AV=line/*{AT{}}}')).to.equal('C=*{AV=line/*}');
    expect(gateway.ask('C=*{MF=line/2{SG{cg/rt}}}')).to.equal('C=2{MF=line/2}');
    expect(gateway.codes('C=-{AV=line/*{AT{}}}')).to.equal('431');
    gateway.ask('C=2{S=*}');
    expect(gateway.codes('C=*{AV=line/2{AT{}}}')).to.equal('435');
  });

  it('ALL contexts and ALL terminations subtract everything', () => {
    const gateway = inCall();
    gateway.ask('C=${A=line/2}');
    expect(gateway.ask('C=*{W-S=*{AT{}}}')).to.equal('C=*{S=*}');
    expect(gateway.contexts).to.equal('');
    expect(gateway.find('line/1').context).to.equal(undefined);
  });

  it('ROOT in all contexts lists them', () => {
    const gateway = inCall();
    gateway.ask('C=${A=line/2}');
    expect(gateway.ask('C=*{AV=ROOT{AT{}}}')).to.equal('C=1{AV=ROOT},C=2{AV=ROOT}');
  });

  it('two actions with CHOOSE make two contexts; their numbers are not used again at once', () => {
    const gateway = new GatewayOfTests();
    expect(gateway.ask('C=${A=line/1},C=${A=line/2}')).to.equal('C=1{A=line/1},C=2{A=line/2}');
    gateway.ask('C=*{S=*}');
    expect(gateway.ask('C=${A=line/1}')).to.equal('C=3{A=line/1}');
  });

  it('end with their last termination, also in the midst of an action', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{S=*{AT{}},MF=line/1}')).to.equal('C=1{S=line/1,S=rtp/1,MF=line/1{ER=411}}');
  });
});

describe('Add, Move and Subtract', () => {
  it('CHOOSE takes a free line of the pattern, or makes an ephemeral termination', () => {
    const gateway = new GatewayOfTests();
    expect(gateway.ask('C=${A=line/$}')).to.equal('C=1{A=line/1}');
    expect(gateway.ask('C=1{A=line/$}')).to.equal('C=1{A=line/2}');
    expect(gateway.ask('C=1{A=line/$}')).to.equal('C=1{A=line/${ER=432}}');
    expect(gateway.ask('C=1{A=trunk/$}')).to.equal('C=1{A=trunk/${ER=431}}');
    expect(gateway.ask('C=1{A=$}')).to.equal('C=1{A=rtp/1}');
    expect(gateway.ask('C=1{A=rtp/$}')).to.equal('C=1{A=rtp/2}');
  });

  it('a circuit to another network joins a context as a line does, and has neither hook nor tones', () => {
    const gateway = new GatewayOfTests({ trunks: ['ds/1/1'] });
    expect(gateway.ask('C=${A=ds/1/1{E=1{al/on}}}')).to.contain('ER=440');
    expect(gateway.ask('C=${A=ds/1/1{SG{cg/rt}}}')).to.contain('ER=440');
    expect(gateway.ask(`C=\${A=ds/1/1{M{ST=1{O{MO=SR,tdmc/ec=on}}},E=1{g/cause}},${ephemeral('SR')}}`)).to.contain('A=ds/1/1,A=rtp/1');
    expect(gateway.ask('C=-{AV=line/1{AT{PG}}}')).not.to.contain('tdmc');
    gateway.ask('C=*{S=*}');
    expect(gateway.ask('C=-{AV=ds/1/1{AT{E}}}'), 'what was asked of it has gone with its context').to.equal('C=-{AV=ds/1/1{E}}');
  });

  it('Move takes a termination along as it is, and its old context ends without it', () => {
    const gateway = inCall();
    gateway.ask('C=${A=line/2{M{ST=1{O{MO=SR}}}}}');
    expect(gateway.ask('C=2{MV=rtp/1}')).to.equal('C=2{MV=rtp/1}');
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 send-receive > 10.0.0.2:4000 (line/2)']);
    expect(gateway.contexts).to.equal('1{line/1} 2{line/2 rtp/1}');
    gateway.ask('C=2{MV=line/*}');
    expect(gateway.contexts).to.equal('2{line/2 rtp/1 line/1}');
    expect(gateway.ask('C=${MV=rtp/1}')).to.equal('C=3{MV=rtp/1}');
  });

  it('Subtract tells statistics unless it is asked for something else, and resets them', () => {
    const gateway = inCall();
    const [port = 0] = gateway.plane.taken;
    gateway.plane.counters.set(port, [{ name: 'rtp/ps', value: { kind: 'one', value: { text: '7', quoted: false } } }]);
    gateway.now += 2_500;
    const told = gateway.ask('C=1{S=rtp/1}');
    expect(statisticIn(told, 'rtp/ps')).to.equal('7');
    expect(statisticIn(told, 'rtp/pr')).to.equal('0');
    expect(statisticIn(told, 'nt/dur')).to.equal('2500');
    expect(gateway.ask(`C=1{${ephemeral('SR')}}`)).to.contain('A=rtp/2');
    expect(gateway.ask('C=1{S=rtp/2{AT{PG}}}')).to.equal('C=1{S=rtp/2{PG{g-2,nt-1,rtp-1,cg-1,dg-2,dd-1}}}');
  });

  it('a line that is subtracted is as it was provisioned', () => {
    const gateway = inCall();
    gateway.ask('C=1{MF=line/1{SG{cg/rt},E=5{al/on},DM=m{(1)},M{TS{BF=SP}}}}');
    gateway.ask('C=1{S=line/1}');
    expect(gateway.told()).to.include('-cg/rt line/1');
    expect(gateway.ask('C=-{AV=line/1{AT{M,E,SG,DM}}}')).to.equal('C=-{AV=line/1{M{TS{BF=OFF,SI=IV}},E,SG,DM}}');
  });

  it('a Mux brings its bearers, drops those that it no longer names, and takes the rest along', () => {
    const gateway = new GatewayOfTests();
    expect(gateway.ask('C=${A=rtp/${MX=H223{line/1,line/2}}}')).to.equal('C=1{A=rtp/1}');
    expect(gateway.contexts).to.equal('1{rtp/1 line/1 line/2}');
    gateway.ask('C=1{MF=rtp/1{MX=H223{line/2}}}');
    expect(gateway.contexts).to.equal('1{rtp/1 line/2}');
    gateway.ask('C=${A=line/1}');
    gateway.ask('C=2{MV=rtp/1}');
    expect(gateway.contexts).to.equal('2{line/1 rtp/1 line/2}');
    gateway.ask('C=2{S=rtp/1}');
    expect(gateway.contexts).to.equal('2{line/1}');
  });
});

describe('what the gateway does by itself', () => {
  it('a termination that it withdraws leaves no port behind', () => {
    const gateway = inCall();
    gateway.executor.withdraw(gateway.find('rtp/1'));
    expect(gateway.told()).to.deep.equal(['closed 20000']);
    expect(gateway.contexts).to.equal('1{line/1}');
  });

  it('a reset ends every context', () => {
    const gateway = inCall();
    gateway.ask('C=-{MF=line/2{SG{cg/dt}}}');
    gateway.told();
    gateway.executor.reset();
    expect(gateway.told()).to.have.members(['closed 20000', '-cg/dt line/2']);
    expect(gateway.contexts).to.equal('');
    expect(gateway.plane.taken).to.have.property('size', 0);
  });
});

describe('whatever a controller asks', () => {
  const COMMANDS: readonly string[] = [
    'A=line/$',
    'A=line/1{M{ST=1{O{MO=SR}}}}',
    ephemeral('SR'),
    ephemeral('SO', remote(4000)),
    'A=rtp/${MX=H223{line/1,line/2}}',
    'O-A=rtp/${M{ST=1{O{MO=RC},L{v=0\r\nm=audio $ RTP/AVP 18\r\n}}}}',
    'MV=rtp/*',
    'MV=line/2',
    'O-MF=rtp/*{M{ST=1{L{}}}}',
    'MF=*{M{ST=1{O{MO=IN},L{v=0\r\nm=audio $ RTP/AVP 0\r\n}}}}',
    'S=rtp/*',
    'O-S=line/*',
    'W-S=*{AT{}}',
  ];
  const CONTEXTS = ['$', '*', '-', '1', '2', '3'];

  it('every termination is in one context, no context is empty, and no port outlives its stream', () => {
    let state = 4_711;
    const roll = (sides: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 0x8000_0000;
      return Math.floor((state / 0x8000_0000) * sides);
    };
    const gateway = new GatewayOfTests({ maxTerminationsPerContext: 5, maxContexts: 3 });
    for (let round = 0; round < 600; round += 1) {
      gateway.plane.left = roll(4) === 0 ? 0 : Infinity;
      const actions = Array.from(
        { length: 1 + roll(2) },
        () => `C=${CONTEXTS[roll(6)] ?? ''}{${COMMANDS[roll(13)] ?? ''},${COMMANDS[roll(13)] ?? ''}}`,
      );
      gateway.ask(actions.join(','));
      const ports: number[] = [];
      for (const context of gateway.executor.contexts) {
        expect(context.terminations.size, `round ${round}`).to.be.within(1, 5);
        for (const termination of context.terminations.values()) {
          expect(termination.context, `round ${round}: ${termination.id}`).to.equal(context);
          ports.push(...[...termination.streams.values()].flatMap(({ localPort }) => localPort ?? []));
        }
      }
      expect([...gateway.plane.taken], `round ${round}`).to.have.members(ports);
      for (const termination of gateway.executor.terminations.ephemeral)
        expect(termination.context, `round ${round}`).to.not.equal(undefined);
      if (roll(20) === 0) gateway.ask('C=*{W-S=*{AT{}}}');
    }
    gateway.ask('C=*{W-S=*{AT{}}}');
    expect(gateway.plane.taken.size).to.equal(0);
    expect([...gateway.executor.terminations.ephemeral]).to.deep.equal([]);
  });
});
