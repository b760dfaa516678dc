// What the tests of the text codec share: short ways from text to a model and back.
import type { ActionRequest, AuditReturn, CommandReply, CommandRequest, MegacoMessage, Transaction } from '../../message/index.js';
import type { MegacoFault } from '../fault.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import type { TextStyle } from './writer.js';

/** The model without absent members: `undefined` and left out mean the same. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

export function read(text: string): MegacoMessage {
  const outcome = decode(Buffer.from(text, 'latin1'));
  if (!outcome.ok) throw new Error(`${outcome.fault.code} at ${outcome.fault.offset}: ${outcome.fault.hint}`);
  return outcome.value;
}

export function faultOf(text: string): MegacoFault {
  const outcome = decode(Buffer.from(text, 'latin1'));
  if (outcome.ok) throw new Error(`accepted: ${text}`);
  return outcome.fault;
}

export function write(message: MegacoMessage, style: TextStyle = 'compact'): string {
  return encode(message, { style }).toString('latin1');
}

export function transactionsOf(text: string): readonly Transaction[] {
  const { body } = read(text);
  if (body.kind === 'error') throw new Error('a message error');
  return body.transactions;
}

/** The only action of `T=1{C=1{...}}` around this text. */
export function readAction(text: string, version = 1): ActionRequest {
  const [transaction] = transactionsOf(`!/${version} mg1 T=1{C=1{${text}}}`);
  const action = transaction?.kind === 'request' ? transaction.actions[0] : undefined;
  if (action === undefined) throw new Error('no action');
  return action;
}

/** The only command of a request around this text. */
export function readRequest(text: string, version = 1): CommandRequest {
  const [command] = readAction(text, version).commands;
  if (command === undefined) throw new Error('no command');
  return command;
}

/** The only descriptor of `MF=line/1{...}` around this text. */
export function readDescriptor(text: string, version = 1): unknown {
  const command = readRequest(`MF=line/1{${text}}`, version);
  return command.kind === 'modify' ? plain(command.descriptors[0]) : undefined;
}

/** The only reply of `P=1{C=1{...}}` around this text. */
export function readReplyText(text: string, version = 1): CommandReply {
  const [transaction] = transactionsOf(`!/${version} mg1 P=1{C=1{${text}}}`);
  const result = transaction?.kind === 'reply' ? transaction.result : undefined;
  const reply = result?.kind === 'actions' ? result.actions[0]?.commands[0] : undefined;
  if (reply === undefined) throw new Error('no reply');
  return reply;
}

/** What `MF=line/1{...}` around this text returns. */
export function readReturns(text: string, version = 1): readonly AuditReturn[] {
  const reply = readReplyText(`MF=line/1{${text}}`, version);
  return reply.kind === 'modify' ? (reply.audit ?? []) : [];
}
