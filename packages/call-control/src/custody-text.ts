// What nodes tell each other about custody, as text: a line a gateway, `GATEWAY NODE SINCE`, after a first line that says
// whether it is a claim or a piece of a table. Gateways and nodes go by name, since each node numbers its own file.
import type { Millis } from '@altpath/core';

export interface Holding {
  readonly gateway: string;
  readonly node: string;
  readonly since: Millis;
}

/** `piece`: the text is number `at` of `of` pieces of the sender's whole table; absent in a claim. */
export interface HoldingsText {
  readonly holdings: readonly Holding[];
  readonly piece?: { readonly at: number; readonly of: number } | undefined;
}

export function formatHoldings({ holdings, piece }: HoldingsText): string {
  const head = piece ? `table ${piece.at} ${piece.of}` : 'claim';
  return [head, ...holdings.map(({ gateway, node, since }) => `${encodeURIComponent(gateway)} ${node} ${since}`)].join('\n');
}

/** @returns undefined for a text that is none of ours; lines that cannot be read are left out. */
export function parseHoldings(text: string): HoldingsText | undefined {
  const [head = '', ...lines] = text.split('\n');
  const table = /^table (\d{1,6}) (\d{1,6})$/.exec(head);
  if (!table && head !== 'claim') return undefined;
  const holdings = lines.flatMap((line) => holdingOf(line) ?? []);
  return table ? { holdings, piece: { at: Number(table[1]), of: Number(table[2]) } } : { holdings };
}

function holdingOf(line: string): Holding | undefined {
  const [, gateway, node, since] = /^([A-Za-z0-9%_.!~*'()-]+) (\S+) (\d{1,15})$/.exec(line) ?? [];
  if (gateway === undefined || node === undefined || since === undefined) return undefined;
  // A stray percent sign is somebody else's writing.
  if (/%(?![0-9A-Fa-f]{2})/.test(gateway)) return undefined;
  try {
    return { gateway: decodeURIComponent(gateway), node, since: Number(since) };
  } catch {
    // Percent signs that are no UTF-8: not written by a node.
    return undefined;
  }
}
