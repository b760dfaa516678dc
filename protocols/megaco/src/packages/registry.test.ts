import { expect } from 'chai';
import { STRING, type PackageDefinition } from './definition.js';
import { STANDARD_PACKAGES } from './registry.js';

describe('the registry of packages', () => {
  const known: readonly [kind: 'property' | 'event' | 'signal' | 'statistic', name: string, number: number][] = [
    ['event', 'al/of', 0x0009_0005],
    ['event', 'al/on', 0x0009_0004],
    ['signal', 'al/ri', 0x0009_0002],
    ['signal', 'cg/dt', 0x0007_0030],
    ['event', 'dd/ce', 0x0006_0004],
    ['event', 'dd/do', 0x0006_0021],
    ['signal', 'dg/da', 0x0005_001a],
    ['event', 'it/ito', 0x0045_0001],
    ['property', 'root/maxNumberOfContexts', 0x0002_0001],
    ['property', 'tdmc/gain', 0x000d_000a],
    ['statistic', 'rtp/ps', 0x000c_0004],
    ['statistic', 'nt/or', 0x000b_0003],
  ];
  for (const [kind, name, number] of known) {
    it(`knows ${name} by name and by number`, () => {
      expect(STANDARD_PACKAGES.item(kind, name)?.number).to.equal(number);
      expect(STANDARD_PACKAGES.itemNumbered(kind, number)?.name).to.equal(name);
    });
  }

  it('finds names without case, and writes them as the document does', () => {
    expect(STANDARD_PACKAGES.item('property', 'ROOT/maxnumberofcontexts')?.name).to.equal('root/maxNumberOfContexts');
    expect(STANDARD_PACKAGES.item('event', 'dd/ce')?.parameters.named('METH')?.name).to.equal('Meth');
    expect(STANDARD_PACKAGES.package('TDMC')?.id).to.equal(0x000d);
  });

  it('a package has the items of the one that it extends', () => {
    expect(STANDARD_PACKAGES.item('statistic', 'rtp/dur')?.number).to.equal(0x000c_0001);
    expect(STANDARD_PACKAGES.item('property', 'tdmc/jit')?.number).to.equal(0x000d_0007);
  });

  it('a package that extends another fills in its values', () => {
    const tones = (name: string): unknown => STANDARD_PACKAGES.item('event', name)?.parameters.named('tl')?.type;
    expect(tones('tonedet/std')).to.have.deep.property('values', { '*': 0 });
    expect(tones('dd/std')).to.have.nested.property('values.d7', 0x0017);
    expect(tones('cd/std')).to.have.nested.property('values.bt', 0x0032);
  });

  it('an event and a signal may share a number', () => {
    expect(STANDARD_PACKAGES.itemNumbered('event', 0x0005_0010)).to.equal(undefined);
    expect(STANDARD_PACKAGES.itemNumbered('signal', 0x0005_0010)?.name).to.equal('dg/d0');
  });

  it('another package joins, and the registry that it joined stays as it was', () => {
    const extra: PackageDefinition = { name: 'xyz', id: 0x8001, version: 1, properties: [{ name: 'note', id: 1, type: STRING }] };
    const larger = STANDARD_PACKAGES.with(extra);
    expect(larger.itemNumbered('property', 0x8001_0001)?.name).to.equal('xyz/note');
    expect(larger.item('event', 'al/of')).to.not.equal(undefined);
    expect(STANDARD_PACKAGES.item('property', 'xyz/note')).to.equal(undefined);
  });

  it('two packages with one name or one number are refused', () => {
    expect(() => STANDARD_PACKAGES.with({ name: 'AL', id: 0x8002, version: 1 })).to.throw(RangeError, 'AL');
    expect(() => STANDARD_PACKAGES.with({ name: 'other', id: 0x0009, version: 1 })).to.throw(RangeError);
  });
});
