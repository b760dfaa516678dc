// Parameter lists as text: names without case, quotes, and what is given back as it was written.
import { expect } from 'chai';
import { NO_PARAMETERS, parametersOf } from './parameters.js';

describe('parametersOf', () => {
  const list = parametersOf(';A=1; flag ;b="x;y, \\"z\\"" ;c=');

  it('finds names without case, and tells a flag from an absent one', () => {
    expect(list.get('a')).to.equal('1');
    expect(list.get('FLAG')).to.equal(null);
    expect(list.get('none')).to.equal(undefined);
    expect(list.has('flag')).to.equal(true);
    expect(list.get('c')).to.equal('');
  });

  it('takes the quotes off a value, and leaves a semicolon inside them alone', () => {
    expect(list.get('b')).to.equal('x;y, "z"');
  });

  it('gives entries as written', () => {
    expect(list.entries()).to.deep.equal([
      ['a', '1'],
      ['flag', null],
      ['b', '"x;y, \\"z\\""'],
      ['c', ''],
    ]);
  });

  it('leaves out what is named and keeps the rest as written', () => {
    expect(list.without(['a', 'flag'])).to.equal(';b="x;y, \\"z\\"";c=');
    expect(NO_PARAMETERS.without(['a'])).to.equal('');
  });
});
