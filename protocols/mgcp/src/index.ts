// MGCP (RFC 3435) and its packages: messages and codec, transactions, call agent, media gateway.
export * from './codec/index.js';
export * from './message/connection-options.js';
export * from './message/endpoint-name.js';
export * from './message/entity-name.js';
export * from './message/events.js';
export * from './message/message.js';
export * from './message/parameters.js';
export * from './message/return-codes.js';
export * from './packages/index.js';
export * from './transaction/index.js';
export { MgcpAdapter } from './adapter.js';
export { MGCP_PATH_MAPPING } from './path-mapping.js';
export { type MgcpGatewaySettings, type MgcpListener, type MgcpSettings, shortestPatienceMs } from './settings.js';
export * from './media-gateway/index.js';
export { Identifiers } from './agent/identifiers.js';
export { Line } from './agent/line.js';
export type { DialPlan, GatewayFacts, LineDescription, LineKind } from './agent/line-facts.js';
