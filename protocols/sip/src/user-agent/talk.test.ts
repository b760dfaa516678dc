import { expect } from 'chai';
import { called } from './talk.fixture.js';

describe('a request in a dialog', () => {
  for (const [method, status, header] of [
    ['MESSAGE', 405, 'Allow'],
    ['SUBSCRIBE', 405, 'Allow'],
    ['PUBLISH', 405, 'Allow'],
    ['DANCE', 501, 'Allow'],
    ['NOTIFY', 489, 'Allow-Events'],
    ['OPTIONS', 200, 'Accept'],
  ] as const) {
    it(`${method} gets ${status}, and what would do`, () => {
      const { desk, say } = called();
      say(method);
      const answer = desk.one();
      expect(answer.status).to.equal(status);
      expect(answer.has(header)).to.equal(true);
      expect(desk.events()).to.deep.equal([]);
    });
  }

  for (const method of ['INVITE', 'UPDATE', 'INFO', 'REFER']) {
    it(`${method} that comes after our BYE finds no call`, () => {
      const { desk, say, party } = called();
      desk.order(party, { phase: 'idle' });
      desk.sent();
      say(method, { lines: ['Refer-To: <sip:1@sample2.test>'] });
      expect(desk.summary()).to.deep.equal(['481']);
    });
  }

  it('says anew what the telephone can do', () => {
    const { desk, say, party } = called();
    say('UPDATE', { lines: ['Allow: INVITE, BYE'] });
    desk.sent();
    desk.adapter.notice(party, { kind: 'digit', digit: '1', durationMs: 100 }, desk.now);
    desk.pass(0);
    expect(desk.summary()).to.deep.equal([]);
  });
});
