// Whole calls of the tests: a node with a real call control, and telephones that answer whatever comes. Messages go at once; time is
// the test's. What is looked at is where each telephone would send its voice, and how many messages it took.
import { CallControl, type CallControlSettings } from '@altpath/call-control';
import type { AddressResolver, Hop, Millis, NodeState, PeerDirectory } from '@altpath/core';
import { answerDirection, type Direction, directionOf, parseSessionDescription } from '@altpath/sdp';
import { SipAdapter } from '../adapter.js';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import { SETTINGS } from '../proxy/testing.js';
import { countingObserver, MapStore, signerOf } from '../registrar/testing.js';
import { START, summary } from './testing.js';

export const NUMBERS: CallControlSettings['numbers'] = {
  '100': 'sip:ann@10.1.0.1',
  '200': 'sip:bob@10.1.0.2',
  '300': 'sip:cat@10.1.0.3',
};

/** One node, or several that share a signer. The network asks `route` which of them a message for the cluster reaches. */
export class Town {
  now: Millis = START;
  readonly nodes: Node[] = [];
  readonly phones = new Map<string, Phone>();
  /** Index of the node that takes what is sent to this one. */
  route: (index: number) => number = (index) => index;
  #mail: (() => void)[] = [];

  constructor(readonly states: NodeState[] = ['up']) {
    states.forEach((_, index) => this.nodes.push(new Node(this, index)));
  }

  phone(name: string, host: string): Phone {
    const phone = new Phone(this, name, host);
    this.phones.set(host, phone);
    return phone;
  }

  /** @param to  `host:port`. */
  post(from: Hop, to: string, data: Buffer): void {
    this.#mail.push(() => {
      const [host = ''] = to.split(':');
      const index = host.startsWith('10.0.0.') ? Number(host.slice('10.0.0.'.length)) - 1 : -1;
      if (index >= 0) this.nodes[this.route(index)]?.hear(data, from);
      else this.phones.get(host)?.hear(read(data));
    });
  }

  /** Everything that is under way arrives, and what that brings. */
  settle(): void {
    for (const node of this.nodes) node.drain();
    for (let count = 0; this.#mail.length > 0; count += 1) {
      if (count > 2_000) throw new Error('it never ends');
      this.#mail.shift()?.();
      for (const node of this.nodes) node.drain();
    }
  }

  pass(ms: Millis): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(...this.nodes.map((node) => node.deadline()));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      for (const node of this.nodes) node.tick();
      this.settle();
    }
    this.now = end;
  }

  /** Messages that telephones got since the last call, the receiver's name in front. */
  heard(): string[] {
    return [...this.phones.values()].flatMap((phone) => phone.heard.splice(0).map((each) => `${phone.name} ${each}`));
  }
}

class Node {
  readonly control: CallControl;
  readonly adapter: SipAdapter;
  readonly observer = countingObserver();
  readonly #town: Town;
  readonly #hop: Hop;

  constructor(town: Town, index: number) {
    this.#town = town;
    this.#hop = { transport: 'udp', host: `10.0.0.${index + 1}`, port: 5060 };
    const nodes = town.states.map((_, each) => ({
      name: `n${each}`,
      index: each,
      self: each === index,
      addresses: [{ host: `10.0.0.${each + 1}`, port: 5060, scheme: 'sip+udp', transport: 'udp' as const }],
    }));
    const peers = {
      self: nodes[index],
      nodes,
      state: (each: number) => town.states[each] ?? 'down',
      isFresh: (each: number) => town.states[each] === 'up',
      joining: false,
    } as PeerDirectory;
    const resolver: AddressResolver = {
      resolve: ({ destination, operation, inDialog }) =>
        operation === 'INVITE' && inDialog !== true && /^\d+$/.test(destination.user)
          ? { kind: 'serve', service: 'call' }
          : { kind: 'reject', reason: 'not-found' },
    };
    this.control = new CallControl(
      { slot: index, lines: [], numbers: NUMBERS, parties: 'sip' },
      {
        order: (line, state, now) => this.adapter.order(line, state, now),
        notice: (party, notice, now) => this.adapter.notice(party, notice, now),
        save: (party) => this.adapter.save(party),
        adopt: (_protocol, saved, now) => this.adapter.adopt(saved, now),
        forget: (party) => this.adapter.forget(party),
      },
      this.observer,
      town.now,
    );
    const settings = {
      ...SETTINGS,
      listeners: [{ transport: 'udp' as const, host: this.#hop.host, port: 5060, advertised: { host: this.#hop.host, port: 5060 } }],
    };
    const ports = { signer: signerOf('secret'), peers, store: new MapStore(), observer: this.observer, resolver, calls: this.control };
    this.adapter = new SipAdapter(settings, ports, (current) => current, town.now);
  }

  hear(data: Buffer, from: Hop): void {
    this.adapter.handle({ kind: 'bytes', data, hop: from }, this.#town.now);
  }

  tick(): void {
    this.control.tick(this.#town.now);
    this.adapter.tick(this.#town.now);
  }

  deadline(): Millis {
    return Math.min(this.control.deadline(), this.adapter.deadline());
  }

  drain(): void {
    this.adapter.drain((output) => {
      if (output.kind === 'send') this.#town.post(this.#hop, `${output.hop.host}:${output.hop.port}`, output.data);
    });
  }
}

interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  remoteTag: string;
  target: string;
  cseq: number;
  /** What the telephone wants of its voice: `sendonly` while it holds. */
  wish: Direction;
  /** Where it sends, and whether: `10.1.0.2 sendrecv`. */
  voice: string;
  readonly method: Map<number, string>;
}

/** A telephone: it answers at once, and does in its dialogs what it is told. */
export class Phone {
  readonly heard: string[] = [];
  readonly dialogs: Dialog[] = [];
  /** Status lines of transfers. */
  readonly reports: string[] = [];
  answers = true;
  readonly #hop: Hop;
  #count = 0;

  constructor(
    private readonly town: Town,
    readonly name: string,
    readonly host: string,
  ) {
    this.#hop = { transport: 'udp', host, port: 5060 };
  }

  /** The newest call. */
  get dialog(): Dialog {
    const last = this.dialogs.at(-1);
    if (!last) throw new Error(`${this.name} is in no call`);
    return last;
  }

  get voices(): string[] {
    return this.dialogs.map((each) => each.voice);
  }

  call(number: string, node = 1): void {
    this.#count += 1;
    this.dialogs.push({
      callId: `${this.name}${this.#count}`,
      localTag: `${this.name}${this.#count}tag`,
      remoteTag: '',
      target: `sip:${number}@10.0.0.${node}`,
      cseq: 0,
      wish: 'sendrecv',
      voice: '',
      method: new Map(),
    });
    this.send('INVITE', this.dialog, { body: this.#describe(this.dialog) });
    this.town.settle();
  }

  /** Says something in a dialog, and waits until all is quiet. */
  say(method: string, lines: readonly string[] = [], dialog = this.dialog): void {
    this.send(method, dialog, { lines });
    if (method === 'BYE') this.dialogs.splice(this.dialogs.indexOf(dialog), 1);
    this.town.settle();
  }

  reinvite(wish: Direction, dialog = this.dialog): void {
    dialog.wish = wish;
    this.send('INVITE', dialog, { body: this.#describe(dialog, wish) });
    this.town.settle();
  }

  hear(message: SipMessage): void {
    this.heard.push(summary(message));
    if (message.isRequest) this.#request(message);
    else this.#response(message);
  }

  #request(request: SipMessage): void {
    const dialog = this.dialogs.find((each) => each.callId === request.callId);
    if (request.method === 'ACK') return;
    if (request.method === 'INVITE' && request.toTag === '') return this.#ring(request);
    if (!dialog) return this.#reply(request, 481);
    if (request.method === 'BYE') this.dialogs.splice(this.dialogs.indexOf(dialog), 1);
    if (request.method === 'NOTIFY') this.reports.push(request.body.toString().trim());
    const contact = request.contacts === '*' ? undefined : request.contacts[0]?.uri;
    if (contact !== undefined) dialog.target = contact;
    this.#reply(request, 200, this.#answer(dialog, request), dialog.localTag);
  }

  #ring(request: SipMessage): void {
    if (this.dialogs.some((each) => each.callId === request.callId)) return;
    this.#count += 1;
    const dialog: Dialog = {
      callId: request.callId,
      localTag: `${this.name}${this.#count}tag`,
      remoteTag: request.fromTag,
      target: request.contacts === '*' ? '' : (request.contacts[0]?.uri ?? ''),
      cseq: 0,
      wish: 'sendrecv',
      voice: '',
      method: new Map(),
    };
    this.dialogs.push(dialog);
    this.#reply(request, 180, '', dialog.localTag);
    if (this.answers) this.#reply(request, 200, this.#answer(dialog, request), dialog.localTag);
  }

  #response(response: SipMessage): void {
    const dialog = this.dialogs.find((each) => each.callId === response.callId);
    if (response.cseqMethod !== 'INVITE' || response.status < 200 || !dialog) return;
    if (response.status >= 300) {
      if (dialog.remoteTag === '') this.dialogs.splice(this.dialogs.indexOf(dialog), 1);
      return;
    }
    dialog.remoteTag = response.toTag;
    dialog.target = response.contacts === '*' ? '' : (response.contacts[0]?.uri ?? '');
    this.#listen(dialog, response);
    this.send('ACK', dialog, { cseq: response.cseq });
  }

  /** @returns our description, where the request has one. */
  #answer(dialog: Dialog, request: SipMessage): string {
    const offered = this.#listen(dialog, request);
    return offered === undefined ? '' : this.#describe(dialog, answerDirection(offered, dialog.wish));
  }

  #listen(dialog: Dialog, message: SipMessage): Direction | undefined {
    const parsed = parseSessionDescription(message.body.toString('latin1'));
    const media = parsed.ok ? parsed.value.media[0] : undefined;
    if (!parsed.ok || !media) return undefined;
    const offered = directionOf(parsed.value, media);
    dialog.voice = `${parsed.value.connection?.address} ${answerDirection(offered, dialog.wish)}`;
    return offered;
  }

  #describe(dialog: Dialog, direction: Direction = dialog.wish): string {
    const lines = ['v=0', `o=- 1 ${dialog.cseq} IN IP4 ${this.host}`, 's=-', `c=IN IP4 ${this.host}`, 't=0 0'];
    return `${[...lines, 'm=audio 4000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', `a=${direction}`].join('\r\n')}\r\n`;
  }

  send(method: string, dialog: Dialog, words: { lines?: readonly string[]; body?: string; cseq?: number } = {}): void {
    const { body = '', lines = [] } = words;
    if (method !== 'ACK') dialog.cseq += 1;
    const cseq = words.cseq ?? dialog.cseq;
    this.#post([
      `${method} ${dialog.target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.host}:5060;rport;branch=z9hG4bK-${dialog.callId}-${cseq}-${method}-${this.heard.length}-${this.#count}`,
      'Max-Forwards: 70',
      `From: <sip:${this.name}@sample2.test>;tag=${dialog.localTag}`,
      `To: <sip:somebody@sample2.test>${dialog.remoteTag === '' ? '' : `;tag=${dialog.remoteTag}`}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:${this.name}@${this.host}:5060>`,
      ...ABLE,
      ...lines,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
  }

  #reply(request: SipMessage, status: number, body = '', tag = 'x'): void {
    this.#post([
      `SIP/2.0 ${status} Reply`,
      ...request.headerValues('Via').map((via) => `Via: ${via}`),
      `From: ${request.header('From')}`,
      `To: ${request.header('To')}${request.toTag === '' ? `;tag=${tag}` : ''}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq} ${request.method}`,
      `Contact: <sip:${this.name}@${this.host}:5060>`,
      ...ABLE,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
  }

  /** To the node that the request line or the Via names. */
  #post(lines: readonly string[]): void {
    const [, host = ''] = /(10\.0\.0\.\d+)/.exec(lines[0] ?? '') ?? /(10\.0\.0\.\d+)/.exec(lines[1] ?? '') ?? [];
    this.town.post(this.#hop, `${host}:5060`, Buffer.from(lines.join('\r\n'), 'latin1'));
  }
}

const ABLE = ['Allow: INVITE, ACK, CANCEL, BYE, UPDATE, INFO, REFER, NOTIFY', 'Supported: timer'];

function read(data: Buffer): SipMessage {
  const decoded = decode(data);
  if (!decoded.ok) throw new Error(`what was sent does not parse: ${data.toString('latin1')}`);
  return decoded.message;
}
