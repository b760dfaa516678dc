// What the tests of commands share: a gateway of two lines without a controller, asked in text and answering in text.
import { decode, encode } from '../codec/text/index.js';
import { type ActionRequest, singleText, type Statistic } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import type { ServiceChanges } from './commands.js';
import { type MediaGatewayOutput, type MediaPlane } from './door.js';
import { Executor } from './execute.js';
import { Parts } from './parts.js';
import { gatewaySettings, type MediaGatewayOptions } from './settings.js';
import type { Termination } from './termination.js';

/** The request around this text. */
export function actionsIn(text: string, version: number): readonly ActionRequest[] {
  const outcome = decode(Buffer.from(`!/${version} mgc T=1{${text}}`, 'latin1'));
  const transaction = outcome.ok && outcome.value.body.kind === 'transactions' ? outcome.value.body.transactions[0] : undefined;
  if (transaction?.kind !== 'request') throw new Error(outcome.ok ? 'no request' : `${outcome.fault.code}: ${outcome.fault.hint}`);
  return transaction.actions;
}

/** A reply as compact text, without what is around it; error texts are left out. */
export function replyText(result: ReplyResult, version = 1): string {
  const transaction = { kind: 'reply', transactionId: 1, result } as const;
  const message = { version, mId: { kind: 'device', name: 'm' }, body: { kind: 'transactions', transactions: [transaction] } } as const;
  const text = encode(message, { style: 'compact' }).toString('latin1');
  const bare = /P=1\{([\s\S]*)\}\s*$/.exec(text)?.[1] ?? text;
  return bare.replace(/(ER=\d+)\{"[^"]*"\}/g, '$1').replaceAll(/\r\n|\n|\r/g, '|');
}

/** Ports 20000, 20002, ...; counters by port. */
export class PlaneOfTests implements MediaPlane {
  readonly taken = new Set<number>();
  readonly counters = new Map<number, readonly Statistic[]>();
  left = Infinity;
  #next = 20_000;

  take(): number | undefined {
    if (this.left === 0) return undefined;
    this.left -= 1;
    const port = this.#next;
    this.#next += 2;
    this.taken.add(port);
    return port;
  }

  release(port: number): void {
    if (!this.taken.delete(port)) throw new Error(`port ${port} was released twice`);
  }

  statistics(port: number): readonly Statistic[] | undefined {
    return this.counters.get(port);
  }
}

export class GatewayOfTests {
  now = 1_000_000;
  readonly plane = new PlaneOfTests();
  readonly executor: Executor;
  readonly serviceChanges: string[] = [];
  #outputs: MediaGatewayOutput[] = [];

  constructor(options: Partial<MediaGatewayOptions> = {}, service?: ServiceChanges) {
    const settings = gatewaySettings({
      mId: { kind: 'device', name: 'mg1' },
      lines: ['line/1', 'line/2'],
      mgcs: [],
      mediaAddress: '10.0.0.1',
      ...options,
    });
    const emit = (output: MediaGatewayOutput): void => void this.#outputs.push(output);
    const parts = new Parts({ settings, emit, report: () => undefined, touched: () => undefined });
    this.executor = new Executor(
      { settings, media: this.plane, parts, emit },
      service ?? { change: () => ({ ok: true, value: undefined }) },
    );
  }

  /** Carries out a transaction. @returns its reply in text. */
  ask(text: string, version = 1): string {
    return replyText(this.executor.execute(actionsIn(text, version), this.now).result, version);
  }

  /** The codes of the errors in the reply, in their order: `430`, `411 435`, or nothing. */
  codes(text: string, version = 1): string {
    return [...this.ask(text, version).matchAll(/ER=(\d+)/g)].map(([, code]) => code).join(' ');
  }

  /** What came out since the last call: `media rtp/1 20000 send-only > 10.0.0.2:4000 (line/1)`, `closed 20000`, `+cg/dt line/1`. */
  told(): readonly string[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs.map(outputText);
  }

  find(id: string): Termination {
    const termination = this.executor.terminations.find(id);
    if (!termination) throw new Error(`no ${id}`);
    return termination;
  }

  /** `1{line/1 rtp/1}`: contexts and who is in them. */
  get contexts(): string {
    return [...this.executor.contexts]
      .map(({ id, terminations }) => `${id}{${[...terminations.values()].map((each) => each.id).join(' ')}}`)
      .join(' ');
  }
}

function outputText(output: MediaGatewayOutput): string {
  switch (output.kind) {
    case 'media': {
      const stream = output.streamId === 1 ? '' : `#${output.streamId}`;
      const remote = output.remote ? ` > ${output.remote.host}:${output.remote.port}` : '';
      return `media ${output.termination}${stream} ${output.localPort} ${output.mode}${remote} (${output.line ?? '-'})`;
    }
    case 'media-closed':
      return `closed ${output.localPort}`;
    case 'signal':
      return `${output.on ? '+' : '-'}${output.name} ${output.line}`;
    default:
      return output.kind;
  }
}

/** An ephemeral termination with PCMU, in this mode. */
export function ephemeral(mode: string, rest = ''): string {
  return `A=rtp/${'$'}{M{ST=1{O{MO=${mode}},L{v=0\r\nc=IN IP4 $\r\nm=audio $ RTP/AVP 0\r\n}${rest === '' ? '' : `,${rest}`}}}}`;
}

/** A Remote that sends to 10.0.0.2. */
export function remote(port: number, formats = '0'): string {
  return `R{v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio ${port} RTP/AVP ${formats}\r\n}`;
}

/** The value of one statistic in a reply. */
export function statisticIn(reply: string, name: string): string | undefined {
  return new RegExp(`${name}=(\\d+)`).exec(reply)?.[1];
}

/** The text of a property of ROOT. */
export function rootText(gateway: GatewayOfTests, name: string): string | undefined {
  return singleText(gateway.executor.terminations.root.properties.find((each) => each.name === `root/${name}`)?.value);
}
