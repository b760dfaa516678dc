// Carries out transactions: actions one after the other, commands in their order, until one fails that is not optional
// (RFC 3525 §8, §8.2.2). Everything happens within the call; what the world is to do comes out through `emit`.
import type { Millis } from '@altpath/core';
import { type ActionReply, type ActionRequest, type CommandReply, type ContextId, type ContextProperties } from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import { type CommandGroundwork, perform, type PlacedReply, type ServiceChanges } from './commands.js';
import { applyProperties, auditContext, checkProperties, isMeant } from './context-properties.js';
import { Contexts } from './contexts.js';
import { MediaDesk } from './media-desk.js';
import { leave, type Plant } from './membership.js';
import { contextIdOf, contextOf, type Place, placeOf } from './place.js';
import { type Checked, ErrorCode, errorOf, type Refusal, refuse, refused } from './refusal.js';
import type { Context, GatewaySurroundings, Termination } from './termination.js';
import { Terminations } from './terminations.js';

/** What became of a transaction. */
export interface Execution {
  readonly result: ReplyResult;
  /** Terminations that its commands were carried out on, whether or not they succeeded; those that are gone too. */
  readonly touched: ReadonlySet<Termination>;
}

export class Executor {
  readonly terminations: Terminations;
  readonly contexts: Contexts;
  readonly #desk: MediaDesk;
  readonly #plant: Plant;

  /** @throws RangeError for packages in the settings that its registry does not know. */
  constructor(
    around: GatewaySurroundings,
    private readonly service: ServiceChanges,
  ) {
    this.terminations = new Terminations(around);
    this.contexts = new Contexts(around.settings.maxContexts);
    this.#desk = new MediaDesk(around.media, (output) => void around.emit(output));
    this.#plant = { settings: around.settings, terminations: this.terminations, contexts: this.contexts, desk: this.#desk };
  }

  /**
   * @param fits  Whether a reply can be sent as it is: else the answer is 533, whatever has been done. Default: it can.
   */
  execute(actions: readonly ActionRequest[], now: Millis, fits: (result: ReplyResult) => boolean = () => true): Execution {
    const touched = new Set<Termination>();
    const replies: ActionReply[] = [];
    for (const action of actions) {
      const outcome = this.#act(action, now, touched);
      replies.push(...outcome.replies);
      if (outcome.isFailed) break;
    }
    this.#desk.settle();
    const result: ReplyResult = { kind: 'actions', actions: replies };
    return { result: fits(result) ? result : errorOf(refuse(ErrorCode.responseTooLarge)), touched };
  }

  /** The gateway itself takes a termination out of its context: forced out of service (§7.2.8), restarted. */
  withdraw(termination: Termination): void {
    leave(this.#plant, termination);
    this.#desk.settle();
  }

  /** As after power on: nobody is in a context, and what was asked for is forgotten; service states stay. */
  reset(): void {
    for (const context of [...this.contexts]) for (const termination of [...context.terminations.values()]) leave(this.#plant, termination);
    for (const termination of [this.terminations.root, ...this.terminations.physical]) termination.reset();
    this.#desk.settle();
  }

  #act(
    action: ActionRequest,
    now: Millis,
    touched: Set<Termination>,
  ): { readonly replies: readonly ActionReply[]; readonly isFailed: boolean } {
    // An action whose commands may all fail may fail as a whole.
    const isFatal = action.commands.length === 0 || action.commands.some(({ optional }) => optional !== true);
    const place = this.#placeOf(action);
    const refusal = place.ok ? (checkProperties(action, place.value) ?? checkEmpty(action, place.value)) : place.refusal;
    if (!place.ok || refusal) {
      const contextId = place.ok ? contextIdOf(place.value) : action.contextId;
      return { replies: [{ contextId, commands: [], ...(refusal && { error: errorOf(refusal) }) }], isFailed: isFatal };
    }
    const ground: CommandGroundwork = {
      plant: this.#plant,
      place: place.value,
      service: this.service,
      logic: action.audit?.logic ?? 'and',
      now,
      touched,
      chosen: undefined,
    };
    return this.#performAll(action, ground);
  }

  #performAll(action: ActionRequest, ground: CommandGroundwork): { readonly replies: readonly ActionReply[]; readonly isFailed: boolean } {
    const placed: PlacedReply[] = [];
    for (const command of action.commands) {
      const outcome = perform(command, ground);
      placed.push(...outcome.replies);
      if (outcome.isFailed && command.optional !== true)
        return { replies: grouped(placed, new Map(), undefined, ground.place), isFailed: true };
    }
    const contexts = contextsOf(ground.place).filter((context) => this.contexts.find(context.id) === context);
    const refusal = this.#setProperties(action, contexts, ground);
    const audited = new Map<ContextId, ContextProperties>();
    const { audit } = action;
    if (audit && !refusal) for (const context of contexts) audited.set(context.id, auditContext(context, audit));
    return { replies: grouped(placed, audited, refusal, ground.place), isFailed: refusal !== undefined };
  }

  #setProperties({ properties }: ActionRequest, contexts: readonly Context[], { chosen }: CommandGroundwork): Refusal | undefined {
    if (!properties) return undefined;
    for (const context of contexts) {
      const refusal = applyProperties(context, properties, chosen, this.terminations);
      if (refusal) return refusal;
      this.#desk.touch(context);
    }
    return undefined;
  }

  /** Version 3 narrows "all contexts" by a list, or by values. */
  #placeOf({ contextId, properties, audit }: ActionRequest): Checked<Place> {
    const place = placeOf(contextId, this.contexts);
    if (!place.ok || place.value.kind !== 'all') return place;
    const listed: Context[] = [];
    for (const id of properties?.contextList ?? []) {
      const context = this.contexts.find(id);
      if (!context) return refused(ErrorCode.unknownContext, String(id));
      listed.push(context);
    }
    const contexts = properties?.contextList ? listed : place.value.contexts;
    return { ok: true, value: { kind: 'all', contexts: audit ? contexts.filter((each) => isMeant(each, audit)) : contexts } };
  }
}

/** An action without commands has to be about a context that is there (§7.1.18). */
function checkEmpty({ commands }: ActionRequest, place: Place): Refusal | undefined {
  return commands.length === 0 && place.kind === 'choose' ? refuse(ErrorCode.illegalAction, 'nobody for a new context') : undefined;
}

function contextsOf(place: Place): readonly Context[] {
  if (place.kind === 'all') return place.contexts;
  const context = contextOf(place);
  return context ? [context] : [];
}

/** One action reply for each context, in the order in which they were first met (§7.2.5). */
function grouped(
  placed: readonly PlacedReply[],
  audited: ReadonlyMap<ContextId, ContextProperties>,
  refusal: Refusal | undefined,
  place: Place,
): readonly ActionReply[] {
  const commands = new Map<ContextId, CommandReply[]>();
  for (const { contextId, reply } of placed) {
    const list = commands.get(contextId);
    if (list) list.push(reply);
    else commands.set(contextId, [reply]);
  }
  for (const id of audited.keys()) if (!commands.has(id)) commands.set(id, []);
  if (commands.size === 0) commands.set(contextIdOf(place), []);
  const replies = [...commands].map(([contextId, list]): ActionReply => {
    const properties = audited.get(contextId);
    return { contextId, ...(properties && { properties }), commands: list };
  });
  const last = replies.at(-1);
  return refusal && last ? [...replies.slice(0, -1), { ...last, error: errorOf(refusal) }] : replies;
}
