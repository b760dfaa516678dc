// Programs that a test talks to and that may not be on the machine. A test that cannot run says why, and is counted
// (scripts/test.mjs prints the reasons and the line that installs them all); with CI=true a missing peer is a failure.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Why a test did not run; read by scripts/mocha-reporter.cjs. */
export interface SkipReason {
  readonly text: string;
  /** Programs that `npm run peers` would bring. */
  readonly missing: readonly string[];
}

/** @returns the path of a program on PATH or in the system's own folders, undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Skips the test, or the suite when called in `before`, unless every program is there. */
export function needPrograms(context: Mocha.Context, ...names: readonly string[]): void {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const text = `needs ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`${text}: npm run peers`);
  skip(context, { text, missing });
}

/** Skips the test, or the suite when called in `before`, unless this process is root (network namespaces, priorities). */
export function needRoot(context: Mocha.Context): void {
  if (!isRoot()) skip(context, { text: 'needs root, for network namespaces', missing: [] });
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function skip(context: Mocha.Context, reason: SkipReason): never {
  // In a hook `runnable()` is the hook, whose suite's tests are all skipped with it; in a test it is the test.
  const runnable: Mocha.Runnable & { readonly type?: 'hook' | 'test' } = context.runnable();
  const holder = runnable.type === 'hook' ? runnable.parent : runnable;
  Object.assign(holder ?? runnable, { skipReason: reason });
  return context.skip();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the same to the caller
  }
}
