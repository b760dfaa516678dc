import { expect } from 'chai';
import { ALL_REQUESTS } from '../../message/index.js';
import { faultOf, plain, readDescriptor, readReplyText, readRequest, readReturns } from './testing.js';

const one = (text: string, quoted = false): unknown => ({ kind: 'one', value: { text, quoted } });

function refused(text: string, version = 1): string {
  return faultOf(`!/${version} mg1 T=1{C=1{MF=a{${text}}}}`).code;
}

describe('media in text', () => {
  it('streams with ids, each with control, local and remote', () => {
    const text = 'M{TS{SI=OS,BF=SP,g/x=1},ST=1{O{MO=SR,RV=ON,RG=off,nt/jit=40},L{\r\nv=0\r\nc=IN IP4 $\r\n},R{v=0}},ST=2{O{MO=IN}}}';
    expect(readDescriptor(text)).to.deep.equal({
      kind: 'media',
      terminationState: { properties: [{ name: 'g/x', value: one('1') }], eventBufferControl: 'lock-step', serviceState: 'out-of-service' },
      streams: [
        {
          id: 1,
          localControl: {
            mode: 'send-receive',
            reserveValue: true,
            reserveGroup: false,
            properties: [{ name: 'nt/jit', value: one('40') }],
          },
          local: { sdp: 'v=0\r\nc=IN IP4 $' },
          remote: { sdp: 'v=0' },
        },
        { id: 2, localControl: { mode: 'inactive', properties: [] } },
      ],
    });
  });

  it('the only stream has no id', () => {
    expect(readDescriptor('Media{LocalControl{Mode=ReceiveOnly},Local{}}')).to.deep.equal({
      kind: 'media',
      streams: [{ localControl: { mode: 'receive-only', properties: [] }, local: { sdp: '' } }],
    });
    expect(refused('M{O{MO=SR},ST=1{O{MO=SR}}}')).to.equal('megaco.parse.media');
  });

  it('the octets of an SDP are kept as they are: case, commas, braces behind a backslash, octets above 127, comments', () => {
    const [media] = readReturns('M{L{\nv=0\ns=Caf\xe9; {no comment,\na=x:\\}Y\n}}');
    expect(media?.kind === 'media' ? media.streams[0]?.local?.sdp : undefined).to.equal('v=0\ns=Caf\xe9; {no comment,\na=x:}Y');
  });

  it('version 3 has statistics in a stream', () => {
    expect(readDescriptor('M{ST=1{SA{nt/dur,rtp/ps=100}}}', 3)).to.deep.equal({
      kind: 'media',
      streams: [{ id: 1, statistics: { kind: 'statistics', statistics: [{ name: 'nt/dur' }, { name: 'rtp/ps', value: one('100') }] } }],
    });
  });

  it('values come alone, in relations, ranges and lists, bare or quoted', () => {
    const media = readDescriptor('M{O{a/b="two words",a/c>1,a/d<2,a/e#3,a/f=[1:"9"],a/g=[1,2],a/h={1,2},*/*=0,a/*=$}}');
    const properties = (media as { streams: { localControl: { properties: unknown[] } }[] }).streams[0]?.localControl.properties;
    const v = (text: string, quoted = false): unknown => ({ text, quoted });
    expect(properties).to.deep.equal([
      { name: 'a/b', value: one('two words', true) },
      { name: 'a/c', value: { kind: 'relation', relation: 'greater', value: v('1') } },
      { name: 'a/d', value: { kind: 'relation', relation: 'smaller', value: v('2') } },
      { name: 'a/e', value: { kind: 'relation', relation: 'unequal', value: v('3') } },
      { name: 'a/f', value: { kind: 'range', from: v('1'), to: v('9', true) } },
      { name: 'a/g', value: { kind: 'sublist', values: [v('1'), v('2')] } },
      { name: 'a/h', value: { kind: 'alternatives', values: [v('1'), v('2')] } },
      { name: '*/*', value: one('0') },
      { name: 'a/*', value: one('$') },
    ]);
  });

  it('what stands once stands once, and what is no name is none', () => {
    const O = (text: string): string => refused(`M{O{${text}}}`);
    for (const text of ['MO=SR,MO=SO', 'RV=ON,RV=ON', 'RG=ON,RG=OFF']) expect(O(text), text).to.equal('megaco.parse.duplicate');
    for (const text of ['x', 'x=1', '/b=1', 'a/=1', 'a/b/c=1', '*/b=1', 'a-b/c=1', `${'a'.repeat(65)}/b=1`])
      expect(O(text), text).to.equal('megaco.parse.name');
    for (const text of ['a/b', 'a/b!=5', 'a/b=', 'a/b=[1:2', 'a/b={}', 'a/b=[1:2:3]', 'MO'])
      expect(O(text), text).to.match(/^megaco\.parse\.(syntax|name)$/);
    for (const text of ['M{TS{SI=TE,SI=IV}}', 'M{TS{SI=IV},TS{SI=IV}}', 'M{L{v=0},L{v=0}}', 'M{R{v=0},R{v=0}}', 'M{O{MO=SR},O{MO=SR}}'])
      expect(refused(text), text).to.equal('megaco.parse.duplicate');
  });

  it('modems and multiplexers have types of the document, or extensions', () => {
    expect(readDescriptor('MD=V22b{g/x=1}')).to.deep.equal({
      kind: 'modem',
      types: ['v22bis'],
      properties: [{ name: 'g/x', value: one('1') }],
    });
    expect(readDescriptor('Modem[V18,SynchISDN,X-fast]')).to.deep.equal({
      kind: 'modem',
      types: ['v18', 'synchisdn', 'X-fast'],
      properties: [],
    });
    expect(readDescriptor('MX=N64{a/1,a/2}', 2)).to.deep.equal({ kind: 'mux', type: 'nx64k', terminationIds: ['a/1', 'a/2'] });
    expect(refused('MD=V19')).to.equal('megaco.parse.value');
    expect(refused('MX=V18{a}')).to.equal('megaco.parse.value');
  });
});

describe('events in text', () => {
  it('no events are a bare token, or empty braces', () => {
    for (const text of ['E', 'Events', 'E{}', 'Events { }'])
      expect(readDescriptor(text), text).to.deep.equal({ kind: 'events', events: [] });
    expect(refused('E=1{}')).to.equal('megaco.parse.name');
    expect(refused('E=1')).to.equal('megaco.parse.syntax');
  });

  it('parameters, streams, digit maps by name, by value in both spellings, and what is embedded', () => {
    const text =
      'E=*{al/of{strict=state,ST=2,KA},dd/ce{DM=dm0},dd/ce{DM={T:16, s:3,L:8,Z:5,(100x|9x.)}},dd/ce{DM{x.}},al/on{EM{SG{cg/dt},E=3{al/of{EM{SG}}}}}}';
    expect(readDescriptor(text)).to.deep.equal({
      kind: 'events',
      requestId: ALL_REQUESTS,
      events: [
        { name: 'al/of', streamId: 2, keepActive: true, parameters: [{ name: 'strict', value: one('state') }] },
        { name: 'dd/ce', digitMap: { kind: 'name', name: 'dm0' }, parameters: [] },
        {
          name: 'dd/ce',
          digitMap: { kind: 'value', value: { start: 16, short: 3, long: 8, duration: 5, body: '(100x|9x.)' } },
          parameters: [],
        },
        { name: 'dd/ce', digitMap: { kind: 'value', value: { body: 'x.' } }, parameters: [] },
        {
          name: 'al/on',
          embeddedSignals: [{ kind: 'signal', name: 'cg/dt', parameters: [] }],
          embeddedEvents: { requestId: 3, events: [{ name: 'al/of', embeddedSignals: [], parameters: [] }] },
          parameters: [],
        },
      ],
    });
  });

  it('words that are tokens elsewhere are parameter names where they look like one', () => {
    expect(readDescriptor('E=1{a/b{ka=1,em=2,a=3,t=4,x-y1=5,s>6}}')).to.have.nested.property('events[0].parameters.length', 6);
    expect(readDescriptor('E=1{a/b{rse=1,nbin=2}}', 3)).to.have.nested.property('events[0].parameters.length', 2);
  });

  it('tokens of version 3 are names in version 1', () => {
    expect(readDescriptor('SG{an/apf{di=ext,spadi=ex}}')).to.have.nested.property('signals[0].parameters.length', 2);
    expect(readDescriptor('SG{an/apf{di=ext,spadi=ex}}', 3)).to.deep.equal({
      kind: 'signals',
      signals: [{ kind: 'signal', name: 'an/apf', direction: 'external', parameters: [{ name: 'di', value: one('ext') }] }],
    });
  });

  it('version 3 says when to notify, and resets', () => {
    expect(readDescriptor('E=1{a/b{NBIN,RSE},a/c{NeverNotify},a/d{NBRN},a/e{NBRN{EM{SG{cg/rt},E=2{al/on}}}}}', 3)).to.deep.equal({
      kind: 'events',
      requestId: 1,
      events: [
        { name: 'a/b', notifyBehaviour: { kind: 'immediate' }, resetEvents: true, parameters: [] },
        { name: 'a/c', notifyBehaviour: { kind: 'never' }, parameters: [] },
        { name: 'a/d', notifyBehaviour: { kind: 'regulated' }, parameters: [] },
        {
          name: 'a/e',
          notifyBehaviour: {
            kind: 'regulated',
            embeddedSignals: [{ kind: 'signal', name: 'cg/rt', parameters: [] }],
            embeddedEvents: { requestId: 2, events: [{ name: 'al/on', parameters: [] }] },
          },
          parameters: [],
        },
      ],
    });
  });

  it('events that are embedded embed no events', () => {
    expect(refused('E=1{al/of{EM{E=2{al/on{EM{E=3{al/of}}}}}}}')).to.equal('megaco.parse.embed');
    expect(refused('E=1{al/of{EM{SG,SG}}}')).to.equal('megaco.parse.embed');
    expect(refused('E=1{al/of{EM{}}}')).to.equal('megaco.parse.embed');
    expect(refused('E=1{al/of{EM{SG},EM{SG}}}')).to.equal('megaco.parse.duplicate');
  });

  it('timers of a digit map have two digits, once each', () => {
    for (const map of ['T:100,x', 'T:,x', 'Q:1,x', 'T:1,T:2,x', 'T:1 x', 'S:a,x'])
      expect(refused(`DM=d{${map}}`), map).to.equal('megaco.parse.digit-map');
  });

  it('the digit map of a termination has a name, a map or both', () => {
    expect(readDescriptor('DM=d0')).to.deep.equal({ kind: 'digit-map', name: 'd0' });
    expect(readDescriptor('DigitMap = { (0S|[1-7]x.) }')).to.deep.equal({ kind: 'digit-map', value: { body: '(0S|[1-7]x.)' } });
    expect(readDescriptor('DM{x}')).to.deep.equal({ kind: 'digit-map', value: { body: 'x' } });
    expect(readDescriptor('DM=d0{\n(0|\n 1)\n}')).to.deep.equal({ kind: 'digit-map', name: 'd0', value: { body: '(0|\n 1)' } });
    expect(refused('DM')).to.equal('megaco.parse.syntax');
  });

  it('an event buffer lists events with streams and parameters', () => {
    expect(readDescriptor('EB')).to.deep.equal({ kind: 'event-buffer', events: [] });
    expect(readDescriptor('EB{al/of{ST=1,strict=exact},*/*}')).to.deep.equal({
      kind: 'event-buffer',
      events: [
        { name: 'al/of', streamId: 1, parameters: [{ name: 'strict', value: one('exact') }] },
        { name: '*/*', parameters: [] },
      ],
    });
  });

  it('observed events have a time, a stream and parameters', () => {
    const notify = readRequest('N=line/1{OE=7{20261122T14240618:al/of{init=off},dd/ce{ds="1002",Meth=UM,ST=3}},ER=500{"x"}}');
    expect(plain(notify)).to.deep.equal({
      kind: 'notify',
      terminationId: 'line/1',
      observed: {
        kind: 'observed-events',
        requestId: 7,
        events: [
          { name: 'al/of', time: '20261122T14240618', parameters: [{ name: 'init', value: one('off') }] },
          {
            name: 'dd/ce',
            streamId: 3,
            parameters: [
              { name: 'ds', value: one('1002', true) },
              { name: 'Meth', value: one('UM') },
            ],
          },
        ],
      },
      error: { kind: 'error', code: 500, text: 'x' },
    });
  });
});

describe('signals in text', () => {
  it('no signals are a bare token, or empty braces', () => {
    for (const text of ['SG', 'Signals', 'SG{}', 'Signals { }'])
      expect(readDescriptor(text), text).to.deep.equal({ kind: 'signals', signals: [] });
  });

  it('every setting, and lists', () => {
    const text = 'SG{cg/rt{ST=1,SY=TO,DR=20,NC={TO,IBE,IBS,OR,IR},KA,SPADI=B,SPARQ=*,SPAIS=30,x=1},SL=4{cg/bt,cg/ct{SY=OO}}}';
    expect(readDescriptor(text, 3)).to.deep.equal({
      kind: 'signals',
      signals: [
        {
          kind: 'signal',
          name: 'cg/rt',
          streamId: 1,
          type: 'time-out',
          duration: 20,
          notifyCompletion: ['time-out', 'interrupted-by-event', 'interrupted-by-signals', 'other', 'iteration'],
          keepActive: true,
          direction: 'both',
          requestId: ALL_REQUESTS,
          interSignalDelay: 30,
          parameters: [{ name: 'x', value: one('1') }],
        },
        {
          kind: 'signal-list',
          id: 4,
          signals: [
            { kind: 'signal', name: 'cg/bt', parameters: [] },
            { kind: 'signal', name: 'cg/ct', type: 'on-off', parameters: [] },
          ],
        },
      ],
    });
  });

  it('what stands once stands once', () => {
    for (const text of ['SY=OO,SY=BR', 'DR=1,DR=2', 'ST=1,ST=1', 'NC={TO},NC={TO}'])
      expect(refused(`SG{cg/rt{${text}}}`), text).to.equal('megaco.parse.duplicate');
  });
});

describe('audits in text', () => {
  const audit = (text: string): unknown => {
    const request = readRequest(`AV=a{AT{${text}}}`, 3);
    return request.kind === 'audit-value' ? plain(request.audit) : undefined;
  };

  it('whole descriptors by their tokens', () => {
    expect(audit('')).to.deep.equal({ kind: 'audit', items: [] });
    expect(audit('M,MD,MX,E,SG,SG{},DM,SA,OE,PG,EventBuffer')).to.deep.equal({
      kind: 'audit',
      items: [
        'media',
        'modem',
        'mux',
        'events',
        'signals',
        'signals',
        'digit-map',
        'statistics',
        'observed-events',
        'packages',
        'event-buffer',
      ],
    });
  });

  it('single properties, and selection by value', () => {
    const text =
      'M{TS{SI,BF=OFF,g/x>1},ST=1{O{MO=RC,RV,RG,nt/jit},L,SA{nt/dur}}},E=7{al/of},EB{al/on{ST=2}},EB{al/on{strict}},SG{cg/rt{SPARQ=4}},SG{SL=2{cg/bt}},DM=d0,SA{nt/os},PG{al-1}';
    expect(audit(text)).to.deep.equal({
      kind: 'audit',
      items: [],
      individual: [
        {
          kind: 'media',
          terminationState: {
            properties: [{ name: 'g/x', value: { kind: 'relation', relation: 'greater', value: { text: '1', quoted: false } } }],
            eventBufferControlIs: 'off',
            serviceState: true,
          },
          streams: [
            {
              id: 1,
              localControl: { reserveValue: true, reserveGroup: true, modeIs: 'receive-only', properties: [{ name: 'nt/jit' }] },
              local: { properties: [] },
              statistics: 'nt/dur',
            },
          ],
        },
        { kind: 'events', requestId: 7, name: 'al/of' },
        { kind: 'event-buffer', name: 'al/on', streamId: 2 },
        { kind: 'event-buffer', name: 'al/on', parameterName: 'strict' },
        { kind: 'signal', name: 'cg/rt', requestId: 4 },
        { kind: 'signal-list', id: 2, signal: { kind: 'signal', name: 'cg/bt' } },
        { kind: 'digit-map', name: 'd0' },
        { kind: 'statistics', name: 'nt/os' },
        { kind: 'packages', name: 'al', version: 1 },
      ],
    });
  });

  it('what can be audited as a whole only has no parts', () => {
    for (const text of ['MX{x}', 'MD=V18', 'OE=1{al/of}']) expect(() => audit(text), text).to.throw('megaco.parse.audit');
  });

  it('a reply lists descriptors, and bare tokens of those that are empty', () => {
    expect(plain(readReturns('ER=502{},E,SG,EB,M,DM,SA{nt/os=1},MX,PG{al-1,it-2},OE=1{al/of}'))).to.deep.equal([
      { kind: 'error', code: 502 },
      { kind: 'events', events: [] },
      { kind: 'signals', signals: [] },
      { kind: 'event-buffer', events: [] },
      { kind: 'audit', items: ['media', 'digit-map'] },
      { kind: 'statistics', statistics: [{ name: 'nt/os', value: one('1') }] },
      { kind: 'audit', items: ['mux'] },
      {
        kind: 'packages',
        packages: [
          { name: 'al', version: 1 },
          { name: 'it', version: 2 },
        ],
      },
      { kind: 'observed-events', requestId: 1, events: [{ name: 'al/of', parameters: [] }] },
    ]);
    expect(() => readReturns('AT{M}')).to.throw('megaco.parse.descriptor');
    expect(() => readReturns('')).to.throw('megaco.parse');
  });
});

describe('service changes in text', () => {
  it('a registration', () => {
    const change = readRequest('SC=ROOT{SV{MT=RS,V=1,RE="901 Cold Boot",20261122T14240565,PF=ResGW/1,DL=5,AD=[10.0.0.1]:2944,X-a=b}}');
    expect(plain(change)).to.deep.equal({
      kind: 'service-change',
      terminationId: 'ROOT',
      parameters: {
        method: 'restart',
        reason: '901 Cold Boot',
        delay: 5,
        address: { kind: 'ip4', address: '10.0.0.1', port: 2944 },
        profile: { name: 'ResGW', version: 1 },
        version: 1,
        timeStamp: '20261122T14240565',
        extensions: [{ name: 'X-a', value: one('b') }],
      },
    });
  });

  it('methods of the document and extensions; a bare number as reason; what changed; incomplete', () => {
    const change = (text: string): unknown => (plain(readRequest(`SC=a{SV{${text}}}`, 3)) as { parameters: unknown }).parameters;
    expect(change('MT=HO,RE="903 MGC Directed Change",MG=<mgc2>:2944')).to.deep.equal({
      method: 'handoff',
      reason: '903 MGC Directed Change',
      mgcId: { kind: 'domain', name: 'mgc2', port: 2944 },
    });
    expect(change('RE=900,MT=x+Own1,AD=2945,SIC')).to.deep.equal({
      method: 'X+Own1',
      reason: '900',
      address: { kind: 'port', port: 2945 },
      incomplete: true,
    });
    expect(change('MT=FO,RE="916",PG,M{TS{SI}}')).to.deep.equal({
      method: 'forced',
      reason: '916',
      info: {
        kind: 'audit',
        items: ['packages'],
        individual: [{ kind: 'media', terminationState: { properties: [], serviceState: true }, streams: [] }],
      },
    });
  });

  it('a reply has no method', () => {
    expect(plain(readReplyText('SC=ROOT{SV{V=2,AD=mg1,PF=a/1,20261122T14240565}}'))).to.deep.equal({
      kind: 'service-change',
      terminationId: 'ROOT',
      result: {
        address: { kind: 'device', name: 'mg1' },
        profile: { name: 'a', version: 1 },
        version: 2,
        timeStamp: '20261122T14240565',
      },
    });
    expect(() => readReplyText('SC=ROOT{SV{MT=RS}}')).to.throw('megaco.parse.unknown');
  });

  it('an address and an MgcId together, twice the same, and wrong values are refused', () => {
    const change = (text: string): string => faultOf(`!/1 mg1 T=1{C=-{SC=ROOT{SV{MT=RS,RE="901",${text}}}}}`).code;
    expect(change('AD=1,MG=mg2')).to.equal('megaco.parse.service-change');
    expect(change('MG=mg2,AD=1')).to.equal('megaco.parse.service-change');
    for (const text of ['MT=RS', 'RE="1"', 'V=1,V=1', 'DL=1,DL=1', 'PF=a/1,PF=a/1', 'AD=1,AD=1', '20261122T14240565,20261122T14240565'])
      expect(change(text), text).to.equal('megaco.parse.duplicate');
    for (const text of [
      'AD=65536',
      'V=100',
      'DL=4294967296',
      'PF=a',
      'PF=a/100',
      'FOO',
      '20261122T1424056',
      '20261122X14240565',
      'MG=[1.2.3]',
    ])
      expect(change(text), text).to.match(/^megaco\.parse\.(number|version|unknown|mid)$/);
  });
});
