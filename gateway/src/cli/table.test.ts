import { expect } from 'chai';
import { plain, sheet, span, table } from './table.js';

describe('a listing for people', () => {
  it('has columns as wide as their longest cell, and nothing behind the last one', () => {
    const rows = [
      ['a', 'up'],
      ['backup', 'suspect'],
    ];
    expect(table(['NODE', 'STATE'], rows)).to.equal('NODE    STATE\na       up\nbackup  suspect\n');
  });

  it('shows what could speak to the terminal as question marks', () => {
    expect(plain('sip:\u001b[31malice\u0007\u009b@x')).to.equal('sip:?[31malice??@x');
    expect(table(['A'], [['x\ny']])).to.equal('A\nx?y\n');
  });

  it('keeps names that are not ASCII as they are', () => {
    expect(plain('Żółw')).to.equal('Żółw');
  });

  it('shows an empty cell as a dash', () => {
    expect(sheet([['source', '']])).to.equal('source  -\n');
  });

  it('says a length of time in its two largest units', () => {
    const said = [0, 349.6, 12_999, 60_000, 200_000, 3_600_000, 7_500_000, 86_400_000 * 4 + 3_600_000].map(span);
    expect(said).to.deep.equal(['0 ms', '350 ms', '12 s', '1 min', '3 min 20 s', '1 h', '2 h 5 min', '4 d 1 h']);
  });

  it('never says less than nothing', () => {
    expect(span(-5_000)).to.equal('0 ms');
  });
});
