// What the act of the gateways claims, and whether messages, telephones and tones bear it out.
import type { AudioReport, LineState } from '@altpath/simulators';
import { type Check, hears, span, timeLine, toneLine } from './check.js';
import { type GatewayMessage, isAudit } from './gateway-explain.js';

/** Everything the act saw. Instants in milliseconds since the epoch; absent when it did not get there. */
export interface GatewayFacts {
  readonly primary: string;
  readonly backup: string;
  readonly messages1: readonly GatewayMessage[];
  readonly messages2: readonly GatewayMessage[];
  /** What each telephone's user perceived, in order. */
  readonly states1: readonly LineState[];
  readonly states2: readonly LineState[];
  /** Connections that still are on the gateways at the end. */
  readonly connectionsLeft: readonly string[];
  readonly killedAt?: number | undefined;
  /** Telephone 2 was lifted. */
  readonly answeredAt?: number | undefined;
  readonly talkingAt?: number | undefined;
  /** The primary began to come back. */
  readonly backAt?: number | undefined;
  readonly hungUpAt?: number | undefined;
  /** Both telephones idle, no connection left. */
  readonly clearedAt?: number | undefined;
  readonly audio1?: AudioReport | undefined;
  readonly audio2?: AudioReport | undefined;
}

/** Lengths in milliseconds; absent when one of their ends is missing. */
export interface GatewayTimes {
  /** From the lifting of telephone 2 until both talk: what the death cost is in here. */
  readonly answerToTalkMs?: number | undefined;
  /** From the lifting of telephone 2 until the backup has its report. */
  readonly reportMs?: number | undefined;
  readonly hangUpMs?: number | undefined;
}

const COMPLAINTS: readonly LineState[] = ['reorder', 'howler'];

/** The checks in the order of the call. */
export function judge(facts: GatewayFacts): Check[] {
  const { primary, backup, messages1, messages2, states1, states2, connectionsLeft } = facts;
  const both = [messages1, messages2];
  const rang = states2.filter((state) => state === 'ringing').length;
  const complaints = [...states1, ...states2].filter((state) => COMPLAINTS.includes(state));
  const meddling = both
    .flatMap((messages) => commands(messages, primary))
    .filter(({ at, verb }) => at >= (facts.backAt ?? Infinity) && !isAudit(verb))
    .map(({ summary }) => summary);
  return [
    {
      claim: 'both gateways were told by the primary who stands in for it',
      holds: both.every((messages) => names(messages, primary, backup)),
    },
    {
      claim: "telephone 1's dial tone came from the primary",
      holds: commands(messages1, primary).some(({ text }) => /^S:.*L\/dl/im.test(text)),
    },
    { claim: 'the primary was gone while telephone 2 rang', holds: facts.killedAt !== undefined },
    { claim: 'telephone 2 rang once', holds: rang === 1, detail: rang === 1 ? undefined : `${rang} times` },
    { claim: 'the backup took the report that telephone 2 was lifted', holds: answered(facts) !== undefined },
    {
      claim: 'the backup audited each gateway before it touched it',
      holds: both.every((messages) => isAudit(commands(messages, backup)[0]?.verb)),
    },
    { claim: 'telephone 1 heard telephone 2', holds: hears(facts.audio1, facts.audio2) },
    { claim: 'telephone 2 heard telephone 1', holds: hears(facts.audio2, facts.audio1) },
    {
      claim: 'the primary came back and touched nothing',
      holds: facts.backAt !== undefined && meddling.length === 0,
      detail: meddling.join(', ') || undefined,
    },
    { claim: 'nobody heard a tone of failure', holds: complaints.length === 0, detail: complaints.join(', ') || undefined },
    {
      claim: 'the backup took both connections away',
      holds: both.every((messages) => commands(messages, backup).some(({ verb }) => verb === 'DLCX')),
    },
    {
      claim: 'no connection is left on the gateways',
      holds: connectionsLeft.length === 0,
      detail: connectionsLeft.join(', ') || undefined,
    },
    {
      claim: 'both telephones wait for the next call',
      holds: both.every((messages) => waits(messages, backup)) && isIdle(states1) && isIdle(states2),
    },
  ];
}

/** How long things took. */
export function timesOf(facts: GatewayFacts): GatewayTimes {
  return {
    answerToTalkMs: span(facts.answeredAt, facts.talkingAt),
    reportMs: span(facts.answeredAt, answered(facts)?.at),
    hangUpMs: span(facts.hungUpAt, facts.clearedAt),
  };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: GatewayFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine('lifted -> report at the backup', times.reportMs, 'what finding out that the primary is gone costs is in here'),
    timeLine('lifted -> both talk', times.answerToTalkMs),
    timeLine('hung up -> all cleared', times.hangUpMs),
    toneLine('telephone 1', facts.audio1),
    toneLine('telephone 2', facts.audio2),
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

/** Commands that came from one call agent. */
function commands(messages: readonly GatewayMessage[], agent: string): GatewayMessage[] {
  return messages.filter(({ direction, peer, code }) => direction === 'in' && peer === agent && code === undefined);
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
  const last = commands(messages, agent)
    .filter(({ text }) => /^R:/im.test(text))
    .at(-1);
  return last !== undefined && /^R:.*L\/hd/im.test(last.text) && !/^S:[ \t]*\S/im.test(last.text);
}

function isIdle(states: readonly LineState[]): boolean {
  return states.at(-1) === 'idle';
}
