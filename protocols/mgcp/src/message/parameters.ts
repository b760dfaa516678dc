// The parameters of commands and responses, one typed field for each of RFC 3435 §3.2.2 and of the redirect package
// (RFC 3991). A field that is there and empty was sent empty, which says something: an empty `S:` stops all signals.
import type { BearerInformation, Capability, ConnectionMode, ConnectionParameters, LocalConnectionOptions } from './connection-options.js';
import type { EndpointName } from './endpoint-name.js';
import type { EntityName } from './entity-name.js';
import type { DetectedEvent, EventState, ObservedEvent, RequestedEvent, SignalRequest } from './events.js';

/** Transaction ids that are confirmed, both ends included. */
export interface TransactionRange {
  readonly first: number;
  readonly last: number;
}

/** `Q:`; what is not said is `step` and `process` (§3.2.2.14). */
export interface QuarantineHandling {
  readonly loop: boolean;
  readonly discard: boolean;
}

/** `E: 900 Endpoint malfunctioning`. */
export interface ReasonCode {
  readonly code: number;
  /** Only where the code is 8xx. */
  readonly packageName?: string | undefined;
  readonly text?: string | undefined;
}

/** `RM:` lower case; packages add `package/method`. */
export type RestartMethod = 'graceful' | 'forced' | 'restart' | 'disconnected' | 'cancel-graceful' | `${string}/${string}`;

export interface PackageVersion {
  readonly name: string;
  readonly version: number;
}

/** One line of endpoints and, where one follows it, the map that says which of them are meant (RFC 3991 §2.2.1). */
export interface RedirectEndpoints {
  /** Local names, with ranges or `*`; see `expandRanges`. */
  readonly names: readonly string[];
  /** `T` and `F`, upper case, one for each name after expansion. */
  readonly map?: string | undefined;
}

/** A parameter without a field of its own, as written; the value without white space around it. */
export interface ExtensionParameter {
  readonly name: string;
  readonly value: string;
}

/** Code letters stand behind each field. Messages read carry only what was there. */
export interface Parameters {
  /** K: ids confirmed; empty in a final response asks for `000` (§3.5.6). */
  readonly responseAck?: readonly TransactionRange[] | undefined;
  /** B */
  readonly bearerInformation?: BearerInformation | undefined;
  /** C: up to 32 hexadecimal digits, compared as text without case. */
  readonly callId?: string | undefined;
  /** I, where there is exactly one. */
  readonly connectionId?: string | undefined;
  /** I as a list, always there when `I:` was: an audit has none or several. Writers may give either. */
  readonly connectionIds?: readonly string[] | undefined;
  /** I2 */
  readonly secondConnectionId?: string | undefined;
  /** N; null is the empty one: the source of the last command (§2.1.4). */
  readonly notifiedEntity?: EntityName | null | undefined;
  /** X; '' in an audit of an endpoint that has none. */
  readonly requestIdentifier?: string | undefined;
  /** L. Several lines come from old gateways that audit capabilities so; see `capabilities`. */
  readonly localConnectionOptions?: LocalConnectionOptions | undefined;
  /** M */
  readonly mode?: ConnectionMode | undefined;
  /** R */
  readonly requestedEvents?: readonly RequestedEvent[] | undefined;
  /** S */
  readonly signalRequests?: readonly SignalRequest[] | undefined;
  /** D as written, checked; see codec/digit-map.ts. '' in an audit without one. */
  readonly digitMap?: string | undefined;
  /** O */
  readonly observedEvents?: readonly ObservedEvent[] | undefined;
  /** P */
  readonly connectionParameters?: ConnectionParameters | undefined;
  /** E */
  readonly reasonCode?: ReasonCode | undefined;
  /** Z, where there is exactly one. */
  readonly specificEndpointId?: EndpointName | undefined;
  /** Z as a list, always there when `Z:` was: an audit by wildcard has a line each. Writers may give either. */
  readonly specificEndpointIds?: readonly EndpointName[] | undefined;
  /** Z2 */
  readonly secondEndpointId?: EndpointName | undefined;
  /** F: codes in upper case. */
  readonly requestedInfo?: readonly string[] | undefined;
  /** Q */
  readonly quarantineHandling?: QuarantineHandling | undefined;
  /** T */
  readonly detectEvents?: readonly DetectedEvent[] | undefined;
  /** RM */
  readonly restartMethod?: RestartMethod | undefined;
  /** RD in seconds, 0..999999 */
  readonly restartDelayS?: number | undefined;
  /** A: one for each line; in responses only. */
  readonly capabilities?: readonly Capability[] | undefined;
  /** ES */
  readonly eventStates?: readonly EventState[] | undefined;
  /** PL: the first is the default package. */
  readonly packageList?: readonly PackageVersion[] | undefined;
  /** MD in bytes */
  readonly maxDatagram?: number | undefined;
  /** RED/NL: further call agents in order (RFC 3991 §2.1). */
  readonly redirectList?: readonly EntityName[] | undefined;
  /** RED/N, in EndpointConfiguration only; null is the empty one. */
  readonly redirectEntity?: EntityName | null | undefined;
  /** RED/EL lines, each with the RED/MP line behind it. */
  readonly redirectEndpoints?: readonly RedirectEndpoints[] | undefined;
  /** RED/R: reset */
  readonly reset?: boolean | undefined;
  /** B/PR: reported until told otherwise (RFC 3435 appendix B.2.1). */
  readonly persistentEvents?: readonly RequestedEvent[] | undefined;
  /** B/NS, in audits: notification state, lockstep, or neither (appendix B.2.2). */
  readonly notificationState?: 'ns' | 'ls' | 'o' | undefined;
  /** X- parameters, parameters of packages without a field here, and in responses unknown ones; in order, repeats too. */
  readonly extensions?: readonly ExtensionParameter[] | undefined;
}

/** The value of the first extension of that name, without case. */
export function extensionValue(parameters: Parameters, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return parameters.extensions?.find((extension) => extension.name.toLowerCase() === wanted)?.value;
}
