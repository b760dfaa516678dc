import { expect } from 'chai';
import type { LocationRecord, Observer } from '@altpath/core';
import { sampleBinding, SimulatedClock } from '@altpath/testkit';
import { Health } from './health.js';
import type { Change } from './journal.js';
import { type Disk, MAX_BATCH, RETRY_MS, WriteBehind } from './write-behind.js';

const BATCH_MS = 20;

/** A disk on which each commit ends when the test says so, the oldest first. */
class FakeDisk implements Disk {
  readonly commits: (readonly Change[])[] = [];
  readonly #ends: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(private readonly most: number) {}

  commit(changes: readonly Change[]): Promise<void> {
    expect(this.#ends.length, `${this.most} commits at a time`).to.be.lessThan(this.most);
    this.commits.push(changes);
    return new Promise((resolve, reject) => void this.#ends.push({ resolve, reject }));
  }

  get isBusy(): boolean {
    return this.#ends.length > 0;
  }

  async succeed(): Promise<void> {
    this.#ends.shift()?.resolve();
    await nextTurn();
  }

  async refuse(code = 'ENOSPC'): Promise<void> {
    this.#ends.shift()?.reject(Object.assign(new Error('no space left on device'), { code }));
    await nextTurn();
  }

  /** The addresses of record of one commit, refused or not. */
  names(commit: number): string[] {
    return this.commits[commit]?.map(({ key }) => key) ?? [];
  }

  /** CSeq of the first record of a commit. */
  cseq(commit: number): number | undefined {
    const [change] = this.commits[commit] ?? [];
    return change?.table === 'locations' ? change.record?.bindings[0]?.cseq : undefined;
  }
}

interface SetUp {
  readonly clock: SimulatedClock;
  readonly disk: FakeDisk;
  readonly behind: WriteBehind;
  readonly health: Health;
  readonly counts: string[];
  readonly logs: string[];
}

function setUp(maxUnderWay = 1): SetUp {
  const clock = new SimulatedClock();
  const disk = new FakeDisk(maxUnderWay);
  const counts: string[] = [];
  const logs: string[] = [];
  const observer: Observer = {
    count: (name, reason) => void counts.push(`${name} ${reason ?? ''}`),
    tracing: false,
    trace: () => undefined,
    log: (level, text) => void logs.push(`${level} ${text}`),
  };
  const health = new Health({
    kind: 'disk',
    observer,
    level: 'error',
    away: (hint) => `cannot write: ${hint}`,
    back: 'writes again',
    now: () => clock.now,
  });
  const schedule = (action: () => void, delayMs: number): (() => void) => clock.after(delayMs, action);
  const behind = new WriteBehind(disk, { batchMs: BATCH_MS, observer, health, schedule, maxUnderWay });
  return { clock, disk, behind, health, counts, logs };
}

const record = (aor: string, cseq = 1): Change => {
  const registration: LocationRecord = { aor, bindings: [sampleBinding({ cseq })] };
  return { table: 'locations', key: aor, record: registration };
};

/** Lets everything that promises have brought about happen. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Notes what became of a promise, without waiting for it. */
function outcomeOf(promise: Promise<void>): { state: string } {
  const outcome = { state: 'waiting' };
  promise.then(
    () => (outcome.state = 'done'),
    (error: Error) => (outcome.state = error.message),
  );
  return outcome;
}

describe('writing behind', () => {
  it('collects what changes within the interval into one transaction', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a'));
    clock.run(BATCH_MS - 1);
    behind.put(record('b'));
    expect(disk.commits).to.have.length(0);
    clock.run(1);
    expect(disk.names(0)).to.deep.equal(['a', 'b']);
    await disk.succeed();
    clock.run(10 * BATCH_MS);
    expect(disk.commits).to.have.length(1);
  });

  it('writes a record once a transaction, as it was last', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a', 1));
    behind.put(record('b'));
    behind.put(record('a', 2));
    clock.run(BATCH_MS);
    expect(disk.names(0)).to.deep.equal(['a', 'b']);
    expect(disk.cseq(0)).to.equal(2);
    await disk.succeed();
  });

  it('keeps what comes while the disk is busy for the next transaction', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a', 1));
    clock.run(BATCH_MS);
    behind.put(record('a', 2));
    behind.put(record('b'));
    clock.run(10 * BATCH_MS);
    expect(disk.commits).to.have.length(1);
    await disk.succeed();
    clock.run(BATCH_MS);
    expect(disk.names(1)).to.deep.equal(['a', 'b']);
  });

  it('writes at once when somebody waits, and all who wait share what is next', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a'));
    const first = outcomeOf(behind.flush());
    clock.run(0);
    expect(disk.names(0)).to.deep.equal(['a']);
    behind.put(record('b'));
    const second = outcomeOf(behind.flush());
    behind.put(record('c'));
    const third = outcomeOf(behind.flush());
    await disk.succeed();
    expect([first.state, second.state, third.state]).to.deep.equal(['done', 'waiting', 'waiting']);
    expect(disk.names(1)).to.deep.equal(['b', 'c']);
    await disk.succeed();
    expect([second.state, third.state]).to.deep.equal(['done', 'done']);
  });

  it('writes what is urgent within the same turn, and again as soon as the disk is free', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a'));
    behind.put(record('b'), true);
    expect(disk.names(0)).to.deep.equal(['a', 'b']);
    behind.put(record('c'), true);
    await disk.succeed();
    expect(disk.names(1)).to.deep.equal(['c']);
    behind.put(record('d'));
    await disk.succeed();
    expect(disk.isBusy).to.equal(false);
    clock.run(BATCH_MS);
    expect(disk.names(2)).to.deep.equal(['d']);
  });

  it('does not let what is urgent wait for what is under way, where the disk takes several at a time', async () => {
    const { clock, disk, behind } = setUp(2);
    behind.put(record('a', 1), true);
    behind.put(record('a', 2), true);
    behind.put(record('b'), true);
    behind.put(record('c'));
    expect(disk.commits.map((_, at) => [disk.names(at), disk.cseq(at)])).to.deep.equal([
      [['a'], 1],
      [['a'], 2],
    ]);
    expect([behind.waiting, behind.has('locations', 'a')]).to.deep.equal([4, true]);
    await disk.succeed();
    expect(disk.names(2), 'as soon as there is room').to.deep.equal(['b', 'c']);
    await disk.succeed();
    await disk.succeed();
    clock.run(10 * BATCH_MS);
    expect([disk.commits.length, behind.waiting, behind.has('locations', 'a')]).to.deep.equal([3, 0, false]);
  });

  it('tells nobody that it is done before all that is under way at a time is on disk', async () => {
    const { disk, behind } = setUp(3);
    behind.put(record('a'), true);
    behind.put(record('b'), true);
    const both = outcomeOf(behind.flush());
    behind.put(record('c'), true);
    await disk.succeed();
    expect(both.state).to.equal('waiting');
    await disk.succeed();
    expect([both.state, disk.isBusy]).to.deep.equal(['done', true]);
    await disk.succeed();
  });

  it('has nothing to wait for when nothing is due', async () => {
    await setUp().behind.flush();
  });

  it('has nothing to wait for in the very moment in which everything is on disk', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a'));
    const both = outcomeOf(behind.flush().then(() => behind.flush()));
    clock.run(0);
    await disk.succeed();
    expect(both.state).to.equal('done');
  });

  it('does not tell a first writer that it is done while only others are on disk', async () => {
    const { clock, disk, behind } = setUp();
    for (let at = 0; at < MAX_BATCH; at += 1) behind.put(record(`u${at}`));
    behind.put(record('late', 1));
    const late = outcomeOf(behind.flush());
    clock.run(0);
    behind.put(record('late', 2));
    await disk.succeed();
    expect(late.state).to.equal('waiting');
    expect(disk.names(1)).to.deep.equal(['late']);
    await disk.succeed();
    expect(late.state).to.equal('done');
  });

  it('does not write what need not be written any more, and keeps nobody waiting for it', async () => {
    const { clock, disk, behind } = setUp();
    behind.put(record('a'));
    behind.put(record('b'));
    clock.run(BATCH_MS);
    behind.put(record('c'));
    const waiting = outcomeOf(behind.flush());
    expect([behind.has('locations', 'a'), behind.has('locations', 'c'), behind.has('calls', 'c')]).to.deep.equal([true, true, false]);
    expect([behind.forget('locations', 'c'), behind.forget('locations', 'a')]).to.deep.equal([true, false]);
    await nextTurn();
    expect(waiting.state).to.equal('waiting');
    await disk.succeed();
    expect([waiting.state, disk.commits.length, behind.waiting]).to.deep.equal(['done', 1, 0]);
    behind.put(record('d'));
    const other = outcomeOf(behind.flush());
    behind.forget('locations', 'd');
    await nextTurn();
    expect(other.state).to.equal('done');
  });

  it('bounds a transaction, and goes on at once with the rest', async () => {
    const { clock, disk, behind } = setUp();
    for (let at = 0; at < 2 * MAX_BATCH + 1; at += 1) behind.put(record(`u${at}`));
    clock.run(BATCH_MS);
    await disk.succeed();
    await disk.succeed();
    clock.run(BATCH_MS);
    expect(disk.commits.map((commit) => commit.length)).to.deep.equal([MAX_BATCH, MAX_BATCH, 1]);
  });

  describe('when the disk refuses', () => {
    it('counts each time, says it once, tries again, and says when it is over', async () => {
      const { clock, disk, behind, health, counts, logs } = setUp();
      behind.put(record('a'));
      clock.run(BATCH_MS);
      await disk.refuse();
      const since = clock.now;
      behind.put(record('b'));
      expect(health.state(behind.waiting)).to.deep.equal({ kind: 'disk', state: 'away', reason: 'ENOSPC', since, waiting: 2 });
      clock.run(RETRY_MS - 1);
      expect(disk.commits).to.have.length(1);
      clock.run(1);
      expect(disk.names(1)).to.deep.equal(['a', 'b']);
      await disk.refuse();
      clock.run(RETRY_MS);
      await disk.succeed();
      expect(counts).to.deep.equal(['store.write.failed ENOSPC', 'store.away ENOSPC', 'store.write.failed ENOSPC']);
      expect(logs).to.deep.equal(['error cannot write: no space left on device', 'info writes again']);
      expect(health.state(behind.waiting)).to.deep.include({ state: 'up', reason: undefined, since: clock.now, waiting: 0 });
      expect(disk.names(2)).to.deep.equal(['a', 'b']);
    });

    it('tells everybody who waits, and writes the newest state later', async () => {
      const { clock, disk, behind } = setUp();
      behind.put(record('a', 1));
      const first = outcomeOf(behind.flush());
      clock.run(0);
      behind.put(record('a', 2));
      const second = outcomeOf(behind.flush());
      await disk.refuse();
      expect(first.state).to.equal('store.write: no space left on device');
      expect(second.state).to.equal('store.write: no space left on device');
      clock.run(RETRY_MS);
      expect(disk.cseq(1)).to.equal(2);
      await disk.succeed();
    });

    it('writes what was under way at a time in its old order, each record once', async () => {
      const { clock, disk, behind } = setUp(3);
      behind.put(record('a'), true);
      behind.put(record('b'), true);
      behind.put(record('a', 2), true);
      const all = outcomeOf(behind.flush());
      await disk.succeed();
      await disk.refuse();
      await disk.refuse();
      expect(all.state).to.equal('store.write: no space left on device');
      clock.run(RETRY_MS);
      expect([disk.names(3), disk.cseq(3), behind.waiting]).to.deep.equal([['b', 'a'], 1, 2]);
      await disk.succeed();
      expect(behind.waiting).to.equal(0);
    });

    it('tries at once when it is told that the disk may be better', async () => {
      const { clock, disk, behind } = setUp();
      behind.put(record('a'));
      clock.run(BATCH_MS);
      await disk.refuse();
      behind.hurry();
      clock.run(0);
      await disk.succeed();
      expect([disk.commits.length, behind.waiting]).to.deep.equal([2, 0]);
    });

    it('lets a writer wait for the next try', async () => {
      const { clock, disk, behind } = setUp();
      behind.put(record('a'));
      clock.run(BATCH_MS);
      await disk.refuse();
      behind.put(record('b'));
      const waiting = outcomeOf(behind.flush());
      clock.run(BATCH_MS);
      expect([disk.isBusy, waiting.state]).to.deep.equal([false, 'waiting']);
      clock.run(RETRY_MS);
      await disk.succeed();
      expect(waiting.state).to.equal('done');
    });
  });

  describe('at the end', () => {
    it('writes all there is, also what came while the disk was busy, and then no more', async () => {
      const { clock, disk, behind } = setUp();
      behind.put(record('a'));
      clock.run(BATCH_MS);
      behind.put(record('b'));
      const end = outcomeOf(behind.finish());
      await disk.succeed();
      expect(disk.names(1)).to.deep.equal(['b']);
      await disk.succeed();
      expect(end.state).to.equal('done');
      behind.put(record('c'));
      clock.run(RETRY_MS);
      expect(disk.commits).to.have.length(2);
    });

    it('does not wait for a disk that refuses', async () => {
      const { disk, behind } = setUp();
      behind.put(record('a'));
      const end = outcomeOf(behind.finish());
      await nextTurn();
      await disk.refuse();
      expect(end.state).to.equal('done');
      expect(disk.commits).to.have.length(1);
    });
  });
});
