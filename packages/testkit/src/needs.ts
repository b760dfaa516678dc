// What a test needs and may not find: programs, rights, a corpus. A test that cannot run says why and is counted as
// skipped; scripts/test.mjs prints the reasons. With CI=true a program that is not there is a failure.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vectorsRoot } from './vectors.js';

/** Why a test did not run, left at the test (or the suite) as `skipReason`: read by the reporter of `npm test`. */
export interface SkipReason {
  readonly text: string;
  /** Programs that `npm run peers` would bring. */
  readonly missing: readonly string[];
}

/** The part of mocha's context that is used here: `this` in a test or in a `before`. */
export interface SkippableContext {
  runnable(): { readonly type?: string | undefined; readonly parent?: object | undefined };
  skip(): never;
}

/** Needs that are no program: how to ask for them, and what to say. */
const CONDITIONS: Readonly<Record<string, { readonly isThere: () => boolean; readonly text: string }>> = {
  root: { isThere: () => process.getuid?.() === 0, text: 'needs root' },
  'not-root': { isThere: () => process.getuid?.() !== 0, text: 'needs to run without root, whom no permission stops' },
  netns: {
    isThere: () => process.getuid?.() === 0 && findProgram('ip') !== undefined,
    text: 'needs root and iproute2, for network namespaces',
  },
  vectors: { isThere: () => vectorsRoot() !== undefined, text: 'needs the vector corpus: ALTPATH_VECTORS is not set to its folder' },
};

/**
 * Skips the test, or the whole suite when called in `before`, unless everything named is there.
 *
 * @param context  Mocha's `this`.
 * @param names    Programs (`sipp`, `kamailio`, `tshark`), or `root`, `not-root`, `netns`, `vectors`.
 * @throws Error   With `CI=true`, for a program that is missing: there it is a failure, not a skip.
 */
export function needs(context: SkippableContext, ...names: readonly string[]): void {
  const absent = names.filter((name) => !(CONDITIONS[name]?.isThere() ?? findProgram(name) !== undefined));
  if (absent.length === 0) return;
  const missing = absent.filter((name) => CONDITIONS[name] === undefined);
  if (missing.length > 0 && process.env['CI'] === 'true') throw new Error(`needs ${missing.join(', ')}: npm run peers`);
  const text = absent.map((name) => CONDITIONS[name]?.text ?? `needs ${name}`).join('; ');
  // In a hook `runnable()` is the hook, and all tests of its suite are skipped with it.
  const runnable = context.runnable();
  const skipReason: SkipReason = { text, missing };
  Object.assign((runnable.type === 'hook' ? runnable.parent : undefined) ?? runnable, { skipReason });
  context.skip();
}

/** @returns the path of a program on PATH or in the folders of system programs; undefined when it is not there. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the same to the caller
  }
}
