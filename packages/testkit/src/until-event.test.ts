import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import { untilEvent } from './until-event.js';

describe('waiting with events', () => {
  it('is over at once where the condition holds, and nobody listens any more', async () => {
    const emitter = new EventEmitter();
    expect(await untilEvent(emitter, 'news', () => true)).to.equal(true);
    expect(emitter.listenerCount('news')).to.equal(0);
  });

  it('looks with every event, and with no other', async () => {
    const emitter = new EventEmitter();
    let looks = 0;
    const holds = untilEvent(emitter, 'news', () => (looks += 1) === 3);
    emitter.emit('other');
    for (let event = 0; event < 2; event += 1) {
      emitter.emit('news');
      await new Promise(setImmediate);
    }
    expect(await holds).to.equal(true);
    expect(looks).to.equal(3);
  });

  it('looks once more when an event comes while it looks', async () => {
    const emitter = new EventEmitter();
    let looks = 0;
    const look = async (): Promise<boolean> => {
      looks += 1;
      if (looks === 1) emitter.emit('news');
      return Promise.resolve(looks === 2);
    };
    expect(await untilEvent(emitter, 'news', look)).to.equal(true);
  });

  it('is over when its patience is, or with an error, and says what holds then', async () => {
    const emitter = new EventEmitter();
    expect(await untilEvent(emitter, 'news', () => false, 1)).to.equal(false);
    let isBroken = false;
    const holds = untilEvent(emitter, 'news', () => isBroken);
    isBroken = true;
    emitter.emit('error', new Error('broken'));
    expect(await holds).to.equal(true);
  });
});
