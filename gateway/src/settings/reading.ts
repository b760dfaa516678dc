// What the readers of a file share: where it stands, what has been found wrong, what the secrets are.
import { readFileSync } from 'node:fs';
import type { Millis } from '@altpath/core';
import { walk } from './shape.js';
import { type Path, pathText, type Problem, type Source } from './source.js';
import { isRange, parseDuration, secretSource } from './values.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export class Reading {
  readonly problems: Problem[] = [];
  readonly #secrets = new Map<string, string>();

  constructor(
    readonly source: Source,
    data: unknown,
    environment: Environment,
  ) {
    walk(data, (schema, value, path) => {
      if (schema['x-secret'] === true && typeof value === 'string') this.#resolve(path, value, environment);
      return true;
    });
  }

  report(path: Path, text: string, of: 'key' | 'value' = 'value'): undefined {
    this.problems.push(this.source.problem(path, `${pathText(path)}: ${text}`, of));
    return undefined;
  }

  /** The secret written at this path, from wherever it came; undefined when it is missing, and then that was reported. */
  secret(path: Path): string | undefined {
    return this.#secrets.get(pathText(path));
  }

  /** A duration of which nothing may be zero. */
  duration(path: Path, text: string | undefined, byDefault: Millis): Millis {
    if (text === undefined) return byDefault;
    const value = parseDuration(text);
    if (value === undefined || value === 0) this.report(path, `${text} is not above zero`);
    return value ?? byDefault;
  }

  /** Ranges that are ranges; the others are reported. */
  ranges(path: Path, list: readonly (string | undefined)[] | undefined): readonly string[] {
    return (list ?? []).filter((range, at): range is string => {
      if (range === undefined) return false;
      if (!isRange(range)) this.report([...path, at], `${range} is not an address range such as 10.0.0.0/8`);
      return isRange(range);
    });
  }

  #resolve(path: Path, text: string, environment: Environment): void {
    const written = secretSource(text);
    switch (written.kind) {
      case 'text':
        this.#secrets.set(pathText(path), written.text);
        return;
      case 'environment': {
        const value = environment[written.name];
        if (value === undefined || value === '') this.report(path, `the environment variable ${written.name} is not set`);
        else this.#secrets.set(pathText(path), value);
        return;
      }
      case 'file':
        this.#fromFile(path, written.path);
        return;
      default:
        return written satisfies never;
    }
  }

  #fromFile(path: Path, file: string): void {
    try {
      const value = readFileSync(file, 'utf8').trim();
      if (value === '') this.report(path, `${file} is empty`);
      else this.#secrets.set(pathText(path), value);
    } catch (error) {
      this.report(path, fileTrouble(file, error));
    }
  }
}

/** Why a file cannot be read, in plain words. */
export function fileTrouble(file: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return `there is no file ${file}`;
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be read by this user`;
    case 'EISDIR':
      return `${file} is a folder`;
    default:
      return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
