// osmo-mgw, a real gateway, under our codec and transactions: it audits, connects two senders on one bridge endpoint, changes
// and deletes, and its errors are those of RFC 3435. What it hears from one sender the other one hears.
import {
  type CommandDraft,
  decodeDatagram,
  type MgcpResponse,
  type Parameters,
  TransactionIds,
  TransactionLayer,
  transactionSettings,
} from '@altpath/mgcp';
import { type AdapterOutput, SILENT } from '@altpath/core';
import { AudioStream } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { NetworkSpace } from '../support/network-space.js';
import { bound } from '../support/ports.js';
import { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';

const GATEWAY = '127.0.74.21';
const AGENT = '127.0.74.1';
const CALL = 'A1B2C3';
const CONFIGURATION = `
log stderr
 logging filter all 1
 logging color 0
 logging level set-all notice
line vty
 no login
 bind ${GATEWAY}
ctrl
 bind ${GATEWAY}
mgcp
 domain mgw
 bind ip ${GATEWAY}
 bind port 2427
 rtp port-range 4002 4999
 rtp bind-ip ${GATEWAY}
 no rtp ip-probing
 no rtp keep-alive
 number endpoints 31
 loop 0
 force-realloc 0
 osmux off
`;

describe('osmo-mgw', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let gateway: Child;
  let agent: Agent;

  before(async function () {
    needs(this, 'osmo-mgw');
    scratch = await Scratch.create('osmo-mgw');
    const space = NetworkSpace.here();
    gateway = new Child('osmo-mgw', space.command(['osmo-mgw', '-c', await scratch.write('osmo-mgw.cfg', CONFIGURATION)]), {
      cwd: scratch.folder,
    });
    await bound(space, gateway, 'udp', GATEWAY, 2427);
    agent = await Agent.open();
  });

  after(async () => {
    await agent?.close();
    await gateway?.stop();
    await scratch?.remove();
  });

  it('bridges two senders, and each hears the other', async () => {
    const [near, far] = [await AudioStream.open('127.0.74.31', 600), await AudioStream.open('127.0.74.32', 1_000)];
    try {
      expect((await agent.ask('AUEP', 'rtpbridge/1', {})).code).to.equal(200);
      const first = await agent.create('rtpbridge/*', near);
      const local = first.parameters.specificEndpointId?.local ?? '';
      expect(local).to.match(/^rtpbridge\/[0-9a-f]+$/i);
      const second = await agent.create(local, far);
      near.start(placeOf(first));
      far.start(placeOf(second));
      for (const [response, sender] of [
        [first, near],
        [second, far],
      ] as const) {
        const parameters = { callId: CALL, connectionId: idOf(response), mode: 'sendrecv' as const };
        expect((await agent.ask('MDCX', local, parameters, descriptionOf(sender))).code).to.equal(200);
      }
      await heard(near, 1_000);
      await heard(far, 600);
      const deleted = await agent.ask('DLCX', local, { callId: CALL, connectionId: idOf(first) });
      expect(deleted.code).to.equal(250);
      expect(deleted.parameters.connectionParameters?.packetsReceived ?? 0).to.be.greaterThan(4);
      expect((await agent.ask('DLCX', local, { callId: CALL, connectionId: idOf(second) })).code).to.equal(250);
    } finally {
      await Promise.all([near.close(), far.close()]);
    }
  });

  it('refuses as RFC 3435 has it: no such endpoint, connection, call; a third connection', async () => {
    const sender = await AudioStream.open('127.0.74.31', 600);
    try {
      expect((await agent.ask('AUEP', 'rtpbridge/0', {})).code).to.equal(500);
      const first = await agent.create('rtpbridge/*', sender);
      const local = first.parameters.specificEndpointId?.local ?? '';
      const change = (callId: string, connectionId: string): Promise<MgcpResponse> =>
        agent.ask('MDCX', local, { callId, connectionId, mode: 'recvonly' });
      expect((await change(CALL, 'FFFFFFFF')).code).to.equal(515);
      expect((await change('DEAD', idOf(first))).code).to.equal(516);
      await agent.create(local, sender);
      expect((await agent.ask('CRCX', local, { callId: CALL, mode: 'recvonly', localConnectionOptions: OPTIONS })).code).to.equal(540);
      expect((await agent.ask('DLCX', local, { callId: CALL })).code).to.be.oneOf([200, 250]);
    } finally {
      await sender.close();
    }
  });
});

const OPTIONS = { packetizationMs: { min: 20, max: 20 }, codecs: ['PCMU'] };

/** The transaction layer on a socket, with a promise for each command. */
class Agent {
  readonly #layer: TransactionLayer<(response: MgcpResponse | undefined) => void>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(private readonly socket: Socket) {
    const emit = (output: AdapterOutput): void => {
      if (output.kind === 'send') socket.send(output.data, output.hop.port, output.hop.host);
    };
    const environment = { emit, random: Math.random, ids: TransactionIds.ofNode(0), observer: SILENT };
    this.#layer = new TransactionLayer(transactionSettings('agent'), environment, Date.now());
    socket.on('message', (data, { address, port }) => {
      for (const message of decodeDatagram(data)) this.#layer.receive(message, { transport: 'udp', host: address, port }, Date.now());
      this.#settle();
    });
  }

  static async open(): Promise<Agent> {
    const socket = createSocket('udp4');
    socket.bind(0, AGENT);
    await once(socket, 'listening');
    return new Agent(socket);
  }

  async ask(verb: string, local: string, parameters: Parameters, description?: string): Promise<MgcpResponse> {
    const command: CommandDraft = {
      verb,
      endpoint: { local, domain: 'mgw' },
      parameters,
      ...(description !== undefined && { descriptions: [description] }),
    };
    const response = await new Promise<MgcpResponse | undefined>((resolve) => {
      this.#layer.send(command, { names: [{ host: GATEWAY, port: 2427 }] }, resolve, Date.now());
      this.#settle();
    });
    if (!response) throw new Error(`no answer to ${verb} ${local}`);
    return response;
  }

  async create(local: string, sender: AudioStream): Promise<MgcpResponse> {
    const parameters: Parameters = { callId: CALL, mode: 'sendrecv', localConnectionOptions: OPTIONS };
    const response = await this.ask('CRCX', local, parameters, descriptionOf(sender));
    expect(response.code).to.equal(200);
    return response;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }

  #settle(): void {
    for (let event = this.#layer.poll(); event; event = this.#layer.poll()) {
      if (event.kind === 'completed') event.token(event.response);
      if (event.kind === 'failed') event.token(undefined);
    }
    clearTimeout(this.#timer);
    const wait = Math.min(1_000, Math.max(1, this.#layer.deadline() - Date.now()));
    this.#timer = setTimeout(() => {
      this.#layer.tick(Date.now());
      this.#settle();
    }, wait);
  }
}

function descriptionOf({ address, port }: AudioStream): string {
  return `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
}

function placeOf({ descriptions: [description = ''] }: MgcpResponse): { readonly host: string; readonly port: number } {
  const [, host = ''] = /^c=IN IP4 (\S+)/m.exec(description) ?? [];
  const [, port = ''] = /^m=audio (\d+)/m.exec(description) ?? [];
  return { host, port: Number(port) };
}

function idOf({ parameters }: MgcpResponse): string {
  return parameters.connectionId ?? '';
}

/** Packets come by themselves; the report is looked at until enough have been heard. */
async function heard(listener: AudioStream, hz: number): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    const { hearsHz, heard: packets } = listener.report();
    if (hearsHz === hz && packets >= 5) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${hz} Hz is not heard: ${JSON.stringify(listener.report())}`);
}
