// The messages of our own under test/messages: files with an index that says which rule of which document each stands
// for. They are in the checkout, so a test on them is never skipped. Corpora from outside come through the testkit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/root.js';

/** One message of our own. */
export interface OwnMessage {
  readonly file: string;
  /** Section of the document whose rule it stands for. */
  readonly section: string;
  /** The rule in our words. */
  readonly rule: string;
  /** The verdict of decode and checkStrict together. */
  readonly valid: boolean;
  /** What may answer it; empty for a response, and for a request that takes its normal course. */
  readonly status: readonly number[];
  /** Views of the message and what they give. */
  readonly reads?: Readonly<Record<string, unknown>>;
}

const FOLDER = join(ROOT, 'test/messages');

/** @throws Error when a folder announces another number of messages than it lists: it has been cut. */
export function ownMessages(document: string): readonly OwnMessage[] {
  const index = JSON.parse(readFileSync(join(FOLDER, document, 'index.json'), 'utf8')) as {
    readonly count: number;
    readonly vectors: readonly OwnMessage[];
  };
  if (index.vectors.length !== index.count || index.count === 0) throw new Error(`${document} announces ${index.count} messages`);
  return index.vectors;
}

/** The octets as they would come in one datagram. */
export function readOwn(document: string, file: string): Buffer {
  return readFileSync(join(FOLDER, document, file));
}
