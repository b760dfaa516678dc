import { expect } from 'chai';
import { ephemeral, GatewayOfTests, remote } from './executor-testing.js';

/** A Local of these lines. */
function local(...lines: readonly string[]): string {
  return `L{${lines.join('\r\n')}\r\n}`;
}

/** Adds an ephemeral termination with these parts of stream 1. @returns the Media of the reply. */
function added(gateway: GatewayOfTests, parts: string, version = 1): string {
  const reply = gateway.ask(`C=\${A=rtp/\${M{ST=1{${parts}}}}}`, version);
  return /A=rtp\/\d+\{M\{ST=1\{([\s\S]*)\}\}\}\}$/.exec(reply)?.[1] ?? reply;
}

const CHOOSE = local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 0');

describe('media of a termination', () => {
  it('the gateway fills in what was left to it, and what was left out', () => {
    const gateway = new GatewayOfTests();
    expect(added(gateway, `O{MO=RC},${local('m=audio $ RTP/AVP $')}`)).to.equal('L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 0|}');
    expect(
      added(gateway, `O{MO=RC},${local('v=0', 'o=- $ $ IN IP4 $', 's=$', 'c=IN IP4 $', 't=$ $', 'm=audio $ RTP/AVP 8', 'a=ptime:$')}`),
    ).to.equal('L{|v=0|o=- 1 1 IN IP4 10.0.0.1|s=-|c=IN IP4 10.0.0.1|t=0 0|m=audio 20002 RTP/AVP 8|a=ptime:20|}');
  });

  it('an IPv6 gateway says so', () => {
    const gateway = new GatewayOfTests({ mediaAddress: '2001:db8::1' });
    expect(added(gateway, `O{MO=RC},${CHOOSE}`)).to.contain('c=IN IP6 2001:db8::1');
  });

  it('one of several formats is taken, with its attributes alone', () => {
    const gateway = new GatewayOfTests();
    const given = local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 18 96 0', 'a=rtpmap:18 G729/8000', 'a=rtpmap:96 pcma/8000', 'a=ptime:20');
    expect(added(gateway, `O{MO=RC},${given}`)).to.equal(
      'L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 96|a=rtpmap:96 pcma/8000|a=ptime:20|}',
    );
  });

  it('ReserveValue keeps all formats that there are', () => {
    const gateway = new GatewayOfTests();
    const told = added(gateway, `O{MO=RC,RV=ON},${local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 18 8 0')}`);
    expect(told).to.contain('m=audio 20000 RTP/AVP 8 0');
  });

  it('ReserveGroup keeps all sessions that there are', () => {
    const gateway = new GatewayOfTests();
    const session = (format: number): readonly string[] => ['v=0', 'c=IN IP4 $', `m=audio $ RTP/AVP ${format}`];
    const told = added(gateway, `O{MO=RC,RG=ON},${local(...session(18), ...session(8), ...session(0))}`);
    expect(told).to.equal('L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 8|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 0|}');
  });

  it('where all may be reserved and none can be, the descriptor comes back empty', () => {
    const gateway = new GatewayOfTests();
    expect(added(gateway, `O{MO=RC,RV=ON},${local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 18')},${remote(4000)}`)).to.equal('L{}');
    expect(gateway.plane.taken.size).to.equal(0);
  });

  it('the format of the far side is preferred', () => {
    const gateway = new GatewayOfTests();
    expect(added(gateway, `O{MO=SR},${local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 0 8')},${remote(4000, '8')}`)).to.contain('RTP/AVP 8');
  });

  it('a Local keeps its port, may repeat it, and gives it back when it is empty', () => {
    const gateway = new GatewayOfTests();
    added(gateway, `O{MO=RC},${CHOOSE}`);
    expect(gateway.ask(`C=1{MF=rtp/1{M{ST=1{${local('v=0', 'c=IN IP4 10.0.0.1', 'm=audio 20000 RTP/AVP 0')}}}}}`)).to.equal(
      'C=1{MF=rtp/1}',
    );
    expect(gateway.ask(`C=1{MF=rtp/1{M{ST=1{${local('v=0', 'c=IN IP4 $', 'm=audio $ RTP/AVP 8')}}}}}`)).to.contain(
      'm=audio 20000 RTP/AVP 8',
    );
    gateway.told();
    expect(gateway.ask(`C=1{MF=rtp/1{M{ST=1{O{MO=SO},L{},${remote(4000)}}}}}`)).to.equal('C=1{MF=rtp/1}');
    expect(gateway.told()).to.deep.equal(['closed 20000']);
  });

  it('a stream is gone when both of its descriptions are empty', () => {
    const gateway = new GatewayOfTests();
    added(gateway, `O{MO=RC},${CHOOSE}`);
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{MO=IN},L{},R{}}}}}');
    expect(gateway.ask('C=1{AV=rtp/1{AT{M}}}')).to.equal('C=1{AV=rtp/1{M{TS{BF=OFF,SI=IV}}}}');
  });

  it('two streams have two ports, and flow by their own modes', () => {
    const gateway = new GatewayOfTests();
    gateway.ask('C=${A=line/1{M{ST=1{O{MO=SR}},ST=2{O{MO=RC}}}}}');
    gateway.ask(`C=1{A=rtp/\${M{ST=1{O{MO=SR},${CHOOSE}},ST=2{O{MO=SR},${CHOOSE}}}}}`);
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 send-receive (line/1)', 'media rtp/1#2 20002 send-only (line/1)']);
  });

  it('without a stream around them the parts are of stream 1', () => {
    const gateway = new GatewayOfTests();
    expect(gateway.ask(`C=\${A=rtp/\${M{O{MO=RC},${CHOOSE}}}}`)).to.equal(
      'C=1{A=rtp/1{M{L{|v=0|c=IN IP4 10.0.0.1|m=audio 20000 RTP/AVP 0|}}}}',
    );
    expect([...gateway.find('rtp/1').streams.keys()]).to.deep.equal([1]);
  });

  it('LocalControl is replaced whole: a mode that is not said is inactive', () => {
    const gateway = new GatewayOfTests();
    gateway.ask(`C=\${A=line/1{M{ST=1{O{MO=SR}}}},${ephemeral('SR')}}`);
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{nt/jit=40}}}}}');
    expect(gateway.told().at(-1)).to.equal('media rtp/1 20000 inactive (line/1)');
    expect(gateway.ask('C=1{AV=rtp/1{AT{M}}}')).to.contain('O{MO=IN,nt/jit=40}');
  });

  it('both edges and what is between must let media through', () => {
    const gateway = new GatewayOfTests();
    gateway.ask(`C=\${A=line/1{M{ST=1{O{MO=RC}}}},${ephemeral('SR')}}`);
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 send-only (line/1)']);
    gateway.ask('C=1{MF=line/1{M{ST=1{O{MO=SO}}}}}');
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 receive-only (line/1)']);
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{MO=LB}}}}}');
    expect(gateway.told()).to.deep.equal(['media rtp/1 20000 loopback (line/1)']);
  });

  it('what one transaction does and undoes moves no media', () => {
    const gateway = new GatewayOfTests();
    gateway.ask(`C=\${A=line/1{M{ST=1{O{MO=SR}}}},${ephemeral('SR')}}`);
    gateway.told();
    gateway.ask('C=1{MF=rtp/1{M{ST=1{O{MO=IN}}}},MF=rtp/1{M{ST=1{O{MO=SR}}}}}');
    expect(gateway.told()).to.deep.equal([]);
  });
});

describe('properties of a termination', () => {
  const trunk = {
    linePackages: ['g', 'al', 'tdmc'],
    lineProperties: [{ name: 'tdmc/gain', value: { kind: 'one', value: { text: '3', quoted: false } } }],
  } as const;

  it('provisioned values are there before, beneath and after what a controller sets', () => {
    const gateway = new GatewayOfTests(trunk);
    expect(gateway.ask('C=-{AV=line/1{AT{M}}}')).to.contain('ST=1{O{MO=IN,tdmc/gain=3}}');
    gateway.ask('C=${A=line/1{M{ST=1{O{MO=SR,tdmc/ec=on}}}}}');
    expect(gateway.ask('C=1{AV=line/1{AT{M}}}')).to.contain('O{MO=SR,tdmc/gain=3,tdmc/ec=on}');
    gateway.ask('C=1{S=*}');
    expect(gateway.ask('C=-{AV=line/1{AT{M}}}')).to.contain('O{MO=IN,tdmc/gain=3}');
  });

  it('a choice that is left to the gateway is told', () => {
    const gateway = new GatewayOfTests(trunk);
    const set = (value: string): string => gateway.ask(`C=-{MF=line/1{M{O{MO=IN,${value}}}}}`);
    expect(set('tdmc/gain=$')).to.equal('C=-{MF=line/1{M{O{tdmc/gain=3}}}}');
    expect(set('tdmc/ec=$')).to.contain('tdmc/ec=on');
    expect(set('tdmc/ec={off,on}')).to.contain('tdmc/ec=off');
    expect(set('tdmc/gain=[2:5]')).to.contain('tdmc/gain=2');
    expect(set('tdmc/gain>5')).to.contain('tdmc/gain=6');
    expect(set('tdmc/ec#on')).to.contain('tdmc/ec=off');
    expect(set('tdmc/gain=automatic')).to.equal('C=-{MF=line/1}');
  });

  it('ROOT says what the gateway can, and keeps what it is told', () => {
    const gateway = new GatewayOfTests({ maxContexts: 50 });
    expect(gateway.ask('C=-{AV=ROOT{AT{M}}}')).to.contain('root/maxNumberOfContexts=50,root/maxTerminationsPerContext=16');
    gateway.ask('C=-{MF=ROOT{M{TS{root/MGProvisionalResponseTimerValue=500}}}}');
    expect(gateway.ask('C=-{AV=ROOT{AT{M}}}')).to.contain('root/MGProvisionalResponseTimerValue=500');
  });

  it('a service state is kept where a TerminationState does not name it, lock step is not', () => {
    const gateway = new GatewayOfTests();
    gateway.ask('C=-{MF=line/1{M{TS{SI=OS,BF=SP}}}}');
    expect(gateway.ask('C=-{AV=line/1{AT{M}}}')).to.contain('TS{BF=SP,SI=OS}');
    gateway.ask('C=-{MF=line/1{M{TS{SI=OS}}}}');
    expect(gateway.ask('C=-{AV=line/1{AT{M}}}')).to.contain('TS{BF=OFF,SI=OS}');
  });
});
