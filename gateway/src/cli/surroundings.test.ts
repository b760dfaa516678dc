// Commands run in the tests' own process: what they print is kept, what they read of the environment is given.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runCommand } from './index.js';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `altpath ARGV`. */
export async function altpath(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const exitCode = await runCommand(argv, { stdout, stderr, environment });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A folder that goes when the test is over. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'altpath-cli-'));

  file(name: string, content: string): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
