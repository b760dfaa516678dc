// The second act: two MGCP gateways with a telephone each, under two nodes; the primary goes while one telephone rings, and
// comes back while they talk. The gateways are provisioned with the primary alone: whom else to ask they learn from it.
// It only plays and notes down.
import type { AnalogLine, MgcpGateway } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { GatewayTrace } from './gateway-explain.js';
import { figuresOf, type GatewayFacts, judge, timesOf } from './gateway-verdict.js';
import { type GatewayName, GATEWAYS, LINE } from './nodes.js';
import { castOf, openMgcp, untilHeard } from './players.js';
import { instant, pause, type Show, type Stage } from './stage.js';

/** Time for the call agent to ask each line, once it is in service, to report when it is lifted. */
const SETTLE_MS = 200;
const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;
/** Time for the primary, back again, to do harm. */
const RETURN_MS = 500;

interface Telephone {
  readonly gateway: MgcpGateway;
  readonly line: AnalogLine;
}

export class GatewayStory implements Act {
  readonly name = 'mgcp';
  readonly title = 'Two MGCP gateways: their controller goes while a telephone rings';
  readonly participants = ['gateway 1', 'primary', 'backup', 'gateway 2'];
  readonly #traces: Readonly<Record<GatewayName, GatewayTrace>>;
  readonly #telephones = new Map<GatewayName, Telephone>();
  #instants: Pick<GatewayFacts, 'killedAt' | 'answeredAt' | 'talkingAt' | 'backAt' | 'hungUpAt' | 'clearedAt'> = {};
  #audio: Pick<GatewayFacts, 'audio1' | 'audio2'> = {};

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    const cast = castOf(stage, 'agentPort');
    this.#traces = { gateway1: new GatewayTrace('gateway 1', cast), gateway2: new GatewayTrace('gateway 2', cast) };
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const one = await this.#open('gateway1', 500);
    const two = await this.#open('gateway2', 900);
    for (const { gateway } of [one, two]) gateway.start();
    await Promise.all([one, two].map(({ line }) => line.until(({ service }) => service === 'in')));
    await pause(SETTLE_MS);
    await this.#ring(one.line, two.line);
    await this.#talk(one.line, two.line);
    await this.#hangUp(one, two);
  }

  async close(): Promise<void> {
    this.#audio = { audio1: this.#telephones.get('gateway1')?.line.report(), audio2: this.#telephones.get('gateway2')?.line.report() };
    await Promise.all([...this.#telephones.values()].map(({ gateway }) => gateway.close()));
  }

  result(): ActResult {
    const facts = this.#facts();
    const { audio1, audio2, messages1, messages2, states1, states2 } = facts;
    return {
      checks: judge(facts),
      figures: figuresOf(facts),
      report: {
        times: timesOf(facts),
        audio: { gateway1: audio1, gateway2: audio2 },
        states: { gateway1: states1, gateway2: states2 },
        messages: { gateway1: messages1, gateway2: messages2 },
      },
    };
  }

  async #open(name: GatewayName, toneHz: number): Promise<Telephone> {
    const gateway = await openMgcp(this.stage, this.show, this.#traces[name], name, toneHz);
    const telephone = { gateway, line: gateway.line(LINE.mgcp) };
    this.#telephones.set(name, telephone);
    return telephone;
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
    this.#instants = { killedAt: await this.stage.strike(this.show, 'telephone 2 rings') };
    await pause(RING_AFTER_FAULT_MS);
  }

  async #talk(caller: AnalogLine, callee: AnalogLine): Promise<void> {
    this.#remark('telephone 2 is lifted');
    this.#instants = { ...this.#instants, answeredAt: instant() };
    callee.offHook();
    await Promise.all([caller.until('talking'), callee.until('talking')]);
    this.#instants = { ...this.#instants, talkingAt: instant() };
    await untilHeard(
      this.stage,
      () => caller.report(),
      () => callee.report(),
    );
    const backAt = await this.stage.revive(this.show, 'while they talk, each hearing the tone of the other');
    this.#instants = { ...this.#instants, backAt };
    await pause(RETURN_MS);
  }

  async #hangUp(one: Telephone, two: Telephone): Promise<void> {
    this.#remark('telephone 1 is hung up, and telephone 2 when it hears that');
    this.#instants = { ...this.#instants, hungUpAt: instant() };
    one.line.onHook();
    await two.line.until('busy');
    two.line.onHook();
    await Promise.all(
      [one, two].map(({ gateway, line }) => line.until(() => line.state === 'idle' && gateway.connectionsLeft.length === 0)),
    );
    this.#instants = { ...this.#instants, clearedAt: instant() };
    await pause(SETTLE_MS);
  }

  #facts(): GatewayFacts {
    const { places } = this.stage;
    const [one, two] = [this.#telephones.get('gateway1'), this.#telephones.get('gateway2')];
    const leftOn = (telephone: Telephone | undefined): string[] =>
      (telephone?.gateway.connectionsLeft ?? []).map(({ connection }) => `${connection} on ${telephone?.gateway.address}`);
    return {
      primary: `${places.primary}:${places.agentPort}`,
      backup: `${places.backup}:${places.agentPort}`,
      messages1: this.#traces.gateway1.messages,
      messages2: this.#traces.gateway2.messages,
      states1: one?.line.history ?? [],
      states2: two?.line.history ?? [],
      connectionsLeft: [...leftOn(one), ...leftOn(two)],
      ...this.#instants,
      ...this.#audio,
    };
  }

  #remark(text: string): void {
    this.show({ kind: 'remark', at: instant(), text });
  }
}
