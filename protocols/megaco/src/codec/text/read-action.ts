// Actions: a context, its properties, what is asked of it, and its commands. RFC 3525 §B.2, actionRequest and
// actionReply; IEPS, context attributes, lists and selection are version 3.
import type {
  ActionReply,
  ActionRequest,
  CommandReply,
  CommandRequest,
  ContextAudit,
  ContextId,
  ContextProperties,
  ErrorDescriptor,
  IndividualProperty,
  Property,
  Topology,
  TopologyDirection,
} from '../../message/index.js';
import { EQUAL, LEFT_BRACE } from './characters.js';
import { readCommand, readReply } from './read-command.js';
import {
  atParameterValue,
  itemName,
  type Mutable,
  readBlock,
  readChoice,
  readContextId,
  readError,
  readParameterValue,
  readStreamId,
  readSwitch,
  readTerminationId,
  twice,
} from './read-values.js';
import { type Scanner, SYNTAX } from './scanner.js';
import * as t from './tokens.js';
import { isToken, WordTable } from './tokens.js';

/** `Context = id`, in front of its brace. */
export function readContext(s: Scanner): ContextId {
  s.level = SYNTAX.action;
  const start = s.pos;
  const word = s.word();
  if (!isToken(word, t.CONTEXT)) s.fail('context', `Context expected, ${JSON.stringify(word)} found`, start);
  s.equal();
  return readContextId(s);
}

/** `{ properties, audit, commands }` behind `Context = id`; at least one of the three. */
export function readActionRequest(s: Scanner, contextId: ContextId): ActionRequest {
  const commands: CommandRequest[] = [];
  let properties: Mutable<ContextProperties> | undefined;
  let audit: ContextAudit | undefined;
  s.open();
  do {
    s.level = SYNTAX.action;
    const start = s.pos;
    const word = s.word();
    const meaning = s.at(EQUAL) || commands.length === 0 ? CONTEXT_WORDS.read(word) : undefined;
    if (meaning !== undefined) {
      if (commands.length > 0) s.fail('action', `${JSON.stringify(word)} stands behind a command`, start);
      properties ??= noProperties();
      readContextProperty(s, properties, meaning);
    } else if (isToken(word, t.CONTEXT_AUDIT)) {
      if (audit !== undefined) twice(s, 'ContextAudit');
      audit = readContextAudit(s);
    } else {
      const command = readCommand(s, word, start);
      if (command !== undefined) commands.push(command);
    }
  } while (s.comma());
  s.level = SYNTAX.action;
  s.close();
  return { contextId, properties, audit, commands };
}

/** `{ error }`, or properties and replies and at the end an error or none; version 3 has a reply that says nothing at all. */
export function readActionReply(s: Scanner, contextId: ContextId): ActionReply {
  const commands: CommandReply[] = [];
  let properties: Mutable<ContextProperties> | undefined;
  let error: ErrorDescriptor | undefined;
  if (!s.eat(LEFT_BRACE)) return { contextId, properties, commands, error };
  do {
    s.level = SYNTAX.action;
    const start = s.pos;
    const word = s.word();
    const meaning = commands.length === 0 ? CONTEXT_WORDS.read(word) : undefined;
    if (error !== undefined) s.fail('action', 'something stands behind the error', start);
    else if (isToken(word, t.ERROR)) error = readError(s);
    else if (meaning !== undefined) {
      properties ??= noProperties();
      readContextProperty(s, properties, meaning);
    } else {
      const reply = readReply(s, word, start);
      if (reply !== undefined) commands.push(reply);
    }
  } while (s.comma());
  s.level = SYNTAX.action;
  s.close();
  return { contextId, properties, commands, error };
}

// --- properties --------------------------------------------------------------------------------------------------

type ContextWord = 'topology' | 'priority' | 'emergency' | 'emergency-off' | 'ieps' | 'attributes';

const CONTEXT_WORDS = new WordTable<ContextWord>([
  [t.TOPOLOGY, 'topology'],
  [t.PRIORITY, 'priority'],
  [t.EMERGENCY, 'emergency'],
  [t.EMERGENCY_OFF, 'emergency-off', 'EmergencyOffToken'],
  [t.IEPS, 'ieps'],
  [t.CONTEXT_ATTRIBUTES, 'attributes'],
]);

const MAX_PRIORITY = 15;

function noProperties(): Mutable<ContextProperties> {
  return {
    priority: undefined,
    emergency: undefined,
    topology: undefined,
    iepsCall: undefined,
    properties: undefined,
    contextList: undefined,
  };
}

function readContextProperty(s: Scanner, properties: Mutable<ContextProperties>, meaning: ContextWord): void {
  switch (meaning) {
    case 'priority':
      if (properties.priority !== undefined) twice(s, 'Priority');
      s.equal();
      properties.priority = s.number(MAX_PRIORITY, 'priority', 5);
      return;
    case 'emergency':
    case 'emergency-off':
      if (properties.emergency !== undefined) twice(s, 'Emergency');
      properties.emergency = meaning === 'emergency';
      return;
    case 'ieps':
      if (properties.iepsCall !== undefined) twice(s, 'IEPSCall');
      properties.iepsCall = readSwitch(s, 'IEPSCall');
      return;
    case 'topology':
      if (properties.topology !== undefined) twice(s, 'Topology');
      properties.topology = readTopology(s);
      return;
    case 'attributes':
      readAttributes(s, properties);
      return;
    default:
      return meaning satisfies never;
  }
}

/** `{ pkg/property = value, ..., ContextList = { id, ... } }` */
function readAttributes(s: Scanner, properties: Mutable<ContextProperties>): void {
  const list: Property[] = [];
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    if (isToken(word, t.CONTEXT_LIST)) {
      if (properties.contextList !== undefined) twice(s, 'ContextList');
      s.equal();
      properties.contextList = readBlock(s, readContextId);
    } else list.push({ name: itemName(s, word, start), value: readParameterValue(s) });
  } while (s.comma());
  s.close();
  if (list.length > 0) properties.properties = list;
}

export const TOPOLOGY_DIRECTIONS = new WordTable<TopologyDirection>([
  [t.BOTHWAY, 'bothway'],
  [t.ISOLATE, 'isolate'],
  [t.ONEWAY, 'oneway'],
  [t.ONEWAY_EXTERNAL, 'oneway-external'],
  [t.ONEWAY_BOTH, 'oneway-both'],
]);

/**
 * `{ from, to, direction, from, to, direction, ... }`; behind a direction may stand `Stream = n` (version 2) and the
 * direction that says more (version 3, as ASN.1 has it: topologyDirectionExtension).
 */
function readTopology(s: Scanner): Topology[] {
  const topology: Mutable<Topology>[] = [];
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const last = topology.at(-1);
    const extension = last === undefined ? undefined : TOPOLOGY_DIRECTIONS.read(word, s.version);
    if (last !== undefined && s.at(EQUAL) && isToken(word, t.STREAM)) {
      if (last.streamId !== undefined) twice(s, 'Stream');
      last.streamId = readStreamId(s);
    } else if (last !== undefined && (extension === 'oneway-external' || extension === 'oneway-both')) last.direction = extension;
    else {
      s.pos = start;
      topology.push(readTriple(s));
    }
  } while (s.comma());
  s.close();
  return topology;
}

function readTriple(s: Scanner): Topology {
  const from = readTerminationId(s);
  if (!s.comma()) s.unexpected(',');
  const to = readTerminationId(s);
  if (!s.comma()) s.unexpected(',');
  return { from, to, direction: readChoice(s, TOPOLOGY_DIRECTIONS, 'isolate', 'the direction'), streamId: undefined };
}

// --- audit of a context ------------------------------------------------------------------------------------------

type ContextAuditWord = 'topology' | 'emergency' | 'emergencyIs' | 'priority' | 'iepsCall' | 'and' | 'or';

const CONTEXT_AUDIT_WORDS = new WordTable<ContextAuditWord>([
  [t.TOPOLOGY, 'topology'],
  [t.EMERGENCY, 'emergency'],
  [t.EMERGENCY_VALUE, 'emergencyIs'],
  [t.PRIORITY, 'priority'],
  [t.IEPS, 'iepsCall'],
  [t.AND_LOGIC, 'and'],
  [t.OR_LOGIC, 'or'],
]);

const EMERGENCY_VALUES = new WordTable<boolean>([
  [t.EMERGENCY, true],
  [t.EMERGENCY_OFF, false, 'EmergencyOffToken'],
]);

/** Behind `ContextAudit`. */
function readContextAudit(s: Scanner): ContextAudit {
  const properties: IndividualProperty[] = [];
  const audit: Mutable<ContextAudit> = {
    topology: undefined,
    emergency: undefined,
    priority: undefined,
    iepsCall: undefined,
    properties: undefined,
    priorityIs: undefined,
    emergencyIs: undefined,
    iepsCallIs: undefined,
    logic: undefined,
  };
  s.open();
  do {
    const start = s.pos;
    const word = s.word();
    const meaning = CONTEXT_AUDIT_WORDS.read(word);
    if (meaning === undefined) {
      const name = itemName(s, word, start);
      properties.push({ name, value: atParameterValue(s) ? readParameterValue(s) : undefined });
    } else readContextAuditItem(s, audit, meaning);
  } while (s.comma());
  s.close();
  if (properties.length > 0) audit.properties = properties;
  return audit;
}

function readContextAuditItem(s: Scanner, audit: Mutable<ContextAudit>, meaning: ContextAuditWord): void {
  switch (meaning) {
    case 'topology':
    case 'emergency':
      askOnce(s, audit, meaning);
      return;
    case 'priority':
      if (s.eat(EQUAL)) audit.priorityIs = s.number(MAX_PRIORITY, 'priority', 5);
      else askOnce(s, audit, meaning);
      return;
    case 'iepsCall':
      if (s.at(EQUAL)) audit.iepsCallIs = readSwitch(s, 'IEPSCall');
      else askOnce(s, audit, meaning);
      return;
    case 'emergencyIs':
      s.equal();
      audit.emergencyIs = readChoice(s, EMERGENCY_VALUES, false, 'EmergencyValue');
      return;
    case 'and':
    case 'or':
      audit.logic = meaning;
      return;
    default:
      return meaning satisfies never;
  }
}

function askOnce(s: Scanner, audit: Mutable<ContextAudit>, what: 'topology' | 'emergency' | 'priority' | 'iepsCall'): void {
  if (audit[what] !== undefined) twice(s, what);
  audit[what] = true;
}
