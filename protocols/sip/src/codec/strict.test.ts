// What only the final reader of a message refuses.
import { expect } from 'chai';
import { checkStrict } from './strict.js';
import { changed, INVITE, message } from './testing.js';

describe('checkStrict', () => {
  for (const [code, ...lines] of [
    ['sip.parse.via', 'Via: SIP/2.0/UDP a.example;;'],
    ['sip.parse.via', 'Via: SIP/3.0/UDP a.example'],
    ['sip.parse.record-route', 'Record-Route: sip:a.example?b=c'],
    ['sip.parse.path', 'Path: <a.example>'],
    ['sip.parse.contact', 'Contact: sip:nora@example.net?a=b'],
    ['sip.parse.contact', 'Contact: <sip:nora@[x]>'],
    ['sip.parse.contact', 'Contact: *'],
    ['sip.parse.date', 'Date: Mon, 06 Jan 2025 07:08:09 CET'],
    ['sip.parse.date', 'Date: yesterday'],
    ['sip.parse.retry-after', 'Retry-After: 99999999999'],
    ['sip.parse.min-expires', 'Min-Expires: -4'],
    ['sip.parse.warning', 'Warning: 1399 a "b"'],
  ] as const) {
    it(`refuses ${lines.join()}`, () => expect(checkStrict(message([...INVITE, ...lines]))).to.have.property('code', code));
  }

  it('refuses what stands in for tokens in a display name', () => {
    expect(checkStrict(message(changed('To', 'To: Otto (home) <sip:otto@example.org>')))).to.have.property('code', 'sip.parse.to');
  });

  it('refuses white space inside a Call-ID', () => {
    expect(checkStrict(message(changed('Call-ID', 'Call-ID: a b')))).to.have.property('code', 'sip.parse.call-id');
  });

  for (const lines of [
    ['Date: Mon, 06 Jan 2025 07:08:09 GMT'],
    ['Retry-After: 18000;duration=3600'],
    ['Retry-After: 120 (in a meeting)'],
    ['Warning: 399 a.example "x", 370 a.example "y"'],
    ['Expires: 99999999999'],
    ['Contact: "*" <sip:a@example.net>'],
    ['Contact: <mailto:nora@example.net>;q=0.1'],
  ]) {
    it(`takes ${lines.join()}`, () => expect(checkStrict(message([...INVITE, ...lines]))).to.equal(undefined));
  }
});
