// What the act of the gateways claims, and whether messages, telephones and tones bear it out.
import { type Check, none, span, timeLine } from './check.js';
import { commandsFrom, type GatewayMessage, isAudit } from './gateway-explain.js';
import {
  cameBackQuietly,
  heardEachOther,
  heardNoFailure,
  rangOnce,
  type TelephoneFacts,
  type TelephoneTimes,
  telephoneTimes,
  toneLines,
  waitForCalls,
} from './telephones-verdict.js';

/** Everything the act saw. */
export interface GatewayFacts extends TelephoneFacts {
  /** The call agents, `host:port`. */
  readonly primary: string;
  readonly backup: string;
  readonly messages1: readonly GatewayMessage[];
  readonly messages2: readonly GatewayMessage[];
}

export interface GatewayTimes extends TelephoneTimes {
  /** From the lifting of telephone 2 until the backup has its report. */
  readonly reportMs?: number | undefined;
}

/** The checks in the order of the call. */
export function judge(facts: GatewayFacts): Check[] {
  const { primary, backup, messages1, messages2, killedAt, backAt = Infinity, left } = facts;
  const both = [messages1, messages2];
  const meddling = both.flatMap((messages) => commandsFrom(messages, primary, backAt)).filter(({ verb }) => !isAudit(verb));
  return [
    {
      claim: 'both gateways were told by the primary who stands in for it',
      holds: both.every((messages) => names(messages, primary, backup)),
    },
    {
      claim: "telephone 1's dial tone came from the primary",
      holds: commandsFrom(messages1, primary).some(({ text }) => /^S:.*L\/dl/im.test(text)),
    },
    { claim: 'the primary was gone while telephone 2 rang', holds: killedAt !== undefined },
    rangOnce(facts),
    { claim: 'the backup took the report that telephone 2 was lifted', holds: answered(facts) !== undefined },
    {
      claim: 'the backup audited each gateway before it touched it',
      holds: both.every((messages) => isAudit(commandsFrom(messages, backup)[0]?.verb)),
    },
    ...heardEachOther(facts),
    cameBackQuietly(
      facts,
      meddling.map(({ summary }) => summary),
    ),
    heardNoFailure(facts),
    {
      claim: 'the backup took both connections away',
      holds: both.every((messages) => commandsFrom(messages, backup).some(({ verb }) => verb === 'DLCX')),
    },
    none('no connection is left on the gateways', left),
    waitForCalls(
      facts,
      both.every((messages) => waits(messages, backup)),
    ),
  ];
}

/** How long things took. */
export function timesOf(facts: GatewayFacts): GatewayTimes {
  return { ...telephoneTimes(facts), reportMs: span(facts.answeredAt, answered(facts)?.at) };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: GatewayFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine('lifted -> report at the backup', times.reportMs, 'what finding out that the primary is gone costs is in here'),
    timeLine('lifted -> both talk', times.answerToTalkMs),
    timeLine('hung up -> all cleared', times.hangUpMs),
    ...toneLines(facts),
  ];
}

/** The backup's answer to the report that telephone 2 was lifted. */
function answered({ messages2, backup, answeredAt }: GatewayFacts): GatewayMessage | undefined {
  const report = messages2.find(
    ({ direction, summary, at }) => direction === 'out' && summary === 'NTFY L/hd' && at >= (answeredAt ?? Infinity),
  );
  return messages2.find(
    ({ direction, peer, code, transactionId }) =>
      direction === 'in' && peer === backup && code === 200 && report !== undefined && transactionId === report.transactionId,
  );
}

function names(messages: readonly GatewayMessage[], who: string, standIn: string): boolean {
  const written = `[${standIn.replace(':', ']:')}`;
  return messages.some(
    ({ direction, peer, text }) =>
      direction === 'in' && peer === who && text.split(/\r?\n/).some((line) => /^RED\/NL:/i.test(line) && line.includes(written)),
  );
}

/** The last that the agent asked for is to be told when the telephone is lifted, without any signal. */
function waits(messages: readonly GatewayMessage[], agent: string): boolean {
  const last = commandsFrom(messages, agent)
    .filter(({ text }) => /^R:/im.test(text))
    .at(-1);
  return last !== undefined && /^R:.*L\/hd/im.test(last.text) && !/^S:[ \t]*\S/im.test(last.text);
}
