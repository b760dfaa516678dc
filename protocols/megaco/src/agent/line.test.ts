// A line: fewest transactions, one at a time; reports in and out of turn; trunks; service.
import type { HalfCallState } from '@altpath/call-control';
import { NEVER } from '@altpath/core';
import { expect } from 'chai';
import { Bench } from './line-bench.fixture.js';

const CALL = '165A0BC000007';
const FAR = 'v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n';
const IDLE: HalfCallState = { phase: 'idle', role: 'originating' };
const DIALLING: HalfCallState = { phase: 'dialling', role: 'originating' };
const BUSY: HalfCallState = { phase: 'busy', role: 'originating' };
const TALKING: HalfCallState = { phase: 'talking', role: 'originating', callId: CALL, media: { mode: 'sendrecv', remote: FAR } };
const RINGING: HalfCallState = { ...TALKING, phase: 'ringing', role: 'terminating' };
const CREATED = 'P=101{C=3{A=line/1,A=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}}}';
const OFF = 'al/of{init=off}';

/** An idle line whose request `idle#1` was accepted. */
function idle(): Bench {
  const bench = new Bench();
  bench.order(IDLE);
  bench.hear('P=101{C=-{MF=line/1}}');
  bench.heard();
  return bench;
}

/** A line in a talk: request `talking#1`, context 3 with rtp/4. */
function talking(): Bench {
  const bench = new Bench();
  bench.order(TALKING);
  bench.hear(CREATED);
  bench.heard();
  return bench;
}

let at = 0;

function notify(request: string, event: string, contextId = '-'): string {
  at += 1;
  return `T=${at}{C=${contextId}{N=line/1{OE=${request}{20261122T${String(at).padStart(8, '0')}:${event}}}}}`;
}

describe('orders to an H.248 line', () => {
  it('of which nothing was sent are replaced by newer ones', () => {
    const bench = new Bench();
    bench.line().order(DIALLING, bench.now);
    expect(bench.order(BUSY)).to.equal('T=101{C=-{MF=line/1{SG{cg/bt{NC={TO}}},E=busy#1{al/on{strict=state},g/sc}}}}');
  });

  it('that come while a transaction is out wait for its reply, and only the newest is carried out', () => {
    const bench = new Bench();
    bench.order(IDLE);
    expect(bench.order(DIALLING) + bench.order(BUSY)).to.equal('');
    expect(bench.line().busy).to.equal(true);
    expect(bench.hear('P=101{C=-{MF=line/1}}')).to.include('SG{cg/bt');
    bench.hear('P=102{C=-{MF=line/1}}');
    expect(bench.heard()).to.deep.equal(['reached busy']);
  });

  it('for what is there already cause no transaction, and are said to be reached', () => {
    const bench = talking();
    expect(bench.order({ ...TALKING })).to.equal('');
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('that change the media alone leave tone and events as they are', () => {
    expect(talking().order({ ...TALKING, media: { mode: 'recvonly', remote: FAR } })).to.equal('T=102{C=3{MF=rtp/4{M{ST=1{O{MO=RC}}}}}}');
  });

  it('tell a new far side, and an old one in other words not again', () => {
    const bench = talking();
    const same = FAR.replace('v=0\r\n', 'v=0\no=- 7 7 IN IP4 10.0.0.9\ns=-\nt=0 0\n');
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv', remote: same } })).to.equal('');
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv', remote: same.replace('4000', '4002') } })).to.equal(
      'T=102{C=3{MF=rtp/4{M{ST=1{R{~v=0~c=IN IP4 10.0.0.9~m=audio 4002 RTP/AVP 0~}}}}}}',
    );
  });

  it('to send without knowing where to become orders to listen', () => {
    const bench = new Bench();
    expect(bench.order({ ...TALKING, media: { mode: 'sendrecv' } })).to.include('MO=RC');
    bench.hear(CREATED);
    expect(bench.heard()).to.deep.equal(['reached talking with local']);
  });

  it('end one call and begin another by two transactions, the request going with the second', () => {
    const bench = talking();
    expect(bench.order({ ...RINGING, callId: '165A0BC000008' })).to.equal('T=102{C=3{S=*}}');
    expect(bench.hear('P=102{C=3{S=line/1,S=rtp/4}}')).to.match(/^T=103\{C=\$\{A=line\/1\{.*al\/ri.*E=ringing#2/);
  });

  it('know a call by its short identity too', () => {
    expect(talking().order({ ...TALKING, callId: '1000000000007' })).to.equal('');
  });

  it('to a line whose call control knows less than the gateway keep what call control knew before', () => {
    // A call of which the other leg has gone to another node: the remote is not told again, and is not taken away.
    const bench = talking();
    expect(bench.order({ ...TALKING, media: { mode: 'recvonly' } })).to.equal('');
  });

  it('are said to be reached when the reply comes late for them, if the call is the same', () => {
    const bench = new Bench();
    bench.order({ ...TALKING, phase: 'routing', media: { mode: 'recvonly' } });
    bench.order(TALKING);
    bench.hear(CREATED);
    expect(bench.heard()).to.deep.equal(['reached routing with local']);
  });
});

describe('a report of an H.248 line', () => {
  it('causes a step that leaves with its answer', () => {
    const bench = idle();
    bench.onEvent = (_, { kind }) => kind === 'off-hook' && bench.line().order(DIALLING, bench.now);
    const [answer, step] = bench.hear(notify('idle#1', OFF)).split('\n');
    expect(answer).to.match(/^P=\d+\{C=-\{N=line\/1\}\}$/);
    expect(step).to.match(/^T=102/);
  });

  it('may come any number of times for one request', () => {
    const bench = talking();
    bench.hear(notify('talking#1', 'al/fl', '3'));
    bench.hear(notify('talking#1', 'al/fl', '3'));
    expect(bench.heard()).to.deep.equal(['flash', 'flash']);
    expect(bench.verdicts).to.deep.equal(['current', 'current']);
  });

  it('that comes again with the same time is acted on once, whatever its transaction is', () => {
    const bench = talking();
    const report = notify('talking#1', 'al/fl', '3');
    bench.hear(report);
    bench.hear(report.replace(/^T=\d+/, 'T=9999'));
    expect(bench.heard()).to.deep.equal(['flash']);
    expect(bench.verdicts).to.deep.equal(['current', 'repeated']);
  });

  it('of an earlier request tells the hook, and nothing else', () => {
    const bench = idle();
    bench.order(DIALLING);
    bench.hear('P=102{C=-{MF=line/1}}');
    bench.order(BUSY);
    bench.hear('P=103{C=-{MF=line/1}}');
    bench.heard();
    bench.hear(notify('dialling#2', 'dd/ce{ds="1002",Meth=UM}'));
    bench.hear(notify('dialling#2', 'al/on{init=off}'));
    expect(bench.verdicts).to.deep.equal(['late', 'late']);
    expect(bench.heard()).to.deep.equal(['on-hook']);
  });

  it('of a request that nobody here has made tells the hook, and has the line armed anew', () => {
    const bench = idle();
    bench.onEvent = () => bench.line().order(BUSY, bench.now);
    expect(bench.hear(notify(bench.nameOf(77), OFF))).to.match(/T=102\{C=-\{MF=line\/1\{SG\{cg\/bt/);
    expect(bench.verdicts).to.deep.equal(['foreign']);
    expect(bench.heard()).to.deep.equal(['off-hook']);
  });

  it('of a number that call control does not answer is asked for again after a while', () => {
    const bench = idle();
    bench.order(DIALLING);
    bench.hear('P=102{C=-{MF=line/1}}');
    expect(bench.hear(notify('dialling#2', 'dd/ce{ds="1002",Meth=UM}'))).to.match(/^P=\d+\S+$/);
    expect(bench.wait(1_999)).to.equal('');
    expect(bench.wait(1)).to.include('SG{cg/dt');
  });

  it('of a hook that call control does not answer is asked for again, and told again', () => {
    const bench = idle();
    bench.hear(notify('idle#1', OFF));
    expect(bench.wait(2_000)).to.equal('T=102{C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
    bench.hear('P=102{C=-{MF=line/1}}');
    bench.hear(notify('idle#2', 'al/of{init=on}'));
    expect(bench.heard()).to.deep.equal(['off-hook', 'off-hook']);
  });

  it('that a tone has ended keeps it from sounding again while its phase lasts', () => {
    const bench = new Bench();
    bench.order(BUSY);
    bench.hear('P=101{C=-{MF=line/1}}');
    bench.hear(notify('busy#1', 'g/sc{SigID=cg/bt,Meth=TO}'));
    expect(bench.heard()).to.deep.equal(['reached busy', 'tone-ended']);
    // Another controller has been at it: it is armed anew, and silent.
    expect(bench.hear(notify(bench.nameOf(77), 'al/fl'))).to.include('{SG,E=busy');
  });

  it('that says nothing known here is counted', () => {
    const bench = idle();
    bench.hear(notify('idle#1', 'g/cause{Generalcause=FT}'));
    expect(bench.counted.get('megaco.line.event unknown')).to.equal(1);
    expect(bench.heard()).to.deep.equal([]);
  });
});

describe('a line with its owner', () => {
  it('gives nothing while it is held, as often as it is', () => {
    const bench = new Bench();
    const line = bench.line();
    line.hold();
    line.hold();
    expect(bench.order(IDLE)).to.equal('');
    line.resume();
    expect(bench.flush()).to.equal('');
    line.resume();
    expect(bench.flush()).to.match(/^T=101/);
  });

  it('forgets everything, also what is out', () => {
    const bench = talking();
    bench.order(IDLE);
    bench.line().forget();
    bench.hear('P=102{C=3{S=line/1,S=rtp/4},C=-{MF=line/1}}');
    expect(bench.heard()).to.deep.equal([]);
    expect(bench.line().describe()).to.deep.include({ wanted: undefined, armed: undefined, contextId: 0, hook: 'unknown' });
    expect(bench.line().deadline()).to.equal(NEVER);
  });

  it('that restarts has lost its call, and is armed as it is ordered then', () => {
    const bench = talking();
    bench.onEvent = (_, { kind }) => kind === 'lost' && bench.line().order(IDLE, bench.now);
    bench.line().restarted(bench.now);
    expect(bench.flush()).to.equal('T=102{C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
    expect(bench.heard()).to.deep.equal(['lost destination-out-of-order']);
  });

  it('that restarts while it is idle loses nothing', () => {
    const bench = idle();
    bench.line().restarted(bench.now);
    expect(bench.flush()).to.match(/^T=102\{C=-\{MF=line\/1\{SG,E=idle/);
    expect(bench.heard()).to.deep.equal([]);
  });

  it('that goes out of service is taken out of its context, and is not armed before it is back', () => {
    const bench = talking();
    bench.line().service(false, bench.now);
    expect(bench.flush()).to.equal('T=102{C=3{S=*}}');
    expect(bench.hear('P=102{C=3{S=line/1,S=rtp/4}}')).to.equal('');
    expect(bench.order(IDLE)).to.equal('');
    bench.line().service(true, bench.now);
    expect(bench.flush()).to.equal('T=103{C=-{MF=line/1{SG,E=idle#2{al/of{strict=state}}}}}');
  });

  it('that goes out of service while it joins a context leaves that as soon as it is known', () => {
    const bench = new Bench();
    bench.order(TALKING);
    bench.line().service(false, bench.now);
    expect(bench.hear(CREATED)).to.equal('T=102{C=3{S=*}}');
    expect(bench.heard()).to.deep.equal([]);
  });
});

describe('a trunk', () => {
  const RINGING: HalfCallState = { ...TALKING, phase: 'ringing', role: 'terminating' };
  const ADDED = 'A=rtp/4{M{ST=1{L{~v=0~c=IN IP4 10.0.0.5~m=audio 20002 RTP/AVP 0~}}}}';

  /** It has been called; nobody has told it yet that it talks. */
  function called(): Bench {
    const bench = new Bench({ terminations: ['tdm/1'], kind: 'trunk' });
    bench.order(RINGING, 'tdm/1');
    bench.hear(`P=101{C=3{A=tdm/1,${ADDED}}}`);
    return bench;
  }

  it('has media, no signals, and one event for the sake of its RequestID; it answers by itself, and is subtracted in the end', () => {
    const bench = new Bench({ terminations: ['tdm/1'], kind: 'trunk' });
    expect(bench.order(IDLE, 'tdm/1')).to.equal('');
    expect(bench.order(RINGING, 'tdm/1')).to.match(/^T=101\{C=\$\{A=tdm\/1\{M\{ST=1\{O\{MO=SR\}\}\},E=talking#1\{g\/cause\}\},A=\$\{M/);
    bench.hear(`P=101{C=3{A=tdm/1,${ADDED}}}`);
    expect(bench.heard()).to.deep.equal(['reached idle', 'reached ringing with local', 'off-hook']);
    expect(bench.order({ ...RINGING, phase: 'talking' }, 'tdm/1'), 'that it talks has been told').to.equal('');
    expect(bench.order(IDLE, 'tdm/1')).to.equal('T=102{C=3{S=*}}');
    bench.hear('P=102{C=3{S=tdm/1,S=rtp/4}}');
    expect(bench.heard()).to.deep.equal(['reached talking with local', 'reached idle']);
  });

  it('that is put on hold has that told with its mode', () => {
    const bench = called();
    bench.order({ ...RINGING, phase: 'talking' }, 'tdm/1');
    const held = bench.order({ ...RINGING, phase: 'held', media: { ...TALKING.media, mode: 'inactive' } }, 'tdm/1');
    expect(held).to.equal('T=102{C=3{MF=tdm/1{E=held#2{g/cause}},MF=rtp/4{M{ST=1{O{MO=IN}}}}}}');
  });

  it('hangs up by itself where a telephone would hear a tone', () => {
    const bench = called();
    bench.heard();
    bench.order({ phase: 'busy', role: 'terminating' }, 'tdm/1');
    bench.hear('P=102{C=3{S=tdm/1,S=rtp/4}}');
    expect(bench.heard()).to.deep.equal(['reached busy', 'on-hook']);
  });

  for (const [group, told] of [
    ['NR', 'on-hook'],
    ['FT', 'lost temporary-failure'],
    ['??', 'lost bearer-not-available'],
  ] as const)
    it(`whose circuit the gateway reports to be released (${group}) has ended its call`, () => {
      const bench = called();
      bench.heard();
      bench.hear(`T=1{C=3{N=tdm/1{OE=talking#1{20261122T14240618:g/cause{Generalcause="${group}"}}}}}`);
      expect([bench.verdicts, bench.heard()]).to.deep.equal([['current'], [told]]);
    });

  it('says nothing of a call that is over', () => {
    const bench = called();
    bench.order({ ...RINGING, callId: 'A'.repeat(13) }, 'tdm/1');
    bench.hear('P=102{C=3{S=*}}');
    bench.heard();
    bench.hear('T=1{C=-{N=tdm/1{OE=talking#1{20261122T14240618:g/cause{Generalcause=FT}}}}}');
    expect([bench.verdicts, bench.heard()]).to.deep.equal([['late'], []]);
  });

  it('of a gateway that does not know the event is asked for nothing', () => {
    const bench = new Bench({ terminations: ['tdm/1'], kind: 'trunk' });
    bench.order(RINGING, 'tdm/1');
    const again = bench.hear('P=101{C=3{ER=440{"g"}}}');
    expect(again).to.match(/^T=102\{C=\$\{A=tdm\/1\{M\{ST=1\{O\{MO=SR\}\}\}\},A=\$\{M/);
    bench.hear(`P=102{C=3{A=tdm/1,${ADDED}}}`);
    expect(bench.heard()).to.deep.equal(['reached ringing with local', 'off-hook']);
  });

  it('is asked by an audit where it is', () => {
    const bench = new Bench({ terminations: ['tdm/1'], kind: 'trunk' });
    bench.order(TALKING, 'tdm/1');
    bench.lose(101);
    expect(bench.wait(5_000)).to.equal('T=102{C=*{AV=tdm/1{AT{M}}}}');
    expect(bench.hear('P=102{C=3{AV=tdm/1{M{ST=1{O{MO=SR}}}}}}')).to.equal('T=103{C=3{MF=tdm/1{E=talking#2{g/cause}},AV=*{AT{M}}}}');
    bench.hear(
      'P=103{C=3{MF=tdm/1,AV=tdm/1{M{ST=1{O{MO=SR}}}},AV=rtp/4{M{ST=1{O{MO=SR},L{~v=0~c=IN IP4 10.0.0.5~m=audio 2 RTP/AVP 0~}}}}}}',
    );
    expect(bench.line('tdm/1').describe()).to.deep.include({ contextId: 3, ephemeral: 'rtp/4' });
  });
});
