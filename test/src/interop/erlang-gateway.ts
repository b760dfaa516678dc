// The media gateway on top of Erlang/OTP: lines `line/1` on, which a test lifts, dials with and hangs up by command.
import { type ErlangEvent, type ErlangOptions, ErlangPeer } from './erlang-peer.js';

export interface ErlangGatewayOptions extends ErlangOptions {
  /** As it writes itself: `mg1`, `[127.0.0.1]:2944`. */
  readonly mid: string;
  /** `address:port` of its controllers, the primary first. */
  readonly controllers: readonly string[];
  /** Its own address; any port, unless one is given. */
  readonly bind: string;
  /** Default 4. */
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
  readonly service: string;
  /** It knows where media should go. */
  readonly sends: boolean;
}

export class ErlangGateway extends ErlangPeer {
  /** What is now, lines and RTP terminations, by name. */
  readonly terminations = new Map<string, ErlangTermination>();

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

  offHook(line: string): void {
    this.command('offhook', line);
  }

  onHook(line: string): void {
    this.command('onhook', line);
  }

  flash(line: string): void {
    this.command('flash', line);
  }

  dial(line: string, digits: string): void {
    this.command('digits', line, digits);
  }

  /** Says that a line, or ROOT, goes out of service (`forced`, `graceful`) or comes back (`restart`). */
  serviceChange(method: 'forced' | 'graceful' | 'restart', termination: string, code = 905): void {
    this.command('sc', method, termination, String(code));
  }

  /** Power off and on: it registers anew, with Restart. Its terminations stay as they are. */
  reconnect(): void {
    this.command('reconnect');
  }

  /** Terminations that are in some context. */
  get inContexts(): readonly ErlangTermination[] {
    return [...this.terminations.values()].filter(({ context }) => context !== 0);
  }

  protected override heard(event: ErlangEvent): void {
    if (event.event === 'termination') this.terminations.set(event['term'] as string, event as unknown as ErlangTermination);
    if (event.event === 'termination-gone') this.terminations.delete(event['term'] as string);
  }
}
