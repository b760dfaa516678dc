import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callDetailStoreContract, callStoreContract, laterOfTwo, locationStoreContract, sampleBinding } from '@altpath/testkit';
import { MemoryStore } from './memory-store.js';

locationStoreContract('the memory store', () => ({ store: new MemoryStore() }));
callStoreContract('the memory store', () => ({ store: new MemoryStore() }));
callDetailStoreContract('the memory store', () => ({ store: new MemoryStore({ mergeDetails: laterOfTwo, maxDetails: 10 }) }));

describe('the memory that registrations take', () => {
  const USERS = 100_000;

  /** Bytes of live objects. */
  function heap(): number {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    return process.memoryUsage().heapUsed;
  }

  /** A registration whose texts are cut out of a received message, as a codec cuts them. */
  function register(store: MemoryStore, at: number, cseq: number): void {
    const host = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
    const fill = 'X-Padding: what a telephone says of itself in four more lines\r\n'.repeat(4);
    const message = Buffer.from(
      `sip:user${at}@example.com|sip:user${at}@${host}:5060;transport=udp|${at}-5f3a9c7e21@${host}|udp:${host}:5060|+sip.instance|${fill}`,
      'latin1',
    ).toString('latin1');
    const [aor = '', contact = '', callId = '', source = '', parameters = ''] = message.split('|');
    const contactKey = contact.slice(0, contact.indexOf(';')) + contact.slice(contact.indexOf(';'));
    void store.locations.write({ aor, bindings: [sampleBinding({ contact, contactKey, callId, source, parameters, cseq })] });
  }

  it('is below 1 KB for each, also after every one of them was refreshed', function () {
    this.timeout(30_000);
    const store = new MemoryStore();
    const before = heap();
    for (let at = 0; at < USERS; at += 1) register(store, at, 1);
    const first = (heap() - before) / USERS;
    for (let at = 0; at < USERS; at += 1) register(store, at, 2);
    const refreshed = (heap() - before) / USERS;
    expect(store.locations.count(0).bindings).to.equal(USERS);
    expect(first, 'bytes for a registration').to.be.below(1_000);
    expect(refreshed, 'bytes for a refreshed registration').to.be.below(1_000);
    if (process.env['ALTPATH_MEASURE']) console.log(`      ${first.toFixed(0)} bytes, ${refreshed.toFixed(0)} after a refresh`);
  });
});
