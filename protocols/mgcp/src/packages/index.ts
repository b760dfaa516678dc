// The door of the event packages.
import { PackageRegistry, type EventDefinition } from './registry.js';
import { STANDARD_PACKAGES } from './standard.js';

export { checkEvents, type EventRequest } from './check-events.js';
export {
  type EventDefinition,
  type EventPackage,
  type HookState,
  PackageRegistry,
  type SignalDefinition,
  type SignalType,
} from './registry.js';
export * from './standard.js';

/** The standard packages, for look-ups. Who wants to add to them makes a registry of its own. */
const STANDARD: PackageRegistry = new PackageRegistry(STANDARD_PACKAGES);

/** An event or signal of a standard package: `eventOf('L', 'hd')`. */
export function eventOf(packageName: string, id: string): EventDefinition | undefined {
  return STANDARD.eventOf(packageName, id);
}
