// SIP telephones for a load: real signaling on real sockets, and session descriptions with nothing behind them.
import { createSocket, type Socket } from 'node:dgram';
import { type AnalogLine, PhoneRig, PortNumbers, TelephoneLine } from '@altpath/simulators';

/** A telephone of any kind. */
export interface SoakPhone {
  readonly number: string;
  readonly phone: AnalogLine;
  /** Settles when its controller knows all that it does. */
  readonly quiet: () => Promise<void>;
}

export interface PhonesPlace {
  /** Of all of them; each has a port of its own. */
  readonly address: string;
  /** Where they register, and where their calls go. */
  readonly node: string;
  readonly numberOf: (nth: number) => string;
}

/** Opens and registers them. */
export async function openPhones(
  count: number,
  { address, node, numberOf }: PhonesPlace,
): Promise<{ readonly phones: SoakPhone[]; close(): Promise<void> }> {
  const sockets: Socket[] = [];
  const rigs: PhoneRig[] = [];
  const phones: SoakPhone[] = [];
  for (let nth = 1; nth <= count; nth += 1) {
    const socket = await bound(address);
    sockets.push(socket);
    const number = numberOf(nth);
    const timers = new Set<NodeJS.Timeout>();
    const rig = new PhoneRig(
      { user: number, domain: 'sample2.test', outbound: [node], address, port: socket.address().port },
      {
        now: () => performance.timeOrigin + performance.now(),
        later: (delayMs, action) => {
          const timer = setTimeout(() => (timers.delete(timer), action()), Math.ceil(delayMs));
          timers.add(timer);
          return () => (timers.delete(timer), clearTimeout(timer));
        },
        send: (data, to) => socket.send(data, to.port, to.host),
        random: () => Math.random(),
      },
      new PortNumbers(),
    );
    socket.on('message', (data, from) => rig.receive(data, { host: from.address, port: from.port }));
    socket.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
    });
    rigs.push(rig);
    phones.push({ number, phone: new TelephoneLine(rig), quiet: () => Promise.resolve() });
  }
  await Promise.all(rigs.map((rig) => rig.register()));
  const close = async (): Promise<void> => {
    for (const rig of rigs) rig.stop();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  };
  return { phones, close };
}

function bound(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => resolve(socket));
  });
}
