// What a phone sent and received, as it happened: ladders are drawn from it, and tests read bytes from it.

/** One datagram. `text` is the whole message, one char a byte. */
export interface PhoneMessage {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  /** `host:port` of the other side. */
  readonly peer: string;
  /** `INVITE`, `180 Ringing (INVITE)`. */
  readonly summary: string;
  readonly text: string;
  /** Why it was sent there, where it was not the plain way: `retransmission`, `alternate: silence`, ... */
  readonly note?: string | undefined;
}

/** An address that the network said cannot be reached. */
export interface PhoneNotice {
  readonly at: number;
  readonly peer: string;
  /** The system's word: `ECONNREFUSED`. */
  readonly code: string;
}

/** Messages and notices that are kept: a phone under load forgets the older ones, half of them at a time. */
const KEPT = 10_000;

/** A phone's memory of its network, bounded. */
export class Trace {
  readonly messages: PhoneMessage[] = [];
  readonly notices: PhoneNotice[] = [];
  /** Told of every message as it passes. */
  readonly watchers = new Set<(message: PhoneMessage) => void>();

  pass(message: PhoneMessage): void {
    keep(this.messages, message);
    for (const watcher of this.watchers) watcher(message);
  }

  notice(notice: PhoneNotice): void {
    keep(this.notices, notice);
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.splice(0, KEPT / 2);
}
