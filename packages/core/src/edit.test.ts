// Edits on received bytes.
import { expect } from 'chai';
import { applyEdits, type Edit } from './edit.js';

function edited(text: string, ...edits: Edit[]): string {
  return applyEdits(Buffer.from(text, 'latin1'), edits).toString('latin1');
}

describe('applyEdits', () => {
  it('replaces, inserts and removes, in whatever order the edits come', () => {
    expect(
      edited('0123456789', { at: 8, remove: 2, insert: '' }, { at: 0, remove: 0, insert: 'a' }, { at: 3, remove: 1, insert: 'xyz' }),
    ).to.equal('a012xyz4567');
  });

  it('keeps insertions at one offset in the order of the list', () => {
    expect(edited('ab', { at: 1, remove: 0, insert: '1' }, { at: 1, remove: 0, insert: '2' })).to.equal('a12b');
  });

  it('inserts before what is removed at the same offset, whichever comes first in the list', () => {
    const insertion = { at: 1, remove: 0, insert: '+' };
    const removal = { at: 1, remove: 1, insert: '' };
    expect(edited('abc', insertion, removal)).to.equal('a+c');
    expect(edited('abc', removal, insertion)).to.equal('a+c');
  });

  it('leaves every byte value as it came, and shares no memory with what came', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    const out = applyEdits(bytes, [{ at: 256, remove: 0, insert: '\xff' }]);
    bytes.fill(0);
    expect([...out]).to.deep.equal([...Array.from({ length: 256 }, (_, code) => code), 0xff]);
  });

  it('throws when edits overlap or reach beyond the message', () => {
    expect(() => edited('abc', { at: 0, remove: 2, insert: '' }, { at: 1, remove: 1, insert: '' })).to.throw(RangeError);
    expect(() => edited('abc', { at: 2, remove: 2, insert: '' })).to.throw(RangeError);
  });
});
