// The third act: an H.248 and an MGCP gateway with a telephone each, in one call, under two nodes. The primary goes while one
// telephone rings, comes back while they talk, and then the backup goes. The H.248 gateway has the list of both controllers,
// as RFC 3525 §11.2 has it; the MGCP gateway learns from the primary whom else to ask. It only plays and notes down.
import type { Act, ActResult } from './act.js';
import { type ControllerFacts, figuresOf, judge, timesOf } from './controller-verdict.js';
import { GatewayTrace } from './gateway-explain.js';
import { MegacoTrace } from './megaco-explain.js';
import { GATEWAYS, placeOf } from './nodes.js';
import { castOf, openMegaco, openMgcp } from './players.js';
import { pause, type Show, type Stage } from './stage.js';
import { TALK_AFTER_FAULT_MS, TwoTelephones } from './telephones-story.js';

export class ControllerStory implements Act {
  readonly name = 'megaco';
  readonly title = 'An H.248 and an MGCP gateway in one call: their controller goes twice';
  readonly participants = ['gateway 1', 'primary', 'backup', 'gateway 2'];
  readonly #transactions: MegacoTrace;
  readonly #messages: GatewayTrace;
  readonly #telephones: TwoTelephones;

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    this.#transactions = new MegacoTrace('gateway 1', castOf(stage, 'controllerPort'));
    this.#messages = new GatewayTrace('gateway 2', castOf(stage, 'agentPort'));
    this.#telephones = new TwoTelephones(stage, show);
  }

  async play(): Promise<void> {
    const { stage, show } = this;
    await stage.raise(show);
    await this.#telephones.open(
      () => openMegaco(stage, show, this.#transactions, 500),
      () => openMgcp(stage, show, this.#messages, 'gateway2', 900),
    );
    await this.#telephones.start();
    await this.#telephones.ring(GATEWAYS.gateway2.number);
    await this.#telephones.answer();
    this.#telephones.note({ killedAgainAt: await stage.strike(show, 'they talk', 'backup') });
    await pause(TALK_AFTER_FAULT_MS);
    await this.#telephones.hangUp();
  }

  async close(): Promise<void> {
    await this.#telephones.close();
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

  #facts(): ControllerFacts {
    const { places } = this.stage;
    return {
      primary: placeOf(places, 'primary'),
      backup: placeOf(places, 'backup'),
      transactions: this.#transactions.transactions,
      messages: this.#messages.messages,
      ...this.#telephones.facts,
    };
  }
}
