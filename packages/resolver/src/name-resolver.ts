// From a name to addresses in the order of trying: RFC 3263 §4, with NAPTR, SRV and A/AAAA as far as the question
// leaves them open. Knows no protocol: services, transports and default ports come from outside.
import {
  canonicalHost,
  formatHostPort,
  isIpLiteral,
  type Millis,
  type NameQuestion,
  type ResolvedAddress,
  type TransportName,
} from '@altpath/core';
import { DnsLookup, type Lookup } from './dns-lookup.js';
import { isSecure, orderNaptr, orderSrv, srvName } from './ordering.js';
import { CACHE_LIMITS, type CacheLimits, RecordCache } from './record-cache.js';

export interface ResolverOptions {
  /** The port of a service where neither question nor SRV names one: 5060 for `sip` over udp. */
  readonly defaultPort: (service: string, transport: TransportName) => number;
  /** Transports that this node can send over, the preferred one first. */
  readonly transports: readonly TransportName[];
  /** Address families that this node can send to, the preferred one first; default IPv4, then IPv6. */
  readonly families?: readonly (4 | 6)[] | undefined;
  /** `ip` or `ip:port`; default: the system's. */
  readonly servers?: readonly string[] | undefined;
  /** How long one question to a server may take, default 2 s. A name may need three, one after the other. */
  readonly timeoutMs?: Millis | undefined;
  readonly cache?: Partial<CacheLimits> | undefined;
  readonly now?: (() => Millis) | undefined;
  /** Dice for the weights of SRV, 0 <= x < 1. */
  readonly random?: (() => number) | undefined;
  /** Asks the servers; injected by tests. */
  readonly lookup?: Lookup | undefined;
}

const TIMEOUT_MS = 2_000;
/** More addresses than anybody tries within the life of a transaction. */
const MAX_ADDRESSES = 16;

export class NameResolver {
  readonly #options: ResolverOptions;
  readonly #families: readonly (4 | 6)[];
  readonly #random: () => number;
  readonly #lookup: Lookup;
  readonly #cache: RecordCache;

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#families = options.families ?? [4, 6];
    this.#random = options.random ?? Math.random;
    this.#lookup = options.lookup ?? new DnsLookup(options.servers, options.timeoutMs ?? TIMEOUT_MS);
    this.#cache = new RecordCache({ ...CACHE_LIMITS, ...options.cache }, options.now ?? Date.now);
  }

  /** Questions in the cache. */
  get cached(): number {
    return this.#cache.size;
  }

  /** @returns at most 16 addresses, best first; empty when there is none or nobody answers. Never rejects. */
  async resolve(question: NameQuestion): Promise<readonly ResolvedAddress[]> {
    const usable = this.#transportsFor(question);
    const [preferred] = usable;
    if (preferred === undefined) return [];
    const { port, service } = question;
    if (isIpLiteral(question.host)) {
      return [{ host: question.host, port: port ?? this.#options.defaultPort(service, preferred), transport: preferred }];
    }
    const host = canonicalHost(question.host);
    // RFC 3263 §4.2: a port that is written rules out SRV.
    if (port !== undefined) return distinct(await this.#addresses(host, port, preferred));
    const found = (await this.#byNaptr(question, host, usable)) ?? (await this.#bySrv(service, host, usable));
    return distinct(found ?? (await this.#addresses(host, this.#options.defaultPort(service, preferred), preferred)));
  }

  #transportsFor(question: NameQuestion): readonly TransportName[] {
    const { transports } = this.#options;
    if (question.transport !== undefined) return transports.includes(question.transport) ? [question.transport] : [];
    const secure = transports.filter(isSecure);
    const plain = transports.filter((each) => !isSecure(each));
    return question.secure || plain.length === 0 ? secure : plain;
  }

  /** @returns undefined when NAPTR says nothing that can be used. */
  async #byNaptr(question: NameQuestion, host: string, usable: readonly TransportName[]): Promise<readonly ResolvedAddress[] | undefined> {
    if (question.transport !== undefined) return undefined;
    const records = await this.#cache.get(`naptr ${host}`, () => this.#lookup.naptr(host));
    const transports = question.secure ? usable : this.#options.transports;
    const services = orderNaptr(records, question.service, transports);
    const found = await Promise.all(services.map(({ transport, name }) => this.#srv(name, transport)));
    return found.some((each) => each !== undefined) ? found.flatMap((each) => each ?? []) : undefined;
  }

  /** @returns undefined when there is no SRV record for any of the transports. */
  async #bySrv(service: string, host: string, usable: readonly TransportName[]): Promise<readonly ResolvedAddress[] | undefined> {
    const found = await Promise.all(usable.map((transport) => this.#srv(srvName(service, transport, host), transport)));
    return found.some((each) => each !== undefined) ? found.flatMap((each) => each ?? []) : undefined;
  }

  async #srv(name: string, transport: TransportName): Promise<readonly ResolvedAddress[] | undefined> {
    const records = await this.#cache.get(`srv ${name}`, () => this.#lookup.srv(name));
    if (records.length === 0) return undefined;
    // RFC 2782: a target "." says that the service is decidedly not there (c-ares gives the empty name for it).
    const targets = orderSrv(records, this.#random).filter((record) => record.name !== '' && record.name !== '.');
    const found = await Promise.all(targets.slice(0, MAX_ADDRESSES).map((record) => this.#addresses(record.name, record.port, transport)));
    return found.flat();
  }

  async #addresses(name: string, port: number, transport: TransportName): Promise<readonly ResolvedAddress[]> {
    const host = canonicalHost(name);
    const found = await Promise.all(this.#families.map((family) => this.#ofFamily(host, family)));
    return found.flat().map((address) => ({ host: address, port, transport }));
  }

  #ofFamily(host: string, family: 4 | 6): Promise<readonly string[]> {
    // RFC 6761 §6.3: never asked of a server.
    if (host === 'localhost') return Promise.resolve([family === 4 ? '127.0.0.1' : '::1']);
    return this.#cache.get(`${family === 4 ? 'a' : 'aaaa'} ${host}`, () => this.#lookup.addresses(host, family));
  }
}

function distinct(addresses: readonly ResolvedAddress[]): readonly ResolvedAddress[] {
  const byText = new Map(addresses.map((each) => [`${each.transport} ${formatHostPort(each)}`, each]));
  return [...byText.values()].slice(0, MAX_ADDRESSES);
}
