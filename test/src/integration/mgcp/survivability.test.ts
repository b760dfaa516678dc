// The controller of gateways stops while a call is in any stage, at every moment between a report and what it causes: the
// call goes on or ends as its users wanted, nothing is done twice, nothing is left behind; and its return disturbs nothing.
import { expect } from 'chai';
import { type Fault, type GatewayKind, KINDS, Scene } from './scene.js';
import { isReached, outcomeOf, perceived, STORIES, type Story } from './stories.js';

/** How long people wait for what an act of theirs brings. */
const PATIENCE_MS = 12_000;
const REST_MS = 300;

interface Plan {
  readonly kind: GatewayKind;
  readonly story: Story;
  readonly fault: Fault;
  /** The act in which the home node stops, and how many datagrams of its own it still sends then. */
  readonly act: number;
  readonly breaths: number;
  /** How long after that it is there again; undefined: when the story is over. */
  readonly backAfterMs: number | undefined;
}

describe('MGCP calls survive their controller', function () {
  this.timeout(120_000);

  for (const kind of KINDS) {
    for (const fault of ['killed', 'gone', 'frozen'] as const) {
      for (const backAfterMs of [undefined, 4_000]) {
        const returns = backAfterMs === undefined ? 'it returns afterwards' : `it returns after ${backAfterMs} ms`;
        it(`${kind.what}; the node is ${fault}; ${returns}`, () => {
          const faults: string[] = [];
          let played = 0;
          for (const story of STORIES) {
            for (const act of story.acts.keys()) {
              for (let breaths = 0; ; breaths += 1) {
                const plan = { kind, story, fault, act, breaths, backAfterMs };
                const outcome = play(plan);
                played += 1;
                if (outcome.complaint !== undefined)
                  faults.push(`${story.what}, ${story.acts[act]?.what} +${breaths}: ${outcome.complaint}`);
                if (!outcome.hadMoreToSay) break;
              }
            }
          }
          expect(played).to.be.greaterThan(30);
          expect(faults.join('\n')).to.equal('');
        });
      }
    }
  }
});

/** Plays a story in which the home node stops. */
export function play(plan: Plan): { readonly complaint: string | undefined; readonly hadMoreToSay: boolean; readonly scene: Scene } {
  const { story, act: stoppedIn, breaths } = plan;
  const scene = new Scene({ seed: 1, kind: plan.kind, gateways: 2, linesEach: 4 });
  scene.start();
  let hadMoreToSay = false;
  const complaint = ((): string | undefined => {
    // Two others talk all the while, and must not notice.
    const bystander = talk(scene);
    if (bystander !== undefined) return bystander;
    for (const [at, act] of story.acts.entries()) {
      if (at === stoppedIn) {
        scene.agent(0).onLastBreath = () => {
          hadMoreToSay = true;
          stop(scene, plan);
        };
        scene.agent(0).breaths = breaths;
      }
      act.play(scene);
      const reached = scene.until(() => isReached(scene, act), PATIENCE_MS);
      if (reached === undefined) return `after "${act.what}" ${told(scene, Object.keys(act.outcome))}`;
      scene.run(REST_MS);
      if (!isReached(scene, act)) return `a while after "${act.what}" ${told(scene, Object.keys(act.outcome))}`;
      if (at === stoppedIn && !hadMoreToSay) stop(scene, plan);
    }
    for (const number of Object.keys(story.history)) {
      const was = perceived(scene, number).join(' ');
      const wanted = story.history[number]?.join(' ');
      if (was !== wanted) return `${number} perceived ${was}`;
    }
    return aftermath(scene, plan);
  })();
  return { complaint, hadMoreToSay, scene };
}

function stop(scene: Scene, { fault, backAfterMs }: Plan): void {
  scene.agent(0).breaths = Number.POSITIVE_INFINITY;
  scene.stop(0, fault);
  if (backAfterMs !== undefined) scene.clock.after(backAfterMs, () => scene.bringBack(0));
}

/** 1103 calls 1203, and they talk. */
function talk(scene: Scene, from = '1103', to = '1203'): string | undefined {
  const steps: readonly (readonly [() => void, string, string])[] = [
    [() => scene.phone(from).offHook(), 'dial-tone', 'idle'],
    [() => scene.phone(from).dial(to), 'ringback', 'ringing'],
    [() => scene.phone(to).offHook(), 'talking', 'talking'],
  ];
  for (const [step, a, b] of steps) {
    step();
    const isThere = (): boolean => scene.phone(from).state === a && scene.phone(to).state === b;
    if (scene.until(isThere, PATIENCE_MS) === undefined) return `no ${a} ${told(scene, [from, to])}`;
    scene.run(REST_MS);
  }
  return undefined;
}

function aftermath(scene: Scene, plan: Plan): string | undefined {
  scene.run(3_000);
  if (plan.backAfterMs === undefined) scene.bringBack(0);
  const before = scene.phones.map(({ history }) => history.length).join(' ');
  scene.run(10_000);
  if (scene.phones.map(({ history }) => history.length).join(' ') !== before) return 'the return was noticed';
  const others = ['1103', '1203'].map((number) => scene.phone(number).history.join(' ')).join('; ');
  if (!/talking$/.test(scene.phone('1203').history.join(' ')) || others.match(/talking/g)?.length !== 2) return `bystanders: ${others}`;
  for (const number of ['1103', '1203']) {
    scene.phone(number).onHook();
    scene.run(1_000);
  }
  if (scene.until(() => isAtRest(scene), PATIENCE_MS) === undefined) return `no rest: ${left(scene)}`;
  // Whoever lifts a receiver now is heard: no line is stuck.
  for (const [from, to] of [
    ['1101', '1201'],
    ['1202', '1102'],
  ] as const) {
    const complaint = talk(scene, from, to);
    if (complaint !== undefined) return `in the end ${from} calls ${to}: ${complaint}`;
    scene.phone(to).onHook();
    scene.run(1_000);
    scene.phone(from).onHook();
  }
  if (scene.until(() => isAtRest(scene), PATIENCE_MS) === undefined) return `no rest in the end: ${left(scene)}`;
  return undefined;
}

function isAtRest(scene: Scene): boolean {
  return left(scene) === '';
}

function left(scene: Scene): string {
  return scene.gateways
    .flatMap(({ host, rig }) => [
      ...rig.lines.filter(({ state }) => state !== 'idle').map(({ name, state }) => `${host} ${name} ${state}`),
      ...rig.connectionsLeft.map(({ line, connection, mode }) => `${host} ${line} has ${connection} ${mode}`),
    ])
    .join(', ');
}

function told(scene: Scene, numbers: readonly string[]): string {
  return numbers
    .map((number) => {
      const { state, modes } = outcomeOf(scene, number);
      return `${number} ${state} [${modes}] after ${scene.phone(number).history.slice(-6).join(' ')}`;
    })
    .join('; ');
}
