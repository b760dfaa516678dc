// Why a command is refused: an error descriptor in the making. All of a command on one termination is checked before
// anything of it is done, so that a command that fails has changed nothing there (RFC 3525 §7.1.19, H.248.8).
import type { ErrorDescriptor } from '../message/index.js';

/** An H.248.8 code and what the controller is told beside; `text` holds no double quote. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/** A value, or why there is none. */
export type Checked<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal };

/** The codes of H.248.8 that a gateway answers with. */
export const ErrorCode = {
  incorrectIdentifier: 410,
  unknownContext: 411,
  noContextAvailable: 412,
  illegalAction: 421,
  syntaxInAction: 422,
  unknownTermination: 430,
  noTerminationMatched: 431,
  noTerminationAvailable: 432,
  alreadyInContext: 433,
  tooManyTerminations: 434,
  notInContext: 435,
  unknownPackage: 440,
  missingRemoteOrLocal: 441,
  syntaxInCommand: 442,
  unknownCommand: 443,
  unknownDescriptor: 444,
  unknownProperty: 445,
  unknownParameter: 446,
  illegalDescriptor: 447,
  descriptorTwice: 448,
  unknownValue: 449,
  noSuchProperty: 450,
  noSuchEvent: 451,
  noSuchSignal: 452,
  noSuchStatistic: 453,
  noSuchParameterValue: 454,
  propertyIllegal: 455,
  propertyTwice: 456,
  missingParameter: 457,
  unexpectedEvent: 458,
  unknownProfile: 459,
  impliedAdd: 471,
  missingInformation: 472,
  conflictingValues: 473,
  internal: 500,
  notImplemented: 501,
  notReady: 502,
  serviceUnavailable: 503,
  beforeServiceChangeReply: 505,
  noResources: 510,
  cannotDetect: 512,
  cannotGenerate: 513,
  unsupportedMedia: 515,
  unsupportedMode: 517,
  bufferFull: 518,
  noSpaceForDigitMap: 519,
  unknownDigitMap: 520,
  serviceChanging: 521,
  topologyNotSupported: 522,
  auditedNotThere: 532,
  responseTooLarge: 533,
  readOnly: 534,
  hookState: 540,
  notAllowedHere: 542,
  doesNotExist: 581,
} as const;

export type ErrorCodeValue = (typeof ErrorCode)[keyof typeof ErrorCode];

/** Their names, in our words: what an error text begins with. */
const NAMES: Readonly<Record<ErrorCodeValue, string>> = {
  410: 'Incorrect identifier',
  411: 'Unknown context',
  412: 'No context available',
  421: 'Unknown or illegal combination of actions',
  422: 'Syntax error in action',
  430: 'Unknown termination',
  431: 'No termination matched the wildcard',
  432: 'No termination available',
  433: 'Termination is in a context already',
  434: 'Too many terminations in the context',
  435: 'Termination is not in this context',
  440: 'Unsupported or unknown package',
  441: 'Missing Remote or Local',
  442: 'Syntax error in command',
  443: 'Unsupported or unknown command',
  444: 'Unsupported or unknown descriptor',
  445: 'Unsupported or unknown property',
  446: 'Unsupported or unknown parameter',
  447: 'Descriptor not legal in this command',
  448: 'Descriptor appears twice',
  449: 'Unsupported or unknown value',
  450: 'No such property in this package',
  451: 'No such event in this package',
  452: 'No such signal in this package',
  453: 'No such statistic in this package',
  454: 'No such parameter value in this package',
  455: 'Property illegal in this descriptor',
  456: 'Property appears twice in this descriptor',
  457: 'Missing parameter in signal or event',
  458: 'Unexpected event or request id',
  459: 'Unsupported or unknown profile',
  471: 'Implied Add for multiplex failed',
  472: 'Required information missing',
  473: 'Conflicting property values',
  500: 'Internal failure',
  501: 'Not implemented',
  502: 'Not ready',
  503: 'Service unavailable',
  505: 'Before the reply to the registration',
  510: 'Insufficient resources',
  512: 'Not equipped to detect this event',
  513: 'Not equipped to generate this signal',
  515: 'Unsupported media type',
  517: 'Unsupported or invalid mode',
  518: 'Event buffer full',
  519: 'Out of space for digit maps',
  520: 'Digit map not defined',
  521: 'Termination is in ServiceChange',
  522: 'Topology not supported',
  532: 'What is audited does not exist',
  533: 'Response too large',
  534: 'Read-only property',
  540: 'Unexpected hook state',
  542: 'Command not allowed on this termination',
  581: 'Does not exist',
};

/** @param detail  What of the command it is: a termination, a name. */
export function refuse(code: ErrorCodeValue, detail?: string): Refusal {
  return { code, text: detail === undefined ? NAMES[code] : `${NAMES[code]}: ${detail.replace(/[^\x20-\x7e]|"/g, "'")}` };
}

export function refused(code: ErrorCodeValue, detail?: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refuse(code, detail) };
}

export function errorOf({ code, text }: Refusal): ErrorDescriptor {
  return { kind: 'error', code, text };
}
