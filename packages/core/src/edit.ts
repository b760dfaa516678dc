// Edits: how a decision reaches the wire. A message is never rebuilt; ranges of the received bytes are replaced,
// once and late, so that what was not touched leaves as it came.

/**
 * Replaces `remove` bytes at offset `at` of the received message by `insert` (latin1 text: one char, one byte).
 * Edits of one list do not overlap; two insertions at one offset keep their order in the list.
 */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/**
 * Writes the bytes as received with the edits applied.
 *
 * @param bytes  The message as received; not changed.
 * @param edits  In any order; sorted in place when they are not yet.
 * @returns      A new buffer that shares no memory with `bytes`.
 * @throws       RangeError when edits overlap or reach beyond the message: the caller's mistake.
 */
export function applyEdits(bytes: Buffer, edits: Edit[]): Buffer {
  for (let i = 1; i < edits.length; i += 1) {
    if (inOrder(edits[i - 1] as Edit, edits[i] as Edit) > 0) {
      edits.sort(inOrder);
      break;
    }
  }
  // As text, because one conversion each way costs less than a copy for each piece (0.8 us against 1.4 us for six edits).
  const text = (bytes as Latin1Buffer).latin1Slice(0, bytes.length);
  let out = '';
  let from = 0;
  for (const edit of edits) {
    if (edit.at < from || edit.at + edit.remove > bytes.length) throw new RangeError(`edit at ${edit.at} overlaps`);
    out += text.slice(from, edit.at) + edit.insert;
    from = edit.at + edit.remove;
  }
  out += text.slice(from);
  const assembled = Buffer.allocUnsafe(out.length) as Latin1Buffer;
  assembled.latin1Write(out, 0, out.length);
  return assembled;
}

/** What Buffer has always had and calls itself, and its type declarations leave out: no detour through encodings by name. */
type Latin1Buffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
};

/** By offset; what is inserted at the start of a removed range goes before it, whoever came first in the list. */
function inOrder(a: Edit, b: Edit): number {
  if (a.at !== b.at) return a.at - b.at;
  return Number(a.remove > 0) - Number(b.remove > 0);
}
