// An analog telephone as a script sees it: what can be done with it, what is heard in it, and waiting for that. It knows
// nothing of sockets and of the protocol's messages.
import type { EventParameter, LineService, MediaGatewayInput, MediaGatewayOutput, MediaOrder } from '@altpath/mgcp';
import type { AudioReport } from '../audio/audio-stream.js';

/**
 * What the user perceives. On-hook: `idle` or `ringing`. Off-hook: a tone (`reorder` is congestion, `howler` the off-hook
 * warning), else `talking` (both ways), `listening` (one way), or `silence`.
 */
export type LineState =
  'idle' | 'ringing' | 'dial-tone' | 'ringback' | 'busy' | 'reorder' | 'howler' | 'call-waiting' | 'talking' | 'listening' | 'silence';

/** What the display shows while it rings. */
export interface CallerId {
  /** `MM/DD/HH/MM`. */
  readonly time: string;
  readonly number: string;
  readonly name: string;
}

/** Where the telephone is plugged in. */
export interface LinePlug {
  feed(input: MediaGatewayInput): void;
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

const TONES: readonly (readonly [state: LineState, signals: readonly string[]])[] = [
  ['howler', ['l/ot']],
  ['busy', ['l/bz', 't/bz']],
  ['reorder', ['l/ro', 'l/nbz', 'g/cg', 't/ro']],
  ['ringback', ['g/rt', 'g/rbk']],
  ['dial-tone', ['l/dl', 'l/sl', 'l/mwi']],
  ['call-waiting', ['l/wt', 'l/wt1', 'l/wt2', 'l/wt3', 'l/wt4']],
];
const RINGS = /^l\/r[g0-7]$/;
const DEFAULT_WAIT_MS = 10_000;
const HISTORY = 200;

export class AnalogLine {
  /** Signals that are on, in lower case: `l/dl`. */
  readonly signals = new Set<string>();
  /** Its connections by id. */
  readonly media = new Map<string, MediaOrder>();
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
    if (this.hook === 'on') return [...this.signals].some((signal) => RINGS.test(signal)) ? 'ringing' : 'idle';
    for (const [state, signals] of TONES) if (signals.some((signal) => this.signals.has(signal))) return state;
    const modes = [...this.media.values()].filter(({ remote }) => remote).map(({ mode }) => mode);
    if (modes.some((mode) => mode === 'sendrecv' || mode === 'confrnce')) return 'talking';
    return modes.some((mode) => mode === 'recvonly' || mode === 'sendonly') ? 'listening' : 'silence';
  }

  offHook(): void {
    if (this.hook === 'off') return;
    this.hook = 'off';
    this.plug.feed({ kind: 'off-hook', line: this.name });
    this.#changed();
  }

  onHook(): void {
    if (this.hook === 'on') return;
    this.hook = 'on';
    this.plug.feed({ kind: 'on-hook', line: this.name });
    this.#changed();
  }

  /** Presses the hook for a moment. */
  flash(): void {
    if (this.hook === 'off') this.plug.feed({ kind: 'flash', line: this.name });
  }

  /** Presses one key. */
  press(digit: string): void {
    this.plug.feed({ kind: 'digit', line: this.name, digit });
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

  /** What the gateway does to it. */
  take(output: MediaGatewayOutput): void {
    switch (output.kind) {
      case 'signal':
        if (output.name === 'l/ci') this.callerId = callerIdOf(output.parameters);
        else if (output.on) this.signals.add(output.name);
        else this.signals.delete(output.name);
        break;
      case 'media':
        this.media.set(output.connection, output);
        break;
      case 'media-closed':
        this.media.delete(output.connection);
        break;
      case 'line-service':
        this.service = output.service;
        break;
      default:
        return;
    }
    this.#changed();
  }

  /** The gateway has lost its power: silence, but the hook stays as it is. */
  unplugged(): void {
    this.signals.clear();
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

/** `L/ci(time, number, name)`: each may be empty, or `P` and `O` for what is withheld or unknown. */
function callerIdOf(parameters: readonly EventParameter[]): CallerId {
  const [time = '', number = '', name = ''] = parameters.map((parameter) => (parameter.kind === 'value' ? parameter.value : ''));
  return { time, number, name };
}
