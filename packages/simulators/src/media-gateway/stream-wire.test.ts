// A gateway's connections on this host.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type Hop, hopKey } from '@altpath/core';
import { StreamWire } from './stream-wire.js';

describe('the connections of a gateway', () => {
  let server: Server;
  let wire: StreamWire;
  let hop: Hop;
  let told: string[];
  let tell: () => void;
  const accepted: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    hop = { transport: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    told = [];
    tell = () => undefined;
    const note = (what: string, { flow }: Hop): void => {
      told.push(`${what} ${flow ?? '-'}`);
      tell();
    };
    wire = new StreamWire('127.0.0.1', {
      received: (data, from) => note(data.toString(), from),
      closed: (from) => note('closed', from),
      unreachable: (to) => note(`unreachable ${hopKey(to) === hopKey(hop)}`, to),
    });
  });

  afterEach(async () => {
    await wire.close();
    for (const socket of accepted.splice(0)) socket.destroy();
    server.close();
  });

  function next(): Promise<void> {
    return new Promise((resolve) => (tell = resolve));
  }

  async function connection(): Promise<Socket> {
    if (accepted.length === 0) await once(server, 'connection');
    return accepted.shift() as Socket;
  }

  it('one is opened when there is something to send, and used for what follows and what comes back', async () => {
    wire.send(Buffer.from('a'), hop);
    wire.send(Buffer.from('b'), hop);
    const socket = await connection();
    let heard = '';
    for (; heard.length < 2;) heard += String((await once(socket, 'data')) as [Buffer]);
    socket.write('c');
    await next();
    wire.send(Buffer.from('d'), { ...hop, flow: 1 });
    heard += String((await once(socket, 'data')) as [Buffer]);
    expect([heard, told, accepted.length]).to.deep.equal(['abd', ['c 1'], 0]);
    socket.destroy();
  });

  it('its close is told, and the next one is another', async () => {
    wire.send(Buffer.from('a'), hop);
    (await connection()).end();
    await next();
    wire.send(Buffer.from('lost'), { ...hop, flow: 1 });
    wire.send(Buffer.from('b'), hop);
    const socket = await connection();
    expect(String((await once(socket, 'data')) as [Buffer])).to.equal('b');
    socket.resetAndDestroy();
    await next();
    expect(told).to.deep.equal(['closed 1', 'closed 2']);
  });

  it('where nobody listens is unreachable', async () => {
    await new Promise((resolve) => server.close(resolve));
    wire.send(Buffer.from('a'), hop);
    await next();
    expect(told).to.deep.equal(['unreachable true -']);
  });

  it('what the gateway ends itself, with or without power, is told to the other side only', async () => {
    wire.send(Buffer.from('a'), hop);
    const first = await connection();
    first.resume();
    const ended = once(first, 'end');
    wire.send(Buffer.from('farewell'), hop);
    wire.end(1);
    await ended;
    wire.send(Buffer.from('b'), hop);
    const second = await connection();
    second.resume();
    second.on('error', () => undefined);
    const reset = once(second, 'close');
    wire.unplug();
    await reset;
    expect(told).to.deep.equal([]);
    first.destroy();
  });
});
