// Where log lines go: stderr or a file. Logging must never stop a node: what cannot be written (full disk, closed pipe,
// a disk that hangs) is lost and counted.
import { closeSync, openSync, write } from 'node:fs';
import { Writable } from 'node:stream';
import { SignalingError } from '@altpath/core';
import { fileTrouble } from './file-trouble.js';

/** Bytes that may wait for a slow disk or pipe; what comes on top of them is lost. */
const WAITING_LIMIT = 1024 * 1024;

/** Streams that have a listener of ours. */
const guarded = new WeakSet<NodeJS.WritableStream>();

type Done = (error?: Error | null) => void;

export class LogOutput extends Writable {
  /** Pieces (a line each, as a rule) that could not be written. */
  lost = 0;

  private constructor(
    private readonly put: (chunk: Buffer, done: Done) => void,
    private readonly finish: () => void,
  ) {
    super();
  }

  /** Appends to `path`, so that a log rotation may copy and truncate. @throws SignalingError `log.file` in one plain sentence. */
  static toFile(path: string): LogOutput {
    const file = openToAppend(path);
    return new LogOutput(
      (chunk, done) => writeAll(file, chunk, done),
      () => closeSync(file),
    );
  }

  static toStream(stream: NodeJS.WritableStream): LogOutput {
    // Without a listener a reader that went away would end the process. It stays: the news may come after the last line.
    if (!guarded.has(stream)) stream.on('error', () => undefined);
    guarded.add(stream);
    return new LogOutput(
      (chunk, done) => void stream.write(chunk, done),
      () => undefined,
    );
  }

  /** Too much is waiting already, or it is closed: one more line would be lost. Counts it as such. */
  refuses(): boolean {
    if (!this.writableEnded && this.writableLength <= WAITING_LIMIT) return false;
    this.lost += 1;
    return true;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.put(chunk, (error) => {
      if (error) this.lost += 1;
      done();
    });
  }

  override _final(done: Done): void {
    this.finish();
    done();
  }
}

function openToAppend(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (cause) {
    const hint = `the log file ${path} cannot be written: ${fileTrouble(cause)}`;
    throw new SignalingError({ code: 'log.file', blame: 'local', hint }, cause);
  }
}

/** A write to a file may take only a part. */
function writeAll(file: number, chunk: Buffer, done: Done): void {
  write(file, chunk, 0, chunk.length, (error, written) => {
    if (error || written === chunk.length) done(error);
    else writeAll(file, chunk.subarray(written), done);
  });
}
