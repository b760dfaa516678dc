// What the act of the two controllers claims, and whether messages, telephones and tones bear it out.
import { type Check, none, span, timeLine } from './check.js';
import { commandsFrom, type GatewayMessage, isAudit as isMgcpAudit } from './gateway-explain.js';
import { isAudit, type MegacoTransaction, requestsFrom } from './megaco-explain.js';
import type { NodePlace } from './nodes.js';
import {
  cameBackQuietly,
  heardEachOther,
  heardNoFailure,
  noticedNothing,
  rangOnce,
  type TelephoneFacts,
  type TelephoneTimes,
  telephoneTimes,
  toneLines,
  waitForCalls,
} from './telephones-verdict.js';

/** Everything the act saw. */
export interface ControllerFacts extends TelephoneFacts {
  readonly primary: NodePlace;
  readonly backup: NodePlace;
  /** Of gateway 1, which speaks H.248. */
  readonly transactions: readonly MegacoTransaction[];
  /** Of gateway 2, which speaks MGCP. */
  readonly messages: readonly GatewayMessage[];
}

export interface ControllerTimes extends TelephoneTimes {
  /** From the death of the primary until gateway 1 has registered with the backup. */
  readonly registeredMs?: number | undefined;
}

/** The checks in the order of the call. */
export function judge(facts: ControllerFacts): Check[] {
  const { primary, backup, killedAt, backAt, killedAgainAt, hungUpAt, left } = facts;
  return [
    { claim: 'gateway 1 registered with the primary', holds: registration(facts, primary, 'restart') !== undefined },
    {
      claim: "both telephones' lines were the primary's",
      holds: [requests(facts, primary), commands(facts, primary)].every((each) => each.length > 0),
    },
    { claim: 'the primary was gone while telephone 2 rang', holds: killedAt !== undefined },
    rangOnce(facts),
    { claim: 'gateway 1 went to the backup by itself: Failover', holds: registration(facts, backup, 'failover') !== undefined },
    {
      claim: 'the backup audited each gateway before it touched it',
      holds: isAudit(requests(facts, backup)[0]?.command) && isMgcpAudit(commands(facts, backup)[0]?.verb),
    },
    ...heardEachOther(facts),
    cameBackQuietly(facts, touches(facts, primary, backAt ?? Infinity, killedAgainAt ?? Infinity)),
    { claim: 'the backup was gone while they talked', holds: killedAgainAt !== undefined },
    noticedNothing(facts),
    heardNoFailure(facts),
    {
      claim: 'the primary cleared both gateways',
      holds:
        requests(facts, primary, hungUpAt).some(({ command }) => command === 'subtract') &&
        commands(facts, primary, hungUpAt).some(({ verb }) => verb === 'DLCX'),
    },
    none('no context and no connection is left', left),
    waitForCalls(facts, areWatched(facts)),
  ];
}

/** How long things took. */
export function timesOf(facts: ControllerFacts): ControllerTimes {
  return { ...telephoneTimes(facts), registeredMs: span(facts.killedAt, registration(facts, facts.backup, 'failover')?.at) };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: ControllerFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine('primary gone -> at the backup', times.registeredMs, 'gateway 1 finds out and registers'),
    timeLine('lifted -> both talk', times.answerToTalkMs),
    timeLine('hung up -> all cleared', times.hangUpMs, 'finding out that the backup is gone is in here'),
    ...toneLines(facts),
  ];
}

/** The reply by which a controller took gateway 1 when it registered so. */
function registration({ transactions }: ControllerFacts, { controller }: NodePlace, method: string): MegacoTransaction | undefined {
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
function requests({ transactions }: ControllerFacts, { controller }: NodePlace, since?: number): MegacoTransaction[] {
  return requestsFrom(transactions, controller, since);
}

/** What gateway 2 was told by a call agent. */
function commands({ messages }: ControllerFacts, { agent }: NodePlace, since?: number): GatewayMessage[] {
  return commandsFrom(messages, agent, since);
}

/** What a node asked of either gateway within a time, audits aside. */
function touches(facts: ControllerFacts, node: NodePlace, from: number, to: number): string[] {
  const before = ({ at }: { readonly at: number }): boolean => at < to;
  return [
    ...requests(facts, node, from).filter(({ command }) => !isAudit(command)),
    ...commands(facts, node, from).filter(({ verb }) => !isMgcpAudit(verb)),
  ]
    .filter(before)
    .map(({ summary }) => summary);
}

/** The last that the primary asked for is to be told when a telephone is lifted. */
function areWatched(facts: ControllerFacts): boolean {
  const armed = requests(facts, facts.primary)
    .filter(({ text }) => /line\/1\b[^]*\bE=/i.test(text))
    .at(-1);
  const watched = commands(facts, facts.primary)
    .filter(({ text }) => /^R:/im.test(text))
    .at(-1);
  return /\bal\/of\b/i.test(armed?.text ?? '') && /^R:.*L\/hd/im.test(watched?.text ?? '');
}
