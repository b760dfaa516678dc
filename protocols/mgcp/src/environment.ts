// What every MGCP room of one node shares.
import type { ControllerEnvironment } from '@altpath/call-control';
import type { MgcpSettings } from './settings.js';

export type Environment = ControllerEnvironment<MgcpSettings>;
