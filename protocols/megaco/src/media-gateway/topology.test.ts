import { expect } from 'chai';
import { GatewayOfTests } from './executor-testing.js';
import { TopologyGraph } from './topology.js';

const REMOTE_OFFICE = 'A=rtp/${M{ST=1{O{MO=SR},L{v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\n}}}}';

function inCall(): GatewayOfTests {
  const gateway = new GatewayOfTests();
  gateway.ask(`C=\${A=line/1{M{ST=1{O{MO=SR}}}},${REMOTE_OFFICE}}`);
  gateway.told();
  return gateway;
}

/** What the media plane was told of modes, oldest first. */
function modes(gateway: GatewayOfTests): readonly string[] {
  return gateway.told().map((text) => text.split(' ').slice(1, 4).join(' '));
}

describe('the topology of a context', () => {
  it('goes through the six steps of RFC 3525 figure 7', () => {
    const graph = new TopologyGraph();
    const flows = (): string =>
      ['T1T2', 'T2T1', 'T1T3', 'T3T1', 'T2T3', 'T3T2'].filter((pair) => graph.flows(pair.slice(0, 2), pair.slice(2), 1)).join(' ');
    expect(flows()).to.equal('T1T2 T2T1 T1T3 T3T1 T2T3 T3T2');
    graph.set('T1', 'T2', 'isolate');
    expect(flows()).to.equal('T1T3 T3T1 T2T3 T3T2');
    graph.set('T3', 'T2', 'oneway');
    expect(flows()).to.equal('T1T3 T3T1 T3T2');
    graph.set('T2', 'T3', 'oneway');
    expect(flows()).to.equal('T1T3 T3T1 T2T3');
    graph.set('T2', 'T3', 'bothway');
    expect(flows()).to.equal('T1T3 T3T1 T2T3 T3T2');
    graph.set('T1', 'T2', 'bothway');
    expect(flows()).to.equal('T1T2 T2T1 T1T3 T3T1 T2T3 T3T2');
    expect(graph.audit(['T1', 'T2'])).to.deep.equal([{ from: 'T1', to: 'T2', direction: 'bothway' }]);
  });

  it('of one stream is apart from that of the others, until all are meant', () => {
    const graph = new TopologyGraph();
    graph.set('a', 'b', 'isolate');
    graph.set('a', 'b', 'bothway', 2);
    graph.set('b', 'a', 'oneway', 3);
    expect([1, 2, 3].map((stream) => [graph.flows('a', 'b', stream), graph.flows('b', 'a', stream)])).to.deep.equal([
      [false, false],
      [true, true],
      [false, true],
    ]);
    expect(graph.audit(['a', 'b'])).to.deep.equal([
      { from: 'a', to: 'b', direction: 'isolate' },
      { from: 'a', to: 'b', direction: 'bothway', streamId: 2 },
      { from: 'b', to: 'a', direction: 'oneway', streamId: 3 },
    ]);
    graph.set('a', 'b', 'bothway');
    expect(graph.flows('a', 'b', 3)).to.equal(true);
  });

  it('stops media between terminations whose modes would let it through', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{TP{line/1,rtp/1,IS}}')).to.equal('C=1');
    gateway.ask('C=1{TP{line/1,rtp/1,OW}}');
    gateway.ask('C=1{TP{rtp/1,line/1,OW}}');
    gateway.ask('C=1{TP{*,*,BW}}');
    expect(modes(gateway)).to.deep.equal([
      'rtp/1 20000 inactive',
      'rtp/1 20000 send-only',
      'rtp/1 20000 receive-only',
      'rtp/1 20000 send-receive',
    ]);
  });

  it('per stream, in version 2', () => {
    const gateway = inCall();
    gateway.ask('C=1{TP{line/1,rtp/1,IS,ST=2}}', 2);
    expect(modes(gateway)).to.deep.equal([]);
    gateway.ask('C=1{TP{line/1,rtp/1,IS,ST=1}}', 2);
    expect(modes(gateway)).to.deep.equal(['rtp/1 20000 inactive']);
    expect(gateway.ask('C=1{CA{TP}}', 2)).to.equal('C=1{TP{line/1,rtp/1,BW,line/1,rtp/1,IS,ST=2,line/1,rtp/1,IS,ST=1}}');
  });

  it('names what the first CHOOSE of the same action became; who is not named hears everybody', () => {
    const gateway = inCall();
    expect(gateway.ask(`C=1{TP{$,line/1,OW},${REMOTE_OFFICE},A=line/2}`)).to.contain('A=rtp/2');
    expect(gateway.ask('C=1{CA{TP}}')).to.equal(
      'C=1{TP{line/1,rtp/1,BW,rtp/2,line/1,OW,line/1,line/2,BW,rtp/1,rtp/2,BW,rtp/1,line/2,BW,rtp/2,line/2,BW}}',
    );
  });

  it('of a termination goes with it', () => {
    const gateway = inCall();
    gateway.ask('C=1{TP{line/1,rtp/1,IS}}');
    gateway.ask('C=1{A=line/2},C=1{S=line/1},C=1{A=line/1}');
    expect(gateway.ask('C=1{CA{TP}}')).to.equal('C=1{TP{rtp/1,line/2,BW,rtp/1,line/1,BW,line/2,line/1,BW}}');
  });

  it('is done whole or not at all', () => {
    const gateway = inCall();
    expect(gateway.codes('C=1{TP{line/1,rtp/1,IS,line/1,line/9,IS}}')).to.equal('430');
    expect(modes(gateway)).to.deep.equal([]);
  });
});

describe('attributes of contexts', () => {
  it('are set, and told as they are after the action', () => {
    const gateway = inCall();
    expect(gateway.ask('C=1{CA{PR,EG}}')).to.equal('C=1{PR=0}');
    expect(gateway.ask('C=1{PR=7,EG,CA{PR,EG}}')).to.equal('C=1{PR=7,EG}');
    expect(gateway.ask('C=1{CA{PR,EG},AV=line/1{AT{}}}')).to.equal('C=1{PR=7,EG,AV=line/1}');
  });

  it('are there from the start of a context that is made in the same action', () => {
    const gateway = new GatewayOfTests();
    gateway.ask('C=${PR=3,A=line/1}');
    expect(gateway.ask('C=1{CA{PR}}')).to.equal('C=1{PR=3}');
  });

  it('are told of all contexts', () => {
    const gateway = inCall();
    gateway.ask('C=${PR=3,A=line/2}');
    expect(gateway.ask('C=*{CA{PR}}')).to.equal('C=1{PR=0},C=2{PR=3}');
  });

  it('select contexts in version 3', () => {
    const gateway = inCall();
    gateway.ask('C=${PR=3,EG,A=line/2}');
    expect(gateway.ask('C=*{CA{PR=3}}', 3)).to.equal('C=2{PR=3}');
    expect(gateway.ask('C=*{CA{PR=0,EG,ORLGC},AV=*{AT{}}}', 3)).to.contain('C=1{PR=0,AV=line/1,AV=rtp/1}');
  });
});
