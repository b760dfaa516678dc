import { expect } from 'chai';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Hop, type Machine, type Millis, NEVER, SignalingError } from '@altpath/core';
import type { ListenerSpec } from './listener.js';
import { Counter, JumpingClock, Scripted } from './node-driver.fixture.js';
import { type DriverOptions, NodeDriver } from './node-driver.js';

const host = '127.0.0.1';

describe('the driver of a node', () => {
  const udp: ListenerSpec = { url: `sip+udp://${host}:0`, scheme: 'sip+udp', transport: 'udp', host, port: 0 };
  const tcp: ListenerSpec = { ...udp, url: `sip+tcp://${host}:0`, scheme: 'sip+tcp', transport: 'tcp' };
  let adapter: Scripted;
  let observer: Counter;
  let clock: JumpingClock;
  let driver: NodeDriver;
  const told: string[] = [];
  const opened: { close(): unknown }[] = [];

  const start = async (options: Partial<DriverOptions> = {}): Promise<readonly [number, number]> => {
    driver = new NodeDriver({
      adapters: [{ adapter, listeners: [udp, tcp] }],
      observer,
      clock,
      resolve: (question) =>
        question.host === 'b.example' ? Promise.resolve([{ host, port: 5_060, transport: 'udp' }]) : Promise.reject(new Error('no')),
      tellPeers: (topic, content) => told.push(`${topic} ${content}`),
      graceMs: 20,
      ...options,
    });
    const bound = await driver.start();
    return [bound[0]?.port ?? 0, bound[1]?.port ?? 0];
  };
  const peer = async (): Promise<Socket & { readonly port: number }> => {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    opened.push(socket);
    return Object.assign(socket, { port: socket.address().port });
  };
  const sent = (socket: Socket, text: string, port: number): Promise<void> =>
    new Promise((resolve) => socket.send(text, port, host, () => resolve()));

  beforeEach(() => {
    adapter = new Scripted();
    observer = new Counter();
    clock = new JumpingClock();
    told.length = 0;
  });
  afterEach(async () => {
    await driver.close();
    opened.splice(0).forEach((each) => each.close());
  });

  it('hands datagrams in and performs what is answered', async () => {
    const [port] = await start();
    adapter.answer = (input) => {
      if (input.kind === 'bytes') adapter.outbox.push({ kind: 'send', data: Buffer.from('pong'), hop: input.hop });
    };
    const phone = await peer();
    const answered = once(phone, 'message');
    phone.send('ping', port, host);
    expect(String((await answered)[0])).to.equal('pong');
    const input = adapter.last();
    expect(input.kind === 'bytes' && input.hop).to.deep.equal({ transport: 'udp', host, port: phone.port, listener: 0 });
  });

  it('hands stream slices in under their flow, and closes a flow when it is told to', async () => {
    const [, port] = await start();
    adapter.answer = (input) => {
      if (input.kind !== 'bytes') return;
      adapter.outbox.push({ kind: 'send', data: Buffer.from('pong'), hop: input.hop });
      adapter.outbox.push({ kind: 'close', flow: input.hop.flow as number, reason: 'enough' });
    };
    const phone = connect(port, host);
    phone.write('ping');
    let text = '';
    for await (const chunk of phone) text += String(chunk);
    expect(text).to.equal('pong');
    await adapter.until('flow-closed');
    const input = adapter.last();
    expect(input.kind === 'flow-closed' && input.hop.flow).to.equal(1);
  });

  it('performs what an adapter was given within the turn of another, when that turn ends', async () => {
    const other = new Scripted();
    const elsewhere = await peer();
    const [port] = await start({
      adapters: [
        { adapter, listeners: [udp] },
        { adapter: other, listeners: [udp] },
      ],
    });
    adapter.answer = (input) => {
      if (input.kind !== 'bytes') return;
      other.outbox.push({ kind: 'send', data: Buffer.from('ordered'), hop: { transport: 'udp', host, port: elsewhere.port } });
      driver.stir(other);
    };
    const ordered = once(elsewhere, 'message');
    await sent(await peer(), 'ping', port);
    expect(String((await ordered)[0])).to.equal('ordered');
  });

  it('lets one who answers last speak when the others have', async () => {
    const other = new Scripted();
    const phone = await peer();
    const [port] = await start({
      adapters: [
        { adapter, listeners: [udp] },
        { adapter: other, listeners: [udp] },
      ],
    });
    const heard: string[] = [];
    const isWhole = new Promise<void>((resolve) => {
      phone.on('message', (data) => {
        if (heard.push(String(data)) === 2) resolve();
      });
    });
    adapter.speaksLast = true;
    adapter.answer = (input) => {
      if (input.kind !== 'bytes') return;
      adapter.outbox.push({ kind: 'send', data: Buffer.from('answered'), hop: input.hop });
      other.outbox.push({ kind: 'send', data: Buffer.from('ordered'), hop: { transport: 'udp', host, port: phone.port } });
      driver.stir(adapter);
      driver.stir(other);
    };
    phone.send('ping', port, host);
    await isWhole;
    expect(heard).to.deep.equal(['ordered', 'answered']);
  });

  it('tells of a connection that is refused, with what did not go', async () => {
    await start();
    const gone = await peer();
    const hop: Hop = { transport: 'tcp', host, port: gone.port };
    driver.visit(adapter, () => adapter.outbox.push({ kind: 'send', data: Buffer.from('INVITE'), hop }));
    await adapter.until('unreachable');
    const input = adapter.last();
    expect(input.kind === 'unreachable' && [input.hop.port, input.data?.toString()]).to.deep.equal([gone.port, 'INVITE']);
  });

  it('tells the adapter, and who else asked, of an ICMP error from a watched hop', async () => {
    await start();
    const other = await peer();
    const hop: Hop = { transport: 'udp', host, port: other.port };
    const heard: Hop[] = [];
    driver.onUnreachable((unreachable) => heard.push(unreachable));
    driver.onDatagram(0xc1, () => undefined);
    driver.watch(hop);
    opened.splice(0);
    other.close();
    await once(other, 'close');
    driver.sendDatagram(hop, Buffer.from([0xc1, 1]));
    await adapter.until('unreachable');
    expect(heard[0]).to.deep.equal({ ...hop, listener: 0 });
    const input = adapter.last();
    expect(input.kind === 'unreachable' && input.data).to.equal(undefined);
  });

  it('takes datagrams of a watched hop the normal way', async () => {
    const [port] = await start();
    const other = await peer();
    driver.watch({ transport: 'udp', host, port: other.port });
    other.send('watched', port, host);
    await adapter.until('bytes watched');
  });

  it('gives datagrams that begin with a certain byte to whoever asked for them', async () => {
    const [port] = await start();
    const other = await peer();
    const heard = new Promise<[Buffer, Hop]>((resolve) => driver.onDatagram(0xc1, (data, hop) => resolve([data, hop])));
    other.send(Buffer.from([0xc1, 7]), port, host);
    const [data, hop] = await heard;
    expect([...data]).to.deep.equal([0xc1, 7]);
    expect(hop.port).to.equal(other.port);
    other.send('plain', port, host);
    await adapter.until('bytes plain');
    expect(adapter.seen).to.deep.equal(['bytes plain']);
  });

  it('sends datagrams for whoever asks, from the listener that the adapter uses', async () => {
    const [port] = await start();
    const other = await peer();
    const heard = once(other, 'message');
    driver.sendDatagram({ transport: 'udp', host, port: other.port }, Buffer.from('beat'));
    const [data, from] = (await heard) as [Buffer, { port: number }];
    expect([data.toString(), from.port]).to.deep.equal(['beat', port]);
  });

  it('answers questions for names, with nothing when nobody knows', async () => {
    await start();
    const answers = new Map<number, number>();
    const both = new Promise<void>((resolve) => {
      adapter.answer = (input) => {
        if (input.kind === 'resolved') answers.set(input.id, input.addresses.length);
        if (answers.size === 2) resolve();
      };
    });
    driver.visit(adapter, () => {
      adapter.outbox.push({ kind: 'resolve', id: 1, question: { host: 'b.example', secure: false, service: 'sip' } });
      adapter.outbox.push({ kind: 'resolve', id: 2, question: { host: 'c.example', secure: false, service: 'sip' } });
    });
    await both;
    expect([...answers]).to.have.deep.members([
      [1, 1],
      [2, 0],
    ]);
  });

  it('says when what was waited for is done, and how', async () => {
    await start();
    const settled: string[] = [];
    const both = new Promise<void>((resolve) => {
      adapter.answer = (input) => {
        if (input.kind === 'settled') settled.push(`${input.id} ${input.failed}`);
        if (settled.length === 2) resolve();
      };
    });
    driver.visit(adapter, () => {
      adapter.outbox.push({ kind: 'settle', id: 1, promise: Promise.resolve() });
      adapter.outbox.push({ kind: 'settle', id: 2, promise: Promise.reject(new Error('disk full')) });
    });
    await both;
    expect(settled).to.have.members(['1 false', '2 true']);
  });

  it('passes on what peers are to be told', async () => {
    await start();
    driver.visit(adapter, () => adapter.outbox.push({ kind: 'tell-peers', topic: 'sip.fork', content: 'x' }));
    expect(told).to.deep.equal(['sip.fork x']);
  });

  it('wakes an adapter at its deadline, also at one that comes before the one it waits for', async () => {
    await start();
    driver.visit(adapter, (_, now) => (adapter.due = now + 3_600_000));
    driver.visit(adapter, (_, now) => (adapter.due = now + 5));
    await adapter.until('due');
  });

  it('takes another machine along on the same timer', async () => {
    await start();
    const done: string[] = [];
    let due = NEVER;
    let outbox: string[] = [];
    const machine: Machine<string, string> = {
      handle: (input, now) => {
        outbox.push(input);
        due = now + 5;
      },
      tick: (now) => {
        if (now < due) return;
        due = NEVER;
        outbox.push('due');
      },
      deadline: () => due,
      drain: (perform) => {
        const outputs = outbox;
        outbox = [];
        outputs.forEach(perform);
      },
    };
    await new Promise<void>((resolve) => {
      const feed = driver.attach(machine, (output) => {
        done.push(output);
        if (output === 'due') resolve();
      });
      feed('go');
    });
    expect(done).to.deep.equal(['go', 'due']);
  });

  it('lets go what lay in its sockets while it was frozen, and tells the adapter first', async () => {
    const [port, streamPort] = await start();
    const phone = await peer();
    const flow = connect(streamPort, host);
    flow.write('fresh');
    await adapter.until('bytes fresh');
    // Not read before this turn of the event loop ends: they lie in the sockets when the clock jumps.
    const pending = Array.from({ length: 100 }, (_, count) => sent(phone, `stale ${count}`, port));
    flow.write('stale');
    clock.jump(2_000);
    await Promise.all(pending);
    await once(flow, 'close');
    await adapter.until('flow-closed');
    while (adapter.seen.every((text) => text !== 'bytes after')) {
      await sent(phone, 'after', port);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seen = adapter.seen.filter((text) => text !== 'bytes after');
    expect(seen).to.have.members(['bytes fresh', 'thawed', 'flow-closed']);
    expect(seen.indexOf('thawed')).to.equal(1);
    expect(observer.counts.get('transport.stale udp')).to.be.at.least(100);
    expect(observer.counts.get('transport.stale tcp')).to.equal(1);
    expect(observer.counts.get('transport.thawed')).to.equal(1);
    flow.destroy();
  });

  it('tells of a thaw before the timers that ran out meanwhile, with nothing to read', async () => {
    await start();
    const gaps: Millis[] = [];
    driver.onThawed((gapMs) => gaps.push(gapMs));
    adapter.due = clock.now() + 1_500;
    clock.jump(2_000);
    await adapter.until('due');
    expect(adapter.seen).to.deep.equal(['thawed', 'due']);
    expect(gaps[0]).to.be.at.least(2_000);
  });

  it('does not send what it was about to say when it was frozen amid a turn', async () => {
    const [port] = await start();
    const phone = await peer();
    adapter.answer = (input) => {
      if (input.kind !== 'bytes') return;
      if (input.data.toString() === 'ping') clock.jump(5_000);
      adapter.outbox.push({ kind: 'send', data: Buffer.from(`re ${input.data.toString()}`), hop: input.hop });
    };
    const answers: string[] = [];
    phone.on('message', (data) => answers.push(String(data)));
    await sent(phone, 'ping', port);
    await adapter.until('thawed');
    expect(observer.counts.get('transport.stale unsent')).to.equal(1);
    while (answers.length === 0) {
      await sent(phone, 'again', port);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answers[0]).to.equal('re again');
  });

  it('tells all adapters of a thaw before one of them says what another has ordered', async () => {
    const other = new Scripted();
    const [port] = await start({
      adapters: [
        { adapter, listeners: [udp] },
        { adapter: other, listeners: [] },
      ],
    });
    adapter.answer = (input) => {
      if (input.kind === 'thawed') driver.stir(other);
    };
    const drained: string[] = [];
    other.drain = () => void drained.push(other.seen.join());
    clock.jump(2_000);
    await sent(await peer(), 'ping', port);
    await other.until('thawed');
    expect(new Set(drained)).to.deep.equal(new Set(['thawed']));
  });

  it('takes no pause below its threshold for a freeze', async () => {
    const [port] = await start({ thawMs: 60_000 });
    const phone = await peer();
    clock.jump(30_000);
    phone.send('late', port, host);
    await adapter.until('bytes late');
    expect(adapter.seen).to.not.include('thawed');
  });

  it('goes on when an adapter throws', async () => {
    const [port] = await start();
    adapter.answer = (input) => {
      if (input.kind === 'bytes' && input.data.toString() === 'bad') throw new Error('unforeseen');
    };
    const phone = await peer();
    await sent(phone, 'bad', port);
    await sent(phone, 'good', port);
    await adapter.until('bytes good');
    expect(observer.counts.get('transport.machine.threw scripted')).to.equal(1);
    expect(observer.logs[0]).to.equal('error scripted broke its promise not to throw');
  });

  it('opens all of its listeners or none', async () => {
    const taken = await peer();
    const other = await peer();
    opened.splice(opened.indexOf(other), 1);
    other.close();
    await once(other, 'close');
    const failing = start({
      adapters: [
        {
          adapter,
          listeners: [
            { ...udp, port: other.port },
            { ...udp, port: taken.port },
          ],
        },
      ],
    });
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SignalingError);
    expect((error as SignalingError).code).to.equal('transport.address-in-use');
    const free = createSocket('udp4');
    free.bind(other.port, host);
    await once(free, 'listening');
    free.close();
  });

  it('leaves nothing behind when it closes: no listener, no flow, no timer, no input', async () => {
    const [port, streamPort] = await start();
    const phone = await peer();
    driver.watch({ transport: 'udp', host, port: phone.port });
    const flow = connect(streamPort, host);
    flow.write('hello');
    await adapter.until('bytes hello');
    const gone = once(flow.resume(), 'close');
    await driver.close();
    await gone;
    const seen = adapter.seen.length;
    driver.feedAll({ kind: 'drain' });
    driver.sendDatagram({ transport: 'udp', host, port: phone.port }, Buffer.from('late'));
    expect(adapter.seen).to.have.lengthOf(seen);
    const again = createSocket('udp4');
    again.bind(port, host);
    await once(again, 'listening');
    again.close();
  });
});
