// A program of its own, run inside a network namespace: it sends H.248 messages to a node, one by one, from a gateway's
// address, and prints the errors that each was answered with. They name other people's hosts: nothing leaves the namespace.
//
//   node megaco-feed.js NODE_HOST OWN_HOST udp|tcp whole|cut|half < list     (one `ID<TAB>FILE` a line, `.hex` is binary)
//
// `whole`: the message as it is; `cut`: only its first two thirds, as if that were all; `half`: over TCP, as the beginning of a
// message that is announced as long as it can be and does not get there before the run ends.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { readMessage, tpktFrame, TpktReader } from '@altpath/megaco';

/** What came back for one message: error codes wherever they stood in replies, 0 for a reply without one. */
export interface FedMegaco {
  readonly id: string;
  readonly codes: readonly number[];
}

const TEXT_PORT = 2944;
const BINARY_PORT = 2945;
/** Ids of the questions that say that everything before them has been dealt with; no message of the corpus has one of them. */
const FIRST_PROBE = 700_000_001;
const AGAIN_MS = 200;
const LIMIT_MS = 10_000;
/** As much as a datagram on loopback holds. */
const LONGEST = 65_000;
const HALF = 40_000;

const [node = '127.0.0.1', own = '127.0.0.2', transport = 'udp', how = 'whole'] = process.argv.slice(2);
/** The one who started it has looked at the node. */
const stopped = how === 'half' ? once(process, 'SIGTERM') : undefined;
let codes: number[] = [];
let probe = FIRST_PROBE;
let answered: () => void = () => undefined;

function errorsIn(value: unknown): readonly number[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('kind' in value && value.kind === 'error' && 'code' in value) return [Number(value.code)];
  return Object.values(value).flatMap(errorsIn);
}

function heard(data: Buffer): void {
  const { decoded } = readMessage(data);
  if (!decoded.ok) throw new Error(`the node said what cannot be read: ${data.toString('latin1')}`);
  const { body } = decoded.value;
  if (body.kind === 'error') return void codes.push(body.code);
  for (const transaction of body.transactions) {
    if (transaction.kind !== 'reply') continue;
    if (transaction.transactionId === probe) answered();
    else if (transaction.transactionId < FIRST_PROBE) codes.push(...(errorsIn(transaction).length > 0 ? errorsIn(transaction) : [0]));
  }
}

const socket = createSocket('udp4');
socket.bind(TEXT_PORT, own);
await once(socket, 'listening');
socket.on('message', heard);

/** A gateway that nobody knows, at an address that somebody knows, is told so at once. It asks again, as gateways do. */
async function untilDone(id: string): Promise<void> {
  probe += 1;
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`the node did not answer after ${id}`)), LIMIT_MS);
    const ask = (): void => socket.send(`!/1 probe T=${probe}{C=-{AV=ROOT{AT{}}}}`, TEXT_PORT, node);
    const again = setInterval(ask, AGAIN_MS);
    answered = () => {
      clearTimeout(limit);
      clearInterval(again);
      resolve();
    };
    ask();
  });
}

async function open(port: number): Promise<Socket> {
  const stream = connect({ port, host: node, localAddress: own });
  stream.on('error', () => undefined); // a node that closes on a fault may reset: what it said before is what counts
  await Promise.race([once(stream, 'connect'), once(stream, 'close')]);
  return stream;
}

async function overTcp(port: number, frame: Buffer): Promise<void> {
  const stream = await open(port);
  const reader = new TpktReader();
  stream.on('data', (data) => reader.feed(data).messages.forEach(heard));
  const closed = stream.closed ? undefined : once(stream, 'close');
  stream.end(frame);
  await closed;
}

const halves: Socket[] = [];

async function feed(port: number, message: Buffer): Promise<void> {
  if (how === 'half') {
    const stream = await open(port);
    stream.write(tpktFrame(Buffer.concat([message, Buffer.alloc(LONGEST - message.length, ' ')])).subarray(0, HALF));
    halves.push(stream);
  } else if (transport === 'tcp') await overTcp(port, tpktFrame(message));
  else socket.send(message, port, node);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [id = '', file = ''] = line.split('\t');
  const binary = file.endsWith('.hex');
  const raw = await readFile(file);
  const whole = binary ? Buffer.from(raw.toString('latin1').replace(/\s+/g, ''), 'hex') : raw;
  const message = how === 'cut' ? whole.subarray(0, Math.floor((whole.length * 2) / 3)) : whole;
  codes = [];
  if (message.length <= LONGEST) await feed(binary ? BINARY_PORT : TEXT_PORT, message);
  if (how !== 'half') await untilDone(id);
  process.stdout.write(`${JSON.stringify({ id, codes } satisfies FedMegaco)}\n`);
}
if (how === 'half') {
  await untilDone('all halves');
  process.stdout.write('all halves are there\n');
  await stopped;
}
for (const stream of halves) stream.destroy();
socket.close();
