// Records of finished calls in a file, one line of JSON each. Whoever adds one never waits; what the disk refuses is tried
// again, and the file may be renamed at any time: what comes afterwards goes to a new one of the old name.
import { closeSync, openSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type CallDetailRecord, type Millis, type Observer, SignalingError } from '@altpath/core';
import { fileTrouble } from './file-trouble.js';

export interface CallDetailsFileOptions {
  /** Appended to; made when it is not there. */
  readonly path: string;
  readonly observer: Observer;
  /** Between two tries when the disk refuses; default 1 s. */
  readonly retryMs?: Millis | undefined;
  /** Bytes of lines that may wait for the disk; what comes on top of them is lost and counted. Default 16 MiB: some 40,000 calls. */
  readonly maxWaitingBytes?: number | undefined;
}

const RETRY_MS = 1_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Written at a time. */
const PIECE_BYTES = 64 * 1024;
const MODE = 0o640;

export class CallDetailsFile {
  #lines: Buffer[] = [];
  #waitingBytes = 0;
  #file: FileHandle | undefined;
  /** The last line that was written has no end: the disk was full in the middle of it. */
  #isTorn = false;
  #isFailing = false;
  #isClosing = false;
  #work: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** @throws SignalingError `cdr.file` in one plain sentence when the file cannot be opened. */
  constructor(private readonly options: CallDetailsFileOptions) {
    const { path } = options;
    try {
      closeSync(openSync(path, 'a', MODE));
    } catch (cause) {
      const hint = `the file for call records, ${path}, cannot be written: ${fileTrouble(cause)}`;
      throw new SignalingError({ code: 'cdr.file', blame: 'local', hint }, cause);
    }
  }

  /** Calls whose records wait for the disk. */
  get waiting(): number {
    return this.#lines.length;
  }

  add(record: CallDetailRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    if (this.#waitingBytes + line.length > (this.options.maxWaitingBytes ?? MAX_WAITING_BYTES)) {
      this.options.observer.count('cdr.lost');
      return;
    }
    this.#lines.push(line);
    this.#waitingBytes += line.length;
    if (this.#retry === undefined) this.#start();
  }

  /** Settles when everything added so far is written, or has been refused once more. */
  async flush(): Promise<void> {
    this.#start();
    await this.#work;
  }

  /** Tries once more to write what waits. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.flush();
    clearTimeout(this.#retry);
    await this.#file?.close().catch(() => undefined); // nothing of ours is in it any more
    this.#file = undefined;
  }

  #start(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#work ??= this.#writeAll().finally(() => (this.#work = undefined));
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#lines.length > 0) await this.#writePiece(await this.#currentFile());
      if (this.#isFailing) this.options.observer.log('info', 'records of finished calls are written to their file again');
      this.#isFailing = false;
    } catch (error) {
      this.#refused(error);
    }
  }

  /** The file of that name, which may be another one than before. */
  async #currentFile(): Promise<FileHandle> {
    const { path } = this.options;
    const there = await stat(path).catch(() => undefined);
    const ours = await this.#file?.stat();
    if (this.#file && there && ours && there.ino === ours.ino && there.dev === ours.dev) return this.#file;
    const file = await open(path, 'a', MODE);
    await this.#file?.close();
    this.#file = file;
    this.#isTorn = false;
    return file;
  }

  async #writePiece(file: FileHandle): Promise<void> {
    const lines = this.#nextLines();
    const torn = this.#isTorn ? [Buffer.from('\n')] : [];
    const piece = Buffer.concat([...torn, ...lines]);
    let written = 0;
    try {
      while (written < piece.length) written += (await file.write(piece, written)).bytesWritten;
    } finally {
      this.#haveWritten(lines, Math.max(0, written - torn.length));
    }
  }

  #nextLines(): readonly Buffer[] {
    let bytes = 0;
    const end = this.#lines.findIndex((line) => (bytes += line.length) > PIECE_BYTES);
    return this.#lines.slice(0, end === -1 ? this.#lines.length : Math.max(1, end));
  }

  /** A line of which the disk has a part only is written again whole, on a line of its own. */
  #haveWritten(lines: readonly Buffer[], bytes: number): void {
    let rest = bytes;
    let whole = 0;
    for (const line of lines) {
      if (rest < line.length) break;
      rest -= line.length;
      whole += 1;
    }
    this.#isTorn = rest > 0;
    for (const line of this.#lines.splice(0, whole)) {
      this.#waitingBytes -= line.length;
      this.options.observer.count('cdr.written');
    }
  }

  #refused(error: unknown): void {
    const { observer, path, retryMs = RETRY_MS } = this.options;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'other';
    observer.count('cdr.write.failed', code);
    if (!this.#isFailing) observer.log('error', `records of finished calls wait for ${path}: ${fileTrouble(error)}`);
    this.#isFailing = true;
    if (!this.#isClosing) this.#retry = setTimeout(() => this.#start(), retryMs);
  }
}
