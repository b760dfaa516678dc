// The packages of RFC 3660 and of RFC 3435 appendix B, as tables that look like the documents' own, and the packages
// that bring parameters only (RFC 3624, 3991, 3992).
import type { EventDefinition, EventPackage, HookState, SignalDefinition, SignalType } from './registry.js';

interface More {
  /** Besides `to`, `+` and `-`, which follow from the type. */
  readonly parameters?: readonly string[];
  /** The hook state that requesting the event needs. */
  readonly eventNeeds?: HookState;
  readonly signalNeeds?: HookState;
}

/**
 * One row: symbols, definition, column R (`x`, `S` with state, `C` on a connection), column S with the duration in
 * seconds (`TO 30`, `TO,C 180`, `TO infinite`, `TO variable`).
 */
type Row = readonly [symbols: string, title: string, detects: '' | 'x' | 'S' | 'C', signal?: string | undefined, more?: More];

function packageOf(name: string, version: number, rows: readonly Row[]): EventPackage {
  return { name, version, events: rows.flatMap((row) => definitionsOf(name, row)) };
}

function definitionsOf(packageName: string, [symbols, title, detects, signalText, more = {}]: Row): EventDefinition[] {
  const signal = signalText === undefined ? undefined : signalOf(signalText, more.signalNeeds);
  const parameters = [...standingParameters(signal), ...(more.parameters ?? [])];
  return symbols.split(' ').map((id) => ({
    packageName,
    id,
    title,
    isEvent: detects !== '',
    onConnection: detects === 'C',
    hasState: detects === 'S',
    needs: more.eventNeeds,
    signal,
    parameters,
  }));
}

function signalOf(text: string, needs: HookState | undefined): SignalDefinition {
  const [kind = '', duration] = text.split(' ');
  const [type = '', connection] = kind.split(',');
  const timeoutMs =
    duration === undefined || duration === 'variable' ? undefined : duration === 'infinite' ? Infinity : 1_000 * Number(duration);
  return { type: type as SignalType, onConnection: connection === 'C', timeoutMs, needs };
}

/** RFC 3660 §2: every TO signal takes `to=` in milliseconds unless its length is its own affair; every OO signal `+` or `-`. */
function standingParameters(signal: SignalDefinition | undefined): readonly string[] {
  if (signal?.type === 'OO') return ['+', '-'];
  return signal?.timeoutMs === undefined ? [] : ['to'];
}

const OFF_HOOK: More = { signalNeeds: 'off-hook' };
const ON_HOOK_RING: More = { signalNeeds: 'on-hook', parameters: ['rep'] };

/** RFC 3435 §2.1.7 and RFC 3660 §1.2.2: in every package with TO signals. */
const OPERATION: readonly Row[] = [
  ['oc', 'Operation Complete', 'x', undefined, { parameters: ['signal'] }],
  ['of', 'Operation Failure', 'x', undefined, { parameters: ['signal', 'comment'] }],
];

/** RFC 3660 §2.1 */
export const GENERIC_PACKAGE: EventPackage = packageOf('G', 1, [
  ['cf', 'Confirm Tone', '', 'BR', OFF_HOOK],
  ['cg', 'Congestion Tone', '', 'TO infinite'],
  ['ft', 'Fax Tone', 'x'],
  ['it', 'Intercept Tone', '', 'TO infinite'],
  ['ld', 'Long Duration Connection', 'C'],
  ['mt', 'Modem Tone', 'x'],
  ['pat', 'Pattern Detected', 'x', 'OO', { parameters: ['pattern'] }],
  ['pt', 'Preemption Tone', '', 'TO infinite'],
  ['rbk', 'Ringback', '', 'TO,C 180', { parameters: ['connection'] }],
  // On an endpoint 402 applies, on a connection it does not.
  ['rt', 'Ringback Tone', '', 'TO,C 180', OFF_HOOK],
  ...OPERATION,
]);

/** RFC 3660 §2.2 */
export const DTMF_PACKAGE: EventPackage = packageOf('D', 1, [
  ['0 1 2 3 4 5 6 7 8 9 # * A B C D', 'DTMF Tone', 'x', 'BR', OFF_HOOK],
  ['dd', 'DTMF Tone Duration', 'x', 'TO 3', { parameters: ['dg', 'su'] }],
  ['do', 'DTMF OO Signal', '', 'OO', { parameters: ['dg'] }],
  ['L', 'Long Duration Indicator', 'x'],
  ['T', 'Interdigit Timer', 'x', 'TO 16'],
  ['X', 'DTMF Tones Wildcard', 'x'],
  ...OPERATION,
]);

/** RFC 3660 §2.3 */
export const TRUNK_PACKAGE: EventPackage = packageOf('T', 1, [
  ['as', 'Answer Supervision', 'x', 'BR'],
  ['bl', 'Blocking', '', 'BR'],
  ['bz', 'Busy', '', 'TO 30'],
  ['co1', 'Continuity Tone', 'x', 'TO 3'],
  ['co2', 'Continuity Test', 'x', 'TO 3'],
  ['ct', 'Continuity Transponder', '', 'OO', { parameters: ['in', 'out'] }],
  ['lb', 'Loopback', '', 'OO'],
  ['nm', 'New Milliwatt Tone', 'x', 'TO 3'],
  ['mm', 'Newest Milliwatt Tone', 'x', 'TO 3'],
  ['om', 'Old Milliwatt Tone', 'x', 'TO 3'],
  ['pst', 'Permanent Signal Tone', '', 'TO infinite'],
  ['qt', 'Quiet Termination', '', 'TO infinite'],
  ['ro', 'Reorder Tone', 'x', 'TO 30'],
  ['sit', 'Special Information Tone', 'x', 'TO 2', { parameters: ['tone'] }],
  ['tl', 'Test Line', 'x', 'TO infinite'],
  ['tp', 'Test Pattern', 'x', 'TO 3', { parameters: ['pattern'] }],
  ['zz', 'No Circuit', 'x', 'TO 2'],
  ...OPERATION,
]);

/** RFC 3660 §2.4 */
export const LINE_PACKAGE: EventPackage = packageOf('L', 1, [
  ['adsi', 'ADSI Display', '', 'BR', { parameters: ['text'] }],
  ['aw', 'Answer Tone', 'x', 'OO'],
  ['bz', 'Busy Tone', '', 'TO 30', OFF_HOOK],
  ['ci', 'Caller-id', '', 'BR', { parameters: ['time', 'number', 'name'] }],
  ['dl', 'Dial Tone', '', 'TO 16', OFF_HOOK],
  ['e', 'Error Tone', 'x', 'TO 2'],
  ['hd', 'Off-hook Transition', 'S', undefined, { eventNeeds: 'on-hook' }],
  ['hf', 'Flash-hook', 'x', undefined, { eventNeeds: 'off-hook' }],
  ['ht', 'On Hold Tone', '', 'OO'],
  ['hu', 'On-hook Transition', 'S', undefined, { eventNeeds: 'off-hook' }],
  ['lsa', 'Line Side Answer Supervision', '', 'OO'],
  ['mwi', 'Message Waiting Indicator', '', 'TO 16', OFF_HOOK],
  ['nbz', 'Network Busy', 'x', 'TO infinite'],
  ['osi', 'Network Disconnect', '', 'TO 0.9'],
  ['ot', 'Off-hook Warning Tone', '', 'TO infinite', OFF_HOOK],
  ['p', 'Prompt Tone', 'x', 'BR'],
  ['rg', 'Ringing', '', 'TO 180', ON_HOOK_RING],
  ['r0 r1 r2 r3 r4 r5 r6 r7', 'Distinctive Ringing', '', 'TO 180', ON_HOOK_RING],
  ['ro', 'Reorder Tone', '', 'TO 30'],
  ['rs', 'Ringsplash', '', 'BR'],
  ['s', 'Distinctive Tone Pattern', 'x', 'BR', { parameters: ['pattern'] }],
  ['sit', 'Special Information Tone', '', 'TO 2', { parameters: ['tone'] }],
  ['sl', 'Stutter Dial Tone', '', 'TO 16', { signalNeeds: 'off-hook', parameters: ['del'] }],
  ['v', 'Alerting Tone', '', 'OO'],
  ['vmwi', 'Visual Message Waiting Indicator', '', 'OO'],
  ['wt wt1 wt2 wt3 wt4', 'Call Waiting Tone', '', 'TO 12', OFF_HOOK],
  ['y', 'Recorder Warning Tone', '', 'TO infinite'],
  ['z', 'Calling Card Service Tone', '', 'BR'],
  ...OPERATION,
]);

/** RFC 3660 §2.5: the line package seen from the telephone: its signals are heard, its hook is moved. */
export const HANDSET_PACKAGE: EventPackage = {
  name: 'H',
  version: 1,
  events: LINE_PACKAGE.events.map((event) => ({
    ...event,
    packageName: 'H',
    isEvent: true,
    needs: undefined,
    signal: ['hd', 'hu', 'hf'].includes(event.id) ? signalOf('BR', undefined) : event.signal && { ...event.signal, needs: undefined },
  })),
};

/** RFC 3660 §2.7: the letter P of digit maps, no events. */
export const DIGIT_MAP_PACKAGE: EventPackage = packageOf('DM1', 0, []);

/** RFC 3660 §2.8 */
export const SIGNAL_LIST_PACKAGE: EventPackage = packageOf('SL', 0, [
  ['s', 'Signal List', '', 'TO variable', { parameters: ['list'] }],
  ...OPERATION,
]);

/** RFC 3660 §2.10 */
export const RTP_PACKAGE: EventPackage = packageOf('R', 1, [
  ['co1', 'Continuity Tone', 'C', 'TO,C 3'],
  ['co2', 'Continuity Test', 'C', 'TO,C 3'],
  ['iu', 'ICMP Unreachable Received', 'C', undefined, { parameters: ['count', 'code'] }],
  ['ji', 'Jitter Buffer Size Changed', 'C', undefined, { parameters: ['milliseconds'] }],
  ['ma', 'Media Start', 'C'],
  ['pl', 'Packet Loss Exceeded', 'C', undefined, { parameters: ['rate'] }],
  ['qa', 'Quality Alert', 'C'],
  ['rto', 'RTP/RTCP Timeout', 'C', undefined, { parameters: ['seconds', 'st'] }],
  ['sr', 'Sampling Rate Changed', 'C', undefined, { parameters: ['milliseconds'] }],
  ['uc', 'Used Codec Changed', 'C', undefined, { parameters: ['payload'] }],
  ...OPERATION,
]);

/** RFC 3435 appendix B */
export const BASE_PACKAGE: EventPackage = packageOf('B', 0, [
  ['enf', 'Embedded Notification Request Failure', 'x', undefined, { parameters: ['code'] }],
  ['oef', 'Observed Events Full', 'x'],
  ['qbo', 'Quarantine Buffer Overflow', 'x'],
]);

/** RFC 3991: parameters only. */
export const REDIRECT_PACKAGE: EventPackage = packageOf('RED', 0, []);

/** RFC 3624: parameters only. */
export const BULK_AUDIT_PACKAGE: EventPackage = packageOf('BA', 0, []);

/** RFC 3992: a parameter and a restart method. */
export const LOCKSTEP_PACKAGE: EventPackage = packageOf('LCK', 0, []);

/** All of the above, the line package first: what a registry starts from. */
export const STANDARD_PACKAGES: readonly EventPackage[] = [
  LINE_PACKAGE,
  DTMF_PACKAGE,
  GENERIC_PACKAGE,
  TRUNK_PACKAGE,
  HANDSET_PACKAGE,
  RTP_PACKAGE,
  BASE_PACKAGE,
  DIGIT_MAP_PACKAGE,
  SIGNAL_LIST_PACKAGE,
  REDIRECT_PACKAGE,
  BULK_AUDIT_PACKAGE,
  LOCKSTEP_PACKAGE,
];
