import { expect } from 'chai';
import { ephemeral, GatewayOfTests, remote } from './executor-testing.js';

function inCall(): GatewayOfTests {
  const gateway = new GatewayOfTests();
  gateway.ask(`C=\${A=line/1{M{ST=1{O{MO=SR}}},SG{cg/rt},E=9{al/on,al/fl}},${ephemeral('SR', remote(4000))}}`);
  return gateway;
}

describe('AuditValue', () => {
  it('tells what was asked, and what is there and empty', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{AV=line/1{AT{M,E,SG,DM,OE,SA,EB,MX,MD}}}')).to.equal(
      'C=1{AV=line/1{M{TS{BF=OFF,SI=IV},ST=1{O{MO=SR}}},E=9{al/on,al/fl},SG{cg/rt},EB,DM,OE,SA,MX,MD}}',
    );
    expect(gateway.ask('C=1{AV=rtp/1{AT{M}}}')).to.equal(
      'C=1{AV=rtp/1{M{TS{BF=OFF,SI=IV},ST=1{O{MO=SR},L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 0|},R{|v=0|c=IN IP4 10.0.0.2|m=audio 4000 RTP/AVP 0|}}}}}',
    );
  });

  it('an empty Audit tells the termination alone', () => {
    expect(inCall().ask('C=1{AV=*{AT{}}}')).to.equal('C=1{AV=line/1,AV=rtp/1}');
  });

  it('a wildcarded response is the union of all, and tells what any of them has', () => {
    const gateway = inCall();
    const told = gateway.ask('C=1{W-AV=*{AT{PG,SA}}}');
    expect(told).to.equal(
      'C=1{AV=*{SA{nt/dur=0,nt/os=0,nt/or=0,rtp/ps=0,rtp/pr=0,rtp/pl=0,rtp/jit=0,rtp/delay=0},PG{g-2,al-1,cg-1,dg-2,dd-1,cd-1,ct-1,nt-1,rtp-1}}}',
    );
    gateway.ask('C=1{MF=line/1{DM=m{(1x)}}},C=-{MF=ROOT{DM=r{(2x)}}}');
    expect(gateway.ask('C=*{W-AV=*{AT{DM}}}')).to.equal('C=*{AV=*{DM=m{(1x)},DM=r{(2x)}}}');
  });

  it('comes with other commands too', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{MF=line/1{SG{},AT{SG,E}}}')).to.equal('C=1{MF=line/1{SG,E=9{al/on,al/fl}}}');
    expect(gateway.ask(`C=1{${ephemeral('RC').slice(0, -1)},AT{M}}}`)).to.contain('A=rtp/2{M{TS{BF=OFF,SI=IV},ST=1{O{MO=RC},L{|v=0|');
  });

  it('changes nothing', () => {
    const gateway = inCall();
    gateway.told();
    const before = gateway.ask('C=*{AV=*{AT{M,E,SG,DM,SA,OE,PG,EB}}}');
    expect(gateway.ask('C=*{AV=*{AT{M,E,SG,DM,SA,OE,PG,EB}}}')).to.equal(before);
    expect(gateway.told()).to.deep.equal([]);
  });
});

describe('audits of single things, version 2', () => {
  const ask = (asked: string, termination = 'line/1'): string => {
    const gateway = inCall();
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{MO=SR,nt/jit=40}}}},MF=line/1{DM=m{(1x)},EB{al/of,al/on}}}');
    return gateway.ask(`C=1{AV=${termination}{AT{${asked}}}}`, 2).replace(/^C=1\{AV=[^{}]*\{?(.*?)\}?\}$/s, '$1');
  };

  it('properties of the Media descriptor', () => {
    expect(ask('M{TS{SI}}')).to.equal('M{TS{SI=IV}}');
    expect(ask('M{TS{BF},ST=1{O{MO}}}')).to.equal('M{TS{BF=OFF},ST=1{O{MO=SR}}}');
    expect(ask('M{ST=1{O{nt/jit}}}', 'rtp/1')).to.equal('M{ST=1{O{nt/jit=40}}}');
  });

  it('events, signals, buffer, map', () => {
    expect(ask('E=9{al/on}')).to.equal('E=9{al/on}');
    expect(ask('E=8{al/on}')).to.equal('');
    expect(ask('SG{cg/rt}')).to.equal('SG{cg/rt}');
    expect(ask('SG{cg/dt}')).to.equal('');
    expect(ask('EB{al/of}')).to.equal('EB{al/of}');
    expect(ask('DM=m')).to.equal('DM=m{(1x)}');
  });

  it('statistics, in one descriptor', () => {
    expect(ask('SA{rtp/ps},SA{nt/dur}', 'rtp/1')).to.equal('SA{rtp/ps=0,nt/dur=0}');
  });

  it('all that is in a package', () => {
    expect(ask('PG{al-1}')).to.equal('E=9{al/on,al/fl}');
    expect(ask('PG{cg-1}')).to.equal('SG{cg/rt}');
    expect(ask('PG{nt-1}', 'rtp/1')).to.equal('M{ST=1{O{nt/jit=40}}},SA{nt/dur=0,nt/os=0,nt/or=0}');
  });
});

describe('audits that select by value, version 3', () => {
  it('tell only the terminations that have it', () => {
    const gateway = inCall();
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{MO=SO}}}}},C=-{MF=line/2{M{TS{SI=OS}}}}');
    expect(gateway.ask('C=1{AV=*{AT{M{ST=1{O{MO=SO}}}}}}', 3)).to.equal('C=1{AV=rtp/1{M{ST=1{O{MO=SO}}}}}');
    expect(gateway.ask('C=-{AV=*{AT{M{TS{SI=OS}}}}}', 3)).to.equal('C=-{AV=line/2{M{TS{SI=OS}}}}');
    expect(gateway.codes('C=-{AV=*{AT{M{TS{SI=TE}}}}}', 3)).to.equal('431');
  });
});

describe('AuditCapability', () => {
  it('tells modes in further descriptors, and what a session can hold', () => {
    const told = inCall().ask('C=1{AC=rtp/1{AT{M}}}');
    expect(told).to.match(
      /^C=1\{AC=rtp\/1\{M\{TS\{BF=SP\},ST=1\{O\{MO=SO,nt\/jit=\$\},L\{\|v=0\|c=IN IP4 \$\|m=audio \$ RTP\/AVP 0 8\|\},R\{/,
    );
    expect([...told.matchAll(/MO=(\w+)/g)].map(([, mode]) => mode)).to.deep.equal(['SO', 'RC', 'SR', 'IN', 'LB']);
  });

  it('tells events and signals with the values of their parameters, and the names of statistics', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{AC=line/1{AT{E}}}'))
      .to.contain('E=*{g/cause')
      .and.to.contain('al/on{strict={exact,state,failWrong},init={on,off}}');
    expect(gateway.ask('C=1{AC=line/1{AT{SG}}}')).to.contain('al/ri{SY=TO,cad=$,freq=$}');
    expect(gateway.ask('C=1{AC=line/1{AT{EB}}}')).to.contain('EB{g/cause').and.to.contain('al/fl{mindur=$,maxdur=$}');
    expect(gateway.ask('C=1{AC=rtp/1{AT{SA}}}')).to.contain('SA{nt/dur,nt/os,nt/or,rtp/ps,');
    expect(gateway.ask('C=1{AC=line/1{AT{SA}}}')).to.equal('C=1{AC=line/1{SA}}');
  });

  it('tells the names of active events as observed ones', () => {
    expect(inCall().ask('C=1{AC=line/1{AT{OE}}}')).to.equal('C=1{AC=line/1{OE=9{al/on,al/fl}}}');
  });

  it('knows what another package brings', () => {
    const base = new GatewayOfTests().executor.terminations.root.realm.registry;
    const light = {
      name: 'lamp',
      id: 0x8001,
      version: 1,
      properties: [{ name: 'level', id: 1, type: { kind: 'integer' }, min: 0, max: 9 }],
    } as const;
    const gateway = new GatewayOfTests({ packages: base.with(light), linePackages: ['al', 'lamp'] });
    expect(gateway.ask('C=-{AC=line/1{AT{M}}}')).to.contain('TS{lamp/level=[0:9],BF=SP}');
    expect(gateway.ask('C=-{MF=line/1{M{TS{lamp/level=4}}},AV=line/1{AT{M,PG}}}'))
      .to.contain('lamp/level=4')
      .and.to.contain('PG{al-1,lamp-1}');
    expect(gateway.codes('C=-{MF=line/1{M{TS{lamp/level=10}}}}')).to.equal('449');
  });
});
