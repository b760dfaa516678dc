import { expect } from 'chai';
import { AudioStream } from './audio-stream.js';
import { isKey, readTelephoneEvent, writeTelephoneEvent } from './telephone-event.js';

describe('telephone events', () => {
  it('are four octets: event, end and volume, duration (RFC 4733 §2.3)', () => {
    const event = { digit: '#', end: true, duration: 800 };
    expect(writeTelephoneEvent(event).toString('hex')).to.equal('0b8a0320');
    expect(readTelephoneEvent(Buffer.from('0b8a0320', 'hex'))).to.deep.equal(event);
    expect(readTelephoneEvent(writeTelephoneEvent({ digit: '0', end: false, duration: 100_000 }))?.duration).to.equal(65_535);
  });

  it('that are no keys are not read, and not written', () => {
    expect([readTelephoneEvent(Buffer.from('100a00a0', 'hex')), readTelephoneEvent(Buffer.from('010a00', 'hex'))]).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(() => writeTelephoneEvent({ digit: 'x', end: false, duration: 0 })).to.throw(RangeError);
    expect(['0', 'D', '*', 'E', '', '12'].map(isKey)).to.deep.equal([true, true, true, false, false, false]);
  });

  it('go in the place of the tone, and the tone goes on behind them', async () => {
    const [left, right] = await Promise.all([AudioStream.open('127.0.0.1', 600), AudioStream.open('127.0.0.1', 900)]);
    try {
      let heard = '';
      right.onDigit = (digit) => (heard += digit);
      for (const end of [left, right]) end.takeEvents(97);
      expect(left.press('1', 100)).to.equal(false);
      left.start({ host: right.address, port: right.port });
      await right.until(() => right.heardOf(600) >= 2);
      expect([left.press('1', 60), left.press('1', 20)]).to.deep.equal([true, true]);
      await right.until(() => heard === '11');
      const before = right.heardOf(600);
      await right.until(() => right.heardOf(600) > before);
      expect([heard, right.report().lost]).to.deep.equal(['11', 0]);
    } finally {
      await Promise.all([left.close(), right.close()]);
    }
  });

  it('are not sent to an end that takes none', async () => {
    const stream = await AudioStream.open('127.0.0.1', 600);
    stream.start({ host: '127.0.0.1', port: 9 });
    expect(stream.press('1', 100)).to.equal(false);
    expect(() => stream.press('x', 100)).to.throw(RangeError);
    await stream.close();
  });
});
