// Taking gateways: at the start, from a node that is gone, and back after a freeze. First everything is asked (audit), from
// which the calls are rebuilt; then the gateway is told who its call agent is (claim); reports that came meanwhile wait, and
// are acted on when nobody has acted on them before (ARCHITECTURE "A gateway changes hands").
import { type GatewayCustody, GATEWAY_HELD } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Environment } from '../environment.js';
import { agentAddress } from '../path-mapping.js';
import type { EntityName } from '../message/entity-name.js';
import { DEFAULT_AGENT_PORT } from '../message/entity-name.js';
import { type AuditOutcome, auditLine } from './audit.js';
import { claim } from './claim.js';
import type { Courier } from './courier.js';
import { type Gateway, QUIET_MS } from './gateway.js';
import type { HalfCalls } from './half-call.js';
import type { Line } from './line.js';
import type { AuditedEndpoint } from './line-facts.js';

/** Topics of `tell-peers`, both `INDEX GATEWAY`: a gateway is left to a node; and who leaves it sends it nothing any more. */
export const HAND_OVER = 'mgcp.hand-over';
export const LEFT = 'mgcp.left';

/** Why a gateway is taken: a word for logs and counters. */
export type TakeReason = 'start' | 'restart' | 'holder-gone' | 'handed-over' | 'returned';

/** What is known beside the reason. */
export interface TakeHints {
  /** The line that made itself heard: it is asked first. */
  readonly line?: Line | undefined;
  /** The node that has left the gateway to this one, by its will or by its death: that the gateway still names it does not matter. */
  readonly from?: number | undefined;
}

/** How long one that was handed over is not asked what it does, while who leaves it has not said that it has left. */
const FAREWELL_MS: Millis = 2 * QUIET_MS;
/** A gateway that was heard so lately is not silent, although one of its lines seems to be; nor is it asked for ever. */
const HEARD_MS = 5_000;
const ATTEMPTS = 4;
/** Lines that are asked before it is known whether their gateway answers. */
export const SCOUTS = 3;

export class Takeover {
  readonly #found = new Map<Gateway, Map<Line, AuditedEndpoint>>();
  /** Gateways whose audit goes on. */
  readonly #open = new Set<Gateway>();
  /** Gateways that were taken together: until all are asked, a leg of any call of theirs may be missing. */
  readonly #batch = new Set<Gateway>();
  /** Gateways that belong to another node, which lives: as they say, or with the others of their path. Left alone until that is gone. */
  readonly #conceded = new Map<Gateway, number>();
  /** Gateways whose lines are asked as soon as who leaves them has left, at the latest then. */
  readonly #farewells = new Map<Gateway, { readonly lines: readonly Line[]; readonly until: Millis }>();
  /** Who left a gateway to this node. If that one comes back meanwhile, it knows nothing of the gateway's calls. */
  readonly #leftBy = new Map<Gateway, number>();

  constructor(
    private readonly environment: Environment,
    private readonly custody: GatewayCustody,
    private readonly lines: HalfCalls,
    private readonly courier: Courier,
  ) {}

  /** Audits go on, and legs of calls of this gateway may still be found by them. */
  isSettling(gateway: Gateway): boolean {
    return this.#batch.has(gateway);
  }

  /** The node to which this gateway is left. */
  concededTo(gateway: Gateway): number | undefined {
    return this.#conceded.get(gateway);
  }

  /** Another node shall take the gateway, and is told so until it does, or is gone. */
  concede(gateway: Gateway, node: number, now: Millis): void {
    this.environment.observer.count('mgcp.gateway.conceded');
    this.lose(gateway, now);
    this.#conceded.set(gateway, node);
    this.handOver(gateway, node);
    this.tellLeft(gateway, node);
  }

  /** A node is gone: what was left to it may be taken. */
  nodeGone(index: number): void {
    for (const [gateway, node] of this.#conceded) if (node === index) this.#conceded.delete(gateway);
  }

  /** The gateway is ours from now on, and is asked what it does. */
  take(gateway: Gateway, reason: TakeReason, now: Millis, { line, from }: TakeHints = {}): void {
    if (gateway.stage !== 'foreign') return;
    if (from !== undefined) this.#leftBy.set(gateway, from);
    const { observer } = this.environment;
    observer.count('mgcp.gateway.taken', reason);
    if (reason !== 'start') observer.log('info', `gateway ${gateway.name} is taken over`, { reason });
    this.hold(gateway, now);
    this.#batch.add(gateway);
    const open = this.#hold(gateway, [...new Set([...(line ? [line] : []), ...gateway.lines.values()])]);
    if (reason === 'handed-over') this.#farewells.set(gateway, { lines: open, until: now + FAREWELL_MS });
    else this.#askAll(gateway, open);
  }

  /** Who left the gateway to this node has nothing under way there any more. */
  left(gateway: Gateway): void {
    const farewell = this.#farewells.get(gateway);
    this.#farewells.delete(gateway);
    if (farewell)
      this.#askAll(
        gateway,
        farewell.lines.filter((line) => gateway.unaudited.has(line)),
      );
  }

  sweep(now: Millis): void {
    for (const [gateway, { until }] of this.#farewells) if (now >= until) this.left(gateway);
  }

  /**
   * A gateway that names another node is that node's. Where it does not know that itself, since both have restarted, it is
   * told, and told again: a datagram may be lost.
   */
  remind(now: Millis): void {
    for (const [gateway, node] of this.#conceded) {
      if (this.environment.peers.state(node, now) === 'draining') this.#conceded.delete(gateway);
      else if (this.custody.holder(gateway.name) !== node) {
        this.handOver(gateway, node);
        this.tellLeft(gateway, node);
      }
    }
  }

  /** Says that a node may take a gateway. It stays ours until that one says that it has it. */
  handOver(gateway: Gateway, node: number): void {
    this.environment.tellPeers(HAND_OVER, `${node} ${gateway.name}`);
  }

  /** Says that nothing is sent to the gateway from here any more. */
  tellLeft(gateway: Gateway, node: number): void {
    this.environment.tellPeers(LEFT, `${node} ${gateway.name}`);
  }

  /** The gateway is ours without a question: it restarted, and has nothing. */
  hold(gateway: Gateway, now: Millis): void {
    if (gateway.stage !== 'foreign') return;
    gateway.stage = 'serving';
    for (const line of gateway.lines.values()) this.lines.add(line);
    this.#conceded.delete(gateway);
    this.environment.tellPeers(GATEWAY_HELD, this.custody.claim(gateway.name, Math.floor(now)));
  }

  audit(gateway: Gateway, lines: readonly Line[]): void {
    this.#askAll(gateway, this.#hold(gateway, lines));
  }

  /** From now on these lines wait for their audit. @returns those that did not yet. */
  #hold(gateway: Gateway, lines: readonly Line[]): readonly Line[] {
    const open = lines.filter((line) => !gateway.unaudited.has(line));
    if (open.length === 0) return open;
    gateway.stage = 'auditing';
    this.#open.add(gateway);
    if (!this.#found.has(gateway)) this.#found.set(gateway, new Map());
    for (const line of open) {
      gateway.unaudited.add(line);
      line.hold();
    }
    return open;
  }

  #askAll(gateway: Gateway, open: readonly Line[]): void {
    // A few first: a gateway that does not answer shall not keep all the others waiting, nor one lost answer all its lines.
    const rest = open.slice(SCOUTS);
    for (const scout of open.slice(0, SCOUTS)) this.#ask(gateway, scout, rest);
  }

  /** @param then  Lines that are asked as soon as one answer has come; emptied then. */
  #ask(gateway: Gateway, line: Line, then: Line[], attempt = 1): void {
    auditLine(this.courier, gateway, line, (outcome, now) => {
      // Its answers were lost on the way while others came: the gateway is there.
      const isHeard = now - gateway.heardAt < HEARD_MS && attempt < ATTEMPTS;
      if (outcome.kind === 'silent' && isHeard && gateway.unaudited.has(line)) return this.#ask(gateway, line, then, attempt + 1);
      this.#audited(gateway, line, outcome, now);
      for (const next of then.splice(0)) if (gateway.unaudited.has(next)) this.#ask(gateway, next, []);
    });
  }

  /** Asks lines again whose claim failed: what they do now says how they can be claimed. */
  reclaim(gateway: Gateway, now: Millis): void {
    const due = [...gateway.reclaimAt].flatMap(([line, at]) => (at <= now ? [line] : []));
    for (const line of due) gateway.reclaimAt.delete(line);
    if (gateway.stage === 'foreign') return;
    this.audit(
      gateway,
      due.filter((line) => gateway.unclaimed.has(line)),
    );
  }

  /** It restarted while it was being asked: what it had is gone. */
  drop(gateway: Gateway, lines: readonly Line[], now: Millis): void {
    for (const line of lines) {
      this.#found.get(gateway)?.delete(line);
      if (gateway.unaudited.delete(line)) line.resume();
    }
    if (gateway.stage === 'auditing' && gateway.unaudited.size === 0) this.#finish(gateway, now);
  }

  /** Another node has it, or the clock jumped: everything known of it is forgotten, and nothing is done to it. */
  lose(gateway: Gateway, now: Millis): void {
    this.courier.abandon(gateway);
    this.#found.delete(gateway);
    this.#close(gateway);
    gateway.unaudited.clear();
    gateway.unclaimed.clear();
    gateway.reclaimAt.clear();
    gateway.stage = 'foreign';
    gateway.leaving = undefined;
    gateway.silent = false;
    this.#farewells.delete(gateway);
    this.#leftBy.delete(gateway);
    for (const line of gateway.lines.values()) {
      line.forget();
      this.lines.remove(line.name);
      this.environment.calls.release(line.name, now);
    }
  }

  #audited(gateway: Gateway, line: Line, outcome: AuditOutcome, now: Millis): void {
    if (!gateway.unaudited.delete(line)) return;
    line.resume();
    const { calls, observer } = this.environment;
    switch (outcome.kind) {
      case 'found': {
        const other = this.#holderNamed(gateway, outcome.notifiedEntity, now);
        if (other !== undefined) return this.concede(gateway, other, now);
        gateway.silent = false;
        if (this.#isNamed(outcome.notifiedEntity)) gateway.unclaimed.delete(line);
        else {
          // From now on: what call control orders upon this audit says whose the line is, and the claim is spared.
          gateway.unclaimed.add(line);
          this.#found.get(gateway)?.set(line, outcome.audited);
        }
        calls.restore([line.adopt(outcome.audited, now)], true, now);
        break;
      }
      case 'refused':
        observer.count('mgcp.audit.refused', String(outcome.code));
        calls.service(line.name, false, now);
        break;
      case 'silent':
        return this.#silent(gateway, now);
      default:
        return outcome satisfies never;
    }
    if (gateway.unaudited.size === 0) this.#finish(gateway, now);
  }

  #finish(gateway: Gateway, now: Millis): void {
    gateway.stage = 'serving';
    this.#close(gateway);
    const found = this.#found.get(gateway);
    this.#found.delete(gateway);
    const { calls, peers, observer } = this.environment;
    if (found && found.size > 0) claim(this.courier, gateway, found, peers.self.index, observer);
    if (this.#open.size === 0) calls.restore([], false, now);
  }

  #close(gateway: Gateway): void {
    this.#open.delete(gateway);
    if (this.#open.size === 0) this.#batch.clear();
  }

  /** It does not answer: its lines are out of reach until something is heard of it. */
  #silent(gateway: Gateway, now: Millis): void {
    const { calls, observer } = this.environment;
    this.courier.abandon(gateway);
    gateway.silent = true;
    observer.log('warn', `gateway ${gateway.name} does not answer`);
    for (const line of gateway.lines.values()) {
      if (gateway.unaudited.delete(line)) line.resume();
      line.forget();
      calls.service(line.name, false, now);
    }
    gateway.unaudited.clear();
    this.#finish(gateway, now);
  }

  /** The gateway says who its call agent is: us. */
  #isNamed(entity: EntityName | null | undefined): boolean {
    return entity !== null && entity !== undefined && this.#nodeOf(entity) === this.environment.peers.self.index;
  }

  /** Another node, which is there: the gateway is its. */
  #holderNamed(gateway: Gateway, entity: EntityName | null | undefined, now: Millis): number | undefined {
    if (entity === null || entity === undefined) return undefined;
    const { peers } = this.environment;
    const node = this.#nodeOf(entity);
    if (node === this.#leftBy.get(gateway)) return undefined;
    // Who drains hands it over, and does not take it back.
    const living = node !== undefined && node !== peers.self.index && peers.isFresh(node, now) && peers.state(node, now) !== 'draining';
    return living ? node : undefined;
  }

  /** A name that all nodes share says nothing. */
  #nodeOf(entity: EntityName): number | undefined {
    const port = entity.port ?? DEFAULT_AGENT_PORT;
    return this.environment.peers.nodes.find((node) => {
      const address = agentAddress(node);
      return address?.host === entity.domain && address.port === port;
    })?.index;
  }
}
