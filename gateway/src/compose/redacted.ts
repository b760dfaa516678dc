// The configuration for people's eyes: every secret replaced, whatever it is called and wherever it stands.

const SECRET_NAMES = new Set(['secret', 'token', 'password', 'key', 'ha1', 'ha1Sha256', 'auth', 'branchKey']);
const HIDDEN = '***';

/** @returns plain data with the same shape; what was a secret is `***`. Bytes are always one. */
export function redacted(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return HIDDEN;
  if (SECRET_NAMES.has(name) && typeof value === 'string') return HIDDEN;
  if (Array.isArray(value)) return value.map((each) => redacted(each, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redacted(each, key)]));
}
