// Where reports of gateways (NTFY, and DLCX of theirs) are received: acted on by their line, passed on to the node that
// holds the gateway, or kept until it is known what they mean (RFC 3435 §4.4.1; ARCHITECTURE "A gateway changes hands").
import type { Millis } from '@altpath/core';
import { decodeDatagram } from '../codec/index.js';
import { endpointKey } from '../message/endpoint-name.js';
import type { MgcpCommand } from '../message/message.js';
import type { CommandHandle, Outgoing } from '../transaction/index.js';
import type { Token } from './courier.js';
import type { Gateway } from './gateway.js';
import type { Holding } from './holding.js';
import type { Line } from './line.js';
import type { AgentParts } from './parts.js';

/** Topics of `tell-peers`: a report that came to the wrong node, and that it arrived. */
export const REPORT = 'mgcp.report';
export const REPORT_TAKEN = 'mgcp.report-taken';

/** How long the holder of a gateway has to say that a report arrived: it may have died a moment ago. */
const PASS_ON_MS: Millis = 250;
/** How long a report waits for the other legs of its call to be found. */
const PATIENCE_MS: Millis = 1_000;
/** How long the report of who wants to call waits for its gateway to be handed over: two words about that may be lost. */
const LEAVING_MS: Millis = 2_500;
/** How long the answer to a report waits for what is said upon it. */
const OWED_MS: Millis = 2_000;
/** How soon what waits is looked at again. */
const LOOK_MS: Millis = 20;
/** Messages that wait while this node does not know yet what it holds, or while a line is being audited. */
const MAX_WAITING = 20_000;

interface Waiting {
  readonly command: MgcpCommand;
  readonly handle: CommandHandle;
  readonly gateway: Gateway;
  readonly until: Millis;
  /** It was told to the node that holds the gateway. */
  readonly passedOn: boolean;
}

export class ReportDesk {
  #waiting: Waiting[] = [];
  /** Reports that were acted on while a command to their line was out: answered with what is said to it next. */
  readonly #owed = new Map<Line, Waiting>();

  /** @param again  What has waited is looked at anew, as if it came now. */
  constructor(
    private readonly parts: AgentParts,
    private readonly holding: Holding,
    private readonly again: (command: MgcpCommand, handle: CommandHandle, now: Millis) => void,
  ) {}

  /** NTFY or DLCX. */
  take(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const { layer, takeover } = this.parts;
    const line = gateway.line(command.endpoint.local);
    if (!line) {
      const code = command.verb === 'DLCX' ? this.parts.bridges.deleted(command, gateway) : undefined;
      if (code !== undefined) return void layer.respond(handle, { code }, now);
      this.#refused('unknown-endpoint');
      return void layer.respond(handle, { code: 500 }, now);
    }
    if (gateway.stage === 'foreign') {
      if (this.holding.otherHolder(gateway, now) !== undefined) return this.#passOn(command, handle, gateway, now);
      if (!this.holding.mayHold(gateway)) {
        this.#refused('not-ours');
        return void layer.respond(handle, { code: 500 }, now);
      }
      this.holding.takeFrom(gateway, now, line);
    }
    if (gateway.leaving) return this.wait(command, handle, gateway, now + LEAVING_MS, now);
    // What the line does is being asked: whether this report is news is known then.
    if (gateway.unaudited.has(line) || takeover.isSettling(gateway)) this.wait(command, handle, gateway, now + PATIENCE_MS, now);
    else if (this.#isOfNext(command, gateway, line, now)) this.wait(command, handle, gateway, now + LEAVING_MS, now);
    else this.#act({ command, handle, gateway, until: now, passedOn: false }, line, now);
  }

  /** Keeps a command until something is known, at the longest until `until`. */
  wait(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, until: Millis, now: Millis, passedOn = false): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.parts.layer.respond(handle, { code: 409 }, now);
      return;
    }
    this.#waiting.push({ command, handle, gateway, until, passedOn });
    this.parts.wakeBy(now + LOOK_MS);
  }

  /** Another node got a report of a gateway that we hold. */
  told(content: string, now: Millis): void {
    const { gateways, takeover, environment } = this.parts;
    for (const message of decodeDatagram(Buffer.from(content, 'latin1'))) {
      if (message.kind !== 'command' || (message.verb !== 'NTFY' && message.verb !== 'DLCX')) continue;
      const gateway = gateways.of(message.endpoint);
      const line = gateway?.line(message.endpoint.local);
      if (!gateway || !line || gateway.stage === 'foreign') continue;
      // What it means is not known yet, or is another's to say: it will come again.
      if (gateway.leaving || gateway.unaudited.has(line) || takeover.isSettling(gateway)) continue;
      if (this.#isOfNext(message, gateway, line, now)) continue;
      environment.tellPeers(REPORT_TAKEN, reportKey(message));
      if (message.verb === 'DLCX') line.deletedByGateway(message, now);
      else if (line.isCurrent(message.parameters.requestIdentifier ?? '0')) line.report(message, now);
    }
  }

  /** The holder has it: its gateway need not repeat it. */
  taken(key: string, now: Millis): void {
    const at = this.#waiting.findIndex(({ passedOn, command }) => passedOn && reportKey(command) === key);
    const [taken] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (taken) this.parts.layer.respond(taken.handle, { code: taken.command.verb === 'DLCX' ? 250 : 200 }, now);
  }

  /** Acts on what has waited long enough. */
  sweep(now: Millis): void {
    if (this.#waiting.length === 0) return;
    for (const each of this.#waiting.splice(0)) {
      const { command, handle, gateway } = each;
      // It was answered in our stead, for being late (406).
      if (handle.answered) continue;
      const line = gateway.line(command.endpoint.local);
      if (this.#isEarly(each, line, now)) this.#waiting.push(each);
      // The other legs of its call have not been found in time.
      else if (!each.passedOn && line && gateway.stage !== 'foreign' && command.verb !== 'RSIP') this.#act(each, line, now);
      // Whose the gateway is now, and whether it must be audited first, is asked anew.
      else this.again(command, handle, now);
    }
    if (this.#waiting.length > 0) this.parts.wakeBy(now + LOOK_MS);
  }

  /**
   * The node was frozen: what was done upon reports is nothing now, and whose they are has to be asked anew. No answer is
   * given meanwhile, for a gateway takes any for the end of its report.
   */
  doubt(now: Millis): void {
    const kept = [...this.#waiting.splice(0), ...this.#owed.values()];
    this.#owed.clear();
    for (const { command, handle, gateway } of kept) this.wait(command, handle, gateway, now, now);
  }

  /** A command to a line is about to leave. @returns true when it has left behind the answer that was owed to the line's report. */
  answerWith(line: Line, outgoing: Outgoing<Token>, now: Millis): boolean {
    const owed = this.#owed.get(line);
    this.#owed.delete(line);
    return owed !== undefined && this.parts.layer.respond(owed.handle, { code: 200 }, now, outgoing);
  }

  /** Answers the reports upon which nothing is left to be said, or not soon enough. */
  settle(now: Millis): void {
    for (const [line, owed] of this.#owed) {
      const isLost = owed.gateway.stage === 'foreign';
      const mayFollow = now < owed.until && (line.busy || this.parts.lines.isQueued(line));
      if (!isLost && !owed.handle.answered && mayFollow) continue;
      this.#owed.delete(line);
      // Another node has the gateway now, and nothing of what was done upon the report.
      if (isLost) this.wait(owed.command, owed.handle, owed.gateway, now, now, true);
      else this.parts.layer.respond(owed.handle, { code: 200 }, now);
    }
  }

  /** Who wants to call while the node drains would be refused here, and is served where his gateway goes. */
  #isOfNext({ verb }: MgcpCommand, gateway: Gateway, line: Line, now: Millis): boolean {
    const { wanted } = line.describe();
    return verb === 'NTFY' && (wanted === undefined || wanted.phase === 'idle') && this.holding.isLeaving(gateway, now);
  }

  #isEarly({ command, gateway, passedOn, until }: Waiting, line: Line | undefined, now: Millis): boolean {
    if (this.holding.isOpen(gateway)) return true;
    if (passedOn) return now < until;
    if (gateway.leaving || (line && gateway.unaudited.has(line))) return true;
    if (now >= until) return false;
    return this.parts.takeover.isSettling(gateway) || (line !== undefined && this.#isOfNext(command, gateway, line, now));
  }

  /** To the node that holds the gateway, which says so when it has it. */
  #passOn(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const { environment } = this.parts;
    environment.observer.count('mgcp.report.passed-on');
    environment.tellPeers(REPORT, command.bytes.toString('latin1'));
    this.wait(command, handle, gateway, now + PASS_ON_MS, now, true);
  }

  /**
   * A gateway in lockstep waits for a request once its report is answered (§4.4.1), and an audit does not show that. So the
   * answer and the request go together, or this node may die in between and the line be stuck with its next one.
   */
  #act(report: Waiting, line: Line, now: Millis): void {
    const { layer, lines, courier } = this.parts;
    const { command, handle } = report;
    if (command.verb === 'DLCX') {
      layer.respond(handle, { code: line.deletedByGateway(command, now) }, now);
      return;
    }
    line.report(command, now);
    // Behind an answer that comes too late (406) nothing is sent.
    if (handle.answered) return;
    const next = line.busy ? undefined : lines.takeOf(line, now);
    if (next !== undefined || !line.busy) return void layer.respond(handle, { code: 200 }, now, next && courier.outgoing(line, next));
    const before = this.#owed.get(line);
    if (before) layer.respond(before.handle, { code: 200 }, now);
    this.#owed.set(line, { ...report, until: now + OWED_MS });
  }

  #refused(reason: string): void {
    this.parts.environment.observer.count('mgcp.refused', reason);
  }
}

/** Under which two nodes speak of one report. */
function reportKey({ endpoint, transactionId }: MgcpCommand): string {
  return `${endpointKey(endpoint)} ${transactionId}`;
}
