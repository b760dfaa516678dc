// Corpora of protocol messages, kept outside the project and found by the environment variable ALTPATH_VECTORS.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One entry of an index: what a conforming reader does with the file. Other fields are the corpus's own. */
export interface Vector {
  readonly file: string;
  /** true: must be accepted; false: must be rejected; null: nothing but no crash, no hang and bounded memory. */
  readonly valid: boolean | null;
  readonly [field: string]: unknown;
}

export interface VectorIndex {
  /** Folder of the corpus, as asked for. */
  readonly folder: string;
  readonly vectors: readonly Vector[];
  /** The exact octets of one datagram. */
  read(vector: Vector): Buffer;
}

/** @returns the folder that ALTPATH_VECTORS names; undefined when it is not set or not there. */
export function vectorsRoot(): string | undefined {
  const root = process.env['ALTPATH_VECTORS'];
  return root !== undefined && root !== '' && existsSync(root) && statSync(root).isDirectory() ? root : undefined;
}

/**
 * Reads the index of one corpus.
 *
 * @param folder  Below the root: `sip/rfc4475`, `mgcp`, `megaco`.
 * @returns       undefined when there is no corpus on this machine (the test says `needs(this, 'vectors')`).
 * @throws Error  When the corpus is there and its index is not, or is not what it should be: a corpus that has been cut
 *                must not pass for one that was tested.
 */
export function loadIndex(folder: string): VectorIndex | undefined {
  const root = vectorsRoot();
  if (root === undefined) return undefined;
  const path = join(root, folder, 'index.json');
  const index = JSON.parse(readFileSync(path, 'utf8')) as { readonly count?: number; readonly vectors?: readonly Vector[] };
  const { vectors, count } = index;
  if (!Array.isArray(vectors) || vectors.length === 0) throw new Error(`${path} lists no vectors`);
  if (count !== undefined && count !== vectors.length) throw new Error(`${path} lists ${vectors.length} vectors and announces ${count}`);
  return { folder, vectors: vectors as readonly Vector[], read: (vector) => readFileSync(join(root, folder, vector.file)) };
}
