import { expect } from 'chai';
import { entityKey, formatEntity, parseEntity } from './entity-name.js';

describe('the name of a call agent', () => {
  for (const text of [
    'ca1@ca.example.net:2727',
    'ca.example.net',
    '[10.0.0.1]:2728',
    'ca@[2001:db8::1]',
    'ca@[2001:db8::1]:2727',
    'ca@#12',
  ]) {
    it(`is read and written: ${text}`, () => {
      const name = parseEntity(text);
      expect(name && formatEntity(name)).to.equal(text);
    });
  }

  it('has its parts, and brackets off', () => {
    expect(parseEntity('ca@[2001:db8::1]:2729')).to.deep.equal({ local: 'ca', domain: '2001:db8::1', port: 2729 });
    expect(parseEntity('10.0.0.1:2727')).to.deep.equal({ domain: '10.0.0.1', port: 2727 });
  });

  for (const text of [
    '',
    '@gw',
    'ca@',
    'ca@gw:',
    'ca@gw:0',
    'ca@gw:65536',
    'ca@gw:x',
    'ca@2001:db8::1',
    'c a@gw',
    'ca@[::1]5',
    'ca@[::1',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => expect(parseEntity(text)).to.equal(undefined));
  }

  it('is compared without case and with the port that applies', () => {
    expect(entityKey({ domain: 'CA.test' })).to.equal(entityKey({ domain: 'ca.test', port: 2727 }));
    expect(entityKey({ domain: 'ca.test', port: 2728 })).to.not.equal(entityKey({ domain: 'ca.test' }));
  });
});
