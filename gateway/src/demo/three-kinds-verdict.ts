// What the act of the three kinds of telephones claims, and whether messages, telephones and tones bear it out.
import type { AudioReport, CallEnd, LineState, PhoneMessage } from '@altpath/simulators';
import { type Check, hears, none, timeLine, toneLine } from './check.js';
import { commandsFrom, type GatewayMessage } from './gateway-explain.js';
import { type MegacoTransaction, requestsFrom } from './megaco-explain.js';
import type { NodePlace } from './nodes.js';
import {
  heardEachOther,
  heardNoFailure,
  noticedNothing,
  type TelephoneFacts,
  telephoneTimes,
  toneLines,
  waitForCalls,
} from './telephones-verdict.js';

/** Everything the act saw; it was alice who answered the call that was answered, the second. */
export interface ThreeKindsFacts extends TelephoneFacts {
  readonly primary: NodePlace;
  readonly backup: NodePlace;
  /** Of gateway 1, which speaks H.248. */
  readonly transactions: readonly MegacoTransaction[];
  /** Of gateway 2, which speaks MGCP. */
  readonly commands: readonly GatewayMessage[];
  /** Of alice. */
  readonly messages: readonly PhoneMessage[];
  /** How often alice's phone rang, by call. */
  readonly rings: readonly number[];
  /** Contexts and connections that were there still after the first call. */
  readonly leftBetween?: readonly string[] | undefined;
  /** Of the second call. */
  readonly aliceAudio?: AudioReport | undefined;
  readonly audio2Again?: AudioReport | undefined;
  readonly aliceEnd?: CallEnd | undefined;
}

/** The checks in the order of the two calls. */
export function judge(facts: ThreeKindsFacts): Check[] {
  const { primary, backup, states1, states2, rings, left, leftBetween } = facts;
  const [first, second] = facts.messages.filter(({ direction, summary }) => direction === 'in' && summary === 'INVITE');
  // Between two tones it is quiet for a moment.
  const heard = states1.filter((state) => state !== 'silence' && state !== 'listening').join(' ');
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
    ...heardEachOther(facts),
    noticedNothing(facts),
    { claim: 'the backup cleared both gateways', holds: clears(facts, backup, facts.hungUpAt ?? Infinity) },
    none('nothing was left of the first call', leftBetween),
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
    heardNoFailure(facts),
    { claim: 'alice hung up cleanly', holds: facts.aliceEnd?.clean === true },
    none('no context, no connection and no call is left', left),
    waitForCalls(facts),
  ];
}

/** What a person wants to know of it in numbers. */
export function figuresOf(facts: ThreeKindsFacts): string[] {
  const times = telephoneTimes(facts);
  return [
    timeLine('hung up -> all cleared', times.hangUpMs, 'finding out that the primary is gone is in here'),
    timeLine('alice answers -> both talk', times.answerToTalkMs, 'finding out that the backup is gone is in here'),
    ...toneLines(facts),
    toneLine('alice', facts.aliceAudio),
    toneLine('telephone 2, then,', facts.audio2Again),
  ];
}

function hasPassed(states: readonly LineState[], state: LineState): boolean {
  return states.includes(state);
}

/** The node took telephone 1 out of its context, and deleted the connection of telephone 2. */
function clears({ transactions, commands }: ThreeKindsFacts, { controller, agent }: NodePlace, since: number): boolean {
  return (
    requestsFrom(transactions, controller, since).some(({ command }) => command === 'subtract') &&
    commandsFrom(commands, agent, since).some(({ verb }) => verb === 'DLCX')
  );
}
