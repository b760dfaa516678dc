// One node as it will run: the configuration seen from `--node NAME`, nothing left to decide. Made once, read by all.
import type { ClusterNode, Millis } from '@altpath/core';
import type { ClusterKey } from '@altpath/cluster';
import type { MegacoSettings } from '@altpath/megaco';
import type { MgcpSettings } from '@altpath/mgcp';
import type { SipSettings } from '@altpath/sip';
import type { ListenerSpec } from '@altpath/transport';
import type { PatchPanelSettings } from './patch-panel.js';
import type { SipRouting } from './sip-routing.js';

export interface NodePlan {
  readonly name: string;
  readonly domain: string;
  /** All nodes in file order, this one marked. */
  readonly nodes: readonly ClusterNode[];
  /** This node's listeners that this version can open, in file order. */
  readonly listeners: readonly ListenerSpec[];
  readonly keys: readonly ClusterKey[];
  readonly branchKey?: Buffer | undefined;
  readonly heartbeatMs: Millis | undefined;
  readonly joiningMs: Millis;
  readonly drainMs: Millis;
  readonly sip: SipSettings;
  readonly mgcp: MgcpSettings;
  readonly megaco: MegacoSettings;
  readonly calls: PatchPanelSettings;
  readonly routing: Omit<SipRouting, 'settings' | 'peers' | 'store'>;
}
