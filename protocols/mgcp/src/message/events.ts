// Events and signals as parameters name them: `L/hd(N)`, `D/[0-9*#T](D)`, `L/ci(11/22/14/24,"1001","A")`
// (RFC 3435 §2.1.7, §3.2.2.4). What an event means is a package's to say: see packages/.

/** `[package "/"] event ["@" connection]`. Text stays as written; comparisons are without case. */
export interface EventName {
  /** Absent: the endpoint's default package. `*` stands for all packages. */
  readonly packageName?: string | undefined;
  /** An identifier, `all`, a range with its brackets, or several digits of DTMF in one word (§3.2.2.12). */
  readonly event: string;
  /** A connection identifier, `$` for the connection of this command, `*` for all. */
  readonly connection?: string | undefined;
}

/** One thing between the parentheses behind an event. A value that was quoted stands without its quotes. */
export type EventParameter =
  | { readonly kind: 'value'; readonly value: string; readonly quoted: boolean }
  | { readonly kind: 'assignment'; readonly name: string; readonly value: EventParameter }
  | { readonly kind: 'group'; readonly name: string; readonly parameters: readonly EventParameter[] };

/** An event or signal with parameters, no actions. */
export interface EventItem {
  readonly name: EventName;
  readonly parameters: readonly EventParameter[];
}

export type SignalRequest = EventItem;
export type ObservedEvent = EventItem;
export type DetectedEvent = EventItem;
export type EventState = EventItem;

/** What an event requested shall cause (RFC 3435 §2.1.5, §2.3.3). */
export type RequestedAction =
  | { readonly kind: 'notify' }
  | { readonly kind: 'accumulate' }
  | { readonly kind: 'digit-map' }
  | { readonly kind: 'swap' }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'keep-signals' }
  | ({ readonly kind: 'embedded' } & EmbeddedRequest)
  | {
      readonly kind: 'extension';
      readonly packageName: string;
      readonly action: string;
      readonly parameters: readonly EventParameter[];
    };

/** A notification request inside another, which the event itself puts in force. */
export interface EmbeddedRequest {
  readonly requestedEvents?: readonly RequestedEvent[] | undefined;
  readonly signalRequests?: readonly SignalRequest[] | undefined;
  readonly digitMap?: string | undefined;
}

export interface RequestedEvent {
  readonly name: EventName;
  /** As written; empty means notify (§2.3.3). */
  readonly actions: readonly RequestedAction[];
  readonly parameters: readonly EventParameter[];
}

/** `L/hd`, `D/[0-9]@1F`; no parameters. */
export function formatEventName(name: EventName): string {
  const prefix = name.packageName === undefined ? '' : `${name.packageName}/`;
  return name.connection === undefined ? `${prefix}${name.event}` : `${prefix}${name.event}@${name.connection}`;
}

/** The text under which tables know an event: `l/hd`. The connection is left out, the default package filled in. */
export function eventKey(name: EventName, defaultPackage = ''): string {
  return `${name.packageName ?? defaultPackage}/${name.event}`.toLowerCase();
}

/**
 * Whether an event that happened is one of those that a request names: the same, `all` of the package, of all packages,
 * or inside a range (`D/[0-9*#]`, where `x` is any digit).
 */
export function covers(requested: EventName, happened: EventName, defaultPackage = ''): boolean {
  const wantedPackage = (requested.packageName ?? defaultPackage).toLowerCase();
  if (wantedPackage !== '*' && wantedPackage !== (happened.packageName ?? defaultPackage).toLowerCase()) return false;
  if (requested.connection !== undefined && requested.connection !== '*') {
    if (requested.connection.toLowerCase() !== happened.connection?.toLowerCase()) return false;
  }
  const wanted = requested.event.toLowerCase();
  const event = happened.event.toLowerCase();
  if (wanted === event) return true;
  if (wanted.startsWith('[')) return event.length === 1 && inRange(wanted, event);
  return wanted === 'all';
}

/** @param range  In brackets, lower case: letters and `0-9`, `a-d`; `x` is any digit (RFC 3435 §2.1.5). */
function inRange(range: string, letter: string): boolean {
  const code = letter.charCodeAt(0);
  for (let i = 1; i < range.length - 1; i += 1) {
    const first = range.charCodeAt(i);
    const isSpan = range[i + 1] === '-' && i + 2 < range.length - 1;
    if (isSpan && code >= first && code <= range.charCodeAt(i + 2)) return true;
    if (!isSpan && (code === first || (range[i] === 'x' && letter >= '0' && letter <= '9'))) return true;
    if (isSpan) i += 2;
  }
  return false;
}

/** The digits of an observed event of package D: `5`, or `8295555T` where a gateway grouped them (§3.2.2.12). */
export function digitsOf(event: ObservedEvent): string | undefined {
  return event.name.packageName?.toUpperCase() === 'D' && /^[0-9A-DTXL*#]+$/i.test(event.name.event)
    ? event.name.event.toUpperCase()
    : undefined;
}

/** The value of `name=value` among the parameters of an event, name without case; quotes taken off. */
export function assignedValue(parameters: readonly EventParameter[], name: string): string | undefined {
  for (const parameter of parameters) {
    const isWanted = parameter.kind === 'assignment' && parameter.name.toLowerCase() === name.toLowerCase();
    if (isWanted && parameter.value.kind === 'value') return parameter.value.value;
  }
  return undefined;
}

/** A parameter that stands as it is: `+`, `11/22/14/24`. */
export function valueOf(text: string): EventParameter {
  return { kind: 'value', value: text, quoted: false };
}

/** A parameter in quotes: a name or number of a caller. */
export function quotedValueOf(text: string): EventParameter {
  return { kind: 'value', value: text, quoted: true };
}

/** `to=6000` */
export function assignmentOf(name: string, value: string): EventParameter {
  return { kind: 'assignment', name, value: valueOf(value) };
}
