// A program of its own, run inside a network namespace: it sends MGCP messages to a node, one by one, from a gateway's
// address, and prints the codes that each was answered with. They name other people's hosts: nothing leaves the namespace.
//
//   node mgcp-feed.js NODE_HOST OWN_HOST < list     (one `ID<TAB>FILE` a line)
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** What came back for one datagram: the codes of final responses, in order. */
export interface FedMgcp {
  readonly id: string;
  readonly codes: readonly number[];
}

/** Ids of the questions that say that everything before them has been dealt with; no message of the corpus has one of them. */
const FIRST_PROBE = 700_000_001;
const AGAIN_MS = 200;

const [node = '127.0.0.1', own = '127.0.0.2'] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.bind(2427, own);
await once(socket, 'listening');
let codes: number[] = [];
let probe = FIRST_PROBE;
let answered: () => void = () => undefined;
socket.on('message', (data) => {
  for (const [, code, id] of data.toString('latin1').matchAll(/^(\d{3}) +(\d+)/gm)) {
    if (Number(id) === probe) answered();
    else if (Number(code) >= 200) codes.push(Number(code));
  }
});
for await (const line of createInterface({ input: process.stdin })) {
  const [id = '', file = ''] = line.split('\t');
  const data = await readFile(file);
  codes = [];
  probe += 1;
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`the node did not answer after ${id}`)), 10_000);
    // A gateway that nobody knows, at an address that somebody knows, is told so at once. It is asked again, as gateways do:
    // the hundreds of answers to one datagram may have left no room for this one.
    const ask = (): void => socket.send(`AUEP ${probe} probe@nowhere.test MGCP 1.0\r\n`, 2727, node);
    const again = setInterval(ask, AGAIN_MS);
    answered = () => {
      clearTimeout(limit);
      clearInterval(again);
      resolve();
    };
    socket.send(data, 2727, node);
    ask();
  });
  process.stdout.write(`${JSON.stringify({ id, codes } satisfies FedMgcp)}\n`);
}
socket.close();
