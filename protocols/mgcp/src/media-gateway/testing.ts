// What the tests of this room share: a gateway on a bench, where time is a number, what it sends is a list, and the call
// agent is whatever text the test writes.
import { formatHostPort, type Hop, type Millis, NEVER, parseHostPort } from '@altpath/core';
import type { MediaGatewayInput, MediaGatewayOutput } from './door.js';
import { MediaGateway, type MediaGatewayPorts } from './media-gateway.js';
import type { MediaGatewayOptions } from './settings.js';

export const AGENT = '10.0.0.11:2727';
export const BACKUP = '10.0.0.12:2727';

/** Two lines of `gw1.test`, controlled by 10.0.0.11 and then 10.0.0.12. */
export const OPTIONS: MediaGatewayOptions = {
  domain: 'gw1.test',
  lines: ['aaln/1', 'aaln/2'],
  notifiedEntity: { local: 'ca1', domain: '10.0.0.11', port: 2727 },
  callAgents: [
    { local: 'ca1', domain: '10.0.0.11', port: 2727 },
    { local: 'ca2', domain: '10.0.0.12', port: 2727 },
  ],
  mediaAddress: '10.0.0.1',
  timers: { mwdMs: 0 },
};

export class Bench {
  now: Millis = 0;
  readonly gateway: MediaGateway;
  /** `to` and text of each datagram since the last look, line ends as LF and none at the end. */
  #sent: string[] = [];
  /** Everything else, as one word or two. */
  #noticed: string[] = [];
  /** What every throw of the dice gives, in [0, 1). */
  dice = 0;

  constructor(options: Partial<MediaGatewayOptions> = {}, ports: Partial<MediaGatewayPorts> = {}) {
    this.gateway = new MediaGateway({ ...OPTIONS, ...options }, { random: () => this.dice, ...ports }, this.now);
  }

  /** A gateway that its agent has greeted; what was sent for that is forgotten. */
  static inService(options: Partial<MediaGatewayOptions> = {}, ports: Partial<MediaGatewayPorts> = {}): Bench {
    const bench = new Bench(options, ports);
    bench.feed({ kind: 'start' });
    bench.run(0);
    for (const { id } of bench.commands('RSIP')) bench.agent(`200 ${id} OK`);
    bench.look();
    bench.notices();
    return bench;
  }

  feed(...inputs: readonly MediaGatewayInput[]): void {
    for (const input of inputs) this.gateway.handle(input, this.now);
    this.#drain();
  }

  /** The agent sends this, each message a text; several go into one datagram. */
  agent(...messages: readonly string[]): void {
    this.from(AGENT, ...messages);
  }

  from(source: string, ...messages: readonly string[]): void {
    const text = messages.map((message) => `${message.trim().replace(/\n/g, '\r\n')}\r\n`).join('.\r\n');
    this.feed({ kind: 'bytes', data: Buffer.from(text), hop: hopOf(source) });
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

  /** What was sent since the last look, `TEXT` for the first agent and `to ADDRESS: TEXT` for others. */
  look(): readonly string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent.map((text) => text.replace(`to ${AGENT}: `, ''));
  }

  /** The one datagram since the last look. */
  one(): string {
    const sent = this.look();
    if (sent.length !== 1) throw new Error(`expected one datagram, got ${sent.length}:\n${sent.join('\n---\n')}`);
    return sent[0] ?? '';
  }

  /** Code of the answer to a command. */
  code(command: string): number {
    this.look();
    this.agent(command);
    return Number(/^(\d{3})/.exec(this.look().at(-1) ?? '')?.[1]);
  }

  /** Commands of this verb among what was sent and not looked at, oldest first; copies counted once. */
  commands(verb: string): readonly { readonly id: number; readonly text: string }[] {
    const found = new Map<number, string>();
    for (const text of this.#sent) {
      const match = new RegExp(`${verb} (\\d+) `).exec(text);
      if (match) found.set(Number(match[1]), text);
    }
    return [...found].map(([id, text]) => ({ id, text }));
  }

  /** Signals, media and service since the last call: `aaln/1 +l/dl`, `aaln/1 media sendrecv 10.0.0.2:4000`. */
  notices(): readonly string[] {
    const noticed = this.#noticed;
    this.#noticed = [];
    return noticed;
  }

  #drain(): void {
    this.gateway.drain((output) => {
      if (output.kind === 'send') {
        const text = output.data.toString().replace(/\r\n/g, '\n').trim();
        this.#sent.push(`to ${formatHostPort(output.hop)}: ${text}`);
      } else {
        const notice = noticeOf(output);
        if (notice !== undefined) this.#noticed.push(notice);
      }
    });
  }
}

export function hopOf(text: string): Hop {
  const { host, port } = parseHostPort(text) ?? { host: '' };
  return { transport: 'udp', host, port: port ?? 2727 };
}

function noticeOf(output: MediaGatewayOutput): string | undefined {
  if (output.kind === 'signal') return `${output.line} ${output.on ? '+' : '-'}${output.name}`;
  if (output.kind === 'line-service') return `${output.line} ${output.service}`;
  if (output.kind === 'media-closed') return `${output.line} media closed`;
  if (output.kind !== 'media') return undefined;
  return [`${output.line} media ${output.mode}`, ...(output.remote ? [formatHostPort(output.remote)] : [])].join(' ');
}
