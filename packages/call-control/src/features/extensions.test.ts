import { expect } from 'chai';
import { A } from '../exchange.fixture.js';
import { NumberPlan } from '../number-plan.js';
import { extensionPatterns, findExtension } from './extensions.js';

const PLAN = new NumberPlan({ '4930100121': A, '4930100122': 'registrar', '493010012x': 'group:rest', '55': A });
const OWN = '4930100121';
const FEATURES = { extensionDigits: 2 };

describe('a short number', () => {
  it('means the number of the group that ends like it', () => {
    expect(findExtension('22', OWN, FEATURES, PLAN)).to.deep.equal({ number: '4930100122', match: PLAN.find('4930100122') });
    expect(findExtension('29', OWN, FEATURES, PLAN)?.match.pattern).to.equal('493010012x');
  });

  it('means nothing where nobody has the whole number', () => {
    expect(findExtension('31', OWN, FEATURES, PLAN)).to.equal(undefined);
  });

  it('means nothing to a line that has none, or whose own number is not longer', () => {
    expect(findExtension('22', OWN, {}, PLAN)).to.equal(undefined);
    expect(findExtension('22', undefined, FEATURES, PLAN)).to.equal(undefined);
    expect(findExtension('22', '55', FEATURES, PLAN)).to.equal(undefined);
  });

  it('has as many digits as the line says, and nothing but digits', () => {
    for (const digits of ['2', '222', '*2', '', '+2']) expect(findExtension(digits, OWN, FEATURES, PLAN), digits).to.equal(undefined);
  });

  it('is let through by digit maps, each length once', () => {
    const lines = [{ extensionDigits: 3 }, undefined, {}, { extensionDigits: 2 }, { extensionDigits: 3 }];
    expect(extensionPatterns(lines)).to.deep.equal(['xx', 'xxx']);
  });
});
