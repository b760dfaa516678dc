// The door of the media-gateway role.
export type { AssociationState } from './association.js';
export { DEFAULT_DIGIT_TIMERS, type DigitTimers } from './digit-collector.js';
export * from './door.js';
export { MediaGateway, type MediaGatewayPorts } from './media-gateway.js';
export {
  type ControllerPlace,
  DEFAULT_GATEWAY_TIMERS,
  gatewaySettings,
  type GatewayTimers,
  type MediaGatewayOptions,
  type MediaGatewaySettings,
} from './settings.js';
export type { Termination } from './termination.js';
