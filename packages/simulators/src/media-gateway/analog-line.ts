// An analog telephone as a script sees it: what can be done with it, what is heard in it, and waiting for that. It knows
// nothing of sockets and of protocols: each protocol's rig says what its signals sound like.
import type { AudioReport } from '../audio/audio-stream.js';

/** What a signal of a gateway sounds like at the telephone. `reorder` is congestion, `howler` the off-hook warning. */
export type Sound = 'ringing' | 'howler' | 'busy' | 'reorder' | 'ringback' | 'dial-tone' | 'call-waiting';

/**
 * What the user perceives. On-hook: `idle` or `ringing`. Off-hook: a tone, else `talking` (both ways), `listening` (one
 * way), or `silence`.
 */
export type LineState = 'idle' | Sound | 'talking' | 'listening' | 'silence';

/** `in`: in service and known to the controller; `restarting`, `disconnected`: it has still to be told; `out`: of service. */
export type LineService = 'in' | 'restarting' | 'disconnected' | 'out';

/** As session descriptions say it, seen from the gateway; what sends and receives nothing useful is `inactive`. */
export type MediaMode = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One way to the far end: an MGCP connection, an ephemeral termination of H.248. */
export interface LineMedia {
  readonly line: string;
  /** Its name on the gateway. */
  readonly connection: string;
  readonly mode: MediaMode;
  readonly localPort: number;
  /** Where its media goes; undefined until the controller tells. */
  readonly remote?: { readonly host: string; readonly port: number } | undefined;
}

/** What is done with a telephone. A digit is one key: `0`..`9`, `*`, `#`, `A`..`D`. */
export type LineAct =
  | { readonly kind: 'off-hook' }
  | { readonly kind: 'on-hook' }
  | { readonly kind: 'flash' }
  | { readonly kind: 'digit'; readonly digit: string };

/** What the display shows while it rings. */
export interface CallerId {
  /** `MM/DD/HH/MM`. */
  readonly time: string;
  readonly number: string;
  readonly name: string;
}

/** Where the telephone is plugged in. */
export interface LinePlug {
  act(act: LineAct): void;
  later(delayMs: number, action: () => void): () => void;
  /** What its RTP sent and heard; undefined without RTP. */
  report(line: string): AudioReport | undefined;
}

/** The wait for a state took too long. */
export class LineTimeout extends Error {
  constructor(line: AnalogLine, wanted: string, timeoutMs: number) {
    super(`${line.name} is ${line.state} and not ${wanted} after ${timeoutMs} ms; it was ${line.history.slice(-12).join(', ')}`);
    this.name = 'LineTimeout';
  }
}

type Condition = LineState | ((line: AnalogLine) => boolean);

interface Waiter {
  readonly holds: () => boolean;
  readonly done: () => void;
}

/** Of two tones the first of these is what one hears. */
const TONES: readonly Exclude<Sound, 'ringing'>[] = ['howler', 'busy', 'reorder', 'ringback', 'dial-tone', 'call-waiting'];
const DEFAULT_WAIT_MS = 10_000;
const HISTORY = 200;

export class AnalogLine {
  /** What sounds now, by the signal that makes it. */
  readonly sounds = new Map<string, Sound>();
  /** Its connections by name. */
  readonly media = new Map<string, LineMedia>();
  hook: 'on' | 'off' = 'on';
  service: LineService = 'restarting';
  callerId: CallerId | undefined;
  /** The states it went through, the newest last; bounded. */
  readonly history: LineState[] = ['idle'];
  readonly #waiters = new Set<Waiter>();

  constructor(
    readonly name: string,
    private readonly plug: LinePlug,
  ) {}

  get state(): LineState {
    const sounds = new Set(this.sounds.values());
    if (this.hook === 'on') return sounds.has('ringing') ? 'ringing' : 'idle';
    for (const tone of TONES) if (sounds.has(tone)) return tone;
    const modes = [...this.media.values()].filter(({ remote }) => remote).map(({ mode }) => mode);
    if (modes.includes('sendrecv')) return 'talking';
    return modes.some((mode) => mode !== 'inactive') ? 'listening' : 'silence';
  }

  offHook(): void {
    if (this.hook === 'off') return;
    this.hook = 'off';
    this.plug.act({ kind: 'off-hook' });
    this.#changed();
  }

  onHook(): void {
    if (this.hook === 'on') return;
    this.hook = 'on';
    this.plug.act({ kind: 'on-hook' });
    this.#changed();
  }

  /** Presses the hook for a moment. */
  flash(): void {
    if (this.hook === 'off') this.plug.act({ kind: 'flash' });
  }

  /** Presses one key. */
  press(digit: string): void {
    this.plug.act({ kind: 'digit', digit });
  }

  /** Presses the keys one after the other. @param everyMs  The pause between two; 0: all at once, in order. */
  dial(digits: string, everyMs = 0): void {
    [...digits].forEach((digit, at) => {
      if (everyMs === 0 || at === 0) this.press(digit);
      else this.plug.later(at * everyMs, () => this.press(digit));
    });
  }

  /** What its RTP sent and heard in the present connection, or in the last one; undefined without RTP. */
  report(): AudioReport | undefined {
    return this.plug.report(this.name);
  }

  is(condition: Condition): boolean {
    return typeof condition === 'function' ? condition(this) : this.state === condition;
  }

  /** Settles as soon as the condition holds. @throws LineTimeout when it does not in time. */
  until(condition: Condition, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    if (this.is(condition)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { holds: () => this.is(condition), done: () => (callOff(), resolve()) };
      this.#waiters.add(waiter);
      const callOff = this.plug.later(timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(new LineTimeout(this, typeof condition === 'function' ? 'as wanted' : condition, timeoutMs));
      });
    });
  }

  /** Settles when the far end's tone has been heard in a number of packets. RTP is looked at every 20 ms. */
  async untilHears(hz: number, packets = 5, timeoutMs = DEFAULT_WAIT_MS): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += 20) {
      const report = this.report();
      if (report && report.hearsHz === hz && report.heard >= packets) return;
      if (waitedMs >= timeoutMs) throw new LineTimeout(this, `hearing ${hz} Hz`, timeoutMs);
      await new Promise<void>((resolve) => void this.plug.later(20, resolve));
    }
  }

  // --- what the gateway does to it ---------------------------------------------------------------------------------

  /** A signal begins; `signal` is the name under which `stop` ends it. */
  play(signal: string, sound: Sound): void {
    this.sounds.set(signal, sound);
    this.#changed();
  }

  stop(signal: string): void {
    if (this.sounds.delete(signal)) this.#changed();
  }

  show(caller: CallerId): void {
    this.callerId = caller;
    this.#changed();
  }

  /** A connection is made or changed. */
  connect(media: LineMedia): void {
    this.media.set(media.connection, media);
    this.#changed();
  }

  disconnect(connection: string): void {
    if (this.media.delete(connection)) this.#changed();
  }

  serve(service: LineService): void {
    this.service = service;
    this.#changed();
  }

  /** The gateway has lost its power: silence, but the hook stays as it is. */
  unplugged(): void {
    this.sounds.clear();
    this.media.clear();
    this.callerId = undefined;
    this.service = 'restarting';
    this.#changed();
  }

  #changed(): void {
    const { state } = this;
    if (this.history.at(-1) !== state) {
      this.history.push(state);
      // The display goes dark when the ringing ends, however that was; it may light up before the first ring.
      if (state !== 'ringing') this.callerId = undefined;
    }
    if (this.history.length > HISTORY) this.history.shift();
    for (const waiter of [...this.#waiters]) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
