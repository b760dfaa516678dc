// What the tests of this room share: a gateway on a bench, where time is a number, what it sends is a list, and its
// controllers are whatever text the test writes. All encodings and both transports look alike here: compact text.
import { formatHostPort, type Hop, type Millis, NEVER, parseHostPort } from '@altpath/core';
import { tpktFrame, TpktReader } from '../codec/tpkt.js';
import { decode, encode } from '../codec/text/index.js';
import type { MegacoMessage, MId, Transaction } from '../message/index.js';
import { BINARY, COMPACT_TEXT, type Encoding, type EncodingName, PRETTY_TEXT, readMessage } from '../transaction/index.js';
import type { MediaGatewayInput, MediaGatewayOutput } from './door.js';
import { MediaGateway, type MediaGatewayPorts } from './media-gateway.js';
import type { MediaGatewayOptions } from './settings.js';

export const PRIMARY = '10.0.0.11:2944';
export const BACKUP = '10.0.0.12:2944';

export interface BenchOptions extends Partial<MediaGatewayOptions> {
  readonly transport?: 'udp' | 'tcp' | undefined;
}

/** Two lines of `mg1`, controlled by 10.0.0.11 and then 10.0.0.12. */
function optionsOf({ transport = 'udp', ...options }: BenchOptions): MediaGatewayOptions {
  const mgcs = [PRIMARY, BACKUP].map((address) => ({ hop: hopOf(address, transport) }));
  return { mId: { kind: 'device', name: 'mg1' }, lines: ['line/1', 'line/2'], mgcs, mediaAddress: '10.0.0.1', ...options };
}

export function hopOf(address: string, transport: 'udp' | 'tcp' = 'udp'): Hop {
  const { host, port } = parseHostPort(address) ?? { host: '' };
  return { transport, host, port: port ?? 2944 };
}

const ENCODINGS: Readonly<Record<EncodingName, Encoding>> = { compact: COMPACT_TEXT, pretty: PRETTY_TEXT, binary: BINARY };

interface Sent {
  readonly to: string;
  readonly message: MegacoMessage;
}

export class Bench {
  now: Millis = 0;
  readonly gateway: MediaGateway;
  /** What every throw of the dice gives, in [0, 1). */
  dice = 0;
  /** The version that controllers write. */
  version = 3;
  readonly #transport: 'udp' | 'tcp';
  readonly #encoding: Encoding;
  /** The gateway's own transaction ids, in order: a test calls them 1, 2, 3. */
  readonly #ids: number[] = [];
  #sent: Sent[] = [];
  #noticed: string[] = [];
  readonly #flows = new Map<string, { readonly number: number; readonly reader: TpktReader }>();
  #opened = 0;

  constructor(options: BenchOptions = {}, ports: Partial<MediaGatewayPorts> = {}) {
    this.#transport = options.transport ?? 'udp';
    this.#encoding = ENCODINGS[options.encoding ?? 'compact'];
    this.gateway = new MediaGateway(optionsOf(options), { random: () => this.dice, ...ports }, this.now);
  }

  /** A gateway that its primary controller has accepted; what was said for that is forgotten. */
  static inService(options: BenchOptions = {}, ports: Partial<MediaGatewayPorts> = {}): Bench {
    const bench = new Bench(options, ports);
    bench.feed({ kind: 'start' });
    bench.run(0);
    bench.mgc('P=1{C=-{SC=ROOT{SV{V=3}}}}');
    bench.look();
    bench.notices();
    return bench;
  }

  feed(...inputs: readonly MediaGatewayInput[]): void {
    for (const input of inputs) this.gateway.handle(input, this.now);
    this.#drain();
  }

  dial(line: string, digits: string): void {
    for (const digit of digits) this.feed({ kind: 'digit', line, digit });
  }

  /** The primary sends this: transactions in compact text, in one message. */
  mgc(text: string): void {
    this.from(PRIMARY, text);
  }

  /** @param mId  What the sender calls itself; default its address. */
  from(source: string, text: string, mId: MId = mIdOf(source)): void {
    const outcome = decode(Buffer.from(`!/${this.version} x ${text}`, 'latin1'));
    if (!outcome.ok || outcome.value.body.kind === 'error') throw new Error(outcome.ok ? 'no transactions' : outcome.fault.hint);
    const transactions = outcome.value.body.transactions.map((each) => this.#translated(each, (id) => this.#ids[id - 1] ?? id));
    const written = this.#encoding.encode({ version: this.version, mId, body: { kind: 'transactions', transactions } });
    if (!written.ok) throw new Error(written.fault.hint);
    this.raw(source, written.value);
  }

  raw(source: string, message: Buffer): void {
    const flow = this.#transport === 'tcp' ? this.#flowOf(source).number : undefined;
    const hop = { ...hopOf(source, this.#transport), ...(flow !== undefined && { flow }) };
    this.feed({ kind: 'bytes', data: flow === undefined ? message : tpktFrame(message), hop });
  }

  /** The connection to a controller is closed. */
  hangUp(source: string): void {
    const flow = this.#flows.get(source)?.number;
    this.#flows.delete(source);
    if (flow !== undefined) this.feed({ kind: 'flow-closed', hop: { ...hopOf(source, 'tcp'), flow } });
  }

  run(ms: Millis): void {
    const end = this.now + ms;
    for (let at = this.gateway.deadline(); at <= end && at !== NEVER; at = this.gateway.deadline()) {
      this.now = Math.max(at, this.now);
      this.gateway.tick(this.now);
      this.#drain();
    }
    this.now = end;
  }

  /** Messages since the last look, acknowledgements left out: `T=1{...}` to the primary, `to ADDRESS: ...` to others. */
  look(): readonly string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent.flatMap(({ to, message }) => {
      if (message.body.kind === 'error') return [`${to}error ${message.body.code}`];
      const transactions = message.body.transactions.filter(({ kind }) => kind !== 'ack');
      return transactions.map(
        (each) =>
          `${to}${textOf(
            this.#translated(each, (id) => this.#numberOf(id)),
            message.version,
          )}`,
      );
    });
  }

  /** The one message since the last look. */
  one(): string {
    const sent = this.look();
    if (sent.length !== 1) throw new Error(`expected one message, got ${sent.length}:\n${sent.join('\n')}`);
    return sent[0] ?? '';
  }

  /** Versions of the messages since the last look. */
  versions(): readonly number[] {
    return this.#sent.map(({ message }) => message.version);
  }

  /** Signals, media, service and association since the last call: `line/1 +cg/dt`, `rtp/1 media send-only 10.0.0.2:4000`. */
  notices(): readonly string[] {
    const noticed = this.#noticed;
    this.#noticed = [];
    return noticed;
  }

  #numberOf(id: number): number {
    const at = this.#ids.indexOf(id);
    return at < 0 ? id : at + 1;
  }

  /** Requests of the gateway, and replies to them, under other ids. */
  #translated(transaction: Transaction, idOf: (id: number) => number): Transaction {
    if (transaction.kind === 'ack' || transaction.kind === 'segment-reply') return transaction;
    return { ...transaction, transactionId: idOf(transaction.transactionId) };
  }

  #flowOf(address: string): { readonly number: number; readonly reader: TpktReader } {
    let flow = this.#flows.get(address);
    if (flow === undefined) {
      this.#opened += 1;
      flow = { number: this.#opened, reader: new TpktReader() };
      this.#flows.set(address, flow);
    }
    return flow;
  }

  #drain(): void {
    this.gateway.drain((output) => {
      if (output.kind === 'send') return this.#took(output.data, output.hop);
      const notice = noticeOf(output);
      if (notice !== undefined) this.#noticed.push(notice);
    });
  }

  #took(data: Buffer, hop: Hop): void {
    const address = formatHostPort(hop);
    const messages = this.#transport === 'tcp' ? this.#flowOf(address).reader.feed(data).messages : [data];
    for (const bytes of messages) {
      const { encoding, decoded } = readMessage(bytes);
      if (!decoded.ok) throw new Error(`the gateway wrote what cannot be read: ${decoded.fault.hint}`);
      if (encoding.name !== this.#encoding.name && decoded.value.body.kind !== 'error') throw new Error(`it wrote ${encoding.name}`);
      this.#sent.push({ to: address === PRIMARY ? '' : `to ${address}: `, message: decoded.value });
      if (decoded.value.body.kind === 'error') continue;
      for (const each of decoded.value.body.transactions)
        if (each.kind === 'request' && !this.#ids.includes(each.transactionId)) this.#ids.push(each.transactionId);
    }
  }
}

function mIdOf(address: string): MId {
  const { host, port } = parseHostPort(address) ?? { host: '' };
  return { kind: 'ip4', address: host, port };
}

/** One transaction in compact text on one line; line ends of session descriptions are `|`. */
function textOf(transaction: Transaction, version: number): string {
  const mId: MId = { kind: 'device', name: 'x' };
  const text = encode({ version, mId, body: { kind: 'transactions', transactions: [transaction] } }, { style: 'compact' }).toString(
    'latin1',
  );
  return text
    .replace(/^!\/\d x\s+/, '')
    .trim()
    .replace(/\r\n|\r|\n/g, '|');
}

function noticeOf(output: MediaGatewayOutput): string | undefined {
  switch (output.kind) {
    case 'signal':
      return `${output.line} ${output.on ? '+' : '-'}${output.name}`;
    case 'line-service':
      return `${output.line} ${output.service}`;
    case 'media-closed':
      return `${output.termination} closed`;
    case 'media':
      return [
        `${output.termination} for ${output.line ?? 'nobody'} ${output.mode}`,
        ...(output.remote ? [formatHostPort(output.remote)] : []),
      ].join(' ');
    case 'association':
      return [output.state, ...(output.mgc === undefined ? [] : [output.mgc])].join(' ');
    case 'close':
      return `close ${output.flow}`;
    default:
      return undefined;
  }
}
