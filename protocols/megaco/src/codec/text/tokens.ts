// Every token of the text encoding with its two spellings and the version that brought it, and tables that turn a word
// into what it means at one place. The same word is a token here and a name there (RFC 3525 §B.1), so there is no table
// of all words: each place has its own. Spellings: RFC 3525 §B.2, H.248.1 versions 2 and 3.

export interface Token {
  readonly long: string;
  readonly short: string;
  /** Both in lower case. */
  readonly lower: readonly [long: string, short: string];
  /** 1, 2 or 3. */
  readonly since: number;
}

function token(long: string, short: string = long, since = 1): Token {
  return { long, short, lower: [long.toLowerCase(), short.toLowerCase()], since };
}

export const ADD = token('Add', 'A');
export const AND_LOGIC = token('ANDLgc', 'ANDLgc', 3);
export const AUDIT = token('Audit', 'AT');
export const AUDIT_CAPABILITY = token('AuditCapability', 'AC');
export const AUDIT_VALUE = token('AuditValue', 'AV');
export const AUTHENTICATION = token('Authentication', 'AU');
export const BOTH = token('Both', 'B', 3);
export const BOTHWAY = token('Bothway', 'BW');
export const BRIEF = token('Brief', 'BR');
export const BUFFER = token('Buffer', 'BF');
export const CONTEXT = token('Context', 'C');
export const CONTEXT_ATTRIBUTES = token('ContextAttr', 'CT', 3);
export const CONTEXT_AUDIT = token('ContextAudit', 'CA');
export const CONTEXT_LIST = token('ContextList', 'CLT', 3);
export const DELAY = token('Delay', 'DL');
export const DIGIT_MAP = token('DigitMap', 'DM');
export const DIRECTION = token('SPADirection', 'SPADI', 3);
export const DISCONNECTED = token('Disconnected', 'DC');
export const DURATION = token('Duration', 'DR');
export const EMBED = token('Embed', 'EM');
export const EMERGENCY = token('Emergency', 'EG');
export const EMERGENCY_OFF = token('EmergencyOff', 'EGO', 3);
export const EMERGENCY_VALUE = token('EmergencyValue', 'EGV', 3);
export const ERROR = token('Error', 'ER');
export const EVENT_BUFFER = token('EventBuffer', 'EB');
export const EVENTS = token('Events', 'E');
export const EXTERNAL = token('External', 'EX', 3);
export const FAILOVER = token('Failover', 'FL');
export const FORCED = token('Forced', 'FO');
export const GRACEFUL = token('Graceful', 'GR');
export const H221 = token('H221');
export const H223 = token('H223');
export const H226 = token('H226');
export const HANDOFF = token('HandOff', 'HO');
export const IEPS = token('IEPSCall', 'IEPS', 3);
export const IMM_ACK_REQUIRED = token('ImmAckRequired', 'IA');
export const IN_SERVICE = token('InService', 'IV');
export const INACTIVE = token('Inactive', 'IN');
export const INTERNAL = token('Internal', 'IT', 3);
export const INTERRUPTED_BY_EVENT = token('IntByEvent', 'IBE');
export const INTERRUPTED_BY_SIGNALS = token('IntBySigDescr', 'IBS');
export const INTER_SIGNAL_DELAY = token('Intersignal', 'SPAIS', 3);
export const ISOLATE = token('Isolate', 'IS');
export const ITERATION = token('Iteration', 'IR', 3);
export const KEEP_ACTIVE = token('KeepActive', 'KA');
export const LOCAL = token('Local', 'L');
export const LOCAL_CONTROL = token('LocalControl', 'O');
export const LOCK_STEP = token('LockStep', 'SP');
export const LOOPBACK = token('Loopback', 'LB');
export const MEDIA = token('Media', 'M');
export const MEGACO = token('MEGACO', '!');
export const METHOD = token('Method', 'MT');
export const MGC_ID = token('MgcIdToTry', 'MG');
export const MODE = token('Mode', 'MO');
export const MODEM = token('Modem', 'MD');
export const MODIFY = token('Modify', 'MF');
export const MOVE = token('Move', 'MV');
export const MTP = token('MTP');
export const MUX = token('Mux', 'MX');
export const NEVER_NOTIFY = token('NeverNotify', 'NBNN', 3);
export const NOTIFY = token('Notify', 'N');
export const NOTIFY_COMPLETION = token('NotifyCompletion', 'NC');
export const NOTIFY_IMMEDIATE = token('ImmediateNotify', 'NBIN', 3);
export const NOTIFY_REGULATED = token('RegulatedNotify', 'NBRN', 3);
export const NX64K = token('Nx64Kservice', 'N64', 2);
export const OBSERVED_EVENTS = token('ObservedEvents', 'OE');
export const OFF = token('OFF');
export const ON = token('ON');
export const ON_OFF = token('OnOff', 'OO');
export const ONEWAY = token('Oneway', 'OW');
export const ONEWAY_BOTH = token('OnewayBoth', 'OWB', 3);
export const ONEWAY_EXTERNAL = token('OnewayExternal', 'OWE', 3);
export const OR_LOGIC = token('ORLgc', 'ORLgc', 3);
export const OTHER_REASON = token('OtherReason', 'OR');
export const OUT_OF_SERVICE = token('OutOfService', 'OS');
export const PACKAGES = token('Packages', 'PG');
export const PENDING = token('Pending', 'PN');
export const PRIORITY = token('Priority', 'PR');
export const PROFILE = token('Profile', 'PF');
export const REASON = token('Reason', 'RE');
export const RECEIVE_ONLY = token('ReceiveOnly', 'RC');
export const REMOTE = token('Remote', 'R');
export const REPLY = token('Reply', 'P');
export const REQUEST_ID = token('SPARequestID', 'SPARQ', 3);
export const RESERVED_GROUP = token('ReservedGroup', 'RG');
export const RESERVED_VALUE = token('ReservedValue', 'RV');
export const RESET_EVENTS = token('ResetEventsDescriptor', 'RSE', 3);
export const RESPONSE_ACK = token('TransactionResponseAck', 'K');
export const RESTART = token('Restart', 'RS');
export const SEGMENT = token('Segment', 'SM', 3);
export const SEGMENTATION_COMPLETE = token('END', '&', 3);
export const SEND_ONLY = token('SendOnly', 'SO');
export const SEND_RECEIVE = token('SendReceive', 'SR');
export const SERVICE_CHANGE = token('ServiceChange', 'SC');
export const SERVICE_CHANGE_ADDRESS = token('ServiceChangeAddress', 'AD');
export const SERVICE_CHANGE_INCOMPLETE = token('ServiceChangeInc', 'SIC', 3);
export const SERVICE_STATES = token('ServiceStates', 'SI');
export const SERVICES = token('Services', 'SV');
export const SIGNAL_LIST = token('SignalList', 'SL');
export const SIGNAL_TYPE = token('SignalType', 'SY');
export const SIGNALS = token('Signals', 'SG');
export const STATISTICS = token('Statistics', 'SA');
export const STREAM = token('Stream', 'ST');
export const SUBTRACT = token('Subtract', 'S');
export const SYNCH_ISDN = token('SynchISDN', 'SN');
export const TERMINATION_STATE = token('TerminationState', 'TS');
export const TEST = token('Test', 'TE');
export const TIME_OUT = token('TimeOut', 'TO');
export const TOPOLOGY = token('Topology', 'TP');
export const TRANSACTION = token('Transaction', 'T');
export const V18 = token('V18');
export const V22 = token('V22');
export const V22BIS = token('V22b');
export const V32 = token('V32');
export const V32BIS = token('V32b');
export const V34 = token('V34');
export const V76 = token('V76');
export const V90 = token('V90');
export const V91 = token('V91');
export const VERSION = token('Version', 'V');

/** What words mean at one place of the grammar; case is ignored. */
export class WordTable<Meaning> {
  readonly #words = new Map<string, { readonly meaning: Meaning; readonly since: number }>();
  readonly #tokens = new Map<Meaning, Token>();
  #longest = 0;

  /** @param entries  Tokens and their meaning here; further spellings may be given as `[token, meaning, spelling...]`. */
  constructor(entries: readonly (readonly [token: Token, meaning: Meaning, ...also: readonly string[]])[]) {
    for (const [each, meaning, ...also] of entries) {
      this.#tokens.set(meaning, each);
      for (const spelling of [each.long, each.short, ...also]) {
        const entry = { meaning, since: each.since };
        this.#longest = Math.max(this.#longest, spelling.length);
        // The usual ways to write it find it at once; any other mixture of cases by its lower-case form.
        for (const form of [spelling, spelling.toLowerCase(), spelling.toUpperCase()]) this.#words.set(form, entry);
      }
    }
  }

  /**
   * @param version  Where names can stand as well: only tokens that this version knows. Else every token is one.
   */
  read(word: string, version = 99): Meaning | undefined {
    if (word.length > this.#longest) return undefined;
    const entry = this.#words.get(word) ?? this.#inLowerCase(word);
    return entry !== undefined && entry.since <= version ? entry.meaning : undefined;
  }

  #inLowerCase(word: string): { readonly meaning: Meaning; readonly since: number } | undefined {
    const lower = word.toLowerCase();
    return lower === word ? undefined : this.#words.get(lower);
  }

  /** @returns the token that says this. */
  tokenOf(meaning: Meaning): Token | undefined {
    return this.#tokens.get(meaning);
  }
}

/** @returns whether this word is the token, in either spelling and any case. */
export function isToken(word: string, wanted: Token): boolean {
  const { long, short } = wanted;
  if (word === short || word === long) return true;
  if (word.length !== long.length && word.length !== short.length) return false;
  const lower = word.toLowerCase();
  return lower === wanted.lower[0] || lower === wanted.lower[1];
}
