import { expect } from 'chai';
import { StopSignals } from './stop-signals.js';

async function settled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
}

describe('stop signals', () => {
  it('the first signal asks to drain, the second to stop now, whichever they are', async () => {
    const signals = new StopSignals();
    try {
      process.emit('SIGTERM');
      expect([await settled(signals.first), await settled(signals.second)]).to.deep.equal([true, false]);
      process.emit('SIGTERM');
      expect(await settled(signals.second)).to.equal(true);
    } finally {
      signals.release();
    }
  });

  it('a signal that came before anybody waited is not lost', async () => {
    const signals = new StopSignals();
    process.emit('SIGTERM');
    signals.release();
    expect(await settled(signals.first)).to.equal(true);
  });

  it('nothing is listened for any more after the release', () => {
    const before = process.listenerCount('SIGTERM');
    const signals = new StopSignals();
    expect(process.listenerCount('SIGTERM')).to.equal(before + 1);
    signals.release();
    expect(process.listenerCount('SIGTERM')).to.equal(before);
  });
});
