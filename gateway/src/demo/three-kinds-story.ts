// The fourth act: an H.248 telephone, a SIP phone and an MGCP telephone under two nodes. Telephone 1 dials a number that rings alice
// and, since she is busy, telephone 2; while they talk the primary goes. Then telephone 2 calls alice through the backup, and that
// goes while her phone rings. It only plays and notes down.
import type { AnalogLine, IncomingCall, MegacoGateway, MgcpGateway, NetworkPhone } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { LINE, NUMBERS } from './nodes.js';
import { castOf, leftOn, openMegaco, openMgcp, openPhone, untilHeard } from './players.js';
import { instant, pause, type Show, type Stage } from './stage.js';
import { figuresOf, judge, type Place, type ThreeKindsFacts, timesOf } from './three-kinds-verdict.js';

/** Time for the controller to ask each line, once it is in service, to report when it is lifted. */
const SETTLE_MS = 200;
const RING_MS = 250;
/** Time for the primary, back again, to do harm. */
const RETURN_MS = 500;
const TALK_AFTER_FAULT_MS = 300;
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
    this.#transactions = new MegacoTrace('gateway 1', castOf(stage, 'controllerPort'));
    this.#commands = new GatewayTrace('gateway 2', castOf(stage, 'agentPort'));
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const telephones = await this.#open();
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

  async #open(): Promise<Telephones> {
    const { stage, show } = this;
    this.#one = await openMegaco(stage, show, this.#transactions, 500);
    this.#two = await openMgcp(stage, show, this.#commands, 'gateway2', 900);
    this.#alice = await openPhone(stage, show, 'alice', 700);
    this.#alice.onIncoming((call) => {
      this.#incoming.push(call);
      call.ring();
    });
    this.#one.start();
    this.#two.start();
    return { one: this.#one.line(LINE.megaco), two: this.#two.line(LINE.mgcp), alice: this.#alice };
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
    await untilHeard(
      this.stage,
      () => one.report(),
      () => two.report(),
    );
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
    await untilHeard(
      this.stage,
      () => two.report(),
      () => call.audioReport(),
    );
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

  #left(): readonly string[] {
    return leftOn(this.#one, this.#two);
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

  #note(noted: Noted): void {
    this.#noted = { ...this.#noted, ...noted };
  }

  #remark(text: string): void {
    this.show({ kind: 'remark', at: instant(), text });
  }
}
