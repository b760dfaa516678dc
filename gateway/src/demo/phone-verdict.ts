// What the act of the phones claims, and whether the messages bear it out: from what happened to a list of checks.
import type { AudioReport, CallEnd, PhoneMessage } from '@altpath/simulators';
import { type Check, hears, type Instants, once, span, timeLine, toneLine } from './check.js';
import { hostOf } from './phone-explain.js';

/** Everything the act saw. */
export interface PhoneFacts extends Instants {
  readonly primary: string;
  readonly backup: string;
  readonly alice: readonly PhoneMessage[];
  readonly bob: readonly PhoneMessage[];
  readonly bobRang: number;
  readonly aliceEnd?: CallEnd | undefined;
  readonly bobEnd?: CallEnd | undefined;
  readonly aliceAudio?: AudioReport | undefined;
  readonly bobAudio?: AudioReport | undefined;
}

/** Lengths in milliseconds; absent when one of their ends is missing. */
export interface PhoneTimes {
  /** From the primary's end to the 200 at the caller. */
  readonly killToAnswerMs?: number | undefined;
  /** From bob's decision to answer to the 200 at the caller: what the death cost is in here. */
  readonly answerToCallerMs?: number | undefined;
  /** From the 200 at the caller to the ACK at the callee. */
  readonly ackMs?: number | undefined;
  readonly byeMs?: number | undefined;
}

/** The checks in the order of the call. */
export function judge(facts: PhoneFacts): Check[] {
  const invite = arrival(facts.bob, 'INVITE');
  const answer = arrival(facts.alice, '200 OK (INVITE)');
  const ack = arrival(facts.bob, 'ACK', facts.backup);
  const bye = arrival(facts.bob, 'BYE', facts.backup);
  return [
    { claim: 'the INVITE went through the primary', holds: invite?.peer === facts.primary },
    { claim: 'the primary was gone while the phone rang', holds: facts.killedAt !== undefined },
    once('the phone rang once', facts.bobRang),
    { claim: 'the 200 reached the caller through the backup', holds: answer?.peer === facts.backup },
    {
      claim: "the backup stands in the 200's Record-Route",
      holds: answer !== undefined && hostOf(answer.text, 'Record-Route') === facts.backup,
    },
    { claim: 'the ACK reached the callee through the backup', holds: ack !== undefined },
    { claim: 'the caller heard the callee', holds: hears(facts.aliceAudio, facts.bobAudio) },
    { claim: 'the callee heard the caller', holds: hears(facts.bobAudio, facts.aliceAudio) },
    { claim: 'the BYE went through the backup', holds: bye !== undefined },
    { claim: 'both hung up cleanly', holds: facts.aliceEnd?.clean === true && facts.bobEnd?.clean === true },
  ];
}

/** How long things took. */
export function timesOf(facts: PhoneFacts): PhoneTimes {
  const answer = arrival(facts.alice, '200 OK (INVITE)')?.at;
  const ack = arrival(facts.bob, 'ACK')?.at;
  const bye = facts.alice.find((message) => message.direction === 'out' && message.summary === 'BYE')?.at;
  return {
    killToAnswerMs: span(facts.killedAt, answer),
    answerToCallerMs: span(facts.answeredAt, answer),
    ackMs: span(answer, ack),
    byeMs: span(bye, arrival(facts.alice, '200 OK (BYE)')?.at),
  };
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: PhoneFacts): string[] {
  const times = timesOf(facts);
  return [
    timeLine("bob's answer -> 200 at alice", times.answerToCallerMs, 'what the death of the primary cost is in here'),
    timeLine('death of the primary -> 200', times.killToAnswerMs, 'bob let it ring for a part of that'),
    timeLine('200 at alice -> ACK at bob', times.ackMs),
    timeLine('BYE -> its 200', times.byeMs),
    toneLine('alice', facts.aliceAudio),
    toneLine('bob', facts.bobAudio),
  ];
}

/** The first message of that kind that came in, from anyone or from one place. */
function arrival(messages: readonly PhoneMessage[], summary: string, peer?: string): PhoneMessage | undefined {
  return messages.find(
    (message) => message.direction === 'in' && message.summary === summary && (peer === undefined || message.peer === peer),
  );
}
