import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type Server, Socket } from 'node:net';
import { type Hop, SignalingError } from '@altpath/core';
import type { ListenerSpec } from './listener.js';
import { StreamFlows, type StreamLimits, type StreamSink } from './stream-flows.js';

type Event = { readonly kind: 'bytes' | 'closed' | 'unreachable'; readonly hop: Hop; readonly text: string };

class Mailbox implements StreamSink {
  readonly events: Event[] = [];
  readonly counts: string[] = [];
  wanted = true;
  #waiting: (() => void)[] = [];
  bytes(data: Buffer, hop: Hop): boolean {
    this.#put({ kind: 'bytes', hop, text: data.toString() });
    return this.wanted;
  }
  closed(hop: Hop): void {
    this.#put({ kind: 'closed', hop, text: '' });
  }
  unreachable(hop: Hop, data: Buffer): void {
    this.#put({ kind: 'unreachable', hop, text: data.toString() });
  }
  count(name: string, reason = ''): void {
    this.counts.push(`${name} ${reason}`);
    this.#wake();
  }
  async until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
  of(kind: Event['kind']): readonly Event[] {
    return this.events.filter((event) => event.kind === kind);
  }
  #put(event: Event): void {
    this.events.push(event);
    this.#wake();
  }
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

describe('TCP flows', () => {
  const host = '127.0.0.1';
  const specs: readonly ListenerSpec[] = [{ url: 'sip+tcp://127.0.0.1:0', scheme: 'sip+tcp', transport: 'tcp', host, port: 0 }];
  let mailbox: Mailbox;
  let now: number;
  let flow: number;
  let flows: StreamFlows;
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  const make = (limits: Partial<StreamLimits> = {}, dial?: () => Socket): StreamFlows => {
    flows = new StreamFlows(specs, mailbox, { now: () => now, nextFlow: () => (flow += 1), dial }, limits);
    return flows;
  };
  const send = (text: string, hop: Hop): void => {
    flows.send(Buffer.from(text), hop);
    flows.flush();
  };
  /** A peer that answers connections; its sockets are in `sockets`. */
  const peer = async (): Promise<{ readonly hop: Hop; readonly server: Server }> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      sockets.push(socket);
    });
    server.listen(0, host);
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not bound');
    return { hop: { transport: 'tcp', host, port: address.port }, server };
  };
  const dialled = async (port: number): Promise<Socket> => {
    const socket = connect(port, host);
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  beforeEach(() => {
    mailbox = new Mailbox();
    now = 1_000_000;
    flow = 0;
  });
  afterEach(async () => {
    sockets.splice(0).forEach((socket) => socket.destroy());
    servers.splice(0).forEach((server) => server.close());
    await flows.shutdown(100);
  });

  it('sees an address in use', async () => {
    make();
    const { hop } = await peer();
    const taken = new StreamFlows([{ ...(specs[0] as ListenerSpec), port: hop.port }], mailbox, { now: () => now, nextFlow: () => 1 });
    const error = await taken.listen(0).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SignalingError);
    expect((error as SignalingError).code).to.equal('transport.address-in-use');
    await taken.shutdown(0);
  });

  it('hands slices up with the flow they came over, and answers over the same', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    phone.write('REGISTER');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    expect(hop).to.deep.equal({ transport: 'tcp', host, port: phone.localPort, listener: 0, flow: 1 });
    const answered = once(phone, 'data');
    send('200', hop);
    expect(String((await answered)[0])).to.equal('200');
    expect(flows.size).to.equal(1);
  });

  it('finds an open connection by its remote address when the named flow is gone or none is named', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    phone.write('REGISTER');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    for (const text of ['named none', 'named another']) {
      const heard = once(phone, 'data');
      send(text, { transport: 'tcp', host, port: hop.port, flow: text === 'named none' ? undefined : 99 });
      expect(String((await heard)[0])).to.equal(text);
    }
    expect(flows.size).to.equal(1);
  });

  it('opens one connection to an address and uses it again, also while it opens', async () => {
    make();
    const { hop } = await peer();
    send('one ', hop);
    send('two ', hop);
    await mailbox.until(() => mailbox.counts.includes('transport.flow.opened out'));
    send('three', hop);
    const socket = await mailbox.until(() => sockets[0] ?? false).catch(() => undefined);
    let text = '';
    for await (const chunk of socket ?? []) if ((text += String(chunk)).endsWith('three')) break;
    expect(text).to.equal('one two three');
    expect(sockets).to.have.lengthOf(1);
  });

  it('connects from the address of its listener', async () => {
    make();
    const { hop, server } = await peer();
    const accepted = once(server, 'connection');
    send('hello', hop);
    const [socket] = (await accepted) as [Socket];
    expect(socket.remoteAddress).to.equal(host);
  });

  it('gives back all the data for a connection that is refused, and tells of no flow', async () => {
    make();
    const { hop, server } = await peer();
    server.close();
    await once(server, 'close');
    send('one', hop);
    send('two', hop);
    await mailbox.until(() => mailbox.of('unreachable').length === 2);
    expect(mailbox.events.map((event) => event.text)).to.deep.equal(['one', 'two']);
    expect(mailbox.events[0]?.hop).to.deep.equal({ ...hop, listener: 0 });
    expect(mailbox.counts).to.include('transport.flow.failed refused');
    expect(flows.size).to.equal(0);
  });

  it('gives back the data of a connection that does not open in time', async () => {
    make({ connectMs: 4_000 }, () => new Socket());
    const hop: Hop = { transport: 'tcp', host, port: 5_060 };
    send('one', hop);
    now += 3_999;
    flows.beat(now);
    expect(flows.size).to.equal(1);
    now += 1;
    flows.beat(now);
    const event = await mailbox.until(() => mailbox.of('unreachable')[0]);
    expect(event.text).to.equal('one');
    expect(mailbox.counts).to.include('transport.flow.failed connect-timeout');
  });

  it('keeps a bounded queue while a connection opens', () => {
    make({ queueBytes: 8 }, () => new Socket());
    const hop: Hop = { transport: 'tcp', host, port: 5_060 };
    send('12345678', hop);
    send('9', hop);
    expect(mailbox.of('unreachable').map((event) => event.text)).to.deep.equal(['9']);
    expect(flows.size).to.equal(1);
  });

  it('gives back what has no listener of its transport and family', () => {
    make();
    send('six', { transport: 'tcp', host: '::1', port: 5_060 });
    expect(mailbox.of('unreachable').map((event) => event.text)).to.deep.equal(['six']);
  });

  it('tells of a flow that is reset in the middle of a message', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    phone.write('INVITE sip:bob@exam');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    phone.resetAndDestroy();
    const event = await mailbox.until(() => mailbox.of('closed')[0]);
    expect(event.hop).to.deep.equal(hop);
    expect(mailbox.counts).to.include('transport.flow.closed error');
  });

  it('gives back what a flow has not sent when it is reset', async () => {
    const port = await make({ writeBytes: 64 << 20 }).listen(0);
    const phone = await dialled(port);
    phone.write('hello');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    phone.pause();
    // More than the kernel takes for a reader that does not read.
    flows.send(Buffer.alloc(16 << 20, 'a'), hop);
    flows.send(Buffer.from('last'), hop);
    flows.flush();
    phone.resetAndDestroy();
    await mailbox.until(() => mailbox.of('unreachable').length === 2);
    expect(mailbox.events.map((event) => event.kind)).to.deep.equal(['bytes', 'closed', 'unreachable', 'unreachable']);
    expect(mailbox.events.at(-1)?.text).to.equal('last');
  });

  it('never uses a flow number twice', async () => {
    const port = await make().listen(0);
    for (let round = 1; round <= 3; round += 1) {
      const phone = await dialled(port);
      phone.write('hello');
      await mailbox.until(() => mailbox.of('bytes').length === round);
      phone.end();
      await mailbox.until(() => mailbox.of('closed').length === round);
    }
    expect(mailbox.of('closed').map((event) => event.hop.flow)).to.deep.equal([1, 2, 3]);
  });

  it('closes a flow whose reader has stopped, and gives its data back', async () => {
    const port = await make({ writeBytes: 1 << 20 }).listen(0);
    const phone = await dialled(port);
    phone.pause();
    phone.write('hello');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    let sent = 0;
    while (flows.size > 0) {
      send('x'.repeat(1 << 18), hop);
      sent += 1;
      expect(sent).to.be.below(100);
    }
    await mailbox.until(() => mailbox.of('closed')[0]);
    expect(mailbox.counts).to.include('transport.flow.closed backpressure');
    expect(mailbox.of('unreachable')).to.not.be.empty;
  });

  it('admits a bounded number of connections from one source, and in all', async () => {
    const port = await make({ perSource: 1 }).listen(0);
    await dialled(port);
    const second = await dialled(port);
    await once(second, 'close');
    expect(mailbox.counts).to.include('transport.connection.refused source');
    expect(flows.size).to.equal(1);
  });

  it('counts an exempt source only in all', async () => {
    const port = await make({ perSource: 1, connections: 2, exempt: (source) => source === host }).listen(0);
    await dialled(port);
    await dialled(port);
    const third = await dialled(port);
    await once(third, 'close');
    expect(mailbox.counts).to.include('transport.connection.refused total');
    expect(flows.size).to.equal(2);
  });

  it('gives a place back when a connection ends', async () => {
    const port = await make({ perSource: 1 }).listen(0);
    const first = await dialled(port);
    first.end();
    await mailbox.until(() => mailbox.of('closed').length === 1);
    const second = await dialled(port);
    second.write('hello');
    await mailbox.until(() => mailbox.of('bytes').length === 1);
  });

  it('ends a connection that says nothing, and later one that has fallen silent', async () => {
    const port = await make({ silentMs: 32_000, idleMs: 600_000 }).listen(0);
    const mute = await dialled(port);
    const talker = await dialled(port);
    talker.write('hello');
    await mailbox.until(() => mailbox.of('bytes')[0]);
    now += 32_000;
    flows.beat(now);
    await once(mute, 'close');
    await mailbox.until(() => mailbox.counts.includes('transport.flow.closed silent'));
    expect(flows.size).to.equal(1);
    now += 600_000;
    flows.beat(now);
    await once(talker, 'close');
    await mailbox.until(() => mailbox.counts.includes('transport.flow.closed idle'));
  });

  it('leaves a connection that an exempt source has used, however silent it is', async () => {
    const port = await make({ idleMs: 600_000, exempt: (source) => source === host }).listen(0);
    const gateway = await dialled(port);
    gateway.write('hello');
    await mailbox.until(() => mailbox.of('bytes')[0]);
    now += 86_400_000;
    flows.beat(now);
    expect([flows.size, gateway.closed]).to.deep.equal([1, false]);
  });

  it('lets what was written leave before it closes a flow that the adapter wants closed', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    phone.write('hello');
    const { hop } = await mailbox.until(() => mailbox.of('bytes')[0]);
    flows.send(Buffer.from('goodbye'), hop);
    flows.close(hop.flow as number);
    let text = '';
    for await (const chunk of phone) text += String(chunk);
    expect(text).to.equal('goodbye');
    phone.end();
    await mailbox.until(() => mailbox.of('closed')[0]);
    expect(mailbox.counts).to.include('transport.flow.closed asked');
  });

  it('closes a flow whose bytes are not wanted', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    mailbox.wanted = false;
    phone.write('stale');
    await once(phone, 'close');
    await mailbox.until(() => mailbox.counts.includes('transport.flow.closed stale'));
  });

  it('leaves nothing behind after its shutdown, even of a peer that does not close', async () => {
    const port = await make().listen(0);
    const phone = await dialled(port);
    phone.pause();
    phone.write('hello');
    await mailbox.until(() => mailbox.of('bytes')[0]);
    await flows.shutdown(10);
    expect(flows.size).to.equal(0);
    const late = connect(port, host);
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  });
});
