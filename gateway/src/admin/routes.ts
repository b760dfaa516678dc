// What the admin API answers, as one table: path, method, handler. `open` routes need no token: probes of whoever watches
// the process have none, and learn no more than a word.
import { type AdminCall, AdminRefusal, numberIn, sendJson, sendText } from './reply.js';
import type { EventStreams } from './event-streams.js';
import type { NodeView } from './node-view.js';

export interface Route {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly open?: boolean;
  readonly answer: (call: AdminCall) => void | Promise<void>;
}

const PAGE = { usual: 100, most: 1_000 };

export function routesOf(view: NodeView, events: EventStreams): readonly Route[] {
  const get = (path: string, answer: (call: AdminCall) => unknown): Route => ({
    path,
    method: 'GET',
    answer: (call) => sendJson(call.response, answer(call)),
  });
  const limit = ({ query }: AdminCall): number => numberIn(query, 'limit', PAGE.usual, 1, PAGE.most);
  return [
    { path: '/healthz', method: 'GET', open: true, answer: ({ response }) => sendJson(response, { status: 'ok' }) },
    { path: '/readyz', method: 'GET', open: true, answer: ({ response }) => sendReadiness(view, response) },
    {
      path: '/metrics',
      method: 'GET',
      answer: async ({ response }) => sendText(response, await view.metricsText(), 'text/plain; version=0.0.4'),
    },
    get('/api/v1/status', () => statusOf(view)),
    get('/api/v1/calls', (call) => ({ calls: view.calls(limit(call)) })),
    get('/api/v1/calls/ended', (call) => ({ ended: view.ended(limit(call)) })),
    get('/api/v1/registrations', (call) => {
      const offset = numberIn(call.query, 'offset', 0, 0, 999_999_999);
      return { offset, ...view.registrations(limit(call), offset, call.query.get('aor') ?? undefined) };
    }),
    get('/api/v1/gateways', () => ({ gateways: view.gateways() })),
    get('/api/v1/peers', () => ({ peers: view.peers() })),
    get('/api/v1/nodes', () => ({ nodes: view.nodes() })),
    get('/api/v1/config', () => ({ config: view.config() })),
    get('/api/v1/ladder', (call) => ladderOf(view, call.query.get('call') ?? '')),
    { path: '/api/v1/events', method: 'GET', answer: ({ response }) => events.open(response) },
    {
      path: '/api/v1/drain',
      method: 'POST',
      answer: ({ response }) => {
        view.drain();
        sendJson(response, { state: view.state }, 202);
      },
    },
  ];
}

function sendReadiness(view: NodeView, response: AdminCall['response']): void {
  const reason = view.listeners.length === 0 ? 'not listening' : view.state === 'up' ? undefined : view.state;
  if (reason === undefined) sendJson(response, { ready: true });
  else sendJson(response, { ready: false, reason }, 503);
}

function statusOf(view: NodeView): unknown {
  const { name, domain, state, version, startedAt, listeners } = view;
  return {
    node: name,
    domain,
    state,
    version,
    startedAt,
    uptimeMs: Date.now() - startedAt,
    listeners,
    protocols: view.protocols(),
    registrar: view.registrar(),
    peers: view.peers(),
    store: view.store(),
    counters: view.counters(),
  };
}

function ladderOf(view: NodeView, callId: string): unknown {
  if (callId === '') throw new AdminRefusal(400, 'admin.query', 'call is missing: the Call-ID of a call');
  const ladder = view.ladder(callId);
  if (!ladder) throw new AdminRefusal(404, 'admin.call.unknown', `nothing is known of call ${callId}; the last five minutes are kept`);
  return { callId, ...ladder };
}
