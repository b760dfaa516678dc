// The media gateway controller on top of Erlang/OTP: it completes calls between the lines of one gateway (100N calls line/N).
import { type ErlangEvent, type ErlangOptions, ErlangPeer } from './erlang-peer.js';

export interface ErlangControllerOptions extends ErlangOptions {
  /** `address:port` that it listens on. */
  readonly listen: string;
  /** Default `[address]:port`. */
  readonly mid?: string | undefined;
  /** Lines that it arms at a gateway, `line/1` on; default 4. */
  readonly lines?: number | undefined;
}

export class ErlangController extends ErlangPeer {
  private constructor(options: ErlangControllerOptions) {
    const { listen, mid, lines = 4 } = options;
    super('mgc', `erlang controller ${listen}`, options, { listen, lines: String(lines), ...(mid !== undefined && { mid }) });
  }

  /** It listens when this settles. */
  static async start(options: ErlangControllerOptions): Promise<ErlangController> {
    const controller = new ErlangController(options);
    await controller.started('listening');
    return controller;
  }

  /** Waits for a registration. */
  serviceChange(method: string, mark = 0, timeoutMs?: number): Promise<ErlangEvent> {
    return this.event('service-change', {
      where: (event) => event['method'] === method,
      mark,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  /** Tells every gateway to go to another controller (RFC 3525 §11.5). */
  handOff(mid: string): void {
    this.command('handoff', mid);
  }

  /** Answers registrations with a controller that shall be tried first; `off` ends that. */
  redirect(mid: string): void {
    this.command('redirect', mid);
  }

  /** Arms the inactivity timer on ROOT. */
  watchActivity(maxInactivityMs: number): void {
    this.command('ito', String(maxInactivityMs));
  }
}
