import { expect } from 'chai';
import { newCallId } from './call-identity.js';
import { A, sdpOf, START } from './exchange.fixture.js';
import { formatStoredCall, parseStoredCall, type StoredCall } from './stored-call.js';

const CALL_ID = newCallId(1, START, 7);
const CALL: StoredCall = {
  callId: CALL_ID,
  state: 'alerting',
  setUpAt: START,
  estimated: [],
  from: '1001',
  to: '30',
  protocol: 'mgcp+sip',
  nodes: ['n1'],
  dialled: '30',
  caller: { number: '1001' },
  targets: [
    { kind: 'line', line: A },
    { kind: 'registrar', user: '30' },
    { kind: 'sip', uri: 'sip:a@b' },
    { kind: 'group', name: 'g', user: '3' },
  ],
  metBusy: false,
  emergency: false,
  refusal: 'no-answer',
  isPassedOn: true,
  diversions: [{ line: A, reason: 'user-busy' }],
  anchor: 'bridge',
  originating: { line: A, protocol: 'mgcp', local: sdpOf(A) },
  partings: [{ line: 'sip/1', protocol: 'sip', saved: 'dialog', role: 'terminating', phase: 'idle', cause: 'no-answer' }],
  terminating: { line: 'sip/o1', protocol: 'sip', called: { kind: 'registrar', user: '30' }, saved: 'dialog' },
};
const TEXT = formatStoredCall(CALL);

describe('a stored call', () => {
  it('comes back as it was written', () => {
    expect(parseStoredCall(TEXT, CALL_ID)).to.deep.include(JSON.parse(JSON.stringify(CALL)));
  });

  it('is the same text for the same call', () => {
    expect(formatStoredCall({ ...CALL })).to.equal(TEXT);
  });

  it('may know things that this version does not', () => {
    expect(parseStoredCall(TEXT.replace('{', '{"new":{"a":[1]},'), CALL_ID)).to.deep.include({ callId: CALL_ID });
  });

  it('of another call is none', () => {
    expect(parseStoredCall(TEXT, newCallId(1, START, 8))).to.equal(undefined);
  });

  it('of a later version is none', () => {
    expect(parseStoredCall(TEXT.replace('"version":1', '"version":2'), CALL_ID)).to.equal(undefined);
  });

  for (const text of ['', '{', 'null', '[]', '1', '"a"', '{}', '[{}]', '{"__proto__":{"version":1}}'])
    it(`is not ${JSON.stringify(text)}`, () => expect(parseStoredCall(text, CALL_ID)).to.equal(undefined));

  it('is not a text without end', () => {
    expect(parseStoredCall(formatStoredCall({ ...CALL, from: 'x'.repeat(256 * 1_024) }), CALL_ID)).to.equal(undefined);
  });

  it('with any one field of another type is none', () => {
    const fields = JSON.parse(TEXT) as Record<string, unknown>;
    for (const name of Object.keys(fields))
      for (const garbage of [null, -1, 'garbage', { garbage: 1 }, [{ kind: 'line' }]]) {
        if (typeof garbage === typeof fields[name] && !['state', 'refusal', 'version', 'callId', 'targets'].includes(name)) continue;
        const spoilt = JSON.stringify({ ...fields, [name]: garbage });
        expect(parseStoredCall(spoilt, CALL_ID), `${name}: ${JSON.stringify(garbage)}`).to.equal(undefined);
      }
  });

  it('cut off anywhere is none', () => {
    for (let length = 0; length < TEXT.length; length += 1) expect(parseStoredCall(TEXT.slice(0, length), CALL_ID)).to.equal(undefined);
  });
});
