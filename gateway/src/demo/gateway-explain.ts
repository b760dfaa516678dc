// What a gateway sent and received, in words: from its datagrams to messages with a label, and to steps of the ladder.
import { type Decoded, decodeDatagram, digitsOf, formatEventName, type MgcpCommand, type Parameters } from '@altpath/mgcp';
import type { LadderStep } from './ladder.js';
import type { Cast } from './phone-explain.js';

/** One message; a datagram may have held several. */
export interface GatewayMessage {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** `host:port` of the other side. */
  readonly peer: string;
  /** The command's verb; of a response the verb of what it answers, where that was seen. */
  readonly verb: string | undefined;
  /** The return code of a response. */
  readonly code?: number | undefined;
  readonly transactionId: number | undefined;
  /** `NTFY D/2002`, `CRCX recvonly`, `200 NTFY`. */
  readonly summary: string;
  /** The whole message. */
  readonly text: string;
  readonly note?: string | undefined;
}

/** Everything that one gateway sent and received, in order. */
export class GatewayTrace {
  readonly messages: GatewayMessage[] = [];
  /** Call agents that this gateway has heard a command of. */
  readonly #commanders = new Set<string>();

  constructor(
    /** Its name on the ladder. */
    private readonly name: string,
    private readonly cast: Cast,
  ) {}

  /** One datagram. @returns its messages as steps; none when its other side is none of the cast. */
  take(direction: 'in' | 'out', datagram: string, peer: string, at: number): LadderStep[] {
    const other = this.cast.nameOf(peer);
    if (other === undefined) return [];
    return decodeDatagram(Buffer.from(datagram)).map((decoded) => {
      const message = this.#describe(decoded, direction, peer, at);
      this.messages.push(message);
      const out = direction === 'out';
      return {
        kind: 'message',
        at,
        from: out ? this.name : other,
        to: out ? other : this.name,
        label: message.summary,
        note: message.note,
        lost: out && this.cast.isLost(other),
      };
    });
  }

  #describe(decoded: Decoded, direction: 'in' | 'out', peer: string, at: number): GatewayMessage {
    const text = decoded.bytes.toString();
    const { transactionId } = decoded;
    if (decoded.kind === 'broken') return { at, direction, peer, verb: decoded.verb, transactionId, summary: 'unreadable', text };
    if (decoded.kind === 'command') {
      const note = direction === 'out' ? this.#reason(decoded, peer) : this.#intent(decoded, peer);
      return { at, direction, peer, verb: decoded.verb, transactionId, summary: labelOf(decoded), text, note };
    }
    const verb = this.messages.find(
      (each) => each.code === undefined && each.transactionId === transactionId && each.direction !== direction,
    )?.verb;
    const note = direction === 'in' ? this.#hint(decoded.parameters, peer) : undefined;
    return {
      at,
      direction,
      peer,
      verb,
      code: decoded.code,
      transactionId,
      summary: `${String(decoded.code).padStart(3, '0')} ${verb ?? ''}`.trim(),
      text,
      note,
    };
  }

  /** Why the gateway sends this command once more. */
  #reason({ transactionId, verb }: MgcpCommand, peer: string): string | undefined {
    const before = this.messages.filter((each) => each.direction === 'out' && each.verb === verb && each.transactionId === transactionId);
    const last = before.at(-1);
    if (last === undefined) return undefined;
    if (last.peer === peer) return `${this.name}: no answer yet, so the same bytes again`;
    const from = this.cast.nameOf(last.peer) ?? last.peer;
    const to = this.cast.nameOf(peer) ?? peer;
    return `${this.name}: the ${from} does not answer, so the same ${verb} goes to the ${to}, named by RED/NL`;
  }

  /** What a command of a call agent is about, where that is worth a line. */
  #intent({ verb, parameters }: MgcpCommand, peer: string): string | undefined {
    const agent = this.cast.nameOf(peer);
    const isFirst = !this.#commanders.has(peer);
    const standsIn = this.#commanders.size > 0;
    this.#commanders.add(peer);
    if (isFirst && standsIn && isAudit(verb)) return `the ${agent} asks what it finds before it touches anything`;
    return this.#hint(parameters, peer);
  }

  #hint({ redirectList, redirectEntity, notifiedEntity }: Parameters, peer: string): string | undefined {
    const named = (redirectList ?? []).map(({ domain, port }) => this.cast.nameOf(`${domain}:${port ?? ''}`) ?? domain);
    if (named.length > 0) return `the ${this.cast.nameOf(peer)} names who stands in for it: RED/NL, the ${named.join(', the ')}`;
    const entity = redirectEntity ?? notifiedEntity;
    if (!entity) return undefined;
    const [agent, told] = [this.cast.nameOf(peer), this.cast.nameOf(`${entity.domain}:${entity.port ?? ''}`) ?? entity.domain];
    return `the ${agent} says whom to tell from now on: N, ${told === agent ? 'itself' : `the ${told}`}`;
  }
}

/** Commands that came from one call agent. @param since  Milliseconds since the epoch. */
export function commandsFrom(messages: readonly GatewayMessage[], agent: string, since = 0): GatewayMessage[] {
  return messages.filter(({ direction, peer, code, at }) => direction === 'in' && peer === agent && code === undefined && at >= since);
}

export function isAudit(verb: string | undefined): boolean {
  return verb === 'AUEP' || verb === 'AUCX';
}

/** The verb, and what tells this command from others of its kind. */
export function labelOf({ verb, parameters }: MgcpCommand): string {
  return [verb, parameters.restartMethod ?? parameters.mode, subjectOf(verb, parameters)].filter((part) => part !== undefined).join(' ');
}

/** What was seen, the signal to give, or (`R:`) what to look out for. */
function subjectOf(verb: string, { observedEvents, signalRequests, requestedEvents, redirectList }: Parameters): string | undefined {
  if (observedEvents) {
    const digits = observedEvents.map(digitsOf);
    const names = observedEvents.map(({ name }) => formatEventName(name));
    return digits.every((digit) => digit !== undefined) ? `D/${digits.join('')}` : names.join(',');
  }
  const [signal] = signalRequests ?? [];
  if (signal) return formatEventName(signal.name);
  const [event] = requestedEvents ?? [];
  if (event && verb === 'RQNT') return `R:${formatEventName(event.name)}`;
  return redirectList ? 'RED/NL' : undefined;
}
