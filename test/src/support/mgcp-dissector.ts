// Wireshark's MGCP dissector as a judge of what we send: datagrams go into a capture file (text2pcap), tshark takes them
// apart. It is lenient, so what it does not flag but shows is checked here: versions, transaction ids, how many messages.
// Parameters of packages (RED/NL) it passes over without a word, so of those it says nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Scratch } from './scratch.js';

const run = promisify(execFile);
/** Both are MGCP to the dissector; which of them sends makes no difference to it. */
const PORTS = '2727,2427';
/** `_ws.expert.severity` from which on something is wrong; below are comments, chats and notes. */
const WARNING = 0x600000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface DatagramVerdict {
  /** Verbs and return codes of the messages in it, in order. */
  readonly messages: readonly string[];
  /** Empty when nothing is wrong; else one line for each finding, with the datagram behind it. */
  readonly complaints: readonly string[];
}

export class MgcpDissector {
  #runs = 0;

  constructor(private readonly scratch: Scratch) {}

  /** @returns one verdict for each datagram, in order. */
  async look(datagrams: readonly Buffer[]): Promise<readonly DatagramVerdict[]> {
    this.#runs += 1;
    const hex = await this.scratch.write(`dissected-${this.#runs}.hex`, datagrams.map(hexDump).join('\n'));
    const capture = this.scratch.path(`dissected-${this.#runs}.pcap`);
    await run('text2pcap', ['-q', '-u', PORTS, '-4', '127.0.0.1,127.0.0.2', hex, capture]);
    const fields = await this.#tshark(capture, '-T', 'fields', '-E', 'separator=/t', ...FIELDS.flatMap((field) => ['-e', field]));
    const details = (await this.#tshark(capture, '-V')).split(/^(?=Frame \d+: )/m).filter((text) => text.startsWith('Frame '));
    const rows = fields.split('\n').filter((row) => row !== '');
    if (rows.length !== datagrams.length || details.length !== datagrams.length) {
      throw new Error(`${datagrams.length} datagrams, but tshark saw ${rows.length} and described ${details.length}`);
    }
    return datagrams.map((datagram, index) => judge(datagram, rows[index]?.split('\t') ?? [], details[index] ?? ''));
  }

  /** Without the preferences of whoever runs the test. */
  async #tshark(capture: string, ...args: readonly string[]): Promise<string> {
    const env = { ...process.env, HOME: this.scratch.folder, XDG_CONFIG_HOME: this.scratch.folder };
    const { stdout } = await run('tshark', ['-n', '-r', capture, ...args], { env, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  }
}

const FIELDS = ['frame.protocols', '_ws.malformed', '_ws.expert.severity', '_ws.expert.message', 'mgcp.param.invalid'];

function judge(datagram: Buffer, row: readonly string[], details: string): DatagramVerdict {
  const [protocols = '', malformed = '', severities = '', remark = '', invalid = ''] = row;
  const complaints: string[] = [];
  if (!protocols.split(':').includes('mgcp')) complaints.push(`taken for ${protocols}`);
  if (malformed !== '') complaints.push(`malformed: ${malformed}`);
  if (severities.split(',').some((severity) => Number(severity) >= WARNING)) complaints.push(`expert warning: ${remark}`);
  if (invalid !== '') complaints.push(`invalid parameter: ${invalid}`);
  complaints.push(...Array.from(details.matchAll(SUSPICIOUS), ([line]) => line.trim()));

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

/** What tshark writes where it cannot make sense of something. */
const SUSPICIOUS = /^.*(?:malformed packet|dissector bug|parse error|unknown parameter|unrecognized|\[not a valid|unparsed).*$/gim;

/** One packet as text2pcap reads it: an offset, then its bytes. */
function hexDump(datagram: Buffer): string {
  const rows: string[] = [];
  for (let offset = 0; offset < datagram.length; offset += 16) {
    const bytes = [...datagram.subarray(offset, offset + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    rows.push(`${offset.toString(16).padStart(6, '0')} ${bytes.join(' ')}`);
  }
  return `${rows.join('\n')}\n`;
}
