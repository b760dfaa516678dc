// The admin API of a node over plain HTTP: opening it, finding the route, and closing it at once whoever is connected.
// What the routes answer is in routes.ts.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Fault, formatHostPort, SignalingError } from '@altpath/core';
import { errnoOf, isLoopback } from '@altpath/transport';
import { Access } from './access.js';
import { EventStreams } from './event-streams.js';
import type { NodeView } from './node-view.js';
import { AdminRefusal, sendRefusal } from './reply.js';
import { type Route, routesOf } from './routes.js';

export interface AdminOptions {
  /** IP literal or `localhost`. */
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  /** Asked for as `Authorization: Bearer TOKEN`; required when `host` is not loopback. */
  readonly token?: string | undefined;
  readonly view: NodeView;
  /** Something of ours threw while answering; the client gets 500. */
  readonly onError?: ((path: string, error: unknown) => void) | undefined;
  readonly limits?: Partial<AdminLimits> | undefined;
}

export interface AdminLimits {
  /** For the head of a request, then for all of it; default 5 s. Higher: slow clients hold connections longer. */
  readonly requestMs: number;
  /** Nothing read or written; default 30 s. Event streams are exempt. */
  readonly idleMs: number;
  /** Open at once; default 64. More are closed as they come. */
  readonly connections: number;
}

export interface AdminServer {
  /** `http://127.0.0.1:8080`, with the real port. */
  readonly url: string;
  /** Ends event streams and open connections, and settles when the port is free. */
  close(): Promise<void>;
}

const LIMITS: AdminLimits = { requestMs: 5_000, idleMs: 30_000, connections: 64 };
const HEAD_BYTES = 16 * 1024;
/** No route reads a body; one that fits is let pass unread. */
const BODY_BYTES = 64 * 1024;

/**
 * @throws SignalingError in one plain sentence: `admin.address-in-use`, `admin.address-not-available`,
 *         `admin.permission`, `admin.listen`; `admin.token-missing` when others than this host could ask.
 */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { host, port, token, view } = options;
  if (token === undefined && host !== 'localhost' && !isLoopback(host)) {
    throw new SignalingError(
      localFault('token-missing', `the admin address ${formatHostPort({ host, port })} is not loopback and needs a token`),
    );
  }
  const events = new EventStreams(view);
  const server = newServer({ ...LIMITS, ...options.limits });
  const answer = answerer(routesOf(view, events), new Access(token));
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      options.onError?.(request.url ?? '', error);
      if (response.headersSent) response.destroy();
      else sendRefusal(response, new AdminRefusal(500, 'admin.internal', 'this node could not answer; its log says why'));
    });
  });
  await listen(server, host, port);
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${formatHostPort({ host, port: bound })}`,
    close: () => close(server, events),
  };
}

function newServer(limits: AdminLimits): Server {
  const server = createServer({
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.max(10, Math.min(1_000, limits.requestMs / 2)),
    keepAliveTimeout: 5_000,
    maxHeaderSize: HEAD_BYTES,
  });
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  return server;
}

/** Finds the route and asks it. What it rejects with is a fault of ours: refusals are answered here. */
function answerer(routes: readonly Route[], access: Access): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return async (request, response) => {
    try {
      const { path, query } = targetOf(request);
      const route = byPath.get(path);
      if (!route?.open) access.check(request);
      if (!route) throw new AdminRefusal(404, 'admin.path', `there is no ${path}`);
      checkMethod(route, request.method);
      await skipBody(request);
      await route.answer({ request, response, query });
    } catch (error) {
      if (!(error instanceof AdminRefusal)) throw error;
      // A body that nobody reads would have to be waited for before the next request.
      if (hasBody(request)) response.setHeader('connection', 'close');
      sendRefusal(response, error);
    }
  };
}

function targetOf(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  return { path, query: new URLSearchParams(query) };
}

function checkMethod({ method, path }: Route, asked: string | undefined): void {
  if (asked === method || (asked === 'HEAD' && method === 'GET')) return;
  const allow = method === 'GET' ? 'GET, HEAD' : method;
  throw new AdminRefusal(405, 'admin.method', `${path} takes ${allow}`, { allow });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** @throws AdminRefusal 413 `admin.body` for one that is too long. A client that goes away leaves this unsettled, and is forgotten. */
async function skipBody(request: IncomingMessage): Promise<void> {
  const tooLong = new AdminRefusal(413, 'admin.body', `a body of more than ${BODY_BYTES} bytes is not taken`);
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES) throw tooLong;
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_BYTES) reject(tooLong);
    });
    request.on('end', resolve);
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(host, port, error)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

function listenError(host: string, port: number, cause: Error): SignalingError {
  const where = `the admin address ${formatHostPort({ host, port })}`;
  switch (errnoOf(cause)) {
    case 'EADDRINUSE':
      return new SignalingError(localFault('address-in-use', `${where} is in use by another program`), cause);
    case 'EADDRNOTAVAIL':
      return new SignalingError(localFault('address-not-available', `${where} cannot be opened because this host does not have it`), cause);
    case 'EACCES':
    case 'EPERM':
      return new SignalingError(localFault('permission', `${where} cannot be opened because this user may not listen there`), cause);
    default:
      return new SignalingError(localFault('listen', `${where} cannot be opened: ${cause.message}`), cause);
  }
}

function localFault(code: string, hint: string): Fault {
  return { code: `admin.${code}`, blame: 'local', hint };
}

async function close(server: Server, events: EventStreams): Promise<void> {
  events.closeAll();
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
