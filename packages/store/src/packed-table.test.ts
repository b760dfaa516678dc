import { expect } from 'chai';
import { Random } from '@altpath/testkit';
import { type PackedEntry, PackedTable } from './packed-table.js';

const entry = (key: string, at: number, text = `text of ${key}`): PackedEntry => ({ key, at, text });

describe('a packed table', () => {
  it('gives back what was set, whatever its characters', () => {
    const table = new PackedTable();
    const entries = [
      entry('', 0, ''),
      entry('0A1B2C3D4E5F6', 1_700_000_000_000.25, '["201","sip:b\u00fcrgeramt@example.com"]'),
      entry('\u20ac', -1, 'na\u00efve'),
      entry('half', 2, 'of a pair: \ud83d'),
      entry('\ud83d', 3),
    ];
    for (const each of entries) table.set(each);
    expect(entries.map(({ key }) => table.get(key))).to.deep.equal(entries);
    expect(table.get('0A1B2C3D4E5F7')).to.equal(undefined);
    expect(table.size).to.equal(5);
  });

  it('keeps a text that is longer than its pages', () => {
    const table = new PackedTable();
    const long = entry('long', 2, 'x'.repeat(200_000));
    for (const each of [entry('before', 1), long, entry('behind', 3)]) table.set(each);
    expect(table.get('long')).to.deep.equal(long);
    expect([...table.entries()].map(({ key }) => key)).to.deep.equal(['before', 'long', 'behind']);
  });

  it('has one entry for a key, the last that was set', () => {
    const table = new PackedTable();
    for (const each of [entry('a', 1), entry('b', 2), entry('a', 3, 'again')]) table.set(each);
    expect([...table.entries()]).to.deep.equal([entry('b', 2), entry('a', 3, 'again')]);
    expect(table.size).to.equal(2);
  });

  it('tells entries by their instants', () => {
    const table = new PackedTable();
    for (const at of [5, 1, 4, 2, 3]) table.set(entry(`k${at}`, at));
    table.delete('k4');
    expect([...table.instants()]).to.deep.equal([1, 2, 3, 5]);
    expect([...table.entries(2, 4)].map(({ at }) => at)).to.deep.equal([2, 3]);
  });

  it('may change while it is walked', () => {
    const table = new PackedTable();
    for (let nth = 0; nth < 3_000; nth += 1) table.set(entry(`k${nth}`, nth));
    const walked: number[] = [];
    for (const { key, at } of table.entries()) {
      walked.push(at);
      table.delete(key);
      table.delete(`k${at + 1}`);
      if (at === 0) table.set(entry('late', 3_000));
    }
    expect(walked).to.deep.equal(Array.from({ length: 1_501 }, (_, nth) => 2 * nth));
    expect(table.size).to.equal(0);
  });

  it('is what a map would be, after any changes', () => {
    const random = new Random(5);
    const table = new PackedTable();
    const map = new Map<string, PackedEntry>();
    for (let change = 0; change < 60_000; change += 1) {
      const key = random.integer(change < 40_000 ? 6_000 : 300).toString(36);
      map.delete(key);
      if (random.chance(0.4)) {
        table.delete(key);
      } else {
        const each = entry(key, random.integer(1_000), 'z'.repeat(random.integer(300)));
        table.set(each);
        map.set(key, each);
      }
    }
    expect(table.size).to.equal(map.size);
    expect([...table.entries()]).to.deep.equal([...map.values()]);
    for (let number = 0; number < 6_000; number += 1) expect(table.get(number.toString(36))).to.deep.equal(map.get(number.toString(36)));
  });

  it('gives back the memory of what has gone, and goes on when all numbers of pages have been used', () => {
    const table = new PackedTable();
    table.set(entry('first', 0, 'x'.repeat(100_000)));
    const before = process.memoryUsage().arrayBuffers;
    for (let nth = 1; nth <= 70_000; nth += 1) {
      table.set(entry('k', nth));
      table.delete('k');
    }
    // A page each would be 4.5 GB.
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(500_000_000);
    table.set(entry('last', 1));
    expect([...table.entries()].map(({ key }) => key)).to.deep.equal(['first', 'last']);
    expect(table.get('first')?.text).to.have.length(100_000);
  });
});
