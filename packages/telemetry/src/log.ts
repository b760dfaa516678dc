// The log: winston behind cached booleans. A level that is off costs one comparison (winston itself would format first
// and ask afterwards); nothing here is on the path of every message.
import { createLogger, format, type Logger, transports } from 'winston';
import { jsonLine, type LogFields, textLine } from './log-line.js';
import type { LogOutput } from './log-output.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'text' | 'json';

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
const LINES = { text: textLine, json: jsonLine };

export class Log {
  readonly #logger: Logger;
  #highest: number;

  constructor(
    level: LogLevel,
    shape: LogFormat,
    private readonly output: LogOutput,
  ) {
    const line = LINES[shape];
    this.#highest = LEVELS[level];
    this.#logger = createLogger({
      levels: LEVELS,
      // Every level passes here: `write` has asked already.
      level: 'debug',
      format: format.printf((entry) =>
        line(new Date().toISOString(), entry.level, String(entry.message), entry['fields'] as LogFields | undefined),
      ),
      transports: [new transports.Stream({ stream: output, eol: '\n' })],
    });
  }

  setLevel(level: LogLevel): void {
    this.#highest = LEVELS[level];
  }

  logs(level: LogLevel): boolean {
    return LEVELS[level] <= this.#highest;
  }

  /** `fields` travel as one value: winston would mix a field named `message` or `level` with its own. */
  write(level: LogLevel, text: string, fields?: LogFields): void {
    if (LEVELS[level] <= this.#highest && !this.output.refuses()) this.#logger.log({ level, message: text, fields });
  }

  /** Settles when everything is written. */
  async close(): Promise<void> {
    if (this.output.writableEnded) return;
    await new Promise<void>((resolve) => this.output.end(resolve));
  }
}
