// ServiceChange (RFC 3525 §7.2.8, §11): gateways come, go and change hands; terminations go out of service, at once or when
// their calls are over, and come back. An accepting reply names nobody: a name in it would refuse (§11.2).
import { type Hop, isIpLiteral, type Millis, NEVER } from '@altpath/core';
import { VERSIONS } from '../codec/fault.js';
import {
  type ErrorDescriptor,
  isRoot,
  type ServiceChangeAddress,
  type ServiceChangeReply,
  type ServiceChangeRequest,
} from '../message/index.js';
import { addressOfMId } from '../path-mapping.js';
import type { RequestHandle } from '../transaction/index.js';
import { ErrorCode } from './findings.js';
import type { Gateway } from './gateway.js';
import { type Holding, wireOf } from './holding.js';
import type { Inactivity } from './inactivity.js';
import type { Line } from './line.js';
import type { ControllerParts } from './parts.js';
import { timeStamp } from './time-stamp.js';

/** RFC 3525 §9. */
const DEFAULT_PORTS = { text: 2_944, binary: 2_945 } as const;
/** H.248.1 version 2, §7.2.8: what was announced does not happen. */
const CANCEL_GRACEFUL = '918';
const REGISTERING: ReadonlySet<string> = new Set(['restart', 'failover', 'disconnected', 'handoff']);

/** What is answered, and in which version the answer is written. */
export interface ServiceChangeAnswer {
  readonly reply: ServiceChangeReply;
  readonly version?: number | undefined;
}

export function isRegistration({ terminationId, parameters }: ServiceChangeRequest): boolean {
  return isRoot(terminationId) && REGISTERING.has(parameters.method);
}

export class Registration {
  /** Lines that go out of service when their calls are over, and when at the latest. */
  readonly #retiring = new Map<Line, Millis>();
  /** Lines that come into service then. */
  readonly #returning = new Map<Line, Millis>();

  constructor(
    private readonly parts: ControllerParts,
    private readonly holding: Holding,
    private readonly inactivity: Inactivity,
  ) {}

  /** Acts on the command. Whoever registers must be answered before anything else is sent to him. */
  take(command: ServiceChangeRequest, handle: RequestHandle, gateway: Gateway, now: Millis): ServiceChangeAnswer {
    const { terminationId, parameters } = command;
    const { method } = parameters;
    this.parts.environment.observer.count('megaco.service-change', method.startsWith('X') ? 'extension' : method);
    if (isRegistration(command)) return this.#register(command, handle, gateway, now);
    const lines = gateway.linesOf(terminationId);
    const delayMs = (parameters.delay ?? 0) * 1_000;
    switch (method) {
      case 'restart':
        this.#comesBack(gateway, lines, parameters.reason, delayMs, now);
        break;
      case 'forced':
        this.#goes(gateway, lines, isRoot(terminationId), now);
        break;
      case 'graceful':
        for (const line of lines) this.#retiring.set(line, delayMs > 0 ? now + delayMs : NEVER);
        this.sweep(now);
        break;
      case 'failover':
      case 'disconnected':
      case 'handoff':
        // §7.2.8: of a whole gateway only.
        return { reply: { kind: 'service-change', terminationId, error: error(ErrorCode.badValue) } };
      default:
        // An extension: nobody here has agreed on one.
        break;
    }
    return { reply: { kind: 'service-change', terminationId } };
  }

  /** Takes lines whose calls are over out of service as they announced, and others back. */
  sweep(now: Millis): void {
    const { gateways, environment } = this.parts;
    for (const [line, until] of this.#retiring) {
      const isOurs = gateways.ofLine(line).stage !== 'foreign';
      if (isOurs && now < until && (line.describe().wanted?.phase ?? 'idle') !== 'idle') continue;
      this.#retiring.delete(line);
      if (!isOurs) continue;
      line.service(false, now);
      environment.calls.service(line.name, false, now);
    }
    for (const [line, at] of this.#returning) {
      if (now < at) continue;
      this.#returning.delete(line);
      if (gateways.ofLine(line).stage === 'foreign') continue;
      line.service(true, now);
      environment.calls.service(line.name, true, now);
    }
  }

  // --- gateways ----------------------------------------------------------------------------------------------------

  #register(command: ServiceChangeRequest, handle: RequestHandle, gateway: Gateway, now: Millis): ServiceChangeAnswer {
    const { terminationId, parameters } = command;
    const { observer } = this.parts.environment;
    const offered = parameters.version ?? handle.version;
    const version = Math.min(offered, ...[Math.max(...VERSIONS), gateway.settings.version ?? Infinity]);
    const refuse = (code: number, reason: string): ServiceChangeAnswer => {
      observer.count('megaco.registration.refused', reason);
      return { reply: { kind: 'service-change', terminationId, error: error(code) } };
    };
    if (!VERSIONS.includes(version)) return refuse(ErrorCode.version, 'version');
    if (!this.#speaksAsWritten(gateway, handle)) return refuse(ErrorCode.unauthorized, 'way');
    const isRestart = parameters.method === 'restart';
    const way = { hop: handle.source, encoding: handle.encoding };
    const better = this.holding.betterPlace(gateway, isRestart, way, now);
    const mgcId = better === undefined ? undefined : this.holding.mIdOfNode(better, way);
    // What a reply of this version and later messages are written in (§11.3).
    const answer = { version: Math.min(version, handle.version) };
    if (better !== undefined && mgcId !== undefined) {
      observer.count('megaco.registration.redirected');
      gateway.sentTo = { node: better, at: now };
      return { reply: { kind: 'service-change', terminationId, result: { mgcId, timeStamp: timeStamp(now) } }, ...answer };
    }
    if (gateway.stage === 'foreign' && !this.holding.mayHold(gateway)) return refuse(ErrorCode.unavailable, 'not-ours');
    this.#welcome(command, handle, gateway, version, now);
    const { profile } = parameters;
    const result = { version, timeStamp: timeStamp(now), ...(profile && { profile }) };
    return { reply: { kind: 'service-change', terminationId, result }, ...answer };
  }

  #welcome({ parameters }: ServiceChangeRequest, handle: RequestHandle, gateway: Gateway, version: number, now: Millis): void {
    const { takeover, custody } = this.parts;
    const { method } = parameters;
    const from = custody.holder(gateway.name);
    const isCalled = method === 'handoff' && gateway.isCalled;
    this.#associate(gateway, handle, parameters.address, version);
    this.parts.environment.observer.log('info', `gateway ${gateway.name} has registered`, { method, speaks: gateway.speaks });
    gateway.silent = false;
    gateway.leaving = undefined;
    gateway.sentTo = undefined;
    gateway.isCalled = false;
    gateway.lostAt = undefined;
    // It does as it was told, and goes on as it was.
    if (isCalled && gateway.stage !== 'foreign') return this.inactivity.begin(gateway);
    gateway.adoptedAt = isCalled ? now : undefined;
    takeover.begun(gateway, now);
    const lines = [...gateway.lines.values()];
    this.inactivity.begin(gateway);
    if (method === 'restart') {
      takeover.hold(gateway, now);
      return this.#comesBack(gateway, lines, parameters.reason, (parameters.delay ?? 0) * 1_000, now);
    }
    if (gateway.stage === 'foreign') takeover.take(gateway, method as 'failover' | 'disconnected' | 'handoff', now, { from });
    else takeover.audit(gateway, lines, now);
  }

  /** §7.2.8: requests go to the address that it names, replies to where a request came from. */
  #associate(gateway: Gateway, { source, encoding }: RequestHandle, address: ServiceChangeAddress | undefined, version: number): void {
    const before = gateway.association?.hop.flow;
    const hop = address === undefined ? source : (this.#hopOf(gateway, source, address, wireOf(encoding)) ?? source);
    gateway.association = { key: gateway.mId, hop, encoding, version };
    if (before === undefined || before === hop.flow || this.parts.gateways.onFlow(before).length > 0) return;
    this.parts.environment.emit({ kind: 'close', flow: before, reason: 'megaco: the gateway has registered anew' });
  }

  /** Nobody is sent to where the gateway is not allowed to be. */
  #hopOf(gateway: Gateway, source: Hop, address: ServiceChangeAddress, wire: 'text' | 'binary'): Hop | undefined {
    const { transport, listener } = source;
    if (address.kind === 'port') return { transport, listener, host: source.host, port: address.port };
    const { host, port = DEFAULT_PORTS[wire] } = addressOfMId(address) ?? {};
    const isAllowed = host !== undefined && isIpLiteral(host) && (host === source.host || gateway.isAt(host));
    if (isAllowed) return { transport, listener, host, port };
    this.parts.environment.observer.count('megaco.registration.address-ignored');
    return undefined;
  }

  #speaksAsWritten({ settings }: Gateway, { encoding, source }: RequestHandle): boolean {
    const { encoding: wire = wireOf(encoding), transport = source.transport } = settings;
    return wire === wireOf(encoding) && transport === source.transport;
  }

  // --- lines -------------------------------------------------------------------------------------------------------

  /** They have nothing of what they had, and are there, or will be. */
  #comesBack(gateway: Gateway, lines: readonly Line[], reason: string, delayMs: Millis, now: Millis): void {
    const { takeover, environment } = this.parts;
    const isCancelled = reason.startsWith(CANCEL_GRACEFUL);
    const restarted = lines.filter((line) => !this.#retiring.delete(line) || !isCancelled);
    takeover.drop(gateway, restarted, now);
    for (const line of restarted) {
      this.#returning.delete(line);
      line.restarted(now);
      if (delayMs > 0) this.#returning.set(line, now + delayMs);
      else line.service(true, now);
      environment.calls.service(line.name, delayMs <= 0, now);
    }
  }

  /** Out of service now. Of a whole gateway all is lost; of a line, what it is in has to be cleared away. */
  #goes(gateway: Gateway, lines: readonly Line[], isAll: boolean, now: Millis): void {
    const { takeover, environment } = this.parts;
    takeover.drop(gateway, lines, now);
    for (const line of lines) {
      this.#retiring.delete(line);
      this.#returning.delete(line);
      if (isAll) line.restarted(now);
      line.service(false, now);
      environment.calls.service(line.name, false, now);
    }
  }
}

function error(code: number): ErrorDescriptor {
  return { kind: 'error', code };
}
