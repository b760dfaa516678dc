// A small telephone exchange for the tests of call control: it remembers what every line was told to be, and says for the
// lines what happens on them.
import { type Millis, type Observer, SILENT } from '@altpath/core';
import { CallControl, type CallControlSettings } from './call-control.js';
import type { CallKeeping } from './call-ledger.js';
import type { Cause } from './cause.js';
import type { DialResult, FoundLeg, HalfCallEvent, HalfCallState, LineName, Notice, Phase, SetUp } from './half-call.js';
import type { HalfCallPorts } from './switchboard.js';

export const START: Millis = 1_700_000_000_000;
export const [A, B, C, D] = ['aaln/1@rgw1', 'aaln/2@rgw1', 'line/1@mg1', 'line/2@mg1'] as const;

export const SETTINGS: CallControlSettings = {
  slot: 1,
  lines: [
    { line: A, name: 'Ann', protocol: 'mgcp' },
    { line: B, protocol: 'mgcp' },
    { line: C, number: '5003', protocol: 'megaco' },
    { line: D, protocol: 'megaco' },
  ],
  numbers: {
    '1001': A,
    '1002': B,
    '1003': C,
    '1004': D,
    '10': D,
    '20': [B, C, D],
    '30': 'registrar',
    '31': ['sip:out@example.test', C],
    '40': 'aaln/9@nowhere',
  },
};

/** The same, where a protocol reaches parties. */
export const WITH_PARTIES: CallControlSettings = { ...SETTINGS, parties: 'sip' };
/** The party that call control calls first. */
export const CALLED = 'sip/o1';

export interface Surroundings {
  readonly keeping?: CallKeeping | undefined;
  readonly ports?: Pick<HalfCallPorts, 'save' | 'adopt' | 'forget' | 'anchors'> | undefined;
}

export class Exchange {
  readonly control: CallControl;
  /** Every order since the last `forget`. */
  readonly orders: { readonly line: LineName; readonly state: HalfCallState }[] = [];
  readonly wanted = new Map<LineName, HalfCallState>();
  readonly notices: { readonly party: LineName; readonly notice: Notice }[] = [];
  readonly counted = new Map<string, number>();
  now: Millis;

  /** @param around  Where calls are kept, and what adapters do beside carrying out orders. */
  constructor(settings: CallControlSettings = SETTINGS, now = START, inService = true, around: Surroundings = {}) {
    this.now = now;
    const observer: Observer = { ...SILENT, count: (name, reason) => this.#count(reason === undefined ? name : `${name} ${reason}`) };
    const ports = {
      order: (line: LineName, state: HalfCallState) => this.#order(line, state),
      notice: (party: LineName, notice: Notice) => void this.notices.push({ party, notice }),
      ...around.ports,
    };
    this.control = new CallControl(settings, ports, observer, now, around.keeping);
    if (inService) for (const { line } of settings.lines) this.control.service(line, true, now);
    this.forget();
  }

  #order(line: LineName, state: HalfCallState): void {
    this.orders.push({ line, state });
    this.wanted.set(line, state);
  }

  #count(what: string): void {
    this.counted.set(what, (this.counted.get(what) ?? 0) + 1);
  }

  forget(): void {
    this.orders.length = 0;
  }

  event(line: LineName, event: HalfCallEvent): void {
    this.control.event(line, event, this.now);
  }

  offHook(line: LineName): void {
    this.event(line, { kind: 'off-hook' });
  }

  onHook(line: LineName): void {
    this.event(line, { kind: 'on-hook' });
  }

  flash(line: LineName): void {
    this.event(line, { kind: 'flash' });
  }

  dial(line: LineName, digits: string, result: DialResult = 'match'): void {
    this.event(line, { kind: 'dialled', digits, result });
  }

  /** The line has become what it was told to be; where it has a connection it says its description. */
  reach(line: LineName, local: string | undefined = this.wanted.get(line)?.media && sdpOf(line)): void {
    const { phase = 'idle', callId } = this.wanted.get(line) ?? {};
    this.event(line, { kind: 'reached', phase, callId, local });
  }

  /** A party calls. */
  setUp(party: LineName, dialled: string, more: Partial<SetUp> = {}): void {
    this.event(party, { kind: 'set-up', dialled, caller: { number: '4930' }, local: sdpOf(party), ...more });
  }

  answer(party: LineName, local: string | undefined = sdpOf(party)): void {
    this.event(party, { kind: 'off-hook', local });
  }

  fail(line: LineName, cause: Cause): void {
    const { phase = 'idle', callId } = this.wanted.get(line) ?? {};
    this.event(line, { kind: 'failed', phase, callId, cause });
  }

  lose(line: LineName, cause: Cause = 'bearer-not-available'): void {
    this.event(line, { kind: 'lost', cause });
  }

  restore(legs: readonly FoundLeg[], more = false): void {
    this.control.restore(legs, more, this.now);
  }

  pass(ms: Millis): void {
    const until = this.now + ms;
    for (let at = this.control.deadline(); at <= until; at = this.control.deadline()) {
      this.now = Math.max(this.now, at);
      this.control.tick(this.now);
    }
    this.now = until;
  }

  phase(line: LineName): Phase | undefined {
    return this.wanted.get(line)?.phase;
  }

  phases(...lines: LineName[]): (Phase | undefined)[] {
    return lines.map((line) => this.phase(line));
  }

  remote(line: LineName): string | undefined {
    return this.wanted.get(line)?.media?.remote;
  }

  get states(): string[] {
    return this.control.calls(this.now, 100).map(({ state }) => state);
  }

  // --- whole stretches of a call -----------------------------------------------------------------------------------

  /** `from` has dialled, and has its connection. */
  call(from: LineName, digits: string): void {
    this.offHook(from);
    this.reach(from);
    this.dial(from, digits);
    this.reach(from);
  }

  ring(from: LineName, to: LineName, digits = numberOf(to)): void {
    this.call(from, digits);
    this.reach(to);
    this.reach(from);
  }

  talk(from: LineName, to: LineName, digits = numberOf(to)): void {
    this.ring(from, to, digits);
    this.offHook(to);
    this.reach(to);
    this.reach(from);
  }
}

export function sdpOf(line: LineName): string {
  return `v=0 of ${line}`;
}

export function numberOf(line: LineName): string {
  return `100${[A, B, C, D].findIndex((each) => each === line) + 1}`;
}
