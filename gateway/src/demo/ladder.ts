// A call drawn as a ladder: participants are columns, messages arrows, remarks full lines. Pure text, at most
// `LADDER_WIDTH` columns; lines come out step by step, so that a running call can be watched.

/** What happened, in order. `from` and `to` are names of participants. */
export type LadderStep =
  | {
      readonly kind: 'message';
      readonly at: number;
      readonly from: string;
      readonly to: string;
      readonly label: string;
      /** Why this way: drawn beneath the arrow. */
      readonly note?: string | undefined;
      /** The receiver was dead or frozen: the arrow ends in an x. */
      readonly lost?: boolean | undefined;
    }
  | { readonly kind: 'remark'; readonly at: number; readonly text: string }
  /** The participant is gone from here on, or there again. */
  | { readonly kind: 'death' | 'return'; readonly at: number; readonly who: string; readonly text: string };

/** Puts a colour on a whole line; the default leaves it as it is. */
export type Painter = (line: string, kind: 'head' | 'message' | 'note' | 'remark' | 'death' | 'return' | 'lost') => string;

export const LADDER_WIDTH = 98;
const TIME_WIDTH = 9;
const FIRST_COLUMN = 14;

export class Ladder {
  readonly #columns: ReadonlyMap<string, number>;
  readonly #dead = new Set<string>();

  /**
   * @param participants  Names from left to right, two at least.
   * @param startedAt     The instant that is written as 0.
   */
  constructor(
    private readonly participants: readonly string[],
    private readonly startedAt: number,
    private readonly paint: Painter = (line) => line,
  ) {
    const gap = Math.floor((LADDER_WIDTH - FIRST_COLUMN - 10) / (participants.length - 1));
    this.#columns = new Map(participants.map((name, index) => [name, FIRST_COLUMN + index * gap]));
  }

  /** The line of names, and the one below it. */
  head(): string[] {
    const line = blank();
    put(line, 0, '     ms');
    for (const [name, column] of this.#columns) put(line, column - Math.floor(name.length / 2), name);
    return [this.paint(text(line), 'head'), this.paint(text(this.#lifelines()), 'message')];
  }

  /** The lines of one step. */
  draw(step: LadderStep): string[] {
    if (step.kind === 'message') return this.#message(step);
    if (step.kind === 'death') this.#dead.add(step.who);
    if (step.kind === 'return') this.#dead.delete(step.who);
    const lines = wrap(step.text, LADDER_WIDTH - FIRST_COLUMN - 3).map((part, index) => {
      const line = blank();
      if (index === 0) put(line, 0, this.#time(step.at));
      put(line, FIRST_COLUMN - 3, `${index === 0 ? (step.kind === 'death' ? '###' : '***') : '   '} ${part}`);
      return this.paint(text(line), step.kind);
    });
    return lines;
  }

  #message(step: LadderStep & { readonly kind: 'message' }): string[] {
    const line = this.#lifelines();
    put(line, 0, this.#time(step.at));
    const from = this.#columns.get(step.from);
    const to = this.#columns.get(step.to);
    if (from === undefined || to === undefined)
      return this.draw({ kind: 'remark', at: step.at, text: `${step.from} -> ${step.to}: ${step.label}` });
    arrow(line, from, to, step.label, step.lost ?? false);
    const lines = [this.paint(text(line), step.lost ? 'lost' : 'message')];
    if (step.note === undefined) return lines;
    return [...lines, ...wrap(step.note, LADDER_WIDTH - FIRST_COLUMN - 6).map((part, index) => this.#note(part, index))];
  }

  #note(part: string, index: number): string {
    const line = this.#lifelines();
    put(line, FIRST_COLUMN + 3, `${index === 0 ? '^' : ' '} ${part} `);
    return this.paint(text(line), 'note');
  }

  #lifelines(): string[] {
    const line = blank();
    for (const name of this.participants) put(line, this.#columns.get(name) ?? 0, this.#dead.has(name) ? ':' : '|');
    return line;
  }

  #time(at: number): string {
    return (at - this.startedAt).toFixed(1).padStart(TIME_WIDTH - 1);
  }
}

function arrow(line: string[], from: number, to: number, label: string, lost: boolean): void {
  const [left, right] = from < to ? [from + 1, to - 1] : [to + 1, from - 1];
  for (let column = left; column <= right; column += 1) line[column] = '-';
  const head = lost ? 'x' : from < to ? '>' : '<';
  line[from < to ? right : left] = head;
  const room = right - left - 3;
  const shown = ` ${label.length > room ? label.slice(0, room) : label} `;
  put(line, left + Math.max(1, Math.floor((right - left + 1 - shown.length) / 2)), shown);
}

function blank(): string[] {
  return new Array<string>(LADDER_WIDTH).fill(' ');
}

function put(line: string[], column: number, what: string): void {
  for (let i = 0; i < what.length && column + i < LADDER_WIDTH; i += 1) line[column + i] = what.charAt(i);
}

function text(line: readonly string[]): string {
  return line.join('').trimEnd();
}

/** Breaks at spaces; a word longer than the width is broken where the width ends. */
export function wrap(what: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of what.split(' ').flatMap((each) => each.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
