// Messages and shorthands for the tests of the binary codec.
import type { AmmRequest, MegacoMessage, MId, Transaction } from '../../message/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';

/** Who speaks in these messages. */
export const MG: MId = { kind: 'device', name: 'mg1' };

/** A message of one transaction. */
export function message(transaction: Transaction, version = 1): MegacoMessage {
  return { version, mId: MG, body: { kind: 'transactions', transactions: [transaction] } };
}

/** Transaction 7 with one command in context 1. */
export function request(command: AmmRequest, version = 1): MegacoMessage {
  return message({ kind: 'request', transactionId: 7, actions: [{ contextId: 1, commands: [command] }] }, version);
}

/** The message in BER. @throws Error where it cannot be said. */
export function octetsOf(value: MegacoMessage): Buffer {
  const outcome = encode(value);
  if (!outcome.ok) throw new Error(outcome.fault.hint);
  return outcome.value;
}

/** Absent and undefined members mean the same. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Writes a message and reads it again. @returns the model, or the fault of what should have been readable. */
export function thereAndBack(value: MegacoMessage): unknown {
  const outcome = decode(octetsOf(value));
  return outcome.ok ? plain(outcome.value) : outcome.fault;
}

/** Octets from hex digits and blanks. */
export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** A registration. */
export const RESTART: MegacoMessage = message({
  kind: 'request',
  transactionId: 1,
  actions: [
    {
      contextId: 0,
      commands: [
        {
          kind: 'service-change',
          terminationId: 'ROOT',
          parameters: { method: 'restart', reason: '901 Cold Boot', version: 1, timeStamp: '20261122T14341603' },
        },
      ],
    },
  ],
});
