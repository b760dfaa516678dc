import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalingError } from '@altpath/core';
import {
  callDetailStoreContract,
  callStoreContract,
  laterOfTwo,
  locationStoreContract,
  needs,
  sampleBinding,
  sampleCall,
  sampleDetail,
  type StoreUnderTest,
} from '@altpath/testkit';
import { crash, users } from './crash.fixture.js';
import { openFault } from './lmdb-disk.js';
import { LmdbStore } from './lmdb-store.js';
import { openStore } from './open-store.js';

const NOW = Date.now();
const ALICE = 'sip:alice@example.com';

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'altpath-store-'));
}

for (const sync of ['batched', 'always'] as const) {
  const name = `the LMDB store (sync: ${sync})`;
  const makeStore = (): StoreUnderTest => {
    const path = makeFolder();
    const store = new LmdbStore({ path, sync, mergeDetails: laterOfTwo, maxDetails: 10 });
    return { store, dispose: () => rmSync(path, { recursive: true }) };
  };
  locationStoreContract(name, makeStore);
  callStoreContract(name, makeStore);
  callDetailStoreContract(name, makeStore);
}

describe('the LMDB store', () => {
  let folder: string;

  beforeEach(() => {
    folder = makeFolder();
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Opens the folder anew, as a restarted node does, and closes it behind `body`. */
  async function reopened<Result>(body: (store: LmdbStore) => Result | Promise<Result>): Promise<Result> {
    const store = new LmdbStore({ path: folder });
    await store.open();
    try {
      return await body(store);
    } finally {
      await store.close();
    }
  }

  it('has everything again after it was closed and opened, tombstones, order and all', async () => {
    const bindings = [
      sampleBinding({ contact: 'sip:low@h', q: 100, path: ['<sip:p;lr>'], instance: '<urn:uuid:1>', regId: 1, parameters: 'a=b' }),
      sampleBinding({ contact: 'sip:high@h', source: undefined }),
      sampleBinding({ contact: 'sip:gone@h', removed: true }),
    ];
    const before = await reopened((store) => {
      void store.locations.write({ aor: ALICE, bindings });
      return store.locations.read(ALICE);
    });
    await reopened((store) => {
      expect(store.locations.read(ALICE)).to.deep.equal(before);
      expect(store.locations.lookup(ALICE, NOW).map(({ contact }) => contact)).to.deep.equal(['sip:high@h', 'sip:low@h']);
      expect(store.locations.byContact('sip:low@h', NOW)?.aor).to.equal(ALICE);
    });
  });

  it('has forgotten for good what was removed and what was swept', async () => {
    await reopened((store) => {
      void store.locations.write({ aor: ALICE, bindings: [sampleBinding()] });
      void store.locations.write({ aor: 'sip:bob@h', bindings: [sampleBinding({ expiresAt: NOW })] });
      void store.locations.write({ aor: 'sip:carol@h', bindings: [sampleBinding()] });
    });
    await reopened((store) => {
      void store.locations.write({ aor: ALICE, bindings: [] });
      expect(store.locations.sweep(NOW + 1)).to.equal(1);
    });
    await reopened((store) => expect([...store.locations.records()].map(({ aor }) => aor)).to.deep.equal(['sip:carol@h']));
  });

  it('has calls and records of finished calls again', async () => {
    const [call, over, detail] = [sampleCall({ callId: 'goes-on' }), sampleCall({ callId: 'over', content: '' }), sampleDetail()];
    await reopened((store) => {
      store.calls.write(call);
      store.calls.write(over);
      store.details.add(detail);
    });
    await reopened((store) => {
      expect([...store.calls.records()]).to.deep.equal([call]);
      store.calls.write({ ...over, updatedAt: over.updatedAt - 1, content: 'late' });
      expect(store.calls.read('over'), 'that it is over is known, too').to.equal(undefined);
      expect(store.details.latest(10)).to.deep.equal([detail]);
    });
  });

  it('has swept calls and finished calls that had to make room from the disk, too', async () => {
    const now = Date.now();
    const small = async (body: (store: LmdbStore) => void): Promise<void> => {
      const store = new LmdbStore({ path: folder, maxDetails: 2 });
      await store.open();
      body(store);
      await store.close();
    };
    await small((store) => {
      store.calls.write(sampleCall({ callId: 'over', updatedAt: now - 7_200_000, content: '' }));
      for (const at of [1, 2]) store.details.add(sampleDetail({ callId: `d${at}`, endedAt: now + at }));
    });
    await small((store) => {
      store.calls.sweep(now);
      for (const at of [3, 4]) store.details.add(sampleDetail({ callId: `d${at}`, endedAt: now + at }));
    });
    await reopened((store) => {
      expect(store.details.latest(10).map(({ callId }) => callId)).to.deep.equal(['d4', 'd3']);
      store.calls.write(sampleCall({ callId: 'over', updatedAt: now - 7_200_001 }));
      expect(store.calls.read('over')?.callId).to.equal('over');
    });
  });

  it('takes an address of record of any length and of any characters', async () => {
    const odd = [`sip:${'long'.repeat(600)}@h`, `sip:${'long'.repeat(600)}@i`, 'sip:\u0000\u0001\u00e9\n@h', 'sip:5@h', '5'];
    await reopened((store) => odd.forEach((aor) => void store.locations.write({ aor, bindings: [sampleBinding()] })));
    await reopened((store) => expect([...store.locations.records()].map(({ aor }) => aor).sort()).to.deep.equal([...odd].sort()));
  });

  it('makes its folder, and works in one whose name looks like a file', async () => {
    const path = join(folder, 'a', 'node.v1');
    const store = await openStore('lmdb', { path });
    await store.locations.write({ aor: ALICE, bindings: [sampleBinding()] });
    await store.close();
    expect(readFileSync(join(path, 'data.mdb')).length).to.be.above(0);
  });

  it('promises durability only where it was asked for', async () => {
    const record = { aor: ALICE, bindings: [sampleBinding()] };
    await reopened((store) => expect(store.locations.write(record)).to.equal(undefined));
    const always = new LmdbStore({ path: folder, sync: 'always' });
    await always.open();
    expect(always.locations.write(record)).to.be.instanceOf(Promise);
    await always.close();
  });

  it('leaves out an entry that is no registration, and says so', async () => {
    const logs: string[] = [];
    const { open } = await import('lmdb');
    const root = open<string, string>({ path: folder, noSubdir: false });
    const table = root.openDB<string, string>({ name: 'registrations', encoding: 'string' });
    await table.put('sip:torn@h', '{"aor":"sip:torn@h","bin');
    await table.put('sip:other@h', '{"aor":"sip:other@h","bindings":[{}]}');
    await table.put('sip:null@h', 'null');
    await root.close();
    const observer = {
      count: () => undefined,
      tracing: false,
      trace: () => undefined,
      log: (_: string, text: string) => void logs.push(text),
    };
    const store = new LmdbStore({ path: folder, observer });
    await store.open();
    expect(store.locations.count(NOW).aors).to.equal(0);
    await store.close();
    expect(logs).to.have.length(1);
    expect(logs[0]).to.contain('3 records');
  });

  describe('at open', () => {
    async function refusal(path: string): Promise<SignalingError> {
      const error: unknown = await openStore('lmdb', { path }).then(
        () => expect.fail(`${path} was opened`),
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(SignalingError).with.property('code', 'store.open');
      return error as SignalingError;
    }

    /** The bytes of a data file that holds two hundred registrations. */
    async function dataFile(): Promise<Buffer> {
      await reopened((store) => {
        for (let at = 0; at < 200; at += 1)
          void store.locations.write({ aor: `sip:u${at}@h`, bindings: [sampleBinding({ contact: `sip:u${at}@c` })] });
      });
      return readFileSync(join(folder, 'data.mdb'));
    }

    function folderWith(name: string, data: Buffer): string {
      const path = join(folder, name);
      mkdirSync(path);
      writeFileSync(join(path, 'data.mdb'), data);
      return path;
    }

    it('says in one sentence that its folder is a file', async () => {
      const path = join(folder, 'file');
      writeFileSync(path, 'x');
      expect((await refusal(path)).hint).to.equal(`the data folder ${path} is not a folder`);
      expect((await refusal(join(path, 'below'))).hint).to.equal(`the data folder ${join(path, 'below')} is not a folder`);
    });

    it('says in one sentence that it has no permission', async function () {
      needs(this, 'not-root');
      const path = join(folder, 'closed');
      mkdirSync(path);
      chmodSync(path, 0o500);
      expect((await refusal(path)).hint).to.equal(`no permission to write in the data folder ${path}`);
    });

    it('has a sentence for each error of the system, with a name or with a number', () => {
      const hints = (code: string | number): string => openFault('./data', Object.assign(new Error('m'), { code })).hint;
      expect([hints('EACCES'), hints(13), hints('EPERM')].every((hint) => hint.startsWith('no permission'))).to.equal(true);
      expect(hints('ENOSPC')).to.equal('no space left for the data folder ./data').and.to.equal(hints(28));
      expect(hints('EROFS')).to.contain('read-only');
      expect(hints('ENOENT')).to.contain('cannot be created');
      expect(hints(-30_796)).to.contain('damaged');
      expect(hints('EWHATEVER')).to.equal('the data folder ./data cannot be opened: m');
    });

    it('refuses a file that is not LMDB’s, however short, instead of dying of it', async () => {
      const noise = [Buffer.alloc(20_000, 0xa5), Buffer.alloc(8_192), Buffer.from('x')];
      for (const [at, data] of noise.entries()) expect((await refusal(folderWith(`noise-${at}`, data))).hint).to.contain('damaged');
    });

    it('refuses a file that has lost its end, instead of dying of it', async () => {
      const data = await dataFile();
      for (const size of [100, 2_100, 4_096, 5_000, 8_192, 20_000]) {
        expect((await refusal(folderWith(`cut-${size}`, data.subarray(0, size)))).hint, `${size} bytes`).to.contain('damaged');
      }
    });

    it('starts anew in a file that is empty', async () => {
      await dataFile();
      truncateSync(join(folder, 'data.mdb'), 0);
      await reopened((store) => expect(store.locations.count(NOW).aors).to.equal(0));
    });
  });

  it('goes on from memory when the disk is full, and says so once', async function () {
    this.timeout(30_000);
    interface Report {
      readonly acknowledged: number;
      readonly inMemory: number;
      readonly refusals: readonly string[];
      readonly counts: readonly string[];
      readonly logs: readonly string[];
    }
    const script = fileURLToPath(new URL('./full-disk-child.js', import.meta.url));
    // Blocks of 512 bytes or 1 KiB, as the shell likes: 1 or 2 MB. What lmdb-js itself prints of the failure is not ours.
    const child = spawn('sh', ['-c', 'ulimit -f 2000 && exec "$@"', 'sh', process.execPath, script, folder], {
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    const report = await new Promise<Report>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Report));
      child.once('close', (code, signal) => reject(new Error(`the child ended without a report (${code ?? signal ?? ''})`)));
    });
    expect(report.refusals).to.have.length(2);
    expect(report.refusals[0]).to.match(/^store[.]write: /);
    expect(report.inMemory).to.equal(report.acknowledged + 2);
    expect(report.counts.filter((name) => name === 'store.write.failed').length).to.be.at.least(2);
    expect(report.logs).to.have.length(1);
    await reopened((store) => expect(store.locations.count(0).bindings).to.be.at.least(report.acknowledged));
  });

  describe('after SIGKILL', () => {
    it('sync: always has every registration that was acknowledged', async function () {
      this.timeout(30_000);
      const { acknowledged } = await crash('always', [folder], 260);
      await reopened((store) => {
        const there = users(store);
        expect(there.length).to.be.at.least(acknowledged);
        expect(there).to.deep.equal(there.map((_, at) => at));
      });
    });

    it('batched has all but the last ones, without a hole', async function () {
      this.timeout(30_000);
      const { settled, acknowledged } = await crash('batched', [folder], 1_200);
      expect(acknowledged).to.be.at.least(1_200);
      await reopened((store) => {
        const there = users(store);
        expect(there.length).to.be.at.least(settled);
        expect(there).to.deep.equal(there.map((_, at) => at));
      });
    });

    it('takes up its folder as often as it is killed', async function () {
      this.timeout(30_000);
      for (let round = 0; round < 3; round += 1) await crash('always', [folder], 210);
      await reopened((store) => expect(store.locations.count(NOW).aors).to.be.at.least(210));
    });
  });
});
