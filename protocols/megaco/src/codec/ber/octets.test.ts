// The reader and the writer of BER, without any type of H.248. X.690 §8.
import { expect } from 'chai';
import { BerReader, UNIVERSAL } from './reader.js';
import { BerWriter } from './writer.js';

function read(hex: string): BerReader {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const reader = new BerReader(bytes);
  reader.next(0, bytes.length);
  return reader;
}

describe('the BER reader', () => {
  const lengths: readonly [what: string, hex: string, content: string][] = [
    ['a short length', '04 02 6162', 'ab'],
    ['a long length', '04 81 02 6162', 'ab'],
    ['a length of four octets', '04 84 00000002 6162', 'ab'],
    ['no content', '04 00', ''],
    ['a tag above 30', '9f 81 01 02 6162', 'ab'],
  ];
  for (const [what, hex, content] of lengths) {
    it(`reads ${what}`, () => {
      const reader = read(hex);
      expect(reader.fault).to.equal(undefined);
      expect(reader.bytes.toString('latin1', reader.start, reader.end)).to.equal(content);
      expect(reader.after).to.equal(reader.bytes.length);
    });
  }

  it('reads an indefinite length, others inside it, up to its own end', () => {
    const reader = read('30 80 a0 80 04 02 0000 00 00 04 01 78 00 00');
    expect(reader.fault).to.equal(undefined);
    expect([reader.start, reader.end, reader.after]).to.deep.equal([2, 13, 15]);
  });

  const malformed: readonly [what: string, hex: string, code: string][] = [
    ['nothing', '', 'megaco.ber.length'],
    ['a tag alone', '30', 'megaco.ber.length'],
    ['a content that is cut', '04 03 6162', 'megaco.ber.length'],
    ['a length that is cut', '04 82 01', 'megaco.ber.length'],
    ['the reserved length', `04 ff ${'00'.repeat(130)}`, 'megaco.ber.length'],
    ['a length beyond any memory', '04 87 ffffffffffffff', 'megaco.ber.length'],
    ['an indefinite length without an end', '30 80 04 01 78', 'megaco.ber.length'],
    ['a primitive of indefinite length', '04 80 78 0000', 'megaco.ber.length'],
    ['a high tag that is cut', '9f 81', 'megaco.ber.length'],
    ['elements nested without end', '30 80'.repeat(20_000), 'megaco.ber.depth'],
  ];
  for (const [what, hex, code] of malformed) it(`refuses ${what}`, () => expect(read(hex).fault?.code).to.equal(code));

  it('keeps the first fault and reads no more', () => {
    const reader = read('04 09 61');
    expect(reader.next(0, 0)).to.equal(false);
    expect(reader.fault?.offset).to.equal(0);
    expect(reader.fault?.hint).to.contain('longer');
  });

  it('an element may not reach beyond what holds it', () => {
    const reader = new BerReader(Buffer.from('3003040361620000', 'hex'));
    expect(reader.next(2, 5)).to.equal(false);
  });

  it('joins a string in parts', () => {
    const reader = read('24 80 04 01 61 24 03 04 01 62 00 00');
    expect(reader.octets(reader.tag, reader.start, reader.end).toString()).to.equal('ab');
    expect(reader.fault).to.equal(undefined);
  });

  it('refuses a string in parts of parts of parts', () => {
    const nested = (depth: number): string => (depth === 0 ? '0400' : `24${(depth * 2).toString(16).padStart(2, '0')}${nested(depth - 1)}`);
    const reader = read(nested(8));
    reader.octets(reader.tag, reader.start, reader.end);
    expect(reader.fault?.code).to.equal('megaco.ber.depth');
  });

  it('does not copy a string in one part', () => {
    const reader = read('04 02 6162');
    expect(reader.octets(reader.tag, reader.start, reader.end).buffer).to.equal(reader.bytes.buffer);
  });
});

describe('what the BER writer writes', () => {
  function written(write: (writer: BerWriter) => void): string {
    const writer = new BerWriter();
    write(writer);
    return writer.finish().toString('hex');
  }

  const integers: readonly [value: number, hex: string][] = [
    [0, '020100'],
    [1, '020101'],
    [127, '02017f'],
    [128, '02020080'],
    [255, '020200ff'],
    [256, '02020100'],
    [-1, '0201ff'],
    [-128, '020180'],
    [-129, '0202ff7f'],
    [0xffff_fffe, '020500fffffffe'],
  ];
  for (const [value, hex] of integers) {
    it(`integer ${value} in the fewest octets, and back`, () => {
      expect(written((writer) => writer.integer(UNIVERSAL.integer, value))).to.equal(hex);
      const reader = read(hex);
      expect(reader.integer(reader.start, reader.end)).to.equal(value);
    });
  }

  it('refuses a number that is no integer or too wide', () => {
    const writer = new BerWriter();
    for (const value of [1.5, NaN, 2 ** 50]) expect(() => writer.integer(UNIVERSAL.integer, value)).to.throw(RangeError);
  });

  const strings: readonly [mask: number, hex: string][] = [
    [0, '030100'],
    [0b100, '03020520'],
    [0b10_0000_0000, '0303060040'],
    [0b1_1111, '030203f8'],
  ];
  for (const [mask, hex] of strings) {
    it(`bits ${mask.toString(2)}, and back`, () => {
      expect(written((writer) => writer.bits(UNIVERSAL.bitString, mask))).to.equal(hex);
      const reader = read(hex);
      expect(reader.bits(reader.tag, reader.start, reader.end)).to.equal(mask);
    });
  }

  it('lengths of every form, in a buffer that grows', () => {
    for (const size of [0, 127, 128, 255, 256, 65_535, 65_536, 200_000]) {
      const content = Buffer.alloc(size, 0x61);
      const bytes = Buffer.from(
        written((writer) => {
          const mark = writer.length;
          writer.octets(UNIVERSAL.octetString, content);
          writer.close(UNIVERSAL.sequence, mark);
        }),
        'hex',
      );
      const reader = new BerReader(bytes);
      expect(reader.next(0, bytes.length) && reader.next(reader.start, reader.end), String(size)).to.equal(true);
      expect(bytes.subarray(reader.start, reader.end).equals(content), String(size)).to.equal(true);
    }
  });

  it('begins anew after reset, and does not touch what it gave away', () => {
    const writer = new BerWriter();
    writer.boolean(UNIVERSAL.boolean, true);
    const first = writer.finish();
    writer.reset();
    writer.boolean(UNIVERSAL.boolean, false);
    expect(writer.finish().toString('hex')).to.equal('010100');
    expect(first.toString('hex')).to.equal('0101ff');
  });
});

describe('what the BER reader makes of wrong primitives', () => {
  it('an integer without octets, a boolean of two, bits without their count are faults', () => {
    const faulty: readonly ((reader: BerReader) => unknown)[] = [
      (reader) => reader.integer(2, 2),
      (reader) => reader.boolean(0, 2),
      (reader) => reader.bits(UNIVERSAL.bitString, 2, 2),
    ];
    for (const each of faulty) {
      const reader = new BerReader(Buffer.from('0000', 'hex'));
      each(reader);
      expect(reader.fault).to.not.equal(undefined);
    }
  });

  it('an integer of more than 48 bits is a fault, leading zeros are not', () => {
    const wide = new BerReader(Buffer.from('00ffffffffffffff', 'hex'));
    wide.integer(0, 8);
    expect(wide.fault?.code).to.equal('megaco.ber.integer');
    expect(new BerReader(Buffer.from('0000000000000005', 'hex')).integer(0, 8)).to.equal(5);
  });
});
