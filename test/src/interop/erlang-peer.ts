// A peer on top of Erlang/OTP's megaco application (test/interop/erlang-megaco): a program that says what it does in JSON and
// takes commands as lines. What gateway and controller have in common.
import { join } from 'node:path';
import { readable } from '../support/megaco-text.js';
import { NetworkSpace } from '../support/network-space.js';
import { Child } from '../support/process.js';
import { ROOT } from '../support/root.js';

/** Erlang's programs and the modules that the peers are compiled with: what `needs` asks for. */
export const ERLANG = ['erl', 'erlc'] as const;

export type ErlangEncoding = 'compact' | 'pretty' | 'ber';

export interface ErlangOptions {
  /** Default `compact`. */
  readonly encoding?: ErlangEncoding | undefined;
  /** Default `udp`. */
  readonly transport?: 'udp' | 'tcp' | undefined;
  /** Default 1, which is all that its binary encoding can do. */
  readonly version?: 1 | 2 | 3 | undefined;
  /** First wait for a reply in ms, doubled with each repetition; default 200. */
  readonly t1Ms?: number | undefined;
  /** Repetitions until the other side is given up; default 2, which makes 1.4 s with the default wait. */
  readonly retries?: number | undefined;
  /** Default: the machine's own network. */
  readonly space?: NetworkSpace | undefined;
}

/** What it says of itself; the keys depend on the event. */
export interface ErlangEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** One message; `text` is pretty text where the wire is binary. */
export interface ErlangMessage {
  readonly ts: string;
  readonly dir: 'tx' | 'rx';
  readonly peer: string;
  readonly text: string;
  readonly hex?: string | undefined;
}

const PATIENCE_MS = 10_000;
/** Compiling is part of the first start. */
const START_MS = 60_000;

export class ErlangPeer {
  readonly events: ErlangEvent[] = [];
  readonly messages: ErlangMessage[] = [];
  readonly child: Child;
  #unread = '';

  protected constructor(program: 'mg' | 'mgc', label: string, options: ErlangOptions, args: Readonly<Record<string, string>>) {
    const { encoding = 'compact', transport = 'udp', version = 1, t1Ms = 200, retries = 2, space = NetworkSpace.here() } = options;
    const all = { enc: encoding, transport, t1: String(t1Ms), retries: String(retries), ...args };
    const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const run = join(ROOT, 'test/interop/erlang-megaco/run');
    this.child = new Child(label, space.command([run, program, '--h248v', String(version), ...words]));
    this.child.onOutput((text) => this.#read(text));
  }

  /** A place in its events: what is waited for from here on has not happened yet. */
  get mark(): number {
    return this.events.length;
  }

  /** Waits for an event, also one that came since `mark` (default: ever). @throws Error with everything that it said. */
  async event(
    name: string,
    {
      where = () => true,
      mark = 0,
      timeoutMs = PATIENCE_MS,
    }: { where?: (event: ErlangEvent) => boolean; mark?: number; timeoutMs?: number } = {},
  ): Promise<ErlangEvent> {
    const find = (): ErlangEvent | undefined => this.events.slice(mark).find((each) => each.event === name && where(each));
    await this.until(() => find() !== undefined, name, timeoutMs);
    return find() as ErlangEvent;
  }

  /** Waits for anything that follows from what it says. */
  async until(condition: () => boolean, what: string, timeoutMs = PATIENCE_MS): Promise<void> {
    await this.child.until(condition, what, timeoutMs);
  }

  command(...words: readonly string[]): void {
    this.child.write(`${words.join(' ')}\n`);
  }

  /** It hears nothing any more, and goes on talking; `false` ends that. */
  mute(isMute = true): void {
    this.command(isMute ? 'mute' : 'unmute');
  }

  /** What it could not read, could not do, or was refused: what must not be in an ordinary run. */
  get troubles(): readonly ErlangEvent[] {
    return this.events.filter(({ event }) => TROUBLES.has(event));
  }

  /** Every message, for a failure message. */
  wireLog(): string {
    return this.messages
      .map(({ dir, peer, text }) => `${this.child.label} ${dir} ${peer}\n${text.trim().replace(/^/gm, '    ')}`)
      .join('\n');
  }

  /** Ends it by its process id. */
  async stop(): Promise<void> {
    if (!this.child.running) return;
    this.child.signal('SIGCONT');
    this.child.signal('SIGKILL');
    await this.child.ended;
  }

  protected async started(event: string): Promise<void> {
    try {
      await this.event(event, { timeoutMs: START_MS });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Told each event as it comes. */
  protected heard(_event: ErlangEvent): void {
    // Nothing by itself.
  }

  #read(text: string): void {
    const lines = `${this.#unread}${text}`.split('\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as ErlangEvent | ErlangMessage;
      if ('dir' in said) this.messages.push(inText(said as ErlangMessage));
      else {
        this.events.push(said);
        this.heard(said);
      }
    }
  }
}

/** Erlang cannot write in text what is wrapped in its binary; our codec can. */
function inText(message: ErlangMessage): ErlangMessage {
  return message.hex === undefined ? message : { ...message, text: readable(Buffer.from(message.hex, 'hex')) };
}

const TROUBLES = new Set([
  'syntax-error',
  'message-error',
  'unexpected-trans',
  'cast-error',
  'notify-error',
  'notify-failed',
  'mg-error',
  'request-failed',
  'bad-command',
]);
