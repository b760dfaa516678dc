import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { SignalingError } from '@altpath/core';
import { jsonLine, textLine } from './log-line.js';
import { createObserver } from './observer.js';

const TIME = '2026-01-02T03:04:05.678Z';

class Paper extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('a log line', () => {
  it('is time, level, text and fields', () => {
    expect(textLine(TIME, 'warn', 'b2 is down', { gapMs: 500, call: 'a@b', text: 'two words', none: undefined })).to.equal(
      `${TIME} warn  b2 is down gapMs=500 call=a@b text="two words" none=undefined`,
    );
  });

  it('cannot be ended or coloured by what the network sent', () => {
    const line = textLine(TIME, 'info', 'got\nit', { from: 'x\r\n2026 error forged', bell: '\u001b[31m\u009b1m' });
    expect(line).to.equal(`${TIME} info  got\\x0ait from="x\\r\\n2026 error forged" bell="\\u001b[31m\\x9b1m"`);
  });

  it('in JSON keeps its own time, level and text', () => {
    const line = jsonLine(TIME, 'info', 'joined', { level: 'error', time: 0, text: 'x', reason: 'complete' });
    expect(JSON.parse(line)).to.deep.equal({ time: TIME, level: 'info', text: 'joined', reason: 'complete' });
  });

  it('takes any field', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const fields = { error: new Error('no route'), big: 5n, cycle };
    expect(JSON.parse(jsonLine(TIME, 'error', 'x', fields))).to.deep.include({ error: 'no route', big: '5', cycle: '[object Object]' });
    expect(textLine(TIME, 'error', 'x', fields)).to.equal(`${TIME} error x error="no route" big=5 cycle="[object Object]"`);
  });
});

describe('the log', () => {
  it('writes what is at or above its level, and touches nothing of what is below', async () => {
    const paper = new Paper();
    const observer = createObserver({ level: 'info', format: 'text', output: paper });
    const untouchable = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('looked at');
        },
      },
    );
    observer.log('debug', 'a message', untouchable);
    observer.log('info', 'draining');
    observer.log('error', 'lost', { message: 'a field of winston', level: 'x' });
    observer.setLevel('error');
    observer.log('warn', 'not this');
    await observer.close();
    expect(paper.text.replace(/^\S+ /gm, '')).to.equal('info  draining\nerror lost message="a field of winston" level=x\n');
  });

  it('appends JSON to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'altpath-log-'));
    try {
      const file = join(folder, 'node.log');
      for (const text of ['first', 'second']) {
        const observer = createObserver({ level: 'debug', format: 'json', file });
        observer.log('debug', text, { n: 1 });
        await observer.close();
      }
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).to.deep.equal(['first', 'second']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says in one sentence that its file cannot be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'altpath-log-'));
    try {
      const open = (file: string) => (): unknown => createObserver({ level: 'info', format: 'text', file });
      expect(open(folder)).to.throw(SignalingError, `log.file: the log file ${folder} cannot be written: it is a folder`);
      const nowhere = join(folder, 'none', 'node.log');
      expect(open(nowhere)).to.throw(SignalingError, `log.file: the log file ${nowhere} cannot be written: its folder does not exist`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('goes on, and counts, when its reader is gone', async () => {
    const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const observer = createObserver({ level: 'info', format: 'text', output: gone });
    observer.log('info', 'to nobody');
    await observer.close();
    expect(observer.counters()).to.deep.equal({ 'log.line.lost': 1 });
  });

  it('does not grow without bound behind a reader that hangs', () => {
    const hanging = new Writable({ write: () => undefined });
    const observer = createObserver({ level: 'info', format: 'text', output: hanging });
    const long = 'x'.repeat(100_000);
    for (let i = 0; i < 40; i += 1) observer.log('info', long);
    expect(observer.counters()['log.line.lost']).to.be.greaterThan(20).and.lessThan(40);
  });
});
