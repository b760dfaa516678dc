// The third act: an H.248 and an MGCP gateway with a telephone each, in one call, under two nodes. The primary goes while one
// telephone rings, comes back while they talk, and then the backup goes. The H.248 gateway has the list of both controllers,
// as RFC 3525 §11.2 has it; the MGCP gateway learns from the primary whom else to ask. It only plays and notes down.
import type { AnalogLine, MegacoGateway, MgcpGateway } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { type ControllerFacts, figuresOf, judge, timesOf } from './controller-verdict.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { GATEWAYS, LINE, type NodeName } from './nodes.js';
import { castOf, leftOn, openMegaco, openMgcp, untilHeard } from './players.js';
import { instant, pause, type Show, type Stage } from './stage.js';

/** Time for the controller to ask each line, once it is in service, to report when it is lifted. */
const SETTLE_MS = 200;
const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;
/** Time for the primary, back again, to do harm. */
const RETURN_MS = 500;
const TALK_AFTER_FAULT_MS = 300;

type Instants = Pick<ControllerFacts, 'killedAt' | 'answeredAt' | 'talkingAt' | 'backAt' | 'killedAgainAt' | 'hungUpAt' | 'clearedAt'>;

export class ControllerStory implements Act {
  readonly name = 'megaco';
  readonly title = 'An H.248 and an MGCP gateway in one call: their controller goes twice';
  readonly participants = ['gateway 1', 'primary', 'backup', 'gateway 2'];
  readonly #transactions: MegacoTrace;
  readonly #messages: GatewayTrace;
  #one: MegacoGateway | undefined;
  #two: MgcpGateway | undefined;
  #instants: Instants = {};
  #audio: Pick<ControllerFacts, 'audio1' | 'audio2'> = {};

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    this.#transactions = new MegacoTrace('gateway 1', castOf(stage, 'controllerPort'));
    this.#messages = new GatewayTrace('gateway 2', castOf(stage, 'agentPort'));
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    this.#one = await openMegaco(this.stage, this.show, this.#transactions, 500);
    this.#two = await openMgcp(this.stage, this.show, this.#messages, 'gateway2', 900);
    this.#one.start();
    this.#two.start();
    const [caller, callee] = [this.#one.line(LINE.megaco), this.#two.line(LINE.mgcp)];
    await Promise.all([caller, callee].map((line) => line.until(({ service }) => service === 'in')));
    await pause(SETTLE_MS);
    await this.#ring(caller, callee);
    await this.#talk(caller, callee);
    await this.#hangUp(caller, callee);
  }

  async close(): Promise<void> {
    this.#audio = { audio1: this.#one?.line(LINE.megaco).report(), audio2: this.#two?.line(LINE.mgcp).report() };
    await Promise.all([this.#one?.close(), this.#two?.close()]);
  }

  result(): ActResult {
    const facts = this.#facts();
    const { audio1, audio2, transactions, messages, states1, states2 } = facts;
    return {
      checks: judge(facts),
      figures: figuresOf(facts),
      report: {
        times: timesOf(facts),
        audio: { gateway1: audio1, gateway2: audio2 },
        states: { gateway1: states1, gateway2: states2 },
        messages: { gateway1: transactions, gateway2: messages },
      },
    };
  }

  async #ring(caller: AnalogLine, callee: AnalogLine): Promise<void> {
    const { number } = GATEWAYS.gateway2;
    this.#remark(`both lines are in service; telephone 1 is lifted, and dials ${number} when it hears the dial tone`);
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial(number);
    await Promise.all([callee.until('ringing'), caller.until('ringback')]);
    this.#remark('telephone 2 rings, telephone 1 hears it ring');
    await pause(RING_BEFORE_FAULT_MS);
    this.#note({ killedAt: await this.stage.strike(this.show, 'telephone 2 rings') });
    await pause(RING_AFTER_FAULT_MS);
  }

  async #talk(caller: AnalogLine, callee: AnalogLine): Promise<void> {
    this.#remark('telephone 2 is lifted');
    this.#note({ answeredAt: instant() });
    callee.offHook();
    await Promise.all([caller.until('talking'), callee.until('talking')]);
    this.#note({ talkingAt: instant() });
    await untilHeard(
      this.stage,
      () => caller.report(),
      () => callee.report(),
    );
    this.#note({ backAt: await this.stage.revive(this.show, 'while they talk, each hearing the tone of the other') });
    await pause(RETURN_MS);
    this.#note({ killedAgainAt: await this.stage.strike(this.show, 'they talk', 'backup') });
    await pause(TALK_AFTER_FAULT_MS);
  }

  async #hangUp(caller: AnalogLine, callee: AnalogLine): Promise<void> {
    this.#remark('telephone 1 is hung up, and telephone 2 when it hears that');
    this.#note({ hungUpAt: instant() });
    caller.onHook();
    await callee.until('busy');
    callee.onHook();
    await Promise.all([
      caller.until(() => caller.state === 'idle' && this.#one?.contextsLeft.length === 0),
      callee.until(() => callee.state === 'idle' && this.#two?.connectionsLeft.length === 0),
    ]);
    this.#note({ clearedAt: instant() });
    await pause(SETTLE_MS);
  }

  #facts(): ControllerFacts {
    const { places } = this.stage;
    const at = (name: NodeName): ControllerFacts['primary'] => ({
      controller: `${places[name]}:${places.controllerPort}`,
      agent: `${places[name]}:${places.agentPort}`,
    });
    return {
      primary: at('primary'),
      backup: at('backup'),
      transactions: this.#transactions.transactions,
      messages: this.#messages.messages,
      states1: this.#one?.line(LINE.megaco).history ?? [],
      states2: this.#two?.line(LINE.mgcp).history ?? [],
      left: leftOn(this.#one, this.#two),
      ...this.#instants,
      ...this.#audio,
    };
  }

  #note(instants: Instants): void {
    this.#instants = { ...this.#instants, ...instants };
  }

  #remark(text: string): void {
    this.show({ kind: 'remark', at: instant(), text });
  }
}
