// Stories of telephone calls (test/src/integration/lines/stories.ts) played in real time, on telephones of real gateways.
import { LineTimeout } from '@altpath/simulators';
import { type Act, type Cast, departure, described, isReached, type Role, type Story } from '../integration/lines/stories.js';

/** How long people wait for what an act of theirs brings. */
const PATIENCE_MS = 8_000;
/** What comes later than this behind what was wanted would be noticed with the next act. */
const REST_MS = 60;

/** Plays one story to its end. @returns what was not as its people wanted; undefined: all was. */
export async function playLive(cast: Cast, story: Story): Promise<string | undefined> {
  for (const phone of Object.values(cast).map((member) => member.phone)) phone.history.splice(0, phone.history.length - 1);
  for (const act of story.acts) {
    act.play(cast);
    if (!(await reached(cast, act))) return `${story.name}, after "${act.what}": ${described(cast, act)}`;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    if (!isReached(cast, act)) return `${story.name}, a while after "${act.what}": ${described(cast, act)}`;
  }
  const differs = departure(cast, story);
  return differs === undefined ? undefined : `${story.name}: ${differs}`;
}

async function reached(cast: Cast, act: Act): Promise<boolean> {
  const roles = Object.keys(act.outcome) as Role[];
  const end = performance.now() + PATIENCE_MS;
  try {
    // One may change while another is waited for: until all are as wanted at the same time.
    while (!isReached(cast, act)) {
      for (const role of roles) {
        const left = end - performance.now();
        await cast[role].phone.until(() => isReached(cast, { ...act, outcome: { [role]: act.outcome[role] } }), left);
      }
    }
    return true;
  } catch (error) {
    if (error instanceof LineTimeout) return false;
    throw error;
  }
}
