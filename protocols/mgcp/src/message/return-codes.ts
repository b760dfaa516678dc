// Return codes of responses and reason codes of restarts and deletions, by name (RFC 3435 §2.4, §2.5; RFC 3661).

/** Return codes by name. */
export const ReturnCode = {
  responseAck: 0,
  inProgress: 100,
  queued: 101,
  ok: 200,
  connectionDeleted: 250,
  transientError: 400,
  offHook: 401,
  onHook: 402,
  noResourcesNow: 403,
  noBandwidthNow: 404,
  restarting: 405,
  timeout: 406,
  aborted: 407,
  overload: 409,
  noEndpointAvailable: 410,
  unknownEndpoint: 500,
  notReady: 501,
  noResources: 502,
  wildcardTooComplicated: 503,
  unknownCommand: 504,
  unsupportedDescription: 505,
  optionsAgainstDescription: 506,
  unsupportedFunctionality: 507,
  quarantineHandling: 508,
  descriptionError: 509,
  protocolError: 510,
  unknownExtension: 511,
  cannotDetect: 512,
  cannotGenerate: 513,
  announcement: 514,
  wrongConnectionId: 515,
  wrongCallId: 516,
  wrongMode: 517,
  unknownPackage: 518,
  noDigitMap: 519,
  restartingOld: 520,
  redirected: 521,
  noSuchEvent: 522,
  wrongActions: 523,
  optionsInconsistent: 524,
  unknownOptionExtension: 525,
  bandwidth: 526,
  noDescription: 527,
  wrongVersion: 528,
  hardwareFailure: 529,
  casProtocol: 530,
  trunkGroupFailure: 531,
  optionValue: 532,
  responseTooLarge: 533,
  codecNegotiation: 534,
  packetization: 535,
  restartMethod: 536,
  digitMapExtension: 537,
  eventParameter: 538,
  wrongParameter: 539,
  connectionLimit: 540,
  wrongOption: 541,
} as const;

export type ReturnCode = (typeof ReturnCode)[keyof typeof ReturnCode];

/** Codes that only mean something with the package that defines them (§2.4: 8xx). */
export const RedirectCode = { mapOutOfRange: 800, incorrectUsage: 801 } as const;

/** Reason codes by name. */
export const ReasonCodes = {
  normal: 0,
  malfunction: 900,
  outOfService: 901,
  lowerLayerLost: 902,
  qosLost: 903,
  manual: 904,
  facilityFailure: 905,
} as const;

const COMMENTS: Readonly<Record<number, string>> = {
  0: 'Response Acknowledgement',
  100: 'Executing',
  101: 'Queued',
  200: 'OK',
  250: 'Connection Deleted',
  400: 'Transient Error',
  401: 'Phone Already Off-hook',
  402: 'Phone Already On-hook',
  403: 'Insufficient Resources Now',
  404: 'Insufficient Bandwidth Now',
  405: 'Endpoint Restarting',
  406: 'Transaction Timeout',
  407: 'Transaction Aborted',
  409: 'Internal Overload',
  410: 'No Endpoint Available',
  500: 'Endpoint Unknown',
  501: 'Endpoint Not Ready',
  502: 'Insufficient Resources',
  503: 'All-of Wildcard Too Complicated',
  504: 'Unknown Or Unsupported Command',
  505: 'Unsupported Remote Connection Descriptor',
  506: 'Options Conflict With Remote Connection Descriptor',
  507: 'Unsupported Functionality',
  508: 'Unsupported Quarantine Handling',
  509: 'Error In Remote Connection Descriptor',
  510: 'Protocol Error',
  511: 'Unrecognized Extension',
  512: 'Cannot Detect Event',
  513: 'Cannot Generate Signal',
  514: 'Cannot Send Announcement',
  515: 'Incorrect Connection Id',
  516: 'Unknown Call Id',
  517: 'Invalid Mode',
  518: 'Unknown Package',
  519: 'No Digit Map',
  520: 'Endpoint Restarting',
  521: 'Redirected',
  522: 'No Such Event Or Signal',
  523: 'Unknown Action Or Illegal Combination',
  524: 'Local Connection Options Inconsistent',
  525: 'Unknown Option Extension',
  526: 'Insufficient Bandwidth',
  527: 'Missing Remote Connection Descriptor',
  528: 'Incompatible Protocol Version',
  529: 'Hardware Failure',
  530: 'CAS Protocol Error',
  531: 'Trunk Group Failure',
  532: 'Unsupported Option Value',
  533: 'Response Too Large',
  534: 'Codec Negotiation Failure',
  535: 'Packetization Period Not Supported',
  536: 'Unknown Restart Method',
  537: 'Unknown Digit Map Extension',
  538: 'Event Parameter Error',
  539: 'Invalid Command Parameter',
  540: 'Connection Limit Exceeded',
  541: 'Invalid Local Connection Option',
};

/** What stands behind a code when the sender has nothing better to say; '' for codes of packages and unknown ones. */
export function commentOf(code: number): string {
  return COMMENTS[code] ?? '';
}

/**
 * The code that says what a received one means: known codes as they are, an unknown one as the general code of its
 * class (§2.4: 3xx is a redirection, 5xx and above a protocol error). A package that knows its 8xx looks at the code itself.
 */
export function effectiveCode(code: number): number {
  if (COMMENTS[code] !== undefined) return code;
  if (code < 100) return ReturnCode.responseAck;
  if (code < 200) return ReturnCode.inProgress;
  if (code < 300) return ReturnCode.ok;
  if (code < 400) return ReturnCode.redirected;
  return code < 500 ? ReturnCode.transientError : ReturnCode.protocolError;
}

/** 1xx: the final response is still to come. */
export function isProvisional(code: number): boolean {
  return code >= 100 && code < 200;
}

/** 2xx */
export function isSuccess(code: number): boolean {
  return code >= 200 && code < 300;
}

/** What an agent does about an error, in the categories of RFC 3661 §2.1. `specific` codes each have their own rule. */
export type ReturnCategory =
  'normal' | 'service-failure' | 'provisioning-mismatch' | 'temporary-failure' | 'state-mismatch' | 'remote-description' | 'specific';

const CATEGORIES: Readonly<Record<number, ReturnCategory>> = {
  ...categoryOf('normal', 0, 100, 101, 200, 250),
  ...categoryOf('service-failure', 501, 502, 520, 529, 531),
  ...categoryOf('provisioning-mismatch', 500, 503, 504, 507, 508, 511, 512, 513, 514, 517, 518, 522, 523, 524, 525, 526),
  ...categoryOf('provisioning-mismatch', 528, 532, 534, 536, 537, 538, 539, 541),
  ...categoryOf('temporary-failure', 400, 403, 404, 406, 409),
  ...categoryOf('state-mismatch', 401, 402, 515, 516, 519, 540),
  ...categoryOf('remote-description', 505, 506, 509, 527),
};

function categoryOf(category: ReturnCategory, ...codes: number[]): Record<number, ReturnCategory> {
  return Object.fromEntries(codes.map((code) => [code, category]));
}

/** The category of a return code, unknown ones by their class: 405, 407, 410, 510, 521, 530, 533 and 535 are `specific`. */
export function returnCategory(code: number): ReturnCategory {
  return CATEGORIES[effectiveCode(code)] ?? 'specific';
}
