// MGCP as a protocol adapter: the call agent as one machine over datagrams, and its lines as call control's half-calls.
import type { AdapterInput, AdapterOutput, AdapterStatus, CallSummary, Millis, ProtocolAdapter } from '@altpath/core';
import {
  type AnchorPort,
  type AnchorSides,
  ControllerEnvironment,
  type ControllerPorts,
  GATEWAY_HELD,
  type GatewaySummary,
  type HalfCallPort,
  type HalfCallState,
  type LineName,
} from '@altpath/call-control';
import { BRIDGE } from './agent/bridges/bridges.js';
import { CallAgent } from './agent/call-agent.js';
import type { Environment } from './environment.js';
import { MGCP_PATH_MAPPING } from './path-mapping.js';
import type { MgcpSettings } from './settings.js';

export class MgcpAdapter implements ProtocolAdapter, HalfCallPort, AnchorPort {
  readonly protocol = 'mgcp';
  readonly pathMapping = MGCP_PATH_MAPPING;
  readonly #environment: Environment;
  readonly #agent: CallAgent;
  #now: Millis;

  constructor(settings: MgcpSettings, ports: ControllerPorts, now: Millis) {
    this.#environment = new ControllerEnvironment(settings, ports);
    this.#agent = new CallAgent(this.#environment, now);
    this.#now = now;
  }

  handle(input: AdapterInput, now: Millis): void {
    this.#now = now;
    switch (input.kind) {
      case 'bytes':
        return this.#agent.receive(input.data, input.hop, now);
      case 'unreachable':
        return this.#agent.unreachable(input.hop, now);
      case 'peer':
        return this.#agent.peerChanged(input.index, input.state, now);
      case 'resolved':
        return this.#agent.resolved(input.id, input.addresses, now);
      case 'thawed':
        this.#environment.observer.count('mgcp.thawed');
        return this.#agent.thawed(now);
      case 'drain':
        this.#environment.draining = true;
        return this.#agent.drain(now);
      case 'flow-closed':
      case 'settled':
        return undefined;
      default:
        return input satisfies never;
    }
  }

  /** What a half-call shall be; it is sent when this turn, or the one of whoever ordered it, ends. */
  order(line: LineName, state: HalfCallState, now: Millis): void {
    this.#now = now;
    this.#agent.lines.order(line, state, now);
  }

  anchor(callId: string, gateway: string, sides: AnchorSides, now: Millis): void {
    this.#now = now;
    this.#agent.bridges.anchor(callId, gateway, sides, now);
  }

  hasAnchor(callId: string): boolean {
    return this.#agent.bridges.hasAnchor(callId);
  }

  anchorHolder(callId: string): number | undefined {
    return this.#agent.bridges.anchorHolder(callId);
  }

  saveAnchor(callId: string): string | undefined {
    return this.#agent.bridges.saveAnchor(callId);
  }

  adoptAnchor(callId: string, saved: string, now: Millis): void {
    this.#agent.bridges.adoptAnchor(callId, saved, now);
  }

  forgetAnchor(callId: string): void {
    this.#agent.bridges.forgetAnchor(callId);
  }

  tick(now: Millis): void {
    this.#now = now;
    this.#agent.tick(now);
  }

  deadline(): Millis {
    return this.#agent.deadline();
  }

  drain(perform: (output: AdapterOutput) => void): void {
    this.#agent.settle(this.#now);
    this.#environment.drain(perform);
  }

  status(_now: Millis): AdapterStatus {
    const { sent, queued } = this.#agent.load;
    return { protocol: this.protocol, pending: 0, transactions: sent + queued };
  }

  /** Call control lists the calls: they have legs of other protocols too. */
  calls(): readonly CallSummary[] {
    return [];
  }

  /** The gateways of the file, for listings. */
  gateways(): readonly GatewaySummary[] {
    return this.#agent.gateways;
  }

  /** Index of the node that holds the gateway, as far as this one knows. */
  holderOf(gateway: string): number | undefined {
    return this.#agent.holderOf(gateway);
  }

  /** The nodes that hold gateways of this path; undefined while this node has not been told. */
  holdersAlong(path: readonly number[]): readonly number[] | undefined {
    return this.#agent.holdersAlong(path);
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    this.#now = now;
    this.#agent.told(topic, content, fromNode, now);
  }

  /** A joining node is told which gateways are held, and which calls have bridges; everybody hears it, and it does no harm to them. */
  sendTable(node: number, done: () => void, now: Millis): void {
    this.#now = now;
    for (const text of this.#agent.tables()) this.#environment.tellPeers(GATEWAY_HELD, text);
    for (const text of this.#agent.bridges.tables(node)) this.#environment.tellPeers(BRIDGE, text);
    done();
  }
}
