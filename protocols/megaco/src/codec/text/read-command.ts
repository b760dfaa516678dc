// Commands and replies with the descriptors they may carry. RFC 3525 §B.2, from commandRequestList to
// serviceChangeReply; lists of terminations are version 3.
import type {
  AmmDescriptor,
  AmmKind,
  AuditDescriptor,
  AuditItem,
  AuditKind,
  AuditReturn,
  CommandReply,
  CommandRequest,
  ErrorDescriptor,
  TerminationId,
} from '../../message/index.js';
import { EQUAL, LEFT_BRACE, LEFT_BRACKET } from './characters.js';
import { AUDIT_ITEMS, readAudit } from './read-audit.js';
import { readDigitMap } from './read-digit-map.js';
import { readEventBuffer, readEvents, readObservedEvents } from './read-events.js';
import { readMedia, readModem, readMux, readPackages, readStatistics } from './read-media.js';
import { readServiceChange, readServiceChangeResult } from './read-service-change.js';
import { readSignals } from './read-signals.js';
import { readError, readTerminationId, readTerminations } from './read-values.js';
import { type Scanner, SYNTAX } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

type CommandKind = CommandRequest['kind'];

export const COMMANDS = new WordTable<CommandKind>([
  [t.ADD, 'add'],
  [t.MOVE, 'move'],
  [t.MODIFY, 'modify'],
  [t.SUBTRACT, 'subtract'],
  [t.AUDIT_VALUE, 'audit-value'],
  [t.AUDIT_CAPABILITY, 'audit-capability'],
  [t.NOTIFY, 'notify'],
  [t.SERVICE_CHANGE, 'service-change'],
]);

/** H.248.8. */
const COMMAND_UNKNOWN = 443;
const DESCRIPTOR_UNKNOWN = 444;
const DESCRIPTOR_ILLEGAL = 447;
const DESCRIPTOR_TWICE = 448;

interface Flags {
  readonly optional: boolean | undefined;
  readonly wildcardReturn: boolean | undefined;
}

const NO_FLAGS: Flags = { optional: undefined, wildcardReturn: undefined };

/** A command whose first word is taken: `Add`, `O-W-Subtract`. */
export function readCommand(s: Scanner, word: string, start: number): CommandRequest | undefined {
  s.level = SYNTAX.command;
  let verb = word;
  let flags = NO_FLAGS;
  if (hasPrefix(verb, LETTER_O)) {
    flags = { ...flags, optional: true };
    verb = verb.slice(2);
  }
  if (hasPrefix(verb, LETTER_W)) {
    flags = { ...flags, wildcardReturn: true };
    verb = verb.slice(2);
  }
  const kind = readVerb(s, verb, start);
  if (kind === undefined) return undefined;
  s.equal();
  const [terminationId, more] = readTerminations(s);
  return readRequestBody(s, kind, terminationId, more, flags);
}

function readVerb(s: Scanner, verb: string, start: number): CommandKind | undefined {
  const kind = COMMANDS.read(verb);
  if (kind !== undefined) return kind;
  s.fail('command', `a command expected, ${JSON.stringify(verb)} found`, start, verb === '' ? SYNTAX.action : COMMAND_UNKNOWN);
  return undefined;
}

const LETTER_O = 0x6f;
const LETTER_W = 0x77;

/** @returns whether the word begins with `O-` or `W-`. */
function hasPrefix(word: string, letter: number): boolean {
  return word.charCodeAt(1) === 0x2d && (word.charCodeAt(0) | 0x20) === letter;
}

function readRequestBody(
  s: Scanner,
  kind: CommandKind,
  terminationId: TerminationId,
  more: readonly TerminationId[] | undefined,
  { optional, wildcardReturn }: Flags,
): CommandRequest {
  switch (kind) {
    case 'add':
    case 'move':
    case 'modify':
      return { kind, terminationId, more, optional, wildcardReturn, descriptors: readAmmDescriptors(s) };
    case 'subtract': {
      const audit = s.at(LEFT_BRACE) ? readOnlyAudit(s) : undefined;
      return { kind, terminationId, more, optional, wildcardReturn, audit };
    }
    case 'audit-value':
    case 'audit-capability':
      return { kind, terminationId, more, optional, wildcardReturn, audit: readOnlyAudit(s) };
    case 'notify': {
      s.open();
      readToken(s, t.OBSERVED_EVENTS);
      const observed = readObservedEvents(s);
      const error = s.comma() ? readErrorDescriptor(s) : undefined;
      s.close();
      return { kind, terminationId, more, optional, wildcardReturn, observed, error };
    }
    case 'service-change': {
      s.open();
      readToken(s, t.SERVICES);
      const parameters = readServiceChange(s);
      s.close();
      return { kind, terminationId, more, optional, wildcardReturn, parameters };
    }
    default:
      return kind satisfies never;
  }
}

function readToken(s: Scanner, wanted: t.Token): void {
  const start = s.pos;
  const word = s.word();
  if (!isToken(word, wanted)) s.fail('descriptor', `${wanted.long} expected, ${JSON.stringify(word)} found`, start, DESCRIPTOR_ILLEGAL);
}

function readErrorDescriptor(s: Scanner): ErrorDescriptor {
  readToken(s, t.ERROR);
  return readError(s);
}

/** `{ Audit { ... } }` */
function readOnlyAudit(s: Scanner): AuditDescriptor {
  s.open();
  readToken(s, t.AUDIT);
  const audit = readAudit(s);
  s.close();
  return audit;
}

// --- descriptors -------------------------------------------------------------------------------------------------

type DescriptorKind = AuditReturn['kind'];

export const DESCRIPTORS = new WordTable<DescriptorKind>([
  [t.MEDIA, 'media'],
  [t.MODEM, 'modem'],
  [t.MUX, 'mux'],
  [t.EVENTS, 'events'],
  [t.EVENT_BUFFER, 'event-buffer'],
  [t.SIGNALS, 'signals'],
  [t.DIGIT_MAP, 'digit-map'],
  [t.AUDIT, 'audit'],
  [t.STATISTICS, 'statistics'],
  [t.OBSERVED_EVENTS, 'observed-events'],
  [t.PACKAGES, 'packages'],
  [t.ERROR, 'error'],
]);

function readAmmDescriptors(s: Scanner): AmmDescriptor[] {
  const descriptors: AmmDescriptor[] = [];
  if (!s.eat(LEFT_BRACE)) return descriptors;
  do {
    const start = s.pos;
    const kind = readDescriptorKind(s);
    // RFC 3525 §B.2, ammParameter: at most once.
    if (descriptors.some((each) => each.kind === kind)) s.fail('duplicate', `a second ${kind} descriptor`, start, DESCRIPTOR_TWICE);
    if (kind === 'observed-events' || kind === 'packages' || kind === 'error')
      s.fail('descriptor', `no ${kind} descriptor is legal here`, start, DESCRIPTOR_ILLEGAL);
    else if (kind !== undefined) descriptors.push(readDescriptor(s, kind));
  } while (s.comma());
  s.close();
  return descriptors;
}

function readDescriptorKind(s: Scanner): DescriptorKind | undefined {
  const start = s.pos;
  const word = s.word();
  const kind = DESCRIPTORS.read(word);
  if (kind === undefined && word === '') s.unexpected('a descriptor');
  if (kind === undefined) s.fail('descriptor', `${JSON.stringify(word)} is no descriptor`, start, DESCRIPTOR_UNKNOWN);
  return kind;
}

function readDescriptor(s: Scanner, kind: AmmDescriptor['kind']): AmmDescriptor;
function readDescriptor(s: Scanner, kind: DescriptorKind): AuditReturn;
function readDescriptor(s: Scanner, kind: DescriptorKind): AuditReturn {
  switch (kind) {
    case 'media':
      return readMedia(s);
    case 'modem':
      return readModem(s);
    case 'mux':
      return readMux(s);
    case 'events':
      return readEvents(s);
    case 'event-buffer':
      return readEventBuffer(s);
    case 'signals':
      return readSignals(s);
    case 'digit-map':
      return readDigitMap(s);
    case 'audit':
      return readAudit(s);
    case 'statistics':
      return readStatistics(s);
    case 'observed-events':
      return readObservedEvents(s);
    case 'packages':
      return readPackages(s);
    case 'error':
      return readError(s);
    default:
      return kind satisfies never;
  }
}

/**
 * terminationAudit: descriptors, and bare tokens of descriptors that are empty. `Events`, `Signals` and `EventBuffer` have
 * an empty form of their own, which looks the same; neighbours among the others make one audit descriptor.
 */
function readAuditReturns(s: Scanner): AuditReturn[] {
  const returns: AuditReturn[] = [];
  let bare: AuditItem[] | undefined;
  do {
    const start = s.pos;
    const kind = readDescriptorKind(s);
    if (kind === undefined) break;
    const item = kind === 'events' || kind === 'signals' || kind === 'event-buffer' ? undefined : bareItem(s, start);
    if (item === undefined) {
      bare = undefined;
      if (kind === 'audit') s.fail('descriptor', 'no audit descriptor is legal in a reply', start, DESCRIPTOR_ILLEGAL);
      else returns.push(readDescriptor(s, kind));
    } else if (bare === undefined) {
      bare = [item];
      returns.push({ kind: 'audit', items: bare, individual: undefined });
    } else bare.push(item);
  } while (s.comma());
  return returns;
}

/** @returns the item whose token was just taken at `start`, when nothing of it follows. */
function bareItem(s: Scanner, start: number): AuditItem | undefined {
  if (s.at(LEFT_BRACE) || s.at(EQUAL) || s.at(LEFT_BRACKET)) return undefined;
  const after = s.pos;
  s.pos = start;
  const item = AUDIT_ITEMS.read(s.word());
  s.pos = after;
  return item;
}

// --- replies -----------------------------------------------------------------------------------------------------

/** A reply whose first word is taken. */
export function readReply(s: Scanner, word: string, start: number): CommandReply | undefined {
  s.level = SYNTAX.command;
  const kind = readVerb(s, word, start);
  if (kind === undefined) return undefined;
  s.equal();
  if (kind === 'audit-value' || kind === 'audit-capability') return readAuditReply(s, kind);
  const [terminationId, more] = readTerminations(s);
  if (kind === 'notify') {
    const error = s.eat(LEFT_BRACE) ? readErrorDescriptor(s) : undefined;
    if (error !== undefined) s.close();
    return { kind, terminationId, more, error };
  }
  if (kind === 'service-change') return readServiceChangeReply(s, terminationId, more);
  return readAmmsReply(s, kind, terminationId, more);
}

function readAmmsReply(
  s: Scanner,
  kind: AmmKind | 'subtract',
  terminationId: TerminationId,
  more: readonly TerminationId[] | undefined,
): CommandReply {
  return { kind, terminationId, more, audit: readOptionalReturns(s) };
}

function readOptionalReturns(s: Scanner): AuditReturn[] | undefined {
  if (!s.eat(LEFT_BRACE)) return undefined;
  const audit = readAuditReturns(s);
  s.close();
  return audit;
}

/** `= Context { ids }`, `= Context { Error }`, or as other commands. */
function readAuditReply(s: Scanner, kind: AuditKind): CommandReply {
  const start = s.pos;
  if (isToken(s.word(), t.CONTEXT) && s.at(LEFT_BRACE)) return readContextAudit(s, kind);
  s.pos = start;
  const [terminationId, more] = readTerminations(s);
  return { kind, terminationId, more, audit: readOptionalReturns(s) };
}

function readContextAudit(s: Scanner, command: AuditKind): CommandReply {
  s.open();
  const start = s.pos;
  if (isToken(s.word(), t.ERROR) && s.at(EQUAL)) {
    const result = readError(s);
    s.close();
    return { kind: 'context-audit', command, result };
  }
  s.pos = start;
  const terminationIds: TerminationId[] = [];
  do terminationIds.push(readTerminationId(s));
  while (s.comma());
  s.close();
  return { kind: 'context-audit', command, result: { kind: 'terminations', terminationIds } };
}

function readServiceChangeReply(s: Scanner, terminationId: TerminationId, more: readonly TerminationId[] | undefined): CommandReply {
  if (!s.eat(LEFT_BRACE)) return { kind: 'service-change', terminationId, more, error: undefined, result: undefined };
  const start = s.pos;
  if (isToken(s.word(), t.ERROR)) {
    const error = readError(s);
    s.close();
    return { kind: 'service-change', terminationId, more, error, result: undefined };
  }
  s.pos = start;
  readToken(s, t.SERVICES);
  const result = readServiceChangeResult(s);
  s.close();
  return { kind: 'service-change', terminationId, more, error: undefined, result };
}
