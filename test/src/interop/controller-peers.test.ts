// Peers that nobody here wrote, in calls through one controller: baresip and sipp as SIP telephones of MGCP and H.248 lines, and
// Erlang/OTP's H.248 gateway with a SIP telephone and with an MGCP line.
import { type AnalogLine, NetworkPhone, TelephoneLine } from '@altpath/simulators';
import { needs } from '@altpath/testkit';
import { expect } from 'chai';
import { type Cast, SHORT_STORIES } from '../integration/lines/stories.js';
import { startNode } from '../support/altpath-node.js';
import { clusterYaml, SIP_PORT, TEXT_PORT } from '../support/controller-cluster.js';
import { NetworkSpace } from '../support/network-space.js';
import type { Child } from '../support/process.js';
import { Scratch } from '../support/scratch.js';
import { gatewayEntries, TwoGateways } from '../support/two-gateways.js';
import { Baresip } from './baresip.js';
import { ErlangGateway } from './erlang-gateway.js';
import { ERLANG } from './erlang-peer.js';
import { playLive } from './play-live.js';
import { Sipp } from './sipp.js';
import { agrees, awaits, CALLEE, CALLER, isAsked, type SippScenario, sippScenario, waits } from './sipp-scenario.js';
import { toneShare } from './tone.js';

const NODE = '127.0.26.1';
const ADDRESSES = { megaco: '127.0.26.21', mgcp: '127.0.26.22' } as const;
const ERLANG_GATEWAY = '127.0.26.23';
const [ALICE, BARESIP, SIPP_CALLER, SIPP_CALLEE] = ['127.0.26.31', '127.0.26.61', '127.0.26.71', '127.0.26.72'] as const;
const NUMBERS = {
  '1101': 'line/1@mg1',
  '1201': 'aaln/1@gw2',
  '1202': 'aaln/2@gw2',
  '1401': 'line/1@mg3',
  '1402': 'line/2@mg3',
  '1301': 'registrar',
  '1302': 'registrar',
  '1391': `sip:sipp@${SIPP_CALLEE}:${SIP_PORT}`,
} as const;
const HZ = { 'line/1': 500, 'aaln/1': 900, baresip: 700 } as const;
/** Packets with the other's tone from which on one is sure to hear him. */
const SURE = 5;
/** One second of 16-bit samples at 8 kHz. */
const ONE_SECOND_BYTES = 16_000;

const LINES = [
  ['an MGCP line', '1201', 'aaln/1'],
  ['an H.248 line', '1101', 'line/1'],
] as const;

describe('peers that nobody here wrote, and the lines of a controller', function () {
  this.timeout(60_000);
  const space = NetworkSpace.here();
  let scratch: Scratch;
  let node: Child;
  let gateways: TwoGateways;

  before(async () => {
    scratch = await Scratch.create('controller-peers');
    const yaml = clusterYaml({
      nodes: { a: NODE },
      gateways: [...gatewayEntries(ADDRESSES), { name: 'mg3', protocol: 'megaco', address: ERLANG_GATEWAY, lines: 'line/[1-2]' }],
      numbers: NUMBERS,
      sip: { t1Ms: 500 },
      tMaxMs: 4_000,
    });
    node = await startNode({ yaml, name: 'a', space, scratch });
    gateways = await TwoGateways.open(ADDRESSES, NODE, HZ);
  });

  after(async () => {
    await gateways?.close();
    await node?.stop();
    await scratch?.remove();
  });

  afterEach(() => gateways.hangUp());

  const lineOf = (local: 'line/1' | 'aaln/1'): AnalogLine => (local === 'aaln/1' ? gateways.mgcp : gateways.megaco).line(local);
  const isAtRest = ({ state, media }: AnalogLine): boolean => state === 'idle' && media.size === 0;

  /** The line is idle, and on both gateways nothing of any call is left. */
  async function expectRest(line: AnalogLine): Promise<void> {
    await line.until(isAtRest);
    expect(gateways.left, node.stderr).to.deep.equal([]);
  }

  async function dial(line: AnalogLine, number: string): Promise<void> {
    line.offHook();
    await line.until('dial-tone');
    line.dial(number);
  }

  describe('baresip', () => {
    let phone: Baresip | undefined;

    before(function () {
      needs(this, 'baresip');
    });

    afterEach(async () => {
      await phone?.stop();
    });

    for (const [what, number, local] of LINES) {
      it(`calls ${what}, both hear each other, and it hangs up`, async () => {
        const baresip = await start(`caller-${local.replace('/', '')}`, false);
        const line = lineOf(local);
        baresip.command('dial', `sip:${number}@sample2.test`);
        await line.until('ringing');
        await baresip.event('CALL_RINGING');
        line.offHook();
        await expectTalk(baresip, line);
        baresip.command('hangup');
        await line.until('busy');
        line.onHook();
        await expectRest(line);
        await expectTone(baresip, HZ[local]);
      });

      it(`is called by ${what}, both hear each other, and the line hangs up`, async () => {
        const baresip = await start(`callee-${local.replace('/', '')}`, true);
        const line = lineOf(local);
        await dial(line, '1302');
        await expectTalk(baresip, line);
        line.onHook();
        await baresip.event('CALL_CLOSED');
        await expectRest(line);
        await expectTone(baresip, HZ[local]);
      });
    }

    async function start(folder: string, autoAnswer: boolean): Promise<Baresip> {
      const options = {
        space,
        scratch,
        user: '1302',
        folder,
        host: BARESIP,
        registrar: 'sample2.test',
        outbound: NODE,
        transport: 'udp',
      } as const;
      phone = await Baresip.start({ ...options, toneHertz: HZ.baresip, mediaPort: 16_300, autoAnswer });
      return phone;
    }

    async function expectTalk(baresip: Baresip, line: AnalogLine): Promise<void> {
      await Promise.all([baresip.event('CALL_ESTABLISHED'), line.until('talking')]);
      await Promise.all([baresip.heard(ONE_SECOND_BYTES), line.untilHears(HZ.baresip, (line.report()?.heard ?? 0) + SURE)]);
    }

    async function expectTone(baresip: Baresip, hertz: number): Promise<void> {
      expect(await baresip.quit()).to.equal(0);
      expect(toneShare(await baresip.recorded(), hertz), `the line's tone; ${baresip.events().join(', ')}`).to.be.greaterThan(0.5);
    }
  });

  describe('sipp', () => {
    let sipp: Sipp | undefined;

    before(function () {
      needs(this, 'sipp');
    });

    afterEach(async () => {
      await sipp?.child.stop();
    });

    describe('calls an MGCP line', () => {
      it('and hangs up', async () => {
        const talk = sippScenario('hangs-up', [
          CALLER.invite({ audio: 6_000 }),
          awaits(200, 100, 180),
          CALLER.ack(),
          waits(300),
          CALLER.bye(),
          awaits(200),
        ]);
        const line = await answered(await calls(talk));
        await line.until('busy');
        line.onHook();
        await expectClean(line);
      });

      it('and the line hangs up', async () => {
        const talk = sippScenario('is-left', [
          CALLER.invite({ audio: 6_000 }),
          awaits(200, 100, 180),
          CALLER.ack(),
          isAsked('BYE'),
          agrees(),
        ]);
        const line = await answered(await calls(talk));
        await line.until('talking');
        line.onHook();
        await expectClean(line);
      });

      it('and lets the line make the offer', async () => {
        const talk = sippScenario('late-offer', [
          CALLER.invite(),
          awaits(200, 100, 180),
          CALLER.ack({ lines: [], audio: 6_000 }),
          isAsked('BYE'),
          agrees(),
        ]);
        const line = await answered(await calls(talk));
        await line.until('talking');
        expect([...line.media.values()].map(({ remote }) => remote)).to.deep.equal([{ host: SIPP_CALLER, port: 6_000 }]);
        line.onHook();
        await expectClean(line);
      });

      it('and demands that ringing is said reliably', async () => {
        const talk = sippScenario('reliable', [
          CALLER.invite({ audio: 6_000, lines: ['Require: 100rel'] }),
          CALLER.awaitsReliable(180, 100),
          CALLER.prack(2),
          awaits(200),
          // Of the INVITE.
          awaits(200),
          CALLER.ack(),
          CALLER.bye(3),
          awaits(200),
        ]);
        const line = await answered(await calls(talk));
        await line.until('busy');
        line.onHook();
        await expectClean(line);
      });

      it('and gives up while it rings', async () => {
        const givenUp = sippScenario('cancels', [
          CALLER.invite({ audio: 6_000 }),
          awaits(180, 100),
          waits(200),
          CALLER.cancel(),
          // It is told the end first: who answers the CANCEL has done all that it asks for.
          awaits(487),
          awaits(200),
          CALLER.ackFailure(),
        ]);
        await calls(givenUp);
        const line = lineOf('aaln/1');
        await line.until('ringing');
        await expectClean(line);
      });

      it('that is busy: 486', async () => {
        const line = lineOf('aaln/1');
        line.offHook();
        await line.until('dial-tone');
        await calls(sippScenario('busy', [CALLER.invite({ audio: 6_000 }), awaits(486, 100), CALLER.ackFailure()]));
        await expectCounts();
        expect(line.state).to.equal('dial-tone');
        line.onHook();
        await expectRest(line);
      });

      it('that there is not: 404', async () => {
        await calls(sippScenario('nobody', [CALLER.invite({ audio: 6_000 }), awaits(404, 100), CALLER.ackFailure()]), '1777');
        await expectCounts();
      });
    });

    describe('is called by an H.248 line', () => {
      const rings = [CALLEE.isInvited(), CALLEE.answers('180 Ringing')];
      const takes = [CALLEE.answers('200 OK', { audio: 7_000 }), isAsked('ACK')];

      it('and hangs up', async () => {
        const line = await called(sippScenario('hangs-up', [...rings, ...takes, waits(300), CALLEE.bye(), awaits(200)]));
        await line.until('talking');
        await line.until('busy');
        line.onHook();
        await expectClean(line);
      });

      it('and the line hangs up', async () => {
        const line = await called(sippScenario('is-left', [...rings, waits(200), ...takes, isAsked('BYE'), agrees()]));
        await line.until('ringback');
        await line.until('talking');
        line.onHook();
        await expectClean(line);
      });

      for (const [status, tone] of [
        ['486 Busy Here', 'busy'],
        ['404 Not Found', 'reorder'],
        ['503 Service Unavailable', 'reorder'],
      ] as const) {
        it(`and says ${status}: ${tone} tone`, async () => {
          const line = await called(sippScenario(`says-${status.slice(0, 3)}`, [...rings, CALLEE.answers(status), isAsked('ACK')]));
          await line.until(tone);
          line.onHook();
          await expectClean(line);
        });
      }

      it('which gives up while it rings: CANCEL', async () => {
        const cancelled = [isAsked('CANCEL'), agrees(), CALLEE.answers('487 Request Terminated'), isAsked('ACK')];
        const line = await called(sippScenario('is-cancelled', [...rings, ...cancelled]));
        await line.until('ringback');
        line.onHook();
        await expectClean(line);
      });

      it('and is heard before it answers: 183 with a description', async () => {
        const early = [CALLEE.isInvited(), CALLEE.answers('183 Session Progress', { audio: 7_000 }), waits(300)];
        const line = await called(sippScenario('early', [...early, ...takes, isAsked('BYE'), agrees()]));
        await line.until('listening');
        await line.until('talking');
        line.onHook();
        await expectClean(line);
      });

      it('and is acknowledged its 183 where it wants that: PRACK', async () => {
        const early = [
          CALLEE.isInvited(),
          CALLEE.answers('183 Session Progress', { audio: 7_000, lines: ['Require: 100rel', 'RSeq: 4711'] }),
          isAsked('PRACK'),
          agrees(),
          waits(300),
          // RFC 3262 §5: the answer was given.
          CALLEE.answers('200 OK'),
          isAsked('ACK'),
        ];
        const line = await called(sippScenario('early-reliable', [...early, isAsked('BYE'), agrees()]));
        await line.until('listening');
        await line.until('talking');
        line.onHook();
        await expectClean(line);
      });
    });

    async function calls(scenario: SippScenario, number = '1201'): Promise<Sipp> {
      const options = { space, scratch, scenario, transport: 'udp', host: SIPP_CALLER, target: `${NODE}:${SIP_PORT}`, calls: 1 } as const;
      sipp = await Sipp.start({ ...options, keys: { number, domain: NODE } });
      return sipp;
    }

    /** It rings at the line, and is answered there. */
    async function answered({ child }: Sipp): Promise<AnalogLine> {
      const line = lineOf('aaln/1');
      await Promise.race([line.until('ringing'), child.ended]);
      line.offHook();
      return line;
    }

    /** The line has dialled. */
    async function called(scenario: SippScenario): Promise<AnalogLine> {
      sipp = await Sipp.start({ space, scratch, scenario, transport: 'udp', host: SIPP_CALLEE, calls: 1 });
      const line = lineOf('line/1');
      await dial(line, '1391');
      return line;
    }

    /** Sipp heard what its scenario has and nothing else, and nothing is left of the call. */
    async function expectClean(line: AnalogLine): Promise<void> {
      await expectCounts();
      await expectRest(line);
    }

    async function expectCounts(): Promise<void> {
      const counts = await sipp?.finish();
      const why = `${await sipp?.complaints()}\n${node.stderr}`;
      expect(counts, why).to.include({ successful: 1, failed: 0, unexpected: 0, exitCode: 0 });
    }
  });

  describe('a gateway of Erlang/OTP', () => {
    let gateway: ErlangGateway;
    let alice: NetworkPhone;

    before(async function () {
      needs(this, ...ERLANG);
      this.timeout(90_000);
      const options = { mid: 'mg3', controllers: [`${NODE}:${TEXT_PORT}`], bind: ERLANG_GATEWAY, lines: 2, t1Ms: 500, retries: 3 };
      gateway = await ErlangGateway.start({ ...options, version: 3 });
      await gateway.registered('restart');
      const isAsked = ({ name }: AnalogLine): boolean => gateway.events.some(({ event, term }) => event === 'signals' && term === name);
      await gateway.until(() => gateway.lines.every(isAsked), 'every line was asked for its hook');
      alice = await NetworkPhone.open({ user: '1301', domain: 'sample2.test', outbound: [NODE], address: ALICE });
      await alice.register();
    });

    after(async () => {
      await alice?.close();
      await gateway?.stop();
    });

    const erlangLine = (): Cast['caller'] => ({ number: '1401', phone: gateway.line('line/1') });
    const erlangThird = (): Cast['caller'] => ({ number: '1402', phone: gateway.line('line/2') });

    for (const [who, other] of [
      ['a SIP telephone', (): Cast['caller'] => ({ number: '1301', phone: new TelephoneLine(alice) })],
      ['an MGCP line', (): Cast['caller'] => ({ number: '1201', phone: lineOf('aaln/1') })],
    ] as const) {
      for (const [direction, castOf] of [
        [`calls ${who}`, (): Cast => ({ caller: erlangLine(), called: other(), third: erlangThird() })],
        [`is called by ${who}`, (): Cast => ({ caller: other(), called: erlangLine(), third: erlangThird() })],
      ] as const) {
        it(`${direction}: as people want it`, async () => {
          const cast = castOf();
          for (const story of SHORT_STORIES)
            expect(await playLive(cast, story), `${gateway.wireLog()}\n${node.stderr}`).to.equal(undefined);
          await gateway.until(() => gateway.inContexts.length === 0, 'no context');
          expect(gateway.troubles, gateway.wireLog()).to.deep.equal([]);
          expect([...gateways.left, ...alice.calls]).to.deep.equal([]);
        });
      }
    }
  });
});
