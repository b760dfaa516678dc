// Where commands can go: the addresses of names, and the order in which one command tries them (RFC 3435 §4.1, §4.3;
// RFC 3991 §2.1). DNS itself is outside: names are asked for through `ask`, answers come to `answered`.
import { formatHostPort, isIpLiteral, type Millis, type ResolvedAddress } from '@altpath/core';
import type { EntityPlace } from './events.js';

/** §4.3: a name resolved within this is not asked for again. */
const RECENT_MS: Millis = 5_000;
/** An address that stayed silent is taken last for this long, within its name. */
const SUSPECT_MS: Millis = 30_000;
/** Names come from the file and from NotifiedEntity; beyond this the oldest goes. */
const MAX_NAMES = 1_024;

/** An address with the text that names it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly key: string;
}

export function addressOf(place: EntityPlace): Address {
  return { host: place.host, port: place.port, key: formatHostPort(place) };
}

interface NameEntry {
  readonly place: EntityPlace;
  addresses: readonly Address[] | undefined;
  resolvedAt: Millis;
  /** The number of the question that is out. */
  asked: number | undefined;
  /** The host that last sent us something. */
  heard: string | undefined;
  readonly suspects: Map<string, Millis>;
}

/** What is known of names: the addresses of an earlier answer stay in use until there is a later one. */
export class NameTable {
  readonly #entries = new Map<string, NameEntry>();
  readonly #questions = new Map<number, NameEntry>();
  readonly #byHost = new Map<string, NameEntry>();

  /** @param ask  Puts a question; its number comes back with `answered`. */
  constructor(private readonly ask: (place: EntityPlace) => number) {}

  /** The addresses of a place, in the order in which they are worth trying; undefined while they are being asked for. */
  addressesOf(place: EntityPlace, now: Millis): readonly Address[] | undefined {
    if (isIpLiteral(place.host)) return [addressOf(place)];
    const entry = this.#entry(place);
    if (entry.addresses === undefined || entry.addresses.length === 0) this.#askAgain(entry, now);
    // An answer without addresses is as good as none while another is on its way.
    if (entry.addresses === undefined || (entry.addresses.length === 0 && entry.asked !== undefined)) return undefined;
    return this.#inOrder(entry, entry.addresses, now);
  }

  /** Asks for a name again, unless it was resolved a short while ago or cannot be (§4.3). @returns true while an answer is awaited. */
  refresh(place: EntityPlace, now: Millis): boolean {
    if (isIpLiteral(place.host)) return false;
    const entry = this.#entry(place);
    this.#askAgain(entry, now);
    return entry.asked !== undefined;
  }

  /** Whether an answer to this question was awaited. No addresses, or a failure, leave older ones in use. */
  answered(question: number, addresses: readonly ResolvedAddress[], now: Millis): boolean {
    const entry = this.#questions.get(question);
    if (entry === undefined) return false;
    this.#questions.delete(question);
    entry.asked = undefined;
    entry.resolvedAt = now;
    if (addresses.length > 0 || entry.addresses === undefined) {
      entry.addresses = addresses.filter((address) => address.transport === 'udp').map(addressOf);
      for (const address of entry.addresses) this.#byHost.set(address.host, entry);
    }
    return true;
  }

  /** Something came from there: it lives, and it is the one to prefer among the addresses of its name (§4.1). */
  heard(host: string, isCommand: boolean): void {
    const entry = this.#byHost.get(host);
    if (entry === undefined) return;
    entry.suspects.delete(host);
    if (isCommand) entry.heard = host;
  }

  suspect(host: string, now: Millis): void {
    this.#byHost.get(host)?.suspects.set(host, now + SUSPECT_MS);
  }

  #inOrder(entry: NameEntry, addresses: readonly Address[], now: Millis): readonly Address[] {
    if (entry.heard === undefined && entry.suspects.size === 0) return addresses;
    const rank = ({ host }: Address): number => {
      if ((entry.suspects.get(host) ?? 0) > now) return 2;
      return host === entry.heard ? 0 : 1;
    };
    return [...addresses].sort((a, b) => rank(a) - rank(b));
  }

  #askAgain(entry: NameEntry, now: Millis): void {
    if (entry.asked !== undefined || entry.resolvedAt + RECENT_MS > now) return;
    entry.asked = this.ask(entry.place);
    this.#questions.set(entry.asked, entry);
  }

  #entry(place: EntityPlace): NameEntry {
    const key = formatHostPort(place).toLowerCase();
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { place, addresses: undefined, resolvedAt: -Infinity, asked: undefined, heard: undefined, suspects: new Map() };
      this.#entries.set(key, entry);
      if (this.#entries.size > MAX_NAMES) this.#forgetOldest();
    }
    return entry;
  }

  #forgetOldest(): void {
    const [key, entry] = this.#entries.entries().next().value as [string, NameEntry];
    this.#entries.delete(key);
    if (entry.asked !== undefined) this.#questions.delete(entry.asked);
    for (const { host } of entry.addresses ?? []) if (this.#byHost.get(host) === entry) this.#byHost.delete(host);
  }
}

/** The way of one command through the names of its destination. */
export class Trail {
  readonly #names: readonly EntityPlace[];
  readonly #tried = new Set<string>();
  #at = 0;
  /** The names before this one were asked for. */
  #entered = 0;
  /** How many addresses of the present name were tried. */
  #triedOfName = 0;
  /** The address that is in use. */
  current: Address | undefined;

  /** @param first  Tried before everything else: where a command came from that this one is sent along with. */
  constructor(names: readonly EntityPlace[], first?: Address) {
    this.#names = names;
    if (first !== undefined) this.#take(first);
  }

  /** The name whose addresses are being tried. */
  get name(): EntityPlace | undefined {
    return this.#names[this.#at];
  }

  /** The other side as a whole, whichever of its addresses is in use. */
  get side(): EntityPlace | undefined {
    return this.#names[0];
  }

  get isFirstOfName(): boolean {
    return this.#triedOfName <= 1;
  }

  /**
   * Goes on to the next address that was not tried: `address`, now `current`; `wait`: a name has to be resolved first,
   * ask again then; `end`: there is none, and `current` stays.
   */
  advance(table: NameTable, now: Millis): 'address' | 'wait' | 'end' {
    for (let at = this.#at; at < this.#names.length; at += 1) {
      // Older addresses are used at once; what the DNS says now is there when another is needed.
      if (at >= this.#entered) table.refresh(this.#names[at] as EntityPlace, now);
      this.#entered = Math.max(this.#entered, at + 1);
      const addresses = table.addressesOf(this.#names[at] as EntityPlace, now);
      const next = addresses?.find(({ key }) => !this.#tried.has(key));
      if (addresses !== undefined && next === undefined) continue;
      if (at !== this.#at) this.#triedOfName = 0;
      this.#at = at;
      if (next === undefined) return 'wait';
      this.#take(next);
      return 'address';
    }
    return 'end';
  }

  /** A name that does not get resolved is passed over. */
  skipName(): void {
    this.#at += 1;
    this.#triedOfName = 0;
  }

  #take(address: Address): void {
    this.current = address;
    this.#tried.add(address.key);
    this.#triedOfName += 1;
  }
}
