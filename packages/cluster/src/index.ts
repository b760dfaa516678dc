export { ClusterMachine, type ClusterInput, type ClusterOptions, type ClusterOutput, type JoinedReason } from './cluster-machine.js';
export { CLUSTER_BYTE, MAX_DATAGRAM_BYTES } from './datagram.js';
export { KeyRing, type ClusterKey } from './key-ring.js';
export type { PeerView } from './peer.js';
export { mergeBindings } from './replication.js';
