// What goes back over HTTP: JSON or text, never cached, and errors in one shape: `{ "error": { "code", "message" } }`.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request as a route sees it. */
export interface AdminCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** An answer that is no success; thrown by whoever finds out. `code` is dotted and final. */
export class AdminRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  sendText(response, `${JSON.stringify(value)}\n`, 'application/json', status, headers);
}

export function sendText(
  response: ServerResponse,
  text: string,
  type: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body);
}

export function sendRefusal(response: ServerResponse, { status, code, message, headers }: AdminRefusal): void {
  sendJson(response, { error: { code, message } }, status, headers);
}

/** Reads a whole number from the query. @throws AdminRefusal 400 `admin.query`. */
export function numberIn(query: URLSearchParams, name: string, fallback: number, least: number, most: number): number {
  const written = query.get(name);
  if (written === null) return fallback;
  const value = /^\d{1,9}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new AdminRefusal(400, 'admin.query', `${name} is a whole number from ${least} to ${most}`);
}
