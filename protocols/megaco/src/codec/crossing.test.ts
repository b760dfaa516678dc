// What has to hold where a message crosses from one encoding to the other, and one is stricter than the other.
import { expect } from 'chai';
import type { MegacoMessage } from '../message/index.js';
import { decode as decodeBer, encode as encodeBer } from './ber/index.js';
import { decode as decodeText, encode as encodeText } from './text/index.js';

function octetsOf(text: string): string {
  const decoded = decodeText(Buffer.from(`!/1 mg1 ${text}`, 'latin1'));
  const outcome = decoded.ok ? encodeBer(decoded.value) : decoded;
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value.toString('latin1');
}

/** Reads octets in which `from` became `to`, which is as long. */
function readAltered(text: string, from: string, to: string): ReturnType<typeof decodeBer> {
  const octets = octetsOf(text);
  expect(octets.split(from), from).to.have.length(2);
  return decodeBer(Buffer.from(octets.replace(from, to), 'latin1'));
}

function textOf(message: MegacoMessage): string {
  return encodeText(message, { style: 'compact' }).toString('latin1').replace('\n', ' ');
}

describe('from BER to text', () => {
  const refused: readonly (readonly [what: string, text: string, from: string, to: string])[] = [
    ['a device name with a brace', 'K{1}', 'mg1', 'mg{'],
    ['a digit map with an octet zero', 'T=1{C=1{MF=line/1{DM=dialplan1{(1xx|0)}}}}', '(1xx|', '(1\0x|'],
    ['a digit map that begins as a timer does', 'T=1{C=1{MF=line/1{DM=dialplan1{(1xx|0)}}}}', '(1xx|', 'Q:xx|'],
    ['a profile with a blank', 'T=1{C=-{SC=ROOT{SV{MT=RS,RE="901",PF=ResGW/1}}}}', 'ResGW', 'Re GW'],
    ['a time stamp of letters', 'T=1{C=-{SC=ROOT{SV{MT=RS,RE="901",19991212T22110000}}}}', '19991212', '1999XII2'],
  ];
  for (const [what, text, from, to] of refused) {
    it(`${what} is not taken: no text could say it`, () => {
      expect(readAltered(text, from, from).ok).to.equal(true);
      expect(readAltered(text, from, to).ok).to.equal(false);
    });
  }

  it('what would end a line of a session is a blank', () => {
    const outcome = readAltered('T=1{C=1{MF=rtp/1{M{R{v=0\r\ns=one two\r\nt=0 0}}}}}', 'one two', 'o\0e\r\nwo');
    expect(outcome.ok && textOf(outcome.value)).to.equal('!/1 mg1 T=1{C=1{MF=rtp/1{M{R{\nv=0\r\ns=o e  wo\r\nt=0 0\n}}}}}');
  });

  it('an id of eight octets without a name has more than 64 characters, and is read', () => {
    const id = Array.from({ length: 8 }, () => '10101010').join('/');
    expect(octetsOf(`T=1{C=1{S=${id}}}`)).to.include('\xaa'.repeat(8));
  });
});

describe('raw octets in text', () => {
  for (const [what, body] of [
    ['a brace', '(1x\\}|2x)'],
    ['a backslash at the end', '(1x)\\ '],
  ] as const) {
    it(`with ${what} come back as they were`, () => {
      const read = decodeText(Buffer.from(`!/1 mg1 T=1{C=1{MF=line/1{DM={${body}}}}}`));
      if (!read.ok) throw new Error(read.fault.hint);
      const again = decodeText(encodeText(read.value, { style: 'compact' }));
      expect(again.ok && JSON.stringify(again.value)).to.equal(JSON.stringify(read.value));
    });
  }
});
