import { once } from 'node:events';
import { Agent, get as httpGet } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { SignalingError } from '@altpath/core';
import { type AdminOptions, type AdminServer, startAdmin } from './admin-server.js';
import { fakeView, type FakeView } from './fake-view.test.js';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

describe('the admin API', () => {
  let view: FakeView;
  let server: AdminServer;
  const open: { close(): Promise<void> }[] = [];

  const start = async (options: Partial<AdminOptions> = {}): Promise<AdminServer> => {
    const started = await startAdmin({ host: '127.0.0.1', port: 0, view, ...options });
    open.push(started);
    return started;
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  /** One raw request, to the end of the connection. */
  const raw = async (text: string): Promise<string> => {
    const socket = dial();
    socket.write(text);
    return readAll(socket);
  };
  const dial = (): Socket => connect(Number(new URL(server.url).port), '127.0.0.1');

  beforeEach(async () => {
    view = fakeView();
    server = await start();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  describe('health', () => {
    it('answers 200 while the process runs, whatever the node does', async () => {
      view.state = 'draining';
      expect(await ask('/healthz')).to.deep.include({ status: 200, body: { status: 'ok' } });
    });

    it('is ready when it is up and listens', async () => {
      expect(await ask('/readyz')).to.deep.include({ status: 200, body: { ready: true } });
    });

    for (const state of ['joining', 'draining'] as const) {
      it(`is not ready while ${state}, and says so`, async () => {
        view.state = state;
        expect(await ask('/readyz')).to.deep.include({ status: 503, body: { ready: false, reason: state } });
      });
    }

    it('is not ready before its listeners are bound', async () => {
      view.listeners = [];
      expect(await ask('/readyz')).to.deep.include({ status: 503, body: { ready: false, reason: 'not listening' } });
    });
  });

  describe('data', () => {
    it('gives the metrics as Prometheus reads them', async () => {
      const answer = await ask('/metrics');
      expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.text).to.equal('altpath_sip_takeover_total{reason="dead"} 2\n');
    });

    it('gives the status in one object', async () => {
      const { status, body } = await ask('/api/v1/status');
      expect(status).to.equal(200);
      expect(body).to.deep.include({ node: 'b1', domain: 'example.org', state: 'up', version: '0.1.0', startedAt: 1_000 });
      expect(body).to.deep.include({ registrar: { aors: 3, bindings: 4 }, counters: { 'sip.takeover:dead': 2 } });
    });

    it('says how the store does, and is as ready without it', async () => {
      const { body } = await ask('/api/v1/status');
      expect(body).to.have.property('store').that.deep.includes({ kind: 'redis', state: 'away', reason: 'ECONNREFUSED', waiting: 3 });
      expect(await ask('/readyz')).to.deep.include({ status: 200, body: { ready: true } });
    });

    it('gives calls, peers, nodes and the configuration', async () => {
      expect((await ask('/api/v1/calls')).body).to.deep.equal({ calls: view.calls(9) });
      expect((await ask('/api/v1/calls/ended')).body).to.deep.equal({ ended: view.ended(9) });
      expect((await ask('/api/v1/peers')).body).to.deep.equal({ peers: view.peers() });
      expect((await ask('/api/v1/nodes')).body).to.deep.equal({ nodes: view.nodes() });
      expect((await ask('/api/v1/config')).body).to.deep.equal({ config: view.config() });
    });

    it('gives registrations by page and by address of record', async () => {
      expect((await ask('/api/v1/registrations?limit=1&offset=1')).body).to.deep.equal({
        total: 3,
        offset: 1,
        registrations: [{ aor: 'sip:bob@example.org', contacts: [] }],
      });
      expect((await ask('/api/v1/registrations?aor=sip%3Acarol%40example.org')).body).to.deep.include({ total: 1 });
    });

    it('gives a call as a ladder, and 404 for one nobody knows', async () => {
      expect((await ask('/api/v1/ladder?call=a%40b')).body).to.deep.equal({ callId: 'a@b', events: [], text: 'drawn' });
      expect(await ask('/api/v1/ladder?call=x')).to.deep.include({ status: 404 });
      expect(await ask('/api/v1/ladder')).to.deep.include({ status: 400 });
    });

    it('begins to drain on POST', async () => {
      expect(await ask('/api/v1/drain', { method: 'POST' })).to.deep.include({ status: 202, body: { state: 'draining' } });
      expect(view.state).to.equal('draining');
    });
  });

  describe('what it does not take', () => {
    for (const query of ['limit=0', 'limit=1001', 'limit=ten', 'limit=1.5', 'limit=', 'offset=-1']) {
      it(`answers 400 to ?${query}`, async () => {
        const { status, body } = await ask(`/api/v1/registrations?${query}`);
        expect(status).to.equal(400);
        expect(body).to.have.nested.property('error.code', 'admin.query');
      });
    }

    it('answers 404 to a path it does not have', async () => {
      for (const path of ['/', '/api/v1/nothing', '/metrics/', '//healthz', '/%zz']) {
        const { status, body } = await ask(path);
        expect(status, path).to.equal(404);
        expect(body, path).to.have.nested.property('error.code', 'admin.path');
      }
    });

    it('answers 405 with Allow to another method, and does nothing', async () => {
      const drain = await ask('/api/v1/drain');
      expect(drain).to.deep.include({ status: 405 });
      expect(drain.headers.get('allow')).to.equal('POST');
      expect(view.state).to.equal('up');
      const status = await ask('/api/v1/status', { method: 'DELETE' });
      expect(status).to.deep.include({ status: 405 });
      expect(status.headers.get('allow')).to.equal('GET, HEAD');
    });

    it('answers HEAD like GET, without the body', async () => {
      const answer = await ask('/api/v1/peers', { method: 'HEAD' });
      expect(answer).to.deep.include({ status: 200, text: '' });
      expect(Number(answer.headers.get('content-length'))).to.be.greaterThan(20);
    });

    it('refuses a body that is too long, announced or not', async () => {
      const announced = await raw('POST /api/v1/drain HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 70000\r\n\r\n');
      expect(announced).to.match(/^HTTP\/1\.1 413 /);
      const chunks = `8000\r\n${'x'.repeat(0x8000)}\r\n`.repeat(3);
      const chunked = await raw(`POST /api/v1/drain HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
      expect(chunked).to.match(/^HTTP\/1\.1 413 /);
      expect(view.state).to.equal('up');
    });

    it('refuses a head that is too long', async () => {
      expect(await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).to.match(/^HTTP\/1\.1 431 /);
    });

    it('answers 500, reports it, and lives on when the node throws', async () => {
      const reported: string[] = [];
      server = await start({ onError: (path, error) => reported.push(`${path} ${String(error)}`) });
      view.peers = () => {
        throw new Error('torn');
      };
      const { status, text } = await ask('/api/v1/peers');
      expect(status).to.equal(500);
      expect(text).not.to.contain('torn');
      expect(reported).to.deep.equal(['/api/v1/peers Error: torn']);
      expect(await ask('/healthz')).to.deep.include({ status: 200 });
    });
  });

  describe('who may ask', () => {
    it('without a token refuses web pages: another origin, or a name that leads here', async () => {
      const request = (head: string): string => `POST /api/v1/drain HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`;
      expect(await raw(request('Host: 127.0.0.1:8080\r\nOrigin: http://evil.example'))).to.match(/^HTTP\/1\.1 403 /);
      expect(await raw(request('Host: evil.example'))).to.match(/^HTTP\/1\.1 403 /);
      expect(view.state).to.equal('up');
      expect(await raw(request('Host: localhost:8080\r\nOrigin: http://localhost:8080'))).to.match(/^HTTP\/1\.1 202 /);
    });

    it('with a token refuses whoever has none or another, on every path but the two probes', async () => {
      server = await start({ token: 'sesame' });
      for (const path of ['/metrics', '/api/v1/status', '/api/v1/events', '/nothing']) {
        const none = await ask(path);
        expect(none, path).to.deep.include({ status: 401 });
        expect(none.headers.get('www-authenticate')).to.match(/^Bearer/);
        for (const authorization of ['Bearer sesam', 'Bearer sesame2', 'Basic sesame', 'sesame', 'Bearer ']) {
          expect(await ask(path, { headers: { authorization } }), `${path} ${authorization}`).to.deep.include({ status: 401 });
        }
      }
      for (const path of ['/healthz', '/readyz']) expect(await ask(path)).to.deep.include({ status: 200 });
      expect(await ask('/api/v1/status', { headers: { authorization: 'Bearer sesame' } })).to.deep.include({ status: 200 });
    });

    it('does not start without a token where others could ask', async () => {
      const refused = await failureOf(startAdmin({ host: '0.0.0.0', port: 0, view }));
      expect(refused).to.deep.include({ code: 'admin.token-missing' });
      expect(refused.hint).to.equal('the admin address 0.0.0.0:0 is not loopback and needs a token');
    });
  });

  describe('its address', () => {
    it('that is in use is one plain sentence', async () => {
      const taken = createServer();
      await once(taken.listen(0, '127.0.0.1'), 'listening');
      const { port } = taken.address() as AddressInfo;
      try {
        const refused = await failureOf(startAdmin({ host: '127.0.0.1', port, view }));
        expect(refused).to.be.instanceOf(SignalingError);
        expect(refused).to.deep.include({ code: 'admin.address-in-use', blame: 'local' });
        expect(refused.hint).to.equal(`the admin address 127.0.0.1:${port} is in use by another program`);
      } finally {
        taken.close();
      }
    });

    it('that this host does not have is one, too', async () => {
      const refused = await failureOf(startAdmin({ host: '192.0.2.1', port: 0, token: 't', view }));
      expect(refused).to.deep.include({ code: 'admin.address-not-available' });
    });

    it('may be IPv6', async () => {
      server = await start({ host: '::1' });
      expect(server.url).to.match(/^http:\/\/\[::1\]:\d+$/);
      expect(await ask('/healthz')).to.deep.include({ status: 200 });
      expect(await ask('/api/v1/peers')).to.deep.include({ status: 200 });
    });
  });

  describe('clients that behave badly', () => {
    it('a request that never ends is ended', async () => {
      server = await start({ limits: { requestMs: 50 } });
      const socket = dial();
      socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ');
      expect(await readAll(socket)).to.match(/^HTTP\/1\.1 408 /);
    });

    it('a connection that says nothing is closed', async () => {
      server = await start({ limits: { idleMs: 50 } });
      expect(await readAll(dial())).to.equal('');
    });

    it('a connection too many is closed, the others go on', async () => {
      server = await start({ limits: { connections: 1 } });
      const first = dial();
      await once(first, 'connect');
      expect(await readAll(dial())).to.equal('');
      first.end('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
      expect(await readAll(first)).to.match(/^HTTP\/1\.1 200 /);
    });

    it('garbage is answered 400 and harms nobody', async () => {
      expect(await raw('INVITE sip:bob@example.org SIP/2.0\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /);
      expect(await ask('/healthz')).to.deep.include({ status: 200 });
    });
  });

  describe('closing', () => {
    it('waits for no connection that is kept alive, nor for half a request', async () => {
      const agent = new Agent({ keepAlive: true });
      const answered = await new Promise<number | undefined>((resolve, reject) => {
        httpGet(`${server.url}/healthz`, { agent }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        }).on('error', reject);
      });
      expect(answered).to.equal(200);
      const half = dial();
      half.write('GET /hea');
      await once(half, 'connect');
      const ended = readAll(half);
      await server.close();
      await ended;
      agent.destroy();
      const again = await start({ port: Number(new URL(server.url).port) });
      expect(again.url).to.equal(server.url);
    });

    it('twice is as good as once', async () => {
      await server.close();
      await server.close();
    });
  });
});

async function failureOf(promise: Promise<AdminServer>): Promise<SignalingError> {
  const started = await promise.catch((error: unknown) => error as SignalingError);
  if (started instanceof Error) return started;
  await started.close();
  throw new Error('it started');
}

/** Everything until the other end closes; a reset is an end, too. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
