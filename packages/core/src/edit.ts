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
  let size = bytes.length;
  let sorted = true;
  for (let i = 0; i < edits.length; i += 1) {
    const edit = edits[i] as Edit;
    size += edit.insert.length - edit.remove;
    if (i > 0 && edit.at < (edits[i - 1] as Edit).at) sorted = false;
  }
  if (!sorted) edits.sort((a, b) => a.at - b.at);
  const out = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  for (const edit of edits) {
    if (edit.at < from || edit.at + edit.remove > bytes.length) throw new RangeError(`edit at ${edit.at} overlaps`);
    to += bytes.copy(out, to, from, edit.at);
    if (edit.insert.length > 0) to += out.write(edit.insert, to, 'latin1');
    from = edit.at + edit.remove;
  }
  bytes.copy(out, to, from);
  return out;
}
