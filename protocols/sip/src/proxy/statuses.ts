// Status codes and their reason phrases (RFC 3261 §21 and the RFCs that added to it), and the neutral reasons of
// routing as SIP says them.

const PHRASES: Readonly<Record<number, string>> = {
  100: 'Trying', 180: 'Ringing', 183: 'Session Progress', 200: 'OK', 202: 'Accepted', 302: 'Moved Temporarily', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 408: 'Request Timeout', 413: 'Request Entity Too Large', 415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme', 420: 'Bad Extension', 421: 'Extension Required', 422: 'Session Interval Too Small', 423: 'Interval Too Brief', 430: 'Flow Failed', 440: 'Max-Breadth Exceeded', 469: 'Bad Info Package',
  480: 'Temporarily Unavailable', 481: 'Call/Transaction Does Not Exist', 482: 'Loop Detected', 483: 'Too Many Hops',
  484: 'Address Incomplete', 486: 'Busy Here', 487: 'Request Terminated', 488: 'Not Acceptable Here', 489: 'Bad Event', 491: 'Request Pending', 500: 'Server Internal Error', 501: 'Not Implemented', 502: 'Bad Gateway',
  503: 'Service Unavailable', 504: 'Server Time-out', 505: 'Version Not Supported', 513: 'Message Too Large',
}; // prettier-ignore

export function phraseOf(status: number): string {
  return PHRASES[status] ?? 'Unknown';
}

/** What routing's neutral reasons are in SIP. An unknown reason is our own fault: 500. */
const STATUS_OF_REASON: Readonly<Record<string, number>> = {
  'no-route': 404,
  'not-found': 404,
  unavailable: 480,
  forbidden: 403,
  'not-allowed': 405,
  'flow-gone': 430,
  overloaded: 503,
};

export function statusOfReason(reason: string): number {
  return STATUS_OF_REASON[reason] ?? 500;
}

/** Methods that this element knows; a proxy forwards the others as well. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, REGISTER, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PUBLISH';

/** What a telephone takes that is a line of a gateway: calls. */
export const ALLOW_OF_LINES = 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER';
