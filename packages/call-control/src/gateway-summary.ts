// A gateway as listings show it, whatever it speaks: each protocol's adapter that controls gateways fills it in.

/**
 * How far this node has come with a gateway:
 *
 * - `foreign`   another node's, or nobody's yet: nothing is sent to it
 * - `auditing`  being taken: what its lines do is being asked
 * - `serving`   ours
 */
export type GatewayStage = 'foreign' | 'auditing' | 'serving';

/** How this node stands to a gateway. `silent`: ours, and nothing is heard of it. */
export type GatewayState = GatewayStage | 'silent';

export interface GatewaySummary {
  /** As the file names it. */
  readonly gateway: string;
  readonly protocol: string;
  /** Index of the node that holds it, as far as this one knows. */
  readonly holder: number | undefined;
  readonly state: GatewayState;
  /** Where it is spoken to: `udp:10.0.0.7:2944`; undefined where this node does not know. */
  readonly place: string | undefined;
  /** What was agreed with it, in its protocol's words: `text, version 1`. */
  readonly speaks: string | undefined;
  readonly lines: number;
}
