// The second act: two MGCP gateways with a telephone each, under two nodes; the primary goes while one telephone rings, and
// comes back while they talk. The gateways are provisioned with the primary alone: whom else to ask they learn from it.
// It only plays and notes down.
import type { Act, ActResult } from './act.js';
import { GatewayTrace } from './gateway-explain.js';
import { figuresOf, type GatewayFacts, judge, timesOf } from './gateway-verdict.js';
import { type GatewayName, GATEWAYS, placeOf } from './nodes.js';
import { castOf, openMgcp, type Telephone } from './players.js';
import type { Show, Stage } from './stage.js';
import { TwoTelephones } from './telephones-story.js';

export class GatewayStory implements Act {
  readonly name = 'mgcp';
  readonly title = 'Two MGCP gateways: their controller goes while a telephone rings';
  readonly participants = ['gateway 1', 'primary', 'backup', 'gateway 2'];
  readonly #traces: Readonly<Record<GatewayName, GatewayTrace>>;
  readonly #telephones: TwoTelephones;

  constructor(
    private readonly stage: Stage,
    private readonly show: Show,
  ) {
    const cast = castOf(stage, 'agentPort');
    this.#traces = { gateway1: new GatewayTrace('gateway 1', cast), gateway2: new GatewayTrace('gateway 2', cast) };
    this.#telephones = new TwoTelephones(stage, show);
  }

  async play(): Promise<void> {
    const open = (name: GatewayName, toneHz: number): Promise<Telephone> =>
      openMgcp(this.stage, this.show, this.#traces[name], name, toneHz);
    await this.stage.raise(this.show);
    await this.#telephones.open(
      () => open('gateway1', 500),
      () => open('gateway2', 900),
    );
    await this.#telephones.start();
    await this.#telephones.ring(GATEWAYS.gateway2.number);
    await this.#telephones.answer();
    await this.#telephones.hangUp();
  }

  async close(): Promise<void> {
    await this.#telephones.close();
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

  #facts(): GatewayFacts {
    const { places } = this.stage;
    return {
      primary: placeOf(places, 'primary').agent,
      backup: placeOf(places, 'backup').agent,
      messages1: this.#traces.gateway1.messages,
      messages2: this.#traces.gateway2.messages,
      ...this.#telephones.facts,
    };
  }
}
