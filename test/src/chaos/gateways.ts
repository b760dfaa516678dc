// What the death of its controller costs a line of an MGCP gateway: while telephones ring, the controller dies or freezes,
// everybody answers at once, and the time until both ends of each call talk is noted.
import { KINDS, LINES, Scene, TIMERS } from '../support/gateway-scene.js';

/** Times in ms over all calls of all rounds of one kind. */
interface Row {
  readonly what: string;
  readonly calls: number;
  readonly completed: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

/** Prints one line a kind and fault. @returns how many calls did not complete. */
export async function measureGateways(rounds: number, print: (line: string) => void): Promise<number> {
  print(
    `MGCP lines that ring when the controller dies; gateways: RTO ${TIMERS.rtoMs} ms, Max1 ${TIMERS.max1}, Max2 ${TIMERS.max2}, T-MAX ${TIMERS.tMaxMs} ms`,
  );
  let lost = 0;
  for (const fault of ['none', 'SIGKILL', 'SIGSTOP'] as const) {
    for (const kind of fault === 'none' ? KINDS.slice(0, 1) : KINDS) {
      const delays: number[] = [];
      for (let round = 0; round < rounds; round += 1) delays.push(...(await answerAll(kind, fault)));
      const row = rowOf(`${fault === 'none' ? 'nobody dies' : fault}, ${kind.what}`, rounds * LINES, delays);
      lost += row.calls - row.completed;
      print(`${row.completed} of ${row.calls}  median ${row.medianMs} ms, longest ${row.longestMs} ms  ${row.what}`);
    }
  }
  return lost;
}

async function answerAll(kind: (typeof KINDS)[number], fault: 'none' | 'SIGKILL' | 'SIGSTOP'): Promise<readonly number[]> {
  const scene = await Scene.open(kind);
  try {
    const pairs = Array.from({ length: LINES }, (_, at) => scene.pair(at + 1));
    for (const pair of pairs) await pair.ring();
    if (fault !== 'none') scene.node('a').signal(fault);
    const startedAt = performance.now();
    const answered = pairs.map(async (pair) => {
      pair.callee.offHook();
      await Promise.all([pair.caller.until('talking', 30_000), pair.callee.until('talking', 30_000)]);
      return performance.now() - startedAt;
    });
    const outcomes = await Promise.allSettled(answered);
    return outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  } finally {
    await scene.close();
  }
}

function rowOf(what: string, calls: number, delays: readonly number[]): Row {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
  return { what, calls, completed: delays.length, medianMs: at(0.5), longestMs: at(1) };
}
