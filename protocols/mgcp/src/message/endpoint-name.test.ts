import { expect } from 'chai';
import { endpointKey, expandRanges, formatEndpoint, isAllOf, isAnyOf, matches, parseEndpoint } from './endpoint-name.js';

describe('an endpoint name', () => {
  for (const [text, local, domain] of [
    ['aaln/1@gw.example.net', 'aaln/1', 'gw.example.net'],
    ['*@gw-o.whatever.net', '*', 'gw-o.whatever.net'],
    ['ds/ds1-3/$@gw', 'ds/ds1-3/$', 'gw'],
    ['X35V3+A4/13@gw23.example.net', 'X35V3+A4/13', 'gw23.example.net'],
    ['aaln/1@[128.96.41.1]', 'aaln/1', '128.96.41.1'],
    ['aaln/1@[2001:db8::1]', 'aaln/1', '2001:db8::1'],
    ['aaln/1@#123', 'aaln/1', '#123'],
  ] as const) {
    it(`is read and written: ${text}`, () => {
      expect(parseEndpoint(text)).to.deep.equal({ local, domain });
      expect(formatEndpoint({ local, domain })).to.equal(text);
    });
  }

  it('may come with a bare IPv4 literal, and leaves in brackets', () => {
    const name = parseEndpoint('aaln/1@10.0.0.1');
    expect(name && formatEndpoint(name)).to.equal('aaln/1@[10.0.0.1]');
  });

  for (const text of [
    '',
    'aaln/1',
    '@gw',
    'aaln/1@',
    'a@b@c',
    'aaln//1@gw',
    '/1@gw',
    'aaln/*x@gw',
    'a b@gw',
    'aaln/1@[10.0.0.1',
    'aaln/1@[gw]',
    'aaln/1@gw net',
    'aaln/\u00e9@gw',
    `${'a'.repeat(256)}@gw`,
    `a@${'b'.repeat(256)}`,
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 30))}`, () => expect(parseEndpoint(text)).to.equal(undefined));
  }

  it('is compared without case', () => {
    expect(endpointKey({ local: 'AALN/1', domain: 'GW.test.' })).to.equal(endpointKey({ local: 'aaln/1', domain: 'gw.test' }));
  });

  it('knows its wildcards', () => {
    expect(isAllOf({ local: 'aaln/*', domain: 'gw' })).to.equal(true);
    expect(isAnyOf({ local: 'aaln/$', domain: 'gw' })).to.equal(true);
    expect(isAllOf({ local: 'aaln/1', domain: 'gw' })).to.equal(false);
  });
});

describe('a pattern of endpoints', () => {
  for (const [pattern, local, expected] of [
    ['*', 'aaln/1', true],
    ['aaln/*', 'AALN/2', true],
    ['aaln/*', 'aaln', false],
    ['aaln/*', 'ds/1', false],
    ['ds/*', 'ds/ds1-1/4', true],
    ['aaln/1', 'aaln/1', true],
    ['aaln/1', 'aaln/1/2', false],
    ['ds/ds1-[1-3]/[1,5-6]', 'ds/ds1-2/5', true],
    ['ds/ds1-[1-3]/[1,5-6]', 'ds/ds1-2/4', false],
    ['ds/[1-24]', 'ds/07', false],
    ['ds/[x]', 'ds/1', false],
  ] as const) {
    it(`${pattern} ${expected ? 'covers' : 'does not cover'} ${local}`, () => expect(matches(pattern, local)).to.equal(expected));
  }

  it('is written out with the last range running fastest', () => {
    expect(expandRanges('ds-[1-2]/[1,3-4]')).to.deep.equal(['ds-1/1', 'ds-1/3', 'ds-1/4', 'ds-2/1', 'ds-2/3', 'ds-2/4']);
    expect(expandRanges('aaln/1')).to.deep.equal(['aaln/1']);
  });

  it('is not written out when it is none, or has too many names', () => {
    for (const bad of ['a/[1-', 'a/[]', 'a/[3-1]', 'a/[x]']) expect(expandRanges(bad), bad).to.equal(undefined);
    expect(expandRanges('a/[0-999999999]')).to.equal(undefined);
    expect(expandRanges('[1-100]/[1-100]/[1-100]')).to.equal(undefined);
  });
});
