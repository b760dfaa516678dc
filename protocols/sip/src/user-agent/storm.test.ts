// Telephones that say anything at any time, and a call control that orders anything: nothing throws, what goes out can be read,
// and when all is over nothing is left.
import type { CalledParty, HalfCallRole, HalfCallState, LineName } from '@altpath/call-control';
import { Random } from '@altpath/testkit';
import { expect } from 'chai';
import type { SipMessage } from '../codec/sip-message.js';
import { AT_BOB, Desk, FAR, OFFER, sdpOf } from './testing.js';

const SEEDS = 40;
const ACTS = 120;
const CALLED: readonly CalledParty[] = [
  { kind: 'sip', uri: 'sip:bob@10.1.0.2' },
  { kind: 'sip', uri: 'sip:bob@name.test' },
  { kind: 'sip', uri: 'no uri' },
  { kind: 'registrar', user: 'x' },
  { kind: 'line-at-node', node: 0, line: 'a@b' },
];
const PHASES = ['routing', 'ringback', 'early', 'talking', 'talking', 'holding', 'held', 'idle', 'busy', 'congested', 'ringing'] as const;
const LAST: readonly string[] = ['idle', 'busy', 'congested'];
const METHODS = ['ACK', 'ACK', 'BYE', 'PRACK', 'UPDATE', 'INVITE', 'INFO', 'OPTIONS', 'REFER', 'NOTIFY', 'FOO'];
const STATUSES = [100, 180, 183, 200, 200, 200, 302, 401, 408, 422, 481, 486, 487, 488, 491, 500, 503, 603];

class Storm {
  readonly desk: Desk;
  readonly #random: Random;
  readonly #parties = new Map<LineName, HalfCallRole>();
  readonly #requests: SipMessage[] = [];
  readonly #responses: SipMessage[] = [];
  readonly #heard: string[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.desk = new Desk({}, [this.#pick(['up', 'down']), 'up'], 1);
    this.desk.onEvent = (party) => {
      if (!this.#parties.has(party)) this.#parties.set(party, 'originating');
    };
  }

  play(): void {
    const acts = [
      () => this.#call(),
      () => this.#ring(),
      () => this.#order(),
      () => this.#order(),
      () => this.#order(),
      () => this.#answer(),
      () => this.#within(),
      () => this.#fromBob(),
      () => this.#hear(this.desk.request('CANCEL', { callId: this.#callId(), branch: this.#branch() })),
      () => this.desk.pass(this.#pick([1, 100, 500, 1_000, 5_000, 33_000, 61_000, 190_000])),
      () => this.#again(),
      () => this.desk.asked.length > 0 && this.desk.resolved(...this.#pick([[], [AT_BOB], [AT_BOB, '10.1.0.3:5060']])),
      () => this.desk.unreachable(this.#pick([AT_BOB, '10.1.0.1:5060', '10.0.0.1:5060'])),
      () => this.desk.adapter.handle({ kind: 'peer', index: 0, state: this.#pick(['up', 'suspect', 'down']) }, this.desk.now),
      () => this.#moveOn(),
    ];
    for (let act = 0; act < ACTS; act += 1) {
      this.#pick(acts)();
      for (const message of this.desk.sent()) (message.isRequest ? this.#requests : this.#responses).push(message);
    }
    this.#clear();
  }

  /** Everybody leaves, whoever has been made meanwhile, too; then time passes. */
  #clear(): void {
    for (const { line } of this.desk.restored as { readonly line: LineName }[]) this.#parties.set(line, 'originating');
    for (let round = 0; round < 8; round += 1) {
      for (const [party, role] of this.#parties) this.desk.order(party, { phase: 'idle' }, role);
      this.desk.pass(50_000);
    }
  }

  #call(): void {
    const lines = [
      [],
      ['Supported: 100rel, timer'],
      ['Require: 100rel'],
      ['Session-Expires: 90'],
      ['Supported: timer', 'Session-Expires: 10'],
    ];
    const words = { body: this.#pick(['', OFFER, OFFER, 'v=0\r\n']), lines: this.#pick(lines), cseq: this.#pick([1, 2]) };
    this.#hear(this.desk.request('INVITE', { ...words, callId: this.#callId(), branch: this.#branch() }));
  }

  #ring(): void {
    this.#count += 1;
    const party = `sip/o${this.#count}`;
    this.#parties.set(party, 'terminating');
    this.desk.order(party, { phase: 'ringing', called: this.#pick(CALLED), media: this.#media(), ...this.#name(party) }, 'terminating');
  }

  #order(): void {
    const found = this.#party();
    if (!found) return;
    const [party, role] = found;
    const phase = this.#pick(PHASES);
    if (LAST.includes(phase)) this.#parties.delete(party);
    const cause = this.#pick([undefined, 'user-busy', 'normal-clearing', 'no-circuit'] as const);
    this.desk.order(party, { phase, media: this.#media(), cause, ...this.#name(party) }, role);
  }

  #answer(): void {
    const request = this.#any(this.#requests);
    if (!request || request.method === 'ACK') return;
    const lines = [[], ['Require: 100rel', `RSeq: ${this.#pick([0, 1, 2])}`], ['Min-SE: 100'], ['Retry-After: 1'], ['Session-Expires: 90']];
    const words = { tag: this.#pick(['one', 'two', '']), body: this.#pick(['', '', OFFER, sdpOf('10.1.0.9', 0), 'junk']) };
    this.#hear(this.desk.answer(request, this.#pick(STATUSES), { ...words, lines: this.#pick(lines) }), AT_BOB);
  }

  #within(): void {
    const response = this.#any(this.#responses);
    if (!response || response.toTag === '') return;
    const lines = [
      [],
      [`RAck: ${response.header('RSeq') ?? 1} 1 INVITE`],
      ['Refer-To: <sip:300@x>'],
      ['Refer-To: <sip:3@x?Replaces=a%3Bto-tag%3Db>'],
    ];
    const words = { cseq: this.#pick([1, 2, 3, 4, 5]), body: this.#pick(['', OFFER, sdpOf('10.1.0.1', 4001, ['a=sendonly']), 'junk']) };
    this.#hear(this.desk.within(this.#pick(METHODS), response, { ...words, lines: this.#pick(lines) }));
  }

  #fromBob(): void {
    const request = this.#any(this.#requests);
    if (!request) return;
    const uri = request.contacts === '*' ? undefined : request.contacts[0]?.uri;
    const words = { callId: request.callId, fromTag: request.toTag || 'one', toTag: request.fromTag, cseq: this.#pick([1, 2, 3, 9]) };
    const body = this.#pick(['', OFFER]);
    this.#hear(this.desk.request(this.#pick(METHODS), { uri: uri ?? 'sip:x@10.0.0.2', ...words, body }), AT_BOB);
  }

  #again(): void {
    const text = this.#any(this.#heard);
    if (text) this.#hear(text);
  }

  /** Another node takes the leg, and it is this one. */
  #moveOn(): void {
    const [party, role] = this.#party() ?? [];
    const saved = party === undefined ? undefined : this.desk.adapter.save(party);
    if (party === undefined || role === undefined || saved === undefined) return;
    this.desk.adapter.forget(party);
    this.#parties.delete(party);
    const name = this.desk.adapter.adopt(saved, this.desk.now);
    if (name !== undefined) this.#parties.set(name, role);
    this.desk.pass(0);
  }

  #hear(text: string, from?: string): void {
    this.#heard.push(text);
    this.desk.hear(text, from);
  }

  #party(): [LineName, HalfCallRole] | undefined {
    return this.#any([...this.#parties]);
  }

  #name(party: LineName): Pick<HalfCallState, 'callId'> {
    return { callId: Buffer.from(party).toString('hex').slice(0, 13).padEnd(13, '0').toUpperCase() };
  }

  #media(): HalfCallState['media'] {
    return this.#pick([
      undefined,
      { mode: 'recvonly' },
      { mode: 'sendrecv', remote: FAR },
      { mode: 'inactive', remote: FAR },
      { mode: 'sendrecv', remote: sdpOf('10.8.8.8', 1_234) },
      { mode: 'sendrecv', remote: 'nonsense' },
    ]);
  }

  #callId(): string {
    return `c${this.#pick([1, 2, 3, 4, 5])}`;
  }

  #branch(): string {
    return `z9hG4bK-b${this.#random.integer(20)}`;
  }

  #pick<T>(list: readonly T[]): T {
    return this.#random.pick(list);
  }

  #any<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.#random.pick(list);
  }
}

describe('a storm of telephones and orders', function () {
  this.timeout(30_000);

  for (let seed = 1; seed <= SEEDS; seed += 1) {
    it(`leaves nothing (seed ${seed})`, () => {
      const storm = new Storm(seed);
      storm.play();
      const { adapter, now } = storm.desk;
      expect(adapter.status(now).transactions, 'transactions').to.equal(0);
    });
  }
});
