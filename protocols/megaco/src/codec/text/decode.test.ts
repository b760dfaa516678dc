import { expect } from 'chai';
import { ALL_CONTEXTS, CHOOSE_CONTEXT, NULL_CONTEXT } from '../../message/index.js';
import { decode } from './decode.js';
import { faultOf, plain, read, readAction, readReplyText, readRequest, transactionsOf } from './testing.js';

describe('the header of a text message', () => {
  const mIds: readonly [text: string, mId: unknown][] = [
    ['[10.0.0.1]:2944', { kind: 'ip4', address: '10.0.0.1', port: 2944 }],
    ['[010.000.0.001]', { kind: 'ip4', address: '10.0.0.1' }],
    ['[2001:DB8:0:0::1]:2944', { kind: 'ip6', address: '2001:db8::1', port: 2944 }],
    ['<mgc.example.com>:2944', { kind: 'domain', name: 'mgc.example.com', port: 2944 }],
    ['<mgc-1_a>', { kind: 'domain', name: 'mgc-1_a' }],
    ['mg1', { kind: 'device', name: 'mg1' }],
    ['gw/slot1@mg.example.com', { kind: 'device', name: 'gw/slot1@mg.example.com' }],
    ['MTP{0A1B}', { kind: 'mtp', address: '0a1b' }],
    ['mtp { 0a1b2c3d }', { kind: 'mtp', address: '0a1b2c3d' }],
  ];
  for (const [text, mId] of mIds) {
    it(`the identifier ${text} is read`, () => expect(plain(read(`MEGACO/1 ${text} PN=1{}`).mId)).to.deep.equal(mId));
  }

  for (const text of [
    '[10.0.0.256]',
    '[10.0.0]',
    '[::1::2]',
    '[1:2:3:4:5:6:7:8::]',
    '[fe80::1%eth0]',
    '[10.0.0.1',
    '<>',
    '<-a>',
    '<a',
    '<a b>',
    'MTP{0}',
    'MTP{0A1}',
    'MTP{0A1B2C3D4E}',
    'a#b',
    'x'.repeat(65),
  ]) {
    it(`the identifier ${text.slice(0, 24)} is refused with 400`, () => {
      expect(faultOf(`!/1 ${text} PN=1{}`)).to.include({ errorCode: 400, blame: 'remote' });
    });
  }

  it('a port above 65535 is refused', () => {
    expect(faultOf('!/1 [10.0.0.1]:65536 PN=1{}').code).to.equal('megaco.parse.number');
  });

  it('the identifier may be missing from no message', () => {
    for (const text of ['!/1 T=1{C=-{N=a{OE=1{al/of}}}}', '!/1', '!/1 ', '!/1 {'])
      expect(faultOf(text).code, text).to.equal('megaco.parse.mid');
  });

  it('both spellings of the first token, in any case, with or without a blank behind an address', () => {
    for (const text of [
      '!/1 [::1]PN=1{}',
      'megaco/1 [::1] PN=1{}',
      ' \r\n; hello\nMeGaCo/1\n[::1]\nPending=1{ }',
      '!/1[::1]\tpn = 1 { } ; bye',
    ]) {
      expect(plain(read(text)), text).to.deep.equal({
        version: 1,
        mId: { kind: 'ip6', address: '::1' },
        body: { kind: 'transactions', transactions: [{ kind: 'pending', transactionId: 1 }] },
      });
    }
  });

  for (const version of [0, 4, 9, 99, 100]) {
    it(`version ${version} is answered with 406`, () => {
      expect(faultOf(`MEGACO/${version} mg1 T=7{C=-{N=a{OE=1{al/of}}}}`)).to.include({ code: 'megaco.parse.version', errorCode: 406 });
    });
  }

  for (const text of ['', ' ', 'T=1{}', 'MEGACO 1 mg1', 'MEGACO/x mg1', '\u00ef\u00bb\u00bf!/1 mg1 PN=1{}', '!/1 mg1', '!/1 mg1 hello']) {
    it(`${JSON.stringify(text)} is no message: 400`, () => expect(faultOf(text).errorCode).to.equal(400));
  }

  it('an octet zero anywhere is refused where it stands', () => {
    expect(faultOf('!/1 mg1 T=1{C=1{A=a{M{L{\nv=0\0\n}}}}}')).to.include({ code: 'megaco.parse.octet', offset: 28 });
  });

  it('the authentication header is read, its hex digits in lower case', () => {
    const message = read('Authentication = 0x12ABCDEF:0x00000001:0x0123456789ABCDEF01234567\n!/1 mg1 PN=1{}');
    expect(message.authentication).to.deep.equal({
      parameterIndex: '12abcdef',
      sequenceNumber: '00000001',
      data: '0123456789abcdef01234567',
    });
  });

  for (const header of [
    '0x123:0x00000001:0x0123456789ABCDEF01234567',
    '0x12345678:0x00000001:0x01',
    '12345678:0x00000001:0x0123456789ABCDEF01234567',
  ]) {
    it(`the authentication header ${header} is refused`, () => {
      expect(faultOf(`AU=${header} !/1 mg1 PN=1{}`).code).to.equal('megaco.parse.authentication');
    });
  }
});

describe('transactions in text', () => {
  it('an error may stand for the whole body', () => {
    expect(plain(read('!/1 mg1 ER=406{"Version not supported"}').body)).to.deep.equal({
      kind: 'error',
      code: 406,
      text: 'Version not supported',
    });
    expect(plain(read('!/1 mg1 Error = 400 { } \n').body)).to.deep.equal({ kind: 'error', code: 400 });
    expect(faultOf('!/1 mg1 ER=406{}PN=1{}').code).to.equal('megaco.parse.trailing');
    expect(faultOf('!/1 mg1 PN=1{}ER=406{}').errorCode).to.equal(400);
  });

  it('several of all kinds follow one another in one message', () => {
    const kinds = transactionsOf('!/3 mg1 K{1-5,8}PN=9{}T=0{C=-{S=a}}\nP=4294967295{C=1{S=a}} SM=5/2/END SM=6/3');
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['ack', 'pending', 'request', 'reply', 'segment-reply', 'segment-reply']);
    expect(plain(kinds[0])).to.deep.equal({ kind: 'ack', ranges: [{ first: 1, last: 5 }, { first: 8 }] });
    expect(plain(kinds[4])).to.deep.equal({ kind: 'segment-reply', transactionId: 5, segment: { number: 2, complete: true } });
    expect(plain(kinds[5])).to.deep.equal({ kind: 'segment-reply', transactionId: 6, segment: { number: 3, complete: false } });
  });

  it('a range of acknowledgements is kept as a range, however long, and in whichever direction', () => {
    expect(plain(transactionsOf('!/1 mg1 K{1-4294967295,9-7}')[0])).to.deep.equal({
      kind: 'ack',
      ranges: [
        { first: 1, last: 4_294_967_295 },
        { first: 9, last: 7 },
      ],
    });
  });

  it('a reply may be one error, and may ask for an acknowledgement', () => {
    expect(plain(transactionsOf('!/1 mg1 P=7{ER=505{"Before reply"}}')[0])).to.deep.equal({
      kind: 'reply',
      transactionId: 7,
      result: { kind: 'error', code: 505, text: 'Before reply' },
    });
    expect(plain(transactionsOf('!/1 mg1 P=5{IA,C=1{S=a}}')[0])).to.deep.include({ kind: 'reply', immAckRequired: true });
  });

  it('segments of a reply are numbered, the last one marked in either spelling', () => {
    const segments = ['P=8/1{C=1}', 'P=8/2/&{C=1}', 'Reply=8/2/END{Context=1}'].map((text) => transactionsOf(`!/3 mg1 ${text}`)[0]);
    expect(segments.map((each) => plain(each?.kind === 'reply' ? each.segment : undefined))).to.deep.equal([
      { number: 1, complete: false },
      { number: 2, complete: true },
      { number: 2, complete: true },
    ]);
  });

  const broken: readonly [text: string, errorCode: number][] = [
    ['T=1{}', 422],
    ['T=x{C=1{S=a}}', 403],
    ['T=4294967296{C=1{S=a}}', 403],
    ['T{C=1{S=a}}', 403],
    ['PN=1', 403],
    ['K{}', 403],
    ['K{1-}', 403],
    ['P=1{C=1{S=a}', 403],
    ['T=1{C=1{}}', 422],
    ['T=1{C=1{S=a}}}', 400],
    ['T=1{C=1{S=a}},T=2{C=1{S=a}}', 400],
    ['T=1{C=1{S=a},}', 422],
    ['T=1{C=1{S=a}} and more', 400],
    ['SM=5', 403],
    ['SM=5/x', 403],
    ['SM=5/2/LAST', 403],
    ['P=1{IA C=1{S=a}}', 403],
  ];
  for (const [text, errorCode] of broken) {
    it(`${text} is answered with ${errorCode}`, () => expect(faultOf(`!/1 mg1 ${text}`)).to.include({ errorCode }));
  }
});

describe('actions in text', () => {
  it('contexts are numbers or one of three signs', () => {
    const ids = transactionsOf('!/1 mg1 T=1{C=-{S=a},C=${S=a},C=*{S=a},C=4294967293{S=a}}').flatMap((each) =>
      each.kind === 'request' ? each.actions.map(({ contextId }) => contextId) : [],
    );
    expect(ids).to.deep.equal([NULL_CONTEXT, CHOOSE_CONTEXT, ALL_CONTEXTS, 4_294_967_293]);
  });

  for (const id of ['0', '4294967294', '4294967295', '99999999999', '+', '--', '']) {
    it(`the context ${JSON.stringify(id)} is answered with 410`, () =>
      expect(faultOf(`!/1 mg1 T=1{C=${id}{S=a}}`).errorCode).to.equal(410));
  }

  it('properties come first, then what is asked, then commands', () => {
    expect(plain(readAction('TP{a,b,OW,*,*,IS,ST=1},PR=6,EG,CA{TP,EG,PR},S=a', 2))).to.deep.equal({
      contextId: 1,
      properties: {
        priority: 6,
        emergency: true,
        topology: [
          { from: 'a', to: 'b', direction: 'oneway' },
          { from: '*', to: '*', direction: 'isolate', streamId: 1 },
        ],
      },
      audit: { topology: true, emergency: true, priority: true },
      commands: [{ kind: 'subtract', terminationId: 'a' }],
    });
  });

  it('version 3 has attributes, lists of contexts, and selection', () => {
    expect(
      plain(readAction('EGO,IEPS=ON,CT{tdmc/gain={2,4},CLT={7,8}},CA{IEPS,nt/jit,tdmc/gain>2,PR=10,EGV=EGO,IEPS=OFF,ORLgc}', 3)),
    ).to.deep.equal({
      contextId: 1,
      properties: {
        emergency: false,
        iepsCall: true,
        properties: [
          {
            name: 'tdmc/gain',
            value: {
              kind: 'alternatives',
              values: [
                { text: '2', quoted: false },
                { text: '4', quoted: false },
              ],
            },
          },
        ],
        contextList: [7, 8],
      },
      audit: {
        iepsCall: true,
        properties: [
          { name: 'nt/jit' },
          { name: 'tdmc/gain', value: { kind: 'relation', relation: 'greater', value: { text: '2', quoted: false } } },
        ],
        priorityIs: 10,
        emergencyIs: false,
        iepsCallIs: false,
        logic: 'or',
      },
      commands: [],
    });
  });

  it('the directions of version 3 stand alone or behind the one they extend', () => {
    const topology = readAction('TP{a,b,OWE,a,c,OW,OWB,a,d,BW},S=a', 3).properties?.topology ?? [];
    expect(topology.map(({ to, direction }) => `${to} ${direction}`)).to.deep.equal(['b oneway-external', 'c oneway-both', 'd bothway']);
  });

  for (const text of [
    'PR=16,S=a',
    'PR=1,PR=2,S=a',
    'EG,EG,S=a',
    'TP{a,b},S=a',
    'TP{a,isolate},S=a',
    'CA{TP,PR,TP},S=a',
    'S=a,PR=1',
    'CA{},S=a',
    'PR=1,',
  ]) {
    it(`the action ${text} is refused`, () => expect(faultOf(`!/1 mg1 T=1{C=1{${text}}}`).errorCode).to.equal(422));
  }
});

describe('commands in text', () => {
  it('all eight in both spellings, with prefixes in any case', () => {
    const pairs: readonly [long: string, short: string, kind: string][] = [
      ['Add=a', 'A=a', 'add'],
      ['Move=a', 'MV=a', 'move'],
      ['Modify=a', 'MF=a', 'modify'],
      ['Subtract=a', 'S=a', 'subtract'],
      ['AuditValue=a{Audit{}}', 'AV=a{AT{}}', 'audit-value'],
      ['AuditCapability=a{Audit{}}', 'AC=a{AT{}}', 'audit-capability'],
      ['Notify=a{ObservedEvents=1{al/of}}', 'N=a{OE=1{al/of}}', 'notify'],
      ['ServiceChange=a{Services{Method=Restart,Reason="900"}}', 'SC=a{SV{MT=RS,RE="900"}}', 'service-change'],
    ];
    for (const [long, short, kind] of pairs) {
      expect(readRequest(long).kind).to.equal(kind);
      expect(plain(readRequest(long))).to.deep.equal(plain(readRequest(short)));
      expect(plain(readRequest(long.toUpperCase().replaceAll('/OF', '/of')))).to.have.property('kind', kind);
      expect(readRequest(`o-w-${short}`)).to.include({ kind, optional: true, wildcardReturn: true });
      expect(readRequest(`W-${short}`)).to.include({ optional: undefined, wildcardReturn: true });
    }
  });

  it('terminations are ROOT in one spelling, signs, paths and wildcards', () => {
    for (const [text, id] of [
      ['root', 'ROOT'],
      ['RooT', 'ROOT'],
      ['*', '*'],
      ['$', '$'],
      ['rtp/$', 'rtp/$'],
      ['line/*', 'line/*'],
      ['11111111/00000000/0', '11111111/00000000/0'],
      ['a@b-c.example.com', 'a@b-c.example.com'],
    ] as const)
      expect(readRequest(`S=${text}`).terminationId).to.equal(id);
  });

  it('version 3 names several terminations in brackets', () => {
    expect(plain(readRequest('MF=[line/1, line/2,line/3]', 3))).to.deep.equal({
      kind: 'modify',
      terminationId: 'line/1',
      more: ['line/2', 'line/3'],
      descriptors: [],
    });
  });

  it('replies may hold nothing, an error, or what was asked', () => {
    expect(plain(readReplyText('N=a'))).to.deep.equal({ kind: 'notify', terminationId: 'a' });
    expect(plain(readReplyText('N=a{ER=500{}}'))).to.deep.equal({
      kind: 'notify',
      terminationId: 'a',
      error: { kind: 'error', code: 500 },
    });
    expect(plain(readReplyText('SC=ROOT'))).to.deep.equal({ kind: 'service-change', terminationId: 'ROOT' });
    expect(plain(readReplyText('SC=ROOT{ER=502{"no"}}'))).to.deep.equal({
      kind: 'service-change',
      terminationId: 'ROOT',
      error: { kind: 'error', code: 502, text: 'no' },
    });
    expect(plain(readReplyText('AV=C{a,b/1}'))).to.deep.equal({
      kind: 'context-audit',
      command: 'audit-value',
      result: { kind: 'terminations', terminationIds: ['a', 'b/1'] },
    });
    expect(plain(readReplyText('AC=Context{ER=431{}}'))).to.deep.equal({
      kind: 'context-audit',
      command: 'audit-capability',
      result: { kind: 'error', code: 431 },
    });
    expect(plain(readReplyText('AV=c1'))).to.deep.equal({ kind: 'audit-value', terminationId: 'c1' });
  });

  it('an action reply tells what was done and then the error that ended it', () => {
    const [transaction] = transactionsOf('!/1 mg1 P=7{C=1{MF=line/1,ER=430{"no such"}},C=2{ER=411{}},C=3}');
    expect(plain(transaction?.kind === 'reply' ? transaction.result : undefined)).to.deep.equal({
      kind: 'actions',
      actions: [
        { contextId: 1, commands: [{ kind: 'modify', terminationId: 'line/1' }], error: { kind: 'error', code: 430, text: 'no such' } },
        { contextId: 2, commands: [], error: { kind: 'error', code: 411 } },
        { contextId: 3, commands: [] },
      ],
    });
  });

  const broken: readonly [text: string, errorCode: number][] = [
    ['Q=a', 443],
    ['O-Q=a', 443],
    ['MF', 442],
    ['MF=', 410],
    ['MF=a#b', 422],
    [`MF=${'a'.repeat(65)}`, 410],
    ['MF=a{}', 442],
    ['MF=a{FOO}', 444],
    ['MF=a{OE=1{al/of}}', 447],
    ['MF=a{PG{g-1}}', 447],
    ['MF=a{ER=500{}}', 447],
    ['MF=a{SG,E,SG}', 448],
    ['MF=a{M{O{MO=SR}},M{O{MO=SR}}}', 448],
    ['MF=a{SG,}', 442],
    ['MF=a{SG E}', 442],
    ['AV=a', 442],
    ['AV=a{M}', 447],
    ['AV=a{AT{FOO}}', 442],
    ['S=a{M{O{MO=SR}}}', 447],
    ['N=a', 442],
    ['N=a{SV{}}', 447],
    ['N=a{OE=1{}}', 442],
    ['N=a{OE=1{12:al/of}}', 442],
    ['SC=ROOT{SV{MT=RS}}', 442],
    ['SC=ROOT{SV{RE="901"}}', 442],
    ['MF=a{M{O{MO=Sideways}}}', 449],
    ['MF=a{M{ST=65536{O{MO=SR}}}}', 442],
  ];
  for (const [text, errorCode] of broken) {
    it(`${text.slice(0, 40)} is answered with ${errorCode}`, () => expect(faultOf(`!/1 mg1 T=1{C=1{${text}}}`)).to.include({ errorCode }));
  }
});

describe('what is told about a message that breaks', () => {
  it('the version, the sender, the transaction, the context and what was whole before', () => {
    const text = '!/2 <mg1> PN=3{}T=7{C=5{S=a},C=6{MF=b{FOO}}}';
    const { salvage, offset } = faultOf(text);
    expect(offset).to.equal(text.indexOf('FOO'));
    expect(plain(salvage)).to.deep.equal({
      version: 2,
      mId: { kind: 'domain', name: 'mg1' },
      transaction: { kind: 'request', transactionId: 7 },
      contextId: 6,
      whole: [{ kind: 'pending', transactionId: 3 }],
    });
  });

  it('the version even where it is none of ours, and nothing that is not there', () => {
    expect(plain(faultOf('!/7 mg1 T=1{C=1{S=a}}').salvage)).to.deep.equal({ version: 7, whole: [] });
    expect(plain(faultOf('nonsense').salvage)).to.deep.equal({ whole: [] });
    expect(plain(faultOf('!/1 mg1 T=x{}').salvage)).to.deep.equal({ version: 1, mId: { kind: 'device', name: 'mg1' }, whole: [] });
  });

  it('no depth of nesting and no length exhausts the stack', () => {
    const deep = 50_000;
    for (const text of [
      '{'.repeat(deep),
      'T=1{C=1{'.repeat(deep),
      `T=1{C=1{MF=a{${'E=1{al/of{EM{'.repeat(deep)}`,
      `T=1{C=1{MF=a{E=1{al/of{${'NBRN{EM{E=1{al/of{'.repeat(deep)}`,
      `T=1{C=1{MF=a{M{L{${'\\}'.repeat(deep)}`,
      `K{${'1,'.repeat(deep)}`,
      `T=${'1'.repeat(deep)}`,
    ])
      expect(decode(Buffer.from(`!/3 mg1 ${text}`)).ok, text.slice(0, 30)).to.equal(false);
  });
});
