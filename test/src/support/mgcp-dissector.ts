// Wireshark's MGCP dissector as a judge of what we send. It is lenient, so what it does not flag but shows is checked here:
// versions, transaction ids, how many messages. Parameters of packages (RED/NL) it passes over without a word, so of those
// it says nothing.
import { complaintsOf, type Dissected, Dissector, type DissectorVerdict } from './dissector.js';
import type { Scratch } from './scratch.js';

/** Both are MGCP to the dissector; which of them sends makes no difference to it. */
const CAPTURE = { transport: 'udp', ports: '2727,2427', fields: ['mgcp.param.invalid'] } as const;

export class MgcpDissector {
  readonly #dissector: Dissector;

  constructor(scratch: Scratch) {
    this.#dissector = new Dissector(scratch);
  }

  /** @returns one verdict for each datagram, in order; its messages are verbs and return codes. */
  async look(datagrams: readonly Buffer[]): Promise<readonly DissectorVerdict[]> {
    const found = await this.#dissector.look(datagrams, CAPTURE);
    return found.map((each, index) => judge(datagrams[index] ?? Buffer.alloc(0), each));
  }
}

function judge(datagram: Buffer, found: Dissected): DissectorVerdict {
  const complaints = complaintsOf(found, 'mgcp');
  const [invalid = ''] = found.fields;
  if (invalid !== '') complaints.push(`invalid parameter: ${invalid}`);

  const { details } = found;
  const messages = Array.from(details.matchAll(MESSAGE), ([, verb, code]) => verb ?? code ?? '');
  const parts = datagram.toString('latin1').split(/^\.\r?\n/m).length;
  if (messages.length !== parts) complaints.push(`${parts} messages, of which ${messages.length} were seen`);
  const versions = count(details, /^ {4}Version: MGCP 1\.0/gm);
  const commands = messages.filter((message) => /^[A-Z]/.test(message)).length;
  if (versions !== commands) complaints.push(`${commands} commands with ${versions} versions`);
  if (count(details, /^ {4}Transaction ID: [1-9]\d{0,8}$/gm) !== parts) complaints.push('a transaction id that is none');
  return { messages, complaints: complaints.map((text) => `${text}\n${datagram.toString()}`) };
}

function count(text: string, pattern: RegExp): number {
  return Array.from(text.matchAll(pattern)).length;
}

/** The first line of a message in tshark's description: a verb, or a return code in words and digits. */
const MESSAGE = /^ {4}(?:([A-Z]{4})(?: \(.*\))?|Response Code: .*\((\d+)\))$/gm;
