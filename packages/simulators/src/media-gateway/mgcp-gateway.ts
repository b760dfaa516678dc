// A simulated MGCP gateway on real sockets: one UDP port for MGCP, RTP for the lines that ask for it.
import type { Hop } from '@altpath/core';
import { PhoneWire } from '../phone/wire.js';
import type { AudioReport } from '../audio/audio-stream.js';
import type { AnalogLine } from './analog-line.js';
import { type ConnectionLeft, type GatewayOptions, GatewayRig } from './mgcp-rig.js';
import type { Mischief } from './mischief.js';
import { RtpMedia } from './rtp-media.js';

export interface MgcpGatewayOptions extends GatewayOptions {
  /** The address it binds, for MGCP and RTP: an IPv4 literal. */
  readonly address: string;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Lines with real RTP; default none. Others have port numbers in their session descriptions, and nothing behind. */
  readonly rtp?: 'all' | readonly string[] | undefined;
  /** The tone of a line in Hz (a multiple of 50); default one made of its name. */
  readonly tones?: Readonly<Record<string, number>> | undefined;
}

/**
 * @example
 * const gateway = await MgcpGateway.open({ domain: 'gw1.test', lines: ['aaln/[1-2]'], callAgents: ['127.0.0.11:2727'], address: '127.0.0.21' });
 * gateway.start();
 * const phone = gateway.line('aaln/1');
 * phone.offHook();
 * await phone.until('dial-tone');
 * phone.dial('1002');
 */
export class MgcpGateway {
  private constructor(
    readonly rig: GatewayRig,
    private readonly wire: PhoneWire,
    private readonly media: RtpMedia,
    private readonly timers: Set<NodeJS.Timeout>,
  ) {}

  /**
   * Binds its address; nothing is sent before `start`.
   *
   * @throws the system's error when the address cannot be had; RangeError for options that make no sense.
   */
  static async open(options: MgcpGatewayOptions): Promise<MgcpGateway> {
    const { address, tones = {} } = options;
    const timers = new Set<NodeJS.Timeout>();
    const opened: { rig?: GatewayRig } = {};
    const wire = await PhoneWire.open(address, options.port ?? 0, {
      received: (data, from) => opened.rig?.receive(data, hopOf(from)),
      unreachable: (to) => opened.rig?.unreachable(hopOf(to)),
    });
    const rtp = options.rtp === 'all' ? GatewayRig.lineNames(options) : (options.rtp ?? []);
    const media = await RtpMedia.open(address, new Map(rtp.map((name) => [name, tones[name]])));
    const later = (delayMs: number, action: () => void): (() => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, Math.ceil(delayMs));
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    };
    const around = {
      now: () => performance.timeOrigin + performance.now(),
      later,
      send: (data: Buffer, hop: Hop) => wire.send(data, { host: hop.host, port: hop.port }),
    };
    opened.rig = new GatewayRig(options, around, address, media);
    return new MgcpGateway(opened.rig, wire, media, timers);
  }

  get address(): string {
    return this.wire.address;
  }

  get port(): number {
    return this.wire.port;
  }

  /** Power on. */
  start(): void {
    this.rig.start();
  }

  /** Power off and on again. */
  restart(): void {
    this.rig.restart();
  }

  /** @throws RangeError for a line that it does not have. */
  line(name: string): AnalogLine {
    return this.rig.line(name);
  }

  get lines(): readonly AnalogLine[] {
    return this.rig.lines;
  }

  /** Connections that exist on it now. */
  get connectionsLeft(): readonly ConnectionLeft[] {
    return this.rig.connectionsLeft;
  }

  /** What can go wrong with its datagrams. */
  get mischief(): Mischief {
    return this.rig.mischief;
  }

  /** The tone that a line with RTP sends. */
  toneOf(line: string): number | undefined {
    return this.media.toneOf(line);
  }

  /** What the RTP of a line sent and heard. */
  report(line: string): AudioReport | undefined {
    return this.media.report(line);
  }

  /** Without a farewell; settles when every port is free. */
  async close(): Promise<void> {
    this.rig.stop();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all([this.wire.close(), this.media.close()]);
  }
}

function hopOf(place: { readonly host: string; readonly port: number }): Hop {
  return { transport: 'udp', host: place.host, port: place.port };
}
