import { expect } from 'chai';
import { type Answer, CACHE_LIMITS, RecordCache } from './record-cache.js';

describe('the cache of DNS answers', () => {
  let now: number;
  let asked: number;
  let cache: RecordCache;
  let answer: Answer<string> | Error;

  const ask = async (): Promise<Answer<string>> => {
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const get = (key = 'a example.com'): Promise<readonly string[]> => cache.get(key, ask);

  beforeEach(() => {
    now = 0;
    asked = 0;
    answer = { records: ['192.0.2.1'], ttlMs: 60_000 };
    cache = new RecordCache({ ...CACHE_LIMITS, entries: 2 }, () => now);
  });

  it('answers from memory as long as the answer lives', async () => {
    await get();
    now = 59_999;
    expect(await get()).to.deep.equal(['192.0.2.1']);
    expect(asked).to.equal(1);
    now = 60_000;
    await get();
    expect(asked).to.equal(2);
  });

  it('bounds the life of an answer from both sides', async () => {
    answer = { records: ['x'], ttlMs: 0 };
    await get('short');
    now = 4_999;
    await get('short');
    expect(asked).to.equal(1);
    answer = { records: ['x'], ttlMs: 1e9 };
    await get('long');
    now += 3_600_000;
    await get('long');
    expect(asked).to.equal(3);
  });

  it('remembers for a shorter time that there is none', async () => {
    answer = { records: [] };
    expect(await get()).to.deep.equal([]);
    now = 29_999;
    await get();
    expect(asked).to.equal(1);
    now = 30_000;
    await get();
    expect(asked).to.equal(2);
  });

  it('asks once for all who ask at the same time', async () => {
    const answers = await Promise.all([get(), get(), get()]);
    expect(answers).to.deep.equal([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
    expect(asked).to.equal(1);
  });

  it('serves an old answer for a day while no server answers, and no longer', async () => {
    await get();
    answer = new Error('timeout');
    for (now = 60_000; now < 86_400_000; now += 3_600_000) expect(await get()).to.deep.equal(['192.0.2.1']);
    now = 60_000 + 86_400_000;
    expect(await get()).to.deep.equal([]);
  });

  it('leaves a server that does not answer alone for a moment', async () => {
    answer = new Error('timeout');
    expect(await get()).to.deep.equal([]);
    now = 1_999;
    await get();
    expect(asked).to.equal(1);
    now = 2_000;
    answer = { records: ['back'] };
    expect(await get()).to.deep.equal(['back']);
  });

  it('forgets the longest unused when it is full', async () => {
    await get('one');
    await get('two');
    await get('one');
    await get('three');
    expect(cache.size).to.equal(2);
    expect(asked).to.equal(3);
    await get('one');
    expect(asked).to.equal(3);
    await get('two');
    expect(asked).to.equal(4);
  });
});
