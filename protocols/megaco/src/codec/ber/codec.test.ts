// Whole messages in BER: golden octets, and what comes back.
import { expect } from 'chai';
import { type AmmRequest, type MegacoMessage, type MId, quoted, type Transaction, word } from '../../message/index.js';
import { type PackageDefinition, STANDARD_PACKAGES, STRING } from '../../packages/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { message, request, octetsOf, plain, thereAndBack, hex, RESTART } from './testing.js';

function expectBack(value: MegacoMessage): void {
  expect(thereAndBack(value)).to.deep.equal(plain(value));
}

describe('a message in BER', () => {
  it('a registration, octet by octet', () => {
    const golden = `30 65 a1 63
      80 01 01                                   -- version
      a1 05 83 03 6d6731                         -- mId: deviceName
      a2 57 a1 55 a0 53                          -- transactions, request
        80 01 01 a1 4e 30 4c 80 01 00            -- transaction 1, context 0
        a3 47 30 45 a0 43 a7 41                  -- one command: serviceChangeReq
          a0 0e 30 0c a0 00 81 08 ffffffffffffffff
          a1 2f 80 01 03                         -- restart
            82 01 01
            a4 11 04 0f 16 0d 39303120436f6c6420426f6f74
            a7 14 80 08 3230323631313232 81 08 3134333431363033`.replace(/--.*$/gm, '');
    expect(octetsOf(RESTART).toString('hex')).to.equal(hex(golden).toString('hex'));
    expectBack(RESTART);
  });

  it('an event with a parameter, its value wrapped as ENUMERATED', () => {
    const events = request({
      kind: 'modify',
      terminationId: 'line/1',
      descriptors: [{ kind: 'events', requestId: 3, events: [{ name: 'al/of', parameters: [{ name: 'strict', value: word('state') }] }] }],
    });
    expect(octetsOf(events).toString('hex')).to.contain(hex('80 04 00090005 a3 0d 30 0b 80 02 0001 a1 05 04 03 0a0101').toString('hex'));
    expectBack(events);
  });

  const descriptors: Readonly<Record<string, AmmRequest['descriptors']>> = {
    media: [
      {
        kind: 'media',
        terminationState: {
          properties: [{ name: 'root/maxNumberOfContexts', value: word(12) }],
          serviceState: 'in-service',
          eventBufferControl: 'lock-step',
        },
        streams: [
          {
            id: 1,
            localControl: {
              mode: 'receive-only',
              reserveValue: true,
              reserveGroup: false,
              properties: [{ name: 'nt/jit', value: word(40) }],
            },
            local: { sdp: 'v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\nv=0\r\nm=audio $ RTP/AVP 8' },
            remote: { sdp: '' },
          },
          { id: 2, localControl: { mode: 'inactive', properties: [] } },
        ],
      },
    ],
    'a stream without a number': [{ kind: 'media', streams: [{ localControl: { mode: 'send-receive', properties: [] } }] }],
    'properties of annex C beside SDP': [
      {
        kind: 'media',
        streams: [{ local: { sdp: 'v=0', properties: [[{ name: '0x0000/0x1001', value: word('0x020101') }]] } }],
      },
    ],
    'values of every form': [
      {
        kind: 'media',
        streams: [
          {
            localControl: {
              properties: [
                { name: 'tdmc/gain', value: word('$') },
                { name: 'tdmc/gain', value: { kind: 'relation', relation: 'unequal', value: { text: '2', quoted: false } } },
                { name: 'tdmc/gain', value: { kind: 'range', from: { text: '2', quoted: false }, to: { text: '9', quoted: false } } },
                {
                  name: 'tdmc/gain',
                  value: {
                    kind: 'sublist',
                    values: [
                      { text: '2', quoted: false },
                      { text: '3', quoted: false },
                    ],
                  },
                },
                {
                  name: 'tdmc/gain',
                  value: {
                    kind: 'alternatives',
                    values: [
                      { text: '2', quoted: false },
                      { text: '3', quoted: false },
                    ],
                  },
                },
                { name: 'tdmc/ec', value: word('on') },
              ],
            },
          },
        ],
      },
    ],
    'events with all that they may embed': [
      {
        kind: 'events',
        requestId: 0xffff_ffff,
        events: [
          {
            name: 'dd/ce',
            streamId: 2,
            keepActive: true,
            digitMap: { kind: 'value', value: { start: 16, short: 3, long: 8, body: '(100x|9x.)' } },
            embeddedEvents: { requestId: 5, events: [{ name: 'al/on', digitMap: { kind: 'name', name: 'dialplan2' }, parameters: [] }] },
            embeddedSignals: [],
            parameters: [],
          },
        ],
      },
      { kind: 'event-buffer', events: [{ name: 'al/of', streamId: 1, parameters: [{ name: 'init', value: word('off') }] }] },
    ],
    signals: [
      {
        kind: 'signals',
        signals: [
          {
            kind: 'signal',
            name: 'al/ri',
            type: 'time-out',
            duration: 500,
            notifyCompletion: ['time-out', 'other'],
            parameters: [{ name: 'freq', value: word(25) }],
          },
          { kind: 'signal-list', id: 4, signals: [{ kind: 'signal', name: 'cg/dt', streamId: 1, keepActive: true, parameters: [] }] },
        ],
      },
    ],
    'a digit map': [{ kind: 'digit-map', name: 'dialplan7', value: { body: '11x' } }],
    'an audit': [{ kind: 'audit', items: ['mux', 'media', 'event-buffer'] }],
    'modem and mux': [
      {
        kind: 'modem',
        types: ['v18', 'synchisdn'],
        properties: [],
        nonStandard: { identifier: { kind: 'object', oid: '1.3.6.1.4.1.99999' }, data: 'ab' },
      },
      {
        kind: 'mux',
        type: 'h223',
        terminationIds: ['line/1', 'line/2'],
        nonStandard: { identifier: { kind: 'experimental', text: 'X-abcdef' }, data: '' },
      },
    ],
    'packages, items and parameters that nobody knows': [
      { kind: 'signals', signals: [{ kind: 'signal', name: '0x8123/0x0001', parameters: [{ name: '0x0007', value: word('0x0a0103') }] }] },
      {
        kind: 'events',
        requestId: 1,
        events: [
          { name: 'al/0x0077', parameters: [] },
          { name: 'al/of', parameters: [{ name: '0x0044', value: word('0x6162') }] },
        ],
      },
    ],
  };
  for (const [what, list] of Object.entries(descriptors))
    it(`${what}: comes back as it was`, () =>
      expectBack(request({ kind: 'add', terminationId: '$', optional: true, wildcardReturn: true, descriptors: list })));

  const replies: Readonly<Record<string, Transaction>> = {
    'an error': { kind: 'reply', transactionId: 2, result: { kind: 'error', code: 505, text: 'not yet' } },
    'commands done, then an error': {
      kind: 'reply',
      transactionId: 0xffff_ffff,
      immAckRequired: true,
      result: {
        kind: 'actions',
        actions: [
          {
            contextId: 12,
            commands: [
              { kind: 'add', terminationId: 'line/1' },
              {
                kind: 'subtract',
                terminationId: 'rtp/1',
                audit: [{ kind: 'statistics', statistics: [{ name: 'rtp/ps', value: word(877) }, { name: 'nt/dur' }] }],
              },
              { kind: 'notify', terminationId: 'line/1', error: { kind: 'error', code: 430 } },
              {
                kind: 'audit-value',
                terminationId: 'line/1',
                audit: [
                  { kind: 'packages', packages: [{ name: 'al', version: 1 }] },
                  { kind: 'audit', items: ['signals'] },
                ],
              },
              { kind: 'context-audit', command: 'audit-value', result: { kind: 'terminations', terminationIds: ['line/1', 'rtp/1'] } },
              { kind: 'context-audit', command: 'audit-capability', result: { kind: 'error', code: 411 } },
              {
                kind: 'service-change',
                terminationId: 'ROOT',
                result: { mgcId: { kind: 'ip6', address: '2001:db8::1', port: 2945 }, profile: { name: 'lines', version: 2 } },
              },
              { kind: 'service-change', terminationId: 'ROOT', error: { kind: 'error', code: 402 } },
            ],
            error: { kind: 'error', code: 430, text: 'line/9' },
          },
        ],
      },
    },
    pending: { kind: 'pending', transactionId: 9 },
    'acknowledged ranges': { kind: 'ack', ranges: [{ first: 1, last: 0xffff_ffff }, { first: 3 }] },
  };
  for (const [what, transaction] of Object.entries(replies)) it(`${what}: comes back as it was`, () => expectBack(message(transaction)));

  const identities: readonly MId[] = [
    { kind: 'ip4', address: '127.0.0.31', port: 29_544 },
    { kind: 'ip6', address: '2001:db8::ff', port: 2945 },
    { kind: 'ip6', address: '::' },
    { kind: 'domain', name: 'mgc.example.test' },
    { kind: 'device', name: 'mgc/unit1' },
    { kind: 'mtp', address: '0a1b' },
  ];
  for (const mId of identities)
    it(`the identity ${JSON.stringify(mId)} comes back`, () =>
      expectBack({ version: 2, mId, body: { kind: 'error', code: 406, text: 'version' } }));

  it('an authentication header comes back', () => {
    const authentication = { parameterIndex: '00000001', sequenceNumber: '0000000a', data: '0123456789abcdef01234567' };
    expectBack({ ...RESTART, authentication });
  });

  it('what version 3 added comes back in version 3', () => {
    expectBack(
      message(
        {
          kind: 'request',
          transactionId: 3,
          actions: [
            {
              contextId: 1,
              properties: {
                priority: 15,
                emergency: true,
                iepsCall: false,
                contextList: [4, 5],
                topology: [{ from: '*', to: 'line/1', direction: 'oneway-external', streamId: 3 }],
              },
              audit: { topology: true, priorityIs: 3, logic: 'or', properties: [{ name: 'nt/jit', value: word(4) }] },
              commands: [
                {
                  kind: 'audit-value',
                  terminationId: 'line/1',
                  more: ['line/2'],
                  audit: {
                    kind: 'audit',
                    items: [],
                    individual: [
                      {
                        kind: 'media',
                        streams: [{ id: 1, localControl: { mode: true, properties: [] }, statistics: 'rtp/ps' }],
                        terminationState: { properties: [], serviceStateIs: 'test' },
                      },
                      { kind: 'events', name: 'al/*', requestId: 3 },
                      { kind: 'event-buffer', name: 'al/of', streamId: 1 },
                      { kind: 'signal', name: 'cg/rt', requestId: 5 },
                      { kind: 'signal-list', id: 2, signal: { kind: 'signal', name: 'cg/bt' } },
                      { kind: 'digit-map', name: 'dialplan0' },
                      { kind: 'statistics', name: 'rtp/*' },
                      { kind: 'packages', name: 'al', version: 1 },
                    ],
                  },
                },
                {
                  kind: 'modify',
                  terminationId: 'line/1',
                  descriptors: [
                    { kind: 'statistics', statistics: [{ name: 'rtp/pl' }] },
                    {
                      kind: 'events',
                      requestId: 2,
                      events: [
                        { name: 'al/on', notifyBehaviour: { kind: 'never' }, resetEvents: true, parameters: [] },
                        {
                          name: 'al/of',
                          notifyBehaviour: {
                            kind: 'regulated',
                            embeddedSignals: [
                              { kind: 'signal', name: 'cg/rt', direction: 'both', requestId: 1, interSignalDelay: 20, parameters: [] },
                            ],
                          },
                          parameters: [],
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
        3,
      ),
    );
    expectBack(message({ kind: 'segment-reply', transactionId: 3, segment: { number: 2, complete: true } }, 3));
  });

  it('a package that joined is written and read by its numbers', () => {
    const extra: PackageDefinition = { name: 'xyz', id: 0x8001, version: 1, properties: [{ name: 'note', id: 0x0002, type: STRING }] };
    const packages = STANDARD_PACKAGES.with(extra);
    const note = request({
      kind: 'modify',
      terminationId: 'line/1',
      descriptors: [{ kind: 'media', streams: [{ localControl: { properties: [{ name: 'xyz/note', value: quoted('hi') }] } }] }],
    });
    const outcome = encode(note, { packages });
    const octets = outcome.ok ? outcome.value : Buffer.alloc(0);
    expect(octets.toString('hex')).to.contain(hex('80 04 80010002 a1 06 04 04 1602 6869').toString('hex'));
    const back = decode(octets, { packages });
    expect(back.ok && plain(back.value)).to.deep.equal(plain(note));
  });

  it('an empty Events descriptor of version 1 has a request id on the wire and none in the model', () => {
    const none = request({ kind: 'modify', terminationId: 'line/1', descriptors: [{ kind: 'events', events: [] }] });
    expect(octetsOf(none).toString('hex')).to.contain(hex('a3 05 80 01 00 a1 00').toString('hex'));
    expectBack(none);
  });

  it('the same message with indefinite lengths throughout means the same', () => {
    const outcome = decode(indefinite(octetsOf(RESTART)));
    expect(outcome.ok ? plain(outcome.value) : outcome.fault).to.deep.equal(plain(RESTART));
  });

  it('parts that a later version may have added are passed over', () => {
    // TransactionPending { transactionId, [5] unknown }
    const outcome = decode(hex('30 1a a1 18 80 01 01 a1 05 83 03 6d6731 a2 0c a1 0a a1 08 80 01 07 a5 03 80 01 01'));
    expect(outcome.ok && outcome.value.body).to.deep.equal({ kind: 'transactions', transactions: [{ kind: 'pending', transactionId: 7 }] });
  });
});

/** Rewrites every constructed element to the indefinite form. */
function indefinite(octets: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < octets.length;) {
    const long = (octets[at + 1] as number) & 0x80 ? (octets[at + 1] as number) & 0x7f : 0;
    const size = long === 0 ? (octets[at + 1] as number) : octets.readUIntBE(at + 2, long);
    const content = octets.subarray(at + 2 + long, at + 2 + long + size);
    const isConstructed = ((octets[at] as number) & 0x20) !== 0;
    if (isConstructed) parts.push(Buffer.of(octets[at] as number, 0x80), indefinite(content), Buffer.of(0, 0));
    else parts.push(octets.subarray(at, at + 2 + long + size));
    at += 2 + long + size;
  }
  return Buffer.concat(parts);
}
