// Stories in whose middle the node that controls the gateways stops, at every moment between a report and what it causes; what
// is not as its users wanted, in words.
import type { Millis } from '@altpath/core';
import { Diary } from './diary.js';
import type { PlaceKind } from './kinds.js';
import { type Fault, Scene } from './scene.js';
import { type Act, type Cast, departure, described, isReached, perceived, type Role, SHORT_STORIES, type Story } from './stories.js';

/** The two gateways between which a story plays. */
export interface Setting {
  readonly what: string;
  readonly kinds: readonly PlaceKind[];
  /** All nodes share one store; default: what a node kept ends with it. */
  readonly hasSharedStore?: boolean | undefined;
  /** Calls between SIP telephones are anchored. */
  readonly isAnchored?: boolean | undefined;
  /** How long people wait for what an act of theirs brings; default 12 s. */
  readonly patienceMs?: Millis | undefined;
  /** Who hears of an act (`Act.what`) by a session timer only, once the node has stopped; default: everybody hears at once. */
  readonly late?: Readonly<Partial<Record<string, Role>>> | undefined;
  /** Of finished calls. `none`: no node keeps anything of such a call. Default: one of each. */
  readonly records?: 'none' | 'not-looked-at' | undefined;
  /**
   * Acts (`Act.what`) whose call a node may have written down when it ends in the very turn in which it begins: nobody has heard of it, and
   * the node that its caller asks next makes a call of its own of that. Then there are two records. Default: none.
   */
  readonly unheard?: readonly string[] | undefined;
  /** What may be lost once the node has stopped; default: nothing. */
  readonly losses?: readonly Loss[] | undefined;
}

/** An act that does not bring what it should, because the node stopped in or before it. */
export interface Loss {
  /** What happens instead, in a plain sentence. */
  readonly says: string;
  /** `Act.what` */
  readonly act: string;
  /** In which the node stopped; default: whenever. */
  readonly stoppedIn?: string | undefined;
  /** How it stopped; default: in any way. */
  readonly faults?: readonly Fault[] | undefined;
  /** What is so for all users concerned when a session timer is over. */
  readonly stays: Act['outcome'];
  /** What they do about it, and what comes of that: in the end nothing is left. */
  readonly wayOut: readonly Act[];
}

const PATIENCE_MS = 12_000;
const REST_MS = 300;
const SILENCE_MS = 3_000;
/** A session timer of 90 s has run out. */
const SESSION_MS = 100_000;

export interface Plan {
  readonly setting: Setting;
  readonly story: Story;
  readonly fault: Fault;
  /** The act in which the home node stops, and how many messages it still sends after what begins that. */
  readonly act: number;
  readonly breaths: number;
  /** How long after that it is there again; undefined: when the story is over. */
  readonly backAfterMs: Millis | undefined;
}

interface Played {
  readonly complaint: string | undefined;
  /** It stopped in the middle: with more breath it would have said more. */
  readonly hadMoreToSay: boolean;
}

/** Plays every story with the fault in each of its acts, after the first, second, … message until there is no other. */
export function complaintsOf(stories: readonly Story[], planOf: (story: Story, act: number, breaths: number) => Plan): readonly string[] {
  const complaints: string[] = [];
  const begun = new Set<string>();
  for (const story of stories) {
    for (const [act, { what }] of story.acts.entries()) {
      // Stories begin alike: what came so far was tried with another one.
      const soFar = story.acts.slice(0, act + 1).map((each) => each.what);
      if (begun.has(soFar.join())) continue;
      begun.add(soFar.join());
      for (let breaths = 0; ; breaths += 1) {
        const plan = planOf(story, act, breaths);
        const { complaint, hadMoreToSay } = play(plan);
        if (complaint !== undefined)
          complaints.push(`${plan.setting.what}, ${story.name}, "${what}" and ${breaths} messages: ${complaint}`);
        if (!hadMoreToSay) break;
      }
    }
  }
  return complaints;
}

function play(plan: Plan): Played {
  const { story, breaths } = plan;
  const { kinds, hasSharedStore, isAnchored } = plan.setting;
  const scene = new Scene({ seed: 1, kinds, hasSharedStore, isAnchored, gateways: 2, linesEach: 4 });
  const cast = scene.cast('1101', '1201', '1202');
  // Two others talk all the while, and must not notice.
  const others = scene.cast('1103', '1203', '1204');
  scene.start();
  const diary = new Diary();
  let hadMoreToSay = false;
  const complaint = ((): string | undefined => {
    const apart = talk(scene, others, diary);
    if (apart !== undefined) return `others: ${apart}`;
    for (const [at, act] of story.acts.entries()) {
      if (at === plan.act) {
        scene.controller(0).onLastBreath = () => {
          hadMoreToSay = true;
          stop(scene, plan);
        };
        scene.controller(0).breaths = breaths;
      }
      const isReachedAt = diary.begins(act, scene.clock.now);
      act.play(cast);
      // A tone's time begins anew at the node that takes over.
      const patienceMs = (plan.setting.patienceMs ?? PATIENCE_MS) + 2 * (act.takesMs ?? 0);
      const late = at < plan.act ? undefined : plan.setting.late?.[act.what];
      const prompt: Act = late === undefined ? act : { ...act, outcome: { ...act.outcome, [late]: undefined } };
      const isPrompt = scene.until(() => isReached(cast, prompt), patienceMs) !== undefined;
      if (!isPrompt || (late !== undefined && scene.until(() => isReached(cast, act), SESSION_MS) === undefined)) {
        const loss = lossOf(plan, at, act);
        if (!loss) return `after "${act.what}" ${described(cast, act)}`;
        return wayOut(scene, cast, loss, diary) ?? aftermath(scene, cast, others, plan, diary);
      }
      isReachedAt(scene.clock.now);
      scene.run(REST_MS);
      if (!isReached(cast, act)) return `a while after "${act.what}" ${described(cast, act)}`;
      // Whose node ends before the gateway knows what they know waits for its successor.
      if (scene.until(() => scene.unheard === '', SILENCE_MS) === undefined) return `a while after "${act.what}" ${scene.unheard}`;
      if (at === plan.act && !hadMoreToSay) stop(scene, plan);
    }
    return departure(cast, story) ?? aftermath(scene, cast, others, plan, diary);
  })();
  return { complaint, hadMoreToSay };
}

function stop(scene: Scene, { fault, backAfterMs }: Plan): void {
  scene.stop(0, fault);
  if (backAfterMs !== undefined) scene.clock.after(backAfterMs, () => scene.bringBack(0));
}

function lossOf({ setting, story, act: stoppedAt, fault }: Plan, at: number, { what }: Act): Loss | undefined {
  if (at < stoppedAt) return undefined;
  const isIn = (act: string | undefined): boolean => act === undefined || story.acts[stoppedAt]?.what === act;
  return setting.losses?.find(({ act, stoppedIn, faults }) => act === what && isIn(stoppedIn) && (!faults || faults.includes(fault)));
}

/** What is lost is lost as it is said, and its users come out of it. */
function wayOut(scene: Scene, cast: Cast, { act, stays, wayOut: acts }: Loss, diary: Diary): string | undefined {
  scene.run(SESSION_MS);
  const end: Act = { what: act, play: () => undefined, outcome: stays };
  if (!isReached(cast, end)) return `when "${act}" was lost ${described(cast, end)}`;
  for (const each of acts) {
    diary.begins(each, scene.clock.now);
    each.play(cast);
    scene.run(each.takesMs ?? 0);
    if (scene.until(() => isReached(cast, each), SESSION_MS) === undefined)
      return `when "${act}" was lost, after "${each.what}" ${described(cast, each)}`;
    scene.run(REST_MS);
  }
  return undefined;
}

/** The caller calls the called side, and they talk. */
function talk(scene: Scene, cast: Cast, diary: Diary): string | undefined {
  for (const act of TALK) {
    const isReachedAt = diary.begins(act, scene.clock.now);
    act.play(cast);
    if (scene.until(() => isReached(cast, act), PATIENCE_MS) === undefined) return `after "${act.what}" ${described(cast, act)}`;
    isReachedAt(scene.clock.now);
    scene.run(REST_MS);
  }
  return undefined;
}

const TALK = SHORT_STORIES[0]?.acts.slice(0, 4) ?? [];

/** The node returns; nobody notices; no line is stuck; and what was written of all calls is true. */
function aftermath(scene: Scene, cast: Cast, others: Cast, plan: Plan, diary: Diary): string | undefined {
  const { backAfterMs, setting } = plan;
  scene.run(3_000);
  const before = scene.phones.map(({ history }) => history.length).join(' ');
  if (backAfterMs === undefined) scene.bringBack(0);
  scene.run(8_000);
  if (scene.phones.map(({ history }) => history.length).join(' ') !== before) return 'the return was noticed';
  const heard = [others.caller, others.called].map(({ phone }) => perceived(phone)).join('; ');
  if (heard !== 'idle dial-tone ringback talking; idle ringing talking') return `others: ${heard}`;
  others.called.phone.onHook();
  scene.run(1_000);
  others.caller.phone.onHook();
  if (scene.until(() => scene.remains === '', PATIENCE_MS) === undefined) return scene.remains;
  const complaint = talk(scene, { caller: cast.third, called: cast.caller, third: cast.called }, diary);
  if (complaint !== undefined) return `in the end: ${complaint}`;
  cast.third.phone.onHook();
  scene.run(1_000);
  cast.caller.phone.onHook();
  if (scene.until(() => scene.remains === '', PATIENCE_MS) === undefined) return `in the end: ${scene.remains}`;
  if (setting.records === 'none') return scene.records.length === 0 ? undefined : 'records of calls that nobody keeps';
  if (setting.records === 'not-looked-at') return undefined;
  const isUnheard = plan.breaths === 0 && setting.unheard?.includes(plan.story.acts[plan.act]?.what ?? '') === true;
  return diary.faultOf(scene.records, isUnheard ? 1 : 0);
}
