// What the act of the three kinds of telephones claims, and whether messages, telephones and tones bear it out.
import type { AudioReport, CallEnd, LineState, PhoneMessage } from '@altpath/simulators';
import { type Check, hears, span, timeLine, toneLine } from './check.js';
import type { GatewayMessage } from './gateway-explain.js';
import type { MegacoTransaction } from './megaco-explain.js';

/** Where one node is a controller of H.248 gateways, a call agent, and a SIP node. */
export interface Place {
  readonly controller: string;
  readonly agent: string;
  readonly proxy: string;
}

/** Everything the act saw. Instants in milliseconds since the epoch; absent when it did not get there. */
export interface ThreeKindsFacts {
  readonly primary: Place;
  readonly backup: Place;
  /** Of gateway 1, which speaks H.248. */
  readonly transactions: readonly MegacoTransaction[];
  /** Of gateway 2, which speaks MGCP. */
  readonly commands: readonly GatewayMessage[];
  /** Of alice. */
  readonly messages: readonly PhoneMessage[];
  /** What each telephone's user perceived, in order. */
  readonly states1: readonly LineState[];
  readonly states2: readonly LineState[];
  /** How often alice's phone rang, by call. */
  readonly rings: readonly number[];
  /** Contexts, connections and calls that still are there: after the first call, and at the end. */
  readonly leftBetween?: readonly string[] | undefined;
  readonly left: readonly string[];
  /** The primary went. */
  readonly killedAt?: number | undefined;
  /** Telephone 1 was hung up. */
  readonly hungUpAt?: number | undefined;
  /** Both telephones idle, no context and no connection left. */
  readonly clearedAt?: number | undefined;
  /** The primary began to come back. */
  readonly backAt?: number | undefined;
  /** The backup went. */
  readonly killedAgainAt?: number | undefined;
  /** Alice answered. */
  readonly answeredAt?: number | undefined;
  /** Her answer was acknowledged, and telephone 2 was through. */
  readonly talkingAt?: number | undefined;
  /** Of the first call. */
  readonly audio1?: AudioReport | undefined;
  readonly audio2?: AudioReport | undefined;
  /** Of the second. */
  readonly aliceAudio?: AudioReport | undefined;
  readonly audio2Again?: AudioReport | undefined;
  readonly aliceEnd?: CallEnd | undefined;
}

/** Lengths in milliseconds; absent when one of their ends is missing. */
export interface ThreeKindsTimes {
  /** From the hanging up of telephone 1 until all is cleared: what the first death cost is in here. */
  readonly hangUpMs?: number | undefined;
  /** From alice's answer until she and telephone 2 talk: what the second death cost is in here. */
  readonly answerToTalkMs?: number | undefined;
}

const COMPLAINTS: readonly LineState[] = ['reorder', 'howler'];
/** Longer than a busy machine makes anybody wait for a packet of 20 ms. */
const LONGEST_GAP_MS = 1_000;

/** The checks in the order of the two calls. */
export function judge(facts: ThreeKindsFacts): Check[] {
  const { primary, backup, states1, states2, rings, left, leftBetween } = facts;
  const [first, second] = facts.messages.filter(({ direction, summary }) => direction === 'in' && summary === 'INVITE');
  const complaints = [...states1, ...states2].filter((state) => COMPLAINTS.includes(state));
  // Between two tones it is quiet for a moment.
  const heard = states1.filter((state) => state !== 'silence' && state !== 'listening').join(' ');
  const gaps = [facts.audio1, facts.audio2].map((audio) => audio?.longestGapMs ?? Infinity);
  return [
    {
      claim: "telephone 1 rang alice's phone, through the primary",
      holds: first?.peer === primary.proxy && hasPassed(states1, 'ringback'),
    },
    {
      claim: 'alice was busy, and telephone 2 rang',
      holds:
        facts.messages.some(({ direction, summary }) => direction === 'out' && summary.startsWith('486')) && hasPassed(states2, 'ringing'),
    },
    {
      claim: 'telephone 1 heard both ring, and no busy tone',
      holds: /^idle dial-tone (ringback )+talking idle$/.test(heard),
    },
    { claim: 'the primary was gone while they talked', holds: facts.killedAt !== undefined },
    { claim: 'telephone 1 heard telephone 2', holds: hears(facts.audio1, facts.audio2) },
    { claim: 'telephone 2 heard telephone 1', holds: hears(facts.audio2, facts.audio1) },
    { claim: 'neither of them noticed', holds: Math.max(...gaps) < LONGEST_GAP_MS, detail: `longest gap ${Math.max(...gaps)} ms` },
    { claim: 'the backup cleared both gateways', holds: clears(facts, backup, facts.hungUpAt ?? Infinity) },
    {
      claim: 'nothing was left of the first call',
      holds: facts.clearedAt !== undefined && leftBetween?.length === 0,
      detail: leftBetween?.join(', ') || undefined,
    },
    {
      claim: "telephone 2 rang alice's phone, through the backup",
      holds: second?.peer === backup.proxy && (second.at ?? 0) > (facts.backAt ?? Infinity),
    },
    { claim: 'the backup was gone while she was being rung', holds: facts.killedAgainAt !== undefined },
    {
      claim: 'her phone rang once in each call',
      holds: rings.length === 2 && rings.every((times) => times === 1),
      detail: rings.length === 2 ? undefined : `${rings.length} calls`,
    },
    {
      claim: 'the primary acknowledged her answer',
      holds: facts.messages.some(
        ({ direction, summary, peer, at }) =>
          direction === 'in' && summary === 'ACK' && peer === primary.proxy && at > (facts.answeredAt ?? Infinity),
      ),
    },
    { claim: 'alice heard telephone 2', holds: hears(facts.aliceAudio, facts.audio2Again) },
    { claim: 'telephone 2 heard alice', holds: hears(facts.audio2Again, facts.aliceAudio) },
    { claim: 'nobody heard a tone of failure', holds: complaints.length === 0, detail: complaints.join(', ') || undefined },
    { claim: 'alice hung up cleanly', holds: facts.aliceEnd?.clean === true },
    { claim: 'no context, no connection and no call is left', holds: left.length === 0, detail: left.join(', ') || undefined },
    { claim: 'both telephones wait for the next call', holds: [states1, states2].every((states) => states.at(-1) === 'idle') },
  ];
}

/** How long things took. */
export function timesOf({ hungUpAt, clearedAt, answeredAt, talkingAt }: ThreeKindsFacts): ThreeKindsTimes {
  return { hangUpMs: span(hungUpAt, clearedAt), answerToTalkMs: span(answeredAt, talkingAt) };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: ThreeKindsFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine('hung up -> all cleared', times.hangUpMs, 'finding out that the primary is gone is in here'),
    timeLine('alice answers -> both talk', times.answerToTalkMs, 'finding out that the backup is gone is in here'),
    toneLine('telephone 1', facts.audio1),
    toneLine('telephone 2', facts.audio2),
    toneLine('alice', facts.aliceAudio),
    toneLine('telephone 2, then,', facts.audio2Again),
  ];
}

function hasPassed(states: readonly LineState[], state: LineState): boolean {
  return states.includes(state);
}

/** The node took telephone 1 out of its context, and deleted the connection of telephone 2. */
function clears({ transactions, commands }: ThreeKindsFacts, { controller, agent }: Place, since: number): boolean {
  const subtracted = transactions.some(
    ({ direction, peer, role, command, at }) =>
      direction === 'in' && peer === controller && role === 'request' && command === 'subtract' && at >= since,
  );
  const deleted = commands.some(
    ({ direction, peer, code, verb, at }) => direction === 'in' && peer === agent && code === undefined && verb === 'DLCX' && at >= since,
  );
  return subtracted && deleted;
}
