// The door of the media-gateway role.
export * from './door.js';
export { type GatewayLine } from './line.js';
export { MediaGateway, type MediaGatewayPorts } from './media-gateway.js';
export {
  DEFAULT_GATEWAY_TIMERS,
  gatewaySettings,
  type GatewayTimers,
  type MediaGatewayOptions,
  type MediaGatewaySettings,
} from './settings.js';
