import { expect } from 'chai';
import { readKey, writeKey } from './digits.js';
import { ABLE, called } from './talk.fixture.js';

describe('a key in the body of an INFO', () => {
  for (const [type, body, digit, durationMs] of [
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5', 160],
    ['Application/DTMF-Relay', 'signal = *\nduration = 90', '*', 90],
    ['application/dtmf-relay', 'Duration=20\r\nSignal= #', '#', 40],
    ['application/dtmf-relay', 'Signal=10\r\n', '*', 250],
    ['application/dtmf-relay', 'Signal=11\r\nDuration=999999', '#', 6_000],
    ['application/dtmf-relay', 'Signal=d\r\n', 'D', 250],
    ['application/dtmf-relay', 'Signal=15\r\n', 'D', 250],
    ['application/dtmf', '7', '7', 250],
    ['application/dtmf', ' 0\r\n', '0', 250],
    ['application/dtmf', 'Signal=7\r\nDuration=100', '7', 100],
  ] as const) {
    it(`${JSON.stringify(body)} of ${type} is ${digit}`, () => expect(readKey(type, body)).to.deep.equal({ digit, durationMs }));
  }

  for (const [type, body] of [
    ['application/dtmf-relay', ''],
    ['application/dtmf-relay', '5'],
    ['application/dtmf-relay', 'Signal=E'],
    ['application/dtmf-relay', 'Signal=16'],
    ['application/dtmf', '12x'],
    ['application/sdp', 'Signal=5'],
  ] as const) {
    it(`${JSON.stringify(body)} of ${type} is none`, () => expect(readKey(type, body)).to.equal(undefined));
  }

  it('is read as it was written', () => {
    const key = { digit: '#', durationMs: 200 };
    expect(readKey('application/dtmf-relay', writeKey(key))).to.deep.equal(key);
  });
});

describe('INFO of a telephone', () => {
  it('tells the key', () => {
    const { desk, say } = called();
    say('INFO', { type: 'application/dtmf-relay', body: 'Signal=5\r\nDuration=160\r\n' });
    expect(desk.summary()).to.deep.equal(['200']);
    expect(desk.events()).to.deep.equal([{ kind: 'digit', digit: '5', durationMs: 160 }]);
  });

  for (const [what, words, status, header] of [
    ['that is empty only asks whether we are there', {}, 200, undefined],
    [
      'with another body is told what would do',
      { type: 'text/plain', body: 'x' },
      415,
      ['Accept', 'application/dtmf-relay, application/dtmf'],
    ],
    ['with a key that is none is refused', { type: 'application/dtmf', body: '?' }, 400, undefined],
    ['of a package that was not asked for is refused (RFC 6086 §4.2.2)', { lines: ['Info-Package: x'], body: 'y' }, 469, ['Recv-Info', '']],
  ] as const) {
    it(what, () => {
      const { desk, say } = called();
      say('INFO', words);
      const answer = desk.one();
      expect(answer.status).to.equal(status);
      if (header) expect(answer.header(header[0])).to.equal(header[1]);
      expect(desk.events()).to.deep.equal([]);
    });
  }
});

describe('a key of the other end', () => {
  it('is told by INFO, one after the other', () => {
    const { desk, party } = called();
    for (const digit of ['1', '2']) desk.adapter.notice(party, { kind: 'digit', digit, durationMs: 120 }, desk.now);
    desk.pass(0);
    const first = desk.one();
    expect([first.method, first.header('Content-Type'), first.body.toString()]).to.deep.equal([
      'INFO',
      'application/dtmf-relay',
      'Signal=1\r\nDuration=120\r\n',
    ]);
    desk.hear(desk.answer(first, 200));
    const second = desk.one();
    expect(second.body.toString()).to.contain('Signal=2');
    desk.hear(desk.answer(second, 415));
    expect(desk.summary()).to.deep.equal([]);
    expect(desk.events()).to.deep.equal([]);
  });

  it('waits no longer than the one before it can be answered, and no more than some do', () => {
    const { desk, party } = called();
    for (let i = 0; i < 40; i += 1) desk.adapter.notice(party, { kind: 'digit', digit: '1', durationMs: 100 }, desk.now);
    expect(desk.observer.counts.filter((each) => each.startsWith('sip.digit.dropped'))).to.have.length(7);
    desk.pass(33_000);
    expect(new Set(desk.sent().map((each) => each.cseq)).size).to.equal(2);
  });

  it('is not told a telephone that does not take it', () => {
    const { desk, party } = called(ABLE.map((line) => line.replace(' INFO,', '')));
    desk.adapter.notice(party, { kind: 'digit', digit: '1', durationMs: 120 }, desk.now);
    desk.pass(0);
    expect(desk.summary()).to.deep.equal([]);
  });
});
