// Writing messages: whole golden texts, and that what was written reads as what was meant.
import { expect } from 'chai';
import { quotedValueOf, valueOf } from '../message/events.js';
import type { CommandDraft } from '../message/message.js';
import { decodeDatagram } from './decode.js';
import { encodeCommand, encodeResponse, joinDatagram } from './encode.js';
import { commandIn, responseIn } from './testing.js';

const ENDPOINT = { local: 'aaln/2', domain: 'gw1.test' };

describe('a command to be sent', () => {
  it('is written with its parameters in one order, and its description behind an empty line', () => {
    const draft: CommandDraft = {
      verb: 'CRCX',
      endpoint: ENDPOINT,
      parameters: {
        mode: 'sendrecv',
        callId: 'A1',
        localConnectionOptions: { packetizationMs: { min: 20, max: 20 }, codecs: ['PCMU', 'PCMA'], silenceSuppression: false },
        requestIdentifier: '4',
        notifiedEntity: { local: 'ca1', domain: '127.0.0.11', port: 2727 },
        redirectList: [{ local: 'ca2', domain: '127.0.0.12' }],
        requestedEvents: [
          { name: { packageName: 'L', event: 'hd' }, actions: [{ kind: 'notify' }], parameters: [] },
          {
            name: { packageName: 'L', event: 'hf' },
            actions: [
              { kind: 'accumulate' },
              {
                kind: 'embedded',
                requestedEvents: [{ name: { packageName: 'D', event: '[0-9T]' }, actions: [{ kind: 'digit-map' }], parameters: [] }],
                signalRequests: [{ name: { packageName: 'L', event: 'dl' }, parameters: [] }],
                digitMap: '(100x|9x.T)',
              },
            ],
            parameters: [],
          },
        ],
        signalRequests: [
          { name: { packageName: 'L', event: 'rg' }, parameters: [] },
          {
            name: { packageName: 'L', event: 'ci' },
            parameters: [valueOf('11/22/14/24'), quotedValueOf('1001'), quotedValueOf('A "B"\r\nX: 9')],
          },
        ],
        extensions: [{ name: 'X-Note', value: 'a\r\nS: L/rg' }],
      },
      descriptions: ['v=0\r\ns=-'],
    };
    expect(encodeCommand(draft, 104).toString()).to.equal(
      [
        'CRCX 104 aaln/2@gw1.test MGCP 1.0',
        'C: A1',
        'N: ca1@[127.0.0.11]:2727',
        'RED/NL: ca2@[127.0.0.12]',
        'X: 4',
        'L: p:20, a:PCMU;PCMA, s:off',
        'M: sendrecv',
        'R: L/hd(N), L/hf(A,E(R(D/[0-9T](D)), S(L/dl), D((100x|9x.T))))',
        'S: L/rg, L/ci(11/22/14/24,"1001","A ""B""  X: 9")',
        'X-Note: a  S: L/rg',
        '',
        'v=0',
        's=-',
        '',
      ].join('\r\n'),
    );
  });

  it('says what is empty', () => {
    const parameters = { requestIdentifier: 'F', signalRequests: [], requestedEvents: [], notifiedEntity: null };
    expect(encodeCommand({ verb: 'RQNT', endpoint: ENDPOINT, parameters }, 1).toString()).to.equal(
      'RQNT 1 aaln/2@gw1.test MGCP 1.0\r\nN:\r\nX: F\r\nR:\r\nS:\r\n',
    );
  });

  it('puts a map behind its list', () => {
    const parameters = {
      reset: true,
      redirectEndpoints: [{ names: ['ds/e1-3/[1-2]'], map: 'TF' }, { names: ['ds/e1-5/[1,3]', 'ds/9'] }],
    };
    expect(encodeCommand({ verb: 'EPCF', endpoint: { local: 'MG', domain: 'gw' }, parameters }, 1).toString()).to.equal(
      'EPCF 1 MG@gw MGCP 1.0\r\nRED/EL: ds/e1-3/[1-2]\r\nRED/MP: TF\r\nRED/EL: ds/e1-5/[1,3], ds/9\r\nRED/R: reset\r\n',
    );
  });

  it('needs an id from 1 to 999999999', () => {
    const draft: CommandDraft = { verb: 'AUEP', endpoint: ENDPOINT, parameters: {} };
    for (const id of [0, -1, 1.5, NaN, 1_000_000_000]) expect(() => encodeCommand(draft, id), String(id)).to.throw(RangeError);
    expect(encodeCommand(draft, 999_999_999).toString()).to.equal('AUEP 999999999 aaln/2@gw1.test MGCP 1.0\r\n');
  });
});

describe('a response to be sent', () => {
  it('has the words of its code when the sender has none', () => {
    expect(encodeResponse({ code: 0 }, 7).toString()).to.equal('000 7 Response Acknowledgement\r\n');
    expect(encodeResponse({ code: 200, comment: '' }, 7).toString()).to.equal('200 7\r\n');
    expect(encodeResponse({ code: 801, packageName: 'RED', comment: 'Incorrect\nusage' }, 7).toString()).to.equal(
      '801 7 /RED Incorrect usage\r\n',
    );
    expect(() => encodeResponse({ code: 1_000 }, 7)).to.throw(RangeError);
  });

  it('has two descriptions, each behind an empty line', () => {
    const text = encodeResponse(
      { code: 200, parameters: { connectionIds: [] }, descriptions: ['v=0\r\n', 'v=0\r\ns=b\r\n'] },
      7,
    ).toString();
    expect(text).to.equal('200 7 OK\r\nI:\r\n\r\nv=0\r\n\r\nv=0\r\ns=b\r\n');
  });

  it('answers what had no id to speak of with 0', () => {
    expect(encodeResponse({ code: 510 }, 0).toString()).to.equal('510 0 Protocol Error\r\n');
  });
});

describe('messages of one datagram', () => {
  it('are joined by a line of one dot, and read one by one', () => {
    const first = encodeResponse({ code: 200 }, 2);
    const second = encodeCommand({ verb: 'RQNT', endpoint: ENDPOINT, parameters: { requestIdentifier: '1' } }, 101);
    const joined = joinDatagram([first, second]);
    expect(joined.toString()).to.equal('200 2 OK\r\n.\r\nRQNT 101 aaln/2@gw1.test MGCP 1.0\r\nX: 1\r\n');
    expect(decodeDatagram(joined).map(({ bytes }) => bytes.toString())).to.deep.equal([first.toString(), second.toString()]);
    expect(joinDatagram([first])).to.equal(first);
  });
});

/** Parameters that come back as they went, each in a command or a response that takes it. */
describe('what was read is written so that it reads the same', () => {
  const values: readonly string[] = [
    'K: 6234-6255, 6257, 19030-19044',
    'B: e:mu, foo/x:1',
    'B:',
    'N: ca1@[2001:db8::1]:2727',
    'L: p:10-20, a:G.729;PCMU, b:32-64, e:off, gc:-3, s:on, t:A2, r:cl, k:clear:"a,b", nt:IN, foo/bar:"x,y";z, x-v, other:1',
    'L:',
    'M: pkg/mode',
    'R: L/hd(N), D/[0-9#*T](D), L/hf(S,K), L/hu(E(S(L/dl), D(0T))), r/iu@364823(N)(5), */all, R/ma@*, R/co1@$(A), P/x(foo/Bar(a=b,c))',
    'D: (0T|00T|[1-7]xxx|8xxxxxxx|#xxxxxxx|*xx|91xxxxxxxxxx|9011x.T)',
    'D:',
    'S: L/vmwi(+), L/rg(to=6000,rep=3), L/ci(09/14/17/26,,"John ""J"" Doe"), sl/s(d/1,l/sit(2),x=y=z), a/ann(http://s.test/a.au)',
    'O: L/hu, D/8, D/2,D/T, D/8295555T, t/oc(t/co2)',
    'P: PS=1245, OS=62345, PR=0, OR=0, PL=0, JI=0, LA=48, X-AB=7, pkg/x=1',
    'E: 900 Endpoint malfunctioning',
    'E: 801 /FOO text',
    'F: A, R, D, RC, LC, RED/NL, X-FOO, B/NS',
    'Q: loop, discard',
    'T: L/hu, D/[0-9#*]',
    'RM: cancel-graceful',
    'RM: LCK/lockstep',
    'RD: 600',
    'ES: L/hu, L/vmwi(+)',
    'PL: L:1, G:1, D:0',
    'RED/N:',
    'RED/NL:',
    'RED/NL: ca1@myca.whatever.net, ca2@mybackupca.whatever.net:2728',
    'Z: aaln/1@gw',
    'Z:',
    'Z2: aaln/2@[10.0.0.1]',
    'I2: 0A3F58',
    'B/PR: L/hd(N), B/enf',
    'B/NS: ls',
    'A: p:10-100, a:PCMU;G728, v:L;G, m:sendonly;inactive',
    'BA/C: 0120N',
  ];
  for (const line of values) {
    it(line, () => {
      const once = responseIn('200 1 OK', line);
      const again = responseIn(...encodeResponse(once, 1).toString().split('\r\n').slice(0, -1));
      expect(again.parameters).to.deep.equal(once.parameters);
      const { extensions, ...typed } = once.parameters;
      expect(line.startsWith('BA/') ? extensions : Object.keys(typed), 'has a field').to.have.length.above(0);
      expect(line.startsWith('BA/') || extensions === undefined, 'is understood').to.equal(true);
    });
  }

  it('also the profile', () => {
    const once = commandIn('AUEP 1 a@b MGCP 1.0 NCS 1.0');
    expect(encodeCommand(once, 1).toString()).to.equal('AUEP 1 a@b MGCP 1.0 NCS 1.0\r\n');
  });
});
