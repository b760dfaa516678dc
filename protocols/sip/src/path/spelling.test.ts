import { expect } from 'chai';
import type { HostPort } from '@altpath/core';
import { readAlternates, writeAlternates } from './spelling.js';

describe('how alternates are spelled', () => {
  const spellings: readonly [text: string, list: readonly HostPort[]][] = [
    ['backup.sample2.com', [{ host: 'backup.sample2.com' }]],
    ['10.0.0.2%3A5060+10.0.0.3', [{ host: '10.0.0.2', port: 5060 }, { host: '10.0.0.3' }]],
    ['%5B2001%3Adb8%3A%3A1%5D%3A5080', [{ host: '2001:db8::1', port: 5080 }]],
    ['%5B%3A%3A1%5D+10.0.0.1', [{ host: '::1' }, { host: '10.0.0.1' }]],
    ['', []],
  ];
  for (const [text, list] of spellings) {
    it(`writes and reads ${JSON.stringify(text)}`, () => {
      expect(writeAlternates(list)).to.equal(text);
      expect(readAlternates(text)).to.deep.equal(list);
    });
  }

  it('what is written holds only characters of a Via parameter and of a URI parameter', () => {
    const text = writeAlternates([
      { host: '2001:db8::1', port: 5060 },
      { host: 'a-b.test', port: 1 },
    ]);
    expect(text).to.match(/^(?:[\w.!*'~+-]|%[0-9A-F]{2})+$/);
  });

  const read: readonly [text: string, list: readonly HostPort[]][] = [
    ['"10.0.0.2,10.0.0.3:5070"', [{ host: '10.0.0.2' }, { host: '10.0.0.3', port: 5070 }]],
    ['10.0.0.2, 10.0.0.3', [{ host: '10.0.0.2' }, { host: '10.0.0.3' }]],
    ['10.0.0.2:5060', [{ host: '10.0.0.2', port: 5060 }]],
    ['[2001:db8::1]:5060', [{ host: '2001:db8::1', port: 5060 }]],
    ['10.0.0.2%2c10.0.0.3%2B10.0.0.4', [{ host: '10.0.0.2' }, { host: '10.0.0.3' }, { host: '10.0.0.4' }]],
    ['%5b%3a%3a1%5d', [{ host: '::1' }]],
  ];
  for (const [text, list] of read) it(`also reads ${text}`, () => expect(readAlternates(text)).to.deep.equal(list));

  it('leaves out what is no address', () => {
    expect(readAlternates('10.0.0.2+:5060+ho st+10.0.0.3:99999++2001:db8::1+%00+x.test')).to.deep.equal([
      { host: '10.0.0.2' },
      { host: 'x.test' },
    ]);
  });

  it('reads nothing of nothing', () => {
    for (const text of [undefined, null, '', '""', '+', ',']) expect(readAlternates(text)).to.deep.equal([]);
  });

  it('reads eight and no more', () => {
    expect(readAlternates(Array.from({ length: 1_000 }, (_, i) => `h${i}.test`).join('+'))).to.have.length(8);
  });
});
