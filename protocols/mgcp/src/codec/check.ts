// What a command must have, may have and must not have, by its verb (RFC 3435 §3.2.2), and what of it nobody can obey
// whoever he is. Reading does not need this: whoever executes a command asks here first.
import { parseSessionDescription } from '@altpath/sdp';
import { isAllOf, isAnyOf } from '../message/endpoint-name.js';
import type { RequestedAction, RequestedEvent } from '../message/events.js';
import type { MgcpCommand } from '../message/message.js';
import type { Parameters } from '../message/parameters.js';
import { ReturnCode } from '../message/return-codes.js';
import { parseDigitMap } from './digit-map.js';
import { type Refusal, refusal } from './faults.js';

type Field = keyof Parameters;

/** The table of §3.2.2 for one verb. K is allowed everywhere, and packages and vendors may add their own. */
interface VerbRule {
  readonly mandatory: readonly Field[];
  readonly optional: readonly Field[];
  /** `all`: `*` may stand in the endpoint; `any`: `$`. */
  readonly wildcards: readonly ('all' | 'any')[];
  readonly takesDescription: boolean;
}

/** What an encapsulated notification request brings (§2.3.5). */
const NOTIFICATION: readonly Field[] = [
  'requestIdentifier',
  'requestedEvents',
  'signalRequests',
  'digitMap',
  'quarantineHandling',
  'detectEvents',
  'persistentEvents',
];
/** RFC 3991 §2.1: the list is allowed wherever the notified entity is. */
const ENTITIES: readonly Field[] = ['notifiedEntity', 'redirectList'];

const RULES: Readonly<Record<string, VerbRule>> = {
  EPCF: {
    mandatory: [],
    optional: ['bearerInformation', 'redirectEntity', 'redirectList', 'redirectEndpoints', 'reset'],
    wildcards: ['all'],
    takesDescription: false,
  },
  CRCX: {
    mandatory: ['callId', 'mode'],
    optional: [...NOTIFICATION, ...ENTITIES, 'bearerInformation', 'localConnectionOptions', 'secondEndpointId'],
    wildcards: ['any'],
    takesDescription: true,
  },
  MDCX: {
    mandatory: ['callId', 'connectionIds'],
    optional: [...NOTIFICATION, ...ENTITIES, 'bearerInformation', 'localConnectionOptions', 'mode'],
    wildcards: [],
    takesDescription: true,
  },
  DLCX: {
    mandatory: [],
    optional: [...NOTIFICATION, ...ENTITIES, 'bearerInformation', 'callId', 'connectionIds', 'connectionParameters', 'reasonCode'],
    wildcards: ['all'],
    takesDescription: false,
  },
  RQNT: {
    mandatory: ['requestIdentifier'],
    optional: [...NOTIFICATION, ...ENTITIES, 'bearerInformation'],
    wildcards: ['all'],
    takesDescription: false,
  },
  NTFY: { mandatory: ['requestIdentifier', 'observedEvents'], optional: ENTITIES, wildcards: [], takesDescription: false },
  AUEP: { mandatory: [], optional: ['requestedInfo'], wildcards: ['all'], takesDescription: false },
  AUCX: { mandatory: ['connectionIds', 'requestedInfo'], optional: [], wildcards: [], takesDescription: false },
  RSIP: { mandatory: ['restartMethod'], optional: ['restartDelayS', 'reasonCode'], wildcards: ['all'], takesDescription: false },
  // Appendix B.3: anything that an extension defines.
  MESG: { mandatory: [], optional: [], wildcards: ['all'], takesDescription: false },
};

/** Verbs with a rule. Another one is told 504 unless the caller knows it. */
export const KNOWN_VERBS: readonly string[] = Object.keys(RULES);

/** What a role knows beyond RFC 3435. */
export interface Knowledge {
  /** Critical extensions (`X+..`, `x+..` in options) that are understood, upper case. */
  readonly criticalExtensions?: readonly string[] | undefined;
  /** Extension letters of digit maps that are understood, upper case; P is (RFC 3660 §2.7). */
  readonly digitMapLetters?: string | undefined;
}

/**
 * Judges a command as far as its own text tells; the endpoint's state, its packages and its media are the role's affair.
 *
 * @returns the return code and the fault that refuse it, or undefined.
 */
export function checkCommand(command: MgcpCommand, knowledge: Knowledge = {}): Refusal | undefined {
  const rule = Object.hasOwn(RULES, command.verb) ? RULES[command.verb] : undefined;
  if (rule === undefined) return refusal(ReturnCode.unknownCommand, 'mgcp.verb.unknown', `Unknown Command ${command.verb}`);
  return (
    checkEndpoint(command, rule) ??
    checkExtensions(command.parameters, knowledge) ??
    checkPresence(command, rule) ??
    checkNotification(command.parameters, knowledge) ??
    checkDescriptions(command, rule)
  );
}

function protocolError(rule: string, hint: string): Refusal {
  return refusal(ReturnCode.protocolError, `mgcp.check.${rule}`, hint);
}

// --- endpoint ------------------------------------------------------------------------------------------------------

function checkEndpoint({ endpoint, parameters, verb }: MgcpCommand, rule: VerbRule): Refusal | undefined {
  const isAll = isAllOf(endpoint);
  const isAny = isAnyOf(endpoint);
  if (!isAll && !isAny) return undefined;
  const isAllowed = !(isAll && isAny) && rule.wildcards.includes(isAll ? 'all' : 'any');
  // §2.3.9: connections are deleted over several endpoints by call only, or all of them.
  const namesOne = verb === 'DLCX' && parameters.connectionIds !== undefined;
  if (isAllowed && !namesOne) return undefined;
  return refusal(ReturnCode.unknownEndpoint, 'mgcp.check.wildcard', 'Wildcard Not Allowed');
}

// --- extensions ----------------------------------------------------------------------------------------------------

/** §3.2.2: `X-` is ignored, `X+` must be understood, packages are the role's, anything else is wrong. */
function checkExtensions(parameters: Parameters, { criticalExtensions = [] }: Knowledge): Refusal | undefined {
  for (const { name } of parameters.extensions ?? []) {
    const code = name.toUpperCase();
    if (code.startsWith('X-') || code.includes('/') || criticalExtensions.includes(code)) continue;
    if (code.startsWith('X+')) return refusal(ReturnCode.unknownExtension, 'mgcp.extension.unknown', `Unrecognized Extension ${name}`);
    return refusal(ReturnCode.wrongParameter, 'mgcp.parameter.unknown', `Unknown Parameter ${name}`);
  }
  for (const { name } of parameters.localConnectionOptions?.extensions ?? []) {
    const isCritical = name.toUpperCase().startsWith('X+') && !criticalExtensions.includes(name.toUpperCase());
    if (isCritical) return refusal(ReturnCode.unknownOptionExtension, 'mgcp.option.unknown', `Unknown Option ${name}`);
  }
  return undefined;
}

// --- the table -----------------------------------------------------------------------------------------------------

/** Fields that say the same as another, or are no parameters of commands. */
const TWINS: readonly Field[] = ['connectionId', 'specificEndpointId', 'extensions', 'responseAck'];

function checkPresence(command: MgcpCommand, rule: VerbRule): Refusal | undefined {
  const { parameters, verb } = command;
  for (const field of rule.mandatory) {
    if (parameters[field] === undefined) return protocolError('missing', `Missing ${field} In ${verb}`);
  }
  if (verb !== 'MESG') {
    for (const field of Object.keys(parameters) as Field[]) {
      const isAllowed = rule.mandatory.includes(field) || rule.optional.includes(field) || TWINS.includes(field);
      if (!isAllowed) return protocolError('forbidden', `Forbidden ${field} In ${verb}`);
    }
  }
  // Several ids only where an audit answers.
  const ids = parameters.connectionIds;
  if (ids !== undefined && ids.length !== 1) return protocolError('connection-id', 'One Connection Id Expected');
  // §2.3.8: a connection is named with its call.
  if (verb === 'DLCX' && ids !== undefined && parameters.callId === undefined) return protocolError('call-id', 'Missing callId In DLCX');
  if (parameters.requestIdentifier === '') return protocolError('request-identifier', 'Empty Request Identifier');
  return undefined;
}

// --- notification requests -----------------------------------------------------------------------------------------

function checkNotification(parameters: Parameters, knowledge: Knowledge): Refusal | undefined {
  // §3.2.2: what an encapsulated request asks must be possible to refer to.
  const isRequest = NOTIFICATION.some(
    (field) => field !== 'requestIdentifier' && field !== 'persistentEvents' && parameters[field] !== undefined,
  );
  if (isRequest && parameters.requestIdentifier === undefined) return protocolError('request-identifier', 'Missing Request Identifier');
  for (const event of parameters.requestedEvents ?? []) {
    const refused = checkActions(event, knowledge);
    if (refused) return refused;
  }
  return checkDigitMap(parameters.digitMap, knowledge);
}

function checkDigitMap(map: string | undefined, { digitMapLetters = 'P' }: Knowledge): Refusal | undefined {
  const letters = map === undefined || map === '' ? '' : (parseDigitMap(map)?.extensionLetters ?? '');
  const unknown = [...letters].find((letter) => !digitMapLetters.includes(letter));
  if (unknown === undefined) return undefined;
  return refusal(ReturnCode.digitMapExtension, 'mgcp.digit-map.extension', `Unknown Digit Map Letter ${unknown}`);
}

/** The table of §2.3.3: which two actions may stand together. Extension actions are their packages' affair. */
const COMPATIBLE: Readonly<Record<RequestedAction['kind'], readonly RequestedAction['kind'][]>> = {
  notify: ['swap', 'keep-signals', 'embedded'],
  swap: ['notify', 'accumulate', 'ignore'],
  accumulate: ['swap', 'keep-signals', 'embedded'],
  'digit-map': ['keep-signals'],
  'keep-signals': ['notify', 'accumulate', 'digit-map', 'embedded', 'ignore'],
  embedded: ['notify', 'accumulate', 'keep-signals'],
  ignore: ['swap', 'keep-signals'],
  extension: [],
};

function checkActions({ actions }: RequestedEvent, knowledge: Knowledge): Refusal | undefined {
  for (let i = 0; i < actions.length; i += 1) {
    const action = actions[i] as RequestedAction;
    for (const other of actions.slice(i + 1)) {
      const isExtension = action.kind === 'extension' || other.kind === 'extension';
      if (isExtension || COMPATIBLE[action.kind].includes(other.kind)) continue;
      return refusal(ReturnCode.wrongActions, 'mgcp.check.actions', `Actions ${action.kind} And ${other.kind} Together`);
    }
    if (action.kind !== 'embedded') continue;
    for (const inner of action.requestedEvents ?? []) {
      const refused = checkActions(inner, knowledge);
      if (refused) return refused;
    }
    const refused = checkDigitMap(action.digitMap, knowledge);
    if (refused) return refused;
  }
  return undefined;
}

// --- session descriptions ------------------------------------------------------------------------------------------

function checkDescriptions({ descriptions, verb }: MgcpCommand, rule: VerbRule): Refusal | undefined {
  if (descriptions.length === 0 || verb === 'MESG') return undefined;
  if (!rule.takesDescription || descriptions.length > 1) {
    return protocolError('description', `Unexpected Session Description In ${verb}`);
  }
  const parsed = parseSessionDescription(descriptions[0] ?? '');
  // Deviation: §3.4 demands o=, s= and t=, and the RFC's own examples leave them out; nothing is lost without them.
  if (parsed.ok || parsed.fault.code === 'sdp.parse.o') return undefined;
  return refusal(ReturnCode.descriptionError, 'mgcp.check.description', 'Error In Remote Connection Descriptor', parsed.fault.offset);
}
