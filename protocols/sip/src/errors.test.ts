// Statuses of faults.
import { expect } from 'chai';
import { reasonOf, remoteFault, statusOf } from './errors.js';

describe('statusOf', () => {
  for (const [code, status] of [
    ['sip.parse.via', 400],
    ['sip.version', 505],
    ['sip.size.headers', 513],
    ['sip.uri.scheme', 416],
    ['sip.method.unknown', 501],
    ['sip.never.heard', 400],
  ] as const) {
    it(`of ${code} is ${status}`, () => expect(statusOf(remoteFault(code, 'x'))).to.equal(status));
  }

  it('the hint is the reason phrase', () => expect(reasonOf(remoteFault('sip.parse.via', 'Bad Via'))).to.equal('Bad Via'));
});
