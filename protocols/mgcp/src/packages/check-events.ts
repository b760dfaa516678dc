// Whether a gateway that knows certain packages can do what a notification request asks (RFC 3435 §2.4: 512, 513, 518,
// 538). Hook states are the endpoint's affair: see `needs` of the definitions.
import { type Refusal, refusal } from '../codec/faults.js';
import type { EventName, EventParameter, RequestedEvent, SignalRequest } from '../message/events.js';
import { formatEventName } from '../message/events.js';
import { ReturnCode } from '../message/return-codes.js';
import type { EventDefinition, PackageRegistry } from './registry.js';

/** The part of a command, or of an embedded request, that names events. */
export interface EventRequest {
  readonly requestedEvents?: readonly RequestedEvent[] | undefined;
  readonly signalRequests?: readonly SignalRequest[] | undefined;
  readonly detectEvents?: readonly SignalRequest[] | undefined;
}

/**
 * Judges the events and signals of a request, embedded ones too.
 *
 * @param defaultPackage  For names without a package; the first of the endpoint's package list.
 * @returns               undefined when all of them are known and can be detected or generated.
 */
export function checkEvents(request: EventRequest, registry: PackageRegistry, defaultPackage = ''): Refusal | undefined {
  for (const event of request.requestedEvents ?? []) {
    const refused = checkEvent(event.name, registry, defaultPackage);
    if (refused) return refused;
    for (const action of event.actions) {
      const inside = action.kind === 'embedded' ? checkEvents(action, registry, defaultPackage) : undefined;
      if (inside) return inside;
    }
  }
  for (const { name } of request.detectEvents ?? []) {
    const refused = checkEvent(name, registry, defaultPackage);
    if (refused) return refused;
  }
  for (const signal of request.signalRequests ?? []) {
    const refused = checkSignal(signal, registry, defaultPackage);
    if (refused) return refused;
  }
  return undefined;
}

function checkEvent(name: EventName, registry: PackageRegistry, defaultPackage: string): Refusal | undefined {
  // All events of all packages: whatever there is.
  if (name.packageName === '*') return undefined;
  return (
    checkPackage(name, registry, defaultPackage) ??
    (registry.definitionsOf(name, defaultPackage)?.every(({ isEvent }) => isEvent) === true
      ? undefined
      : refusal(ReturnCode.cannotDetect, 'mgcp.event.unknown', `Cannot Detect ${formatEventName(name)}`))
  );
}

function checkSignal({ name, parameters }: SignalRequest, registry: PackageRegistry, defaultPackage: string): Refusal | undefined {
  const unknown = checkPackage(name, registry, defaultPackage);
  if (unknown) return unknown;
  const definition = registry.eventOf(name.packageName ?? defaultPackage, name.event);
  if (definition?.signal === undefined) {
    return refusal(ReturnCode.cannotGenerate, 'mgcp.signal.unknown', `Cannot Generate ${formatEventName(name)}`);
  }
  return checkParameters(name, definition, parameters, registry);
}

function checkPackage(name: EventName, registry: PackageRegistry, defaultPackage: string): Refusal | undefined {
  const packageName = name.packageName ?? defaultPackage;
  if (registry.packageOf(packageName) !== undefined) return undefined;
  return refusal(ReturnCode.unknownPackage, 'mgcp.package.unknown', `Unknown Package ${packageName}`);
}

function checkParameters(
  name: EventName,
  definition: EventDefinition,
  parameters: readonly EventParameter[],
  registry: PackageRegistry,
): Refusal | undefined {
  const wrong = (): Refusal => refusal(ReturnCode.eventParameter, 'mgcp.event.parameter', `Bad Parameter Of ${formatEventName(name)}`);
  for (const parameter of parameters) {
    if (parameter.kind !== 'assignment') continue;
    if (!definition.parameters.includes(parameter.name.toLowerCase())) return wrong();
    const isTimeout = parameter.name.toLowerCase() === 'to';
    if (isTimeout && !(parameter.value.kind === 'value' && /^\d{1,9}$/.test(parameter.value.value))) return wrong();
  }
  if (definition.parameters.includes('list') && !parameters.every((parameter) => isListable(parameter, registry))) return wrong();
  return undefined;
}

/** RFC 3660 §2.8: a list takes brief and time-out signals with their packages, and no further list. */
function isListable(parameter: EventParameter, registry: PackageRegistry): boolean {
  const text = parameter.kind === 'value' ? parameter.value : parameter.name;
  const slash = text.indexOf('/');
  const definition = slash < 0 ? undefined : registry.eventOf(text.slice(0, slash), text.slice(slash + 1).split('@', 1)[0] ?? '');
  return definition?.signal !== undefined && definition.signal.type !== 'OO' && !definition.parameters.includes('list');
}
