// The media-gateway role of H.248: one pure machine for all the terminations of a gateway. Packets and what people do at
// their telephones go in; packets, tones and orders for media come out. Commands, what terminations watch for, the
// association and transactions each have their own files; here they are joined.
import { type Hop, type Machine, type Millis, NEVER, type Observer, SILENT } from '@altpath/core';
import type {
  ActionRequest,
  ContextId,
  ErrorDescriptor,
  ItemName,
  MId,
  ObservedEventsDescriptor,
  Parameter,
  StreamId,
  TerminationId,
  TransactionRequest,
} from '../message/index.js';
import { NULL_CONTEXT, word } from '../message/index.js';
import {
  BINARY,
  binaryEncoding,
  COMPACT_TEXT,
  type Encoding,
  type Outstanding,
  PRETTY_TEXT,
  type ProvisionalSettings,
  readMessage,
  type RequestHandle,
  Streams,
  TransactionIds,
  TransactionLayer,
  transactionSettings,
  type TransactionEvent,
  type TransactionSettings,
} from '../transaction/index.js';
import { type AssociationState, ControlAssociation } from './association.js';
import { countingMediaPlane, type MediaGatewayInput, type MediaGatewayOutput, type MediaPlane } from './door.js';
import { Executor } from './execute.js';
import { INACTIVITY, InactivityTimer } from './inactivity.js';
import { GatewayOutbox, type Telling } from './outbox.js';
import { Parts } from './parts.js';
import { ErrorCode, errorOf, refuse } from './refusal.js';
import { rootNumber } from './root-properties.js';
import { ServiceDesk } from './service-desk.js';
import { gatewaySettings, type MediaGatewayOptions, type MediaGatewaySettings } from './settings.js';
import type { Termination } from './termination.js';
import { digitEvent } from './watch.js';

/** What a gateway needs beside its settings. */
export interface MediaGatewayPorts {
  /** In [0, 1). */
  readonly random: () => number;
  /** Default: ports without sockets. */
  readonly media?: MediaPlane | undefined;
  readonly observer?: Observer | undefined;
  /** Timers and bounds of transactions; default RFC 3525's. */
  readonly transactions?: Partial<TransactionSettings> | undefined;
}

/** What a request of ours was sent for: a registration, or something that is told. */
type Token = Telling | 'registration';

/** A request that takes its time. */
interface Execution {
  readonly request: TransactionRequest;
  readonly handle: RequestHandle;
  readonly dueAt: Millis;
}

/** H.248.8 */
const UNAUTHORIZED: ErrorDescriptor = { kind: 'error', code: 504, text: 'Command from a controller that is not in charge' };
const VERSION: ErrorDescriptor = { kind: 'error', code: 406, text: 'Version not supported' };

/**
 * @example
 * const gateway = new MediaGateway({ mId, lines: ['line/1'], mgcs: [{ hop }], mediaAddress: '10.0.0.1' }, { random }, now);
 * gateway.handle({ kind: 'start' }, now);
 * gateway.handle({ kind: 'off-hook', line: 'line/1' }, now);
 * gateway.drain(perform);
 */
export class MediaGateway implements Machine<MediaGatewayInput, MediaGatewayOutput> {
  readonly settings: MediaGatewaySettings;
  readonly #binary: Encoding;
  readonly #layer: TransactionLayer<Token>;
  readonly #streams = new Streams();
  readonly #executor: Executor;
  readonly #association: ControlAssociation;
  readonly #outbox: GatewayOutbox;
  readonly #desk: ServiceDesk;
  readonly #inactivity = new InactivityTimer();
  #executions: Execution[] = [];
  /** Seen in this turn: told when what is answered has been answered. */
  #reports: Telling[] = [];
  /** The controller wants the gateway to go elsewhere: it does when that is answered. */
  #handOff: { readonly to: MId | undefined } | undefined;
  /** Terminations with something to do later, and when. */
  readonly #alarms = new Map<Termination, Millis>();
  readonly #touched = new Set<Termination>();
  #isStarted = false;
  #outputs: MediaGatewayOutput[] = [];

  /** @throws RangeError for packages in the settings that their registry does not know. */
  constructor(options: MediaGatewayOptions, ports: MediaGatewayPorts, now: Millis) {
    this.settings = gatewaySettings(options);
    const { packages, terminations } = this.settings;
    this.#binary = binaryEncoding({ packages, ...(terminations && { terminations }) });
    const observer = ports.observer ?? SILENT;
    const emit = (output: MediaGatewayOutput): void => void this.#outputs.push(output);
    this.#layer = new TransactionLayer<Token>(
      transactionSettings(ports.transactions),
      {
        emit,
        random: ports.random,
        ids: new TransactionIds(),
        observer,
        mIdOf: () => this.settings.mId,
        provisionalOf: () => this.#provisional(),
      },
      now,
    );
    this.#outbox = new GatewayOutbox(this.#sender(), observer);
    this.#association = new ControlAssociation(this.#associationOwner(ports.random));
    const parts = new Parts({
      settings: this.settings,
      emit,
      report: (...report) => this.#report(...report),
      touched: (termination) => void this.#touched.add(termination),
    });
    const around = { settings: this.settings, media: ports.media ?? countingMediaPlane(), parts, emit };
    this.#executor = new Executor(around, { change: (...change) => this.#desk.change(...change) });
    this.#desk = new ServiceDesk(this.#serviceOwner());
  }

  /** The physical terminations as they are, for listings and for scripts that look around. */
  get lines(): readonly Termination[] {
    return [...this.#executor.terminations.physical];
  }

  /** How many contexts there are. */
  get contexts(): number {
    return this.#executor.contexts.size;
  }

  /** Contexts and the terminations in them, as a full audit would list them. */
  get contextList(): readonly { readonly id: ContextId; readonly terminations: readonly TerminationId[] }[] {
    return [...this.#executor.contexts].map(({ id, terminations }) => ({
      id,
      terminations: [...terminations.values()].map((each) => each.id),
    }));
  }

  /** Requests of its own that nobody has answered yet. */
  get unanswered(): number {
    return [...this.#layer.outstanding()].length;
  }

  get state(): AssociationState {
    return this.#association.state;
  }

  handle(input: MediaGatewayInput, now: Millis): void {
    this.#take(input, now);
    this.#settle(now);
  }

  tick(now: Millis): void {
    this.#layer.tick(now);
    this.#association.tick(now);
    const due = this.#executions.filter(({ dueAt }) => dueAt <= now);
    this.#executions = this.#executions.filter(({ dueAt }) => dueAt > now);
    for (const { request, handle } of due) this.#execute(request, handle, now);
    if (this.#inactivity.expire(now)) this.#executor.terminations.root.watch.happened({ name: INACTIVITY, parameters: [] }, now);
    for (const [termination, at] of this.#alarms) {
      if (at > now) continue;
      termination.tick(now);
      this.#touched.add(termination);
    }
    this.#settle(now);
  }

  deadline(): Millis {
    let at = Math.min(this.#layer.deadline(), this.#association.deadline(), this.#desk.deadline(), this.#inactivity.deadline());
    for (const { dueAt } of this.#executions) at = Math.min(at, dueAt);
    for (const alarm of this.#alarms.values()) at = Math.min(at, alarm);
    return at;
  }

  drain(perform: (output: MediaGatewayOutput) => void): void {
    const outputs = this.#outputs;
    this.#outputs = [];
    for (const output of outputs) perform(output);
  }

  #take(input: MediaGatewayInput, now: Millis): void {
    switch (input.kind) {
      case 'bytes':
        return this.#receive(input.data, input.hop, now);
      case 'unreachable':
        this.#layer.unreachable(input.hop);
        return this.#association.unreachable(input.hop, now);
      case 'flow-closed':
        if (input.hop.flow !== undefined) this.#streams.closed(input.hop.flow);
        return this.#association.flowClosed(input.hop, now);
      case 'resolved':
        return this.#association.resolved(input.id, input.addresses, now);
      case 'start':
        this.#isStarted = true;
        this.#clear(now);
        this.#desk.start();
        return this.#association.start(now);
      case 'service':
        return this.#desk.operate(input, now);
      case 'off-hook':
      case 'on-hook':
        return this.#hook(input.line, input.kind === 'off-hook' ? 'off' : 'on', now);
      case 'flash':
        return this.#press(input.line, 'al/fl', now);
      case 'digit':
        return this.#press(input.line, digitEvent(input.digit), now);
      case 'event':
        return this.#happen(this.#executor.terminations.find(input.line), input.item, input.parameters, now, input.streamId);
      // A gateway is no node of a cluster: it has no peers, nothing to drain; after a freeze it goes on.
      case 'peer':
      case 'thawed':
      case 'settled':
      case 'drain':
        return;
      default:
        input satisfies never;
    }
  }

  #receive(data: Buffer, hop: Hop, now: Millis): void {
    if (!this.#isStarted) return;
    const { messages, fault } = this.#streams.feed(data, hop);
    for (const message of messages) {
      const incoming = readMessage(message, this.#binary);
      if (incoming.decoded.ok && this.#association.isController(incoming.decoded.value.mId, hop)) this.#inactivity.heard(now);
      this.#layer.receive(incoming, hop, now);
      // What one message brings about is there when the next one is looked at.
      this.#settle(now);
    }
    if (fault === undefined || hop.flow === undefined) return;
    this.#streams.closed(hop.flow);
    this.#outputs.push({ kind: 'close', flow: hop.flow, reason: fault.code });
    this.#association.flowClosed(hop, now);
  }

  /** What transactions have to tell, until nothing new comes of it; then what was seen, and when to wake up next. */
  #settle(now: Millis): void {
    for (let event = this.#layer.poll(); event; event = this.#layer.poll()) this.#follow(event, now);
    this.#desk.settle(now);
    this.#flush(now);
    const { events } = this.#executor.terminations.root.watch.audit();
    this.#inactivity.watch(
      events.find(({ name }) => name.toLowerCase() === INACTIVITY),
      now,
    );
    this.#desk.show();
    for (const termination of this.#touched) {
      const at = termination.deadline();
      if (at === NEVER) this.#alarms.delete(termination);
      else this.#alarms.set(termination, at);
    }
    this.#touched.clear();
  }

  #follow(event: TransactionEvent<Token>, now: Millis): void {
    switch (event.kind) {
      case 'request':
        if (this.#refuse(event, now)) return;
        if (this.settings.executionMs === 0 || isAudit(event.request)) this.#execute(event.request, event.handle, now);
        else this.#executions.push({ request: event.request, handle: event.handle, dueAt: now + this.settings.executionMs });
        return;
      case 'completed':
        if (event.token === 'registration') this.#association.answered(event.reply.result, event.mId, event.hop, now);
        else this.#outbox.settled(event.token, event.reply.result, now);
        return;
      case 'failed':
        return this.#failed(event, now);
      case 'message-error':
        return this.#association.messageError(event.error, event.hop, now);
      // What ICMP says is no proof (D.1.5 asks for T-MAX).
      case 'pending':
      case 'suspicious':
      case 'overdue':
        return;
      default:
        event satisfies never;
    }
  }

  #failed({ token, reason }: Extract<TransactionEvent<Token>, { kind: 'failed' }>, now: Millis): void {
    if (token === 'registration') return this.#association.failed(now);
    // The controller is there, but does not come to an end; or it cannot be told at all.
    if (reason === 'pendings' || reason === 'encoding') return this.#outbox.settled(token, undefined, now);
    this.#outbox.unanswered(now);
    // What was on its way to a controller that is in charge no longer says nothing of those that are asked now.
    if (this.#association.state === 'up') this.#association.failed(now);
  }

  /** @returns `true` when the request was refused as a whole. */
  #refuse({ handle, mId }: Extract<TransactionEvent<Token>, { kind: 'request' }>, now: Millis): boolean {
    const error = this.#refusalOf(handle, this.#association.isController(mId, handle.source));
    if (error) this.#layer.respond(handle, error, now, Math.min(handle.version, this.settings.version));
    return error !== undefined;
  }

  #refusalOf({ version }: RequestHandle, isController: boolean): ErrorDescriptor | undefined {
    if (version > this.settings.version) return VERSION;
    if (this.#association.state === 'down') return errorOf(refuse(ErrorCode.serviceUnavailable));
    // §11.2: it may be of whoever has just accepted the registration, and whose answer was lost.
    if (this.#association.state !== 'up') return errorOf(refuse(ErrorCode.beforeServiceChangeReply));
    return isController ? undefined : UNAUTHORIZED;
  }

  #execute({ actions }: TransactionRequest, handle: RequestHandle, now: Millis): void {
    const { result, touched } = this.#executor.execute(actions, now);
    this.#layer.respond(handle, result, now);
    for (const termination of touched) this.#touched.add(termination);
    this.#flush(now);
    const handOff = this.#handOff;
    this.#handOff = undefined;
    if (handOff) this.#association.handOff(handOff.to, now);
  }

  #flush(now: Millis): void {
    const reports = this.#reports;
    this.#reports = [];
    for (const report of reports) this.#outbox.tell(report, now);
  }

  #hook(line: string, hook: 'on' | 'off', now: Millis): void {
    const termination = this.#executor.terminations.find(line);
    if (termination === undefined || termination.hook === hook) return;
    termination.hook = hook;
    this.#happen(termination, hook === 'off' ? 'al/of' : 'al/on', [{ name: 'init', value: word('off') }], now);
  }

  /** A key, or the hook for a moment: of a telephone that is in use. */
  #press(line: string, item: ItemName | undefined, now: Millis): void {
    const termination = this.#executor.terminations.find(line);
    if (item !== undefined && termination?.hook === 'off') this.#happen(termination, item, [], now);
  }

  #happen(termination: Termination | undefined, name: ItemName, parameters: readonly Parameter[], now: Millis, streamId?: StreamId): void {
    if (termination === undefined) return;
    // §9.2: somebody at the telephone ends the wait; what he does is told after that.
    this.#association.used(now);
    if (termination.serviceState === 'out-of-service') return;
    termination.watch.happened({ name, parameters, ...(streamId !== undefined && { streamId }) }, now);
  }

  #report(termination: Termination, observed: ObservedEventsDescriptor, error: ErrorDescriptor | undefined): void {
    const actions = (): readonly ActionRequest[] | undefined => {
      // An ephemeral termination without a context is no more.
      if (termination.kind === 'ephemeral' && termination.context === undefined) return undefined;
      const contextId = termination.context?.id ?? NULL_CONTEXT;
      return [{ contextId, commands: [{ kind: 'notify', terminationId: termination.id, observed, ...(error && { error }) }] }];
    };
    this.#reports.push({ actions });
  }

  #clear(now: Millis): void {
    this.#reports = [];
    this.#executions = [];
    this.#outbox.clear(now);
    this.#executor.reset();
  }

  #provisional(): Partial<ProvisionalSettings> {
    const { root } = this.#executor.terminations;
    const provisionalMs = rootNumber(root, 'MGProvisionalResponseTimerValue');
    const ownPendingLimit = rootNumber(root, 'MGOriginatedPendingLimit');
    const peerPendingLimit = rootNumber(root, 'MGCOriginatedPendingLimit');
    return {
      ...(provisionalMs !== undefined && provisionalMs > 0 && { provisionalMs }),
      ...(ownPendingLimit !== undefined && { ownPendingLimit }),
      ...(peerPendingLimit !== undefined && { peerPendingLimit }),
    };
  }

  #sender(): ConstructorParameters<typeof GatewayOutbox>[0] {
    const tellings = (matches: (outstanding: Outstanding<Telling>) => boolean) => (outstanding: Outstanding<Token>) =>
      isTelling(outstanding) && matches(outstanding);
    return {
      send: (actions, to, token, now) => this.#layer.send(actions, to, token, now),
      redirect: (matches, to, now) => this.#layer.redirect(tellings(matches), to, now),
      abandon: (matches, now) => this.#layer.abandon(tellings(matches), now),
    };
  }

  #associationOwner(random: () => number): ConstructorParameters<typeof ControlAssociation>[0] {
    return {
      settings: this.settings,
      encoding: ENCODINGS[this.settings.encoding] === BINARY ? this.#binary : ENCODINGS[this.settings.encoding],
      random,
      register: (parameters, to, now) => {
        this.#withdraw(now);
        const command = { kind: 'service-change', terminationId: 'ROOT', parameters } as const;
        this.#layer.send([{ contextId: NULL_CONTEXT, commands: [command] }], to, 'registration', now);
      },
      withdraw: (now) => this.#withdraw(now),
      registered: (to, _method, now) => {
        this.#inactivity.heard(now);
        this.#outbox.up(to, now);
      },
      lost: () => {
        this.#inactivity.stop();
        this.#outbox.down();
      },
      resolve: (id, question) => void this.#outputs.push({ kind: 'resolve', id, question }),
      close: (flow, reason) => void this.#outputs.push({ kind: 'close', flow, reason }),
      changed: (state, mgc) => void this.#outputs.push({ kind: 'association', state: SHOWN[state], ...(mgc !== undefined && { mgc }) }),
    };
  }

  #withdraw(now: Millis): void {
    this.#layer.abandon(({ token }) => token === 'registration', now);
  }

  #serviceOwner(): ConstructorParameters<typeof ServiceDesk>[0] {
    const executor = this.#executor;
    const association = this.#association;
    return {
      root: executor.terminations.root,
      get lines() {
        return executor.terminations.physical;
      },
      get isControlled() {
        return association.state === 'up';
      },
      get contexts() {
        return executor.contexts.size;
      },
      find: (id) => executor.terminations.find(id),
      tell: (telling, now) => this.#outbox.tell(telling, now),
      clear: (now) => this.#clear(now),
      leave: (now) => association.leave(now),
      returned: (now) => association.returned(now),
      handOff: (to) => void (this.#handOff = { to }),
      emit: (output) => void this.#outputs.push(output),
    };
  }
}

const ENCODINGS: Readonly<Record<MediaGatewaySettings['encoding'], Encoding>> = {
  compact: COMPACT_TEXT,
  pretty: PRETTY_TEXT,
  binary: BINARY,
};

const SHOWN: Readonly<Record<AssociationState, 'up' | 'registering' | 'down'>> = {
  down: 'down',
  waiting: 'down',
  resolving: 'registering',
  registering: 'registering',
  up: 'up',
};

function isTelling(outstanding: Outstanding<Token>): outstanding is Outstanding<Telling> {
  return outstanding.token !== 'registration';
}

function isAudit({ actions }: TransactionRequest): boolean {
  return actions.every(({ commands }) => commands.every(({ kind }) => kind === 'audit-value' || kind === 'audit-capability'));
}
