// Values in their octet strings: the table of note 4 in RFC 3525 annex A.2, and what comes without a wrap.
import { SignalingError } from '@altpath/core';
import { expect } from 'chai';
import type { Value } from '../../message/index.js';
import { BOOLEAN, DOUBLE, enumeration, INTEGER, OCTETS, STANDARD_PACKAGES, STRING, type ValueType } from '../../packages/index.js';
import { itemName, itemNumber, packageName, Wrapping } from './wrapping.js';

const wrapping = new Wrapping(STANDARD_PACKAGES);
const STRICT = enumeration({ exact: 0, state: 1, failWrong: 2 });
const of = (type: ValueType): { readonly name: string; readonly id: number; readonly type: ValueType } => ({ name: 'p', id: 1, type });
const word = (text: string): Value => ({ text, quoted: false });
const quoted = (text: string): Value => ({ text, quoted: true });

describe('package values in BER', () => {
  const pairs: readonly [type: ValueType, value: Value, hex: string][] = [
    [BOOLEAN, word('on'), '0101ff'],
    [BOOLEAN, word('off'), '010100'],
    [INTEGER, word('40'), '020128'],
    [INTEGER, word('-1'), '0201ff'],
    [INTEGER, word('128'), '02020080'],
    [DOUBLE, word('18446744073709551615'), '020900ffffffffffffffff'],
    [{ kind: 'integer', words: { automatic: 0xffff_ffff } }, word('automatic'), '020500ffffffff'],
    [STRICT, word('state'), '0a0101'],
    [STRICT, word('7'), '0a0107'],
    [STRING, quoted('1002'), '160431303032'],
    [STRING, quoted('caf\u00c3\u00a9'), '0c05636166c3a9'],
    [OCTETS, word('8090'), '04028090'],
    [{ kind: 'signal-name' }, word('cg/dt'), '040400070030'],
  ];
  for (const [type, value, hex] of pairs) {
    it(`${type.kind} ${value.text} is ${hex}, both ways`, () => {
      expect(wrapping.write(value, of(type)).toString('hex')).to.equal(hex);
      expect(wrapping.read(Buffer.from(hex, 'hex'), of(type))).to.deep.equal(value);
    });
  }

  it('words are found without case, and other spellings of a value are written in the one of the type', () => {
    expect(wrapping.write(word('FAILWRONG'), of(STRICT)).toString('hex')).to.equal('0a0102');
    expect(wrapping.write(word('true'), of(BOOLEAN)).toString('hex')).to.equal('0101ff');
    expect(wrapping.write(word('0x10'), of(INTEGER)).toString('hex')).to.equal('020110');
  });

  const bare: readonly [type: ValueType, octets: string, value: Value][] = [
    [STRICT, 'state', word('state')],
    [INTEGER, '40', word('40')],
    [BOOLEAN, 'on', word('on')],
    [STRING, '1002', quoted('1002')],
    [STRING, '"1002"', quoted('1002')],
    [DOUBLE, '0.25', word('0.25')],
    [INTEGER, 'a b', quoted('a b')],
    [INTEGER, '', quoted('')],
  ];
  for (const [type, octets, value] of bare) {
    it(`${type.kind} ${JSON.stringify(octets)} without a wrap is taken as its text`, () =>
      expect(wrapping.read(Buffer.from(octets), of(type))).to.deep.equal(value));
  }

  it('an element that is cut, or longer than its octets, is no wrap', () => {
    expect(wrapping.read(Buffer.from('160431', 'hex'), of(OCTETS)).text).to.equal('160431');
    expect(wrapping.read(Buffer.from('020128ff', 'hex'), of(OCTETS)).text).to.equal('020128ff');
  });

  it('long strings have long lengths', () => {
    const value = quoted('x'.repeat(300));
    const octets = wrapping.write(value, of(STRING));
    expect(octets.subarray(0, 4).toString('hex')).to.equal('1682012c');
    expect(wrapping.read(octets, of(STRING))).to.deep.equal(value);
  });

  it('what is not of its type goes as a string and not at all lost', () => {
    for (const [type, text] of [
      [INTEGER, '0.25'],
      [BOOLEAN, 'g165'],
      [STRICT, 'later'],
    ] as const) {
      const octets = wrapping.write(word(text), of(type));
      expect(octets[0]).to.equal(0x16);
      expect(wrapping.read(octets, of(type))).to.deep.equal(word(text));
    }
  });

  it('octets of a type that nobody knows go through as they came', () => {
    for (const hex of ['0a0101', '73746174', '', '30030a0101']) {
      const value = wrapping.read(Buffer.from(hex, 'hex'), undefined);
      expect(value).to.deep.equal(word(`0x${hex}`));
      expect(wrapping.write(value, undefined).toString('hex')).to.equal(hex);
    }
  });

  it('an integer of absurd size is not counted', () => {
    const octets = Buffer.concat([Buffer.from('0282ffff', 'hex'), Buffer.alloc(0xffff, 1)]);
    expect(wrapping.read(octets, of(INTEGER)).text).to.have.length(octets.length);
  });
});

describe('names of packages and items in numbers', () => {
  const pairs: readonly [number: number, name: string][] = [
    [0x0009_0005, 'al/of'],
    [0x0009_00ff, 'al/0x00ff'],
    [0x00fe_0001, '0x00fe/0x0001'],
    [0x0009_ffff, 'al/*'],
    [0xffff_ffff, '*/*'],
  ];
  for (const [number, name] of pairs) {
    it(`${name} is ${number.toString(16)}, both ways`, () => {
      expect(itemName(STANDARD_PACKAGES, 'event', number)).to.equal(name);
      expect(itemNumber(STANDARD_PACKAGES, 'event', name)).to.equal(number);
    });
  }

  it('a name without a number is refused by name', () => {
    for (const name of ['foo/a', 'al/xyz', 'al', '/of', 'al/0x1'])
      expect(() => itemNumber(STANDARD_PACKAGES, 'event', name), name).to.throw(SignalingError, 'no number');
  });

  it('a package may stand without its items', () => {
    expect(packageName(STANDARD_PACKAGES, 0x000c)).to.equal('rtp');
    expect(packageName(STANDARD_PACKAGES, 0x0099)).to.equal('0x0099');
  });
});
