// Taking gateways that come: by a registration that says that their controller has failed or has sent them here, by a report
// without one, and back after a freeze. Everything is asked (audit), and the calls are rebuilt from it; reports that come
// meanwhile wait, and are acted on when nobody has acted on them before (RFC 3525 §11.5; ARCHITECTURE "A gateway changes
// hands").
import { type GatewayCustody, GATEWAY_HELD } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Environment } from '../environment.js';
import { DEFAULT_TRANSACTION_SETTINGS, type ReplyResult } from '../transaction/index.js';
import { Absent } from './absent.js';
import type { Courier } from './courier.js';
import { ErrorCode, errorOf } from './findings.js';
import type { Gateway } from './gateway.js';
import type { Gateways } from './gateways.js';
import type { Line, Lines } from './line.js';

/** Why a gateway is taken: a word for logs and counters. */
export type TakeReason = 'restart' | 'failover' | 'disconnected' | 'handoff' | 'unregistered' | 'returned';

/** What is known beside the reason. */
export interface TakeHints {
  /** Lines that made themselves heard: they are asked first. */
  readonly lines?: readonly Line[] | undefined;
  /** The node that the gateway has left: others of its gateways may be on their way here. */
  readonly from?: number | undefined;
}

/** A gateway that was heard so lately is not silent, although one of its lines seems to be; nor is it asked for ever. */
const HEARD_MS: Millis = 5_000;
const ATTEMPTS = 4;
/** Lines that are asked before it is known whether their gateway answers. */
export const SCOUTS = 3;
/** It says that it is not ready: asked again so much later, so many times. */
const AGAIN_MS: Millis = 250;
const NOT_READY_ATTEMPTS = 40;
const NOT_READY: ReadonlySet<number> = new Set([ErrorCode.notReady, ErrorCode.beforeReply, ErrorCode.changing]);
/** It obeys somebody else. */
const DISOWNED: ReadonlySet<number> = new Set([ErrorCode.unauthorized, ErrorCode.unauthorizedEntity]);

interface Question {
  readonly gateway: Gateway;
  readonly line: Line;
  /** Lines that are asked as soon as one answer has come; emptied then. */
  readonly then: Line[];
  readonly attempt: number;
}

export class Takeover {
  /** Gateways whose audit goes on. */
  readonly #open = new Set<Gateway>();
  /** Gateways that were taken together: until all are asked, a leg of any call of theirs may be missing. */
  readonly #batch = new Set<Gateway>();
  /** Nodes whose other gateways are expected since this batch began. */
  readonly #left = new Set<number | undefined>();
  readonly #absent = new Absent();
  /** Call control was told that legs are being looked for. */
  #isSeeking = false;
  /** Questions that are put again. */
  #again: { readonly at: Millis; readonly question: Question }[] = [];

  /**
   * @param finished   A gateway's audit is over.
   * @param isHeardOut  No report waits of what a line's user did while nobody listened: it may tell what its call lacks.
   */
  constructor(
    private readonly environment: Environment,
    private readonly custody: GatewayCustody,
    private readonly lines: Lines,
    private readonly courier: Courier,
    private readonly gateways: Gateways,
    private readonly finished: (gateway: Gateway, now: Millis) => void,
    private readonly isHeardOut: () => boolean,
  ) {}

  /** Audits go on, and legs of calls of this gateway may still be found by them. */
  isSettling(gateway: Gateway): boolean {
    return this.#batch.has(gateway);
  }

  /** Legs are being looked for somewhere. */
  get isSeeking(): boolean {
    return this.#isSeeking;
  }

  /** The gateway is ours from now on, and is asked what it does. It has an association. */
  take(gateway: Gateway, reason: TakeReason, now: Millis, { lines = [], from }: TakeHints = {}): void {
    const { observer } = this.environment;
    observer.count('megaco.gateway.taken', reason);
    observer.log('info', `gateway ${gateway.name} is taken over`, { reason });
    this.hold(gateway, now);
    this.#batch.add(gateway);
    this.#expectOthers(from, now);
    this.audit(gateway, [...new Set([...lines, ...gateway.lines.values()])], now);
  }

  /** The gateway is ours, without a question where it restarted and has nothing. */
  hold(gateway: Gateway, now: Millis): void {
    this.#absent.settled(gateway);
    if (gateway.stage !== 'foreign') return;
    gateway.stage = 'serving';
    for (const line of gateway.lines.values()) this.lines.add(line);
    this.environment.tellPeers(GATEWAY_HELD, this.custody.claim(gateway.name, Math.floor(now)));
  }

  /** Asks lines what they do. Those that are being asked already are asked once. */
  audit(gateway: Gateway, lines: readonly Line[], now: Millis): void {
    const open = lines.filter((line) => !gateway.unaudited.has(line));
    if (open.length === 0) {
      if (gateway.unaudited.size === 0) this.#finish(gateway, now);
      return;
    }
    gateway.stage = 'auditing';
    this.#open.add(gateway);
    for (const line of open) {
      gateway.unaudited.add(line);
      line.hold();
    }
    // A few first: a gateway that does not answer shall not keep all the others waiting, nor one lost answer all its lines.
    const rest = open.slice(SCOUTS);
    for (const line of open.slice(0, SCOUTS)) this.#ask({ gateway, line, then: rest, attempt: 1 });
  }

  /** It has come anew: what was asked of it and what was under way is not answered any more. */
  begun(gateway: Gateway, now: Millis): void {
    this.courier.abandon(gateway, now);
    for (const line of gateway.lines.values()) line.abandon();
    this.#again = this.#again.filter(({ question }) => question.gateway !== gateway);
    for (const line of gateway.unaudited) line.resume();
    gateway.unaudited.clear();
  }

  /** Lines restarted: what they had is gone, and need not be asked. */
  drop(gateway: Gateway, lines: readonly Line[], now: Millis): void {
    for (const line of lines) if (gateway.unaudited.delete(line)) line.resume();
    if (gateway.stage === 'auditing' && gateway.unaudited.size === 0) this.#finish(gateway, now);
    else this.#settleSeeking(now);
  }

  /**
   * Another node has it, or the clock jumped: everything known of it is forgotten, and nothing is done to it.
   *
   * @param mayReturn  Whose it is will be known soon: how it is reached is kept.
   */
  lose(gateway: Gateway, now: Millis, mayReturn = false): void {
    this.begun(gateway, now);
    this.#close(gateway);
    this.#absent.settled(gateway);
    gateway.stage = 'foreign';
    gateway.silent = false;
    gateway.leaving = undefined;
    gateway.lostAt = undefined;
    gateway.isCalled = false;
    gateway.adoptedAt = undefined;
    gateway.watches = false;
    if (!mayReturn) this.#part(gateway);
    for (const line of gateway.lines.values()) {
      line.forget();
      this.lines.remove(line.name);
      this.environment.calls.release(line.name, now);
    }
    this.#settleSeeking(now);
  }

  /** Its connection was closed, and it has not come back in time. */
  vanished(gateway: Gateway, now: Millis): void {
    this.#silent(gateway, now);
  }

  /** Another node says that it has it. */
  isElsewhere(gateway: Gateway, now: Millis): void {
    this.#absent.settled(gateway);
    this.#settleSeeking(now);
  }

  /**
   * A node is gone. Its gateways notice in their own time, and until then nobody's call is over: its other legs may be on
   * gateways that have come, or on those of another protocol. That the node is there again changes nothing: it may have begun
   * anew. It says what it holds.
   */
  nodeGone(index: number, now: Millis): void {
    for (const gateway of this.gateways) if (this.custody.holder(gateway.name) === index) this.#expect(gateway, now);
    if (!this.#absent.any || this.#isSeeking) return;
    this.#isSeeking = true;
    this.environment.calls.restore([], true, now);
  }

  /** The clock jumped: nobody is on his way as far as is known. */
  doubt(): void {
    this.#absent.clear();
  }

  sweep(now: Millis): void {
    const due = this.#again.filter(({ at }) => at <= now);
    if (due.length > 0) this.#again = this.#again.filter(({ at }) => at > now);
    for (const { question } of due) if (question.gateway.unaudited.has(question.line)) this.#ask(question);
    this.#absent.sweep(now);
    this.#settleSeeking(now);
  }

  /** Who else had the same controller, or came to nobody yet, may come too. */
  #expectOthers(from: number | undefined, now: Millis): void {
    if (this.#left.has(from)) return;
    this.#left.add(from);
    for (const gateway of this.gateways) {
      const holder = this.custody.holder(gateway.name);
      if (holder === undefined || holder === from || holder === this.environment.peers.self.index) this.#expect(gateway, now);
    }
  }

  #expect(gateway: Gateway, now: Millis): void {
    const { peers, settings } = this.environment;
    if (gateway.stage !== 'foreign' || !gateway.settings.nodes.includes(peers.self.index)) return;
    const tMaxMs = settings.timers.tMaxMs ?? DEFAULT_TRANSACTION_SETTINGS.tMaxMs;
    this.#absent.expect(gateway, now + (gateway.settings.heartbeatMs ?? 0) + tMaxMs);
  }

  #ask(question: Question): void {
    const { gateway, line, then, attempt } = question;
    this.courier.run({
      gateway,
      actions: line.auditRequest(),
      then: (result, now) => {
        if (!gateway.unaudited.has(line)) return;
        // Its answers were lost on the way while others came: the gateway is there.
        const isHeard = now - gateway.heardAt < HEARD_MS && attempt < ATTEMPTS;
        if (!result) return isHeard ? this.#ask({ ...question, attempt: attempt + 1 }) : this.#silent(gateway, now);
        const code = errorOf(result);
        if (code !== undefined && NOT_READY.has(code) && attempt < NOT_READY_ATTEMPTS) {
          this.#again.push({ at: now + AGAIN_MS, question: { ...question, attempt: attempt + 1 } });
          return;
        }
        if (code !== undefined && DISOWNED.has(code)) return this.#disowned(gateway, code, now);
        this.#audited(gateway, line, result, now);
        for (const next of then.splice(0)) if (gateway.unaudited.has(next)) this.#ask({ gateway, line: next, then: [], attempt: 1 });
      },
    });
  }

  #audited(gateway: Gateway, line: Line, result: ReplyResult, now: Millis): void {
    gateway.unaudited.delete(line);
    line.resume();
    gateway.silent = false;
    const { calls, observer } = this.environment;
    const verdict = line.adopt(result, now);
    switch (verdict.kind) {
      case 'found':
        this.#isSeeking = true;
        calls.restore([verdict.leg], true, now);
        break;
      case 'out-of-service':
        calls.service(line.name, false, now);
        break;
      case 'refused':
        observer.count('megaco.audit.refused', String(verdict.code));
        calls.service(line.name, false, now);
        break;
      default:
        return verdict satisfies never;
    }
    if (gateway.unaudited.size === 0) this.#finish(gateway, now);
  }

  #finish(gateway: Gateway, now: Millis): void {
    gateway.stage = 'serving';
    this.#close(gateway);
    this.finished(gateway, now);
    this.#settleSeeking(now);
  }

  #close(gateway: Gateway): void {
    this.#open.delete(gateway);
    if (this.#open.size > 0) return;
    this.#batch.clear();
    this.#left.clear();
  }

  /** The last leg has been found: calls that miss one have lost it. */
  #settleSeeking(now: Millis): void {
    if (!this.#isSeeking || this.#open.size > 0 || this.#absent.any || !this.isHeardOut()) return;
    // Who is about to go takes its legs along: what is missing will be found there, or when it stays.
    if ([...this.gateways].some(({ leaving }) => leaving)) return;
    this.#isSeeking = false;
    this.environment.calls.restore([], false, now);
  }

  /** It does not answer: its lines are out of reach until something is heard of it. */
  #silent(gateway: Gateway, now: Millis): void {
    const { calls, observer } = this.environment;
    observer.count('megaco.gateway.silent');
    observer.log('warn', `gateway ${gateway.name} does not answer`);
    this.begun(gateway, now);
    gateway.silent = true;
    for (const line of gateway.lines.values()) {
      line.forget();
      calls.service(line.name, false, now);
    }
    gateway.stage = 'serving';
    this.#close(gateway);
    this.#settleSeeking(now);
  }

  /** It has another controller, whose word has not come here. */
  #disowned(gateway: Gateway, code: number, now: Millis): void {
    const { observer } = this.environment;
    observer.count('megaco.gateway.disowned', String(code));
    observer.log('warn', `gateway ${gateway.name} obeys another controller`);
    this.lose(gateway, now);
  }

  /** Its connection is of no use any more. */
  #part(gateway: Gateway): void {
    const flow = gateway.association?.hop.flow;
    gateway.association = undefined;
    // Virtual gateways may share one (RFC 3525 §11.1).
    if (flow === undefined || this.gateways.onFlow(flow).length > 0) return;
    this.environment.emit({ kind: 'close', flow, reason: 'megaco: another controller has the gateway' });
  }
}
