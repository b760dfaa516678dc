// Whether this node may have a gateway, as far as all protocols say it alike (ARCHITECTURE "Who controls a gateway"). When a gateway is
// taken, and who is sent elsewhere, each protocol's own holding says.
import type { ControllerEnvironment } from './controller-environment.js';
import type { GatewayCustody } from './custody.js';
import type { GatewayStage } from './gateway-summary.js';

/** What holding needs of the desks around it. */
export interface HoldingParts {
  readonly environment: Pick<ControllerEnvironment<unknown>, 'peers' | 'draining' | 'calls'>;
  readonly custody: Pick<GatewayCustody, 'hearsay'>;
}

/** A gateway as far as it is asked whose it may be. */
export interface HeldGateway {
  readonly stage: GatewayStage;
  /** `nodes`: indexes of its nodes in stand-in order, its home first. */
  readonly settings: { readonly nodes: readonly number[] };
}

export abstract class GatewayHolding<Parts extends HoldingParts> {
  constructor(protected readonly parts: Parts) {}

  /** Nobody knows yet whose this gateway is, or where the other legs of its calls may be: what it says has to wait. */
  isOpen(gateway: HeldGateway): boolean {
    return gateway.stage === 'foreign' && (this.parts.custody.hearsay || this.othersAlong(gateway) === undefined);
  }

  /** Gateways are held by the nodes that the file gives them, while those are not about to go. */
  mayHold({ settings }: HeldGateway): boolean {
    const { peers, draining } = this.parts.environment;
    return !draining && settings.nodes.includes(peers.self.index);
  }

  /** Who holds gateways of other protocols on this path. undefined: not known yet. */
  protected othersAlong({ settings }: HeldGateway): readonly number[] | undefined {
    const { calls } = this.parts.environment;
    return calls.holdersAlong ? calls.holdersAlong(settings.nodes) : [];
  }
}
