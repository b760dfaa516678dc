// A gateway as RFC 3525 has it, as far as lines can tell: contexts, terminations, hooks, one Events and one Signals
// descriptor a termination. Commands in order, and the first that fails ends the transaction; what was done stays done.
import {
  type ActionReply,
  type ActionRequest,
  ALL_CONTEXTS,
  type AuditReturn,
  CHOOSE_CONTEXT,
  type CommandReply,
  type CommandRequest,
  type ContextId,
  type ErrorDescriptor,
  type EventsDescriptor,
  named,
  NULL_CONTEXT,
  type ObservedEvent,
  type Parameter,
  quoted,
  type RequestedEvent,
  type Signal,
  singleText,
  type StreamMode,
  word,
} from '../message/index.js';
import type { ReplyResult } from '../transaction/index.js';
import type { LineReport } from './line-facts.js';

/** `curt`: tells what Erlang's gateway tells: no contexts under `C=*`, no descriptions, and terminations under any context. */
export type GatewayStyle = 'frank' | 'curt';

export interface ModelTermination {
  readonly id: string;
  readonly isLine: boolean;
  hook: 'on' | 'off';
  contextId: ContextId;
  events: EventsDescriptor;
  signals: readonly string[];
  mode: StreamMode | undefined;
  local: string | undefined;
  remote: string | undefined;
}

export interface ModelReport extends LineReport {
  readonly terminationId: string;
}

const EMPTY: EventsDescriptor = { kind: 'events', events: [] };

export class GatewayModel {
  readonly terminations = new Map<string, ModelTermination>();
  readonly reports: ModelReport[] = [];
  /** An error for the next command of which it says one. */
  fault: (command: CommandRequest) => number | undefined = () => undefined;
  #contexts = 0;
  #ephemerals = 0;
  #time = 0;

  constructor(
    lines: readonly string[],
    readonly style: GatewayStyle = 'frank',
  ) {
    for (const id of lines) this.terminations.set(id, fresh(id, true));
  }

  line(id: string): ModelTermination {
    const termination = this.terminations.get(id);
    if (termination === undefined) throw new RangeError(`no line ${id}`);
    return termination;
  }

  /** Terminations that are in a context. */
  get inContexts(): readonly string[] {
    return [...this.terminations.values()].filter(({ contextId }) => contextId !== NULL_CONTEXT).map(({ id }) => id);
  }

  // --- the user ----------------------------------------------------------------------------------------------------

  turn(id: string, hook: 'on' | 'off'): void {
    const line = this.line(id);
    if (line.hook === hook) return;
    line.hook = hook;
    this.#happened(line, hook === 'on' ? 'al/on' : 'al/of', [{ name: 'init', value: word('off') }]);
  }

  flash(id: string): void {
    this.#happened(this.line(id), 'al/fl', []);
  }

  /** Digits that fit a map, if they are collected. */
  dial(id: string, digits: string): void {
    const line = this.line(id);
    const parameters = [
      { name: 'ds', value: quoted(digits) },
      { name: 'Meth', value: word('UM') },
    ];
    this.#happened(line, 'dd/ce', parameters);
    // A map that has completed collects no more until it is asked for again.
    line.events = { ...line.events, events: line.events.events.filter(({ name }) => name !== 'dd/ce') };
  }

  // --- the controller ----------------------------------------------------------------------------------------------

  execute(actions: readonly ActionRequest[]): ReplyResult {
    const replies: ActionReply[] = [];
    for (const action of actions) {
      const reply = this.#act(action);
      replies.push(...reply);
      if (reply.some(({ error }) => error !== undefined)) break;
    }
    return { kind: 'actions', actions: replies };
  }

  #act({ contextId: asked, commands }: ActionRequest): readonly ActionReply[] {
    const isThere = [...this.terminations.values()].some((each) => each.contextId === asked);
    if (asked !== ALL_CONTEXTS && asked !== CHOOSE_CONTEXT && asked !== NULL_CONTEXT && !isThere)
      return [{ contextId: asked, commands: [], error: errorOf(411) }];
    if (asked === CHOOSE_CONTEXT) this.#contexts += 1;
    const contextId = asked === CHOOSE_CONTEXT ? this.#contexts : asked;
    const done: CommandReply[] = [];
    let told = contextId;
    for (const command of commands) {
      const replies = this.#command(command, contextId);
      if (typeof replies === 'number') {
        if ('optional' in command && command.optional) continue;
        return [{ contextId: told, commands: done, error: errorOf(replies) }];
      }
      done.push(...replies.map(({ reply }) => reply));
      const place = replies[0]?.contextId;
      if (contextId === ALL_CONTEXTS && this.style === 'frank' && place !== undefined) told = place;
    }
    return [{ contextId: told, commands: done }];
  }

  #command(
    command: CommandRequest,
    contextId: ContextId,
  ): number | readonly { readonly reply: CommandReply; readonly contextId: ContextId }[] {
    const fault = this.fault(command);
    if (fault !== undefined) return fault;
    if (command.kind === 'add') {
      const found = command.terminationId === '$' ? this.#newEphemeral() : this.terminations.get(command.terminationId);
      if (found === undefined) return 430;
      if (found.contextId !== NULL_CONTEXT) return 433;
      found.contextId = contextId;
      this.terminations.set(found.id, found);
      return [{ reply: this.#amend(found, command), contextId }];
    }
    const meant = this.#meant(command.terminationId, contextId, command.kind === 'audit-value');
    if (typeof meant === 'number') return meant;
    return meant.map((termination) => {
      const place = termination.contextId;
      return { reply: this.#done(command, termination), contextId: place };
    });
  }

  #done(command: CommandRequest, termination: ModelTermination): CommandReply {
    const { id } = termination;
    switch (command.kind) {
      case 'modify':
        return this.#amend(termination, command);
      case 'subtract':
        termination.contextId = NULL_CONTEXT;
        if (!termination.isLine) this.terminations.delete(id);
        Object.assign(termination, { events: EMPTY, signals: [], mode: undefined, local: undefined, remote: undefined });
        return { kind: 'subtract', terminationId: id };
      case 'audit-value':
        return { kind: 'audit-value', terminationId: id, audit: command.audit.items.length === 0 ? [] : this.#audit(termination) };
      default:
        throw new RangeError(`not for a line: ${command.kind}`);
    }
  }

  #meant(id: string, contextId: ContextId, isAudit: boolean): number | readonly ModelTermination[] {
    const isAnywhere = this.style === 'curt';
    const isIn = (each: ModelTermination): boolean =>
      each.contextId === contextId || (contextId === ALL_CONTEXTS && (isAnywhere || each.contextId !== NULL_CONTEXT));
    if (id === '*') {
      const all = [...this.terminations.values()].filter(isIn);
      return all.length === 0 ? 431 : all;
    }
    const termination = this.terminations.get(id);
    if (termination === undefined) return 430;
    return isIn(termination) || (isAudit && isAnywhere) ? [termination] : contextId === ALL_CONTEXTS ? 431 : 435;
  }

  #newEphemeral(): ModelTermination {
    this.#ephemerals += 1;
    return fresh(`rtp/${this.#ephemerals}`, false);
  }

  #amend(termination: ModelTermination, command: Extract<CommandRequest, { kind: 'add' | 'modify' | 'move' }>): CommandReply {
    let local: string | undefined;
    for (const descriptor of command.descriptors) {
      if (descriptor.kind === 'media') {
        const stream = descriptor.streams[0];
        termination.mode = stream?.localControl?.mode ?? termination.mode;
        termination.remote = stream?.remote?.sdp ?? termination.remote;
        if (stream?.local !== undefined)
          local = termination.local = stream.local.sdp.replace('$', '10.0.0.5').replace('$', termination.id.slice(4));
      } else if (descriptor.kind === 'signals') {
        termination.signals = descriptor.signals.map((signal) => (signal as Signal).name);
      } else if (descriptor.kind === 'events') this.#arm(termination, descriptor);
    }
    const audit: readonly AuditReturn[] = local === undefined ? [] : [{ kind: 'media', streams: [{ id: 1, local: { sdp: local } }] }];
    return { kind: command.kind, terminationId: termination.id, audit };
  }

  #audit({ mode, local, remote, events, signals }: ModelTermination): readonly AuditReturn[] {
    const isFrank = this.style === 'frank';
    const stream = {
      id: 1,
      ...(mode && { localControl: { mode, properties: [] } }),
      ...(isFrank && local !== undefined && { local: { sdp: local } }),
      ...(isFrank && remote !== undefined && { remote: { sdp: remote } }),
    };
    return [
      { kind: 'media', terminationState: { properties: [], serviceState: 'in-service' }, streams: [stream] },
      events,
      { kind: 'signals', signals: signals.map((name) => ({ kind: 'signal', name, parameters: [] })) },
    ];
  }

  #arm(termination: ModelTermination, events: EventsDescriptor): void {
    termination.events = events;
    const awaited = termination.hook === 'on' ? 'al/on' : 'al/of';
    const event = events.events.find(({ name }) => name === awaited);
    if (event !== undefined && singleText(named(event.parameters, 'strict')?.value) === 'state')
      this.#happened(termination, awaited, [{ name: 'init', value: word('on') }]);
  }

  #happened(termination: ModelTermination, name: string, parameters: readonly Parameter[]): void {
    const event: RequestedEvent | undefined = termination.events.events.find((each) => each.name === name);
    if (event === undefined) return;
    if (event.keepActive !== true) termination.signals = [];
    this.#time += 1;
    const observed: ObservedEvent = { name, time: `20261122T${String(this.#time).padStart(8, '0')}`, parameters };
    this.reports.push({
      terminationId: termination.id,
      contextId: termination.contextId,
      observed: { kind: 'observed-events', requestId: termination.events.requestId ?? 0, events: [observed] },
    });
  }
}

function fresh(id: string, isLine: boolean): ModelTermination {
  return {
    id,
    isLine,
    hook: 'on',
    contextId: NULL_CONTEXT,
    events: EMPTY,
    signals: [],
    mode: undefined,
    local: undefined,
    remote: undefined,
  };
}

function errorOf(code: number): ErrorDescriptor {
  return { kind: 'error', code, text: 'scripted' };
}
