// The fourth act: an H.248 telephone, a SIP phone and an MGCP telephone under two nodes. Telephone 1 dials a number that rings alice
// and, since she is busy, telephone 2; while they talk the primary goes. Then telephone 2 calls alice through the backup, and that
// goes while her phone rings. It only plays and notes down.
import { type AnalogLine, type IncomingCall, MegacoGateway, MgcpGateway, NetworkPhone } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { CONTROLLER_TIMERS, DEMO_DOMAIN, GATEWAY_TIMERS, GATEWAYS, LINE, NUMBERS } from './nodes.js';
import { type Cast, stepOf } from './phone-explain.js';
import { instant, pause, type Show, type Stage } from './stage.js';
import { figuresOf, judge, type Place, type ThreeKindsFacts, timesOf } from './three-kinds-verdict.js';

/** Time for the controller to ask each line, once it is in service, to report when it is lifted. */
const SETTLE_MS = 200;
const RING_MS = 250;
/** Time for the primary, back again, to do harm. */
const RETURN_MS = 500;
const TALK_AFTER_FAULT_MS = 300;
/** Packets of 20 ms that each side must have heard before anything more happens. */
const PACKETS_TO_HEAR = 40;
const LOOK_EVERY_MS = 20;

type Noted = Pick<
  ThreeKindsFacts,
  | 'killedAt'
  | 'hungUpAt'
  | 'clearedAt'
  | 'backAt'
  | 'killedAgainAt'
  | 'answeredAt'
  | 'talkingAt'
  | 'leftBetween'
  | 'audio1'
  | 'audio2'
  | 'aliceAudio'
  | 'audio2Again'
  | 'aliceEnd'
>;

interface Telephones {
  /** On gateway 1. */
  readonly one: AnalogLine;
  /** On gateway 2. */
  readonly two: AnalogLine;
  readonly alice: NetworkPhone;
}

export class ThreeKindsStory implements Act {
  readonly name = 'controller';
  readonly title = 'An H.248 telephone, a SIP phone and an MGCP telephone: their controller goes, and goes again';
  readonly participants = ['gateway 1', 'primary', 'backup', 'alice', 'gateway 2'];
  readonly #transactions: MegacoTrace;
  readonly #commands: GatewayTrace;
  #one: MegacoGateway | undefined;
  #two: MgcpGateway | undefined;
  #alice: NetworkPhone | undefined;
  #noted: Noted = {};
  /** At alice's phone, in order. */
  readonly #incoming: IncomingCall[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    this.#transactions = new MegacoTrace('gateway 1', this.#cast('controllerPort'));
    this.#commands = new GatewayTrace('gateway 2', this.#cast('agentPort'));
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const telephones = { one: await this.#openOne(), two: await this.#openTwo(), alice: await this.#openAlice() };
    this.#one?.start();
    this.#two?.start();
    await telephones.alice.register();
    await Promise.all([telephones.one, telephones.two].map((line) => line.until(({ service }) => service === 'in')));
    await pause(SETTLE_MS);
    await this.#ringOneAfterTheOther(telephones);
    await this.#outliveThePrimary(telephones);
    await this.#endWithAlice(telephones.two, await this.#ringAlice(telephones.two));
  }

  async close(): Promise<void> {
    await Promise.all([this.#one?.close(), this.#two?.close(), this.#alice?.close()]);
  }

  result(): ActResult {
    const facts = this.#facts();
    const { audio1, audio2, audio2Again, aliceAudio, transactions, commands, messages, states1, states2 } = facts;
    return {
      checks: judge(facts),
      figures: figuresOf(facts),
      report: {
        times: timesOf(facts),
        audio: { gateway1: audio1, gateway2: audio2, alice: aliceAudio, gateway2Again: audio2Again },
        states: { gateway1: states1, gateway2: states2 },
        messages: { gateway1: transactions, gateway2: commands, alice: messages },
      },
    };
  }

  // --- the telephones ----------------------------------------------------------------------------------------------

  async #openOne(): Promise<AnalogLine> {
    const { primary, backup, gateway1, controllerPort } = this.stage.places;
    const { rtoMs, tMaxMs, longTimerMs } = CONTROLLER_TIMERS;
    this.#one = await MegacoGateway.open({
      mid: GATEWAYS.gateway1.mid,
      lines: [LINE.megaco],
      mgcs: [primary, backup].map((host) => `${host}:${controllerPort}`),
      transport: 'tcp',
      address: gateway1,
      rtp: 'all',
      tones: { [LINE.megaco]: 500 },
      transactions: { rtoMs, tMaxMs, longTimerMs },
      onMessage: (direction, message, hop) => this.#draw(this.#transactions.take(direction, message, `${hop.host}:${hop.port}`, instant())),
    });
    return this.#one.line(LINE.megaco);
  }

  async #openTwo(): Promise<AnalogLine> {
    const { primary, gateway2, agentPort, gatewayPort } = this.stage.places;
    const { rtoMs, max1, max2, tMaxMs, tHistMs } = GATEWAY_TIMERS;
    this.#two = await MgcpGateway.open({
      domain: GATEWAYS.gateway2.domain,
      lines: [LINE.mgcp],
      callAgents: [`${primary}:${agentPort}`],
      address: gateway2,
      port: gatewayPort,
      rtp: 'all',
      tones: { [LINE.mgcp]: 900 },
      red: true,
      timers: { mwdMs: 0 },
      transactions: { rtoMs, max1, max2, tMaxMs, tHistMs },
      onMessage: (direction, text, hop) => this.#draw(this.#commands.take(direction, text, `${hop.host}:${hop.port}`, instant())),
    });
    this.stage.watchPort(this.#two.address, this.#two.port);
    return this.#two.line(LINE.mgcp);
  }

  async #openAlice(): Promise<NetworkPhone> {
    const { places } = this.stage;
    const outbound = [places.primary, places.backup].map((host) => `${host}:${places.port}`);
    const alice = await NetworkPhone.open({
      user: 'alice',
      domain: DEMO_DOMAIN,
      outbound,
      address: places.alice,
      aware: true,
      toneHz: 700,
    });
    this.#alice = alice;
    alice.onIncoming((call) => {
      this.#incoming.push(call);
      call.ring();
    });
    this.stage.watchPort(alice.address, alice.port);
    const cast = this.#cast('port');
    alice.watch((message) => {
      const step = stepOf('alice', message, cast);
      if (step) this.show(step);
    });
    return alice;
  }

  // --- the first call ----------------------------------------------------------------------------------------------

  async #ringOneAfterTheOther({ one, two }: Telephones): Promise<void> {
    this.#remark(`all are there; telephone 1 is lifted and dials ${NUMBERS.both}: alice, and behind her telephone 2`);
    one.offHook();
    await one.until('dial-tone');
    one.dial(NUMBERS.both);
    const offered = await this.#called(1);
    await one.until('ringback');
    await pause(RING_MS);
    this.#remark('alice is busy; telephone 1 goes on hearing it ring');
    offered.reject(486);
    await two.until('ringing');
    await pause(RING_MS);
    this.#remark('telephone 2 is lifted');
    two.offHook();
    await Promise.all([one.until('talking'), two.until('talking')]);
    await this.#heard(() => [one.report()?.heard, two.report()?.heard]);
  }

  async #outliveThePrimary({ one, two }: Telephones): Promise<void> {
    this.#note({ killedAt: await this.stage.strike(this.show, 'they talk, each hearing the tone of the other') });
    await pause(TALK_AFTER_FAULT_MS);
    this.#remark('telephone 1 is hung up, and telephone 2 when it hears that');
    this.#note({ hungUpAt: instant() });
    one.onHook();
    await two.until('busy');
    two.onHook();
    await Promise.all([one, two].map((line) => line.until(() => line.state === 'idle' && this.#left().length === 0)));
    this.#note({ clearedAt: instant(), audio1: one.report(), audio2: two.report() });
    await pause(SETTLE_MS);
    this.#note({ leftBetween: this.#left() });
  }

  // --- the second call ---------------------------------------------------------------------------------------------

  async #ringAlice(two: AnalogLine): Promise<IncomingCall> {
    this.#note({ backAt: await this.stage.revive(this.show, 'and nobody asks it for anything') });
    await pause(RETURN_MS);
    this.#remark(`telephone 2 is lifted and dials ${NUMBERS.alice}: alice`);
    two.offHook();
    await two.until('dial-tone');
    two.dial(NUMBERS.alice);
    const call = await this.#called(2);
    await two.until('ringback');
    await pause(RING_MS);
    this.#note({ killedAgainAt: await this.stage.strike(this.show, 'alice is being rung', 'backup') });
    await pause(RING_MS);
    this.#remark('alice answers');
    this.#note({ answeredAt: instant() });
    await call.answer();
    await Promise.all([call.confirmed, two.until('talking')]);
    this.#note({ talkingAt: instant() });
    return call;
  }

  async #endWithAlice(two: AnalogLine, call: IncomingCall): Promise<void> {
    await this.#heard(() => [two.report()?.heard, call.audioReport()?.heard]);
    this.#remark('they talk, each hearing the tone of the other; alice hangs up, and telephone 2 when it hears that');
    const aliceEnd = await call.hangUp();
    await two.until('busy');
    two.onHook();
    await two.until(() => two.state === 'idle' && this.#left().length === 0);
    await pause(SETTLE_MS);
    this.#note({ aliceEnd, aliceAudio: call.audioReport(), audio2Again: two.report() });
  }

  // --- what is noted -----------------------------------------------------------------------------------------------

  /** Settles when alice has been called so often. */
  async #called(times: number): Promise<IncomingCall> {
    while (!this.stage.over) {
      const call = this.#incoming[times - 1];
      if (call) return call;
      await pause(LOOK_EVERY_MS);
    }
    throw new Error('nobody has called alice');
  }

  async #heard(counts: () => readonly (number | undefined)[]): Promise<void> {
    while (counts().some((count = 0) => count < PACKETS_TO_HEAR) && !this.stage.over) await pause(LOOK_EVERY_MS);
  }

  #left(): readonly string[] {
    return [
      ...(this.#one?.contextsLeft ?? []).map(({ contextId }) => `context ${contextId} on gateway 1`),
      ...(this.#two?.connectionsLeft ?? []).map(({ connection }) => `connection ${connection} on gateway 2`),
    ];
  }

  #facts(): ThreeKindsFacts {
    const { places } = this.stage;
    const at = (name: 'primary' | 'backup'): Place => ({
      controller: `${places[name]}:${places.controllerPort}`,
      agent: `${places[name]}:${places.agentPort}`,
      proxy: `${places[name]}:${places.port}`,
    });
    return {
      primary: at('primary'),
      backup: at('backup'),
      transactions: this.#transactions.transactions,
      commands: this.#commands.messages,
      messages: this.#alice?.messages ?? [],
      states1: this.#one?.line(LINE.megaco).history ?? [],
      states2: this.#two?.line(LINE.mgcp).history ?? [],
      rings: this.#incoming.map(({ rings }) => rings),
      left: [...this.#left(), ...(this.#alice?.calls ?? []).map(() => 'a call of alice')],
      ...this.#noted,
    };
  }

  #cast(port: 'port' | 'controllerPort' | 'agentPort'): Cast {
    const { places } = this.stage;
    return {
      nameOf: (peer) => (['primary', 'backup'] as const).find((name) => peer === `${places[name]}:${places[port]}`),
      isLost: (name) => this.stage.isLost(name),
    };
  }

  #note(noted: Noted): void {
    this.#noted = { ...this.#noted, ...noted };
  }

  #draw(steps: readonly Parameters<Show>[0][]): void {
    for (const step of steps) this.show(step);
  }

  #remark(text: string): void {
    this.show({ kind: 'remark', at: instant(), text });
  }
}
