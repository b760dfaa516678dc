// A simulated MGCP gateway on real sockets: one UDP port for MGCP, RTP for the lines that ask for it.
import type { Hop } from '@altpath/core';
import { PhoneWire } from '../phone/wire.js';
import { GatewayOnSockets, openMedia, RealTime, type SocketOptions } from './gateway-on-sockets.js';
import { type ConnectionLeft, type GatewayOptions, GatewayRig } from './mgcp-rig.js';
import type { MediaCounts, RigMedia } from './rig.js';
import type { RtpMedia } from './rtp-media.js';
import { RtpRelay } from './rtp-relay.js';

export interface MgcpGatewayOptions extends GatewayOptions, SocketOptions {}

/**
 * @example
 * const gateway = await MgcpGateway.open({ domain: 'gw1.test', lines: ['aaln/[1-2]'], callAgents: ['127.0.0.11:2727'], address: '127.0.0.21' });
 * gateway.start();
 * const phone = gateway.line('aaln/1');
 * phone.offHook();
 * await phone.until('dial-tone');
 * phone.dial('1002');
 */
export class MgcpGateway extends GatewayOnSockets<GatewayRig> {
  /**
   * Binds its address; nothing is sent before `start`.
   *
   * @throws the system's error when the address cannot be had; RangeError for options that make no sense.
   */
  static async open(options: MgcpGatewayOptions): Promise<MgcpGateway> {
    const { address } = options;
    const lines = GatewayRig.lineNames(options);
    const bridges = GatewayRig.bridgeNames(options);
    const opened: { rig?: GatewayRig } = {};
    const wire = await PhoneWire.open(address, options.port ?? 0, {
      received: (data, from) => opened.rig?.receive(data, hopOf(from)),
      unreachable: (to) => opened.rig?.unreachable(hopOf(to)),
    });
    const media = await openMedia(options, lines);
    const relay = await RtpRelay.open(address, bridges);
    const time = new RealTime();
    const around = {
      now: () => time.now(),
      later: (delayMs: number, action: () => void) => time.later(delayMs, action),
      send: (data: Buffer, hop: Hop) => wire.send(data, { host: hop.host, port: hop.port }),
    };
    opened.rig = new GatewayRig(options, around, address, withBridges(media, relay));
    return new MgcpGateway(opened.rig, wire, media, time, relay);
  }

  private constructor(
    rig: GatewayRig,
    wire: PhoneWire,
    media: RtpMedia,
    time: RealTime,
    private readonly relay: RtpRelay,
  ) {
    super(rig, wire, media, time);
  }

  /** What a bridge's connections have relayed, in the order in which they were made. */
  relayed(bridge: string): readonly MediaCounts[] {
    const connections = [...(this.rig.machine.bridges.find(({ name }) => name === bridge)?.connections.values() ?? [])];
    return connections.flatMap(({ localPort }) => this.relay.statistics(localPort) ?? []);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.relay.close();
  }

  /** Connections that exist on it now. */
  get connectionsLeft(): readonly ConnectionLeft[] {
    return this.rig.connectionsLeft;
  }
}

/** Bridges relay; all else is the lines' own. */
function withBridges(media: RtpMedia, relay: RtpRelay): RigMedia {
  return {
    take: (endpoint) => (endpoint !== undefined && relay.has(endpoint) ? relay.take(endpoint) : media.take(endpoint)),
    release: (port) => {
      if (!relay.release(port)) media.release(port);
    },
    statistics: (port) => relay.statistics(port) ?? media.statistics(port),
    order: (order) => {
      relay.order(order);
      media.order(order);
    },
    report: (line) => media.report(line),
    reset: () => {
      media.reset();
      relay.reset();
    },
  };
}

function hopOf(place: { readonly host: string; readonly port: number }): Hop {
  return { transport: 'udp', host: place.host, port: place.port };
}
