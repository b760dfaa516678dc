// The registrar: what a REGISTER does, and how other nodes hear of it.
export { Registrar, type RegisterOutcome, type RegistrarOptions } from './registrar.js';
export {
  buildReplicas,
  isReplica,
  readReplica,
  REPLICA_HEADER,
  type MergeBindings,
  type Replica,
  type ReplicaRoute,
} from './replication.js';
