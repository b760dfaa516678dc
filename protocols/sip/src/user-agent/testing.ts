// What the tests of this room share: one node with a call control that only listens, and telephones that say what the test
// says. Time is the test's.
import type { CallControlPort, HalfCallEvent, HalfCallRole, HalfCallState, LineName } from '@altpath/call-control';
import type { AddressResolver, ClusterNode, Hop, Millis, NodeState, PeerDirectory } from '@altpath/core';
import { SipAdapter } from '../adapter.js';
import { decode } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import { SETTINGS } from '../proxy/testing.js';
import { countingObserver, MapStore, signerOf } from '../registrar/testing.js';
import type { SipSettings } from '../settings.js';

export const START = 1_800_000_000_000;
export const CALL_ID = '0123456789ABC';
export const PHONE = '10.1.0.1:5060';
/** Whom call control has us call: his telephone, his description, and the party's name. */
export const AT_BOB = '10.1.0.2:5060';
export const BOBS = sdpOf('10.1.0.2', 7_000);
export const BOBS_PARTY = 'sip/o1';
/** In no trust group. */
export const STRANGER = '192.0.2.1:5060';

/** A description of one audio stream. */
export function sdpOf(host: string, port = 4000, more: readonly string[] = []): string {
  return `${['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', `m=audio ${port} RTP/AVP 0 8`, 'a=sendrecv', ...more].join('\r\n')}\r\n`;
}

export const OFFER = sdpOf('10.1.0.1');
export const FAR = sdpOf('10.9.0.9', 9000);

export interface Told {
  readonly party: LineName;
  readonly event: HalfCallEvent;
}

export interface Words {
  readonly uri?: string;
  readonly branch?: string;
  readonly cseq?: number;
  readonly callId?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly from?: string;
  readonly lines?: readonly string[];
  readonly body?: string;
  readonly type?: string;
  readonly contact?: string | null;
}

export class Desk {
  now: Millis = START;
  readonly told: Told[] = [];
  readonly stored: LineName[] = [];
  /** Parties that have been told that their call is over. */
  readonly parted: LineName[] = [];
  /** What `recall` gives. */
  recalled: ((callId: string, role: HalfCallRole) => LineName | undefined) | undefined;
  /** What `carrierOf` was last asked. */
  carrierAsked: unknown;
  /** Nobody has the lines at the moment. */
  isSought = false;
  /** What `carrierOf` gives. */
  carrier: number | undefined;
  /** Parties that are somebody else's. */
  readonly releasedParties: LineName[] = [];
  readonly restored: unknown[] = [];
  /** The node waits for what the others know. */
  joining = false;
  /** Answers events at once, as call control does. */
  onEvent: (party: LineName, event: HalfCallEvent) => void = () => undefined;
  /** Names that DNS was asked for. */
  readonly asked: { readonly id: number; readonly host: string }[] = [];
  readonly toldPeers: { readonly topic: string; readonly content: string }[] = [];
  readonly observer = countingObserver();
  readonly store = new MapStore();
  readonly adapter: SipAdapter;
  /** Instants and messages that went out since they were last asked for. */
  #sent: { readonly message: SipMessage; readonly to: string }[] = [];
  readonly #branches = { count: 0 };

  /** @param states  What is held of each node. @param self  Which of the two it is. */
  constructor(settings: Partial<SipSettings> = {}, states: readonly NodeState[] = ['up', 'up'], self = 0) {
    const nodes: ClusterNode[] = [0, 1].map((index) => ({
      name: `n${index}`,
      index,
      self: index === self,
      addresses: [{ host: `10.0.0.${index + 1}`, port: 5060, scheme: 'sip+udp', transport: 'udp' }],
    }));
    const isJoining = (): boolean => this.joining;
    const peers: PeerDirectory = {
      self: nodes[self] as ClusterNode,
      nodes,
      state: (index) => states[index] ?? 'up',
      isFresh: (index) => states[index] === 'up',
      get joining() {
        return isJoining();
      },
    };
    const resolver: AddressResolver = {
      resolve: ({ destination, operation, inDialog }) =>
        operation === 'INVITE' && inDialog !== true && /^\d+$/.test(destination.user)
          ? { kind: 'serve', service: 'call' }
          : { kind: 'reject', reason: 'not-found' },
    };
    const calls: CallControlPort = {
      event: (party, event) => {
        this.told.push({ party, event });
        this.onEvent(party, event);
      },
      service: () => undefined,
      restore: (legs) => void this.restored.push(...legs),
      release: (party) => void this.releasedParties.push(party),
      changed: (party) => void this.stored.push(party),
      parted: (party) => void this.parted.push(party),
      recall: (callId, role) => this.recalled?.(callId, role),
      carrierOf: (callId, farLine) => {
        this.carrierAsked = [callId, farLine];
        return this.carrier;
      },
      isSought: () => this.isSought,
      patterns: [],
    };
    const ports = { signer: signerOf('secret'), peers, store: this.store, observer: this.observer, resolver, calls };
    this.adapter = new SipAdapter({ ...SETTINGS, ...settings }, ports, (current) => current, this.now);
  }

  /** A message comes in. */
  hear(text: string, from = PHONE): void {
    this.adapter.handle({ kind: 'bytes', data: Buffer.from(text, 'latin1'), hop: hopOf(from) }, this.now);
    this.#collect();
  }

  order(party: LineName, state: Partial<HalfCallState> & Pick<HalfCallState, 'phase'>, role: HalfCallRole = 'originating'): void {
    this.adapter.order(party, { role, callId: CALL_ID, ...state }, this.now);
    this.adapter.tick(this.now);
    this.#collect();
  }

  /** Has bob called. @returns the INVITE. */
  ringBob(more: Partial<HalfCallState> = {}): SipMessage {
    const called = { kind: 'sip', uri: 'sip:bob@10.1.0.2' } as const;
    this.order(BOBS_PARTY, { phase: 'ringing', called, media: { mode: 'sendrecv', remote: FAR }, ...more }, 'terminating');
    return this.one();
  }

  /** DNS answers the newest question. */
  resolved(...addresses: readonly string[]): void {
    const id = this.asked.pop()?.id ?? 0;
    this.adapter.handle({ kind: 'resolved', id, addresses: addresses.map(hopOf) }, this.now);
    this.#collect();
  }

  /** Nothing can be sent there. */
  unreachable(address: string): void {
    this.adapter.handle({ kind: 'unreachable', hop: hopOf(address) }, this.now);
    this.#collect();
  }

  /** Time passes, timer by timer. */
  pass(ms: Millis): void {
    const end = this.now + ms;
    while (this.adapter.deadline() <= end) {
      this.now = Math.max(this.now + 1, Math.min(end, this.adapter.deadline()));
      this.adapter.tick(this.now);
      this.#collect();
    }
    this.now = end;
    this.adapter.tick(this.now);
    this.#collect();
  }

  #collect(): void {
    this.adapter.drain((output) => {
      if (output.kind === 'resolve') this.asked.push({ id: output.id, host: output.question.host });
      if (output.kind === 'tell-peers') this.toldPeers.push({ topic: output.topic, content: output.content });
      if (output.kind !== 'send') return;
      const { ok, message } = decode(output.data);
      if (!ok || !message) throw new Error(`what was sent does not parse:\n${output.data.toString('latin1')}`);
      this.#sent.push({ message, to: `${output.hop.host}:${output.hop.port}` });
    });
  }

  /** What was sent since the last call. */
  sent(): SipMessage[] {
    return this.sentTo().map((each) => each.message);
  }

  sentTo(): { readonly message: SipMessage; readonly to: string }[] {
    const list = this.#sent;
    this.#sent = [];
    return list;
  }

  /** The only message that was sent. @throws Error when there are more or none. */
  one(): SipMessage {
    const sent = this.sent();
    if (sent.length !== 1) throw new Error(`${sent.length} messages instead of one: ${sent.map(summary).join(', ')}`);
    return sent[0] as SipMessage;
  }

  /** What was sent, in words: `180`, `BYE`. */
  summary(): string[] {
    return this.sent().map(summary);
  }

  /** Events told since the last call. */
  events(): HalfCallEvent[] {
    return this.told.splice(0).map((each) => each.event);
  }

  request(method: string, words: Words = {}): string {
    this.#branches.count += 1;
    const body = words.body ?? '';
    return [
      `${method} ${words.uri ?? 'sip:200@sample2.test'} SIP/2.0`,
      `Via: SIP/2.0/UDP ${PHONE};rport;branch=${words.branch ?? `z9hG4bK-t${this.#branches.count}`}`,
      'Max-Forwards: 70',
      `From: ${words.from ?? '"Ann" <sip:100@sample2.test>'};tag=${words.fromTag ?? 'ann'}`,
      `To: <sip:200@sample2.test>${words.toTag === undefined ? '' : `;tag=${words.toTag}`}`,
      `Call-ID: ${words.callId ?? 'c1'}`,
      `CSeq: ${words.cseq ?? 1} ${method}`,
      ...(words.contact === null ? [] : [`Contact: ${words.contact ?? `<sip:ann@${PHONE}>`}`]),
      ...(words.lines ?? []),
      ...(body === '' ? [] : [`Content-Type: ${words.type ?? 'application/sdp'}`]),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }

  /** A request of the telephone in the dialog that our response made. */
  within(method: string, response: SipMessage, words: Words = {}): string {
    return this.request(method, {
      uri: response.contacts === '*' ? '' : (response.contacts[0]?.uri ?? 'sip:200@sample2.test'),
      toTag: response.toTag,
      callId: response.callId,
      fromTag: response.fromTag,
      cseq: 2,
      ...words,
    });
  }

  /** The answer of a telephone to a request of ours. */
  answer(
    request: SipMessage,
    status: number,
    words: { tag?: string; body?: string; lines?: readonly string[]; contact?: string } = {},
  ): string {
    const body = words.body ?? '';
    const to = request.header('To') ?? '';
    return [
      `SIP/2.0 ${status} Answer`,
      ...request.headerValues('Via').map((via) => `Via: ${via}`),
      `From: ${request.header('From')}`,
      `To: ${to}${request.toTag === '' && status > 100 ? `;tag=${words.tag ?? 'bob'}` : ''}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq} ${request.method}`,
      ...(status > 100 && status < 300 ? [`Contact: <${words.contact ?? 'sip:bob@10.1.0.2:5060'}>`] : []),
      ...(words.lines ?? []),
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }
}

export function summary(message: SipMessage): string {
  return message.isRequest ? message.method : String(message.status);
}

function hopOf(address: string): Hop & { readonly port: number } {
  const [host = '', port = '5060'] = address.split(':');
  return { transport: 'udp', host, port: Number(port) };
}
