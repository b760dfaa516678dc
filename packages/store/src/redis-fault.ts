// What goes wrong between a node and Redis, in one word each: for the status, for counters, and to tell what another try
// may mend from what it may not.

/** Replies that speak of the server's state, whoever asks. Scripts of Redis 6 wrap them into an ERR. */
const STATES =
  /\b(OOM|READONLY|LOADING|MISCONF|NOAUTH|WRONGPASS|NOPERM|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MOVED|ASK|WRONGTYPE|DENIED)\b/;

/** `code` is the word. */
export class RedisFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'RedisFault';
  }
}

/** @param error  Whatever the client threw, or a reply. */
export function faultOf(error: unknown): RedisFault {
  if (error instanceof RedisFault) return error;
  const { code, message = String(error), lastNodeError } = error as { code?: unknown; message?: string; lastNodeError?: unknown };
  if (lastNodeError != null) return faultOf(lastNodeError);
  const state = STATES.exec(message)?.[1];
  if (state !== undefined) return new RedisFault(state, message);
  if (typeof code === 'string') return new RedisFault(code === 'ETIMEDOUT' ? 'timeout' : code, message);
  if (/time(?:d )?-?out/i.test(message)) return new RedisFault('timeout', message);
  const [inner] = /\bE[A-Z]{5,}\b/.exec(message) ?? [];
  if (inner !== undefined) return new RedisFault(inner, message);
  if (/sentinel/i.test(message)) return new RedisFault('no-master', message);
  if (/closed|writeable|not ready|isn't ready|startup nodes|retries|slots cache/i.test(message)) return new RedisFault('closed', message);
  return new RedisFault('other', message);
}

/** The key holds something that is not ours: the server is well, and this record cannot be written. */
export function isKeyTaken(error: unknown): boolean {
  return faultOf(error).code === 'WRONGTYPE';
}
