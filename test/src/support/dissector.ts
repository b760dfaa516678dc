// Wireshark as a judge of what we send: messages go into a capture file (text2pcap), tshark takes them apart. What it says
// of each is handed on; which protocol it shall be, and what is wrong of it, say mgcp-dissector.ts and megaco-dissector.ts.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Scratch } from './scratch.js';

const run = promisify(execFile);
/** `_ws.expert.severity` from which on something is wrong; below are comments, chats and notes. */
const WARNING = 0x600000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface CaptureOptions {
  readonly transport: 'udp' | 'tcp';
  /** Source and destination port; by them tshark knows the protocol. */
  readonly ports: string;
  /** What it shall take a port for, where it would not by itself: `udp.port==2945,h248`. */
  readonly decodeAs?: string | undefined;
  /** Further fields to be told. */
  readonly fields?: readonly string[] | undefined;
}

/** What tshark says of one message. */
export interface Dissected {
  /** `eth:ethertype:ip:udp:mgcp` */
  readonly protocols: string;
  readonly malformed: string;
  /** Remarks of the severity warning and above, in order. */
  readonly warnings: readonly string[];
  /** The further fields, in the order asked for. */
  readonly fields: readonly string[];
  /** Everything, in words. */
  readonly details: string;
}

/** What a dissector finds in one message. */
export interface DissectorVerdict {
  /** What stands in it, in the protocol's words, in order. */
  readonly messages: readonly string[];
  /** Empty when nothing is wrong; else one line for each finding, with the message behind it. */
  readonly complaints: readonly string[];
}

export class Dissector {
  #runs = 0;

  constructor(private readonly scratch: Scratch) {}

  /** @returns what tshark says of each message, in order. */
  async look(messages: readonly Buffer[], { transport, ports, decodeAs, fields = [] }: CaptureOptions): Promise<readonly Dissected[]> {
    if (messages.length === 0) return [];
    this.#runs += 1;
    const hex = await this.scratch.write(`dissected-${this.#runs}.hex`, messages.map(hexDump).join('\n'));
    const capture = this.scratch.path(`dissected-${this.#runs}.pcap`);
    await run('text2pcap', ['-q', transport === 'udp' ? '-u' : '-T', ports, '-4', '127.0.0.1,127.0.0.2', hex, capture]);
    const as = decodeAs === undefined ? [] : ['-d', decodeAs];
    const wanted = [...FIELDS, ...fields].flatMap((field) => ['-e', field]);
    const table = await this.#tshark(capture, ...as, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;', ...wanted);
    const details = (await this.#tshark(capture, ...as, '-V')).split(/^(?=Frame \d+: )/m).filter((text) => text.startsWith('Frame '));
    const rows = table.split('\n').filter((row) => row !== '');
    if (rows.length !== messages.length || details.length !== messages.length) {
      throw new Error(`${messages.length} messages, but tshark saw ${rows.length} and described ${details.length}`);
    }
    return rows.map((row, index) => dissected(row.split('\t'), details[index] ?? ''));
  }

  /** Without the preferences of whoever runs the test. */
  async #tshark(capture: string, ...args: readonly string[]): Promise<string> {
    const env = { ...process.env, HOME: this.scratch.folder, XDG_CONFIG_HOME: this.scratch.folder };
    const { stdout } = await run('tshark', ['-n', '-r', capture, ...args], { env, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  }
}

const FIELDS = ['frame.protocols', '_ws.malformed', '_ws.expert.severity', '_ws.expert.message'];

function dissected(
  [protocols = '', malformed = '', severities = '', remarks = '', ...fields]: readonly string[],
  details: string,
): Dissected {
  const texts = remarks.split(';');
  const warnings = severities
    .split(';')
    .flatMap((severity, index) => (Number(severity) >= WARNING ? [texts[index] ?? 'a warning without words'] : []));
  return { protocols, malformed, warnings, fields, details };
}

/** Complaints that every protocol has, those of `isHarmless` left out. */
export function complaintsOf(found: Dissected, protocol: string, isHarmless: (warning: string) => boolean = () => false): string[] {
  const complaints: string[] = [];
  if (!found.protocols.split(':').includes(protocol)) complaints.push(`taken for ${found.protocols}`);
  if (found.malformed !== '') complaints.push(`malformed: ${found.malformed}`);
  for (const warning of found.warnings) if (!isHarmless(warning)) complaints.push(`expert warning: ${warning}`);
  complaints.push(...Array.from(found.details.matchAll(SUSPICIOUS), ([line]) => line.trim()));
  return complaints;
}

/** What tshark writes where it cannot make sense of something. */
const SUSPICIOUS = /^.*(?:malformed packet|dissector bug|parse error|unknown parameter|unrecognized|\[not a valid|unparsed).*$/gim;

/** One packet as text2pcap reads it: an offset, then its bytes. */
function hexDump(message: Buffer): string {
  const rows: string[] = [];
  for (let offset = 0; offset < message.length; offset += 16) {
    const bytes = [...message.subarray(offset, offset + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    rows.push(`${offset.toString(16).padStart(6, '0')} ${bytes.join(' ')}`);
  }
  return `${rows.join('\n')}\n`;
}
