// One line of the gateway: its telephone, what it looks for and plays, its connections, and the commands it has to send,
// one at a time and in order. Commands of the agent are carried out by commands.ts; who sends is the gateway.
import { type Hop, type Millis, NEVER } from '@altpath/core';
import type { BearerInformation } from '../message/connection-options.js';
import type { EndpointName } from '../message/endpoint-name.js';
import type { EntityName } from '../message/entity-name.js';
import { eventKey, type EmbeddedRequest, type EventName, type ObservedEvent, type SignalRequest } from '../message/events.js';
import type { CommandDraft } from '../message/message.js';
import type { ReasonCode } from '../message/parameters.js';
import type { PackageRegistry } from '../packages/index.js';
import type { Connection } from './connection.js';
import type { LineService, MediaGatewayOutput, MediaPlane } from './door.js';
import { NotifiedEntity } from './notified-entity.js';
import { checkRequest, type LineCondition } from './request-check.js';
import type { MediaGatewaySettings } from './settings.js';
import { LineSignals } from './signals.js';
import { EventWatch } from './watch.js';

/** What all lines of a gateway share. */
export interface LineSurroundings {
  readonly settings: MediaGatewaySettings;
  readonly registry: PackageRegistry;
  /** For names without a package. */
  readonly defaultPackage: string;
  readonly media: MediaPlane;
  emit(output: MediaGatewayOutput): void;
  /** The line has something in `outbox`. */
  wantsToSend(line: GatewayLine, now: Millis): void;
  nextConnectionId(): string;
}

/** A command that waits for its turn, or is on its way. */
export interface LineCommand {
  readonly draft: CommandDraft;
  /** Which Notify it is; undefined for a DeleteConnection. */
  readonly notify?: number | undefined;
  /** Not sent later than this: RFC 3435 §4.4.7 keeps commands of a disconnected endpoint for T-MAX. */
  expiresAt: Millis;
}

/** A line has a telephone; a bridge has none, and its two connections hear each other. */
export type EndpointKind = 'line' | 'bridge';

/** How many connections a bridge takes. */
const BRIDGE_CONNECTIONS = 2;

export class GatewayLine {
  readonly endpoint: EndpointName;
  readonly watch: EventWatch;
  readonly signals: LineSignals;
  readonly connections = new Map<string, Connection>();
  readonly notified: NotifiedEntity;
  /** Waiting commands, oldest first. */
  readonly outbox: LineCommand[] = [];
  /** The one on its way. */
  sending: LineCommand | undefined;
  hook: 'on' | 'off' = 'on';
  bearer: BearerInformation = {};
  /** N of the request in force, which its Notify repeats (§2.3.4). */
  requestEntity: EntityName | undefined;
  /** E of the last restart or deletion that it told (§2.3.10). */
  reason: ReasonCode = { code: 0 };
  /** Going out of service when its calls are over, or at a given time. */
  graceful: { readonly until: Millis } | undefined;
  #service: LineService = 'restarting';
  #notifies = 0;

  constructor(
    readonly name: string,
    readonly kind: EndpointKind,
    private readonly around: LineSurroundings,
  ) {
    const { settings, registry, defaultPackage } = around;
    this.endpoint = { local: name, domain: settings.domain };
    this.notified = new NotifiedEntity(settings.notifiedEntity, settings.callAgents);
    this.signals = new LineSignals(registry, defaultPackage, (key, on, request) => this.#signal(key, on, request));
    this.watch = new EventWatch(
      {
        defaultPackage,
        timers: settings.timers,
        notify: (events, now) => this.#notify(events, now),
        stopTimedSignals: () => this.signals.stopTimed(),
        swapAudio: () => this.#swapAudio(),
        embed: (request, now) => this.#embed(request, now),
      },
      settings.persistentEvents,
    );
  }

  /** Connections that it takes; another one is refused with 540. */
  get maxConnections(): number {
    return this.kind === 'bridge' ? BRIDGE_CONNECTIONS : this.around.settings.maxConnections;
  }

  get service(): LineService {
    return this.#service;
  }

  set service(service: LineService) {
    if (service === this.#service) return;
    this.#service = service;
    this.around.emit({ kind: 'line-service', line: this.name, service });
  }

  /** What a request is checked against. @param creating  The connection that the same command creates, as `$`. */
  condition(creating?: { readonly hasRemote: boolean }): LineCondition {
    return {
      hook: this.hook,
      hasDigitMap: this.watch.digitMap !== '',
      registry: this.around.registry,
      defaultPackage: this.around.defaultPackage,
      connection: (id) => {
        if (id === '$') return creating;
        const connection = this.connections.get(id.toLowerCase());
        return connection && { hasRemote: connection.state.remote !== undefined };
      },
    };
  }

  /** Something happened at the telephone. @returns false when nothing did: a key of a telephone that hangs. */
  happen(event: ObservedEvent, now: Millis): boolean {
    const key = eventKey(event.name);
    if (key === 'l/hd' || key === 'l/hu') {
      const hook = key === 'l/hd' ? 'off' : 'on';
      if (hook === this.hook) return false;
      this.hook = hook;
    } else if (this.hook === 'on' && (key === 'l/hf' || key.startsWith('d/'))) {
      return false;
    }
    if (this.#service !== 'out') this.watch.occur(event, now);
    return true;
  }

  /** The command on its way is over, one way or another. */
  sent(isAnswered: boolean, now: Millis): void {
    const command = this.sending;
    this.sending = undefined;
    // A Notify that is lost leaves the line in notification state until the agent can be talked to again (§4.4.1).
    if (isAnswered && command?.notify === this.#notifies) this.watch.answered(now);
    this.around.wantsToSend(this, now);
  }

  /** The agent is back: what was lost is no longer waited for. */
  reconnected(now: Millis): void {
    this.expire(now);
    if (!this.outbox.some(({ notify }) => notify === this.#notifies)) this.watch.answered(now);
    this.around.wantsToSend(this, now);
  }

  /** A connection exists, or is another. */
  tellMedia(connection: Connection): void {
    const { id, callId, localPort, remote, state } = connection;
    this.around.emit({ kind: 'media', line: this.name, connection: id, callId, mode: state.mode, localPort, remote });
  }

  /** @returns the counters of the connection that is no more. */
  drop(connection: Connection): ReturnType<MediaPlane['statistics']> {
    const { media } = this.around;
    const counted = media.statistics(connection.localPort);
    this.connections.delete(connection.id.toLowerCase());
    this.signals.connectionGone(connection.id);
    this.around.emit({ kind: 'media-closed', line: this.name, connection: connection.id, localPort: connection.localPort });
    media.release(this.name, connection.localPort);
    return counted;
  }

  /** As after power on, but for the hook (RFC 3991 §2.4, and before a forced restart). */
  reset(): void {
    for (const connection of [...this.connections.values()]) this.drop(connection);
    this.signals.clear();
    this.watch.reset();
    this.outbox.length = 0;
  }

  enqueue(draft: CommandDraft, now: Millis, notify?: number): void {
    this.outbox.push({ draft, expiresAt: NEVER, ...(notify !== undefined && { notify }) });
    this.around.wantsToSend(this, now);
  }

  tick(now: Millis): void {
    for (const event of this.signals.expire(now)) this.watch.occur(event, now);
    this.watch.tick(now);
  }

  /** Lets go the commands that have waited too long. */
  expire(now: Millis): void {
    while (this.outbox[0] !== undefined && this.outbox[0].expiresAt <= now) this.outbox.shift();
  }

  deadline(): Millis {
    return Math.min(this.signals.deadline(), this.watch.deadline());
  }

  heardFrom(source: Hop): void {
    this.notified.heardFrom(source);
  }

  #notify(events: readonly ObservedEvent[], now: Millis): void {
    this.#notifies += 1;
    const parameters = {
      ...(this.requestEntity && { notifiedEntity: this.requestEntity }),
      requestIdentifier: this.watch.requestIdentifier,
      observedEvents: events,
    };
    this.enqueue({ verb: 'NTFY', endpoint: this.endpoint, parameters }, now, this.#notifies);
  }

  #signal(key: string, on: boolean, request: SignalRequest): void {
    const { connection } = request.name;
    const where = connection === undefined ? {} : { connection };
    this.around.emit({ kind: 'signal', line: this.name, name: key, on, parameters: request.parameters, ...where });
  }

  /** §2.3.3: of two connections, the one that talks rests and the other talks. */
  #swapAudio(): void {
    const [first, second] = [...this.connections.values()];
    if (!first || !second || this.connections.size !== 2) return;
    const [a, b] = [first.state, second.state];
    const isPair = [a.mode, b.mode].toSorted().join() === 'inactive,sendrecv';
    if (!isPair) return;
    first.change({ ...a, mode: b.mode });
    second.change({ ...b, mode: a.mode });
    this.tellMedia(first);
    this.tellMedia(second);
  }

  #embed(request: EmbeddedRequest, now: Millis): number | undefined {
    const refusal = checkRequest(request, [], this.condition());
    if (refusal) return refusal.code;
    this.signals.replace(request.signalRequests ?? [], now);
    return undefined;
  }
}

/** The names by which a telephone's doings are known. */
export const HookEvent: Readonly<Record<'off-hook' | 'on-hook' | 'flash', EventName>> = {
  'off-hook': { packageName: 'L', event: 'hd' },
  'on-hook': { packageName: 'L', event: 'hu' },
  flash: { packageName: 'L', event: 'hf' },
};
