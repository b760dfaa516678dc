import { expect } from 'chai';
import { commentOf, effectiveCode, isProvisional, isSuccess, ReturnCode, returnCategory } from './return-codes.js';

describe('return codes', () => {
  it('unknown ones mean what their class means (RFC 3435 §2.4)', () => {
    const pairs = [
      [7, 0],
      [150, 100],
      [299, 200],
      [305, 521],
      [499, 400],
      [599, 510],
      [801, 510],
      [999, 510],
    ];
    for (const [code, meaning] of pairs) expect(effectiveCode(code as number), String(code)).to.equal(meaning);
  });

  it('known ones mean themselves, and each has words', () => {
    for (const code of Object.values(ReturnCode)) {
      expect(effectiveCode(code)).to.equal(code);
      expect(commentOf(code), String(code)).to.not.equal('');
    }
    expect(commentOf(801)).to.equal('');
  });

  it('have the classes and categories that RFC 3661 gives', () => {
    expect([isProvisional(100), isProvisional(200), isSuccess(250), isSuccess(300)]).to.deep.equal([true, false, true, false]);
    expect([200, 501, 512, 409, 401, 505, 521, 450, 799].map(returnCategory)).to.deep.equal([
      'normal',
      'service-failure',
      'provisioning-mismatch',
      'temporary-failure',
      'state-mismatch',
      'remote-description',
      'specific',
      'temporary-failure',
      'specific',
    ]);
  });
});
