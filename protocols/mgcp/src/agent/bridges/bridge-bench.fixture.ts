// A bench for one bridge: the gateway is a script, and what goes over the wire is text, so that tests compare whole messages.
import type { AnchorSides } from '@altpath/call-control';
import { type Millis, type Observer, SILENT } from '@altpath/core';
import { decodeDatagram, encodeCommand } from '../../codec/index.js';
import { Gateway } from '../gateway.js';
import { Bridge } from './bridge.js';
import { BridgeGateway } from './bridge-gateway.js';

export const START: Millis = Date.UTC(2026, 10, 22, 14, 24);
export const CALL = '06A01C0FE0001';

/** Telephones at 10.0.0.1 and 10.0.0.2 with both laws and events. */
export const CALLER = description('10.0.0.1', 4_000);
export const CALLED = description('10.0.0.2', 5_000);

export function description(host: string, port: number, formats = '0 8 101', more = ''): string {
  const events = formats.includes('101') ? 'a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n' : '';
  return `v=0\r\no=phone 77 1 IN IP4 ${host}\r\ns=call\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${formats}\r\n${events}${more}`;
}

/** What a gateway describes of itself: as osmo-mgw writes it. */
export function local(port: number, format = 0): string {
  return `v=0\r\no=- 1 23 IN IP4 10.1.0.1\r\ns=-\r\nc=IN IP4 10.1.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP ${format}\r\na=ptime:20\r\n`;
}

export class BridgeBench {
  now = START;
  readonly ground: BridgeGateway;
  readonly bridge: Bridge;
  /** What call control is told: `anchored`, `failed no-circuit`. */
  readonly told: string[] = [];
  /** What it is told of the places where RTP goes, as `m=` lines. */
  places: readonly (string | undefined)[] = [];
  readonly lost: string[] = [];
  readonly counted: string[] = [];
  #id = 100;

  constructor(bridge = 'rtpbridge/*') {
    const observer: Observer = { ...SILENT, count: (name, reason) => void this.counted.push(`${name} ${reason ?? ''}`.trim()) };
    const facts = { packetMs: 20 } as Gateway['facts'];
    const settings: Gateway['settings'] = {
      name: 'mgw',
      domain: 'mgw',
      addresses: ['10.1.0.1'],
      lines: [],
      bridge,
      nodes: [0],
      alternates: 'none',
      red: 'no',
    };
    this.ground = new BridgeGateway(new Gateway(settings, facts, undefined, START), bridge, START);
    this.bridge = new Bridge(CALL, this.ground, START, {
      anchored: (_callId, locals) => {
        this.told.push('anchored');
        this.places = locals.map((each) => /m=.*/.exec(each ?? '')?.[0]);
      },
      failed: (_callId, cause) => void this.told.push(`failed ${cause}`),
      touched: () => undefined,
      changed: () => undefined,
      lost: () => void this.lost.push('lost'),
      observer,
    });
  }

  /** Gives an order. @returns the command that leaves. */
  order(...sides: AnchorSides): string {
    this.bridge.order(sides);
    return this.next();
  }

  /** The next command as text with plain line ends; '' for none. */
  next(): string {
    const command = this.bridge.next(this.now);
    if (!command) return '';
    this.#id += 1;
    return encodeCommand(command, this.#id).toString().replaceAll('\r\n', '\n').trim();
  }

  /** The gateway answers: `200 OK`, parameters, descriptions. @returns the command that leaves then. */
  hear(first: string, ...lines: readonly string[]): string {
    const [code, ...comment] = first.split(' ');
    const text = [`${code} ${this.#id} ${comment.join(' ')}`, ...lines].join('\r\n');
    for (const message of decodeDatagram(Buffer.from(text))) if (message.kind === 'response') this.bridge.completed(message, this.now);
    return this.next();
  }

  /** No answer comes. */
  silence(): string {
    this.bridge.unanswered(this.now);
    return this.next();
  }

  wait(ms: Millis): string {
    this.now += ms;
    return this.next();
  }

  /** Both sides talk on `rtpbridge/1`, connections A and B at ports 4002 and 4004. */
  talk(): this {
    this.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'recvonly' });
    this.hear('200 OK', 'Z: rtpbridge/1@mgw', 'I: A', '', local(4_002));
    this.hear('200 OK', 'I: B', '', local(4_004));
    this.order({ mode: 'sendrecv', remote: CALLER }, { mode: 'sendrecv', remote: CALLED });
    this.hear('200 OK', '', local(4_004));
    this.told.length = 0;
    return this;
  }
}
