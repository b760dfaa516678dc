// The media gateway on top of Erlang/OTP, and its telephones: what a user does at one goes to the gateway as a command, what the
// gateway says of its terminations is what the user hears. No RTP.
import { AnalogLine, type LineAct, type LineMedia, type MediaMode, type Sound } from '@altpath/simulators';
import { type ErlangEvent, type ErlangOptions, ErlangPeer } from './erlang-peer.js';

export interface ErlangGatewayOptions extends ErlangOptions {
  /** As it writes itself: `mg1`, `[127.0.0.1]:2944`. */
  readonly mid: string;
  /** `address:port` of its controllers, the primary first. */
  readonly controllers: readonly string[];
  /** Its own address; any port, unless one is given. */
  readonly bind: string;
  /** `line/1` on; default 4. */
  readonly lines?: number | undefined;
  /** Longest wait after no controller answered; default 300 ms. */
  readonly mwdMs?: number | undefined;
}

/** A termination as the gateway itself holds it. */
export interface ErlangTermination {
  readonly term: string;
  readonly hook: 'on' | 'off';
  /** 0: none. */
  readonly context: number;
  readonly mode: 'sendRecv' | 'recvOnly' | 'sendOnly' | 'inactive' | 'loopback';
  /** `cg/dt`. */
  readonly signals: readonly string[];
  readonly service: 'inSvc' | 'outOfSvc' | 'test';
  /** It knows where media should go. */
  readonly sends: boolean;
}

/** Some terminations have changed, others are gone. */
interface TerminationsEvent extends ErlangEvent {
  readonly event: 'terminations';
  readonly changed: readonly ErlangTermination[];
  readonly gone: readonly string[];
}

const RINGING = 'al/ri';
const SOUNDS: Readonly<Record<string, Sound>> = {
  [RINGING]: 'ringing',
  'cg/dt': 'dial-tone',
  'cg/rt': 'ringback',
  'cg/bt': 'busy',
  'cg/ct': 'reorder',
  'cg/wt': 'howler',
  'cg/cw': 'call-waiting',
};
const MODES: Readonly<Record<ErlangTermination['mode'], MediaMode>> = {
  sendRecv: 'sendrecv',
  recvOnly: 'recvonly',
  sendOnly: 'sendonly',
  inactive: 'inactive',
  loopback: 'inactive',
};

export class ErlangGateway extends ErlangPeer {
  /** What is now, lines and RTP terminations, by name. */
  readonly terminations = new Map<string, ErlangTermination>();
  readonly mid: string;
  readonly #phones = new Map<string, AnalogLine>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(options: ErlangGatewayOptions) {
    const { mid, controllers, bind, lines = 4, mwdMs = 300 } = options;
    super('mg', `erlang gateway ${mid}`, options, {
      mid,
      mgc: controllers.join(','),
      bind,
      rtpip: bind.replace(/:\d+$/, ''),
      lines: String(lines),
      mwd: String(mwdMs),
    });
    this.mid = mid;
    for (let nth = 1; nth <= lines; nth += 1) {
      const name = `line/${nth}`;
      const plug = {
        act: (act: LineAct) => this.#act(name, act),
        later: (delayMs: number, action: () => void) => this.#later(delayMs, action),
        report: () => undefined,
      };
      this.#phones.set(name, new AnalogLine(name, plug));
    }
  }

  /** It begins to register when this settles. */
  static async start(options: ErlangGatewayOptions): Promise<ErlangGateway> {
    const gateway = new ErlangGateway(options);
    await gateway.started('start');
    return gateway;
  }

  /** Waits for a registration, by default for any. @param method  `restart`, `failover`, `disconnected`, `handOff`. */
  registered(method?: string, mark = 0, timeoutMs?: number): Promise<ErlangEvent> {
    const where = (event: ErlangEvent): boolean => method === undefined || event['method'] === method;
    return this.event('registered', { where, mark, ...(timeoutMs !== undefined && { timeoutMs }) });
  }

  /** The telephone at a line: `line/1`. @throws RangeError for a line that it does not have. */
  line(name: string): AnalogLine {
    const phone = this.#phones.get(name);
    if (!phone) throw new RangeError(`${this.mid} has no line ${name}`);
    return phone;
  }

  get lines(): readonly AnalogLine[] {
    return [...this.#phones.values()];
  }

  /** Says that a line, or ROOT, goes out of service (`forced`, `graceful`) or comes back (`restart`). */
  serviceChange(method: 'forced' | 'graceful' | 'restart', termination: string, code = 905): void {
    this.command('sc', method, termination, String(code));
  }

  /** It registers anew, with Restart; its terminations stay as they are. */
  reconnect(): void {
    this.command('reconnect');
  }

  /** Terminations that are in some context: empty when nobody is in a call. */
  get inContexts(): readonly ErlangTermination[] {
    return [...this.terminations.values()].filter(({ context }) => context !== 0);
  }

  override async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await super.stop();
  }

  protected override heard(event: ErlangEvent): void {
    if (event.event === 'registered') for (const phone of this.lines) phone.serve('in');
    if (event.event === 'mgc-failed' || event.event === 'no-mgc') for (const phone of this.lines) phone.serve('disconnected');
    if (!isOfTerminations(event)) return;
    const { changed, gone } = event;
    for (const termination of changed) this.terminations.set(termination.term, termination);
    for (const term of gone) this.terminations.delete(term);
    const isChanged = new Set(changed.map(({ term }) => term));
    for (const phone of this.lines) {
      this.#connect(phone);
      // What it said before of another telephone may be past by now: its user has answered, and is faster than its words.
      if (isChanged.has(phone.name)) this.#sound(phone);
    }
  }

  #act(line: string, act: LineAct): void {
    switch (act.kind) {
      case 'off-hook':
        this.line(line).stop(RINGING); // by itself, not when the gateway gets round to saying so
        return this.command('offhook', line);
      case 'on-hook':
        return this.command('onhook', line);
      case 'flash':
        return this.command('flash', line);
      case 'digit':
        return this.command('digits', line, act.digit);
      default:
        return act satisfies never;
    }
  }

  /** Brings a telephone's connections to what the gateway has for its line. */
  #connect(phone: AnalogLine): void {
    const line = this.terminations.get(phone.name);
    const media = new Map((line ? this.#mediaOf(line) : []).map((each) => [each.connection, each]));
    for (const connection of [...phone.media.keys()]) if (!media.has(connection)) phone.disconnect(connection);
    for (const each of media.values()) if (!isSame(each, phone.media.get(each.connection))) phone.connect(each);
  }

  #sound(phone: AnalogLine): void {
    const signals = this.terminations.get(phone.name)?.signals ?? [];
    for (const signal of [...phone.sounds.keys()]) if (!signals.includes(signal)) phone.stop(signal);
    for (const signal of signals) {
      const sound = SOUNDS[signal];
      const isPast = signal === RINGING && phone.hook === 'off';
      if (sound && !isPast && !phone.sounds.has(signal)) phone.play(signal, sound);
    }
  }

  /** The ephemeral terminations that share the line's context. */
  #mediaOf({ term: line, context }: ErlangTermination): readonly LineMedia[] {
    if (context === 0) return [];
    return [...this.terminations.values()]
      .filter((each) => each.context === context && !this.#phones.has(each.term))
      .map(({ term, mode, sends }) => ({
        line,
        connection: term,
        mode: MODES[mode],
        localPort: 0,
        ...(sends && { remote: SOMEWHERE }),
      }));
  }

  #later(delayMs: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }
}

/** It knows where media should go; it sends none. */
const SOMEWHERE = { host: '0.0.0.0', port: 0 } as const;

function isOfTerminations(event: ErlangEvent): event is TerminationsEvent {
  return event.event === 'terminations';
}

function isSame(a: LineMedia, b: LineMedia | undefined): boolean {
  return a.mode === b?.mode && (a.remote === undefined) === (b.remote === undefined);
}
