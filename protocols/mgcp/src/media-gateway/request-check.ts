// Whether a notification request can be carried out on a line as it is now: events and signals that it has, a digit map
// where one is needed, and the hook where it must be (RFC 3435 §2.3.3, §4.4.2). What its text alone tells, the codec's
// `checkCommand` has judged before.
import { eventKey, type EventName, type RequestedAction, type RequestedEvent, type SignalRequest } from '../message/events.js';
import type { Parameters } from '../message/parameters.js';
import { ReturnCode } from '../message/return-codes.js';
import { checkEvents, type HookState, type PackageRegistry } from '../packages/index.js';
import type { Refusal } from './refusal.js';
import { isSwitchOff } from './signals.js';

/** The line as far as a request depends on it. */
export interface LineCondition {
  readonly hook: 'on' | 'off';
  readonly hasDigitMap: boolean;
  readonly registry: PackageRegistry;
  readonly defaultPackage: string;
  /** Whether it has this connection, and whether that one knows where to send. `$` is the one being created. */
  connection(id: string): { readonly hasRemote: boolean } | undefined;
}

type RequestParts = Pick<Parameters, 'requestedEvents' | 'signalRequests' | 'digitMap' | 'detectEvents' | 'quarantineHandling'>;

/** @returns the first reason against it: 401, 402, 510, 512, 513, 515, 518, 519, 522, 523, 527, 538. */
export function checkRequest(request: RequestParts, persistent: readonly RequestedEvent[], line: LineCondition): Refusal | undefined {
  const events = request.requestedEvents ?? [];
  const signals = request.signalRequests ?? [];
  return (
    checkKnown({ ...request, requestedEvents: [...events, ...persistent] }, line) ??
    checkDigitMap(request, events, line) ??
    firstOf(events, (event) => checkActions(event.actions, request.quarantineHandling?.loop ?? false)) ??
    firstOf(embeddedIn(events), (embedded) => checkEmbedded(embedded, line)) ??
    firstOf([...events, ...persistent, ...signals], ({ name }) => checkConnection(name, line)) ??
    firstOf(signals, ({ name }) => checkRemote(name, line)) ??
    checkTwice(events.map(({ name }) => name)) ??
    checkTwice(signals.map(({ name }) => name)) ??
    firstOf(events, (event) => checkEventHook(event, line)) ??
    firstOf(signals, (signal) => checkSignalHook(signal, line))
  );
}

/** 512, 513, 518 and 538 are the packages' to say; with 518 goes what packages there are. */
function checkKnown(request: RequestParts, line: LineCondition): Refusal | undefined {
  const refusal = checkEvents(request, line.registry, line.defaultPackage);
  if (!refusal) return undefined;
  const isUnknownPackage = refusal.code === ReturnCode.unknownPackage;
  // §2.3.3: a name without a package that the default package does not have.
  const isBare = [...(request.requestedEvents ?? []), ...(request.signalRequests ?? [])].some(
    ({ name }) => name.packageName === undefined && !line.registry.definitionsOf(name, line.defaultPackage),
  );
  return {
    code: isBare ? ReturnCode.noSuchEvent : (refusal.code as ReturnCode),
    comment: refusal.fault.hint,
    ...(isUnknownPackage && { parameters: { packageList: line.registry.versions() } }),
  };
}

type Embedded = Extract<RequestedAction, { kind: 'embedded' }>;

function embeddedIn(events: readonly RequestedEvent[]): readonly Embedded[] {
  return events.flatMap(({ actions }) => actions.filter((action) => action.kind === 'embedded'));
}

function firstOf<Item>(items: readonly Item[], check: (item: Item) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const refusal = check(item);
    if (refusal) return refusal;
  }
  return undefined;
}

function checkDigitMap(request: RequestParts, events: readonly RequestedEvent[], line: LineCondition): Refusal | undefined {
  const has = request.digitMap === undefined ? line.hasDigitMap : request.digitMap !== '';
  const needs = events.some(({ actions }) => actions.some(({ kind }) => kind === 'digit-map'));
  return needs && !has ? { code: ReturnCode.noDigitMap } : undefined;
}

/** An embedded request is judged without the hook, which will be another when it comes into force. */
function checkEmbedded(embedded: Embedded, line: LineCondition): Refusal | undefined {
  const events = embedded.requestedEvents ?? [];
  return (
    checkDigitMap(embedded, events, line) ??
    firstOf(events, ({ actions }) => checkActions(actions, false)) ??
    firstOf(embeddedIn(events), (inner) => checkEmbedded(inner, line))
  );
}

function checkConnection({ connection }: EventName, line: LineCondition): Refusal | undefined {
  const isKnown = connection === undefined || connection === '*' || line.connection(connection) !== undefined;
  return isKnown ? undefined : { code: ReturnCode.wrongConnectionId };
}

/** §2.3.3: a signal on a connection goes out on it, so there must be somewhere to send it. */
function checkRemote({ connection }: EventName, line: LineCondition): Refusal | undefined {
  const isMissing = connection !== undefined && line.connection(connection)?.hasRemote === false;
  return isMissing ? { code: ReturnCode.noDescription } : undefined;
}

/** §2.3.3: a given event, a given signal, no more than once. */
function checkTwice(names: readonly EventName[]): Refusal | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    const key = `${eventKey(name)}@${name.connection?.toLowerCase() ?? ''}`;
    if (seen.has(key)) return { code: ReturnCode.protocolError, comment: 'The same event twice' };
    seen.add(key);
  }
  return undefined;
}

/**
 * §2.3.3: only who may notify more than once may go on with an embedded request after it has notified. Actions of
 * packages are not known here.
 */
function checkActions(actions: readonly RequestedAction[], loop: boolean): Refusal | undefined {
  const kinds = actions.map(({ kind }) => kind);
  const isWrong = kinds.includes('extension') || (!loop && kinds.includes('notify') && kinds.includes('embedded'));
  return isWrong ? { code: ReturnCode.wrongActions } : undefined;
}

/** §4.4.2: who asks for an off-hook of a line that is off-hook, or for an on-hook or a flash of one that is not, learns so. */
function checkEventHook(event: RequestedEvent, line: LineCondition): Refusal | undefined {
  const isAsked = !event.actions.some(({ kind }) => kind === 'ignore') && event.name.event.toLowerCase() !== 'all';
  if (!isAsked) return undefined;
  return firstOf(line.registry.definitionsOf(event.name, line.defaultPackage) ?? [], ({ needs }) => checkHook(needs, line));
}

/** RFC 3660 §2.4: dial tone is for a telephone that is off-hook, ringing for one that is on-hook. On a connection neither matters. */
function checkSignalHook(signal: SignalRequest, line: LineCondition): Refusal | undefined {
  if (isSwitchOff(signal) || signal.name.connection !== undefined) return undefined;
  const [definition] = line.registry.definitionsOf(signal.name, line.defaultPackage) ?? [];
  return checkHook(definition?.signal?.needs, line);
}

function checkHook(needs: HookState | undefined, line: LineCondition): Refusal | undefined {
  if (needs === undefined || needs === `${line.hook}-hook`) return undefined;
  return { code: needs === 'on-hook' ? ReturnCode.offHook : ReturnCode.onHook };
}
