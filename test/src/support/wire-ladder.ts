// A call as tshark reads it off the loopback, live: who said what to whom, in the words of each protocol, in the order in which the
// kernel saw it. Needs root.
import { createSocket } from 'node:dgram';
import { Child } from './process.js';
import type { Scratch } from './scratch.js';

/** `_ws.expert.severity` from which on something is wrong. */
const WARNING = 0x600000;
/** RFC 863: nobody listens there, and tshark makes nothing of it. */
const DISCARD_PORT = 9;
const MARK_EVERY_MS = 50;

/** One message; a datagram may hold several. */
export interface WireMessage {
  /** `host:port` */
  readonly from: string;
  readonly to: string;
  /** `INVITE`, `180 INVITE`, `CRCX aaln/1@gw1`, `200 CRCX`, `add line/1, add $`, `reply`. */
  readonly words: string;
}

export interface WireLadder {
  readonly messages: readonly WireMessage[];
  /** What tshark holds to be malformed, or is warned of; each with its datagram. */
  readonly complaints: readonly string[];
}

export interface WireOptions {
  readonly scratch: Scratch;
  /** What is listened to, as pcap writes it: `net 127.0.0.0/8`. */
  readonly net: string;
  readonly ports: readonly number[];
  /** An address of the net that nobody else uses. */
  readonly marker: string;
}

/** Listens from `open` until `close`. */
export class Wire {
  #marks = 0;
  /** Rows that have been read. */
  #read = 0;

  private constructor(
    private readonly child: Child,
    private readonly marker: string,
  ) {}

  static async open({ scratch, net, ports, marker }: WireOptions): Promise<Wire> {
    const filter = `(${net}) and (${[...ports, DISCARD_PORT].map((port) => `udp port ${port}`).join(' or ')})`;
    const fields = FIELDS.flatMap((field) => ['-e', field]);
    const command = ['tshark', '-n', '-l', '-i', 'lo', '-f', filter, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;', ...fields];
    // Without the preferences of whoever runs the test.
    const env = { HOME: scratch.folder, XDG_CONFIG_HOME: scratch.folder };
    const wire = new Wire(new Child('tshark', command, { env }), marker);
    try {
      await wire.#reach();
    } catch (error) {
      await wire.child.stop();
      throw error;
    }
    return wire;
  }

  /** @returns all that was said since the last time. */
  async read(): Promise<WireLadder> {
    await this.#reach();
    const rows = this.#rows();
    const since = this.#read;
    this.#read = rows.length;
    return ladderOf(rows, since);
  }

  async close(): Promise<void> {
    await this.child.stop();
  }

  /** Whole lines of what tshark has written. */
  #rows(): readonly Row[] {
    return this.child.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => new Row(line.split('\t')));
  }

  /** A datagram of one's own goes round until it is seen: it listens, and has told everything that was before. */
  async #reach(): Promise<void> {
    this.#marks += 1;
    const port = DISCARD_PORT;
    const size = this.#marks;
    const socket = createSocket('udp4');
    const seen = (): boolean => this.#rows().some((row) => row.isMarkOf(size));
    const timer = setInterval(() => socket.send(Buffer.alloc(size), port, this.marker), MARK_EVERY_MS);
    socket.on('error', () => undefined); // nobody is there, as it shall be
    try {
      await this.child.until(seen, 'it hears the loopback', 20_000);
    } finally {
      clearInterval(timer);
      socket.close();
    }
  }
}

const FIELDS = [
  'frame.number',
  'ip.src',
  'udp.srcport',
  'ip.dst',
  'udp.dstport',
  'udp.length',
  'sip.Method',
  'sip.Status-Code',
  'sip.CSeq.method',
  'mgcp.req.verb',
  'mgcp.req.endpoint',
  'mgcp.rsp.rspcode',
  'mgcp.reqframe',
  'megaco.transaction',
  'megaco.command',
  'megaco.termid',
  '_ws.malformed',
  '_ws.expert.severity',
  '_ws.expert.message',
] as const;

type Field = (typeof FIELDS)[number];

const UDP_HEADER_BYTES = 8;

/** What tshark says of one datagram. */
class Row {
  constructor(private readonly cells: readonly string[]) {}

  one(field: Field): string {
    return this.cells[FIELDS.indexOf(field)] ?? '';
  }

  all(field: Field): readonly string[] {
    const cell = this.one(field);
    return cell === '' ? [] : cell.split(';');
  }

  get isMark(): boolean {
    return this.one('udp.dstport') === String(DISCARD_PORT);
  }

  isMarkOf(size: number): boolean {
    return this.isMark && Number(this.one('udp.length')) === UDP_HEADER_BYTES + size;
  }

  get from(): string {
    return `${this.one('ip.src')}:${this.one('udp.srcport')}`;
  }

  get to(): string {
    return `${this.one('ip.dst')}:${this.one('udp.dstport')}`;
  }
}

function ladderOf(all: readonly Row[], since: number): WireLadder {
  const byFrame = new Map(all.map((row) => [row.one('frame.number'), row]));
  const rows = all.slice(since).filter((row) => !row.isMark);
  const messages = rows.flatMap((row) =>
    [...sipWords(row), ...mgcpWords(row, byFrame), ...megacoWords(row)].map((words) => ({ from: row.from, to: row.to, words })),
  );
  return { messages, complaints: rows.flatMap(complaintsOf) };
}

function sipWords(row: Row): readonly string[] {
  const [method, status] = [row.one('sip.Method'), row.one('sip.Status-Code')];
  if (status !== '') return [`${status} ${row.one('sip.CSeq.method')}`];
  return method === '' ? [] : [method];
}

/**
 * RFC 3435 §3.5.5: what is sent together has the responses first. Of which command they are, tshark finds by its frame.
 * Acknowledgements (000) are left out.
 */
function mgcpWords(row: Row, byFrame: ReadonlyMap<string, Row>): readonly string[] {
  const requests = row.all('mgcp.reqframe');
  const responses = row.all('mgcp.rsp.rspcode').flatMap((code, at) => {
    const [verb] = byFrame.get(requests[at] ?? '')?.all('mgcp.req.verb') ?? [];
    return Number(code) === 0 ? [] : [[code, verb].filter((word) => word !== undefined).join(' ')];
  });
  const endpoints = row.all('mgcp.req.endpoint');
  return [...responses, ...row.all('mgcp.req.verb').map((verb, at) => `${verb} ${endpoints[at]}`)];
}

const COMMAND_WORDS: Readonly<Record<string, string>> = {
  AuditValue: 'audit-value',
  AuditCapability: 'audit-capability',
  ServiceChange: 'service-change',
};

const TERMINATION_WORDS: Readonly<Record<string, string>> = { 'WildCard all': '*', 'WildCard any': '$' };

/** Acknowledgements, which ride along with others, are left out. Of one message at most one transaction can be told apart. */
function megacoWords(row: Row): readonly string[] {
  const transactions = row.all('megaco.transaction').filter((each) => each !== 'TransactionResponseAck');
  const [kind, ...more] = transactions;
  if (kind === undefined) return [];
  if (more.length > 0) throw new Error(`${transactions.length} transactions in frame ${row.one('frame.number')}`);
  if (kind === 'Reply') return ['reply'];
  const terminations = row.all('megaco.termid');
  const commands = row.all('megaco.command').map((command, at) => {
    const termination = terminations[at] ?? '';
    return `${COMMAND_WORDS[command] ?? command.toLowerCase()} ${TERMINATION_WORDS[termination] ?? termination}`;
  });
  return [commands.join(', ')];
}

/** It takes an empty signals descriptor, which ends every signal (RFC 3525 §7.1.11), for a mistake. */
const WRONGLY = new Set(['Empty Signal Descriptor']);

function complaintsOf(row: Row): readonly string[] {
  const texts = row.all('_ws.expert.message');
  const warnings = row
    .all('_ws.expert.severity')
    .flatMap((severity, at) => (Number(severity) >= WARNING ? [texts[at] ?? 'a warning without words'] : []))
    .filter((text) => !WRONGLY.has(text));
  const malformed = row.one('_ws.malformed') === '' ? [] : ['malformed'];
  return [...malformed, ...warnings].map((text) => `frame ${row.one('frame.number')}, ${row.from} to ${row.to}: ${text}`);
}
