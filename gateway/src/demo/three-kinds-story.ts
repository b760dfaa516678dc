// The fourth act: an H.248 telephone, a SIP phone and an MGCP telephone under two nodes. Telephone 1 dials a number that rings alice
// and, since she is busy, telephone 2; while they talk the primary goes. Then telephone 2 calls alice through the backup, and that
// goes while her phone rings. It only plays and notes down.
import type { AnalogLine, IncomingCall, NetworkPhone } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { NUMBERS, placeOf } from './nodes.js';
import { castOf, openMegaco, openMgcp, openPhone, untilCleared, untilHeard } from './players.js';
import { instant, pause, remark, type Show, type Stage } from './stage.js';
import { RETURN_MS, SETTLE_MS, TALK_AFTER_FAULT_MS, TwoTelephones } from './telephones-story.js';
import { figuresOf, judge, type ThreeKindsFacts } from './three-kinds-verdict.js';
import { telephoneTimes } from './telephones-verdict.js';

const RING_MS = 250;
const LOOK_EVERY_MS = 20;

type SecondCall = Pick<ThreeKindsFacts, 'aliceAudio' | 'audio2Again' | 'aliceEnd'>;

export class ThreeKindsStory implements Act {
  readonly name = 'controller';
  readonly title = 'An H.248 telephone, a SIP phone and an MGCP telephone: their controller goes, and goes again';
  readonly participants = ['gateway 1', 'primary', 'backup', 'alice', 'gateway 2'];
  readonly #transactions: MegacoTrace;
  readonly #commands: GatewayTrace;
  readonly #telephones: TwoTelephones;
  #alice: NetworkPhone | undefined;
  #leftBetween: readonly string[] | undefined;
  #second: SecondCall = {};
  /** At alice's phone, in order. */
  readonly #incoming: IncomingCall[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    this.#transactions = new MegacoTrace('gateway 1', castOf(stage, 'controllerPort'));
    this.#commands = new GatewayTrace('gateway 2', castOf(stage, 'agentPort'));
    this.#telephones = new TwoTelephones(stage, show);
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const alice = await this.#open();
    await Promise.all([alice.register(), this.#telephones.start()]);
    await this.#ringOneAfterTheOther();
    await this.#outliveThePrimary();
    const { line } = this.#telephones.two;
    await this.#endWithAlice(line, await this.#ringAlice(line));
  }

  async close(): Promise<void> {
    await Promise.all([this.#telephones.close(), this.#alice?.close()]);
  }

  result(): ActResult {
    const facts = this.#facts();
    const { audio1, audio2, audio2Again, aliceAudio, transactions, commands, messages, states1, states2 } = facts;
    return {
      checks: judge(facts),
      figures: figuresOf(facts),
      report: {
        times: telephoneTimes(facts),
        audio: { gateway1: audio1, gateway2: audio2, alice: aliceAudio, gateway2Again: audio2Again },
        states: { gateway1: states1, gateway2: states2 },
        messages: { gateway1: transactions, gateway2: commands, alice: messages },
      },
    };
  }

  // --- the telephones ----------------------------------------------------------------------------------------------

  /** @returns alice's phone. */
  async #open(): Promise<NetworkPhone> {
    const { stage, show } = this;
    await this.#telephones.open(
      () => openMegaco(stage, show, this.#transactions, 500),
      () => openMgcp(stage, show, this.#commands, 'gateway2', 900),
    );
    this.#alice = await openPhone(stage, show, 'alice', 700);
    this.#alice.onIncoming((call) => {
      this.#incoming.push(call);
      call.ring();
    });
    return this.#alice;
  }

  // --- the first call ----------------------------------------------------------------------------------------------

  async #ringOneAfterTheOther(): Promise<void> {
    const [one, two] = [this.#telephones.one.line, this.#telephones.two.line];
    remark(this.show, `all are there; telephone 1 is lifted and dials ${NUMBERS.both}: alice, and behind her telephone 2`);
    one.offHook();
    await one.until('dial-tone');
    one.dial(NUMBERS.both);
    const offered = await this.#called(1);
    await one.until('ringback');
    await pause(RING_MS);
    remark(this.show, 'alice is busy; telephone 1 goes on hearing it ring');
    offered.reject(486);
    await two.until('ringing');
    await pause(RING_MS);
    remark(this.show, 'telephone 2 is lifted');
    two.offHook();
    await Promise.all([one.until('talking'), two.until('talking')]);
    await this.#telephones.hear();
  }

  async #outliveThePrimary(): Promise<void> {
    this.#telephones.note({ killedAt: await this.stage.strike(this.show, 'they talk, each hearing the tone of the other') });
    await pause(TALK_AFTER_FAULT_MS);
    await this.#telephones.hangUp();
    this.#leftBetween = this.#telephones.facts.left;
  }

  // --- the second call ---------------------------------------------------------------------------------------------

  async #ringAlice(two: AnalogLine): Promise<IncomingCall> {
    this.#telephones.note({ backAt: await this.stage.revive(this.show, 'and nobody asks it for anything') });
    await pause(RETURN_MS);
    remark(this.show, `telephone 2 is lifted and dials ${NUMBERS.alice}: alice`);
    two.offHook();
    await two.until('dial-tone');
    two.dial(NUMBERS.alice);
    const call = await this.#called(2);
    await two.until('ringback');
    await pause(RING_MS);
    this.#telephones.note({ killedAgainAt: await this.stage.strike(this.show, 'alice is being rung', 'backup') });
    await pause(RING_MS);
    remark(this.show, 'alice answers');
    this.#telephones.note({ answeredAt: instant() });
    await call.answer();
    await Promise.all([call.confirmed, two.until('talking')]);
    this.#telephones.note({ talkingAt: instant() });
    return call;
  }

  async #endWithAlice(two: AnalogLine, call: IncomingCall): Promise<void> {
    await untilHeard(
      this.stage,
      () => two.report(),
      () => call.audioReport(),
    );
    remark(this.show, 'they talk, each hearing the tone of the other; alice hangs up, and telephone 2 when it hears that');
    const aliceEnd = await call.hangUp();
    await two.until('busy');
    two.onHook();
    await untilCleared(this.#telephones.two);
    await pause(SETTLE_MS);
    this.#second = { aliceEnd, aliceAudio: call.audioReport(), audio2Again: two.report() };
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

  #facts(): ThreeKindsFacts {
    const { places } = this.stage;
    const { left, ...seen } = this.#telephones.facts;
    return {
      primary: placeOf(places, 'primary'),
      backup: placeOf(places, 'backup'),
      transactions: this.#transactions.transactions,
      commands: this.#commands.messages,
      messages: this.#alice?.messages ?? [],
      rings: this.#incoming.map(({ rings }) => rings),
      leftBetween: this.#leftBetween,
      left: [...left, ...(this.#alice?.calls ?? []).map(() => 'a call of alice')],
      ...seen,
      ...this.#second,
    };
  }
}
