// What the act of the two controllers claims, and whether messages, telephones and tones bear it out.
import type { AudioReport, LineState } from '@altpath/simulators';
import { type Check, hears, span, timeLine, toneLine } from './check.js';
import { type GatewayMessage, isAudit as isMgcpAudit } from './gateway-explain.js';
import { isAudit, type MegacoTransaction } from './megaco-explain.js';

/** Where one node is a controller of H.248 gateways, and a call agent. */
export interface ControllerPlaces {
  readonly controller: string;
  readonly agent: string;
}

/** Everything the act saw. Instants in milliseconds since the epoch; absent when it did not get there. */
export interface ControllerFacts {
  readonly primary: ControllerPlaces;
  readonly backup: ControllerPlaces;
  /** Of gateway 1, which speaks H.248. */
  readonly transactions: readonly MegacoTransaction[];
  /** Of gateway 2, which speaks MGCP. */
  readonly messages: readonly GatewayMessage[];
  /** What each telephone's user perceived, in order. */
  readonly states1: readonly LineState[];
  readonly states2: readonly LineState[];
  /** Contexts and connections that still are on the gateways at the end. */
  readonly left: readonly string[];
  readonly killedAt?: number | undefined;
  /** Telephone 2 was lifted. */
  readonly answeredAt?: number | undefined;
  readonly talkingAt?: number | undefined;
  /** The primary began to come back. */
  readonly backAt?: number | undefined;
  /** The backup went. */
  readonly killedAgainAt?: number | undefined;
  readonly hungUpAt?: number | undefined;
  /** Both telephones idle, no context and no connection left. */
  readonly clearedAt?: number | undefined;
  readonly audio1?: AudioReport | undefined;
  readonly audio2?: AudioReport | undefined;
}

/** Lengths in milliseconds; absent when one of their ends is missing. */
export interface ControllerTimes {
  /** From the death of the primary until gateway 1 has registered with the backup. */
  readonly registeredMs?: number | undefined;
  /** From the lifting of telephone 2 until both talk: what the death cost is in here. */
  readonly answerToTalkMs?: number | undefined;
  /** From the hanging up of telephone 1 until all is cleared: what the second death cost is in here. */
  readonly hangUpMs?: number | undefined;
}

const COMPLAINTS: readonly LineState[] = ['reorder', 'howler'];
/** Longer than a busy machine makes anybody wait for a packet of 20 ms. */
const LONGEST_GAP_MS = 1_000;

/** The checks in the order of the call. */
export function judge(facts: ControllerFacts): Check[] {
  const { primary, backup, states1, states2, left } = facts;
  const rang = states2.filter((state) => state === 'ringing').length;
  const complaints = [...states1, ...states2].filter((state) => COMPLAINTS.includes(state));
  const meddling = touches(facts, primary, facts.backAt ?? Infinity, facts.killedAgainAt ?? Infinity);
  const gaps = [facts.audio1, facts.audio2].map((audio) => audio?.longestGapMs ?? Infinity);
  return [
    { claim: 'gateway 1 registered with the primary', holds: registration(facts, primary, 'restart') !== undefined },
    {
      claim: "both telephones' lines were the primary's",
      holds: [requests(facts, primary), commands(facts, primary)].every((each) => each.length > 0),
    },
    { claim: 'the primary was gone while telephone 2 rang', holds: facts.killedAt !== undefined },
    { claim: 'telephone 2 rang once', holds: rang === 1, detail: rang === 1 ? undefined : `${rang} times` },
    { claim: 'gateway 1 went to the backup by itself: Failover', holds: registration(facts, backup, 'failover') !== undefined },
    {
      claim: 'the backup audited each gateway before it touched it',
      holds: isAudit(requests(facts, backup)[0]?.command) && isMgcpAudit(commands(facts, backup)[0]?.verb),
    },
    { claim: 'telephone 1 heard telephone 2', holds: hears(facts.audio1, facts.audio2) },
    { claim: 'telephone 2 heard telephone 1', holds: hears(facts.audio2, facts.audio1) },
    {
      claim: 'the primary came back and touched nothing',
      holds: facts.backAt !== undefined && meddling.length === 0,
      detail: meddling.join(', ') || undefined,
    },
    { claim: 'the backup was gone while they talked', holds: facts.killedAgainAt !== undefined },
    {
      claim: 'neither of them noticed',
      holds: gaps.every((gap) => gap < LONGEST_GAP_MS),
      detail: gaps.every((gap) => gap < LONGEST_GAP_MS) ? undefined : `${gaps.join(' and ')} ms without a packet`,
    },
    { claim: 'nobody heard a tone of failure', holds: complaints.length === 0, detail: complaints.join(', ') || undefined },
    {
      claim: 'the primary cleared both gateways',
      holds:
        requests(facts, primary, facts.hungUpAt).some(({ command }) => command === 'subtract') &&
        commands(facts, primary, facts.hungUpAt).some(({ verb }) => verb === 'DLCX'),
    },
    { claim: 'no context and no connection is left', holds: left.length === 0, detail: left.join(', ') || undefined },
    {
      claim: 'both telephones wait for the next call',
      holds: waits(facts) && [states1, states2].every((states) => states.at(-1) === 'idle'),
    },
  ];
}

/** How long things took. */
export function timesOf(facts: ControllerFacts): ControllerTimes {
  return {
    registeredMs: span(facts.killedAt, registration(facts, facts.backup, 'failover')?.at),
    answerToTalkMs: span(facts.answeredAt, facts.talkingAt),
    hangUpMs: span(facts.hungUpAt, facts.clearedAt),
  };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: ControllerFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine('primary gone -> at the backup', times.registeredMs, 'gateway 1 finds out and registers'),
    timeLine('lifted -> both talk', times.answerToTalkMs),
    timeLine('hung up -> all cleared', times.hangUpMs, 'finding out that the backup is gone is in here'),
    toneLine('telephone 1', facts.audio1),
    toneLine('telephone 2', facts.audio2),
  ];
}

/** The reply by which a controller took gateway 1 when it registered so. */
function registration({ transactions }: ControllerFacts, { controller }: ControllerPlaces, method: string): MegacoTransaction | undefined {
  const asked = transactions
    .filter(({ direction, peer, summary }) => direction === 'out' && peer === controller && summary === `ServiceChange ${method}`)
    .map(({ transactionId }) => transactionId);
  return transactions.find(
    ({ direction, peer, role, transactionId, summary, note }) =>
      // A reply with a note sends it elsewhere.
      direction === 'in' &&
      peer === controller &&
      role === 'reply' &&
      asked.includes(transactionId) &&
      summary === 'reply ServiceChange' &&
      note === undefined,
  );
}

/** What gateway 1 was asked by a controller. */
function requests({ transactions }: ControllerFacts, { controller }: ControllerPlaces, since = 0): MegacoTransaction[] {
  return transactions.filter(
    ({ direction, peer, role, at }) => direction === 'in' && peer === controller && role === 'request' && at >= since,
  );
}

/** What gateway 2 was told by a call agent. */
function commands({ messages }: ControllerFacts, { agent }: ControllerPlaces, since = 0): GatewayMessage[] {
  return messages.filter(({ direction, peer, code, at }) => direction === 'in' && peer === agent && code === undefined && at >= since);
}

/** What a node asked of either gateway within a time, audits aside. */
function touches(facts: ControllerFacts, node: ControllerPlaces, from: number, to: number): string[] {
  const before = ({ at }: { readonly at: number }): boolean => at < to;
  return [
    ...requests(facts, node, from).filter(({ command }) => !isAudit(command)),
    ...commands(facts, node, from).filter(({ verb }) => !isMgcpAudit(verb)),
  ]
    .filter(before)
    .map(({ summary }) => summary);
}

/** The last that the primary asked for is to be told when a telephone is lifted. */
function waits(facts: ControllerFacts): boolean {
  const armed = requests(facts, facts.primary)
    .filter(({ text }) => /line\/1\b[^]*\bE=/i.test(text))
    .at(-1);
  const watched = commands(facts, facts.primary)
    .filter(({ text }) => /^R:/im.test(text))
    .at(-1);
  return /\bal\/of\b/i.test(armed?.text ?? '') && /^R:.*L\/hd/im.test(watched?.text ?? '');
}
