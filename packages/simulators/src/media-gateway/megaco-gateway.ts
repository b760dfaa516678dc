// A simulated MEGACO gateway on real sockets: one UDP port, or connections that it opens itself; RTP for the lines that ask
// for it.
import { type Hop, isReliable } from '@altpath/core';
import { PhoneWire } from '../phone/wire.js';
import { GatewayOnSockets, openMedia, RealTime, type SocketOptions } from './gateway-on-sockets.js';
import { type ContextLeft, MegacoRig, type MegacoRigOptions } from './megaco-rig.js';
import { StreamWire } from './stream-wire.js';

export interface MegacoGatewayOptions extends MegacoRigOptions, SocketOptions {}

/**
 * @example
 * const gateway = await MegacoGateway.open({ mid: 'gw1', lines: ['line/[1-2]'], mgcs: ['127.0.0.11'], address: '127.0.0.21' });
 * gateway.start();
 * const phone = gateway.line('line/1');
 * phone.offHook();
 * await phone.until('dial-tone');
 * phone.dial('1002');
 */
export class MegacoGateway extends GatewayOnSockets<MegacoRig> {
  /**
   * Binds its address; nothing is sent before `start`.
   *
   * @throws the system's error when the address cannot be had; RangeError for options that make no sense.
   */
  static async open(options: MegacoGatewayOptions): Promise<MegacoGateway> {
    const { address } = options;
    const lines = MegacoRig.lineNames(options);
    const opened: { rig?: MegacoRig } = {};
    const streams = new StreamWire(address, {
      received: (data, hop) => opened.rig?.receive(data, hop),
      closed: (hop) => opened.rig?.flowClosed(hop),
      unreachable: (hop) => opened.rig?.unreachable(hop),
    });
    const datagrams =
      options.transport === 'tcp'
        ? undefined
        : await PhoneWire.open(address, options.port ?? 0, {
            received: (data, from) => opened.rig?.receive(data, hopOf(from)),
            unreachable: (to) => opened.rig?.unreachable(hopOf(to)),
          });
    const media = await openMedia(options, lines);
    const time = new RealTime();
    const around = {
      now: () => time.now(),
      later: (delayMs: number, action: () => void) => time.later(delayMs, action),
      send: (data: Buffer, hop: Hop) => {
        if (isReliable(hop.transport)) streams.send(data, hop);
        else datagrams?.send(data, { host: hop.host, port: hop.port });
      },
      close: (flow: number) => streams.end(flow),
      unplug: () => streams.unplug(),
    };
    opened.rig = new MegacoRig(options, around, address, media);
    return new MegacoGateway(opened.rig, datagrams ?? streams, media, time);
  }

  /** Contexts that exist on it now. */
  get contextsLeft(): readonly ContextLeft[] {
    return this.rig.contextsLeft;
  }

  /** The controller that it is registered with; undefined: none. */
  get controller(): string | undefined {
    return this.rig.controller;
  }
}

function hopOf(place: { readonly host: string; readonly port: number }): Hop {
  return { transport: 'udp', host: place.host, port: place.port };
}
