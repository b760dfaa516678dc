// MEGACO/H.248 as a protocol adapter: the controller as one machine over datagrams and streams, and its lines as call
// control's half-calls.
import type { AdapterInput, AdapterOutput, AdapterStatus, CallSummary, Millis, ProtocolAdapter } from '@altpath/core';
import {
  type ControllerPorts,
  GATEWAY_HELD,
  type GatewaySummary,
  type HalfCallPort,
  type HalfCallState,
  type LineName,
} from '@altpath/call-control';
import { MediaGatewayController } from './agent/controller.js';
import { Environment } from './environment.js';
import { MEGACO_PATH_MAPPING } from './path-mapping.js';
import type { MegacoSettings } from './settings.js';

export class MegacoAdapter implements ProtocolAdapter, HalfCallPort {
  readonly protocol = 'megaco';
  readonly pathMapping = MEGACO_PATH_MAPPING;
  readonly #environment: Environment;
  readonly #controller: MediaGatewayController;
  #now: Millis;

  constructor(settings: MegacoSettings, ports: ControllerPorts, now: Millis) {
    this.#environment = new Environment(settings, ports);
    this.#controller = new MediaGatewayController(this.#environment, now);
    this.#now = now;
  }

  handle(input: AdapterInput, now: Millis): void {
    this.#now = now;
    switch (input.kind) {
      case 'bytes':
        return this.#controller.receive(input.data, input.hop, now);
      case 'unreachable':
        return this.#controller.unreachable(input.hop, now);
      case 'flow-closed':
        return this.#controller.flowClosed(input.hop, now);
      case 'peer':
        return this.#controller.peerChanged(input.index, input.state, now);
      case 'resolved':
        return this.#controller.resolved(input.id, input.addresses, now);
      case 'thawed':
        this.#environment.observer.count('megaco.thawed');
        return this.#controller.thawed(now);
      case 'drain':
        this.#environment.draining = true;
        return this.#controller.drain(now);
      case 'settled':
        return undefined;
      default:
        return input satisfies never;
    }
  }

  /** What a half-call shall be; it is sent when this turn, or the one of whoever ordered it, ends. */
  order(line: LineName, state: HalfCallState, now: Millis): void {
    this.#now = now;
    this.#controller.lines.order(line, state, now);
  }

  tick(now: Millis): void {
    this.#now = now;
    this.#controller.tick(now);
  }

  deadline(): Millis {
    return this.#controller.deadline();
  }

  drain(perform: (output: AdapterOutput) => void): void {
    this.#controller.settle(this.#now);
    this.#environment.drain(perform);
  }

  status(_now: Millis): AdapterStatus {
    const { sent, queued, leaving } = this.#controller.load;
    return { protocol: this.protocol, pending: leaving, transactions: sent + queued };
  }

  /** Call control lists the calls: they have legs of other protocols too. */
  calls(): readonly CallSummary[] {
    return [];
  }

  /** The gateways of the file, for listings. */
  gateways(): readonly GatewaySummary[] {
    return this.#controller.gateways;
  }

  /** Index of the node that holds the gateway, as far as this one knows. */
  holderOf(gateway: string): number | undefined {
    return this.#controller.holderOf(gateway);
  }

  /** The nodes that hold gateways of this path; undefined while this node has not been told. */
  holdersAlong(path: readonly number[]): readonly number[] | undefined {
    return this.#controller.holdersAlong(path);
  }

  told(topic: string, content: string, fromNode: number, now: Millis): void {
    this.#now = now;
    this.#controller.told(topic, content, fromNode, now);
  }

  /** A joining node is told which gateways are held; everybody hears it, and it does no harm to them. */
  sendTable(_node: number, done: () => void, now: Millis): void {
    this.#now = now;
    for (const text of this.#controller.tables()) this.#environment.tellPeers(GATEWAY_HELD, text);
    done();
  }
}
