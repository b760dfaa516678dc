// The registrar of RFC 3261 §10.3: judges a REGISTER, changes the location store, says how to answer. It sends nothing
// and authenticates nobody: whoever calls it has done that (and has sent requests for other domains on their way).
import {
  hopKey,
  sameHost,
  type Binding,
  type Fault,
  type Hop,
  type LocationStore,
  type Millis,
  type Observer,
  type Outcome,
  type Signer,
} from '@altpath/core';
import { checkStrict } from '../codec/decode.js';
import type { SipMessage } from '../codec/sip-message.js';
import { statusOf } from '../errors.js';
import { addressOfRecord } from '../message/uri-comparison.js';
import { parseUri } from '../message/uri.js';
import { applyWish, type Stamp, type Update } from './bindings.js';
import { formatQ, isRoutable, readWish, type ExpiryLimits } from './contact-rules.js';
import { readReplica, type MergeBindings } from './replication.js';

export interface RegistrarOptions extends ExpiryLimits {
  /** Hosts whose addresses of record are kept here. */
  readonly domains: readonly string[];
  /** Live contacts of one address of record; more get 403. */
  readonly maxContacts: number;
  /** This node's name, written into each binding that it accepts. */
  readonly nodeName: string;
}

/** How a REGISTER is to be answered, and what has to happen besides. */
export interface RegisterOutcome {
  readonly status: number;
  readonly reason: string;
  /** Header lines of the response, without CRLF. */
  readonly headers: readonly string[];
  /** Present where the answer has to wait for the disk; rejected: answer 500. */
  readonly durable?: Promise<void>;
  /** What the other nodes have to be told. Absent for a query, a refusal, a repeated request and a replica. */
  readonly changed?: { readonly aor: string; readonly bindings: readonly Binding[] };
}

/** Option tags that a REGISTER may require here. */
const SUPPORTED: ReadonlySet<string> = new Set(['path']);

/** The statuses of this room's own faults. Never 6xx (§10.3). */
const STATUSES: Readonly<Record<string, number>> = {
  'sip.register.too-brief': 423,
  'sip.register.order': 500,
  'sip.register.store': 500,
  'sip.register.too-many': 403,
  'sip.register.domain': 404,
  'sip.register.user': 404,
  'sip.register.require': 420,
};

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #store: LocationStore;
  readonly #signer: Signer;
  readonly #observer: Observer;

  constructor(options: RegistrarOptions, store: LocationStore, signer: Signer, observer: Observer) {
    this.#options = options;
    this.#store = store;
    this.#signer = signer;
    this.#observer = observer;
  }

  /**
   * @param request  A REGISTER for one of our domains, without `Altpath-Replica` (see `acceptReplica`).
   * @param source   Where it came from: kept as the way back to the phone.
   * @returns        The answer; counted as `sip.register.accepted` or `sip.register.refused` with its reason.
   */
  register(request: SipMessage, source: Hop, now: Millis): RegisterOutcome {
    const unsupported = request.tokens('Require').filter((tag) => !SUPPORTED.has(tag.toLowerCase()));
    if (unsupported.length > 0) {
      return this.#refuse(fault('require', 'Bad Extension'), [`Unsupported: ${unsupported.join(', ')}`]);
    }
    const malformed = checkStrict(request);
    if (malformed) return this.#refuse(malformed);
    const aor = this.#addressOfRecord(request);
    if (!aor.ok) return this.#refuse(aor.fault);
    const wish = readWish(request, this.#options);
    if (!wish.ok) return this.#refuse(wish.fault, this.#remedy(wish.fault));
    const stamp: Stamp = {
      callId: request.callId,
      cseq: request.cseq,
      now: Math.floor(now),
      node: this.#options.nodeName,
      // Behind another proxy the source is that proxy: its Path is the way back, or the contact itself.
      source: request.vias.length === 1 ? hopKey(source) : undefined,
    };
    const known = this.#store.read(aor.value)?.bindings ?? [];
    const update = applyWish(known, wish.value, stamp, this.#options.maxContacts);
    if (!update.ok) return this.#refuse(update.fault);
    return this.#commit(request, aor.value, update.value, now);
  }

  /**
   * Takes over what another node accepted. Not challenged, and never replicated on.
   *
   * @param merge  The cluster's rule for two versions of a record.
   * @returns      200, or 403 for what is not signed by the cluster or is too old or too far ahead.
   */
  acceptReplica(request: SipMessage, merge: MergeBindings, now: Millis): RegisterOutcome {
    const replica = readReplica(request, this.#signer, now);
    if (!replica?.ok) {
      const reason = replica?.fault.code ?? 'sip.replica.absent';
      this.#observer.count('sip.replica.refused', reason);
      return { status: 403, reason: 'Forbidden', headers: [] };
    }
    const { aor, bindings } = replica.value.record;
    const merged = merge(this.#store.read(aor)?.bindings ?? [], bindings, now);
    const written = this.#write(aor, merged);
    if (!written.ok) return this.#refuse(written.fault);
    this.#observer.count('sip.replica.accepted', replica.value.node);
    return { status: 200, reason: 'OK', headers: [], ...(written.value && { durable: written.value }) };
  }

  /** §10.3 step 5. RFC 4475 §3.3.4: a To of a scheme that is not SIP's is a 400. */
  #addressOfRecord(request: SipMessage): Outcome<string> {
    const uri = parseUri(request.to.uri);
    if (!uri.ok) return uri;
    if (!isRoutable(uri.value.scheme)) return { ok: false, fault: fault('to-scheme', 'Unsupported To Scheme') };
    if (!this.#options.domains.some((domain) => sameHost(domain, uri.value.host)))
      return { ok: false, fault: fault('domain', 'Not Found') };
    if (uri.value.user === '') return { ok: false, fault: fault('user', 'Not Found') };
    return { ok: true, value: addressOfRecord(uri.value) };
  }

  #commit(request: SipMessage, aor: string, update: Update, now: Millis): RegisterOutcome {
    const { all, changed } = update;
    if (changed.length === 0) return this.#accept(request, aor, request.contacts.length === 0 ? 'query' : 'repeated', now);
    const written = this.#write(aor, all);
    if (!written.ok) return this.#refuse(written.fault);
    const answer = this.#accept(request, aor, 'changed', now);
    return { ...answer, ...(written.value && { durable: written.value }), changed: { aor, bindings: changed } };
  }

  #write(aor: string, bindings: readonly Binding[]): Outcome<Promise<void> | undefined> {
    try {
      return { ok: true, value: this.#store.write({ aor, bindings }) };
    } catch (error) {
      // §10.3 step 7: a commit that fails is a 500 and leaves nothing behind.
      this.#observer.log('error', 'the location store refused a write', { error: String(error) });
      return { ok: false, fault: { code: 'sip.register.store', blame: 'local', hint: 'Server Internal Error' } };
    }
  }

  /** §10.3 step 8: every binding there is, with what is left of its lifetime. */
  #accept(request: SipMessage, aor: string, how: string, now: Millis): RegisterOutcome {
    this.#observer.count('sip.register.accepted', how);
    const headers = this.#store.lookup(aor, now).map((binding) => contactLine(binding, now));
    // RFC 3327 §5.3: the Path goes back to a phone that knows what it is.
    if (request.tokens('Supported').some((tag) => tag.toLowerCase() === 'path')) {
      for (const value of request.headerValues('Path')) headers.push(`Path: ${value}`);
    }
    headers.push(`Date: ${new Date(now).toUTCString()}`);
    return { status: 200, reason: 'OK', headers };
  }

  #remedy(refused: Fault): readonly string[] {
    return refused.code === 'sip.register.too-brief' ? [`Min-Expires: ${this.#options.minExpiresS}`] : [];
  }

  #refuse(refused: Fault, headers: readonly string[] = []): RegisterOutcome {
    this.#observer.count('sip.register.refused', refused.code);
    const own = refused.code.startsWith('sip.register.');
    return { status: own ? (STATUSES[refused.code] ?? 400) : statusOf(refused), reason: refused.hint, headers };
  }
}

function contactLine(binding: Binding, now: Millis): string {
  const q = binding.q < 1000 ? `;q=${formatQ(binding.q)}` : '';
  const parameters = binding.parameters === '' ? '' : `;${binding.parameters}`;
  return `Contact: <${binding.contact}>${q};expires=${Math.ceil((binding.expiresAt - now) / 1000)}${parameters}`;
}

function fault(what: string, hint: string): Fault {
  return { code: `sip.register.${what}`, blame: 'remote', hint };
}
