import { expect } from 'chai';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SignalingError } from '@altpath/core';
import type { DatagramListener, DatagramSink } from './datagram-engine.js';
import { DgramEngine } from './dgram-engine.js';

type Event = { readonly kind: 'datagram' | 'unreachable'; readonly text: string | undefined; readonly port: number };

/** Keeps what came, and lets a test wait for it. */
class Mailbox implements DatagramSink {
  readonly events: Event[] = [];
  readonly troubles: string[] = [];
  #waiting: (() => void)[] = [];
  begin(): void {}
  end(): void {}
  datagram(data: Buffer, _host: string, port: number): void {
    this.#put({ kind: 'datagram', text: data.toString(), port });
  }
  unreachable(_host: string, port: number, data?: Buffer): void {
    this.#put({ kind: 'unreachable', text: data?.toString(), port });
  }
  trouble(reason: string): void {
    this.troubles.push(reason);
  }
  async until(wanted: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = this.events.find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
  #put(event: Event): void {
    this.events.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

describe('UDP on node:dgram', () => {
  const host = '127.0.0.1';
  const opened: { close(): unknown }[] = [];

  const listen = async (sink: DatagramSink, watched = 64, on = host): Promise<DatagramListener> => {
    const listener = await new DgramEngine({ watched }).open({ host: on, port: 0 }, sink);
    opened.push(listener);
    return listener;
  };
  const peer = async (): Promise<Socket & { readonly port: number }> => {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return Object.assign(socket, { port: socket.address().port });
  };
  /** A peer that is gone. */
  const nobody = async (): Promise<number> => {
    const socket = await peer();
    const { port } = socket;
    socket.close();
    await once(socket, 'close');
    return port;
  };
  const failure = async (promise: Promise<unknown>): Promise<SignalingError> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(SignalingError);
    return error as SignalingError;
  };

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  it('sees an address that another program has, although peers share it later', async () => {
    const first = await listen(new Mailbox());
    const error = await failure(new DgramEngine().open({ host, port: first.port }, new Mailbox()));
    expect(error.code).to.equal('transport.address-in-use');
    expect(error.hint).to.equal(`udp 127.0.0.1:${first.port} is in use by another program`);
  });

  it('sees an address that this host does not have', async () => {
    const error = await failure(new DgramEngine().open({ host: '192.0.2.1', port: 0 }, new Mailbox()));
    expect(error.code).to.equal('transport.address-not-available');
  });

  it('gives up its address when it closes', async () => {
    const first = await listen(new Mailbox());
    first.watch(host, await nobody());
    await first.close();
    const again = await new DgramEngine().open({ host, port: first.port }, new Mailbox());
    await again.close();
  });

  it('carries datagrams both ways', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    const other = await peer();
    other.send('to you', listener.port, host);
    const came = await mailbox.until((event) => event.text === 'to you');
    expect(came.port).to.equal(other.port);
    const answered = once(other, 'message');
    listener.send(Buffer.from('to me'), host, other.port);
    const [data, from] = (await answered) as [Buffer, { port: number }];
    expect([data.toString(), from.port]).to.deep.equal(['to me', listener.port]);
    other.close();
  });

  it('carries datagrams over IPv6', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox, 64, '::1');
    listener.send(Buffer.from('to myself'), '::1', listener.port);
    expect((await mailbox.until((event) => event.text === 'to myself')).port).to.equal(listener.port);
  });

  it('tells of an ICMP error from a watched peer after its socket has closed', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    const port = await nobody();
    listener.watch(host, port);
    listener.send(Buffer.from('anybody?'), host, port);
    expect((await mailbox.until((event) => event.kind === 'unreachable')).port).to.equal(port);
    expect(mailbox.troubles).to.include('ECONNREFUSED');
  });

  it('tells of every later error of a peer that stays away, and still reaches it when it is back', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    const port = await nobody();
    listener.watch(host, port);
    for (let round = 1; round <= 3; round += 1) {
      listener.send(Buffer.from('anybody?'), host, port);
      await mailbox.until(() => mailbox.events.length >= round);
    }
    const back = createSocket('udp4');
    back.bind(port, host);
    await once(back, 'listening');
    const heard = once(back, 'message');
    listener.send(Buffer.from('welcome'), host, port);
    expect(((await heard) as [Buffer])[0].toString()).to.equal('welcome');
    back.close();
  });

  it('takes datagrams of a watched peer as any other', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    const other = await peer();
    listener.watch(host, other.port);
    other.send('watched', listener.port, host);
    expect((await mailbox.until((event) => event.text === 'watched')).port).to.equal(other.port);
    other.close();
  });

  it('loses no datagram of others while peers come to be watched', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    const other = await peer();
    for (let count = 0; count < 32; count += 1) {
      other.send(`${count}`, listener.port, host);
      listener.watch(host, 10_000 + count);
    }
    await mailbox.until(() => mailbox.events.length >= 32);
    expect(mailbox.events.map((event) => event.port)).to.deep.equal(new Array<number>(32).fill(other.port));
    expect(new Set(mailbox.events.map((event) => event.text)).size).to.equal(32);
    other.close();
  });

  it('watches a bounded number of peers and lets the longest unused go', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox, 2);
    const [first, second, third] = [await nobody(), await nobody(), await nobody()];
    listener.watch(host, first);
    listener.watch(host, second);
    listener.watch(host, first);
    listener.watch(host, third);
    for (const port of [second, first, third]) listener.send(Buffer.from('anybody?'), host, port);
    await mailbox.until((event) => event.port === third);
    await mailbox.until((event) => event.port === first);
    expect(mailbox.events.map((event) => event.port)).to.not.include(second);
  });

  it('gives back the datagram that no route would take', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    listener.send(Buffer.from('far away'), '255.255.255.255', 5_060);
    expect((await mailbox.until((event) => event.kind === 'unreachable')).text).to.equal('far away');
  });

  it('gives back a datagram that is too long for UDP, or for a port that does not exist', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    listener.send(Buffer.alloc(65_508), host, 5_060);
    listener.send(Buffer.from('where?'), host, 0);
    expect(mailbox.events.map((event) => event.text?.length)).to.deep.equal([65_508, 6]);
    expect(mailbox.troubles).to.deep.equal(['too-long', 'ERR_SOCKET_BAD_PORT']);
  });

  it('sends nothing and watches nothing once it is closed', async () => {
    const mailbox = new Mailbox();
    const listener = await listen(mailbox);
    await listener.close();
    listener.watch(host, 5_060);
    listener.send(Buffer.from('late'), host, 5_060);
    listener.beat();
    await listener.close();
    expect(mailbox.events).to.deep.equal([]);
  });
});
