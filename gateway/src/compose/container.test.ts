// The wiring on real sockets: what the parts alone do not show.
import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SILENT } from '@altpath/core';
import { MemoryStore } from '@altpath/store';
import { parseConfiguration } from '../settings/index.js';
import { composeNode } from './container.js';
import { planOf } from './plan-of.js';

/** More than one address may have open at once, unless it is exempt. */
const MANY = 55;

describe('a composed node', () => {
  for (const { peers, refused } of [
    { peers: '127.0.0.0/8', refused: false },
    { peers: '192.0.2.0/24', refused: true },
  ]) {
    it(`${refused ? 'limits' : 'does not limit'} the connections of 127.0.0.1 where trust.peers is ${peers}`, async () => {
      const loaded = parseConfiguration(
        `cluster: { domain: example.test, nodes: { solo: { listen: ["sip+tcp://127.0.0.9:5060"] } } }\ntrust: { peers: [${peers}] }`,
        'test.yaml',
        {},
      );
      if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
      const plan = planOf(loaded.configuration, 'solo');
      // The kernel chooses the port.
      const listeners = plan.listeners.map((each) => ({ ...each, port: 0 }));
      const node = composeNode({ plan: { ...plan, listeners }, store: new MemoryStore(), observer: SILENT, resolve: async () => [] });
      const [listener] = await node.start();
      const sockets: Socket[] = [];
      let closed = 0;
      const firstClosed = new Promise<void>((resolve) => {
        for (let nth = 0; nth < MANY; nth += 1) {
          const socket = connect({ host: '127.0.0.9', port: listener?.port ?? 0, localAddress: '127.0.0.1' });
          socket.on('error', () => undefined);
          socket.on('close', () => {
            closed += 1;
            resolve();
          });
          sockets.push(socket);
        }
      });
      try {
        await Promise.all(sockets.map((socket) => either(socket, 'connect')));
        if (refused) await firstClosed;
        // A round trip on the last connection that is open: the node has looked at all of them by then.
        const last = sockets.findLast((socket) => !socket.destroyed);
        last?.write(
          'OPTIONS sip:127.0.0.9 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@example.test>;tag=1\r\nTo: <sip:example.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
        );
        if (last) await either(last, 'data');
        expect(closed > 0).to.equal(refused);
      } finally {
        for (const socket of sockets) socket.destroy();
        await node.stop();
      }
    });
  }
});

/** Settles with the event, or with the socket's end: a reset is one, too. */
async function either(socket: Socket, event: string): Promise<void> {
  await Promise.race([once(socket, event), once(socket, 'close')]).catch(() => undefined);
}
