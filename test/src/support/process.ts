// Child processes as tests need them: what they print is kept, they are waited for by event, and stopped by their id.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface SpawnOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** One child. Its output is in `stdout` and `stderr` as far as it came. */
export class Child {
  stdout = '';
  stderr = '';
  /** Settles with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  #exit: number | string | undefined;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #watchers = new Set<() => void>();

  constructor(
    readonly label: string,
    command: readonly string[],
    options: SpawnOptions = {},
  ) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#look();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#look();
    });
    this.ended = new Promise((resolve) => {
      const end = (how: number | string): void => {
        this.#exit ??= how;
        this.#look();
        resolve(this.#exit);
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(code ?? signal ?? 'unknown'));
    });
    this.#child.stdin.on('error', () => undefined); // a child that ended does not read any more; `ended` says so
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** It reads to the end of its input and finishes. */
  endInput(): void {
    this.#child.stdin.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it: SIGTERM, and SIGKILL where that was not enough within `graceMs`. */
  async stop(graceMs = 3_000): Promise<number | string> {
    if (this.running) {
      this.signal('SIGTERM');
      const kill = setTimeout(() => this.signal('SIGKILL'), graceMs);
      await this.ended;
      clearTimeout(kill);
    }
    return this.ended;
  }

  /**
   * Waits until its output matches.
   *
   * @throws Error with everything it printed when it ends before that, or after `timeoutMs`.
   */
  async printed(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | null => pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
    await this.until(() => find() !== null, String(pattern), timeoutMs);
    return find() as RegExpExecArray;
  }

  /** Waits for something that follows from its output; asked whenever more of it came. Throws as `printed` does. */
  async until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const fail = (why: string): void => finish(() => reject(new Error(`${this.label} ${why} before ${what}\n${this.output()}`)));
      const timer = setTimeout(() => fail(`took more than ${timeoutMs} ms`), timeoutMs);
      const look = (): void => {
        if (condition()) finish(resolve);
        else if (!this.running) fail(`ended (${this.#exit})`);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Hands on what it has written to stdout, and whatever comes later. */
  onOutput(listener: (text: string) => void): void {
    if (this.stdout !== '') listener(this.stdout);
    this.#child.stdout.prependListener('data', listener);
  }

  /** What it printed, for a failure message. */
  output(): string {
    return `--- ${this.label}, stdout\n${this.stdout}\n--- ${this.label}, stderr\n${this.stderr}`;
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** Words as one line for a program that splits it like a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
}
