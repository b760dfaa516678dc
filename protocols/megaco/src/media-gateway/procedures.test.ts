// A gateway and its controllers when something goes wrong, or is on purpose: failures, hand-offs, service changes.
import { expect } from 'chai';
import { BACKUP, Bench, PRIMARY } from './testing.js';

const T_MAX = 20_000;
/** Both lines are watched for off-hook, as an idle gateway's are. */
const ARMED = 'T=1001{C=-{MF=line/1{E=3{al/of,al/on}},MF=line/2{E=4{al/of,al/on}}}}';
const CALL = 'T=1002{C=${A=line/1{M{ST=1{O{MO=SR}}},E=5{al/on}},A=rtp/${M{ST=1{O{MO=SR},L{v=0\nc=IN IP4 $\nm=audio $ RTP/AVP 0\n}}}}}}';

function idle(options = {}): Bench {
  const bench = Bench.inService(options);
  bench.mgc(ARMED);
  bench.look();
  return bench;
}

/** Without the time, which is another in each message. */
function untimed(texts: readonly string[]): readonly string[] {
  return texts.map((text) => text.replace(/\d{8}T\d{8}:?/g, '').replace(/,\}/g, '}'));
}

/** Message texts, copies left out. */
function once(texts: readonly string[]): readonly string[] {
  return [...new Set(untimed(texts))];
}

const FAILOVER = `to ${BACKUP}: T=3{C=-{SC=ROOT{SV{MT=FL,V=3,RE="909 MGC Impending Failure"}}}}`;

describe('a gateway whose controller fails', () => {
  it('tells the next one what the other did not answer, once that one is in charge, and keeps its calls', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.look();
    bench.notices();
    bench.feed({ kind: 'off-hook', line: 'line/2' });
    expect(untimed(bench.look())).to.deep.equal(['T=2{C=-{N=line/2{OE=4{al/of{init=off}}}}}']);
    bench.run(T_MAX);
    expect(once(bench.look()).slice(1)).to.deep.equal([FAILOVER]);
    bench.from(BACKUP, 'P=3{C=-{SC=ROOT{SV{V=3}}}}');
    expect(untimed(bench.look())).to.deep.equal([`to ${BACKUP}: T=4{C=-{N=line/2{OE=4{al/of{init=off}}}}}`]);
    bench.from(BACKUP, 'P=4{C=-{N=line/2}} T=2001{C=1{AV=*{AT{}}}}');
    expect(bench.look()).to.deep.equal([`to ${BACKUP}: P=2001{C=1{AV=line/1,AV=rtp/1}}`]);
    expect(bench.notices()).to.deep.equal([
      `registering ${BACKUP}`,
      'line/1 unregistered',
      'line/2 unregistered',
      'up [10.0.0.12]:2944',
      'line/1 in',
      'line/2 in',
    ]);
  });

  it('tells what happened meanwhile in its order', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/2' }, { kind: 'on-hook', line: 'line/2' });
    bench.run(T_MAX);
    bench.feed({ kind: 'off-hook', line: 'line/2' });
    bench.look();
    bench.from(BACKUP, 'P=4{C=-{SC=ROOT{SV{V=3}}}}');
    const seen: string[] = [];
    for (let id = 5; id < 8; id += 1) {
      seen.push(...untimed(bench.look()));
      bench.from(BACKUP, `P=${id}{C=-{N=line/2}}`);
    }
    expect(seen.map((text) => text.slice(text.indexOf('al/')))).to.deep.equal([
      'al/of{init=off}}}}}',
      'al/on{init=off}}}}}',
      'al/of{init=off}}}}}',
    ]);
  });

  it('tells digits again that nobody answered', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.mgc('P=2{C=-{N=line/1}} T=1003{C=-{MF=line/1{E=7{dd/ce{DM={(100x)}}}}}}');
    bench.dial('line/1', '1002');
    bench.run(T_MAX);
    bench.look();
    bench.from(BACKUP, 'P=4{C=-{SC=ROOT{SV{V=3}}}}');
    expect(untimed(bench.look())).to.deep.equal([`to ${BACKUP}: T=5{C=-{N=line/1{OE=7{dd/ce{ds="1002",Meth=UM}}}}}`]);
  });

  it('is not told so by ICMP', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.feed({ kind: 'unreachable', hop: { transport: 'udp', host: '10.0.0.11', port: 2944 } });
    expect(bench.gateway.state).to.equal('up');
    bench.mgc('P=2{C=-{N=line/1}}');
    bench.run(T_MAX);
    expect(bench.gateway.state).to.equal('up');
  });

  it('over TCP goes elsewhere when the connection closes; what was on its way keeps its id', () => {
    const bench = idle({ transport: 'tcp' });
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.look();
    bench.hangUp(PRIMARY);
    expect(untimed(bench.look())).to.deep.equal([FAILOVER]);
    bench.from(BACKUP, 'P=3{C=-{SC=ROOT{SV{V=1}}}}');
    expect(bench.versions()).to.deep.equal([1]);
    expect(untimed(bench.look())).to.deep.equal([`to ${BACKUP}: T=2{C=-{N=line/1{OE=3{al/of{init=off}}}}}`]);
  });

  it('comes back to it as one that had lost it', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.run(2 * T_MAX);
    const sent = once(bench.look());
    expect(sent.slice(1)).to.deep.equal([FAILOVER, 'T=4{C=-{SC=ROOT{SV{MT=DC,V=3,RE="900 Service Restored"}}}}']);
  });
});

describe('commands to a gateway', () => {
  it('before the reply to the registration are answered 505', () => {
    const bench = new Bench();
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.look();
    bench.mgc('T=7{C=-{AV=ROOT{AT{}}}}');
    expect(bench.one()).to.match(/^P=7\{ER=505\{/);
    bench.mgc('P=1{C=-{SC=ROOT{SV{V=3}}}} T=8{C=-{AV=ROOT{AT{}}}}');
    expect(bench.one()).to.equal('P=8{C=-{AV=ROOT}}');
  });

  it('of a controller that is not in charge are answered 504', () => {
    const bench = idle();
    bench.from(BACKUP, 'T=7{C=-{MF=line/1{SG{al/ri}}}}');
    expect(bench.one()).to.match(new RegExp(`^to ${BACKUP}: P=7\\{ER=504\\{`));
    expect(bench.notices()).to.deep.equal([]);
  });

  it('in a version that it does not speak are answered 406', () => {
    const bench = Bench.inService({ version: 2 });
    bench.mgc('T=7{C=-{AV=ROOT{AT{}}}}');
    expect(bench.versions()).to.deep.equal([2]);
    expect(bench.one()).to.match(/^P=7\{ER=406\{/);
  });

  it('are announced as pending where they take their time; audits do not', () => {
    const bench = Bench.inService({ executionMs: 3_000 });
    bench.mgc('T=7{C=-{MF=line/1{SG{al/ri}}}}');
    bench.mgc('T=8{C=-{AV=ROOT{AT{}}}}');
    expect(bench.one()).to.equal('P=8{C=-{AV=ROOT}}');
    bench.run(2_999);
    expect(bench.one()).to.equal('PN=7{}');
    bench.run(1);
    expect(bench.one()).to.equal('P=7{IA,C=-{MF=line/1}}');
  });

  it('are answered before what they bring about is told', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.mgc('P=2{C=-{N=line/1}}');
    bench.look();
    bench.mgc('T=7{C=-{MF=line/1{E=9{al/of{strict=state}}}}}');
    expect(untimed(bench.look())).to.deep.equal(['P=7{C=-{MF=line/1}}', 'T=3{C=-{N=line/1{OE=9{al/of{init=on}}}}}']);
  });

  it('a stream that is none is closed, and with it the association', () => {
    const bench = idle({ transport: 'tcp' });
    bench.notices();
    bench.feed({ kind: 'bytes', data: Buffer.from('GET / HTTP/1.0'), hop: { transport: 'tcp', host: '10.0.0.11', port: 2944, flow: 1 } });
    expect(bench.notices()[0]).to.equal('close 1');
    expect(bench.gateway.state).to.equal('registering');
  });
});

describe('a gateway that is handed over', () => {
  const HAND_OFF = 'T=1100{C=-{SC=ROOT{SV{MT=HO,RE="903 MGC Directed Change",MG=[10.0.0.12]:2944}}}}';

  it('answers the old controller, and registers with the new one; who is not heard is told there under the same id', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.look();
    bench.mgc(HAND_OFF);
    expect(untimed(bench.look())).to.deep.equal([
      'P=1100{C=-{SC=ROOT}}',
      `to ${BACKUP}: T=3{C=-{SC=ROOT{SV{MT=HO,V=3,RE="903 MGC Directed Change"}}}}`,
    ]);
    bench.from(BACKUP, 'P=3{C=-{SC=ROOT{SV{V=3}}}}');
    expect(untimed(bench.look())).to.deep.equal([`to ${BACKUP}: T=2{C=-{N=line/1{OE=3{al/of{init=off}}}}}`]);
  });

  it('takes the answers of the old one until the new one is in charge', () => {
    const bench = idle();
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.mgc(HAND_OFF);
    bench.look();
    bench.mgc('P=2{C=-{N=line/1}}');
    bench.from(BACKUP, 'P=3{C=-{SC=ROOT{SV{V=3}}}}');
    expect(bench.look()).to.deep.equal([]);
  });

  it('answers commands of before where they came from', () => {
    const bench = idle({ executionMs: 1_000 });
    bench.mgc('T=1101{C=-{MF=line/1{SG{al/ri}}}}');
    bench.run(500);
    bench.mgc(HAND_OFF);
    bench.run(1_000);
    expect(bench.look()).to.include('P=1101{C=-{MF=line/1}}');
  });

  it('takes no more commands of the old one', () => {
    const bench = idle();
    bench.mgc(HAND_OFF);
    bench.from(BACKUP, 'P=2{C=-{SC=ROOT{SV{V=3}}}}');
    bench.look();
    bench.mgc('T=1102{C=-{MF=line/1{SG{al/ri}}}}');
    expect(bench.one()).to.match(/^P=1102\{ER=504\{/);
  });

  it('a line cannot be handed over by itself', () => {
    const bench = idle();
    bench.mgc('T=1103{C=-{SC=line/1{SV{MT=HO,RE="903 MGC Directed Change"}}}}');
    expect(bench.one()).to.match(/^P=1103\{C=-\{SC=line\/1\{ER=542\{/);
    expect(bench.gateway.state).to.equal('up');
  });
});

describe('the watch over a silent controller', () => {
  const WATCHED = 'T=1200{C=-{MF=ROOT{E=77{it/ito{mit=3000}}}}}';

  it('asks whether it is there after the time that it gave, and again after it was heard', () => {
    const bench = idle();
    bench.mgc(WATCHED);
    bench.look();
    bench.run(20_000);
    bench.mgc('T=1201{C=-{AV=ROOT{AT{}}}}');
    bench.look();
    bench.run(29_999);
    expect(bench.look()).to.deep.equal([]);
    bench.run(1);
    expect(untimed(bench.look())).to.deep.equal(['T=2{C=-{N=ROOT{OE=77{it/ito}}}}']);
    bench.mgc('P=2{C=-{N=ROOT}}');
    bench.run(30_000);
    expect(untimed(bench.look())).to.deep.equal(['T=3{C=-{N=ROOT{OE=77{it/ito}}}}']);
  });

  it('finds out that it is not', () => {
    const bench = idle();
    bench.mgc(WATCHED);
    bench.look();
    bench.run(30_000 + T_MAX);
    expect(once(bench.look())).to.deep.equal(['T=2{C=-{N=ROOT{OE=77{it/ito}}}}', FAILOVER]);
  });

  it('goes on under the next controller, and ends with its events', () => {
    const bench = idle();
    bench.mgc(WATCHED);
    bench.run(30_000 + T_MAX);
    bench.from(BACKUP, 'P=3{C=-{SC=ROOT{SV{V=3}}}}');
    bench.from(BACKUP, 'P=4{C=-{N=ROOT}} T=2001{C=-{MF=ROOT{E}}}');
    bench.look();
    bench.run(600_000);
    expect(bench.look()).to.deep.equal([]);
  });
});

describe('service changes', () => {
  it('a line that is taken out of service is told, and says nothing until it is back', () => {
    const bench = idle();
    bench.notices();
    bench.feed({ kind: 'service', line: 'line/1', method: 'forced' });
    expect(bench.one()).to.equal('T=2{C=-{SC=line/1{SV{MT=FO,RE="905 Termination taken out of service"}}}}');
    bench.mgc('P=2{C=-{SC=line/1}}');
    bench.feed({ kind: 'off-hook', line: 'line/1' }, { kind: 'on-hook', line: 'line/1' });
    expect(bench.look()).to.deep.equal([]);
    bench.feed({ kind: 'service', line: 'line/1', method: 'restart' });
    expect(bench.one()).to.equal('T=3{C=-{SC=line/1{SV{MT=RS,RE="900 Service Restored"}}}}');
    expect(bench.notices()).to.deep.equal(['line/1 out', 'line/1 in']);
  });

  it('a line goes gracefully when its call is over', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.look();
    bench.notices();
    bench.feed({ kind: 'service', line: 'line/1', method: 'graceful' });
    expect(bench.one()).to.equal('T=2{C=1{SC=line/1{SV{MT=GR,RE="905 Termination taken out of service"}}}}');
    bench.mgc('P=2{C=1{SC=line/1}}');
    expect(bench.notices()).to.deep.equal([]);
    bench.mgc('T=1300{C=1{S=*{AT{}}}}');
    expect(bench.notices()).to.deep.equal(['rtp/1 closed', 'line/1 out']);
  });

  it('a line goes gracefully at its time, or when its call is over before', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.look();
    bench.notices();
    bench.feed({ kind: 'service', line: 'line/1', method: 'graceful', delayS: 60 });
    bench.feed({ kind: 'service', line: 'line/2', method: 'graceful', delayS: 60 });
    expect(bench.look()[0]).to.equal('T=2{C=1{SC=line/1{SV{MT=GR,RE="905 Termination taken out of service",DL=60}}}}');
    bench.mgc('P=2{C=1{SC=line/1}} P=3{C=-{SC=line/2}} T=1300{C=1{S=*{AT{}}}}');
    expect(bench.notices()).to.deep.equal(['rtp/1 closed', 'line/1 out']);
    bench.run(60_000);
    expect(bench.notices()).to.deep.equal(['line/2 out']);
  });

  it('a gateway that is taken out of service has no calls, no controller, and comes back as one that restarts', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.look();
    bench.notices();
    bench.feed({ kind: 'service', method: 'forced' });
    expect(bench.one()).to.equal('T=2{C=-{SC=ROOT{SV{MT=FO,RE="905 Termination taken out of service"}}}}');
    bench.mgc('P=2{C=-{SC=ROOT}}');
    expect(bench.notices()).to.deep.equal(['rtp/1 closed', 'line/1 out', 'line/2 out', 'down']);
    bench.mgc('T=1300{C=-{AV=ROOT{AT{}}}}');
    expect(bench.one()).to.match(/^P=1300\{ER=503\{/);
    bench.feed({ kind: 'service', method: 'restart' });
    expect(untimed([bench.one()])).to.deep.equal(['T=3{C=-{SC=ROOT{SV{MT=RS,V=3,RE="900 Service Restored"}}}}']);
  });

  it('a gateway goes gracefully when its last call is over', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.look();
    bench.feed({ kind: 'service', method: 'graceful' });
    expect(bench.one()).to.equal('T=2{C=-{SC=ROOT{SV{MT=GR,RE="905 Termination taken out of service"}}}}');
    bench.mgc('P=2{C=-{SC=ROOT}}');
    expect(bench.gateway.state).to.equal('up');
    bench.mgc('T=1300{C=1{S=*{AT{}}}}');
    expect(bench.gateway.state).to.equal('down');
  });

  it('a controller takes lines out of service and back', () => {
    const bench = idle();
    bench.notices();
    bench.mgc('T=1300{C=-{SC=line/1{SV{MT=FO,RE="905 x"}}}}');
    bench.mgc('T=1301{C=-{SC=line/*{SV{MT=RS,RE="900 x"}}}}');
    expect(bench.look()).to.deep.equal(['P=1300{C=-{SC=line/1}}', 'P=1301{C=-{SC=line/1,SC=line/2}}']);
    expect(bench.notices()).to.deep.equal(['line/1 out', 'line/1 in']);
    bench.mgc('T=1302{C=-{SC=ROOT{SV{MT=FO,RE="905 x"}}}}');
    expect(bench.notices()).to.deep.equal(['line/1 out', 'line/2 out']);
    expect(bench.gateway.state).to.equal('up');
  });
});

describe('power on', () => {
  it('forgets calls, events and what was still to be told', () => {
    const bench = idle();
    bench.mgc(CALL);
    bench.feed({ kind: 'off-hook', line: 'line/2' });
    bench.look();
    bench.notices();
    bench.feed({ kind: 'start' });
    bench.run(0);
    expect(untimed(bench.look())).to.deep.equal(['T=3{C=-{SC=ROOT{SV{MT=RS,V=3,RE="901 Cold Boot"}}}}']);
    bench.mgc('P=3{C=-{SC=ROOT{SV{V=3}}}}');
    bench.feed({ kind: 'on-hook', line: 'line/2' });
    expect(bench.look()).to.deep.equal([]);
    expect(bench.gateway.contexts).to.equal(0);
    expect(bench.notices()[0]).to.equal('rtp/1 closed');
  });

  it('nothing is sent, and nothing heard, before', () => {
    const bench = new Bench();
    bench.mgc('T=1{C=-{AV=ROOT{AT{}}}}');
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    bench.run(600_000);
    expect(bench.look()).to.deep.equal([]);
  });

  it('what people do does not wait: the gateway registers at once', () => {
    const bench = new Bench({ timers: { mwdMs: 600_000 } });
    bench.dice = 0.5;
    bench.feed({ kind: 'start' });
    bench.run(1_000);
    expect(bench.look()).to.deep.equal([]);
    bench.feed({ kind: 'off-hook', line: 'line/1' });
    expect(untimed([bench.one()])).to.deep.equal(['T=1{C=-{SC=ROOT{SV{MT=RS,V=3,RE="901 Cold Boot"}}}}']);
  });
});
