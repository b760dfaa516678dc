// What the acts with two analog telephones play alike, each telephone being the only one of its gateway. It only plays and notes down.
import type { Instants } from './check.js';
import { leftOn, type Telephone, untilCleared, untilHeard } from './players.js';
import { instant, pause, remark, type Show, type Stage } from './stage.js';
import type { TelephoneFacts } from './telephones-verdict.js';

/** Time for the controller to ask a line, once it is in service or idle again, to report when it is lifted. */
export const SETTLE_MS = 200;
/** Time for the primary, back again, to do harm. */
export const RETURN_MS = 500;
/** Time to go on talking after a node has gone. */
export const TALK_AFTER_FAULT_MS = 300;
const RING_BEFORE_FAULT_MS = 250;
const RING_AFTER_FAULT_MS = 250;

type Audio = Pick<TelephoneFacts, 'audio1' | 'audio2'>;
type Noted = Instants & Audio;

export class TwoTelephones {
  #noted: Noted = {};
  readonly #open: Telephone[] = [];

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {}

  /** Opens both gateways; nothing is sent before `start`. */
  async open(first: () => Promise<Telephone>, second: () => Promise<Telephone>): Promise<void> {
    for (const open of [first, second]) this.#open.push(await open());
  }

  /** Starts both gateways; settles when their telephones can be lifted. */
  async start(): Promise<void> {
    for (const { gateway } of this.#open) gateway.start();
    await Promise.all(this.#open.map(({ line }) => line.until(({ service }) => service === 'in')));
    await pause(SETTLE_MS);
  }

  /** The telephone of gateway 1. @throws Error before both are open. */
  get one(): Telephone {
    return this.#at(0);
  }

  /** The telephone of gateway 2. @throws Error before both are open. */
  get two(): Telephone {
    return this.#at(1);
  }

  /** Telephone 1 calls telephone 2, and while that rings the primary goes. */
  async ring(number: string): Promise<void> {
    const [caller, callee] = [this.one.line, this.two.line];
    remark(this.show, `both lines are in service; telephone 1 is lifted, and dials ${number} when it hears the dial tone`);
    caller.offHook();
    await caller.until('dial-tone');
    caller.dial(number);
    await Promise.all([callee.until('ringing'), caller.until('ringback')]);
    remark(this.show, 'telephone 2 rings, telephone 1 hears it ring');
    await pause(RING_BEFORE_FAULT_MS);
    this.note({ killedAt: await this.stage.strike(this.show, 'telephone 2 rings') });
    await pause(RING_AFTER_FAULT_MS);
  }

  /** Telephone 2 is lifted, and while they talk the primary comes back. */
  async answer(): Promise<void> {
    const [caller, callee] = [this.one.line, this.two.line];
    remark(this.show, 'telephone 2 is lifted');
    this.note({ answeredAt: instant() });
    callee.offHook();
    await Promise.all([caller.until('talking'), callee.until('talking')]);
    this.note({ talkingAt: instant() });
    await this.hear();
    this.note({ backAt: await this.stage.revive(this.show, 'while they talk, each hearing the tone of the other') });
    await pause(RETURN_MS);
  }

  /** Settles when they have heard each other long enough. */
  async hear(): Promise<void> {
    await untilHeard(
      this.stage,
      () => this.one.line.report(),
      () => this.two.line.report(),
    );
  }

  /** Telephone 1 is hung up, then telephone 2; settles when nothing of their call is left. */
  async hangUp(): Promise<void> {
    remark(this.show, 'telephone 1 is hung up, and telephone 2 when it hears that');
    this.note({ hungUpAt: instant() });
    this.one.line.onHook();
    await this.two.line.until('busy');
    this.two.line.onHook();
    await Promise.all(this.#open.map(untilCleared));
    this.note({ clearedAt: instant(), ...this.#audio });
    await pause(SETTLE_MS);
  }

  note(noted: Noted): void {
    this.#noted = { ...this.#noted, ...noted };
  }

  /** Ends both gateways; what the telephones have heard is known afterwards, too. */
  async close(): Promise<void> {
    this.#noted = { ...this.#audio, ...this.#noted };
    await Promise.all(this.#open.map(({ gateway }) => gateway.close()));
  }

  get facts(): TelephoneFacts {
    const [one, two] = this.#open;
    return { states1: one?.line.history ?? [], states2: two?.line.history ?? [], left: leftOn(one, two), ...this.#noted };
  }

  get #audio(): Audio {
    const [one, two] = this.#open;
    return { audio1: one?.line.report(), audio2: two?.line.report() };
  }

  #at(index: number): Telephone {
    const telephone = this.#open[index];
    if (!telephone) throw new Error(`telephone ${index + 1} is not there`);
    return telephone;
  }
}
