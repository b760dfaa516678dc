// A SIP telephone on the simulated network: the simulator's phone, without sockets and without RTP, in the hands of a user.
import { formatHostPort, parseHostPort } from '@altpath/core';
import { type PhoneOptions, PhoneRig, PortNumbers, TelephoneLine, type TelephoneLineOptions } from '@altpath/simulators';
import type { Random, SimulatedClock, SimulatedNetwork } from '@altpath/testkit';

export interface TelephonePlace {
  /** Its number, which is its user too. */
  readonly number: string;
  readonly host: string;
}

/** What it stands in. */
export interface TelephoneWorld {
  readonly clock: SimulatedClock;
  readonly network: SimulatedNetwork;
  readonly random: Random;
}

const SIP_PORT = 5060;

export class SimulatedTelephone {
  readonly rig: PhoneRig;
  readonly line: TelephoneLine;

  constructor(
    { number, host }: TelephonePlace,
    { clock, network, random }: TelephoneWorld,
    options: Pick<PhoneOptions, 'domain' | 'outbound'> & Partial<PhoneOptions>,
    hands: TelephoneLineOptions = {},
  ) {
    const own = formatHostPort({ host, port: SIP_PORT });
    this.rig = new PhoneRig(
      { ...options, user: number, address: host, port: SIP_PORT },
      {
        now: () => clock.now,
        later: (delayMs, action) => clock.after(delayMs, action),
        send: (data, to) => {
          if (!network.send(own, formatHostPort(to), data)) clock.after(1, () => this.rig.unreachable(to));
        },
        random: () => random.next(),
      },
      new PortNumbers(),
    );
    this.line = new TelephoneLine(this.rig, hands);
    network.listen(own, (data, from) => {
      const { host: peer = '', port = 0 } = parseHostPort(from) ?? {};
      this.rig.receive(data, { host: peer, port });
    });
  }

  /** Calls that exist on it, in words. */
  get remains(): readonly string[] {
    return this.rig.calls.map(({ callId, currentState }) => `${this.rig.user} has ${callId} ${currentState}`);
  }
}
