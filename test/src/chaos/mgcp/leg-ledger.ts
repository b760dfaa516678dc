// What was created on the gateways: a leg of a call is created once, whoever controls the gateway (RFC 3435 §2.3.5). It
// reads datagrams as text on purpose, so that no codec of ours judges what our controllers sent.

/** RFC 3435 §3.5.6: messages in one datagram are parted by a line with a single dot. */
const PIGGYBACK = /^\.\r?\n/m;
const CREATE = /^CRCX (\d+) (\S+) [^]*?^C: ?(\w+)/im;
const DONE = /^200 (\d+)\b/;

export class LegLedger {
  readonly #asked = new Map<string, string>();
  /** Transactions that created something, by line and call. */
  readonly #created = new Map<string, Set<string>>();

  /** A datagram as a gateway sees it. */
  note(direction: 'in' | 'out', text: string): void {
    for (const message of text.split(PIGGYBACK)) {
      if (direction === 'in') this.#command(message);
      else this.#answer(message);
    }
  }

  /** Legs that were created more than once. */
  twice(): readonly string[] {
    return [...this.#created].filter(([, ids]) => ids.size > 1).map(([leg, ids]) => `${leg} was created ${ids.size} times`);
  }

  #command(message: string): void {
    const [, id, line = '', call = ''] = CREATE.exec(message) ?? [];
    if (id !== undefined) this.#asked.set(id, `the leg of call ${call} on ${line.toLowerCase()}`);
  }

  #answer(message: string): void {
    const [, id = ''] = DONE.exec(message) ?? [];
    const leg = this.#asked.get(id);
    if (leg === undefined) return;
    const ids = this.#created.get(leg) ?? new Set();
    this.#created.set(leg, ids.add(id));
  }
}
