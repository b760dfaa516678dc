// A call as a store keeps it: what another node must know to go on with it, as JSON. Only what cannot be concluded is written:
// what each leg shall be follows from the call's state and the descriptions. What comes back from a store is checked like
// anything that comes from outside.
import type { CallDetailRecord } from '@altpath/core';
import type { CallLife } from './call-detail.js';
import { type Cause, Q850 } from './cause.js';
import type { Diversion } from './features/forwarding.js';
import { type CalledParty, type CallerIdentity, type HalfCallRole, type HalfCallState, type LineName, PHASES } from './half-call.js';
import type { Target } from './number-plan.js';
import { CALL_STATES, type CallState, LINE_STATES, type LineState } from './states.js';

/** One leg of a stored call. */
export interface StoredLeg {
  /** The line; or the party under the name that it has on the node that wrote this. */
  readonly line: LineName;
  /** Whose adapter speaks to it. */
  readonly protocol: string;
  /** This end's session description, once known. */
  readonly local?: string | undefined;
  /** The far end's, where the other leg does not tell it. */
  readonly remote?: string | undefined;
  /** Of a line with two calls: it is the one in which the line is not at present. */
  readonly isOther?: boolean | undefined;
  /** Whom a called party stands for. */
  readonly called?: CalledParty | undefined;
  /** What the adapter of a party must know beside: its own words. */
  readonly saved?: string | undefined;
}

/** A party that waits beside the call, which it has asked to have transferred. */
export interface StoredTransferor extends StoredLeg {
  /** The state in which the call was. */
  readonly was: CallState;
  /** What it was told last. */
  readonly told: Pick<HalfCallState, 'phase' | 'media'>;
}

/** Who has left the call, and may not have been told so. */
export interface StoredParting extends Pick<StoredLeg, 'line' | 'protocol' | 'saved'> {
  readonly role: HalfCallRole;
  /** What it has become. */
  readonly phase: LineState;
  readonly cause: Cause;
}

export interface StoredCall extends CallLife {
  /** `releasing`: it is over, and some have still to be told. */
  readonly state: CallState;
  readonly dialled?: string | undefined;
  /** Who calls, as the called side is told. */
  readonly caller?: CallerIdentity | undefined;
  /** Targets that have not been tried, in order. */
  readonly targets: readonly Target[];
  /** A target was busy. */
  readonly metBusy: boolean;
  readonly emergency: boolean;
  /** Why the last target refused. */
  readonly refusal?: Cause | undefined;
  /** It came from another node, and goes to no further one. */
  readonly isPassedOn: boolean;
  /** What that node calls it. */
  readonly recordId?: string | undefined;
  readonly diversions: readonly Diversion[];
  /** Who anchors its media must know this: the adapter's own words. */
  readonly anchor?: string | undefined;
  readonly originating?: StoredLeg | undefined;
  readonly terminating?: StoredLeg | undefined;
  readonly transferor?: StoredTransferor | undefined;
  readonly partings: readonly StoredParting[];
  /** Of a call that is over. */
  readonly detail?: CallDetailRecord | undefined;
}

/** The content of a `CallRecord`. Of two equal calls it is the same text. */
export function formatStoredCall(call: StoredCall): string {
  return JSON.stringify({ version: VERSION, ...call });
}

/**
 * Reads the content of a `CallRecord`.
 *
 * @param callId  Of the record: content of another call is refused.
 * @returns undefined for what is no call, a call of another version of this format, or longer than 256 KiB.
 */
export function parseStoredCall(content: string, callId: string): StoredCall | undefined {
  if (content.length > MAX_LENGTH) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    // What is no JSON is no call.
    return undefined;
  }
  if (!isStoredCall(value) || value.version !== VERSION || value.callId !== callId) return undefined;
  return (value.state === 'releasing') === (value.detail !== undefined) ? value : undefined;
}

/** Raised when an older reader would misunderstand what is written. */
const VERSION = 1;
const MAX_LENGTH = 256 * 1_024;
const MAX_ENTRIES = 256;

// --- what is a stored call ---------------------------------------------------------------------------------------

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isInstant: Check = (value) => typeof value === 'number' && Number.isSafeInteger(Math.trunc(value)) && value >= 0;
const isBoolean: Check = (value) => typeof value === 'boolean';

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.length <= MAX_ENTRIES && value.every(check);
}

function oneOf(words: readonly string[]): Check {
  return (value) => typeof value === 'string' && words.includes(value);
}

function object(fields: Readonly<Record<string, Check>>): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]));
}

function anyOf(...checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value));
}

const isParty = anyOf(
  object({ kind: oneOf(['registrar']), user: isText }),
  object({ kind: oneOf(['sip']), uri: isText }),
  object({ kind: oneOf(['group']), name: isText, user: isText }),
);
const isTarget = anyOf(object({ kind: oneOf(['line']), line: isText }), isParty);
const isCalled = anyOf(object({ kind: oneOf(['line-at-node']), node: isInstant, line: isText }), isParty);
const isCaller = object({ number: optional(isText), name: optional(isText) });

const LEG = {
  line: isText,
  protocol: isText,
  local: optional(isText),
  remote: optional(isText),
  isOther: optional(isBoolean),
  called: optional(isCalled),
  saved: optional(isText),
};
const isLeg = object(LEG);
const isState = oneOf(Object.keys(CALL_STATES));
const isMedia = object({ mode: oneOf(['sendrecv', 'recvonly', 'sendonly', 'inactive']), remote: optional(isText) });
const isTransferor = object({ ...LEG, was: isState, told: object({ phase: oneOf(PHASES), media: optional(isMedia) }) });

const isRole = oneOf(['originating', 'terminating']);
const isEstimated = listOf(oneOf(['setUpAt', 'answeredAt', 'endedAt']));
const isCause = oneOf(Object.keys(Q850));

const isParting = object({
  line: isText,
  protocol: isText,
  saved: optional(isText),
  role: isRole,
  phase: oneOf(Object.keys(LINE_STATES)),
  cause: isCause,
});

const isDetail = object({
  callId: isText,
  from: isText,
  to: isText,
  protocol: isText,
  setUpAt: isInstant,
  answeredAt: optional(isInstant),
  endedAt: isInstant,
  estimated: isEstimated,
  endedBy: oneOf(['originating', 'terminating', 'network']),
  cause: isCause,
  q850: isInstant,
  nodes: listOf(isText),
});

const isCall = object({
  version: (value) => typeof value === 'number',
  callId: isText,
  state: isState,
  setUpAt: isInstant,
  answeredAt: optional(isInstant),
  estimated: isEstimated,
  from: isText,
  to: isText,
  protocol: isText,
  nodes: listOf(isText),
  dialled: optional(isText),
  caller: optional(isCaller),
  targets: listOf(isTarget),
  metBusy: isBoolean,
  emergency: isBoolean,
  refusal: optional(isCause),
  isPassedOn: isBoolean,
  recordId: optional(isText),
  diversions: listOf(
    object({ line: isText, number: optional(isText), reason: oneOf(['unconditional', 'user-busy', 'no-answer', 'do-not-disturb']) }),
  ),
  anchor: optional(isText),
  originating: optional(isLeg),
  terminating: optional(isLeg),
  transferor: optional(isTransferor),
  partings: listOf(isParting),
  detail: optional(isDetail),
});

function isStoredCall(value: unknown): value is StoredCall & { readonly version: number } {
  return isCall(value);
}
