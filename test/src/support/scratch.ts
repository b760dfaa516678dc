// A temporary folder that goes away with its test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Scratch {
  private constructor(readonly folder: string) {}

  static async create(label: string): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), `altpath-${label}-`)));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** @returns the path of the file written. */
  async write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
