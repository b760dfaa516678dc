// Listings for people: aligned columns, instants as how long ago, and nothing that could speak to the terminal.

/** Columns wide enough for their longest cell, two spaces between them; the last one is not filled up. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [head, ...rows.map((row) => row.map(plain))];
  const widths = head.map((_, column) => Math.max(...shown.map((row) => (row[column] ?? '').length)));
  return shown
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Names and values below each other, without a head. */
export function sheet(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${plain(value)}\n`).join('');
}

/** What came from the network may hold what moves a cursor or sets a colour: it is shown as `?`. An empty cell is `-`. */
export function plain(text: string): string {
  return text === '' ? '-' : text.replace(/\p{Cc}/gu, '?');
}

/** `350 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 1 h`: the two largest units. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1_000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return two(days, 'd', hours, 'h');
  if (hours > 0) return two(hours, 'h', minutes, 'min');
  return minutes > 0 ? two(minutes, 'min', seconds % 60, 's') : `${seconds} s`;
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}
