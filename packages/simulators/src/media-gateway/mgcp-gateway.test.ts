// A simulated gateway on real sockets of this host, with RTP.
import { createSocket, type Socket } from 'node:dgram';
import { expect } from 'chai';
import { bind, closed } from '../phone/wire.js';
import { MgcpGateway } from './mgcp-gateway.js';
import { TestAgent } from './mgcp-test-agent.js';

const NUMBERS = { '1001': 'aaln/1', '1002': 'aaln/2' };

describe('an MGCP gateway on sockets', () => {
  let socket: Socket;
  let gateway: MgcpGateway | undefined;

  beforeEach(async () => {
    socket = createSocket('udp4');
    await bind(socket, '127.0.0.1', 0);
  });

  afterEach(async () => {
    await gateway?.close();
    await closed(socket);
  });

  async function open(rtp: 'all' | readonly string[] = []): Promise<{ gateway: MgcpGateway; agent: TestAgent }> {
    const options = { domain: 'gw1.test', lines: ['aaln/[1-2]'], callAgents: [`127.0.0.1:${socket.address().port}`], timers: { mwdMs: 0 } };
    const opened = await MgcpGateway.open({ ...options, address: '127.0.0.1', rtp, tones: { 'aaln/1': 500, 'aaln/2': 700 } });
    gateway = opened;
    const agent = new TestAgent('gw1.test', NUMBERS, (text) => socket.send(text, opened.port, opened.address));
    socket.on('message', (data) => agent.receive(data.toString()));
    opened.start();
    await opened.line('aaln/2').until(({ service }) => service === 'in');
    return { gateway: opened, agent };
  }

  it('two lines talk, and each hears the tone of the other', async () => {
    const { gateway: opened } = await open('all');
    const [caller, callee] = [opened.line('aaln/1'), opened.line('aaln/2')];
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial('1002');
    await callee.until('ringing');
    callee.offHook();
    await Promise.all([caller.until('talking'), callee.until('talking')]);
    await Promise.all([caller.untilHears(700), callee.untilHears(500)]);
    expect(opened.connectionsLeft.length).to.equal(2);
    callee.onHook();
    await caller.until('busy');
    caller.onHook();
    await caller.until(() => opened.connectionsLeft.length === 0);
    expect([caller.report()?.lost, callee.report()?.sendsHz]).to.deep.equal([0, 700]);
  });

  it('lines without RTP talk all the same, and hear nothing', async () => {
    const { gateway: opened } = await open();
    const [caller, callee] = [opened.line('aaln/1'), opened.line('aaln/2')];
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial('1002');
    await callee.until('ringing');
    callee.offHook();
    await caller.until('talking');
    expect([caller.report(), opened.toneOf('aaln/1')]).to.deep.equal([undefined, undefined]);
  });

  it('an agent that is not there is noticed by what the network says', async () => {
    const dead = createSocket('udp4');
    await bind(dead, '127.0.0.1', 0);
    const { port } = dead.address();
    await closed(dead);
    const callAgents = [`127.0.0.1:${port}`, `127.0.0.1:${socket.address().port}`];
    const opened = await MgcpGateway.open({
      domain: 'gw1.test',
      lines: ['aaln/1'],
      callAgents,
      timers: { mwdMs: 0 },
      // Without a word from the network the second agent would be asked after a minute.
      transactions: { rtoMs: 60_000, rtoMaxMs: 60_000, tMaxMs: 120_000, tHistMs: 130_000 },
      address: '127.0.0.1',
    });
    gateway = opened;
    const agent = new TestAgent('gw1.test', { '1001': 'aaln/1' }, (text) => socket.send(text, opened.port, opened.address));
    socket.on('message', (data) => agent.receive(data.toString()));
    opened.start();
    await opened.line('aaln/1').until(({ service }) => service === 'in');
  });
});
