// A network phone on real sockets: one UDP port for SIP, and RTP with a tone of its own.
import { randomInt } from 'node:crypto';
import { toneOfName } from '../audio/tone.js';
import { RealTime } from '../media-gateway/gateway-on-sockets.js';
import { RtpOfPhone } from './phone-media.js';
import type { PhoneOptions } from './phone-options.js';
import { PhoneRig, type PhoneRigOptions } from './phone-rig.js';
import type { PhoneSurroundings } from './surroundings.js';
import { PhoneWire } from './wire.js';

/** What is behind it. */
interface Sockets {
  readonly wire: PhoneWire;
  readonly rtp: RtpOfPhone | undefined;
  readonly time: RealTime;
}

/**
 * @example
 * const phone = await NetworkPhone.open({ user: 'alice', domain: 'a.test', outbound: ['127.0.0.11'], address: '127.0.0.21' });
 * await phone.register();
 * const call = phone.call('1002');
 * await call.until('up');
 * await call.untilHears(850);
 * await call.hold();
 * await call.hangUp();
 */
export class NetworkPhone extends PhoneRig {
  readonly #sockets: Sockets;

  private constructor(options: PhoneRigOptions, around: PhoneSurroundings, sockets: Sockets) {
    super(options, around, sockets.rtp);
    this.#sockets = sockets;
  }

  /**
   * Binds the phone's address.
   *
   * @throws the system's error when the address cannot be had.
   */
  static async open(options: PhoneOptions): Promise<NetworkPhone> {
    const { address, user } = options;
    const opened: { phone?: NetworkPhone } = {};
    const wire = await PhoneWire.open(address, options.port ?? 0, {
      received: (data, from) => opened.phone?.receive(data, from),
      unreachable: (to, code) => opened.phone?.unreachable(to, code),
    });
    const rtp = options.audio === false ? undefined : await RtpOfPhone.open(address, options.toneHz ?? toneOfName(user));
    const time = new RealTime();
    const around: PhoneSurroundings = {
      now: () => time.now(),
      later: (delayMs, action) => time.later(delayMs, action),
      send: (data, to) => wire.send(data, to),
      random: () => randomInt(2 ** 32) / 2 ** 32,
    };
    opened.phone = new NetworkPhone({ ...options, port: wire.port }, around, { wire, rtp, time });
    return opened.phone;
  }

  /** Stops at once, in the middle of whatever goes on; settles when every port is free. */
  async close(): Promise<void> {
    const { wire, rtp, time } = this.#sockets;
    this.stop();
    time.stop();
    await Promise.all([wire.close(), rtp?.close()]);
  }
}
