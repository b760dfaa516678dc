import { expect } from 'chai';
import { type ActionRequest, word } from '../message/index.js';
import { ephemeral, GatewayOfTests, remote, replyText } from './executor-testing.js';
import type { MediaGatewayOptions } from './settings.js';

const TRUNK = { linePackages: ['g', 'al', 'cg', 'dd', 'tdmc'] };
const LOCAL = (format: string | number, kind = 'audio'): string => `L{v=0\r\nc=IN IP4 $\r\nm=${kind} $ RTP/AVP ${format}\r\n}`;
const EPHEMERAL = (parts: string): string => `C=1{A=rtp/\${M{ST=1{O{MO=RC},${parts}}}}}`;

/** Context 1 holds line/1 and rtp/1, context 2 nobody but line/3; line/2 is free. */
function gateway(options: Partial<MediaGatewayOptions> = {}): GatewayOfTests {
  const made = new GatewayOfTests({ lines: ['line/1', 'line/2', 'line/3'], ...options });
  made.ask(`C=\${A=line/1{M{ST=1{O{MO=SR}}}},${ephemeral('SR', remote(4000))}},C=\${A=line/3}`);
  return made;
}

/** What is refused with which code: why, the code, the request, its version. */
const REFUSED: readonly (readonly [string, number, string, number?])[] = [
  ['CHOOSE in a command on what exists', 410, 'C=1{MF=line/$}'],
  ['CHOOSE in a Subtract', 410, 'C=1{S=$}'],
  ['CHOOSE in an audit', 410, 'C=-{AV=$ {AT{}}}'],
  ['ROOT in a context', 410, 'C=1{MF=ROOT}'],
  ['ROOT added', 410, 'C=1{A=ROOT}'],
  ['ROOT moved', 410, 'C=1{MV=ROOT}'],
  ['ROOT in a topology', 410, 'C=1{TP{ROOT,line/1,IS}}'],
  ['a context that is not there', 411, 'C=77{MF=line/1}'],
  ['an Add to the null context', 421, 'C=-{A=line/2}'],
  ['an Add to all contexts', 421, 'C=*{A=line/2}'],
  ['a Subtract from the null context', 421, 'C=-{S=line/2}'],
  ['a Move to the null context', 421, 'C=-{MV=line/1}'],
  ['a Move from the null context', 421, 'C=1{MV=line/2}'],
  ['a Modify in a context yet to be made', 421, 'C=${MF=line/1}'],
  ['a topology of the null context', 421, 'C=-{TP{line/1,line/2,IS},MF=line/2}'],
  ['a priority for a context without anybody', 421, 'C=${PR=3}'],
  ['a topology of part of a CHOOSE', 422, 'C=1{TP{rtp/$,line/1,IS},A=rtp/$}'],
  ['a topology of a CHOOSE that nobody makes', 422, 'C=1{TP{$,line/1,IS}}'],
  ['a oneway topology of a termination and itself', 422, 'C=1{TP{line/*,*,OW}}'],
  ['an unknown termination', 430, 'C=1{MF=line/9}'],
  ['an unknown termination added', 430, 'C=1{A=rtp/9}'],
  ['an unknown termination in a topology', 430, 'C=1{TP{line/9,line/1,IS}}'],
  ['a wildcard that fits nobody', 431, 'C=1{MF=trunk/*}'],
  ['a wildcard that fits nobody in this context', 431, 'C=2{S=rtp/*}'],
  ['a CHOOSE that fits nobody', 431, 'C=1{A=trunk/$}'],
  ['a termination that is in this context', 433, 'C=1{A=line/1}'],
  ['a termination that is in another context', 433, 'C=2{A=line/1}'],
  ['a Move to where it is', 433, 'C=1{MV=line/1}'],
  ['a termination of another context', 435, 'C=2{MF=line/1}'],
  ['a termination of a context, in none', 435, 'C=-{MF=line/1}'],
  ['a termination of no context, in all', 435, 'C=*{MF=line/2}'],
  ['a termination of another context in a topology', 435, 'C=1{TP{line/3,line/1,IS}}'],
  ['a package that is unknown', 440, 'C=-{MF=line/2{M{TS{zz/x=1}}}}'],
  ['a package that lines do not have', 440, 'C=-{MF=line/2{E=1{nt/netfail}}}'],
  ['a package of context properties', 440, 'C=1{CT{zz/x=1}}', 3],
  ['a package that is audited', 440, 'C=-{AV=line/2{AT{PG{zz-1}}}}', 2],
  ['an active stream without descriptions', 441, 'C=1{A=rtp/${M{ST=1{O{MO=SR}}}}}'],
  ['a Notify to a gateway', 443, 'C=-{N=line/1{OE=1{al/of}}}'],
  ['a Modem', 444, 'C=-{MF=line/2{MD[V34]}}'],
  ['an unknown parameter of an event', 446, 'C=-{MF=line/2{E=1{al/on{colour=red}}}}'],
  ['signals of ROOT', 447, 'C=-{MF=ROOT{SG{cg/dt}}}'],
  ['a stream of ROOT', 447, 'C=-{MF=ROOT{M{ST=1{O{MO=SR}}}}}'],
  ['digit maps as capabilities', 447, 'C=-{AC=line/2{AT{DM}}}'],
  ['packages as capabilities', 447, 'C=-{AC=line/2{AT{PG}}}'],
  ['a stream that appears twice', 448, 'C=-{MF=line/2{M{ST=1{O{MO=SR}},ST=1{O{MO=IN}}}}}'],
  ['a value that the property does not have', 449, 'C=-{MF=line/2{M{O{MO=IN,tdmc/ec=loud}}}}'],
  ['a choice of values none of which there is', 449, 'C=-{MF=line/2{M{O{MO=IN,tdmc/ec={loud,quiet}}}}}'],
  ['a multiplex of an unknown kind', 449, 'C=1{A=rtp/${MX=X-own{line/2}}}'],
  ['two media in one session', 449, EPHEMERAL('L{v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\nm=audio $ RTP/AVP 8\r\n}')],
  ['a far side that the gateway should choose', 449, EPHEMERAL(`${LOCAL(0)},R{v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\n}`)],
  ['a choice that nobody can make', 449, EPHEMERAL('L{v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\na=crypto:$\r\n}')],
  ['a property that is not in its package', 450, 'C=-{MF=line/2{M{TS{al/x=1}}}}'],
  ['an event that is not in its package', 451, 'C=-{MF=line/2{E=1{al/xx}}}'],
  ['a buffered event that is not in its package', 451, 'C=-{MF=line/2{EB{al/xx}}}'],
  ['a signal that is not in its package', 452, 'C=-{MF=line/2{SG{cg/xx}}}'],
  ['a statistic that is not in its package', 453, 'C=1{MF=rtp/1{SA{rtp/xx}}}', 3],
  ['a property in the wrong descriptor', 455, 'C=-{MF=line/2{M{TS{tdmc/ec=on}}}}'],
  ['the service state of ROOT', 455, 'C=-{MF=ROOT{M{TS{SI=OS}}}}'],
  ['a property that appears twice', 456, 'C=-{MF=line/2{M{O{MO=IN,tdmc/ec=on,tdmc/ec=off}}}}'],
  ['a bearer that cannot be added', 471, 'C=1{A=rtp/${MX=H223{line/3}}}'],
  ['a bearer that is unknown', 471, 'C=1{A=rtp/${MX=H223{line/9}}}'],
  ['bearers outside of contexts', 471, 'C=-{MF=line/2{MX=H223{line/3}}}'],
  ['a session without media', 472, EPHEMERAL('L{v=0\r\nc=IN IP4 $\r\n}')],
  ['a far side without an address', 472, EPHEMERAL(`${LOCAL(0)},R{v=0\r\nm=audio 4000 RTP/AVP 0\r\n}`)],
  ['no codec that is known', 510, EPHEMERAL(LOCAL(18))],
  ['no codec of the far side that is known', 510, EPHEMERAL(`${LOCAL(0)},${remote(4000, '18')}`)],
  ['an address that is not the gateway’s', 510, EPHEMERAL('L{v=0\r\nc=IN IP4 10.9.9.9\r\nm=audio 4000 RTP/AVP 0\r\n}')],
  ['video', 515, EPHEMERAL(LOCAL(31, 'video'))],
  ['a session of a telephone', 515, `C=-{MF=line/2{M{${LOCAL(0)}}}}`],
  ['a loopback at a telephone', 517, 'C=-{MF=line/2{M{O{MO=LB}}}}'],
  ['a digit map that nobody defined', 520, 'C=-{AV=line/2{AT{DM=nobody}}}', 2],
  ['a topology for one side of a call only', 522, 'C=1{TP{line/1,rtp/1,OWE}}', 3],
  ['an audited property that is not there', 532, 'C=-{AV=line/2{AT{M{TS{al/x}}}}}', 2],
  ['an audited event that is not there', 532, 'C=-{AV=line/2{AT{E=1{al/xx}}}}', 2],
  ['an audited stream that is not there', 532, 'C=1{AV=line/1{AT{M{ST=7{O{MO}}}}}}', 2],
  ['a read-only property', 534, 'C=-{MF=ROOT{M{TS{root/maxNumberOfContexts=5}}}}'],
];

describe('what a gateway refuses', () => {
  for (const [why, code, text, version = 1] of REFUSED) {
    it(`${why} is an error ${code}`, () => {
      const made = gateway(TRUNK);
      made.told();
      const { contexts } = made;
      expect(made.codes(text, version)).to.equal(String(code));
      expect(made.told(), 'nothing has happened').to.deep.equal([]);
      expect(made.contexts).to.equal(contexts);
    });
  }

  it('one context too many is an error 412', () => {
    expect(gateway({ maxContexts: 2 }).ask('C=${A=line/2}')).to.equal('C=-{A=line/2{ER=412}}');
  });

  it('a CHOOSE when all are taken is an error 432', () => {
    const made = gateway();
    made.ask('C=1{A=line/$}');
    expect(made.ask('C=1{A=line/$}')).to.equal('C=1{A=line/${ER=432}}');
  });

  it('one termination too many is an error 434', () => {
    const made = gateway({ maxTerminationsPerContext: 2 });
    expect(made.codes('C=1{A=line/2}')).to.equal('434');
    expect(made.codes('C=1{MV=line/3}')).to.equal('434');
    expect(made.codes('C=2{A=rtp/${MX=H223{line/2}}}')).to.equal('434');
  });

  it('what the text codec would not let through: a descriptor twice is an error 448, a property without a package 445, priority 16 449', () => {
    const made = gateway();
    const refusal = (action: Omit<ActionRequest, 'contextId'>): string =>
      replyText(made.executor.execute([{ contextId: 1, ...action }], 0).result);
    const signals = { kind: 'signals', signals: [] } as const;
    const state = { kind: 'media', terminationState: { properties: [{ name: 'level', value: word(1) }] }, streams: [] } as const;
    const modify = { kind: 'modify', terminationId: 'line/1' } as const;
    expect(refusal({ commands: [{ ...modify, descriptors: [signals, signals] }] })).to.equal('C=1{MF=line/1{ER=448}}');
    expect(refusal({ commands: [{ ...modify, descriptors: [state] }] })).to.equal('C=1{MF=line/1{ER=445}}');
    expect(refusal({ properties: { priority: 16 }, commands: [] })).to.equal('C=1{ER=449}');
  });

  it('what is out of service is neither added nor moved: 502', () => {
    const made = gateway();
    made.ask('C=-{MF=line/2{M{TS{SI=OS}}}},C=1{MF=line/1{M{TS{SI=OS},ST=1{O{MO=SR}}}}}');
    expect(made.codes('C=1{A=line/2}')).to.equal('502');
    expect(made.codes('C=2{MV=line/1}')).to.equal('502');
    expect(made.codes('C=1{A=line/$}')).to.equal('432');
  });

  it('no port is an error 510, and no port is kept', () => {
    const made = gateway();
    made.plane.left = 1;
    expect(made.codes(`C=1{A=rtp/\${M{ST=1{O{MO=RC},${LOCAL(0)}},ST=2{O{MO=RC},${LOCAL(0)}}}}}`)).to.equal('510');
    expect(made.plane.taken.size).to.equal(1);
    expect(made.contexts).to.equal('1{line/1 rtp/1} 2{line/3}');
  });

  it('a termination whose ServiceChange is under way takes no commands: 521', () => {
    const made = gateway();
    made.find('line/2').isServiceChanging = true;
    expect(made.codes('C=1{A=line/2}')).to.equal('521');
    expect(made.codes('C=-{MF=line/2}')).to.equal('521');
    expect(made.codes('C=-{AV=line/2{AT{}}}')).to.equal('');
  });

  it('a hook that is not as it should be is an error 540', () => {
    const made = gateway();
    made.find('line/2').hook = 'off';
    expect(made.codes('C=-{MF=line/2{E=1{al/of{strict=failWrong}}}}')).to.equal('540');
  });

  it('a ServiceChange is answered as the gateway decides, for each termination', () => {
    const made = new GatewayOfTests(
      {},
      {
        change: (_parameters, { id }) =>
          id === 'line/1' ? { ok: true, value: undefined } : { ok: false, refusal: { code: 501, text: 'no' } },
      },
    );
    expect(made.ask('C=-{SC=*{SV{MT=FO,RE="905 x"}},MF=line/1}')).to.equal('C=-{SC=line/1,SC=line/2{ER=501}}');
    expect(made.codes('C=-{SC=line/9{SV{MT=FO,RE="905 x"}}}')).to.equal('430');
  });
});
