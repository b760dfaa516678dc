// Wireshark's dissectors of H.248 as judges of what we send: `megaco` for text, `h248` for BER, over UDP and framed with
// TPKT over TCP. Both are behind the standard here and there; what they complain of wrongly is named below, and looked for
// in the message: they may complain of that as often as it is there, and no more. The text dissector is shallow, so how
// many transactions and commands it sees is held against what our codec reads.
import { decodeBer, decodeText, type MegacoMessage, type Transaction } from '@altpath/megaco';
import { type CaptureOptions, complaintsOf, type Dissected, Dissector, type DissectorVerdict } from './dissector.js';
import type { Scratch } from './scratch.js';

const SEQUENCE = 0x30;
const TPKT_VERSION = 3;
const TPKT_HEADER_BYTES = 4;

const CAPTURES = {
  text: { transport: 'udp', ports: '2944,2944' },
  'framed text': { transport: 'tcp', ports: '2944,2944' },
  binary: { transport: 'udp', ports: '2945,2945', decodeAs: 'udp.port==2945,h248' },
  'framed binary': { transport: 'tcp', ports: '2945,2945' },
} as const satisfies Readonly<Record<string, CaptureOptions>>;

type Form = keyof typeof CAPTURES;

export class MegacoDissector {
  readonly #dissector: Dissector;

  constructor(scratch: Scratch) {
    this.#dissector = new Dissector(scratch);
  }

  /**
   * @param messages  What was sent, as it was sent: datagrams, and messages of streams behind their TPKT headers; in any
   *                  mixture of encodings.
   * @returns         One verdict for each, in order; its messages are kinds of transactions and of commands.
   */
  async look(messages: readonly Buffer[]): Promise<readonly DissectorVerdict[]> {
    const verdicts: DissectorVerdict[] = [];
    for (const form of Object.keys(CAPTURES) as Form[]) {
      const indexes = [...messages.keys()].filter((index) => formOf(messages[index] ?? Buffer.alloc(0)) === form);
      const found = await this.#dissector.look(
        indexes.map((index) => messages[index] ?? Buffer.alloc(0)),
        CAPTURES[form],
      );
      found.forEach((each, place) => {
        const index = indexes[place] ?? 0;
        verdicts[index] = judge(messages[index] ?? Buffer.alloc(0), form, each);
      });
    }
    return verdicts;
  }
}

function formOf(message: Buffer): Form {
  if (message[0] === TPKT_VERSION) return message[TPKT_HEADER_BYTES] === SEQUENCE ? 'framed binary' : 'framed text';
  return message[0] === SEQUENCE ? 'binary' : 'text';
}

function judge(message: Buffer, form: Form, found: Dissected): DissectorVerdict {
  const payload = form.startsWith('framed') ? message.subarray(TPKT_HEADER_BYTES) : message;
  const isText = form.endsWith('text');
  const decoded = isText ? decodeText(payload) : decodeBer(payload);
  const complaints = complaintsOf(
    found,
    isText ? 'megaco' : 'h248',
    harmless(isText ? textBlindSpots(payload) : binaryBlindSpots(payload)),
  );
  const seen = isText ? seenInText(found.details) : seenInBinary(found.details);
  const messages = decoded.ok ? kindsOf(decoded.value) : seen;
  // The text dissector calls TransactionPending a reply.
  const expected = isText ? messages.map((kind) => (kind === 'pending' ? 'reply' : kind)) : messages;
  if (!decoded.ok) complaints.push(`our own codec says ${decoded.fault.hint}`);
  else if (seen.join() !== expected.join()) complaints.push(`${expected.join()} seen as ${seen.join()}`);
  return { messages, complaints: complaints.map((text) => `${text}\n${isText ? payload.toString('latin1') : payload.toString('hex')}`) };
}

// --- what the dissectors complain of wrongly ---------------------------------------------------------------------

interface BlindSpot {
  readonly warning: RegExp;
  times: number;
}

/** Forgives each warning as often as its reason is there. */
function harmless(spots: readonly BlindSpot[]): (warning: string) => boolean {
  return (warning) => {
    const spot = spots.find((each) => each.times > 0 && each.warning.test(warning));
    if (spot !== undefined) spot.times -= 1;
    return spot !== undefined;
  };
}

function textBlindSpots(payload: Buffer): readonly BlindSpot[] {
  const text = payload.toString('latin1');
  const times =
    // Tokens alone in front of a brace: those that stop all signals or events, and what an audit found empty.
    count(text.replace(/\b(?:AT|Audit)\s*\{[^}]*\}/g, ''), /[{,]\s*(?:SG|E|EB|OE|Signals|Events|EventBuffer|ObservedEvents)\s*\}/g) +
    // Events of a buffer.
    count(text, /[{,]\s*(?:EB|EventBuffer)\s*\{/g) +
    // The terminations of a context, which an audit found: once for each.
    Array.from(text.matchAll(/=\s*(?:C|Context)\s*\{([^}=]*)\}/g), ([, list = '']) => list.split(',').length).reduce((a, b) => a + b, 0);
  return [
    { warning: /^No Descriptor detectable$/, times },
    { warning: /^Empty Signal Descriptor$/, times: count(text, /[{,]\s*(?:SG|Signals)\s*,/g) },
  ];
}

/** Replies to AuditValue are read as RFC 3015 had them, and every error descriptor is worth a warning. */
function binaryBlindSpots(payload: Buffer): readonly BlindSpot[] {
  const decoded = decodeBer(payload);
  if (!decoded.ok) return [];
  const { body } = decoded.value;
  const isAudit = body.kind === 'transactions' && body.transactions.some((each) => commandsOf(each).some((kind) => AUDITS.has(kind)));
  return [
    { warning: /^Errored Command$/, times: count(JSON.stringify(decoded.value), /"kind":"error"/g) },
    {
      warning: /^BER Error: Wrong field in SEQUENCE/,
      times: isAudit && body.transactions.some(({ kind }) => kind === 'reply') ? Infinity : 0,
    },
  ];
}

const AUDITS: ReadonlySet<string> = new Set(['audit-value', 'audit-capability', 'context-audit']);

// --- what is in a message ----------------------------------------------------------------------------------------

/** Kinds of transactions, and behind each the kinds of its commands. */
function kindsOf({ body }: MegacoMessage): readonly string[] {
  if (body.kind === 'error') return ['error'];
  return body.transactions.flatMap((each) => [each.kind, ...commandsOf(each)]);
}

function commandsOf(transaction: Transaction): readonly string[] {
  if (transaction.kind === 'request') return transaction.actions.flatMap(({ commands }) => commands.map(({ kind }) => kind));
  if (transaction.kind !== 'reply' || transaction.result.kind === 'error') return [];
  return transaction.result.actions.flatMap(({ commands }) =>
    commands.map((each) => (each.kind === 'context-audit' ? each.command : each.kind)),
  );
}

const TEXT_WORDS: Readonly<Record<string, string>> = {
  Request: 'request',
  Reply: 'reply',
  TransactionResponseAck: 'ack',
  Error: 'error',
  Add: 'add',
  Move: 'move',
  Modify: 'modify',
  Subtract: 'subtract',
  AuditValue: 'audit-value',
  AuditCapability: 'audit-capability',
  Notify: 'notify',
  ServiceChange: 'service-change',
};

/** Properties of a context, which it calls commands. */
const CONTEXT_WORDS: ReadonlySet<string> = new Set(['Priority', 'Emergency', 'Topology']);

function seenInText(details: string): readonly string[] {
  return Array.from(details.matchAll(/^(?: {4,8}Transaction| {8}Command): (.+)$/gm), ([, word = '']) => TEXT_WORDS[word] ?? word).filter(
    (word) => !CONTEXT_WORDS.has(word),
  );
}

const BINARY_WORDS: Readonly<Record<string, string>> = {
  transactionRequest: 'request',
  transactionReply: 'reply',
  transactionPending: 'pending',
  transactionResponseAck: 'ack',
  messageError: 'error',
  addReq: 'add',
  moveReq: 'move',
  modReq: 'modify',
  subtractReq: 'subtract',
  auditCapRequest: 'audit-capability',
  auditValueRequest: 'audit-value',
  notifyReq: 'notify',
  serviceChangeReq: 'service-change',
  addReply: 'add',
  moveReply: 'move',
  modReply: 'modify',
  subtractReply: 'subtract',
  auditCapReply: 'audit-capability',
  auditValueReply: 'audit-value',
  notifyReply: 'notify',
  serviceChangeReply: 'service-change',
};

function seenInBinary(details: string): readonly string[] {
  const found = details.matchAll(/^ +(?:Transaction|command|CommandReply|messageBody): (\w+) \(\d+\)$/gm);
  return Array.from(found, ([, word = '']) => BINARY_WORDS[word] ?? word).filter((word) => word !== 'transactions');
}

function count(text: string, pattern: RegExp): number {
  return Array.from(text.matchAll(pattern)).length;
}
