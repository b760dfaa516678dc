// A simulated MEGACO gateway on real sockets of this host, with RTP.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { tpktFrame, TpktReader } from '@altpath/megaco';
import { bind, closed } from '../phone/wire.js';
import { MegacoGateway, type MegacoGatewayOptions } from './megaco-gateway.js';
import { MegacoTestController } from './megaco-test-controller.js';

const NUMBERS = { '1001': 'line/1', '1002': 'line/2' };
const TONES = { 'line/1': 500, 'line/2': 700 };

/** A controller that can die. */
interface Mgc {
  readonly port: number;
  readonly controller: MegacoTestController;
  die(): Promise<void>;
}

async function datagramMgc(mid: string): Promise<Mgc> {
  const socket = createSocket('udp4');
  await bind(socket, '127.0.0.1', 0);
  const { port } = socket.address();
  let gateway = { port: 0, address: '' };
  const controller = new MegacoTestController(mid, NUMBERS, (text) => socket.send(text, gateway.port, gateway.address));
  socket.on('message', (data, from) => {
    gateway = from;
    controller.receive(data.toString());
  });
  let gone: Promise<void> | undefined;
  return { port, controller, die: () => (gone ??= closed(socket)) };
}

async function streamMgc(mid: string): Promise<Mgc> {
  const sockets: Socket[] = [];
  const controller = new MegacoTestController(mid, NUMBERS, (text) => sockets.at(-1)?.write(tpktFrame(Buffer.from(text))));
  const server = createServer((socket) => {
    sockets.push(socket);
    const reader = new TpktReader();
    socket.on('data', (data) => {
      for (const message of reader.feed(data).messages) controller.receive(message.toString());
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let gone: Promise<void> | undefined;
  const die = (): Promise<void> => {
    gone ??= new Promise((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.resetAndDestroy();
    return gone;
  };
  return { port: (server.address() as AddressInfo).port, controller, die };
}

for (const { transport, mgc, transactions } of [
  // Of datagrams only T-MAX is a proof that nobody is there (RFC 3525 D.1.5).
  { transport: 'udp', mgc: datagramMgc, transactions: { rtoMs: 50, rtoMaxMs: 50, tMaxMs: 300 } },
  // Of a connection the network says it: T-MAX would come too late for this test.
  { transport: 'tcp', mgc: streamMgc, transactions: { rtoMs: 60_000, rtoMaxMs: 60_000, tMaxMs: 120_000 } },
] as const) {
  describe(`a MEGACO gateway on sockets, over ${transport}`, () => {
    let first: Mgc;
    let second: Mgc;
    let gateway: MegacoGateway | undefined;

    beforeEach(async () => {
      first = await mgc('mgc1');
      second = await mgc('mgc2');
    });

    afterEach(async () => {
      await gateway?.close();
      await Promise.all([first.die(), second.die()]);
    });

    async function open(options: Partial<MegacoGatewayOptions> = {}): Promise<MegacoGateway> {
      const mgcs = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`];
      gateway = await MegacoGateway.open({
        mid: 'gw1',
        lines: ['line/[1-2]'],
        mgcs,
        transport,
        address: '127.0.0.1',
        rtp: 'all',
        tones: TONES,
        transactions,
        ...options,
      });
      gateway.start();
      await gateway.line('line/2').until(({ service }) => service === 'in');
      return gateway;
    }

    async function talk(opened: MegacoGateway): Promise<void> {
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      caller.offHook();
      await caller.until('dial-tone');
      caller.dial('1002');
      await callee.until('ringing');
      callee.offHook();
      await Promise.all([caller.until('talking'), callee.until('talking')]);
      await Promise.all([caller.untilHears(700), callee.untilHears(500)]);
    }

    it('two lines talk, and each hears the tone of the other', async () => {
      const opened = await open();
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      await talk(opened);
      expect(opened.contextsLeft.length).to.equal(2);
      callee.onHook();
      await caller.until('busy');
      caller.onHook();
      await caller.until(() => opened.contextsLeft.length === 0);
      expect([caller.report()?.lost, callee.report()?.sendsHz]).to.deep.equal([0, 700]);
    });

    it('lines without RTP talk all the same, and hear nothing', async () => {
      const opened = await open({ rtp: [] });
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      caller.offHook();
      await caller.until('dial-tone');
      caller.dial('1002');
      await callee.until('ringing');
      callee.offHook();
      await caller.until('talking');
      expect([caller.report(), opened.toneOf('line/1')]).to.deep.equal([undefined, undefined]);
    });

    it('a controller that is not there is passed over', async () => {
      await first.die();
      const opened = await open();
      expect([opened.controller, second.controller.heard]).to.deep.equal(['mgc2', ['SC RS']]);
    });

    it('a talk goes on when the controller dies, and the next one is told', async () => {
      const opened = await open();
      await talk(opened);
      await first.die();
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      // Whoever has nothing to say to its controller does not notice, unless there is a connection.
      if (transport === 'udp') caller.onHook();
      await caller.until(() => opened.controller === 'mgc2');
      expect(second.controller.heard[0]).to.equal('SC FL');
      expect(opened.contextsLeft.length).to.equal(2);
      await callee.untilHears(500, (callee.report()?.heard ?? 0) + 5);
    });
  });
}
