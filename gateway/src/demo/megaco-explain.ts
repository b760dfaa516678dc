// What an H.248 gateway sent and received, in words: from its messages to transactions with a label, and to steps of the ladder.
import {
  type AmmDescriptor,
  type CommandReply,
  type CommandRequest,
  encodeText,
  formatMId,
  type MegacoMessage,
  type MId,
  named,
  readMessage,
  type ServiceChangeParameters,
  singleText,
  type Transaction,
} from '@altpath/megaco';
import type { LadderStep } from './ladder.js';
import type { Cast } from './phone-explain.js';

export type CommandKind = CommandRequest['kind'];

/** One transaction, or one part of its way; a message may have held several. */
export interface MegacoTransaction {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** `host:port` of the other side. */
  readonly peer: string;
  /** `other`: what is neither: acknowledgements, pendings, and what cannot be read. */
  readonly role: 'request' | 'reply' | 'other';
  /** Of its first command; of a reply that of what it answers. */
  readonly command: CommandKind | undefined;
  readonly transactionId: number | undefined;
  /** `Notify dd/ce 2002`, `Add recvonly`, `reply Notify`. */
  readonly summary: string;
  /** The whole message in compact text, whatever it came in. */
  readonly text: string;
  readonly note?: string | undefined;
}

const WORDS: Readonly<Record<CommandKind, string>> = {
  add: 'Add',
  move: 'Move',
  modify: 'Modify',
  subtract: 'Subtract',
  'audit-value': 'AuditValue',
  'audit-capability': 'AuditCapability',
  notify: 'Notify',
  'service-change': 'ServiceChange',
};

/** Everything that one gateway sent and received, in order. */
export class MegacoTrace {
  readonly transactions: MegacoTransaction[] = [];
  /** Controllers that this gateway has had a request of. */
  readonly #controllers = new Set<string>();

  constructor(
    /** Its name on the ladder. */
    private readonly name: string,
    private readonly cast: Cast,
  ) {}

  /** One message, without TPKT. @returns its transactions as steps; none when its other side is none of the cast. */
  take(direction: 'in' | 'out', data: Buffer, peer: string, at: number): LadderStep[] {
    const other = this.cast.nameOf(peer);
    if (other === undefined) return [];
    const known = this.#describe(data, direction, peer, at);
    this.transactions.push(...known);
    const out = direction === 'out';
    return known.map(({ summary, note }) => ({
      kind: 'message',
      at,
      from: out ? this.name : other,
      to: out ? other : this.name,
      label: summary,
      note,
      lost: out && this.cast.isLost(other),
    }));
  }

  #describe(data: Buffer, direction: 'in' | 'out', peer: string, at: number): MegacoTransaction[] {
    const { decoded } = readMessage(data);
    const one = (summary: string, text: string): MegacoTransaction[] => [
      { at, direction, peer, role: 'other', command: undefined, transactionId: undefined, summary, text },
    ];
    if (!decoded.ok) return one('unreadable', data.toString('latin1'));
    const text = compact(decoded.value);
    const { body } = decoded.value;
    if (body.kind === 'error') return one(`error ${body.code}`, text);
    return body.transactions.map((transaction) => this.#transaction(transaction, { at, direction, peer, text }));
  }

  #transaction(transaction: Transaction, seen: Pick<MegacoTransaction, 'at' | 'direction' | 'peer' | 'text'>): MegacoTransaction {
    const { direction, peer } = seen;
    const transactionId = 'transactionId' in transaction ? transaction.transactionId : undefined;
    if (transaction.kind === 'request') {
      const commands = transaction.actions.flatMap((action) => action.commands);
      const note = direction === 'out' ? this.#reason(commands, transactionId, peer) : this.#intent(commands, peer);
      return { ...seen, role: 'request', command: commands[0]?.kind, transactionId, summary: labelOf(commands), note };
    }
    const asked = this.transactions.find(
      (each) => each.role === 'request' && each.transactionId === transactionId && each.direction !== direction,
    )?.command;
    if (transaction.kind !== 'reply') return { ...seen, role: 'other', command: asked, transactionId, summary: transaction.kind };
    const { result } = transaction;
    const replies = result.kind === 'error' ? [] : result.actions.flatMap((action) => action.commands);
    const failure = result.kind === 'error' ? result : result.actions.find(({ error }) => error)?.error;
    const summary = [failure ? `error ${failure.code}` : 'reply', asked && WORDS[asked]].filter((part) => part !== undefined).join(' ');
    const note = direction === 'in' ? this.#answer(replies, peer) : undefined;
    return { ...seen, role: 'reply', command: asked, transactionId, summary, note };
  }

  /** Why the gateway says this, where that is worth a line. */
  #reason(commands: readonly CommandRequest[], transactionId: number | undefined, peer: string): string | undefined {
    const before = this.transactions.filter(
      (each) => each.direction === 'out' && each.role === 'request' && each.transactionId === transactionId,
    );
    const last = before.at(-1);
    const to = this.#nameOf(peer);
    if (last?.peer === peer) return `${this.name}: no answer yet, so the same again`;
    if (last !== undefined) return `${this.name}: the ${this.#nameOf(last.peer)} never answered this, so it goes to the ${to}`;
    const [change] = commands.flatMap((command) => (command.kind === 'service-change' ? [command.parameters] : []));
    return change && this.#registration(change, to);
  }

  #registration({ method, reason }: ServiceChangeParameters, to: string): string | undefined {
    if (method === 'failover') return `${this.name}: its controller is gone, so it goes to the ${to}, the next of its own list (${reason})`;
    if (method === 'disconnected') return `${this.name}: it was without a controller, and comes back to the ${to} (${reason})`;
    if (method === 'handoff') return `${this.name}: it was asked to go to the ${to} (${reason})`;
    return undefined;
  }

  /** What a controller's request is about, where that is worth a line. */
  #intent(commands: readonly CommandRequest[], peer: string): string | undefined {
    const controller = this.#nameOf(peer);
    const standsIn = !this.#controllers.has(peer) && this.#controllers.size > 0;
    this.#controllers.add(peer);
    if (standsIn && isAudit(commands[0]?.kind)) return `the ${controller} asks what it finds before it touches anything`;
    const handOff = commands.find((command) => command.kind === 'service-change');
    const goal = handOff?.kind === 'service-change' ? handOff.parameters.mgcId : undefined;
    return goal && `the ${controller} asks the gateway to go to the ${this.#nameOf(formatPlace(goal))}`;
  }

  /** What a controller's reply says beyond yes. */
  #answer(replies: readonly CommandReply[], peer: string): string | undefined {
    const [result] = replies.flatMap((reply) => (reply.kind === 'service-change' ? [reply.result] : []));
    return result?.mgcId && `the ${this.#nameOf(peer)} says: not me, try the ${this.#nameOf(formatPlace(result.mgcId))} first`;
  }

  #nameOf(peer: string): string {
    return this.cast.nameOf(peer) ?? peer;
  }
}

/** Requests that came from one controller. @param since  Milliseconds since the epoch. */
export function requestsFrom(transactions: readonly MegacoTransaction[], controller: string, since = 0): MegacoTransaction[] {
  return transactions.filter(
    ({ direction, peer, role, at }) => direction === 'in' && peer === controller && role === 'request' && at >= since,
  );
}

export function isAudit(command: CommandKind | undefined): boolean {
  return command === 'audit-value' || command === 'audit-capability';
}

/** The first command, and what tells it from others of its kind. */
function labelOf(commands: readonly CommandRequest[]): string {
  const [first] = commands;
  if (!first) return 'nothing';
  return [WORDS[first.kind], subjectOf(first, commands)].filter((part) => part !== undefined).join(' ');
}

/** What was seen, the signal to give, the mode of the media, or (`E:`) what to look out for. */
function subjectOf(first: CommandRequest, commands: readonly CommandRequest[]): string | undefined {
  switch (first.kind) {
    case 'notify':
      return first.observed.events
        .map(({ name, parameters }) => [name, singleText(named(parameters, 'ds')?.value)].filter((part) => part !== undefined).join(' '))
        .join(',');
    case 'service-change':
      return first.parameters.method;
    case 'subtract':
    case 'audit-value':
    case 'audit-capability':
      return first.terminationId;
    case 'add':
    case 'move':
    case 'modify': {
      const descriptors = commands.flatMap((command) => ('descriptors' in command ? command.descriptors : []));
      return descriptors.map(signalOf).find(Boolean) ?? descriptors.map(modeOf).find(Boolean) ?? descriptors.map(eventOf).find(Boolean);
    }
    default:
      return first satisfies never;
  }
}

function signalOf(descriptor: AmmDescriptor): string | undefined {
  const [first] = descriptor.kind === 'signals' ? descriptor.signals : [];
  return first?.kind === 'signal' ? first.name : undefined;
}

function eventOf(descriptor: AmmDescriptor): string | undefined {
  const [first] = descriptor.kind === 'events' ? descriptor.events : [];
  return first && `E:${first.name}`;
}

function modeOf(descriptor: AmmDescriptor): string | undefined {
  if (descriptor.kind !== 'media') return undefined;
  return descriptor.streams.map(({ localControl }) => localControl?.mode).find((mode) => mode !== undefined);
}

/** As peers are named: `127.0.1.2:2944`. */
function formatPlace(mId: MId): string {
  return formatMId(mId).replace(/[[\]<>]/g, '');
}

function compact(message: MegacoMessage): string {
  return encodeText(message, { style: 'compact' }).toString();
}
