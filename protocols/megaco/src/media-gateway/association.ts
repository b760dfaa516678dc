// The control association of a gateway (RFC 3525 §11): who is in charge, whom it registers with when nobody is, and what
// becomes of it when the one in charge fails, sends it elsewhere, or comes back. Requests are sent by its owner; what is
// to be told when the association is there is its owner's as well.
import { formatHostPort, type Hop, hopKey, isReliable, type Millis, type NameQuestion, NEVER, type ResolvedAddress } from '@altpath/core';
import { formatMId } from '../codec/text/index.js';
import type { ErrorDescriptor, MId, ServiceChangeParameters, ServiceChangeResult } from '../message/index.js';
import { timeStampAt } from '../message/index.js';
import type { Association, Encoding, ReplyResult } from '../transaction/index.js';
import {
  type Candidate,
  coldCandidates,
  failoverCandidates,
  followed,
  handOffCandidates,
  isSameMId,
  isSamePlace,
  Reason,
  type RegistrationMethod,
  retryCandidates,
  returnCandidates,
  whereabouts,
} from './candidates.js';
import type { ControllerPlace, MediaGatewaySettings } from './settings.js';

/**
 * - `down`        not started, or out of service
 * - `waiting`     for its timer, or for somebody at a telephone (§9.2)
 * - `resolving`   the address of a controller that was named
 * - `registering` a ServiceChange is on its way
 * - `up`          a controller is in charge
 */
export type AssociationState = 'down' | 'waiting' | 'resolving' | 'registering' | 'up';

/** What the association has done for it. */
export interface AssociationOwner {
  readonly settings: Pick<MediaGatewaySettings, 'mgcs' | 'version' | 'timers' | 'profile'>;
  readonly encoding: Encoding;
  random(): number;
  /** Sends the ServiceChange of ROOT that registers, in place of one before. */
  register(parameters: ServiceChangeParameters, to: Association, now: Millis): void;
  /** The registration on its way is no longer wanted. */
  withdraw(now: Millis): void;
  /** A controller is in charge. */
  registered(to: Association, method: RegistrationMethod, now: Millis): void;
  /** Nobody is in charge any more. */
  lost(now: Millis): void;
  resolve(id: number, question: NameQuestion): void;
  close(flow: number, reason: string): void;
  /** For listings: `mgc` is who is in charge, or asked. */
  changed(state: AssociationState, mgc: string | undefined): void;
}

/** H.248.8 */
const VERSION_NOT_SUPPORTED = 406;
/** Two controllers that name each other must not keep a gateway between them. */
const MAX_FOLLOWED = 5;
const TEXT_PORT = 2944;
const BINARY_PORT = 2945;
/** §11.3 as H.248.1 version 2 has it: whatever version is offered, a registration is written in the first. */
const REGISTRATION_VERSION = 1;

export class ControlAssociation {
  #state: AssociationState = 'down';
  /** Whom to turn to next, in order. */
  #candidates: readonly Candidate[] = [];
  #candidate: Candidate | undefined;
  /** What those said nothing to in this round is not repeated. */
  #silent: ControllerPlace[] = [];
  #offered = 1;
  #followed = 0;
  #waitUntil: Millis = NEVER;
  /** Who is in charge, or was last. */
  #controller: ControllerPlace | undefined;
  #association: Association | undefined;
  /** Connection of the association over TCP, and those of associations before, which may close whenever they like. */
  #flow: number | undefined;
  readonly #oldFlows = new Set<number>();
  #questions = 0;

  constructor(private readonly owner: AssociationOwner) {}

  get state(): AssociationState {
    return this.#state;
  }

  /** Where requests go; undefined while nobody is in charge. */
  get current(): Association | undefined {
    return this.#state === 'up' ? this.#association : undefined;
  }

  /** Power on: everything of before is forgotten (§11.2), and after a random wait the primary is asked (§9.2). */
  start(now: Millis): void {
    this.#end(now);
    this.#leaveFlow('restart');
    this.#controller = undefined;
    this.#wait(coldCandidates(this.owner.settings.mgcs), now, 0);
  }

  /** Back in service after it was out of it (§11.4). */
  returned(now: Millis): void {
    this.#begin(returnCandidates(this.owner.settings.mgcs, this.#controller), now);
    this.#next(now);
  }

  /** Out of service: nobody is in charge, and nobody is looked for. */
  leave(now: Millis): void {
    this.#end(now);
    this.#leaveFlow('out of service');
    this.#become('down');
  }

  /** §9.2: somebody uses a telephone, so that the wait is over. */
  used(now: Millis): void {
    if (this.#state === 'waiting') this.#next(now);
  }

  /** Whether a message comes from whoever is in charge. */
  isController(mId: MId, hop: Hop): boolean {
    if (this.#state !== 'up' || this.#controller === undefined) return false;
    const { mId: known, hop: place } = this.#controller;
    return (known !== undefined && isSameMId(known, mId)) || hopKey(hop) === hopKey(place);
  }

  /** The reply to the registration on its way. */
  answered(result: ReplyResult, mId: MId | undefined, hop: Hop, now: Millis): void {
    if (this.#state !== 'registering' || this.#candidate === undefined) return;
    this.#flow = hop.flow;
    if (hop.flow !== undefined) this.#oldFlows.delete(hop.flow);
    const answer = answerOf(result);
    if (answer.kind === 'error') return this.#refused(answer, now);
    if (answer.result.mgcId !== undefined) return this.#follow(answer.result.mgcId, now);
    const version = answer.result.version ?? this.#offered;
    // §11.3: who cannot comply closes the connection.
    if (version < 1 || version > this.#offered) {
      this.#leaveFlow('version');
      return this.#next(now);
    }
    this.#accepted(this.#candidate, answer.result, version, mId, now);
  }

  /** A registration that nobody answered, or a request of an association: T-MAX is over (D.1.5). */
  failed(now: Millis): void {
    if (this.#state === 'up') return this.#failover(now);
    if (this.#state !== 'registering' || this.#candidate === undefined) return;
    this.#silent.push(this.#candidate.place);
    this.#next(now);
  }

  /** An error that names no transaction: while a registration is on its way it is meant by it. */
  messageError(error: ErrorDescriptor, hop: Hop, now: Millis): void {
    if (this.#state === 'registering' && this.#candidate?.place.hop.host === hop.host) this.#refused(error, now);
  }

  /** Nothing can be sent there. Of datagrams that is no proof: it is easily forged, and the next one may arrive. */
  unreachable(hop: Hop, now: Millis): void {
    if (isReliable(hop.transport) && this.#isConcerned(hop)) this.failed(now);
  }

  /** A connection is no more: §11.5 takes over where it was that of the association. */
  flowClosed(hop: Hop, now: Millis): void {
    const { flow } = hop;
    const isOld = flow !== undefined && this.#oldFlows.delete(flow);
    const isOther = flow !== undefined && this.#flow !== undefined && flow !== this.#flow;
    if (isOld || isOther || !this.#isConcerned(hop)) return;
    this.#flow = undefined;
    this.failed(now);
  }

  /** A request of the controller asked the gateway to go elsewhere. Its answer has been sent. */
  handOff(to: MId | undefined, now: Millis): void {
    if (this.#state !== 'up' || this.#controller === undefined) return;
    const { mgcs } = this.owner.settings;
    const controller = this.#controller;
    const found = to === undefined ? undefined : whereabouts(to, mgcs, controller.hop, this.#defaultPort);
    const place = found?.kind === 'known' ? found.place : undefined;
    this.#begin(place ? handOffCandidates(place, mgcs, controller) : failoverCandidates(mgcs, controller), now);
    if (found?.kind === 'name') this.#ask({ place: controller, method: 'handoff', reason: Reason.directedChange }, found.host, found.port);
    else this.#next(now);
  }

  /** What a name stands for, as it was asked for in `resolve`. */
  resolved(id: number, addresses: readonly ResolvedAddress[], now: Millis): void {
    if (this.#state !== 'resolving' || id !== this.#questions || this.#candidate === undefined) return;
    const [address] = addresses;
    if (address === undefined) return this.#next(now);
    const { transport, listener } = this.#candidate.place.hop;
    const hop: Hop = { transport, host: address.host, port: address.port, ...(listener !== undefined && { listener }) };
    this.#try(followed(this.#candidate, { hop }, this.#controller), this.owner.settings.version, now);
  }

  tick(now: Millis): void {
    if (now >= this.deadline()) this.#next(now);
  }

  deadline(): Millis {
    return this.#state === 'waiting' ? this.#waitUntil : NEVER;
  }

  get #defaultPort(): number {
    return this.owner.encoding.name === 'binary' ? BINARY_PORT : TEXT_PORT;
  }

  #failover(now: Millis): void {
    if (this.#controller === undefined) return;
    const candidates = failoverCandidates(this.owner.settings.mgcs, this.#controller);
    this.#leaveFlow('silent');
    this.#begin(candidates, now);
    this.#next(now);
  }

  /** A new round; nobody is in charge until somebody accepts. */
  #begin(candidates: readonly Candidate[], now: Millis): void {
    this.#end(now);
    this.#leaveFlow();
    this.#followed = 0;
    this.#silent = [];
    this.#candidates = candidates;
  }

  #end(now: Millis): void {
    const before = this.#state;
    this.#state = 'waiting';
    this.#waitUntil = NEVER;
    this.#association = undefined;
    if (before === 'registering') this.owner.withdraw(now);
    if (before === 'up') this.owner.lost(now);
  }

  #next(now: Millis): void {
    const [candidate, ...rest] = this.#candidates.filter(({ place }) => !this.#silent.some((other) => isSamePlace(place, other)));
    if (candidate === undefined) {
      const { mgcs, timers } = this.owner.settings;
      return this.#wait(retryCandidates(mgcs, this.#controller), now, timers.retryMs);
    }
    this.#candidates = rest;
    this.#try(candidate, this.owner.settings.version, now);
  }

  /** §9.2, §11.2: a random wait, so that not all gateways of a network come at once. */
  #wait(candidates: readonly Candidate[], now: Millis, leastMs: Millis): void {
    const { mwdMs } = this.owner.settings.timers;
    if (this.#state === 'registering') this.owner.withdraw(now);
    this.#candidate = undefined;
    this.#candidates = candidates;
    this.#followed = 0;
    this.#silent = [];
    this.#waitUntil = now + leastMs + this.owner.random() * mwdMs;
    this.#become('waiting');
  }

  #try(candidate: Candidate, version: number, now: Millis): void {
    const { settings, encoding } = this.owner;
    const { hop, mId } = candidate.place;
    this.#candidate = candidate;
    this.#offered = version;
    this.#become('registering', mId ? formatMId(mId) : formatHostPort(hop));
    const parameters: ServiceChangeParameters = {
      method: candidate.method,
      reason: candidate.reason,
      version,
      timeStamp: timeStampAt(now),
      ...(settings.profile && { profile: settings.profile }),
    };
    this.owner.register(parameters, { key: hopKey(hop), hop, encoding, version: REGISTRATION_VERSION }, now);
  }

  #accepted({ place, method }: Candidate, result: ServiceChangeResult, version: number, mId: MId | undefined, now: Millis): void {
    const known = mId ?? place.mId;
    this.#controller = { hop: place.hop, ...(known && { mId: known }) };
    this.#candidate = undefined;
    this.#candidates = [];
    const hop = addressed(place.hop, result.address);
    // Connections to an address of its own are others than that of the registration.
    if (hop !== place.hop) this.#leaveFlow();
    this.#association = { key: hopKey(place.hop), hop, encoding: this.owner.encoding, version };
    this.#become('up', known ? formatMId(known) : formatHostPort(hop));
    this.owner.registered(this.#association, method, now);
  }

  /** §11.3: a lower version to the same controller, as long as there is one. */
  #refused({ code }: ErrorDescriptor, now: Millis): void {
    const candidate = this.#candidate;
    if (candidate && code === VERSION_NOT_SUPPORTED && this.#offered > 1) return this.#try(candidate, this.#offered - 1, now);
    this.#next(now);
  }

  /** §11.2: whoever is named is asked before all others. */
  #follow(mgcId: MId, now: Millis): void {
    const candidate = this.#candidate;
    this.#followed += 1;
    if (candidate === undefined || this.#followed > MAX_FOLLOWED) return this.#next(now);
    const found = whereabouts(mgcId, this.owner.settings.mgcs, candidate.place.hop, this.#defaultPort);
    if (found.kind === 'known') this.#try(followed(candidate, found.place, this.#controller), this.owner.settings.version, now);
    else if (found.kind === 'name') this.#ask(candidate, found.host, found.port);
    else this.#next(now);
  }

  #ask(candidate: Candidate, host: string, port: number): void {
    this.#candidate = candidate;
    this.#questions += 1;
    this.#become('resolving', formatHostPort({ host, port }));
    this.owner.resolve(this.#questions, { host, port, transport: candidate.place.hop.transport, secure: false, service: 'megaco' });
  }

  #isConcerned(hop: Hop): boolean {
    if (hop.flow !== undefined && hop.flow === this.#flow) return true;
    const place = this.#state === 'up' ? this.#association?.hop : this.#candidate?.place.hop;
    return place !== undefined && hopKey(place) === hopKey(hop);
  }

  /** What happens to the connection is of no interest from now on. @param reason  Why it is closed, where it is to be. */
  #leaveFlow(reason?: string): void {
    if (this.#flow === undefined) return;
    this.#oldFlows.add(this.#flow);
    if (reason !== undefined) this.owner.close(this.#flow, reason);
    this.#flow = undefined;
  }

  #become(state: AssociationState, mgc?: string): void {
    this.#state = state;
    this.owner.changed(state, mgc);
  }
}

type Answer = ErrorDescriptor | { readonly kind: 'result'; readonly result: ServiceChangeResult };

/** What a registration was answered with, at whatever level an error stands. */
function answerOf(result: ReplyResult): Answer {
  if (result.kind === 'error') return result;
  for (const { commands, error } of result.actions) {
    const reply = commands.find((command) => command.kind === 'service-change');
    if (reply?.error) return reply.error;
    if (reply) return { kind: 'result', result: reply.result ?? {} };
    if (error) return error;
  }
  return { kind: 'result', result: {} };
}

/** §7.2.8: a port of the same address, or a whole address; a name without an address is not followed. */
function addressed(hop: Hop, address: ServiceChangeResult['address']): Hop {
  const { flow: _flow, ...place } = hop;
  if (address?.kind === 'port') return { ...place, port: address.port };
  if (address?.kind === 'ip4' || address?.kind === 'ip6') return { ...place, host: address.address, port: address.port ?? hop.port };
  return hop;
}
