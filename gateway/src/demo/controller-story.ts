// The third act: an H.248 and an MGCP gateway with a telephone each, in one call, under two nodes. The primary goes while one
// telephone rings, comes back while they talk, and then the backup goes. The H.248 gateway has the list of both controllers,
// as RFC 3525 §11.2 has it; the MGCP gateway learns from the primary whom else to ask. It only plays and notes down.
import { type AnalogLine, MegacoGateway, MgcpGateway } from '@altpath/simulators';
import type { Act, ActResult } from './act.js';
import { type ControllerFacts, figuresOf, judge, timesOf } from './controller-verdict.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { CONTROLLER_TIMERS, GATEWAY_TIMERS, GATEWAYS, LINE, type NodeName } from './nodes.js';
import type { Cast } from './phone-explain.js';
import { instant, pause, type Show, type Stage } from './stage.js';

/** Time for the controller to ask each line, once it is in service, to report when it is lifted. */
const SETTLE_MS = 200;
const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;
/** Time for the primary, back again, to do harm. */
const RETURN_MS = 500;
const TALK_AFTER_FAULT_MS = 300;
/** Packets of 20 ms that each side must have heard before the primary comes back. */
const PACKETS_TO_HEAR = 40;
const LOOK_EVERY_MS = 20;

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
    this.#transactions = new MegacoTrace('gateway 1', this.#cast('controllerPort'));
    this.#messages = new GatewayTrace('gateway 2', this.#cast('agentPort'));
  }

  async play(): Promise<void> {
    await this.stage.raise(this.show);
    const caller = await this.#openOne();
    const callee = await this.#openTwo();
    this.#one?.start();
    this.#two?.start();
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
      onMessage: (direction, text, hop) => this.#draw(this.#messages.take(direction, text, `${hop.host}:${hop.port}`, instant())),
    });
    this.stage.watchPort(this.#two.address, this.#two.port);
    return this.#two.line(LINE.mgcp);
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
    const heard = (): number => Math.min(caller.report()?.heard ?? 0, callee.report()?.heard ?? 0);
    while (heard() < PACKETS_TO_HEAR && !this.stage.over) await pause(LOOK_EVERY_MS);
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
      left: [
        ...(this.#one?.contextsLeft ?? []).map(({ contextId }) => `context ${contextId} on gateway 1`),
        ...(this.#two?.connectionsLeft ?? []).map(({ connection }) => `connection ${connection} on gateway 2`),
      ],
      ...this.#instants,
      ...this.#audio,
    };
  }

  #cast(port: 'controllerPort' | 'agentPort'): Cast {
    const { places } = this.stage;
    return {
      nameOf: (peer) => (['primary', 'backup'] as const).find((name) => peer === `${places[name]}:${places[port]}`),
      isLost: (name) => this.stage.isLost(name),
    };
  }

  #note(instants: Instants): void {
    this.#instants = { ...this.#instants, ...instants };
  }

  #draw(steps: readonly Parameters<Show>[0][]): void {
    for (const step of steps) this.show(step);
  }

  #remark(text: string): void {
    this.show({ kind: 'remark', at: instant(), text });
  }
}
