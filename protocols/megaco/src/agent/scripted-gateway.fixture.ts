// A gateway that a test scripts: it remembers contexts and Events, and answers everything with success unless it is told
// otherwise. And where nodes and gateways of the bench are.
import { type Hop, parseHostPort } from '@altpath/core';
import { tpktFrame } from '../codec/tpkt.js';
import {
  type ActionReply,
  type ActionRequest,
  ALL_CONTEXTS,
  CHOOSE_CONTEXT,
  type CommandReply,
  type CommandRequest,
  type ContextId,
  type EventsDescriptor,
  isRoot,
  ROOT,
  type TransactionRequest,
} from '../message/index.js';
import { COMPACT_TEXT, type Encoding, readMessage, type ReplyResult } from '../transaction/index.js';

export const HOSTS = ['10.0.0.11', '10.0.0.12', '10.0.0.13'];
export const PORTS = { text: 2_944, binary: 2_945 } as const;

/** What it is plugged into. */
export interface Wiring {
  send(data: Buffer, from: string, hop: Hop): void;
  /** Lets everything arrive that was sent. */
  settle(): void;
  /** A connection of a node is closed. */
  closed(node: number, hop: Hop): void;
}

/** What a gateway does with a request; undefined: it says nothing. */
export type Answer = (request: TransactionRequest, from: string) => ReplyResult | undefined;

interface TestTermination {
  context: ContextId;
  events: EventsDescriptor;
}

/** It remembers contexts and Events, and answers everything with success; a test says what is different. */
export class ScriptedGateway {
  readonly host: string;
  readonly terminations = new Map<string, TestTermination>();
  packages: readonly string[] = ['g', 'root', 'al', 'cg', 'dd', 'nt', 'rtp', 'it'];
  /** All contexts and the root give the list of contexts (RFC 3525 §7.2.5). */
  listsContexts = true;
  answers: Answer = (request) => this.#carryOut(request);
  /** Requests that came, oldest first. */
  readonly requests: TransactionRequest[] = [];
  encoding: Encoding = COMPACT_TEXT;
  version = 1;
  transport: 'udp' | 'tcp' = 'udp';
  flow = 1;
  port = PORTS.text as number;
  listener = 0;
  sign: (data: Buffer) => Buffer = (data) => data;
  #id = 0;
  #contexts = 0;
  #ephemerals = 0;

  constructor(
    private readonly bench: Wiring,
    at: number,
    readonly mId: string,
    lines: readonly string[],
  ) {
    this.host = gatewayHost(at);
    for (const line of lines) this.terminations.set(line, { context: 0, events: { kind: 'events', events: [] } });
  }

  /** A request to a node: its actions in compact text. @returns its transaction id. */
  say(actions: string, node = 0): number {
    this.#id += 1;
    this.write(`T=${this.#id}{${actions}}`, node);
    return this.#id;
  }

  /** Registers, or whatever the method is. */
  change(method: string, node = 0, termination = 'ROOT', more = ''): number {
    return this.say(`C=-{SC=${termination}{SV{MT=${method},RE="900 Test"${more}}}}`, node);
  }

  /** What stands behind the header of a message. */
  write(body: string, node = 0, mId = this.mId): void {
    const text = Buffer.from(`!/${this.version} ${mId} ${body}`, 'latin1');
    const { decoded } = readMessage(text);
    const outcome = decoded.ok && this.encoding !== COMPACT_TEXT ? this.encoding.encode(decoded.value) : undefined;
    this.send(outcome?.ok ? outcome.value : text, node);
  }

  send(data: Buffer, node = 0, from = `${this.host}:${this.port}`): void {
    const isTcp = this.transport === 'tcp';
    const hop: Hop = {
      transport: this.transport,
      host: HOSTS[node] as string,
      port: PORTS.text,
      listener: this.listener,
      ...(isTcp && { flow: this.flow }),
    };
    const signed = this.sign(data);
    this.bench.send(isTcp ? tpktFrame(signed) : signed, from, hop);
    this.bench.settle();
  }

  receives(data: Buffer, hop: Hop, from: string): void {
    const { encoding, decoded } = readMessage(data);
    if (!decoded.ok || decoded.value.body.kind === 'error') return;
    for (const transaction of decoded.value.body.transactions) {
      if (transaction.kind !== 'request') continue;
      this.requests.push(transaction);
      const result = this.answers(transaction, from);
      if (result === undefined) continue;
      const { transactionId } = transaction;
      const mId = { kind: 'device', name: this.mId } as const;
      const body = { kind: 'transactions', transactions: [{ kind: 'reply', transactionId, result }] } as const;
      const outcome = encoding.encode({ version: decoded.value.version, mId, body });
      if (!outcome.ok) throw new Error(outcome.fault.hint);
      const node = HOSTS.indexOf(parseHostPort(from)?.host ?? '');
      this.bench.send(hop.transport === 'tcp' ? tpktFrame(outcome.value) : outcome.value, `${this.host}:${hop.port}`, {
        ...hop,
        host: HOSTS[node] as string,
        port: parseHostPort(from)?.port ?? 0,
      });
    }
  }

  /** Its connection is closed. */
  close(node = 0): void {
    const hop: Hop = { transport: 'tcp', host: this.host, port: this.port, listener: this.listener, flow: this.flow };
    this.bench.closed(node, hop);
  }

  /** Requests in words since the last call: `modify line/1`. */
  heard(): readonly string[] {
    return this.requests.splice(0).flatMap((request) => commandsOf(request).map(({ kind, terminationId }) => `${kind} ${terminationId}`));
  }

  /** Under which RequestID it watches a line. */
  requestId(line: string): number {
    return this.terminations.get(line)?.events.requestId ?? 0;
  }

  /** Reports an event of a line. */
  notify(line: string, event: string, node = 0, requestId = this.requestId(line)): number {
    const context = this.terminations.get(line)?.context ?? 0;
    return this.say(`C=${context === 0 ? '-' : context}{N=${line}{OE=${requestId}{20261122T14240000:${event}}}}`, node);
  }

  carryOut(request: TransactionRequest): ReplyResult {
    return this.#carryOut(request);
  }

  #carryOut({ actions }: TransactionRequest): ReplyResult {
    const replies: ActionReply[] = [];
    for (const action of actions) {
      if (this.listsContexts && action.contextId === ALL_CONTEXTS && action.commands.some(({ terminationId }) => isRoot(terminationId))) {
        const contexts = new Set([...this.terminations.values()].map(({ context }) => context).filter((context) => context !== 0));
        const commands = [{ kind: 'audit-value', terminationId: ROOT }] as const;
        replies.push(...[...contexts].map((contextId) => ({ contextId, commands })));
        continue;
      }
      const contextId = action.contextId === CHOOSE_CONTEXT ? (this.#contexts += 1) : action.contextId;
      const commands: CommandReply[] = [];
      for (const command of action.commands) {
        const found = this.#command(command, contextId);
        if (found.length === 0 && !command.optional)
          return { kind: 'actions', actions: [...replies, { contextId, commands, error: { kind: 'error', code: 431 } }] };
        commands.push(...found);
      }
      replies.push({ contextId, commands });
    }
    return { kind: 'actions', actions: replies };
  }

  #command(command: CommandRequest, contextId: ContextId): readonly CommandReply[] {
    const { kind, terminationId } = command;
    switch (kind) {
      case 'service-change':
        return [{ kind, terminationId }];
      case 'notify':
        return [];
      case 'add': {
        const id = terminationId.includes('$') ? `rtp/${(this.#ephemerals += 1)}` : terminationId;
        this.#change(id, command, contextId);
        return [{ kind, terminationId: id, audit: [] }];
      }
      case 'modify':
      case 'move':
        this.#change(terminationId, command, kind === 'move' ? contextId : undefined);
        return [{ kind, terminationId }];
      case 'subtract':
        return this.#matching(terminationId, contextId).map((id) => {
          if (id.startsWith('rtp/')) this.terminations.delete(id);
          else this.terminations.set(id, { context: 0, events: { kind: 'events', events: [] } });
          return { kind, terminationId: id };
        });
      case 'audit-value':
      case 'audit-capability': {
        if (isRoot(terminationId)) return this.#auditRoot(kind, command, contextId);
        return this.#matching(terminationId, contextId).map((id) => {
          const { events = { kind: 'events', events: [] } } = this.terminations.get(id) ?? {};
          return { kind, terminationId: id, audit: command.audit.items.includes('events') ? [events] : [] };
        });
      }
      default:
        return command satisfies never;
    }
  }

  #auditRoot(kind: 'audit-value' | 'audit-capability', command: CommandRequest, contextId: ContextId): readonly CommandReply[] {
    if (contextId === ALL_CONTEXTS) return [{ kind, terminationId: ROOT }];
    const asksPackages = 'audit' in command && command.audit?.items.includes('packages');
    const packages = this.packages.map((name) => ({ name, version: 1 }));
    return [{ kind, terminationId: ROOT, audit: asksPackages ? [{ kind: 'packages', packages }] : [] }];
  }

  #change(
    id: string,
    command: Extract<CommandRequest, { readonly kind: 'add' | 'modify' | 'move' }>,
    contextId: ContextId | undefined,
  ): void {
    const before = this.terminations.get(id) ?? { context: 0, events: { kind: 'events', events: [] } };
    const events = command.descriptors.find((each) => each.kind === 'events') ?? before.events;
    this.terminations.set(id, { context: contextId ?? before.context, events });
  }

  #matching(id: string, contextId: ContextId): readonly string[] {
    return [...this.terminations].flatMap(([name, { context }]) => {
      const isNamed = id === '*' || name === id;
      const isThere = contextId === ALL_CONTEXTS ? context !== 0 : context === contextId;
      return isNamed && isThere ? [name] : [];
    });
  }
}

export function commandsOf({ actions }: TransactionRequest): readonly CommandRequest[] {
  return actions.flatMap((action: ActionRequest) => action.commands);
}

export function gatewayHost(at: number): string {
  return `10.1.${Math.floor(at / 250)}.${(at % 250) + 1}`;
}
