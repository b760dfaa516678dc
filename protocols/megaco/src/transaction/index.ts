// The door of the transaction room.
export {
  BINARY,
  binaryEncoding,
  COMPACT_TEXT,
  type Encoding,
  type EncodingName,
  encodingOf,
  type Incoming,
  PRETTY_TEXT,
  readMessage,
} from './encoding.js';
export type { TransactionEnvironment } from './environment.js';
export type { Association, FailureReason, Outgoing, Outstanding, ReplyResult, RequestHandle, TransactionEvent } from './events.js';
export { TransactionIds } from './ids.js';
export {
  DEFAULT_TRANSACTION_SETTINGS,
  type HistoryBounds,
  type ProvisionalSettings,
  type TimerSettings,
  type TransactionSettings,
  transactionSettings,
} from './settings.js';
export { TransactionLayer } from './layer.js';
export { CLIENT, SERVER, TRANSACTION_TABLES, type TransactionTable } from './machines.js';
export { Streams } from './streams.js';
