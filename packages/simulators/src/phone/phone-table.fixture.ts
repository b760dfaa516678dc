// Phones on one simulated network, for tests: they call each other without anybody between them.
import { parseHostPort } from '@altpath/core';
import type { PhoneCall } from './call.js';
import type { IncomingCall } from './incoming-call.js';
import type { OutgoingCall, OutgoingOptions } from './outgoing-call.js';
import type { PhoneOptions } from './phone-options.js';
import { PortNumbers } from './phone-media.js';
import { PhoneRig } from './phone-rig.js';

const PORT = 5060;

/** Time, network and dice of the test (the testkit's: a fixture may not import it). */
export interface TableWorld {
  readonly clock: { readonly now: number; after(delayMs: number, action: () => void): () => void; run(ms: number): void };
  readonly network: {
    latencyMs: number;
    listen(address: string, receive: (data: Buffer, from: string) => void): void;
    send(from: string, to: string, data: Buffer): boolean;
    close(address: string): void;
  };
  readonly random: { next(): number };
}

export class PhoneTable {
  #phones = 0;

  constructor(private readonly world: TableWorld) {
    world.network.latencyMs = 5;
  }

  /** A phone at 10.2.0.1, the next at 10.2.0.2, ... */
  phone(user: string, options: Partial<PhoneOptions> = {}): PhoneRig {
    const address = `10.2.0.${(this.#phones += 1)}`;
    const own = `${address}:${PORT}`;
    const rig: PhoneRig = new PhoneRig(
      { user, domain: 'a.test', outbound: [], address, port: PORT, ...options },
      {
        now: () => this.world.clock.now,
        later: (delayMs, action) => this.world.clock.after(delayMs, action),
        send: (data, to) => {
          if (!this.world.network.send(own, `${to.host}:${to.port}`, data)) this.world.clock.after(1, () => rig.unreachable(to));
        },
        random: () => this.world.random.next(),
      },
      options.audio === false ? undefined : new PortNumbers(),
    );
    this.world.network.listen(own, (data, from) => {
      const { host = '', port = PORT } = parseHostPort(from) ?? {};
      rig.receive(data, { host, port });
    });
    return rig;
  }

  run(ms: number): void {
    this.world.clock.run(ms);
  }

  /** A phone's host is off: whoever sends there hears so. */
  unplug(phone: PhoneRig): void {
    this.world.network.close(`${phone.address}:${PORT}`);
  }

  /** The caller's and the callee's end of a call that rings. */
  ring(caller: PhoneRig, callee: PhoneRig, options?: OutgoingOptions): { call: OutgoingCall; theirs: IncomingCall } {
    const came: IncomingCall[] = [];
    callee.onIncoming((call) => came.push(call));
    const call = caller.call(uriOf(callee), options);
    this.run(50);
    const [theirs] = came;
    if (!theirs) throw new Error('no call came');
    theirs.ring();
    this.run(50);
    return { call, theirs };
  }

  /** Both ends of a call that stands. */
  talk(caller: PhoneRig, callee: PhoneRig, options?: OutgoingOptions): { call: OutgoingCall; theirs: IncomingCall } {
    const ends = this.ring(caller, callee, options);
    void ends.theirs.answer();
    this.run(50);
    return ends;
  }
}

/** Where a phone is reached directly. */
export function uriOf(phone: PhoneRig): string {
  return phone.contact.uri;
}

/** The directions in which both ends are set. */
export function modes(...calls: readonly PhoneCall[]): string {
  return calls.map((call) => call.media?.mode ?? '-').join(' ');
}

/** Requests and responses of a phone, without what comes twice in a row. */
export function ladder(phone: PhoneRig): string[] {
  const lines = phone.messages.map(({ direction, summary }) => `${direction === 'in' ? '<' : '>'} ${summary}`);
  return lines.filter((line, at) => line !== lines[at - 1]);
}
