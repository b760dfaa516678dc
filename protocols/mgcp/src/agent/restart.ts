// RestartInProgress (RFC 3435 §2.3.12, §4.4.5 to §4.4.7): lines come into service and go out of it, at once or when their
// calls are over; lines that had lost their call agent are asked what they do; and a gateway that had better be elsewhere
// is sent there (521). The answer is the place where a gateway learns who its call agents are.
import type { Millis } from '@altpath/core';
import type { MgcpCommand, ResponseDraft } from '../message/message.js';
import { pathOf, pathParameters } from '../path-mapping.js';
import type { CommandHandle } from '../transaction/index.js';
import type { Gateway } from './gateway.js';
import type { Holding } from './holding.js';
import type { Line } from './line.js';
import type { AgentParts } from './parts.js';

export class Restarts {
  /** Lines that go out of service when their calls are over. */
  readonly #retiring = new Set<Line>();

  constructor(
    private readonly parts: AgentParts,
    private readonly holding: Holding,
  ) {}

  take(command: MgcpCommand, handle: CommandHandle, gateway: Gateway, now: Millis): void {
    const { environment, layer, takeover } = this.parts;
    const { restartMethod: method = 'restart', restartDelayS = 0 } = command.parameters;
    environment.observer.count('mgcp.restart', method);
    const lines = gateway.linesOf(command.endpoint.local);
    const isOfBridge = this.#tellBridges(gateway, command.endpoint.local, method);
    // Whom a bridge names as its call agent does not matter: it is welcome at any of the gateway's nodes.
    if (lines.length === 0) return void layer.respond(handle, isOfBridge ? welcome(gateway) : { code: 500 }, now);
    const other = this.holding.betterHolder(gateway, now);
    if (other !== undefined) return this.#redirect(handle, other, now);
    const isStranger = gateway.stage === 'foreign';
    if (isStranger && !this.holding.mayHold(gateway)) {
      environment.observer.count('mgcp.refused', 'not-ours');
      return void layer.respond(handle, { code: 500 }, now);
    }
    const isClean = method === 'restart' || method === 'forced';
    // Lines that did not restart go on doing what somebody else asked of them.
    if (isStranger && !(isClean && lines.length === gateway.lines.size)) this.holding.takeFrom(gateway, now, lines[0]);
    takeover.hold(gateway, now);
    gateway.silent = false;
    layer.respond(handle, welcome(gateway), now);
    for (const line of lines) gateway.unclaimed.delete(line);
    switch (method) {
      case 'restart':
        return this.#cleared(gateway, lines, restartDelayS === 0, now);
      case 'forced':
        return this.#cleared(gateway, lines, false, now);
      case 'disconnected':
        for (const line of lines) line.disconnected();
        return takeover.audit(gateway, lines);
      case 'graceful':
        for (const line of lines) this.#retiring.add(line);
        return this.sweep(now);
      case 'cancel-graceful':
        for (const line of lines) {
          this.#retiring.delete(line);
          environment.calls.service(line.name, true, now);
        }
        return undefined;
      default:
        // A package's own method: no package here has one.
        return undefined;
    }
  }

  /** Takes lines whose calls are over out of service, as they announced. */
  sweep(now: Millis): void {
    for (const line of this.#retiring) {
      const isOurs = this.parts.gateways.ofLine(line).stage !== 'foreign';
      if (isOurs && (line.describe().wanted?.phase ?? 'idle') !== 'idle') continue;
      this.#retiring.delete(line);
      if (isOurs) this.parts.environment.calls.service(line.name, false, now);
    }
  }

  /** @returns whether endpoints that anchor calls are among those of that name. */
  #tellBridges(gateway: Gateway, local: string, method: string): boolean {
    const { bridges } = this.parts;
    return method === 'restart' || method === 'forced' ? bridges.restarted(gateway, local) : bridges.covers(gateway, local);
  }

  /** They have nothing of what they had. */
  #cleared(gateway: Gateway, lines: readonly Line[], isUp: boolean, now: Millis): void {
    this.parts.takeover.drop(gateway, lines, now);
    for (const line of lines) {
      this.#retiring.delete(line);
      line.restarted(now);
      this.parts.environment.calls.service(line.name, isUp, now);
    }
  }

  /** 521: the gateway registers with the node that is named (§2.4, only after RSIP). */
  #redirect(handle: CommandHandle, index: number, now: Millis): void {
    const { environment, layer } = this.parts;
    const node = environment.peers.nodes[index];
    const path = node && pathOf(node, [], undefined);
    environment.observer.count('mgcp.restart.redirected');
    layer.respond(handle, path ? { code: 521, parameters: pathParameters(path, false) } : { code: 405 }, now);
  }
}

function welcome({ path, hasRed, settings }: Gateway): ResponseDraft {
  // A response with a parameter that a gateway does not know is a response all the same.
  return { code: 200, ...(path && { parameters: pathParameters(path, hasRed !== false && settings.alternates === 'list') }) };
}
