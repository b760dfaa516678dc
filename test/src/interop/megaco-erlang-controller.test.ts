// Our gateway under Erlang/OTP's controller: registration, calls with RTP, audits and changes of controller, in every
// encoding, transport and version that OTP speaks. Its codec and transactions are nobody's here.
import { MegacoGateway, type MegacoGatewayOptions } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { ErlangController } from './erlang-controller.js';
import { ERLANG, type ErlangEncoding, type ErlangMessage } from './erlang-peer.js';

const MGCS = ['127.0.15.1', '127.0.15.2'] as const;
const ADDRESS = '127.0.15.3';
const TONES = { 'line/1': 500, 'line/2': 700 };
/** A controller is given up after this, or at once when its connection is closed. */
const T_MAX_MS = 600;

const ENCODINGS = { compact: 'compact', pretty: 'pretty', ber: 'binary' } as const;

interface Way {
  readonly encoding: ErlangEncoding;
  readonly transport: 'udp' | 'tcp';
  readonly version: 1 | 2 | 3;
}

const WAYS: readonly Way[] = [
  ...(['compact', 'pretty'] as const).flatMap((encoding) =>
    (['udp', 'tcp'] as const).flatMap((transport) => ([1, 2, 3] as const).map((version) => ({ encoding, transport, version }))),
  ),
  { encoding: 'ber', transport: 'udp', version: 1 },
  { encoding: 'ber', transport: 'tcp', version: 1 },
];
const [COMPACT_UDP, COMPACT_TCP, BER_TCP] = [WAYS[0], WAYS[3], WAYS[13]] as [Way, Way, Way];

describe('a gateway of ours under Erlang/OTP controllers', function () {
  this.timeout(90_000);
  const controllers: ErlangController[] = [];
  let gateway: MegacoGateway | undefined;

  before(function () {
    needs(this, ...ERLANG);
  });

  afterEach(async () => {
    await gateway?.close();
    await Promise.all(controllers.splice(0).map((controller) => controller.stop()));
  });

  for (const way of WAYS) {
    it(`people talk in ${way.encoding} over ${way.transport}, version ${way.version}`, async () => {
      const controller = await start(0, way);
      const opened = await open(way);
      await controller.serviceChange('restart');
      controller.command('audit', 'line/1');
      await controller.until(() => controller.messages.some(isPackageList), 'an answer to the audit');
      await talk(opened);
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      expect(opened.contextsLeft.map(({ terminations }) => terminations.join(' '))).to.deep.equal(['line/1 rtp/1', 'line/2 rtp/2']);
      callee.onHook();
      await caller.until('busy');
      caller.onHook();
      await caller.until(() => opened.contextsLeft.length === 0);
      await controller.until(() => armed(controller, 'line/1') === 2, 'line/1 armed again');
      expect([caller.history, callee.history]).to.deep.equal([
        ['idle', 'silence', 'dial-tone', 'silence', 'ringback', 'silence', 'talking', 'silence', 'busy', 'idle'],
        ['idle', 'ringing', 'listening', 'talking', 'idle'],
      ]);
      expect(controller.troubles, controller.wireLog()).to.deep.equal([]);
    });
  }

  for (const way of [COMPACT_UDP, COMPACT_TCP, BER_TCP]) {
    const named = `${way.encoding} over ${way.transport}`;

    it(`a talk goes on when the controller dies, in ${named}`, async () => {
      const [first, second] = [await start(0, way), await start(1, way)];
      const opened = await open(way);
      await talk(opened);
      const [caller, callee] = [opened.line('line/1'), opened.line('line/2')];
      await first.stop();
      // Over UDP, who has nothing to say does not notice.
      if (way.transport === 'udp') caller.onHook();
      await second.serviceChange('failover');
      await callee.untilHears(500, (callee.report()?.heard ?? 0) + 5);
      expect([opened.controller, opened.contextsLeft.length]).to.deep.equal([`[${MGCS[1]}]:${portOf(way)}`, 2]);
      expect(second.troubles, second.wireLog()).to.deep.equal([]);
    });

    it(`a controller hands the gateway and its talk over, in ${named}`, async () => {
      const [first, second] = [await start(0, way), await start(1, way)];
      const opened = await open(way);
      await talk(opened);
      first.handOff(`[${MGCS[1]}]:${portOf(way)}`);
      await second.serviceChange('handOff');
      const callee = opened.line('line/2');
      await callee.untilHears(500, (callee.report()?.heard ?? 0) + 5);
      expect([opened.contextsLeft.length, callee.state]).to.deep.equal([2, 'talking']);
      expect([...first.troubles, ...second.troubles], second.wireLog()).to.deep.equal([]);
    });

    it(`a controller sends the gateway to another, in ${named}`, async () => {
      const [first, second] = [await start(0, way), await start(1, way)];
      first.redirect(`[${MGCS[1]}]:${portOf(way)}`);
      const opened = await open(way);
      await second.serviceChange('restart');
      await talk(opened);
      expect([...first.troubles, ...second.troubles], second.wireLog()).to.deep.equal([]);
    });
  }

  it('a controller that comes back is told that the contact was lost', async () => {
    const controller = await start(0, COMPACT_TCP);
    const opened = await open(COMPACT_TCP, { mgcs: [MGCS[0]] });
    await controller.stop();
    const line = opened.line('line/1');
    await line.until(({ service }) => service === 'disconnected');
    const again = await start(0, COMPACT_TCP);
    await again.serviceChange('disconnected');
    await line.until(({ service }) => service === 'in');
    expect(again.troubles, again.wireLog()).to.deep.equal([]);
  });

  it('an idle gateway notices a silent controller by the inactivity timer', async () => {
    const [first, second] = [await start(0, COMPACT_UDP), await start(1, COMPACT_UDP)];
    const opened = await open(COMPACT_UDP);
    await first.until(() => armed(first, 'line/2') === 1, 'lines armed');
    first.watchActivity(300);
    await first.event('notify', { where: ({ ev }) => ev === 'it/ito' });
    first.mute();
    await second.serviceChange('failover');
    await opened.line('line/1').until(({ service }) => service === 'in');
    expect(opened.controller).to.equal(`[${MGCS[1]}]:2944`);
  });

  async function start(nth: 0 | 1, way: Way): Promise<ErlangController> {
    const controller = await ErlangController.start({ listen: `${MGCS[nth]}:${portOf(way)}`, lines: 2, ...way });
    controllers.push(controller);
    return controller;
  }

  /** Registered, and its lines are armed. */
  async function open(way: Way, more: Partial<MegacoGatewayOptions> = {}): Promise<MegacoGateway> {
    const opened = await MegacoGateway.open({
      mid: 'mg1',
      lines: ['line/[1-2]'],
      mgcs: MGCS,
      encoding: ENCODINGS[way.encoding],
      transport: way.transport,
      address: ADDRESS,
      port: portOf(way),
      rtp: 'all',
      tones: TONES,
      transactions: { tMaxMs: T_MAX_MS },
      ...more,
    });
    gateway = opened;
    opened.start();
    await opened.line('line/2').until(({ service }) => service === 'in');
    return opened;
  }
});

async function talk(gateway: MegacoGateway): Promise<void> {
  const [caller, callee] = [gateway.line('line/1'), gateway.line('line/2')];
  caller.offHook();
  await caller.until('dial-tone');
  caller.dial('1002');
  // The controller takes what came in two datagrams in any order: who lifts before it knows the callee's context is ignored.
  await Promise.all([callee.until('ringing'), caller.until('ringback')]);
  callee.offHook();
  await Promise.all([caller.until('talking'), callee.until('talking')]);
  await Promise.all([caller.untilHears(700), callee.untilHears(500)]);
}

function portOf({ encoding }: Way): number {
  return encoding === 'ber' ? 2945 : 2944;
}

/** How often a line has been asked for off-hook. */
function armed({ messages }: ErlangController, line: string): number {
  return messages.filter(({ dir, text }) => dir === 'tx' && text.includes(line) && text.includes('strict')).length;
}

function isPackageList({ dir, text }: ErlangMessage): boolean {
  return dir === 'rx' && /(?:AV|AuditValue) ?= ?line\/1\b[^]*\bal-\d/.test(text);
}
