// What the binary codec refuses: what BER cannot say, and octets that are broken, with what is said of them.
import { expect } from 'chai';
import { type MegacoMessage, word } from '../../message/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { MG, message, request, octetsOf, plain, thereAndBack, hex, RESTART } from './testing.js';

function expectBack(value: MegacoMessage): void {
  expect(thereAndBack(value)).to.deep.equal(plain(value));
}

describe('what BER cannot say', () => {
  const local: Readonly<Record<string, readonly [code: string, value: MegacoMessage]>> = {
    'a package without a number': [
      'megaco.ber.name',
      request({
        kind: 'add',
        terminationId: '$',
        descriptors: [{ kind: 'signals', signals: [{ kind: 'signal', name: 'foo/bar', parameters: [] }] }],
      }),
    ],
    'a parameter without a number': [
      'megaco.ber.name',
      request({
        kind: 'add',
        terminationId: '$',
        descriptors: [{ kind: 'signals', signals: [{ kind: 'signal', name: 'al/ri', parameters: [{ name: 'X-seen', value: word(1) }] }] }],
      }),
    ],
    'a termination without octets': ['megaco.ber.termination', request({ kind: 'add', terminationId: 'tdm/1', descriptors: [] })],
    'a digit map by a name of its own': [
      'megaco.ber.name',
      request({ kind: 'add', terminationId: '$', descriptors: [{ kind: 'digit-map', name: 'dmap1' }] }),
    ],
    'a part of version 3 in version 1': [
      'megaco.ber.version',
      request({ kind: 'add', terminationId: '$', descriptors: [{ kind: 'statistics', statistics: [] }] }),
    ],
    'a number out of its range': ['megaco.ber.range', message({ kind: 'pending', transactionId: 2 ** 32 })],
    'an extension of text': [
      'megaco.ber.enumerated',
      request({ kind: 'add', terminationId: '$', descriptors: [{ kind: 'modem', types: ['X-fast'], properties: [] }] }),
    ],
    'a line of no session description': [
      'megaco.ber.session',
      request({ kind: 'add', terminationId: '$', descriptors: [{ kind: 'media', streams: [{ local: { sdp: 'v=0\nhello' } }] }] }),
    ],
    'one of two streams without a number': [
      'megaco.ber.missing',
      request({ kind: 'add', terminationId: '$', descriptors: [{ kind: 'media', streams: [{ id: 1 }, {}] }] }),
    ],
    'an identity that is no address': [
      'megaco.ber.address',
      { version: 1, mId: { kind: 'ip4', address: '1.2.3' }, body: { kind: 'error', code: 400 } },
    ],
    'events embedded twice over': [
      'megaco.ber.choice',
      request({
        kind: 'add',
        terminationId: '$',
        descriptors: [
          {
            kind: 'events',
            requestId: 1,
            events: [
              {
                name: 'al/on',
                parameters: [],
                embeddedEvents: { requestId: 2, events: [{ name: 'al/of', parameters: [], embeddedEvents: { requestId: 3, events: [] } }] },
              },
            ],
          },
        ],
      }),
    ],
  };
  for (const [what, [code, value]] of Object.entries(local)) {
    it(`${what} is refused by name, and the next message is written`, () => {
      const outcome = encode(value);
      expect(outcome.ok ? 'written' : outcome.fault).to.include({ code, blame: 'local' });
      expectBack(RESTART);
    });
  }
});

describe('a broken message in BER', () => {
  const good = octetsOf({
    version: 1,
    mId: MG,
    body: {
      kind: 'transactions',
      transactions: [
        { kind: 'pending', transactionId: 8 },
        {
          kind: 'request',
          transactionId: 9,
          actions: [{ contextId: 5, commands: [{ kind: 'subtract', terminationId: 'line/1', audit: { kind: 'audit', items: [] } }] }],
        },
      ],
    },
  });

  /** The good message with one sequence of octets replaced by another of the same length. */
  function bent(from: string, to: string): Buffer {
    const text = good.toString('hex');
    const [before, after] = [hex(from).toString('hex'), hex(to).toString('hex')];
    expect(text.split(before), from).to.have.length(2);
    expect(after).to.have.length(before.length);
    return Buffer.from(text.replace(before, after), 'hex');
  }

  const cases: readonly [what: string, from: string, to: string, errorCode: number, salvage: object][] = [
    ['version 4', '80 01 01 a1 05', '80 01 04 a1 05', 406, { version: 4, mId: MG, whole: [] }],
    ['no identity', 'a1 05 83 03', 'a3 05 83 03', 400, { version: 1, whole: [] }],
    ['an identity of an unknown kind', '83 03 6d6731', '8e 03 6d6731', 400, { version: 1, whole: [] }],
    ['a request without its id', '80 01 09', '8a 01 09', 403, { mId: MG, whole: [{ kind: 'pending', transactionId: 8 }] }],
    ['a context of the wrong type', '80 01 05', 'a0 01 05', 403, { transaction: { kind: 'request', transactionId: 9 } }],
    ['an unknown command', 'a3 0d a0', 'ae 0d a0', 443, { transaction: { kind: 'request', transactionId: 9 }, contextId: 5 }],
    ['a termination without octets', '81 03 000001', '87 03 000001', 442, { contextId: 5 }],
    ['an audit that is no sequence', 'a1 00', '81 00', 442, { contextId: 5 }],
  ];
  for (const [what, from, to, errorCode, salvage] of cases) {
    it(`${what}: ${errorCode}, and what was understood before`, () => {
      const outcome = decode(bent(from, to));
      if (outcome.ok) throw new Error('accepted');
      expect(outcome.fault).to.include({ blame: 'remote', errorCode });
      expect(plain(outcome.fault.salvage)).to.deep.include(plain(salvage));
      expect(outcome.fault.offset).to.be.within(0, good.length);
    });
  }

  it('a descriptor that comes twice is 448, a stream mode that nobody knows 449', () => {
    const media = { kind: 'media', streams: [{ localControl: { mode: 'loopback', properties: [] } }] } as const;
    const twice = decode(octetsOf(request({ kind: 'add', terminationId: '$', descriptors: [media, media] })));
    expect(twice.ok ? 'accepted' : twice.fault.errorCode).to.equal(448);
    const octets = octetsOf(request({ kind: 'add', terminationId: '$', descriptors: [media] }));
    const mode = octets.indexOf(hex('80 01 04'));
    octets[mode + 2] = 9;
    const unknown = decode(octets);
    expect(unknown.ok ? 'accepted' : unknown.fault).to.include({ code: 'megaco.ber.enumerated', errorCode: 449 });
  });

  it('notify behaviour inside itself is cut at a depth', () => {
    // RegulatedEmbedded { SecondEvents { [ SecondRequestedEvent { SecondRequestedActions { NotifyBehaviour ... } } ] } }
    let actions: Buffer = Buffer.alloc(0);
    const wrap = (tag: number, ...parts: Buffer[]): Buffer => {
      const content = Buffer.concat(parts);
      return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 0xff), content]);
    };
    for (let depth = 0; depth < 100; depth += 1) {
      const event = wrap(0x30, hex('80 04 00090004'), wrap(0xa2, actions), hex('a3 00'));
      actions = wrap(0xa3, wrap(0xa1, wrap(0xa0, wrap(0xa1, event))));
    }
    const events = wrap(
      0xa3,
      hex('80 01 01'),
      wrap(
        0xa1,
        wrap(
          0x30,
          hex('80 04 00090004'),
          wrap(0xa2, wrap(0xa4, wrap(0xa1, wrap(0xa0, wrap(0xa1, wrap(0x30, hex('80 04 00090004'), wrap(0xa2, actions), hex('a3 00'))))))),
          hex('a3 00'),
        ),
      ),
    );
    const command = wrap(0xa0, wrap(0xa0, wrap(0x30, hex('a0 00 81 03 000001'))), wrap(0xa1, events));
    const body = wrap(
      0xa2,
      wrap(0xa1, wrap(0xa0, hex('80 01 01'), wrap(0xa1, wrap(0x30, hex('80 01 00'), wrap(0xa3, wrap(0x30, wrap(0xa0, command))))))),
    );
    const outcome = decode(wrap(0x30, wrap(0xa1, hex('80 01 03 a1 05 83 03 6d6731'), body)));
    expect(outcome.ok ? 'accepted' : outcome.fault.code).to.equal('megaco.ber.depth');
  });
});
