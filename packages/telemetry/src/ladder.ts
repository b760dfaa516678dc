// A call as one node saw it, drawn from its trace: the node and its peers are columns, a message is a line, and why it
// went that way stands at the right. Pure text of at most `width` columns.
import type { TraceEvent } from '@altpath/core';

export interface LadderOptions {
  /** Heading of this node's own column. */
  readonly self: string;
  /** A name people know for a peer's address (`udp:10.0.0.1:5060`); undefined: the address itself. */
  readonly nameOf?: ((peer: string) => string | undefined) | undefined;
  /** Default 120. Wider: longer notes and labels. At least 60. */
  readonly width?: number | undefined;
}

/** Peers with a column of their own; the rest share the last one, and their messages name them. */
const PEER_COLUMNS = 5;
const OTHERS = 'others';
const TIME_WIDTH = 10;
const GAP = { least: 12, most: 26 };
const NOTE_WIDTH = { least: 16, most: 48 };

interface Layout {
  readonly columns: ReadonlyMap<string, number>;
  readonly gap: number;
  readonly width: number;
  readonly noteAt: number;
}

/** @returns lines without an end of line at the last; the empty text for no events. Times are milliseconds since the first. */
export function ladderText(events: readonly TraceEvent[], options: LadderOptions): string {
  const first = events[0];
  if (!first) return '';
  const named = events.map((event) => ({ ...event, peer: plain(options.nameOf?.(event.peer) ?? event.peer) }));
  const self = plain(options.self);
  const peers = participants(named);
  const layout = layoutOf(peers.order, self, options.width ?? 120, Math.max(0, ...named.map((each) => each.note?.length ?? 0)));
  const headings = [...layout.columns.keys()];
  // A name that does not fit over its column is written below as a number.
  const numbered = headings.filter((name) => name.length > layout.gap - 2);
  const shown = (name: string): string => (numbered.includes(name) ? `(${numbered.indexOf(name) + 1})` : name);
  const head = blank(layout.width);
  put(head, 0, 'ms'.padStart(TIME_WIDTH - 2));
  for (const [name, column] of layout.columns) put(head, column - Math.floor(shown(name).length / 2), shown(name));
  const body = named.map((event) => {
    const column = peers.own.has(event.peer) ? event.peer : OTHERS;
    const label = column === OTHERS ? `${event.summary} ${event.peer}` : event.summary;
    return messageLine({ ...event, peer: column, summary: plain(label) }, first.at, self, layout);
  });
  return [...numbered.map((name, index) => `(${index + 1}) ${name}`), text(head), ...body].join('\n');
}

/** Who has a column, in order of appearance: whoever sent the first message stands at the left of this node. */
function participants(events: readonly TraceEvent[]): { readonly own: ReadonlySet<string>; readonly order: readonly string[] } {
  const all = [...new Set(events.map((each) => each.peer))];
  const own = all.slice(0, PEER_COLUMNS);
  return { own: new Set(own), order: all.length > own.length ? [...own, OTHERS] : own };
}

function layoutOf(peers: readonly string[], self: string, width: number, longestNote: number): Layout {
  const [left = '', ...right] = peers;
  // Names stand half over the outer columns and need room beside them.
  const gaps = peers.length;
  const noteWidth = longestNote === 0 ? 0 : Math.min(NOTE_WIDTH.most, Math.max(NOTE_WIDTH.least, longestNote + 2));
  const room = (forNote: number): number => Math.floor((width - TIME_WIDTH - forNote - GAP.least) / gaps);
  const roomy = room(noteWidth) >= GAP.least ? noteWidth : NOTE_WIDTH.least;
  const gap = Math.max(8, Math.min(GAP.most, room(longestNote === 0 ? 0 : roomy)));
  const start = TIME_WIDTH + GAP.least / 2;
  // A peer may bear this node's own name (a message to itself through the wire): the column of its own is told apart.
  const own = peers.includes(self) ? `${self} (self)` : self;
  const columns = new Map([left, own, ...right].map((name, index) => [name, start + index * gap]));
  return { columns, gap, width, noteAt: start + gaps * gap + 3 };
}

function messageLine(event: TraceEvent, startedAt: number, self: string, layout: Layout): string {
  const line = blank(layout.width);
  put(line, 0, String(Math.round(event.at - startedAt)).padStart(TIME_WIDTH - 2));
  const positions = [...layout.columns.values()];
  for (const column of positions) line[column] = '|';
  // This node is the second column (see `layoutOf`).
  const here = positions[1] ?? 0;
  const there = layout.columns.get(event.peer) ?? 0;
  const [from, to] = event.direction === 'in' ? [there, here] : [here, there];
  arrow(line, from, to, event.summary);
  if (event.note !== undefined) put(line, layout.noteAt, cut(plain(event.note), layout.width - layout.noteAt));
  return text(line);
}

function arrow(line: string[], from: number, to: number, label: string): void {
  const left = Math.min(from, to) + 1;
  const right = Math.max(from, to) - 1;
  line.fill('-', left, right + 1);
  line[from < to ? right : left] = from < to ? '>' : '<';
  // Head and a dash at one end, a dash at the other: it stays an arrow.
  const shown = ` ${cut(label, right - left - 4)} `;
  put(line, left + Math.max(from < to ? 1 : 2, Math.floor((right - left + 1 - shown.length) / 2)), shown);
}

function cut(what: string, room: number): string {
  return what.length <= room ? what : `${what.slice(0, Math.max(0, room - 2))}..`;
}

/** What peers wrote may hold anything: only printable ASCII is drawn, so that columns stay columns. */
function plain(what: string): string {
  return what.replace(/[^ -~]/g, '?');
}

function blank(width: number): string[] {
  return new Array<string>(width).fill(' ');
}

function put(line: string[], column: number, what: string): void {
  for (let i = 0; i < what.length; i += 1) if (column + i >= 0 && column + i < line.length) line[column + i] = what.charAt(i);
}

function text(line: readonly string[]): string {
  return line.join('').trimEnd();
}
