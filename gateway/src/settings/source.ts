// The YAML file with its positions: every key and value can be found again by line and column.
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';

/** Keys and positions from the root: `['cluster', 'nodes', 'a', 'listen', 0]`. */
export type Path = readonly (string | number)[];

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export class Source {
  /** Plain values, as JSON would have them; what cannot be read at all leaves it undefined. */
  readonly data: unknown;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly Problem[];
  readonly #lines = new LineCounter();
  readonly #document;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    const problems = [...this.#document.errors, ...this.#document.warnings].map((error) =>
      this.#at(error.pos[0], plainMessage(error.message)),
    );
    const fatal = this.#document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
    const data = fatal ? undefined : this.#plain(problems);
    this.problems = problems;
    this.data = data;
  }

  /** References to nothing and the like are found only when the values are taken. */
  #plain(problems: Problem[]): unknown {
    try {
      return this.#document.toJS() as unknown;
    } catch (error) {
      problems.push({ line: 1, column: 1, text: plainMessage((error as Error).message) });
      return undefined;
    }
  }

  /** A problem at the value of `path`, or at its key where `of` is `key`. The nearest thing above, where there is none. */
  problem(path: Path, text: string, of: 'key' | 'value' = 'value'): Problem {
    return this.#at(this.#offset(path, of), text);
  }

  /** Keys of a mapping in file order, which a JavaScript object does not keep for numbers. */
  keys(path: Path): readonly string[] {
    const node = this.#find(path).value;
    return isMap(node) ? node.items.map((pair) => keyText(pair)) : [];
  }

  /** Keys as written, where YAML reads a number: `0123` would be 123. */
  numericKeys(path: Path): readonly { readonly read: string; readonly written: string }[] {
    const node = this.#find(path).value;
    if (!isMap(node)) return [];
    return node.items.flatMap(({ key }) =>
      isScalar(key) && typeof key.value === 'number' ? [{ read: String(key.value), written: key.source ?? String(key.value) }] : [],
    );
  }

  #offset(path: Path, of: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length -= 1) {
      const { key, value } = this.#find(path.slice(0, length));
      // What is missing is reported at the key that should hold it.
      const wanted = length < path.length || of === 'key' ? (key ?? value) : (value ?? key);
      const offset = wanted?.range?.[0];
      if (offset !== undefined) return offset;
    }
    return this.#document.contents?.range?.[0] ?? 0;
  }

  #find(path: Path): { readonly key: Node | undefined; readonly value: Node | undefined } {
    let key: Node | undefined;
    let value = this.#resolved(this.#document.contents);
    for (const step of path) {
      const pair = isMap(value) ? value.items.find((each) => isPair(each) && keyText(each) === String(step)) : undefined;
      const item = isSeq(value) ? value.items[Number(step)] : pair?.value;
      key = pair ? (pair.key as Node) : undefined;
      value = this.#resolved(item);
      if (key === undefined && value === undefined) break;
    }
    return { key, value };
  }

  #resolved(node: unknown): Node | undefined {
    if (node === null || typeof node !== 'object') return undefined;
    const alias = node as Node & { resolve?: (document: unknown) => Node | undefined };
    return typeof alias.resolve === 'function' ? alias.resolve(this.#document) : (node as Node);
  }

  #at(offset: number, text: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), text };
  }
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

/** The library begins with a capital and sometimes draws a picture below. */
function plainMessage(message: string): string {
  const [first = ''] = message.split('\n');
  return first === 'Map keys must be unique' ? 'this key stands here twice' : first.charAt(0).toLowerCase() + first.slice(1);
}

/** `cluster.nodes.a.listen[0]`, with quotes around a key that needs them. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
