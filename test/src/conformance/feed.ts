// A program of its own, run inside a network namespace: it sends messages to a node, one by one, and prints what the
// node answered to each as a line of JSON. Messages are other people's and name other people's hosts: nothing that
// they cause may leave the namespace.
//
//   node feed.js NODE_HOST OWN_HOST udp|tcp < list     (one `ID<TAB>FILE` a line; both ports are 5060)
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** What came back for one message: the status of the first final response, or of the last provisional one. */
export interface Fed {
  readonly id: string;
  readonly status: number;
  readonly reason: string;
}

/** An answer to OPTIONS says that everything before it has been dealt with. */
function probe(node: string, own: string, number: number): string {
  return [
    `OPTIONS sip:${node} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own}:5060;rport;branch=z9hG4bKprobe${number}`,
    'Max-Forwards: 70',
    `From: <sip:feeder@${own}>;tag=f`,
    `To: <sip:${node}>`,
    `Call-ID: probe-${number}@feeder`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function statusOf(text: string): { status: number; reason: string } | undefined {
  const match = /^SIP\/2\.0 (\d{3}) ?([^\r\n]*)/.exec(text);
  return match ? { status: Number(match[1]), reason: match[2] ?? '' } : undefined;
}

/** '' where there is none: the message it answers had none either. */
function callIdOf(text: string): string {
  return /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(text)?.[1] ?? '';
}

const PORT = 5060;

/** One socket for all: an answer goes to the port that the message's Via names, and that is 5060 in nearly all. */
class UdpFeeder {
  readonly #socket = createSocket('udp4');
  #best = { status: 0, reason: '' };
  /** The message that is being dealt with. */
  #fed = '';
  #probed: () => void = () => undefined;
  #number = 0;

  constructor(
    private readonly node: string,
    private readonly own: string,
  ) {
    this.#socket.on('message', (answer) => this.#heard(answer.toString('latin1')));
  }

  async open(): Promise<void> {
    this.#socket.bind(PORT, this.own);
    await once(this.#socket, 'listening');
  }

  #heard(text: string): void {
    const status = statusOf(text);
    if (/^Call-ID: probe-/im.test(text)) this.#probed();
    // The word about an earlier message, whose host could not be found in time.
    else if (!this.#fed.includes(callIdOf(text))) return;
    else if (status && (this.#best.status < 200 || status.status >= 200)) this.#best = status;
  }

  async feed(id: string, data: Buffer): Promise<Fed> {
    this.#best = { status: 0, reason: '' };
    this.#fed = data.toString('latin1');
    this.#number += 1;
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`the node did not answer after ${id}`)), 10_000);
      this.#probed = () => {
        clearTimeout(limit);
        resolve();
      };
      this.#socket.send(data, PORT, this.node);
      this.#socket.send(probe(this.node, this.own, this.#number), PORT, this.node);
    });
    return { id, ...this.#best };
  }

  close(): void {
    this.#socket.close();
  }
}

async function feedTcp(node: string, own: string, id: string, data: Buffer): Promise<Fed> {
  const socket = connect({ port: PORT, host: node, localAddress: own });
  await once(socket, 'connect');
  let text = '';
  socket.on('data', (slice) => (text += slice.toString('latin1')));
  socket.on('error', () => undefined); // a node that closes on a framing fault may reset: the answer is what counts
  const closed = once(socket, 'close');
  socket.end(data);
  await closed;
  return { id, ...(statusOf(text) ?? { status: 0, reason: '' }) };
}

const [node = '127.0.0.1', own = '127.0.0.2', transport = 'udp'] = process.argv.slice(2);
const udp = transport === 'udp' ? new UdpFeeder(node, own) : undefined;
await udp?.open();
for await (const line of createInterface({ input: process.stdin })) {
  const [id = '', file = ''] = line.split('\t');
  const data = await readFile(file);
  // A datagram holds no more; the corpus has a few messages that are longer.
  if (udp && data.length > 65_000) continue;
  const fed = udp ? await udp.feed(id, data) : await feedTcp(node, own, id, data);
  process.stdout.write(`${JSON.stringify(fed)}\n`);
}
udp?.close();
