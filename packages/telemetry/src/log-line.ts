// How one log entry reads: a line of text for people, or a line of JSON for programs. Fields may hold what the network
// sent, so nothing in them can end the line or drive a terminal.

export type LogFields = Readonly<Record<string, unknown>>;

/** `2026-01-02T03:04:05.678Z warn  text key=value other="two words"` */
export function textLine(time: string, level: string, text: string, fields: LogFields | undefined): string {
  const pairs = Object.entries(fields ?? {}).map(([key, value]) => ` ${key}=${textValue(value)}`);
  return visible(`${time} ${level.padEnd(5)} ${text}${pairs.join('')}`);
}

/** One object a line; `time`, `level` and `text` are ours whatever the fields say. */
export function jsonLine(time: string, level: string, text: string, fields: LogFields | undefined): string {
  const plain = Object.fromEntries(Object.entries(fields ?? {}).map(([key, value]) => [key, plainValue(value)]));
  const ours = { time, level, text };
  return JSON.stringify({ ...ours, ...plain, ...ours });
}

function textValue(value: unknown): string {
  const plain = plainValue(value);
  if (typeof plain === 'string') return /^[\w.:@/+~,;<>()*-]+$/.test(plain) ? plain : JSON.stringify(plain);
  return JSON.stringify(plain) ?? 'undefined';
}

/** What JSON can say: errors by their message, everything that it cannot say as text. */
function plainValue(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return String(value);
  try {
    JSON.stringify(value);
    return value;
  } catch {
    // A cycle, or a `toJSON` that throws: a log entry is no reason to fall.
    return Object.prototype.toString.call(value);
  }
}

/** Control characters, C1 included, become `\xNN`. */
function visible(line: string): string {
  return line.replace(/[\p{Cc}\u2028\u2029]/gu, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
