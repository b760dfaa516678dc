// How a command asks a running node: which address, with which token, and what it says when there is no answer.
import { isLoopback } from '@altpath/transport';
import { formatHostPort, isIpLiteral } from '@altpath/core';
import { type AdminConfiguration, loadConfiguration } from '../settings/index.js';
import { FOUND_A_PROBLEM, type Surroundings, USAGE, type Values } from './command.js';
import { chooseNode } from './start.js';

/** Options of every command that asks. */
export const ASKING = {
  admin: { type: 'string' },
  token: { type: 'string' },
  config: { type: 'string', short: 'c' },
  node: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

/** What `--help` says about them. */
export const ASKING_USAGE = `  --admin URL         the node's admin address; default http://127.0.0.1:8080
  -c, --config FILE   the cluster's file, which knows the address and the token
  --node NAME         which node of the file; may be left out where there is one
  --token TOKEN       off loopback; default: from the file, else ALTPATH_ADMIN_TOKEN
  -o, --output KIND   table for people (the default), json for programs
`;

export interface Target {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

/** Why there is no answer, and the exit code that says so. */
export interface Trouble {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';
const PATIENCE_MS = 10_000;
/** Stands for variables that are not set: the file's other secrets do not matter here. 32 bytes, as base64. */
const UNSET = 'unset'.padEnd(43, 'A');

/** Where to ask: `--admin`, else the file's node, else the default address. */
export function targetOf(values: Values, { environment }: Surroundings): Target | Trouble {
  const token = textOf(values['token']) ?? environment['ALTPATH_ADMIN_TOKEN'];
  const admin = textOf(values['admin']);
  const file = textOf(values['config']);
  if (admin !== undefined)
    return isHttp(admin) ? { url: admin.replace(/\/+$/, ''), token } : misused(`${admin} is not an address such as ${DEFAULT_URL}`);
  if (file === undefined)
    return values['node'] === undefined ? { url: DEFAULT_URL, token } : misused('--node names a node of a file: -c FILE');
  const loaded = loadConfiguration(file, new Proxy(environment, { get: (all, name) => all[String(name)] ?? UNSET }));
  if (!loaded.ok) return { lines: loaded.problems, exitCode: USAGE };
  const chosen = chooseNode(loaded.configuration, textOf(values['node']));
  if ('trouble' in chosen) return misused(chosen.trouble);
  const found = loaded.configuration.cluster.nodes.find((node) => node.name === chosen.name)?.admin;
  if (!found) return misused(`node ${chosen.name} has no admin address: its file says admin: off`);
  const own = found.token === UNSET ? undefined : found.token;
  return { url: reachable(found), token: textOf(values['token']) ?? own ?? environment['ALTPATH_ADMIN_TOKEN'] };
}

const misused = (text: string): Trouble => ({ lines: [`altpath: ${text}`], exitCode: USAGE });

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A node that listens everywhere is reached here. */
function reachable({ url, host, port }: AdminConfiguration): string {
  if (!isIpLiteral(host) || isLoopback(host) || !/^[0.:]+$/.test(host)) return url;
  return `http://${formatHostPort({ host: host.includes(':') ? '::1' : '127.0.0.1', port })}`;
}

/** @returns the answer's JSON, or why there is none. */
export async function ask(target: Target, path: string, method: 'GET' | 'POST' = 'GET'): Promise<{ readonly body: unknown } | Trouble> {
  const headers: Record<string, string> = target.token === undefined ? {} : { authorization: `Bearer ${target.token}` };
  try {
    const response = await fetch(`${target.url}${path}`, { method, headers, signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
    const body: unknown = await response.json();
    return response.ok ? { body } : refused(target, response.status, body);
  } catch (error) {
    return problem(`no node answers at ${target.url}: ${whyNot(error)}`);
  }
}

const problem = (text: string): Trouble => ({ lines: [`altpath: ${text}`], exitCode: FOUND_A_PROBLEM });

function refused(target: Target, status: number, body: unknown): Trouble {
  const message = field(field(body, 'error'), 'message');
  if (status === 401 && target.token === undefined)
    return problem(`the node at ${target.url} wants a token: --token, or ALTPATH_ADMIN_TOKEN`);
  return problem(typeof message === 'string' ? message : `${target.url} answered ${status}`);
}

function whyNot(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  switch (field(cause, 'code')) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was closed';
    default:
      if (cause instanceof SyntaxError) return 'what answers is not a node';
      if (field(cause, 'name') === 'TimeoutError') return `not within ${PATIENCE_MS / 1_000} s`;
      return cause instanceof Error ? cause.message : String(cause);
  }
}

/** A value out of JSON of which nothing is known. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A cell: text and numbers as they are, everything else empty. */
export function words(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The API is this version's own; what another version leaves out shows as nothing. */
export function listOf<T>(body: unknown, name: string): readonly Partial<T>[] {
  const list = field(body, name);
  return Array.isArray(list) ? (list as readonly Partial<T>[]) : [];
}
