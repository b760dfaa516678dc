// The service change descriptor of a request and of a reply. RFC 3525 §B.2, serviceChangeDescriptor and
// serviceChangeReplyDescriptor; §7.2.8. Every parameter stands at most once.
import type {
  AuditItem,
  IndividualAudit,
  MId,
  Parameter,
  ServiceChangeAddress,
  ServiceChangeMethod,
  ServiceChangeParameters,
  ServiceChangeResult,
} from '../../message/index.js';
import { SLASH } from './characters.js';
import { AUDIT_ITEMS, readAudit, readAuditItem } from './read-audit.js';
import { isExtension, isTimeStamp, type Mutable, readMId, readParameter, readValue, readVersioned, twice } from './read-values.js';
import { decimal, type Scanner, UINT16, UINT32 } from './scanner.js';
import * as t from './tokens.js';
import { WordTable } from './tokens.js';

export const METHODS = new WordTable<ServiceChangeMethod>([
  [t.FAILOVER, 'failover'],
  [t.FORCED, 'forced'],
  [t.GRACEFUL, 'graceful'],
  [t.RESTART, 'restart'],
  [t.DISCONNECTED, 'disconnected'],
  [t.HANDOFF, 'handoff'],
]);

type ResultWord = 'address' | 'mgc-id' | 'profile' | 'version';
type RequestWord = ResultWord | 'method' | 'reason' | 'delay' | 'incomplete' | 'audit';

const RESULT_ENTRIES: readonly (readonly [t.Token, ResultWord])[] = [
  [t.SERVICE_CHANGE_ADDRESS, 'address'],
  [t.MGC_ID, 'mgc-id'],
  [t.PROFILE, 'profile'],
  [t.VERSION, 'version'],
];

const RESULT_WORDS = new WordTable<ResultWord>(RESULT_ENTRIES);

const REQUEST_WORDS = new WordTable<RequestWord>([
  ...RESULT_ENTRIES,
  [t.METHOD, 'method'],
  [t.REASON, 'reason'],
  [t.DELAY, 'delay'],
  [t.SERVICE_CHANGE_INCOMPLETE, 'incomplete'],
  [t.AUDIT, 'audit'],
]);

type Draft = { -readonly [K in keyof ServiceChangeParameters]: ServiceChangeParameters[K] | undefined };

/** Behind `Services` in a request. Method and reason are demanded. */
export function readServiceChange(s: Scanner): ServiceChangeParameters {
  const start = s.pos;
  const extensions: Parameter[] = [];
  const items: AuditItem[] = [];
  const individual: IndividualAudit[] = [];
  const draft: Draft = {
    method: undefined,
    reason: undefined,
    delay: undefined,
    address: undefined,
    mgcId: undefined,
    profile: undefined,
    version: undefined,
    timeStamp: undefined,
    info: undefined,
    incomplete: undefined,
    extensions: undefined,
  };
  s.open();
  do {
    const at = s.pos;
    const word = s.word();
    const meaning = REQUEST_WORDS.read(word);
    if (meaning !== undefined) readRequestParameter(s, draft, meaning);
    else if (AUDIT_ITEMS.read(word) !== undefined) readAuditItem(s, word, at, items, individual);
    else if (isExtension(word)) extensions.push(readParameter(s, word, at));
    else takeTimeStamp(s, draft, word, at);
  } while (s.comma());
  s.close();
  if (extensions.length > 0) draft.extensions = extensions;
  if (items.length + individual.length > 0)
    draft.info = { kind: 'audit', items, individual: individual.length > 0 ? individual : undefined };
  const { method, reason } = draft;
  if (method === undefined || reason === undefined)
    s.fail('service-change', 'Method and Reason are both required (RFC 3525 §7.2.8)', start);
  return { ...draft, method: method ?? 'restart', reason: reason ?? '' };
}

function readRequestParameter(s: Scanner, draft: Draft, meaning: RequestWord): void {
  if (meaning === 'incomplete') {
    draft.incomplete = true;
    return;
  }
  if (meaning === 'audit') {
    draft.info = readAudit(s);
    return;
  }
  switch (meaning) {
    case 'method':
      if (draft.method !== undefined) twice(s, 'Method');
      s.equal();
      draft.method = readMethod(s);
      return;
    case 'reason':
      if (draft.reason !== undefined) twice(s, 'Reason');
      s.equal();
      // RFC 3525 §B.2 wants a quoted string; a bare number is met (`RE=901`).
      draft.reason = readValue(s).text;
      return;
    case 'delay':
      if (draft.delay !== undefined) twice(s, 'Delay');
      s.equal();
      draft.delay = s.number(UINT32, 'delay');
      return;
    default:
      readResultParameter(s, draft, meaning);
  }
}

function readMethod(s: Scanner): ServiceChangeMethod {
  const start = s.pos;
  const word = s.word();
  const method = METHODS.read(word);
  if (method !== undefined) return method;
  if (!isExtension(word)) s.fail('value', `Method: ${JSON.stringify(word)} is none of its values`, start);
  return `X${word.slice(1)}`;
}

/** Behind `Services` in a reply. */
export function readServiceChangeResult(s: Scanner): ServiceChangeResult {
  const draft: Mutable<ServiceChangeResult> = {
    address: undefined,
    mgcId: undefined,
    profile: undefined,
    version: undefined,
    timeStamp: undefined,
  };
  s.open();
  do {
    const at = s.pos;
    const word = s.word();
    const meaning = RESULT_WORDS.read(word);
    if (meaning !== undefined) readResultParameter(s, draft, meaning);
    else takeTimeStamp(s, draft, word, at);
  } while (s.comma());
  s.close();
  return draft;
}

function readResultParameter(s: Scanner, draft: Mutable<ServiceChangeResult>, meaning: ResultWord): void {
  switch (meaning) {
    case 'address':
      if (draft.address !== undefined) twice(s, 'ServiceChangeAddress');
      s.equal();
      draft.address = readServiceAddress(s);
      break;
    case 'mgc-id':
      if (draft.mgcId !== undefined) twice(s, 'MgcIdToTry');
      s.equal();
      draft.mgcId = readMId(s);
      break;
    case 'profile':
      if (draft.profile !== undefined) twice(s, 'Profile');
      s.equal();
      draft.profile = readVersioned(s, SLASH, 'profile');
      return;
    case 'version':
      if (draft.version !== undefined) twice(s, 'Version');
      s.equal();
      draft.version = s.number(99, 'version', 2);
      return;
    default:
      meaning satisfies never;
  }
  // RFC 3525 §B.2: "at most one of either serviceChangeAddress or serviceChangeMgcId but not both".
  if (draft.address !== undefined && draft.mgcId !== undefined)
    s.fail('service-change', 'ServiceChangeAddress and MgcIdToTry stand together');
}

function readServiceAddress(s: Scanner): ServiceChangeAddress {
  const start = s.pos;
  const mId: MId = readMId(s);
  if (mId.kind !== 'device') return mId;
  const port = decimal(mId.name, UINT16, 5);
  if (port >= 0) return { kind: 'port', port };
  if (/^\d+$/.test(mId.name)) s.fail('number', 'a port is from 0 to 65535', start);
  return mId;
}

function takeTimeStamp(s: Scanner, draft: { timeStamp?: string | undefined }, word: string, at: number): void {
  if (!isTimeStamp(word)) s.fail('unknown', `${JSON.stringify(word)} is no part of a service change`, at);
  if (draft.timeStamp !== undefined) twice(s, 'the time stamp');
  draft.timeStamp = word.toUpperCase();
}
