import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { type AdminServer, startAdmin } from './admin-server.js';
import { STREAM_LIMIT } from './event-streams.js';
import { fakeView, type FakeView } from './fake-view.test.js';

describe('the event stream', () => {
  let view: FakeView;
  let server: AdminServer;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    view = fakeView();
    server = await startAdmin({ host: '127.0.0.1', port: 0, view });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  const open = (): Reader => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    return new Reader(socket);
  };
  const publish = (reason: string): void => {
    for (const listener of [...view.subscribers]) listener({ kind: 'takeover', at: 5, reason, count: 1 });
  };

  it('begins with the state and goes on with what happens', async () => {
    const reader = open();
    await reader.until(/event: state\ndata: \{"at":\d+,"state":"up"\}\n\n/);
    expect(reader.text).to.match(/^HTTP\/1\.1 200 [^]*content-type: text\/event-stream\r\n/i);
    for (const listener of view.subscribers) listener({ kind: 'peer', at: 7, name: 'b2', state: 'down' });
    await reader.until(/event: peer\ndata: \{"at":7,"name":"b2","state":"down"\}\n\n/);
  });

  it('is ended when the API closes, which does not wait for its reader', async () => {
    const reader = open();
    await reader.until(/event: state/);
    await server.close();
    await reader.closed();
    expect(view.subscribers.size).to.equal(0);
  });

  it('asks for nothing more once its reader is gone', async () => {
    const gone = { resolve: (): void => undefined };
    const unsubscribed = new Promise<void>((resolve) => (gone.resolve = resolve));
    view.subscribe = () => gone.resolve;
    const reader = open();
    await reader.until(/event: state/);
    reader.socket.destroy();
    await unsubscribed;
  });

  it('is closed when its reader does not read', async () => {
    const reader = open();
    await reader.until(/event: state/);
    reader.socket.pause();
    const long = 'x'.repeat(100_000);
    for (let i = 0; i < 1_000 && view.subscribers.size > 0; i += 1) {
      publish(long);
      await new Promise(setImmediate);
    }
    expect(view.subscribers.size).to.equal(0);
  });

  it(`is given to ${STREAM_LIMIT} readers at once, and again when one has gone`, async () => {
    const readers = Array.from({ length: STREAM_LIMIT }, open);
    for (const reader of readers) await reader.until(/event: state/);
    const refused = await fetch(`${server.url}/api/v1/events`);
    expect(refused.status).to.equal(503);
    expect(await refused.json()).to.have.nested.property('error.code', 'admin.events.full');
    readers[0]?.socket.destroy();
    while (view.subscribers.size === STREAM_LIMIT) await new Promise(setImmediate);
    await open().until(/event: state/);
  });
});

/** What has come over a connection so far. */
class Reader {
  text = '';

  constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      socket.emit('grown');
    });
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await once(this.socket, 'grown');
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
  }
}
