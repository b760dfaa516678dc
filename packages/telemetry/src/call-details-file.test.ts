import { expect } from 'chai';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallDetailRecord, type Observer, SignalingError } from '@altpath/core';
import { CallDetailsFile } from './call-details-file.js';

const record = (callId: string): CallDetailRecord => ({
  callId,
  from: '201',
  to: '202',
  protocol: 'mgcp+megaco',
  setUpAt: 1,
  endedAt: 2,
  estimated: [],
  endedBy: 'originating',
  cause: 'normal-clearing',
  q850: 16,
  nodes: ['a'],
});

describe('the file of call records', () => {
  let folder: string;
  let path: string;
  let counts: string[];
  let logs: string[];
  let file: CallDetailsFile | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'altpath-cdr-'));
    path = join(folder, 'calls.jsonl');
    counts = [];
    logs = [];
  });

  afterEach(async () => {
    await file?.close();
    file = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const observer: Observer = {
    count: (name, reason = '') => void counts.push(`${name} ${reason}`.trim()),
    tracing: false,
    trace: () => undefined,
    log: (level, text) => void logs.push(`${level} ${text}`),
  };

  function opened(options: { readonly path?: string; readonly maxWaitingBytes?: number } = {}): CallDetailsFile {
    file = new CallDetailsFile({ path, observer, retryMs: 60_000, ...options });
    return file;
  }

  function idsIn(name: string): string[] {
    const lines = readFileSync(name, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as CallDetailRecord).callId);
  }

  it('has one line of JSON a call, behind what was there', async () => {
    appendFileSync(path, `${JSON.stringify(record('old'))}\n`);
    const details = opened();
    details.add(record('one'));
    details.add(record('two'));
    await details.flush();
    expect(idsIn(path)).to.deep.equal(['old', 'one', 'two']);
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[1] ?? '')).to.deep.equal(record('one'));
    expect(counts).to.deep.equal(['cdr.written', 'cdr.written']);
  });

  it('writes what waits before it is closed', async () => {
    const details = opened();
    for (let at = 0; at < 2_000; at += 1) details.add(record(String(at)));
    await details.close();
    expect(idsIn(path)).to.have.length(2_000);
  });

  it('goes on in a new file when it was renamed, or taken away', async () => {
    const details = opened();
    details.add(record('one'));
    await details.flush();
    renameSync(path, `${path}.1`);
    details.add(record('two'));
    await details.flush();
    rmSync(path);
    details.add(record('three'));
    await details.flush();
    expect([idsIn(`${path}.1`), idsIn(path)]).to.deep.equal([['one'], ['three']]);
  });

  it('waits for a folder that has gone, says so once, and writes everything when it is back', async () => {
    path = join(folder, 'sub', 'calls.jsonl');
    mkdirSync(join(folder, 'sub'));
    const details = opened();
    rmSync(join(folder, 'sub'), { recursive: true });
    details.add(record('one'));
    await details.flush();
    details.add(record('two'));
    await details.flush();
    expect(counts).to.deep.equal(['cdr.write.failed ENOENT', 'cdr.write.failed ENOENT']);
    expect(details.waiting).to.equal(2);
    mkdirSync(join(folder, 'sub'));
    await details.flush();
    expect(idsIn(path)).to.deep.equal(['one', 'two']);
    expect(logs).to.have.length(2);
    expect(logs[0]).to.match(/^error records of finished calls wait for .*: its folder does not exist$/);
    expect(logs[1]).to.match(/^info .* again$/);
  });

  it('waits for a full disk, as far as there is room for what waits, and counts what is lost', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const bytes = JSON.stringify(record('0')).length + 1;
    const details = opened({ path: '/dev/full', maxWaitingBytes: 3 * bytes });
    for (let at = 0; at < 5; at += 1) details.add(record(String(at)));
    await details.flush();
    expect(details.waiting).to.equal(3);
    expect(counts.filter((each) => each === 'cdr.lost')).to.have.length(2);
    expect(counts).to.include('cdr.write.failed ENOSPC');
    expect(logs).to.have.length(1);
    expect(logs[0]).to.contain('there is no space left');
  });

  it('cannot be opened in a folder that is not there: one plain sentence', () => {
    const open = (): CallDetailsFile => new CallDetailsFile({ path: join(folder, 'none', 'calls'), observer });
    expect(open).to.throw(SignalingError, /cannot be written: its folder does not exist/);
    expect(() => new CallDetailsFile({ path: folder, observer })).to.throw(SignalingError, /it is a folder/);
  });
});
