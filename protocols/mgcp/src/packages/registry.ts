// Event packages as data: which events a package has, which of them are signals and how these end (RFC 3435 §2.1.6,
// §2.1.7, appendix E). A package that somebody adds joins by one call; nothing else knows package names.
import { eventKey, type EventName } from '../message/events.js';
import type { PackageVersion } from '../message/parameters.js';

/** On-off, time-out, brief (RFC 3435 §2.1.7). */
export type SignalType = 'OO' | 'TO' | 'BR';

/** The state of the telephone that something is asked of: else 401 (already off-hook) or 402 (on-hook). */
export type HookState = 'on-hook' | 'off-hook';

export interface SignalDefinition {
  readonly type: SignalType;
  /** Default of a TO signal; Infinity where it plays until told otherwise, undefined where the signal itself decides. */
  readonly timeoutMs?: number | undefined;
  readonly onConnection: boolean;
  /** What the telephone must be for it to play. */
  readonly needs?: HookState | undefined;
}

export interface EventDefinition {
  readonly packageName: string;
  /** As the document writes it. */
  readonly id: string;
  readonly title: string;
  /** Whether it can be requested and reported. */
  readonly isEvent: boolean;
  /** Detected on connections. */
  readonly onConnection: boolean;
  /** Its state can be audited (`ES`). */
  readonly hasState: boolean;
  /** What the telephone must be when the event is requested: glare shows here (RFC 3435 §4.4.2). */
  readonly needs?: HookState | undefined;
  /** Absent: the event cannot be signalled. */
  readonly signal?: SignalDefinition | undefined;
  /** Names of parameters with a name, and what the others are, in order: `to`, `+`, `-`, `rep`, `number`. */
  readonly parameters: readonly string[];
}

export interface EventPackage {
  readonly name: string;
  readonly version: number;
  readonly events: readonly EventDefinition[];
}

/** What a gateway or an agent knows of packages. Names are looked up without case. */
export class PackageRegistry {
  readonly #packages = new Map<string, EventPackage>();
  readonly #events = new Map<string, EventDefinition>();

  constructor(packages: Iterable<EventPackage> = []) {
    for (const each of packages) this.add(each);
  }

  /** Adds a package, or puts another version in the place of the one of that name. */
  add(added: EventPackage): void {
    const name = added.name.toLowerCase();
    for (const event of this.#packages.get(name)?.events ?? []) this.#events.delete(keyOf(name, event.id));
    this.#packages.set(name, added);
    for (const event of added.events) this.#events.set(keyOf(name, event.id), event);
  }

  packageOf(name: string): EventPackage | undefined {
    return this.#packages.get(name.toLowerCase());
  }

  /** The event or signal of a package, undefined where the package or the event is not known. */
  eventOf(packageName: string, id: string): EventDefinition | undefined {
    return this.#events.get(keyOf(packageName.toLowerCase(), id));
  }

  /**
   * The definitions that a name covers: one, those of a range (`D/[0-9#]`), or all events of a package (`L/all`).
   *
   * @returns undefined when the package, or one of the events, is not known.
   */
  definitionsOf(name: EventName, defaultPackage = ''): readonly EventDefinition[] | undefined {
    const packageName = name.packageName ?? defaultPackage;
    if (name.event.toLowerCase() === 'all') return this.packageOf(packageName)?.events.filter(({ isEvent }) => isEvent);
    const ids = name.event.startsWith('[') ? symbolsOf(name.event) : [name.event];
    const found: EventDefinition[] = [];
    for (const id of ids) {
      const definition = this.eventOf(packageName, id);
      if (definition === undefined) return undefined;
      found.push(definition);
    }
    return found;
  }

  /** The packages for a `PL:` line, in the order in which they were added: the first is the default package. */
  versions(): readonly PackageVersion[] {
    return [...this.#packages.values()].map(({ name, version }) => ({ name, version }));
  }
}

function keyOf(packageName: string, id: string): string {
  return eventKey({ packageName, event: id });
}

/** The letters of a range, subranges written out. */
function symbolsOf(range: string): string[] {
  const symbols: string[] = [];
  for (let at = 1; at < range.length - 1; at += 1) {
    if (range[at + 1] !== '-') {
      symbols.push(range.charAt(at));
      continue;
    }
    for (let code = range.charCodeAt(at); code <= range.charCodeAt(at + 2); code += 1) symbols.push(String.fromCharCode(code));
    at += 2;
  }
  return symbols;
}
