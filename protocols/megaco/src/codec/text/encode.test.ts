import { expect } from 'chai';
import { CHOOSE_CONTEXT, type MegacoMessage, NULL_CONTEXT, quoted, ROOT, word } from '../../message/index.js';
import { encode } from './encode.js';
import { plain, read, write } from './testing.js';

const MG1 = { kind: 'device', name: 'mg1' } as const;

const REGISTRATION: MegacoMessage = {
  version: 1,
  mId: { kind: 'ip4', address: '10.0.0.1', port: 2944 },
  body: {
    kind: 'transactions',
    transactions: [
      {
        kind: 'request',
        transactionId: 1,
        actions: [
          {
            contextId: NULL_CONTEXT,
            commands: [
              {
                kind: 'service-change',
                terminationId: ROOT,
                parameters: { method: 'restart', reason: '901 Cold Boot', version: 1, timeStamp: '20261122T14240565' },
              },
            ],
          },
        ],
      },
    ],
  },
};

const CALL: MegacoMessage = {
  version: 1,
  mId: { kind: 'domain', name: 'mgc1' },
  body: {
    kind: 'transactions',
    transactions: [
      { kind: 'ack', ranges: [{ first: 1, last: 4 }, { first: 7 }] },
      {
        kind: 'request',
        transactionId: 7,
        actions: [
          {
            contextId: CHOOSE_CONTEXT,
            commands: [
              {
                kind: 'add',
                terminationId: 'line/2',
                descriptors: [
                  { kind: 'media', streams: [{ id: 1, localControl: { mode: 'receive-only', properties: [] } }] },
                  { kind: 'signals', signals: [{ kind: 'signal', name: 'al/ri', parameters: [] }] },
                  { kind: 'events', requestId: 83, events: [{ name: 'al/of', parameters: [{ name: 'strict', value: word('exact') }] }] },
                ],
              },
              {
                kind: 'add',
                terminationId: '$',
                descriptors: [
                  {
                    kind: 'media',
                    streams: [
                      {
                        id: 1,
                        localControl: { mode: 'send-receive', properties: [] },
                        local: { sdp: 'v=0\nc=IN IP4 $\nm=audio $ RTP/AVP 0' },
                      },
                    ],
                  },
                ],
              },
              {
                kind: 'modify',
                terminationId: 'line/1',
                descriptors: [
                  { kind: 'signals', signals: [] },
                  { kind: 'events', events: [] },
                ],
              },
              {
                kind: 'modify',
                terminationId: 'line/3',
                descriptors: [
                  {
                    kind: 'events',
                    requestId: 67,
                    events: [
                      {
                        name: 'dd/ce',
                        digitMap: { kind: 'value', value: { start: 16, short: 3, long: 8, body: '(100x|9x.)' } },
                        parameters: [],
                      },
                    ],
                  },
                ],
              },
              { kind: 'subtract', terminationId: '*', optional: true, wildcardReturn: true, audit: { kind: 'audit', items: [] } },
            ],
          },
        ],
      },
    ],
  },
};

describe('writing text', () => {
  it('a registration, compact and pretty', () => {
    expect(write(REGISTRATION)).to.equal('!/1 [10.0.0.1]:2944\nT=1{C=-{SC=ROOT{SV{MT=RS,V=1,RE="901 Cold Boot",20261122T14240565}}}}');
    expect(write(REGISTRATION, 'pretty')).to.equal(
      [
        'MEGACO/1 [10.0.0.1]:2944',
        'Transaction = 1 {',
        '  Context = - {',
        '    ServiceChange = ROOT {',
        '      Services {',
        '        Method = Restart,',
        '        Version = 1,',
        '        Reason = "901 Cold Boot",',
        '        20261122T14240565',
        '      }',
        '    }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('the set-up of a call, compact and pretty', () => {
    expect(write(CALL)).to.equal(
      '!/1 <mgc1>\nK{1-4,7}T=7{C=${A=line/2{M{ST=1{O{MO=RC}}},SG{al/ri},E=83{al/of{strict=exact}}},' +
        'A=${M{ST=1{O{MO=SR},L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/AVP 0\n}}}},MF=line/1{SG,E},' +
        'MF=line/3{E=67{dd/ce{DM{T:16,S:3,L:8,(100x|9x.)}}}},O-W-S=*{AT{}}}}',
    );
    expect(write(CALL, 'pretty')).to.contain(
      [
        '            Mode = SendReceive',
        '          },',
        '          Local{',
        'v=0',
        'c=IN IP4 $',
        'm=audio $ RTP/AVP 0',
        '}',
        '        }',
      ].join('\n'),
    );
    expect(plain(read(write(CALL, 'pretty')))).to.deep.equal(plain(CALL));
    expect(plain(read(write(CALL)))).to.deep.equal(plain(CALL));
  });

  it('every construct comes back as it was, in both styles', () => {
    const texts = [
      '!/1 mg1 ER=406{"Version not supported"}',
      '!/1 MTP{0A1B} PN=77{}',
      '!/2 [2001:db8::1]:2944 P=7{IA,ER=505{}}',
      '!/3 mg1 P=8/2/&{C=5}SM=8/2/&\nSM=9/1\nPN=4{}',
      '!/1 mg1 P=9{C=1{PR=6,EG,A=a,ER=434{"too many"}},C=*{ER=411{}}}',
      '!/1 mg1 P=9{C=1{AV=C{a,b},AC=C{ER=431{}},AV=a{M{TS{SI=IV}},MX,PG{al-1},SA{rtp/ps=1,rtp/pl=0.5},DM=d0},N=a{ER=500{}},SC=ROOT{SV{MG=<b>:1}},SC=a{ER=502{}},SC=b}}',
      '!/3 mg1 T=1{C=1{PR=1,EGO,TP{a,b,OWE,a,c,IS,ST=1},IEPS=OFF,CT{a/b=[1:2],CLT={7,8}},CA{TP,EG,PR,IEPS,a/b,a/c#1,PR=10,EGV=EGO,IEPS=ON,ANDLgc},MF=[a,b]}}',
      '!/3 mg1 T=1{C=1{MF=a{M{ST=1{O{MO=SO,RV=ON,RG=OFF,a/b="x y",a/c={1,2},a/d=[1,2]},R{\nv=0\na=x:\\}\n},SA{nt/os}}}}}}',
      '!/3 mg1 T=1{C=1{MF=a{E=*{al/of{ST=1,KA,DM=d0,EM{SG{cg/dt},E=2{al/on{EM{SG}}}},NBIN,RSE,strict=state},a/b{NBRN{EM{SG,E=3{a/c}}}},a/d{NBRN,x="y"},a/e{NBNN}}}}}',
      '!/3 mg1 T=1{C=1{MF=a{SG{cg/rt{ST=1,SY=TO,DR=20,NC={TO,IBE,IBS,OR,IR},KA,SPADI=EX,SPARQ=4,SPAIS=3,x=1},SL=4{cg/bt}},EB{a/b{ST=1,x=1}},DM=d0{Z:5,x.}}}}',
      '!/3 mg1 T=1{C=1{MF=a{MD[V18,X-q]{a/b=1},MX=H223{a,b},EB,SA{a/b}},MV=b{MD=V91}}}',
      '!/3 mg1 T=1{C=1{AV=a{AT{M,MX,E=1{a/b{ST=1}},M{TS{SI=IV,BF,a/b=1},ST=1{O{MO=SR,RV,a/b},L,R,SA{a/b}}},M{O{MO}},EB{a/b{ST=1}},EB{a/b{x}},SG{a/b{ST=1,SPARQ=2}},SG{SL=1{a/b}},SG{SL=1{}},DM=d,SA{a/b},PG{a-1}}}}}',
      '!/3 mg1 T=1{C=-{SC=a{SV{MT=X-own,RE="1",MG=MTP{0A1B},PF=a/1,V=3,DL=0,X-a=1,M,PG{a-1},SIC}},N=a{OE=*{20261122T14240618:a/b{ST=1,x="y"}},ER=500{"x"}}}}',
      'AU=0x12ABCDEF:0x00000001:0x0123456789ABCDEF01234567\n!/1 mg1 PN=1{}',
    ];
    for (const text of texts) {
      const model = read(text);
      for (const style of ['pretty', 'compact'] as const)
        expect(plain(read(write(model, style))), `${style} ${text}`).to.deep.equal(plain(model));
    }
  });

  it('what a string must not hold never leaves: quotes become apostrophes, control characters blanks', () => {
    const text = write({ version: 1, mId: MG1, body: { kind: 'error', code: 400, text: 'not "this"\r\nT=1{}' } });
    expect(text).to.equal(`!/1 mg1\nER=400{"not 'this'  T=1{}"}`);
  });

  it('a value that is no word is written as a string', () => {
    const event = (value: ReturnType<typeof word>): MegacoMessage => ({
      version: 1,
      mId: MG1,
      body: {
        kind: 'transactions',
        transactions: [
          {
            kind: 'request',
            transactionId: 1,
            actions: [
              {
                contextId: 1,
                commands: [
                  {
                    kind: 'notify',
                    terminationId: 'a',
                    observed: { kind: 'observed-events', requestId: 1, events: [{ name: 'dd/ce', parameters: [{ name: 'ds', value }] }] },
                  },
                ],
              },
            ],
          },
        ],
      },
    });
    expect(write(event(word('two words')))).to.contain('{ds="two words"}');
    expect(write(event(word('')))).to.contain('{ds=""}');
    expect(write(event(word(1002)))).to.contain('{ds=1002}');
    expect(write(event(quoted('1002')))).to.contain('{ds="1002"}');
  });

  it('what says nothing in text is left out', () => {
    const message: MegacoMessage = {
      version: 1,
      mId: MG1,
      body: {
        kind: 'transactions',
        transactions: [
          {
            kind: 'reply',
            transactionId: 1,
            result: {
              kind: 'actions',
              actions: [
                {
                  contextId: 1,
                  commands: [
                    {
                      kind: 'modify',
                      terminationId: 'a',
                      audit: [
                        {
                          kind: 'media',
                          terminationState: { properties: [] },
                          streams: [{ id: 1, localControl: { properties: [] }, local: { sdp: '' } }],
                        },
                      ],
                    },
                    { kind: 'service-change', terminationId: 'ROOT', result: {} },
                    { kind: 'audit-value', terminationId: 'a', audit: [{ kind: 'audit', items: [] }] },
                  ],
                },
              ],
            },
          },
        ],
      },
    };
    expect(write(message)).to.equal('!/1 mg1\nP=1{C=1{MF=a{M{ST=1{L{}}}},SC=ROOT,AV=a}}');
  });

  it('octets above 127 leave as the octets they came as', () => {
    const bytes = encode(read('!/1 mg1 T=1{C=1{A=a{M{L{\ns=\xe9\xff\n}}}}}'), { style: 'compact' });
    expect(bytes.includes(Buffer.from([0x3d, 0xe9, 0xff, 0x0a]))).to.equal(true);
  });
});
