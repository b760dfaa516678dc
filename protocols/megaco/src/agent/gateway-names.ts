// Looking up gateways that the file gives by name.
import { GatewayNames as Names } from '@altpath/call-control';
import type { Millis } from '@altpath/core';
import type { Environment } from '../environment.js';
import type { Gateways } from './gateways.js';

/** RFC 3525 §9: of text; the address alone is used. */
const PORT = 2_944;

export class GatewayNames extends Names {
  constructor(environment: Environment, gateways: Gateways, now: Millis) {
    super(environment, gateways, { service: 'megaco', port: PORT }, now);
  }
}
