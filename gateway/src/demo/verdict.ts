// What the demo claims, and whether the messages bear it out: from what happened to a list of checks.
import type { AudioReport, CallEnd, PhoneMessage } from '@altpath/simulators';
import { hostOf } from './explain.js';

/** Everything the demo saw. Instants in milliseconds since the epoch; absent when it did not get there. */
export interface DemoFacts {
  readonly primary: string;
  readonly backup: string;
  readonly alice: readonly PhoneMessage[];
  readonly bob: readonly PhoneMessage[];
  readonly bobRang: number;
  readonly killedAt?: number | undefined;
  readonly answeredAt?: number | undefined;
  readonly aliceEnd?: CallEnd | undefined;
  readonly bobEnd?: CallEnd | undefined;
  readonly aliceAudio?: AudioReport | undefined;
  readonly bobAudio?: AudioReport | undefined;
  /** What was left behind: processes, ports, folders, in words. */
  readonly left: readonly string[];
  /** What went wrong on the way, in one sentence. */
  readonly trouble?: string | undefined;
}

export interface Check {
  readonly claim: string;
  readonly holds: boolean;
  readonly detail?: string | undefined;
}

/** Lengths in milliseconds; absent when one of their ends is missing. */
export interface DemoTimes {
  /** From the primary's end to the 200 at the caller. */
  readonly killToAnswerMs?: number | undefined;
  /** From bob's decision to answer to the 200 at the caller: what the death cost is in here. */
  readonly answerToCallerMs?: number | undefined;
  /** From the 200 at the caller to the ACK at the callee. */
  readonly ackMs?: number | undefined;
  readonly byeMs?: number | undefined;
}

const SECOND_OF_TONE = 25;

/** The checks in the order of the call. */
export function judge(facts: DemoFacts): Check[] {
  const invite = arrival(facts.bob, 'INVITE');
  const answer = arrival(facts.alice, '200 OK (INVITE)');
  const ack = arrival(facts.bob, 'ACK', facts.backup);
  const bye = arrival(facts.bob, 'BYE', facts.backup);
  const checks: Check[] = [
    { claim: 'the INVITE went through the primary', holds: invite?.peer === facts.primary },
    { claim: 'the primary was gone while the phone rang', holds: facts.killedAt !== undefined },
    { claim: 'the phone rang once', holds: facts.bobRang === 1, detail: facts.bobRang === 1 ? undefined : `${facts.bobRang} times` },
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
    { claim: 'nothing was left behind', holds: facts.left.length === 0, detail: facts.left.join(', ') || undefined },
  ];
  return facts.trouble === undefined ? checks : [...checks, { claim: 'nothing went wrong', holds: false, detail: facts.trouble }];
}

/** How long things took. */
export function timesOf(facts: DemoFacts): DemoTimes {
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

/** The first message of that kind that came in, from anyone or from one place. */
function arrival(messages: readonly PhoneMessage[], summary: string, peer?: string): PhoneMessage | undefined {
  return messages.find(
    (message) => message.direction === 'in' && message.summary === summary && (peer === undefined || message.peer === peer),
  );
}

function hears(listener: AudioReport | undefined, speaker: AudioReport | undefined): boolean {
  return listener !== undefined && speaker !== undefined && listener.hearsHz === speaker.sendsHz && listener.heard >= SECOND_OF_TONE;
}

function span(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.round((to - from) * 10) / 10;
}
