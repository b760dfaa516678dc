// Termination ids: the examples of RFC 3525 annex A.1, and the patterns of the configuration.
import { SignalingError } from '@altpath/core';
import { expect } from 'chai';
import { TerminationNames } from './termination-names.js';

/** `wildcard octets: id`, in hex. */
function octets(names: TerminationNames, text: string): string {
  const { wildcard, id } = names.write(text);
  return `${Buffer.concat(wildcard).toString('hex')}:${id.toString('hex')}`;
}

function text(names: TerminationNames, hex: string): string {
  const [wildcard = '', id = ''] = hex.split(':');
  return names.read({ wildcard: Array.from(Buffer.from(wildcard, 'hex'), (octet) => Buffer.of(octet)), id: Buffer.from(id, 'hex') });
}

describe('termination ids in octets', () => {
  const standard = new TerminationNames();
  const trunks = new TerminationNames({ 'ds/{slot}/{channel}': '2{slot:03x}{channel:02x}', 'rtp/{n}': 'f0{n:04x}' });

  const pairs: readonly [names: TerminationNames, text: string, octets: string][] = [
    [standard, 'ROOT', ':ffffffffffffffff'],
    [standard, 'line/1', ':000001'],
    [standard, 'line/255', ':0000ff'],
    [standard, 'rtp/513', ':010201'],
    [standard, '*', 'd7:000000'],
    [standard, '$', '57:000000'],
    [standard, 'line/*', '87:000000'],
    [standard, 'rtp/$', '0f:010000'],
    [trunks, 'ds/3/17', ':200311'],
    [trunks, 'ds/*/17', '93:200011'],
    [trunks, 'ds/3/$', '07:200300'],
    [standard, '00000001/00011110/01010101/11111111', ':011e55ff'],
    [trunks, '00000001/11111110/*', '87:01fe00'],
  ];
  for (const [names, written, expected] of pairs) {
    it(`${written} is ${expected}, both ways`, () => {
      expect(octets(names, written)).to.equal(expected);
      expect(text(names, expected)).to.equal(written);
    });
  }

  it('the examples of annex A.1 are read by their levels of an octet', () => {
    const none = new TerminationNames({});
    expect(text(none, '87:011e00')).to.equal('00000001/00011110/*');
    expect(text(none, '1707:001e00')).to.equal('$/00011110/$');
    expect(text(none, '4f:010000')).to.equal('00000001/$/$');
  });

  it('levels that are wildcards one by one are a wildcard altogether', () => {
    expect(text(standard, '978f87:000000')).to.equal('*');
    expect(text(standard, '0f:0000')).to.equal('$/00000000');
  });

  it('the whole wildcard has as many octets as the longest pattern, and is read at any size', () => {
    expect(octets(new TerminationNames({ 'x/{n}': '{n:08x}00000000' }), '*')).to.equal('ff:0000000000000000');
    for (const id of ['00', '0000', '0000000000000000']) expect(text(standard, `ff:${id}`)).to.equal('*');
  });

  it('a wildcard over a part of an octet keeps its place', () => {
    const none = new TerminationNames({});
    expect(text(none, '83:01f0')).to.equal('00000001/1111****');
    expect(octets(none, '00000001/1111****')).to.equal('83:01f0');
  });

  it('case does not matter in what a pattern names', () => {
    expect(octets(standard, 'LINE/7')).to.equal(':000007');
    expect(octets(standard, 'root')).to.equal(':ffffffffffffffff');
  });

  it('a text without octets is refused by name', () => {
    for (const each of ['line/256', 'line/', 'tdm/1', 'line/1*', '0000000/00000001', '', '*/x'])
      expect(() => octets(standard, each), each).to.throw(SignalingError, 'no pattern');
  });

  it('octets that are of no pattern are written as bits', () => {
    expect(text(standard, ':020304')).to.equal('00000010/00000011/00000100');
    expect(text(standard, ':00')).to.equal('00000000');
  });

  const wrong: Readonly<Record<string, readonly [text: string, octets: string]>> = {
    'half an octet': ['x/{n}', '0{n:02x}'],
    'more than 8 octets': ['x/{n}', '{n:08x}0000000000'],
    'no octets': ['x', ''],
    'a field without its octets': ['x/{n}/{m}', '00{n:02x}'],
    'a field that stands twice': ['x/{n}/{n}', '{n:02x}{n:02x}'],
    'another notation': ['x/{n}', '00{n:02d}'],
    'letters that are no digits': ['x/{n}', 'xy{n:02x}'],
  };
  for (const [what, [pattern, form]] of Object.entries(wrong))
    it(`refuses a pattern with ${what}`, () => expect(() => new TerminationNames({ [pattern]: form })).to.throw(RangeError));
});
